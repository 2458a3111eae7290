"""The short form of every attack (`make torture` makes the whole): no fault, and a fault would be seen."""

from __future__ import annotations

import sys

import pytest
from tests.torture.attack import Attack, run_attack
from tests.torture.table import ATTACKS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and the limits of Linux")


@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_no_try_finds_a_fault(attack: Attack) -> None:
    outcome = run_attack(attack, 0, range(attack.short))
    assert outcome.faults == {}
    assert outcome.tries == attack.short

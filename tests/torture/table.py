"""The attacks, by name."""

from __future__ import annotations

from tests.torture.artefacts import DAMAGE
from tests.torture.attack import Attack
from tests.torture.files import FILES
from tests.torture.kills import KILLS
from tests.torture.strings import STRINGS
from tests.torture.system import SYSTEM

ATTACKS: dict[str, Attack] = {attack.name: attack for attack in (STRINGS, FILES, DAMAGE, KILLS, SYSTEM)}

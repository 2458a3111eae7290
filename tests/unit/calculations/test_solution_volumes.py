"""Whose volume the only volume of a dilution is."""

from __future__ import annotations

import pytest

from anymol.calculations.quantities import Dimension, find_quantities
from anymol.calculations.solution_volumes import Owner, find_owner
from anymol.errors import UserError


def find(text: str) -> Owner:
    quantities = find_quantities(text)
    (volume,) = (one for one in quantities if one.dimension is Dimension.VOLUME)
    target, stock = sorted((one for one in quantities if one is not volume), key=lambda one: one.value)
    return find_owner(volume, stock, target, text)


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("dilute 10 mL of 5 M NaOH to 1 M", Owner.STOCK),
        ("10 mL NaOH solution at 5 M, I want 1 M", Owner.STOCK),
        ("5 M NaOH (10 mL) to 1 M", Owner.STOCK),
        ("how much 1 M NaOH from 10 mL of 5 M", Owner.STOCK),
        ("how much 5 M NaOH for 10 mL of 1 M", Owner.WHOLE),
        ("1 M NaOH, 10 mL, from 5 M", Owner.WHOLE),
        ("1 M Tris to 50 mM in 200 mL", Owner.WHOLE),
        ("volume of 5 M to prepare 10 mL at 1 M", Owner.WHOLE),
        ("5 M to 1 M, 10 mL final", Owner.WHOLE),
        ("how much 5 M NaOH do I add to 10 mL of water for 1 M", Owner.SOLVENT),
        ("pipette 5 M into 10 mL for 1 M", Owner.SOLVENT),
    ],
)
def test_owners(text: str, owner: Owner) -> None:
    assert find(text) is owner


@pytest.mark.parametrize(
    "text", ["1 M from 5 M, 10 mL", "10 mL of 5 M using 1 M", "mix 1 M with 10 mL of 5 M", "5 M, 10 mL, 1 M"]
)
def test_what_is_open_or_impossible(text: str) -> None:
    with pytest.raises(UserError):
        find(text)

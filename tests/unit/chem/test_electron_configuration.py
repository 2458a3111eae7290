"""Ground states of atoms and ions, as NIST lists them; singly charged ones of d elements are refused."""

from __future__ import annotations

import pytest

from anymol.chem.electron_configuration import write_configuration
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("number", "charge", "expected"),
    [
        (1, 0, "1s1"), (6, 0, "[He] 2s2 2p2"), (10, 0, "[Ne]"), (17, 0, "[Ne] 3s2 3p5"), (17, -1, "[Ar]"),
        (11, 1, "[Ne]"), (24, 0, "[Ar] 3d5 4s1"), (26, 0, "[Ar] 3d6 4s2"), (26, 2, "[Ar] 3d6"), (26, 3, "[Ar] 3d5"),
        (29, 0, "[Ar] 3d10 4s1"), (29, 2, "[Ar] 3d9"), (46, 0, "[Kr] 4d10"), (50, 2, "[Kr] 4d10 5s2"),
        (79, 0, "[Xe] 4f14 5d10 6s1"), (79, 3, "[Xe] 4f14 5d8"), (92, 0, "[Rn] 5f3 6d1 7s2"), (1, 1, "no electrons"),
        (8, -2, "[Ne]"), (57, 0, "[Xe] 5d1 6s2"), (58, 3, "[Xe] 4f1"), (64, 3, "[Xe] 4f7"),
        (59, 3, "[Xe] 4f2"), (63, 3, "[Xe] 4f6"), (58, 4, "[Xe]"), (92, 4, "[Rn] 5f2"), (25, 1, "[Ar] 3d5 4s1"),
        (118, 0, "[Rn] 5f14 6d10 7s2 7p6"),
    ],
)  # fmt: skip
def test_ground_states(number: int, charge: int, expected: str) -> None:
    assert write_configuration(number, charge) == expected


def test_every_atom_has_its_electrons() -> None:
    shells = {"He": 2, "Ne": 10, "Ar": 18, "Kr": 36, "Xe": 54, "Rn": 86}
    for number in range(1, 119):
        total = 0
        for piece in write_configuration(number).split():
            total += shells[piece[1:-1]] if piece.startswith("[") else int(piece[2:])
        assert total == number


@pytest.mark.parametrize(("number", "charge"), [(0, 0), (119, 0), (3, 4), (118, -1), (23, 1), (28, 1)])
def test_what_is_not(number: int, charge: int) -> None:
    with pytest.raises(UserError):
        write_configuration(number, charge)

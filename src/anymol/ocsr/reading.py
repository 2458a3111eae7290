"""What a drawing was read as."""

from __future__ import annotations

from dataclasses import dataclass

from anymol.ocsr.assembly import Assembled, ReadAtom, ReadBond


@dataclass(frozen=True)
class Reading:
    """What was read on a picture.

    Attributes:
        atoms: Atoms and abbreviated groups, in pixels of the picture given.
        bonds: Bonds between them.
        assembled: The molecules they make; None where they make none.
        log_prob: Natural logarithm of the product of all decisions' probabilities.
        bond_pixels: Median length of a bond on the picture given, pixels; 0 where there is none.
        agreement: Share of the sizes at which the same molecules were read, this one counted; 0 where there are none.
    """

    atoms: tuple[ReadAtom, ...]
    bonds: tuple[ReadBond, ...]
    assembled: Assembled | None
    log_prob: float
    bond_pixels: float
    agreement: float

"""How molecules become ions: adducts, what they add, and the masses that follow."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

ELECTRON: Final = 0.000548579909065
"""Mass of an electron, Da (CODATA 2018)."""

PROTON: Final = 1.007276466621
"""Mass of a proton, Da."""

HYDROGEN: Final = 1.00782503223
"""Mass of a hydrogen atom, Da."""

SODIUM: Final = 22.9897692820
"""Mass of a sodium atom, Da."""

_WATER = 18.0105646837


class IonMode(StrEnum):
    """Sign of the ions."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


class Adduct(StrEnum):
    """How the molecule M became an ion, in the one spelling that is used here; stored by place, so append only."""

    M_H = "[M+H]+"
    M_NA = "[M+Na]+"
    M_K = "[M+K]+"
    M_NH4 = "[M+NH4]+"
    M_H_H2O = "[M+H-H2O]+"
    M_CATION = "[M]+"
    M_2H = "[M+2H]2+"
    M2_H = "[2M+H]+"
    M2_NA = "[2M+Na]+"
    M_NEG_H = "[M-H]-"
    M_CL = "[M+Cl]-"
    M_FORMATE = "[M+HCOO]-"
    M_ACETATE = "[M+CH3COO]-"
    M_ANION = "[M]-"
    M2_NEG_H = "[2M-H]-"
    M_NEG_2H = "[M-2H]2-"

    @property
    def ion_mode(self) -> IonMode:
        """The sign that the adduct implies."""
        return IonMode.POSITIVE if self.value.endswith("+") else IonMode.NEGATIVE

    @property
    def charge(self) -> int:
        """Elementary charges of the ion, without their sign."""
        return _IONS[self][1]


# Molecules in the ion, its charge, and what is added to them, Da (monoisotopic, the electron counted).
_IONS: dict[Adduct, tuple[int, int, float]] = {
    Adduct.M_H: (1, 1, PROTON),
    Adduct.M_NA: (1, 1, SODIUM - ELECTRON),
    Adduct.M_K: (1, 1, 38.9637064864 - ELECTRON),
    Adduct.M_NH4: (1, 1, 14.00307400443 + 4 * HYDROGEN - ELECTRON),
    Adduct.M_H_H2O: (1, 1, PROTON - _WATER),
    Adduct.M_CATION: (1, 1, -ELECTRON),
    Adduct.M_2H: (1, 2, 2 * PROTON),
    Adduct.M2_H: (2, 1, PROTON),
    Adduct.M2_NA: (2, 1, SODIUM - ELECTRON),
    Adduct.M_NEG_H: (1, 1, -PROTON),
    Adduct.M_CL: (1, 1, 34.968852682 + ELECTRON),
    Adduct.M_FORMATE: (1, 1, 44.9976542763 + ELECTRON),
    Adduct.M_ACETATE: (1, 1, 59.0133043405 + ELECTRON),
    Adduct.M_ANION: (1, 1, ELECTRON),
    Adduct.M2_NEG_H: (2, 1, -PROTON),
    Adduct.M_NEG_2H: (1, 2, -2 * PROTON),
}


def compute_precursor(exact_mass: float, adduct: Adduct, *, charge: int) -> float:
    """Return the m/z (Da) of an ion of a molecule.

    The exact mass of a molecule that is written as an ion already lacks the electrons that it lost, or has those that
    it gained: RDKit counts them. They are not counted again, so that [M]+ of choline weighs what choline does.

    Args:
        exact_mass: Monoisotopic mass of the molecule as it is written, Da.
        adduct: How it became the ion.
        charge: Formal charge of the molecule as it is written; 0 of most.

    >>> round(compute_precursor(104.10699, Adduct.M_CATION, charge=1), 4)  # choline, C[N+](C)(C)CCO
    104.107
    """
    n_molecules, ion_charge, added = _IONS[adduct]
    return (n_molecules * compute_neutral_mass(exact_mass, charge) + added) / ion_charge


def compute_mass(precursor_mz: float, adduct: Adduct) -> float:
    """Return the monoisotopic mass (Da) of the molecule whose ion has this m/z (Da), with the electrons of its atoms.

    That is the exact mass of a molecule without charge; :func:`compute_neutral_mass` gives it for others.
    """
    n_molecules, ion_charge, added = _IONS[adduct]
    return (precursor_mz * ion_charge - added) / n_molecules


def compute_neutral_mass(exact_mass: float, charge: int) -> float:
    """Return what the atoms of a molecule weigh (Da) with all their electrons, by its exact mass and formal charge."""
    return exact_mass + charge * ELECTRON

"""Who oxidises and who reduces in a mixture, and whether a product needs one that is not there.

A reaction takes up hydrogen, or gives it off, by what its two sides hold (:mod:`anymol.chem.mass_balance`); where
nothing in the mixture can give that hydrogen or take it, the reaction is not this one. Cyclohexanol and sulfuric acid
give no cyclohexanone.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from rdkit import Chem

from anymol.chem.mass_balance import MassBalance
from anymol.chem.parsing import parse_smiles

_REDUCTANTS: Final = (
    "[H][H]", "[B;!H0]", "[Al;!H0]", "[Si;!H0]", "[Sn;!H0]", "[PH]=O", "[O-]P=O", "[OH]P[OH]", "[S-2]", "[SH-]",
    "[Li,Mg][#6]", "[Pd]([OH])[OH]", "[Li,Na,K,Mg,Ca,Zn,Fe,Sn,Al,Mn,In,Sm,Cr,Ti;+0;D0]",
    "[Pd,Pt,Ni,Co,Rh,Ru;+0;D0]",  # records name the catalyst, and leave out the hydrogen
    "[Sn;+2]", "[Sn;D2;+0]", "[Ti;D3;+0]", "[Sm;D2;+0]", "[Cr;+2]", "[Fe;+2]", "[Ti;+3]",
    "[NX3H2][NX3H2]", "[NX3H2][NX3H1]c", "[SX3](=O)([O-])[O-,OH]", "[I;H1]", "[P;D0;H0;+0]",
    "[CX3H1](=O)[OH,O-]", "O=S([O-])S(=O)[O-]", "[PX3]([#6])([#6])[#6]", "[AlX3](O[CX4H1])O",
    "[CX3]1=[CX3][CH2][CX3]=[CX3][CH2]1", "[CX3]1=[CX3][CX3]=[CX3][CH2][CH2]1", "[#6]1=[#6][NH][#6]=[#6][CH2]1",
)  # fmt: skip
_OXIDANTS: Final = (
    "[O;X1,X2][OX2]", "O=O", "[O-][O+]=O",  # peroxides, peracids and persulfates; oxygen and ozone
    "[Mn,Cr,Os,Ru,V,Se,Re,W,Mo]=O", "[I;X3,X4,X5,X6]", "[I,Cl,Br]=O", "[I,Cl,Br;+][O-]", "[Cl,Br,I][Cl,Br,I]",
    "[#7][F,Cl,Br,I]", "O[Cl,Br,I]", "[O-][Cl,Br,I]", "ClS(=O)(=O)Cl", "CS(C)=O", "[NX4+][O-]", "[n+][O-]",
    "N[O;X1;+0]", "[NX2+]=O", "[N+;X3;!$([N+][O-])]=O", "[N;+0](=O)[O-,OH]", "O=[N+]([O-])[OH,O-]", "O=C[N]=[N]C=O",
    "O=C1C=CC(=O)C=C1", "O=C1C=CC=CC1=O", "S1SSSSSSS1",
    "[Ag+]", "[Ag;D1,D2]", "[Ce;+3,+4]", "[Cu;+2]", "[Cu;D2;+0]", "[Fe;+3]", "[Fe;D3;+0]", "[Co;+3]", "[Hg;+2]", "[Tl]",
    "[Pb;+2,+4]", "[Pb;D4]",
)  # fmt: skip
_DEHYDROGENATES: Final = ("[Pd,Pt,Ni,Cu;+0;D0]",)
"""Metals over which hot molecules give off hydrogen itself."""
_HYDROGEN: Final = "[H][H]"
_HYDRIDE: Final = "[H-]"
_HYDRIDES: Final = frozenset({"[Al+3]", "[B+3]", "[Zn+2]"})
"""Metals of complex hydrides that records write as ions; sodium hydride is a base."""


@lru_cache(maxsize=4096)
def reduces(molecule: str) -> bool:
    """Whether a molecule gives hydrogen or electrons to others, as far as the usual reductants go.

    Args:
        molecule: SMILES of one molecule or ion.

    Raises:
        InvalidSmilesError: It does not parse.
    """
    return _holds(molecule, _REDUCTANTS)


@lru_cache(maxsize=4096)
def oxidises(molecule: str) -> bool:
    """Whether a molecule takes hydrogen or electrons from others, or gives oxygen, as far as the usual oxidants go.

    Args:
        molecule: SMILES of one molecule or ion.

    Raises:
        InvalidSmilesError: It does not parse.
    """
    return _holds(molecule, _OXIDANTS)


def lacks_reductant(inputs: str, balance: MassBalance) -> bool:
    """Whether a reaction takes up hydrogen, and nothing that is mixed reduces.

    Args:
        inputs: SMILES of all that is mixed, dot-joined.
        balance: Of the reaction.
    """
    mixed = inputs.split(".")
    is_hydride = _HYDRIDE in mixed and not _HYDRIDES.isdisjoint(mixed)
    return balance.hydrogen > 0 and not is_hydride and not any(map(reduces, mixed))


def lacks_oxidant(inputs: str, balance: MassBalance) -> bool:
    """Whether a reaction takes up oxygen or gives off hydrogen, and nothing that is mixed oxidises.

    Hydrogen alone leaves without an oxidant too, over a metal and where none is put in: tetralin and palladium give
    naphthalene.

    Args:
        inputs: SMILES of all that is mixed, dot-joined.
        balance: Of the reaction.
    """
    mixed = inputs.split(".")
    if not (balance.hydrogen < 0 or balance.oxygen > 0) or any(map(oxidises, mixed)):
        return False
    leaves = balance.oxygen <= 0 and _HYDROGEN not in mixed and any(_holds(one, _DEHYDROGENATES) for one in mixed)
    return not leaves


def _holds(molecule: str, patterns: tuple[str, ...]) -> bool:
    mol = parse_smiles(molecule)
    return any(mol.HasSubstructMatch(query) for query in _compile(patterns))


@cache
def _compile(patterns: tuple[str, ...]) -> tuple[Chem.Mol, ...]:
    return tuple(map(Chem.MolFromSmarts, patterns))

"""Conjugate acids and bases: the molecule with a proton more or less, where the place of the proton is certain."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from rdkit import Chem

from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.errors import UserError

_ACIDIC: Final[tuple[tuple[str, float, float], ...]] = (
    # Protons at oxygen, sulfur, nitriles and amides.
    ("[O,S;+;!H0]", -10.0, -1.0), ("[$([N;+;!H0]#C)]", -12.0, -8.0), ("[$([NX4;+;!H0][C,S]=[O;+0])]", -8.0, 0.0),
    # Mineral acids and halides of hydrogen.
    ("[F,Cl,Br,I;H1]", -10.0, 3.2), ("[$([OX2H1]S(=O)(=O)[N,O-])]", 0.5, 2.2), ("[$([OX2H1]S(=O)=O)]", -10.0, -0.5),
    ("[$([OX2H1]S([O-])=O)]", 6.0, 8.0), ("[$([OX2H1]S=O)]", 1.0, 3.0),
    ("[$([OX2H1][As,Se,Cr,Mn]=O)]", -3.0, 9.0), ("[$([OX2H1][Cl,Br,I]=O)]", -10.0, 2.2),
    ("[$([OX2H1][Cl+3])]", -10.0, -5.0), ("[$([OX2H1]P([O-])=O)]", 5.5, 12.4), ("[$([OX2H1]P=O)]", 0.5, 3.2),
    ("[$([OX2H1][N+](=O)[O-])]", -3.0, -1.0), ("[$([OX2H1]N=O)]", 3.0, 3.5), ("[$([CX2H1]#N)]", 9.0, 9.4),
    ("[$([NX2H1]=[N+]=[N-])]", 4.5, 4.8),
    # Carboxylic acids and what comes near them.
    ("[$([OX2H1][CX3]=[O;+0])]", 0.2, 5.2), ("[$([SX2H1][CX3]=[O,S;+0])]", 1.5, 4.0),
    ("[$([NX4;+;!H0][a])]", -5.0, 6.7), ("[n;+;!H0]", -6.0, 10.0), ("[$([N;+;!H0][N,O])]", -1.0, 8.5),
    ("[$([OX2H1]c:c[N+](=O)[O-]),$([OX2H1]c:c:c:c[N+](=O)[O-])]", 0.0, 7.5),
    ("[$([nX3;H1]1nnnc1),$([nX3;H1]1nncn1)]", 2.0, 6.0),
    ("[$([NX3;!H0](S(=O)=O)S(=O)=O)]", -10.0, 3.0), ("[$([NX3;!H0](C=O)S(=O)=O)]", 1.0, 6.0),
    # Ammonium and its like.
    ("[$([N;+;!H0]=C(N)N)]", 12.0, 14.5), ("[$([N;+;!H0]=C)]", 4.5, 13.0), ("[NX4;+;!H0]", 5.3, 11.5),
    ("[N;+;!H0]", -5.0, 14.0),
    # Phenols, enols, thiols, peroxides, oximes and imides; what stands between two carbonyl or nitro groups.
    ("[$([OX2H1]c)]", 5.3, 11.0), ("[$([OX2H1][CX3]=[CX3])]", 3.0, 12.0), ("[SX2;!H0;+0]", 5.5, 11.0),
    ("[$([OX2H1][O,N,n,Cl,Br,I]);+0]", 4.5, 12.5), ("[$([NX3;!H0](C=O)C=O)]", 7.0, 12.0),
    ("[$([NX3;!H0]S(=O)=O)]", 5.0, 11.0), ("[$([CX4;!H0;R](@C=O)@C=O)]", 4.0, 13.5),
    ("[$([CX4;!H0](C=O)C=O)]", 5.5, 13.5), ("[$([CX4;!H0]([N+](=O)[O-])[N+](=O)[O-])]", -1.0, 6.0),
    ("[$([CX4;!H0][N+](=O)[O-])]", 5.5, 11.0), ("[$([CX4;!H0](C#N)C#N)]", 11.0, 12.0),
    # Water, alcohols, amides and pyrroles.
    ("[OX2H2]", 13.9, 15.8), ("[$([OX2H1][CX4]C(F)(F)F)]", 5.0, 12.6), ("[$([OX2H1][CX4][OX2])]", 12.0, 14.0),
    ("[$([OX2H1][CX4])]", 12.6, 18.0), ("[$([NX3;!H0]C=O)]", 12.6, 18.0), ("[$([nX3;H1]1cccc1)]", 15.0, 18.0),
    ("[nX3;H1]", 6.5, 14.5), ("[SH-]", 12.0, 19.0), ("[$([OH1-])]", 20.0, 40.0),
    ("[NX3;!H0;+0]", 18.1, 38.0), ("[$([CX2H1]#C)]", 20.0, 29.0),
)  # fmt: skip
"""Acidic places, each with the range of the pKa of its kind in water; a place is of the first kind that matches it.

Where the ranges of two places meet, the structure alone does not tell which of them is the stronger acid.
"""
_ANIONS: Final = (
    "[O,S,Se,N,n,C,c,F,Cl,Br,I;-;!$(*~[+,+2,+3]);!$([O-][CX3]=[#6])]", "[$([O-][N+](=O)[O-])]", "[$([N-]=[N+]=[N-])]",
    "[O,S,Se,Te;-2]", "[$(N#C[O,S,Se;-]),$([O,S,Se]=C=[N-])]",  # cyanates take it at either end
)  # fmt: skip
"""Anions that take a proton where their charge is written; an enolate may take it at its carbon."""
_OF_HALOGENS: Final = "[$([O-][Cl,Br,I;+,+2,+3])]"
"""Oxygens of chlorate and its like, of whose charges not all are balanced in the ion."""
_BASES: Final = (
    "[$([NX2;+0;!$(N-[!#6;!#1])]=[CX3])]",
    "[NX3;+0;!$(N-[C,S,P]=[O,S,N]);!$(N-C=C);!$(N-C#N);!$(N-[S,P,B,Si]);!$(N-N=O)]",
    "[nX2;+0]",
    "[PX3;+0;!$(P-[!#6;!#1])]",
)
_OXYGENS: Final = ("[$([OX1]=[CX3])]", "[OX2;+0;!$(O-[#6]=*);!$(O-a);!$(O-O)]")
"""Oxygens that take a proton, of compounds of carbon, hydrogen and oxygen."""
_BORON: Final = Chem.MolFromSmarts("[OX2H1][B;X3]")


def find_conjugate_base(mol: Chem.Mol) -> str:
    """Return the SMILES of a molecule or ion without one of its protons.

    Raises:
        UserError: It has none to give, or which one it gives is not certain from its structure.

    >>> find_conjugate_base(Chem.MolFromSmiles("CC(=O)O")), find_conjugate_base(Chem.MolFromSmiles("[NH4+]"))
    ('CC(=O)[O-]', 'N')
    """
    _require_one_part(mol)
    if mol.HasSubstructMatch(_BORON):
        raise _refuse(mol, "acids of boron take up hydroxide instead of losing a proton")
    return _move_proton(mol, _find_most_acidic(mol), -1)


def find_conjugate_acid(mol: Chem.Mol) -> str:
    """Return the SMILES of a molecule or ion with one proton more.

    Raises:
        UserError: It has no place for one, or which place takes it is not certain from its structure.

    >>> find_conjugate_acid(Chem.MolFromSmiles("CN")), find_conjugate_acid(Chem.MolFromSmiles("O"))
    ('C[NH3+]', '[OH3+]')
    """
    _require_one_part(mol)
    anions = (*_ANIONS, _OF_HALOGENS) if Chem.GetFormalCharge(mol) < 0 else _ANIONS
    places = _match(mol, (*anions, *_BASES))
    if not places and {atom.GetSymbol() for atom in mol.GetAtoms()} <= {"C", "H", "O"}:
        places = _match(mol, _OXYGENS)
    return _move_proton(mol, places, +1)


def _require_one_part(mol: Chem.Mol) -> None:
    if len(Chem.GetMolFrags(mol)) > 1:
        raise _refuse(mol, "it is a salt or mixture, each part of which has a conjugate of its own", "ask of one ion")


def _find_most_acidic(mol: Chem.Mol) -> list[int]:
    """Return the atoms of which one loses its proton first: those that may be more acidic than all others."""
    ranges: dict[int, tuple[float, float]] = {}
    for pattern, low, high in _ACIDIC:
        for place in _match(mol, (pattern,)):
            ranges.setdefault(place, (low, high))
    first = min((high for _, high in ranges.values()), default=0.0)
    return sorted(place for place, (low, _) in ranges.items() if low <= first)


def _match(mol: Chem.Mol, patterns: Sequence[str]) -> list[int]:
    """Return the atoms that patterns of one atom match, each once."""
    return sorted({atom for one in patterns for (atom,) in mol.GetSubstructMatches(_compile(one))})


@cache
def _compile(smarts: str) -> Any:
    return Chem.MolFromSmarts(smarts)


def _move_proton(mol: Chem.Mol, places: Sequence[int], number: int) -> str:
    """Return the one molecule that a proton more or less at any of some atoms gives.

    Raises:
        UserError: There is no such place, or they give different molecules.
    """
    verb = "takes" if number > 0 else "gives"
    if not places:
        raise _refuse(mol, f"no group is known in it that {verb} a proton in water at a certain place")
    made = {one for place in places for one in _move(mol, place, number)}
    if len(made) > 1:
        raise _refuse(mol, f"it has several groups, and which one {verb} the proton is not certain from its structure")
    return made.pop()


def _move(mol: Chem.Mol, place: int, number: int) -> set[str]:
    """Return what a proton more or less at an atom gives: several where isotopes of hydrogen are at it."""
    atom = mol.GetAtomWithIdx(place)
    written = [one.GetIdx() for one in atom.GetNeighbors() if one.GetAtomicNum() == 1]
    counted = atom.GetTotalNumHs()
    if number > 0:
        return {_write_changed(mol, place, counted + 1, +1)}
    made = {_write_changed(mol, place, counted, -1, without=one) for one in written}
    return made | {_write_changed(mol, place, counted - 1, -1)} if counted else made


def _write_changed(mol: Chem.Mol, place: int, hydrogens: int, charge: int, *, without: int | None = None) -> str:
    changed = Chem.RWMol(mol)
    atom = changed.GetAtomWithIdx(place)
    atom.SetNoImplicit(True)
    atom.SetNumExplicitHs(hydrogens)
    atom.SetFormalCharge(atom.GetFormalCharge() + charge)
    if without is not None:
        changed.RemoveAtom(without)
    Chem.SanitizeMol(changed)
    return write_canonical(parse_smiles(Chem.MolToSmiles(changed)))


def _refuse(
    mol: Chem.Mol, reason: str, hint: str = "give the form with the proton and the one without it"
) -> UserError:
    return UserError(reason, value=write_canonical(mol), hint=hint)

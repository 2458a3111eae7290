"""Conjugate acids and bases: the molecule with a proton more or less, where the place of the proton is certain."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from rdkit import Chem

from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.errors import UserError

_ACIDIC: Final[tuple[tuple[str, ...], ...]] = (
    # Mineral acids and halides of hydrogen.
    (
        "[F,Cl,Br,I;H1]", "[$([OX2H1][S,Cl,Br,I,As,Se,Cr,Mn]=O)]", "[$([OX2H1][P;!$(P[O-])]=O)]",
        "[$([OX2H1][N+](=O)[O-])]", "[$([OX2H1][Cl+3])]",
    ),
    # Carboxylic acids and their like.
    ("[$([OX2H1][CX3]=O)]", "[$([SX2H1][CX3]=O)]", "[$([OX2H1]N=O)]"),
    # What has a pKa of some 5 to 14.
    (
        "[N,n,O,S;+;!H0]", "[$([OX2H1]c)]", "[SX2;!H0;+0]", "[$([OX2H1]P([O-])=O)]", "[$([OX2H1][O,N,n,Cl,Br,I]);+0]",
        "[$([CX2H1]#N)]", "[$([NX2H1]=[N+]=[N-])]", "[$([NX3;!H0](C=O)C=O)]", "[$([NX3;!H0]S(=O)=O)]",
        "[$([CX4;!H0](C=O)C=O)]", "[$([CX4;!H0][N+](=O)[O-])]", "[$([CX4;!H0](C#N)C#N)]", "[$([OX2H1][CX3]=[CX3])]",
    ),
    # Water, alcohols, amides and pyrroles.
    ("[OX2H2]", "[$([OX2H1][CX4])]", "[$([NX3;!H0]C=O)]", "[nH]", "[SH-]", "[$([OH1-])]"),
    ("[NX3;!H0;+0]",),
    ("[$([CX2H1]#C)]",),
)  # fmt: skip
"""Groups of acidic places, each stronger by orders of magnitude than those below it."""
_ANIONS: Final = (
    "[O,S,Se,N,n,C,c,F,Cl,Br,I;-;!$(*~[+,+2,+3]);!$([O-][CX3]=[#6])]", "[$([O-][N+](=O)[O-])]", "[$([N-]=[N+]=[N-])]",
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
    places = next((found for group in _ACIDIC if (found := _match(mol, group))), [])
    return _move_proton(mol, places, -1)


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
        raise _refuse(mol, f"no group that {verb} a proton in water is known in it")
    made = {_move(mol, place, number) for place in places}
    if len(made) > 1:
        raise _refuse(mol, f"it has several groups, and which one {verb} the proton is not certain from its structure")
    return made.pop()


def _move(mol: Chem.Mol, place: int, number: int) -> str:
    changed = Chem.RWMol(mol)
    atom = changed.GetAtomWithIdx(place)
    hydrogens = atom.GetTotalNumHs() + number
    atom.SetNoImplicit(True)
    atom.SetNumExplicitHs(hydrogens)
    atom.SetFormalCharge(atom.GetFormalCharge() + number)
    Chem.SanitizeMol(changed)
    return write_canonical(parse_smiles(Chem.MolToSmiles(changed)))


def _refuse(
    mol: Chem.Mol, reason: str, hint: str = "give the form with the proton and the one without it"
) -> UserError:
    return UserError(reason, value=write_canonical(mol), hint=hint)

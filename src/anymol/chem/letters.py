"""Texts of capital letters that are SMILES and may be a name: NBS, PCC, BrCN, NO, CO.

The rule: an abbreviation or formula that the dictionaries know comes first, unless the SMILES is itself a common
compound that holds carbon: ``CO`` stays methanol, ``CN`` methylamine, while ``NO`` is nitric oxide. Both readings are
told. A text that no dictionary knows is read as SMILES; where that is an unlikely molecule, with a boron bonded to
sulfur say, the reading is doubtful. ``CCO`` is ethanol, without a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rdkit import Chem

from anymol.chem.names import NameHit, find_name, find_names_of, is_curated
from anymol.chem.parsing import write_canonical

_LETTERS: Final = re.compile(r"(?:Cl|Br|[BCNOPSFI]){2,}")
"""No ring, bond, bracket, branch, charge or aromatic atom."""
_USUAL: Final = frozenset({("C", "C"), ("C", "N"), ("C", "O"), ("C", "S"), ("N", "N"), ("N", "O"), ("O", "O")})
"""Elements that a SMILES of single bonds usually joins; a halogen stands at an end."""
_IONS: Final = {"SCN": "thiocyanate", "OCN": "cyanate", "NCO": "cyanate, the isocyanate group", "CNO": "fulminate"}
"""Letters that name an ion or its group as often as the molecule that SMILES reads in them."""
_HALOGENS: Final = frozenset({"F", "Cl", "Br", "I"})


@dataclass(frozen=True)
class LettersReading:
    """How letters are to be read.

    Attributes:
        hit: The entry of the dictionaries, where the name comes first; None where the SMILES does.
        doubt: The other reading, in a sentence; None where there is none.
    """

    hit: NameHit | None = None
    doubt: str | None = None


def judge_letters(text: str, mol: Chem.Mol) -> LettersReading:
    """Return how a text that parses as SMILES is to be read.

    Args:
        text: The text.
        mol: What SMILES reads in it.

    >>> judge_letters("NBS", Chem.MolFromSmiles("NBS")).hit.smiles
    'O=C1CCC(=O)N1Br'
    >>> judge_letters("CCO", Chem.MolFromSmiles("CCO"))
    LettersReading(hit=None, doubt=None)
    """
    if _LETTERS.fullmatch(text) is None:
        return LettersReading()
    if text in _IONS:
        return LettersReading(doubt=f"'{text}' is read as SMILES; as a formula it is {_IONS[text]}")
    smiles = write_canonical(mol)
    hit = find_name(text)
    if hit is None or hit.smiles == smiles:
        return LettersReading(doubt=None if hit is not None or _is_usual(mol) else _say_unknown(text))
    named = next((name for name in find_names_of(hit.smiles) if name != text), hit.kind)
    if is_curated(smiles) and "C" in re.findall(r"Cl|[A-Z]", text):
        also = (
            f"'{text}' is read as SMILES, {find_names_of(smiles)[0]}; as a name or formula it is {named}, {hit.smiles}"
        )
        return LettersReading(doubt=also)
    return LettersReading(
        hit, f"'{text}' is read as the abbreviation or formula of {named}; as SMILES it would be {smiles}"
    )


def _say_unknown(text: str) -> str:
    return (
        f"'{text}' is read as SMILES, which gives an unlikely molecule; an abbreviation of that spelling is not known"
    )


def _is_usual(mol: Chem.Mol) -> bool:
    """Whether a chain of atoms is one that people draw."""
    for bond in mol.GetBonds():
        ends = sorted((bond.GetBeginAtom(), bond.GetEndAtom()), key=lambda atom: str(atom.GetSymbol()))
        symbols = (ends[0].GetSymbol(), ends[1].GetSymbol())
        if any(atom.GetSymbol() in _HALOGENS and atom.GetDegree() > 1 for atom in ends):
            return False
        if symbols not in _USUAL and not (set(symbols) & _HALOGENS and (mol.GetNumAtoms() == 2 or "C" in symbols)):
            return False
    return True

"""What a description tells of a molecule's form: its charge, parts, elements, carbon atoms, handedness and formula.

A form is refuted here, never confirmed: what has the charge of a cation is not yet an 'amino-acid cation'. Of the
descriptions that ship, two in a thousand say something of the form that is not so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from anymol.chem.parsing import parse_smiles
from anymol.tasks.claims import list_class_names
from anymol.tasks.task import Check

_TABLE: Final = Chem.GetPeriodicTable()
_TELLING: Final = {
    _TABLE.GetElementName(number).lower(): number
    # Metals, half-metals and selenium; not "lead", which is also what a drug begins as.
    for number in (3, 4, 5, *range(11, 15), *range(19, 35), *range(37, 53), *range(55, 82), 83, *range(87, 104))
}
_METALS: Final = frozenset(_TELLING.values()) - {5, 14, 32, 33, 34}
_ELEMENT: Final = re.compile(rf"\b(?:organo)?({'|'.join(_TELLING)})\b(?! group)")
_OF_ELEMENT: Final = re.compile(rf"\b(?:\w+(?:id|at|it)e|salt|compound) of ({'|'.join(_TELLING)})\b")


def _has(smarts: str) -> Callable[[Chem.Mol], bool]:
    pattern = Chem.MolFromSmarts(smarts)
    return lambda mol: bool(mol.HasSubstructMatch(pattern))


def _has_metal(mol: Chem.Mol) -> bool:
    """Whether a salt may be drawn with a bond from its metal."""
    return not _METALS.isdisjoint(atom.GetAtomicNum() for atom in mol.GetAtoms())


_has_carbon: Final = _has("[#6]")
# Carbonates, cyanides and the oxides of carbon are inorganic.
_is_organic: Final = _has("[$([#6]~[#6]),$([#6;!H0]),$([#6]~[#1,F,Cl,Br,I])]")
_has_hetero_atom: Final = _has("[!#6;!#1]")
_has_acid: Final = _has("[CX3](=[OX1])[OX2H1]")


def _has_handedness(mol: Chem.Mol) -> bool:
    return any(atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED for atom in mol.GetAtoms())


def _is_zwitterion(mol: Chem.Mol) -> bool:
    charges = [atom.GetFormalCharge() for atom in mol.GetAtoms()]
    return min(charges) < 0 < max(charges)


_NEEDS: Final[tuple[tuple[re.Pattern[str], Callable[[Chem.Mol], bool], str], ...]] = (
    (re.compile(r"anion(?:\([0-9]-\))?$"), lambda mol: Chem.GetFormalCharge(mol) < 0, "a negative charge"),
    (re.compile(r"cation(?:\([0-9]\+\))?$"), lambda mol: Chem.GetFormalCharge(mol) > 0, "a positive charge"),
    (re.compile(r"zwitterion$"), _is_zwitterion, "a positive and a negative charge"),
    (re.compile(r"\bsalt$|(?<!carbo)(?<!ketone )hydrate$|hydro(?:chlor|brom)ide$"),
     lambda mol: len(Chem.GetMolFrags(mol)) > 1 or _has_metal(mol), "two parts"),
    (re.compile(r"^(?:[DL]|\([RS]\))-"), _has_handedness, "a stereocentre that is marked"),
    (re.compile(r"^inorganic\b"), lambda mol: not _is_organic(mol), "no carbon with hydrogen, halogen or carbon"),
    (re.compile(r"^organ(?!omet)|alk(?:an|en|yl)|carboxylic|fatty"), _has_carbon, "a carbon atom"),
    (re.compile(r"^(?:[\w-]+ chain )?(?:alk[ae]n|alkyn)e$|\bhydrocarbon$"), lambda mol: not _has_hetero_atom(mol),
     "carbon and hydrogen alone"),
    (re.compile(r"\b(?:mono|di|tri)carboxylic acid$|(?:alkanoic|fatty) acid$"), _has_acid, "a carboxy group"),
)  # fmt: skip
"""How the name of a class reads -> what the molecule then is, and how that is said."""


_OF_OTHERS: Final = re.compile(
    r"\bIt is an? (?:conjugate|enantiomer|tautomer|epimer|diastereoisomer)\b.*?(?:\.(?= [A-Z])|$)"
)
"""A sentence that names other forms of the molecule, which are not of its own form."""

_CARBONS: Final = re.compile(r"\bThe molecule is an? [\w -]+? (?:that|which) (?:has|contains) (\d+) carbons?\b")
_FORMULA: Final = re.compile(r"\bformula ((?:[A-Z][a-z]?\d*)+)(?=[\s,;]|\.(?:\s|$)|$)")


def list_faults(molecule: Chem.Mol, text: str) -> tuple[str, ...]:
    """Return what a description says of the form of a molecule that is not so, each once.

    >>> list_faults(parse_smiles("CC(=O)O"), "The molecule is a monocarboxylic acid anion.")
    ("'monocarboxylic acid anion' needs a negative charge",)
    """
    numbers = [atom.GetAtomicNum() for atom in molecule.GetAtoms()]
    found = []
    for name in list_class_names(_OF_OTHERS.sub("", text)):
        found += [
            f"'{name}' needs {needed}" for said, holds, needed in _NEEDS if said.search(name) and not holds(molecule)
        ]
        found += [f"'{name}' needs {one}" for one in _ELEMENT.findall(name) if _TELLING[one] not in numbers]
    found += [f"it has no atom of {one}" for one in _OF_ELEMENT.findall(text) if _TELLING[one] not in numbers]
    found += [
        f"it has {numbers.count(6)} carbon atoms, not {said}"
        for said in _CARBONS.findall(text)
        if int(said) != numbers.count(6)
    ]
    formula = _read_formula(rdMolDescriptors.CalcMolFormula(molecule))
    found += [f"its formula is not {said}" for said in _FORMULA.findall(text) if _read_formula(said) != formula]
    return tuple(dict.fromkeys(found))


def check_forms(smiles: str, text: str) -> Iterator[Check]:
    """Yield a failed check of each thing that a description says of a molecule's form and that is not so.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
    """
    for fault in list_faults(parse_smiles(smiles), text):
        yield Check("form", False, fault)


def _read_formula(formula: str) -> Counter[str]:
    """Return how many atoms of each element a formula without brackets names; its charge is left out."""
    counts: Counter[str] = Counter()
    for symbol, count in re.findall(r"([A-Z][a-z]?)(\d*)", formula):
        counts[symbol] += int(count or 1)
    return counts

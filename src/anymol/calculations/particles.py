"""How many atoms, molecules, ions and formula units an amount of a substance holds, and what single ones weigh."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn

from anymol.calculations.amounts import read_after
from anymol.calculations.calculation import Subject
from anymol.calculations.elements import ELEMENTS, name_element
from anymol.calculations.makeup import write_mol_formula
from anymol.calculations.quantities import Dimension, Quantity
from anymol.calculations.salt_ions import count_ions, list_ions
from anymol.calculations.substances import Substance, find_substance
from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidTaskInputError

_SIGNED: Final = ("cation", "anion")


class Kind(StrEnum):
    """What is counted."""

    MOLECULES = "molecules"
    ATOMS = "atoms"
    IONS = "ions"
    UNITS = "formula units"


@dataclass(frozen=True)
class Counted:
    """What a question counts.

    Attributes:
        kind: Molecules, atoms, ions or formula units.
        name: Of which substance, element or ion; empty where it does not say.
    """

    kind: Kind
    name: str = ""

    @property
    def shown(self) -> str:
        """What a sentence calls it."""
        return f"{self.name}s" if self.name in _SIGNED else f"{self.name} {self.kind}".strip()


_KINDS: Final = {
    "molecule": Kind.MOLECULES, "atom": Kind.ATOMS, "ion": Kind.IONS, "cation": Kind.IONS, "anion": Kind.IONS,
    "formula unit": Kind.UNITS, "particle": Kind.UNITS,
}  # fmt: skip
_NAME: Final = r"(?:(?!(?:are|is|do|does|in|of|moles?|m?mol|grams?|m?g)\b)[\w()+\-\u00b7^]+\s+){1,3}?"
_COUNTS: Final = re.compile(
    r"\b(?:how many|(?:the )?(?:total )?number of|count (?:the )?)\s+(?:total\s+|individual\s+|different\s+)?"
    rf"(?:(?P<name>{_NAME}))?(?P<kind>molecule|atom|ion|cation|anion|formula unit|particle)s?\b"
    r"(?:\s+of\s+(?P<of>[\w()+\-]+(?:\s+[\w()]+)?)\s+"
    r"(?=(?:are|is|do|does|in|there|would|will|can|has|have)\b))?",
    re.IGNORECASE,
)
_BARE_ELEMENT: Final = re.compile(
    rf"\bhow many\s+(?P<name>{'|'.join(ELEMENTS)})s\s+(?=(?:are|in|does|do)\b)", re.IGNORECASE
)
_ONE: Final = re.compile(
    r"\b(?:(?:one |an? )?single|one|an?|1|each|every)\s+"
    r"(?:(?P<unit>formula unit|molecule|atom|unit|mole|mol)\s+of\s+)?(?=[A-Za-z(\[])",
    re.IGNORECASE,
)
_SINGLE: Final = re.compile(
    rf"\b(?:(?:one |an? )?(?:single|individual)|one|an?|1)\s+(?:(?P<name>{_NAME})(?:molecule|atom|formula unit)\b|"
    r"(?:molecule|atom|formula unit)\s+of\s+(?P<of>[^?,;]+))",
    re.IGNORECASE,
)
_WEIGHS: Final = re.compile(r"\b(?:weigh\w*|mass|heavy)\b", re.IGNORECASE)
_IN_GRAMS: Final = re.compile(
    r"\b(?:in|how many)\s+(?:k|m|\u00b5|u)?(?:g|gram(?:me)?s?|kilograms?|milligrams?)\b", re.IGNORECASE
)


def find_counted(text: str) -> Counted | None:
    """Return what a question counts; None where it counts no particles.

    >>> find_counted("how many water molecules are in 9 g of water").shown
    'water molecules'
    >>> find_counted("number of atoms of oxygen in 10 g CaCO3").shown
    'oxygen atoms'
    """
    match = _COUNTS.search(text)
    if match is None:
        bare = _BARE_ELEMENT.search(text)
        return None if bare is None else Counted(Kind.ATOMS, bare["name"])
    kind = match["kind"].lower()
    name = (match["name"] or match["of"] or "").strip()
    return Counted(_KINDS[kind], name or (kind if kind in _SIGNED else ""))


def asks_of_one(text: str) -> bool:
    """Whether a question counts the ions of one formula unit, or what is in one mole, which is no amount elsewhere.

    >>> asks_of_one("how many ions in one Al2(SO4)3"), asks_of_one("how many atoms in one molecule of glucose")
    (True, False)
    """
    counted = find_counted(text)
    ones = list(_ONE.finditer(text))
    has_mole = any((one["unit"] or "").lower() in ("mole", "mol") for one in ones)
    return counted is not None and (has_mole or (counted.kind is Kind.IONS and bool(ones)))


def asks_for_single_mass(text: str) -> bool:
    """Whether a question asks what a single particle weighs in grams.

    >>> asks_for_single_mass("what does one water molecule weigh in grams"), asks_for_single_mass("mass of water")
    (True, False)
    """
    weighs = _WEIGHS.search(text) is not None and _IN_GRAMS.search(text) is not None
    return weighs and _SINGLE.search(text) is not None


def read_single(text: str, subjects: Sequence[Subject] = ()) -> tuple[Substance, Quantity] | None:
    """Return the substance of which a question takes one particle or one mole; None where it takes none.

    >>> found = read_single("how many ions in one Al2(SO4)3")
    >>> found[0].formula if found else None
    'Al2(SO4)3'
    """
    match = _SINGLE.search(text)
    if match is not None:
        name = (match["name"] or match["of"] or "").strip()
        is_atom = re.search(r"\batom\b", match.group(), re.IGNORECASE) is not None
        substance = find_substance(f"{name} {'atom' if is_atom else 'molecule'}") or read_after(f" {name}", subjects)
        return None if substance is None else (substance, _make_one(match, "", text))
    for found in _ONE.finditer(text):
        substance = read_after(" " + text[found.end() :], subjects)
        if substance is not None:
            return substance, _make_one(found, found["unit"] or "", text)
    return None


def _make_one(match: re.Match[str], unit: str, text: str) -> Quantity:
    is_mole = unit.lower() in ("mole", "mol")
    dimension = Dimension.AMOUNT if is_mole else Dimension.PARTICLES
    written = "1 mol" if is_mole else "one"
    return Quantity(1.0, dimension, "mol" if is_mole else "particles", "", match.start(), match.end(), written)


def count_particles(counted: Counted, substance: Substance) -> tuple[int, tuple[str, ...]]:
    """Return how many of what is counted one formula unit of a substance holds, and what must be known of it.

    Raises:
        InvalidTaskInputError: It holds none.
    """
    match counted.kind:
        case Kind.UNITS:
            return 1, ()
        case Kind.IONS:
            return count_ions(substance, counted.name), (_write_ions(substance),)
        case Kind.ATOMS:
            return _count_atoms(counted.name, substance), ()
        case Kind.MOLECULES:
            return _count_molecules(counted.name or substance.name, substance)


def _count_atoms(name: str, substance: Substance) -> int:
    if not name:
        return substance.counts.total() or _refuse(substance, "atoms that are known")
    symbol = read_element(name)
    if symbol is None:
        _refuse(substance, f"'{name}' atoms")
    return substance.counts[symbol] or _refuse(substance, f"{name_element(symbol)} atoms")


def read_element(name: str) -> str | None:
    """Return the symbol of an element that is named or written; None where it is none.

    >>> read_element("oxygen"), read_element("O"), read_element("oxide")
    ('O', 'O', None)
    """
    plain = re.sub(r"[\s-]*atoms?$", "", name.strip())
    return ELEMENTS.get(plain.lower()) or (plain if plain in ELEMENTS.values() else None)


def _count_molecules(name: str, substance: Substance) -> tuple[int, tuple[str, ...]]:
    wanted = substance if name == substance.name else find_substance(name)
    if wanted is not None and wanted.counts == substance.counts:
        return 1, _note_units(substance)
    # Water of crystallisation; the ions of a salt are no molecules.
    number = substance.smiles.split(".").count("O") if wanted is not None and wanted.smiles == "O" else 0
    return number or _refuse(substance, f"{name} molecules"), ()


def _note_units(substance: Substance) -> tuple[str, ...]:
    """Say what is counted of what is not made of molecules."""
    try:
        list_ions(substance)
    except InvalidTaskInputError:
        is_metal = len(substance.counts) == 1 and not substance.smiles and substance.counts.total() == 1
        return (f"{substance.name} is not made of molecules: atoms are counted",) if is_metal else ()
    return (f"{substance.name} is made of ions: formula units are counted",)


def _write_ions(substance: Substance) -> str:
    ions = list_ions(substance).items()
    said = ", ".join(f"{number} {write_mol_formula(parse_smiles(ion))}" for ion, number in ions)
    return f"one {substance.name}: {said}"


def _refuse(substance: Substance, what: str) -> NoReturn:
    raise InvalidTaskInputError(
        f"{substance.name} holds no {what}", value=substance.name, hint="ask for what it is made of"
    )

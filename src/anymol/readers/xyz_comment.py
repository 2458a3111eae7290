"""The comment line of an XYZ frame: the total charge and multiplicity that it states, and columns of extended XYZ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from anymol.errors import ConformerError

_NUMBER = r"(?:\d+[-+\u2212\u2013](?![\w.])|[-+\u2212\u2013]?\d+(?:\.0*)?(?![\d.]))"
_CHARGE: Final = re.compile(
    rf"(?<![A-Za-z])(?:(?:total|net|overall|molecular|system)[\s_-]*)?"
    rf"(?:(?:charge|chrg)(?:\s*[=:]\s*|\s+is\s+|\s+)|q\s*=\s*)[\"']?(?P<value>{_NUMBER})",
    re.IGNORECASE,
)
_BEFORE: Final = re.compile(r"([^\W\d_]+)[\s.:_-]*$")
_AFTER: Final = re.compile(r"[\"']?\s*(?:e|au|a\.u\.)?\s*(?:on|at|of|for|per)\b", re.IGNORECASE)
_OF_ATOMS: Final = frozenset(
    {"mulliken", "lowdin", "löwdin", "nbo", "npa", "natural", "hirshfeld", "bader", "cm5", "esp", "resp", "chelpg"}
    | {"merz", "mk", "qtaim", "ddec", "partial", "atomic", "atom", "point", "nuclear", "core", "effective", "formal"}
    | {"max", "min", "maximum", "minimum", "mean", "average", "most", "largest", "lowest", "highest", "background"}
)
"""Words that make a charge one of an atom."""

_ION: Final = re.compile(r"\b(?:di|tri|radical[ -])?(?:an|cat)ion\b", re.IGNORECASE)

_MULTIPLICITY: Final = re.compile(r"\bmult(?:iplicity)?\s*[=:]?\s*(\d+)\b", re.IGNORECASE)
_UNPAIRED: Final = re.compile(r"\b(?:uhf|unpaired(?:[\s_]electrons)?)\s*[=:]\s*(\d+)\b", re.IGNORECASE)
_SPIN_WORD: Final = re.compile(r"\b(singlet|doublet|triplet)\b", re.IGNORECASE)
_SPIN_WORDS: Final = {"singlet": 1, "doublet": 2, "triplet": 3}
_PAIR: Final = re.compile(r"\s*([-+]?\d)\s+(\d)\s*")
_PROPERTIES: Final = re.compile(r"\bProperties\s*=\s*\"?([\w:]+)", re.IGNORECASE)
_LATTICE: Final = re.compile(r"\bLattice\s*=", re.IGNORECASE)


@dataclass(frozen=True)
class Comment:
    """What a comment line states.

    Attributes:
        charge: Total charge, elementary charges.
        multiplicity: Spin multiplicity.
        species: Column of the elements, counted from 0, where the line says so (extended XYZ).
        position: First column of the coordinates, where it says so.
        notes: What was seen in it and not taken.
    """

    charge: int | None = None
    multiplicity: int | None = None
    species: int | None = None
    position: int | None = None
    notes: tuple[str, ...] = ()


def parse_comment(line: str, electrons: int | None = None) -> Comment:
    """Return what a comment line states.

    Args:
        line: The line.
        electrons: Number of electrons of the neutral atoms: two bare numbers, as in ``0 1``, are charge and
            multiplicity only where they fit it.

    Raises:
        ConformerError: It states several charges.

    >>> parse_comment("energy=-154.09 charge=-1").charge
    -1
    >>> parse_comment("max. mulliken charge=-1 on O").charge is None
    True
    """
    charge, notes = _find_charge(line)
    if charge is None and (word := _ION.search(line)):
        notes += (f"'{word[0]}' in the comment line states no charge: give it as a number",)
    multiplicity = _find_multiplicity(line)
    pair = _PAIR.fullmatch(line)
    if pair and electrons is not None:
        fits = int(pair[2]) > 0 and (electrons - int(pair[1]) - int(pair[2])) % 2 == 1
        charge, multiplicity = (int(pair[1]), int(pair[2])) if fits else (None, None)
    if _LATTICE.search(line):
        notes += ("the file states a periodic cell: bonds through its faces are not perceived",)
    species, position = _find_columns(line)
    return Comment(charge, multiplicity, species, position, notes)


def _find_charge(line: str) -> tuple[int | None, tuple[str, ...]]:
    found: dict[int, str] = {}
    notes: tuple[str, ...] = ()
    for match in _CHARGE.finditer(line):
        before = _BEFORE.search(line[: match.start()])
        if (before and before[1].lower() in _OF_ATOMS) or _AFTER.match(line, match.end()):
            notes += (f"'{match[0].strip()}' in the comment line is not taken for the total charge",)
        else:
            found[_read_integer(match["value"])] = match[0]
    if len(found) > 1:
        raise ConformerError(f"the comment line states several charges: {', '.join(found.values())}")
    return next(iter(found), None), notes


def _read_integer(text: str) -> int:
    plain = text.replace("\u2212", "-").replace("\u2013", "-").partition(".")[0]
    return int(plain[-1] + plain[:-1]) if plain[-1] in "+-" else int(plain)


def _find_multiplicity(line: str) -> int | None:
    if match := _MULTIPLICITY.search(line):
        return int(match[1]) or None
    if match := _UNPAIRED.search(line):
        return int(match[1]) + 1
    if match := _SPIN_WORD.search(line):
        return _SPIN_WORDS[match[1].lower()]
    return None


def _find_columns(line: str) -> tuple[int | None, int | None]:
    """Return the columns of elements and coordinates that ``Properties=species:S:1:pos:R:3`` names."""
    match = _PROPERTIES.search(line)
    fields = match[1].split(":") if match else []
    columns: dict[str, int] = {}
    column = 0
    for name, _, width in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        columns[name.lower()] = column
        column += int(width) if width.isdigit() else 1
    return columns.get("species", columns.get("z")), columns.get("pos")

"""Molar masses that a question states itself, and substances that are known by these alone."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from anymol.calculations.substances import Substance
from anymol.errors import InvalidTaskInputError

_MASS_WORDS: Final = (
    r"(?:m\.?w\.?|f\.?w\.?|mr|mol\.? ?wt\.?|molar mass|molar weight|(?:molecular|formula) (?:weight|mass))"
)
_NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:[.,]\d+)?)"
_UNIT: Final = r"(?:k?da(?:ltons?)?|kg ?/ ?mol|g ?/ ?mol|g ?mol-1|g per mol)(?!\w)"
STATED_MASS: Final = re.compile(
    rf"[(,\s]+(?:with |having |of )?(?:an? |the |its )?(?:{_MASS_WORDS}\s*(?:of|is|=|:|~)?\s*[~\u2248]?\s*"
    rf"(?P<mass>{_NUMBER})(?:\s*(?P<unit>{_UNIT}))?|[~\u2248]?\s*(?P<bare>{_NUMBER})\s*-?(?P<bare_unit>{_UNIT}))\)?",
    re.IGNORECASE,
)
"""A molar mass, g/mol or kDa, that a question states itself: ``(MW 312.4)``, ``(66.5 kDa)``."""
_UNNAMED: Final = re.compile(
    r"(?:the |my |an? |our |crude |pure |isolated |dry )*(?P<name>(?:starting material|SM|substrate|"
    r"product|compound|reagent|reactant|"
    r"intermediate|ester|amine|acid|alcohol|aldehyde|ketone|amide|alkene|alkyne|halide|aryl bromide|"
    r"peptide|protein|enzyme|antibody|polymer|ligand|catalyst|"
    r"drug|salt|material|substance)(?: \d+[a-z]?| [A-Z])?)(?=[\s(,])",
    re.IGNORECASE,
)
"""A substance that is called by what it is for, and known by its molar mass only."""
_SIZED: Final = re.compile(
    rf"(?:the |my |an? |our )*(?P<mass>{_NUMBER})\s*-?(?P<unit>{_UNIT})\s+"
    r"(?P<name>[A-Za-z][\w-]*(?: protein| antibody)?)",
    re.IGNORECASE,
)
"""The same the other way round: 'a 150 kDa antibody'."""
_LARGE: Final = re.compile(rf"(?P<name>[A-Za-z][\w-]*(?: [\w-]+){{0,2}}?)(?=[(,\s]+[~\u2248]?\s*{_NUMBER}\s*-?kDa\b)")
"""What is stated in kDa is a macromolecule, whose name no dictionary of small molecules knows."""
_SHARE: Final = 0.01
"""Part by which a stated molar mass may differ from that of the substance that is named."""


def read_stated(text: str) -> Substance | None:
    """Return a substance that a text begins with and that is known by its molar mass alone; None where there is none.

    >>> read_stated("product (MW 234.3) from 1 g").mass, read_stated("BSA (66.5 kDa) to uM").mass
    (234.3, 66500.0)
    """
    if (sized := _SIZED.match(text)) is not None:
        return _make(sized["name"], _read_mass(sized["mass"], sized["unit"]))
    for pattern in (_UNNAMED, _LARGE):
        name = pattern.match(text)
        stated = None if name is None else STATED_MASS.match(text, name.end())
        if name is not None and stated is not None:
            return _make(name["name"], _read(stated))
    return None


def find_stated_masses(text: str) -> list[float]:
    """Return the molar masses, g/mol, that a text states.

    >>> find_stated_masses("empirical CH2O and MW is 180"), find_stated_masses("(66.5 kDa)")
    ([180.0], [66500.0])
    """
    return [_read(match) for match in STATED_MASS.finditer(" " + text)]


def check_stated(found: Substance, text: str) -> None:
    """Refuse a molar mass stated of a substance that is not the substance's.

    Args:
        found: The substance.
        text: What begins with its name.

    Raises:
        InvalidTaskInputError: They differ by more than a rounding.
    """
    stated = STATED_MASS.match(text, len(found.name)) if text.lower().startswith(found.name.lower()) else None
    if stated is not None and abs(_read(stated) - found.mass) > _SHARE * found.mass:
        raise InvalidTaskInputError(
            f"{found.name} weighs {found.mass:.2f} g/mol, and {stated['mass'] or stated['bare']} is stated",
            value=stated.group().strip(),
            hint="leave the molar mass out, or name the salt or hydrate that it is of",
        )


def _make(name: str, mass: float) -> Substance:
    return Substance(name, "molar mass as stated", mass, Counter())


def _read(match: re.Match[str]) -> float:
    return _read_mass(match["mass"] or match["bare"], match["unit"] or match["bare_unit"] or "")


def _read_mass(number: str, unit: str) -> float:
    """Return a molar mass, g/mol."""
    plain = number.replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+", number) else number.replace(",", ".")
    return float(plain) * (1000.0 if unit.lower().startswith("k") else 1.0)

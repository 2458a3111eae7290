"""Concentrations in other units, and the volume in which an amount has one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from anymol.calculations.amounts import find_named, read_amounts
from anymol.calculations.calculation import Inquiry, Part, Result, make_number
from anymol.calculations.quantities import UNITS, Dimension, Quantity, find_unit, scale, write_digits
from anymol.calculations.solution_volumes import SOLVENT
from anymol.calculations.substances import Substance, find_substance, note_mass
from anymol.errors import InvalidTaskInputError

CONCENTRATIONS: Final = (Dimension.MOLARITY, Dimension.DENSITY, Dimension.PERCENT, Dimension.RATIO)
_SALINE: Final = re.compile(r"(?<!buffered )(?<!buffered-)\bsaline\b", re.IGNORECASE)
_DILUTE: Final = 5.0
"""Percentage up to which w/v and w/w in water differ by less than a few hundredths of themselves."""
_ASKS_SOLVENT: Final = re.compile(
    rf"\b(?:how much|how many \S+|(?:what |which )?(?:volume|amount))\s*(?:of\s+)?(?=(?:the\s+)?){SOLVENT.pattern}|"
    r"\b(?:in|into) (?:how much|what volume|how many (?:[m\u00b5u]?[lL]|(?:milli|micro)?lit(?:er|re)s?))\b",
    re.IGNORECASE,
)
_AMBIGUOUS: Final = frozenset({"bsa", "hsa"})
"""Names of small molecules that beside a mass concentration mostly mean a protein."""
_BY_WEIGHT: Final = re.compile(
    r"(?:%|\bpercent)\s*\(?(?:[wm]/[wm]|v/v|by (?:weight|mass|volume))|\b(?:wt|vol)\.?\s?%", re.IGNORECASE
)
_PPM: Final = "ppm is taken as mg per litre, as in dilute water"
_WEIGHT_PER_VOLUME: Final = "% is taken as w/v, grams in 100 mL; say w/w for another"


_NAMES: Final = [unit for unit, (kind, _) in UNITS.items() if kind in (Dimension.MOLARITY, Dimension.DENSITY)]
_UNIT: Final = re.compile(
    rf"(?<![\w./])(?:{'|'.join(re.escape(unit) for unit in sorted(_NAMES, key=len, reverse=True))})(?![\w/])"
)


def asks_for_solvent(text: str) -> bool:
    """Whether a question asks how much solvent an amount is dissolved in.

    >>> asks_for_solvent("5 mg, 10 mM: how much DMSO do I add?"), asks_for_solvent("how much 10 mM stock for 5 mg?")
    (True, False)
    """
    return _ASKS_SOLVENT.search(text) is not None


def find_wanted_unit(text: str) -> tuple[Dimension, str] | None:
    """Return the kind of concentration and the unit that a question wants; None where it does not say.

    Raises:
        InvalidTaskInputError: It wants several.
    """
    found = [(kind, unit) for kind in CONCENTRATIONS if (unit := find_unit(text, kind)) is not None]
    named = dict.fromkeys((*(unit for _, unit in found), *(match.group() for match in _UNIT.finditer(text))))
    if len(named) > 1:
        raise InvalidTaskInputError(f"{' and '.join(named)} are both asked for", value=text, hint="ask for one of them")
    return found[0] if found else None


def convert_concentration(strength: Quantity, densities: Sequence[Quantity], asked: Inquiry) -> Result:
    """Return a concentration in the unit that is asked for: as a molarity where a substance is named, else by mass.

    Raises:
        InvalidTaskInputError: It takes a substance or a density that is not told.
    """
    text = asked.text
    wanted = find_wanted_unit(_hide(text, (strength, *densities)))
    kind, unit = wanted or (None, None)
    if kind is Dimension.PERCENT and _BY_WEIGHT.search(_hide(text, (strength, *densities))):
        raise InvalidTaskInputError(
            "a percentage by weight or volume needs the density of the solution", value=text, hint="ask for % w/v"
        )
    if kind is strength.dimension is not Dimension.PERCENT:
        return make_number(*(told := scale(strength.value, kind, unit)), f"{strength.written} is {' '.join(told)}.")
    substance = find_named(text, asked.subjects)
    if substance is None and _SALINE.search(text):
        substance = find_substance("NaCl")
    is_dictionarys = substance is not None and bool(substance.counts) and substance.name.lower() in _AMBIGUOUS
    if substance is not None and is_dictionarys and strength.dimension is Dimension.DENSITY:
        raise InvalidTaskInputError(
            f"{substance.name} may be a protein or {substance.formula}",
            value=text,
            hint=f"state its molar mass, as in {substance.name} (66.5 kDa)",
        )
    if substance is None and Dimension.MOLARITY in (kind, strength.dimension):
        raise InvalidTaskInputError(
            "the substance is not named",
            value=text,
            hint=f"name it right behind its amount, as in {strength.written} of glucose",
        )
    grams, notes = weigh_litre(strength, densities, substance)
    parts = [Part("mass concentration", grams, "g/L")]
    if substance is not None:
        parts.append(Part("molarity", grams / substance.mass, "mol/L"))
        notes += (note_mass(substance),)
    if kind is None:
        by_mass = substance is None or strength.dimension is Dimension.MOLARITY
        kind = Dimension.DENSITY if by_mass else Dimension.MOLARITY
    match kind:
        case Dimension.PERCENT:
            told = write_digits(grams / 10.0), "% w/v"
        case Dimension.RATIO:
            told, notes = scale(grams * 1e3, kind, unit), (*notes, _PPM)
        case Dimension.MOLARITY if substance is not None:
            told = scale(grams / substance.mass, kind, unit)
        case _:
            told = scale(grams, Dimension.DENSITY, unit)
    named = f" {substance.name}" if substance is not None else ""
    return make_number(*told, f"{strength.written}{named} is {' '.join(told)}.", notes, tuple(parts))


def _hide(text: str, quantities: Sequence[Quantity]) -> str:
    """Return a text without its quantities, whose units are not asked for."""
    for one in quantities:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return text.replace("\u00b5", "u").replace("\u03bc", "u")


def weigh_litre(
    strength: Quantity, densities: Sequence[Quantity], substance: Substance | None, *, most: float = _DILUTE
) -> tuple[float, tuple[str, ...]]:
    """Return the mass, g, in a litre of a solution, and how that was read.

    Args:
        strength: The concentration.
        densities: Those that stand beside it.
        substance: What is dissolved; needed for a molarity.
        most: Percentage up to which one that does not say of what is grams in 100 mL.

    Raises:
        InvalidTaskInputError: It is a percentage that may be by weight, and no density stands beside it.
    """
    match strength.dimension:
        case Dimension.MOLARITY:
            assert substance is not None
            return strength.value * substance.mass, ()
        case Dimension.DENSITY:
            return strength.value, ()
        case Dimension.RATIO:
            return strength.value * 1e-3, (_PPM,)
    if strength.kind == "w/v":
        return strength.value * 10.0, ()
    if densities:
        kind = "volume" if strength.kind == "v/v" else "weight"
        said = f"% by {kind}, density {write_digits(densities[0].value / 1000)} g/mL"
        return strength.value / 100.0 * densities[0].value, (said,)
    if strength.kind == "" and strength.value <= most:
        return strength.value * 10.0, (_WEIGHT_PER_VOLUME,)
    raise InvalidTaskInputError(
        "percent by weight needs the density of the solution",
        value=strength.written,
        hint="add it, as in 37 % HCl, density 1.18 g/mL, or say % w/v",
    )


def dissolve(quantities: Sequence[Quantity], asked: Inquiry) -> Result:
    """Return the volume in which an amount of a substance has a concentration.

    Raises:
        InvalidTaskInputError: More or less is told than an amount, its substance and a concentration.
    """
    text = asked.text
    strengths = [one for one in quantities if one.dimension in (Dimension.MOLARITY, Dimension.DENSITY)]
    counted = [one for one in quantities if one.dimension in (Dimension.MASS, Dimension.AMOUNT)]
    portion = next(
        (one for one in read_amounts(text, asked.subjects).portions if set(counted) & set(one.quantities)), None
    )
    if len(quantities) != 2 or len(strengths) != 1 or len(counted) != 1:
        raise InvalidTaskInputError(
            "one amount and one concentration are needed", value=text, hint="as in 5 mg of caffeine for a 10 mM stock"
        )
    (strength,), (amount,) = strengths, counted
    needs_substance = (strength.dimension, amount.dimension) != (Dimension.DENSITY, Dimension.MASS)
    if needs_substance and portion is None:
        raise InvalidTaskInputError(
            f"it is not said what {amount.written} is of",
            value=text,
            hint="name it, or state its molar mass: (MW 412.5)",
        )
    mass = 1.0 if portion is None else portion.substance.mass
    moles = amount.value if amount.dimension is Dimension.AMOUNT else amount.value / mass
    litres = moles * mass / strength.value if strength.dimension is Dimension.DENSITY else moles / strength.value
    told = scale(litres, Dimension.VOLUME, find_unit(text, Dimension.VOLUME))
    named = "" if portion is None else f" of {portion.substance.name}"
    statement = f"{amount.written}{named} in {' '.join(told)} is {strength.written}."
    notes = () if portion is None else (note_mass(portion.substance),)
    return make_number(*told, statement, (*notes, "the volume is that of the whole solution"))

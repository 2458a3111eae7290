"""Solutions: dilution of a stock, making one from a solid, percentages, and other ways to say a concentration."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from anymol.calculations.amounts import SOLVENTS, find_asked, find_named, holds, read_after, require_alone
from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Program, Result, Takes, make_number
from anymol.calculations.commercial_solutions import add_notes, complete_inquiry
from anymol.calculations.concentration_units import (
    CONCENTRATIONS,
    asks_for_solvent,
    convert_concentration,
    dissolve,
    weigh_litre,
)
from anymol.calculations.dilution_factors import Factor, read_factor, require_no_loose_number
from anymol.calculations.known_gases import is_at_hand_as_gas
from anymol.calculations.mixing import find_mixed
from anymol.calculations.quantities import (
    Dimension,
    Quantity,
    find_quantities,
    find_unit,
    require_above_zero,
    scale,
    write,
    write_digits,
)
from anymol.calculations.solution_volumes import SOLVENT, Owner, find_owner, is_linked
from anymol.calculations.substances import Substance, note_mass
from anymol.calculations.weighed_forms import count_units, find_weighed_form
from anymol.chem.reaction_roles import find_roles
from anymol.errors import InvalidTaskInputError

_HINT: Final = "for example: How much 12 M HCl do I need to make 500 mL of 1 M?"
_ADDED = re.compile(r"\b(?:with|adding|add|plus)\s*$", re.IGNORECASE)
_POURED = re.compile(
    r"\b(?:add(?:ed|ing)?|mix(?:ed|ing)?|pour(?:ed|ing)?|combin\w+)\b(?!.*\b(?:up to|fill|to make)\b)", re.I
)
_WATER_ASKED = re.compile(
    r"\bhow much (?:more )?(?:water|solvent|buffer|diluent)\b|\b(?:volume|ml) of (?:water|solvent|"
    r"buffer|diluent) .*\badd",
    re.I,
)
_DILUTES = re.compile(r"\bdilut", re.IGNORECASE)
_BEFOREHAND = re.compile(
    r"\b(?:original|initial|undiluted|starting (?:concentration|solution|stock)|"
    r"before (?:the |it |being |any )?(?:was )?dilut\w+|"
    r"(?:what|how strong) was\b.*\b(?:stock|sample|before))\b",
    re.IGNORECASE,
)
"""What asks for the concentration that there was, and not for the one that there will be."""
_STRENGTH_ASKED = re.compile(r"\bconcentrat\w+|\bmolarity\b|\bhow strong\b", re.IGNORECASE)
_VOLUME_ASKED = re.compile(
    r"\bhow much\b|\bvolume\b|\bhow many (?:[m\u00b5u]?L|(?:milli|micro)?lit(?:er|re)s?)\b|\bin [m\u00b5u]?L\b",
    re.IGNORECASE,
)
_DENSITY_WORD = re.compile(r"(?:\bdensity\b|\bd\b|\bρ|\brho\b)\s*(?:of|is|=|:|at|~)?\s*$", re.IGNORECASE)


def _dilution(asked: Inquiry) -> Result:
    completed, notes = complete_inquiry(asked)
    return add_notes(_answer(completed), notes)


def _answer(asked: Inquiry) -> Result:
    text = asked.text
    quantities = find_quantities(text)
    require_above_zero(quantities, text)
    if asks_for_solvent(text) and any(one.dimension in (Dimension.MASS, Dimension.AMOUNT) for one in quantities):
        require_no_loose_number(text, quantities)
        return dissolve(quantities, asked)
    densities = [one for one in quantities if _is_density(one, text)]
    if (mixed := find_mixed(quantities, densities, asked)) is not None:
        return mixed
    _require_counted(quantities, text)
    strengths = [one for one in quantities if one.dimension in CONCENTRATIONS and one not in densities]
    volumes = [one for one in quantities if one.dimension is Dimension.VOLUME]
    factor = read_factor(text, quantities)
    if len(strengths) == 1 and (factor is not None or len(volumes) == 2):
        strengths = [_say_by_amount(strengths[0], densities, asked)]
    if factor is not None:
        _require_by_volume(strengths, densities)
        return _apply_factor(factor, strengths, volumes, text)
    require_no_loose_number(text, quantities)
    if len(strengths) == 2 and len(volumes) == 1:
        return _find_volume(_say_alike(strengths, densities, asked), volumes[0], asked)
    if len(strengths) == 1 and len(volumes) == 2:
        _require_by_volume(strengths, densities)
        return _find_strength(strengths[0], volumes, text)
    if len(strengths) == 1 and len(volumes) == 1 and not _DILUTES.search(text):
        return _make_solution(strengths[0], volumes[0], densities, asked)
    if len(volumes) == 2 and not strengths:
        factor_of = write_digits(max(one.value for one in volumes) / min(one.value for one in volumes))
        statement = f"{volumes[0].written} to {volumes[1].written} is a dilution by a factor of {factor_of}."
        return make_number(factor_of, "fold", statement)
    if len(strengths) == 1 and not volumes and not _DILUTES.search(text):
        return convert_concentration(strengths[0], densities, asked)
    raise InvalidTaskInputError(
        f"a dilution needs three of two concentrations and two volumes; {len(strengths)} and {len(volumes)} are given",
        value=text,
        hint=_HINT,
    )


def _require_counted(quantities: Sequence[Quantity], text: str) -> None:
    """Refuse an amount that a dilution would leave out of account.

    Raises:
        InvalidTaskInputError: There is one that is neither a concentration nor a volume.
    """
    strange = [one for one in quantities if one.dimension not in (*CONCENTRATIONS, Dimension.VOLUME)]
    if strange:
        raise InvalidTaskInputError(
            f"a dilution knows concentrations and volumes, and not {strange[0].written}", value=text, hint=_HINT
        )


def _is_density(quantity: Quantity, text: str) -> bool:
    """Whether a mass per volume is a density and not a concentration."""
    return quantity.dimension is Dimension.DENSITY and (
        _DENSITY_WORD.search(text[: quantity.start]) is not None or quantity.value >= 500.0
    )


# ------------------------------------------------------------------------------------------------------------ dilution


_TO: Final = re.compile(
    r"[^.;?]*?\b(?:to|into)(?: (?:get|make|give|reach|obtain|bring|take|raise|have))?(?: (?:it|them))?(?: to| up to)?"
    r"(?: an?| about)?\s*",
    re.IGNORECASE,
)
"""Between a weaker solution and a stronger one that shall be made of it: '100 mL of 0.5 M to 1 M'."""


def _find_volume(strengths: list[Quantity], volume: Quantity, asked: Inquiry) -> Result:
    """Solve C1 V1 = C2 V2 for a volume."""
    text = asked.text
    stock, target = sorted(strengths, key=lambda one: -one.value)
    if stock.value == target.value:
        raise InvalidTaskInputError("both concentrations are the same: there is nothing to dilute", value=stock.written)
    _require_one_substance(stock, target, asked)
    if target.end <= stock.start and _TO.fullmatch(text[target.end : stock.start]):
        raise InvalidTaskInputError(
            f"nothing that is added makes {stock.written} of {target.written}",
            value=text,
            hint="a solution becomes weaker; start from the stronger one",
        )
    owner = find_owner(volume, stock, target, text)
    said = _note_percent(strengths)
    wants_solvent = _WATER_ASKED.search(text) is not None
    if owner is Owner.STOCK:
        final = volume.value * stock.value / target.value
        digits, unit = scale(final, Dimension.VOLUME, find_unit(text, Dimension.VOLUME))
        added = write(final - volume.value, Dimension.VOLUME)
        if wants_solvent:
            digits, unit = scale(final - volume.value, Dimension.VOLUME, find_unit(text, Dimension.VOLUME))
            statement = (
                f"Add about {digits} {unit} of solvent to {volume.written} of {stock.written}, to "
                f"{write(final, Dimension.VOLUME)} altogether, for {target.written}."
            )
            return make_number(digits, unit, statement, ("volumes are taken to add up", *said))
        statement = (
            f"Dilute {volume.written} of {stock.written} to {digits} {unit} for {target.written} "
            f"(about {added} of solvent)."
        )
        return make_number(digits, unit, statement, said)
    whole = volume.value
    if owner is Owner.SOLVENT:
        whole = volume.value * stock.value / (stock.value - target.value)
        said = (f"{write(whole, Dimension.VOLUME)} altogether: volumes are taken to add up", *said)
    taken = whole * target.value / stock.value
    digits, unit = scale(taken, Dimension.VOLUME, find_unit(text, Dimension.VOLUME))
    if owner is Owner.SOLVENT:
        statement = f"Add {digits} {unit} of {stock.written} to {volume.written} of solvent for {target.written}."
        return make_number(digits, unit, statement, said)
    rest, rest_unit = scale(
        whole - taken, Dimension.VOLUME, find_unit(text, Dimension.VOLUME) if wants_solvent else None
    )
    statement = (
        f"Take {digits} {unit} of {stock.written} and fill up to {volume.written} for {target.written} "
        f"(about {rest} {rest_unit} of solvent)."
    )
    return make_number(*((rest, rest_unit) if wants_solvent else (digits, unit)), statement, said)


def _note_percent(strengths: list[Quantity]) -> tuple[str, ...]:
    """Say how a percentage of no kind that is diluted by volume was read."""
    is_bare = any(one.dimension is Dimension.PERCENT for one in strengths) and not any(one.kind for one in strengths)
    return ("% is taken as w/v or v/v; percent by weight needs the densities of both solutions",) if is_bare else ()


def _require_one_substance(stock: Quantity, target: Quantity, asked: Inquiry) -> None:
    """Refuse to dilute one substance to a concentration of another.

    Raises:
        InvalidTaskInputError: Two substances are named.
    """
    named = [read_after(asked.text[one.end :], asked.subjects) for one in (stock, target)]
    first, second = named
    if first is None or second is None or {first.name.lower(), second.name.lower()} & SOLVENTS:
        return
    if not (holds(first, second) or holds(second, first)):
        raise InvalidTaskInputError(
            f"{first.name} does not dilute to {second.name}", value=asked.text, hint="ask of one substance"
        )


def _find_strength(strength: Quantity, volumes: list[Quantity], text: str) -> Result:
    """Solve C1 V1 = C2 V2 for a concentration."""
    own = next((one for one in volumes if is_linked(one, strength, text)), None)
    if own is None:
        own = volumes[0]
    other = volumes[1] if own is volumes[0] else volumes[0]
    notes = _note_percent([strength])
    if _is_added(own, other, text):
        total = own.value + other.value
        notes = ("volumes are taken to add up", *notes)
    else:
        total = other.value
    if total < own.value:
        raise InvalidTaskInputError(
            f"{own.written} cannot be diluted to {other.written}", value=text, hint="the final volume is the larger one"
        )
    value = strength.value * own.value / total
    digits, unit = _scale_strength(strength, value, find_unit(text, strength.dimension))
    statement = f"{own.written} of {strength.written} in {write(total, Dimension.VOLUME)} is {digits} {unit}."
    return make_number(digits, unit, statement, notes)


def _is_added(own: Quantity, other: Quantity, text: str) -> bool:
    """Whether a volume is put to what is diluted, and is not what that is filled up to.

    'Dilute 5 mL with 45 mL' and 'add 5 mL to 45 mL of water' make 50 mL; 'dilute 5 mL to 50 mL' does not.
    """
    if _ADDED.search(text[: other.start]):
        return True
    if re.search(r"\b(?:dilut\w+|make up|made up|fill\w*|up) to\s*(?:an? )?(?:total of )?$", text[: other.start], re.I):
        return False
    poured = _POURED.search(text[: max(own.start, other.start)]) is not None
    return poured or (own.start < other.start and SOLVENT.match(text[other.end :]) is not None)


def _apply_factor(factor: Factor, strengths: list[Quantity], volumes: list[Quantity], text: str) -> Result:
    """Apply a dilution factor."""
    if factor.value <= 1:
        raise InvalidTaskInputError("a dilution factor is above 1", value=text, hint="as in 1:10")
    if len(strengths) > 1 or len(volumes) > 1 or (volumes and len(factor.steps) > 1):
        given = ", ".join(one.written for one in (*strengths, *volumes))
        raise InvalidTaskInputError(
            f"a factor leaves nothing open beside {given}", value=text, hint="ask of each step by itself"
        )
    if _WATER_ASKED.search(text):
        raise InvalidTaskInputError(
            "a factor says what the whole is, and not what is added", value=text, hint="ask for the final volume"
        )
    said = []
    notes = (*factor.notes, *_note_percent(strengths))
    result: tuple[str, str] = ("", "")
    if strengths:
        (strength,) = strengths
        back = _BEFOREHAND.search(text) is not None
        result = _scale_strength(
            strength,
            strength.value * factor.value if back else strength.value / factor.value,
            find_unit(text, strength.dimension),
        )
        said.append(
            f"{strength.written} was {' '.join(result)}" if back else f"{strength.written} becomes {' '.join(result)}"
        )
    if volumes and _is_diluted(volumes[0], text):
        (volume,) = volumes
        made = scale(volume.value * factor.value, Dimension.VOLUME, find_unit(text, Dimension.VOLUME))
        said.append(f"fill {volume.written} up to {' '.join(made)}")
        result = result if strengths and _STRENGTH_ASKED.search(text) else made
    elif volumes:
        (volume,) = volumes
        taken = scale(volume.value / factor.value, Dimension.VOLUME, find_unit(text, Dimension.VOLUME))
        said.append(f"take {' '.join(taken)} and fill up to {volume.written}")
        is_asked = _VOLUME_ASKED.search(text) is not None and not _STRENGTH_ASKED.search(text)
        result = taken if is_asked or not strengths else result
    if not said:
        raise InvalidTaskInputError("a dilution needs a concentration or a volume", value=text, hint=_HINT)
    statement = "; ".join(said)
    return make_number(*result, f"{statement[0].upper()}{statement[1:]}.", notes)


def _scale_strength(strength: Quantity, value: float, unit: str | None) -> tuple[str, str]:
    """Return a concentration as digits and a unit; a share keeps its unit."""
    if strength.dimension in (Dimension.PERCENT, Dimension.RATIO):
        return scale(value, strength.dimension, strength.unit)
    return scale(value, strength.dimension, unit)


def _is_diluted(volume: Quantity, text: str) -> bool:
    """Whether a volume is that of what is diluted: 'dilute 2 mL of 10x buffer to 1x' makes 20 mL."""
    return (
        re.search(r"\bdilut(?:e|ed|ing)\s+(?:the\s+|my\s+|an?\s+)?$", text[: volume.start], re.IGNORECASE) is not None
    )


def _is_by_weight(strength: Quantity, densities: list[Quantity]) -> bool:
    """Whether a percentage is one by weight: it says so, or stands beside a density."""
    is_bare = strength.kind == "" and bool(densities)
    return strength.dimension is Dimension.PERCENT and (strength.kind == "w/w" or is_bare)


def _require_by_volume(strengths: list[Quantity], densities: list[Quantity]) -> None:
    """Refuse a percentage by weight, which does not fall as the volume grows.

    Raises:
        InvalidTaskInputError: There is one.
    """
    for one in strengths:
        if _is_by_weight(one, densities):
            raise InvalidTaskInputError(
                "percent by weight is not diluted by volume",
                value=one.written,
                hint="give the concentration as a molarity or % w/v",
            )


def _say_by_amount(strength: Quantity, densities: list[Quantity], asked: Inquiry) -> Quantity:
    """Return a percentage by weight of known density as a molarity, which falls as the volume grows."""
    if not _is_by_weight(strength, densities) or find_unit(asked.text, Dimension.PERCENT) is not None:
        return strength
    return _say_in_molar(strength, densities, find_named(asked.text, asked.subjects)) or strength


def _say_alike(strengths: list[Quantity], densities: list[Quantity], asked: Inquiry) -> list[Quantity]:
    """Return two concentrations as one kind that is diluted by volume.

    Two percentages by weight are masses per volume by their densities; of two kinds both are molarities.

    Raises:
        InvalidTaskInputError: They are of two kinds, and one does not follow from the other, or a density is not told.
    """
    if strengths[0].dimension is strengths[1].dimension:
        kinds = {one.kind for one in strengths if one.kind}
        if len(kinds) > 1:
            raise InvalidTaskInputError(
                f"{strengths[0].written} and {strengths[1].written} are percentages of two kinds", value=asked.text
            )
        if any(_is_by_weight(one, densities) for one in strengths):
            return _say_by_volume(strengths, densities)
        return strengths
    substance = find_named(asked.text, asked.subjects)
    alike = [_say_in_molar(one, densities, substance) for one in strengths]
    if any(one is None for one in alike):
        raise InvalidTaskInputError(
            f"{strengths[0].written} and {strengths[1].written} are not concentrations of one kind",
            value=asked.text,
            hint="give both in the same kind of unit, or the density of the solution in percent and its substance",
        )
    return [one for one in alike if one is not None]


def _say_by_volume(strengths: list[Quantity], densities: list[Quantity]) -> list[Quantity]:
    """Return two percentages by weight as masses per volume, each by the density behind it.

    Raises:
        InvalidTaskInputError: Each does not have one.
    """
    told = sorted([*strengths, *densities], key=lambda one: one.start)
    if told[::2] != strengths or len(densities) != 2:
        raise InvalidTaskInputError(
            "percent by weight is not diluted by volume without the densities of both solutions",
            value=" and ".join(one.written for one in strengths),
            hint="write each behind its own, as in 98% (w/w) (1.84 g/mL) and 10% (w/w) (1.07 g/mL)",
        )
    return [
        replace(one, value=one.value / 100.0 * density.value, dimension=Dimension.DENSITY)
        for one, density in zip(strengths, told[1::2], strict=True)
    ]


def _say_in_molar(one: Quantity, densities: list[Quantity], substance: Substance | None) -> Quantity | None:
    """Return a concentration as a molarity; None where that does not follow from what is said."""
    match one.dimension:
        case Dimension.MOLARITY:
            return one
        case Dimension.DENSITY if substance is not None:
            grams = one.value
        case Dimension.PERCENT if substance is not None and len(densities) == 1 and one.kind in ("", "w/w"):
            grams = one.value / 100.0 * densities[0].value
        case _:
            return None
    return replace(one, value=grams / substance.mass, dimension=Dimension.MOLARITY, unit="M")


# ----------------------------------------------------------------------------------------------------------- solutions


_WEIGHED: Final = 30.0
"""Percentage up to which a solid is weighed, g in 100 mL, where a solution is made: 10 % SDS, 20 % glucose."""


def _is_liquid(substance: Substance) -> bool:
    """Whether a substance is known as a solvent: 70 % ethanol is measured by volume."""
    roles = find_roles(substance.smiles) if substance.smiles else None
    return roles is not None and roles.usual == "solvent"


def _make_solution(strength: Quantity, volume: Quantity, densities: list[Quantity], asked: Inquiry) -> Result:
    """Return what must be weighed for a volume of a concentration."""
    text = asked.text
    substance, units = _find_weighed(asked)
    if substance is not None:
        require_alone(substance, text, asked.subjects)
        if is_at_hand_as_gas(substance):
            raise InvalidTaskInputError(
                f"{substance.name} is a gas, which is not weighed",
                value=text,
                hint="name the stock that is diluted, as in 12 M HCl",
            )
    notes: tuple[str, ...] = ()
    grams = 0.0
    match strength.dimension:
        case Dimension.MOLARITY:
            if substance is None:
                raise InvalidTaskInputError("what is dissolved is not named", value=text, hint="name the substance")
            moles = strength.value * volume.value / units
            grams = moles * substance.mass
            notes = (note_mass(substance), f"{write(moles, Dimension.AMOUNT)}; of the pure substance")
            if units > 1:
                notes += (f"one {substance.name} holds {units} of what is dissolved",)
        case Dimension.DENSITY:
            grams = strength.value * volume.value
        case Dimension.PERCENT:
            if strength.value > 100:
                raise InvalidTaskInputError("a percentage is at most 100", value=strength.written)
            if strength.kind != "v/v":
                most = _WEIGHED if substance is None or not _is_liquid(substance) else 0.0
                per_litre, notes = weigh_litre(strength, densities, substance, most=most)
                grams = per_litre * volume.value
        case _:
            grams = strength.value * 1e-3 * volume.value
            notes = ("ppm is taken as mg per litre, as in dilute water",)
    if strength.dimension is not Dimension.MOLARITY:
        share, more = _weigh_as_form(substance, units, asked)
        grams, notes = grams * share, (*notes, *more)
    if strength.dimension is Dimension.PERCENT and strength.kind == "v/v":
        digits, unit = scale(strength.value / 100.0 * volume.value, Dimension.VOLUME, find_unit(text, Dimension.VOLUME))
        named = f" of {substance.name}" if substance is not None else ""
        statement = f"Take {digits} {unit}{named} and fill up to {volume.written} for {strength.written}."
        return make_number(digits, unit, statement)
    digits, unit = scale(grams, Dimension.MASS, find_unit(text, Dimension.MASS))
    named = f" of {substance.name}" if substance is not None else ""
    statement = f"Weigh {digits} {unit}{named} and fill up to {volume.written} for {strength.written}."
    return make_number(digits, unit, statement, notes)


def _weigh_as_form(substance: Substance | None, units: int, asked: Inquiry) -> tuple[float, tuple[str, ...]]:
    """Return how many grams of what is weighed hold a gram of what is dissolved: of a salt more than of its base."""
    dissolved = _find_dissolved(asked)
    if substance is None or dissolved is None or not dissolved.counts or substance.counts == dissolved.counts:
        return 1.0, ()
    return substance.mass / (units * dissolved.mass), (note_mass(dissolved), note_mass(substance))


def _find_weighed(asked: Inquiry) -> tuple[Substance | None, int]:
    """Return what is weighed for a solution, and how many of what is dissolved one of it holds.

    That is the form at hand where it is another than what is dissolved.

    Raises:
        InvalidTaskInputError: It is made from something that is not named in full, or is no form of it.
    """
    text, subjects = asked.text, asked.subjects
    named = find_named(text, subjects)
    wanted = find_asked(text, subjects)
    source = find_weighed_form(named, text, subjects)
    weighed = source or (wanted if named is None else named)
    # 'How many grams of CuSO4.5H2O for 0.1 M CuSO4?': a hydrate or salt holds what is dissolved.
    dissolved = _find_dissolved(asked)
    if weighed is None or dissolved is None or not (weighed.counts and dissolved.counts):
        return weighed, 1
    if not holds(weighed, dissolved):
        raise InvalidTaskInputError(
            f"{weighed.name} holds no {dissolved.name}", value=text, hint="ask for a salt or hydrate of it"
        )
    return weighed, count_units(weighed, dissolved)


def _find_dissolved(asked: Inquiry) -> Substance | None:
    """Return what stands right behind the concentration."""
    text = asked.text
    (strength,) = (
        one for one in find_quantities(text) if one.dimension in CONCENTRATIONS and not _is_density(one, text)
    )
    return read_after(asked.text[strength.end :], asked.subjects)


DILUTION: Final = Calculation(
    name="dilution",
    title="solution",
    words=(
        "dilute", "dilution", "diluted", "stock solution", "stock", "c1v1", "c1v1 = c2v2",
        "make a solution", "prepare a solution",
        "solution of", "final concentration", "final volume", "how do i make", "how do i prepare", "serial dilution",
        "how to prepare", "how to make", "prepare", "make up", "dissolve", "molar solution", "fold dilution",
        "molarity of", "convert", "to make", "to prepare", "make",
    ),
    takes=Takes.TEXT,
    gives=Gives.TEXT,
    method="C1 V1 = C2 V2, average molar masses",
    compute=_dilution,
    program=Program.ANYMOL,
    example=Example("How much 12 M HCl do I need to make 500 mL of 1 M HCl?", (), "41.67"),
)  # fmt: skip

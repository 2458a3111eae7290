"""Stoichiometry: masses, moles and equivalents, limiting reagents and yields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from anymol.calculations.amounts import AVOGADRO, Amounts, Portion, find_asked, read_amounts, require_alone
from anymol.calculations.balancing import Balance, balance, find_arrow, split_sides, write_equation
from anymol.calculations.calculation import (
    Calculation,
    Example,
    Gives,
    Inquiry,
    Part,
    Program,
    Result,
    Takes,
    make_number,
)
from anymol.calculations.commercial_solutions import add_notes, complete_inquiry
from anymol.calculations.contained import Contained, asks_what_is_in, find_contained
from anymol.calculations.formulas import is_formula
from anymol.calculations.particles import Counted, Kind, count_particles, find_counted, read_single
from anymol.calculations.quantities import (
    Dimension,
    Quantity,
    find_unit,
    require_above_zero,
    scale,
    write,
    write_digits,
)
from anymol.calculations.substances import Substance, find_substance, note_mass
from anymol.calculations.weighed_forms import count_units, find_named_form, require_no_bare_form
from anymol.calculations.yields import find_yield
from anymol.errors import InvalidReactionError, InvalidTaskInputError

_HINT: Final = "for example: How many mmol are 500 mg of aspirin?"
_YIELD = re.compile(r"\byields?\b", re.IGNORECASE)
_LIMITING = re.compile(r"\blimiting\b|\bin excess\b|\bexcess reagent\b|\bruns out\b", re.IGNORECASE)
_OBTAINED = re.compile(
    r"\b(?:obtain\w*|isolat\w*|got|collect\w*|gave|afford\w*|furnish\w*|deliver\w*|recover\w*|actual(?:ly)?|yielded|get)\b",
    re.IGNORECASE,
)
_FORMED = re.compile(
    r"\b(?:produc\w+|form\w*|obtain\w*|made|from|generat\w+|react\w*|burn\w*|combust\w*|decompos\w+)\b", re.I
)
_EQUIVALENTS = re.compile(r"\bhow many equiv|\bequivalents? (?:of|is|are)\b.*\brelative\b|\bin equiv", re.IGNORECASE)
_CONCENTRATION = re.compile(r"\bmolarit\w+|\bmolar concentration|\bconcentration\b|\bhow concentrated\b", re.IGNORECASE)

_TARGETS: Final = (
    (
        Dimension.AMOUNT,
        re.compile(
            r"\b(?:how many|number of|to|in|into)\s+(?:(?:milli|micro|nano)?moles?|[mµun]?mols?)\b|"
            r"\bamount of substance\b|\bmoles of\b",
            re.IGNORECASE,
        ),
    ),
    (
        Dimension.VOLUME,
        re.compile(
            r"\bwhat volume\b|\bvolume of\b|\bhow many (?:(?:milli|micro)?lit(?:er|re)s?|[mµu]?L|ml)\b|"
            r"\bin (?:mL|ml|L)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Dimension.MASS,
        re.compile(
            r"\bmass\b|\bhow many (?:(?:milli|kilo|micro)?grams?|[mkµ]?g)\b|\bweigh\w*\b|\bto grams\b|"
            r"\bin (?:mg|g|kg|grams)\b|\bhow heavy\b|\bgrams of\b",
            re.IGNORECASE,
        ),
    ),
)
"""What a question wants to know, the more telling words first."""


def _stoichiometry(asked: Inquiry) -> Result:
    completed, notes = complete_inquiry(asked)
    return add_notes(_answer(completed), notes)


def _answer(asked: Inquiry) -> Result:
    text = asked.text
    equation, rest = _cut_equation(text)
    amounts = read_amounts(rest, asked.subjects)
    if equation is None and not amounts.portions and not amounts.free and (single := read_single(text, asked.subjects)):
        substance, one = single
        amounts = Amounts((Portion(substance, (one,), one.start),), ())
    if equation is None and not amounts.portions and (told := find_yield(text)) is not None:
        return told
    require_above_zero(amounts.quantities, text)
    counted = find_counted(rest)
    wanted = find_asked(rest, asked.subjects)
    if not amounts.portions and wanted is not None and _is_one_amount(amounts.free):
        # 'How many grams of aspirin are 10 mmol?', 'how much NaCl is in 100 mL of 0.5 M?'
        amounts = Amounts((Portion(wanted, amounts.free, amounts.free[0].start),), ())
    if not amounts.portions:
        raise InvalidTaskInputError("no amount of a known substance is named", value=text, hint=_HINT)
    if counted is not None and equation is None:
        return _count(counted, _weigh_forms(amounts, None, rest, asked), text)
    if equation is None and len(amounts.portions) == 1 and not _YIELD.search(text):
        contained = find_contained(rest, amounts.portions[0], asked.subjects)
        if contained is not None:
            return _tell_contained(contained, amounts, text)
    _require_no_particles(rest, amounts)
    amounts = _weigh_forms(amounts, wanted, rest, asked)
    if equation is not None:
        return _follow_equation(equation, amounts, wanted, rest)
    if any(portion.share is not None for portion in amounts.portions):
        return _follow_equivalents(amounts, wanted)
    if _EQUIVALENTS.search(text) and len(amounts.portions) == 2:
        return _count_equivalents(amounts.portions)
    if _CONCENTRATION.search(text):
        return _measure_concentration(amounts, text)
    if (_YIELD.search(text) or _LIMITING.search(text)) or (
        wanted is not None and _FORMED.search(text) and all(wanted != one.substance for one in amounts.portions)
    ):
        return _follow_one_to_one(amounts, wanted, text)
    if wanted is not None and _is_without_amount(wanted, amounts):
        return _follow_asked(amounts, wanted)
    if len(amounts.portions) > 1:
        return _list_portions(amounts.portions)
    return _convert(amounts.portions[0], amounts, text)


def _is_one_amount(quantities: Sequence[Quantity]) -> bool:
    """Whether quantities are one amount: a single one, or a volume of a concentration."""
    return len(quantities) == 1 or [one.dimension for one in quantities] == [Dimension.VOLUME, Dimension.MOLARITY]


def _weigh_forms(amounts: Amounts, wanted: Substance | None, text: str, asked: Inquiry) -> Amounts:
    """Return the amounts, of the form that is at hand where the question names it apart: 'I have the pentahydrate'.

    Raises:
        InvalidTaskInputError: It is not clear what it is a form of.
    """
    if len(amounts.portions) > 1 or (wanted is not None and _is_without_amount(wanted, amounts)):
        require_no_bare_form(text, asked.subjects)
        return amounts
    (portion,) = amounts.portions
    form = find_named_form(portion.substance, text, asked.subjects)
    if form is None or form.counts == portion.substance.counts:
        return amounts
    if count_units(form, portion.substance) != 1:
        raise InvalidTaskInputError(
            f"one {form.name} holds several of {portion.substance.name}", value=text, hint="ask of one of them"
        )
    return replace(amounts, portions=(replace(portion, substance=form),))


# ------------------------------------------------------------------------------------------------------ one substance


_DECISIVE: Final = (Dimension.EQUIVALENTS, Dimension.MOL_PERCENT, Dimension.AMOUNT, Dimension.MASS)
"""Quantities that an answer may not leave out of account."""


def _count(counted: Counted, amounts: Amounts, text: str) -> Result:
    """Return how many particles of a kind an amount holds."""
    if len(amounts.portions) != 1 or any(one.dimension in _DECISIVE for one in amounts.free):
        raise InvalidTaskInputError("one amount of one substance is counted", value=text, hint="ask of each by itself")
    (portion,) = amounts.portions
    number, notes = count_particles(counted, portion.substance)
    # Molecules of another name are the water of a hydrate.
    is_waters = counted.kind is Kind.MOLECULES and find_substance(counted.name) not in (None, portion.substance)
    if portion.get(Dimension.MOLARITY) is not None and (counted.kind is Kind.ATOMS or is_waters):
        raise InvalidTaskInputError(
            f"the {counted.shown} of a solution are those of its solvent too",
            value=text,
            hint="ask of the substance by itself",
        )
    moles = _require_moles(portion)
    said = _describe(portion)
    digits = write_digits(moles * AVOGADRO * number)
    return make_number(
        digits, counted.shown, f"{said} holds {digits} {counted.shown}.", (*notes, note_mass(portion.substance))
    )


_PARTICLES = re.compile(r"\b(?:atom|molecule|ion|formula unit)s?\b", re.IGNORECASE)


def _require_no_particles(text: str, amounts: Amounts) -> None:
    """Refuse a question that speaks of atoms, molecules or ions where no answer would count them.

    Raises:
        InvalidTaskInputError: It does.
    """
    for match in _PARTICLES.finditer(text):
        word = match.group().lower()
        is_read = any(word in one.substance.name.lower() for one in amounts.portions)
        is_read |= any(word in quantity.written.lower() for one in amounts.portions for quantity in one.quantities)
        if not is_read and read_single(text) is None:
            raise InvalidTaskInputError(
                f"it is not clear which {word} are meant",
                value=text,
                hint="as in: how many oxygen atoms are in 10 g of CaCO3?",
            )


def _tell_contained(found: Contained, amounts: Amounts, text: str) -> Result:
    """Return how much of one substance is in an amount of another, or how much of it holds that amount."""
    (portion,) = amounts.portions
    if left := [one.written for one in amounts.free]:
        raise InvalidTaskInputError(f"it is not said what {', '.join(left)} belongs to", value=text, hint=_HINT)
    moles = _require_moles(portion) * found.number
    in_moles = _TARGETS[0][1].search(text) is not None
    dimension = Dimension.AMOUNT if in_moles else Dimension.MASS
    digits, unit = scale(moles if in_moles else moles * found.wanted.mass, dimension, find_unit(text, dimension))
    statement = f"{_describe(portion)} corresponds to {digits} {unit} of {found.wanted.name}."
    return make_number(digits, unit, statement, (note_mass(portion.substance), note_mass(found.wanted)))


def _convert(portion: Portion, amounts: Amounts, text: str) -> Result:
    """Convert one amount to what is asked."""
    substance, given = portion.substance, _choose_main(portion)
    moles = _require_moles(portion)
    if left := [one.written for one in amounts.free if one.dimension in _DECISIVE]:
        raise InvalidTaskInputError(
            f"it is not said what {', '.join(left)} belongs to",
            value=text,
            hint=f"write it behind its substance; {_HINT}",
        )
    require_alone(substance, text)
    target = next((dimension for dimension, pattern in _TARGETS if pattern.search(text)), None)
    if target is None or (target is given.dimension and find_unit(text, target) is None):
        counted = given.dimension in (Dimension.AMOUNT, Dimension.PARTICLES)
        # Of a solution one takes a volume: 'how much 1.6 M BuLi for 5 mmol?'
        dissolved = portion.get(Dimension.MOLARITY) is not None
        of_mass = dissolved and asks_what_is_in(text)
        of_given = Dimension.MASS if of_mass else Dimension.AMOUNT
        target = (Dimension.VOLUME if dissolved else Dimension.MASS) if counted else of_given
    if target is not Dimension.VOLUME and (strength := _find_free(amounts, Dimension.MOLARITY)) is not None:
        raise InvalidTaskInputError(f"it is not clear what {strength.written} is for", value=text, hint=_HINT)
    said = _describe(portion)
    notes = (note_mass(substance),)
    match target:
        case Dimension.AMOUNT:
            return _say(moles, target, text, said, notes)
        case Dimension.MASS:
            # What is weighed is the whole: 10 mmol in 30 % H2O2 are 1.13 g of it; what is in it is its solute.
            share = 1.0 if asks_what_is_in(text) else portion.purity
            return _say(moles * substance.mass / share, target, text, said, notes)
        case _:
            return _convert_to_volume(portion, amounts, text, said)


def _convert_to_volume(portion: Portion, amounts: Amounts, text: str, said: str) -> Result:
    moles = _require_moles(portion)
    density = portion.get(Dimension.DENSITY) or _find_free(amounts, Dimension.DENSITY)
    molarity = portion.get(Dimension.MOLARITY) or _find_free(amounts, Dimension.MOLARITY)
    notes = (note_mass(portion.substance),)
    if density is not None:
        volume = moles * portion.substance.mass / portion.purity / density.value
        return _say(
            volume, Dimension.VOLUME, text, said, (*notes, f"density {write_digits(density.value / 1000)} g/mL")
        )
    if molarity is not None:
        return _say(moles / molarity.value, Dimension.VOLUME, text, said, (*notes, f"molarity {molarity.written}"))
    raise InvalidTaskInputError(
        f"the volume of {portion.substance.name} needs its density or molarity",
        value=text,
        hint="add it, as in d = 0.726 g/mL",
    )


def _measure_concentration(amounts: Amounts, text: str) -> Result:
    """Return the molarity of what is dissolved in a volume."""
    portion = amounts.portions[0]
    moles = _require_moles(portion)
    volume = _find_free(amounts, Dimension.VOLUME)
    if volume is None:
        raise InvalidTaskInputError(
            "a concentration needs a volume", value=portion.substance.name, hint="add it, as in 500 mL"
        )
    grams = moles * portion.substance.mass / volume.value
    said = f"{_describe(portion)} in {volume.written}"
    notes = (
        note_mass(portion.substance), f"{write(grams, Dimension.DENSITY)}", "the volume is that of the whole solution",
    )  # fmt: skip
    if find_unit(text, Dimension.DENSITY) is not None:
        return _say(grams, Dimension.DENSITY, text, said, notes)
    return _say(moles / volume.value, Dimension.MOLARITY, text, said, notes)


def _list_portions(portions: Sequence[Portion]) -> Result:
    """List the mass and amount of several substances."""
    lines = [_Line(one.substance, _require_moles(one)) for one in portions]
    text = "; ".join(map(str, lines))
    parts = tuple(part for line in lines for part in line.parts)
    return Result(text, text, f"{text}.", parts=parts, notes=tuple(note_mass(one.substance) for one in portions))


@dataclass(frozen=True)
class _Line:
    """One line of a table of reagents."""

    substance: Substance
    moles: float
    share: float | None = None
    density: Quantity | None = None
    molarity: Quantity | None = None

    def __str__(self) -> str:
        shown = [] if self.share is None else [f"{write_digits(self.share)} equiv"]
        shown += [write(self.moles, Dimension.AMOUNT), write(self.grams, Dimension.MASS)]
        if self.molarity is not None:
            shown.append(f"{write(self.moles / self.molarity.value, Dimension.VOLUME)} of {self.molarity.written}")
        elif self.density is not None:
            shown.append(write(self.grams / self.density.value, Dimension.VOLUME))
        return f"{self.substance.name} {', '.join(shown)}"

    @property
    def grams(self) -> float:
        return self.moles * self.substance.mass

    @property
    def parts(self) -> tuple[Part, ...]:
        name = self.substance.name
        return (Part(name, _round(self.grams), "g"), Part(name, _round(self.moles), "mol"))


# -------------------------------------------------------------------------------------------------------- equivalents


def _follow_equivalents(amounts: Amounts, wanted: Substance | None) -> Result:
    """Return how much of each reagent its equivalents are, of the portion whose amount is said.

    What is asked of a substance without an amount is told of it: in 'what mass of B for 1 g of A at 1.2 equiv?' the
    equivalents, though they stand behind A, are those of B.
    """
    if wanted is not None and _is_without_amount(wanted, amounts):
        return _follow_asked(amounts, wanted)
    known = [one for one in amounts.portions if one.moles is not None]
    if not known and (scale_of := _find_free(amounts, Dimension.AMOUNT)) is not None:
        return _follow_scale(amounts.portions, scale_of)
    if not known:
        raise InvalidTaskInputError("no amount is given that equivalents refer to", hint=_HINT)
    base = next((one for one in known if one.share in (None, 1.0)), known[0])
    per = _require_moles(base) / (base.share or 1.0)
    first = _Line(base.substance, _require_moles(base), base.share or 1.0)
    lines: list[_Line] = []
    for portion in amounts.portions:
        if portion is not base:
            moles = _require_moles(portion) if portion.share is None else portion.share * per
            lines.append(
                _Line(
                    portion.substance,
                    moles,
                    moles / per,
                    portion.get(Dimension.DENSITY) or _find_free(amounts, Dimension.DENSITY),
                    portion.get(Dimension.MOLARITY),
                )
            )
    if not lines:
        raise InvalidTaskInputError(
            f"the equivalents of {first.substance.name} refer to nothing else that is named", hint=_HINT
        )
    text = "; ".join(map(str, lines))
    parts = tuple(part for line in (first, *lines) for part in line.parts)
    notes = tuple(note_mass(line.substance) for line in (first, *lines))
    return Result(text, text, f"With {first}: {text}.", parts=parts, notes=notes)


def _is_without_amount(wanted: Substance, amounts: Amounts) -> bool:
    return all(wanted.counts != one.substance.counts for one in amounts.portions)


def _follow_asked(amounts: Amounts, wanted: Substance) -> Result:
    """Return how much of a substance without an amount of its own its equivalents are."""
    known = [one for one in amounts.portions if one.moles is not None]
    shares = [one.share for one in amounts.portions if one.share is not None]
    shares += [one.value for one in amounts.free if one.dimension is Dimension.EQUIVALENTS]
    if len(known) != 1 or len(amounts.portions) != 1 or len(shares) != 1:
        raise InvalidTaskInputError(
            f"it is not said how many equivalents of {wanted.name} are meant", hint=f"write {wanted.name} (1.2 equiv)"
        )
    base = _Line(known[0].substance, _require_moles(known[0]), 1.0)
    line = _Line(wanted, base.moles * shares[0], shares[0])
    notes = (note_mass(base.substance), note_mass(wanted))
    return Result(str(line), str(line), f"With {base}: {line}.", parts=(*base.parts, *line.parts), notes=notes)


def _follow_scale(portions: Sequence[Portion], scale_of: Quantity) -> Result:
    """Return how much of each reagent its equivalents are, of an amount whose substance is not said."""
    lines = [
        _Line(
            one.substance,
            one.share * scale_of.value,
            one.share,
            one.get(Dimension.DENSITY),
            one.get(Dimension.MOLARITY),
        )
        for one in portions
        if one.share is not None
    ]
    text = "; ".join(map(str, lines))
    parts = tuple(part for line in lines for part in line.parts)
    notes = tuple(note_mass(line.substance) for line in lines)
    return Result(text, text, f"On a scale of {scale_of.written}: {text}.", parts=parts, notes=notes)


def _count_equivalents(portions: Sequence[Portion]) -> Result:
    first, second = portions
    ratio = write_digits(_require_moles(first) / _require_moles(second))
    statement = f"{_describe(first)} is {ratio} equiv of {second.substance.name}."
    notes = tuple(note_mass(one.substance) for one in portions)
    return Result(float(ratio), ratio, statement, unit="equiv", notes=notes, gives=Gives.NUMBER)


# ----------------------------------------------------------------------------------------------------------- reactions


@dataclass(frozen=True)
class _Reacting:
    """A substance in a reaction.

    Attributes:
        substance: The substance.
        coefficient: Its number in the equation.
        portion: Its amount, where one is said.
        is_product: On which side it stands.
    """

    substance: Substance
    coefficient: int
    portion: Portion | None
    is_product: bool

    @property
    def extent(self) -> float:
        """How often the reaction can run with its amount, mol."""
        return _require_moles(self.portion) / self.coefficient

    @property
    def name(self) -> str:
        return self.substance.name


def _cut_equation(text: str) -> tuple[Balance | None, str]:
    """Return the equation of a text, balanced, and the text without it; None where there is none."""
    arrow = find_arrow(text)
    match = arrow.search(text) if arrow is not None else None
    if match is None:
        return None, text
    start, end = _extend_left(text, match.start()), _extend_right(text, match.end())
    written = text[start:end]
    try:
        split_sides(written)
    except InvalidReactionError:
        return None, text
    return balance(written), f"{text[:start]} {text[end:]}"


def _extend_left(text: str, place: int) -> int:
    """Return where the left side of an equation begins: formulas, numbers and plus signs reach up to the arrow."""
    for match in reversed(list(re.finditer(r"\S+", text[:place]))):
        word = match.group().lstrip("(")
        if not _is_piece(word):
            break
        place = match.end() - len(word)
        if word != match.group():
            break
    return place


def _extend_right(text: str, place: int) -> int:
    """Return where the right side of an equation ends."""
    start = place
    for match in re.finditer(r"\S+", text[start:]):
        word = match.group().rstrip(",;:?.")
        if word.count(")") > word.count("("):
            word = word.rstrip(")")
        if not _is_piece(word):
            break
        place = start + match.start() + len(word)
        if word != match.group():
            break
    return place


def _is_piece(word: str) -> bool:
    bare = re.sub(r"^\d+", "", word)
    return word == "+" or word.isdigit() or (bool(bare) and is_formula(bare))


def _follow_equation(found: Balance, amounts: Amounts, wanted: Substance | None, text: str) -> Result:
    """Return what an equation says of the amounts."""
    written = write_equation(found.equation, found.coefficients)
    if len(found.basis) > 1:
        raise InvalidTaskInputError(
            "atoms alone do not fix the proportions of this equation", value=written, hint="split it into its steps"
        )
    n_left = len(found.equation.left)
    left = list(amounts.portions)
    reacting: list[_Reacting] = []
    for place, (one, coefficient) in enumerate(zip(found.equation.species, found.coefficients, strict=True)):
        portion = next((p for p in left if p.substance.counts == one.counts), None)
        if portion is not None:
            left.remove(portion)
        substance = portion.substance if portion else Substance(one.text, one.text, one.mass, one.counts, one.charge)
        reacting.append(_Reacting(substance, coefficient, portion, place >= n_left))
    target = None if wanted is None else next((r for r in reacting if r.substance.counts == wanted.counts), None)
    strangers = [portion.substance.name for portion in left]
    strangers += [wanted.name] if wanted is not None and target is None else []
    if strangers:
        raise InvalidTaskInputError(
            f"{', '.join(strangers)} does not stand in the equation", value=written, hint="name substances as it does"
        )
    return _react(reacting, target, text, [f"by {written}"])


def _follow_one_to_one(amounts: Amounts, wanted: Substance | None, text: str) -> Result:
    """Return limiting reagent and yield where no equation is given and one of each makes one."""
    product = next((one for one in amounts.portions if _is_obtained(one, text)), None)
    if product is None and _YIELD.search(text) and not _LIMITING.search(text) and len(amounts.portions) == 2:
        first, second = amounts.portions  # 'the yield of 3.1 g A from 2.0 g B'
        product = first if re.search(r"\b(?:from|out of)\b", text[first.place : second.place]) else None
        if product is None and wanted is None:
            raise InvalidTaskInputError(
                "a yield needs what is made and what it is made of", value=text, hint="as in 3.1 g of A from 2.0 g of B"
            )
    if product is None and wanted is not None:
        product = next((one for one in amounts.portions if one.substance.counts == wanted.counts), None)
    reactants = [one for one in amounts.portions if one is not product]
    made = product.substance if product is not None else wanted
    if not reactants or (made is None and len(reactants) < 2):
        raise InvalidTaskInputError(
            "a yield needs what is made and what it is made of", value=text, hint="name both, or give the equation"
        )
    if made is not None and (equation := _balance_named(reactants, made)) is not None:
        return _follow_equation(equation, amounts, made if wanted is not None else None, text)
    reacting = [_Reacting(one.substance, 1, one, False) for one in reactants]
    if made is not None:
        for one in reactants:
            _require_alike(one.substance, made)
        reacting.append(_Reacting(made, 1, product, True))
    names = " and ".join(one.substance.name for one in reactants)
    told = f", one {made.name} of one {names}" if made is not None else ""
    notes = [f"taken as 1 : 1{told}; give the equation for another ratio"]
    return _react(reacting, reacting[-1] if made is not None else None, text, notes)


def _balance_named(reactants: Sequence[Portion], made: Substance) -> Balance | None:
    """Return the equation by which several reactants make a product and nothing else; None where there is none."""
    named = [*(one.substance for one in reactants), made]
    if len(reactants) < 2 or not all(one.counts for one in named):
        return None
    try:
        found = balance(f"{' + '.join(one.formula for one in named[:-1])} -> {made.formula}")
    except InvalidReactionError:
        return None
    return found if len(found.basis) == 1 else None


def _require_alike(reactant: Substance, made: Substance) -> None:
    """Refuse a guess of one to one where the carbon skeletons speak against it.

    Raises:
        InvalidTaskInputError: The reaction needs its equation.
    """
    before, after = reactant.counts["C"], made.counts["C"]
    if not (reactant.counts and made.counts):
        return  # known by their molar masses only
    if not before or not after or after < before / 2 or (after > before and after % before == 0):
        raise InvalidTaskInputError(
            f"how many {made.name} come of {reactant.name} is not known without the equation",
            value=f"{reactant.formula}, {made.formula}",
            hint="give it, as in C3H8 + 5 O2 -> 3 CO2 + 4 H2O",
        )


def _is_obtained(portion: Portion, text: str) -> bool:
    """Whether a portion is said to be what came out."""
    before = text[max(0, portion.place - 25) : portion.place]
    after = text[portion.place : portion.place + 60 + len(portion.substance.name)]
    passive = rf"{re.escape(portion.substance.name)}\s+(?:is|was|were|are)\s+(?:obtained|isolated|collected|recovered)"
    return bool(_OBTAINED.search(before)) or bool(re.search(passive, after, re.IGNORECASE))


def _react(reacting: Sequence[_Reacting], target: _Reacting | None, text: str, notes: list[str]) -> Result:
    """Return the limiting reagent, what can form of it or is needed, and the yield where that is said."""
    reactants = [one for one in reacting if not one.is_product and one.portion is not None]
    products = [one for one in reacting if one.is_product]
    given = reactants or [one for one in products if one.portion is not None]
    if not given:
        raise InvalidTaskInputError("no amount is given", value=text, hint=_HINT)
    limiting = min(given, key=lambda one: one.extent)
    notes += [note_mass(one.substance) for one in reacting if one.portion is not None or one is target]
    supposed = [one.name for one in reacting if not one.is_product and one.portion is None and one is not target]
    if supposed and reactants:
        notes.append(f"{', '.join(supposed)} taken to be in excess")
    obtained = next((one for one in products if one.portion is not None and reactants), None)
    said = [_describe_limiting(limiting, given)] if len(given) > 1 else []
    if obtained is not None:
        return _say_yield(obtained, limiting, said, notes)
    shown = [target] if target is not None else [one for one in products if one.portion is None]
    lines = [_Line(one.substance, limiting.extent * one.coefficient) for one in shown]
    said += [f"{line} {'can form' if one.is_product else 'needed'}" for line, one in zip(lines, shown, strict=True)]
    parts = tuple(part for line in lines for part in line.parts)
    statement = f"{'; '.join(said)}."
    if _LIMITING.search(text) or len(lines) != 1:
        value = limiting.name if _LIMITING.search(text) else "; ".join(map(str, lines))
        return Result(value, value, statement, parts=parts, notes=tuple(notes))
    in_moles = _TARGETS[0][1].search(text) is not None
    dimension = Dimension.AMOUNT if in_moles else Dimension.MASS
    digits, unit = scale(lines[0].moles if in_moles else lines[0].grams, dimension, find_unit(text, dimension))
    return Result(float(digits), digits, statement, unit=unit, parts=parts, notes=tuple(notes), gives=Gives.NUMBER)


def _describe_limiting(limiting: _Reacting, given: Sequence[_Reacting]) -> str:
    left = [
        f"{write((one.extent - limiting.extent) * one.coefficient * one.substance.mass, Dimension.MASS)} of {one.name}"
        for one in given
        if one.extent > limiting.extent * (1 + 1e-9)
    ]
    return f"{limiting.name} is the limiting reagent{f' ({chr(44).join(left)} left over)' if left else ''}"


def _say_yield(obtained: _Reacting, limiting: _Reacting, said: list[str], notes: list[str]) -> Result:
    theory = limiting.extent * obtained.coefficient
    percent = f"{100.0 * _require_moles(obtained.portion) / theory:.1f}"
    assert obtained.portion is not None
    line = _Line(obtained.substance, theory)
    said.append(f"theoretical yield: {line}; obtained {obtained.portion.quantities[0].written}: {percent} %")
    if float(percent) > 100.5:
        notes.append("more than can form: the product is wet or impure, or an amount is wrong")
    parts = (Part("theoretical yield", _round(line.grams), "g"),)
    return Result(
        float(percent), percent, f"{'; '.join(said)}.", unit="%", parts=parts, notes=tuple(notes), gives=Gives.NUMBER
    )


# ------------------------------------------------------------------------------------------------------------- pieces


def _choose_main(portion: Portion) -> Quantity:
    """Return the quantity that says how much it is."""
    order = (Dimension.MASS, Dimension.AMOUNT, Dimension.PARTICLES, Dimension.VOLUME)
    return next((one for kind in order if (one := portion.get(kind)) is not None), portion.quantities[0])


def _describe(portion: Portion) -> str:
    """Return a portion as a sentence calls it: ``10 mL of 2 M HCl``, ``one gold atom``."""
    main = _choose_main(portion)
    strengths = [one.written for kind in (Dimension.PERCENT, Dimension.MOLARITY) if (one := portion.get(kind))]
    of = "" if main.written == "one" else "of "
    return f"{main.written} {of}{' '.join([*strengths, portion.substance.name])}"


def _require_moles(portion: Portion | None) -> float:
    assert portion is not None
    moles = portion.moles
    if moles is None:
        said = ", ".join(one.written for one in portion.quantities)
        raise InvalidTaskInputError(
            f"{said} of {portion.substance.name} is not an amount by itself",
            value=portion.substance.name,
            hint="add its mass, its moles, or with a volume its density or molarity",
        )
    if moles <= 0:
        raise InvalidTaskInputError(
            f"there is no {portion.substance.name}", value=portion.quantities[0].written, hint=_HINT
        )
    return moles


def _find_free(amounts: Amounts, dimension: Dimension) -> Quantity | None:
    return next((one for one in amounts.free if one.dimension is dimension), None)


def _round(value: float) -> float:
    return float(f"{value:.6g}")


def _say(value: float, dimension: Dimension, text: str, said: str, notes: tuple[str, ...]) -> Result:
    """Return a number in the unit that is asked for, or in the one in which it is read best."""
    digits, unit = scale(value, dimension, find_unit(text, dimension))
    return Result(float(digits), digits, f"{said} is {digits} {unit}.", unit=unit, notes=notes, gives=Gives.NUMBER)


STOICHIOMETRY: Final = Calculation(
    name="stoichiometry",
    title="amounts",
    words=(
        "how many mole", "how many mmol", "how many mol", "how many gram", "how many milligram", "how many mg",
        "how many g", "how many molecule", "how many millimole", "how many millimol", "number of moles", "moles of",
        "mass of", "what mass", "equivalent", "equiv", "limiting reagent", "limiting reactant", "theoretical yield",
        "percent yield", "percentage yield", "% yield", "stoichiometry", "molarity", "how much", "excess reagent",
        "amount of substance", "how many formula unit", "what volume", "how many ml", "how many milliliter",
        "how many millilitre", "weigh out", "how many kg", "how many kilogram", "yield", "mol%", "convert",
        "how many micromole", "how many µmol", "how many umol", "concentration", "molar concentration",
    ),
    takes=Takes.TEXT,
    gives=Gives.TEXT,
    method="average molar masses of RDKit's atomic weights",
    compute=_stoichiometry,
    program=Program.ANYMOL,
    example=Example("How many mmol are 500 mg of aspirin?", (), "2.775"),
)  # fmt: skip

"""Amounts of substances in a text: which quantity belongs to which substance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from anymol.calculations.calculation import Subject
from anymol.calculations.quantities import Dimension, Quantity, find_quantities
from anymol.calculations.stated_masses import check_stated, read_stated
from anymol.calculations.substances import Substance, find_substance, from_subject
from anymol.errors import InvalidTaskInputError

AVOGADRO: Final = 6.02214076e23
"""Particles in a mole (exact since 2019)."""

_MOST_WORDS: Final = 6
_STOP = re.compile(
    r"[;?:]|(?<=\s)\(|,\s|\.\s|\.$|\s(?:and|or|in|with|to|into|from|is|are|was|were|react\w*|for|relative|per|yields?|gives?|at|"
    r"obtained|isolated|does|do|weigh\w*|contains?|using|by|as|would|will|can|form\w*|produce\w*|plus|on|dissolved|made|"
    r"up|have|has|than|if|when|needed|required|corresponds?|equals?|present|there)\b|\s\+\s|\s[=\u2192]|\s->",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"\s*(?:\([^()]*\)(?=\s|$)\s*)?(?:(?:of|the|a|an|pure|anhydrous|solid|liquid|dry|neat|aqueous|aq\.?|stock|solution|crystalline|"
    r"concentrated|conc\.?)\s+)*",
    re.IGNORECASE,
)
_TRAIL = re.compile(r"[\s(:=,\-\u2013]*(?:is|weighs|weighing|d|density|at)?[\s(:=,]*$", re.IGNORECASE)
_IT: Final = re.compile(
    r"^(?:it|this|that|(?:this|the|that|my)\s+(?:molecule|compound|substance|product|material|drug|one|acid|sample|reagent))\b",
    re.IGNORECASE,
)
_SOLUTION = re.compile(
    r"(?:\b(?:in|into|to|up to|of a|total volume(?: of)?|a final volume of|with|make|prepare)\s+"
    r"(?:a\s+)?(?:total of\s+)?)$",
    re.I,
)


@dataclass(frozen=True)
class Portion:
    """A substance with what is said of its amount.

    Attributes:
        substance: The substance.
        quantities: Its quantities, one of each kind.
        place: Where it stands in the text.
    """

    substance: Substance
    quantities: tuple[Quantity, ...]
    place: int

    def get(self, dimension: Dimension) -> Quantity | None:
        """Return its quantity of a kind."""
        return next((one for one in self.quantities if one.dimension is dimension), None)

    @property
    def moles(self) -> float | None:
        """How much it is, mol; None where that does not follow from what is said."""
        if (amount := self.get(Dimension.AMOUNT)) is not None:
            return amount.value
        if (particles := self.get(Dimension.PARTICLES)) is not None:
            return particles.value / AVOGADRO
        mass = self.grams
        if mass is not None:
            return mass / self.substance.mass
        volume, molarity = self.get(Dimension.VOLUME), self.get(Dimension.MOLARITY)
        return volume.value * molarity.value if volume is not None and molarity is not None else None

    @property
    def grams(self) -> float | None:
        """What it weighs, g, as far as a mass, or a volume with a density, is said; impurities are taken off."""
        purity = self.purity
        if (mass := self.get(Dimension.MASS)) is not None:
            return mass.value * purity
        volume, density = self.get(Dimension.VOLUME), self.get(Dimension.DENSITY)
        return volume.value * density.value * purity if volume is not None and density is not None else None

    @property
    def purity(self) -> float:
        """Share of the substance in what is weighed, by mass; 1 where nothing is said."""
        percent = self.get(Dimension.PERCENT)
        return percent.value / 100.0 if percent is not None and percent.kind in ("", "w/w") else 1.0

    @property
    def share(self) -> float | None:
        """Its equivalents; None where none are said."""
        if (equivalents := self.get(Dimension.EQUIVALENTS)) is not None:
            return equivalents.value
        percent = self.get(Dimension.MOL_PERCENT)
        return None if percent is None else percent.value / 100.0


@dataclass(frozen=True)
class Amounts:
    """What a text says of amounts.

    Attributes:
        portions: Substances with their quantities, in the order of the text.
        free: Quantities that belong to no substance: the volume of a solution, for one.
    """

    portions: tuple[Portion, ...]
    free: tuple[Quantity, ...]

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """All quantities of the text."""
        return (*(one for portion in self.portions for one in portion.quantities), *self.free)


def read_amounts(text: str, subjects: Sequence[Subject] = ()) -> Amounts:
    """Return the substances of a text with their quantities.

    Args:
        text: The question.
        subjects: Molecules given beside it: what 'it' or 'this molecule' means, and names that are settled.

    Raises:
        UserError: A unit is written wrongly.
    """
    quantities = find_quantities(text)
    portions: list[Portion] = []
    free: list[Quantity] = []
    for place, quantity in enumerate(quantities):
        start = quantities[place - 1].end if place else 0
        end = quantities[place + 1].start if place + 1 < len(quantities) else len(text)
        before, after = text[start : quantity.start], text[quantity.end : end]
        next_kind = quantities[place + 1].dimension if place + 1 < len(quantities) else None
        is_solution = (
            quantity.dimension is Dimension.VOLUME
            and _SOLUTION.search(before) is not None
            # '10 mL of 2 M HCl' is an amount of what is in it; '18 mL of water' is one where nothing else is named.
            and not (next_kind in (Dimension.MOLARITY, Dimension.PERCENT) and _is_bare_link(after))
            and (bool(portions) or not re.match(r"\s*of\b", after))
        )
        is_solution |= re.match(r"\s*scale\b", after) is not None  # nobody's amount
        found = None if is_solution else read_after(after, subjects)
        if found is None and place + 1 < len(quantities) and _is_bare_link(after) and not is_solution:
            # '10 mL of 2 M HCl', '500 mg (2.8 mmol) of aspirin': the substance stands behind the next quantity.
            next_end = quantities[place + 2].start if place + 2 < len(quantities) else len(text)
            found = read_after(text[quantities[place + 1].end : next_end], subjects)
        if found is None and not is_solution:
            found = read_before(before, subjects)
        if found is None and portions and not is_solution and _is_bare_link(before):
            found = portions[-1].substance
        if found is None and len(subjects) == 1 and _has_referent(text) and not is_solution:
            found = from_subject(subjects[0])
        if found is None:
            free.append(quantity)
            continue
        _add(portions, Portion(found, (quantity,), quantity.start))
    if len(portions) == 1 and portions[0].moles is None and portions[0].share is None:
        # 'How many mL of 0.5 M NaOH contain 12.5 mmol?'; 'how much 2 M LDA for 1.1 equiv to 10 mmol of ketone?'
        shares = [one for one in free if one.dimension in (Dimension.EQUIVALENTS, Dimension.MOL_PERCENT)]
        own = shares or [one for one in free if one.dimension in (Dimension.AMOUNT, Dimension.MASS)]
        portions = [replace(portions[0], quantities=(*own, *portions[0].quantities))]
        free = [one for one in free if one not in own]
    return Amounts(tuple(portions), tuple(free))


def find_named(text: str, subjects: Sequence[Subject] = ()) -> Substance | None:
    """Return the one substance that a text names beside its quantities; None where it names none or several.

    Raises:
        UserError: A unit is written wrongly.
    """
    found: list[Substance] = []
    for quantity in find_quantities(text):
        after = read_after(text[quantity.end :], subjects) or read_before(text[: quantity.start], subjects)
        if after is not None and after not in found and after.name.lower() not in SOLVENTS:
            found.append(after)
    asked = find_asked(text, subjects)
    if asked is not None and all(asked.counts != one.counts for one in found):
        found.append(asked)
    if not found and len(subjects) == 1:
        found = [from_subject(subjects[0])]
    distinct = {frozenset(one.counts.items()): one for one in found}
    return next(iter(distinct.values())) if len(distinct) == 1 else None


def holds(whole: Substance, part: Substance) -> bool:
    """Whether a salt or hydrate can be one of a substance: it has its atoms, hydrogens aside."""
    return all(whole.counts[symbol] >= count for symbol, count in part.counts.items() if symbol != "H")


HYDRATE: Final = r"(?:hemi|mono|sesqui|di|tri|tetra|penta|hexa|hepta|octa|nona|deca|undeca|dodeca)?hydrate"
FORM: Final = (
    rf"{HYDRATE}|"
    r"(?:mono|di|tri|tetra|[23])?(?:HCl|HBr|HI|hydro(?:chloride|bromide|iodide))|"
    r"(?:hemi|bi|di|tri)?(?:sulfate|sulphate|phosphate|nitrate|mesylate|besylate|tosylate|maleate|malate|fumarate|tartrate|"
    r"citrate|acetate|succinate|oxalate|lactate|hydrobromide)|"
    r"(?:mono|di|tri|tetra)?(?:sodium|potassium|calcium|lithium|ammonium)(?:\s+salt)?|free\s+(?:acid|base)"
)
"""Words behind the name of a substance that make another form of it: a hydrate, a salt, the free acid or base."""
_FORM_AHEAD: Final = re.compile(rf"(?:{FORM})\b", re.IGNORECASE)
_FORM_WORD: Final = re.compile(rf"(?:{FORM}|salt|base|acid)", re.IGNORECASE)

SOLVENTS: Final = frozenset({"water", "buffer", "solvent"})


def _add(portions: list[Portion], new: Portion) -> None:
    """Add a portion, or its quantity to the one of the same substance that has none of its kind."""
    for place, known in enumerate(portions):
        same = known.substance == new.substance
        if same and known.get(new.quantities[0].dimension) is None:
            portions[place] = replace(known, quantities=(*known.quantities, *new.quantities))
            return
    portions.append(new)


def _is_bare_link(text: str) -> bool:
    return (
        re.fullmatch(r"[\s(),=~\u2248:]*(?:of|of a|d|density|at|i\.e\.|is|are)?[\s()=:,]*", text, re.IGNORECASE)
        is not None
    )


def _has_referent(text: str) -> bool:
    return (
        re.search(r"\b(?:it|its|this|that|the (?:molecule|compound|substance|product))\b", text, re.IGNORECASE)
        is not None
    )


def find_asked(text: str, subjects: Sequence[Subject] = ()) -> Substance | None:
    """Return the substance that a question asks the amount of; None where it names none beside its quantities."""
    for pattern in _ASKED:
        for match in pattern.finditer(text):
            found = read_after(" " + text[match.end() :], subjects)
            if found is not None:
                return found
    return None


_UNIT_WORDS = (
    r"(?:(?:milli|micro|kilo|nano)?(?:grams?|moles?|lit(?:er|re)s?)|[mkµun]?g|[mµun]?mols?|[mµu]?[lL]|molecules|mass|volume|"
    r"amount|weight|quantity|yield)"
)
_ASKED: Final = (
    re.compile(rf"\bhow (?:many|much)\s+{_UNIT_WORDS}(?:\s+of)?\b(?!\s*\d)", re.IGNORECASE),
    re.compile(
        r"\b(?:what|which|calculate|find|determine|give)\s+(?:is\s+)?(?:the\s+)?"
        rf"(?:theoretical |maximum |percent |percentage |% )?{_UNIT_WORDS}\s+of\b(?!\s*\d)",
        re.IGNORECASE,
    ),
    re.compile(r"\bhow much\b(?!\s+(?:is|does|do|\d))", re.IGNORECASE),
    re.compile(r"\b(?:theoretical |percent |percentage |% )?yield of\b(?!\s*\d)", re.IGNORECASE),
    re.compile(r"\b(?:to (?:give|form|yield|make|produce)|giving|forming|yielding)\b(?!\s*\d)", re.IGNORECASE),
    re.compile(r"\bhow many equiv(?:alent)?s?\.?\s+(?:of|is|are)\b(?!\s*\d)", re.IGNORECASE),
)


def read_after(text: str, subjects: Sequence[Subject]) -> Substance | None:
    """Return the substance whose name begins a text: the longest beginning that names one."""
    lead = _LEAD.match(text)
    rest = text[lead.end() :] if lead else text
    if not rest[:1].strip():
        return None
    if (unnamed := read_stated(rest)) is not None:
        return unnamed
    if len(subjects) == 1 and _IT.match(rest):
        return from_subject(subjects[0])
    for subject in subjects:
        if subject.name and rest.lower().startswith(subject.name.lower()):
            return from_subject(subject)
    stop = _STOP.search(rest)
    phrase = _cut_closing(rest[: stop.start()] if stop else rest)
    words = phrase.strip(" .,").split()[:_MOST_WORDS]
    for thorough in (False, True):
        for number in range(len(words), 0, -1):
            if thorough and number < len(words):
                break
            is_form = number > 1 and _FORM_WORD.fullmatch(words[number - 1]) is not None
            found = find_substance(" ".join(words[:number]).strip(" .,"), thorough=thorough or is_form)
            if found is not None:
                _require_whole(found, " ".join(words[number:]))
                check_stated(found, rest)
                return found
    return None


def require_alone(substance: Substance, text: str, subjects: Sequence[Subject] = ()) -> None:
    """Refuse a substance to whose name another one is joined: an answer would be of the first alone.

    Raises:
        InvalidTaskInputError: There is another one: 'NaCl and KCl'.
    """
    for match in re.finditer(rf"{re.escape(substance.name)}(?:\s+(?:and|or|plus)|\s*[,/&+])\s+(?=[A-Za-z(])", text):
        other = read_after(" " + text[match.end() :], subjects)
        if other is not None and other.counts != substance.counts and other.name.lower() not in SOLVENTS:
            raise InvalidTaskInputError(
                f"{substance.name} and {other.name} are both named", value=text, hint="ask of each by itself"
            )


def _require_whole(found: Substance, behind: str) -> None:
    """Refuse a substance behind whose name a form stands that nothing is known of.

    Raises:
        InvalidTaskInputError: There is one: what is weighed is not the substance itself.
    """
    form = _FORM_AHEAD.match(behind)
    if form is not None:
        raise InvalidTaskInputError(
            f"'{found.name} {form.group()}' is not known", value=found.name, hint="give its formula, as in CuSO4·5H2O"
        )


def _cut_closing(phrase: str) -> str:
    """Return a phrase up to a bracket that closes what was opened before it: those of Pd(OAc)2 are its own."""
    depth = 0
    for place, sign in enumerate(phrase):
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return phrase[:place]
    return phrase


def read_before(text: str, subjects: Sequence[Subject], *, thorough: bool = False) -> Substance | None:
    """Return the substance whose name ends a text, directly before a quantity.

    Args:
        text: The text.
        subjects: Molecules given beside the question.
        thorough: Whether systematic names are read too.
    """
    trimmed = _TRAIL.sub("", text)
    pieces = re.split(r"[;?:]|,\s|\s(?:and|or|with|of|from|in|is|to|plus|the|a)\s|\.\s", trimmed)
    words = pieces[-1].split()[-_MOST_WORDS:]
    for number in range(len(words), 0, -1):
        name = " ".join(words[-number:]).strip("( ,.")
        for subject in subjects:
            if subject.name and subject.name.lower() == name.lower():
                return from_subject(subject)
        found = find_substance(name, thorough=thorough)
        if found is not None:
            return found
    return None

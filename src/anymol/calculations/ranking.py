"""Several molecules in the order of a property."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Program, Result, Subject, Takes
from anymol.calculations.elements import ELEMENTS, find_elements
from anymol.calculations.groups import find_groups
from anymol.calculations.words import make_vocabulary
from anymol.errors import InvalidTaskInputError, UserError

_ADJECTIVES: Final = {
    "heavi": ("average_mass", True), "weigh": ("average_mass", True), "light": ("average_mass", False),
    "lipophilic": ("logp", True),
    "hydrophobic": ("logp", True), "hydrophilic": ("logp", False), "polar": ("tpsa", True), "drug like": ("qed", True),
    "druglike": ("qed", True), "drug-like": ("qed", True), "flexible": ("rotatable_bonds", True),
    "rigid": ("rotatable_bonds", False), "saturated": ("fsp3", True), "unsaturated": ("unsaturation", True),
}  # fmt: skip
"""Beginnings of what a comparison says of molecules -> the property, and whether more of it is more."""

_MORE: Final = ("most", "more", "highest", "higher", "largest", "larger", "greatest", "greater", "biggest", "bigger",
                "maximum", "max", "descending", "decreasing", "high to low", "largest to smallest",
                "highest to lowest", "heaviest to lightest", "top")  # fmt: skip
_LESS: Final = ("least", "less", "lowest", "lower", "smallest", "smaller", "fewest", "fewer", "minimum", "min",
                "ascending", "increasing", "low to high", "smallest to largest", "lowest to highest",
                "lightest to heaviest")  # fmt: skip

_COMPARED = re.compile(r"\bthan\b")
_BY_HOW_MUCH = re.compile(r"\bhow much\b|\bdifferences? (?:in|of)\b")
_MASSES: Final = frozenset({"average_mass", "exact_mass", "monoisotopic_mass", "nominal_mass"})
_PLACES: Final = {"second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4}
_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth")
_PLACE = re.compile(rf"\b({'|'.join(_PLACES)})[\s-]+(?:\w+est|most|least)\b")


_SOMETIMES: Final = frozenset({"atom_counts", "functional_groups", "element_percentages", "ion_mz"})
"""Calculations that give a number where the question names an element, a group or an ion."""


@dataclass(frozen=True)
class _Order:
    """By which property molecules are ranked, from where, and the place that is asked for.

    Attributes:
        calculation: What gives the property.
        descending: Whether the highest comes first.
        place: Which of the order is asked for, from 0.
        counted: The element or group that is counted, where one is.
    """

    calculation: Calculation
    descending: bool
    place: int = 0
    counted: str = ""

    @property
    def title(self) -> str:
        """What molecules are ranked by, as a sentence calls it."""
        match self.calculation.name:
            case "atom_counts" if self.counted:
                return f"number of {self.counted} atoms"
            case "functional_groups" if self.counted:
                return f"number of {self.counted} groups"
            case _:
                return self.calculation.title


def make_ranking(calculations: Mapping[str, Calculation]) -> Calculation:
    """Return the ranking by any of some calculations of one molecule.

    Args:
        calculations: What may be ranked by; those that give no number of one molecule are passed over.
    """
    numbers = {
        name: one
        for name, one in calculations.items()
        if one.takes is Takes.ONE and (one.gives is Gives.NUMBER or name in _SOMETIMES)
    }

    def compute(asked: Inquiry) -> Result:
        return _rank(asked, _find_order(asked, numbers))

    return Calculation(
        name="ranking",
        title="ranking",
        words=(
            "rank", "ranking", "sort", "order by", "arrange", "in order of", "put in order", "order of", "order",
            "heaviest", "heavier", "lightest", "lighter",
            *(f"{more} {adjective}" for more in ("more", "most", "less", "least") for adjective in _WRITTEN),
            *_MORE, *_LESS,
        ),
        takes=Takes.SEVERAL,
        gives=Gives.TEXT,
        method="the property by its own program",
        compute=compute,
        program=Program.ANYMOL,
        example=Example("Which is heavier, benzene or toluene?", ("c1ccccc1", "Cc1ccccc1"),
                        "Cc1ccccc1 92.14 g/mol > c1ccccc1 78.11 g/mol"),
    )  # fmt: skip


_WRITTEN: Final = ("lipophilic", "hydrophobic", "hydrophilic", "polar", "drug like", "druglike", "flexible", "rigid",
                   "saturated", "unsaturated")  # fmt: skip


def _find_order(asked: Inquiry, numbers: Mapping[str, Calculation]) -> _Order:
    text = asked.words.lower()
    found = [name for phrase in make_vocabulary(numbers).find(text) for name in phrase.names]
    adjectives = [one for one in _ADJECTIVES if re.search(rf"(?<!\bnon-)(?<!\bnon )\b{one}", text)]
    more = _find_first(text, _MORE)
    less = _find_first(text, _LESS)
    descending = less is None or (more is not None and more < less)
    names = list(dict.fromkeys(found))
    for name, _ in (_ADJECTIVES[one] for one in adjectives):
        if not (name in _MASSES and _MASSES.intersection(names)) and name not in names:
            names.append(name)
    if adjectives and not _ADJECTIVES[adjectives[0]][1]:
        descending = not descending
    if len(names) != 1:
        raise InvalidTaskInputError(
            "a ranking needs one property" + (f", {len(names)} are named" if names else ""),
            value=", ".join(names) or asked.text,
            hint="ask one after the other" if names else f"rank by one of {', '.join(numbers)}",
        )
    place = _PLACE.search(text)
    return _Order(
        numbers[names[0]], descending, 0 if place is None else _PLACES[place[1]], _name_counted(text, names[0])
    )


def _name_counted(text: str, calculation: str) -> str:
    """Return the element or group that a question counts; empty where it names none or several."""
    if calculation == "atom_counts":
        elements = find_elements(text)
        return next((word for word, known in ELEMENTS.items() if [known] == list(elements)), "")
    groups = find_groups(text) if calculation == "functional_groups" else ()
    return groups[0].name if len(groups) == 1 else ""


def _find_first(text: str, words: Sequence[str]) -> int | None:
    places = [match.start() for word in words if (match := re.search(rf"\b{word}\b", text))]
    return min(places, default=None)


def _rank(asked: Inquiry, order: _Order) -> Result:
    calculation, text = order.calculation, asked.words
    ranked: list[tuple[Subject, Result]] = []
    notes: list[str] = []
    for subject in asked.subjects:
        try:
            found = calculation.run(Inquiry((subject,), text))
        except UserError as error:
            notes.append(f"left out: {subject.shown}: {error}")
            continue
        if isinstance(found.value, str):
            raise InvalidTaskInputError(
                f"{calculation.title} is not one number", value=asked.text, hint="name one element, group or ion"
            )
        ranked.append((subject, found))
    if len(ranked) < 2:
        raise UserError(f"fewer than two of them have a {calculation.title}", value=asked.text, hint="; ".join(notes))
    ranked.sort(key=lambda pair: float(pair[1].value), reverse=order.descending)
    sign = " > " if order.descending else " < "
    # What prints alike is a tie: beyond the digits shown nothing is known.
    places = [list(group) for _, group in groupby(ranked, key=lambda pair: pair[1].text)]
    text = sign.join(" = ".join(f"{subject.shown} {result.shown}" for subject, result in group) for group in places)
    parts = tuple(Part(subject.shown, result.value, result.unit) for subject, result in ranked)
    if order.place >= len(places):
        raise InvalidTaskInputError(
            f"there are only {len(places)} different values", value=asked.text, hint="ask for the whole order"
        )
    best = places[order.place]
    title = order.title
    if len(places) == 1:
        said = f"All have the same {title}: {text}."
    else:
        first = " and ".join(subject.shown for subject, _ in best)
        extreme = "highest" if order.descending else "lowest"
        if order.place:
            extreme = f"{_ORDINALS[order.place]} {extreme}"
        said = f"{first} {'has' if len(best) == 1 else 'have'} the {extreme} {title}: {text}."
        if _BY_HOW_MUCH.search(asked.text.lower()) and len(ranked) == 2:
            # One digit less: the values are rounded before they are subtracted.
            digits = max(0, max(len(one.text.partition(".")[2]) for _, one in ranked) - 1)
            gap = abs(float(ranked[0][1].value) - float(ranked[1][1].value))
            said += f" The difference is {gap:.{digits}f} {ranked[0][1].unit or ''}".rstrip() + "."
        elif _COMPARED.search(asked.text.lower()) and len(asked.subjects) == 2:
            said = f"{'Yes' if best == [ranked[0]] and best[0][0] is asked.subjects[0] else 'No'}. {said}"
    method = f"{calculation.title} by {calculation.program}, {calculation.method}"
    return Result(text, text, said, parts=parts, notes=tuple(notes), method=method)

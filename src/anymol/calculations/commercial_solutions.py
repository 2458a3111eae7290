"""Acids and bases as they are sold: by a percentage by weight, whose density the label is silent about here.

Densities at 20 °C, g/mL, of aqueous solutions: the tables of Perry's Chemical Engineers' Handbook (8th edition,
section 2), which are those of the International Critical Tables; of the solutions marked *supplied* the usual value on
the label, at 20 to 25 °C.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from anymol.calculations.amounts import read_after, read_before
from anymol.calculations.calculation import Inquiry, Result, Subject
from anymol.calculations.quantities import Dimension, Quantity, find_quantities, write_digits
from anymol.calculations.substances import Substance, find_substance
from anymol.errors import InvalidTaskInputError

_WATER: Final = (0.0, 0.998)
_HANDBOOK: Final = "Perry's handbook"
_SUPPLIED: Final = "supplied"
_BARE: Final = 5.0
"""Percentage up to which a bare one is grams in 100 mL: weight and volume hardly differ."""


@dataclass(frozen=True)
class _Reagent:
    """A solution that is sold.

    Attributes:
        names: What its solute is called.
        points: Percentage by weight and density, g/mL, ascending; between two the density is interpolated.
        concentrated: Percentage that 'concentrated' means; None where it means none.
        least: Percentage from which one that stands alone is meant by weight: below a solid is weighed out.
        source: Whose the densities are.
    """

    names: tuple[str, ...]
    points: tuple[tuple[float, float], ...]
    concentrated: float | None
    least: float = _BARE
    source: str = _HANDBOOK

    def find_density(self, percent: float) -> float | None:
        """Return the density of a solution, g/mL; None of one stronger than any that is listed.

        Of solutions as supplied none is between water and the weakest of them either: too far to interpolate.
        """
        known = self.points if self.source is _SUPPLIED else (_WATER, *self.points)
        place = bisect_left([strength for strength, _ in known], percent)
        if place == len(known):
            return None
        if place == 0:
            return known[0][1] if known[0][0] == percent and self.source is _SUPPLIED else None
        (low, light), (high, heavy) = known[place - 1], known[place]
        return light + (heavy - light) * (percent - low) / (high - low)


_REAGENTS: Final = (
    _Reagent(
        ("hydrochloric acid", "HCl", "aqueous HCl", "hydrogen chloride"),
        ((10.0, 1.047), (20.0, 1.098), (30.0, 1.149), (32.0, 1.159), (36.0, 1.179), (38.0, 1.189)), 37.0,
    ),
    _Reagent(
        ("sulfuric acid", "sulphuric acid", "H2SO4"),
        ((10.0, 1.066), (20.0, 1.139), (30.0, 1.219), (40.0, 1.303), (50.0, 1.395), (60.0, 1.498), (70.0, 1.611),
         (80.0, 1.727), (90.0, 1.814), (95.0, 1.834), (96.0, 1.836), (98.0, 1.836)), 98.0,
    ),
    _Reagent(
        ("nitric acid", "HNO3"),
        ((10.0, 1.054), (20.0, 1.115), (30.0, 1.180), (40.0, 1.246), (50.0, 1.310), (60.0, 1.367), (65.0, 1.391),
         (68.0, 1.405), (70.0, 1.413), (90.0, 1.483)), 70.0,
    ),
    _Reagent(
        ("phosphoric acid", "orthophosphoric acid", "H3PO4"),
        ((10.0, 1.053), (20.0, 1.113), (30.0, 1.181), (40.0, 1.254), (50.0, 1.335), (75.0, 1.579), (85.0, 1.689)), 85.0,
    ),
    _Reagent(
        ("acetic acid", "AcOH", "CH3COOH"),
        ((10.0, 1.013), (20.0, 1.026), (30.0, 1.038), (50.0, 1.058), (80.0, 1.070), (90.0, 1.066), (96.0, 1.059),
         (100.0, 1.050)), 99.7,
    ),
    _Reagent(
        ("formic acid", "HCOOH"),
        ((10.0, 1.025), (20.0, 1.049), (50.0, 1.121), (80.0, 1.186), (88.0, 1.201), (90.0, 1.204), (98.0, 1.218),
         (100.0, 1.221)), None,
    ),
    _Reagent(
        ("ammonia", "NH3", "aqueous ammonia"),
        ((10.0, 0.958), (20.0, 0.923), (24.0, 0.910), (28.0, 0.898), (30.0, 0.892), (35.0, 0.880)), 28.0,
    ),
    _Reagent(
        ("sodium hydroxide", "NaOH"),
        ((10.0, 1.109), (20.0, 1.219), (30.0, 1.328), (40.0, 1.430), (50.0, 1.525)), 50.0, 30.0,
    ),
    _Reagent(
        ("potassium hydroxide", "KOH"),
        ((10.0, 1.092), (20.0, 1.188), (30.0, 1.290), (40.0, 1.399), (45.0, 1.456), (50.0, 1.514)), 45.0, 30.0,
    ),
    _Reagent(
        ("hydrogen peroxide", "H2O2"),
        ((10.0, 1.033), (20.0, 1.073), (30.0, 1.111), (35.0, 1.133), (50.0, 1.197)), 30.0, source=_SUPPLIED,
    ),
    _Reagent(("hydrofluoric acid", "HF"), ((40.0, 1.13), (48.0, 1.15), (49.0, 1.16)), 48.0, 35.0, _SUPPLIED),
    _Reagent(("perchloric acid", "HClO4"), ((60.0, 1.54), (70.0, 1.67), (72.0, 1.70)), 70.0, 50.0, _SUPPLIED),
    _Reagent(("hydrobromic acid", "HBr"), ((47.0, 1.48), (48.0, 1.49)), 48.0, 40.0, _SUPPLIED),
    _Reagent(("hydroiodic acid", "HI"), ((55.0, 1.68), (57.0, 1.70)), 57.0, 50.0, _SUPPLIED),
)  # fmt: skip
_AMMONIA: Final = re.compile(r"\b(?:ammonium hydroxide|NH4OH)(?!\w)", re.IGNORECASE)
"""Another name of ammonia in water, which is labelled by its NH3 under this name too."""
_STRENGTH: Final = re.compile(r"%|\bpercent\b|\bconc", re.IGNORECASE)

_NAME: Final = "|".join(
    re.escape(name) for name in sorted((one for reagent in _REAGENTS for one in reagent.names), key=len, reverse=True)
)
_CONCENTRATED: Final = re.compile(
    rf"(?<![\w%.])(?P<word>(?:[Cc]oncentrated|[Cc]onc\.?|[Gg]lacial)(?:\s+aqueous)?)\s+(?P<name>(?i:{_NAME}))(?![\w(])"
    r"(?!\s*\(?\s*\d+(?:\.\d+)?\s*(?:%|M\b|N\b|mol))"
)
_IN_SOLVENT: Final = re.compile(r"\s*(?:solutions?\s+)?in\s+(?=[A-Za-z]{3}|\d,\d)")
_STATED_BEFORE: Final = re.compile(r"(?:%|\bM|\bN|mol/L)\s*\(?$")


@dataclass(frozen=True)
class Completed:
    """A question whose labels say what they left out.

    Attributes:
        text: The question, each solution with its percentage and density.
        notes: What was put in.
    """

    text: str
    notes: tuple[str, ...] = ()


def complete_labels(text: str, subjects: Sequence[Subject] = ()) -> Completed:
    """Return a question with the percentages and densities of the solutions that are sold.

    Args:
        text: The question.
        subjects: Molecules given beside it.

    Raises:
        UserError: A unit is written wrongly, or a percentage is above 100.

    >>> complete_labels("molarity of 37% HCl").text
    'molarity of 37% HCl (density 1.184 g/mL)'
    >>> complete_labels("molarity of 37% HCl, density 1.19 g/mL").text
    'molarity of 37% HCl, density 1.19 g/mL'
    """
    spelled, notes = _spell_out(*_name_ammonia(text))
    quantities = find_quantities(spelled)
    told = [one for one in quantities if one.dimension is Dimension.PERCENT]
    if not told or any(one.dimension is Dimension.DENSITY for one in quantities):
        return Completed(text)
    found = [(one, *_find_reagent(one, spelled, subjects)) for one in told]
    for reagent in {one.names: one for _, one, _ in found if one is not None}.values():
        own = [(one, solute) for one, its, solute in found if its is reagent]
        require_percentages([one for one, _ in own], text)
        if max(one.value for one, _ in own) <= reagent.least:
            return Completed(text)
        for one, solute in sorted(own, key=lambda pair: -pair[0].start):
            density = reagent.find_density(one.value)
            if density is None or one.kind not in ("", "w/w") or solute is None:
                return Completed(text)
            place = _find_end(spelled, one, solute)
            if _names_other_solvent(spelled[place:], subjects):
                return Completed(text)
            written = write_digits(density)
            spelled = f"{spelled[:place]} (density {written} g/mL){spelled[place:]}"
            at = "20 \u00b0C" if reagent.source is _HANDBOOK else "20 to 25 \u00b0C, as supplied"
            notes = (
                *notes, f"{one.value:g} % {reagent.names[0]} is taken by weight, density {written} g/mL at {at}",
            )  # fmt: skip
    return Completed(spelled, notes) if notes else Completed(text)


def require_percentages(strengths: Sequence[Quantity], text: str) -> None:
    """Refuse a percentage of a whole that is more than the whole.

    Raises:
        InvalidTaskInputError: There is one.
    """
    for one in strengths:
        if one.value > 100.0 and one.kind != "w/v":
            raise InvalidTaskInputError(f"a percentage is at most 100, and {one.written} is told", value=text)


def _names_other_solvent(behind: str, subjects: Sequence[Subject]) -> bool:
    """Whether the words behind a solution say that it is not in water: the densities are of water."""
    link = _IN_SOLVENT.match(behind)
    solvent = None if link is None else read_after(" " + behind[link.end() :], subjects)
    return solvent is not None and solvent.name.lower() not in ("water", "h2o")


def complete_inquiry(asked: Inquiry) -> tuple[Inquiry, tuple[str, ...]]:
    """Return a question with its labels completed, and what was put in."""
    found = complete_labels(asked.text, asked.subjects)
    return replace(asked, text=found.text), found.notes


def add_notes(result: Result, notes: tuple[str, ...]) -> Result:
    """Return a result with what was put into its question told."""
    return replace(result, notes=(*notes, *result.notes))


def _name_ammonia(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text that calls ammonia in water ammonia, whose moles are counted."""
    if not (_STRENGTH.search(text) and _AMMONIA.search(text)):
        return text, ()
    return _AMMONIA.sub("ammonia", text), ("ammonium hydroxide is labelled by the NH3 in it",)


def _spell_out(text: str, said: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return a text in which 'concentrated' is a percentage, and what was said of it."""
    notes = list(said)

    def spell(match: re.Match[str]) -> str:
        reagent = _by_name()[match["name"].lower()]
        is_glacial = match["word"].lower().startswith("glacial")
        is_acetic = reagent.names[0] == "acetic acid"
        if reagent.concentrated is None or is_glacial is not is_acetic or _STATED_BEFORE.search(text[: match.start()]):
            return match.group()
        notes.append(f"{match.group()} is taken as {reagent.concentrated:g} %")
        return f"{reagent.concentrated:g}% {match['name']}"

    return _CONCENTRATED.sub(spell, text), tuple(dict.fromkeys(notes))


def _find_reagent(
    strength: Quantity, text: str, subjects: Sequence[Subject]
) -> tuple[_Reagent | None, Substance | None]:
    """Return which solution a percentage is of, and its solute as it is named there."""
    solute = read_after(text[strength.end :], subjects) or read_before(text[: strength.start], subjects)
    solute = solute or _find_only(text)
    if solute is None:
        return None, None
    return next((one for one in _REAGENTS if any(_is_same(solute, known) for known in _read_names(one))), None), solute


def _find_only(text: str) -> Substance | None:
    """Return the one solute that a text names, wherever it stands: '50 mL 10% from 37% HCl'."""
    named = {match.group().lower(): match.group() for match in re.finditer(rf"(?<!\w)(?:{_NAME})(?!\w)", text, re.I)}
    return find_substance(next(iter(named.values()))) if len(named) == 1 else None


def _is_same(first: Substance, second: Substance) -> bool:
    return first.counts == second.counts and first.smiles == second.smiles


def _find_end(text: str, strength: Quantity, solute: Substance) -> int:
    """Return where a density is put: behind the name that follows a percentage, else behind the percentage."""
    behind = re.match(rf"\s*(?:\w+\s+)?{re.escape(solute.name)}(?!\w)", text[strength.end :])
    return strength.end + (behind.end() if behind is not None else 0)


@cache
def _by_name() -> dict[str, _Reagent]:
    return {name.lower(): one for one in _REAGENTS for name in one.names}


@cache
def _read_names(reagent: _Reagent) -> tuple[Substance, ...]:
    found = (find_substance(name) for name in reagent.names)
    return tuple(one for one in found if one is not None)

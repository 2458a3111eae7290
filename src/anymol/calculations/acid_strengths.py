"""Which of several acids or bases is the stronger, by recorded constants."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Program, Result, Subject, Takes
from anymol.calculations.recorded_acids import RecordedAcid, read_acid
from anymol.chem.acidity import find_system
from anymol.errors import InvalidTaskInputError, UserError


class _Measure(StrEnum):
    """What is compared."""

    ACID = "acid"
    BASE = "base"
    PKA = "pKa"


_MEASURES: Final = (
    (_Measure.ACID, re.compile(r"\bacid(?:s|ic|ity|ities)?\b", re.IGNORECASE)),
    (_Measure.BASE, re.compile(r"\bbas(?:es?|ic|icity|icities)\b", re.IGNORECASE)),
    (_Measure.PKA, re.compile(r"\bpKa(?:'?s| values?)?\b", re.IGNORECASE)),
)
_LESS: Final = re.compile(
    r"\b(?:less|least|weak(?:er|est)?|lower|lowest|smaller|smallest|increasing|ascending|low to high)\b", re.IGNORECASE
)
_MORE: Final = re.compile(
    r"\b(?:more|most|strong(?:er|est)?|higher|highest|larger|largest|greater|greatest|decreasing|descending|"
    r"high to low)\b",
    re.IGNORECASE,
)
_THAN: Final = re.compile(r"^\W*(?:so |and |but )?(?:is|are)\b.*\bthan\b", re.IGNORECASE | re.DOTALL)
_ALIKE: Final = 0.05
"""Difference of two constants below which the handbooks do not tell which is the higher."""
_ABOUT_ALIKE: Final = 0.5
"""The same where one of them is rough."""


@dataclass(frozen=True)
class _Strength:
    """A molecule in the order.

    Attributes:
        subject: The molecule.
        pka: Its constant; None of an acid that is wholly dissociated.
        is_about: Whether it is rough.
    """

    subject: Subject
    pka: float | None
    is_about: bool = False

    @property
    def shown(self) -> str:
        """It with its constant."""
        if self.pka is None:
            return f"{self.subject.shown} (wholly dissociated)"
        return f"{self.subject.shown} {'about ' if self.is_about else ''}{self.pka:.2f}"

    @property
    def place(self) -> float:
        """By what it is ordered: a strong acid stands below all constants."""
        return -100.0 if self.pka is None else self.pka


def _acid_strength(asked: Inquiry) -> Result:
    measure = _read_measure(asked)
    kind = _find_kind(asked) if measure is _Measure.PKA else measure
    strengths = [_weigh(one, kind) for one in asked.subjects]
    if sum(one.pka is None for one in strengths) > 1:
        raise UserError(
            "several are strong acids, which water does not tell apart: each is wholly dissociated",
            value=asked.text,
            hint="compare one of them with weak acids",
        )
    wants_less = _wants_less(asked.words)
    # The stronger acid has the lower constant, the stronger base the higher.
    low_first = wants_less is not (measure is _Measure.ACID)
    ordered = sorted(strengths, key=lambda one: one.place, reverse=not low_first)
    close = [pair for pair in pairwise(ordered) if _is_close(*pair)]
    if close and len(ordered) == 2:
        raise UserError(
            f"the pKa of {ordered[0].shown} and {ordered[1].shown} differ by less than the handbooks do",
            value=asked.text,
            hint="compare compounds that are further apart",
        )
    text = (" < " if low_first else " > ").join(one.shown for one in ordered)
    label = "pKa" if kind is _Measure.ACID else "pKa of the conjugate acids"
    said = f"{_praise(measure, ordered, wants_less, is_sure=(ordered[0], ordered[1]) not in close)}; {label}: {text}."
    if len(ordered) == 2:
        said = _compare(asked, ordered, said)
    notes = tuple(f"{one.shown} and {other.shown} differ by less than the handbooks do" for one, other in close)
    parts = tuple(Part(one.subject.shown, "below 0" if one.pka is None else one.pka) for one in ordered)
    return Result(text, text, said, parts=parts, notes=notes)


def _read_measure(asked: Inquiry) -> _Measure:
    found = [measure for measure, pattern in _MEASURES if pattern.search(asked.words)]
    if _Measure.PKA in found:
        return _Measure.PKA  # 'which acid has the lowest pKa?'
    if len(found) != 1:
        raise InvalidTaskInputError(
            "acids, bases or pKa values are compared, one of these at a time",
            value=asked.text,
            hint="as in: which is the stronger acid, phenol or acetic acid?",
        )
    return found[0]


def _find_kind(asked: Inquiry) -> _Measure:
    """Return whether the pKa values of a question are those of acids or of bases.

    Raises:
        UserError: Some are of the one and some of the other, or none is recorded.
    """
    acids = [_is_strong(one) or _find_pka(read_acid(one), _Measure.ACID) is not None for one in asked.subjects]
    if len(set(acids)) > 1:
        raise UserError(
            "some of them are recorded as acids and some as bases, whose pKa is that of the conjugate acid",
            value=asked.text,
            hint="compare acids with acids, and bases with bases",
        )
    return _Measure.ACID if acids[0] else _Measure.BASE


def _wants_less(text: str) -> bool:
    less, more = _LESS.search(text), _MORE.search(text)
    return less is not None and (more is None or less.start() < more.start())


def _weigh(subject: Subject, kind: _Measure) -> _Strength:
    """Return the constant of a molecule that tells its strength.

    Raises:
        UserError: None is recorded.
    """
    if kind is _Measure.ACID and _is_strong(subject):
        return _Strength(subject, None)
    acid = read_acid(subject)
    if acid.system.is_ampholyte:
        raise UserError(
            f"{subject.shown} gives and takes protons, so that several constants may be meant",
            value=subject.smiles,
            hint="ask for its pKa",
        )
    pka = _find_pka(acid, kind)
    if pka is None:
        raise UserError(
            f"no constant of {subject.shown} as {'an acid' if kind is _Measure.ACID else 'a base'} is recorded",
            value=subject.smiles,
            hint="amines are compared as bases, carboxylic acids and phenols as acids",
        )
    return _Strength(subject, pka, acid.system.is_about)


def _find_pka(acid: RecordedAcid, kind: _Measure) -> float | None:
    """Return the constant of a molecule as an acid, or that of its conjugate acid."""
    return acid.system.find_pka(acid.charge + (kind is _Measure.BASE))


def _is_strong(subject: Subject) -> bool:
    found = find_system(subject.mol)
    return found is not None and found[0].is_strong and sum(atom.GetFormalCharge() for atom in found[1].GetAtoms()) == 0


def _is_close(first: _Strength, second: _Strength) -> bool:
    least = _ABOUT_ALIKE if first.is_about or second.is_about else _ALIKE
    return abs(first.place - second.place) < least


def _praise(measure: _Measure, ordered: Sequence[_Strength], wants_less: bool, *, is_sure: bool) -> str:
    """Return what is said of the first."""
    first = ordered[0].subject.shown
    if not is_sure:
        return f"{first} and {ordered[1].subject.shown} stand first and hardly differ"
    ending = "er" if len(ordered) == 2 else "est"
    if measure is _Measure.PKA:
        return f"{first} has the {'low' if wants_less else 'high'}{ending} pKa"
    return f"{first} is the {'weak' if wants_less else 'strong'}{ending} {measure}"


def _compare(asked: Inquiry, ordered: Sequence[_Strength], said: str) -> str:
    """Return what is said of two: whether it is so, and by how much."""
    first, second = ordered
    if first.pka is not None and second.pka is not None:
        apart = abs(first.pka - second.pka)
        said = f"{said[:-1]}, {apart:.2f} apart, a factor of {10.0**apart:.2g}."
    if _THAN.search(asked.text):
        return f"{'Yes' if first.subject is asked.subjects[0] else 'No'}: {said}"
    return said


ACID_STRENGTH: Final = Calculation(
    name="acid_strength",
    title="order of acids or bases",
    words=("stronger acid", "more acidic", "stronger base", "more basic", "order of acidity", "order of basicity"),
    takes=Takes.SEVERAL,
    gives=Gives.TEXT,
    method="recorded constants in water, 25 °C; of a base that of its conjugate acid",
    compute=_acid_strength,
    program=Program.ANYMOL,
    example=Example(
        "Which is the stronger acid, phenol or acetic acid?",
        ("Oc1ccccc1", "CC(=O)O"),
        "CC(=O)O 4.76 < Oc1ccccc1 9.99",
    ),
)

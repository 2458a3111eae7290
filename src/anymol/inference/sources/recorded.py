"""Recorded properties: the value itself where the molecule was measured, or computed by the method asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.parsing import parse_smiles
from anymol.inference.answers import Answer, Method
from anymol.inference.sources.source import Found, Question
from anymol.retrieval.measured_properties.known import Known, find_known
from anymol.retrieval.measured_properties.matching import Match, Relation, find_match
from anymol.retrieval.measured_properties.store import MeasuredProperty, Origin, Spread, ValueKind
from anymol.tasks.evidence import PrecedentEvidence
from anymol.tasks.task import AnswerKind, Slot, Task, Value

_APART: Final = 0.5
"""Numbers that differ by more, in the unit of the property, leave open which is right."""
_ELECTRONVOLTS: Final = 27.211386
"""Of a Hartree."""
_IN_ELECTRONVOLTS: Final = frozenset({"homo", "lumo", "homo_lumo_gap"})
"""Tasks whose answers in Hartree are told in eV too."""


class RecordedProperties:
    """A store of measured or computed properties.

    Args:
        find: Gives the store; by default the measured one that ships, or the one that ``ANYMOL_MEASURED`` names.
    """

    method = Method.SEARCHED

    def __init__(self, find: Callable[[], Known] = find_known) -> None:
        self._find = find

    def can_answer(self, task: Task) -> bool:
        """Whether anything that the task asks is recorded."""
        return is_property(task) and self._find().store.has_task(task.name)

    def try_answer(self, question: Question) -> Found | None:
        """Return what is recorded of the molecule, or of its nearest relative, which is said; None where nothing is.

        A class on which the measurements do not agree is no answer; that they do not is said.

        Raises:
            InvalidSmilesError: The SMILES is invalid.
        """
        task, asked = question.task, question.task_input
        store = self._find().store
        measured = store.find_property(task.name, asked.text)
        if measured is None or not asked.molecule:
            return None
        match = find_match(store, measured.name, asked.molecule)
        if match is None:
            return None
        notes = tuple(_list_notes(measured, match))
        if measured.kind is ValueKind.CLASS and match.spread.disagrees:
            return Found((), notes)
        doubts = tuple(_list_doubts(measured, match))
        value = write_value(task, measured, match.spread)
        shown = f"{value:.{task.decimals}f}" if isinstance(value, float) else value
        is_same = match.relation.holds(measured.origin)
        answer = Answer(
            value,
            shown,
            task.answer,
            self.method,
            task.unit,
            f"{measured.origin if is_same else _relate(measured, match)}; {cite(measured)}",
            evidence=tuple(
                cite_measurement(task, measured, one.smiles, 1.0, Spread(one.values[measured.name]))
                for one in match.molecules
            ),
            exact=is_same,
            doubts=doubts,
            decimals=task.decimals,
            is_measured=measured.origin is Origin.MEASURED,
        )
        return Found((answer,), (*doubts, *notes, *convert_value(measured, value, asked.molecule)), settled=True)


def is_property(task: Task) -> bool:
    """Whether a task asks for a number or class of one molecule: no store is read for any other."""
    return task.answer in (AnswerKind.NUMBER, AnswerKind.CLASS) and Slot.MOLECULE in task.required


def write_value(task: Task, measured: MeasuredProperty, spread: Spread) -> float | str:
    """Return the answer that measurements give: the median of numbers, the label of a class that they agree on."""
    if measured.kind is ValueKind.NUMBER:
        return float(spread.middle)
    return task.labels[0] if spread.share > 0.5 else task.labels[1]


def cite_measurement(
    task: Task, measured: MeasuredProperty, smiles: str, similarity: float, spread: Spread
) -> PrecedentEvidence:
    """Return a measured molecule as evidence.

    Args:
        task: What was asked.
        measured: The property.
        smiles: The molecule that was measured.
        similarity: To the one asked about.
        spread: What was measured.
    """
    source = f"{measured.source}; {measured.licence}"
    return PrecedentEvidence(smiles, similarity, source, measured.year, show_spread(task, measured, spread))


def show_spread(task: Task, measured: MeasuredProperty, spread: Spread) -> str:
    """Return measurements as text: the value with its unit, the range of several, how many say yes and no."""
    if measured.kind is ValueKind.CLASS:
        yes = sum(value > 0.5 for value in spread.values)
        if spread.disagrees:
            return f"{task.labels[0]} {yes} times, {task.labels[1]} {len(spread.values) - yes} times"
        return str(write_value(task, measured, spread))
    unit = f" {measured.unit}" if measured.unit else ""
    if not spread.disagrees:
        return f"{spread.middle:.{task.decimals}f}{unit}"
    return f"{spread.low:.{task.decimals}f} to {spread.high:.{task.decimals}f}{unit} ({_count(measured, spread)})"


def convert_value(measured: MeasuredProperty, value: Value, smiles: str) -> tuple[str, ...]:
    """Return a value in the unit that people use: a solubility in g/L, an orbital energy in eV; nothing of others."""
    if not isinstance(value, float):
        return ()
    if measured.task in _IN_ELECTRONVOLTS:
        return (f"{value:.4f} {measured.unit} is {value * _ELECTRONVOLTS:.2f} eV",)
    if measured.unit != "log10(mol/L)":
        return ()
    weight = compute_descriptor("molecular_weight", parse_smiles(smiles)).value
    grams = float(weight) * 10**value
    term = next((term for least, term in _SOLUBILITY_TERMS if grams >= least), _INSOLUBLE)
    return (f"{value:.2f} {measured.unit} is {grams:.2g} g/L: {term} in the terms of the European Pharmacopoeia",)


_SOLUBILITY_TERMS: Final = (
    (1000.0, "very soluble"),
    (100.0, "freely soluble"),
    (33.0, "soluble"),
    (10.0, "sparingly soluble"),
    (1.0, "slightly soluble"),
    (0.1, "very slightly soluble"),
)
"""Least solubility, g/L, of a term (European Pharmacopoeia 1.4, which counts parts of solvent for one part)."""
_INSOLUBLE: Final = "practically insoluble"


def cite(measured: MeasuredProperty) -> str:
    """Return who measured or computed a property, when, and how."""
    year = "" if measured.year is None else f", {measured.year}"
    conditions = "" if measured.conditions is None else f": {measured.conditions}"
    return f"{measured.source}{year}{conditions}"


def _list_notes(measured: MeasuredProperty, match: Match) -> Iterator[str]:
    spread = match.spread
    if len(spread.values) > 1 and measured.kind is ValueKind.NUMBER:
        yield f"{_count(measured, spread)}, {spread.low:g} to {spread.high:g}; the median is given"
    if measured.kind is ValueKind.CLASS and spread.disagrees:
        yes = sum(value > 0.5 for value in spread.values)
        yield f"the records of {measured.source} do not agree: yes {yes} times, no {len(spread.values) - yes} times"
    if match.relation is not Relation.SAME and match.relation.holds(measured.origin):
        yield f"{_relate(measured, match)}: {', '.join(one.smiles for one in match.molecules)}"


def _list_doubts(measured: MeasuredProperty, match: Match) -> Iterator[str]:
    """Yield why the value may not be that of the molecule asked about."""
    if not match.relation.holds(measured.origin):
        yield f"{_relate(measured, match)}: {', '.join(one.smiles for one in match.molecules)}"
    spread = match.spread
    if measured.kind is ValueKind.NUMBER and spread.high - spread.low > _APART:
        yield f"the measurements lie {spread.high - spread.low:.2f} apart"
    for relation, other in match.others:
        if measured.kind is ValueKind.CLASS and (other.share > 0.5) != (spread.share > 0.5):
            yield f"{measured.source} says the opposite of a relative: {measured.origin} {relation}"


def _count(measured: MeasuredProperty, spread: Spread) -> str:
    """Return in words how many values there are."""
    what = "measurements" if measured.origin is Origin.MEASURED else "computed values"
    return f"{len(spread.values)} {what}"


def _relate(measured: MeasuredProperty, match: Match) -> str:
    return f"{measured.origin} {match.relation}"

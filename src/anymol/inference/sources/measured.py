"""Measured properties: the value itself where the molecule was measured, with its source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.parsing import parse_smiles
from anymol.inference.answers import Answer, Method
from anymol.inference.sources.source import Found, Question
from anymol.retrieval.measured_properties.known import KnownProperties, find_known
from anymol.retrieval.measured_properties.matching import Match, find_match
from anymol.retrieval.measured_properties.store import MeasuredProperty, Spread, ValueKind
from anymol.tasks.evidence import PrecedentEvidence
from anymol.tasks.task import AnswerKind, Slot, Task, Value

_APART: Final = 0.5
"""Numbers that differ by more, in the unit of the property, leave open which is right."""


class MeasuredProperties:
    """The store of measured properties.

    Args:
        find: Gives the store; by default the one that ships, or the one that ``ANYMOL_MEASURED`` names.
    """

    method = Method.SEARCHED

    def __init__(self, find: Callable[[], KnownProperties] = find_known) -> None:
        self._find = find

    def can_answer(self, task: Task) -> bool:
        """Whether anything that the task asks was measured."""
        return is_property(task) and self._find().store.has_task(task.name)

    def try_answer(self, question: Question) -> Found | None:
        """Return what was measured of the molecule, or of its nearest relative, which is said; None where nothing was.

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
        is_same = match.relation.is_same_substance
        answer = Answer(
            value,
            shown,
            task.answer,
            self.method,
            task.unit,
            f"{'measured' if is_same else match.relation.value}; {cite(measured)}",
            evidence=tuple(
                cite_measurement(task, measured, one.smiles, 1.0, Spread(one.values[measured.name]))
                for one in match.molecules
            ),
            exact=is_same,
            doubts=doubts,
            decimals=task.decimals,
        )
        return Found((answer,), (*doubts, *notes, *convert_amount(measured, value, asked.molecule)), settled=True)


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
    return (
        f"{spread.low:.{task.decimals}f} to {spread.high:.{task.decimals}f}{unit} ({len(spread.values)} measurements)"
    )


def convert_amount(measured: MeasuredProperty, value: Value, smiles: str) -> tuple[str, ...]:
    """Return a solubility in grams per litre, as people weigh it; nothing of other properties."""
    if measured.unit != "log10(mol/L)" or not isinstance(value, float):
        return ()
    weight = compute_descriptor("molecular_weight", parse_smiles(smiles)).value
    return (f"{value:.2f} {measured.unit} is {float(weight) * 10**value:.2g} g/L",)


def cite(measured: MeasuredProperty) -> str:
    """Return who measured a property, when, and under which conditions."""
    year = "" if measured.year is None else f", {measured.year}"
    conditions = "" if measured.conditions is None else f": {measured.conditions}"
    return f"{measured.source}{year}{conditions}"


def _list_notes(measured: MeasuredProperty, match: Match) -> Iterator[str]:
    spread = match.spread
    if len(spread.values) > 1 and measured.kind is ValueKind.NUMBER:
        yield f"{len(spread.values)} measurements, {spread.low:g} to {spread.high:g}; the median is given"
    if measured.kind is ValueKind.CLASS and spread.disagrees:
        yes = sum(value > 0.5 for value in spread.values)
        yield f"the records of {measured.source} do not agree: yes {yes} times, no {len(spread.values) - yes} times"
    if match.relation.is_same_substance and match.relation.value != "the same molecule":
        yield f"{match.relation.value}: {', '.join(one.smiles for one in match.molecules)}"


def _list_doubts(measured: MeasuredProperty, match: Match) -> Iterator[str]:
    """Yield why the value may not be that of the molecule asked about."""
    if not match.relation.is_same_substance:
        yield f"{match.relation.value}: {', '.join(one.smiles for one in match.molecules)}"
    spread = match.spread
    if measured.kind is ValueKind.NUMBER and spread.high - spread.low > _APART:
        yield f"the measurements lie {spread.high - spread.low:.2f} apart"
    for relation, other in match.others:
        if measured.kind is ValueKind.CLASS and (other.share > 0.5) != (spread.share > 0.5):
            yield f"{measured.source} says the opposite of a relative: {relation.value}"

"""Predictors of properties: what is not recorded, from what is, with the nearest recorded molecules."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from rdkit import Chem

from anymol.chem.fragments import analyze_composition
from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidTaskInputError
from anymol.inference.answers import Answer, Interval, Method
from anymol.inference.sources.recorded import cite, cite_measurement, convert_value, is_property, show_spread
from anymol.inference.sources.source import Found, Question
from anymol.retrieval.measured_properties.known import Known, find_known
from anymol.retrieval.measured_properties.matching import is_partner
from anymol.retrieval.measured_properties.neighbours import Neighbour, find_neighbours
from anymol.retrieval.measured_properties.predictor import LEVEL, FittedPredictor
from anymol.retrieval.measured_properties.store import MeasuredProperty, Origin, ValueKind
from anymol.tasks.evidence import ProgramEvidence
from anymol.tasks.task import Task
from anymol.version import __version__

_NEIGHBOURS: Final = 3
_OF_THE_SALT: Final = frozenset({"solubility", "kinetic_solubility", "hydration_energy"})
"""Tasks whose answer is another one for a salt than for its parent; at a pH, and in the body, both are the same."""
_NEVER_NEGATIVE: Final = frozenset({"dipole_moment", "homo_lumo_gap"})
"""Tasks whose answer is a length or a difference of two that are in order."""
_HELP: Final = {
    Origin.MEASURED: "look for a measurement",
    Origin.COMPUTED: "compute it with a program of quantum chemistry",
}
"""What helps where nothing can be predicted."""


class PropertyPredictors:
    """Predictors that were fitted to a store of properties and more like it.

    Args:
        find: Gives them; by default those of measured properties that ship, or those that ``ANYMOL_MEASURED`` names.
    """

    method = Method.PREDICTED

    def __init__(self, find: Callable[[], Known] = find_known) -> None:
        self._find = find

    def can_answer(self, task: Task) -> bool:
        """Whether there is a predictor for anything that the task asks, and it does better than the model."""
        if not is_property(task):
            return False
        known = self._find()
        predicted = any(one.name.partition(":")[0] == task.name for one in known.predictors.card.predictors)
        return predicted and known.answerers.prefers_predictor(task.name)

    def try_answer(self, question: Question) -> Found | None:
        """Return the predicted value with its interval or probability; None where the property has no predictor.

        Raises:
            InvalidSmilesError: The SMILES is invalid.
            InvalidTaskInputError: The molecule is unlike everything measured, so that there is nothing to predict from.
        """
        task, asked = question.task, question.task_input
        known = self._find()
        measured = known.store.find_property(task.name, asked.text)
        predictor = None if measured is None else known.predictors.find(measured.name)
        if measured is None or predictor is None or not asked.molecule:
            return None
        is_closed = predictor.card.domain.is_closed
        mol, notes = (parse_smiles(asked.molecule), ()) if is_closed else _read_substance(asked.molecule, question)
        obstacle = predictor.card.domain.find_obstacle(mol)
        if obstacle is not None:
            raise InvalidTaskInputError(
                f"far from everything that {measured.source} {measured.origin}: {obstacle}",
                value=question.shown or asked.molecule,
                hint=f"nothing can be predicted; {_HELP[measured.origin]}",
            )
        parent = Chem.MolToSmiles(mol)
        neighbours = find_neighbours(known.store, measured.name, parent, _NEIGHBOURS)
        nearest = neighbours[0].similarity if neighbours else 0.0
        far = (*predictor.card.domain.list_doubts(mol, nearest), *predictor.list_extremes(parent))
        doubts = (f"far from everything {measured.origin}: {'; '.join(far)}",) if far else ()
        said = float(predictor.predict_molecules([parent])[0])
        answer = _answer(task, measured, predictor, said, neighbours)
        answer = replace(
            answer,
            # What was fitted to molecules like those measured holds for no others.
            calibrated=not far,
            doubts=(*(notes if task.name in _OF_THE_SALT else ()), *doubts),
        )
        shown = ", ".join(
            f"{one.smiles} {show_spread(task, measured, one.spread)} (similarity {one.similarity:.2f})"
            for one in neighbours
        )
        remarks = (*notes, *doubts, *convert_value(measured, answer.value, parent))
        return Found((answer,), (*remarks, f"predicted; the nearest {measured.origin}: {shown}"), settled=True)


def _read_substance(smiles: str, question: Question) -> tuple[Chem.Mol, tuple[str, ...]]:
    """Return the molecule that a prediction is about: of a salt its neutral parent, which is said.

    Raises:
        InvalidTaskInputError: Several substances are mixed, or a metal stands beside what it may bind.
    """
    composition = analyze_composition(smiles)
    partners = [parse_smiles(one) for one in composition.counterparts]
    if any(is_partner(one) for one in partners):
        raise InvalidTaskInputError(
            "neither a mixture nor a complex of a metal is like anything measured",
            value=question.shown or smiles,
            hint="ask about one substance at a time",
        )
    if composition.is_single and composition.parent == composition.parent_neutral:
        return parse_smiles(smiles), ()
    mol = parse_smiles(composition.parent_neutral)
    return mol, (f"predicted for the neutral parent {composition.parent_neutral}, not for the salt or ion",)


def _answer(
    task: Task,
    measured: MeasuredProperty,
    predictor: FittedPredictor,
    said: float,
    neighbours: tuple[Neighbour, ...],
) -> Answer:
    card = predictor.card
    program = ProgramEvidence("anymol", __version__, f"predictor fitted to {card.n:,} molecules of {measured.source}")
    near = tuple(cite_measurement(task, measured, one.smiles, one.similarity, one.spread) for one in neighbours)
    interval, probability, value = None, None, said if card.kind is ValueKind.NUMBER else task.labels[0]
    if card.kind is ValueKind.NUMBER and card.spread is not None:
        width = card.spread.measure(neighbours[0].similarity if neighbours else 0.0)
        least = 0.0 if task.name in _NEVER_NEGATIVE else -math.inf
        value = max(said, least)
        interval = Interval(max(said - width, least), max(said + width, least), LEVEL)
    if card.curve is not None:
        yes = card.curve.apply(said)
        value, probability = (task.labels[0], yes) if yes >= 0.5 else (task.labels[1], 1 - yes)
    return Answer(
        value,
        f"{value:.{task.decimals}f}" if isinstance(value, float) else value,
        task.answer,
        Method.PREDICTED,
        task.unit,
        f"predictor fitted to {card.n:,} {measured.origin} molecules; {cite(measured)}",
        probability=probability,
        interval=interval,
        evidence=(program, *near),
        decimals=task.decimals,
    )

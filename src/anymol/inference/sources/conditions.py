"""Reagents, solvents and catalysts that recorded reactions like the one asked about used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.inference.answers import Answer, Method
from anymol.inference.sources.citing import cite_precedents
from anymol.inference.sources.source import Found, Question
from anymol.retrieval.reactions.conditions import propose_conditions
from anymol.retrieval.reactions.shipped_store import has_stores, open_stores
from anymol.tasks.conditions import CATALYST_PREDICTION, SOLVENT_PREDICTION
from anymol.tasks.reactions import REAGENT_PREDICTION
from anymol.tasks.task import Task

_PARTS: Final[Mapping[str, Callable[[RecordedReaction], str]]] = {
    REAGENT_PREDICTION.name: lambda reaction: reaction.reagents,
    SOLVENT_PREDICTION.name: lambda reaction: reaction.solvents,
    CATALYST_PREDICTION.name: lambda reaction: reaction.catalysts,
}
"""Task -> what of a recorded reaction it asks for."""


class RecordedConditions:
    """Stores of reactions, asked how reactions like this one were carried out."""

    method = Method.SEARCHED

    def can_answer(self, task: Task) -> bool:
        """Whether the task asks for reagents, solvents or catalysts, and there is a store to look into."""
        return task.name in _PARTS and has_stores()

    def try_answer(self, question: Question) -> Found | None:
        """Return what precedents used, the most usual first; None where the reaction is not whole or has none."""
        asked = question.task_input
        if not asked.reactants or not asked.products or "." in asked.products:
            return None
        stores, faults = open_stores(notebooks=question.options.notebooks)
        found = propose_conditions(stores, asked.reactants, asked.products, _PARTS[question.task.name])
        answers = tuple(
            Answer(
                one.molecules,
                one.molecules,
                question.task.answer,
                self.method,
                program=f"{len(one.precedents)} of the nearest reactions, {one.share:.0%} by similarity",
                evidence=tuple(cite_precedents(one.precedents)),
            )
            for one in found[: question.options.top_k]
        )
        return Found(answers, faults) if answers else None

"""Reagents, solvents and catalysts that recorded reactions like the one asked about used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from anymol.chem.atom_use import count_heavy_atoms
from anymol.chem.mass_balance import balance_reaction
from anymol.chem.redox import lacks_oxidant, lacks_reductant
from anymol.errors import AnyMolError
from anymol.inference.answers import Answer, Method
from anymol.inference.proposals.conditions import read_ranker
from anymol.inference.proposals.fitted import is_fitted_to
from anymol.inference.sources.citing import cite_precedents
from anymol.inference.sources.source import Found, Question
from anymol.retrieval.reactions.conditions import Asked, Conditions, propose_conditions
from anymol.retrieval.reactions.shipped_store import has_stores, open_stores
from anymol.tasks.conditions import CATALYST_PREDICTION, SOLVENT_PREDICTION
from anymol.tasks.reactions import REAGENT_PREDICTION
from anymol.tasks.task import Check, Task, TaskInput

ASKED: Final[Mapping[str, Asked]] = {
    REAGENT_PREDICTION.name: Asked.HELPING,
    SOLVENT_PREDICTION.name: Asked.SOLVENTS,
    CATALYST_PREDICTION.name: Asked.CATALYSTS,
}
"""Task -> what of a recorded reaction it asks for."""


class RecordedConditions:
    """Stores of reactions, asked how reactions like this one were carried out."""

    method = Method.SEARCHED

    def can_answer(self, task: Task) -> bool:
        """Whether the task asks for reagents, solvents or catalysts, and there is a store to look into."""
        return task.name in ASKED and has_stores()

    def try_answer(self, question: Question) -> Found | None:
        """Return what precedents used; None where the reaction is not whole or has none."""
        given = question.task_input
        if not given.reactants or not given.products or "." in given.products:
            return None
        stores, faults = open_stores(notebooks=question.options.notebooks)
        asked = ASKED[question.task.name]
        found = propose_conditions(stores, given.reactants, given.products, asked, reagents=given.reagents or "")
        ranker = read_ranker(asked)
        is_own = is_fitted_to(ranker.choice, stores)
        ranked = ranker.rank(found)
        if asked is Asked.HELPING:  # what leaves an element out cannot be all
            ranked.sort(key=lambda pair: bool(_find_strange(given, pair[0])))
        listed = [one for one, _ in ranked]
        answers = tuple(
            Answer(
                one.smiles,
                one.smiles,
                question.task.answer,
                self.method,
                program=_say_origin(one),
                probability=chance,
                calibrated=is_own,
                checks=_check(given, one, listed) if asked is Asked.HELPING and question.options.verify else (),
                evidence=tuple(cite_precedents(one.precedents)),
            )
            for one, chance in ranked[: question.options.top_k]
        )
        return Found(answers, faults, settled=True) if answers else None


def _check(given: TaskInput, one: Conditions, listed: Sequence[Conditions]) -> tuple[Check, ...]:
    return (_check_elements(given, one), *_check_redox(given, one, listed))


def _check_elements(given: TaskInput, one: Conditions) -> Check:
    """Fail conditions where the product holds an element that nothing brings."""
    if strange := _find_strange(given, one):
        return Check("elements", False, f"the product holds {' and '.join(strange)}, which nothing here brings")
    return Check("elements", True, "every element of the product is brought")


def _find_strange(given: TaskInput, one: Conditions) -> list[str]:
    """Return the elements of the product that neither what is given nor what helps holds."""
    brought = count_heavy_atoms(".".join(filter(None, (given.reactants, given.reagents, one.smiles))))
    return sorted(set(count_heavy_atoms(str(given.products))) - set(brought))


def _check_redox(given: TaskInput, one: Conditions, listed: Sequence[Conditions]) -> tuple[Check, ...]:
    """Doubt conditions without the oxidant or reductant that a reaction needs: many records leave it out.

    Args:
        given: What is asked about.
        one: The conditions.
        listed: All that are proposed, the likeliest first: the first with what is needed is named.
    """
    inputs = ".".join(filter(None, (given.reactants, given.reagents)))
    try:
        balance = balance_reaction(inputs, str(given.products))
    except AnyMolError:  # molecules beyond what can be mapped
        return ()
    for lacks, verb in ((lacks_reductant, "reduces"), (lacks_oxidant, "oxidises")):
        if lacks(f"{inputs}.{one.smiles}", balance):
            others = (other.smiles for other in listed if not lacks(f"{inputs}.{other.smiles}", balance))
            whole = next(others, None)
            more = "more is needed" if whole is None else f"more is needed, as in {whole}"
            return (Check("redox", None, f"{balance}, and nothing here {verb}: {more}"),)
    return ()


def _say_origin(one: Conditions) -> str:
    """Return what proposes conditions, in a few words."""
    count = len(one.precedents)
    said = f"{count} recorded reaction{'s' * (count > 1)} with {one.likeness}"
    return said if one.temperature_c is None else f"{said}, at {one.temperature_c:g} °C"

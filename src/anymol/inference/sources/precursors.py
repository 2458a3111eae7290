"""Reactants of one step back, by recorded reactions and by the model, in one ranked list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from anymol.errors import AnyMolError, UserError
from anymol.inference.answers import Answer, Method
from anymol.inference.options import SourceChoice
from anymol.inference.proposals.fitted import PRECURSORS, PRECURSORS_WITHOUT_MODEL, load_ranker
from anymol.inference.proposals.precursors import gather_precursors
from anymol.inference.proposals.proposal import Proposal
from anymol.inference.proposals.ranking import ALL_FEATURES, STORE_FEATURES, rank_proposals
from anymol.inference.sources.model import ModelSource
from anymol.inference.sources.source import Found, Question
from anymol.metrics.choice import ChoiceModel
from anymol.retrieval.reactions.outcomes import Precedent
from anymol.retrieval.reactions.shipped_store import has_stores, open_stores
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.evidence import Evidence, ModelEvidence, ReactionEvidence
from anymol.tasks.prompt import resolve_reagents_state
from anymol.tasks.reactions import RETROSYNTHESIS
from anymol.tasks.task import ReagentsState, Task

CITED: Final = 3
"""Precedents that an answer shows."""

_LAST: Final = 1 << 30


class RankedPrecursors:
    """Stores of reactions and the model, asked together; an answer tells which of them proposed it.

    Args:
        model: The model; without it where only programs and stores may answer.
    """

    method = Method.SEARCHED

    def __init__(self, model: ModelSource) -> None:
        self._model = model

    def can_answer(self, task: Task) -> bool:
        """Whether the task asks for the reactants of one step, and there is a store to look into."""
        return task is RETROSYNTHESIS and has_stores()

    def try_answer(self, question: Question) -> Found | None:
        """Return ranked reactants; None where the question asks for more than reactants.

        Raises:
            AnyMolError: The product is too long for the model.
        """
        (outcome,) = self.try_answers([question])
        if isinstance(outcome, AnyMolError):
            raise outcome
        return outcome

    def try_answers(self, questions: Sequence[Question]) -> list[Found | AnyMolError | None]:
        """Answer several questions together."""
        outcomes: list[Found | AnyMolError | None] = [None] * len(questions)
        places = [place for place, one in enumerate(questions) if _is_plain(one)]
        asks_model = bool(places) and SourceChoice(questions[0].options.source) is not SourceChoice.TOOL
        stores, faults = open_stores()
        try:
            found = self._gather(stores, [questions[place] for place in places], asks_model=asks_model)
        except UserError as error:
            if len(questions) == 1:
                return [error]
            return [self._try(one) for one in questions]  # so that only the row at fault has the error
        ranker = _choose_ranker(asks_model)
        for place, proposals in zip(places, found, strict=True):
            ranked = rank_proposals(ranker, proposals)
            # What was done comes before what may be done, in the order of the stores.
            ranked.sort(key=lambda pair: pair[0].place or 0 if pair[0].is_recorded else _LAST)
            limit = questions[place].options.top_k
            answers = tuple(self._answer(questions[place], *one) for one in ranked[:limit])
            outcomes[place] = Found(answers, faults, settled=True) if answers else None
        return outcomes

    def _try(self, question: Question) -> Found | AnyMolError | None:
        (outcome,) = self.try_answers([question])
        return outcome

    def _gather(
        self, stores: Sequence[ReactionStore], questions: Sequence[Question], *, asks_model: bool
    ) -> list[list[Proposal]]:
        products = [str(one.task_input.products) for one in questions]
        return gather_precursors(stores, self._model if asks_model else None, products)

    def _answer(self, question: Question, proposal: Proposal, probability: float) -> Answer:
        precedents = proposal.found.precedents[:CITED] if proposal.found is not None else []
        evidence: list[Evidence] = [cite_precedent(one) for one in precedents]
        if proposal.written is not None:
            evidence.append(ModelEvidence(self._model.name))
        return Answer(
            proposal.smiles,
            proposal.smiles,
            question.task.answer,
            Method.SEARCHED if precedents else Method.MODEL,
            program=_say_origin(proposal, self._model.name),
            probability=None if proposal.is_recorded else probability,
            calibrated=not proposal.is_recorded,
            exact=proposal.is_recorded,
            log_prob=proposal.log_prob,
            evidence=tuple(evidence),
        )


def _choose_ranker(by_model: bool) -> ChoiceModel:
    if by_model:
        return load_ranker(PRECURSORS, ALL_FEATURES)
    return load_ranker(PRECURSORS_WITHOUT_MODEL, STORE_FEATURES)


def _is_plain(question: Question) -> bool:
    """Whether one product is asked about, for its reactants alone."""
    asked = question.task_input
    plain = question.task_input.reagents_state is None or resolve_reagents_state(asked) is not ReagentsState.MIXED
    alone = bool(asked.products) and "." not in str(asked.products)
    options = question.options
    return plain and alone and not options.as_graph and SourceChoice(options.source) is not SourceChoice.MODEL


def cite_precedent(precedent: Precedent) -> ReactionEvidence:
    """Return a precedent as answers show it."""
    reaction = precedent.reaction
    return ReactionEvidence(
        reaction.id or f"reaction {precedent.row + 1:,}",
        precedent.similarity,
        reaction.source or precedent.store.name,
        reaction.smiles,
        reaction.year,
        reaction.yield_percent,
        reaction.temperature_c,
        reaction.reaction_class or None,
        reaction.note or None,
        precedent.store.name,
    )


def _say_origin(proposal: Proposal, model: str) -> str:
    """Return who proposed the reactants, in a few words."""
    found = proposal.found
    said = []
    if found is not None and found.recorded:
        said.append("recorded")
    elif found is not None and found.precedents:
        said.append(f"precedent {found.similarity:.2f}")
    elif found is not None:
        said.append("template")
    if proposal.written is not None:
        said.append(model)
    return " and ".join(said)

"""Reactions, backwards and forwards, by recorded reactions and by the model, in one ranked list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from anymol.chem.mass_balance import balance_reaction
from anymol.chem.redox import lacks_oxidant, lacks_reductant
from anymol.chem.textbook_reactions import TextbookProduct, find_named_products
from anymol.errors import AnyMolError, UserError
from anymol.inference.answers import Answer, Method
from anymol.inference.options import PredictOptions, SourceChoice
from anymol.inference.proposals.fitted import is_fitted_to, load_precursors_ranker, load_products_ranker
from anymol.inference.proposals.precursors import gather_precursors
from anymol.inference.proposals.products import gather_products
from anymol.inference.proposals.proposal import Proposal
from anymol.inference.proposals.ranking import ProposalRanker
from anymol.inference.sources.citing import cite_precedents
from anymol.inference.sources.model import ModelSource
from anymol.inference.sources.source import Found, Question, ask_alone
from anymol.metrics.choice import ChoiceModel
from anymol.retrieval.reactions.outcomes import Outcome
from anymol.retrieval.reactions.shipped_store import has_stores, open_stores
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.evidence import Evidence, ModelEvidence
from anymol.tasks.prompt import resolve_reagents_state
from anymol.tasks.reactions import FORWARD_REACTION, RETROSYNTHESIS
from anymol.tasks.task import Check, ReagentsState, Task

_LAST: Final = 1 << 30

_NEAR: Final = 0.4
"""Similarity of the product from which a precedent speaks for an answer."""


class RankedReactions:
    """Stores of reactions and the model, asked together; an answer tells which of them proposed it.

    Args:
        model: The model; it is not asked where only programs and stores may answer.
    """

    method = Method.SEARCHED

    def __init__(self, model: ModelSource) -> None:
        self._model = model

    def can_answer(self, task: Task) -> bool:
        """Whether the task asks for reactants or for a product, and there is a store to look into."""
        return task in (RETROSYNTHESIS, FORWARD_REACTION) and has_stores()

    def try_answer(self, question: Question) -> Found | None:
        """Return ranked reactants or products; None where the question asks for more, or is for the model alone.

        Raises:
            AnyMolError: The question is too long for the model.
        """
        return ask_alone(self, question)

    def try_answers(self, questions: Sequence[Question]) -> list[Found | AnyMolError | None]:
        """Answer several questions of one task, with the same options, together."""
        outcomes: list[Found | AnyMolError | None] = [None] * len(questions)
        places = [place for place, one in enumerate(questions) if _is_plain(one) and self._is_for_both(one)]
        asks_model = bool(places) and SourceChoice(questions[0].options.source) is not SourceChoice.TOOL
        if not places or (questions[0].task is FORWARD_REACTION and not asks_model):
            return outcomes
        ranker = _load_ranker(questions[0].task, asks_model=asks_model)
        try:
            stores, faults = open_stores(notebooks=questions[0].options.notebooks)
            found = self._gather(stores, [questions[place] for place in places], ranker)
        except UserError as error:
            if len(questions) == 1:
                return [error]
            return [self.try_answers([one])[0] for one in questions]  # so that only the row at fault has the error
        is_own = self._is_fitted_to(ranker.last, stores, questions[0].options, asks_model=asks_model)
        for place, proposals in zip(places, found, strict=True):
            ranked = ranker.rank(proposals)
            is_taught = _is_taught_alone(proposals)
            # What was done comes before what may be done, in the order of the stores; then what textbooks alone tell.
            ranked.sort(key=lambda pair: _order(pair[0], is_taught=is_taught))
            followed = _follow_start(questions[place], _follow_named(questions[place], ranked))
            if (missed := _miss_start(questions[place], followed)) is not None:
                outcomes[place] = missed
                continue
            limit = questions[place].options.top_k
            # The rankers were fitted on reactions of patents, of which none is recorded: beside one that is, and where
            # no patent is near, their figures say nothing.
            fits = not is_taught and not any(one.is_recorded for one in proposals)
            answers = tuple(
                self._answer(questions[place], one, chance if fits else None, calibrated=fits and is_own)
                for one, chance in followed[:limit]
            )
            outcomes[place] = Found(answers, faults, settled=True) if answers else None
        return outcomes

    def _is_for_both(self, question: Question) -> bool:
        """Whether the model may be asked what the rankers ask it, or is not to be asked at all."""
        if SourceChoice(question.options.source) is SourceChoice.TOOL:
            return True
        return all(map(self._model.knows, (RETROSYNTHESIS, FORWARD_REACTION)))

    def _is_fitted_to(
        self, ranker: ChoiceModel, stores: Sequence[ReactionStore], options: PredictOptions, *, asks_model: bool
    ) -> bool:
        """Whether a ranker was fitted to what is asked now."""
        if not is_fitted_to(ranker, stores):
            return False
        return not asks_model or (ranker.fit.get("model") == self._model.digest and options.augment == 1)

    def _gather(
        self, stores: Sequence[ReactionStore], questions: Sequence[Question], ranker: ProposalRanker
    ) -> list[list[Proposal]]:
        """Return the proposals for each question; the model is asked where the ranker takes its scores."""
        inputs, options = [one.task_input for one in questions], questions[0].options
        if questions[0].task is FORWARD_REACTION:
            return gather_products(stores, self._model, inputs, options, ranker.choose)
        model = self._model if ranker.second is not None else None
        return gather_precursors(stores, model, [str(one.products) for one in inputs], options, ranker.choose)

    def _answer(self, question: Question, proposal: Proposal, probability: float | None, *, calibrated: bool) -> Answer:
        precedents = proposal.found.precedents if proposal.found is not None else []
        evidence: list[Evidence] = list(cite_precedents(precedents))
        if proposal.written is not None:
            evidence.append(ModelEvidence(self._model.name))
        return Answer(
            proposal.smiles,
            proposal.smiles,
            question.task.answer,
            Method.SEARCHED if precedents else Method.MODEL,
            program=self._say_origin(proposal),
            probability=probability,
            calibrated=calibrated,
            exact=proposal.is_recorded,
            checks=_check(question, proposal) if question.options.verify else (),
            log_prob=proposal.log_prob,
            evidence=tuple(evidence),
        )

    def _say_origin(self, proposal: Proposal) -> str:
        """Return who proposed an answer, in a few words."""
        found = proposal.found
        said = []
        if found is not None:
            said.append(_name_origin(found))
        if proposal.written is not None:
            said.append(self._model.name)
        return " and ".join(said)


def _is_taught_alone(proposals: Sequence[Proposal]) -> bool:
    """Whether textbooks say by the reagents, or heat alone, what happens, and no near recorded reaction says more.

    One that leaves a reactant idle, as what a peracid becomes by itself, says nothing of all together.
    """
    is_taught = any(one.found is not None and one.found.decides for one in proposals)
    return is_taught and not any(map(_speaks_for_all, proposals))


def _speaks_for_all(one: Proposal) -> bool:
    """Whether a near precedent speaks for a proposal, and this needs all reactants."""
    return one.found is not None and _is_near(one.found) and (one.use is None or not one.use.idle)


def _order(one: Proposal, *, is_taught: bool) -> tuple[int, bool]:
    """Return by what recorded and taught proposals stand before the others.

    Args:
        one: The proposal.
        is_taught: Whether what textbooks say so goes first.
    """
    is_last = not (is_taught and one.found is not None and one.found.decides)
    return one.place or 0 if one.is_recorded else _LAST, is_last


def _is_near(found: Outcome) -> bool:
    """Whether a near precedent made the same change in the same surroundings."""
    return found.is_specific and found.similarity >= _NEAR


def _follow_named(question: Question, ranked: list[tuple[Proposal, float]]) -> Sequence[tuple[Proposal, float | None]]:
    """Return proposals with those first that the reaction gives which the question names.

    The ranker knows no names: its figure stands only where the name leads to the one that it finds the most probable.
    What is recorded of just these molecules stays where it is.
    """
    taught = _find_named(question)
    if taught is None:
        return ranked
    order = {one.smiles: place for place, one in enumerate(taught)}
    known = {one.smiles for one, _ in ranked}
    added = [
        Proposal(one.smiles, found=Outcome(one.smiles, textbook=one.name, decides=one.decides))
        for one in taught
        if one.smiles not in known
    ]
    best = ranked[0][0].smiles if ranked else ""
    kept = [(one, chance if one.smiles == best and best in order else None) for one, chance in ranked]
    kept += [(one, None) for one in added]
    return sorted(kept, key=lambda pair: (not pair[0].is_recorded, order.get(pair[0].smiles, _LAST)))


def _follow_start(
    question: Question, ranked: Sequence[tuple[Proposal, float | None]]
) -> Sequence[tuple[Proposal, float | None]]:
    """Return proposals with those first that start from what the question says; the others have no chance.

    The ranker does not know what is at hand: among those that start from it the figures stand.
    """
    start = question.task_input.start
    if not start:
        return ranked
    kept = [(one, chance if _starts_from(one, start) else None) for one, chance in ranked]
    return sorted(kept, key=lambda pair: not _starts_from(pair[0], start))


def _miss_start(question: Question, ranked: Sequence[tuple[Proposal, float | None]]) -> UserError | None:
    """Return why there is no answer where nothing that is proposed starts from what the question says."""
    start = question.task_input.start
    if not start or any(_starts_from(one, start) for one, _ in ranked):
        return None
    return UserError(
        f"no single step from {start} to this product is known here",
        value=question.task_input.products,
        hint="ask how the product is made, without a start, or for a route of several steps",
    )


def _starts_from(proposal: Proposal, start: str) -> bool:
    return set(start.split(".")) <= set(proposal.smiles.split("."))


def _check_start(question: Question, proposal: Proposal) -> tuple[Check, ...]:
    """Say whether reactants hold what the question starts from."""
    start = question.task_input.start
    if not start:
        return ()
    if _starts_from(proposal, start):
        return (Check("starts_from", True, f"{start} is among the reactants"),)
    return (Check("starts_from", False, f"{start} is not among the reactants: it takes another step, or another way"),)


def _find_named(question: Question) -> list[TextbookProduct] | None:
    """Return what the reaction that a question names gives by rule; None where it names none."""
    asked = question.task_input
    if question.task is not FORWARD_REACTION or not asked.transformation:
        return None
    return find_named_products(".".join(filter(None, (asked.reactants, asked.reagents))), asked.transformation)


def _check_named(question: Question, proposal: Proposal) -> tuple[Check, ...]:
    """Say whether a product is that of the reaction which the question names."""
    taught = _find_named(question)
    if taught is None:
        return ()
    name = question.task_input.transformation
    if not taught:
        return (Check("named_reaction", None, f"no rule of textbooks for {name} fits these molecules"),)
    given = any(one.smiles == proposal.smiles for one in taught)
    said = f"this is what {name} gives" if given else f"{name} gives {' or '.join(one.smiles for one in taught)}"
    return (Check("named_reaction", given, said),)


def _name_origin(found: Outcome) -> str:
    if found.recorded:
        return "recorded"
    if found.precedents:
        return f"precedent {found.similarity:.2f}"
    return "textbook" if found.textbook else "frequent change"


def _check(question: Question, proposal: Proposal) -> tuple[Check, ...]:
    balance = _check_balance(question, proposal.smiles)
    named = (*_check_named(question, proposal), *_check_start(question, proposal))
    return _check_precedent(proposal), *named, *balance, *_check_use(proposal), *_check_redox(question, proposal)


def _check_use(proposal: Proposal) -> tuple[Check, ...]:
    """Doubt a product that takes nothing of a reactant: it may be a reagent, or the product of something else."""
    if proposal.use is None or not proposal.use.idle:
        return ()
    return (Check("reactants_used", None, f"the product needs no atom of {' or '.join(proposal.use.idle)}"),)


def _check_redox(question: Question, proposal: Proposal) -> tuple[Check, ...]:
    """Doubt a product that takes up or gives off hydrogen where nothing that is told can give or take it.

    Where no reagent is told, one may have been left out: then only of a recorded reaction, which speaks of just these
    molecules, is it said.
    """
    asked = question.task_input
    if proposal.balance is None or (asked.reagents_state is ReagentsState.DROPPED and not proposal.is_recorded):
        return ()
    mixed = ".".join(filter(None, (asked.reactants, asked.reagents)))
    if lacks_reductant(mixed, proposal.balance):
        return (Check("redox", None, f"{proposal.balance}, and nothing that is mixed reduces"),)
    if lacks_oxidant(mixed, proposal.balance):
        return (Check("redox", None, f"{proposal.balance}, and nothing that is mixed oxidises"),)
    return ()


def _check_precedent(proposal: Proposal) -> Check:
    """Say whether a recorded reaction does what an answer proposes; that none near does is a doubt, not a proof."""
    if proposal.found is None:
        return Check("precedent", None, "none of the nearest recorded reactions does this")
    if proposal.is_recorded:
        return Check("precedent", True, "this very reaction is recorded")
    if not proposal.found.precedents:
        taught = f"textbooks: {proposal.found.textbook}; " if proposal.found.textbook else ""
        near = (
            f"a change that {proposal.found.count:,} reactions make, none near this one"
            if proposal.found.count
            else "none is near"
        )
        return Check("precedent", None, f"{taught}{near}")
    near = f"nearest product {proposal.found.similarity:.2f} similar"
    if _is_near(proposal.found):
        return Check("precedent", True, f"the same change in the same surroundings is recorded; {near}")
    kind = "the same change in the same surroundings" if proposal.found.is_specific else "only the bare change"
    return Check("precedent", None, f"{kind} is recorded; {near}")


def _check_balance(question: Question, answer: str) -> tuple[Check, ...]:
    """Say what the reaction leaves over; that nothing usual explains it is a doubt, since records leave much out."""
    asked = question.task_input
    if question.task is FORWARD_REACTION:
        inputs, product = ".".join(filter(None, (asked.reactants, asked.reagents))), answer
    else:
        inputs, product = answer, str(asked.products)
    try:
        balance = balance_reaction(inputs, product)
    except AnyMolError:  # molecules beyond what can be mapped
        return ()
    return (Check("mass_balance", balance.is_explained or None, str(balance)),)


def _load_ranker(task: Task, *, asks_model: bool) -> ProposalRanker:
    return load_products_ranker() if task is FORWARD_REACTION else load_precursors_ranker(asks_model=asks_model)


def _is_plain(question: Question) -> bool:
    """Whether written molecules are asked about, and of a product its reactants alone."""
    asked, options = question.task_input, question.options
    if options.as_graph or SourceChoice(options.source) is SourceChoice.MODEL:
        return False
    if question.task is FORWARD_REACTION:
        return bool(asked.reactants)
    alone = bool(asked.products) and "." not in str(asked.products)
    return alone and (asked.reagents_state is None or resolve_reagents_state(asked) is not ReagentsState.MIXED)

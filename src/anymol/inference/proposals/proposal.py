"""One proposed answer about a reaction, with what stores and model say of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from anymol.chem.atom_use import AtomUse
from anymol.chem.mass_balance import MassBalance
from anymol.chem.reaction import join_molecules
from anymol.inference.options import PredictOptions, SourceChoice
from anymol.inference.proposals.conversations import Conversation
from anymol.inference.sources.source import Question
from anymol.retrieval.reactions.outcomes import Outcome, compare_reactants, count_molecules
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.task import Task, TaskInput

if TYPE_CHECKING:
    from anymol.inference.scored import AnsweredRow
    from anymol.inference.sources.model import ModelSource

BEAMS: Final = 10
"""Proposals of the model."""

KEPT: Final = 40
"""Proposals of the stores with a precedent that are kept."""

PLAIN: Final = PredictOptions()
"""Asks the model in one spelling."""


@dataclass(frozen=True)
class Proposal:
    """An answer that may be right.

    Attributes:
        smiles: Canonical SMILES; of several molecules sorted, dot-joined.
        known: For each molecule in how many recorded reactions it went in, and of how many it came out; empty where
            that does not count.
        found: What the stores say; None where the model alone proposes it.
        likeness: Of the reactants to those of the nearest precedents, 0 to 1.
        place: Its place among the stores' proposals, from 0; None with `found`.
        written: Its place among the model's proposals, from 0; None where it does not list it.
        log_prob: The model's own log-probability of it, summed over spellings, nats; None with `written`.
        surprise: Of the model at the answer, aligned to the question, nats; None where no model has scored it.
        inverse: Of the model at the question, asked the other way round about the answer, nats; None with `surprise`.
        use: Of a product, what it takes of what is given; None of reactants.
        balance: Of a product, what the reaction leaves and takes up; None of reactants, and where it cannot be told.
        helped: Of a product, how like what helps is to what helped the nearest precedents, 0 to 1.
    """

    smiles: str
    known: tuple[tuple[int, int], ...] = ()
    found: Outcome | None = None
    likeness: float = 0.0
    place: int | None = None
    written: int | None = None
    log_prob: float | None = None
    surprise: float | None = None
    inverse: float | None = None
    use: AtomUse | None = None
    balance: MassBalance | None = None
    helped: float = 0.0

    @property
    def is_recorded(self) -> bool:
        """Whether a store holds this very answer to the question."""
        return self.found is not None and self.found.recorded


Choose = Callable[[Sequence[Proposal]], Sequence[Proposal]]
"""Returns those of the proposals of one question that the model is to score."""


def propose_outcomes(
    outcomes: Sequence[Outcome], *, reactants: str | None = None, stores: Sequence[ReactionStore] = ()
) -> list[Proposal]:
    """Return what stores found as proposals; of those with a precedent the first :data:`KEPT`.

    Args:
        outcomes: In their order.
        reactants: Those that were asked about; None where the outcomes are reactants themselves.
        stores: Count the molecules of the outcomes; none where these do not count.
    """
    return [
        Proposal(
            one.smiles,
            count_molecules(stores, one.smiles) if stores else (),
            one,
            compare_reactants(one, one.smiles if reactants is None else reactants),
            place,
        )
        for place, one in enumerate(outcomes)
        if place < KEPT or not one.precedents
    ]


def ask_model(
    model: ModelSource, task: Task, inputs: Sequence[TaskInput], options: PredictOptions
) -> list[AnsweredRow]:
    """Return what the model lists for each input.

    Args:
        model: The model.
        task: What is asked.
        inputs: About what.
        options: Say in how many spellings.

    Raises:
        AnyMolError: An input is too long for the model.
    """
    alone = replace(options, source=SourceChoice.MODEL, top_k=BEAMS, text=None)
    questions = [Question(task, one, alone) for one in inputs]
    return model.answer(questions[0], [model.encode(one) for one in questions]) if questions else []


def pool_proposals(
    stores: Sequence[ReactionStore], found: Sequence[Proposal], written: AnsweredRow, asked: str
) -> list[Proposal]:
    """Return the proposals of stores and model, each once; none that holds a molecule that was asked about.

    Args:
        stores: Count the molecules of what the model alone proposes; none where these do not count.
        found: What stores propose.
        written: What the model lists.
        asked: SMILES of what was asked about, dot-joined.
    """
    mixed = set(asked.split("."))
    pooled = {one.smiles: one for one in found}
    for place, answer in enumerate(written.answers):
        smiles = join_molecules([str(answer.value)])
        if mixed & set(smiles.split(".")):
            continue
        known = pooled.get(smiles) or Proposal(smiles, count_molecules(stores, smiles) if stores else ())
        pooled[smiles] = replace(known, written=place, log_prob=answer.log_prob)
    return list(pooled.values())


def score_proposals(
    model: ModelSource,
    rows: Sequence[Sequence[Proposal]],
    write: Sequence[Callable[[str], tuple[Conversation, Conversation]]],
    choose: Choose,
) -> list[list[Proposal]]:
    """Return proposals, the chosen ones with both surprises of the model, which is asked about all together.

    Args:
        model: The model.
        rows: For each question its proposals.
        write: For each question what makes, of a proposal, the conversation that it answers and the inverse one.
        choose: Says which are scored.
    """
    from anymol.inference.likelihood import measure_surprise

    chosen = [list(choose(row)) for row in rows]
    pairs = [make(one.smiles) for row, make in zip(chosen, write, strict=True) for one in row]
    conversations = [ahead for ahead, _ in pairs] + [back for _, back in pairs]
    nats = iter(measure_surprise(model.answerer.generator, conversations).reshape(2, -1).T.tolist())
    scored = [{one.smiles: next(nats) for one in row} for row in chosen]
    return [
        [_score(one, known[one.smiles]) if one.smiles in known else one for one in row]
        for row, known in zip(rows, scored, strict=True)
    ]


def _score(proposal: Proposal, nats: Sequence[float]) -> Proposal:
    surprise, inverse = nats
    return replace(proposal, surprise=surprise, inverse=inverse)

"""In which order sources are asked, and when asking stops: the one place that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from anymol.errors import AnyMolError, InvalidTaskInputError
from anymol.inference.answers import Answer, Method
from anymol.inference.options import SourceChoice
from anymol.inference.sources.conditions import RecordedConditions
from anymol.inference.sources.described import RecordedDescriptions
from anymol.inference.sources.drawn import Drawings, DrawnProducts
from anymol.inference.sources.model import ModelSource
from anymol.inference.sources.predicted import PropertyPredictors
from anymol.inference.sources.programs import Programs
from anymol.inference.sources.reactions import RankedReactions
from anymol.inference.sources.recorded import RecordedProperties
from anymol.inference.sources.searched import SearchedDesigns
from anymol.inference.sources.source import AnswerSource, BatchSource, Found, Question
from anymol.inference.sources.spectra import SpectralLibrary
from anymol.inference.sources.stated import StatedStructures
from anymol.inference.sources.yields import RecordedYields, YieldPredictors
from anymol.retrieval.computed_properties.known import find_computed


def list_sources(model: ModelSource) -> tuple[AnswerSource, ...]:
    """Return all sources in the order in which they are asked.

    Args:
        model: The model, which each assistant has one of.
    """
    return (
        Programs(),  # computed: a program defines it
        StatedStructures(),  # read: a file states its bonds
        Drawings(),  # read: a drawing shows it
        DrawnProducts(),  # read: a scheme shows what comes out
        SpectralLibrary(),  # retrieved: a store holds it
        SearchedDesigns(),  # searched: programs make it, and checks pass
        RecordedDescriptions(),  # retrieved: a collection says it, of the molecule or of its relatives
        RecordedProperties(),  # retrieved: it was measured
        RecordedProperties(find_computed),  # retrieved: it was computed by the method asked for
        RecordedYields(),  # retrieved: a screen measured that very reaction
        RankedReactions(model),  # retrieved: a store holds the like of it; the model proposes and judges too
        RecordedConditions(),  # retrieved: reactions like it were carried out so
        PropertyPredictors(),  # predicted: from what was measured, where that does better than the model
        PropertyPredictors(find_computed),  # predicted: from what was computed by that method
        YieldPredictors(),  # predicted: from the other reactions of that screen
        model,  # guessed
    )


@dataclass
class Consulted:
    """What the sources found for one question.

    Attributes:
        question: The question.
        found: What each source found that had anything to say, in their order.
        error: Why a source could not answer, or that none could; where another did, it says nothing.
    """

    question: Question
    found: list[Found] = field(default_factory=list)
    error: AnyMolError | None = None

    @property
    def answers(self) -> tuple[Answer, ...]:
        """All answers, in the order of their sources."""
        return tuple(answer for found in self.found for answer in found.answers)

    @property
    def notes(self) -> tuple[str, ...]:
        """All that must be said."""
        return tuple(note for found in self.found for note in found.notes)

    @property
    def is_open(self) -> bool:
        """Whether further sources are asked."""
        return self.error is None and not any(found.settled for found in self.found)


def consult(sources: Sequence[AnswerSource], questions: Sequence[Question]) -> list[Consulted]:
    """Ask sources, one after the other, what is still open when their turn comes.

    Args:
        sources: The sources, in order.
        questions: Questions, answered together where a source can.

    Returns:
        For each question what was found. An error stands where there is no answer.
    """
    rows = [Consulted(question) for question in questions]
    for source in sources:
        asked = [row for row in rows if row.is_open and _is_asked(source, row.question)]
        for row, outcome in zip(asked, _ask(source, [row.question for row in asked]), strict=True):
            match outcome:
                case AnyMolError():
                    # What one source cannot say costs nothing where another has answered.
                    row.error = None if row.answers else outcome
                case Found():
                    row.found.append(outcome)
                case None:
                    pass
    for row in rows:
        if row.error is None and not row.answers:
            row.error = _say_nothing_found(sources, row.question)
    return rows


def _ask(source: AnswerSource, questions: Sequence[Question]) -> Sequence[Found | AnyMolError | None]:
    if isinstance(source, BatchSource):
        return source.try_answers(questions) if questions else []
    return [_try(source, question) for question in questions]


def _try(source: AnswerSource, question: Question) -> Found | AnyMolError | None:
    try:
        return source.try_answer(question)
    except AnyMolError as error:
        return error


def _is_asked(source: AnswerSource, question: Question) -> bool:
    """Whether the caller lets a source answer, and the source can."""
    match SourceChoice(question.options.source):
        case SourceChoice.AUTO:
            allowed = True
        case SourceChoice.MODEL:
            allowed = source.method is Method.MODEL
        case SourceChoice.TOOL:
            allowed = source.method is not Method.MODEL
    return allowed and source.can_answer(question.task)


def _say_nothing_found(sources: Sequence[AnswerSource], question: Question) -> AnyMolError:
    task = question.task
    if any(_is_asked(source, question) for source in sources):
        return InvalidTaskInputError(
            f"no {task.answer.value} was found for {task.name} without the model",
            value=question.shown,
            hint="ask with source 'auto'",
        )
    return InvalidTaskInputError(
        f"no program computes the answer of {task.name}", value=question.shown, hint="ask with source 'model'"
    )

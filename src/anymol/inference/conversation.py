"""Questions that follow one another: 'it' is the molecule that the last one was about, 'the product' what it gave."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, Unpack

from anymol.calculations.asking import Request
from anymol.calculations.calculation import Takes
from anymol.calculations.mentions import MentionKind
from anymol.calculations.table import CALCULATIONS, get_calculation
from anymol.errors import AnyMolError, UnknownTaskError
from anymol.inference.answers import Prediction
from anymol.inference.given import Given, GivenRecord, require_list
from anymol.inference.inputs import write_given
from anymol.inference.options import OptionKeywords, PredictOptions
from anymol.tasks.question.mention import MentionKind as WrittenKind
from anymol.tasks.question.reading import read_question
from anymol.tasks.routing import read_request, route
from anymol.tasks.table import TASKS
from anymol.tasks.task import AnswerKind, Slot

_PRODUCT: Final = re.compile(r"\b(?:the|its|this|that) products?\b", re.IGNORECASE)
_REACTANTS: Final = re.compile(r"\bthe (?:reactants?|starting materials?|precursors?|reagents?)\b", re.IGNORECASE)
_POINTS: Final = re.compile(
    r"\b(?:it|its|them|their|they|these|those|both|this|that)\b|"
    r"\bthe (?:molecules?|compounds?|substances?|chemicals?|structure|drug|products?|reactants?|starting materials?)\b",
    re.IGNORECASE,
)


_ELLIPSIS: Final = re.compile(
    r"(?:and|what about|how about|and what about)\s+(?:for\s+|of\s+)?(?P<name>[^?]+?)\s*\??", re.IGNORECASE
)
"""'And aspirin?': the last question again, about another molecule."""


@dataclass(frozen=True)
class Turn:
    """One question and what came of it.

    Attributes:
        question: The question.
        molecules: The molecules that it was asked about, as they were given or recalled.
        prediction: The answers; None where there are none.
        error: Why there are none.
    """

    question: str
    molecules: tuple[str, ...]
    prediction: Prediction | None = None
    error: AnyMolError | None = None


class Answerer(Protocol):
    """Who answers the questions of a conversation; :class:`anymol.Assistant` does."""

    def ask(
        self,
        question: str,
        molecules: Sequence[Given] = (),
        *,
        records: Sequence[GivenRecord] = (),
        options: PredictOptions | None = None,
        **keywords: Unpack[OptionKeywords],
    ) -> Prediction:
        """Answer a free question."""

    def predict(
        self, task: str, inputs: str, options: PredictOptions | None = None, **keywords: Unpack[OptionKeywords]
    ) -> Prediction:
        """Answer one input of a named task."""


@dataclass
class Conversation:
    """Asks an assistant and remembers of which molecules the talk is.

    Attributes:
        assistant: Who answers.
        history: What was asked so far.
        molecules: What 'these' points to: the molecules of the last question, notations or names. 'It' is the first of
            them: 'Is it heavier than aspirin?' goes on about what it was about.
        product: What 'the product' points to: the last molecule that an answer gave.
        reactants: What 'the reactants' points to.

    Example:
        >>> talk = assistant.chat()  # doctest: +SKIP
        >>> talk.ask("What is the formula of caffeine?").answers[0].value  # doctest: +SKIP
        'C8H10N4O2'
        >>> talk.ask("And its LogP?").answers[0].value  # doctest: +SKIP
        -1.03
    """

    assistant: Answerer
    history: list[Turn] = field(default_factory=list)
    molecules: tuple[str, ...] = ()
    product: str | None = None
    reactants: str | None = None

    def ask(
        self,
        question: str,
        molecules: Sequence[Given] = (),
        *,
        records: Sequence[GivenRecord] = (),
        options: PredictOptions | None = None,
        **keywords: Unpack[OptionKeywords],
    ) -> Prediction:
        """Answer a question, about the molecules of the last one where it points to them or names none.

        Args:
            question: The question.
            molecules: Molecules it is about, in any form; they come before what is remembered.
            records: Graphs, geometries, pictures and spectra, or the paths of their files.
            options: How the answers are wanted.
            keywords: Single fields of `PredictOptions`.

        Raises:
            UserError: As :meth:`Assistant.ask`. The question stays in the history.
        """
        if (again := _ELLIPSIS.fullmatch(question.strip())) and not molecules and not records:
            repeated = self._repeat(question, again["name"], options, keywords)
            if repeated is not None:
                return repeated
        require_list("molecules", molecules)
        given = tuple(write_given(one) for one in molecules)
        recalled, words = ((), question) if given or records else self._recall(question)
        asked = given or recalled
        try:
            found = self.assistant.ask(words, list(asked), records=records, options=options, **keywords)
        except AnyMolError as error:
            self.history.append(Turn(question, asked, error=error))
            raise
        found = replace(found, question=question)
        self.history.append(Turn(question, asked, found))
        self._remember(found, asked)
        return found

    def _repeat(
        self, question: str, name: str, options: PredictOptions | None, keywords: OptionKeywords
    ) -> Prediction | None:
        """Ask the last question about another molecule: 'And aspirin?'; None where there was none, or it is not one."""
        last = self.history[-1].prediction if self.history else None
        if last is None or _asks_itself(question):
            return None
        if last.subjects:
            words = " and ".join(
                get_calculation(answer.result.name).words[0] for answer in last.answers if answer.result
            )
            found = self.assistant.ask(f"{words} of {name}", options=options, **keywords)
        elif last.task in TASKS and TASKS[last.task].required == (Slot.MOLECULE,):
            found = self.assistant.predict(last.task, name, options, **keywords)
        else:
            return None
        found = replace(found, question=question)
        self.history.append(Turn(question, (name,), found))
        self._remember(found, (name,))
        return found

    def _recall(self, question: str) -> tuple[tuple[str, ...], str]:
        """Return the molecules that a question points to, and the question without words of a reaction for them."""
        if _PRODUCT.search(question) and self.product is not None:
            return (self.product,), _PRODUCT.sub("this molecule", question)
        if _REACTANTS.search(question) and self.reactants is not None:
            return (self.reactants,), _REACTANTS.sub("this molecule", question)
        if not self.molecules:
            return (), question
        request = read_request(question, molecules=len(self.molecules))
        return self._recall_for_task(question) if request is None else self._recall_for(request), question

    def _recall_for(self, request: Request) -> tuple[str, ...]:
        """Return what a question for calculations points to."""
        points = [one for one in request.mentions if one.kind is MentionKind.REFERENT]
        named = len(request.mentions) - len(points)
        wanted = [CALCULATIONS[name] for name in request.calculations if name in CALCULATIONS]
        if wanted and all(one.takes is Takes.TEXT for one in wanted):
            return self.molecules[:1] if points else ()
        needed = max((one.fewest for one in wanted), default=1)
        if named >= needed:
            # 'Does it contain benzene?' names one and asks about another.
            beside = points and any(one.takes is Takes.TWO for one in wanted) and named < Takes.TWO.least
            return self.molecules[:1] if beside else ()
        wants_all = any(point.is_plural for point in points) or (not named and needed > 1)
        return self.molecules if wants_all else self.molecules[:1]

    def _recall_for_task(self, question: str) -> tuple[str, ...]:
        """Return what a question for a task points to; nothing where it speaks of molecules itself."""
        if read_question(question).list_kind(WrittenKind.NOTATION, WrittenKind.REACTION):
            return ()
        if _POINTS.search(question):
            return self.molecules[:1]
        try:
            routed = route(question, molecules=len(self.molecules))
        except UnknownTaskError:
            return ()
        names_none = not routed.molecules and Slot.TEXT not in TASKS[routed.task].required[:1]
        return self.molecules[:1] if names_none else ()

    def _remember(self, found: Prediction, asked: tuple[str, ...]) -> None:
        """Keep the molecules of a question and of its first answer."""
        if found.subjects:
            self.molecules = tuple(one.name or one.smiles for one in found.subjects)
            return
        about = found.asked.molecule or found.asked.products or found.asked.reactants
        if asked or about:
            self.molecules = asked or ((about,) if about else ())
        first = found.answers[0] if found.answers else None
        if first is None or first.result is not None:
            return
        match first.kind:
            case AnswerKind.MOLECULE:
                self.product = str(first.value)
                self.molecules = (self.product,)
                self.reactants = found.asked.reactants
            case AnswerKind.MIXTURE:
                self.reactants = str(first.value)
                self.product = found.asked.products
            case _:
                pass


def _asks_itself(question: str) -> bool:
    """Whether a question says what it asks, given a molecule: 'And its LogP?' does, 'And aspirin?' does not."""
    try:
        route(question, molecules=1)
    except UnknownTaskError:
        return False
    return True

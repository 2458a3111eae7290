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
from anymol.errors import AnyMolError, InvalidTaskInputError, UnknownTaskError
from anymol.inference.answers import Prediction
from anymol.inference.given import Given, GivenRecord, require_list
from anymol.inference.inputs import write_given
from anymol.inference.options import OptionKeywords, PredictOptions
from anymol.tasks.question.mention import POINT_SIGN
from anymol.tasks.question.mention import MentionKind as WrittenKind
from anymol.tasks.question.reading import read_question
from anymol.tasks.routing import read_request, route
from anymol.tasks.table import TASKS
from anymol.tasks.task import AnswerKind, Slot

_PRODUCT: Final = re.compile(r"\b(?:the|its|this|that) products?\b", re.IGNORECASE)
_REACTANTS: Final = re.compile(r"\bthe (?:reactants?|starting materials?|precursors?|reagents?)\b", re.IGNORECASE)
_REACTION: Final = re.compile(r"\b(?:the|this|that) (?:reaction|coupling|transformation)\b", re.IGNORECASE)
_SIGNS: Final = f"{POINT_SIGN}{''.join(kind.sign for kind in WrittenKind)}"
_OF_ITS_OWN: Final = re.compile(
    rf"\s+(?:of|from|for|between|by|when|if|that|which|formed|obtained|made)\b[^.?!;]*[{_SIGNS}]", re.IGNORECASE
)
"""What follows 'the product' where the question itself says of what: 'of ethanol and acetic acid', 'if it burns'."""
_SHOWN_BEHIND: Final = re.compile(rf":\s*[{_SIGNS}][\s.?!]*$")
"""'How is this made: aspirin?' points at what it names itself."""
_POINTS: Final = re.compile(
    r"\b(?:it|its|them|their|they|these|those|both|this|that)\b|"
    r"\bthe (?:molecules?|compounds?|substances?|chemicals?|structure|drug|products?|reactants?|starting materials?)\b",
    re.IGNORECASE,
)


_ELLIPSIS: Final = re.compile(
    r"(?:(?:and|ok|okay|now|then|also|likewise|(?:the )?same(?: again| question| thing)?|what about|how about|"
    r"what of)[,\s]+)*"
    r"(?:(?:for|of|in|with)\s+)?(?P<name>[^?]+?)\s*(?:\?|please|too|as well|then)*\s*",
    re.IGNORECASE,
)
"""'And aspirin?', 'now for aspirin': the last question again, about another molecule."""
_PLACES: Final = {
    "first": 0,
    "former": 0,
    "1st": 0,
    "second": 1,
    "2nd": 1,
    "third": 2,
    "3rd": 2,
    "last": -1,
    "latter": -1,
}
_ORDINAL: Final = re.compile(
    r"\bthe (?:(?P<alone>former|latter)|(?P<place>first|1st|second|2nd|third|3rd|last)"
    r"(?: one| molecule| compound| substance| structure| drug)?(?: of (?:these|those|them|the two|the three))?)"
    r"(?=\s*(?:['\u2019]s\b|[?.!,]|$|(?:is|has|have|does|weigh\w*|a|an|heavier|lighter|more|less|than|and|or|chiral|aromatic|"
    r"contain\w*)\b))",
    re.IGNORECASE,
)
"""'The second one', 'the latter': one of the molecules that were named, by its place."""
_TWO: Final = re.compile(r"\b(?:two|both|either)\b", re.IGNORECASE)
_TOGETHER: Final = re.compile(
    r"\b(?:they|them|their|these|those|two|both|which|either|rank|sort|order|compare)\b", re.IGNORECASE
)
"""Words of a question about several molecules."""
_HOLE: Final = "\x00"
_MOST: Final = 6
"""Molecules of one talk that 'them' may point to."""


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
        named: Molecules of the talk, each once, the last ones last: what 'both' points to where each had its question.
        pattern: The last question with a hole where its one molecule stood; None where it had none, or several.

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
    named: tuple[str, ...] = ()
    pattern: str | None = field(default=None, repr=False)

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
            repeated = self._repeat(question, again["name"].strip(), options, keywords)
            if repeated is not None:
                return repeated
        require_list("molecules", molecules)
        given = tuple(write_given(one) for one in molecules)
        recalled, words = ((), question) if given or records else self._recall(self._name_places(question))
        asked = given or recalled
        try:
            found = self.assistant.ask(words, list(asked), records=records, options=options, **keywords)
        except AnyMolError as error:
            self.history.append(Turn(question, asked, error=error))
            raise
        found = replace(found, question=question)
        self.history.append(Turn(question, asked, found))
        self._remember(found, asked or _find_name(words))
        self.pattern = _find_pattern(words, asked) if len(self.molecules) == 1 else None
        return found

    def forget(self) -> None:
        """Begin anew, without the molecules and questions so far."""
        self.molecules, self.named, self.product, self.reactants, self.pattern = (), (), None, None, None
        self.history.clear()

    def _name_places(self, question: str) -> str:
        """Return a question in which a molecule stands for its place: 'the second one'.

        Raises:
            InvalidTaskInputError: There are not so many.
        """
        pool = self.molecules if len(self.molecules) > 1 else self.named

        def name(match: re.Match[str]) -> str:
            place = _PLACES[(match["alone"] or match["place"]).lower()]
            if not -len(pool) <= place < len(pool) or len(pool) < 2:
                raise InvalidTaskInputError(
                    f"'{match.group()}' points to none of the molecules of this talk",
                    value=question,
                    hint=f"named were {', '.join(pool)}" if pool else "name it",
                )
            return pool[place]

        return _ORDINAL.sub(name, question) if pool else question

    def _repeat(
        self, question: str, name: str, options: PredictOptions | None, keywords: OptionKeywords
    ) -> Prediction | None:
        """Ask the last question about another molecule: 'And aspirin?'; None where there was none, or it is not one."""
        last = self.history[-1].prediction if self.history else None
        if last is None or _asks_itself(question) or not _is_molecule(name):
            return None
        single = not last.subjects and last.task in TASKS and TASKS[last.task].required == (Slot.MOLECULE,)
        if self.pattern is not None and (last.subjects or single):
            given = [] if _HOLE in self.pattern else [name]
            words = self.pattern.replace(_HOLE, name)
            found = self.assistant.ask(words, given, options=options, **keywords)
        elif last.subjects:
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
        """Return the molecules that a question points to, and the question without words of a reaction for them.

        A question that names its molecules, and points at no other, is about those alone.
        """
        for pattern, meant in ((_PRODUCT, self.product), (_REACTANTS, self.reactants)):
            words = _point_instead(question, pattern)
            if meant is not None and words != question:
                return (meant,), words
        if not self.molecules:
            return (), question
        if len(self.molecules) == 1 and len(self.named) > 1 and _TOGETHER.search(question):
            pool = self.named[-2:] if _TWO.search(question) else self.named[-_MOST:]
            for several in (pool, self.named[-2:]):
                request = read_request(question, molecules=len(several))
                if request is not None and self._asks_several(request, len(several)):
                    return several, question
        request = read_request(question, molecules=len(self.molecules))
        return self._recall_for_task(question) if request is None else self._recall_for(request), question

    def _asks_several(self, request: Request, many: int) -> bool:
        """Whether a question names no molecule and asks about so many."""
        if any(one.kind is not MentionKind.REFERENT for one in request.mentions):
            return False
        wanted = [CALCULATIONS[name] for name in request.calculations if name in CALCULATIONS]
        if many > Takes.TWO.least and any(one.takes is Takes.TWO for one in wanted):
            return False
        plural = any(one.is_plural for one in request.mentions) or _speaks_of_all(request.text)
        return plural or any(one.fewest > 1 for one in wanted)

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
        wants_all = any(point.is_plural for point in points) or (
            not named and (needed > 1 or _speaks_of_all(request.text))
        )
        return self.molecules if wants_all else self.molecules[:1]

    def _recall_for_task(self, question: str) -> tuple[str, ...]:
        """Return what a question for a task points to; nothing where it speaks of molecules itself."""
        reading = read_question(question)
        if _SHOWN_BEHIND.search(reading.masked):
            return ()
        if _REACTION.search(question) and not reading.mentions:
            return () if self.reactants is None else (self.reactants,)
        if reading.points or (not reading.mentions and _POINTS.search(question)):
            return self.molecules[:1]
        if reading.list_kind(WrittenKind.NOTATION, WrittenKind.REACTION):
            return ()
        try:
            routed = route(question, molecules=len(self.molecules))
        except UnknownTaskError:
            return ()
        names_none = not routed.molecules and Slot.TEXT not in TASKS[routed.task].required[:1]
        return self.molecules[:1] if names_none else ()

    def _remember(self, found: Prediction, asked: tuple[str, ...]) -> None:
        """Keep the molecules of a question and of its first answer."""
        self._keep(found, asked)
        self.named = tuple(dict.fromkeys(reversed((*self.named, *self.molecules))))[::-1]

    def _keep(self, found: Prediction, asked: tuple[str, ...]) -> None:
        """Keep what 'it', 'the product' and 'the reactants' point to from now on."""
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


def _point_instead(question: str, pattern: re.Pattern[str]) -> str:
    """Return a question that says 'this molecule' for words of a reaction, where it does not say itself of which."""
    words = question
    for match in reversed(list(pattern.finditer(question))):  # the last first: 'the product of the product and water'
        before, behind = words[: match.start()], words[match.end() :]
        if not _OF_ITS_OWN.match(f" {read_question(behind).masked}"):
            words = f"{before}this molecule{behind}"
    return words


def _speaks_of_all(question: str) -> bool:
    return re.search(r"\b(?:their|they|both)\b", question, re.IGNORECASE) is not None


def _find_pattern(words: str, asked: tuple[str, ...]) -> str | None:
    """Return a question with a hole where its one molecule stands; as it is where that was given beside it."""
    mentions = read_question(words, given=bool(asked)).mentions
    if not mentions:
        return words if len(asked) == 1 else None
    text = mentions[0].text
    return words.replace(text, _HOLE) if len(mentions) == 1 and not asked and words.count(text) == 1 else None


def _find_name(words: str) -> tuple[str, ...]:
    """Return the name that a question calls its one molecule; none where it writes a structure, or several."""
    mentions = read_question(words).mentions
    return (mentions[0].text,) if len(mentions) == 1 and mentions[0].kind is WrittenKind.NAME else ()


def _is_molecule(text: str) -> bool:
    """Whether a text is the name or the notation of one molecule and nothing else."""
    spans = read_question(text).spans
    return len(spans) == 1 and spans[0].mention is not None and (spans[0].start, spans[0].end) == (0, len(text))


def _asks_itself(question: str) -> bool:
    """Whether a question says what it asks, given a molecule: 'And its LogP?' does, 'And aspirin?' does not."""
    try:
        route(question, molecules=1)
    except UnknownTaskError:
        return False
    return True

"""Chat: messages become a conversation with the assistant, and its answer becomes text."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from anymol.errors import AnyMolError, InvalidTaskInputError
from anymol.inference.answers import Answer, Prediction
from anymol.inference.assistant import Assistant
from anymol.inference.conversation import Conversation, Turn
from anymol.inference.options import PredictOptions
from anymol.models.locating import locate_model
from anymol.readers.resolve import Molecule
from anymol.serve.config import Limits
from anymol.serve.inline_files import read_parts
from anymol.serve.requests import ChatMessage, ChatRequest, MoleculePart, TextPart
from anymol.serve.shown import write_prediction

_REPLAYED: Final = 6
"""Earlier questions that are asked again where their conversation is not remembered."""
_MARKS: Final = {True: "ok", False: "FAILED", None: "not decided"}


@dataclass(frozen=True)
class Memory:
    """What a conversation is about, without who answers and what was shown: it travels between processes, and is kept.

    Attributes:
        history: The last question, which the next one may repeat of another molecule, without its pictures, which may
            have a hundred megabytes.
        molecules: What 'it' points to; see :class:`~anymol.inference.conversation.Conversation`.
        product: What 'the product' points to.
        reactants: What 'the reactants' points to.
        named: The molecules of the talk.
        pattern: The last question with a hole where its molecule stood.
    """

    history: tuple[Turn, ...]
    molecules: tuple[str, ...]
    product: str | None
    reactants: str | None
    named: tuple[str, ...]
    pattern: str | None

    @classmethod
    def of(cls, talk: Conversation) -> Memory:
        """Return what a conversation remembers."""
        last = tuple(_drop_records(one) for one in talk.history[-1:])
        return cls(last, talk.molecules, talk.product, talk.reactants, talk.named, talk.pattern)

    def restore(self, assistant: Assistant) -> Conversation:
        """Return a conversation that remembers it."""
        return Conversation(
            assistant, list(self.history), self.molecules, self.product, self.reactants, self.named, self.pattern
        )


def _drop_records(turn: Turn) -> Turn:
    """Return a question without the pictures, spectra and geometries that it was asked about."""
    if turn.prediction is None:
        return turn
    asked = replace(turn.prediction.asked, records={}, files={})
    return replace(turn, prediction=replace(turn.prediction, asked=asked))


class TokenCounter:
    """Counts tokens as the model would read them; its weights are not needed.

    Args:
        model: A model directory or a name on the hub; None for the embedded model.
    """

    def __init__(self, model: str | None) -> None:
        from tokenizers import Tokenizer

        with locate_model(model) as directory:
            self._tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))

    def count(self, text: str) -> int:
        """Return the number of tokens of a text."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def cut(self, text: str, most: int) -> str:
        """Return as much of a text as so many tokens hold; a character of several tokens is left whole, or out."""
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return text if len(offsets) <= most else text[: offsets[most][0]]


class Talk:
    """Answers chat requests.

    Args:
        assistant: Who is asked.
        options: How its answers are wanted.
        counter: Counts tokens.
        limits: How much is taken.
    """

    def __init__(self, assistant: Assistant, options: PredictOptions, counter: TokenCounter, limits: Limits) -> None:
        self._assistant, self._options, self._counter, self._limits = assistant, options, counter, limits

    def answer(self, request: ChatRequest, memory: Memory | None) -> dict[str, Any]:
        """Return the answer to the last message, with what it cost and what is to be remembered.

        Args:
            request: The conversation.
            memory: What is remembered of the messages before the last; where nothing is, the last questions before it
                are asked again.

        Raises:
            UserError: The question cannot be answered.
        """
        prompt = sum(self._counter.count(_write_text(message)) for message in request.messages)
        if prompt > self._limits.tokens:
            raise InvalidTaskInputError(
                f"the messages have {prompt:,} tokens", hint=f"at most {self._limits.tokens:,} are read"
            )
        questions = [message for message in request.messages if message.role == "user"]
        talk = self._assistant.chat() if memory is None else memory.restore(self._assistant)
        if memory is None:
            for message in questions[-1 - _REPLAYED : -1]:
                with suppress(AnyMolError):  # it had no answer then either
                    self._ask(talk, message)
        found = self._ask(talk, questions[-1])
        content = write_reply(found)
        most = request.max_completion_tokens or request.max_tokens
        shown = content if most is None else self._counter.cut(content, most)
        completion = self._counter.count(shown)
        return {
            "content": shown,
            "finish_reason": "stop" if shown == content else "length",
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
            },
            "prediction": write_prediction(found),
            "memory": Memory.of(talk),
        }

    def _ask(self, talk: Conversation, message: ChatMessage) -> Prediction:
        """Ask the question of one message."""
        parts = [] if isinstance(message.content, str) or message.content is None else message.content
        shown = read_parts(
            [one for one in parts if not isinstance(one, TextPart | MoleculePart)],
            charge=self._options.charge,
            limit=self._limits.file,
        )
        question = _write_text(message)
        if not question.strip():
            raise InvalidTaskInputError("there is no question", hint="ask in plain words beside what you show")
        return talk.ask(
            question,
            [self._read(one) for one in parts if isinstance(one, MoleculePart)],
            records=shown.records,
            options=self._options,
        )

    def _read(self, part: MoleculePart) -> str | Molecule:
        """Return a molecule: as it is written, or read as what it is said to be."""
        if part.format is None:
            return part.molecule
        return self._assistant.read_molecule(part.molecule, replace(self._options, mol_type=part.format.value))


def _write_text(message: ChatMessage) -> str:
    if message.content is None or isinstance(message.content, str):
        return message.content or ""
    return "\n".join(one.text for one in message.content if isinstance(one, TextPart))


def write_reply(found: Prediction) -> str:
    """Return a prediction as a person reads it in a chat: each answer with how sure it is, its source and its proof."""
    lines = []
    several = len(found.answers) > 1
    for number, answer in enumerate(found.answers, 1):
        lines.append(f"{number}. {answer}" if several else str(answer))
        lines += [f"   {line}" for line in _list_proof(answer)]
    if not found.answers:
        lines.append("There is no answer.")
    lines += [f"Note: {note}" for note in found.notes]
    return "\n".join(lines)


def _list_proof(answer: Answer) -> list[str]:
    return [
        *(answer.result.notes if answer.result is not None else ()),
        *(f"check {check.name}: {_MARKS[check.passed]}{_behind(check.detail)}" for check in answer.checks),
        *(f"precedent: {one}" for one in answer.precedents),
        *(f"doubt: {one}" for one in answer.doubts),
    ]


def _behind(detail: str | None) -> str:
    return f", {detail}" if detail else ""

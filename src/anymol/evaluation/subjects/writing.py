"""A row's question as plain text, for readers that are shown no records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from anymol.errors import InvalidTaskInputError
from anymol.evaluation.subjects.subject import AskedRow
from anymol.modalities.content import Message, MoleculePart, RecordPart, TextPart
from anymol.modalities.modality import Modality
from anymol.tasks.task import AnswerKind, Task

_FORMS: Final[Mapping[AnswerKind, str]] = {
    AnswerKind.MOLECULE: "Answer with one molecule, as SMILES between <mol> and </mol>, and nothing else.",
    AnswerKind.MIXTURE: "Answer with all molecules, dot-joined SMILES between <mol> and </mol>, and nothing else.",
    AnswerKind.REACTION: "Answer with one reaction SMILES, reactants>reagents>products, and nothing else.",
    AnswerKind.NUMBER: "Answer with one number and nothing else.",
    AnswerKind.TEXT: "Answer with the text that is asked for and nothing else.",
    AnswerKind.CLASS: "Answer with one of these and nothing else: {labels}.",
}
"""What a language model is told of the form of an answer, by its kind."""


def describe_form(task: Task) -> str:
    """Return the sentence that tells a model in which form a task's answers are read."""
    return _FORMS[task.answer].format(labels=", ".join(task.labels))


def write_plain(row: AskedRow) -> str:
    """Return a row's question with its molecules in SMILES, and the modality of each record in brackets."""
    pieces = []
    for message in row.example.messages:
        for part in message.parts:
            match part:
                case TextPart():
                    pieces.append(part.text)
                case MoleculePart():
                    pieces.append(part.smiles)
                case RecordPart():
                    pieces.append(f"[{part.modality}]")
    return "".join(pieces)


def write_message(task: Task, message: Message) -> str:
    """Return one message as text that says all that it shows.

    A graph says what its SMILES says: that is written, unless the molecule stands there already.

    Raises:
        InvalidTaskInputError: It shows a record that text cannot replace, or one whose notation is the answer.
    """
    return "".join(_write_parts(task, message))


def _write_parts(task: Task, message: Message) -> Iterator[str]:
    written = {part.role for part in message.parts if isinstance(part, MoleculePart)}
    last: RecordPart | None = None
    for part in message.parts:
        match part:
            case TextPart():
                yield part.text
            case MoleculePart():
                yield part.smiles
            case RecordPart():
                if part.modality is not Modality.GRAPH or part.smiles is None or task.recognises:
                    raise InvalidTaskInputError(
                        f"the question shows a record ({part.modality}), which cannot be asked as text",
                        hint="evaluate rows whose molecules are written",
                    )
                if part.role not in written:
                    # The components of a mixture are graphs one behind the other.
                    yield f".{part.smiles}" if last is not None and last.role is part.role else part.smiles
        last = part if isinstance(part, RecordPart) else None

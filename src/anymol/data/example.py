"""One instruction example: a conversation of typed parts, its answer, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass

from anymol.modalities.content import Message, Part


@dataclass(frozen=True)
class InstructionExample:
    """A question with its reference answer.

    Attributes:
        id: Unique within a build, ``source/row`` form.
        task: Name of the task; ``pretrain`` for plain documents (whose messages are empty).
        messages: The conversation up to the answer.
        answer: Parts of the reference answer: what the model must learn to say.
        source: Name of the source or generator.
        licence: Licence under which the source may be used.
        split: ``train``, ``val`` or a name beginning with ``test``.
    """

    id: str
    task: str
    messages: tuple[Message, ...]
    answer: tuple[Part, ...]
    source: str
    licence: str
    split: str

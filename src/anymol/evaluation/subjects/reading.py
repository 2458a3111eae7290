"""From texts that another program wrote to answers, each read as a model's answer of that task is."""

from __future__ import annotations

from collections.abc import Sequence

from anymol.chem.notation import MOL_CLOSE, MOL_OPEN
from anymol.errors import UnreadableAnswerError
from anymol.inference.scored import AnsweredRow, DecodedText, ScoredAnswer
from anymol.tasks.task import AnswerKind, Task


def read_texts(task: Task, texts: Sequence[tuple[str, float | None]]) -> AnsweredRow:
    """Return the distinct readable answers among texts, in their order.

    Args:
        task: The task, which reads them.
        texts: Each answer with the probability that its author states, 0 to 1; None where there is none.
    """
    found: dict[object, ScoredAnswer] = {}
    unreadable = 0
    for text, probability in texts:
        try:
            value = task.parse(_mark_reaction(text) if task.answer is AnswerKind.REACTION else text)
        except UnreadableAnswerError:
            unreadable += 1
            continue
        found.setdefault(value, ScoredAnswer(value, text, None, probability=probability))
    written = tuple(DecodedText(text, 0.0, complete=True) for text, _ in texts)
    return AnsweredRow(tuple(found.values()), written, unreadable)


def _mark_reaction(text: str) -> str:
    """Return a bare reaction SMILES with its molecules between marks, as the parser expects them."""
    words = text.split()
    if MOL_OPEN in text or len(words) != 1:
        return text
    return ">".join(f"{MOL_OPEN}{side}{MOL_CLOSE}" if side else "" for side in words[0].split(">"))

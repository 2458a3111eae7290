"""Asks a subject its rows piece by piece: in this process, or each piece in one of several, which have a copy of it.

Pieces are the same however many processes there are, so that answers are, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from anymol.evaluation.subjects.subject import Answered, AskedRow, Subject
from anymol.tasks.table import get_task
from anymol.workers import WorkerError, WorkerPool

LoadSubject = Callable[[], Subject]
"""Loads a copy of a subject; goes to other processes, which call it once."""


@dataclass(frozen=True)
class AskedPiece:
    """Rows that are asked together.

    Attributes:
        task: Name of their task.
        rows: The rows.
        seed: Seeds what is drawn.
    """

    task: str
    rows: tuple[AskedRow, ...]
    seed: int


@dataclass(frozen=True)
class AnsweredPiece:
    """What a subject said to a piece.

    Attributes:
        answers: One for each row, in order.
        seconds: Wall time of all of them.
    """

    answers: tuple[Answered, ...]
    seconds: float


AskPieces = Callable[[Iterable[AskedPiece]], Iterator[AnsweredPiece]]
"""Answers pieces in their order; the next ones may be read before the first is answered."""


@contextmanager
def asking(subject: Subject, processes: int = 1, load: LoadSubject | None = None) -> Iterator[AskPieces]:
    """Open what answers pieces, for the scope.

    Args:
        subject: Who is asked, where one process does.
        processes: How many ask.
        load: Loads a copy of the subject in each of several processes; it must be picklable.

    Raises:
        WorkerError: The processes could not be started.
    """
    work = partial(ask_piece, subject) if load is None or processes == 1 else _Copy(load)
    with WorkerPool(work, 1 if load is None else processes, split=_split, crashed=_report_crash) as pool:

        def run(pieces: Iterable[AskedPiece]) -> Iterator[AnsweredPiece]:
            for _, parts in pool.run(pieces):
                yield AnsweredPiece(
                    tuple(answer for part in parts for answer in part.answers), sum(part.seconds for part in parts)
                )

        yield run


def ask_piece(subject: Subject, piece: AskedPiece) -> AnsweredPiece:
    """Ask a subject the rows of a piece together."""
    begun = time.perf_counter()
    answers = subject.answer(get_task(piece.task), piece.rows, seed=piece.seed) if piece.rows else []
    return AnsweredPiece(tuple(answers), time.perf_counter() - begun)


class _Copy:
    """Asks the copy of a subject that its process has loaded."""

    def __init__(self, load: LoadSubject) -> None:
        self._load = load
        self._subject: Subject | None = None

    def __call__(self, piece: AskedPiece) -> AnsweredPiece:
        if self._subject is None:
            self._subject = self._load()
        return ask_piece(self._subject, piece)


def _split(piece: AskedPiece) -> Sequence[AskedPiece]:
    return [replace(piece, rows=(row,)) for row in piece.rows]


def _report_crash(piece: AskedPiece) -> AnsweredPiece:
    error = WorkerError("the process that answered this row died", hint="it may need more memory than there is")
    return AnsweredPiece((error,) * len(piece.rows), 0.0)

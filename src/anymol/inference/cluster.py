"""Rows answered on a Ray cluster: an assistant in each actor, a few rows at a time, in the order in which they came.

Actors rather than Ray Data: rows are written in their order as they come, so that a run can be resumed, and each actor
loads its assistant once. What an actor was answering when its process or node was lost is asked of another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

from anymol.errors import AnyMolError
from anymol.inference.answers import FailedPrediction, Prediction
from anymol.inference.batch import Predictor
from anymol.inference.options import PredictOptions
from anymol.ray_cluster import connect_cluster, count_cores

ROWS: Final = 16
"""Rows that an actor is asked at once."""
AHEAD: Final = 2
"""Pieces under way per actor: one is answered, the next one waits there."""

Found = Prediction | FailedPrediction


class LostError(AnyMolError):
    """A row whose process died whenever it was asked."""

    kind = "crash"


@dataclass(frozen=True)
class _Piece:
    """Some rows that were asked.

    Attributes:
        actor: Who was asked.
        inputs: The rows.
        reference: What the answers are fetched by.
    """

    actor: Any
    inputs: tuple[Any, ...]
    reference: Any


class RayPredictor:
    """Assistants on a Ray cluster, which answer as one does.

    Args:
        load: Makes the assistant, inside each actor; it is picklable.
        address: The cluster, as ``ray.init`` takes it; None starts one on this machine.
        workers: Actors, a core each; None takes the cores of the cluster. Those for which there is no room wait for it.

    Raises:
        MissingDependencyError: Ray is not installed.
        ConfigError: There is no cluster at the address.
    """

    def __init__(self, load: Callable[[], Predictor], address: str | None = None, workers: int | None = None) -> None:
        self._ray: Any = connect_cluster(address)
        self.workers = workers or count_cores(self._ray)
        self._make = partial(self._ray.remote(num_cpus=1)(_Answerer).remote, load)
        self._actors: list[Any] = []
        self._starting: dict[Any, Any] = {}
        self._turn = 0
        for _ in range(self.workers):
            self._start()

    def predict_many(
        self, task: str, inputs: Iterable[Any], options: PredictOptions | None = None
    ) -> Iterator[Prediction | FailedPrediction]:
        """Answer inputs, one result each, in order.

        Raises:
            AnyMolError: The model, or the options themselves, are wrong.
        """
        waiting: deque[_Piece] = deque()
        stream = iter(inputs)
        while True:
            while len(waiting) < AHEAD * self.workers and (some := tuple(islice(stream, ROWS))):
                waiting.append(self._ask(task, some, options))
            if not waiting:
                return
            piece = waiting.popleft()
            try:
                yield from self._get(piece.reference)
            except self._ray.exceptions.RayActorError:
                self._replace(piece.actor)
                yield from self._ask_again(task, piece.inputs, options)

    def _ask(self, task: str, inputs: tuple[Any, ...], options: PredictOptions | None) -> _Piece:
        actor = self._choose()
        return _Piece(actor, inputs, actor.answer.remote(task, inputs, options))

    def _ask_again(self, task: str, inputs: tuple[Any, ...], options: PredictOptions | None) -> Sequence[Found]:
        """Return the answers to rows whose actor was lost; where the next one is lost too, row by row."""
        piece = self._ask(task, inputs, options)
        try:
            return self._get(piece.reference)
        except self._ray.exceptions.RayActorError:
            self._replace(piece.actor)
        if len(inputs) > 1:
            return [found for one in inputs for found in self._ask_again(task, (one,), options)]
        lost = LostError("the process that answered this row died each time", value=inputs[0])
        return [FailedPrediction(task, inputs[0], lost)]

    def _get(self, reference: Any) -> list[Found]:
        answered: list[Found] | AnyMolError = self._ray.get(reference)
        if isinstance(answered, AnyMolError):
            raise answered
        return answered

    # ------------------------------------------------------------------------------------------------------ the actors

    def _start(self) -> None:
        """Have an actor started; it takes part once it has, which is when the cluster has a core for it."""
        actor = self._make()
        self._starting[actor.wait.remote()] = actor

    def _choose(self) -> Any:
        """Return the actor whose turn it is; where none has started yet, the first that does."""
        while self._starting:
            patience = 0 if self._actors else None
            started, _ = self._ray.wait(list(self._starting), num_returns=1, timeout=patience)
            if not started:
                break
            actor = self._starting.pop(started[0])
            try:
                self._ray.get(started[0])
            except self._ray.exceptions.RayActorError:
                self._start()
            else:
                self._actors.append(actor)
        self._turn += 1
        return self._actors[self._turn % len(self._actors)]

    def _replace(self, lost: Any) -> None:
        """Have another actor started for a lost one, once."""
        if lost in self._actors:
            self._actors.remove(lost)
            self._start()


class _Answerer:
    """An assistant in an actor, loaded when it is first asked."""

    def __init__(self, load: Callable[[], Predictor]) -> None:
        self._load = load
        self._predictor: Predictor | None = None

    def wait(self) -> None:
        """Return as soon as the actor has started."""

    def answer(self, task: str, inputs: tuple[Any, ...], options: PredictOptions | None) -> list[Found] | AnyMolError:
        """Return the answers, or why none of them can be given."""
        try:
            self._predictor = self._predictor or self._load()
            return list(self._predictor.predict_many(task, inputs, options))
        except AnyMolError as error:
            return error

"""The stream of batches of a stage: a pure function of the seed and a state of a few integers.

Examples are drawn in windows. The tasks of a window are drawn from a generator seeded by (seed, stage, window); within
a task, examples come in a fresh permutation per epoch, without replacement. A window is packed into rows, the rows are
shuffled, and batches take rows in order, across window borders. To resume, the window of the state is drawn again and
its used rows are skipped: the cost is one window, whatever the step.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anymol.errors import ConfigError
from anymol.training.corpus import EncodedCorpus
from anymol.training.packing import PackedRow, pack_rows
from anymol.training.stages import MixtureConfig

WINDOW = 2048
"""Examples of a window: enough for a tight packing, few enough that resuming is instant."""

_MIX, _PERMUTE, _SHUFFLE = 0, 1, 2


@dataclass(frozen=True)
class StreamState:
    """Where a stream stands.

    Attributes:
        window: Number of the window that the next row comes from.
        row: Rows of that window already used.
        drawn: Task -> examples drawn from it before that window.
    """

    window: int
    row: int
    drawn: Mapping[str, int]

    def to_json(self) -> dict[str, object]:
        """Return the fields as a checkpoint keeps them."""
        return {"window": self.window, "row": self.row, "drawn": dict(self.drawn)}

    @classmethod
    def from_json(cls, data: dict[str, object]) -> StreamState:
        """Read what `to_json` wrote."""
        return cls(int(str(data["window"])), int(str(data["row"])), dict(data["drawn"]))  # type: ignore[call-overload]


class BatchStream:
    """Draws, packs and hands out rows.

    Args:
        corpus: Where examples are drawn from.
        mixture: How often each task is drawn.
        row_length: Positions of a row; longer examples are counted in `too_long` and never drawn.
        seed: Seed of the run.
        stage: Number of the stage.
        tasks: Tasks that may be drawn where the mixture names none.
        only_modal: Whether only examples that hold a record are drawn.

    Attributes:
        names: Tasks that are drawn from.
        chances: Shape (len(names),). Chance of each.
        too_long: Task -> examples that no row can hold.

    Raises:
        ConfigError: If the mixture names a task of which there is no example.
    """

    def __init__(
        self,
        corpus: EncodedCorpus,
        mixture: MixtureConfig,
        *,
        row_length: int,
        seed: int,
        stage: int,
        tasks: tuple[str, ...],
        only_modal: bool = False,
    ) -> None:
        self._corpus, self._row_length, self._key = corpus, row_length, (seed, stage)
        lengths = corpus.lengths
        fits = lengths <= row_length
        wanted = corpus.n_records > 0 if only_modal else np.ones(len(corpus), dtype=bool)
        too_long: dict[str, int] = {}
        pools: dict[str, NDArray[np.int64]] = {}
        for number, task in enumerate(corpus.tasks):
            mine = (corpus.task == number) & wanted
            pools[task] = np.flatnonzero(mine & fits)
            too_long[task] = int((mine & ~fits).sum())
        names = tuple(mixture.weights) or tuple(task for task in tasks if len(pools.get(task, ())))
        for name in names:
            if not len(pools.get(name, ())):
                present = [task for task, pool in pools.items() if len(pool)]
                near = difflib.get_close_matches(name, present) or present
                hint = f"there are examples of: {', '.join(near)}"
                raise ConfigError(f"the mixture draws from {name}, of which there is no training example", hint=hint)
        if not names:
            raise ConfigError(
                f"a stage has no example{' with a record' if only_modal else ''} to train on",
                hint=f"the shards hold: {', '.join(corpus.tasks)}",
            )
        self.names = names
        self.too_long = {name: too_long[name] for name in names if too_long[name]}
        self._pools = [pools[name] for name in names]
        weights = np.array(
            [mixture.weights.get(name, len(pools[name]) ** (1.0 / mixture.temperature)) for name in names]
        )
        self.chances = weights / weights.sum()
        self._permutations: dict[int, tuple[int, NDArray[np.int64]]] = {}
        self._lengths = lengths
        self._load(StreamState(0, 0, dict.fromkeys(names, 0)))

    @property
    def state(self) -> StreamState:
        """What is needed to hand out the next row again."""
        return StreamState(self._window, self._row, dict(self._drawn))

    @state.setter
    def state(self, state: StreamState) -> None:
        self._load(state)

    def next_rows(self, count: int) -> list[PackedRow]:
        """Hand out the next rows, as numbers of examples in the corpus."""
        rows: list[PackedRow] = []
        while len(rows) < count:
            if self._row == len(self._rows):
                self._load(StreamState(self._window + 1, 0, self._drawn_after))
            take = self._rows[self._row : self._row + count - len(rows)]
            rows.extend(take)
            self._row += len(take)
        return rows

    def _load(self, state: StreamState) -> None:
        self._window, self._row, self._drawn = state.window, state.row, dict(state.drawn)
        mix = np.random.default_rng([*self._key, _MIX, state.window])
        counts = mix.multinomial(WINDOW, self.chances)
        examples = np.concatenate(
            [
                self._draw(task, self._drawn[name], int(count))
                for task, (name, count) in enumerate(zip(self.names, counts, strict=True))
            ]
        )
        self._drawn_after = {
            name: self._drawn[name] + int(count) for name, count in zip(self.names, counts, strict=True)
        }
        shuffle = np.random.default_rng([*self._key, _SHUFFLE, state.window])
        examples = shuffle.permutation(examples)
        packed = pack_rows(self._lengths[examples], self._row_length)
        # The last rows of a best fit hold what was left over; the shuffle spreads them over the batches.
        self._rows: list[PackedRow] = [
            tuple(examples[list(packed[number])].tolist()) for number in shuffle.permutation(len(packed))
        ]

    def _draw(self, task: int, drawn: int, count: int) -> NDArray[np.int64]:
        pool = self._pools[task]
        pieces = []
        while count:
            epoch, start = divmod(drawn, len(pool))
            piece = self._permutation(task, epoch)[start : start + count]
            pieces.append(pool[piece])
            drawn += len(piece)
            count -= len(piece)
        return np.concatenate([*pieces, np.zeros(0, np.int64)])

    def _permutation(self, task: int, epoch: int) -> NDArray[np.int64]:
        cached = self._permutations.get(task)
        if cached is None or cached[0] != epoch:
            generator = np.random.default_rng([*self._key, _PERMUTE, task, epoch])
            cached = (epoch, generator.permutation(len(self._pools[task])))
            self._permutations[task] = cached
        return cached[1]

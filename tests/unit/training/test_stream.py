from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from anymol.errors import ConfigError
from anymol.training.corpus import EncodedCorpus
from anymol.training.stages import MixtureConfig
from anymol.training.stream import BatchStream, StreamState

TASKS = ("logp", "tpsa", "captioning")


@pytest.fixture(scope="module")
def corpus() -> EncodedCorpus:
    """300 examples: 200 logp, 80 tpsa, 20 captioning, of which two are longer than a row; every fourth has a graph."""
    generator = np.random.default_rng(0)
    task = np.repeat([0, 1, 2], [200, 80, 20]).astype(np.uint8)
    lengths = generator.integers(5, 60, 300)
    lengths[-2:] = 300
    graphs = (np.arange(300) % 4 == 0).astype(np.int64)
    n = int(lengths.sum())
    return EncodedCorpus(
        {
            "tokens": generator.integers(1, 99, n).astype(np.uint16),
            "learned": np.ones(n, np.uint8),
            "offsets": np.concatenate([[0], np.cumsum(lengths)]),
            "task": task,
            "graph.offsets": np.concatenate([[0], np.cumsum(graphs)]),
            "graph.of": np.zeros(int(graphs.sum()), np.int32),
            "graph.roles": np.zeros(int(graphs.sum()), np.uint8),
        },
        TASKS,
    )


def make(corpus: EncodedCorpus, mixture: MixtureConfig | None = None, **changes: object) -> BatchStream:
    options = {"row_length": 128, "seed": 3, "stage": 1, "tasks": TASKS, **changes}
    return BatchStream(corpus, mixture or MixtureConfig(), **options)  # type: ignore[arg-type]


def test_same_seed_same_rows(corpus: EncodedCorpus) -> None:
    assert make(corpus).next_rows(2000) == make(corpus).next_rows(2000)
    assert make(corpus).next_rows(50) != make(corpus, seed=4).next_rows(50)
    assert make(corpus).next_rows(50) != make(corpus, stage=2).next_rows(50)


@pytest.mark.parametrize("batches", [0, 1, 7, 200])
def test_resumes_anywhere(corpus: EncodedCorpus, batches: int) -> None:
    uninterrupted = make(corpus)
    for _ in range(batches):
        uninterrupted.next_rows(16)
    resumed = make(corpus)
    resumed.state = StreamState.from_json(json.loads(json.dumps(uninterrupted.state.to_json())))
    assert [resumed.next_rows(16) for _ in range(60)] == [uninterrupted.next_rows(16) for _ in range(60)]


def test_how_rows_are_asked_for_does_not_matter(corpus: EncodedCorpus) -> None:
    one, other = make(corpus), make(corpus)
    singly = [row for _ in range(1500) for row in one.next_rows(1)]
    assert singly == other.next_rows(1500)


def test_weights_are_kept_and_epochs_are_permutations(corpus: EncodedCorpus) -> None:
    stream = make(corpus, MixtureConfig(weights={"logp": 1.0, "tpsa": 3.0}))
    drawn = Counter(example for row in stream.next_rows(2000) for example in row)
    logp, tpsa = (sum(drawn[e] for e in range(a, b)) for a, b in ((0, 200), (200, 280)))
    assert tpsa / logp == pytest.approx(3.0, rel=0.1)
    # Without replacement: no example is seen twice more often than another, but for the rows not handed out yet.
    assert max(drawn[e] for e in range(200, 280)) - min(drawn[e] for e in range(200, 280)) <= 25
    assert not any(drawn[e] for e in range(280, 300))


def test_too_long_examples_are_counted_and_never_drawn(corpus: EncodedCorpus) -> None:
    stream = make(corpus)
    assert stream.too_long == {"captioning": 2}
    assert not {298, 299} & {example for row in stream.next_rows(2000) for example in row}


def test_only_modal(corpus: EncodedCorpus) -> None:
    rows = make(corpus, only_modal=True).next_rows(500)
    assert all(example % 4 == 0 for row in rows for example in row)


def test_temperature_evens_out(corpus: EncodedCorpus) -> None:
    plain, even = make(corpus).chances, make(corpus, MixtureConfig(temperature=100.0)).chances
    assert plain.tolist() == pytest.approx([200 / 298, 80 / 298, 18 / 298])
    assert even.max() / even.min() < 1.05


def test_unknown_task_names_the_nearest(corpus: EncodedCorpus) -> None:
    with pytest.raises(ConfigError, match="captioning"):
        make(corpus, MixtureConfig(weights={"captionin": 1.0}))

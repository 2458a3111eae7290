from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from anymol.data.example import InstructionExample
from anymol.errors import DataError
from anymol.modalities.modality import Modality
from anymol.models.prompt_writer import EncodedRecord
from anymol.training.corpus import CORPUS, EncodedCorpus, corpus_key, encode_corpus


@dataclass(frozen=True)
class Made:
    input_ids: list[int]
    labels: list[int]
    records: tuple[EncodedRecord, ...] = ()


def spectrum(*peaks: float) -> EncodedRecord:
    features = {
        "peaks": np.array([[mz, 1.0] for mz in peaks]),
        "precursor": np.array([peaks[-1]]),
        "energy": np.array([20.0], np.float32),
        "ion": np.zeros((1, 2), np.int64),
    }
    return EncodedRecord(Modality.MS2, features, 3)


def chain(n_atoms: int, role: int) -> EncodedRecord:
    atoms = np.tile(np.array([[5, 0]], np.uint8), (n_atoms, 1))
    forth = np.stack([np.arange(n_atoms - 1), np.arange(1, n_atoms)], axis=1)
    bonds = np.stack([forth, forth[:, ::-1]], axis=1).reshape(-1, 2).astype(np.int32)
    features = {"atoms": atoms, "bonds": bonds, "bond_features": np.zeros((len(bonds), 2), np.uint8)}
    return EncodedRecord(Modality.GRAPH, features, role)


MADE = [
    Made([5, 6, 7], [-100, 6, 7], (chain(2, 1),)),
    Made([8], [8], (spectrum(50.0, 100.0),)),
    Made([9, 10], [-100, 10], (chain(3, 2), spectrum(70.0), chain(2, 0), spectrum(50.0, 100.0))),
]


def build() -> EncodedCorpus:
    examples = [InstructionExample(str(n), f"task{n % 2}", (), (), "s", "l", "train") for n in range(3)]
    made = iter(MADE)

    def encode(chunk: Sequence[InstructionExample]) -> Iterator[Made]:
        return (next(made) for _ in chunk)

    return encode_corpus(examples, encode, vocab_size=100, chunk=2)


@pytest.fixture(params=["memory", "disk"])
def corpus(request: pytest.FixtureRequest, tmp_path: Path) -> EncodedCorpus:
    if request.param == "memory":
        return build()
    build().save(tmp_path / "corpus", key="k")
    return EncodedCorpus.load(tmp_path / "corpus")


def test_holds_what_was_encoded(corpus: EncodedCorpus) -> None:
    assert len(corpus) == 3
    assert corpus.tasks == ("task0", "task1")
    assert corpus.task.tolist() == [0, 1, 0]
    assert corpus.lengths.tolist() == [3, 1, 2]
    assert corpus.n_targets.tolist() == [2, 0, 1]
    assert corpus.n_records.tolist() == [1, 1, 4]
    tokens, learned = corpus.tokens_of(2)
    assert tokens.tolist() == [9, 10]
    assert learned.tolist() == [0, 1]


def test_graphs_are_stored_once_and_joined(corpus: EncodedCorpus) -> None:
    assert len(corpus.arrays["graph.atoms.offsets"]) - 1 == 2
    graph = corpus.molecules_of([2, 0])["graph"]
    assert graph["n_atoms"].tolist() == [3, 2, 2]
    assert graph["roles"].tolist() == [2, 0, 1]
    assert graph["prompts"].tolist() == [0, 0, 1]
    assert graph["bonds"].tolist() == [[0, 1, 1, 2, 3, 4, 5, 6], [1, 0, 2, 1, 4, 3, 6, 5]]
    assert graph["atoms"].shape == (7, 2)
    assert graph["bond_features"].shape == (8, 2)
    assert list(corpus.molecules_of([1])) == ["ms2"]


def test_missing_corpus_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not an encoded corpus"):
        EncodedCorpus.load(tmp_path / "none")


def test_key_depends_on_every_part() -> None:
    assert corpus_key("a", "bc") != corpus_key("ab", "c")
    assert corpus_key("a") == corpus_key("a")


def test_records_are_stored_once_and_collated(corpus: EncodedCorpus) -> None:
    assert len(corpus.arrays["ms2.peaks"]) == 3  # the spectrum that two examples show is kept once
    batch = corpus.molecules_of([2, 0, 1])["ms2"]
    assert batch["n_peaks"].tolist() == [1, 2, 2]
    assert batch["precursor"].flatten().tolist() == [70.0, 100.0, 100.0]
    assert batch["prompts"].tolist() == [0, 0, 2]
    assert batch["roles"].tolist() == [3, 3, 3]
    assert corpus.molecules_of([]) == {}


def test_a_corpus_of_another_schema_is_refused(tmp_path: Path) -> None:
    build().save(tmp_path / "corpus", key="k")
    manifest = tmp_path / "corpus" / "manifest.json"
    here = f'"schema_version": {CORPUS.schema}'
    assert here in manifest.read_text()
    manifest.write_text(manifest.read_text().replace(here, '"schema_version": 2'))
    with pytest.raises(DataError, match="has schema 2"):
        EncodedCorpus.load(tmp_path / "corpus")


def test_a_changed_byte_of_any_array_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    build().save(folder, key="k")
    for path in folder.glob("*.npy"):
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        with pytest.raises(DataError, match=f"{path.name} of an encoded corpus: missing, or not what"):
            EncodedCorpus.load(folder)
        path.write_bytes(data)
    CORPUS.write(folder, {**CORPUS.read(folder), "files": {}})
    with pytest.raises(DataError, match="lists no file"):
        EncodedCorpus.load(folder)


def test_a_corpus_without_checksums_is_refused(tmp_path: Path) -> None:
    build().save(tmp_path / "corpus", key="k")
    fields = {name: value for name, value in CORPUS.read(tmp_path / "corpus").items() if name != "files"}
    CORPUS.write(tmp_path / "corpus", fields)
    with pytest.raises(DataError, match=r"lacks 'files'.*encoded again"):
        EncodedCorpus.load(tmp_path / "corpus")


def test_which_modalities_some_examples_hold(corpus: EncodedCorpus) -> None:
    assert corpus.modalities_of([0]) == {Modality.GRAPH}
    assert corpus.modalities_of([1]) == {Modality.MS2}
    assert corpus.modalities_of([0, 1]) == corpus.modalities_of([2]) == {Modality.GRAPH, Modality.MS2}
    assert corpus.modalities_of([]) == set()

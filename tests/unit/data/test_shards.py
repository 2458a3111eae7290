import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from anymol.data.compact import pack_graph, unpack_graph
from anymol.data.example import InstructionExample
from anymol.data.shard_files import read_manifest
from anymol.data.shards import ShardReader, write_shards
from anymol.data.stats import collect_stats
from anymol.errors import DataError
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import Message, MoleculePart, RecordPart, Role, Speaker, TextPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality

ETHANOL = MolecularGraph(
    np.array([[5, 0], [5, 0], [7, 0]], dtype=np.uint8),
    np.array([[0, 1, 1, 2], [1, 0, 2, 1]], dtype=np.int32),
    np.zeros((4, 2), dtype=np.uint8),
)
METHANE = MolecularGraph(
    np.array([[5, 0]], dtype=np.uint8), np.zeros((2, 0), dtype=np.int32), np.zeros((0, 2), dtype=np.uint8)
)


def examples():
    question = (
        Message(Speaker.SYSTEM, (TextPart("Answer briefly."),)),
        Message(
            Speaker.USER,
            (
                TextPart("Describe "),
                MoleculePart("CCO", Role.MOLECULE, "[C][C][O]"),
                RecordPart(Modality.GRAPH, ETHANOL, Role.MOLECULE, "CCO"),
                RecordPart(Modality.GRAPH, METHANE, Role.SOLVENT, "C"),
                TextPart("."),
            ),
        ),
    )
    yield InstructionExample("a/0", "captioning", question, (TextPart("An alcohol."),), "chebi", "CC BY 4.0", "train")
    yield InstructionExample("a/1", "captioning", question, (TextPart("Ethanol."),), "chebi", "CC BY 4.0", "val")
    document = (MoleculePart("OCC"), TextPart(" is ethanol."))
    yield InstructionExample("b/0", "pretrain", (), document, "names", "CC0", "train")
    forward = (Message(Speaker.USER, (TextPart("Product of "), MoleculePart("CCO.C", Role.REACTANT), TextPart("?"))),)
    answer = (MoleculePart("COCC", Role.PRODUCT),)
    yield InstructionExample("c/0", "forward_reaction", forward, answer, "uspto", "CC0", "train")


@pytest.fixture
def directory(tmp_path):
    write_shards(examples(), tmp_path / "shards", name="tiny")
    return tmp_path / "shards"


def test_examples_come_back_as_they_were(directory):
    assert list(ShardReader(directory)) == list(examples())


def test_selfies_of_a_molecule_are_shared_by_all_its_places(directory):
    part = ShardReader(directory)[0].messages[1].parts[1]
    assert part.selfies == "[C][C][O]"
    assert list(ShardReader(directory).selfies()) == ["[C][C][O]"]


def test_split_tasks_and_slices(directory):
    train = ShardReader(directory, split="train")
    assert [example.id for example in train] == ["a/0", "b/0", "c/0"]
    assert train.tasks.tolist() == ["captioning", "pretrain", "forward_reaction"]
    assert train.splits.tolist() == ["train"] * 3
    assert [example.id for example in train[1:]] == ["b/0", "c/0"]
    assert train[-1].id == "c/0"
    only = ShardReader(directory, tasks=["pretrain"])
    assert len(only) == 1 and only[0].messages == ()
    with pytest.raises(IndexError):
        train[3]


def test_texts_and_molecules_are_stored_once(directory):
    reader = ShardReader(directory)
    assert sorted(reader.texts()) == sorted(set(reader.texts()))
    assert sorted(reader.molecules()) == sorted(["CCO", "C", "OCC", "CCO.C", "COCC"])


def test_lengths_and_graphs(directory):
    reader = ShardReader(directory)
    # "Answer briefly." + "Describe " + "CCO" + 3 + 1 atoms + "." + "An alcohol."
    assert reader.lengths()[0] == 15 + 9 + 3 + 4 + 1 + 11
    assert {name: held.tolist() for name, held in reader.modalities().items()} == {"graph": [True, True, False, False]}


def test_lengths_count_the_tokens_of_records_or_say_that_they_do_not(tmp_path):
    shown = (
        RecordPart(Modality.MS2, MassSpectrum(np.array([50.0, 60.0, 70.0]), np.array([0.1, 1.0, 0.2]))),
        RecordPart(Modality.CONFORMER, Conformer(np.array([6, 1, 8], np.uint8), np.zeros((3, 3)))),
        RecordPart(Modality.IMAGE, MoleculeImage(np.full((8, 8, 3), 255, np.uint8))),
        RecordPart(Modality.IR, InfraredSpectrum(np.array([400.0, 500.0]), np.array([0.0, 1.0]))),
    )
    question = (Message(Speaker.USER, (TextPart("Which?"), *shown)),)
    answer = (MoleculePart("C=O"),)
    example = InstructionExample("r/0", "molecule_recognition", question, answer, "here", "CC0", "train")
    write_shards([example], tmp_path / "shards", name="records")
    reader = ShardReader(tmp_path / "shards")
    # "Which?" + "C=O" + the measurement and 3 peaks + 2 heavy atoms
    assert reader.lengths().tolist() == [6 + 3 + 4 + 2]
    assert reader.uncounted().tolist() == [2]
    (group,) = collect_stats(tmp_path / "shards").groups
    assert (group.longest, group.uncounted) == (15, 2)


def test_manifest_counts_sources_and_checksums(directory):
    manifest = read_manifest(directory)
    assert manifest.counts["captioning"] == {"train": 1, "val": 1}
    assert manifest.sources["chebi"] == {"licence": "CC BY 4.0", "examples": 2}
    assert all(len(record["sha256"]) == 64 for record in manifest.files.values())


@pytest.mark.parametrize("graph", [ETHANOL, METHANE])
def test_graph_survives_packing_and_may_be_written_to(graph):
    again = unpack_graph(*pack_graph(graph))
    assert again == graph
    assert again.atoms.flags.writeable


def test_graph_with_loose_directions_is_refused():
    loose = MolecularGraph(ETHANOL.atoms, ETHANOL.bonds[:, [0, 2, 1, 3]], ETHANOL.bond_features)
    with pytest.raises(ValueError, match="side by side"):
        pack_graph(loose)


def test_a_second_build_replaces_the_first_and_leaves_nothing_behind(directory):
    write_shards(list(examples())[:1], directory, name="smaller")
    assert len(ShardReader(directory)) == 1
    assert [path.name for path in directory.parent.iterdir()] == ["shards"]


def test_a_failed_build_leaves_the_first_untouched(directory):
    def broken():
        yield next(examples())
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        write_shards(broken(), directory, name="broken")
    assert len(ShardReader(directory)) == 4
    assert [path.name for path in directory.parent.iterdir()] == ["shards"]


def test_foreign_directory_is_not_overwritten(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(DataError, match="something else"):
        write_shards(examples(), tmp_path, name="tiny")


def test_empty_build_is_refused(tmp_path):
    with pytest.raises(DataError, match="no examples"):
        write_shards([], tmp_path / "shards", name="none")


def test_missing_and_foreign_versions_are_refused(directory, tmp_path):
    with pytest.raises(DataError, match="not shards"):
        ShardReader(tmp_path / "nowhere")
    manifest = json.loads((directory / "manifest.json").read_text())
    (directory / "manifest.json").write_text(json.dumps({**manifest, "schema_version": 99}))
    with pytest.raises(DataError, match="schema 99"):
        ShardReader(directory)


def test_truncated_file_is_refused(directory):
    path = directory / "molecules-00000.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match="molecules-00000"):
        ShardReader(directory)


def test_shards_without_selfies_say_so(tmp_path):
    write_shards(list(examples())[2:], tmp_path / "plain", name="plain")
    with pytest.raises(DataError, match="no SELFIES"):
        ShardReader(tmp_path / "plain").selfies()


def test_reading_needs_neither_rdkit_nor_torch(directory):
    code = (
        "import sys\n"
        "sys.modules['rdkit'] = sys.modules['torch'] = None\n"
        "from anymol.data.shards import ShardReader\n"
        "from anymol.data.stats import collect_stats\n"
        "import anymol.data.config\n"
        f"reader = ShardReader({str(directory)!r})\n"
        "assert len(list(reader)) == 4\n"
        f"print(collect_stats({str(directory)!r}).molecules)\n"
    )
    source = Path(__file__).parents[3] / "src"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": str(source)}, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "5"

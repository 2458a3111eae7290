"""Instruction data from end to end: a small data directory of the documented form, the molecules inside the package,
and the real data where they are at hand."""

import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rdkit import Chem

from anymol.data.build import build, work_rows
from anymol.data.check import check_shards
from anymol.data.config import (
    CaptionsConfig,
    ClassesConfig,
    ConditionsConfig,
    ConversationsConfig,
    DataConfig,
    EditsConfig,
    GeneratedNamesConfig,
    MeasuredConfig,
    MeasuredTask,
    NamesConfig,
    NameTask,
    OptimisationConfig,
    PretrainConfig,
    PropertiesConfig,
    PropertyTask,
    QuantumConfig,
    QuestionsConfig,
    ReactionsConfig,
    ReactionTask,
    RecognitionConfig,
    SpecificationsConfig,
    YieldsConfig,
)
from anymol.data.estimate import estimate_build
from anymol.data.heldout import Heldout, compute_blocks, guarded_molecules, hash_reserved
from anymol.data.measured_sets import MEASURED_SETS
from anymol.data.shards import ShardReader
from anymol.data.sources.classes import CLASS_COLUMNS
from anymol.data.sources.yields import BUCHWALD_HARTWIG_VAL
from anymol.data.stats import collect_stats
from anymol.errors import DataError
from anymol.modalities.content import MoleculePart, RecordPart, TextPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality
from anymol.tasks.table import TASKS

RESERVED = "CC(=O)Oc1ccccc1C(=O)O"
VAL_NAMED = "Cn1cnc2c1c(=O)n(C)c(=O)n2C"
ALCOHOLS = ["C" * n + "O" for n in range(1, 13)]
SOURCES = """file,source_value,origin,licence,weights_allowed,reason
reactions,"open_a, open_b",somewhere,CC0,yes,
captions,open_c,somewhere,CC BY 4.0,yes,
captions,closed,somewhere,none stated,no,
names,open_n,somewhere,MIT,yes,
names,closed,somewhere,none stated,no,
molecules,,everywhere,bare structures,yes,
conditions,ord_uspto,somewhere,CC BY-SA 4.0,yes,
yields,,somewhere,MIT,yes,
yields_patent_suzuki,uspto_suzuki,somewhere,MIT,yes,
quantum,QM9 rows,somewhere,CC0,yes,
quantum,PubChem rows,somewhere,MIT,yes,
moleculenet_*,,somewhere,MIT,yes,
adme_public,,somewhere,MIT,yes,
molecule_qa,open_q,somewhere,BSD-3,yes,
"""


def canonical(smiles: str) -> str:
    return Chem.CanonSmiles(smiles)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Esterifications, names and descriptions of alcohols; in each file a reserved molecule is planted as an answer."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "sources.csv").write_text(SOURCES)
    keys = [hash_reserved(block) for block in compute_blocks(RESERVED)]
    pq.write_table(pa.table({"key_sha256": keys, "scope": ["named_molecule"]}), folder / "heldout_keys.parquet")
    reactions = [
        {
            "reactants": f"CC(=O)O.{alcohol}",
            "reagents": "O=S(=O)(O)O" if number % 2 else "",
            "products": canonical(f"CC(=O)O{alcohol[:-1]}"),
            "reagents_state": "separated" if number % 2 else "dropped",
            "official_splits": "open_a/train;open_b/test",
            "split": "val" if number >= 10 else "train",
            "product_among_reactants": False,
            "solvents_guess": "ClCCl",
            "catalysts_guess": "CN(C)c1ccncc1",
            "reaction_class": "2.1.2",
        }
        for number, alcohol in enumerate(ALCOHOLS)
    ]
    reactions.append(
        {**reactions[0], "reactants": "CC(=O)OC(C)=O.O=C(O)c1ccccc1O", "products": RESERVED, "reagents_state": "mixed"}
    )
    # The reserved molecule as an input: that is allowed.
    reactions.append({**reactions[0], "reactants": f"CO.{RESERVED}", "products": canonical("COC(=O)c1ccccc1OC(C)=O")})
    pq.write_table(pa.Table.from_pylist(reactions), folder / "reactions.parquet")
    names = [(f"alcohol number {n}", smiles, "open_n", "train", False) for n, smiles in enumerate(ALCOHOLS)]
    names += [
        ("aspirin", RESERVED, "open_n", "train", False),
        ("caffeine", VAL_NAMED, "open_n", "val", False),
        ("closed name", "CCCCN", "closed", "train", False),
        ("spirit", "CCO", "open_n", "train", True),
    ]
    pq.write_table(
        pa.table(
            dict(
                zip(
                    ("name", "smiles", "source", "split", "ambiguous"), map(list, zip(*names, strict=True)), strict=True
                )
            )
        ).append_column("systematic", pa.array([name.startswith("alcohol") for name, *_ in names])),
        folder / "names.parquet",
    )
    captions = [(s, f"The molecule is an alkanol of {len(s) - 1} carbons.", "open_c", "train") for s in ALCOHOLS]
    captions += [
        (RESERVED, "A reserved drug.", "open_c", "train"),
        (VAL_NAMED, "Caffeine described although its name is in val.", "open_c", "train"),
        ("CCCCCCCCCCCCCC", "The molecule is an alkane.", "open_c", "val"),
        ("CCCN", "Closed.", "closed", "train"),
    ]
    table = dict(zip(("smiles", "description", "source", "split"), map(list, zip(*captions, strict=True)), strict=True))
    pq.write_table(pa.table({**table, "kind": ["sentences"] * len(captions)}), folder / "captions.parquet")
    ethers = [canonical("C" * n + "O" + "C" * m + group) for n in range(1, 20) for m in range(2, 14) for group in "FN"]
    pq.write_table(pa.table({"smiles": [*dict.fromkeys(ethers), RESERVED, VAL_NAMED]}), folder / "molecules.parquet")
    write_conditions(folder)
    write_labels(folder)
    return folder


def write_conditions(folder: Path) -> None:
    """Write acetylations with their conditions, and couplings with their yields."""
    steps = [
        {"type": "addition", "components": ["water"]},
        {"type": "stirring", "duration_h": 2.0},
        {"type": "filtration"},
    ]
    amides = [
        {
            "dataset": "uspto-grants-2001",
            "reactants": f"CC(=O)Cl.{'C' * n}N",
            "reagents": "CCN(CC)CC",
            "solvents": "ClCCl",
            "catalysts": "CN(C)c1ccncc1",
            "products": canonical(f"CC(=O)N{'C' * n}"),
            "yield_percent": 50.0 + n,
            "procedure": f"Amine {n} and acetyl chloride were stirred at 20 °C for 2 hours, washed and dried.",
            "actions": json.dumps(steps),
            "split": "val" if n > 9 else "train",
        }
        for n in range(1, 13)
    ]
    pq.write_table(pa.Table.from_pylist(amides), folder / "conditions.parquet")
    toluidine = "Cc1ccc(N)cc1"
    screens = [
        ("buchwald_hartwig", f"Brc1ccc(CC)cc1.{toluidine}", "O", BUCHWALD_HARTWIG_VAL, 20.0, "test"),
        ("buchwald_hartwig", f"COc1ccc(Br)cc1.{toluidine}", "O", canonical("COc1ccc(Nc2ccc(C)cc2)cc1"), 30.25, "test"),
        ("suzuki_miyaura", None, None, "Cc1ccc2c(cnn2C2CCCCO2)c1-c1ccc2ncccc2c1", 64.3, "train"),
        ("suzuki_miyaura", None, None, "Cc1ccc2c(cnn2C2CCCCO2)c1-c1ccc2ncccc2c1", 61.0, "test"),
    ]
    partners = "Brc1ccc2ncccc2c1.CC#N.Cc1ccc2c(cnn2C2CCCCO2)c1B(O)O"
    columns = ("dataset", "reactants", "reagents", "product", "yield_percent", "split")
    table = dict(zip(columns, map(list, zip(*screens, strict=True)), strict=True))
    table["reaction_smiles"] = [f"{left or partners}>>{product}" for _, left, _, product, *_ in screens]
    pq.write_table(pa.table(table), folder / "yields.parquet")
    suzuki = [
        {
            "reactants": f"Brc1ccccc1.{'C' * n}c1ccc(B(O)O)cc1",
            "reagents": "O.[Pd]",
            "products": canonical(f"{'C' * n}c1ccc(-c2ccccc2)cc1"),
            "yield_percent": 80.0 + n,
            "split": "val" if n > 4 else "train",
        }
        for n in range(1, 6)
    ]
    pq.write_table(pa.Table.from_pylist(suzuki), folder / "yields_patent_suzuki.parquet")


def write_labels(folder: Path) -> None:
    """Write alkyl fluorides with every kind of label; the longest are val."""
    fluorides = ["C" * n + "F" for n in range(1, 8)]
    splits = ["train"] * 5 + ["val"] * 2
    n_rows = len(fluorides)
    numbers = [-0.25 - n / 100 for n in range(n_rows)]
    names = ("homo_hartree", "lumo_hartree", "gap_hartree", "dipole_debye", "u0_hartree")
    quantum = {"smiles": fluorides, "method": ["QM9, B3LYP/6-31G(2df,p)"] * n_rows, "split": splits}
    pq.write_table(pa.table({**quantum, **dict.fromkeys(names, numbers)}), folder / "quantum.parquet")
    shared = {"smiles": fluorides, "scaffold_split": splits, "in_heldout_keys": [False] * n_rows}
    measured = {"esol": "log_solubility", "lipophilicity": "logd_ph7_4", "freesolv": "hydration_free_energy_expt"}
    for name, column in measured.items():
        pq.write_table(pa.table({**shared, column: numbers}), folder / f"moleculenet_{name}.parquet")
    (adme,) = (one for one in MEASURED_SETS if one.name == "adme")
    pq.write_table(pa.table({**shared, **dict.fromkeys(adme.columns, numbers)}), folder / adme.file)
    for task, columns in CLASS_COLUMNS.items():
        flags = {column: [n % 2 for n in range(n_rows)] for column in columns.values()}
        pq.write_table(pa.table({**shared, **flags}), folder / f"moleculenet_{task}.parquet")
    questions = {
        "smiles": fluorides,
        "question": ["How many heavy atoms are there?"] * n_rows,
        "answer": [str(len(smiles)) for smiles in fluorides],
        "source": ["open_q"] * n_rows,
        "split": splits,
    }
    pq.write_table(pa.table(questions), folder / "molecule_qa.parquet")


def everything(**changes: object) -> DataConfig:
    generated = {"count": 20, "val_count": 1}
    return DataConfig(
        name="test",
        components=(
            ReactionsConfig(task=ReactionTask.FORWARD, copies=2),
            ReactionsConfig(task=ReactionTask.RETROSYNTHESIS, graph_fraction=0.5),
            ReactionsConfig(task=ReactionTask.REAGENTS),
            ReactionsConfig(task=ReactionTask.RECOGNITION, graph_fraction=0.0),
            ReactionsConfig(task=ReactionTask.COMPLETION, copies=2),
            ReactionsConfig(task=ReactionTask.SOLVENTS),
            ReactionsConfig(task=ReactionTask.CATALYSTS),
            ReactionsConfig(task=ReactionTask.BY_CLASS),
            ConditionsConfig(),
            YieldsConfig(),
            QuantumConfig(),
            MeasuredConfig(tasks=tuple(MeasuredTask)),
            ClassesConfig(count=4),
            QuestionsConfig(),
            NamesConfig(tasks=tuple(NameTask)),
            GeneratedNamesConfig(count=8, val_count=1, max_name=60),
            CaptionsConfig(graph_fraction=1.0),
            PropertiesConfig(**generated, tasks=tuple(PropertyTask)),
            ConversationsConfig(**generated),
            EditsConfig(**generated),
            OptimisationConfig(**generated),
            SpecificationsConfig(**generated),
            RecognitionConfig(count=6, val_count=1, shown=(("graph",), ("conformer", "image")), formula=0.5),
            PretrainConfig(**{**generated, "count": 40}, names=5, captions=5),
        ),
        **changes,
    )


@pytest.fixture(scope="module")
def shards(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("build") / "shards"
    build(everything(selfies=True), data_dir, output, quiet=True)
    return output


def test_every_task_has_training_and_validation_examples(shards: Path) -> None:
    counts = ShardReader(shards).manifest.counts
    assert set(counts) == {*TASKS, "pretrain"}
    assert all(per_split.get("train") for per_split in counts.values())
    assert all(per_split.get("val") for task, per_split in counts.items()), counts


def test_planted_reserved_molecule_is_refused_everywhere_and_counted(shards: Path, data_dir: Path) -> None:
    block = compute_blocks(RESERVED)[0]
    train = ShardReader(shards, split="train")
    answered = {
        found for example in train for guarded in guarded_molecules(example) for found in compute_blocks(guarded.smiles)
    }
    assert block not in answered
    assert compute_blocks(VAL_NAMED)[0] not in answered
    refused = train.manifest.refused
    for title in ("forward_reaction", "names", "captions"):
        assert any(key.startswith(f"train {title}: held out") for key in refused), refused
    assert train.manifest.audit is not None and train.manifest.audit["leaks"] == 0
    assert check_shards(shards, data_dir).audit.leaks == ()


def test_reserved_molecule_may_be_an_input(shards: Path) -> None:
    blocks = set()
    for example in ShardReader(shards, split="train", tasks=["forward_reaction"]):
        for part in example.messages[0].parts:
            if isinstance(part, MoleculePart):
                blocks.update(compute_blocks(part.smiles))
    assert compute_blocks(RESERVED)[0] in blocks


def test_closed_sources_stay_out_unless_asked_for(shards: Path, data_dir: Path, tmp_path: Path) -> None:
    assert not any("closed" in source for source in ShardReader(shards).manifest.sources)
    config = DataConfig(components=(NamesConfig(), CaptionsConfig()), shippable=False)
    manifest = build(config, data_dir, tmp_path / "research", quiet=True)
    assert manifest.sources["names:closed"] == {"licence": "none stated", "examples": 1}


def test_ambiguous_names_stay_out(shards: Path) -> None:
    texts = {
        part.text for e in ShardReader(shards) for m in e.messages for part in m.parts if isinstance(part, TextPart)
    }
    assert "alcohol number 3" in texts
    assert "spirit" not in texts


def test_molecules_are_asked_for_names_in_canonical_and_in_random_writing(shards: Path) -> None:
    asked = list(ShardReader(shards, split="train", tasks=["molecule_to_name"]))
    recorded = [example for example in asked if example.source == "names:open_n"]
    generated = [example for example in asked if example.source == "openclatura"]
    assert {example.answer[0].text for example in recorded} <= {f"alcohol number {n}" for n in range(12)}
    assert len(generated) == 8 and all(example.licence.startswith("MIT") for example in generated)
    written = [part.smiles for e in asked for part in e.messages[0].parts if isinstance(part, MoleculePart)]
    assert 0 < sum(canonical(smiles) == smiles for smiles in written) < len(written)


def test_generated_names_keep_to_the_generated_splits(shards: Path, data_dir: Path) -> None:
    heldout = Heldout.read(data_dir)
    for example in ShardReader(shards, tasks=["name_to_molecule"]):
        if example.source == "openclatura":
            assert heldout.split_generated(example.answer[0].smiles) == example.split


def test_state_of_the_reagents_is_in_the_prompt(shards: Path) -> None:
    for example in ShardReader(shards, tasks=["forward_reaction"]):
        said = "".join(part.text for part in example.messages[0].parts if isinstance(part, TextPart))
        molecules = [part for part in example.messages[0].parts if isinstance(part, MoleculePart)]
        assert ("Reagents are not given." in said) == (len(molecules) == 1)


def test_reference_answers_satisfy_their_own_task(shards: Path) -> None:
    for example in ShardReader(shards):
        if example.task in ("pretrain", "captioning"):
            continue
        said = (part.text if isinstance(part, TextPart) else f"<mol>{part.smiles}</mol>" for part in example.answer)
        value = TASKS[example.task].parse("".join(said))
        assert value is not None


def test_graphs_and_selfies_are_filled_in(shards: Path) -> None:
    graphs = 0
    for example in ShardReader(shards):
        for part in [*example.answer, *(part for message in example.messages for part in message.parts)]:
            if isinstance(part, MoleculePart):
                assert part.selfies
            elif isinstance(part, RecordPart) and part.modality is Modality.GRAPH:
                graphs += 1
                assert isinstance(part.record, MolecularGraph)
                assert part.record.n_atoms == Chem.MolFromSmiles(part.smiles).GetNumAtoms()
    assert graphs > 20


def test_validation_inputs_are_canonical(shards: Path) -> None:
    for example in ShardReader(shards, split="val", tasks=["forward_reaction", "retrosynthesis"]):
        for part in example.messages[0].parts:
            if isinstance(part, MoleculePart):
                assert sorted(map(canonical, part.smiles.split("."))) == sorted(part.smiles.split("."))


def test_build_repeats_exactly_whatever_the_number_of_workers(shards: Path, data_dir: Path, tmp_path: Path) -> None:
    build(everything(selfies=True), data_dir, tmp_path / "again", workers=2, quiet=True, audit=False)
    first, second = ShardReader(shards).manifest.files, ShardReader(tmp_path / "again").manifest.files
    assert first == second


def test_another_seed_gives_another_build(shards: Path, data_dir: Path, tmp_path: Path) -> None:
    build(everything(selfies=True, seed=1), data_dir, tmp_path / "other", quiet=True, audit=False)
    assert ShardReader(shards).manifest.files != ShardReader(tmp_path / "other").manifest.files


def test_stats_add_up(shards: Path) -> None:
    stats = collect_stats(shards)
    assert sum(group.examples for group in stats.groups) == len(ShardReader(shards)) == sum(stats.sources.values())
    assert sum(stats.licences.values()) == sum(stats.sources.values())


def test_builtin_molecules_need_no_data_directory(tmp_path: Path) -> None:
    config = DataConfig(
        name="builtin",
        components=(
            PropertiesConfig(builtin=True, tasks=(PropertyTask.MOLECULAR_WEIGHT,), count=200, val_count=20),
            EditsConfig(builtin=True, count=50, val_count=5),
            SpecificationsConfig(builtin=True, count=50, val_count=5),
            PretrainConfig(builtin=True, count=300, val_count=20),
        ),
    )
    manifest = build(config, None, tmp_path / "shards", quiet=True)
    assert manifest.counts["molecular_weight"] == {"train": 200, "val": 20}
    assert manifest.counts["pretrain"] == {"train": 300, "val": 20}
    assert manifest.audit is not None and manifest.audit["leaks"] == 0
    with pytest.raises(DataError, match="needs the data directory"):
        build(DataConfig(components=(NamesConfig(),)), None, tmp_path / "none", quiet=True)


@pytest.fixture
def real_data() -> Path:
    folder = os.environ.get("ANYMOL_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("the real data are not at hand: set ANYMOL_DATA")
    return Path(folder)


def test_real_data(real_data: Path, tmp_path: Path) -> None:
    few = {"count": 20, "val_count": 5}
    config = DataConfig(
        components=(
            ReactionsConfig(task=ReactionTask.FORWARD, **few),
            ReactionsConfig(task=ReactionTask.RETROSYNTHESIS, **few),
            ReactionsConfig(task=ReactionTask.REAGENTS, **few),
            NamesConfig(**few),
            CaptionsConfig(**few),
            PropertiesConfig(count=20, val_count=1),
        )
    )
    manifest = build(config, real_data, tmp_path / "shards", quiet=True)
    assert manifest.counts["retrosynthesis"] == {"train": 20, "val": 5}
    assert manifest.audit is not None and manifest.audit["held_out"] > 20_000 and manifest.audit["leaks"] == 0


def test_builtin_molecules_are_free_of_what_is_held_out(real_data: Path) -> None:
    from anymol.data.sources.molecules import read_builtin

    heldout = Heldout.read(real_data)
    scopes = {refusal.scope for smiles in read_builtin() if (refusal := heldout.find(smiles)) is not None}
    assert scopes == {"generated"}


def test_a_fraction_of_a_build_is_that_part_of_every_component(data_dir: Path, tmp_path: Path) -> None:
    components = (NamesConfig(val_count=1), PropertiesConfig(count=20, val_count=2))
    whole = build(DataConfig(components=components), data_dir, tmp_path / "whole", quiet=True, audit=False)
    half = build(DataConfig(components=components, fraction=0.5), data_dir, tmp_path / "half", quiet=True, audit=False)
    assert whole.counts["logp"] == {"train": 20, "val": 2}
    assert half.counts["logp"] == {"train": 10, "val": 1}
    assert 0 < half.counts["name_to_molecule"]["train"] < whole.counts["name_to_molecule"]["train"]
    assert half.counts["name_to_molecule"]["val"] == whole.counts["name_to_molecule"]["val"] == 1  # half a row is one


def test_an_estimate_counts_what_the_build_gives(data_dir: Path, tmp_path: Path) -> None:
    config = DataConfig(components=(NamesConfig(val_count=0), PropertiesConfig(count=8, val_count=0)))
    found = estimate_build(config, data_dir, seconds=0.5)
    built = build(config, data_dir, tmp_path / "built", quiet=True, audit=False)
    assert [one.name for one in found.components] == ["names", "properties"]
    assert found.examples == sum(split["train"] for split in built.counts.values())
    assert all(one.per_second > 0 and one.megabytes > 0 for one in found.components)


def tiny(seed: int = 0) -> DataConfig:
    return DataConfig(
        name="tiny",
        seed=seed,
        components=(
            PropertiesConfig(builtin=True, tasks=(PropertyTask.LOGP,), count=30, val_count=5),
            EditsConfig(builtin=True, count=20, val_count=5),
        ),
    )


def stop_after(pieces: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a build be interrupted once it has done some pieces of work, of a row each."""
    done = 0

    def work(*arguments: Any) -> Any:
        nonlocal done
        done += 1
        if done > pieces:
            raise KeyboardInterrupt
        return work_rows(*arguments)

    monkeypatch.setattr("anymol.data.build.work_rows", work)


@pytest.mark.parametrize("pieces", [2, 40, 70, 100])
def test_a_build_that_was_stopped_ends_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pieces: int
) -> None:
    monkeypatch.setattr("anymol.data.unfinished._EXAMPLES", 7)
    monkeypatch.setattr("anymol.data.build._SMALL_CHUNK", 1)
    monkeypatch.setattr("anymol.data.build._CHUNK", 1)
    whole = build(tiny(), None, tmp_path / "whole", quiet=True)
    with monkeypatch.context() as held:
        stop_after(pieces, held)
        with pytest.raises(KeyboardInterrupt):
            build(tiny(), None, tmp_path / "stopped", quiet=True)
    assert not (tmp_path / "stopped").exists()
    kept = len(list((tmp_path / "stopped.unfinished").glob("*-*-*")))
    assert kept or pieces == 2, "nothing was ready"
    assert build(tiny(), None, tmp_path / "stopped", quiet=True, resume=True) == whole
    assert not (tmp_path / "stopped.unfinished").exists()


def test_what_was_built_so_far_of_another_recipe_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as held:
        stop_after(0, held)
        with pytest.raises(KeyboardInterrupt):
            build(tiny(), None, tmp_path / "shards", quiet=True)
    with pytest.raises(DataError, match="another recipe"):
        build(tiny(seed=1), None, tmp_path / "shards", quiet=True, resume=True)
    assert build(tiny(seed=1), None, tmp_path / "shards", quiet=True).counts  # without resume it begins anew

"""Training on two processes of which one may have no record of a modality goes on, and as on one process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from tests.processes import WAIT, run_processes

from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards
from anymol.errors import ConfigError
from anymol.modalities.content import Message, MoleculePart, RecordPart, Speaker, TextPart
from anymol.modalities.modality import Modality
from anymol.recipe import parse_recipe
from anymol.synthesis.graph import synthesize_graph
from anymol.training.metrics_logger import METRICS_FILE, read_metrics
from anymol.training.train import run

MOLECULES = ("CCO", "CC(=O)O", "c1ccccc1", "CCN")
ROW = 64


def make_example(smiles: str, shown: bool, split: str) -> InstructionExample:
    """Return a question long enough to have a row to itself."""
    molecule = RecordPart(Modality.GRAPH, synthesize_graph(smiles), smiles=smiles) if shown else MoleculePart(smiles)
    question = (TextPart("abcdefg hijklmnop qrstuvw xyz " * 2), molecule)
    return InstructionExample(
        f"{split}/{smiles}/{shown}", "molecule_recognition", (Message(Speaker.USER, question),),
        (MoleculePart(smiles),), "here", "CC0", split,
    )  # fmt: skip


def plan(**changes: object) -> dict[str, object]:
    stage = {
        "stage": "align", "steps": 6, "batch_tokens": 2 * ROW, "micro_batch_tokens": ROW, "row_length": ROW,
        "precision": "fp32", "optimiser": {"kind": "adamw", "lr": 0.01}, "trains": ["encoder", "projector"],
        "mixture": {"only_modal": False}, "validate_every": 0, "checkpoint_every": 0, **changes,
    }  # fmt: skip
    return {
        "name": "shared",
        "data": {"name": "shared", "components": [{"kind": "recognition", "builtin": True}]},
        "tokenizer": {"notation": "smiles", "vocab_size": 300, "min_symbol_count": 1},
        "model": {
            "decoder": {"kind": "fresh", "size": {"hidden_size": 32, "n_layers": 1, "n_heads": 2, "ffn_size": 32}},
            "modalities": {
                "graph": {"encoder": {"width": 16, "n_layers": 2}},
                "ms2": {"encoder": {"kind": "peaks", "width": 16, "n_layers": 1, "n_heads": 2, "n_waves": 4}},
            },
        },
        "threads": 1,
        "stages": [stage],
    }


def train(rank: int, meeting: str, folder: str, changes: dict[str, object]) -> None:
    # accelerate wants an address, also of a group that has met.
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1", "WORLD_SIZE": "2", "ACCELERATE_USE_CPU": "true"}
    os.environ.update(place, RANK=str(rank), LOCAL_RANK=str(rank))
    dist.init_process_group("gloo", meeting, rank=rank, world_size=2, timeout=WAIT)
    try:
        run(parse_recipe(plan(**changes)), Path(folder) / "two", shards=Path(folder) / "shards")
    finally:
        dist.destroy_process_group()


def read_losses(directory: Path) -> list[float]:
    return [line["loss"] for line in read_metrics(directory / METRICS_FILE) if "loss" in line]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "tolerance"),
    [
        pytest.param({}, 1e-4, id="encoders"),
        # Gradients are rounded to bf16 before they are summed, so that the last bits differ.
        pytest.param({"stage": "instruct", "trains": [], "ema": 0.9, "precision": "bf16_weights"}, 5e-3, id="masters"),
    ],
)
def test_two_processes_train_as_one_whatever_records_they_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], tolerance: float
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[2])  # the processes import this file by its name
    # One graph to three questions in text: most steps have it on one process or on none, and none has a spectrum.
    examples = [make_example(one, one == "CCO", split) for split in ("train", "val") for one in MOLECULES]
    write_shards(examples, tmp_path / "shards", name="mixed")
    run_processes(train, str(tmp_path), changes)
    run(parse_recipe(plan(**changes)), tmp_path / "one", shards=tmp_path / "shards")
    two, one = read_losses(tmp_path / "two"), read_losses(tmp_path / "one")
    assert len(two) == 6
    torch.testing.assert_close(torch.tensor(two), torch.tensor(one), rtol=tolerance, atol=1e-5)


def test_rows_that_processes_cannot_share_are_refused() -> None:
    [stage] = parse_recipe(plan(batch_tokens=3 * ROW)).stages
    stage.require_equal_passes(1)
    stage.require_equal_passes(3)
    with pytest.raises(ConfigError, match="2 processes cannot share the 3 rows"):
        stage.require_equal_passes(2)

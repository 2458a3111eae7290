"""Training on several processes is training on one: the same losses, whatever records each has, in one piece or shards.

Processes are forked from a server that has read the modules once, and none is waited for without end.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
import yaml
from tests.processes import SECONDS, TRIES, WAIT

from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards
from anymol.errors import ConfigError
from anymol.modalities.content import Message, MoleculePart, RecordPart, Speaker, TextPart
from anymol.modalities.modality import Modality
from anymol.models.checkpoint import load_checkpoint
from anymol.recipe import parse_recipe
from anymol.synthesis.graph import synthesize_graph
from anymol.training import loop
from anymol.training.metrics_logger import METRICS_FILE, read_metrics
from anymol.training.processes import ProcessLostError
from anymol.training.train import run

MOLECULES = ("CCO", "CC(=O)O", "c1ccccc1", "CCN")
ROW = 64
STEPS = 4

ADAPTERS: dict[str, list[dict[str, Any]]] = {
    "lora": [{"kind": "lora", "rank": 4, "dropout": 0.2}],
    "omni-mol": [{"kind": "moge", "rank": 4, "layers": [1], "experts": 4}, {"kind": "gal", "rank": 4}],
    "mora": [{"kind": "mora", "rank": 4, "state_width": 16, "width": 16, "every": 1}],
}


def make_example(smiles: str, shown: bool, split: str) -> InstructionExample:
    """Return a question long enough to have a row to itself."""
    molecule = RecordPart(Modality.GRAPH, synthesize_graph(smiles), smiles=smiles) if shown else MoleculePart(smiles)
    question = (TextPart("abcdefg hijklmnop qrstuvw xyz " * 2), molecule)
    return InstructionExample(
        f"{split}/{smiles}/{shown}", "molecule_recognition", (Message(Speaker.USER, question),),
        (MoleculePart(smiles),), "here", "CC0", split,
    )  # fmt: skip


def stage(**changes: Any) -> dict[str, Any]:
    return {
        "stage": "align", "steps": STEPS, "batch_tokens": 4 * ROW, "micro_batch_tokens": ROW, "row_length": ROW,
        "precision": "fp32", "optimiser": {"kind": "adamw", "lr": 0.01}, "trains": ["encoder", "projector"],
        "mixture": {"only_modal": False}, "validate_every": 2, "checkpoint_every": 2, **changes,
    }  # fmt: skip


def plan(*stages: dict[str, Any], adapters: str = "", sharding: str = "none") -> dict[str, Any]:
    size = {"hidden_size": 32, "n_layers": 2, "n_heads": 2, "ffn_size": 32}
    return {
        "name": "shared",
        "data": {"name": "shared", "components": [{"kind": "recognition", "builtin": True}]},
        "tokenizer": {"notation": "smiles", "vocab_size": 300, "min_symbol_count": 1},
        "model": {
            "decoder": {"kind": "fresh", "size": size},
            "modalities": {
                "graph": {"encoder": {"width": 16, "n_layers": 2}},
                "ms2": {"encoder": {"kind": "peaks", "width": 16, "n_layers": 1, "n_heads": 2, "n_waves": 4}},
            },
            "adapters": ADAPTERS.get(adapters, []),
        },
        "sharding": sharding,
        "threads": 1,
        "stages": list(stages) or [stage()],
    }


def both_stages(**changes: Any) -> list[dict[str, Any]]:
    """Return stages that train the encoders alone and then all that the model has, with two passes a process."""
    return [stage(steps=2), stage(stage="instruct", trains=[], **changes)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data: one graph to three questions in text, so that most passes have none, and no spectrum."""
    directory = tmp_path_factory.mktemp("distributed")
    examples = [make_example(one, one == "CCO", split) for split in ("train", "val") for one in MOLECULES]
    write_shards(examples, directory / "shards", name="mixed")
    return directory


def work(
    rank: int, processes: int, meeting: str, folder: Path, output: Path, fields: dict[str, Any], dies: int
) -> None:
    """Be one process of a run."""
    # accelerate wants an address, also of a group that has met.
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1", "WORLD_SIZE": str(processes)}
    os.environ.update(place, RANK=str(rank), LOCAL_RANK=str(rank))
    dist.init_process_group("gloo", meeting, rank=rank, world_size=processes, timeout=WAIT)
    if dies and rank == processes - 1:
        die_at_step(dies)
    try:
        run(parse_recipe(fields), output, shards=folder / "shards", resume=True)
    except ProcessLostError:
        os._exit(3)  # a process group that has lost a process is not left in peace
    dist.destroy_process_group()


def die_at_step(step: int) -> None:
    """Let this process be killed as by the kernel, at the beginning of a step."""
    draw = loop.BatchStream.next_rows
    drawn: list[int] = []

    def die(self: Any, count: int) -> Any:
        drawn.append(count)
        if len(drawn) > step:
            os.kill(os.getpid(), signal.SIGKILL)
        return draw(self, count)

    loop.BatchStream.next_rows = die  # type: ignore[method-assign]


def train(processes: int, folder: Path, output: Path, fields: dict[str, Any], *, dies: int = 0) -> list[int | None]:
    """Train on several processes, or go on, and return how each ended: 0, an exit code, or minus a signal."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["anymol.training.train", "anymol.recipe", __name__])
    for _ in range(TRIES):
        with tempfile.TemporaryDirectory() as place:
            given = (processes, f"file://{place}/meeting", folder, output, fields, dies)
            started = [context.Process(target=work, args=(rank, *given), daemon=True) for rank in range(processes)]
            if (ended := join(started)) is not None:
                return ended
    raise TimeoutError(f"{processes} processes had not ended after {SECONDS:.0f} s, in {TRIES} tries")


def join(started: Sequence[multiprocessing.process.BaseProcess]) -> list[int | None] | None:
    """Start processes and wait until all have ended; kill them, and return nothing, where they do not."""
    for one in started:
        one.start()
    end = time.monotonic() + SECONDS
    try:
        for one in started:
            one.join(max(0.0, end - time.monotonic()))
        return None if any(one.is_alive() for one in started) else [one.exitcode for one in started]
    finally:
        for one in started:
            one.kill()
            one.join(10)


def read_losses(directory: Path, key: str = "loss") -> torch.Tensor:
    return torch.tensor([line[key] for line in read_metrics(directory / METRICS_FILE) if key in line])


def train_alone(folder: Path, output: Path, fields: dict[str, Any]) -> torch.Tensor:
    run(parse_recipe({**fields, "sharding": "none"}), output, shards=folder / "shards")
    return read_losses(output)


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the processes import this file by its name."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(plan(), id="encoders"),
        pytest.param(plan(*both_stages(ema=0.9)), id="decoder"),
        pytest.param(plan(*both_stages(), adapters="lora"), id="lora-with-dropout"),
        pytest.param(plan(*both_stages(), adapters="omni-mol"), id="omni-mol"),
        pytest.param(plan(*both_stages(gradient_checkpointing=True), adapters="mora"), id="mora"),
    ],
)
def test_two_and_four_processes_have_the_losses_of_one(tmp_path: Path, folder: Path, fields: dict[str, Any]) -> None:
    alone = train_alone(folder, tmp_path / "1", fields)
    assert len(alone) == sum(one["steps"] for one in fields["stages"])
    for processes in (2, 4):
        assert train(processes, folder, tmp_path / str(processes), fields) == [0] * processes
        torch.testing.assert_close(read_losses(tmp_path / str(processes)), alone, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(plan(*both_stages(ema=0.9), sharding="fsdp2"), id="decoder"),
        pytest.param(plan(*both_stages(optimiser={"kind": "muon", "lr": 0.01}, ema=0.9), sharding="fsdp2"), id="muon"),
        pytest.param(
            plan(*both_stages(gradient_checkpointing=True), adapters="lora", sharding="fsdp2"), id="checkpointed-lora"
        ),
        pytest.param(plan(*both_stages(), adapters="omni-mol", sharding="fsdp2"), id="omni-mol"),
        pytest.param(plan(*both_stages(), adapters="mora", sharding="fsdp2"), id="mora"),
    ],
)
def test_shards_have_the_losses_of_the_whole(tmp_path: Path, folder: Path, fields: dict[str, Any]) -> None:
    alone = train_alone(folder, tmp_path / "1", fields)
    assert train(2, folder, tmp_path / "2", fields) == [0, 0]
    # Muon rounds to bf16 on its way, where a last bit becomes a larger one.
    tolerance = 1e-3 if "muon" in str(fields) else 1e-5
    torch.testing.assert_close(read_losses(tmp_path / "2"), alone, rtol=tolerance, atol=tolerance)
    whole, sharded = (load_checkpoint(tmp_path / name / "model")[0].state_dict() for name in ("1", "2"))
    assert whole.keys() == sharded.keys()
    for name, weight in whole.items():
        assert sharded[name].shape == weight.shape and sharded[name].dtype == weight.dtype, name


@pytest.mark.slow
def test_masters_of_bf16_weights_are_those_of_one_process(tmp_path: Path, folder: Path) -> None:
    fields = plan(stage(stage="instruct", trains=[], ema=0.9, precision="bf16_weights"))
    alone = train_alone(folder, tmp_path / "1", fields)
    assert train(2, folder, tmp_path / "2", fields) == [0, 0]
    # Gradients of passes and processes are added in fp32; summed in bf16 they would differ by more.
    torch.testing.assert_close(read_losses(tmp_path / "2"), alone, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sharding", "goes_on"), [("none", 1), ("none", 4), ("none", 2), ("fsdp2", 2), ("fsdp2", 1), ("none", -2)]
)
def test_a_killed_process_ends_the_others_and_the_run_goes_on(
    tmp_path: Path, folder: Path, sharding: str, goes_on: int
) -> None:
    """With as many processes, with one, or with more; and with shards what was begun without (-2)."""
    fields = plan(stage(stage="instruct", trains=[], ema=0.9), sharding=sharding)
    alone = train_alone(folder, tmp_path / "1", fields)
    started = time.monotonic()
    assert train(2, folder, tmp_path / "2", fields, dies=3) == [3, -signal.SIGKILL]
    assert time.monotonic() - started < SECONDS
    assert [one.name for one in sorted((tmp_path / "2" / "checkpoints").iterdir())] == ["stage0-step0000002"]
    fields["sharding"] = "fsdp2" if goes_on < 0 else sharding if goes_on > 1 else "none"
    if goes_on == 1:
        run(parse_recipe(fields), tmp_path / "2", shards=folder / "shards", resume=True)
    else:
        assert train(abs(goes_on), folder, tmp_path / "2", fields) == [0] * abs(goes_on)
    torch.testing.assert_close(read_losses(tmp_path / "2"), alone, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_the_command_under_torchrun(tmp_path: Path, folder: Path) -> None:
    """One process speaks and writes; the validation is that of one process."""
    fields = plan(stage(stage="instruct", trains=["decoder"]))
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(fields))
    words = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "anymol",
             "train", str(tmp_path / "recipe.yaml"), "--shards", str(folder / "shards"),
             "--output", str(tmp_path / "2"), "--json"]  # fmt: skip
    started = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        said, told = started.communicate(timeout=SECONDS)
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
    assert started.returncode == 0, told
    assert said.count('"finished": true') == 1
    train_alone(folder, tmp_path / "1", fields)
    for key in ("loss", "val/loss"):
        torch.testing.assert_close(
            read_losses(tmp_path / "2", key), read_losses(tmp_path / "1", key), rtol=1e-5, atol=1e-5
        )


def test_rows_that_processes_cannot_share_are_refused() -> None:
    [one] = parse_recipe(plan(stage(batch_tokens=3 * ROW))).stages
    one.require_equal_passes(1)
    one.require_equal_passes(3)
    with pytest.raises(ConfigError, match="2 processes cannot share the 3 rows"):
        one.require_equal_passes(2)


@pytest.mark.parametrize(("rows", "most", "processes", "shares"), [
    (4, 1, 1, [[0], [1], [2], [3]]),
    (4, 1, 2, [[0], [1], [2], [3]]),  # the passes of one process, taken in turns
    (4, 4, 2, [[0, 1], [2, 3]]),  # one pass is shared out
    (6, 2, 2, [[0], [1, 2], [3], [4, 5]]),  # three passes cannot be: four can
])  # fmt: skip
def test_rows_are_shared_in_equal_passes(rows: int, most: int, processes: int, shares: list[list[int]]) -> None:
    [one] = parse_recipe(plan(stage(batch_tokens=rows * ROW, micro_batch_tokens=most * ROW))).stages
    assert [list(part) for part in one.share_rows(range(rows), processes)] == shares

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch

from anymol.errors import ConfigError
from anymol.recipe import parse_recipe
from anymol.training import estimate as estimating
from anymol.training.plan import TrainingPlan


def test_steps_are_timed_in_the_arithmetic_and_with_the_attention_of_the_stage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []
    compute = estimating.compute_target_logits

    def look(wrapped: Any, model: Any, batch: Any, precision: Any) -> torch.Tensor:
        seen.append((model.get_input_embeddings().weight.dtype, batch.attention_mask.dtype))
        return compute(wrapped, model, batch, precision)

    monkeypatch.setattr(estimating, "compute_target_logits", look)
    stage = {"stage": "pretrain", "steps": 10, "batch_tokens": 25600, "micro_batch_tokens": 256, "row_length": 128}
    plan = parse_recipe(
        {
            "name": "timed", "data": {"components": [{"kind": "properties", "builtin": True}]}, "threads": 1,
            "tokenizer": {"vocab_size": 320},
            "model": {
                "decoder": {"kind": "fresh", "size": {"hidden_size": 32, "n_layers": 1, "n_heads": 2, "ffn_size": 32}}
            },
            "stages": [{**stage, "precision": "bf16_weights"}, {**stage, "precision": "fp32"}],
        }
    )  # fmt: skip
    assert isinstance(plan, TrainingPlan)
    found = estimating.estimate(plan, seconds=0.0)
    assert [one.tokens for one in found.stages] == [256_000, 256_000]
    mask = torch.int64 if torch.device(found.device).type == "cpu" else torch.bool
    # Once to see what is kept, once to warm up, once timed, though a step has a hundred passes.
    assert seen == [(torch.bfloat16, mask)] * 3 + [(torch.float32, mask)] * 3


def test_activations_are_counted_as_autograd_keeps_them() -> None:
    """Two linear maps with a sigmoid between them keep, in fp32: input 3 x 4, sigmoid's output 3 x 5, by hand."""
    from torch import nn

    from anymol.training.memory import watch_saved

    layer = nn.Sequential(nn.Linear(4, 5), nn.Sigmoid())
    model = nn.ModuleDict({"layers": nn.ModuleList([layer]), "head": nn.Linear(5, 2)})
    rows = torch.randn(3, 4)
    with watch_saved(model, nn.ModuleList([layer])) as saved:
        inside = layer(rows)
        model["head"](inside).sum().backward()
    assert saved.body == 4 * (3 * 4 + 3 * 5)
    assert saved.outside == 0  # the head's input is the sigmoid's output, kept already


def test_what_was_looked_at_is_let_go() -> None:
    """A large decoder fits once: what the look saw must not stay beside the passes that are timed."""
    from torch import nn

    from anymol.training.memory import watch_saved

    layer = nn.Sequential(nn.Linear(4, 5), nn.Sigmoid(), nn.Linear(5, 4))
    seen: list[weakref.ref[torch.Tensor]] = []

    def look(_: nn.Module, __: Any, output: torch.Tensor) -> None:
        seen.append(weakref.ref(output))

    handle = layer[1].register_forward_hook(look)
    with watch_saved(layer, nn.ModuleList([layer])) as saved:
        layer(torch.randn(3, 4))
    handle.remove()
    gc.collect()
    assert saved.body > 0
    assert seen[0]() is None


def test_the_cost_of_a_decoder_that_is_not_at_hand_follows_from_its_shape() -> None:
    from anymol.backbones.shapes import PUBLISHED_SHAPES, find_shape

    sizes = {name: find_shape(name) for name in PUBLISHED_SHAPES}
    assert {name: shape.num_hidden_layers for name, shape in sizes.items()} == {
        "meta-llama/Llama-3.2-1B-Instruct": 16, "lmsys/vicuna-7b-v1.5": 32, "OpenDFM/ChemDFM-13B-v1.0": 40,
    }  # fmt: skip


@pytest.mark.parametrize("again", [False, True])
def test_memory_is_that_of_weights_optimiser_and_activations(again: bool) -> None:
    """Of a stage with 100 weights of 4 bytes, 40 of them learned by AdamW (4 + 4 + 8 bytes), by hand."""
    from anymol.training.memory import SavedBytes, StageWeights, estimate_memory
    from anymol.training.stages import StageConfig

    stage = StageConfig.model_validate(
        {"stage": "instruct", "steps": 1, "batch_tokens": 512, "row_length": 256, "gradient_checkpointing": again}
    )
    weights = StageWeights(learned=40, frozen=60 * 4)
    found = estimate_memory(weights, stage, SavedBytes(body=2000, outside=100), 256, layers=2, of=8, width=10)
    assert found.frozen == 60 * 4
    assert found.learned == 40 * 16
    assert found.activations == 2000 * 8 / 2 * 2 + 2 * 100 * 2  # twice the tokens, four times the layers
    assert found.activations_again == 512 * 10 * 2 * 8 + 2000 / 2 * 2 + 2 * 100 * 2
    kept = found.activations_again if again else found.activations
    # Of the step's only pass the gradients, 40 x 4, come as what was kept goes.
    assert found.total == found.frozen + found.learned + kept - 40 * 4
    assert found.copies == found.exchanged == 0


def make_stage(**changes: Any) -> Any:
    from anymol.training.stages import StageConfig

    fields = {
        "stage": "pretrain", "steps": 1, "batch_tokens": 2048, "micro_batch_tokens": 512, "row_length": 256,
        "precision": "fp32", **changes,
    }  # fmt: skip
    return StageConfig.model_validate(fields)


def test_masters_of_bf16_weights_are_counted_beside_what_the_passes_read() -> None:
    """Of 100 weights 70 are a decoder's, 60 of which learn; 20 learn outside of it. Four passes a step, by hand."""
    from anymol.training.memory import SavedBytes, StageWeights, estimate_memory

    weights = StageWeights(learned=80, frozen=20 * 4, rounded=70, rounded_learned=60)
    kept = SavedBytes(body=800, outside=0)
    found = estimate_memory(weights, make_stage(precision="bf16_weights"), kept, 512, layers=1, of=1, width=1)
    assert found.learned == 80 * (4 + 4 + 8)  # masters, their gradients, two moments
    assert found.copies == 70 * 2 + 60 * 2  # what is read, and the gradients of the pass that is under way
    assert found.total == 80 + 80 * 16 + 260 + 800
    plain = estimate_memory(
        StageWeights(learned=80, frozen=20 * 4), make_stage(ema=0.9), kept, 512, layers=1, of=1, width=1
    )
    assert plain.copies == 0 and plain.learned == 80 * 20
    half = StageWeights(learned=80, frozen=0, momentum_only=50)
    muon = estimate_memory(half, make_stage(optimiser={"kind": "muon"}), kept, 512, layers=1, of=1, width=1)
    assert muon.learned == 50 * 12 + 30 * 16  # Muon has one moment for matrices, AdamW two for the rest


def test_several_processes_share_the_weights_or_hold_buckets() -> None:
    """Of four layers of 10 learning weights, and 20 at rest and 8 learning outside, on four processes, by hand."""
    from anymol.training.memory import SavedBytes, StageWeights, estimate_memory
    from anymol.training.sharding import Sharding

    weights = StageWeights(learned=48, frozen=80, layer=40, outside=112, layer_learned=10, outside_learned=8)
    kept, sizes = SavedBytes(body=1000, outside=0), {"layers": 4, "of": 4, "width": 1}
    stage = make_stage(batch_tokens=8192)  # four passes on each
    alone = estimate_memory(weights, stage, kept, 512, **sizes)
    assert alone.total == 80 + 48 * 16 + 1000 and alone.exchanged == 0
    copied = estimate_memory(weights, stage, kept, 512, **sizes, processes=4)
    assert copied.exchanged == 48 * 4 and copied.total == alone.total + 48 * 4
    shards = estimate_memory(weights, stage, kept, 512, **sizes, processes=4, sharding=Sharding.FSDP2)
    assert (shards.frozen, shards.learned) == (20, 48 * 16 // 4)
    # Whole for a while: what is outside, one layer and the next, the gradients of what is outside and of a layer.
    assert shards.exchanged == 112 + 2 * 40 + 4 * (8 + 10)
    assert shards.total == 20 + 192 + shards.exchanged + 1000


def test_an_estimate_counts_what_the_plan_says() -> None:
    """A decoder of which the embedding is tied: in bf16 beside its masters, or in shards."""
    size = {"hidden_size": 32, "n_layers": 2, "n_heads": 2, "ffn_size": 32}
    fields: dict[str, Any] = {
        "name": "counted", "data": {"components": [{"kind": "properties", "builtin": True}]}, "threads": 1,
        "tokenizer": {"vocab_size": 320}, "model": {"decoder": {"kind": "fresh", "size": size}},
    }  # fmt: skip
    stage = {"stage": "pretrain", "steps": 1, "batch_tokens": 1024, "micro_batch_tokens": 256, "row_length": 128}
    plain, halved = estimating.estimate(
        _parse({**fields, "stages": [{**stage, "precision": one} for one in ("fp32", "bf16_weights")]}), seconds=0.0
    ).stages
    assert plain.memory is not None and halved.memory is not None
    assert plain.memory.copies == 0 and plain.memory.learned == plain.trained * 16
    assert halved.memory.copies == halved.trained * 4 and halved.memory.learned == plain.memory.learned
    sharded = _parse({**fields, "sharding": "fsdp2", "stages": [{**stage, "precision": "fp32"}]})
    (two,) = estimating.estimate(sharded, seconds=0.0, processes=2).stages
    assert two.memory is not None
    assert two.memory.learned == plain.memory.learned // 2
    assert two.memory.exchanged > 0 and two.memory.total < plain.memory.total
    with pytest.raises(ConfigError, match="16 processes cannot share"):
        estimating.estimate(sharded, seconds=0.0, processes=16)


def _parse(fields: dict[str, Any]) -> TrainingPlan:
    plan = parse_recipe(fields)
    assert isinstance(plan, TrainingPlan)
    return plan


def test_a_long_pass_is_timed_by_a_part_of_it() -> None:
    from anymol.training.stages import StageConfig

    def shorten(row: int, rows: int) -> tuple[int, int]:
        stage = StageConfig.model_validate(
            {"stage": "instruct", "steps": 1, "batch_tokens": row * rows, "row_length": row}
        )
        short = estimating._shorten(stage, row, 4096)
        return short.row_length, short.micro_rows

    assert shorten(256, 64) == (256, 16)
    assert shorten(2048, 8) == (2048, 2)
    assert shorten(8192, 2) == (8192, 1)  # a row is not cut: attention would cost less
    assert shorten(256, 4) == (256, 4)


def test_a_trained_model_is_estimated_too(tiny_smiles_model_dir: Path) -> None:
    plan = parse_recipe(
        {
            "name": "timed", "data": {"components": [{"kind": "properties", "builtin": True}]}, "threads": 1,
            "model": {"decoder": {"kind": "trained", "path": str(tiny_smiles_model_dir)}},
            "stages": [{"stage": "instruct", "steps": 3, "batch_tokens": 256, "row_length": 64}],
        }
    )  # fmt: skip
    found = estimating.estimate(plan, seconds=0.0)
    assert found.tokens == 768 and found.hours > 0
    assert found.stages[0].trained == found.parameters

"""Small things of every kind that anymol stores, made once for an attack."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import torch
import yaml
from transformers import LlamaConfig, LlamaForCausalLM

from anymol.adapters import GalConfig, inject, save_adapter
from anymol.data.build import build
from anymol.encoders.graph import GraphEncoder, GraphEncoderConfig
from anymol.encoders.storage import save_encoder
from anymol.inference.assistant import Assistant
from anymol.inference.batch import BatchPlan, predict_file
from anymol.inference.options import PredictOptions, SourceChoice
from anymol.ocsr.examples import draw_all, save_truths
from anymol.recipe import parse_recipe
from anymol.synthesis.pipeline.local import LocalExecutor
from anymol.synthesis.pipeline.run import SynthesisPlan, synthesize
from anymol.synthesis.pipeline.work import InputRow
from anymol.synthesis.table import choose_engines
from anymol.training.plan import TrainingPlan
from anymol.training.train import run
from anymol.training.vocabulary.plan import VocabularyPlan
from anymol.training.vocabulary.run import run as train_tokenizer

STEP = {"batch_tokens": 256, "micro_batch_tokens": 256, "row_length": 128}
RECIPE: dict[str, Any] = {
    "name": "torture",
    "data": {
        "components": [
            {"kind": "properties", "builtin": True, "count": 20, "val_count": 4, "tasks": ["logp"], "max_smiles": 30,
             "graph_fraction": 0.5},
            {"kind": "pretrain", "builtin": True, "count": 60, "val_count": 4, "max_smiles": 30},
        ]
    },
    "tokenizer": {"notation": "smiles", "vocab_size": 320, "min_symbol_count": 1},
    "model": {
        "decoder": {
            "kind": "fresh",
            "size": {"hidden_size": 16, "n_layers": 2, "n_heads": 2, "n_kv_heads": 1, "ffn_size": 32},
        },
        "modalities": {"graph": {"encoder": {"width": 8, "n_layers": 1}}},
    },
    "threads": 1,
    "keep": 2,
    "validate_examples": 2,
    "stages": [
        {"stage": "pretrain", "steps": 6, "checkpoint_every": 2, **STEP},
        {"stage": "instruct", "steps": 8, "checkpoint_every": 3, "validate_every": 4, "ema": 0.9, **STEP},
    ],
}  # fmt: skip
"""A whole run of two stages, with averaged weights, in a few seconds."""

MOLECULES = ("CCO", "CC(=O)O", "c1ccccc1N", "CCN(C)C", "OCC(F)F", "CSCCl", "CC#N", "not a SMILES", "O=C=O", "C1CC1")


@cache
def plan() -> TrainingPlan:
    made = parse_recipe(RECIPE)
    assert isinstance(made, TrainingPlan)
    return made


def write_recipe(path: Path) -> Path:
    path.write_text(yaml.safe_dump(RECIPE))
    return path


def write_molecules(path: Path, count: int) -> Path:
    """Write a table of molecules, of which every tenth row is none."""
    lines = [f"{MOLECULES[number % len(MOLECULES)]},m{number}" for number in range(count)]
    path.write_text("smiles,name\n" + "\n".join(lines) + "\n")
    return path


def make_shards(place: Path) -> None:
    build(plan().data, None, place, quiet=True)


def make_run(place: Path, shards: Path) -> None:
    assert run(plan(), place, shards=shards).finished


def make_decoder() -> LlamaForCausalLM:
    torch.manual_seed(3)
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
    return LlamaForCausalLM(LlamaConfig(vocab_size=40, **sizes)).eval()


def make_adapter(place: Path) -> None:
    """Inject an adapter that changes its decoder, and store it."""
    adapter = inject(make_decoder(), [GalConfig(rank=2)])
    rng = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in adapter.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=rng) * 0.1)
    save_adapter(adapter, place)


def make_encoder(place: Path) -> None:
    torch.manual_seed(4)
    config = GraphEncoderConfig(n_layers=1, width=8)
    save_encoder(GraphEncoder(config), "graph", place, provenance={"steps": 3})


def make_tokenizer(place: Path) -> None:
    texts = [{"kind": "prompts"}, {"kind": "numbers", "count": 50, "val_count": 10}]
    made = parse_recipe({"name": "torture", "texts": texts, "vocab_size": 400, "characters": 20000})
    assert isinstance(made, VocabularyPlan)
    train_tokenizer(made, place)


def make_synthesis(place: Path) -> None:
    source = write_molecules(place.with_name("molecules.csv"), 20)
    rows = [InputRow(number, f"m{number}", MOLECULES[number % len(MOLECULES)]) for number in range(20)]
    described = SynthesisPlan(source, choose_engines("graph,conformer"), place, part_rows=8)
    synthesize(described, rows, LocalExecutor(1))


def make_batch(place: Path) -> None:
    place.mkdir()
    source = write_molecules(place / "in.csv", 12)
    predict_file(plan_batch(source.parent), load_assistant)


def plan_batch(folder: Path) -> BatchPlan:
    options = PredictOptions(source=SourceChoice.TOOL)
    return BatchPlan("tpsa", folder / "in.csv", folder / "out.jsonl", options=options)


@cache
def load_assistant() -> Assistant:
    return Assistant.load(lazy=True)


def make_drawings(place: Path) -> None:
    place.mkdir()
    save_truths(draw_all(["CCO", "c1ccccc1N", "CC(=O)Cl"], 1, 20.0), place / "train.npz")

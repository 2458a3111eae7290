"""Do models that learn more tasks come to see molecules alike? (Omni-Mol's claim of converging representations.)

Pairs of small models of a recipe are trained on 1, 2, 4, 8 and 16 tasks. The two of a pair differ in their first
weights, in the order of what they see and, below 16, in which tasks they learn, drawn from the sixteen without overlap.
All see equally many tokens. Then the states that each makes of the same held-back molecules are compared within the
pair, by mutual nearest neighbours and linear CKA.

    python scripts/study_convergence.py recipes/base.yaml --shards SHARDS --output runs/convergence
    python scripts/study_convergence.py recipes/base.yaml --shards SHARDS --output runs/convergence --report FILE.json
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from anymol.data.shards import ShardReader
from anymol.evaluation.probes.representation_alignment import linear_cka, mutual_neighbours
from anymol.evaluation.probes.representations import represent
from anymol.modalities.content import MoleculePart
from anymol.models.checkpoint import load_checkpoint
from anymol.recipe import parse_recipe
from anymol.training.plan import TrainingPlan
from anymol.training.train import run

SIZES: Final = (1, 2, 4, 8, 16)
REPEATS: Final = 2
"""Pairs of each size, each with tasks of its own."""
TASKS: Final = (
    "forward_reaction",
    "retrosynthesis",
    "reagent_prediction",
    "solvent_prediction",
    "molecule_editing",
    "molecule_optimisation",
    "name_to_molecule",
    "molecule_to_name",
    "captioning",
    "text_guided_design",
    "molecular_weight",
    "logp",
    "tpsa",
    "complexity",
    "qed",
    "homo_lumo_gap",
)
_DECODER: Final = {"hidden_size": 192, "n_layers": 4, "n_heads": 3, "n_kv_heads": 3, "ffn_size": 512}
_STAGE: Final = {
    "stage": "instruct",
    "batch_tokens": 8192,
    "row_length": 2048,
    "precision": "bf16_weights",
    "compile": True,
    "optimiser": {"kind": "muon", "lr": 0.004, "weight_decay": 0.1},
    "schedule": {"kind": "constant", "warmup_steps": 20},
    "ema": 0.95,
}


def draw_tasks(size: int, repeat: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tasks of both models of a pair: without overlap up to half of all, the same where all are taken."""
    order = np.random.default_rng(repeat).permutation(TASKS).tolist()
    return tuple(sorted(order[:size])), tuple(sorted(order[-size:]))


def make_plan(recipe: Path, tasks: tuple[str, ...], seed: int, tokens: int, overrides: list[str]) -> TrainingPlan:
    """Return the recipe's plan with a small decoder that learns some tasks, alike in weight."""
    fields = yaml.safe_load(recipe.read_text())
    fields["seed"] = seed
    fields["model"] = {"decoder": {"kind": "fresh", "size": {**fields["model"]["decoder"]["size"], **_DECODER}}}
    fields["stages"] = [{**_STAGE, "tokens": tokens, "mixture": {"weights": dict.fromkeys(tasks, 1)}}]
    plan = parse_recipe(fields, overrides)
    assert isinstance(plan, TrainingPlan)
    return plan


def collect_molecules(shards: Path, count: int) -> list[MoleculePart]:
    """Return held-back molecules: the first ones that val rows of weights write."""
    found: dict[str, MoleculePart] = {}
    for example in ShardReader(shards, split="val", tasks=["molecular_weight", "logp", "tpsa"]):
        for message in example.messages:
            found.update({part.smiles: part for part in message.parts if isinstance(part, MoleculePart)})
        if len(found) >= count:
            break
    return list(found.values())[:count]


def report(output: Path, shards: Path, count: int) -> dict[str, Any]:
    """Return the alignment of each pair that is finished."""
    molecules = collect_molecules(shards, count)
    pairs: list[dict[str, Any]] = []
    for size in SIZES:
        for repeat in range(REPEATS):
            folders = [output / _name(size, repeat, one) / "model" for one in (0, 1)]
            if not all(folder.is_dir() for folder in folders):
                continue
            states = []
            for folder in folders:
                model, processor, _ = load_checkpoint(folder)
                states.append(represent(model.float().eval(), processor, molecules).read)
            pairs.append(
                {
                    "tasks": size,
                    "learnt": draw_tasks(size, repeat),
                    "mutual_neighbours": mutual_neighbours(*states),
                    "cka": linear_cka(*states),
                }
            )
    means = {
        size: {
            figure: statistics.fmean(pair[figure] for pair in pairs if pair["tasks"] == size)
            for figure in ("mutual_neighbours", "cka")
        }
        for size in sorted({pair["tasks"] for pair in pairs})
    }
    return {"molecules": len(molecules), "by_chance": 10 / (len(molecules) - 1), "means": means, "pairs": pairs}


def _name(size: int, repeat: int, one: int) -> str:
    return f"{size}-tasks-{repeat}-{'ab'[one]}"


def main() -> None:
    """Train, or report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--shards", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--tokens", type=int, default=1_500_000, help="of each run")
    parser.add_argument("--molecules", type=int, default=400, help="whose states are compared")
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help="override a key of the recipe")
    parser.add_argument("--report", type=Path, help="compare what is there and write it, instead of training")
    options = parser.parse_args()
    if options.report:
        figures = report(options.output, options.shards, options.molecules)
        options.report.write_text(json.dumps(figures, indent=1) + "\n")
        return
    for repeat in range(REPEATS):
        for size in SIZES:
            for one, tasks in enumerate(draw_tasks(size, repeat)):
                plan = make_plan(options.recipe, tasks, 2 * repeat + one, options.tokens, options.set)
                folder = options.output / _name(size, repeat, one)
                result = run(plan, folder, resume=True, shards=options.shards)
                print(f"{folder.name}: {result.tokens:,} tokens in {result.seconds:,.0f} s", flush=True)


if __name__ == "__main__":
    main()

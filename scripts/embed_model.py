"""Put a trained, calibrated and evaluated model into the package, with its model card.

    anymol train recipes/nano.yaml --data-dir DATA --output RUN
    anymol evaluate RUN/shards --model RUN/model --calibrate --no-limit
    anymol evaluate RUN/shards --model RUN/model --rows odd --no-limit --output EVALUATION
    python scripts/embed_model.py RUN EVALUATION

The card states only what the run's own files say: data, steps, tokens, hardware, time and figures.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from anymol.models.locating import EMBEDDED
from anymol.models.manifest import Manifest, read_manifest, write_manifest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "anymol" / "embedded"
LIMITS = """\
* It is small and was trained briefly. It is often wrong, and its answers are suggestions to verify, never procedures.
* It reads SMILES text and molecular graphs only; drawings, spectra and conformers are not read yet.
* Its own numbers (`--source model`) are far worse than the programs that define them; `anymol` computes by default.
* Its descriptions imitate ChEBI's sentences and are mostly wrong in what they say of roles and sources.
* Common solvents and reagents are molecules of the name test set and are therefore never an answer in training, so
  reagents are its weakest task by construction.
* Positions, stereochemistry and charges are where its structures go wrong most often.
* It knows English only, and only the ten tasks below."""


def main() -> None:
    """Read the arguments and write the model into the package."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of the training run, its model calibrated")
    parser.add_argument("evaluation", type=Path, help="folder that anymol evaluate wrote")
    parser.add_argument("--hardware", default="", help="what a reader shall know of the machine")
    parser.add_argument("--remark", action="append", default=[], help="a sentence on how this run came about")
    arguments = parser.parse_args()
    target = PACKAGE / EMBEDDED
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(arguments.run / "model", target)
    figures = json.loads((arguments.evaluation / "figures.json").read_text())
    metrics = [json.loads(line) for line in (arguments.run / "metrics.jsonl").read_text().splitlines()]
    card = write_card(read_manifest(target), figures, metrics, arguments.hardware, arguments.remark)
    (target / "MODEL_CARD.md").write_text(card, encoding="utf-8")
    write_manifest(target)
    size = sum(file.stat().st_size for file in target.iterdir())
    print(f"{target}: {size / 1e6:.1f} MB")


def write_card(
    manifest: Manifest,
    figures: Mapping[str, Any],
    metrics: Sequence[Mapping[str, Any]],
    hardware: str,
    remarks: Sequence[str],
) -> str:
    """Return the model card as Markdown."""
    provenance, config = manifest.provenance, manifest.config
    steps = ", ".join(f"{name.split('-', 1)[1]} {count:,}" for name, count in provenance["steps"].items())
    hours = sum(_seconds(line, config) for line in metrics if "loss" in line) / 3600
    size = config["model"]["decoder"]["size"]
    counts, sources = provenance["data"]["counts"], provenance["data"]["sources"]
    lines = [
        f"# {EMBEDDED}, the model inside anymol",
        "",
        "A Llama-type decoder, a GIN graph encoder and a projector, trained from scratch on real molecules and "
        "reactions. It reads and writes root-aligned SMILES, one token per symbol.",
        "",
        "| | |",
        "|---|---|",
        f"| decoder | {size['n_layers']} layers, width {size['hidden_size']}, {size['n_heads']} heads "
        f"({size['n_kv_heads']} key-value), feed-forward {size['ffn_size']}, "
        f"{config['tokenizer']['vocab_size']:,} tokens, tied |",
        f"| weights | bfloat16 safetensors, {_megabytes()} |",
        f"| recipe | `recipes/{provenance['name']}.yaml` |",
        f"| steps | {steps} |",
        f"| tokens seen | {provenance['tokens']:,} |",
        f"| training time | {hours:.1f} hours of optimiser steps |",
        f"| hardware | {hardware or provenance['hardware']} |",
        "",
        *(f"{remark}\n" for remark in remarks),
        "## Data",
        "",
        "Only sources whose licence allows shipping the weights. No molecule or reaction product of any validation or "
        "test split, and no reserved key, is an answer in training, in any task, generated examples included.",
        "",
        "| task | training examples | validation examples |",
        "|---|---|---|",
        *(f"| {task} | {count.get('train', 0):,} | {count.get('val', 0):,} |" for task, count in counts.items()),
        "",
        "| source | licence | examples |",
        "|---|---|---|",
        *(f"| {name} | {one['licence']} | {one['examples']:,} |" for name, one in sources.items()),
        "",
        "`rdkit_*` and `molecules` are generated over real molecules; the answers are RDKit's.",
        "",
        "## Figures",
        "",
        f"Measured on {figures['data']}: rows that neither training nor calibration used. Every row counts, an "
        "unreadable answer as wrong; stereochemistry counts; no program helps the model. In brackets the 95 % "
        f"bootstrap interval. Every trivial baseline is beaten, by a paired bootstrap at 95 %, on "
        f"{figures['tasks_beating_trivial_baselines']} of {len(figures['tasks'])} tasks.",
        "",
        "| task | n | figure | model | hardest trivial baseline | beaten |",
        "|---|---|---|---|---|---|",
        *map(_row, figures["tasks"]),
        "",
        "More of the same rows:",
        "",
        "| task | figures |",
        "|---|---|",
        *(f"| {task['task']} | {'; '.join(_others(task))} |" for task in figures["tasks"]),
        "",
        "## What it cannot do",
        "",
        LIMITS,
        "",
        "Routes to, and designs of, scheduled chemical weapons and their listed precursors are refused by structure "
        "match before and after the model.",
        "",
        "Licence: Apache-2.0. Attribution: ChEBI (CC BY 4.0), SynRXN (CC BY 4.0), Open Reaction Database via ORDerly "
        "(CC BY-SA 4.0), MassBank, and the repositories named above.",
        "",
    ]
    return "\n".join(lines)


def _seconds(line: Mapping[str, Any], config: Mapping[str, Any]) -> float:
    """Return the duration of one optimiser step from its rate and its real tokens."""
    positions = config["stages"][line["stage"]]["batch_tokens"]
    return float(line["filled"] * positions / line["tokens_per_second"])


def _megabytes() -> str:
    return f"{(PACKAGE / EMBEDDED / 'model.safetensors').stat().st_size / 1e6:.1f} MB"


def _row(task: Mapping[str, Any]) -> str:
    headline = task["figures"][0]
    trivial = [one for one in task["baselines"] if one["trivial"]]
    hardest = min(trivial, key=lambda one: one["gain"]["estimate"])
    against = f"{_number(hardest['figure']['estimate'])} ({hardest['baseline']})"
    beaten = "yes" if task["beats_trivial_baselines"] else "no"
    return f"| {task['task']} | {task['n']:,} | {headline['metric']} | {_estimate(headline)} | {against} | {beaten} |"


def _others(task: Mapping[str, Any]) -> Iterator[str]:
    for figure in task["figures"][1:]:
        yield f"{figure['metric']} {_number(figure['estimate'])}"
    if task["ece"] is not None:
        yield f"ECE {task['ece']:.3f}"
    if task["interval_coverage"] is not None:
        yield f"references inside the 90 % interval {task['interval_coverage']:.1%}"


def _estimate(figure: Mapping[str, Any]) -> str:
    return f"**{_number(figure['estimate'])}** [{_number(figure['low'])}, {_number(figure['high'])}]"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


if __name__ == "__main__":
    main()

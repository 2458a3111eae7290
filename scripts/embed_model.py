"""Put a trained, calibrated and evaluated model into the package, with its model card.

    anymol train recipes/base.yaml --shards SHARDS --output RUN
    anymol evaluate SHARDS --model RUN/model --calibrate --no-limit
    anymol evaluate SHARDS --model RUN/model --rows odd --no-limit --output EVALUATION
    python scripts/embed_model.py RUN EVALUATION

A model that goes on from another one (``decoder: {kind: trained}``) names the runs before it, and may be measured on
several shards:

    python scripts/embed_model.py RUN EVALUATION EVALUATION_2 --after EARLIER_RUN

The card states only what the runs' own files say: data, steps, tokens, hardware, time and figures.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from anymol.models.locating import EMBEDDED
from anymol.models.manifest import ModelManifest, read_manifest, write_manifest
from anymol.models.packed_weights import pack_weights

WEIGHTS = "model.safetensors"
PACKAGE = Path(__file__).resolve().parents[1] / "src" / "anymol" / "embedded"
BESIDE = """\
The figures above are the network's alone (`--source model`). Before it is asked, `anymol` computes what a file
states, reads drawings and schemes by a detector of atoms and bonds (`anymol.ocsr`, trained on synthetic drawings
of molecules that no evaluation holds back), and searches mass spectra, and infrared spectra with a formula, among
13,000 named molecules. How often these are right: `docs/results/synthesis.md` (drawings), `docs/how-to/modalities.md`
(searches)."""
LIMITS = """\
* It is small and was trained for hours, not days. It is often wrong, and its answers are suggestions to verify, never
  procedures.
* What the network itself reads in drawings, geometries and spectra is mostly wrong: see the figures by what is shown.
  `anymol` reads them by programs and searches.
* Records beside the notation make its answers worse (`docs/results/modality_ablation.md`): `anymol` leaves them out.
* Atoms of graphs stand in the order of the canonical SMILES, which gives away part of the answer; those of geometries
  in random order.
* It was not trained on reaction schemes: `reaction_recognition` is not among its figures.
* Its own numbers (`--source model`) are far worse than the programs that define them; `anymol` computes by default.
* Its descriptions imitate ChEBI's sentences and are mostly wrong in what they say of roles and sources.
* Positions, stereochemistry and charges are where its structures go wrong most often.
* It knows English only, and only the tasks below."""


def main() -> None:
    """Read the arguments and write the model into the package."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of the training run, its model calibrated")
    parser.add_argument("evaluation", type=Path, nargs="+", help="folders that anymol evaluate wrote")
    parser.add_argument(
        "--after", type=Path, action="append", default=[], help="an earlier run that this one went on from"
    )
    parser.add_argument("--recipe", help="the recipe that the run is of, where it bears another name")
    parser.add_argument("--hardware", default="", help="what a reader shall know of the machine")
    parser.add_argument("--remark", action="append", default=[], help="a sentence on how this run came about")
    arguments = parser.parse_args()
    target = PACKAGE / EMBEDDED
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(arguments.run / "model", target, copy_function=shutil.copyfile)
    weights = target / WEIGHTS
    save_file(pack_weights(load_file(weights)), weights, metadata={"format": "pt"})
    weights.chmod(0o644)
    figures = [json.loads((folder / "figures.json").read_text()) for folder in arguments.evaluation]
    runs = [read_run(folder) for folder in (*arguments.after, arguments.run)]
    if arguments.recipe:
        runs[-1] = replace(runs[-1], recipe=arguments.recipe)
    card = write_card(runs, figures, arguments.hardware, arguments.remark)
    (target / "MODEL_CARD.md").write_text(card, encoding="utf-8")
    manifest = read_manifest(target)
    # Whatever recipe made it last, inside the package it goes by one name.
    provenance = {
        **{key: value for key, value in manifest.provenance.items() if key != "start"},  # a path of the machine
        "name": EMBEDDED,
        "recipes": [run.recipe for run in runs],
        "tasks": sorted(list_tasks(runs, figures)),
    }
    write_manifest(target, config=manifest.config, provenance=provenance)
    size = sum(file.stat().st_size for file in target.iterdir())
    print(f"{target}: {size / 1e6:.1f} MB")


@dataclass(frozen=True)
class Run:
    """A training run, as its own files tell it.

    Attributes:
        manifest: Of its model.
        metrics: Lines of its metrics_logger.
        recipe: Name of its recipe.
    """

    manifest: ModelManifest
    metrics: tuple[Mapping[str, Any], ...]
    recipe: str

    @property
    def steps(self) -> str:
        """Stages with their steps."""
        found = self.manifest.provenance["steps"].items()
        return ", ".join(f"{name.split('-', 1)[1]} {count:,}" for name, count in found)

    @property
    def hours(self) -> float:
        """Hours of optimiser steps."""
        return sum(_seconds(line, self.manifest.config) for line in self.metrics if "loss" in line) / 3600


def read_run(folder: Path) -> Run:
    """Read a finished run."""
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    manifest = read_manifest(folder / "model")
    return Run(manifest, tuple(json.loads(line) for line in lines), str(manifest.provenance["name"]))


def list_tasks(runs: Sequence[Run], figures: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the tasks that a model answers: of those that it learnt the ones in which it beats trivial baselines."""
    learnt = {task for run in runs for task in run.manifest.tasks or run.manifest.provenance["data"]["counts"]}
    return learnt & {task["task"] for one in figures for task in one["tasks"] if task["beats_trivial_baselines"]}


def write_card(runs: Sequence[Run], figures: Sequence[Mapping[str, Any]], hardware: str, remarks: Sequence[str]) -> str:
    """Return the model card as Markdown.

    Args:
        runs: The runs that made the model, the first one with a decoder of its own.
        figures: What was measured.
        hardware: What a reader shall know of the machine.
        remarks: Sentences on how the runs came about.
    """
    config = runs[0].manifest.config
    size = config["model"]["decoder"]["size"]
    encoders = {name: one for run in runs for name, one in run.manifest.config["model"]["modalities"].items()}
    tasks = [_name_data(task, one, place) for place, one in enumerate(figures) for task in one["tasks"]]
    groups = [
        _name_data(group, one, place)
        for place, one in enumerate(figures)
        for group in one.get("groups", one.get("by_what_is_shown", ()))
    ]
    lines = [
        f"# {EMBEDDED}, the model inside anymol",
        "",
        f"A decoder of the {size.get('family', 'llama')} kind, an encoder with a projector for each modality, trained "
        "from scratch on real molecules, "
        "reactions and spectra. It reads and writes root-aligned SMILES, one token per symbol.",
        "",
        "| | |",
        "|---|---|",
        f"| decoder | {size['n_layers']} layers, width {size['hidden_size']}, {size['n_heads']} heads "
        f"({size['n_kv_heads']} key-value), feed-forward {size['ffn_size']}, "
        f"{_count_tokens():,} tokens, tied |",
        *(f"| {name} | {_describe(one['encoder'])} |" for name, one in encoders.items()),
        f"| weights | safetensors in 8 bits, a scale per row (`anymol.models.packed_weights`), {_megabytes()} |",
        *(
            f"| recipe | `recipes/{run.recipe}.yaml`: {run.steps} steps, "
            f"{run.manifest.provenance['tokens']:,} tokens, {run.hours:.1f} hours of optimiser steps |"
            for run in runs
        ),
        f"| hardware | {hardware or runs[-1].manifest.provenance['hardware']} |",
        "",
        *(f"{remark}\n" for remark in remarks),
        "## Data",
        "",
        "Only sources whose licence allows shipping the weights. No molecule or reaction product of any validation or "
        "test split, and no reserved key, is an answer in training, in any task, generated examples included, but for "
        "what is said above.",
        "",
        "| task | training examples | validation examples |",
        "|---|---|---|",
        *_count_examples(runs),
        "",
        "| source | licence | examples |",
        "|---|---|---|",
        *_list_sources(runs),
        "",
        "`rdkit_*`, `molecules` and `synthesised_records` are generated over real molecules by programs.",
        "",
        "## Figures",
        "",
        f"Measured on {'; '.join(dict.fromkeys(one['data'] for one in figures))}: rows that neither training nor "
        "calibration used. Every row counts, an unreadable answer as wrong; stereochemistry counts; no program helps "
        "the model, but where a figure is called `right_when_verified`. In brackets the 95 % bootstrap interval. Every "
        "trivial baseline is beaten, by a paired bootstrap at 95 %, on "
        f"{sum(task['beats_trivial_baselines'] is True for task in tasks)} of {len(tasks)} tasks; in the others the "
        "model declines to answer.",
        "",
        *_HEADER,
        *map(_row, tasks),
        "",
        "By what the question shows. MS/MS spectra are measured (MassBank); drawings, geometries and infrared spectra "
        "are synthetic here:",
        "",
        *_HEADER,
        *map(_row, groups),
        "",
        "More of the same rows:",
        "",
        "| task | figures |",
        "|---|---|",
        *(f"| {task['task']} | {'; '.join(_others(task))} |" for task in (*tasks, *groups)),
        "",
        "## Beside it",
        "",
        BESIDE,
        "",
        "## What it cannot do",
        "",
        LIMITS,
        "",
        "Routes to, and designs of, scheduled chemical weapons and their listed precursors are refused by structure "
        "match before and after the model.",
        "",
        "Licence: Apache-2.0. Attribution: ChEBI (CC BY 4.0), SynRXN (CC BY 4.0), Open Reaction Database via ORDerly "
        "(CC BY-SA 4.0), MassBank (CC BY, CC BY-SA, CC0, dl-de/by-2-0, per record), and the repositories named above.",
        "",
    ]
    return "\n".join(lines)


_HEADER = ("| task | n | figure | model | hardest trivial baseline | beaten |", "|---|---|---|---|---|---|")


def _name_data(task: Mapping[str, Any], figures: Mapping[str, Any], place: int) -> dict[str, Any]:
    """Return the figures of a task, its name with that of the data where they are not the first."""
    name = task["task"] if place == 0 else f"{task['task']} ({figures['data'].split(',')[0]})"
    return {**task, "task": name}


def _describe(encoder: Mapping[str, Any]) -> str:
    return f"{encoder.get('kind', 'gin')}, {encoder.get('n_layers', 5)} layers, width {encoder.get('width', 300)}"


def _count_examples(runs: Sequence[Run]) -> Iterator[str]:
    totals: dict[str, Counter[str]] = {}
    for run in runs:
        for task, count in run.manifest.provenance["data"]["counts"].items():
            totals.setdefault(task, Counter()).update(count)
    for task, count in totals.items():
        yield f"| {task} | {count['train']:,} | {count['val']:,} |"


def _list_sources(runs: Sequence[Run]) -> Iterator[str]:
    totals: Counter[tuple[str, str]] = Counter()
    for run in runs:
        for name, one in run.manifest.provenance["data"]["sources"].items():
            totals[name, one["licence"]] += one["examples"]
    for (name, licence), examples in sorted(totals.items()):
        yield f"| {name} | {licence} | {examples:,} |"


def _seconds(line: Mapping[str, Any], config: Mapping[str, Any]) -> float:
    """Return the duration of one optimiser step from its rate and its real tokens."""
    positions = config["stages"][line["stage"]]["batch_tokens"]
    return float(line["filled"] * positions / line["tokens_per_second"])


def _count_tokens() -> int:
    tokenizer = Tokenizer.from_file(str(PACKAGE / EMBEDDED / "tokenizer.json"))
    return int(tokenizer.get_vocab_size())


def _megabytes() -> str:
    return f"{(PACKAGE / EMBEDDED / WEIGHTS).stat().st_size / 1e6:.1f} MB"


def _row(task: Mapping[str, Any]) -> str:
    headline = task["figures"][0]
    trivial = [one for one in task["baselines"] if one["trivial"] and one["gain"] is not None]
    hardest = min(trivial, key=lambda one: one["gain"]["estimate"], default=None)
    against = "not measured" if hardest is None else f"{_number(hardest['figure']['estimate'])} ({hardest['baseline']})"
    beaten = {True: "yes", False: "no", None: "not measured"}[task["beats_trivial_baselines"]]
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

"""Write ``real_llm.md``: adapters on a real pre-trained language model, from the trials of ``benchmarks/real_llm.py``.

    python scripts/report_real_llm.py OUTPUT docs/results

Nothing is run here. Of each trial ``OUTPUT/ARM-SEED.json`` is read, and ``OUTPUT/decoder.json``, what the decoder was
before; all that the page shows is kept in ``real_llm.json`` beside it. Arms that have not been run are named.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from anymol.errors import DataError
from anymol.evaluation.page import Block, Table, write_markdown
from anymol.files import write_atomically
from anymol.metrics.interval import interval_of_runs

NAMES: Final[Mapping[str, str]] = {
    "none": "encoder and projector alone",
    "lora": "LoRA (PEFT)",
    "rslora": "rsLoRA (PEFT)",
    "gal": "GAL",
    "moge_published": "MoGE + GAL, published start",
    "moge_preserving": "MoGE + GAL, preserving start",
    "mora": "MoRA",
}
"""Arm -> what the page calls it, in its order."""
BASELINE: Final = "lora"
"""The arm that the others are compared with."""
NOT_MEASURED: Final = "not measured"
_SAME: Final = ("tokens", "precision")
"""What all trials must have in common, for their losses to compare."""

Trial = Mapping[str, Any]
Trials = Mapping[str, Sequence[Trial]]
"""Arm -> its trials, by seed."""


def main() -> None:
    """Read the trials, write the page and its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trials", type=Path, help="folder that benchmarks/real_llm.py wrote")
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    trials = read_trials(arguments.trials)
    decoder = json.loads((arguments.trials / "decoder.json").read_text(encoding="utf-8"))
    write_atomically(arguments.target / "real_llm.md", render_page(trials, decoder))
    kept = json.dumps({"decoder": decoder, "trials": trials}, indent=1, allow_nan=False)
    write_atomically(arguments.target / "real_llm.json", kept + "\n")
    print(f"{arguments.target / 'real_llm.md'}: {sum(map(len, trials.values()))} trials of {len(trials)} arms")


def read_trials(folder: Path) -> Trials:
    """Return the trials of a folder, arms in the order of the page; those that try a learning rate stay out.

    Raises:
        DataError: There are none, or they do not compare: one saw more tokens than another, or in another arithmetic,
            or seeds of an arm have several learning rates.
    """
    found: dict[str, list[Trial]] = {}
    for path in sorted(folder.glob("*.json")):
        if re.fullmatch(r"[a-z_]+-\d+", path.stem):
            trial = json.loads(path.read_text(encoding="utf-8"))
            found.setdefault(trial["arm"], []).append(trial)
    trials = {arm: sorted(found[arm], key=lambda one: int(one["seed"])) for arm in NAMES if arm in found}
    if not trials or found.keys() - trials.keys():
        unknown = ", ".join(sorted(found.keys() - trials.keys())) or "none"
        raise DataError(
            f"no trial, or one of an unknown arm: {unknown}", value=folder, hint=f"known: {', '.join(NAMES)}"
        )
    every = [one for arm in trials.values() for one in arm]
    for name in _SAME:
        if len(several := {one[name] for one in every}) > 1:
            raise DataError(f"trials differ in {name}", value=", ".join(map(str, sorted(several, key=str))))
    for arm, ran in trials.items():
        if len(rates := {one["lr"] for one in ran}) > 1:
            raise DataError(f"seeds of {arm} have several learning rates", value=", ".join(map(str, sorted(rates))))
    return trials


def render_page(trials: Trials, decoder: Mapping[str, Any]) -> str:
    """Return the page."""
    return write_markdown("Adapters on a real language model", _blocks(trials, decoder))


def _blocks(trials: Trials, decoder: Mapping[str, Any]) -> Iterator[Block]:
    first = next(iter(trials.values()))[0]
    yield (
        f"Every method trains beside a frozen SmolLM2-135M for {first['tokens']:,} positions of packed rows, in "
        f"{first['precision']}, with a graph encoder that has read molecules before and, but for MoRA, a projector. "
        "Adapters have about as many weights each. Figures are means over seeds with the 95 % interval of Student's t, "
        "which two seeds leave wide; of one seed there is none. Differences are paired by seed, and not corrected for "
        "their number. Made by `benchmarks/real_llm.py` and `scripts/report_real_llm.py`."
    )
    missing = [NAMES[arm] for arm in NAMES if arm not in trials]
    if missing:
        yield f"Not run: {', '.join(missing)}."
    yield _tabulate_losses(trials)
    tasks = list(first["losses"]["own"])
    yield "## Validation loss per task"
    yield _tabulate(trials, {task: _read("losses", "own", task) for task in tasks})
    yield "## Answers"
    yield (
        "Greedy answers to validation questions; every one counts, an unreadable one as wrong or as the worst number. "
        "In brackets the share that can be read."
    )
    yield from _list_answers(trials)
    yield "## Swapped molecules"
    yield (
        "Every validation question gets the graph of another molecule; its text stays. Mean loss over tasks. What "
        "reads its graphs does worse."
    )
    yield _tabulate(
        trials,
        {
            "own molecule": lambda one: _average(one["losses"]["own"]),
            "swapped": lambda one: _average(one["losses"]["swapped"]),
            "difference": lambda one: _average(one["losses"]["swapped"]) - _average(one["losses"]["own"]),
        },
        digits=4,
    )
    yield "## Gradients of tasks"
    yield (
        "Cosine between the gradients of two tasks with respect to the adapter's weights, over all pairs; without an "
        "adapter to those of encoder and projector."
    )
    yield _tabulate(
        trials,
        {"mean cosine": _read("agreement", "mean"), "part of pairs below zero": _read("agreement", "conflicting")},
    )
    yield "## General text"
    yield "Perplexity on English that nobody trained on, before and after."
    texts = list(decoder)
    yield (
        ("method", "seeds", *(f"perplexity, {text}" for text in texts), "logits of the decoder's tokens"),
        (
            ("the decoder alone", "", *(f"{read['perplexity']:.3f}" for read in decoder.values()), ""),
            *(
                (NAMES[arm], str(len(ran)), *(_show_perplexity(ran, text) for text in texts), _compare(ran, decoder))
                for arm, ran in trials.items()
            ),
        ),
    )
    yield "## Cost"
    yield _tabulate(
        trials,
        {
            "seconds of training": _read("seconds"),
            "tokens per second": _read("tokens_per_second"),
            "peak memory (MiB)": _read("peak_memory_mib"),
            "seconds of answering": _read("answering_seconds"),
        },
        digits=0,
    )
    machines = {json.dumps(one["machine"], sort_keys=True) for ran in trials.values() for one in ran}
    shown = ("processor", "gpu", "threads", "torch", "transformers", "anymol")
    yield "Measured on:"
    settings = sorted({tuple(str(json.loads(one).get(name)) for name in shown) for one in machines})
    yield shown, tuple(settings)


def _show_perplexity(ran: Sequence[Trial], text: str) -> str:
    read = [one["general_text"][text]["perplexity"] for one in ran if text in one["general_text"]]
    return _show(read) if len(read) == len(ran) else NOT_MEASURED


def _compare(ran: Sequence[Trial], decoder: Mapping[str, Any]) -> str:
    """Return whether every trial gives the decoder's own logits on every text that it read."""
    same = (
        read["logits_sha256"] == decoder[text]["logits_sha256"]
        for one in ran
        for text, read in one["general_text"].items()
    )
    return "the same to the bit" if all(same) else "changed"


def _tabulate_losses(trials: Trials) -> Table:
    rows = []
    for arm, ran in trials.items():
        parts = ran[0]["weights"]
        paired = _pair(trials, arm)
        rows.append(
            (
                NAMES[arm],
                str(len(ran)),
                f"{parts['adapter']:,}",
                f"{sum(parts.values()) - parts['adapter']:,}",
                f"{ran[0]['lr']:g}",
                _show([one["loss"] for one in ran]),
                "" if arm == BASELINE else _show(paired, signed=True) if paired else NOT_MEASURED,
            )
        )
    header = ("method", "seeds", "weights of the adapter", "of encoder and projector", "rate", "validation loss")
    return (*header, f"less {NAMES[BASELINE]}"), tuple(rows)


def _pair(trials: Trials, arm: str) -> list[float]:
    """Return the loss of an arm less that of the baseline, for each seed that both have."""
    theirs = {one["seed"]: one["loss"] for one in trials.get(BASELINE, ())}
    return [one["loss"] - theirs[one["seed"]] for one in trials[arm] if one["seed"] in theirs]


def _tabulate(trials: Trials, columns: Mapping[str, Callable[[Trial], float | None]], digits: int = 3) -> Table:
    """Return a row of means for each arm."""
    rows = []
    for arm, ran in trials.items():
        cells = []
        for read in columns.values():
            values = [value for one in ran if (value := read(one)) is not None]
            # A mean over some of the seeds would not stand beside the others.
            cells.append(_show(values, digits) if len(values) == len(ran) else NOT_MEASURED)
        rows.append((NAMES[arm], str(len(ran)), *cells))
    return ("method", "seeds", *(name.replace("_", " ") for name in columns)), tuple(rows)


def _read(*keys: str) -> Callable[[Trial], float | None]:
    """Return what reads a figure of a trial; None where the trial has none."""

    def read(trial: Trial) -> float | None:
        found: Any = trial
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        return None if found is None else float(found)

    return read


def _list_answers(trials: Trials) -> Iterator[Block]:
    """Yield a table for each task: its metrics, all of them, by arm."""
    first = next(iter(trials.values()))[0]
    for asked in first["figures"]["tasks"]:
        task, metrics = asked["task"], [one["metric"] for one in asked["figures"]]
        rows = []
        for arm, ran in trials.items():
            answered = [one for trial in ran for one in trial["figures"]["tasks"] if one["task"] == task]
            if len(answered) < len(ran):
                rows.append((NAMES[arm], NOT_MEASURED, *("" for _ in metrics)))
                continue
            readable = _average({str(place): one["readable"] for place, one in enumerate(answered)})
            cells = (_show_metric(answered, metric) for metric in metrics)
            rows.append((NAMES[arm], f"{answered[0]['n']:,} ({readable:.0%})", *cells))
        directions = {one["metric"]: "higher" if one["higher_is_better"] else "lower" for one in asked["figures"]}
        yield f"### {task.replace('_', ' ')}"
        yield ("method", "n", *(f"{metric} ({directions[metric]} is better)" for metric in metrics)), tuple(rows)


def _show_metric(answered: Sequence[Mapping[str, Any]], metric: str) -> str:
    found = [one for task in answered for one in task["figures"] if one["metric"] == metric]
    values = [one["estimate"] for one in found]
    if len(values) < len(answered) or any(value is None for value in values):
        return NOT_MEASURED
    if len(values) == 1 and found[0]["low"] is not None:
        return f"{values[0]:.3f} [{found[0]['low']:.3f}, {found[0]['high']:.3f}] over rows"
    return _show(values)


def _show(values: Sequence[float], digits: int = 3, *, signed: bool = False) -> str:
    """Return mean and half width of the interval over seeds."""
    found = interval_of_runs(values)
    mean = f"{found.estimate:{'+' if signed else ''},.{digits}f}"
    return mean if math.isnan(found.high) else f"{mean} ± {found.high - found.estimate:,.{digits}f}"


def _average(values: Mapping[str, float]) -> float:
    return sum(values.values()) / len(values)


if __name__ == "__main__":
    main()

"""Turn the trials of ``compare_adapters.py`` into tables and pictures.

    python scripts/draw_adapters.py OUTPUT docs/results

Writes ``adapters.md``, ``adapters.json`` and the pictures ``adapters-*.png``.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt

from anymol.metrics.interval import interval_of_runs

NAMES: Final = {
    "lora": "LoRA (PEFT)",
    "rslora": "rsLoRA (PEFT)",
    "gal": "GAL",
    "moge": "MoGE + GAL",
    "mora": "MoRA",
    "mora_moge": "MoRA + MoGE",
}
UNTRAINED: Final = {
    "name_to_molecule": "name to molecule",
    "text_guided_design": "text-guided design",
    "pretrain": "plain documents",
}
Trial = dict[str, Any]


def main() -> None:
    """Read the arguments and write everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trials", type=Path, help="folder that compare_adapters.py wrote")
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    mpl.use("Agg")
    plt.rcParams.update({"font.size": 9, "figure.dpi": 110, "axes.spines.top": False, "axes.spines.right": False})
    frozen = json.loads((arguments.trials / "frozen.json").read_text())
    trials: dict[str, list[Trial]] = defaultdict(list)
    alone: dict[str, dict[str, Trial]] = defaultdict(dict)
    for path in sorted(arguments.trials.glob("*-*.json")):
        trial = json.loads(path.read_text())
        if len(trial["trained_on"]) == 1:
            alone[trial["arm"]][trial["trained_on"][0]] = trial
        else:
            trials[trial["arm"]].append(trial)
    arms = [arm for arm in NAMES if arm in trials]
    target: Path = arguments.target
    target.mkdir(parents=True, exist_ok=True)
    lines = [*describe(trials, arms), *tabulate(trials, arms, frozen)]
    for title, blocks in (
        ("Gradients of tasks", tabulate_agreement(trials, arms)),
        ("Effective rank of the updates", tabulate_ranks(trials, alone)),
        ("Swapped molecules", tabulate_swap(trials, arms)),
        ("Learned scales", draw_gammas(trials, alone, target)),
        ("Routing", draw_routing(trials, target)),
        ("Generated adapters", draw_similarity(trials, target)),
    ):
        lines += ["", f"## {title}", "", *blocks]
    (target / "adapters.md").write_text("\n".join(lines) + "\n")
    kept = {arm: [shorten(trial) for trial in trials[arm]] for arm in arms}
    (target / "adapters.json").write_text(json.dumps({"frozen": frozen, "trials": kept}, indent=1) + "\n")


def shorten(trial: Trial) -> Trial:
    """Leave out the long lists that only a picture needs."""
    similarity = trial.get("similarity")
    kept = None if similarity is None else {name: similarity[name] for name in ("spearman", "spearman_of_size")}
    return {**trial, "similarity": kept}


def interval(values: Sequence[float], digits: int = 3) -> str:
    """Return mean and half width of the 95 % interval of Student's t over the seeds."""
    found = interval_of_runs(values)
    half = "" if found.n < 2 else f" ± {found.high - found.estimate:.{digits}f}"
    return f"{found.estimate:.{digits}f}{half}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a Markdown table."""
    return [f"| {' | '.join(line)} |" for line in (header, ["---"] * len(header), *rows)]


def describe(trials: dict[str, list[Trial]], arms: Sequence[str]) -> Iterator[str]:
    """Yield the head of the page."""
    first = trials[arms[0]][0]
    yield "# Adapters on the embedded decoder"
    yield ""
    yield (
        f"Every method trains beside the frozen decoder of `nano` (4.1 M weights) for {first['steps']} steps of 4,096 "
        f"positions, {len(trials[arms[0]])} seeds; figures are means with 95 % intervals over seeds. Encoder and "
        "projector are frozen too. Each method has its best learning rate of 0.001, 0.003 and 0.01, found on seed 0 "
        "with 80 steps. Exact is the part of validation answers whose every token is the greedy choice. Made by "
        "`scripts/compare_adapters.py` and `scripts/draw_adapters.py`."
    )
    yield ""


def tabulate(trials: dict[str, list[Trial]], arms: Sequence[str], frozen: dict[str, Any]) -> Iterator[str]:
    """Yield validation losses, figures per task, and what was forgotten."""
    trained = trials[arms[0]][0]["trained_on"]

    def mean_of(tasks: dict[str, Any], quantity: str) -> float:
        return float(np.mean([tasks[task][quantity] for task in trained]))

    rows = [["frozen", "0", "", f"{mean_of(frozen, 'loss'):.3f}", f"{mean_of(frozen, 'exact'):.3f}"]]
    for arm in arms:
        runs = trials[arm]
        rows.append([
            NAMES[arm],
            f"{runs[0]['weights']:,}",
            f"{runs[0]['lr']:g}",
            interval([run["loss"] for run in runs]),
            interval([run["exact"] for run in runs]),
        ])  # fmt: skip
    yield from table(["method", "trained weights", "rate", "validation loss", "exact"], rows)
    yield ""
    yield "## Validation loss per task"
    yield ""
    rows = [["frozen", *(f"{frozen[task]['loss']:.3f}" for task in trained)]]
    rows += [
        [NAMES[arm], *(interval([run["tasks"][task]["loss"] for run in trials[arm]]) for task in trained)]
        for arm in arms
    ]
    yield from table(["method", *(task.replace("_", " ") for task in trained)], rows)
    yield ""
    yield "## What was forgotten"
    yield ""
    yield "Perplexity per token on what was never trained on: two text-only tasks and held-out plain documents."
    yield ""
    rows = [["frozen", *(f"{math.exp(frozen[task]['loss']):.3f}" for task in UNTRAINED)]]
    rows += [
        [NAMES[arm], *(interval([math.exp(run["tasks"][task]["loss"]) for run in trials[arm]]) for task in UNTRAINED)]
        for arm in arms
    ]
    yield from table(["method", *UNTRAINED.values()], rows)


def tabulate_agreement(trials: dict[str, list[Trial]], arms: Sequence[str]) -> Iterator[str]:
    """Yield the agreement of the tasks' gradients at the end of training."""
    yield "Cosine between the gradients of two tasks with respect to the adapter's weights, over all pairs."
    yield ""
    rows = [
        [
            NAMES[arm],
            interval([run["agreement"]["mean"] for run in trials[arm]]),
            interval([run["agreement"]["conflicting"] for run in trials[arm]], 2),
        ]
        for arm in arms
    ]
    yield from table(["method", "mean cosine", "part of pairs below zero"], rows)


def tabulate_ranks(trials: dict[str, list[Trial]], alone: dict[str, dict[str, Trial]]) -> Iterator[str]:
    """Yield the effective rank of the updates, by layer for the mixture and by task where trained alone."""
    rows = []
    for arm in ("lora", "gal"):
        by_layer: dict[str, list[float]] = defaultdict(list)
        for run in trials.get(arm, []):
            for place, rank in run["ranks"].items():
                by_layer[place.removeprefix("layers.").partition(".")[0]].append(rank)
        rows.append([NAMES[arm], *(f"{np.mean(ranks):.2f}" for _, ranks in sorted(by_layer.items()))])
    yield "Mean over the linear maps of a layer, of at most 16 (the mixture):"
    yield ""
    yield from table(["method", *(f"layer {number}" for number in range(len(rows[0]) - 1))], rows)
    experts = [run["ranks"] for run in trials.get("moge", [])]
    if experts:
        single = np.mean([r for run in experts for place, r in run.items() if re.search(r"ward\.\d", place)])
        together = np.mean([r for run in experts for place, r in run.items() if place.endswith("together")])
        yield ""
        yield (
            f"MoGE's experts: {single:.2f} each, of at most 9, and {together:.1f} for all experts of a side of the "
            "block stacked into one matrix."
        )
    tasks = sorted(alone.get("lora", {}))
    if tasks:
        yield ""
        yield "Trained on one task alone (one seed), mean over all maps:"
        yield ""
        rows = [
            [NAMES[arm], *(f"{np.mean(list(alone[arm][task]['ranks'].values())):.2f}" for task in tasks)]
            for arm in ("lora", "gal")
            if set(tasks) <= set(alone.get(arm, {}))
        ]
        yield from table(["method", *(task.replace("_", " ") for task in tasks)], rows)


def tabulate_swap(trials: dict[str, list[Trial]], arms: Sequence[str]) -> Iterator[str]:
    """Yield how much worse answers get when molecules are swapped."""
    yield (
        "Every validation example with a graph gets the graphs of another example of its task; the text stays. Loss "
        "per answer token, mean over tasks. All methods see the graph as tokens; MoRA's adapter reads it too."
    )
    yield ""
    rows = []
    for arm in arms:
        pairs = [
            [np.mean([measured["loss"] for measured in run["swap"][kind].values()]) for kind in ("own", "swapped")]
            for run in trials[arm]
        ]
        alone = [
            np.mean([measured["loss"] for measured in run["swap"]["adapter"].values()]) - own
            for run, (own, _) in zip(trials[arm], pairs, strict=True)
            if "adapter" in run["swap"]
        ]
        rows.append([
            NAMES[arm],
            interval([own for own, _ in pairs]),
            interval([swapped for _, swapped in pairs]),
            interval([swapped - own for own, swapped in pairs]),
            interval(alone, 4) if alone else "",
        ])  # fmt: skip
    header = [
        "method",
        "own molecule",
        "swapped",
        "difference",
        "difference where only the adapter's molecule is swapped",
    ]
    yield from table(header, rows)


def draw_gammas(trials: dict[str, list[Trial]], alone: dict[str, dict[str, Trial]], target: Path) -> Iterator[str]:
    """Draw GAL's gamma per layer and map, and per task where trained alone."""
    runs = trials.get("gal", [])
    if not runs:
        return
    places = list(runs[0]["gammas"])
    maps = list(dict.fromkeys(place.rpartition(".")[2] for place in places))
    layers = sorted({int(place.split(".")[1]) for place in places})
    mean = {place: float(np.mean([run["gammas"][place] for run in runs])) for place in places}
    grid = np.array(
        [
            [next(v for p, v in mean.items() if p.split(".")[1] == str(n) and p.endswith(m)) for m in maps]
            for n in layers
        ]
    )
    tasks = sorted(alone.get("gal", {}))
    figure, axes = plt.subplots(1, 2 if tasks else 1, figsize=(10 if tasks else 5, 3), squeeze=False)
    _heatmap(axes[0, 0], grid, [f"layer {n}" for n in layers], maps, "gamma (starts at 1), mixture")
    if tasks:
        per_task = np.array([
            [np.mean([v for p, v in alone["gal"][task]["gammas"].items() if p.split(".")[1] == str(n)]) for n in layers]
            for task in tasks
        ])  # fmt: skip
        _heatmap(
            axes[0, 1], per_task, [t.replace("_", " ") for t in tasks], [f"layer {n}" for n in layers], "one task alone"
        )
    _save(figure, target / "adapters-gamma.png")
    yield f"gamma starts at 1 and ends between {grid.min():.2f} and {grid.max():.2f} (mean {grid.mean():.2f})."
    yield ""
    yield "![gamma per layer](adapters-gamma.png)"


def draw_routing(trials: dict[str, list[Trial]], target: Path) -> Iterator[str]:
    """Draw which experts the tasks' tokens go to."""
    runs = [(arm, trials[arm][0]) for arm in ("moge", "mora_moge") if trials.get(arm)]
    if not runs:
        return
    figure, axes = plt.subplots(1, len(runs), figsize=(5.2 * len(runs), 3.6), squeeze=False)
    for axis, (arm, run) in zip(axes[0], runs, strict=True):
        order = [*run["trained_on"], *UNTRAINED]
        records = sorted(run["routing"], key=lambda record: order.index(record["label"]))
        grid = np.array([record["routed"] for record in records])
        labels = [UNTRAINED.get(record["label"], record["label"].replace("_", " ")) for record in records]
        _heatmap(
            axis,
            grid,
            labels,
            [f"expert {n}" for n in range(grid.shape[1])],
            f"{NAMES[arm]}, layer {records[0]['layer']}",
        )
        shares = np.array([record["routed"] for record in records])
        spread = float(np.abs(shares[:, None] - shares[None]).sum(-1).max() / 2)
        entropy = float(np.mean([record["entropy"] for record in records]))
        yield (
            f"{NAMES[arm]}: mean entropy {entropy:.2f} nats of {math.log(grid.shape[1]):.2f}; the two tasks furthest "
            f"apart send {spread:.0%} of their choices to different experts."
        )
        yield ""
    _save(figure, target / "adapters-routing.png")
    yield "![part of each task's choices that fall on each expert](adapters-routing.png)"


def draw_similarity(trials: dict[str, list[Trial]], target: Path) -> Iterator[str]:
    """Draw whether similar molecules get similar adapters."""
    runs = trials.get("mora", [])
    if not runs:
        return
    found = runs[0]["similarity"]
    structural, adapter = np.array(found["structural"]), np.array(found["adapter"])
    figure, axis = plt.subplots(figsize=(5, 3.4))
    image = axis.hexbin(structural, adapter, gridsize=40, bins="log", cmap="Blues", mincnt=1)
    figure.colorbar(image, ax=axis, label="pairs of molecules")
    edges = np.quantile(structural, np.linspace(0, 1, 11))
    middles = [structural[(structural >= a) & (structural <= b)].mean() for a, b in itertools.pairwise(edges)]
    means = [adapter[(structural >= a) & (structural <= b)].mean() for a, b in itertools.pairwise(edges)]
    axis.plot(middles, means, color="black", marker="o", markersize=3, label="mean of a tenth of the pairs")
    axis.set(xlabel="Tanimoto similarity (Morgan 2)", ylabel="cosine of generated adapters")
    axis.legend(frameon=False, fontsize=8)
    _save(figure, target / "adapters-similarity.png")
    yield (
        f"Spearman correlation of the cosine of two molecules' adapters with their Tanimoto similarity: "
        f"{interval([run['similarity']['spearman'] for run in runs], 2)}; with the nearness of their sizes: "
        f"{interval([run['similarity']['spearman_of_size'] for run in runs], 2)}."
    )
    yield ""
    yield "![similar molecules, similar adapters?](adapters-similarity.png)"


def _heatmap(axis: Any, grid: np.ndarray, rows: Sequence[str], columns: Sequence[str], title: str) -> None:
    image = axis.imshow(grid, aspect="auto", cmap="viridis")
    axis.set_xticks(range(len(columns)), columns, rotation=40, ha="right", fontsize=7)
    axis.set_yticks(range(len(rows)), rows, fontsize=7)
    axis.set_title(title, fontsize=9)
    middle = (grid.min() + grid.max()) / 2
    for (row, column), value in np.ndenumerate(grid):
        axis.text(
            column,
            row,
            f"{value:.2f}",
            ha="center",
            va="center",
            fontsize=6,
            color="white" if value < middle else "black",
        )
    axis.figure.colorbar(image, ax=axis, fraction=0.04)


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    main()

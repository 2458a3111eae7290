"""How large a decoder is worth its time: short runs of a recipe at several sizes and rates, a fit and its prediction.

Each run trains the recipe's model with some keys overridden, on the same shards, at a constant rate, and measures the
mean validation loss over the tasks as it goes. The fit is that of Hoffmann et al. 2022 ("Training compute-optimal large
language models", equation 2): L(N, D) = E + A / N^a + B / D^b for N parameters outside the embeddings and D tokens.

    python scripts/study_scaling.py recipes/base.yaml --shards shards --output runs/study --only 12M
    python scripts/study_scaling.py recipes/base.yaml --output runs/study --report docs/results/scaling.json
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.optimize import least_squares

from anymol.recipe import parse_recipe
from anymol.training.metrics_logger import METRICS_FILE, read_metrics
from anymol.training.plan import TrainingPlan
from anymol.training.train import run

_STAGE: Final = {
    "stage": "instruct",
    "batch_tokens": 8192,
    "row_length": 2048,
    "precision": "bf16_weights",
    "compile": True,
    "schedule": {"kind": "constant", "warmup_steps": 20},
    "validate_every": 24,
    "ema": 0.95,
}
_BURN_IN: Final = 400_000
"""Tokens before which a loss says nothing of its later course."""


@dataclass(frozen=True)
class Variant:
    """One short run.

    Attributes:
        size: Overrides of the decoder's size.
        lr: Peak rate.
        weight_decay: Decay of matrices.
        tokens: Length.
    """

    size: dict[str, int]
    lr: float = 0.004
    weight_decay: float = 0.1
    tokens: int = 2_000_000

    @property
    def is_plain(self) -> bool:
        """Whether it differs in size alone, so that the fit and its predictions are about it."""
        return self == Variant(self.size, tokens=self.tokens)


_SIX: Final = {"hidden_size": 256, "n_layers": 7, "n_heads": 4, "n_kv_heads": 2, "ffn_size": 704}
_TWELVE: Final = {"hidden_size": 384, "n_layers": 6, "n_heads": 6, "n_kv_heads": 3, "ffn_size": 1024}
_TWENTY: Final = {"hidden_size": 448, "n_layers": 8, "n_heads": 7, "n_kv_heads": 7, "ffn_size": 1216}
VARIANTS: Final = {
    "6M": Variant(_SIX),
    "12M": Variant(_TWELVE),
    "20M": Variant(_TWENTY),
    "12M lr .002": Variant(_TWELVE, lr=0.002, tokens=1_000_000),
    "12M lr .008": Variant(_TWELVE, lr=0.008, tokens=1_000_000),
    "12M decay .01": Variant(_TWELVE, weight_decay=0.01, tokens=1_000_000),
}


def make_plan(recipe: Path, variant: Variant, overrides: list[str]) -> TrainingPlan:
    """Return the recipe's plan with a variant's size, and one short stage."""
    fields = yaml.safe_load(recipe.read_text())
    fields["model"]["decoder"]["size"] |= variant.size
    optimiser = {"kind": "muon", "lr": variant.lr, "weight_decay": variant.weight_decay}
    fields["stages"] = [{**_STAGE, "tokens": variant.tokens, "optimiser": optimiser}]
    plan = parse_recipe(fields, overrides)
    assert isinstance(plan, TrainingPlan)
    return plan


def count_parameters(size: dict[str, int]) -> int:
    """Return the parameters of the blocks, without embeddings."""
    width, head = size["hidden_size"], size["hidden_size"] // size["n_heads"]
    attention = 2 * width * width + 2 * width * head * size["n_kv_heads"]
    return size["n_layers"] * (attention + 3 * width * size["ffn_size"])


def read_curve(directory: Path) -> dict[str, Any]:
    """Return tokens and mean validation loss of a run, and its median speed."""
    lines = read_metrics(directory / METRICS_FILE)
    measured = [line for line in lines if "val/loss" in line]
    speeds = [line["tokens_per_second"] for line in lines if "tokens_per_second" in line]
    return {
        "tokens": [line["tokens"] for line in measured],
        "loss": [line["val/loss"] for line in measured],
        "by_task": {name: value for name, value in measured[-1].items() if name.startswith("val/")},
        "tokens_per_second": statistics.median(speeds),
    }


def fit(points: NDArray[np.float64]) -> dict[str, float]:
    """Fit L(N, D) = E + A / N^a + B / D^b to rows (N in millions, D in millions, L), robustly."""

    def residuals(x: NDArray[np.float64]) -> NDArray[np.float64]:
        e, a, alpha, b, beta = np.exp(x)
        predicted = e + a * points[:, 0] ** -alpha + b * points[:, 1] ** -beta
        deviation: NDArray[np.float64] = np.log(predicted) - np.log(points[:, 2])
        return deviation

    best = min(
        (
            least_squares(residuals, np.log([e, 0.3, alpha, 0.5, beta]), loss="huber", f_scale=1e-2)
            for e in (0.02, 0.1, 0.2)
            for alpha in (0.2, 0.5)
            for beta in (0.3, 0.7)
        ),
        key=lambda found: float(found.cost),
    )
    e, a, alpha, b, beta = np.exp(best.x).tolist()
    return {"E": e, "A": a, "alpha": alpha, "B": b, "beta": beta, "cost": float(best.cost)}


def predict(fitted: dict[str, float], parameters: float, tokens: float) -> float:
    """Return the fitted loss at N and D, both in millions."""
    size = fitted["A"] * math.pow(parameters, -fitted["alpha"])
    return fitted["E"] + size + fitted["B"] * math.pow(tokens, -fitted["beta"])


def report(output: Path) -> dict[str, Any]:
    """Return the curves of all finished runs, the fit over the sizes, and its prediction for equal time."""
    curves = {
        name: {"parameters": count_parameters(variant.size), **read_curve(output / _folder(name))}
        for name, variant in VARIANTS.items()
        if (output / _folder(name) / "model").is_dir()
    }
    plain = {name: curve for name, curve in curves.items() if VARIANTS[name].is_plain}
    points = [
        (curve["parameters"] / 1e6, tokens / 1e6, loss)
        for curve in plain.values()
        for tokens, loss in zip(curve["tokens"], curve["loss"], strict=True)
        if tokens > _BURN_IN
    ]
    fitted = fit(np.array(points))
    planned = {name: predict(fitted, curve["parameters"] / 1e6, 350.0) for name, curve in plain.items()}
    timed = {
        hours: {
            name: predict(fitted, curve["parameters"] / 1e6, curve["tokens_per_second"] * hours * 3600 / 1e6)
            for name, curve in plain.items()
        }
        for hours in (10, 20, 40, 80)
    }
    return {"curves": curves, "fit": fitted, "predicted_at_350M_tokens": planned, "predicted_after_core_hours": timed}


def _folder(name: str) -> str:
    return name.replace(" ", "-")


def main() -> None:
    """Train, or report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--shards", type=Path)
    parser.add_argument("--output", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--only", choices=list(VARIANTS), action="append", help="run these; all where none is named")
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help="override a key of the recipe")
    parser.add_argument("--report", type=Path, help="fit what is there and write it, instead of training")
    options = parser.parse_args()
    if options.report:
        options.report.write_text(json.dumps(report(options.output), indent=1) + "\n")
        return
    for name in options.only or list(VARIANTS):
        plan = make_plan(options.recipe, VARIANTS[name], options.set)
        result = run(plan, options.output / _folder(name), resume=True, shards=options.shards)
        print(f"{name}: {result.tokens:,} tokens in {result.seconds:,.0f} s", flush=True)


if __name__ == "__main__":
    main()

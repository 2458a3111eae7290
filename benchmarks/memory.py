"""What ``anymol train --estimate`` says of memory and speed, beside what a run of the same recipe takes.

The run is a process of its own, on SmolLM2-135M (``make backbone``); its peak of resident memory, less that of one
that only imports the same, is what weights, optimiser and activations took. The ratio is estimated / measured. What is
freed goes back to the system at once: else the heap of glibc keeps half as much again, which no tensor has.

Speeds compare only where nothing else runs on the machine.

    python benchmarks/memory.py [--cases omni_mol ...]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from machine import describe_machine

RESULTS = Path(__file__).parent / "results" / "memory.json"
RECIPES = Path(__file__).parents[1] / "recipes"
BASELINE = "import peft, accelerate, anymol.training.train, anymol.data.build, anymol.models.modeling, rdkit.Chem"
ROWS = {
    "kind": "properties", "builtin": True, "tasks": ["logp"], "count": 100, "val_count": 4, "graph_fraction": 1.0,
}  # fmt: skip
FIRST_STAGE = """
import dataclasses, json, sys
import anymol.recipe as recipe, anymol.training.estimate as estimate, anymol.training.train as train
plan = recipe.load_recipe(sys.argv[1], [word for word in sys.argv[3:] if word != "--set"])
plan = plan.model_copy(update={"stages": plan.stages[:1]})
"""
ESTIMATE = "print(json.dumps(dataclasses.asdict(estimate.estimate(plan, seconds=5.0).stages[0])))"
RUN = "train.run(plan, sys.argv[2])"
MEASURED = """
import json, os, resource, sys
code = os.spawnv(os.P_WAIT, sys.executable, [sys.executable, *sys.argv[1:]])
print(json.dumps({"code": code, "kib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}))
"""


def measure_peak(*words: str) -> int:
    """Return the largest resident memory of a process, in bytes."""
    given = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_ARENA_MAX": "1"}
    done = subprocess.run([sys.executable, "-c", MEASURED, *words], capture_output=True, text=True, env=given)
    if done.returncode:
        raise SystemExit(done.stderr[-500:])
    found = json.loads(done.stdout.strip().splitlines()[-1])
    if found["code"]:
        raise SystemExit(f"it ended with {found['code']}: {done.stderr[-500:]}")
    return int(found["kib"]) * 1024


@dataclass(frozen=True)
class Case:
    """What is estimated and run.

    Attributes:
        recipe: The recipe.
        again: Whether layers are run again for the backward pass.
        whole: Whether the decoder learns by itself, in bf16 beside fp32 masters, instead of an adapter.
    """

    recipe: str
    again: bool = False
    whole: bool = False


CASES: Final = {
    "lora": Case("lora"),
    "decoder": Case("lora", whole=True),
    "omni_mol": Case("omni_mol"),
    "lora, checkpointed": Case("lora", again=True),
    "omni_mol, checkpointed": Case("omni_mol", again=True),
    "decoder, checkpointed": Case("lora", again=True, whole=True),
}


def describe(case: str, tokens: int, imports: int) -> dict[str, object]:
    """Estimate and run one stage: two steps of two passes.

    Args:
        case: Name of what is run.
        tokens: Positions of a pass.
        imports: Bytes that a process takes which only imports.
    """
    name, again, whole = CASES[case].recipe, CASES[case].again, CASES[case].whole
    settings = [
        "--set", "model.decoder.path=smollm2", "--set", "tokenizer.min_symbol_count=1", "--set", "threads=1",
        "--set", "validate_examples=1", "--set", "stages.1.tokens=null", "--set", "stages.1.steps=1",
        # One task is validated before and after; what is measured is the peak of a step.
        "--set", f"data_at_hand.components={json.dumps([ROWS])}",
    ]  # fmt: skip
    trains = ["decoder" if whole else "adapter", "encoder", "projector"]
    if whole:
        settings += ["--set", "model.adapters=[]"]
    for key, value in {
        "steps": 2, "tokens": "null", "mixture": "{}", "batch_tokens": 2 * tokens, "micro_batch_tokens": tokens,
        "row_length": 512, "checkpoint_every": 0, "gradient_checkpointing": str(again).lower(),
        "trains": json.dumps(trains), "precision": "bf16_weights" if whole else "bf16",
    }.items():  # fmt: skip
        settings += ["--set", f"stages.0.{key}={value}"]
    recipe = str(RECIPES / f"{name}.yaml")
    told = subprocess.run(
        [sys.executable, "-c", FIRST_STAGE + ESTIMATE, recipe, "", *settings],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    expected = json.loads(told.stdout)
    parts = expected["memory"]
    estimated = parts["total"]
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        peak = measure_peak("-c", FIRST_STAGE + RUN, recipe, str(run), *settings)
        speed = measure_speed(run / "metrics.jsonl", 2 * tokens)
    measured = peak - imports
    return {
        "case": case,
        "recipe": name,
        "learns": "decoder (bf16_weights)" if whole else "adapter",
        "gradient_checkpointing": again,
        "tokens": tokens,
        "estimated_parts": parts,
        "estimated_bytes": estimated,
        "measured_bytes": measured,
        "ratio": round(estimated / measured, 3),
        "estimated_positions_per_second": round(expected["tokens_per_second"], 1),
        "measured_positions_per_second": round(speed, 1),
        "speed_ratio": round(expected["tokens_per_second"] / speed, 3),
    }


def measure_speed(metrics: Path, positions: int) -> float:
    """Return the positions of packed rows per second in the last step of a run, the first one being for warming up.

    Args:
        metrics: What the run wrote; it counts real tokens.
        positions: Of a step.
    """
    lines = (json.loads(line) for line in metrics.read_text(encoding="utf-8").splitlines())
    *_, before, last = (line for line in lines if "tokens_per_second" in line)
    return positions * float(last["tokens_per_second"]) / float(last["tokens"] - before["tokens"])


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--tokens", type=int, default=1024, help="positions of a pass")
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    imports = measure_peak("-c", BASELINE)
    known = json.loads(options.output.read_text())["rows"] if options.output.is_file() else []
    for case in options.cases:
        row = describe(case, options.tokens, imports)
        print(row, flush=True)
        # What was measured of other cases stays, so that one can be measured by itself.
        known = [one for one in known if one["case"] != case] + [row]
        known.sort(key=lambda one: list(CASES).index(one["case"]))
        options.output.write_text(json.dumps({"machine": describe_machine(), "rows": known}, indent=1) + "\n")


if __name__ == "__main__":
    main()

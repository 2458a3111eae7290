"""What ``anymol train --estimate`` says of memory, beside what a run of the same recipe takes.

The run is a process of its own, on SmolLM2-135M (``make backbone``); its peak of resident memory, less that of one
that only imports the same, is what weights, optimiser and activations took. The ratio is estimated / measured.

    python benchmarks/memory.py
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from machine import describe_machine

RESULTS = Path(__file__).parent / "results" / "memory.json"
RECIPES = Path(__file__).parents[1] / "recipes"
BASELINE = "import peft, accelerate, anymol.training.train, anymol.data.build, anymol.models.modeling, rdkit.Chem"
MEASURED = """
import json, os, resource, sys
code = os.spawnv(os.P_WAIT, sys.executable, [sys.executable, *sys.argv[1:]])
print(json.dumps({"code": code, "kib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}))
"""


def measure_peak(*words: str) -> int:
    """Return the largest resident memory of a process, in bytes."""
    done = subprocess.run([sys.executable, "-c", MEASURED, *words], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    if found["code"]:
        raise SystemExit(f"it ended with {found['code']}: {done.stderr[-500:]}")
    return int(found["kib"]) * 1024


def describe(name: str, *, again: bool, tokens: int) -> dict[str, object]:
    """Estimate and run one stage of a recipe."""
    settings = [
        "--set", "model.decoder.path=smollm2", "--set", "tokenizer.min_symbol_count=1", "--set", "threads=1",
        "--set", "validate_examples=1", "--set", 'stages.0.trains=["adapter", "encoder", "projector"]',
    ]  # fmt: skip
    for key, value in {
        "steps": 2, "tokens": "null", "mixture": "{}", "batch_tokens": tokens, "micro_batch_tokens": tokens,
        "row_length": 512, "checkpoint_every": 0, "gradient_checkpointing": str(again).lower(),
    }.items():  # fmt: skip
        settings += ["--set", f"stages.0.{key}={value}"]
    settings += ["--set", "stages.1.tokens=null", "--set", "stages.1.steps=1"]
    recipe = str(RECIPES / f"{name}.yaml")
    told = subprocess.run(
        [sys.executable, "-m", "anymol", "train", recipe, *settings, "--estimate", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    estimated = json.loads(told.stdout)["stages"][0]["memory"]["total"]
    with tempfile.TemporaryDirectory() as folder:
        script = (
            "import sys, anymol.recipe as recipe, anymol.training.train as train;"
            "plan = recipe.load_recipe(sys.argv[1], [s for s in sys.argv[3:] if s != '--set']);"
            "train.run(plan.model_copy(update={'stages': plan.stages[:1]}), sys.argv[2])"
        )
        peak = measure_peak("-c", script, recipe, str(Path(folder) / "run"), *settings)
    measured = peak - measure_peak("-c", BASELINE)
    return {
        "recipe": name,
        "gradient_checkpointing": again,
        "tokens": tokens,
        "estimated_bytes": estimated,
        "measured_bytes": measured,
        "ratio": round(estimated / measured, 3),
    }


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--tokens", type=int, default=1024)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    rows = [
        describe(name, again=again, tokens=options.tokens) for name in ("lora", "omni_mol") for again in (False, True)
    ]
    for row in rows:
        print(row)
    options.output.write_text(json.dumps({"machine": describe_machine(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()

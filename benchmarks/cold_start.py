"""From nothing to the first answer: a fresh process each time, stage by stage.

The baseline is what any ``transformers`` model pays: importing torch and transformers, loading the same weights,
generating one answer by ``generate``. The arms take turns. ``processor`` is the time of all threads from the start of
Python to its end, which says something where others use the machine too.

    python benchmarks/cold_start.py
    python benchmarks/cold_start.py --model DIR --rounds 5
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
from enum import StrEnum
from importlib import resources
from pathlib import Path

from machine import describe_machine

RESULTS = Path(__file__).parent / "results" / "cold_start.json"

_ASSISTANT = """
import json, sys, time
start = time.perf_counter()
from anymol import Assistant
imported = time.perf_counter()
assistant = Assistant.load(sys.argv[1], lazy={lazy})
loaded = time.perf_counter()
assistant.predict({task!r}, {given!r}, source={source!r})
done = time.perf_counter()
sys.path.insert(0, {here!r})
from machine import peak_memory_mib
print(json.dumps({{"import": imported - start, "load": loaded - imported, "answer": done - loaded,
    "peak_memory_mib": peak_memory_mib()}}))
"""

_TRANSFORMERS = """
import json, sys, time
start = time.perf_counter()
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from anymol.models import register
register()
imported = time.perf_counter()
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
loaded = time.perf_counter()
ids = tokenizer("<bos><user>What is the product of CCO?<end><assistant>", return_tensors="pt",
    add_special_tokens=False)["input_ids"]
model.generate(input_ids=ids, do_sample=False, max_new_tokens=40)
done = time.perf_counter()
sys.path.insert(0, {here!r})
from machine import peak_memory_mib
print(json.dumps({{"import": imported - start, "load": loaded - imported, "answer": done - loaded,
    "peak_memory_mib": peak_memory_mib()}}))
"""

_BARE = """
import json, time
start = time.perf_counter()
import anymol
print(json.dumps({"import": time.perf_counter() - start}))
"""


class Arm(StrEnum):
    """What is started."""

    BARE = "import anymol"
    COMPUTED = "assistant, a computed answer"
    MODEL = "assistant, the model's answer"
    TRANSFORMERS = "transformers, same weights"


def write_script(arm: Arm) -> str:
    """Return the program of one arm."""
    here = str(Path(__file__).parent)
    match arm:
        case Arm.BARE:
            return _BARE
        case Arm.COMPUTED:
            aspirin = "CC(=O)Oc1ccccc1C(=O)O"
            return _ASSISTANT.format(here=here, lazy=True, task="molecular_weight", given=aspirin, source="auto")
        case Arm.MODEL:
            return _ASSISTANT.format(
                here=here, lazy=False, task="forward_reaction", given="CCO.CC(=O)O", source="model"
            )
        case Arm.TRANSFORMERS:
            return _TRANSFORMERS.format(here=here)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model directory; the embedded model where none is given")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    directory = options.model or Path(str(resources.files("anymol") / "embedded" / "nano"))
    runs: dict[Arm, list[dict[str, float]]] = {arm: [] for arm in Arm}
    for _ in range(options.rounds):
        for arm in Arm:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(
                [sys.executable, "-c", write_script(arm), str(directory)], capture_output=True, text=True, check=True
            )
            stages = json.loads(done.stdout.splitlines()[-1])
            stages["total"] = sum(value for name, value in stages.items() if name != "peak_memory_mib")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            stages["processor"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            runs[arm].append(stages)
    result = {"machine": describe_machine(), "model": directory.name, "rounds": options.rounds, "unit": "seconds"}
    for arm, stages in runs.items():
        result[arm.value] = {
            name: {
                "median": round(statistics.median(one[name] for one in stages), 4),
                "min": round(min(one[name] for one in stages), 4),
                "max": round(max(one[name] for one in stages), 4),
            }
            for name in stages[0]
        }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()

"""Tokens per second of our decoding against ``transformers`` eager ``generate``, same decoder, same prompts.

The arms take turns on the same batch, round after round, so that a busy machine hurts all of them alike; median and
spread over the rounds are reported. Greedy arms write the same tokens (checked); beams are compared at five beams, the
best answers checked too. Peak memory is measured in a process per arm.

    python benchmarks/generation.py                        # the embedded model
    python benchmarks/generation.py --model DIR --rounds 7
    python benchmarks/generation.py --untrained            # random weights of nano's size
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from machine import describe_machine, peak_memory_mib

from anymol.chem.notation import Notation
from anymol.inference.constraints import Grammars
from anymol.inference.decoding import Hypothesis, Prompts, beam_search, decode_rows
from anymol.models import register
from anymol.models.checkpoint import load_checkpoint
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import AnswerKind, TaskInput

RESULTS = Path(__file__).parent / "results" / "generation.json"
BEAMS = 5
REACTANTS = (
    "CC(=O)O.CCO", "CC(=O)Cl.Nc1ccccc1", "Brc1ccccc1.OB(O)c1ccccc1", "CCBr.Oc1ccccc1", "CC(C)=O.NN", "OC(=O)CC.CO",
    "Clc1ccccn1.NCc1ccccc1", "CC(=O)Oc1ccccc1C(=O)O.O", "CN.O=C(Cl)c1ccc(F)cc1", "N#Cc1ccccc1.O", "C=CC=C.C=CC=O",
    "COc1ccc(CBr)cc1.OCC", "O=Cc1ccccc1.CC(C)=O", "CCOC(=O)CC(=O)OCC.CCI", "Nc1ccccc1.O=C=Nc1ccccc1", "CCN(CC)CC.CCl",
)  # fmt: skip


class Arm(StrEnum):
    """What is timed."""

    GREEDY = "anymol greedy"
    GREEDY_GRAMMAR = "anymol greedy, constrained"
    GREEDY_TRANSFORMERS = "transformers greedy"
    BEAM = "anymol 5 beams"
    BEAM_GRAMMAR = "anymol 5 beams, constrained"
    BEAM_TRANSFORMERS = "transformers 5 beams"


@dataclass
class Bench:
    """A model with a batch of prompts."""

    model: AnyMolForCausalLM
    processor: AnyMolProcessor
    prompts: Prompts
    limit: int

    def run(self, arm: Arm) -> list[tuple[int, ...]]:
        """Return the best answer of each row as token ids."""
        match arm:
            case Arm.GREEDY | Arm.GREEDY_GRAMMAR:
                rows = decode_rows(self.model, self.prompts, **self._ours(arm is Arm.GREEDY_GRAMMAR))
                return [row[0].tokens for row in rows]
            case Arm.BEAM | Arm.BEAM_GRAMMAR:
                found = beam_search(self.model, self.prompts, beams=BEAMS, **self._ours(arm is Arm.BEAM_GRAMMAR))
                return [_first(row) for row in found]
            case Arm.GREEDY_TRANSFORMERS:
                return self._theirs()
            case Arm.BEAM_TRANSFORMERS:
                return self._theirs(num_beams=BEAMS, length_penalty=0.0)

    def _ours(self, constrained: bool) -> dict[str, Any]:
        grammar = GRAMMARS[id(self.model)].for_kind(AnswerKind.MOLECULE) if constrained else None
        return {"end": self.processor.end_id, "max_new_tokens": self.limit, "grammar": grammar}

    @torch.inference_mode()
    def _theirs(self, **how: Any) -> list[tuple[int, ...]]:
        width = self.prompts.input_ids.shape[1]
        out = self.model.generate(
            input_ids=self.prompts.input_ids,
            attention_mask=self.prompts.attention_mask,
            do_sample=False,
            max_new_tokens=self.limit,
            eos_token_id=self.processor.end_id,
            pad_token_id=self.processor.tokenizer.pad_token_id,
            **how,
        )
        end = self.processor.end_id
        return [tuple(ids[: ids.index(end)] if end in ids else ids) for ids in out[:, width:].tolist()]


GRAMMARS: dict[int, Grammars] = {}


def _first(row: list[Hypothesis]) -> tuple[int, ...]:
    return row[0].tokens if row else ()


def load(directory: Path, batch: int, limit: int) -> Bench:
    """Load a model and encode the first `batch` prompts."""
    register()
    model, processor, _ = load_checkpoint(directory)
    task = TASKS["forward_reaction"]
    encoded = [processor.encode(render_prompt(task, TaskInput(reactants=one))) for one in REACTANTS[:batch]]
    tensors = processor.batch(encoded)
    GRAMMARS[id(model)] = Grammars(
        processor.tokenizer,
        Notation(processor.notation),
        end=processor.end_id,
        vocabulary=model.config.text_config.vocab_size,
    )
    return Bench(model, processor, Prompts(tensors["input_ids"], tensors["attention_mask"]), limit)


def time_arms(bench: Bench, rounds: int) -> dict[str, dict[str, float]]:
    """Time every arm `rounds` times, taking turns, after one untimed turn each."""
    answers = {arm: bench.run(arm) for arm in Arm}
    seconds: dict[Arm, list[float]] = {arm: [] for arm in Arm}
    for _ in range(rounds):
        for arm in Arm:
            started = time.perf_counter()
            bench.run(arm)
            seconds[arm].append(time.perf_counter() - started)
    table = {}
    for arm in Arm:
        # The end token is generated too.
        tokens = sum(min(len(one) + 1, bench.limit) for one in answers[arm])
        speeds = [tokens / one for one in seconds[arm]]
        table[arm.value] = {
            "tokens": tokens,
            "tokens_per_second_median": round(statistics.median(speeds), 1),
            "tokens_per_second_min": round(min(speeds), 1),
            "tokens_per_second_max": round(max(speeds), 1),
            "seconds_median": round(statistics.median(seconds[arm]), 4),
        }
    table["same_greedy_answers"] = {"rows": _count_same(answers[Arm.GREEDY], answers[Arm.GREEDY_TRANSFORMERS])}
    table["same_best_beams"] = {"rows": _count_same(answers[Arm.BEAM], answers[Arm.BEAM_TRANSFORMERS])}
    return table


def _count_same(mine: list[tuple[int, ...]], theirs: list[tuple[int, ...]]) -> int:
    return sum(a == b for a, b in zip(mine, theirs, strict=True))


def measure_memory(directory: Path, batch: int, limit: int) -> dict[str, float]:
    """Return the peak resident memory of each arm, MiB, each in a process of its own."""
    table = {}
    for arm in Arm:
        command = [sys.executable, __file__, "--model", str(directory), "--memory-of", arm.value, "--batch", str(batch)]
        done = subprocess.run([*command, "--limit", str(limit)], capture_output=True, text=True, check=True)
        table[arm.value] = round(float(done.stdout.split()[-1]), 1)
    return table


def build_untrained(directory: Path) -> Path:
    """Write a model of nano's size with random weights, on a tokenizer of a few lines."""
    from anymol.chem.notation import Notation
    from anymol.models.build import DecoderConfig, build_config, build_model
    from anymol.models.checkpoint import save_checkpoint
    from anymol.models.tokenizer import collect_symbols, train_tokenizer

    texts = [phrase for task in TASKS.values() for phrase in task.phrasings]
    symbols = collect_symbols(REACTANTS, Notation.SMILES)
    processor = AnyMolProcessor(train_tokenizer(texts, symbols, 1024, Notation.SMILES), Notation.SMILES)
    torch.manual_seed(0)
    model = build_model(build_config(DecoderConfig(), processor), processor)
    return save_checkpoint(directory, model, processor, provenance={"name": "nano-sized, untrained"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model directory; the embedded model where none is given")
    parser.add_argument("--untrained", action="store_true", help="random weights of nano's size instead")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=int, default=96, help="most tokens per answer")
    parser.add_argument("--batch", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--memory-of", choices=[arm.value for arm in Arm], help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        directory: Path = options.model or Path(str(resources.files("anymol") / "embedded" / "nano"))
        if options.untrained:
            directory = build_untrained(Path(scratch) / "model")
        if options.memory_of:
            load(directory, options.batch, options.limit).run(Arm(options.memory_of))
            print(peak_memory_mib())
            return
        result: dict[str, Any] = {"machine": describe_machine(), "limit": options.limit, "rounds": options.rounds}
        for batch in (1, 16):
            bench = load(directory, batch, options.limit)
            result["parameters"] = sum(parameter.numel() for parameter in bench.model.parameters())
            result["model"] = "untrained" if options.untrained else directory.name
            result[f"batch_{batch}"] = time_arms(bench, options.rounds)
            result[f"batch_{batch}_peak_memory_mib"] = measure_memory(directory, batch, options.limit)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()

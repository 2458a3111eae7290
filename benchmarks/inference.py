"""Speed and memory of answering against ``transformers`` eager ``generate``: same weights, same prompts, one run.

Arms take turns, so that what else the machine does hurts both alike, and what is reported is the median of the ratios
of neighbouring turns, by wall time and by processor time; the load average stands beside them. Neither arm has a
grammar, so that both search for the same answers, which is checked; our answers with grammars are timed besides. No
prompt is remembered between turns.

    python benchmarks/inference.py                         # the embedded model, two threads
    python benchmarks/inference.py --model DIR --rounds 9
    python benchmarks/inference.py --untrained             # random weights of the base model's size (11 M)
    python benchmarks/inference.py --only retrosynthesis
    ANYMOL_DATA=DIR python benchmarks/inference.py --only drafts    # val rows of the public sets
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, Final

import torch
from machine import describe_machine

from anymol.chem.parsing import canonicalize_smiles
from anymol.inference.generation import Decoding, Generator, Search
from anymol.models import register
from anymol.models.checkpoint import load_checkpoint
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.models.prompt_writer import EncodedExample
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import AnswerKind, ReagentsState, TaskInput

RESULTS: Final = Path(__file__).parent / "results" / "inference.json"
HERE: Final = str(Path(__file__).parent)

MOLECULES: Final = (
    "CC(=O)Nc1ccc(O)cc1", "CC(=O)Oc1ccccc1C(=O)O", "CN1CCC(CC1)c1ccccc1", "O=C(Nc1ccccc1)c1ccccc1",
    "CCOC(=O)c1ccc(N)cc1", "COc1ccc(-c2ccccc2)cc1", "CC(C)NCC(O)COc1cccc2ccccc12", "O=C(O)Cc1ccccc1Nc1c(Cl)cccc1Cl",
    "CC(C)Cc1ccc(C(C)C(=O)O)cc1", "CN(C)CCOC(c1ccccc1)c1ccccc1", "Cc1ccc(S(=O)(=O)Nc2ccccc2)cc1", "O=C1CCCCCN1",
    "CCN(CC)CC(=O)Nc1c(C)cccc1C", "COc1ccccc1OCC(O)CO", "Clc1ccc(Cn2ccnc2)cc1", "O=C(O)c1cccnc1", "CCCCOC(=O)c1ccccc1",
    "c1ccc(-c2ccncc2)cc1", "CC(=O)c1ccc(Br)cc1", "Nc1ccc(S(N)(=O)=O)cc1", "COC(=O)C1=CCCN(C)C1", "CCOc1ccc(NC(C)=O)cc1",
    "O=[N+]([O-])c1ccc(Cl)cc1", "CC(O)c1ccc2ccccc2c1", "N#Cc1ccc(-c2ccccc2)cc1", "CCCN(CCC)S(=O)(=O)c1ccc(C(=O)O)cc1",
    "O=C(c1ccccc1)c1ccccc1", "CC(N)Cc1ccccc1", "COc1cc(C=O)ccc1O", "FC(F)(F)c1cccc(N2CCNCC2)c1", "O=Cc1ccc2OCOc2c1",
    "CCNC(=O)c1ccccn1",
)  # fmt: skip
REACTANTS: Final = (
    "CC(=O)O.CCO", "CC(=O)Cl.Nc1ccccc1", "Brc1ccccc1.OB(O)c1ccccc1", "CCBr.Oc1ccccc1", "OC(=O)CC.CO",
    "Clc1ccccn1.NCc1ccccc1", "COc1ccc(CBr)cc1.OCC", "CCOC(=O)CC(=O)OCC.CCI",
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What is asked, and how.

    Attributes:
        task: Name of the task.
        given: SMILES.
        beams: Answers that are looked for.
        limit: Most tokens per answer.
    """

    task: str
    given: str
    beams: int
    limit: int

    def write(self) -> TaskInput:
        """Return the input as the task takes it."""
        match self.task:
            case "forward_reaction":
                return TaskInput(reactants=self.given)
            case "retrosynthesis":
                return TaskInput(products=self.given)
            case _:
                return TaskInput(molecule=self.given)

    @property
    def decoding(self) -> Decoding:
        """How our arm looks for the same."""
        search = Search.GREEDY if self.beams == 1 else Search.BEAM
        return Decoding(search, self.beams, self.limit, constrained=False)


ALONE: Final = (
    *(Request("captioning", one, 1, 64) for one in MOLECULES[:4]),
    *(Request("forward_reaction", one, 1, 64) for one in REACTANTS[:4]),
    *(Request("retrosynthesis", one, 1, 64) for one in MOLECULES[4:8]),
)
MIXED: Final = (
    *(Request("captioning", one, 1, 96) for one in MOLECULES[:4]),
    *(Request("forward_reaction", one, 5, 96) for one in REACTANTS[:5]),
    *(Request("retrosynthesis", one, 10, 128) for one in MOLECULES[4:7]),
    *(Request("molecular_weight", one, 3, 16) for one in MOLECULES[8:10]),
    *(Request("captioning", one, 2, 48) for one in MOLECULES[10:12]),
)


class Bench:
    """A model asked in both ways.

    Args:
        directory: The model's.
    """

    def __init__(self, directory: Path) -> None:
        register()
        self.model: AnyMolForCausalLM
        self.processor: AnyMolProcessor
        self.model, self.processor, _ = load_checkpoint(directory)
        self.generator = Generator(self.model, self.processor, prompt_bytes=0)

    def encode(self, request: Request) -> EncodedExample:
        """Return a request's prompt."""
        return self.processor.encode(render_prompt(TASKS[request.task], request.write()))

    def ours(self, requests: Sequence[Request], *, constrained: bool = False) -> list[list[str]]:
        """Answer requests together by the engine."""
        asked = [
            (
                self.encode(one),
                TASKS[one.task].answer if constrained else AnswerKind.TEXT,
                Decoding(one.decoding.search, one.beams, one.limit, constrained=constrained),
            )
            for one in requests
        ]
        return [[answer.text for answer in row] for row in self.generator.generate_each(asked)]

    def theirs(self, requests: Sequence[Request]) -> list[list[str]]:
        """Answer requests by ``generate``, those of like beams and limit in one padded batch."""
        found: list[list[str]] = [[] for _ in requests]
        groups: dict[tuple[int, int], list[int]] = {}
        for place, one in enumerate(requests):
            groups.setdefault((one.beams, one.limit), []).append(place)
        for (beams, limit), places in groups.items():
            batch = self.processor.batch([self.encode(requests[place]) for place in places])
            with torch.inference_mode():
                out = self.model.generate(
                    input_ids=batch["input_ids"],
                    attention_mask=batch["attention_mask"],
                    do_sample=False,
                    max_new_tokens=limit,
                    num_beams=beams,
                    num_return_sequences=beams,
                    length_penalty=0.0 if beams > 1 else 1.0,
                    eos_token_id=self.processor.end_id,
                    pad_token_id=self.processor.tokenizer.pad_token_id,
                )
            texts = [self.processor.decode_answer(row) for row in out[:, batch["input_ids"].shape[1] :].tolist()]
            for number, place in enumerate(places):
                found[place] = texts[number * beams : (number + 1) * beams]
        return found

    def count_tokens(self, answers: Sequence[Sequence[str]]) -> int:
        """Return the tokens of answers, ends included."""
        tokenizer = self.processor.tokenizer
        return sum(len(tokenizer.encode(one, add_special_tokens=False)) + 1 for row in answers for one in row)


# --------------------------------------------------------------------------------------------------------------- timing


def take_turns(
    ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int, names: tuple[str, str] = ("anymol", "transformers")
) -> dict[str, Any]:
    """Time two arms by turns, after one untimed turn of each."""
    ours(), theirs()
    pairs = [(time_one(ours), time_one(theirs)) for _ in range(rounds)]
    table: dict[str, Any] = {"pairs": rounds}
    for number, clock in enumerate(("wall", "processor")):
        mine, other = ([pair[arm][number] for pair in pairs] for arm in (0, 1))
        ratios = [b / a for a, b in zip(mine, other, strict=True)]
        table[clock] = {
            f"{names[0]}_s": round(statistics.median(mine), 4),
            f"{names[1]}_s": round(statistics.median(other), 4),
            "ratio_median": round(statistics.median(ratios), 2),
            "ratio_min": round(min(ratios), 2),
            "ratio_max": round(max(ratios), 2),
        }
    return table


def time_one(arm: Callable[[], Any]) -> tuple[float, float]:
    """Return the wall and the processor time of one call, seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    arm()
    return time.perf_counter() - wall, time.process_time() - processor


def add_speeds(table: dict[str, Any], tokens: int) -> dict[str, Any]:
    """Return a table with the tokens per second of both arms."""
    for clock in ("wall", "processor"):
        for arm in ("anymol", "transformers"):
            table[clock][f"{arm}_tokens_per_s"] = round(tokens / table[clock][f"{arm}_s"], 1)
    return {"tokens": tokens, **table}


# ------------------------------------------------------------------------------------------------------------- sections


def measure_alone(bench: Bench, rounds: int) -> dict[str, Any]:
    """Greedy answers, one request at a time: the whole, and the first token."""

    def ask_ours(requests: Sequence[Request]) -> list[list[str]]:
        return [bench.ours([one])[0] for one in requests]

    def ask_theirs(requests: Sequence[Request]) -> list[list[str]]:
        return [bench.theirs([one])[0] for one in requests]

    first = [Request(one.task, one.given, 1, 1) for one in ALONE]
    answers = ask_ours(ALONE)
    whole = take_turns(lambda: ask_ours(ALONE), lambda: ask_theirs(ALONE), rounds)
    begin = take_turns(lambda: ask_ours(first), lambda: ask_theirs(first), rounds)
    tokens = bench.count_tokens(answers)
    decode = {
        clock: {
            "anymol_ms_per_token": round(1e3 * (whole[clock]["anymol_s"] - begin[clock]["anymol_s"]) / tokens, 3),
            "transformers_ms_per_token": round(
                1e3 * (whole[clock]["transformers_s"] - begin[clock]["transformers_s"]) / tokens, 3
            ),
        }
        for clock in ("wall", "processor")
    }
    for clock in decode.values():
        clock["ratio"] = round(clock["transformers_ms_per_token"] / clock["anymol_ms_per_token"], 2)
    return {
        "requests": len(ALONE),
        "same_answers": sum(a == b for a, b in zip(answers, ask_theirs(ALONE), strict=True)),
        "answers": add_speeds(whole, tokens),
        "first_token": begin,
        "tokens_after_the_first": decode,
    }


def measure_mixed(bench: Bench, rounds: int) -> dict[str, Any]:
    """Sixteen requests of several tasks, limits and numbers of answers at once."""
    answers, theirs = bench.ours(MIXED), bench.theirs(MIXED)
    tokens = bench.count_tokens(answers)

    def one_by_one() -> None:
        for one in MIXED:
            bench.theirs([one])

    constrained = [time_one(lambda: bench.ours(MIXED, constrained=True)) for _ in range(rounds)]
    return {
        "requests": len(MIXED),
        "same_answers": sum(a == b for a, b in zip(answers, theirs, strict=True)),
        "against_generate_in_padded_batches": add_speeds(
            take_turns(lambda: bench.ours(MIXED), lambda: bench.theirs(MIXED), rounds), tokens
        ),
        "against_generate_one_by_one": add_speeds(take_turns(lambda: bench.ours(MIXED), one_by_one, rounds), tokens),
        "with_grammars_s": {
            "wall": round(statistics.median(wall for wall, _ in constrained), 4),
            "processor": round(statistics.median(processor for _, processor in constrained), 4),
        },
    }


def read_val_rows(task: str, count: int) -> list[TaskInput]:
    """Return inputs of a task from val rows of the public sets, drawn at random, in the notation that is asked."""
    import pyarrow.parquet as pq

    name = "captions.parquet" if task == "captioning" else "reactions.parquet"
    table = pq.read_table(Path(os.environ["ANYMOL_DATA"]) / name, filters=[("split", "=", "val")])
    rows = [row for row in table.to_pylist() if "." not in row.get("products", "")]
    found = []
    for row in random.Random(0).sample(rows, count):
        given = {
            slot: canonicalize_smiles(row[slot])
            for slot in ("reactants", "reagents", "products", "smiles")
            if row.get(slot)
        }
        match task:
            case "forward_reaction":
                told = given.get("reagents")
                state = ReagentsState.SEPARATED if told else ReagentsState.DROPPED
                found.append(TaskInput(reactants=given["reactants"], reagents=told, reagents_state=state))
            case "retrosynthesis":
                found.append(TaskInput(products=given["products"], reagents_state=ReagentsState.DROPPED))
            case _:
                found.append(TaskInput(molecule=given["smiles"]))
    return found


def measure_drafts(bench: Bench, rounds: int) -> dict[str, Any]:
    """Greedy answers to val rows with drafts and without, by the same engine: one at a time, and side by side."""
    plain = Generator(bench.model, bench.processor, prompt_bytes=0, drafted=0)
    table: dict[str, Any] = {}
    for task in ("retrosynthesis", "forward_reaction", "captioning"):
        prompts = [bench.processor.encode(render_prompt(TASKS[task], one)) for one in read_val_rows(task, 16)]
        kind = TASKS[task].answer
        decoding = Decoding(Search.GREEDY, 1, 160, no_repeat=6 if kind is AnswerKind.TEXT else None)

        def ask(generator: Generator, size: int) -> list[Any]:
            runs = [prompts[start : start + size] for start in range(0, len(prompts), size)]  # noqa: B023
            return [row[0].text for run in runs for row in generator.generate(run, kind, decoding)]  # noqa: B023

        table[task] = {"requests": len(prompts)}
        for size in (1, 4, 16):
            answers, others = ask(bench.generator, size), ask(plain, size)
            timed = take_turns(
                partial(ask, bench.generator, size), partial(ask, plain, size), rounds, ("drafts", "none")
            )
            table[task][f"{size} at a time"] = {
                "same_answers": sum(a == b for a, b in zip(answers, others, strict=True)),
                **timed,
            }
    return table


_COMMAND: Final = ("predict", "forward_reaction", "CCO.CC(=O)O", "--source", "model", "--json")


def measure_command_line(directory: Path, rounds: int) -> dict[str, Any]:
    """The command line from its start to its answer, and the least that such a process can take."""
    arms = {
        "anymol predict": [sys.executable, "-m", "anymol", *_COMMAND, "--model", str(directory)],
        "import torch, transformers": [
            sys.executable,
            "-c",
            "import torch; from transformers import AutoModelForCausalLM",
        ],
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in arms}
    for _ in range(rounds):
        for name, command in arms.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            begun = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True)
            wall = time.perf_counter() - begun
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
            seconds[name].append((wall, used))
    return {
        name: {
            "wall_s_median": round(statistics.median(wall for wall, _ in found), 2),
            "wall_s_min": round(min(wall for wall, _ in found), 2),
            "processor_s_median": round(statistics.median(used for _, used in found), 2),
        }
        for name, found in seconds.items()
    }


_RETROSYNTHESIS: Final = """
import json, sys, time
sys.path.insert(0, {here!r})
from inference import MOLECULES
from machine import peak_memory_mib
from anymol import Assistant
assistant = Assistant.load({model!r})
assistant.predict("retrosynthesis", list(MOLECULES[-2:]))
wall, processor = time.perf_counter(), time.process_time()
found = assistant.predict("retrosynthesis", list(MOLECULES))
wall, processor = time.perf_counter() - wall, time.process_time() - processor
print(json.dumps({{"wall_s": wall, "processor_s": processor, "answered": sum(hasattr(one, "answers") for one in found),
    "peak_memory_mib": peak_memory_mib()}}))
"""


def measure_retrosynthesis(directory: Path, rounds: int) -> dict[str, Any]:
    """Thirty-two products at once through the assistant: stores, model, rankers and checks."""
    program = _RETROSYNTHESIS.format(here=HERE, model=str(directory))
    runs = []
    for _ in range(rounds):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    wall, processor = (statistics.median(run[f"{clock}_s"] for run in runs) for clock in ("wall", "processor"))
    return {
        "rows": len(MOLECULES),
        "answered": runs[0]["answered"],
        "wall_s_median": round(wall, 2),
        "wall_s_min": round(min(run["wall_s"] for run in runs), 2),
        "processor_s_median": round(processor, 2),
        "rows_per_s": round(len(MOLECULES) / wall, 2),
        "rows_per_processor_s": round(len(MOLECULES) / processor, 2),
        "rows_per_s_if_two_processors_were_ours": round(2 * len(MOLECULES) / processor, 2),
        "peak_memory_mib": round(max(run["peak_memory_mib"] for run in runs), 1),
    }


def measure_memory(directory: Path) -> dict[str, float]:
    """Return the peak resident memory, MiB, of a process that answers the mixed requests, by either arm."""
    table = {}
    for arm in ("ours", "theirs"):
        program = (
            f"import sys; sys.path.insert(0, {HERE!r}); from pathlib import Path; import inference as i, machine;"
            f"i.Bench(Path({str(directory)!r})).{arm}(i.MIXED); print(machine.peak_memory_mib())"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        table[arm] = round(float(done.stdout.split()[-1]), 1)
    return table


def build_untrained(directory: Path) -> Path:
    """Write a model of the base model's size with random weights, on the embedded model's tokenizer."""
    from anymol.models.build import DecoderConfig, DecoderFamily, build_config, build_model
    from anymol.models.checkpoint import save_checkpoint

    _, processor, _ = load_checkpoint(find_embedded())
    sizes = DecoderConfig(
        family=DecoderFamily.QWEN3, hidden_size=384, n_layers=6, n_heads=6, n_kv_heads=2, ffn_size=1152
    )
    torch.manual_seed(0)
    model = build_model(build_config(sizes, processor), processor)
    return save_checkpoint(directory, model, processor, provenance={"name": "untrained"})


def find_embedded() -> Path:
    """Return the directory of the embedded model."""
    return Path(str(resources.files("anymol") / "embedded" / "nano"))


def main() -> None:
    sections = ("alone", "mixed", "drafts", "command_line", "retrosynthesis", "memory")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model directory; the embedded model where none is given")
    parser.add_argument("--untrained", action="store_true", help="random weights of the base model's size instead")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="of torch, where an arm does not choose its own")
    parser.add_argument("--only", choices=sections, action="append", help="parts to measure; all where none is given")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as scratch:
        directory = options.model or find_embedded()
        if options.untrained:
            directory = build_untrained(Path(scratch) / "model")
        wanted = options.only or sections
        bench = Bench(directory)
        result: dict[str, Any] = {
            "machine": describe_machine(),
            "note": "a shared machine: compare ratios of neighbouring turns, and processor time with processor time",
            "model": "untrained" if options.untrained else directory.name,
            "parameters": sum(parameter.numel() for parameter in bench.model.parameters()),
            "decoder_parameters": sum(parameter.numel() for parameter in bench.model.decoder.parameters()),
        }
        parts: dict[str, Callable[[], Any]] = {
            "alone": lambda: measure_alone(bench, options.rounds),
            "mixed": lambda: measure_mixed(bench, options.rounds),
            "drafts": lambda: measure_drafts(bench, options.rounds),
            "command_line": lambda: measure_command_line(directory, options.rounds),
            "retrosynthesis": lambda: measure_retrosynthesis(directory, max(1, options.rounds // 2)),
            "memory": lambda: measure_memory(directory),
        }
        options.output.parent.mkdir(parents=True, exist_ok=True)
        for name, measure in parts.items():
            if name in wanted and not (name == "retrosynthesis" and options.untrained):
                result[name] = measure()
                options.output.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()

"""Our rows as tasks of lm-evaluation-harness: per task a file of rows, its YAML, and a module that scores replies.

Any model of the harness can then be asked them, with ``--include_path`` naming the folder.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from anymol.chem.notation import MOL_CLOSE, MOL_OPEN
from anymol.data.example import InstructionExample
from anymol.errors import AnyMolError, InvalidTaskInputError, UnreadableAnswerError
from anymol.evaluation.harness.scoring import RIGHT
from anymol.evaluation.plan import EvaluationPlan
from anymol.evaluation.questions import read_reference, recover_input
from anymol.evaluation.row_sets import RowSet
from anymol.evaluation.subjects.writing import describe_form
from anymol.files import write_atomically
from anymol.modalities.content import Message, MoleculePart, RecordPart, TextPart
from anymol.tasks.table import get_task
from anymol.tasks.task import Task

_SCORING: Final = '''"""Scores replies to the rows beside it; written by anymol."""

from anymol.evaluation.harness.scoring import aggregate, score_reply


def process_results(doc, results):
    return score_reply(doc["row"], results[0])
'''


@dataclass(frozen=True)
class HarnessTask:
    """What was written of one task.

    Attributes:
        name: The task of the harness, ``anymol_NAME_TASK``.
        n_rows: Rows that it asks; of a task without any nothing is written.
        left_out: Why rows cannot be asked so -> how many.
    """

    name: str
    n_rows: int
    left_out: Mapping[str, int]


def write_harness_tasks(rows: RowSet, name: str, plan: EvaluationPlan, folder: Path) -> list[HarnessTask]:
    """Write the rows of a set as tasks of the harness.

    Args:
        rows: The rows.
        name: What the tasks are called by: ``anymol_NAME_TASK``.
        plan: Which rows.
        folder: Where to; missing folders are made.

    Returns:
        What was written of each task, in order; rows that cannot be asked as text are counted there.
    """
    written: list[HarnessTask] = []
    for task_name in rows.tasks:
        task = get_task(task_name)
        lines: list[dict[str, Any]] = []
        left_out: Counter[str] = Counter()
        for example in rows.draw(task_name, plan.limit, plan.seed, plan.rows):
            try:
                lines.append(_write_row(task, example))
            except UnreadableAnswerError:
                left_out["their own reference cannot be read"] += 1
            except AnyMolError as error:
                left_out[error.generalise()] += 1
        full = re.sub(r"[^a-z0-9_]+", "_", f"anymol_{name}_{task_name}".lower())
        written.append(HarnessTask(full, len(lines), dict(left_out)))
        if lines:
            _write_task(written[-1], task, lines, folder)
    return written


def _write_row(task: Task, example: InstructionExample) -> dict[str, Any]:
    """Return the line of a row.

    Raises:
        AnyMolError: Why it cannot be asked as text.
    """
    read_reference(task, example)
    about = recover_input(task, example)
    question = "\n".join(_write_message(message) for message in example.messages)
    asked = {key: value for key, value in asdict(about).items() if value and key not in ("records", "files")}
    answer = "".join(_write_answer(part) for part in example.answer)
    row = {"id": example.id, "task": task.name, "asked": asked, "answer": answer}
    return {"question": f"{describe_form(task)}\n\n{question}", "answer": answer, "row": row}


def _write_task(written: HarnessTask, task: Task, lines: list[dict[str, Any]], folder: Path) -> None:
    full = written.name
    data = folder / f"{full}.jsonl"
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    # Half a surrogate pair, which UTF-8 cannot write, is kept as JSON escapes it.
    write_atomically(data, text.encode("utf-8", errors="backslashreplace"))
    scoring = _SCORING + "".join(
        f'\n\ndef {metric.name}(pairs):\n    return aggregate("{task.name}", "{metric.name}", pairs)\n'
        for metric in task.metrics
    )
    write_atomically(folder / f"{full}.py", scoring)
    config = {
        "task": full,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(data.resolve())}},
        "output_type": "generate_until",
        "test_split": "test",
        "doc_to_text": "{{question}}",
        "doc_to_target": "{{answer}}",
        "generation_kwargs": {"until": ["\n\n"], "max_gen_toks": 512, "do_sample": False},
        # The harness repeats it beside its figures.
        "metadata": {"version": task.version, "rows": written.n_rows, "rows_left_out": dict(written.left_out)},
    }
    # Tags of the harness, which no dumper of YAML knows.
    metrics = [f"  - metric: {RIGHT}", "    aggregation: mean", "    higher_is_better: true"]
    for metric in task.metrics:
        metrics += [
            f"  - metric: {metric.name}",
            f"    aggregation: !function {full}.{metric.name}",
            f"    higher_is_better: {str(metric.higher_is_better).lower()}",
        ]
    tail = [f"process_results: !function {full}.process_results", "metric_list:", *metrics]
    write_atomically(folder / f"{full}.yaml", yaml.safe_dump(config, sort_keys=False) + "\n".join(tail) + "\n")


def _write_message(message: Message) -> str:
    """Return a message as text, molecules between their marks.

    Raises:
        InvalidTaskInputError: It shows a record that text cannot replace.
    """
    return "".join(_write_parts(message))


def _write_parts(message: Message) -> Iterator[str]:
    for part in message.parts:
        match part:
            case TextPart():
                yield part.text
            case MoleculePart():
                yield f"{MOL_OPEN}{part.smiles}{MOL_CLOSE}"
            case RecordPart():
                raise InvalidTaskInputError(f"the question shows a record ({part.modality}), which is not a text")


def _write_answer(part: object) -> str:
    match part:
        case TextPart():
            return part.text
        case MoleculePart():
            return f"{MOL_OPEN}{part.smiles}{MOL_CLOSE}"
        case _:
            raise TypeError(f"an answer holds texts and molecules, not {type(part).__name__}")

"""Our rows as tasks of lm-evaluation-harness: per task a file of rows, its YAML, and a module that scores replies.

Any model of the harness can then be asked them, with ``--include_path`` naming the folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import yaml

from anymol.chem.notation import MOL_CLOSE, MOL_OPEN
from anymol.errors import AnyMolError, InvalidTaskInputError
from anymol.evaluation.harness.scoring import RIGHT
from anymol.evaluation.plan import EvaluationPlan
from anymol.evaluation.questions import read_reference, recover_input
from anymol.evaluation.row_sets import RowSet
from anymol.evaluation.subjects.endpoint import describe_form
from anymol.files import write_atomically
from anymol.modalities.content import Message, MoleculePart, RecordPart, TextPart
from anymol.tasks.table import get_task
from anymol.tasks.task import Task

_SCORING: Final = '''"""Scores replies to the rows beside it; written by anymol."""

from anymol.evaluation.harness.scoring import aggregate, score_reply


def process_results(doc, results):
    return score_reply(doc["row"], results[0])
'''


def write_harness_tasks(rows: RowSet, name: str, plan: EvaluationPlan, folder: Path) -> dict[str, int]:
    """Write the rows of a set as tasks of the harness.

    Args:
        rows: The rows.
        name: What the tasks are called by: ``anymol_NAME_TASK``.
        plan: Which rows.
        folder: Where to; missing folders are made.

    Returns:
        Task of the harness -> rows. Rows that cannot be asked as text are left out, and a task without any.
    """
    written: dict[str, int] = {}
    for task_name in rows.tasks:
        task = get_task(task_name)
        lines = []
        for example in rows.draw(task_name, plan.limit, plan.seed, plan.rows):
            try:
                read_reference(task, example)
                about = recover_input(task, example)
                question = "\n".join(_write_message(message) for message in example.messages)
            except AnyMolError:
                continue
            asked = {key: value for key, value in asdict(about).items() if value and key not in ("records", "files")}
            answer = "".join(_write_answer(part) for part in example.answer)
            row = {"id": example.id, "task": task_name, "asked": asked, "answer": answer}
            lines.append({"question": f"{describe_form(task)}\n\n{question}", "answer": answer, "row": row})
        if lines:
            full = re.sub(r"[^a-z0-9_]+", "_", f"anymol_{name}_{task_name}".lower())
            _write_task(full, task, lines, folder)
            written[full] = len(lines)
    return written


def _write_task(full: str, task: Task, lines: list[dict[str, Any]], folder: Path) -> None:
    data = folder / f"{full}.jsonl"
    write_atomically(data, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
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
        "metadata": {"version": task.version},
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

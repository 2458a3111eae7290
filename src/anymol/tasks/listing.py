"""Tasks as JSON: what lists of them show, on the command line and from a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anymol.tasks.task import Task


def describe_task(task: Task) -> dict[str, Any]:
    """Return what a person must know to ask a task: its slots, choices, output, unit, metrics and an example."""
    return {
        "name": task.name,
        "version": task.version,
        "family": task.family,
        "summary": task.summary,
        "inputs": {
            "required": [slot.value for slot in task.required],
            "optional": [slot.value for slot in task.optional],
        },
        "choices": list(task.choices),
        "default_choice": task.default_choice,
        "output": task.answer.value,
        "labels": list(task.labels),
        "unit": task.unit,
        "computed": task.compute is not None,
        "metrics": [{"name": metric.name, "higher_is_better": metric.higher_is_better} for metric in task.metrics],
        "example": {"input": describe_input(task), "answer": task.example[1]},
    }


def describe_input(task: Task) -> dict[str, str]:
    """Return the filled slots of a task's example."""
    given = task.example[0]
    return {slot.value: content for slot in (*task.required, *task.optional) if (content := given.get(slot))}

"""``anymol tasks``: what anymol can be asked."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Any, Final

from anymol.cli.options import add_json
from anymol.cli.output import make_console, print_json
from anymol.cli.parser import Parser

if TYPE_CHECKING:
    from anymol.tasks.task import Task

NAME: Final = "tasks"
HELP: Final = "List every task: inputs, output, unit, metrics, an example."


def add_arguments(parser: Parser) -> None:
    """Declare ``--json`` alone: all tasks are listed."""
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the table of tasks."""
    from anymol.tasks.table import TASKS

    if options.json:
        print_json({"tasks": [_describe(task) for task in TASKS.values()]})
        return 0
    from rich.table import Table
    from rich.text import Text

    from anymol.cli.render import show_input
    from anymol.tasks.listing import describe_input

    console = make_console()
    for task in TASKS.values():
        unit = f", in {task.unit}" if task.unit else ""
        table = Table(box=None, show_header=False, padding=(0, 2), pad_edge=True)
        table.add_column(style="dim")
        table.add_column(overflow="fold")
        optional = "".join(f", {slot.value} (optional)" for slot in task.optional)
        table.add_row("input", Text(", ".join(slot.value for slot in task.required) + optional))
        if task.choices:
            table.add_row("text is one of", Text("; ".join(task.choices)))
        if task.default_choice is not None:
            table.add_row("without a text", Text(task.default_choice))
        labels = f": {', '.join(task.labels)}" if task.labels else ""
        table.add_row("output", Text(f"{task.answer.value}{unit}{labels}"))
        table.add_row("metrics", Text(", ".join(metric.name for metric in task.metrics)))
        table.add_row("example", Text(f"{show_input(describe_input(task))} -> {task.example[1]}"))
        table.add_row("command", Text(show_command(task)))
        console.print(Text(task.name, style="bold").append(f"  {task.summary}", style="not bold"))
        console.print(table)
        console.print()
    return 0


def _describe(task: Task) -> dict[str, Any]:
    """Return the JSON form of a task, with the command that asks its example."""
    from anymol.tasks.listing import describe_task

    shown = describe_task(task)
    shown["example"] |= {"command": show_command(task)}
    return shown


def show_command(task: Task) -> str:
    """Return a command line that asks a task's example."""
    from anymol.tasks.listing import describe_input

    slots = describe_input(task)
    text = slots.pop("text", None)
    words = ["anymol", "predict", task.name]
    if task.recognises:
        words += ["--image", "drawing.png"]
    elif "molecule" in slots:
        words.append(slots["molecule"])
    elif "reactants" in slots or "reagents" in slots:
        words.append(">".join(slots.get(name, "") for name in ("reactants", "reagents", "products")))
    elif "products" in slots:
        words.append(slots["products"])
    if text is not None:
        words += ["--text", text] if len(words) > 3 else [text]
    return shlex.join(words)

"""Predictions as tables that a person reads, and as drawings."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anymol.cli.output import log, speaks_unicode
from anymol.errors import UserError
from anymol.inference.answers import Answer, Method, Prediction
from anymol.tasks.task import STRUCTURES, AnswerKind, Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType
    from rich.text import Text

    from anymol.calculations.calculation import Result

_PLAIN_MARKS = {True: "ok", False: "FAILED", None: "?"}
_SIGNS = {True: "✓", False: "✗", None: "?"}
_STYLES = {True: "green", False: "red", None: "yellow"}


def print_prediction(console: Console, prediction: Prediction) -> None:
    """Print one prediction: how it was understood, then its answers with certainty and checks."""
    from rich.table import Table
    from rich.text import Text

    console.print(Text(f"{prediction.task}  ", style="bold").append(show_input(prediction.input), style="not bold"))
    for note in prediction.notes:
        console.print(Text(f"  {note}", style="dim"))
    results = [answer.result for answer in prediction.answers if answer.result is not None]
    for result in results:
        for line in render_result(result):
            console.print(line)
    if not results and prediction.answers:
        table = Table(box=_box(), show_edge=False, pad_edge=True, header_style="bold")
        if len(prediction.answers) > 1:
            table.add_column("#", justify="right")
        table.add_column("answer", overflow="fold", ratio=3)
        table.add_column(certainty_title(prediction.answers[0]), overflow="fold")
        table.add_column("from", overflow="fold")
        table.add_column("checks", overflow="fold", ratio=3)
        for number, answer in enumerate(prediction.answers, 1):
            rank = [str(number)] if len(prediction.answers) > 1 else []
            table.add_row(
                *rank,
                Text(answer.shown),
                answer.certainty,
                answer.origin,
                render_checks(answer.checks),
            )
        console.print(table)
        several = len(prediction.answers) > 1
        for number, answer in enumerate(prediction.answers, 1):
            for precedent in answer.precedents[: 1 if several else None]:
                of = f" of {number}" if several else ""
                console.print(Text(f"  precedent{of}: {precedent.summary}", style="dim"))
                console.print(Text(f"    {precedent.reaction}", style="dim"))
    elif not results:
        console.print(Text("  no answer", style="yellow"))
    if prediction.explanation is not None:
        print_explanation(console, prediction)
    console.print(Text(f"  {prediction.model}, {prediction.seconds:.2f} s", style="dim"))
    console.print()


def print_explanation(console: Console, prediction: Prediction) -> None:
    """Print what each form contributed to a prediction, and what is told of each pair of them."""
    from rich.table import Table
    from rich.text import Text

    explanation = prediction.explanation
    if explanation is None:
        return
    console.print(Text(f"  {explanation.sentence}", style="bold"))
    table = Table(box=_box(), show_edge=False, pad_edge=True, header_style="bold")
    for title in ("given", "answer", "certainty", "method"):
        table.add_column(title, overflow="fold")
    for one in explanation.partial:
        shown = (
            (one.error or "", "", "no answer")
            if one.error
            else (one.shown or "", one.certainty or "", one.method or "")
        )
        table.add_row(", ".join(one.forms), *map(Text, shown))
    console.print(table)
    for contribution in explanation.contributions:
        console.print(Text(f"  {contribution.said}"))
    for pair in prediction.agreement:
        console.print(Text(f"  {pair}", style="dim"))
    if explanation.bounded:
        console.print(Text(f"  {explanation.bounded}", style="dim"))


def render_result(result: Result) -> Iterator[Text]:
    """Yield what a calculation found as lines: its sentence, by whom, and what else must be known."""
    from rich.text import Text

    certainty = "exact" if result.exact else "computed"
    by = f"  {certainty}; {result.program} {result.program.version}, {result.method}"
    yield Text("  ").append(Text(result.statement, style="bold")).append(Text(by, style="dim"))
    if "\n" in result.text:
        yield Text(result.text)
    for note in result.notes:
        yield Text(f"    {note}", style="dim")


def show_input(written: Any) -> str:
    """Return an input as one line: a text as it is, slots as ``name: value``."""
    return written if isinstance(written, str) else ", ".join(f"{name}: {value}" for name, value in written.items())


def certainty_title(answer: Answer) -> str:
    """Return the heading of the column of certainties."""
    if answer.method is Method.COMPUTED or (answer.method is Method.SEARCHED and answer.exact):
        return "certainty"
    return "90 % interval" if answer.kind is AnswerKind.NUMBER else "probability"


def render_checks(checks: Sequence[Check]) -> RenderableType:
    """Return the checks, one line each, with a mark and the detail of those that say something."""
    from rich.text import Text

    marks = _SIGNS if speaks_unicode(sys.stdout) else _PLAIN_MARKS
    lines = [
        Text(f"{marks[check.passed]} ", style=_STYLES[check.passed]).append(
            f"{check.name}: {check.detail}" if check.detail else check.name, style="default"
        )
        for check in checks
    ]
    return Text("\n").join(lines) if lines else Text("-")


def draw_answers(prediction: Prediction, directory: Path, stem: str) -> list[Path]:
    """Draw the molecules of the answers as SVG and PNG, and their precedents as SVG; return the files.

    Args:
        prediction: The prediction; answers that are not molecules are passed over.
        directory: Folder of the drawings; it is made.
        stem: How file names begin.
    """
    from anymol.chem.change_depiction import render_change
    from anymol.chem.depiction import draw_molecule, draw_reaction
    from anymol.files import write_atomically
    from anymol.inference.page import list_helping, write_reaction

    drawn: list[Path] = []
    for number, answer in enumerate(prediction.answers, 1):
        if answer.kind not in STRUCTURES:
            continue
        reaction = write_reaction(prediction.task, prediction.asked, answer.kind, answer.value)
        directory.mkdir(parents=True, exist_ok=True)
        for suffix in (".svg", ".png"):
            path = directory / f"{_file_name(stem)}-{number}{suffix}"
            try:
                drawn.append(
                    draw_molecule(str(answer.value), path) if reaction is None else draw_reaction(reaction, path)
                )
            except UserError as error:  # too large to be read: the answer itself stands
                log(f"not drawn: {error}")
                break
        for place, precedent in enumerate(answer.precedents, 1):
            path = directory / f"{_file_name(stem)}-{number}-precedent-{place}.svg"
            reactants, _, products = precedent.reaction.split(">")
            try:
                write_atomically(path, render_change(reactants, products, list_helping(precedent)))
                drawn.append(path)
            except UserError as error:
                log(f"not drawn: {error}")
    return drawn


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", text)[:80]


def _box() -> Any:
    from rich import box

    return box.SIMPLE_HEAD if speaks_unicode(sys.stdout) else box.ASCII2

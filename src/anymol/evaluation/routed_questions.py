"""How well free questions find what answers them, on a labelled set of questions.

A question is *right* where the router sends it to the task or the calculations of its label, or, where the label is
``outside``, refuses it. It is *silently wrong* where another task answers it than the one that it asks for, which is
worse than a refusal: a wrong answer that looks right.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from anymol.calculations.table import CALCULATIONS
from anymol.errors import DataError, UnknownTaskError
from anymol.tasks.routing import Route, route
from anymol.tasks.table import TASKS
from anymol.tasks.task import Slot

OUTSIDE: Final = "outside"
"""Label of a question that nothing here answers."""
UNSEEN: Final = "*"
"""Stands for a text that is not looked at."""


class Beside(StrEnum):
    """What is given beside a question."""

    NOTHING = "nothing"
    MOLECULE = "molecule"
    MOLECULES = "molecules"
    REACTION = "reaction"
    DRAWING = "drawing"
    MS2 = "ms2"
    IR = "ir"
    CONFORMER = "conformer"

    @property
    def molecules(self) -> int:
        """How many molecules it is."""
        return {Beside.MOLECULE: 1, Beside.MOLECULES: 2}.get(self, 0)

    @property
    def is_record(self) -> bool:
        """Whether it is a drawing, a spectrum or a geometry."""
        return self in (Beside.DRAWING, Beside.MS2, Beside.IR, Beside.CONFORMER)


class Verdict(StrEnum):
    """What became of a question."""

    RIGHT = "right"
    REFUSED = "refused"
    """It was not answered though it could have been."""
    SILENT = "silently wrong"
    """It was answered as another question."""


@dataclass(frozen=True)
class LabelledQuestion:
    """A question with its label.

    Attributes:
        question: The question.
        given: What is given beside it.
        routes: The task or the calculations that answer it, the best first; ``outside`` where nothing does.
        molecules: The molecules that it writes; None where they are not looked at.
        text: What fills the text slot; None for tasks without one, :data:`UNSEEN` where it is not looked at.
        later: The task that is to answer it one day.
        family: Name of the wording; all questions of one wording are in one split.
        style: How it is worded: as a benchmark does, or as a person does.
        split: ``tune``, which the rules were written on, or ``final``, whose errors nobody looked at.
    """

    question: str
    given: Beside
    routes: tuple[tuple[str, ...], ...]
    molecules: tuple[str, ...] | None
    text: str | None
    later: str | None
    family: str
    style: str
    split: str


@dataclass(frozen=True)
class RoutedQuestion:
    """A labelled question and where it went.

    Attributes:
        asked: The question.
        found: Where it went; None where it was refused.
        verdict: Whether that is right.
    """

    asked: LabelledQuestion
    found: Route | None
    verdict: Verdict

    @property
    def went_to(self) -> str:
        """Where it went, in words."""
        return OUTSIDE if self.found is None else ", ".join(_name_route(self.found))

    @property
    def found_molecules(self) -> bool | None:
        """Whether its molecules were found as they are written; None where that is not asked."""
        if self.found is None or self.verdict is not Verdict.RIGHT or self.asked.molecules is None:
            return None
        task = TASKS.get(self.found.task)
        is_named = task is not None and Slot.TEXT in task.required and Slot.MOLECULE not in task.required
        return None if is_named else self.found.molecules == self.asked.molecules

    @property
    def found_text(self) -> bool | None:
        """Whether the text was found; None where there is none."""
        if self.found is None or self.verdict is not Verdict.RIGHT or self.asked.text in (None, UNSEEN):
            return None
        task = TASKS.get(self.found.task)
        return self.found.text == self.asked.text if task is not None and Slot.TEXT in task.required else None


@dataclass(frozen=True)
class RoutingFigures:
    """How many of some questions were routed rightly.

    Attributes:
        asked: How many there are.
        right: How many went where their label says.
        silent: How many were answered as another question.
        molecules: Of how many the molecules were looked at, and of how many these were found.
        texts: The same for text slots.
    """

    asked: int
    right: int
    silent: int
    molecules: tuple[int, int]
    texts: tuple[int, int]

    @property
    def accuracy(self) -> float:
        """Share that went where the label says."""
        return self.right / self.asked if self.asked else float("nan")

    @property
    def silent_share(self) -> float:
        """Share that was answered as another question."""
        return self.silent / self.asked if self.asked else float("nan")


def read_labelled_questions(path: Path) -> list[LabelledQuestion]:
    """Read a set of questions: a JSON object a line.

    Raises:
        DataError: A line is not one, or lacks a field.
    """
    with path.open(encoding="utf-8") as stream:
        return [_read_line(line, number, path) for number, line in enumerate(stream, 1)]


def route_labelled(asked: LabelledQuestion) -> RoutedQuestion:
    """Route one question as the assistant does, and judge where it went."""
    try:
        found = route(
            asked.question,
            has_molecule=asked.given.molecules > 0,
            has_reaction=asked.given is Beside.REACTION,
            has_record=asked.given.is_record,
            molecules=asked.given.molecules,
        )
    except UnknownTaskError:
        return RoutedQuestion(asked, None, Verdict.RIGHT if _accepts(asked, (OUTSIDE,)) else Verdict.REFUSED)
    verdict = Verdict.RIGHT if _accepts(asked, _name_route(found)) else Verdict.SILENT
    return RoutedQuestion(asked, found, verdict)


def count_routed(routed: Iterable[RoutedQuestion]) -> RoutingFigures:
    """Count verdicts, and of the right ones how often molecules and texts were found."""
    listed = list(routed)
    molecules = [one.found_molecules for one in listed if one.found_molecules is not None]
    texts = [one.found_text for one in listed if one.found_text is not None]
    return RoutingFigures(
        len(listed),
        sum(one.verdict is Verdict.RIGHT for one in listed),
        sum(one.verdict is Verdict.SILENT for one in listed),
        (len(molecules), sum(molecules)),
        (len(texts), sum(texts)),
    )


def render_routing(routed: Sequence[RoutedQuestion]) -> str:
    """Return the figures of each split, then of each style of wording in it, as Markdown tables."""
    return "\n".join(_render(routed)) + "\n"


def _render(routed: Sequence[RoutedQuestion]) -> Iterator[str]:
    splits = sorted({one.asked.split for one in routed}, reverse=True)
    yield "| split | questions | right | silently wrong | molecules found | text found |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for split in splits:
        figures = count_routed(one for one in routed if one.asked.split == split)
        molecules, texts = (f"{found}/{all_}" for all_, found in (figures.molecules, figures.texts))
        yield (
            f"| {split} | {figures.asked} | {figures.accuracy:.1%} | {figures.silent_share:.2%} ({figures.silent}) | "
            f"{molecules} | {texts} |"
        )
    yield ""
    yield f"| style | {' | '.join(f'{split}: questions | right | silently wrong' for split in splits)} |"
    yield f"| --- |{' ---: | ---: | ---: |' * len(splits)}"
    for style in sorted({one.asked.style for one in routed}):
        cells = []
        for split in splits:
            figures = count_routed(one for one in routed if one.asked.style == style and one.asked.split == split)
            shown = (figures.asked, f"{figures.accuracy:.1%}", figures.silent) if figures.asked else (0, "", "")
            cells += [str(one) for one in shown]
        yield f"| {style} | {' | '.join(cells)} |"


def _read_line(line: str, number: int, path: Path) -> LabelledQuestion:
    try:
        row: dict[str, Any] = json.loads(line)
        molecules = row["molecules"]
        return LabelledQuestion(
            row["question"],
            Beside(row["given"]),
            tuple(tuple(names) for names in (row["route"], *row["also"])),
            None if molecules is None else tuple(molecules),
            row["text"],
            row["later"],
            row["family"],
            row["style"],
            row["split"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"line {number} is not a labelled question: {error}", value=str(path)) from error


def _name_route(found: Route) -> tuple[str, ...]:
    return (found.task,) if found.task else found.calculations


def _accepts(asked: LabelledQuestion, names: tuple[str, ...]) -> bool:
    """Whether names are a right route, in any order; a task is as good as the calculation that it is the same as."""
    return _reduce(names) in [_reduce(route) for route in asked.routes]


def _reduce(names: Iterable[str]) -> list[str]:
    known = (CALCULATIONS[name].task if name in CALCULATIONS else None for name in names)
    return sorted(task or _AS_TASK.get(name, name) for task, name in zip(known, names, strict=True))


_AS_TASK: Final = {"name": "molecule_to_name"}
"""What a question may ask beside calculations, and the task that answers it."""

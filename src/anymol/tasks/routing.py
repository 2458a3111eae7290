"""From a free question to the task that answers it, by rules that can be read.

A question matches a task by its *phrasings* (the fixed words of a phrasing stand around the holes) and by *cues*:
patterns that point at a task, each with a weight between 0 and 1. Cues of one task add up like independent evidence,
``score = 1 - product(1 - weight)``; words that name something anymol was never trained for count against all of them.
Below :data:`THRESHOLD` the question is outside, and the answer says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from anymol.chem.names import find_name as look_up
from anymol.chem.reaction import is_reaction
from anymol.errors import UnknownTaskError
from anymol.tasks.cues import HERE, OUTSIDE
from anymol.tasks.mentions import (
    Mentions,
    Wording,
    find_partners,
    find_subject,
    judge_name,
    mask_molecules,
    mention_subject,
    tidy_name,
)
from anymol.tasks.table import TASKS
from anymol.tasks.task import Slot, Task

_READ: Final = 2000
"""How many characters of a question are judged; what a text slot holds may be longer."""
_OUTSIDE_COST: Final = 0.45
"""Share of the score that each word from outside takes."""

THRESHOLD: Final = 0.5
"""Least score of a question that is answered."""


@dataclass(frozen=True)
class Route:
    """Where a question goes.

    Attributes:
        task: Name of the task.
        score: How well the question fits it, 0 to 1.
        text: What fills the task's text slot: a name, an edit, a specification; None for tasks without one.
        molecules: Molecules written in the question itself, as notations or as names, in their order.
        others: The next best tasks with their scores, best first.
    """

    task: str
    score: float
    text: str | None = None
    molecules: tuple[str, ...] = ()
    others: tuple[tuple[str, float], ...] = ()


_POLITE = re.compile(
    r"^(?:(?:hi|hello|hey|please|kindly|ok|okay|so|well|now|thanks)[,!.\s]+"
    r"|(?:can|could|would|will) you (?:please |kindly )?"
    r"|i(?:'d| would) like (?:you )?to (?:know )?|i (?:want|need) (?:you )?to (?:know )?|(?:do|would) you know )+",
    re.IGNORECASE,
)


_RECORD = re.compile(r"\bspectr\w+")
"""A word that points outside all tasks but those that read spectra."""


def route(question: str, *, has_molecule: bool = False, has_reaction: bool = False, has_record: bool = False) -> Route:
    """Find the task that answers a free question.

    Args:
        question: The question. Molecules may stand in it as notations, between ``<mol>`` tags, or as names.
        has_molecule: Whether molecules are given beside the question.
        has_reaction: Whether a reaction is given beside the question.
        has_record: Whether a drawing, spectrum, geometry or graph is given beside the question.

    Raises:
        UnknownTaskError: When the question fits no task; the hint names the nearest.

    Example:
        >>> found = route("Which molecule is called 2-chloropyridine?")
        >>> found.task, found.text
        ('name_to_molecule', '2-chloropyridine')
    """
    asked = " ".join(question.split())
    plain = _POLITE.sub("", asked)
    masked, notations = mask_molecules(plain[:_READ])
    has_reaction = has_reaction or any(is_reaction(notation) for notation in notations)
    only_record = has_record and not (has_molecule or has_reaction or notations)
    has_molecule = has_molecule or has_reaction or has_record or bool(notations)
    given = {"has_molecule": has_molecule, "has_reaction": has_reaction}
    scored = [_score(task, plain, masked, **given) for task in TASKS.values() if task.describes_answer]
    asking = masked
    for fit in scored:
        if fit.score >= THRESHOLD and (wanted := _find_mentions(fit.task, Wording(masked, masked)).text):
            # 'Design a molecule with LogP 1 to 3' does not ask for a LogP.
            asking = asking.replace(wanted, "")
    scored += [
        _score(task, plain, asking, **given)
        for task in TASKS.values()
        if not task.describes_answer and (has_record or not task.recognises)
    ]
    scored.sort(key=lambda fit: -fit.score)
    best = scored[0]
    others = tuple((fit.task.name, round(fit.score, 3)) for fit in scored[1:4] if fit.score > 0.0)
    if best.score < THRESHOLD:
        raise UnknownTaskError(
            "this question is outside what I was trained for", value=question, hint=_hint(scored, has_molecule)
        )
    if only_record and Slot.TEXT not in best.task.required and (named := _find_named(best, masked)):
        notations = (named,)  # it may be another than the record's, which is to be noticed
    found = _find_mentions(best.task, Wording(plain, masked, best.held, has_molecule))
    molecules = notations if has_molecule else (*notations, *found.names)
    return Route(best.task.name, round(best.score, 3), found.text, molecules, others)


@dataclass(frozen=True)
class _Fit:
    """How a task fits a question; `held` is what stands in the hole of a phrasing that matched."""

    task: Task
    score: float
    held: str | None = None


def _score(task: Task, plain: str, masked: str, *, has_molecule: bool, has_reaction: bool) -> _Fit:
    """Score one task by its phrasings and cues."""
    held, exact = _match_phrasings(task, plain if Slot.TEXT in task.required else masked, has_molecule=has_molecule)
    words = masked.lower()
    missed = 1.0 - exact
    for pattern, weight in task.cues:
        if re.search(pattern, words):
            missed *= 1.0 - weight
    score = 1.0 - missed
    if not score:
        return _Fit(task, 0.0)
    # What stands in a text hole is the user's own and no sign of anything.
    judged = words if held is None or Slot.TEXT not in task.required else words.replace(held.lower(), "")
    if task.reads:
        judged = _RECORD.sub("", judged)
    score *= (1.0 - _OUTSIDE_COST) ** len(set(OUTSIDE.findall(judged)))
    if not has_molecule and task.required != (Slot.TEXT,):
        score *= _judge_subject(held, masked)
    return _Fit(task, score * _suit(task, masked, has_molecule=has_molecule, has_reaction=has_reaction), held)


def _judge_subject(held: str | None, masked: str) -> float:
    """How much what a question is about looks like a chemical, as a factor; 1 where it is about nothing by name."""
    subject = held or find_subject(masked)
    if subject is None:
        return 1.0
    return 1.0 if judge_name(subject) > THRESHOLD or find_partners(masked) else 0.6


def _suit(task: Task, masked: str, *, has_molecule: bool, has_reaction: bool) -> float:
    """How well what is given suits a task, as a factor."""
    if task.required == (Slot.TEXT,):
        return 0.6 if has_molecule else 1.0
    if has_reaction and Slot.MOLECULE in task.required:
        return 0.7
    if Slot.PRODUCTS in task.required and Slot.REACTANTS in task.required and has_molecule and not has_reaction:
        return 1.0 if masked.count(HERE) > 1 else 0.8
    return 1.0


def _match_phrasings(task: Task, text: str, *, has_molecule: bool) -> tuple[str | None, float]:
    """Return what stands in the hole of a matching phrasing, and how sure the match is."""
    best: tuple[str | None, float] = (None, 0.0)
    for pattern in _templates(task.name):
        match = pattern.fullmatch(text)
        if match is None:
            continue
        holes = match.groupdict()
        held = holes.get("text")
        sure = 0.9
        for name, content in holes.items():
            if name == "text":
                sure = min(sure, 0.9 if content.strip() else 0.0)
            elif content != HERE:
                held = content if held is None else held
                sure = min(sure, judge_name(content))
        if sure > best[1]:
            best = held, sure
    return best


@lru_cache(maxsize=64)
def _templates(name: str) -> tuple[re.Pattern[str], ...]:
    """Phrasings of a task as patterns; a hole takes any text, and the last sign may be missing or another."""
    return tuple(
        re.compile(
            re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(phrasing.rstrip(".?!"))) + r"\s*[.?!]*", re.IGNORECASE
        )
        for phrasing in TASKS[name].phrasings
    )


def _find_mentions(task: Task, asked: Wording) -> Mentions:
    return (task.find_mentions or mention_subject)(asked)


def _find_named(fit: _Fit, masked: str) -> str | None:
    """Return the name in a question beside a record; one that the dictionary does not know may be any other word."""
    name = tidy_name(fit.held or find_subject(masked) or "")
    return name if name and look_up(name) is not None else None


def _hint(scored: list[_Fit], has_molecule: bool) -> str:
    near = [fit.task.name for fit in scored if fit.score > 0.0][:3]
    if not near:
        given = Slot.MOLECULE if has_molecule else Slot.TEXT
        near = [task.name for task in TASKS.values() if _takes_only(task, given)][:3]
        return f"I answer, for example, {', '.join(near)}; 'anymol tasks' lists all"
    return f"nearest tasks: {', '.join(near)}; 'anymol tasks' lists all"


def _takes_only(task: Task, slot: Slot) -> bool:
    """Whether one written molecule, or one text, is all that a task needs."""
    return task.required == (slot,) and not task.recognises

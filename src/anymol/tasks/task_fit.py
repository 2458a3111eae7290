"""How well a task fits a question: by its phrasings, its cues, and what is given."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from anymol.modalities.content import Role
from anymol.tasks.accounting import SHOWN, find_conditions, find_unexplained
from anymol.tasks.asides import is_aside
from anymol.tasks.case import Case
from anymol.tasks.choices import drop_choice, find_choice
from anymol.tasks.cues import HERE
from anymol.tasks.fit import LACKING, STRANGE, Fit
from anymol.tasks.mentions import Wording
from anymol.tasks.parsing import parse_text
from anymol.tasks.question.clauses import drop_manner
from anymol.tasks.question.mention import MentionKind, show_signs
from anymol.tasks.question.reading import mend_words
from anymol.tasks.reaction_mentions import tells_start
from anymol.tasks.task import AnswerKind, Slot, Task

_EXACT: Final = 0.9
"""Score of a question that is one of a task's own phrasings."""
_REQUEST: Final = 0.8
"""Weight of a question that a task can read as a whole, in whatever words."""
_ROLE: Final = 0.8
"""Weight of a part of a reaction that is asked for, for the task that answers with it."""
_OTHER_ROLE: Final = 0.3
"""Share of the score that is left to a task that answers with another part."""
_CONDITIONS: Final = {
    Role.SOLVENT: r"\bsolvents?\b",
    Role.CATALYST: r"\bcatalysts?\b",
    Role.REAGENT: r"\b(?:bases?|reagents?|ligands?|additives?|oxidants?|reductants?)\b",
}
"""Words for how a reaction is done."""
_TOLD: Final = 0.5
"""Share of its weight that the strongest cue has in what a question tells beforehand: never enough by itself."""
_NAMES: Final = (MentionKind.NAME, MentionKind.STRANGE, MentionKind.FORMULA)


_NO_STRUCTURE = re.compile(
    r"\b(?:not|non-?toxic|toxic|safe|safer|cheap|cheaper|(?:in)?soluble|dissolves?|isolated from|boil\w*|melt\w*|"
    r"smell\w*|taste\w*|colou?r\w*|explosive|flammable|biodegradable|best|better|stronger)\b"
)
"""What a description may ask for that is no matter of structure, and so neither found nor checked."""


def score_task(task: Task, case: Case, role: Role | None) -> Fit:
    """Score one task.

    Args:
        task: The task.
        case: The question.
        role: The part of a reaction that it asks for, of those that a task answers with.
    """
    if task.by_name_only or (task.choices and find_text(task, case, None) is None):
        return Fit(0.0, task)  # of a list of methods, endpoints or classes none is named
    role = _widen(role, case.asked)
    held, exact = _match_phrasings(task, case)
    missed = (1.0 - exact) * _miss_cues(task, case)
    if _is_request(task, case):
        missed *= 1.0 - _REQUEST
    if role is not None and asks_reaction(task) and not exact:
        missed = missed * (1.0 - _ROLE) if task.answer_role is role else 1.0 - _OTHER_ROLE * (1.0 - missed)
    score = 1.0 - missed
    if not score:
        return Fit(0.0, task)
    return Fit(score * _suit(task, case), task, held, unexplained=list_unexplained(task, case, held, exact=exact > 0.0))


def _widen(role: Role | None, asked: str) -> Role | None:
    """Return the part of a reaction that is asked for; a solvent and a base together are reagents."""
    if role not in _CONDITIONS:
        return role
    return Role.REAGENT if sum(bool(re.search(words, asked)) for words in _CONDITIONS.values()) > 1 else role


def asks_reaction(task: Task) -> bool:
    """Whether a task is asked about a reaction."""
    return Slot.REACTANTS in task.required or Slot.PRODUCTS in task.required


def reads_name(task: Task) -> bool:
    """Whether the text of a task is the name of a chemical."""
    return task.required == (Slot.TEXT,) and not task.describes_answer


def find_text(task: Task, case: Case, held: str | None) -> str | None:
    """Return what the question says of a task's text slot."""
    return None if task.find_mentions is None else task.find_mentions(_word(case, held)).text


def _is_request(task: Task, case: Case) -> bool:
    """Whether a question is, as a whole, a request that a task reads."""
    return task.is_request is not None and task.is_request(_word(case))


def _word(case: Case, held: str | None = None) -> Wording:
    return Wording(case.reading, held, bool(case.beside or case.has_record or case.reading.points))


def _miss_cues(task: Task, case: Case) -> float:
    """Return how likely it is, by the cues, that a task is not meant."""
    # A description may stand in a sentence of its own, before the one that asks.
    asked = show_signs(case.reading.words) if task.describes_answer else case.asked
    told = case.told
    missed, hinted = 1.0, 0.0
    for pattern, weight in task.cues:
        if re.search(pattern, asked):
            missed *= 1.0 - weight
        elif told and re.search(pattern, told):
            hinted = max(hinted, _TOLD * weight)
    return missed * (1.0 - hinted)


def list_unexplained(task: Task, case: Case, held: str | None = None, *, exact: bool = False) -> tuple[str, ...]:
    """Return the words of a question that a task leaves out of account.

    Args:
        task: The task.
        case: The question.
        held: What stands in its text slot; None where that is still to be found.
        exact: Whether the question is one of the task's own phrasings.
    """
    free = task.describes_answer or reads_name(task)
    if exact and (held is None or free or task.choices):
        return ()
    words = _list_own_words(task)
    if not free:
        words |= SHOWN if case.has_record else frozenset()
        has_start = not case.beside and tells_start(show_signs(case.reading.masked))
        more = case.reading.list_kind(*MentionKind)[1:] if task.required == (Slot.PRODUCTS,) and not has_start else ()
        asked = drop_choice(task.choices, case.asked)
        left = find_unexplained(asked, (), words) + find_conditions(case.before, words) + more
        if _is_request(task, case):
            left = tuple(word for word in left if not is_aside(word))
        return left
    # What stands in a text hole is the user's own.
    text = held if held is not None else find_text(task, case, None)
    if task.describes_answer and text:
        around = drop_manner(mend_words(case.reading.plain.replace(text, " ")))
        beyond = () if _is_request(task, case) else _NO_STRUCTURE.findall(text.lower())
        return find_unexplained(around, (), words) + tuple(beyond)
    if task.describes_answer:
        return find_unexplained(f"{case.asked} {case.told}", (), words)
    return find_unexplained(case.asked.replace((text or " ").lower(), " "), (), words)


@lru_cache(maxsize=64)
def _collect_words(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for text in texts for word in re.sub(r"\{\w+\}|[.,:?!()]", " ", text.lower()).split())


def _list_own_words(task: Task) -> frozenset[str]:
    """Return the words that a task understands: those of its phrasings, and those that it lists."""
    return _collect_words((*task.phrasings, *task.choices, task.words))


def _suit(task: Task, case: Case) -> float:
    """Return how well what is given suits a task, as a share of the score."""
    if task.describes_answer:
        return 0.6 if case.beside or case.has_record or case.writes_structure else 1.0
    if reads_name(task):
        return _suit_name(case)
    share = (STRANGE if task.compute is not None else LACKING) if case.is_strange else 1.0
    if not case.has_molecule:
        share *= LACKING
    if case.only_record and not task.recognises and _describes(task):
        share *= 0.6  # 'what is it?' beside a spectrum asks which molecule it is
    if case.has_reaction and Slot.MOLECULE in task.required:
        share *= LACKING
    if Slot.PRODUCTS in task.required and Slot.REACTANTS in task.required and not case.has_reaction:
        share *= 1.0 if case.molecules > 1 else 0.8
    return share


def _suit_name(case: Case) -> float:
    """Return how well what is given suits a task about a name."""
    if case.beside or case.has_record or case.writes_structure:
        return 0.4
    if not case.reading.list_kind(*_NAMES):
        return 0.6
    return 0.9 if case.is_strange else LACKING if case.is_formula else 1.0


def _describes(task: Task) -> bool:
    """Whether a task answers with free words about a molecule."""
    return task.answer is AnswerKind.TEXT and task.parse is parse_text


# -------------------------------------------------------------------------------------------------- phrasings


def _match_phrasings(task: Task, case: Case) -> tuple[str | None, float]:
    """Return what stands in the text hole of a matching phrasing, and how sure the match is."""
    masked = show_signs(case.reading.masked)
    for pattern in _make_templates(task.phrasings):
        match = pattern.fullmatch(masked)
        if match is None and Slot.TEXT in task.required:
            match = pattern.fullmatch(case.reading.plain)
        if match is None:
            continue
        holes = match.groupdict()
        text = holes.pop("text", None)
        if any(content != HERE for content in holes.values()):
            continue
        if text is None:
            return None, _EXACT
        if (held := _read_hole(task, case, text)) is not None:
            return held, _EXACT
    return None, 0.0


def _read_hole(task: Task, case: Case, text: str) -> str | None:
    """Return what stands in a text hole; None where that is nothing that the task can be asked."""
    if not text.strip(" ?.!"):
        return None
    if task.default_choice is not None:
        return find_choice(task.choices, text)  # another method than those is not the usual one
    if task.choices:
        return find_text(task, case, text)
    if reads_name(task):
        names = case.reading.list_kind(*_NAMES)
        if not names or (HERE in text and text != HERE):
            return None
        return names[0] if text == HERE else text
    return None if HERE in text or find_text(task, case, text) is None else text


@lru_cache(maxsize=64)
def _make_templates(phrasings: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Return phrasings as patterns; a hole takes any text, and the last sign may be missing or another."""
    return tuple(
        re.compile(
            re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(phrasing.rstrip(".?!"))) + r"\s*[.?!]*", re.IGNORECASE
        )
        for phrasing in phrasings
    )

"""Which tasks a search answers, and how a question of each is put to its search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from anymol.design.candidate import Candidate
from anymol.design.construction import search_designs
from anymol.design.converting import search_conversions
from anymol.design.editing import search_edits
from anymol.design.optimising import search_optimised
from anymol.errors import InvalidTaskInputError
from anymol.tasks.conversions import Conversion
from anymol.tasks.design import MOLECULE_EDITING, TEXT_GUIDED_DESIGN
from anymol.tasks.edit_words import parse_change
from anymol.tasks.optimisation import AIMS, MOLECULE_OPTIMISATION
from anymol.tasks.specification_words import parse_specification
from anymol.tasks.task import Task, TaskInput

Search = Callable[[TaskInput, int], "list[Candidate] | None"]
"""What is asked and how many answers are wanted -> molecules, the most sensible first; None where nothing is to be
searched for, because the words are not understood or a molecule is shown, not written."""


def find_search(task: Task) -> Search | None:
    """Return the search that answers a task; None where there is none."""
    return _SEARCHES.get(task.name)


def _search_edit(asked: TaskInput, limit: int) -> list[Candidate] | None:
    if not (asked.molecule and asked.text):
        return None
    try:
        change = parse_change(asked.text)
    except InvalidTaskInputError:
        return None
    if isinstance(change, Conversion):
        return search_conversions(asked.molecule, change, limit)
    return search_edits(asked.molecule, change, limit)


def _search_optimisation(asked: TaskInput, limit: int) -> list[Candidate] | None:
    aim = AIMS.get(asked.text or "")
    return search_optimised(asked.molecule, aim, limit) if asked.molecule and aim is not None else None


def _search_design(asked: TaskInput, limit: int) -> list[Candidate] | None:
    """Search where the clauses are understood, but for a word or two; of prose, one that knows captions knows more."""
    specification = parse_specification(asked.text or "")
    is_prose = sum(len(clause.split()) for clause in specification.unread) > _MOST_UNREAD
    return search_designs(specification, limit) if specification and not is_prose else None


_MOST_UNREAD: Final = 3
"""Words that may be left unread: 'a rigid molecule'."""


_SEARCHES: Final[Mapping[str, Search]] = MappingProxyType(
    {
        MOLECULE_EDITING.name: _search_edit,
        MOLECULE_OPTIMISATION.name: _search_optimisation,
        TEXT_GUIDED_DESIGN.name: _search_design,
    }
)
"""Name of a task -> its search."""

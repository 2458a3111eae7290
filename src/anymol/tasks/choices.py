"""Texts that are one of a list: the method of a calculation, the endpoint of an assay, the class of a reaction."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

from anymol.errors import InvalidTaskInputError
from anymol.tasks.mentions import Mentions, Wording, mention_molecules
from anymol.tasks.task import Task


def read_choice(task: Task, text: str) -> str:
    """Return the choice of a task that a text means, whatever its case, blanks and hyphens.

    Raises:
        InvalidTaskInputError: It means none of them; the nearest are named.
    """
    wanted = _bare(text)
    for choice in task.choices:
        if _bare(choice) == wanted:
            return choice
    bare = {_bare(choice): choice for choice in task.choices}
    near = [bare[one] for one in difflib.get_close_matches(wanted, bare, n=3, cutoff=0.5)]
    raise InvalidTaskInputError(
        f"task {task.name} does not know '{text}'",
        value=text,
        hint=f"did you mean {' or '.join(near)}?" if near else f"it knows {', '.join(task.choices)}",
    )


def mention_choice(choices: tuple[str, ...], default: str | None = None) -> Callable[[Wording], Mentions]:
    """Return what finds the choice that a free question names: the longest of those that stand in it.

    Args:
        choices: All choices.
        default: The one that is meant where the question names none.
    """

    def mention(asked: Wording) -> Mentions:
        found = find_choice(choices, asked.reading.plain)
        # A word of the choice that looks like a name is not a molecule.
        kept = [one for one in mention_molecules(asked).molecules if found is None or one.lower() not in found.lower()]
        return Mentions(found or default, tuple(kept))

    return mention


def find_choice(choices: tuple[str, ...], text: str) -> str | None:
    """Return the choice that stands in a text, the longest of several; None where none does."""
    said = _bare(text)
    longest_first = sorted(choices, key=len, reverse=True)
    return next((choice for choice in longest_first if re.search(_bound(choice), said)), None)


def drop_choice(choices: tuple[str, ...], text: str) -> str:
    """Return a text in lower case without the choice that stands in it."""
    found = find_choice(choices, text)
    return text if found is None else re.sub(_bound(found).replace(r"\ ", "[-_ ]+"), " ", text)


def _bare(text: str) -> str:
    return " ".join(text.lower().replace("-", " ").replace("_", " ").split())


def _bound(choice: str) -> str:
    return rf"(?<!\w){re.escape(_bare(choice))}(?!\w)"

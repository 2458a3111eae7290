"""A user's own reactions: one store a name, in the user's folder of data. Nothing leaves the machine."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from anymol.errors import DataError, UserError
from anymol.files import hash_file
from anymol.retrieval.reactions.store import STORES, ReactionStore

DATA_HOME: Final = "XDG_DATA_HOME"
"""The variable of the environment that names the user's folder of data, where it is not ``~/.local/share``."""

_NAME: Final = re.compile(r"[\w][\w .-]{0,63}")


@dataclass(frozen=True)
class NotebookSummary:
    """A notebook as a list shows it.

    Attributes:
        name: Its name.
        reactions: How many it holds; None where it is damaged.
        error: What is wrong with it.
    """

    name: str
    reactions: int | None
    error: str | None = None


def notebooks_place() -> Path:
    """Return the folder of the notebooks: ``~/.local/share/anymol/reactions``."""
    given = os.environ.get(DATA_HOME)
    return (Path(given) if given else Path.home() / ".local" / "share") / "anymol" / "reactions"


def locate_notebook(name: str) -> Path:
    """Return where the notebook of a name is, or would be.

    Raises:
        UserError: The name is not one of a folder.
    """
    if not _NAME.fullmatch(name) or name.strip() != name:
        raise UserError(
            "this is not a name of a notebook",
            value=name,
            hint="letters, digits, '-', '_', '.', at most 64, as in ELN-2",
        )
    return notebooks_place() / name


def list_notebooks() -> list[NotebookSummary]:
    """Return all notebooks by name; damaged ones say what is wrong."""
    found = []
    for place in list_places():
        try:
            found.append(NotebookSummary(place.name, int(STORES.read(place)["reactions"])))
        except DataError as error:
            found.append(NotebookSummary(place.name, None, error.message))
    return found


def open_notebooks() -> tuple[tuple[ReactionStore, ...], tuple[str, ...]]:
    """Open all notebooks, by name.

    Returns:
        Those that can be opened, and for each other one what is wrong with it.
    """
    opened: list[ReactionStore] = []
    faults = []
    for place in list_places():
        try:
            opened.append(_open(place, hash_file(place / STORES.manifest)))
        except (DataError, OSError) as error:
            faults.append(f"the notebook {place.name} is left out: {error}")
    return tuple(opened), tuple(faults)


def open_notebook(name: str) -> ReactionStore | None:
    """Open the notebook of a name; None where there is none yet.

    Raises:
        UserError: The name is not one of a folder.
        DataError: It is damaged.
    """
    place = locate_notebook(name)
    return ReactionStore.open(place) if STORES.is_at(place) else None


def remove_notebook(name: str) -> None:
    """Delete a notebook.

    Raises:
        UserError: There is none of this name.
    """
    place = locate_notebook(name)
    if not STORES.is_at(place):
        known = ", ".join(one.name for one in list_notebooks())
        raise UserError(
            "there is no such notebook", value=name, hint=f"there are: {known}" if known else "there is none"
        )
    shutil.rmtree(place)


def list_places() -> list[Path]:
    """Return the folders of all notebooks, by name."""
    place = notebooks_place()
    if not place.is_dir():
        return []
    named = (one for one in place.iterdir() if _NAME.fullmatch(one.name))  # drafts begin with a dot
    return sorted(one for one in named if one.is_dir() and STORES.is_at(one))


@lru_cache(maxsize=64)
def _open(place: Path, digest: str) -> ReactionStore:
    """Open a store once for each content of its manifest, which tells that of its files."""
    return ReactionStore.open(place)

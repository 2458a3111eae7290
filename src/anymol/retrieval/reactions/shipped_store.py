"""The store of patent reactions that comes inside the package, and all stores that answers cite."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from anymol.retrieval.reactions.notebooks import list_places, open_notebooks
from anymol.retrieval.reactions.store import STORES, ReactionStore

SHIPPED: Final = Path(__file__).parent / "patents"
"""Its folder; built by ``anymol store build``."""


@cache
def open_shipped() -> ReactionStore | None:
    """Open the shipped store; None in an installation without it.

    Raises:
        DataError: It is damaged.
    """
    return ReactionStore.open(SHIPPED) if STORES.is_at(SHIPPED) else None


def has_stores() -> bool:
    """Whether there is a store at all, without opening any."""
    return STORES.is_at(SHIPPED) or bool(list_places())


def open_stores(*, notebooks: bool = True) -> tuple[tuple[ReactionStore, ...], tuple[str, ...]]:
    """Open all stores, the user's own notebooks first.

    Args:
        notebooks: Whether these are among them.

    Returns:
        The stores, and what is wrong with notebooks that cannot be opened.

    Raises:
        DataError: The shipped one is damaged.
    """
    own, faults = open_notebooks() if notebooks else ((), ())
    shipped = open_shipped()
    return (*own, *((shipped,) if shipped is not None else ())), faults


def describe_shipped() -> list[dict[str, Any]]:
    """Return what the manifest of the shipped store says, without opening it."""
    if not STORES.is_at(SHIPPED):
        return []
    fields = STORES.read(SHIPPED)
    return [{name: fields[name] for name in ("name", "reactions", "templates", "sources") if name in fields}]

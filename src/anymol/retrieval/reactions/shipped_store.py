"""The store of patent reactions that comes inside the package, and all stores that answers cite."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from anymol.retrieval.reactions.notebooks import open_notebooks
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


def open_stores() -> tuple[ReactionStore, ...]:
    """Open all stores: the user's own notebooks first.

    Raises:
        DataError: One is damaged.
    """
    shipped = open_shipped()
    return (*open_notebooks(), *((shipped,) if shipped is not None else ()))


def describe_shipped() -> list[dict[str, Any]]:
    """Return what the manifest of the shipped store says, without opening it."""
    if not STORES.is_at(SHIPPED):
        return []
    fields = STORES.read(SHIPPED)
    return [{name: fields[name] for name in ("name", "reactions", "templates", "sources") if name in fields}]

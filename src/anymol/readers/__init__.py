"""Files people have, read into rows: one format per file, a bad record becomes a row with an error.

``from anymol.readers import read_molecules`` is the way in; RDKit is loaded with it, not with this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anymol.readers.molecules import read_molecules
    from anymol.readers.rows import ReadRow

__all__ = ["ReadRow", "read_molecules"]


def __getattr__(name: str) -> Any:
    if name == "read_molecules":
        from anymol.readers.molecules import read_molecules

        return read_molecules
    if name == "ReadRow":
        from anymol.readers.rows import ReadRow

        return ReadRow
    raise AttributeError(f"module 'anymol.readers' has no attribute {name!r}")

"""What the tests of converters share."""

from __future__ import annotations

from pathlib import Path

from anymol.data.published.published_set import PublishedSet, Question


def ask_all(published: PublishedSet, path: Path) -> list[tuple[str, Question]]:
    """Return the split and the questions of all rows of a file, or of the files below a folder."""
    return [(row.split, question) for row in published.read_rows(path) for question in published.ask(row)]

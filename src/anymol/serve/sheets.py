"""Tables as spreadsheets (XLSX): what a cell holds is text or a number, and is never computed."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from anymol.errors import MissingDependencyError, escape_unprintable

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST: Final = 32_767
"""Most characters of a cell, as spreadsheets have it."""

Cell = str | int | float | None


def write_sheet(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a workbook of one sheet.

    Texts stay texts, whatever they begin with: one that begins with ``=`` would else be a formula, which is run for
    whoever opens what strangers wrote. Characters that no cell holds are written out; of a text that is too long the
    beginning is kept, and says so.

    Args:
        columns: The names of the columns; they stay in sight.
        rows: The cells, row by row.

    Raises:
        MissingDependencyError: The library that writes workbooks is not installed.
    """
    try:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font
    except ImportError:
        raise MissingDependencyError("spreadsheets need openpyxl", hint="pip install 'anymol[serve]'") from None

    book = Workbook(write_only=True)
    sheet = book.create_sheet("anymol")
    sheet.freeze_panes = "A2"

    def make(value: Cell, *, is_heading: bool = False) -> Any:
        cell = WriteOnlyCell(sheet)
        if isinstance(value, str):
            cell.value = _fit(value)
            cell.data_type = "s"
            cell.quotePrefix = True  # a text stays one when it is edited, too
        else:
            cell.value = value
        if is_heading:
            cell.font = Font(bold=True)
        return cell

    sheet.append([make(one, is_heading=True) for one in columns])
    for row in rows:
        sheet.append([make(one) for one in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _fit(text: str) -> str:
    """Return a text that a cell can hold."""
    clean = "\n".join(map(escape_unprintable, text.splitlines()))
    end = f"... ({len(clean):,} characters)"
    return clean if len(clean) <= LONGEST else clean[: LONGEST - len(end)] + end

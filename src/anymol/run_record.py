"""The record of a run beside what it has written so far, by which a later call knows whether it may go on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from anymol.bounds import MAX_MANIFEST_BYTES
from anymol.errors import DataError, shorten
from anymol.files import read_whole, write_atomically

RunRecord = dict[str, Any]
"""What a run belongs to, as JSON has it."""


def write_run_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write a record, whole or not at all."""
    write_atomically(path, json.dumps(record, indent=2) + "\n")


def read_run_record(path: Path, *, remedy: str) -> RunRecord | None:
    """Return a record; None where there is none.

    Args:
        path: The file.
        remedy: What to do about one that is damaged.

    Raises:
        DataError: It is not a JSON object, or cannot be read.
    """
    try:
        record = json.loads(read_whole(path, MAX_MANIFEST_BYTES))
    except FileNotFoundError:
        return None
    except (ValueError, OSError) as error:
        raise damaged_record(path, remedy) from error
    if not isinstance(record, dict):
        raise damaged_record(path, remedy)
    return record


def damaged_record(path: Path, remedy: str) -> DataError:
    """Return the error that says of a record that it cannot be used."""
    return DataError("the record of the earlier run is damaged", value=path, hint=remedy)


def list_differences(before: Mapping[str, Any], now: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Return in words which of some fields differ between two records."""
    return [
        f"{name} was {shorten(before.get(name), 60)} and is {shorten(now.get(name), 60)}"
        for name in names
        if before.get(name) != now.get(name)
    ]

"""The data files that come inside the package: known by their checksums, so that a damaged installation says so.

``shipped_files.json`` lists them; ``scripts/record_shipped_files.py`` writes it when one was made anew. The embedded
model has a manifest of its own.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

from anymol.bounds import MAX_MANIFEST_BYTES
from anymol.errors import UserError
from anymol.files import hash_file, read_whole

PACKAGE: Final = Path(__file__).parent
CHECKSUMS: Final = PACKAGE / "shipped_files.json"
SUFFIXES: Final = frozenset({".gz", ".npz", ".safetensors"})
"""Endings of the names of data files that nobody reads as text."""
TEXTS: Final = frozenset({"disagreement_scales.json", "ir_surrogate.json", "measured_answerers.json"})
"""Data files that are text: they stand with the weights that they speak of."""


class InstallationError(UserError):
    """A file of the package that is missing or not what was released."""

    kind = "installation"


def list_shipped() -> list[str]:
    """Return the data files that are there, relative to the package, those of the embedded model left out."""
    paths = [path for path in PACKAGE.rglob("*") if path.suffix in SUFFIXES or path.name in TEXTS]
    return sorted(path.relative_to(PACKAGE).as_posix() for path in paths if "embedded" not in path.parts)


@cache
def find_shipped(name: str) -> Path:
    """Return the path of a data file, once it is what was released.

    Args:
        name: Its path relative to the package, ``chem/common_names.tsv.gz``.

    Raises:
        InstallationError: It is missing or changed.
    """
    path = PACKAGE / name
    try:
        is_right = hash_file(path) == _read_checksums().get(name)
    except OSError:
        is_right = False
    if not is_right:
        raise InstallationError(
            f"the installation is damaged: {name} is missing, or not what was released",
            value=path,
            hint="reinstall anymol; who made the file anew runs scripts/record_shipped_files.py",
        )
    return path


def read_shipped(name: str) -> bytes:
    """Return the content of a data file; see :func:`find_shipped`."""
    return find_shipped(name).read_bytes()


def _read_checksums() -> dict[str, str]:
    try:
        found = json.loads(read_whole(CHECKSUMS, MAX_MANIFEST_BYTES))
        return dict(found["sha256"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InstallationError(
            f"the installation is damaged: {CHECKSUMS.name} cannot be read", value=CHECKSUMS, hint="reinstall anymol"
        ) from error

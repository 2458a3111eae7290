"""The version of anymol: the one place where it is written; the package's metadata are built from here."""

from __future__ import annotations

__version__ = "0.1.0"

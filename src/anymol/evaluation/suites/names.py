"""Names of suites, by themselves: the command line's help must not load what makes their rows."""

from __future__ import annotations

from typing import Final

ALL: Final = "all"
"""Stands for every suite whose data are at hand."""

SUITE_NAMES: Final = (
    "mol-instructions", "chebi-20", "uspto-mit", "uspto-50k", "moleculenet", "adme", "qm9", "yields", "names",
    "spec-design", "spectra", "ocsr", "chemiq", "properties", "conditions", "reactions", "questions", "records",
)  # fmt: skip
"""All suites, in the order in which they are asked and reported."""

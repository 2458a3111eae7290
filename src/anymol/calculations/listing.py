"""Calculations as JSON: what lists of them show, on the command line and from a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anymol.calculations.calculation import Calculation


def describe_calculation(one: Calculation) -> dict[str, Any]:
    """Return what a person must know to ask for a calculation: what it takes, gives and is computed by."""
    return {
        "name": one.name,
        "title": one.title,
        "takes": one.takes.value,
        "gives": one.gives.value,
        "unit": one.unit,
        "exact": one.exact,
        "program": f"{one.program} {one.program.version}, {one.method}",
        "example": {
            "question": one.example.question,
            "molecules": list(one.example.molecules),
            "answer": one.example.answer,
        },
    }

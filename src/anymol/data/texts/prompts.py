"""What every user and every model writes: the phrasings of the tasks, and numbers with units."""

from __future__ import annotations

import random
import re
from typing import Final

from anymol.data.texts.collected import CollectedTexts
from anymol.data.texts.config import Numbers
from anymol.tasks.table import TASKS

OWN: Final = "own text"
"""Terms of what this package writes itself."""
_HOLE: Final = re.compile(r"\{\w+\}")
_UNITS: Final = (
    "g/mol", "Da", "°C", "K", "h", "min", "s", "mL", "L", "µL", "mmol", "mol", "mol %", "mg", "g", "kg", "%", "equiv",
    "M", "mM", "mol/L", "m/z", "ppm", "cm^-1", "eV", "kcal/mol", "kJ/mol", "angstrom", "angstrom^2", "bar", "nm", "Hz",
)  # fmt: skip
_QUANTITIES: Final = 5
"""Quantities in one text."""


def collect_prompts() -> CollectedTexts:
    """Return what all tasks write themselves: phrasings and appended sentences, choices, labels; holes left empty."""
    texts: dict[str, None] = {}
    for task in TASKS.values():
        sentences = (*task.phrasings, *task.suffixes.values(), *task.where_given.values())
        written = (*sentences, *task.choices, *task.labels, task.unit or "")
        texts.update(dict.fromkeys(" ".join(_HOLE.sub(" ", text).split()) for text in written if text))
    return CollectedTexts(train=list(texts), licences={OWN})


def collect_numbers(config: Numbers, seed: int) -> CollectedTexts:
    """Draw numbers with units; the held-out ones are drawn by another seed."""
    train, val = (
        [_draw_quantities(random.Random(f"{seed}/numbers/{split}/{number}")) for number in range(count)]
        for split, count in (("train", config.count or 0), ("val", config.val_count))
    )
    return CollectedTexts(train=train, val=val, licences={OWN})


def _draw_quantities(rng: random.Random) -> str:
    return ", ".join(f"{_draw_number(rng)} {rng.choice(_UNITS)}" for _ in range(_QUANTITIES))


def _draw_number(rng: random.Random) -> str:
    value = rng.choice((1, 1, 1, -1)) * 10 ** rng.uniform(-2, 3.5)
    match rng.randrange(5):
        case 0:
            return f"{value:.0f}"
        case 1:
            return f"{abs(value):.0f} to {abs(value) * rng.uniform(1.1, 3):.0f}"
        case 2:
            return f"{value:.4f}"
        case 3:
            return f"{value:.1f}"
        case _:
            return f"{value:.2f}"

"""Tasks about orbital energies, energies and dipoles, as one named method of quantum chemistry gives them.

Two methods differ by more than two molecules do, so that the method stands in every prompt and answers of one are never
compared with labels of another. A person who names none is answered by :data:`B3LYP`, and told so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from anymol.metrics.regression import REGRESSION_METRICS
from anymol.tasks.choices import mention_choice
from anymol.tasks.mentions import Mentions, Wording
from anymol.tasks.parsing import parse_number
from anymol.tasks.task import AnswerKind, Baseline, Check, Slot, Task, TaskInput, Value

B3LYP: Final = "B3LYP/6-31G(2df,p)"
"""The method of QM9 (Ramakrishnan et al. 2014)."""
PUBCHEM_DFT: Final = "DFT of the PubChem set"
"""The method of some 16,000 molecules of PubChem, whose functional nobody has written down."""
_METHODS: Final = (B3LYP, PUBCHEM_DFT)
"""All methods. Only gaps have labels by the second."""
_LEVEL: Final = "b3lyp dft density functional theory method level theoretical gas phase optimised optimized"
"""Words that only say what the answer says too: how it was computed, and of what."""
_GEOMETRY = re.compile(r"\b(?:geometr(?:y|ies)|conformers?|conformations?|coordinates|xyz)\b", re.IGNORECASE)
"""Words for a geometry that is given, whose energy is another than that of the lowest."""
_ORBITAL: Final = "energy level orbital molecular frontier electronvolt ev hartree"


def verify_range(low: float, high: float, unit: str) -> Callable[[TaskInput, Value], tuple[Check, ...]]:
    """Return what checks that a number lies where molecules of light elements do.

    Args:
        low: Least value that is possible.
        high: Greatest value that is possible.
        unit: Its unit.
    """

    def verify(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
        number = float(value)
        detail = f"{number:g} {unit}; of organic molecules {low:g} to {high:g} {unit} are known".replace("  ", " ")
        return (Check("within_bounds", low <= number <= high, detail),)

    return verify


def _mention_method(asked: Wording) -> Mentions:
    """Return the method that a question names, or the usual one: of the lowest geometry, and of no other."""
    if _GEOMETRY.search(asked.reading.plain):
        return Mentions()
    return mention_choice(_METHODS, B3LYP)(asked)


def _make_task(
    name: str,
    summary: str,
    phrasings: tuple[str, ...],
    example: tuple[float, float],
    bounds: tuple[float, float],
    unit: str,
    cue: str,
    words: str,
) -> Task:
    """Return the task of one quantity.

    Args:
        name: Its name.
        summary: What it is.
        phrasings: How it is asked.
        example: Value of methane by :data:`B3LYP`, and its decimals.
        bounds: Least and greatest value that is possible.
        unit: Its unit.
        cue: Pattern of a word for it.
        words: Words that a question for it may hold besides.
    """
    value, decimals = example
    return Task(
        name=name,
        version=1,
        family="mol2num",
        summary=summary,
        required=(Slot.MOLECULE, Slot.TEXT),
        answer=AnswerKind.NUMBER,
        unit=unit,
        decimals=int(decimals),
        choices=_METHODS,
        default_choice=B3LYP,
        phrasings=phrasings,
        parse=parse_number,
        metrics=REGRESSION_METRICS,
        verify=verify_range(*bounds, unit),
        find_mentions=_mention_method,
        baselines=(Baseline.NEAREST,),
        example=(TaskInput(molecule="C", text=B3LYP), value),
        cues=((cue, 0.6),),
        words=f"{_LEVEL} {words}",
    )


HOMO: Final = _make_task(
    "homo",
    "Energy of the highest occupied molecular orbital, by a named method.",
    (
        "HOMO of {molecule} by {text}?",
        "What is the HOMO energy of {molecule} ({text})?",
        "Give the HOMO of {molecule} at {text}.",
        "Highest occupied orbital of {molecule}, {text}, in Hartree?",
        "At {text}, where is the HOMO of {molecule}?",
        "State the HOMO energy of {molecule} by {text}.",
        "Predict the highest occupied molecular orbital energy ({text}): {molecule}.",
        "How deep is the HOMO of {molecule} by {text}?",
    ),
    (-0.3877, 4),
    (-1.0, 0.1),
    "Hartree",
    r"\bhomo\b|\bhighest occupied\b",
    f"{_ORBITAL} highest occupied",
)

LUMO: Final = _make_task(
    "lumo",
    "Energy of the lowest unoccupied molecular orbital, by a named method.",
    (
        "LUMO of {molecule} by {text}?",
        "What is the LUMO energy of {molecule} ({text})?",
        "Give the LUMO of {molecule} at {text}.",
        "Lowest unoccupied orbital of {molecule}, {text}, in Hartree?",
        "At {text}, where is the LUMO of {molecule}?",
        "State the LUMO energy of {molecule} by {text}.",
        "Predict the lowest unoccupied molecular orbital energy ({text}): {molecule}.",
        "How high is the LUMO of {molecule} by {text}?",
    ),
    (0.1171, 4),
    (-0.5, 0.5),
    "Hartree",
    r"\blumo\b|\blowest (?:unoccupied|empty)\b",
    f"{_ORBITAL} lowest unoccupied empty",
)

HOMO_LUMO_GAP: Final = _make_task(
    "homo_lumo_gap",
    "Difference between the energies of LUMO and HOMO, by a named method.",
    (
        "HOMO-LUMO gap of {molecule} by {text}?",
        "What is the orbital gap of {molecule} ({text})?",
        "Give the HOMO-LUMO gap of {molecule} at {text}.",
        "Frontier orbital gap of {molecule}, {text}, in Hartree?",
        "At {text}, how far apart are the frontier orbitals of {molecule}?",
        "State the HOMO-LUMO gap of {molecule} by {text}.",
        "Predict the gap between HOMO and LUMO ({text}): {molecule}.",
        "How wide is the orbital gap of {molecule} by {text}?",
    ),
    (0.5048, 4),
    (0.0, 1.0),
    "Hartree",
    r"\b(?:homo.{0,3}lumo|orbitals?) (?:energy )?(?:gap|difference|separation|splitting)\b"
    r"|\b(?:gap|difference|separation) between (?:the |its )?(?:homo|highest occupied|frontier)\b"
    r"|\b(?:band|electronic|frontier) gap\b",
    f"{_ORBITAL} homo lumo gap band electronic difference separation splitting between wide large "
    "highest occupied lowest unoccupied",
)

TOTAL_ENERGY: Final = _make_task(
    "total_energy",
    "Internal energy at 0 K (U0: electronic energy and zero-point energy), by a named method.",
    (
        "Total energy of {molecule} by {text}?",
        "What is the total energy of {molecule} ({text})?",
        "Give the total energy of {molecule} at {text}.",
        "How many Hartree is the total energy of {molecule} by {text}?",
        "At {text}, what total energy has {molecule}?",
        "State the total energy of {molecule} by {text}.",
        "Predict the total energy ({text}): {molecule}.",
        "How low is the total energy of {molecule} by {text}?",
    ),
    (-40.4789, 4),
    (-20000.0, 0.0),
    "Hartree",
    r"\btotal energy\b|\bu0\b",
    "hartree",
)

DIPOLE_MOMENT: Final = _make_task(
    "dipole_moment",
    "Dipole moment of the lowest geometry found, by a named method.",
    (
        "Dipole moment of {molecule} by {text}?",
        "What is the dipole moment of {molecule} ({text})?",
        "Give the dipole of {molecule} at {text}.",
        "Dipole of {molecule}, {text}, in Debye?",
        "At {text}, what dipole moment has {molecule}?",
        "State the dipole moment of {molecule} by {text}.",
        "Predict the molecular dipole ({text}): {molecule}.",
        "How large is the dipole moment of {molecule} by {text}?",
    ),
    (0.0, 2),
    (0.0, 60.0),
    "Debye",
    r"\bdipole\b",
    "moment debye large strong big magnitude",
)

"""Tasks about absorption, distribution and clearance: what Biogen measured (Fang et al. 2023)."""

from __future__ import annotations

from typing import Final

from anymol.metrics.regression import REGRESSION_METRICS
from anymol.tasks.parsing import parse_number
from anymol.tasks.quantum import verify_range
from anymol.tasks.task import AnswerKind, Baseline, Slot, Task, TaskInput


def _make_task(
    name: str,
    summary: str,
    quantity: str,
    unit: str,
    limits: tuple[float, float],
    example: tuple[str, float],
    cue: str,
    words: str = "",
) -> Task:
    """Return the task of one assay.

    Args:
        name: Its name.
        summary: What it asks.
        quantity: What is measured, as it stands in a question.
        unit: Of the number, which is a decimal logarithm.
        limits: Numbers that the assay can give.
        example: A molecule and its number.
        cue: Pattern of words for it.
        words: Words that may stand beside it in a question.
    """
    return Task(
        name=name,
        version=1,
        family="mol2num",
        summary=summary,
        required=(Slot.MOLECULE,),
        answer=AnswerKind.NUMBER,
        unit=unit,
        phrasings=(
            f"What is the {quantity} of {{molecule}}?",
            f"Give the {quantity} of {{molecule}}.",
            f"Predict the {quantity} of {{molecule}}.",
            f"Estimate the {quantity} of {{molecule}}.",
            f"Measured {quantity} of {{molecule}}?",
            f"State the {quantity} for {{molecule}}.",
            f"Tell me the {quantity} of {{molecule}}.",
            f"{quantity[0].upper()}{quantity[1:]} of {{molecule}}?",
        ),
        parse=parse_number,
        metrics=REGRESSION_METRICS,
        verify=verify_range(*limits, unit),
        baselines=(Baseline.NEAREST,),
        example=(TaskInput(molecule=example[0]), example[1]),
        cues=((cue, 0.6),),
        words=words,
    )


_CLEARANCE: Final = "log10(mL/min/kg)"
_UNBOUND: Final = "log10(% unbound)"
_BROMIDE: Final = "Brc1cc2c(cc1Cn1cncn1)OCCCO2"
_ALKYNE: Final = "C#C[C@@](C)(CC)NC(=O)c1cc(F)cnc1NC1CC(F)(F)C1"
"""The first compounds of the set, and of its part on plasma."""

HUMAN_MICROSOMAL_CLEARANCE: Final = _make_task(
    "human_microsomal_clearance",
    "Intrinsic clearance in human liver microsomes, as a decimal logarithm.",
    "human liver microsomal clearance",
    _CLEARANCE,
    (-2.0, 5.0),
    (_BROMIDE, 0.89),
    r"\bhuman (?:liver )?microsom\w*|\bhlm\b",
    "hlm microsomes intrinsic stability",
)

RAT_MICROSOMAL_CLEARANCE: Final = _make_task(
    "rat_microsomal_clearance",
    "Intrinsic clearance in rat liver microsomes, as a decimal logarithm.",
    "rat liver microsomal clearance",
    _CLEARANCE,
    (-2.0, 5.0),
    (_BROMIDE, 2.36),
    r"\brat (?:liver )?microsom\w*|\brlm\b",
    "rlm microsomes intrinsic stability",
)

EFFLUX_RATIO: Final = _make_task(
    "efflux_ratio",
    "Efflux ratio (B to A over A to B) through cells with the human transporter MDR1, as a decimal logarithm.",
    "MDR1-MDCK efflux ratio",
    "log10(B-A/A-B)",
    (-3.0, 4.0),
    (_BROMIDE, -0.25),
    r"\befflux ratio\b",
    "p-gp mdck mdr1 cells",
)

KINETIC_SOLUBILITY: Final = _make_task(
    "kinetic_solubility",
    "Kinetic solubility in a buffer of pH 6.8, as the decimal logarithm of ug/mL.",
    "kinetic solubility at pH 6.8",
    "log10(ug/mL)",
    (-3.0, 4.0),
    (_BROMIDE, 1.54),
    r"\bkinetic solubility\b|\bsolubility at ph 6\.8\b",
)

HUMAN_PLASMA_BINDING: Final = _make_task(
    "human_plasma_binding",
    "Share that is not bound to the proteins of human plasma, as the decimal logarithm of per cent.",
    "human plasma protein binding",
    _UNBOUND,
    (-3.0, 2.1),
    (_ALKYNE, 0.67),
    r"\bhuman plasma (?:protein )?binding\b|\bhuman ppb\b|\bunbound in human plasma\b",
    "ppb fraction unbound",
)

RAT_PLASMA_BINDING: Final = _make_task(
    "rat_plasma_binding",
    "Share that is not bound to the proteins of rat plasma, as the decimal logarithm of per cent.",
    "rat plasma protein binding",
    _UNBOUND,
    (-3.0, 2.1),
    (_ALKYNE, 0.85),
    r"\brat plasma (?:protein )?binding\b|\brat ppb\b|\bunbound in rat plasma\b",
    "ppb fraction unbound",
)

ADME_TASKS: Final = (
    HUMAN_MICROSOMAL_CLEARANCE,
    RAT_MICROSOMAL_CLEARANCE,
    EFFLUX_RATIO,
    KINETIC_SOLUBILITY,
    HUMAN_PLASMA_BINDING,
    RAT_PLASMA_BINDING,
)
"""All tasks of this module, in the order of the table."""

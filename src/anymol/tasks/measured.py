"""Tasks about numbers that are measured: solubility, distribution, hydration."""

from __future__ import annotations

from typing import Final

from anymol.metrics.regression import REGRESSION_METRICS
from anymol.tasks.cues import HERE
from anymol.tasks.parsing import parse_number
from anymol.tasks.quantum import verify_range
from anymol.tasks.task import AnswerKind, Baseline, Slot, Task, TaskInput

SOLUBILITY: Final = Task(
    name="solubility",
    version=1,
    family="mol2num",
    summary="Solubility in water at room temperature, as the decimal logarithm of mol/L.",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.NUMBER,
    unit="log10(mol/L)",
    phrasings=(
        "What is the aqueous solubility of {molecule} as log mol/L?",
        "LogS of {molecule} in water?",
        "How soluble is {molecule} in water, as log mol/L?",
        "Give the water solubility of {molecule} as LogS.",
        "Predict the measured LogS of {molecule}.",
        "Estimate the solubility in water (log mol/L): {molecule}.",
        "State the aqueous LogS for {molecule}.",
        "Measured solubility of {molecule} in water, log mol/L?",
    ),
    parse=parse_number,
    metrics=REGRESSION_METRICS,
    verify=verify_range(-14.0, 2.0, "log10(mol/L)"),
    baselines=(Baseline.NEAREST,),
    # Delaney 2004 gives benzene -1.64.
    example=(TaskInput(molecule="c1ccccc1"), -1.64),
    cues=(
        (
            r"\blog ?s\b|\b(?:aqueous|water) solubility\b|\bsolubility\b.{0,20}\bin water\b|"
            r"\bhow (?:well )?(?:water-)?soluble\b.{0,20}\bin water\b|\bhow water.soluble\b|"
            rf"^(?:is|are) {HERE} (?:\w+ )?(?:in)?soluble in water\b|^(?:is|are) {HERE} (?:\w+ )?water[- ]soluble\b|"
            rf"^(?:do|does|will|would|can) {HERE} dissolve (?:\w+ )?in water\b",
            0.6,
        ),
    ),
    words="soluble insoluble dissolve well readily freely poorly sparingly slightly aqueous water",
)

LIPOPHILICITY: Final = Task(
    name="lipophilicity",
    version=1,
    family="mol2num",
    summary="Measured octanol-water distribution coefficient at pH 7.4, as LogD.",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.NUMBER,
    phrasings=(
        "What is the LogD of {molecule} at pH 7.4?",
        "LogD(7.4) of {molecule}?",
        "Give the measured LogD of {molecule} at pH 7.4.",
        "Distribution coefficient of {molecule} at pH 7.4?",
        "Predict the LogD 7.4 of {molecule}.",
        "Estimate octanol-water LogD at pH 7.4: {molecule}.",
        "How does {molecule} distribute at pH 7.4, as LogD?",
        "State the LogD at pH 7.4 for {molecule}.",
    ),
    parse=parse_number,
    metrics=REGRESSION_METRICS,
    verify=verify_range(-6.0, 9.0, ""),
    baselines=(Baseline.NEAREST,),
    example=(TaskInput(molecule="CC(C)NCC(O)COc1cccc2ccccc12"), 1.26),
    cues=((r"\blog ?d\b|\bdistribution coefficient\b", 0.6),),
)

HYDRATION_ENERGY: Final = Task(
    name="hydration_energy",
    version=1,
    family="mol2num",
    summary="Measured free energy of hydration at 298 K.",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.NUMBER,
    unit="kcal/mol",
    phrasings=(
        "What is the hydration free energy of {molecule}?",
        "Hydration energy of {molecule} in kcal/mol?",
        "Give the free energy of hydration of {molecule}.",
        "Free energy of solvation in water of {molecule}?",
        "Predict the hydration free energy: {molecule}.",
        "Estimate the free energy of hydration for {molecule}.",
        "State the hydration free energy for {molecule}.",
        "Measured free energy of hydrating {molecule}, kcal/mol?",
    ),
    parse=parse_number,
    metrics=REGRESSION_METRICS,
    verify=verify_range(-40.0, 10.0, "kcal/mol"),
    baselines=(Baseline.NEAREST,),
    # FreeSolv gives methanol -5.10 kcal/mol.
    example=(TaskInput(molecule="CO"), -5.1),
    cues=((r"\b(?:hydration|solvation) (?:free )?energy\b|\bfree energy of (?:hydrat|solvat)\w*", 0.6),),
)

"""Tasks about numbers that a program computes exactly; a network is asked them to learn and to be measured."""

from __future__ import annotations

from typing import Final

from anymol.metrics.regression import REGRESSION_METRICS
from anymol.tasks.computing import (
    compute_logp,
    compute_molecular_weight,
    compute_tpsa,
    verify_logp,
    verify_molecular_weight,
    verify_tpsa,
)
from anymol.tasks.parsing import parse_number
from anymol.tasks.task import AnswerKind, Slot, Task, TaskInput

_ASPIRIN = TaskInput(molecule="CC(=O)Oc1ccccc1C(=O)O")

MOLECULAR_WEIGHT: Final = Task(
    name="molecular_weight",
    version=1,
    family="mol2num",
    summary="Average molecular weight of a molecule.",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.NUMBER,
    unit="g/mol",
    phrasings=(
        "What is the molecular weight of {molecule}?",
        "Molecular weight of {molecule}?",
        "Give the molar mass of {molecule}.",
        "How heavy is {molecule} in g/mol?",
        "What is the average mass of {molecule}?",
        "Calculate the molar mass: {molecule}.",
        "How much does a mole of {molecule} weigh?",
        "State the molecular weight for {molecule}.",
    ),
    parse=parse_number,
    metrics=REGRESSION_METRICS,
    verify=verify_molecular_weight,
    compute=compute_molecular_weight,
    example=(_ASPIRIN, 180.16),
    keywords=("weight", "mass", "molar", "mw", "heavy", "weigh", "g/mol", "dalton", "daltons"),
)

LOGP: Final = Task(
    name="logp",
    version=1,
    family="mol2num",
    summary="Octanol-water partition coefficient as Crippen LogP.",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.NUMBER,
    phrasings=(
        "What is the LogP of {molecule}?",
        "LogP of {molecule}?",
        "How lipophilic is {molecule}?",
        "Give the Crippen LogP of {molecule}.",
        "Predict the partition coefficient of {molecule}.",
        "Estimate octanol-water LogP: {molecule}.",
        "How hydrophobic is {molecule}, as LogP?",
        "State the LogP value for {molecule}.",
    ),
    parse=parse_number,
    metrics=REGRESSION_METRICS,
    verify=verify_logp,
    compute=compute_logp,
    example=(_ASPIRIN, 1.31),
    keywords=("logp", "clogp", "octanol", "partition", "lipophilic", "lipophilicity", "hydrophobic", "hydrophobicity"),
)

TPSA: Final = Task(
    name="tpsa",
    version=1,
    family="mol2num",
    summary="Topological polar surface area after Ertl.",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.NUMBER,
    unit="angstrom^2",
    phrasings=(
        "What is the TPSA of {molecule}?",
        "TPSA of {molecule}?",
        "Give the polar surface area of {molecule}.",
        "How large is the polar surface of {molecule}?",
        "Calculate the topological polar surface area: {molecule}.",
        "Predict the TPSA of {molecule}.",
        "What polar surface area has {molecule}?",
        "State the TPSA value for {molecule}.",
    ),
    parse=parse_number,
    metrics=REGRESSION_METRICS,
    verify=verify_tpsa,
    compute=compute_tpsa,
    example=(_ASPIRIN, 63.6),
    keywords=("tpsa", "psa", "polar", "surface", "area", "topological"),
)

"""Tasks about numbers that a program computes exactly; a network is asked them to learn and to be measured."""

from __future__ import annotations

from typing import Final

from anymol.metrics.regression import REGRESSION_METRICS
from anymol.tasks.computing import compute_property, verify_property
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
    verify=verify_property("molecular_weight", tolerance=0.5),
    compute=compute_property("molecular_weight"),
    example=(_ASPIRIN, 180.16),
    cues=(
        (r"\b(?:molecular|molar|formula|average|relative)[- ](?:weight|mass)(?:es)?\b", 0.95),
        (r"\bmol\.? ?(?:wt|weight)\b|(?<!monoisotopic )(?<!exact )\bmw\b", 0.95),
        (r"\bhow heavy\b|\bg/mol\b|\b(?:how much|what) (?:does|do|would)\b.*\bweigh\b|\bdaltons?\b", 0.8),
        (r"^(?:the )?(?:weight|mass)\b|\b(?:weighs)\b|\bthe (?:weight|mass) of\b", 0.45),
    ),
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
    verify=verify_property("logp", tolerance=0.3),
    compute=compute_property("logp"),
    example=(_ASPIRIN, 1.31),
    cues=(
        (r"\b[acmxsw]?log[- ]?p(?:ow)?\b|\blog[- ]?kow\b", 0.95),
        (r"\b(?:octanol|partition coefficient|lipophilic\w*|hydrophobic\w*|hydrophilic\w*)\b", 0.8),
    ),
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
    verify=verify_property("tpsa", tolerance=2.0),
    compute=compute_property("tpsa"),
    example=(_ASPIRIN, 63.6),
    cues=(
        (r"\bt?psa\b", 0.95),
        (r"\bpolar (?:surface|area)\b", 0.9),
    ),
)

EXACT_MASS: Final = Task(
    name="exact_mass",
    version=1,
    family="mol2num",
    summary="Mass of the molecule of the most abundant isotopes (monoisotopic mass).",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.NUMBER,
    unit="Da",
    decimals=4,
    phrasings=(
        "What is the exact mass of {molecule}?",
        "Exact mass of {molecule}?",
        "Give the monoisotopic mass of {molecule}.",
        "Calculate the exact mass: {molecule}.",
        "What monoisotopic mass has {molecule}?",
        "Predict the exact mass of {molecule}.",
        "State the exact mass for {molecule}.",
        "Monoisotopic mass of {molecule} in Da?",
    ),
    parse=parse_number,
    metrics=REGRESSION_METRICS,
    verify=verify_property("exact_mass", tolerance=0.01),
    compute=compute_property("exact_mass"),
    example=(_ASPIRIN, 180.0423),
    cues=((r"\b(?:exact|monoisotopic|accurate) mass\b", 0.9),),
)

COMPLEXITY: Final = Task(
    name="complexity",
    version=1,
    family="mol2num",
    summary="Bertz's complexity index, as RDKit computes it (PubChem's complexity is another formula).",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.NUMBER,
    decimals=1,
    phrasings=(
        "What is the Bertz complexity of {molecule}?",
        "Bertz complexity of {molecule}?",
        "Give the BertzCT of {molecule}.",
        "Calculate the Bertz complexity index: {molecule}.",
        "How complex is {molecule} by the Bertz index?",
        "Predict the Bertz complexity of {molecule}.",
        "State the complexity index BertzCT for {molecule}.",
        "What Bertz complexity index has {molecule}?",
    ),
    parse=parse_number,
    metrics=REGRESSION_METRICS,
    verify=verify_property("complexity", tolerance=15.0),
    compute=compute_property("complexity"),
    example=(_ASPIRIN, 343.2),
    cues=((r"\bbertz\w*\b", 0.9),),
)

QED: Final = Task(
    name="qed",
    version=1,
    family="mol2num",
    summary="Quantitative estimate of drug-likeness (Bickerton 2012), 0 to 1.",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.NUMBER,
    decimals=3,
    phrasings=(
        "What is the QED of {molecule}?",
        "QED of {molecule}?",
        "Give the drug-likeness (QED) of {molecule}.",
        "Calculate the QED: {molecule}.",
        "How drug-like is {molecule}, as QED?",
        "Predict the QED of {molecule}.",
        "State the QED value for {molecule}.",
        "What drug-likeness score QED has {molecule}?",
    ),
    parse=parse_number,
    metrics=REGRESSION_METRICS,
    verify=verify_property("qed", tolerance=0.05),
    compute=compute_property("qed"),
    example=(_ASPIRIN, 0.55),
    cues=((r"\bqed\b|\bdrug.?like(?:ness)?\b", 0.9),),
)

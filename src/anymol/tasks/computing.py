"""Numbers that a program defines exactly, and how a model's own number compares with them."""

from __future__ import annotations

import rdkit
from rdkit.Chem import Crippen, Descriptors, rdMolDescriptors

from anymol.chem.parsing import parse_smiles
from anymol.tasks.task import Check, Computed, TaskInput, Value


def compute_molecular_weight(task_input: TaskInput) -> Computed:
    """Average molecular weight, g/mol, of all components together."""
    return Computed(round(Descriptors.MolWt(parse_smiles(task_input.molecule or "")), 2), _program("average weight"))


def compute_logp(task_input: TaskInput) -> Computed:
    """Crippen LogP (Wildman and Crippen 1999)."""
    return Computed(round(Crippen.MolLogP(parse_smiles(task_input.molecule or "")), 2), _program("Crippen LogP"))


def compute_tpsa(task_input: TaskInput) -> Computed:
    """Ertl's TPSA (2000) over N and O, angstrom^2."""
    return Computed(round(rdMolDescriptors.CalcTPSA(parse_smiles(task_input.molecule or "")), 2), _program("Ertl TPSA"))


def _program(method: str) -> str:
    return f"RDKit {rdkit.__version__}, {method}"


def verify_molecular_weight(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Compare a weight with RDKit's."""
    return (_compare(compute_molecular_weight(task_input), value, tolerance=0.5),)


def verify_logp(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Compare a LogP with Crippen's."""
    return (_compare(compute_logp(task_input), value, tolerance=0.3),)


def verify_tpsa(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Compare a TPSA with Ertl's."""
    return (_compare(compute_tpsa(task_input), value, tolerance=2.0),)


def _compare(computed: Computed, value: Value, *, tolerance: float) -> Check:
    difference = abs(float(value) - float(computed.value))
    return Check(
        "matches_computed",
        difference <= tolerance,
        f"{computed.program} gives {computed.value}; the answer differs by {difference:.2f} (allowed {tolerance})",
    )

"""Numbers that a program defines exactly, and how a model's own number compares with them."""

from __future__ import annotations

from collections.abc import Callable

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.parsing import parse_smiles
from anymol.tasks.task import Check, Computed, TaskInput, Value, say_unwritten


def compute_molecular_weight(task_input: TaskInput) -> Computed:
    """Average molecular weight, g/mol, of all components together."""
    return _compute("molecular_weight", task_input)


def compute_logp(task_input: TaskInput) -> Computed:
    """Crippen LogP (Wildman and Crippen 1999)."""
    return _compute("logp", task_input)


def compute_tpsa(task_input: TaskInput) -> Computed:
    """Ertl's TPSA (2000) over N and O, angstrom^2."""
    return _compute("tpsa", task_input)


def _compute(name: str, task_input: TaskInput) -> Computed:
    """Compute a descriptor, rounded as it is printed.

    Raises:
        InvalidSmilesError: The molecule is invalid.
    """
    computed = compute_descriptor(name, parse_smiles(task_input.molecule or ""))
    # Adding zero turns the -0.0 that a tiny negative LogP rounds to into 0.0.
    return Computed(float(computed.text) + 0.0, computed.program)


def verify_molecular_weight(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Compare a weight with RDKit's."""
    return (_compare(compute_molecular_weight, task_input, value, tolerance=0.5),)


def verify_logp(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Compare a LogP with Crippen's."""
    return (_compare(compute_logp, task_input, value, tolerance=0.3),)


def verify_tpsa(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Compare a TPSA with Ertl's."""
    return (_compare(compute_tpsa, task_input, value, tolerance=2.0),)


def _compare(
    compute: Callable[[TaskInput], Computed], task_input: TaskInput, value: Value, *, tolerance: float
) -> Check:
    if not task_input.molecule:
        return say_unwritten("matches_computed", "molecule")
    computed = compute(task_input)
    difference = abs(float(value) - float(computed.value))
    return Check(
        "matches_computed",
        difference <= tolerance,
        f"{computed.program} gives {computed.value}; the answer differs by {difference:.2f} (allowed {tolerance})",
    )

"""anymol: a molecular assistant, and the toolkit that makes one.

The public names below are loaded when they are first used, so that ``import anymol`` loads neither torch nor RDKit.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from anymol.version import __version__

if TYPE_CHECKING:
    from anymol.calculations.calculate import calculate
    from anymol.calculations.table import CALCULATIONS
    from anymol.errors import AnyMolError
    from anymol.inference.answers import Answer, FailedPrediction, Prediction
    from anymol.inference.assistant import Assistant
    from anymol.inference.options import PredictOptions
    from anymol.modalities.graph import MolecularGraph
    from anymol.models.config import AnyMolConfig
    from anymol.models.modeling import AnyMolForCausalLM
    from anymol.models.processor import AnyMolProcessor
    from anymol.readers.resolve import Molecule
    from anymol.tasks.table import TASKS, get_task
    from anymol.tasks.task import Task

_HOMES = {
    "CALCULATIONS": "anymol.calculations.table",
    "AnyMolConfig": "anymol.models.config",
    "AnyMolError": "anymol.errors",
    "AnyMolForCausalLM": "anymol.models.modeling",
    "AnyMolProcessor": "anymol.models.processor",
    "Answer": "anymol.inference.answers",
    "Assistant": "anymol.inference.assistant",
    "FailedPrediction": "anymol.inference.answers",
    "MolecularGraph": "anymol.modalities.graph",
    "Molecule": "anymol.readers.resolve",
    "PredictOptions": "anymol.inference.options",
    "Prediction": "anymol.inference.answers",
    "TASKS": "anymol.tasks.table",
    "Task": "anymol.tasks.task",
    "calculate": "anymol.calculations.calculate",
    "get_task": "anymol.tasks.table",
}
"""Module that each public name lives in."""

__all__ = [
    "CALCULATIONS",
    "TASKS",
    "AnyMolConfig",
    "AnyMolError",
    "AnyMolForCausalLM",
    "AnyMolProcessor",
    "Answer",
    "Assistant",
    "FailedPrediction",
    "MolecularGraph",
    "Molecule",
    "PredictOptions",
    "Prediction",
    "Task",
    "__version__",
    "calculate",
    "get_task",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'anymol' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})

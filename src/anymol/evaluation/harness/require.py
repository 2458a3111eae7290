"""Whether lm-evaluation-harness is there."""

from __future__ import annotations

import importlib.util

from anymol.errors import MissingDependencyError


def require_harness() -> None:
    """Refuse where the package ``lm_eval`` is missing.

    Raises:
        MissingDependencyError: It is not installed.
    """
    if importlib.util.find_spec("lm_eval") is None:
        raise MissingDependencyError("lm-evaluation-harness is not installed", hint="pip install 'anymol[harness]'")

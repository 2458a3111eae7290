"""What the tests of answering share."""

from __future__ import annotations

import pytest


@pytest.fixture
def without_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reactions are asked of the model alone, which a made-up one stands for."""
    monkeypatch.setattr("anymol.inference.sources.reactions.has_stores", lambda: False)

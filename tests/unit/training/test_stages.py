"""What of a stage may change when its run is resumed."""

from __future__ import annotations

from anymol.training.stages import WATCHING, StageConfig


def test_what_only_watches_a_stage_is_a_key_of_it() -> None:
    assert set(StageConfig.model_fields) >= WATCHING
    # What these decide is learned.
    assert not WATCHING & {"optimiser", "schedule", "mixture", "precision", "ema", "batch_tokens", "row_length"}

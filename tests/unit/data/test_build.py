"""Rows become examples one by one: what cannot be kept costs its own row."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from anymol.data.build import work_rows
from anymol.modalities.content import Message, RecordPart, Speaker, TextPart
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality


def make_example(mz: float) -> SimpleNamespace:
    part = RecordPart(Modality.MS2, MassSpectrum(np.array([mz]), np.array([1.0])))
    return SimpleNamespace(messages=(Message(Speaker.USER, (TextPart("Which?"), part)),))


def test_a_record_that_shards_cannot_hold_costs_its_row_alone() -> None:
    source = SimpleNamespace(examples=lambda row, split, rng, heldout: [make_example(row[1])])
    plan = SimpleNamespace(sources=[source], config=SimpleNamespace(seed=0, selfies=False), heldout=None)
    outcome = work_rows(plan, 0, "val", [(0, 100.0), (1, 50_000.0), (2, 200.0)])  # type: ignore[arg-type]
    assert len(outcome.examples) == 2
    assert dict(outcome.refused) == {"data": 1}

"""The detector's answers depend on what is drawn, not on the batch or on the order in which atoms are named."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from anymol.errors import UserError
from anymol.ocsr.bonds import REVERSED, BondMark
from anymol.ocsr.confidence import ReadingConfidence
from anymol.ocsr.detector import STRIDE, DetectorConfig, DrawingDetector
from anymol.ocsr.weights import StoredDetector, read_detector, write_detector

TINY = DetectorConfig(widths=(8, 8, 8), depths=(1, 1, 1), n_labels=5, n_charges=3, line_width=16)


@pytest.fixture
def detector() -> DrawingDetector:
    torch.manual_seed(0)
    return DrawingDetector(TINY).eval()


def test_shapes(detector: DrawingDetector) -> None:
    found = detector(torch.rand(2, 1, 64, 96))
    assert found.heat.shape == (2, 64 // STRIDE, 96 // STRIDE)
    assert found.offsets.shape == (2, 2, 16, 24)
    assert found.labels.shape == (2, 5, 16, 24)
    assert found.charges.shape == (2, 3, 16, 24)


def test_a_picture_does_not_depend_on_its_batch(detector: DrawingDetector) -> None:
    pictures = torch.rand(3, 1, 48, 48)
    torch.testing.assert_close(detector(pictures).labels[1:2], detector(pictures[1:2]).labels, atol=1e-5, rtol=1e-4)


def test_reversed_marks_undo_themselves() -> None:
    assert [REVERSED[REVERSED[mark]] for mark in BondMark] == list(BondMark)


def test_exchanging_the_ends_of_a_line_exchanges_its_marks(detector: DrawingDetector) -> None:
    features = detector(torch.rand(1, 1, 64, 64)).features
    starts, ends = torch.rand(1, 7, 2) * 60, torch.rand(1, 7, 2) * 60
    forth, back = detector.judge_lines(features, starts, ends), detector.judge_lines(features, ends, starts)
    assert forth.shape == (1, 7, len(BondMark))
    torch.testing.assert_close(forth, back[..., list(REVERSED)])


def test_weights_are_read_as_they_were_written(detector: DrawingDetector, tmp_path) -> None:
    path = tmp_path / "detector.safetensors"
    confidence = ReadingConfidence(bias=1.0, doubt=-2.0, repair=-0.5, agreement=2.0)
    write_detector(StoredDetector(detector, confidence, {"steps": 7}), path)
    stored = read_detector(path)
    assert stored.detector.config == TINY
    assert (stored.confidence, stored.provenance) == (confidence, {"steps": 7})
    picture = torch.rand(1, 1, 32, 32)
    np.testing.assert_allclose(stored.detector(picture).heat.detach(), detector(picture).heat.detach(), atol=0.02)


def test_other_files_are_refused(tmp_path) -> None:
    path = tmp_path / "no.safetensors"
    path.write_bytes(b"\x00" * 100)
    with pytest.raises(UserError, match="not weights of a drawing detector"):
        read_detector(path)
    with pytest.raises(UserError, match="not weights of a drawing detector"):
        read_detector(tmp_path / "missing.safetensors")

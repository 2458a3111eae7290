"""What the infrared encoder reads of a spectrum."""

from __future__ import annotations

import numpy as np
import torch

from anymol.encoders.ir import IrEncoder, IrEncoderConfig, collate_ir
from anymol.modalities.infrared_spectrum import InfraredSpectrum

CONFIG = IrEncoderConfig(
    width=16, n_layers=1, n_heads=2, ffn_size=16, lowest=1000.0, step=10.0, n_patches=3, patch_size=4
)


def test_points_between_are_interpolated_and_those_outside_are_not_measured() -> None:
    features = CONFIG.read(InfraredSpectrum(np.array([1000.0, 1020.0, 1040.0]), np.array([0.0, 1.0, 0.0])))
    np.testing.assert_allclose(features["absorbance"][:2], [[0, 0.5, 1, 0.5], [0, 0, 0, 0]])
    assert features["measured"].tolist() == [[True] * 4, [True, False, False, False], [False] * 4]


def test_points_that_are_not_numbers_are_left_out() -> None:
    curve = InfraredSpectrum(np.array([1000.0, 1010.0, 1020.0]), np.array([1.0, np.nan, 2.0]))
    np.testing.assert_allclose(CONFIG.read(curve)["absorbance"][0, :3], [1.0, 1.5, 2.0])


def test_a_patch_that_is_not_measured_changes_no_other() -> None:
    torch.manual_seed(0)
    encoder = IrEncoder(CONFIG).eval()
    batch = collate_ir([encoder.config.read(InfraredSpectrum(np.array([1000.0, 1075.0]), np.array([0.3, 0.9])))])
    other = {name: tensor.clone() for name, tensor in batch.items()}
    other["absorbance"][0, 2] = 7.0  # beyond 1075 cm^-1
    with torch.no_grad():
        torch.testing.assert_close(encoder(batch).states, encoder(other).states, rtol=0, atol=0)
        other["absorbance"][0, 0] = 7.0
        assert not torch.equal(encoder(batch).states[1], encoder(other).states[1])

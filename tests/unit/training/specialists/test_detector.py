"""The detector learns from pieces of synthetic drawings."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from anymol.errors import DataError
from anymol.ocsr.assembly import assemble
from anymol.ocsr.detector import DetectorConfig, DrawingDetector
from anymol.ocsr.examples import draw_all, load_truths, save_truths
from anymol.ocsr.labels import CHARGES, LABELS
from anymol.ocsr.truth import DrawnTruth
from anymol.training.specialists.detector import TrainableDetector, list_drawn
from anymol.training.specialists.detector_pieces import CROP, cut_pieces
from anymol.training.specialists.fit import FitConfig, fit_network
from anymol.training.specialists.plan import DetectorPlan

SMILES = ["CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "CCO", "C1CC1N", "c1ccsc1", "CC(C)Cl"] * 2
CONFIG = DetectorConfig(widths=(8, 8, 8), depths=(1, 1, 1), n_labels=len(LABELS), n_charges=len(CHARGES), line_width=8)


@pytest.fixture(scope="module")
def truths() -> list[DrawnTruth]:
    return list(draw_all(SMILES, 1, 22.0))


def test_drawings_repeat_and_are_kept_as_they_are(truths: list[DrawnTruth], tmp_path: Path) -> None:
    save_truths(draw_all(SMILES, 1, 22.0, workers=2), tmp_path / "deep" / "train.npz")
    kept = load_truths(tmp_path / "deep" / "train.npz")
    assert len(kept) == len(truths)
    for one, other in zip(truths, kept, strict=True):
        assert all(map(np.array_equal, vars(one).values(), vars(other).values()))


@pytest.mark.parametrize("how", ["cut", "changed", "missing", "folder", "pipe"])
def test_damaged_drawings_are_told_of(truths: list[DrawnTruth], tmp_path: Path, how: str) -> None:
    path = tmp_path / "train.npz"
    save_truths(truths, path)
    content = path.read_bytes()
    match how:
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "changed":
            spot = len(content) // 2  # amid the pixels
            path.write_bytes(content[:spot] + bytes([content[spot] ^ 1]) + content[spot + 1 :])
        case _:
            path.unlink()
            if how == "folder":
                path.mkdir()
            elif how == "pipe":
                os.mkfifo(path)
    with pytest.raises(DataError, match=r"train\.npz.*drawn again"):
        load_truths(path)


def test_what_is_drawn_makes_the_molecule_again(truths: list[DrawnTruth]) -> None:
    made = assemble(*list_drawn(truths[2]))
    assert made is not None and made.smiles == "CCO"


def test_pieces_show_what_stands_on_them(truths: list[DrawnTruth]) -> None:
    pieces = cut_pieces(truths, np.random.default_rng(0), 22.0)
    assert pieces.ink.shape == (len(truths), 1, CROP, CROP) and 0 <= pieces.ink.min() <= pieces.ink.max() <= 1
    piece, row, column = pieces.cells.unbind(1)
    assert (pieces.heat[piece, row, column] == 1).all()
    assert ((pieces.offsets >= 0) & (pieces.offsets < 1)).all()
    assert (pieces.marks >= 0).any(dim=1).all()


def test_a_short_training_lowers_the_loss(truths: list[DrawnTruth], tmp_path: Path) -> None:
    plan = DetectorPlan(name="tiny", batch=4, fit=FitConfig(steps=15, lr=0.01, averaging=0.5, clip=5.0, threads=1))
    torch.manual_seed(0)
    trained = TrainableDetector(plan, DrawingDetector(CONFIG), truths, truths[:4])
    before = sum(float(loss.detach()) for loss in trained.losses(0).values())
    assert fit_network(trained, plan.fit, tmp_path, name="tiny", key="", resume=False)
    trained.network.train()
    assert sum(float(loss.detach()) for loss in trained.losses(0).values()) < 0.8 * before
    assert set(trained.validate()) == {"found", "false", "label", "charge", "line"}

"""The label reader learns from pieces of synthetic drawings."""

from __future__ import annotations

from pathlib import Path

import torch

from anymol.ocsr.label_examples import draw_pieces
from anymol.ocsr.lettering import WORDS, LabelReader, LabelReaderConfig
from anymol.training.specialists.fit import FitConfig, fit_network
from anymol.training.specialists.label_reader import TrainableLabelReader
from anymol.training.specialists.plan import LabelReaderPlan

SMILES = ["CC(=O)Oc1ccccc1", "Cc1ccncc1", "CCCCO", "c1ccsc1", "C1CCNC1", "O=C1CCCCC1"]
CONFIG = LabelReaderConfig(widths=(4, 8, 8), depth=0, squeezed=4, hidden=32, n_words=len(WORDS))


def test_a_short_training_lowers_the_loss(tmp_path: Path) -> None:
    fit = FitConfig(steps=25, lr=0.01, averaging=0.5, clip=5.0, threads=1)
    plan = LabelReaderPlan(name="tiny", batch=16, fit=fit)
    pieces = draw_pieces(SMILES, 3)
    torch.manual_seed(0)
    trained = TrainableLabelReader(plan, LabelReader(CONFIG), pieces, pieces)
    before = float(trained.losses(0)["word"].detach())
    assert fit_network(trained, plan.fit, tmp_path, name="tiny", key="", resume=False)
    trained.network.train()
    assert float(trained.losses(0)["word"].detach()) < 0.8 * before
    figures = trained.validate()
    assert set(figures) == {"pieces", "words"} and all(0 <= figure <= 1 for figure in figures.values())

"""How probable a model finds a given answer."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from anymol.inference.generation import Generator
from anymol.inference.likelihood import measure_surprise
from anymol.modalities.content import MoleculePart, Role
from anymol.models.checkpoint import load_checkpoint
from anymol.models.loss import IGNORED
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import get_task
from anymol.tasks.task import TaskInput


def test_surprise_is_the_sum_over_the_answers_tokens(tiny_smiles_model_dir: Path) -> None:
    model, processor, _ = load_checkpoint(tiny_smiles_model_dir)
    conversations = [
        (
            render_prompt(get_task("retrosynthesis"), TaskInput(products=product)),
            (MoleculePart(reactants, Role.REACTANT),),
        )
        for product, reactants in (("CCOC(C)=O", "CCO.CC(=O)O"), ("CC=O", "CCO"), ("CNC(C)=O", "CN.CC(=O)O"))
    ]
    together = measure_surprise(Generator(model, processor), conversations)
    for conversation, nats in zip(conversations, together, strict=True):
        batch = processor.batch([processor.encode_many([conversation])[0]])
        labels = batch.pop("labels")[0, 1:]
        with torch.no_grad():
            log_probs = model(**batch).logits[0, :-1].log_softmax(-1)
        told = labels != IGNORED
        assert told.sum() > 1
        by_hand = -log_probs[told].gather(1, labels[told][:, None]).sum()
        assert nats == pytest.approx(float(by_hand), abs=1e-3)

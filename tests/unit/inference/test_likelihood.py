"""How probable a model finds a given answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from anymol.errors import NotFiniteError
from anymol.inference.generation import Generator
from anymol.inference.likelihood import measure_surprise
from anymol.inference.limits import Limits, Withdrawal, WithdrawnError, limited
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


@pytest.fixture(scope="module")
def generator(tiny_smiles_model_dir: Path) -> Generator:
    model, processor, _ = load_checkpoint(tiny_smiles_model_dir)
    return Generator(model, processor, threads=1)


def write(product: str, reactants: str) -> tuple:
    asked = render_prompt(get_task("retrosynthesis"), TaskInput(products=product))
    return asked, (MoleculePart(reactants, Role.REACTANT),)


def test_nothing_is_measured_for_who_has_left(generator: Generator) -> None:
    withdrawal = Withdrawal()
    with limited(Limits(withdrawal=withdrawal)):
        measure_surprise(generator, [write("CC=O", "CCO")])
        withdrawal.set()
        with pytest.raises(WithdrawnError):
            measure_surprise(generator, [write("CC=O", "CCO")])


def test_what_the_model_cannot_read_to_the_end_surprises_without_bound(generator: Generator) -> None:
    long = "C" * (generator.positions + 1)
    both = measure_surprise(generator, [write("CC=O", "CCO"), write("CC=O", long), write(long, "CCO")])
    assert both[0] == pytest.approx(measure_surprise(generator, [write("CC=O", "CCO")])[0])
    assert np.isposinf(both[1:]).all()


def test_it_is_measured_by_the_threads_that_decode(generator: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    run, seen = generator.decoder.run, []

    def look(feeds: Any) -> Any:
        seen.append(torch.get_num_threads())
        return run(feeds)

    monkeypatch.setattr(generator.decoder, "run", look)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        measure_surprise(generator, [write("CCC=O", "CCCO")])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert seen and set(seen) == {1}


def test_surprise_that_is_no_number_is_a_fault(tiny_smiles_model_dir: Path) -> None:
    model, processor, _ = load_checkpoint(tiny_smiles_model_dir)
    with torch.no_grad():
        model.decoder.get_decoder().norm.weight.fill_(torch.nan)
    with pytest.raises(NotFiniteError):
        measure_surprise(Generator(model, processor), [write("CC=O", "CCO")])

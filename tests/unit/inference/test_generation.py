"""Generation with a tiny random model: grammar, order, seeds."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from anymol.adapters.mora.config import MoraConfig
from anymol.errors import UnreadableAnswerError
from anymol.inference.generation import Decoding, Generator, Search
from anymol.modalities.content import Message, MoleculePart, RecordPart, Speaker, TextPart
from anymol.modalities.modality import Modality
from anymol.models.checkpoint import load_checkpoint
from anymol.tasks.parsing import parse_number
from anymol.tasks.task import AnswerKind

SMILES = ("CCO", "CC(=O)Oc1ccccc1C(=O)O", "c1ccccc1", "Clc1ccccn1", "CCOC(C)=O")


@pytest.fixture(scope="module")
def generator(tiny_model_dir: Path) -> Generator:
    model, processor, _ = load_checkpoint(tiny_model_dir)
    return Generator(model, processor, tokens_per_batch=600)


def ask(generator: Generator, smiles: tuple[str, ...] = SMILES, *, graph: bool = False) -> list:
    conversations = []
    for one in smiles:
        parts = [
            TextPart("What is the product of "),
            MoleculePart(one),
            *([RecordPart(Modality.GRAPH, smiles=one)] if graph else []),
        ]
        conversations.append(((Message(Speaker.USER, (*parts, TextPart("?"))),), None))
    return generator.processor.encode_many(conversations)


@pytest.mark.parametrize("graph", [False, True])
def test_molecules_have_correct_syntax(generator: Generator, graph: bool) -> None:
    from rdkit import Chem, rdBase

    decoding = Decoding(Search.BEAM, 4, max_new_tokens=40)
    for answers in generator.generate(ask(generator, graph=graph), AnswerKind.MOLECULE, decoding):
        assert len(answers) == 4
        for one in answers:
            assert one.complete and one.text.startswith("<mol>") and one.text.endswith("</mol>")
            inside = one.text.removeprefix("<mol>").removesuffix("</mol>")
            if generator.processor.notation == "smiles":
                with rdBase.BlockLogs():
                    assert Chem.MolFromSmiles(inside.replace("⌬", ""), sanitize=False) is not None, inside
            else:
                from anymol.chem.selfies import decode_selfies

                decode_selfies(inside.replace("⌬", ""))


def test_numbers_parse(generator: Generator) -> None:
    decoding = Decoding(Search.SAMPLED, 16, max_new_tokens=12)
    for answers in generator.generate(ask(generator), AnswerKind.NUMBER, decoding, seed=3):
        assert len(answers) == 16
        for one in answers:
            assert one.complete
            parse_number(one.text)


def test_texts_hold_no_molecule(generator: Generator) -> None:
    for answers in generator.generate(ask(generator), AnswerKind.TEXT, Decoding(max_new_tokens=30)):
        assert "mol>" not in answers[0].text
        assert "⌬" not in answers[0].text


def test_without_a_grammar_random_weights_write_anything(generator: Generator) -> None:
    found = generator.generate(ask(generator), AnswerKind.NUMBER, Decoding(max_new_tokens=12, constrained=False))

    def parses(text: str) -> bool:
        try:
            parse_number(text)
        except UnreadableAnswerError:
            return False
        return text.replace(".", "").replace("-", "").isdigit()

    assert not all(parses(answers[0].text) for answers in found)


@pytest.mark.parametrize("search", [Search.BEAM, Search.SAMPLED])
def test_order_batch_and_seed(generator: Generator, search: Search) -> None:
    decoding = Decoding(search, 3, max_new_tokens=20)
    together = generator.generate(ask(generator), AnswerKind.MOLECULE, decoding, seed=1)
    again = generator.generate(ask(generator, SMILES[::-1]), AnswerKind.MOLECULE, decoding, seed=1)[::-1]
    alone = [generator.generate(ask(generator, (one,)), AnswerKind.MOLECULE, decoding, seed=1)[0] for one in SMILES]
    texts = [[one.text for one in answers] for answers in together]
    assert texts == [[one.text for one in answers] for answers in again]
    assert texts == [[one.text for one in answers] for answers in alone]


def test_another_seed_draws_otherwise(generator: Generator) -> None:
    decoding = Decoding(Search.SAMPLED, 8, max_new_tokens=12)
    prompts = ask(generator)
    first = generator.generate(prompts, AnswerKind.NUMBER, decoding, seed=1)
    second = generator.generate(prompts, AnswerKind.NUMBER, decoding, seed=2)
    assert [[one.text for one in row] for row in first] != [[one.text for one in row] for row in second]


def test_refuses_contradictions() -> None:
    with pytest.raises(ValueError, match="greedy"):
        Decoding(Search.GREEDY, 2)
    for temperature in (0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="temperature"):
            Decoding(Search.SAMPLED, 2, temperature=temperature)


def test_every_label_is_found_with_its_probability(generator: Generator) -> None:
    labels = ("Yes", "No", "A long label of several words")
    decoding = Decoding(Search.BEAM, len(labels), 64, constrained=False, labels=labels)
    for answers in generator.generate(ask(generator), AnswerKind.CLASS, decoding):
        assert {one.text for one in answers} == set(labels)
        assert [one.log_prob for one in answers] == sorted((one.log_prob for one in answers), reverse=True)
        assert all(one.complete for one in answers)


def test_a_class_is_answered_with_the_share_of_each_label(generator: Generator) -> None:
    from anymol.inference.answering import Answerer
    from anymol.tasks.table import get_task

    rows = Answerer(generator).answer(get_task("bbbp"), [(prompt,) for prompt in ask(generator)])
    for row in rows:
        assert {one.value for one in row.answers} == {"Yes", "No"}
        assert sum(one.probability for one in row.answers) == pytest.approx(1.0)


def test_adapters_written_for_a_molecule_hold_for_every_token(tiny_model_dir: Path) -> None:
    model, processor, _ = load_checkpoint(tiny_model_dir)
    width = model.config.modality_configs["graph"].encoder.width
    adapter = model.inject_adapter([MoraConfig(rank=2, state_width=width, width=8, every=1)])
    assert adapter is not None
    torch.manual_seed(4)
    with torch.no_grad():
        for parameter in adapter.parameters():
            parameter.normal_(std=0.5)
    model.eval()
    generator = Generator(model, processor)
    prompts = ask(generator, graph=True)
    found = generator.generate(prompts, AnswerKind.TEXT, Decoding(max_new_tokens=12, constrained=False))
    batch = processor.batch(prompts)
    del batch["labels"]
    sequences = model.generate(**batch, do_sample=False, max_new_tokens=12, eos_token_id=processor.end_id)
    expected = [processor.decode_answer(row) for row in sequences[:, batch["input_ids"].shape[1] :].tolist()]
    assert [answers[0].text for answers in found] == expected
    with adapter.disabled():
        plain = Generator(model, processor)
        without = plain.generate(prompts, AnswerKind.TEXT, Decoding(max_new_tokens=12, constrained=False))
    assert without != found

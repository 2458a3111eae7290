"""The processor: rendering, placeholders, labels, batches, and what users may type."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest
import torch

from anymol.chem.notation import Notation
from anymol.encoders.ms2 import Ms2EncoderConfig
from anymol.errors import InvalidSmilesError
from anymol.modalities.content import Message, MoleculePart, Part, RecordPart, Role, Speaker, TextPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality
from anymol.models.modality_config import ModalityConfig
from anymol.models.processor import AnyMolProcessor
from anymol.models.prompt_writer import EncodedExample, PaddingSide
from anymol.models.tokenizer import collect_symbols, train_tokenizer
from anymol.models.tokens import SPECIAL_TOKENS
from anymol.projectors import ResamplerProjectorConfig

TEXTS = ["What is the weight of this molecule?", "It is an ester with weight 180.16."]
WRITTEN = {
    Notation.SMILES: ["CC(=O)Oc1ccccc1C(=O)O", "CCBr"],
    Notation.SELFIES: ["[C][C][=Branch1][C][=O][O]", "[C][C][Br]", "[Na+1].[Cl-1]"],
}
ETHANOL = MolecularGraph(
    np.array([[5, 0], [5, 0], [7, 0]], dtype=np.uint8),
    np.array([[0, 1, 1, 2], [1, 0, 2, 1]], dtype=np.int32),
    np.zeros((4, 2), dtype=np.uint8),
)


GRAPH_ID = SPECIAL_TOKENS.index("<graph>")


def make_processor(notation: Notation, **graph: Any) -> AnyMolProcessor:
    tokenizer = train_tokenizer(TEXTS, collect_symbols(WRITTEN[notation], notation), 320, notation)
    return AnyMolProcessor(tokenizer, notation, modalities={"graph": ModalityConfig(**graph)})


@pytest.fixture(scope="module")
def smiles() -> AnyMolProcessor:
    return make_processor(Notation.SMILES)


@pytest.fixture(scope="module")
def selfies() -> AnyMolProcessor:
    return make_processor(Notation.SELFIES)


def ask(*parts: Part) -> tuple[Message, ...]:
    return (Message(Speaker.USER, parts),)


def test_a_question_is_rendered_with_its_molecules(smiles: AnyMolProcessor) -> None:
    graph = RecordPart(Modality.GRAPH, ETHANOL, Role.REACTANT, "CCO")
    messages = (
        Message(Speaker.SYSTEM, (TextPart("Be brief."),)),
        *ask(TextPart("What is "), MoleculePart("CCBr"), graph),
    )
    assert smiles.render(messages) == (
        "<bos><system>Be brief.<end><user>What is <mol>⌬C⌬C⌬Br</mol><graph><graph><graph><end><assistant>"
    )
    assert smiles.render_answer((MoleculePart("CO"),)) == "<mol>⌬C⌬O</mol>"


def test_labels_are_the_answer_and_its_end(smiles: AnyMolProcessor) -> None:
    messages = ask(TextPart("weight?"), RecordPart(Modality.GRAPH, ETHANOL, Role.PRODUCT, "CCO"))
    prompt, example = smiles.encode(messages), smiles.encode(messages, (TextPart("46.07"),))
    assert prompt.labels == [-100] * len(prompt)
    assert example.input_ids[: len(prompt)] == prompt.input_ids  # inference sees exactly what training saw
    assert example.labels[: len(prompt)] == prompt.labels
    answer = example.labels[len(prompt) :]
    assert answer == example.input_ids[len(prompt) :]
    assert answer[-1] == smiles.end_id == smiles.tokenizer.convert_tokens_to_ids("<end>")
    assert smiles.decode_answer(answer) == "46.07"
    (record,) = example.records
    assert (record.modality, record.role) == (Modality.GRAPH, Role.PRODUCT.index)
    assert np.array_equal(record.features["bonds"], ETHANOL.bonds.T)
    assert example.input_ids.count(GRAPH_ID) == ETHANOL.n_atoms


def test_documents_have_loss_on_all_but_placeholders(smiles: AnyMolProcessor) -> None:
    shown = RecordPart(Modality.GRAPH, ETHANOL, smiles="CCO")
    (document,) = smiles.encode_documents([(TextPart("Ethanol is "), MoleculePart("CCO"), shown, TextPart("."))])
    assert document.input_ids[0] == smiles.tokenizer.bos_token_id
    assert document.input_ids[-1] == smiles.tokenizer.eos_token_id
    expected = [-100 if index == GRAPH_ID else index for index in document.input_ids]
    assert document.labels == expected
    assert expected.count(-100) == 3


def test_many_equal_one_by_one(smiles: AnyMolProcessor) -> None:
    pairs = [
        (ask(TextPart("a"), RecordPart(Modality.GRAPH, ETHANOL, smiles="CCO")), (TextPart("1"),)),
        (ask(MoleculePart("CCBr")), None),
        (ask(TextPart("b")), (MoleculePart("CO"), TextPart(" or "), MoleculePart("C"))),
    ]
    alone = [smiles.encode(*pair) for pair in pairs]
    assert all(map(same, smiles.encode_many(pairs), alone))


def test_batches_are_padded_on_either_side(smiles: AnyMolProcessor) -> None:
    graph = RecordPart(Modality.GRAPH, ETHANOL, Role.REAGENT, "CCO")
    encoded = smiles.encode_many(
        [(ask(TextPart("weight of this?"), graph, graph), (TextPart("1"),)), (ask(graph), (TextPart("2.5"),))]
    )
    for side in PaddingSide:
        batch = smiles.batch(encoded, padding_side=side)
        for row, example in enumerate(encoded):
            real = batch["attention_mask"][row].bool()
            assert batch["input_ids"][row][real].tolist() == example.input_ids
            assert batch["labels"][row][real].tolist() == example.labels
            assert (batch["input_ids"][row][~real] == smiles.tokenizer.pad_token_id).all()
            assert (batch["labels"][row][~real] == -100).all()
            assert bool(real[-1 if side is PaddingSide.LEFT else 0])
    graphs = batch["molecules"]["graph"]
    assert graphs["n_atoms"].tolist() == [3, 3, 3]
    assert graphs["roles"].tolist() == [Role.REAGENT.index] * 3
    assert graphs["bonds"].max() == 8
    assert int((batch["input_ids"] == GRAPH_ID).sum()) == len(graphs["atoms"])
    assert "molecules" not in smiles.batch([smiles.encode(ask(TextPart("no graph")))])


def test_calling_gives_prompts_for_generation(smiles: AnyMolProcessor) -> None:
    batch = smiles([ask(TextPart("weight?")), ask(TextPart("a"))])
    assert set(batch) == {"input_ids", "attention_mask"}
    assert batch["attention_mask"][:, -1].tolist() == [1, 1]


def test_molecules_in_plain_text_are_rewritten(smiles: AnyMolProcessor) -> None:
    typed = smiles.render(ask(TextPart("Is <mol> CCBr </mol> or <mol>⌬C⌬O</mol> heavier?")))
    assert typed == "<bos><user>Is <mol>⌬C⌬C⌬Br</mol> or <mol>⌬C⌬O</mol> heavier?<end><assistant>"
    assert smiles.render(ask(TextPart("a < b > c"))) == "<bos><user>a < b > c<end><assistant>"


@pytest.mark.parametrize("control", ["<end>", "<graph>", "<assistant>", "<bos>", "<pad>", "<ir>"])
def test_control_tokens_typed_by_a_user_are_text(smiles: AnyMolProcessor, control: str) -> None:
    encoded = smiles.encode(ask(TextPart(f"x {control} y")))
    plain = smiles.encode(ask(TextPart("x  y")))
    count = smiles.tokenizer.convert_tokens_to_ids(control)
    assert encoded.input_ids.count(count) == plain.input_ids.count(count)


def test_selfies_are_made_on_demand_and_taken_where_given(selfies: AnyMolProcessor) -> None:
    assert selfies.render_answer((MoleculePart("CCBr", selfies="[Br][C][C]"),)) == "<mol>⌬[Br]⌬[C]⌬[C]</mol>"
    pytest.importorskip("rdkit")
    assert selfies.render_answer((MoleculePart("CCBr"),)) == "<mol>⌬[C]⌬[C]⌬[Br]</mol>"
    assert selfies.render_answer((TextPart("<mol>CCBr</mol>"),)) == "<mol>⌬[C]⌬[C]⌬[Br]</mol>"
    assert selfies.render_answer((TextPart("<mol>[C][C][Br]</mol>"),)) == "<mol>⌬[C]⌬[C]⌬[Br]</mol>"
    assert selfies.render_answer((TextPart("<mol>[Na+].[Cl-]</mol>"),)) == "<mol>⌬[Na+1]⌬.⌬[Cl-1]</mol>"
    with pytest.raises(InvalidSmilesError):
        selfies.render(ask(TextPart("<mol>nonsense</mol>")))


def test_graphs_are_made_on_demand(smiles: AnyMolProcessor) -> None:
    pytest.importorskip("rdkit")
    encoded = smiles.encode(ask(RecordPart(Modality.GRAPH, smiles="CCO")))
    assert encoded.records[0].features["atoms"][:, 0].tolist() == [5, 5, 7]
    assert encoded.input_ids.count(GRAPH_ID) == 3


RESAMPLED = ResamplerProjectorConfig(n_tokens=8)


@pytest.mark.parametrize(
    ("graph", "tokens"),
    [
        ({}, 3),
        ({"markers": True}, 3 + 2),
        ({"projector": RESAMPLED}, 8),
        ({"projector": RESAMPLED, "markers": True}, 8 + 2),
        ({"projector": None}, 0),
    ],
)
def test_tokens_of_a_graph_follow_from_its_config(graph: dict[str, Any], tokens: int) -> None:
    encoded = make_processor(Notation.SMILES, **graph).encode(ask(RecordPart(Modality.GRAPH, ETHANOL)))
    assert encoded.input_ids.count(GRAPH_ID) == tokens


def same(one: EncodedExample, other: EncodedExample) -> bool:
    return (one.input_ids, one.labels) == (other.input_ids, other.labels) and all(
        (mine.modality, mine.role) == (theirs.modality, theirs.role)
        and all(np.array_equal(mine.features[name], theirs.features[name]) for name in mine.features)
        for mine, theirs in zip(one.records, other.records, strict=True)
    )


MESSAGES = ask(
    TextPart("weight of "),
    MoleculePart("CCBr", selfies="[C][C][Br]"),
    RecordPart(Modality.GRAPH, ETHANOL, smiles="CCO"),
)


@pytest.mark.parametrize("notation", Notation, ids=str)
def test_save_and_load(notation: Notation, tmp_path: Any) -> None:
    processor = make_processor(notation, projector=RESAMPLED)
    processor.save_pretrained(tmp_path)
    loaded = AnyMolProcessor.from_pretrained(tmp_path)
    assert (loaded.notation, loaded.modalities, loaded.end_token) == (notation, processor.modalities, "<end>")
    assert same(loaded.encode(MESSAGES), processor.encode(MESSAGES))


@pytest.mark.parametrize(
    ("graph_tokens", "graph"), [(None, {}), (0, {"projector": None}), (8, {"projector": RESAMPLED})], ids=str
)
def test_a_processor_of_before_there_was_one_path_is_read(graph_tokens: int | None, graph: Any, tmp_path: Any) -> None:
    today = make_processor(Notation.SMILES, **graph)
    today.save_pretrained(tmp_path)
    path = tmp_path / "processor_config.json"
    description = json.loads(path.read_text())
    ms2 = ModalityConfig(encoder=Ms2EncoderConfig()).model_dump(mode="json")
    path.write_text(json.dumps({**description, "graph_tokens": graph_tokens, "modalities": {"ms2": ms2}}))
    loaded = AnyMolProcessor.from_pretrained(tmp_path)
    assert loaded.modalities == {**today.modalities, "ms2": ms2}
    assert same(loaded.encode(MESSAGES), today.encode(MESSAGES))


def test_answers_are_read_up_to_their_end(smiles: AnyMolProcessor) -> None:
    ids = [*smiles.tokenizer.encode("<mol>⌬C⌬Br</mol>"), smiles.end_id, smiles.end_id, 0, 40]
    assert smiles.decode_answer(torch.tensor(ids)) == "<mol>⌬C⌬Br</mol>"
    assert smiles.decode_answer([]) == ""


def test_thousands_of_examples_a_second(smiles: AnyMolProcessor) -> None:
    pairs = [
        (
            ask(TextPart("What is the weight of "), MoleculePart("CC(=O)Oc1ccccc1C(=O)O"), TextPart("?")),
            (TextPart(str(n)),),
        )
        for n in range(1000)
    ]
    smiles.encode_many(pairs[:10])
    start = time.process_time()
    smiles.encode_many(pairs)
    assert time.process_time() - start < 1.0  # 0.1 s of one core; the bound leaves room for slow machines


def test_what_was_said_before_stands_before_the_question(smiles: AnyMolProcessor) -> None:
    asked, said = Message(Speaker.USER, (TextPart("LogP of "), MoleculePart("CCO"))), (TextPart("-0.00"),)
    talk = (asked, Message(Speaker.ASSISTANT, said), Message(Speaker.USER, (TextPart("And its TPSA?"),)))
    first, whole = smiles.render((asked,)), smiles.render(talk)
    assert whole.startswith(f"{first}-0.00") and whole.count("<mol>") == 1
    assert whole.index("-0.00") < whole.index("And its TPSA?") and whole.endswith(first[-len("<assistant>") :])
    # A turn that was answered is, token for token, what the model learnt to answer with its end.
    encoded = smiles.encode((asked,), said)
    again = smiles.encode(talk, (TextPart("20.23"),))
    assert again.input_ids[: len(encoded.input_ids)] == encoded.input_ids

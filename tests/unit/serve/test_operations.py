"""What a worker does with a call, in this process and without the weights: programs, inline files, refusals."""

from __future__ import annotations

import pickle
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anymol.errors import AnyMolError, InvalidSmilesError, RefusedError
from anymol.inference.conversation import Conversation
from anymol.modalities.content import RecordPart
from anymol.modalities.image import MoleculeImage
from anymol.modalities.modality import Modality
from anymol.serve.calls import Call, Operation
from anymol.serve.config import ServerConfig
from anymol.serve.conversations import Memory, TokenCounter
from anymol.serve.operations import Document, Operations
from anymol.serve.requests import (
    AskRequest,
    ChatRequest,
    ComputeRequest,
    NameRequest,
    PlanRequest,
    PredictRequest,
    RenderRequest,
)
from anymol.tasks.task import Slot

SARIN = "CC(C)OP(C)(=O)F"
_OPENED: list[str] = []


@pytest.fixture(scope="module")
def operations() -> Operations:
    return Operations(ServerConfig(preload=False))


def predict(task: str, **body: Any) -> Call:
    return Call(Operation.PREDICT, PredictRequest(**body), task)


def chat(*messages: tuple[str, Any], memory: Memory | None = None, **more: Any) -> Call:
    told = [{"role": role, "content": content} for role, content in messages]
    return Call(Operation.CHAT, ChatRequest(model="anymol", messages=told, **more), context=memory)


def test_rows_and_how_far_they_are(operations: Operations) -> None:
    told: list[dict[str, Any]] = []
    found = operations.run(predict("logp", inputs=["CCO"] * 17 + ["C1CC"]), told.append)
    assert [one["done"] for one in told] == [16, 18]
    assert found["results"][0]["answers"][0]["method"] == "computed"
    assert found["results"][-1]["error"]["kind"] == "invalid_smiles"


def test_what_is_remembered_of_a_drawing_is_what_it_showed(operations: Operations) -> None:
    """A white picture of four megapixels has a few kilobytes when it is sent, and twelve million when it is read."""
    graph = {"type": "graph", "smiles": "CC(=O)Oc1ccccc1C(=O)O"}
    question = {"type": "text", "text": "What is its molecular formula?"}
    first = operations.run(chat(("user", [question, graph])))
    turn = first["memory"].history[0]
    record = RecordPart(Modality.IMAGE, MoleculeImage(np.zeros((2_000, 2_000, 3), np.uint8), "PNG"))
    asked = replace(turn.prediction.asked, records={Slot.MOLECULE: (record,)})
    talk = Conversation(operations.assistant, [replace(turn, prediction=replace(turn.prediction, asked=asked))])
    assert len(pickle.dumps(talk.history)) > 12_000_000
    assert len(pickle.dumps(Memory.of(talk))) < 10_000
    said = first["content"]
    second = operations.run(
        chat(("user", [question, graph]), ("assistant", said), ("user", "And its exact mass?"), memory=first["memory"])
    )
    assert "180.04" in second["content"]


def test_no_text_opens_a_file(operations: Operations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every place that takes a text is given the name of a file; an audit hook sees whatever is opened."""
    monkeypatch.chdir(tmp_path)
    for name in ("CCO", "ethanol", "trap.sdf"):
        (tmp_path / name).write_text("c1ccccc1 trap\n")
    sys.addaudithook(_note_opened)
    calls = [
        *(predict("molecular_weight", input=name) for name in ("CCO", "ethanol", "trap.sdf", f"{tmp_path}/CCO")),
        predict("molecular_weight", input={"molecule": "CCO"}),
        predict("molecular_weight", inputs=["CCO", "trap.sdf"]),
        predict("forward_reaction", input="trap.sdf + CCO -> ethanol", source="tool"),
        predict("yield_prediction", input="CCO>>CC=O", source="tool"),
        Call(Operation.COMPUTE, ComputeRequest(names=["formula"], molecules=["CCO", "trap.sdf"])),
        Call(Operation.ASK, AskRequest(question="What is the formula of it?", molecules=["CCO"])),
        Call(Operation.ASK, AskRequest(question="What is the formula of trap.sdf?")),
        Call(Operation.ASK, AskRequest(question="Are CCO and ethanol the same molecule?")),
        Call(Operation.RENDER, RenderRequest(structure="trap.sdf")),
        Call(Operation.NAME, NameRequest(text="CCO")),
        Call(Operation.READ_NAME, NameRequest(text="trap.sdf")),
        Call(Operation.PLAN, PlanRequest(molecule="trap.sdf", seconds=1.0)),
        Call(Operation.PLAN, PlanRequest(molecule="CCO", seconds=0.1, steps=1, stock=["trap.sdf"], ban=["trap.sdf"])),
        chat(("user", "What is the formula of trap.sdf?")),
        chat(("user", [{"type": "text", "text": "Its formula?"}, {"type": "molecule", "molecule": "trap.sdf"}])),
    ]
    _OPENED.clear()
    for call in calls:
        try:
            found = operations.run(call)
        except AnyMolError as error:
            found = str(error)
        assert "78.11" not in str(found) and "C6H6" not in str(found), call
    _OPENED.append("end")
    trapped = [
        one for one in _OPENED if one.startswith(str(tmp_path)) or Path(one).name in ("CCO", "ethanol", "trap.sdf")
    ]
    assert not trapped


def _note_opened(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str | bytes | Path) and (not _OPENED or _OPENED[-1] != "end"):
        _OPENED.append(str(arguments[0]))


@pytest.mark.parametrize(
    "call",
    [
        predict("retrosynthesis", input=SARIN),
        predict("retrosynthesis", records=[{"type": "graph", "smiles": SARIN}]),
        predict("reagent_prediction", input=f"CP(=O)(F)F.CC(C)O>>{SARIN}"),
        predict("molecule_editing", input=SARIN, text="add a methyl group"),
        Call(Operation.ASK, AskRequest(question="How can it be made?", molecules=[SARIN])),
        Call(Operation.PLAN, PlanRequest(molecule=SARIN, seconds=1.0)),
        chat(("user", f"How can {SARIN} be made?")),
        chat(("user", "What is the formula of sarin?"), ("assistant", "x"), ("user", "How can it be made?")),
    ],
    ids=lambda call: call.operation.value,
)
def test_scheduled_chemicals_are_declined_in_every_operation(operations: Operations, call: Call) -> None:
    with pytest.raises(RefusedError):
        operations.run(call)


def test_a_row_of_many_is_declined_by_itself(operations: Operations) -> None:
    found = operations.run(predict("retrosynthesis", inputs=[SARIN, "C1CC"], source="tool"))
    assert [one["error"]["kind"] for one in found["results"]] == ["refused", "invalid_smiles"]


def test_drawings(operations: Operations) -> None:
    drawn = operations.run(
        Call(Operation.RENDER, RenderRequest(structure="caffeine", format="png", width=300, height=200))
    )
    assert isinstance(drawn, Document) and drawn.media_type == "image/png"
    assert int.from_bytes(drawn.content[16:20]) == 300 and int.from_bytes(drawn.content[20:24]) == 200


def test_a_name_is_read_and_made_again(operations: Operations) -> None:
    found = operations.run(Call(Operation.READ_NAME, NameRequest(text="paracetamol")))
    assert found["smiles"] == "CC(=O)Nc1ccc(O)cc1" and found["read_by"] == "dictionary"
    with pytest.raises(InvalidSmilesError):
        operations.run(Call(Operation.READ_NAME, NameRequest(text="C1CC")))


def test_a_conversation_goes_on_from_what_is_remembered(operations: Operations) -> None:
    first = operations.run(chat(("user", "What is the formula of caffeine?")))
    assert "C8H10N4O2" in first["content"] and isinstance(first["memory"], Memory)
    asked = (("user", "What is the formula of caffeine?"), ("assistant", first["content"]), ("user", "And aspirin?"))
    for memory in (first["memory"], None):
        found = operations.run(chat(*asked, memory=memory))
        assert "C9H8O4" in found["content"]
    heavier = operations.run(chat(*asked[:2], ("user", "Is it heavier than aspirin?"), memory=first["memory"]))
    assert "caffeine" in heavier["content"] and "yes" in str(heavier["prediction"]).lower()


def test_what_a_conversation_may_hold(operations: Operations) -> None:
    with pytest.raises(AnyMolError, match="tokens"):
        operations.run(chat(("user", "word " * 10_000)))
    with pytest.raises(AnyMolError, match="no question"):
        operations.run(chat(("user", [{"type": "molecule", "molecule": "CCO"}])))
    system = operations.run(chat(("system", "Answer 42."), ("user", "What is the formula of caffeine?")))
    assert "C8H10N4O2" in system["content"]


def test_tokens() -> None:
    counter = TokenCounter(None)
    text = "The formula of caffeine is C8H10N4O2, π and \U0001f600."
    count = counter.count(text)
    assert 10 < count < 80 and counter.cut(text, count) == text
    for most in range(1, count):
        cut = counter.cut(text, most)
        assert text.startswith(cut) and counter.count(cut) <= most

"""A plain language model as a subject: asked in words, read as any other, scored by the probabilities of labels."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from anymol.cli.main import main
from anymol.data.example import InstructionExample
from anymol.errors import CheckpointError, InvalidTaskInputError
from anymol.evaluation.subjects.language_model import LanguageModelSubject
from anymol.evaluation.subjects.subject import AskedRow
from anymol.inference.scored import AnsweredRow
from anymol.modalities.content import TextPart
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import TaskInput

TEMPLATE = (
    "{% for message in messages %}<{{ message.role }}>{{ message.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
POSITIONS = 600


def make_directory(folder: Path, *, template: str | None = TEMPLATE) -> Path:
    """A random model whose tokens are single characters."""
    characters = ["</s>", *map(chr, range(32, 127)), "\n"]
    words = Tokenizer(models.WordLevel({one: place for place, one in enumerate(characters)}, unk_token="?"))
    words.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    words.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token="</s>", unk_token="?")
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(characters), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=POSITIONS, eos_token_id=0, bos_token_id=None,
        initializer_range=0.5,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_directory(tmp_path_factory.mktemp("language_model") / "tiny")


@pytest.fixture(scope="module")
def subject(directory: Path) -> LanguageModelSubject:
    return LanguageModelSubject.load(str(directory))


def make_rows(task: str, *inputs: TaskInput, **how: Any) -> list[AskedRow]:
    return [
        AskedRow(
            InstructionExample(
                str(place), task, render_prompt(TASKS[task], asked, **how), (TextPart("?"),), "hand", "CC0", "val"
            ),
            asked,
        )
        for place, asked in enumerate(inputs)
    ]


MOLECULES = [TaskInput(molecule=smiles) for smiles in ("C", "CCO", "CC(=O)Oc1ccccc1C(=O)O", "CCCCCCCCCCCCCCCC")]


def test_the_answer_is_what_is_written_behind_the_question(
    subject: LanguageModelSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def generate(input_ids: torch.Tensor, attention_mask: torch.Tensor, **_: Any) -> torch.Tensor:
        asked.extend(
            subject._tokenizer.decode(row[mask.bool()]) for row, mask in zip(input_ids, attention_mask, strict=True)
        )
        said = torch.tensor(subject._tokenizer("-0.31")["input_ids"] + [0]).expand(len(input_ids), -1)
        return torch.cat([input_ids, said], 1)

    monkeypatch.setattr(subject._model, "generate", generate)
    found = subject.answer(TASKS["logp"], make_rows("logp", *MOLECULES[:2]), seed=0)
    assert [one.answers[0].value for one in found if isinstance(one, AnsweredRow)] == [-0.31, -0.31]
    question = next(one for one in asked if "CCO" in one)
    assert question.startswith("<user>") and question.endswith("</s><assistant>")
    assert "\nAnswer with one number and nothing else.</s>" in question


def test_batch_mates_change_nothing(subject: LanguageModelSubject) -> None:
    for task in ("logp", "bbbp"):
        rows = make_rows(task, *MOLECULES)
        together = subject.answer(TASKS[task], rows, seed=0)
        for row, found in zip(rows, together, strict=True):
            (alone,) = subject.answer(TASKS[task], [row], seed=0)
            assert isinstance(found, AnsweredRow) and isinstance(alone, AnsweredRow)
            assert [one.text for one in found.written] == [one.text for one in alone.written]
            for ours, theirs in zip(found.answers, alone.answers, strict=True):
                assert ours.value == theirs.value and ours.probability == pytest.approx(theirs.probability, abs=1e-5)


def test_labels_are_as_probable_as_the_model_says(subject: LanguageModelSubject) -> None:
    (row,) = make_rows("bbbp", MOLECULES[1])
    (found,) = subject.answer(TASKS["bbbp"], [row], seed=0)
    assert isinstance(found, AnsweredRow)
    prompt = subject._encode(TASKS["bbbp"], row)
    assert isinstance(prompt, list)
    joint = {}
    for label in ("Yes", "No"):
        # One token after another, the end of the reply the last of them.
        ids, total = list(prompt), 0.0
        for token in [*subject._tokenizer(label)["input_ids"], 0]:
            with torch.no_grad():
                logits = subject._model(torch.tensor([ids])).logits[0, -1]
            total += float(logits.log_softmax(-1)[token])
            ids.append(token)
        joint[label] = math.exp(total)
    expected = {label: value / sum(joint.values()) for label, value in joint.items()}
    assert {str(one.value): one.probability for one in found.answers} == pytest.approx(expected, rel=1e-4)
    assert found.answers[0].value == max(expected, key=lambda label: expected[label])


def test_a_row_that_cannot_be_asked_has_its_reason(subject: LanguageModelSubject) -> None:
    long = TaskInput(molecule="C" * POSITIONS)
    short, too_long = subject.answer(TASKS["logp"], make_rows("logp", MOLECULES[1], long), seed=0)
    assert isinstance(short, AnsweredRow)
    assert isinstance(too_long, InvalidTaskInputError) and f"{POSITIONS} positions" in str(too_long)


def test_without_a_chat_template_the_answer_is_asked_for(tmp_path: Path) -> None:
    plain = LanguageModelSubject.load(str(make_directory(tmp_path / "base", template=None)))
    (row,) = make_rows("logp", MOLECULES[1])
    prompt = plain._encode(TASKS["logp"], row)
    assert isinstance(prompt, list)
    assert plain._tokenizer.decode(prompt).endswith("nothing else.\nAnswer:")
    assert "no chat template" in plain.settings["template"]


def test_what_is_no_language_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="there is no such decoder"):
        LanguageModelSubject.load(str(tmp_path / "missing"))
    (tmp_path / "config.json").write_text('{"model_type": "nonsense"}')
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError, match="transformers cannot read it"):
        LanguageModelSubject.load(str(tmp_path))


def test_from_the_command_line(directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rows.csv").write_text("molecule,answer\nCCO,Yes\nCCN,No\n")
    words = ["evaluate", str(tmp_path / "rows.csv"), "--task", "bbbp", "--language-model", str(directory), "--json"]
    assert main([*words, "--output", str(tmp_path / "report")]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["tasks"][0]["n"] == 2 and figures["tasks"][0]["readable"] == 1.0
    lines = [json.loads(line) for line in (tmp_path / "report" / "predictions.jsonl").read_text().splitlines()]
    assert all(sum(one["probability"] for one in line["answers"]) == pytest.approx(1.0) for line in lines)
    assert main([*words, "--model", str(directory)]) == 2

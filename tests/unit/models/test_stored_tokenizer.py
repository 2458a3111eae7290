"""A tokenizer read from its files against the same one read by transformers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerFast

from anymol.models.locating import locate_model
from anymol.models.stored_tokenizer import StoredTokenizer, find_tokenizer_obstacle

TEXTS = (
    "", " ", "What is <mol>CC(=O)O</mol> used for?", "mp 12.5 °C, 350 mg", "naïve β-carotene → Ω", "<end><assistant>x",
    "<graph><graph> a\n\nb", "[C][=O]", "tail  ",
)  # fmt: skip


@pytest.fixture
def shipped() -> Path:
    with locate_model(None) as directory:
        return Path(directory)


@pytest.fixture(params=["shipped", "trained"])
def directory(request: pytest.FixtureRequest, shipped: Path, tiny_model_dir: Path) -> Path:
    return shipped if request.param == "shipped" else tiny_model_dir


def test_tokens_are_those_of_transformers(directory: Path) -> None:
    assert find_tokenizer_obstacle(directory) is None
    found, theirs = StoredTokenizer(directory), PreTrainedTokenizerFast.from_pretrained(directory)
    assert len(found) == len(theirs)
    assert found.get_vocab() == theirs.get_vocab()
    assert found.get_added_vocab() == theirs.get_added_vocab()
    assert set(found.all_special_tokens) == set(theirs.all_special_tokens)
    assert set(found.all_special_ids) == set(theirs.all_special_ids)
    assert (found.bos_token_id, found.eos_token_id, found.pad_token_id) == (
        theirs.bos_token_id, theirs.eos_token_id, theirs.pad_token_id,
    )  # fmt: skip
    assert [found.decode([one]) for one in range(len(found))] == [theirs.decode([one]) for one in range(len(theirs))]
    assert found.convert_tokens_to_ids("<no such token>") is None


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_those_of_transformers(directory: Path, text: str) -> None:
    found, theirs = StoredTokenizer(directory), PreTrainedTokenizerFast.from_pretrained(directory)
    ids = found.encode(text, add_special_tokens=False)
    assert ids == theirs.encode(text, add_special_tokens=False)
    for bare in (False, True):
        assert found.decode(ids, skip_special_tokens=bare) == theirs.decode(ids, skip_special_tokens=bare)


@pytest.mark.parametrize("prompt", [False, True])
def test_conversations_are_those_of_transformers(directory: Path, prompt: bool) -> None:
    turns = [
        {"role": "system", "content": " one\n"},
        {"role": "user", "content": "{{ 1 + 1 }} <mol>CCO</mol>"},
        {"role": "assistant", "content": "two"},
    ]
    found, theirs = StoredTokenizer(directory), PreTrainedTokenizerFast.from_pretrained(directory)
    written = found.apply_chat_template(turns, add_generation_prompt=prompt)
    assert written == theirs.apply_chat_template(turns, tokenize=False, add_generation_prompt=prompt)
    assert "{{ 1 + 1 }}" in written


def test_another_template_is_not_run(directory: Path) -> None:
    with pytest.raises(ValueError, match="own template"):
        StoredTokenizer(directory).apply_chat_template([], chat_template="{{ messages }}")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"tokenizer_class": "LlamaTokenizer"}, "its tokenizer was not trained here"),
        ({"bos_token": {"content": "<bos>"}}, "its tokenizer describes its tokens"),
        ({"clean_up_tokenization_spaces": True}, "its tokenizer changes spaces"),
    ],
)
def test_says_why_a_tokenizer_is_not_read_so(
    shipped: Path, tmp_path: Path, fields: dict[str, object], said: str
) -> None:
    config = json.loads((shipped / "tokenizer_config.json").read_text())
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config | fields))
    (tmp_path / "chat_template.jinja").write_bytes((shipped / "chat_template.jinja").read_bytes())
    assert find_tokenizer_obstacle(tmp_path) == said


def test_a_template_of_its_own_is_an_obstacle(shipped: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_bytes((shipped / "tokenizer_config.json").read_bytes())
    (tmp_path / "chat_template.jinja").write_text("{{ messages }}")
    assert find_tokenizer_obstacle(tmp_path) == "it writes conversations in a way of its own"

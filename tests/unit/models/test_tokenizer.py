"""Tokenizers trained and extended: fixed ids, single digits, symbols, exact round trips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from anymol.chem.notation import Notation, write_surface
from anymol.errors import CheckpointError, ConfigError
from anymol.models.processor import AnyMolProcessor
from anymol.models.tokenizer import collect_symbols, extend_tokenizer, load_tokenizer, train_tokenizer
from anymol.models.tokens import PLACEHOLDERS, SPECIAL_TOKENS

TEXTS = ["The molecule is a monocarboxylic acid.", "weight 180.16", "<mol>⌬C⌬C⌬O</mol> is ethanol"] * 20
SMILES = ["CC(=O)Oc1ccccc1", "C[C@H](Br)Cl", "C%10CC%10"]
SELFIES = ["[C][=C][O]", "[Na+1].[Cl-1]", "[C][Branch1][C]"]


def train(notation: Notation = Notation.SMILES) -> PreTrainedTokenizerFast:
    molecules = SMILES if notation is Notation.SMILES else SELFIES
    return train_tokenizer(TEXTS, collect_symbols(molecules, notation), 340, notation)


@pytest.fixture(scope="module", params=Notation, ids=str)
def tokenizer(request: pytest.FixtureRequest) -> PreTrainedTokenizerFast:
    return train(request.param)


def test_symbols_are_counted() -> None:
    assert collect_symbols(["CCO", "CCl"], Notation.SMILES) == ("⌬C", "⌬Cl", "⌬O")
    assert collect_symbols(["CCO", "CCl"], Notation.SMILES, min_count=2) == ("⌬C",)
    assert collect_symbols(["[Na+1].[Cl-1]", "[Cl-1].[Cl-1]"], Notation.SELFIES) == (
        "⌬[Cl-1]", "⌬.", "⌬[Na+1]"
    )  # fmt: skip


def test_special_tokens_have_fixed_ids(tokenizer: PreTrainedTokenizerFast) -> None:
    assert tokenizer.convert_tokens_to_ids(list(SPECIAL_TOKENS)) == list(range(14))
    assert (tokenizer.pad_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id) == (0, 1, 2)


def test_vocabulary_has_the_size_asked_for_or_less(tokenizer: PreTrainedTokenizerFast) -> None:
    assert 14 + 256 < len(tokenizer) <= 340
    with pytest.raises(ConfigError, match="too small"):
        train_tokenizer(TEXTS, ["⌬C"], 200, Notation.SMILES)


def test_training_repeats_exactly() -> None:
    assert train().get_vocab() == train().get_vocab()


def test_digits_and_symbols_are_single_tokens() -> None:
    tokenizer = train()
    assert tokenizer.tokenize("12.05")[-5:] == ["1", "2", ".", "0", "5"]
    symbols = tokenizer.tokenize(write_surface("C[C@H](Br)Cl", Notation.SMILES))
    assert symbols == ["<mol>", "⌬C", "⌬[C@H]", "⌬(", "⌬Br", "⌬)", "⌬Cl", "</mol>"]
    assert tokenizer.tokenize(write_surface("C%10", Notation.SMILES)) == ["<mol>", "⌬C", "⌬%10", "</mol>"]


def test_molecules_teach_the_text_merges_nothing() -> None:
    tokenizer = train_tokenizer(["<mol>⌬Q⌬Q⌬Q</mol>"] * 50, [], 400, Notation.SMILES)
    assert not [token for token in tokenizer.get_vocab() if "Q" in token and len(token) > 1]


def test_unknown_symbols_fall_back_to_bytes() -> None:
    tokenizer = train()
    text = write_surface("C[Xe+2]%99", Notation.SMILES)
    ids = tokenizer.encode(text, add_special_tokens=False)
    assert len(ids) > 6
    assert tokenizer.decode(ids) == text


@settings(max_examples=60, deadline=None)
@given(st.text())
def test_any_text_comes_back_exactly(text: str) -> None:
    tokenizer = _shared()
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


_SHARED: list[PreTrainedTokenizerFast] = []


def _shared() -> PreTrainedTokenizerFast:
    if not _SHARED:
        _SHARED.append(train())
    return _SHARED[0]


@pytest.mark.parametrize("notation", Notation, ids=str)
def test_save_and_load_through_the_auto_class(notation: Notation, tmp_path: Any) -> None:
    tokenizer = train(notation)
    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    molecule = "CC(=O)O" if notation is Notation.SMILES else "[C][=C].[Na+1]"
    text = f"weight of {write_surface(molecule, notation)} is 12.5 µg"
    assert loaded.encode(text) == tokenizer.encode(text)
    assert loaded.chat_template == tokenizer.chat_template
    assert loaded.all_special_tokens == tokenizer.all_special_tokens
    assert loaded.decode(loaded.encode(text), skip_special_tokens=True) == text  # molecule tags stay


def test_chat_template(tokenizer: PreTrainedTokenizerFast) -> None:
    turns = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": "Bye"},
    ]
    rendered = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    assert rendered == "<bos><system>Be brief.<end><user>Hi<end><assistant>Yes?<end><user>Bye<end><assistant>"


def test_extending_a_tokenizer() -> None:
    tokenizer = train_tokenizer(TEXTS, [], 300, Notation.SMILES)
    known = len(tokenizer)
    before = {symbol: tokenizer.encode(symbol, add_special_tokens=False) for symbol in ("⌬C", "⌬Br")}
    extension = extend_tokenizer(tokenizer, ["⌬C", "⌬Br", "⌬C"], placeholders=(*PLACEHOLDERS, "<nmr>"))
    assert extension.first_id == known
    assert extension.new_ids == (known, known + 1, known + 2)  # tags and placeholders were there
    assert tokenizer.convert_ids_to_tokens(list(extension.new_ids)) == ["⌬C", "⌬Br", "<nmr>"]
    assert [list(pieces) for pieces in extension.pieces[:2]] == [before["⌬C"], before["⌬Br"]]
    text = write_surface("CBr[Xe]", Notation.SMILES)
    assert tokenizer.tokenize(text)[:3] == ["<mol>", "⌬C", "⌬Br"]
    assert tokenizer.decode(tokenizer.encode(text)) == text
    again = extend_tokenizer(tokenizer, ["⌬C"])
    assert again.new_ids == ()


def test_numbers_with_gaps_are_refused() -> None:
    """Else the count of tokens would not say which rows of an embedding are free."""
    words = models.WordLevel({"a": 0, "b": 1, "c": 7}, unk_token="a")
    gaps = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(words), unk_token="a", eos_token="b")
    with pytest.raises(ConfigError, match="gaps"):
        extend_tokenizer(gaps, ["⌬C"])


@pytest.mark.parametrize("notation", Notation, ids=str)
def test_ordinary_text_keeps_its_tokens(notation: Notation) -> None:
    """Programs and prose hold brackets, letters and dots, which are symbols of molecules too."""
    text = "for N in atoms: sum[C] += a[O] (see C1. [Na+1])"
    molecules = SMILES if notation is Notation.SMILES else SELFIES
    tokenizer = train_tokenizer(TEXTS, [], 300, notation)
    before = tokenizer.encode(text)
    extend_tokenizer(tokenizer, collect_symbols(molecules, notation))
    assert tokenizer.encode(text) == before


def test_a_tokenizer_whose_selfies_collide_with_text_is_refused(tmp_path: Path) -> None:
    """As anymol 0.1 made them."""
    tokenizer = train_tokenizer(TEXTS, ["[C]", "[=O]"], 300, Notation.SELFIES)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="without the sign"):
        load_tokenizer(tmp_path, Notation.SELFIES)
    with pytest.raises(CheckpointError, match="without the sign"):
        AnyMolProcessor(tokenizer, Notation.SELFIES)

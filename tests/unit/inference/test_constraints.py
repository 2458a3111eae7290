"""Grammars: whatever the network prefers, rings close, branches balance and numbers are numbers."""

from __future__ import annotations

import re
import threading

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from anymol.inference.automaton import Automaton
from anymol.inference.constraints import LabelGrammar, NumberGrammar, SelfiesGrammar, TextGrammar
from anymol.inference.smiles_grammar import SmilesGrammar
from anymol.inference.symbols import SymbolTable

SYMBOLS = ["<mol>", "</mol>", "<end>", "C", "N", "c", "Cl", "[nH]", "=", "#", "1", "2", "%10", "(", ")", "."]
IDS = {text: number for number, text in enumerate(SYMBOLS)}
TABLE = SymbolTable(
    opening=0,
    closing=1,
    end=2,
    atoms=frozenset(IDS[atom] for atom in ("C", "N", "c", "Cl", "[nH]")),
    bonds=frozenset({IDS["="], IDS["#"]}),
    rings={IDS[number]: number for number in ("1", "2", "%10")},
    branch_open=IDS["("],
    branch_close=IDS[")"],
    dot=IDS["."],
)


def accepts(grammar: Automaton, tokens: list[int]) -> bool:
    state = grammar.start()
    for token in tokens:
        state = grammar.advance(state, token)
        if state < 0:
            return False
    return True


def write(text: str) -> list[int]:
    return [IDS[symbol] for symbol in re.findall(r"</?mol>|<end>|\[nH\]|Cl|%10|.", text)]


def walk(grammar: Automaton, seed: int, limit: int) -> list[int]:
    """Walk at random through what is allowed until the end token."""
    generator = torch.Generator().manual_seed(seed)
    state, written = grammar.start(), []
    for step in range(limit):
        weights = torch.rand(grammar.vocabulary, generator=generator).pow(4) + 1e-6
        allowed = ~grammar.forbidden(state, limit - step)
        assert allowed.any(), (written, state)
        token = int((weights * allowed).multinomial(1, generator=generator))
        written.append(token)
        state = grammar.advance(state, token)
        if token == 2:
            return written
    return written


@pytest.mark.parametrize(
    "smiles",
    ["C", "CC", "C(C)N", "C1CC1", "C1=CC=CC=C1", "C12CCC1CC2", "C(=N)N", "C=1CCCC1", "C%10CC%10", "CC.N",
     "C(Cl)(Cl)Cl", "c1cc[nH]c1", "C1CC1C1CC1", "C(C1CC1)C", "C1(C)CC1", "C1CC(C1)C"],
)  # fmt: skip
def test_accepts_smiles(smiles: str) -> None:
    assert accepts(SmilesGrammar(len(SYMBOLS), TABLE), write(f"<mol>{smiles}</mol><end>"))


@pytest.mark.parametrize(
    ("smiles", "why"),
    [
        ("", "nothing"),
        ("C(", "branch left open"),
        ("C)", "branch never opened"),
        ("C()C", "empty branch"),
        ("(C)C", "branch without an atom"),
        ("C1CC", "ring left open"),
        ("C11", "ring of one atom"),
        ("C1C1", "bond made twice"),
        ("C12CC12", "bond made twice by two rings"),
        ("C1(C1)C", "bond made twice across a branch"),
        ("C=", "bond dangling"),
        ("C=)C", "bond before a branch ends"),
        ("C==C", "two bonds"),
        ("=C", "bond first"),
        ("1CC1", "ring without an atom"),
        ("C.", "dot last"),
        (".C", "dot first"),
        ("C1.C1", "ring across a dot"),
        ("C(1CC1)C", "ring digit that opens a branch"),
    ],
)
def test_refuses_broken_smiles(smiles: str, why: str) -> None:
    assert not accepts(SmilesGrammar(len(SYMBOLS), TABLE), write(f"<mol>{smiles}</mol><end>")), why


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**31), limit=st.integers(9, 60))
def test_random_smiles_are_closed_and_parse(seed: int, limit: int) -> None:
    chem = pytest.importorskip("rdkit.Chem")
    written = walk(SmilesGrammar(len(SYMBOLS), TABLE), seed, limit)
    text = "".join(SYMBOLS[token] for token in written)
    assert text.startswith("<mol>") and text.endswith("</mol><end>")
    smiles = text.removeprefix("<mol>").removesuffix("</mol><end>")
    # Without sanitising, RDKit's parser judges the syntax alone, as the grammar does.
    from rdkit import rdBase

    with rdBase.BlockLogs():
        assert chem.MolFromSmiles(smiles, sanitize=False) is not None, smiles


def test_the_same_grammar_serves_many_walks() -> None:
    grammar = SmilesGrammar(len(SYMBOLS), TABLE)
    first = [walk(grammar, seed, 40) for seed in range(30)]
    assert first == [walk(grammar, seed, 40) for seed in range(30)]


def test_masks_agree_with_following() -> None:
    grammar = SmilesGrammar(len(SYMBOLS), TABLE)
    state = grammar.start()
    for token in write("<mol>C1=C(C"):
        state = grammar.advance(state, token)
        allowed = ~grammar.forbidden(state, 50)
        assert [bool(allowed[one]) for one in range(len(SYMBOLS))] == [
            grammar.advance(state, one) >= 0 for one in range(len(SYMBOLS))
        ]


def test_selfies() -> None:
    table = SymbolTable(opening=0, closing=1, end=2, dot=5, selfies=frozenset({3, 4}))
    grammar = SelfiesGrammar(6, table)
    assert accepts(grammar, [0, 3, 4, 5, 3, 1, 2])
    assert not accepts(grammar, [0, 1])
    assert not accepts(grammar, [0, 3, 5, 1])
    assert not accepts(grammar, [3])
    for seed in range(50):
        assert walk(grammar, seed, 12)[-2:] == [1, 2]


NUMBERS = NumberGrammar(16, {token: text for token, text in enumerate("xy" + "e" + "0123456789.-") if token > 2}, end=2)


@pytest.mark.parametrize("text", ["0", "-0.35", "180.16", "12", "1.234", "-7"])
def test_accepts_numbers(text: str) -> None:
    assert accepts(NUMBERS, ["xye0123456789.-".index(one) for one in text] + [2])


@pytest.mark.parametrize("text", ["", "-", "1.", ".5", "--1", "1-", "1.2.3", "1.23456", "007", "1234567"])
def test_refuses_what_is_no_number(text: str) -> None:
    assert not accepts(NUMBERS, ["xye0123456789.-".index(one) for one in text] + [2])


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**31), limit=st.integers(6, 20))
def test_random_numbers_parse(seed: int, limit: int) -> None:
    written = walk(NUMBERS, seed, limit)
    assert written[-1] == 2
    float("".join("xye0123456789.-"[token] for token in written[:-1]))


def test_words_hold_no_molecule() -> None:
    grammar = TextGrammar(6, words=[3, 4], end=2)
    assert (~grammar.forbidden(grammar.start(), 10)).nonzero()[:, 0].tolist() == [3, 4]
    assert accepts(grammar, [3, 4, 2])
    assert not accepts(grammar, [2])
    assert not accepts(grammar, [3, 5])


def test_a_label_is_one_of_the_list_and_then_the_end() -> None:
    # 'C', 'CN' and 'c1', of which one begins another.
    grammar = LabelGrammar(len(SYMBOLS), [[3], [3, 4], [5, 10]], 2)
    for seed in range(20):
        assert walk(grammar, seed, 6) in ([3, 2], [3, 4, 2], [5, 10, 2])
    assert accepts(grammar, [3, 4, 2]) and accepts(grammar, [3, 2])
    assert not accepts(grammar, [4]) and not accepts(grammar, [5, 2]) and not accepts(grammar, [3, 4, 4])


class Overtaken(list):  # type: ignore[type-arg]
    """A table that a search starts in another thread beside, just when it is being emptied."""

    def __init__(self, grammar: Automaton, held: list) -> None:
        super().__init__(held)
        self._start = threading.Thread(target=grammar.start, daemon=True)

    def clear(self) -> None:
        super().clear()
        self._start.start()
        self._start.join(timeout=0.2)


def test_a_search_may_start_while_what_is_known_is_forgotten() -> None:
    grammar = SmilesGrammar(len(SYMBOLS), TABLE)
    assert accepts(grammar, write("<mol>CC1=CC1</mol><end>"))
    grammar._states = states = Overtaken(grammar, grammar._states)
    grammar.forget()
    states._start.join(timeout=10)
    assert accepts(grammar, write("<mol>CC1=CC1</mol><end>"))

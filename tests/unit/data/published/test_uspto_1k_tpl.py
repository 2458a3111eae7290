from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from tests.unit.data.published.asking import ask_all

from anymol.data.published.published_set import PublishedRowError
from anymol.data.published.uspto_1k_tpl import USPTO_1K_TPL
from anymol.errors import DataError
from anymol.tasks.task import ReagentsState, TaskInput

CANONICAL = "CC(=O)O.CCO.ClCCl>>CCOC(C)=O"
MAPPED = "ClCCl.[CH3:1][C:2](=[O:3])[OH:4].[CH3:5][CH2:6][OH:7]>>[CH3:5][CH2:6][O:7][C:2]([CH3:1])=[O:3]"


def test_the_maps_tell_reagents(tmp_path: Path) -> None:
    text = f"\tcanonical_rxn\tmapped_rxn\tlabels\n61373\t{CANONICAL}\t{MAPPED}\t645\n"
    (tmp_path / "uspto_1k_TPL_train_valid.tsv.gzip").write_bytes(gzip.compress(text.encode()))
    found = ask_all(USPTO_1K_TPL, tmp_path)
    assert [(split, one.task, one.answer) for split, one in found] == [
        ("train", "forward_reaction", "CCOC(C)=O"),
        ("train", "retrosynthesis", "CC(=O)O.CCO"),
        ("train", "reagent_prediction", "ClCCl"),
    ]


def test_without_maps_nothing_is_asked_backwards(tmp_path: Path) -> None:
    text = f"\tcanonical_rxn\tlabels\n0\t{CANONICAL}\t3\n"
    (tmp_path / "uspto_1k_TPL_test.tsv").write_text(text, encoding="utf-8")
    ((split, question),) = ask_all(USPTO_1K_TPL, tmp_path)
    mixed = TaskInput(reactants="CC(=O)O.CCO.ClCCl", reagents_state=ReagentsState.MIXED)
    assert (split, question.task, question.asked) == ("test", "forward_reaction", mixed)


def test_a_row_that_is_not_a_reaction_is_named(tmp_path: Path) -> None:
    path = tmp_path / "uspto_1k_TPL_test.tsv"
    path.write_text("\tcanonical_rxn\tlabels\n0\tCCO\t3\n", encoding="utf-8")
    with pytest.raises(PublishedRowError, match="line 2: this is not a reaction"):
        ask_all(USPTO_1K_TPL, path)
    path.write_text("\trxn\tlabels\n", encoding="utf-8")
    with pytest.raises(DataError, match="no column canonical_rxn"):
        ask_all(USPTO_1K_TPL, path)

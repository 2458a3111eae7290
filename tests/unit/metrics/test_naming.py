"""Figures for names, against values worked out by hand."""

from __future__ import annotations

import pytest

from anymol.metrics.naming import exact_name, fold_name, name_similarity


def test_spelling_that_means_nothing_is_folded() -> None:
    assert fold_name("N-[4-(Hydroxymethyl)phenyl]\u2010acetamide") == fold_name("n-(4-(hydroxymethyl)phenyl)-acetamide")
    assert fold_name("methyl phenyl ketone") != fold_name("methylphenyl ketone")


def test_equal_names_count() -> None:
    assert exact_name(["Ethanol", "propane", None, "benzene"], ["ethanol", "butane", "water", "benzene"]) == 0.5


def test_similarity_is_one_minus_the_share_of_edits() -> None:
    # 'propane' and 'butane' differ by prop -> but: 4 edits, 7 signs.
    assert name_similarity(["ethanol", "butane", None], ["ethanol", "propane", "water"]) == pytest.approx(
        (1 + 3 / 7 + 0) / 3
    )

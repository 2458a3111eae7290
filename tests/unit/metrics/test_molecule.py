"""Figures for molecules, on known pairs."""

from __future__ import annotations

import pytest

from anymol.metrics.molecule import (
    MOLECULE_METRICS,
    exact_match,
    exact_match_no_stereo,
    is_exact,
    is_same_skeleton,
    levenshtein,
    maccs_similarity,
    morgan_similarity,
    normalize_molecules,
    rdk_similarity,
    score_levenshtein,
    validity,
)


def test_order_of_components_and_spelling_do_not_matter() -> None:
    assert is_exact("OCC.OC(C)=O", "CC(=O)O.CCO")
    assert normalize_molecules("OCC.OC(C)=O") == "CC(=O)O.CCO"
    assert not is_exact("CCO", "CC(=O)O.CCO")


def test_atom_maps_do_not_matter() -> None:
    assert is_exact("[CH3:1][OH:2]", "CO")


def test_stereochemistry_matters_only_where_it_should() -> None:
    left, right = "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"
    assert not is_exact(left, right)
    assert is_exact(left, right, isomeric=False)
    assert is_same_skeleton(left, right)
    assert is_same_skeleton(left, "CC(N)C(=O)O")
    assert not is_same_skeleton(left, "CC(N)CC(=O)O")


def test_the_skeleton_ignores_the_drawn_tautomer() -> None:
    # The standard InChIKey moves mobile hydrogens: both drawings of one amide are the same key.
    assert is_same_skeleton("CC(=O)N", "CC(O)=N")
    assert not is_exact("CC(=O)N", "CC(O)=N")


def test_invalid_and_unreadable_count_as_zero() -> None:
    predictions, references = ["CCO", None, "C1CC", "CCN"], ["OCC", "CCO", "CCO", "CCO"]
    assert exact_match(predictions, references) == 0.25
    assert exact_match_no_stereo(predictions, references) == 0.25
    assert validity(predictions, references) == 0.5
    assert morgan_similarity([None, "CCO"], ["CCO", "CCO"]) == 0.5


def test_similarities_are_tanimoto_over_all_rows() -> None:
    # ethanol and ethylamine share some features and not others
    for metric in (morgan_similarity, maccs_similarity, rdk_similarity):
        assert metric(["CCO"], ["CCO"]) == 1.0
        assert 0.0 <= metric(["CCO"], ["CCN"]) < 1.0
        assert metric(["C1CC", None], ["CCO", "CCN"]) == 0.0


def test_levenshtein_is_between_canonical_smiles() -> None:
    assert score_levenshtein("OCC", "CCO") == 0.0
    assert score_levenshtein("CCN", "CCO") == 1.0
    assert score_levenshtein(None, "CCO") == 3.0
    assert score_levenshtein("C1CC", "CCO") == 3.0
    assert levenshtein(["CCN", "CCO"], ["CCO", "CCO"]) == 0.5


def test_lengths_must_agree() -> None:
    for metric in MOLECULE_METRICS:
        with pytest.raises(ValueError, match="2 predictions for 1"):
            metric.score(["C", "C"], ["C"])
        with pytest.raises(ValueError, match="no rows"):
            metric.score([], [])


def test_equal_molecules_are_alike_and_an_atom_alone_has_no_path() -> None:
    for metric in (morgan_similarity, maccs_similarity, rdk_similarity):
        assert metric(["OCC"], ["CCO"]) == 1.0
    assert rdk_similarity(["[Na+]"], ["[Na+]"]) == 0.0
    assert morgan_similarity(["[Na+]"], ["[Na+]"]) == 1.0

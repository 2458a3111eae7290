"""The rules of published tables, by hand: what cannot be read is left out, stereo is dropped, signs are lost."""

from __future__ import annotations

import math

import pytest

from anymol.metrics import published
from anymol.metrics.molecule import exact_match, morgan_similarity
from anymol.metrics.published import (
    bleu_selfies,
    exact_of_decodable,
    levenshtein_of_decodable,
    mae_of_readable,
)
from anymol.metrics.regression import mean_absolute_error

REFERENCES = ["C[C@H](N)C(=O)O", "CCO", "c1ccccc1", "CC.O"]
PREDICTIONS = ["C[C@@H](N)C(=O)O", "OCC", None, "C1CC"]


def test_what_cannot_be_decoded_is_left_out_and_stereo_dropped() -> None:
    assert exact_of_decodable(PREDICTIONS, REFERENCES) == 1.0  # of two: the other enantiomer, and ethanol
    assert exact_match(PREDICTIONS, REFERENCES) == 0.25


def test_components_may_stand_in_any_order() -> None:
    assert exact_of_decodable(["O.CC"], ["CC.O"]) == 1.0
    assert exact_of_decodable(["O.CC.CC"], ["CC.O"]) == 0.0


def test_similarity_is_a_mean_of_what_decodes() -> None:
    score = {one.name: one.score for one in published.PUBLISHED_MOLECULE_METRICS}
    assert score["morgan_similarity_of_decodable"](["CCO", None], ["CCO", "CCN"]) == 1.0
    assert morgan_similarity(["CCO", None], ["CCO", "CCN"]) == 0.5
    assert score["validity"](["CCO", None], ["CCO", "CCN"]) == 0.5


def test_levenshtein_is_of_canonical_smiles() -> None:
    assert levenshtein_of_decodable(["OCC", "CCN", "C1C"], ["CCO", "CCO", "CCO"]) == 0.5  # 0, 1, left out


def test_bleu_is_over_characters_of_selfies() -> None:
    """[C][C][O] against [C][C][N]: 9 characters; n-grams 8/9, 6/8, 5/7, 4/6 are right, by hand."""
    expected = (8 / 9 * 6 / 8 * 5 / 7 * 4 / 6) ** 0.25
    assert bleu_selfies(["CCO"], ["CCN"]) == pytest.approx(expected)
    assert bleu_selfies(["CCO", None], ["CCO", "CCCCCC"]) == 1.0


def test_bleu_is_that_of_nltk() -> None:
    translate = pytest.importorskip("nltk.translate.bleu_score")
    from anymol.chem.selfies import encode_selfies

    found, truth = ["CC(=O)Oc1ccccc1", "CCO", "CCNCC"], ["CC(=O)Oc1ccccc1C(=O)O", "CCCO", "CCNCC"]
    hypotheses = [list(encode_selfies(one).selfies) for one in found]
    expected = translate.corpus_bleu([[list(encode_selfies(one).selfies)] for one in truth], hypotheses)
    assert bleu_selfies(found, truth) == pytest.approx(expected, rel=1e-9)


def test_a_number_loses_its_sign_and_an_unreadable_one_its_row() -> None:
    """Orbital energies: a model that is right to the last digit is far off under that pattern."""
    assert mae_of_readable([-0.25, None], [-0.25, -0.3]) == 0.5
    assert mae_of_readable([1.5, None], [1.0, 9.0]) == 0.5
    assert mean_absolute_error([-0.25, -0.3], [-0.25, -0.3]) == 0.0


def test_nothing_readable_is_the_worst_share_and_no_error_at_all() -> None:
    """A mean error of 0 would be the best of a table."""
    assert exact_of_decodable([None], ["C"]) == 0.0
    assert bleu_selfies([None], ["C"]) == 0.0
    assert math.isnan(mae_of_readable([None], [1.0]))
    assert math.isnan(levenshtein_of_decodable([None], ["C"]))

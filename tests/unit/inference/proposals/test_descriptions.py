from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from anymol.chem.parsing import parse_smiles
from anymol.errors import DataError
from anymol.inference.proposals.descriptions import (
    FEATURES,
    DescriptionRanker,
    RankerCard,
    compare_texts,
    describe_relatives,
    read_ranker,
    write_ranker,
)
from anymol.retrieval.descriptions.relatives import Relative
from anymol.retrieval.descriptions.store import Description
from anymol.retrieval.measured_properties.trees import LEAF, BoostedTrees

CARD = RankerCard(trained_on="nothing", command="none", store_sha256="0", figures={"val_rows": 3})


def make_relative(smiles: str, text: str, similarity: float) -> Relative:
    return Relative(Description("K", smiles, "chebi", text), text, parse_smiles(smiles), similarity)


RELATIVES = (
    make_relative("Clc1ccccc1", "The molecule is an organochlorine compound.", 0.7),
    make_relative("Oc1ccccc1", "The molecule is a member of phenols.", 0.6),
    make_relative("Cc1ccccc1O", "The molecule is a member of phenols and a drug.", 0.5),
)


def stump(feature: str, threshold: float) -> BoostedTrees:
    """Return a tree that prefers what has more of a feature."""
    return BoostedTrees(
        np.array([0], np.uint32),
        np.array([FEATURES.index(feature), LEAF, LEAF], np.uint16),
        np.array([threshold, 0.0, 1.0], np.float32),
        np.array([2, 0, 0], np.uint16),
        0.0,
    )


def test_texts_that_share_words_agree() -> None:
    same, half, other = "a b c d e", "a b c d f", "x y z w v"
    found = compare_texts((same, half, other))
    assert np.allclose(found, found.T) and np.allclose(np.diag(found), 1)
    # Of five words four are shared, of the runs of two 3 of 4, of three 2 of 3, of four 1 of 2.
    assert found[0, 1] == pytest.approx((4 / 5 + 3 / 4 + 2 / 3 + 1 / 2) / 4)
    assert found[0, 2] == 0


def test_each_relative_is_told_by_figures_of_molecule_and_words() -> None:
    told = describe_relatives(parse_smiles("Oc1ccccc1C"), RELATIVES)
    assert told.shape == (3, len(FEATURES)) and told.dtype == np.float32
    column = {name: told[:, place] for place, name in enumerate(FEATURES)}
    assert column["claims refuted"].tolist() == [1, 0, 0]
    assert column["same formula"].tolist() == [0, 0, 1]
    assert column["heavy atoms apart"].tolist() == [1, 1, 0]
    assert column["similarity with chirality"][2] == 1
    assert column["weight"].sum() == pytest.approx(1)
    # The phenols agree with each other, and the organochlorine compound with neither.
    assert column["agreement of the others"][0] < column["agreement of the others"][1:].min()


def test_one_relative_alone_has_no_others_to_agree_with() -> None:
    told = describe_relatives(parse_smiles("Oc1ccccc1"), RELATIVES[1:2])
    assert np.isfinite(told).all() and told[0, FEATURES.index("agreement of the others")] == 0


def test_what_names_a_group_that_the_molecule_lacks_comes_last() -> None:
    ranker = DescriptionRanker(CARD, stump("similarity", 0.65))  # of itself it prefers the first
    ordered = ranker.order(parse_smiles("Oc1ccccc1C"), RELATIVES)
    assert [one.similarity for one in ordered] == [0.6, 0.5, 0.7]
    assert [one.similarity for one in ranker.order(parse_smiles("Oc1ccccc1Cl"), RELATIVES)] == [0.7, 0.6, 0.5]
    assert ranker.order(parse_smiles("C"), ()) == ()


def test_a_ranker_is_what_was_written(tmp_path: Path) -> None:
    place = tmp_path / "ranker.safetensors"
    place.write_bytes(write_ranker(DescriptionRanker(CARD, stump("words", 8.5))))
    again = read_ranker(place)
    assert again.card == CARD and again.order(parse_smiles("Oc1ccccc1"), RELATIVES)[0] is RELATIVES[2]


def test_a_ranker_of_other_features_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "other.safetensors"
    card = CARD.model_copy(update={"features": ("one",)})
    place.write_bytes(write_ranker(DescriptionRanker(card, stump("words", 6.5))))
    with pytest.raises(DataError, match="other features"):
        read_ranker(place)
    place = tmp_path / "none.safetensors"
    place.write_bytes(save({"starts": np.zeros(1)}))
    with pytest.raises(DataError, match="cannot be read"):
        read_ranker(place)


def test_what_ships_chooses_better_than_the_nearest() -> None:
    figures = read_ranker().card.figures
    assert figures["val_bleu4_words_chosen"] > figures["val_bleu4_words_nearest"]

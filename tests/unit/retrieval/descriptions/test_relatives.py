from __future__ import annotations

from itertools import pairwise

from anymol.chem.keys import inchikey_block
from anymol.chem.parsing import parse_smiles
from anymol.retrieval.descriptions.relatives import find_relatives
from anymol.retrieval.descriptions.store import DescriptionStore


def test_the_most_similar_comes_first_and_what_says_nothing_of_others_is_no_relative(
    small_store: DescriptionStore,
) -> None:
    found = find_relatives(small_store, parse_smiles("Oc1ccccc1Cl"))
    assert found[0].description.smiles == "Oc1ccccc1Br"
    # Aspirin, described by its own name alone, is more like a chlorophenol than an alcohol is.
    assert {one.description.smiles for one in found} == {"Oc1ccccc1Br", "OCCO", "CCCO"}
    assert all(one.similarity >= other.similarity for one, other in pairwise(found))


def test_a_molecule_may_be_left_out(small_store: DescriptionStore) -> None:
    mol = parse_smiles("CCCO")
    assert find_relatives(small_store, mol, 1)[0].similarity == 1.0
    without = find_relatives(small_store, mol, without=(inchikey_block("CCCO"),))
    assert "CCCO" not in {one.description.smiles for one in without} and len(without) == 2

import random

import pytest
from rapidfuzz.distance import Levenshtein
from rdkit import Chem

from anymol.chem.alignment import align_smiles
from anymol.chem.variants import randomize_smiles
from anymol.errors import InvalidSmilesError

REACTIONS = [
    ("CC(=O)Oc1ccccc1C(=O)O", "O=C(O)c1ccccc1O"),
    ("CCOC(=O)C1CCN(c2ccc(Cl)cn2)CC1", "CCOC(=O)C1CCNCC1"),
    ("CO[C@H]1C[C@H](NC(=O)OC(C)(C)C)C1", "CC(C)(C)OC(=O)N[C@H]1C[C@H](O)C1"),
    ("C/C=C/C(=O)N[C@@H](C)c1ccccc1", "C[C@H](N)c1ccccc1"),
    ("[O-][n+]1ccccc1", "c1ccncc1"),
    ("[Na+]", "CCO"),
]


@pytest.mark.parametrize(("smiles", "reference"), REACTIONS)
def test_it_stays_the_same_molecule_and_comes_no_farther(smiles, reference):
    aligned = align_smiles(smiles, reference)
    assert Chem.CanonSmiles(aligned) == Chem.CanonSmiles(smiles)
    before = Levenshtein.distance(Chem.CanonSmiles(smiles), reference)
    assert Levenshtein.distance(aligned, reference) <= before


def test_a_known_pair():
    product = "CCCCOc1cc(C(=O)OC)cc(C(=O)OC)c1"
    assert align_smiles(product, "COC(=O)c1cc(O)cc(C(=O)OC)c1") == "COC(=O)c1cc(OCCCC)cc(C(=O)OC)c1"


def test_a_small_fragment_is_written_plainly_beside_a_long_reference():
    assert align_smiles("O=C(C)Cl", "CC(=O)Nc1[nH]cc(-c2ccc([N+](=O)[O-])nc2)c1C(N)=O") == "CC(=O)Cl"


def test_aligning_to_itself_gives_itself():
    written = "c1cc(CC(=O)O)ccc1F"
    assert align_smiles("O=C(O)Cc1ccc(F)cc1", written) == written


def test_mixtures_keep_their_order():
    assert align_smiles("OCC.[Na+].[Cl-]", "CCN").split(".")[1:] == ["[Na+]", "[Cl-]"]


def test_a_generator_varies_the_form_and_not_the_molecule():
    forms = {align_smiles("CC(=O)Oc1ccccc1C(=O)O", "OC(=O)c1ccccc1O", random.Random(seed)) for seed in range(12)}
    assert len(forms) > 1
    assert {Chem.CanonSmiles(form) for form in forms} == {"CC(=O)Oc1ccccc1C(=O)O"}


def test_without_a_correspondence_it_is_canonical():
    assert align_smiles("ClS(Cl)=O", "CCN") == "O=S(Cl)Cl"


def test_stereo_is_kept_whatever_the_reference_says():
    mirrored = "C/C(=C\\[C@@H](N)C(=O)O)c1ccccc1"
    aligned = align_smiles("C/C(=C/[C@H](N)C(=O)OCC)c1ccccc1", mirrored)
    assert Chem.CanonSmiles(aligned) == Chem.CanonSmiles("C/C(=C/[C@H](N)C(=O)OCC)c1ccccc1")


@pytest.mark.parametrize("seed", range(8))
def test_any_writing_of_the_reference_is_followed(seed):
    reference = randomize_smiles("CC(C)(C)OC(=O)N1CCC(Oc2ccc(C(=O)O)cc2F)CC1", random.Random(seed))
    product = "COC(=O)c1ccc(OC2CCN(C(=O)OC(C)(C)C)CC2)c(F)c1"
    aligned = align_smiles(product, reference)
    assert Chem.CanonSmiles(aligned) == product
    # A methyl is one atom, and may need a bracket for its branch.
    assert Levenshtein.distance(aligned, reference) <= 3
    assert align_smiles(product, reference) == aligned


def test_broken_smiles_are_refused():
    with pytest.raises(InvalidSmilesError):
        align_smiles("C1CC", "CCO")
    with pytest.raises(InvalidSmilesError):
        align_smiles("CCO", "C1CC")

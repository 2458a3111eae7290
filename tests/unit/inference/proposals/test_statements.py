from __future__ import annotations

import pytest

from anymol.chem.parsing import parse_smiles
from anymol.inference.proposals.statements import restate, restate_best
from anymol.retrieval.descriptions.relatives import Relative
from anymol.retrieval.descriptions.store import Description


def make_relative(smiles: str, text: str, similarity: float) -> Relative:
    return Relative(Description("K", smiles, "chebi", text), text, parse_smiles(smiles), similarity)


PHENOL = (
    "The molecule is a member of phenols that is phenol substituted by a bromo group at position 2. "
    "It has a role as a marine metabolite. It is a member of phenols and an organobromine compound."
)
EPOXIDE = make_relative("C1CO1", "The molecule is an epoxide.", 0.2)


def test_of_a_near_relative_all_is_said_that_no_program_refutes() -> None:
    near = make_relative("Oc1ccccc1Br", PHENOL, 0.8)
    assert restate(parse_smiles("Oc1ccc(C)cc1Br"), near, (near,)) == PHENOL
    # Without bromine the details are wrong, and so is one of the classes.
    assert restate(parse_smiles("Oc1ccccc1Cl"), near, (near,)) == (
        "The molecule is a member of phenols. It has a role as a marine metabolite."
    )


def test_of_a_far_one_only_what_is_confirmed_or_most_relatives_are() -> None:
    far = make_relative("Oc1ccccc1Br", PHENOL + " It is a drug.", 0.3)
    others = tuple(make_relative(smiles, "The molecule is a drug.", 0.2) for smiles in ("Cc1ccccc1O", "Oc1ccccc1C=O"))
    asked = parse_smiles("Oc1ccc(CCN)cc1")
    assert restate(asked, far, (far, *others)) == "The molecule is a member of phenols. It is a drug."
    assert restate(asked, far, (far,) * 3) == "The molecule is a member of phenols. It is a drug."
    alone = make_relative("Oc1ccccc1Br", "The molecule is a toxin.", 0.3)
    assert restate(asked, alone, (alone, *others)) == ""


def test_of_a_relative_of_another_size_no_details_are_said() -> None:
    long = make_relative(
        "C" * 24 + "O",
        "The molecule is a primary alcohol that is tetracosane carrying a hydroxy group at position 1.",
        0.8,
    )
    assert restate(parse_smiles("CCCCCCO"), long, (long,)) == "The molecule is a primary alcohol."


def test_where_the_definition_is_wrong_a_class_takes_its_place() -> None:
    near = make_relative("Oc1ccccc1Br", "The molecule is an organobromine compound. It is a member of phenols.", 0.8)
    assert restate(parse_smiles("Oc1ccccc1Cl"), near, (near,)) == "The molecule is a member of phenols."
    assert restate(parse_smiles("Clc1ccccc1Cl"), near, (near,)) == ""


def test_the_best_relative_that_has_anything_to_say_is_heard() -> None:
    mute = make_relative("Oc1ccccc1Br", "The molecule is an organobromine compound.", 0.9)
    near = make_relative("Oc1ccccc1Br", "The molecule is a member of phenols.", 0.8)
    found = restate_best(parse_smiles("Oc1ccccc1Cl"), (mute, near))
    assert found is not None and found.relative is near and found.text == near.text
    assert restate_best(parse_smiles("Oc1ccccc1Cl"), (mute,)) is None


def test_a_relative_of_another_form_gives_only_classes_that_are_confirmed() -> None:
    cumate = make_relative(
        "CC(C)c1ccc(C(=O)[O-])cc1",
        "The molecule is a cumate that is the conjugate base of p-cumic acid. It has a role as a plant metabolite.",
        0.8,
    )
    assert restate(parse_smiles("CC(C)Cc1ccc(C(C)C(=O)O)cc1"), cumate, (cumate,) * 3)[:24] == "The molecule is a cumate"
    assert restate(parse_smiles("CC(C)Cc1ccc(C(C)C(=O)O)cc1"), cumate, (cumate, *(EPOXIDE,) * 3)) == ""
    benzene = make_relative("c1ccccc1", "The molecule is a six-carbon aromatic annulene. It is used as a solvent.", 0.8)
    assert restate(parse_smiles("c1ccccc1.CCO"), benzene, (benzene, EPOXIDE, EPOXIDE)) == ""


def test_what_a_class_needs_is_not_enough_to_be_of_it() -> None:
    far = make_relative("CC(C)(S)[C@@H](N)C(=O)O", "The molecule is a penicillamine. It is an epoxide.", 0.3)
    assert restate(parse_smiles("NCC1CO1"), far, (far, EPOXIDE, EPOXIDE)) == "The molecule is an epoxide."


@pytest.mark.parametrize(
    "said",
    [
        "It is a conjugate acid of a frobnicate.",
        "It is an enantiomer of a (S)-thalidomide.",
        "It is a tautomer of a frobnicol.",
        "It is an L-alanine derivative.",
        "It is an inorganic salt of copper.",
    ],
)
def test_forms_of_the_relative_are_not_those_of_the_molecule(said: str) -> None:
    near = make_relative("CCC1CO1", f"The molecule is an epoxide. {said}", 0.9)
    assert restate(parse_smiles("CCCCCCCCC1CO1"), near, (near,)) == "The molecule is an epoxide."
    configured = make_relative("CCC1CO1", "The molecule is an epoxide that has R-configuration.", 0.9)
    assert restate(parse_smiles("CCCCCCCCC1CO1"), configured, (configured,)) == "The molecule is an epoxide."


def test_a_form_that_a_program_confirms_is_said() -> None:
    text = "The molecule is a benzoate. It is a conjugate base of a benzoic acid."
    near = make_relative("O=C([O-])c1ccccc1", text, 1.0)
    assert restate(parse_smiles("O=C([O-])c1ccccc1"), near, (near,)) == text


def test_details_that_name_an_element_which_the_molecule_lacks_are_not_said() -> None:
    near = make_relative(
        "CC(C)C(C(=O)O)c1ccc(Cl)cc1",
        "The molecule is a monocarboxylic acid consisting of isovaleric acid having a 4-chlorophenyl group at C-2.",
        0.5,
    )
    ibuprofen = parse_smiles("CC(C)Cc1ccc(C(C)C(=O)O)cc1")
    assert restate(ibuprofen, near, (near,)) == "The molecule is a monocarboxylic acid."

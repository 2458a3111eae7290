"""Checks of answers against chemistry."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.chem.opsin import is_opsin_available
from anymol.chem.parsing import parse_smiles
from anymol.modalities.content import RecordPart
from anymol.modalities.image import MoleculeImage
from anymol.modalities.modality import Modality
from anymol.tasks.claims import check_claims, lacks_named_element, list_claims
from anymol.tasks.table import TASKS
from anymol.tasks.task import ReagentsState, Slot, TaskInput, Value

ACIDS = TaskInput(reactants="CC(=O)O.CCO", reagents="O=S(=O)(O)O")
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def verify(task: str, task_input: TaskInput, value: Value) -> dict[str, bool | None]:
    return {check.name: check.passed for check in TASKS[task].verify(task_input, value)}


@pytest.mark.parametrize(
    ("product", "checks"),
    [
        ("CCOC(C)=O", {"parses": True, "atoms_available": True, "not_a_copy": True}),
        ("CCOC(C)=N", {"parses": True, "atoms_available": False, "not_a_copy": True}),
        ("OCC", {"parses": True, "atoms_available": True, "not_a_copy": False}),
        ("CCCCC", {"parses": True, "atoms_available": None, "not_a_copy": True}),  # if an input reacts twice
        ("CC(C)(C)(C)C", {"parses": False}),
    ],
)
def test_forward_products(product: str, checks: dict[str, bool | None]) -> None:
    assert verify("forward_reaction", ACIDS, product) == checks


def test_reagents_that_are_not_given_may_bring_other_elements() -> None:
    dropped = TaskInput(reactants="CCO", reagents_state=ReagentsState.DROPPED)
    assert verify("forward_reaction", dropped, "CCBr")["atoms_available"] is None
    assert verify("forward_reaction", dropped, "CCCCCCC")["atoms_available"] is False
    mixed = TaskInput(reactants="CCO", reagents_state=ReagentsState.MIXED)
    assert verify("forward_reaction", mixed, "CCBr")["atoms_available"] is False


def test_retrosynthesis() -> None:
    ester = TaskInput(products="CCOC(C)=O")
    assert verify("retrosynthesis", ester, "CC(=O)O.CCO") == {
        "parses": True, "atoms_available": True, "not_a_copy": True,
    }  # fmt: skip
    assert verify("retrosynthesis", ester, "CCOC(C)=O.C")["not_a_copy"] is False
    assert verify("retrosynthesis", TaskInput(products="CCBr"), "CCO")["atoms_available"] is False


def test_reagents() -> None:
    asked = TaskInput(reactants="CC(=O)O.CCO", products="CCOC(C)=O")
    assert verify("reagent_prediction", asked, "O=S(=O)(O)O") == {"parses": True, "not_a_copy": True}
    assert verify("reagent_prediction", asked, "C(C)OC(C)=O")["not_a_copy"] is False


@pytest.mark.parametrize(
    ("task", "right", "wrong"), [("molecular_weight", 180.2, 170.0), ("logp", 1.2, -1.0), ("tpsa", 63.0, 80.0)]
)
def test_numbers_are_compared_with_the_named_program(task: str, right: float, wrong: float) -> None:
    (near,) = TASKS[task].verify(TaskInput(molecule=ASPIRIN), right)
    (far,) = TASKS[task].verify(TaskInput(molecule=ASPIRIN), wrong)
    assert (near.passed, far.passed) == (True, False)
    assert "RDKit" in near.detail


def test_the_method_is_named() -> None:
    computed = TASKS["logp"].compute
    assert computed is not None
    assert "Crippen" in computed(TaskInput(molecule=ASPIRIN)).program
    area = TASKS["tpsa"].compute
    assert area is not None
    assert "Ertl" in area(TaskInput(molecule=ASPIRIN)).program


def test_names_are_checked_by_the_dictionary() -> None:
    assert verify("name_to_molecule", TaskInput(text="aspirin"), ASPIRIN)["name_agrees"] is True
    assert verify("name_to_molecule", TaskInput(text="aspirin"), "CCO")["name_agrees"] is False


@pytest.mark.skipif(not is_opsin_available(), reason="OPSIN needs py2opsin and a Java runtime")
def test_names_are_checked_by_opsin() -> None:
    name = TaskInput(text="(2S)-2-amino-3-(4-fluorophenyl)propanoic acid")
    (_, right) = TASKS["name_to_molecule"].verify(name, "N[C@@H](Cc1ccc(F)cc1)C(=O)O")
    (_, mirror) = TASKS["name_to_molecule"].verify(name, "N[C@H](Cc1ccc(F)cc1)C(=O)O")
    (_, isomer) = TASKS["name_to_molecule"].verify(name, "N[C@@H](Cc1cccc(F)c1)C(=O)O")
    if "stopped" in right.detail:
        pytest.skip("OPSIN was too slow on this machine")
    assert (right.passed, mirror.passed, isomer.passed) == (True, False, False)
    assert "stereochemistry" in mirror.detail
    assert "isomer" in isomer.detail


def test_names_given_to_a_molecule_are_read_back() -> None:
    assert verify("molecule_to_name", TaskInput(molecule=ASPIRIN), "aspirin") == {"name_agrees": True}
    assert verify("molecule_to_name", TaskInput(molecule="CCO"), "aspirin") == {"name_agrees": False}
    assert verify("molecule_to_name", TaskInput(molecule="CCO"), "blafoo") == {"name_agrees": None}
    (check,) = TASKS["molecule_to_name"].verify(TaskInput(molecule="CCO"), "aspirin")
    assert "the molecule asked about is C2H6O" in check.detail


@pytest.mark.skipif(not is_opsin_available(), reason="OPSIN needs py2opsin and a Java runtime")
def test_systematic_names_given_to_a_molecule_are_read_back() -> None:
    asked = TaskInput(molecule="CC(=O)Nc1ccc(Cl)cc1Br")
    (right,) = TASKS["molecule_to_name"].verify(asked, "N-(2-bromo-4-chlorophenyl)acetamide")
    (wrong,) = TASKS["molecule_to_name"].verify(asked, "N-(3-bromo-4-chlorophenyl)acetamide")
    if "stopped" in right.detail:
        pytest.skip("OPSIN was too slow on this machine")
    assert (right.passed, wrong.passed) == (True, False)


def test_names_nobody_knows_are_undecided() -> None:
    assert verify("name_to_molecule", TaskInput(text="blafoo"), "CCO")["name_agrees"] is None


def test_design_is_checked_against_its_specification() -> None:
    asked = TaskInput(text="1 ring, 1 carboxylic acid, no halogen")
    assert verify("text_guided_design", asked, "O=C(O)c1ccccc1") == {
        "parses": True, "rings": True, "carboxylic_acid": True, "halogen_atoms": True,
    }  # fmt: skip
    assert verify("text_guided_design", asked, "Clc1ccccc1")["carboxylic_acid"] is False
    assert verify("text_guided_design", TaskInput(text="The molecule is a drug."), "CCO")["specification"] is None


def test_edits_are_checked() -> None:
    asked = TaskInput(molecule="Brc1ccccc1", text="replace the bromine by a cyano group")
    assert verify("molecule_editing", asked, "N#Cc1ccccc1") == {"parses": True, "edit_done": True, "rest_kept": True}
    assert verify("molecule_editing", asked, "Clc1ccccc1")["edit_done"] is False
    asked = TaskInput(molecule="Brc1ccccc1", text="make it better")
    assert verify("molecule_editing", asked, "N#Cc1ccccc1") == {"parses": True, "edit_done": None}


def test_claims_of_a_description() -> None:
    text = "The molecule is a lactam, a tertiary alcohol and a member of phenols. It is a plant metabolite."
    assert [name for name, _ in list_claims(text)] == ["lactam", "tertiary alcohol", "phenols"]
    assert {check.passed for check in check_claims("CCO", text)} == {True, False}
    assert [check.passed for check in check_claims("CCO", "The molecule is a plant metabolite.")] == [None]
    assert list_claims("The molecule is a lactone antibiotic.") == ()


@pytest.mark.parametrize(
    ("smiles", "details", "lacks"),
    [
        ("Clc1ccccc1", " that is benzene carrying a chloro group", False),
        ("Brc1ccccc1", " that is benzene carrying a chloro group", True),
        ("CCO", " that is ethanethiol in which sulfur is replaced", True),
        # Fluorene and fluorescein hold no fluorine, and an alkaloid's nitrogen is not asked for.
        ("c1ccc2c(c1)Cc1ccccc12", " that is fluorene found beside an alkaloid", False),
    ],
)
def test_details_tell_of_elements(smiles: str, details: str, lacks: bool) -> None:
    assert lacks_named_element(parse_smiles(smiles), details) is lacks


def test_the_name_of_a_class_tells_of_an_element() -> None:
    text = "The molecule is an organochlorine pesticide. It is an alkanethiol. It has a role as an aminase inhibitor."
    assert [(name, needs.feature) for name, needs in list_claims(text)] == [
        ("organochlorine pesticide", "chlorine_atoms"),
        ("alkanethiol", "sulfur_atoms"),
    ]
    # An atom of the element does not make a pesticide: that stays undecided, and what lacks it is refuted.
    assert [check.passed for check in check_claims("ClCCl", text)] == [None, False]
    # Fluorene, chlorophyll and vitamins hold no halogen and no nitrogen.
    assert list_claims("The molecule is a fluorene. It is a chlorophyll and a vitamin.") == ()


@pytest.mark.parametrize(
    ("task", "slot", "value", "checks"),
    [
        ("logp", Slot.MOLECULE, 1.3, {"matches_computed": None}),
        ("molecular_weight", Slot.MOLECULE, 180.2, {"matches_computed": None}),
        ("captioning", Slot.MOLECULE, "The molecule is a lactam.", {"claims": None}),
        ("molecule_to_name", Slot.MOLECULE, "ethanol", {"name_agrees": None}),
        ("captioning", Slot.MOLECULE, "The molecule is a plant metabolite.", {"claims": None}),
        ("retrosynthesis", Slot.PRODUCTS, "CCO.CC(=O)O", {"parses": True, "atoms_available": None, "not_a_copy": None}),
        ("retrosynthesis", Slot.PRODUCTS, "CC(C)(C)(C)C", {"parses": False}),
        (
            "forward_reaction",
            Slot.REACTANTS,
            "CCOC(C)=O",
            {"parses": True, "atoms_available": None, "not_a_copy": None},
        ),
    ],
)
def test_of_a_molecule_that_is_only_shown_what_can_be_checked_is(
    task: str, slot: Slot, value: Value, checks: dict[str, bool | None]
) -> None:
    picture = RecordPart(Modality.IMAGE, MoleculeImage(np.full((8, 8, 3), 255, np.uint8), "test"))
    asked = TaskInput(records={slot: (picture,)})
    found = TASKS[task].verify(asked, value)
    assert {check.name: check.passed for check in found} == checks
    undecided = [check.detail for check in found if check.passed is None]
    assert all("shown, not written" in one or "claims nothing" in one for one in undecided)


def test_reagents_that_are_written_beside_a_drawing_are_checked() -> None:
    picture = RecordPart(Modality.IMAGE, MoleculeImage(np.full((8, 8, 3), 255, np.uint8), "test"))
    asked = TaskInput(reagents="O=S(=O)(O)O", records={Slot.REACTANTS: (picture,)})
    assert verify("forward_reaction", asked, "OS(=O)(=O)O")["not_a_copy"] is False

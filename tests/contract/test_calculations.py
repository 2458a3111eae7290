"""Every calculation answers the same questions: words, method, an example, and the molecules that chemists hand in."""

from __future__ import annotations

import contextlib
import json
import re

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.calculation import Calculation, Gives, Inquiry, Result, Subject, Takes
from anymol.calculations.mentions import MentionKind
from anymol.calculations.table import CALCULATIONS, get_calculation
from anymol.chem.parsing import parse_smiles
from anymol.errors import AnyMolError, InvalidSmilesError, InvalidTaskInputError, UnknownTaskError, UserError
from anymol.tasks.routing import route
from anymol.tasks.table import TASKS

ALL = list(CALCULATIONS.values())
OF_MOLECULES = [one for one in ALL if one.takes is not Takes.TEXT]
HANDED_IN = {
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "salt": "O=C([O-])c1ccccc1O.[Na+]",
    "cation": "C[N+](C)(C)CCO",
    "anion": "CC(=O)[O-]",
    "metal complex": "[NH3][Pt]([NH3])(Cl)Cl",
    "isotopes": "[2H]C([2H])([2H])[13CH2]O",
    "stereo": "C/C=C/[C@H](N)C(=O)O",
    "water": "O",
    "hydrogen": "[H][H]",
    "atom maps": "[CH3:1][CH2:2][OH:3]",
}
CANNOT = {
    "fsp3": {"metal complex", "water", "hydrogen"},  # there is no carbon
    "scaffold": {"cation", "anion", "metal complex", "isotopes", "stereo", "water", "hydrogen", "atom maps"},  # acyclic
    "shortest_path": {"water"},  # there is one atom
    "hybridisation": {"hydrogen"},  # it has no p orbital
    "selfies": {"metal complex"},  # its encoder reads no dative bonds
    "stereoisomers": {"metal complex"},  # those at metals are not judged
    "mirror_image": {"metal complex"},
    "bond_counts": {"metal complex"},  # its bonds are dative
    "lone_pairs": {"metal complex"},
    "pka": {"cation", "metal complex", "stereo", "water", "hydrogen"},  # none is recorded
    "pkb": {"aspirin", "cation", "metal complex", "isotopes", "stereo", "water", "hydrogen", "atom maps"},
    "charge_at_ph": {"cation", "metal complex", "stereo", "water", "hydrogen"},
    "ionisation": {"cation", "metal complex", "stereo", "water", "hydrogen"},
    "isoelectric_point": set(HANDED_IN),  # none of them is an ampholyte that is recorded
    "conjugate_acid": {"aspirin", "salt", "cation", "metal complex", "hydrogen"},
    "conjugate_base": {"salt", "anion", "metal complex", "hydrogen"},
    "acid_strength": {"aspirin", "cation", "anion", "metal complex", "stereo", "water", "hydrogen"},
}
"""What a calculation has no answer for, and says so."""

SAID = {
    "ranking": "rank by mass",
    "shortest_path": "bonds between atoms 1 and 2",
    "charge_at_ph": "charge at pH 7",
    "ionisation": "ionised at pH 7",
    "acid_strength": "which is more acidic",
}
"""What a question must say besides."""


def names(calculations: list[Calculation]) -> list[str]:
    return [one.name for one in calculations]


def run(calculation: Calculation, smiles: str) -> Result:
    """Run a calculation on one molecule, beside aspirin where it takes several."""
    subjects = (Subject(smiles), Subject(HANDED_IN["aspirin"], "aspirin"))
    text = SAID.get(calculation.name, "")
    return calculation.run(Inquiry(subjects if calculation.takes is not Takes.ONE else subjects[:1], text))


def test_the_names_that_routing_uses_are_there() -> None:
    promised = (
        "formula average_mass monoisotopic_mass nominal_mass ion_mz isotope_pattern unsaturation element_percentages "
        "shortest_path hybridisation nmr_signals electrons oxidation_states neutral_parent tautomers "
        "atom_counts hbond_donors hbond_acceptors rotatable_bonds ring_count aromatic_rings stereocentres "
        "double_bond_stereo fsp3 heavy_atoms formal_charge qed logp molar_refractivity tpsa lipinski veber "
        "structural_alerts functional_groups scaffold smiles inchi inchikey selfies mol_block draw same_molecule "
        "relation similarity substructure difference ranking stoichiometry dilution balancing pka ph element "
        "formulas_of_mass validity reaction_name left_over atom_economy bond_counts lone_pairs "
        "similar_molecules stereoisomers mirror_image pkb charge_at_ph ionisation isoelectric_point conjugate_acid "
        "conjugate_base acid_strength buffer gas empirical_formula colligative photon absorbance"
    )
    assert set(CALCULATIONS) == set(promised.split())
    assert "name" not in CALCULATIONS  # asked of those who name structures


@pytest.mark.parametrize("calculation", ALL, ids=names(ALL))
def test_it_says_what_it_is(calculation: Calculation) -> None:
    assert CALCULATIONS[calculation.name] is calculation is get_calculation(calculation.name)
    assert re.fullmatch(r"[a-z_0-9]+", calculation.name)
    assert calculation.title and calculation.method and len(calculation.words) >= 4
    assert all(word == word.lower().strip() and word for word in calculation.words)
    assert len(set(calculation.words)) == len(calculation.words)
    assert calculation.program.version
    if calculation.gives is not Gives.NUMBER and calculation.name != "isotope_pattern":
        assert calculation.unit is None
    if calculation.task is not None:
        assert TASKS[calculation.task].compute is not None


@pytest.mark.parametrize("calculation", ALL, ids=names(ALL))
def test_its_example_is_answered(calculation: Calculation) -> None:
    example = calculation.example
    found = calculation.run(Inquiry(tuple(map(Subject, example.molecules)), example.question))
    assert found.text == example.answer
    assert (found.name, found.exact, found.program) == (calculation.name, calculation.exact, calculation.program)
    assert found.statement and found.method
    shown = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert shown["name"] == calculation.name and shown["text"] == example.answer


@pytest.mark.parametrize("calculation", ALL, ids=names(ALL))
def test_its_example_question_finds_it(calculation: Calculation) -> None:
    found = route(calculation.example.question, molecules=len(calculation.example.molecules))
    assert found.task == calculation.task if found.task else found.calculations == (calculation.name,)


@pytest.mark.parametrize("kind", HANDED_IN)
@pytest.mark.parametrize("calculation", OF_MOLECULES, ids=names(OF_MOLECULES))
def test_it_takes_what_chemists_hand_in(calculation: Calculation, kind: str) -> None:
    if kind in CANNOT.get(calculation.name, ()):
        with pytest.raises(UserError) as caught:
            run(calculation, HANDED_IN[kind])
        assert caught.value.hint
        return
    found = run(calculation, HANDED_IN[kind])
    assert found.text and found.statement
    match found.gives:
        case Gives.NUMBER:
            assert isinstance(found.value, int | float)
        case Gives.MOLECULE:
            assert parse_smiles(str(found.value)).GetNumAtoms()
        case _:
            assert isinstance(found.value, str | float)
    if found.smiles:
        atoms = parse_smiles(found.smiles).GetNumAtoms()
        assert all(0 <= atom < atoms for part in found.parts for atom in part.atoms)
    assert run(calculation, HANDED_IN[kind]) == found


@pytest.mark.parametrize("calculation", OF_MOLECULES, ids=names(OF_MOLECULES))
@pytest.mark.parametrize("smiles", ["", "C1CC", "C(C)(C)(C)(C)C"])
def test_it_refuses_what_is_no_molecule(calculation: Calculation, smiles: str) -> None:
    with pytest.raises(InvalidSmilesError):
        run(calculation, smiles)


@pytest.mark.parametrize("calculation", OF_MOLECULES, ids=names(OF_MOLECULES))
def test_it_refuses_another_number_of_molecules(calculation: Calculation) -> None:
    with pytest.raises(InvalidTaskInputError) as caught:
        calculation.run(Inquiry())
    assert calculation.example.question in (caught.value.hint or "")
    if calculation.takes.most is not None:
        with pytest.raises(InvalidTaskInputError):
            calculation.run(Inquiry((Subject("C"),) * (calculation.takes.most + 1)))


@pytest.mark.parametrize("calculation", [one for one in ALL if one.takes is Takes.TEXT], ids=lambda one: one.name)
@pytest.mark.parametrize("text", ["", "hello", "how many moles", "balance", "5 g of nothingium", "a" * 3000])
def test_what_reads_text_refuses_what_holds_nothing(calculation: Calculation, text: str) -> None:
    with pytest.raises(UserError):
        calculation.run(Inquiry((), text))


def test_an_open_residue_has_no_properties() -> None:
    for calculation in OF_MOLECULES:
        if calculation.name in ("smiles", "mol_block", "draw", "formal_charge", "shortest_path"):
            assert run(calculation, "*CC").text
        else:
            with pytest.raises(UserError):
                run(calculation, "*CC")


def test_no_phrase_names_two_calculations_and_none_another_task() -> None:
    seen: dict[str, str] = {}
    for calculation in ALL:
        for word in calculation.words:
            if calculation.takes is not Takes.TEXT:  # those are found by their quantities
                assert seen.setdefault(word, calculation.name) == calculation.name, word


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UnknownTaskError, match="hbond_donors"):
        calculate("hbond_doners", "CCO")


def test_errors_are_of_the_family_whatever_is_asked() -> None:
    for calculation in ALL:
        for text in ("\ud800", "[M", "[M+]+", "5 Mg", "1/0", "->", "= =", "%", "\0", "M+H+" * 50):
            with contextlib.suppress(AnyMolError):
                calculation.run(Inquiry((Subject("CCO"), Subject("OCC"))[: calculation.takes.least], text))


def test_a_formula_alone_gives_what_follows_from_it() -> None:
    water = calculate("average_mass", "H2O")
    assert water.text == "18.02" and calculate("formula", "Ca(OH)2").text == "CaH2O2"
    with pytest.raises(UserError, match="many structures"):
        calculate("logp", "C6H12O6")


def test_what_a_task_answers_is_left_to_it_and_asked_for_beside_calculations() -> None:
    assert route("What is the IUPAC name of CCO?").task == "molecule_to_name"
    found = route("What are the name and the formula of CCO?")
    assert found.calculations == ("name", "formula") and found.request is not None
    assert found.request.mentions[0].kind is MentionKind.NOTATION

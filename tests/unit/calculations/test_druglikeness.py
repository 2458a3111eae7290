"""Properties and rules of drug discovery."""

from __future__ import annotations

import pytest

from anymol.bounds import MAX_ATOMS
from anymol.calculations.calculate import calculate
from anymol.chem.descriptors import compute_descriptor
from anymol.chem.parsing import parse_smiles
from anymol.errors import UserError
from anymol.tasks.table import TASKS
from anymol.tasks.task import TaskInput

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
CYCLOSPORIN = (
    "CCC1C(=O)N(CC(=O)N(C(C(=O)NC(C(=O)N(C(C(=O)NC(C(=O)NC(C(=O)N(C(C(=O)N(C(C(=O)N(C(C(=O)N(C(C(=O)N1)C(C(C)CC=CC)O)C)"
    "C(C)C)C)CC(C)C)C)CC(C)C)C)C)C)CC(C)C)C)C(C)C)CC(C)C)C)C"
)


@pytest.mark.parametrize(("name", "task"), [("average_mass", "molecular_weight"), ("logp", "logp"), ("tpsa", "tpsa")])
def test_a_task_and_a_calculation_of_one_quantity_say_the_same(name: str, task: str) -> None:
    compute = TASKS[task].compute
    assert compute is not None
    for smiles in (ASPIRIN, "CCO", "O=C([O-])c1ccccc1O.[Na+]", "C[N+](C)(C)C"):
        assert compute(TaskInput(molecule=smiles)).value == calculate(name, smiles).value


def test_a_salt_tells_the_parent_beside_itself() -> None:
    found = calculate("logp", "O=C([O-])c1ccccc1O.[Na+]")
    assert found.value < -3 and any("O=C(O)c1ccccc1O alone it is 1.09" in note for note in found.notes)
    compute = TASKS["logp"].compute
    assert compute is not None
    assert compute(TaskInput(molecule="O=C([O-])c1ccccc1O.[Na+]")).notes == found.notes
    assert not calculate("logp", "[Na+].[Cl-]").notes


@pytest.mark.parametrize("unit", ["CC(C)(C)C", "FC(F)(F)F", "CCCC", "O", "CC(=O)N"])
def test_crippen_is_additive_over_separate_molecules_or_refused(unit: str) -> None:
    """RDKit stops at 1,000 matches of a pattern and says nothing; what it says must be n times that of one molecule."""
    one = float(compute_descriptor("logp", parse_smiles(unit)).value)
    refused = 0
    n_atoms = parse_smiles(unit).GetNumAtoms()
    for count in (20, 41, 42, 60, 100, 130, 250, 400, 600):
        if count * n_atoms > MAX_ATOMS:
            continue
        try:
            value = float(compute_descriptor("logp", parse_smiles(".".join([unit] * count))).value)
        except UserError as error:
            refused += 1
            assert "fails silently" in error.message
            continue
        assert value == pytest.approx(count * one, rel=1e-9)
    assert refused


def test_chains_are_computed_as_far_as_they_are_right() -> None:
    def logp(length: int) -> float:
        return float(compute_descriptor("logp", parse_smiles("C" * length)).value)

    step = logp(11) - logp(10)
    assert logp(499) - logp(498) == pytest.approx(step, abs=1e-9)
    for length in (510, 1000):
        with pytest.raises(UserError):
            logp(length)


def test_what_rests_on_crippen_is_refused_too() -> None:
    giant = "C" * 600
    for name in ("logp", "molar_refractivity", "qed", "lipinski"):
        with pytest.raises(UserError):
            calculate(name, giant)
    assert calculate("tpsa", giant).value == 0.0
    compute = TASKS["logp"].compute
    assert compute is not None
    with pytest.raises(UserError):
        compute(TaskInput(molecule=giant))


def test_lipinski() -> None:
    assert calculate("lipinski", ASPIRIN).text == "yes, 0 violations"
    broken = calculate("lipinski", CYCLOSPORIN)
    assert broken.text == "no, 2 violations"  # mass 1202.6 and 23 N and O atoms; donors 5
    assert {part.label: part.value for part in broken.parts}["mass"] == pytest.approx(1202.6, abs=0.1)
    # Exactly one violation passes: hexadecane is too lipophilic, and nothing else.
    assert calculate("lipinski", "C" * 16).text == "yes, 1 violation"


def test_veber() -> None:
    assert calculate("veber", ASPIRIN).text == "yes"
    assert calculate("veber", "C" * 20).text == "no"  # 17 rotatable bonds
    assert calculate("veber", "OCC(O)C(O)C(O)C(O)C(O)C(O)CO").text == "no"  # eight OH are 161.8 angstrom^2


@pytest.mark.parametrize(
    ("smiles", "named", "alert"),
    [
        ("O=C1C=CC(=O)C=C1", "PAINS", "quinone"),
        ("O=C1NC(=S)SC1=Cc1ccccc1", "PAINS", "rhod"),
        ("CC(=O)Cl", "Brenk", "acid_halide"),
        ("c1ccccc1[N+](=O)[O-]", "Brenk", "nitro_group"),
        ("CN=[N+]=[N-]", "Brenk", "azido_group"),
    ],
)
def test_known_alerts(smiles: str, named: str, alert: str) -> None:
    found = calculate("structural_alerts", smiles)
    hits = [part for part in found.parts if part.label == named and alert.lower() in str(part.value).lower()]
    assert hits and hits[0].atoms


def test_alerts_can_be_asked_of_one_catalogue() -> None:
    assert calculate("structural_alerts", ASPIRIN, text="any PAINS?").text == "none"
    assert calculate("structural_alerts", ASPIRIN, text="Brenk alerts").text == "Brenk: phenol_ester"
    assert "not a verdict" in calculate("structural_alerts", "CCO").notes[0]

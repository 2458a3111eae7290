"""Descriptors against published values, each naming its program and method."""

from __future__ import annotations

import pytest
import rdkit

from anymol.chem.descriptors import DESCRIPTORS, compute_descriptor
from anymol.chem.parsing import parse_smiles
from anymol.errors import UserError

ASPIRIN = {
    "molecular_weight": "180.16", "exact_mass": "180.0423", "logp": "1.31", "tpsa": "63.60", "formula": "C9H8O4",
    "formal_charge": "0", "heavy_atoms": "13", "rings": "1", "aromatic_rings": "1", "hbond_donors": "1",
    "hbond_acceptors": "3", "fraction_csp3": "0.11", "stereocentres": "0", "qed": "0.550",
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), ASPIRIN.items())
def test_aspirin(name: str, text: str) -> None:
    assert compute_descriptor(name, parse_smiles("CC(=O)Oc1ccccc1C(=O)O")).text == text


def test_the_method_is_named() -> None:
    value = compute_descriptor("complexity", parse_smiles("c1ccccc1"))
    assert value.program == f"RDKit {rdkit.__version__}, Bertz complexity index BertzCT"
    assert "Crippen" in DESCRIPTORS["logp"].method
    assert "Ertl" in DESCRIPTORS["tpsa"].method


def test_salts_count_as_a_whole() -> None:
    value = compute_descriptor("molecular_weight", parse_smiles("[Na+].[Cl-]"))
    assert value.text == "58.44"
    assert value.unit == "g/mol"


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_every_descriptor_computes_on_every_known_molecule(known_molecules, name: str) -> None:
    for key, smiles in known_molecules.items():
        if key != "broken":
            assert compute_descriptor(name, parse_smiles(smiles)).text


def test_crippen_sums_are_refused_where_rdkit_no_longer_finds_all_atoms() -> None:
    # Wildman and Crippen 1999, table 1: C1 0.1441, H1 0.1230.
    small, large = (compute_descriptor("logp", parse_smiles("C" * n)).value for n in (100, 300))
    assert large - small == pytest.approx(200 * (0.1441 + 2 * 0.1230))
    for name in ("logp", "molar_refractivity", "qed"):
        with pytest.raises(UserError, match="fails silently"):
            compute_descriptor(name, parse_smiles("C" * 600))
    assert compute_descriptor("rotatable_bonds", parse_smiles("C" * 900)).value == 897


def test_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UserError, match="molecular_weight"):
        compute_descriptor("molecular_wieght", parse_smiles("C"))


@pytest.mark.parametrize("smiles", ["[U]", "[He]", "O=[U]=O", "[Ce+3].[Cl-].[Cl-].[Cl-]"])
def test_atoms_that_crippen_has_no_type_for_do_not_count_as_nothing(smiles: str) -> None:
    with pytest.raises(UserError, match="no values for"):
        compute_descriptor("logp", parse_smiles(smiles))


@pytest.mark.parametrize("smiles", ["[Na+].[Cl-]", "C[Se]C", "CC[SiH3]", "OB(O)c1ccccc1", "[2H]C([2H])[2H]", "[Pt]"])
def test_atoms_that_crippen_has_a_type_for_are_computed(smiles: str) -> None:
    assert isinstance(compute_descriptor("logp", parse_smiles(smiles)).value, float)


@pytest.mark.parametrize(
    ("smiles", "logp"), [("[Na+].[Cl-]", -5.992), ("[K+].[Br-]", -5.992), ("C[Si](C)(C)C", 1.9544), ("[Fe]", -0.0025)]
)
def test_crippen_has_types_for_ions_and_metals(smiles: str, logp: float) -> None:
    """Hal and Me2 of Wildman and Crippen's table."""
    assert compute_descriptor("logp", parse_smiles(smiles)).value == pytest.approx(logp)

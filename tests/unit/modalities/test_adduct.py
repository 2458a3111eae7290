"""Masses of ions."""

from __future__ import annotations

import pytest
from rdkit import Chem
from rdkit.Chem.Descriptors import ExactMolWt

from anymol.calculations.adducts import compute_mz, parse_adduct
from anymol.modalities.adduct import Adduct, compute_mass, compute_neutral_mass, compute_precursor


@pytest.mark.parametrize(
    ("smiles", "adduct", "mz"),
    [  # permanent ions weigh what they are; values of the literature
        ("C[N+](C)(C)CCO", Adduct.M_CATION, 104.1070),  # choline
        ("CCCC[N+](CCCC)(CCCC)CCCC", Adduct.M_CATION, 242.2842),  # tetrabutylammonium
        ("c1ccc(cc1)[P+](c1ccccc1)(c1ccccc1)c1ccccc1", Adduct.M_CATION, 339.1297),  # tetraphenylphosphonium
        ("CCn1cc[n+](C)c1", Adduct.M_CATION, 111.0917),  # EMIM
        ("CC(=O)[O-]", Adduct.M_ANION, 59.0139),  # acetate
        ("[O-]S(=O)(=O)C(F)(F)F", Adduct.M_ANION, 148.9526),  # triflate
        ("F[B-](F)(F)F", Adduct.M_ANION, 87.0035),
        ("O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F", Adduct.M_ANION, 279.9178),
        # radical ions of molecules without charge lose or gain an electron
        ("c1ccccc1", Adduct.M_CATION, 78.0464),
        ("O=C1C=CC(=O)C=C1", Adduct.M_ANION, 108.0217),
        # zwitterions have no charge to count
        ("[NH3+]CC(=O)[O-]", Adduct.M_H, 76.0393),
        ("C[N+](C)(C)CC(=O)[O-]", Adduct.M_H, 118.0863),  # betaine
        ("CC(=O)Oc1ccccc1C(=O)O", Adduct.M_H, 181.0495),
        ("CC(=O)Oc1ccccc1C(=O)O", Adduct.M_2H, 91.0284),
    ],
)
def test_ions_of_molecules_with_and_without_charge(smiles: str, adduct: Adduct, mz: float) -> None:
    mol = Chem.MolFromSmiles(smiles)
    found = compute_precursor(ExactMolWt(mol), adduct, charge=Chem.GetFormalCharge(mol))
    assert found == pytest.approx(mz, abs=5e-5 + mz * 3e-7)
    atoms = compute_neutral_mass(ExactMolWt(mol), Chem.GetFormalCharge(mol))
    assert compute_mass(found, adduct) == pytest.approx(atoms)


def test_atoms_weigh_the_same_in_every_state_of_charge() -> None:
    acid, anion = (Chem.MolFromSmiles(smiles) for smiles in ("CC(=O)O", "CC(=O)[O-]"))
    with_electrons = compute_neutral_mass(ExactMolWt(anion), -1)
    assert ExactMolWt(acid) - with_electrons == pytest.approx(1.00782503223, abs=1e-7)  # one hydrogen atom


@pytest.mark.parametrize("adduct", Adduct)
@pytest.mark.parametrize("charge", [0, 1, -1])
def test_adducts_of_the_table_weigh_what_adducts_in_general_do(adduct: Adduct, charge: int) -> None:
    """The adducts of spectra are a table without RDKit; those of questions are any, by RDKit's masses."""
    general = parse_adduct(str(adduct))
    assert general.charge is not None
    found = compute_mz(general, general.charge, 180.0423, charge)
    assert compute_precursor(180.0423, adduct, charge=charge) == pytest.approx(found, abs=1e-6)

"""Formulas of salts, oxides and halides: charges that balance, and nothing where they do not."""

from __future__ import annotations

import pytest
from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from anymol.chem.inorganic import parse_inorganic
from anymol.chem.parsing import canonicalize_smiles, parse_smiles


@pytest.mark.parametrize(
    ("formula", "smiles"),
    [
        ("NaCl", "[Na+].[Cl-]"),
        ("K2CO3", "[K+].[K+].[O-]C([O-])=O"),
        ("(NH4)2SO4", "[NH4+].[NH4+].[O-]S([O-])(=O)=O"),
        ("KAl(SO4)2", "[K+].[Al+3].[O-]S([O-])(=O)=O.[O-]S([O-])(=O)=O"),
        ("Ca3(PO4)2", "[Ca+2].[Ca+2].[Ca+2].[O-]P([O-])([O-])=O.[O-]P([O-])([O-])=O"),
        ("FeCl2", "Cl[Fe]Cl"),
        ("FeCl3", "Cl[Fe](Cl)Cl"),
        ("CuCl", "Cl[Cu]"),
        ("LiAlH4", "[Li+].[AlH4-]"),
        ("NaBH(OAc)3", "[Na+].CC(=O)O[BH-](OC(C)=O)OC(C)=O"),
        ("Mg(OAc)2", "[Mg+2].CC([O-])=O.CC([O-])=O"),
        ("KOtBu", "[K+].CC(C)(C)[O-]"),
        ("LiN(SiMe3)2", "[Li+].C[Si](C)(C)[N-][Si](C)(C)C"),
        ("Bu4NF", "CCCC[N+](CCCC)(CCCC)CCCC.[F-]"),
        ("K3[Fe(CN)6]", "[K+].[K+].[K+].[Fe+3].[C-]#N.[C-]#N.[C-]#N.[C-]#N.[C-]#N.[C-]#N"),
        ("MnO2", "O=[Mn]=O"),
        ("BaO2", "[Ba+2].[O-][O-]"),
        ("Na2O2", "[Na+].[Na+].[O-][O-]"),
        ("CuSO4·5H2O", "[Cu+2].[O-]S([O-])(=O)=O.O.O.O.O.O"),
        ("CuSO4.5H2O", "[Cu+2].[O-]S([O-])(=O)=O.O.O.O.O.O"),
        ("CuSO4 * 5 H2O", "[Cu+2].[O-]S([O-])(=O)=O.O.O.O.O.O"),
        ("LiOH·H2O", "[Li+].[OH-].O"),
    ],
)
def test_formulas(formula: str, smiles: str) -> None:
    assert parse_inorganic(formula) == canonicalize_smiles(smiles)


@pytest.mark.parametrize("formula", ["K2Cr2O7", "Na2S2O8", "KMnO4", "NaIO4", "Sc(OTf)3", "Cs2CO3", "Al2(SO4)3", "TiO2"])
def test_what_is_read_is_neutral_and_has_the_atoms_of_the_formula(formula: str) -> None:
    smiles = parse_inorganic(formula)
    assert smiles is not None
    mol = parse_smiles(smiles)
    assert Chem.GetFormalCharge(mol) == 0
    spelled = {"Sc(OTf)3": "C3F9O9S3Sc", "Al2(SO4)3": "Al2O12S3", "Cs2CO3": "CCs2O3"}.get(formula)
    written = {"K2Cr2O7": "Cr2K2O7", "Na2S2O8": "Na2O8S2", "KMnO4": "KMnO4", "NaIO4": "INaO4", "TiO2": "O2Ti"}
    assert CalcMolFormula(mol) == (spelled or written[formula])


@pytest.mark.parametrize(
    "formula",
    [
        "C6H12O6",
        "H2SO4",
        "SOCl2",
        "NaCl2",
        "KCO3",
        "VOCl3",
        "Na",
        "CO",
        "",
        "NaCl·",
        "K2CO3·foo",
        "Na99999Cl99999",
        "x" * 99,
    ],
)
def test_what_does_not_balance_is_not_read(formula: str) -> None:
    assert parse_inorganic(formula) is None

"""Rules of textbooks give what textbooks say."""

from __future__ import annotations

import pytest
from rdkit import Chem

from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.textbook_reactions import (
    find_electrophilic_sites,
    find_named_products,
    find_textbook_products,
    name_transformation,
)

TAUGHT = [
    ("C1=CCCCC1.BrBr", "BrC1CCCCC1Br"),
    ("C=CCC.Br", "CCC(C)Br"),
    ("CC=C(C)C.Cl", "CCC(C)(C)Cl"),
    ("C=C(C)C.O.OS(=O)(=O)O", "CC(C)(C)O"),
    ("C=CCCC.B.OO", "CCCCCO"),
    ("CC1=CCCCC1.B.OO", "CC1CCCCC1O"),
    ("C=CCCC.[H][H].[Pd]", "CCCCC"),
    ("O=[N+]([O-])c1ccccc1.[H][H].[Pd]", "Nc1ccccc1"),
    ("C1=CCCCC1.O=[Os](=O)(=O)=O", "OC1CCCCC1O"),
    ("C1=CCCCC1.O=C(OO)c1cccc(Cl)c1", "C1CCC2OC2C1"),
    ("CC=CC.[O-][O+]=O", "CC=O"),
    ("Cc1ccccc1.[K+].[O-][Mn](=O)(=O)=O", "O=C(O)c1ccccc1"),
    ("Cc1ccccc1.[K+].[O]=[Mn](=[O])(=[O])[O-]", "O=C(O)c1ccccc1"),
    ("CCCO.O=[Cr](Cl)(=O)[O-].c1cc[nH+]cc1", "CCC=O"),
    ("CC(O)CC.O=[Cr](=O)=O", "CCC(C)=O"),
    ("CCCCO.O=[Cr](=O)=O.O=S(=O)(O)O", "CCCC(=O)O"),
    ("CC(=O)c1ccccc1.[BH4-].[Na+]", "CC(O)c1ccccc1"),
    ("CC(=O)OCC.[AlH4-].[Li+]", "CCO"),
    ("COC(=O)c1ccccc1.[AlH4-].[Li+]", "OCc1ccccc1"),
    ("CCC#N.[AlH4-].[Li+]", "CCCN"),
    ("O=[N+]([O-])c1ccccc1.[Fe].Cl", "Nc1ccccc1"),
    ("CC(=O)C.CN.[BH3-]C#N.[Na+]", "CNC(C)C"),
    ("CC(=O)c1ccccc1.NN.[OH-].[K+]", "CCc1ccccc1"),
    ("CC(=O)c1ccccc1.[Zn].Cl", "CCc1ccccc1"),
    ("CCCCO.O=S(Cl)Cl", "CCCCCl"),
    ("O=C(O)c1ccccc1.O=S(Cl)Cl", "O=C(Cl)c1ccccc1"),
    ("CCCO.BrP(Br)Br", "CCCBr"),
    ("Cc1ccccc1.O=C1CCC(=O)N1Br", "BrCc1ccccc1"),
    ("Nc1ccccc1.O=N[O-].[Na+].Cl", "N#[N+]c1ccccc1"),
    ("N#[N+]c1ccccc1.[Cl-].[Cl-].[Cu+]", "Clc1ccccc1"),
    ("N#[N+]c1ccccc1.[Cl-].[Cu]C#N", "N#Cc1ccccc1"),
    ("N#[N+]c1ccccc1.[Cl-].[C-]#N.[Cu+]", "N#Cc1ccccc1"),
    ("Cc1ccccc1.O[N+](=O)[O-].OS(=O)(=O)O", "Cc1ccc([N+](=O)[O-])cc1"),
    ("O=[N+]([O-])c1ccccc1.O[N+](=O)[O-].OS(=O)(=O)O", "O=[N+]([O-])c1cccc([N+](=O)[O-])c1"),
    ("COc1ccccc1.BrBr", "COc1ccc(Br)cc1"),
    ("c1ccccc1.BrBr.Br[Fe](Br)Br", "Brc1ccccc1"),
    ("c1ccccc1.CC(=O)Cl.Cl[Al](Cl)Cl", "CC(=O)c1ccccc1"),
    ("COc1ccccc1.CC(=O)Cl.Cl[Al](Cl)Cl", "COc1ccc(C(C)=O)cc1"),
    ("c1ccccc1.CC(C)Cl.Cl[Al](Cl)Cl", "CC(C)c1ccccc1"),
    ("c1ccccc1.OS(=O)(=O)O", "O=S(=O)(O)c1ccccc1"),
    ("C[Mg]Br.CC(C)=O", "CC(C)(C)O"),
    ("C[CH2][Mg][Br].CC(C)=O", "CCC(C)(C)O"),
    ("C[Mg]Br.O=Cc1ccccc1", "CC(O)c1ccccc1"),
    ("Br[Mg]c1ccccc1.O=C=O", "O=C(O)c1ccccc1"),
    ("O=Cc1ccccc1.C=P(c1ccccc1)(c1ccccc1)c1ccccc1", "C=Cc1ccccc1"),
    ("C=CC=C.C=CC=O", "O=CC1CC=CCC1"),
    ("CC(=O)O.CCO.OS(=O)(=O)O", "CCOC(C)=O"),
    ("CC(=O)Cl.NCc1ccccc1", "CC(=O)NCc1ccccc1"),
    ("CC(=O)OC(C)=O.Nc1ccc(O)cc1", "CC(=O)Nc1ccc(O)cc1"),
    ("CCOC(C)=O.[OH-].[Na+]", "CC(=O)O"),
    ("CCC#N.O.Cl", "CCC(=O)O"),
    ("N#Cc1ccccc1.O.[Na+].[OH-]", "O=C(O)c1ccccc1"),
    ("CC(=O)CC(=O)O", "CC(C)=O"),
    ("O=C(O)CC(=O)O", "CC(=O)O"),
    ("CC(C(=O)O)C(=O)c1ccccc1", "CCC(=O)c1ccccc1"),
    ("CCCBr.[C-]#N.[Na+]", "CCCC#N"),
    ("CCCBr.[N-]=[N+]=[N-].[Na+]", "CCCN=[N+]=[N-]"),
    ("CI.Oc1ccccc1.O=C([O-])[O-].[K+].[K+]", "COc1ccccc1"),
    ("O=Cc1ccccc1.CC(C)=O.[OH-].[Na+]", "CC(=O)C=Cc1ccccc1"),
    ("O=C1CCCCC1.NO", "ON=C1CCCCC1"),
    ("CC(N)=O.BrBr.[OH-].[Na+]", "CN"),
    ("C#CCC.BrBr", "CCC(Br)(Br)C(Br)Br"),
    ("CCBr.[OH-].[Na+]", "CCO"),
    ("O=C(O)c1ccccc1O.CC(=O)OC(C)=O", "CC(=O)Oc1ccccc1C(=O)O"),
    ("c1ccc2ccccc2c1.BrBr", "Brc1cccc2ccccc12"),
]
"""What is mixed, and the product."""


def list_products(inputs: str) -> list[str]:
    return [one.smiles for one in find_textbook_products(canonicalize_smiles(inputs))]


@pytest.mark.parametrize(("inputs", "product"), TAUGHT)
def test_what_is_taught(inputs: str, product: str) -> None:
    """The product stands first, or second where two groups can react."""
    assert canonicalize_smiles(product) in list_products(inputs)[:2]


def test_the_rule_has_a_name() -> None:
    (only,) = find_textbook_products("C1=CCCCC1.BrBr")
    assert (only.smiles, only.name) == ("BrC1CCCCC1Br", "addition of bromine to an alkene")


@pytest.mark.parametrize("inputs", ["C1=CCCCC1", "Cc1ccccc1.CCOCC", "CCCCO.O=C(O)C(F)(F)F.O", "CCCCCC.BrBr"])
def test_without_its_reagent_nothing_happens(inputs: str) -> None:
    taught = {one.name for one in find_textbook_products(inputs)}
    assert taught <= {"esterification"}


@pytest.mark.parametrize("acid", ["CC(=O)CCC(=O)O", "CC(=O)C(=O)O", "O=C(O)c1ccccc1", "CC(=O)C=CC(=O)O"])
def test_no_other_acid_loses_carbon_dioxide_so_easily(acid: str) -> None:
    assert list_products(acid) == []


def test_a_rule_decides_by_its_reagents_or_by_heat_alone() -> None:
    decided = {
        inputs: [one.decides for one in find_textbook_products(canonicalize_smiles(inputs))]
        for inputs in ("C1=CCCCC1.BrBr", "CC(=O)CC(=O)O", "CC(=O)Cl.CN")
    }
    assert decided == {"C1=CCCCC1.BrBr": [True], "CC(=O)CC(=O)O": [True], "CC(=O)Cl.CN": [False]}


def test_a_solvent_is_no_alkylating_agent() -> None:
    assert "ClCNCc1ccccc1" not in list_products("NCc1ccccc1.ClCCl")


@pytest.mark.parametrize(
    ("arene", "products"),
    [
        ("Cc1ccccc1", ["Cc1ccc(Br)cc1"]),
        ("N#Cc1ccccc1", ["N#Cc1cccc(Br)c1"]),
        ("Clc1ccccc1", ["Clc1ccc(Br)cc1"]),
        ("CC(=O)Nc1ccc(C)cc1", ["CC(=O)Nc1ccc(C)cc1Br"]),  # ortho to the stronger donor
        ("Oc1ccc([N+](=O)[O-])cc1", ["O=[N+]([O-])c1ccc(O)c(Br)c1"]),  # both agree
        ("c1ccc2ccccc2c1", ["Brc1cccc2ccccc12"]),
        ("c1ccncc1", []),  # pyridine is no benzene: nothing is said of it
    ],
)
def test_substituents_direct_electrophiles(arene: str, products: list[str]) -> None:
    assert list_products(f"{arene}.BrBr.Br[Fe](Br)Br") == list(map(canonicalize_smiles, products))


def test_each_molecule_has_its_own_best_sites() -> None:
    mixed = Chem.MolFromSmiles("COc1ccccc1.O=[N+]([O-])c1ccccc1")
    assert find_electrophilic_sites(mixed) == {5, 13, 15}


@pytest.mark.parametrize(
    ("inputs", "products"),
    [
        ("C1=CCCCC1.[O-][O+]=O.CSC", ["O=CCCCCC=O"]),
        ("CC1=CCCCC1.[O-][O+]=O.[Zn]", ["CC(=O)CCCCC=O"]),
        ("C1=CCCCC1.[O-][O+]=O.OO", ["O=C(O)CCCCC(=O)O"]),
        ("CC1=CCCCC1.[O-][O+]=O.OO", ["CC(=O)CCCCC(=O)O"]),
        ("C=Cc1ccccc1.[O-][O+]=O.OO", ["O=C(O)c1ccccc1"]),
        ("CC=C(CC)CC.[O-][O+]=O.OO", ["CCC(=O)CC"]),
        ("CCC#CCC.[O-][O+]=O", ["CCC(=O)O"]),
    ],
)
def test_ozonolysis_parts_a_double_bond_and_the_workup_decides(inputs: str, products: list[str]) -> None:
    assert [one.smiles for one in find_textbook_products(inputs)] == [canonicalize_smiles(one) for one in products]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("what does ozonolysis of \u00a4 give?", "ozonolysis"),
        ("product of the catalytic hydrogenation of \u00a4", "catalytic hydrogenation"),
        ("the diels-alder reaction of \u00a4 and \u00a4", "diels-alder"),
        ("dehydrogenation of \u00a4", ""),
        ("dehydration of \u00a4", ""),
        ("nitration and hydrogenation of \u00a4", ""),
        ("what do \u00a4 and \u00a4 give?", ""),
    ],
)
def test_the_reaction_that_is_named(text: str, name: str) -> None:
    assert name_transformation(text) == name


def test_a_name_says_what_a_reaction_is_done_with() -> None:
    assert [one.smiles for one in find_named_products("OC1CCCCC1", "swern")] == ["O=C1CCCCC1"]
    assert [one.smiles for one in find_named_products("CC(C)=O.O=Cc1ccccc1", "aldol condensation")] == [
        "CC(=O)C=Cc1ccccc1"
    ]
    assert find_named_products("C1CCCCC1", "ozonolysis") == []


def test_heat_that_nobody_spoke_of_decides_nothing_beside_other_reactants() -> None:
    found = find_textbook_products(canonicalize_smiles("CC(=O)CC(=O)O.OCC"))
    assert not any(one.decides for one in found if one.name.startswith("decarboxylation"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Fischer esterification of acetic acid with ethanol", "fischer esterification"),
        ("What does Fischer of acetic acid and ethanol give?", "fischer"),
        ("acetic acid and ethanol, Fischer", "fischer"),
        ("Fischer indole synthesis of phenylhydrazine and acetone", ""),
        ("the Fischer projection of glucose", ""),
    ],
)
def test_fischer_is_an_esterification_where_no_other_noun_follows(text: str, name: str) -> None:
    assert name_transformation(text) == name

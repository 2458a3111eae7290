"""Condensed structural formulas: what stands along the chain, and what stays unread."""

from __future__ import annotations

import pytest

from anymol.chem.condensed import read_condensed, read_condensed_group
from anymol.chem.keys import inchikey
from anymol.chem.name_reading import read_notation
from anymol.chem.names import list_named
from anymol.chem.parsing import canonicalize_smiles
from anymol.readers.resolve import WrittenForm, resolve_molecule


@pytest.mark.parametrize(
    ("formula", "smiles"),
    [
        ("PhCH2Br", "BrCc1ccccc1"),
        ("(CH3)2CHCO2Et", "CCOC(=O)C(C)C"),
        ("CH3OCH3", "COC"),
        ("CH3COCH3", "CC(C)=O"),
        ("CH3-CO-CH3", "CC(C)=O"),
        ("(CH3)2CO", "CC(C)=O"),
        ("(CH3)3COH", "CC(C)(C)O"),
        ("CH3CHOHCH3", "CC(C)O"),
        ("CH3CH(OH)CO2H", "CC(O)C(=O)O"),
        ("CH2OHCH2OH", "OCCO"),
        ("CH3COOCH3", "COC(C)=O"),
        ("HOOC(CH2)4COOH", "O=C(O)CCCCC(=O)O"),
        ("EtO2CCH2CO2Et", "CCOC(=O)CC(=O)OCC"),
        ("MeOCOCl", "COC(=O)Cl"),
        ("H2NCH2CH2NH2", "NCCN"),
        ("NH2CONH2", "NC(N)=O"),
        ("HCONMe2", "CN(C)C=O"),
        ("NCCH2CO2Et", "CCOC(=O)CC#N"),
        ("Cl3CCN", "N#CC(Cl)(Cl)Cl"),
        ("CH2=CHCH2Br", "C=CCBr"),
        ("HC≡CH", "C#C"),
        ("PhC#CH", "C#Cc1ccccc1"),
        ("CH2=C(CH3)CO2CH3", "C=C(C)C(=O)OC"),
        ("Ph3P=CH2", "C=P(c1ccccc1)(c1ccccc1)c1ccccc1"),
        ("(EtO)2P(O)CH2CO2Et", "CCOC(=O)CP(=O)(OCC)OCC"),
        ("(EtO)2POCl", "CCOP(=O)(Cl)OCC"),
        ("(PhO)2PON3", "[N-]=[N+]=NP(=O)(Oc1ccccc1)Oc1ccccc1"),
        ("P(OEt)3", "CCOP(OCC)OCC"),
        ("CH(OMe)3", "COC(OC)OC"),
        ("CH3SOCH3", "CS(C)=O"),
        ("MeSO3H", "CS(=O)(=O)O"),
        ("CF3SO2Cl", "O=S(=O)(Cl)C(F)(F)F"),
        ("(CF3CO)2O", "O=C(OC(=O)C(F)(F)F)C(F)(F)F"),
        ("(COCl)2", "O=C(Cl)C(=O)Cl"),
        ("tBuMe2SiCl", "CC(C)(C)[Si](C)(C)Cl"),
        ("n-BuOH", "CCCCO"),
        ("O2NC6H5", "O=[N+]([O-])c1ccccc1"),
        ("PhN=NPh", "c1ccc(N=Nc2ccccc2)cc1"),
        ("CD3OD", "[2H]OC([2H])([2H])[2H]"),
        ("PhB(OH)2", "OB(O)c1ccccc1"),
    ],
)  # fmt: skip
def test_formulas_along_the_chain(formula: str, smiles: str) -> None:
    assert read_condensed(formula) == canonicalize_smiles(smiles)


@pytest.mark.parametrize(
    "text",
    [
        "C3H7OH", "C4H10", "C2H6O", "C6H4Cl2",  # no places
        "CH3", "CH3CO", "PhO", "CH3CCH", "CH3CHOCH3", "CH5OH",  # open or overfull valences
        "HFIP", "PDO", "TMSD", "IPDI", "IPr",  # acronyms
        "Me3SI", "MePPh3Br", "Me3SOI", "HSO3F", "PhIO", "PhICl2",  # salts, acids, hypervalent iodine
        "R-OH", "ArBr", "NaOH", "LiOMe", "Mg(OMe)2", "H2SO4", "aspirin",
        "CH3(", "CH3)2", "()", "=", "(((((CH3)2)2)2", "(((((CH2)30)30)30)30)30",
    ],
)  # fmt: skip
def test_what_leaves_something_open_is_not_read(text: str) -> None:
    assert read_condensed(text) is None


@pytest.mark.parametrize(
    ("label", "smiles"),
    [
        ("SiMe3", "*[Si](C)(C)C"),
        ("SnBu3", "*[Sn](CCCC)(CCCC)CCCC"),
        ("C6H13", "*CCCCCC"),
        ("(CH2)3OH", "*CCCO"),
        ("CH2CO2Et", "*CC(=O)OCC"),
        ("CON(Me)OMe", "*C(=O)N(C)OC"),
        ("Me3Si", "*[Si](C)(C)C"),
        ("HOCH2", "*CO"),
        ("H2NCH2CH2", "*CCN"),
        ("C(OH)Ph2", "*C(O)(c1ccccc1)c1ccccc1"),
    ],
)
def test_labels_of_groups(label: str, smiles: str) -> None:
    group = read_condensed_group(label)
    assert group is not None
    assert group.startswith(("*", "[*]"))
    assert canonicalize_smiles(group) == canonicalize_smiles(smiles)


@pytest.mark.parametrize("label", ["CH2", "C1", "1", "R", "PEG", "F2", "OMe2", "H12"])
def test_labels_that_are_no_group(label: str) -> None:
    assert read_condensed_group(label) is None


def test_a_molecule_may_be_given_so() -> None:
    found = resolve_molecule("BrCH2CH2Br")
    assert (found.smiles, found.origin, found.doubts) == ("BrCCBr", WrittenForm.FORMULA, ())


def test_names_of_the_dictionary_that_are_notations_mean_the_same() -> None:
    """Some hundred formulas that people wrote down with their structures are an independent check of the reading."""
    found = [(hit.name, hit.smiles, read[0]) for hit in list_named() if hit.kind and (read := read_notation(hit.name))]
    assert len(found) > 300
    assert [one for one in found if inchikey(one[1]) != inchikey(one[2])] == []

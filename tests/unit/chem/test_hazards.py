"""Scheduled chemicals are recognised however they are written, and ordinary drugs are not taken for them."""

from __future__ import annotations

import random

import pytest
from rdkit import Chem
from rdkit.Chem.MolStandardize import rdMolStandardize

from anymol.chem.hazards import _CHEMICALS, screen
from anymol.chem.parsing import parse_smiles
from anymol.chem.variants import randomize_smiles

SCHEDULED = {
    "sarin": ("CC(C)OP(C)(=O)F", "1.A.1"),
    "sarin, other writing": ("CP(F)(=O)OC(C)C", "1.A.1"),
    "sarin, charges apart": ("CC(C)O[P+](C)([O-])F", "1.A.1"),
    "sarin, deuterated": ("[2H]C([2H])([2H])P(=O)(F)OC(C)C", "1.A.1"),
    "soman": ("CC(C(C)(C)C)OP(C)(=O)F", "1.A.1"),
    "tabun": ("CCOP(=O)(C#N)N(C)C", "1.A.2"),
    "VX": ("CCOP(C)(=O)SCCN(C(C)C)C(C)C", "1.A.3"),
    "VX hydrochloride": ("CCOP(C)(=O)SCC[NH+](C(C)C)C(C)C.[Cl-]", "1.A.3"),
    "sulfur mustard": ("ClCCSCCCl", "1.A.4"),
    "lewisite": ("Cl/C=C/[As](Cl)Cl", "1.A.5"),
    "HN2 hydrochloride": ("C[NH+](CCCl)CCCl.[Cl-]", "1.A.6"),
    "saxitoxin": ("NC(=O)OC[C@@H]1NC(=N)N2CCC(O)(O)[C@]23NC(=N)N[C@@H]13", "1.A.7"),
    "A-234": ("CCOP(=O)(F)N=C(C)N(CC)CC", "1.A.13"),
    "methylphosphonyl difluoride": ("CP(=O)(F)F", "1.B.9"),
    "chlorosarin": ("CC(C)OP(C)(=O)Cl", "1.B.11"),
    "amiton": ("CCOP(=O)(OCC)SCCN(CC)CC", "2.A.1"),
    "PFIB": ("FC(F)=C(C(F)(F)F)C(F)(F)F", "2.A.2"),
    "BZ": ("OC(C(=O)OC1CN2CCC1CC2)(c1ccccc1)c1ccccc1", "2.A.3"),
    "DMMP": ("COP(C)(=O)OC", "2.B.4"),
    "thiodiglycol": ("OCCSCCO", "2.B.13"),
    "phosgene": ("O=C(Cl)Cl", "3.A.1"),
    "cyanogen chloride": ("N#CCl", "3.A.2"),
    "hydrogen cyanide": ("C#N", "3.A.3"),
    "chloropicrin": ("O=[N+]([O-])C(Cl)(Cl)Cl", "3.A.4"),
    "thionyl chloride": ("O=S(Cl)Cl", "3.B.14"),
    "triethanolammonium chloride": ("OCC[NH+](CCO)CCO.[Cl-]", "3.B.17"),
    "thionyl chloride, charges apart": ("[O-][S+](Cl)Cl", "3.B.14"),
    "HN2, its salt with deuterium chloride": ("[2H][N+](C)(CCCl)CCCl.[Cl-]", "1.A.6"),
    "HN3, all of it deuterated": (
        "[2H]C([2H])(Cl)C([2H])([2H])N(C([2H])([2H])C([2H])([2H])Cl)C([2H])([2H])C([2H])([2H])Cl",
        "1.A.6",
    ),
    "saxitoxin, another tautomer of its carbamate": ("N=C1N[C@H]2[C@H](COC(=N)O)NC(=N)N3CCC(O)(O)[C@@]23N1", "1.A.7"),
    "A-230, as the enamine of its amidine": ("CP(=O)(F)NC(=C)N(CC)CC", "1.A.13"),
    "sodium benzilate": ("[Na+].[O-]C(=O)C(O)(c1ccccc1)c1ccccc1", "2.B.8"),
    "sodium benzilate, written as if covalent": ("[Na]OC(=O)C(O)(c1ccccc1)c1ccccc1", "2.B.8"),
    "potassium thiodiglycolate": ("[K+].[O-]CCSCCO", "2.B.13"),
    "a thiolate of 2.B.12": ("CC(C)N(CC[S][Na])C(C)C", "2.B.12"),
    "sodium diethyl phosphite": ("[Na+].CCOP([O-])OCC", "3.B.11"),
    "BZ methanesulfonate": ("OC(C(=O)OC1C[NH+]2CCC1CC2)(c1ccccc1)c1ccccc1.CS(=O)(=O)[O-]", "2.A.3"),
    "hydrogen cyanide as isocyanide": ("[C-]#[NH+]", "3.A.3"),
    "hydrogen cyanide as ions": ("[H+].[C-]#N", "3.A.3"),
    "phosphorus pentachloride as ions": ("Cl[P+](Cl)(Cl)Cl.Cl[P-](Cl)(Cl)(Cl)(Cl)Cl", "3.B.7"),
}

HARMLESS = {
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "cyclophosphamide": "ClCCN(CCCl)P1(=O)NCCCO1",
    "melphalan": "NC(Cc1ccc(N(CCCl)CCCl)cc1)C(=O)O",
    "malathion": "CCOC(=O)CC(SP(=S)(OC)OC)C(=O)OCC",
    "parathion": "CCOP(=S)(OCC)Oc1ccc(cc1)[N+](=O)[O-]",
    "glyphosate": "OC(=O)CNCP(O)(O)=O",
    "glufosinate": "CP(O)(=O)CCC(N)C(O)=O",
    "fosfomycin": "C[C@@H]1O[C@@H]1P(O)(O)=O",
    "tenofovir": "C[C@H](Cn1cnc2c(N)ncnc12)OCP(O)(O)=O",
    "fosinopril part": "OC(=O)C1CC(CN1)C1CCCCC1",
    "choline": "C[N+](C)(C)CCO",
    "acetylcholine": "CC(=O)OCC[N+](C)(C)C",
    "pyridostigmine": "C[n+]1cccc(c1)OC(=O)N(C)C",
    "dimethylaminoethanol, exempt": "CN(C)CCO",
    "diethylaminoethanol, exempt": "CCN(CC)CCO",
    "fonofos, exempt": "CCOP(=S)(CC)Sc1ccccc1",
    "potassium cyanide": "[K+].[C-]#N",
    "trimethylsilyl cyanide": "C[Si](C)(C)C#N",
    "sodium sulfite": "[Na+].[Na+].[O-]S(=O)[O-]",
    "hexafluorophosphate": "F[P-](F)(F)(F)(F)F",
    "DMSO, charges apart": "C[S+](C)[O-]",
    "trimethylsulfoxonium ylide": "C[S+](C)(=O)[CH2-]",
    "triphenylphosphine": "c1ccc(cc1)P(c1ccccc1)c1ccccc1",
    "dimethylphosphine oxide": "C[PH](=O)C",
    "atropine": "CN1C2CCC1CC(C2)OC(=O)C(CO)c1ccccc1",
    "solifenacin": "O=C(O[C@H]1CN2CCC1CC2)N1CCc2ccccc2[C@@H]1c1ccccc1",
    "ATP": "Nc1ncnc2c1ncn2[C@@H]1O[C@H](COP(=O)(O)OP(=O)(O)OP(=O)(O)O)[C@@H](O)[C@H]1O",
}


@pytest.mark.parametrize(("smiles", "entry"), SCHEDULED.values(), ids=SCHEDULED.keys())
def test_scheduled(smiles: str, entry: str) -> None:
    hazard = screen(smiles)
    assert hazard is not None
    assert hazard.entry == entry
    assert hazard.schedule == int(entry[0])
    assert hazard.is_precursor == (entry[2] == "B")


@pytest.mark.parametrize(("entry", "name", "smiles"), _CHEMICALS, ids=[name for _, name, _ in _CHEMICALS])
def test_every_listed_chemical_is_found_in_any_writing(entry: str, name: str, smiles: str) -> None:
    generator = random.Random(0)
    for _ in range(5):
        hazard = screen(randomize_smiles(smiles, generator))
        assert hazard is not None
        assert hazard.entry == entry


@pytest.mark.parametrize("smiles", HARMLESS.values(), ids=HARMLESS.keys())
def test_harmless(smiles: str) -> None:
    assert screen(smiles) is None


def deuterate(mol: Chem.Mol) -> Chem.Mol:
    heavy = Chem.AddHs(mol)
    for atom in heavy.GetAtoms():
        if atom.GetAtomicNum() == 1:
            atom.SetIsotope(2)
    return heavy


@pytest.mark.parametrize(("entry", "name", "smiles"), _CHEMICALS, ids=[name for _, name, _ in _CHEMICALS])
def test_neither_isotopes_nor_inchi_nor_tautomers_hide_a_listed_chemical(entry: str, name: str, smiles: str) -> None:
    mol = parse_smiles(smiles)
    writings = [Chem.MolToSmiles(deuterate(mol)), f"{smiles}.[2H]Cl", f"{smiles}.O"]
    writings += [Chem.MolToSmiles(one) for one in rdMolStandardize.TautomerEnumerator().Enumerate(mol)]
    if (other := Chem.MolFromInchi(Chem.MolToInchi(mol))) is not None:
        writings.append(Chem.MolToSmiles(other))
    for writing in writings:
        hazard = screen(writing)
        assert hazard is not None, writing
        assert hazard.entry == entry


def test_mixtures_are_screened_molecule_by_molecule_and_the_strictest_counts() -> None:
    hazard = screen("CCO.O=S(Cl)Cl.CC(C)OP(C)(=O)F.O=C(Cl)Cl")
    assert hazard is not None
    assert hazard.entry == "1.A.1"
    assert "sarin" in str(hazard)


def test_known_drugs_of_the_dictionary_pass() -> None:
    from anymol.chem.names import find_name

    for name in ("imatinib", "sildenafil", "methotrexate", "loratadine", "diphenhydramine", "procaine", "tamoxifen"):
        hit = find_name(name)
        assert hit is not None
        assert screen(hit.smiles) is None


def test_real_molecules_hardly_ever_match(data_dir) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    batch = next(pq.ParquetFile(data_dir / "molecules.parquet").iter_batches(2_000, columns=["smiles"]))
    hits = [smiles for smiles in batch["smiles"].to_pylist() if screen(smiles)]
    assert len(hits) <= 2, hits


def test_screening_leaves_the_molecule_alone() -> None:
    parse_smiles("CC(C)OP(C)(=O)F")
    assert screen("*") is None
    assert screen("[Fe+2].[cH-]1cccc1.[cH-]1cccc1") is None

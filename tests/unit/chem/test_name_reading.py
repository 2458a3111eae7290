"""From a name to a structure: the order of the readings, and the doubts that stay with them."""

from __future__ import annotations

import pytest
from rdkit import Chem

from anymol.chem import name_reading, opsin
from anymol.chem.name_reading import NameSource, read_name, tidy_name
from anymol.chem.opsin import is_opsin_available
from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import UnknownNameError

needs_opsin = pytest.mark.skipif(not is_opsin_available(), reason="needs py2opsin and a Java runtime")


@needs_opsin
@pytest.mark.parametrize(
    ("name", "smiles"),
    [
        ("phenyl acetate", "CC(=O)Oc1ccccc1"),
        ("acetic acid ethyl ester", "CCOC(C)=O"),
        ("tert butyl chloride", "CC(C)(C)Cl"),
        ("benzyl propionate", "CCC(=O)OCc1ccccc1"),
        ("methyl phenyl ether", "COc1ccccc1"),
        ("ethyl methyl ketone", "CCC(C)=O"),
        ("allyl phenyl sulfide", "C=CCSc1ccccc1"),
        ("butyl bromide", "CCCCBr"),
        ("calcium hydride", "[Ca+2].[H-].[H-]"),
        ("<IUPAC> propan-2-ol </IUPAC>", "CC(C)O"),
        ("benzene; ethanol", "CCO.c1ccccc1"),
        ("sertraline HCl", "CN[C@H]1CC[C@@H](c2ccc(Cl)c(Cl)c2)c2ccccc21.Cl"),
        ("theophylline monohydrate", "Cn1c(=O)c2[nH]cnc2n(C)c1=O.O"),
        ("ketoprofen sodium", "CC(C(=O)[O-])c1cccc(C(=O)c2ccccc2)c1.[Na+]"),
        ("aq. NaOH", "[Na+].[OH-]"),
        ("glacial acetic acid", "CC(=O)O"),
        ("10% Pd/C", "[Pd]"),
        ("(S)-ibuprofen", "CC(C)Cc1ccc([C@H](C)C(=O)O)cc1"),
        ("(R)-nicotine", "CN1CCC[C@@H]1c1cccnc1"),
        ("(S)-propranolol", "CC(C)NC[C@H](O)COc1cccc2ccccc12"),
        ("(±)-ibuprofen", "CC(C)Cc1ccc(C(C)C(=O)O)cc1"),
        ("D-(-)-fructose", "O=C(CO)[C@@H](O)[C@H](O)[C@H](O)CO"),
        ("iron(II) chloride", "Cl[Fe]Cl"),
        ("iron trichloride", "Cl[Fe](Cl)Cl"),
        ("anisole-d8", "[2H]c1c([2H])c([2H])c(OC([2H])([2H])[2H])c([2H])c1[2H]"),
        ("racemic propranolol", "CC(C)NCC(O)COc1cccc2ccccc12"),
        ("durene; 1,2,4,5-tetramethylbenzene", "Cc1cc(C)c(C)cc1C"),
        ("methylbutane", "CCC(C)C"),
        ("1-butanol", "CCCCO"),
        ("butyl alcohol", "CCCCO"),
        ("2,6-lutidine", "Cc1cccc(C)n1"),
        ("codeine phosphate", "CN1CC[C@]23c4c5ccc(OC)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5.O=P(O)(O)O"),
        ("dioxane", "C1COCCO1"),
        ("Na2S2O3·5H2O", "O.O.O.O.O.O=S([O-])([O-])=S.[Na+].[Na+]"),
    ],
)
def test_readings_without_doubt(name: str, smiles: str) -> None:
    reading = read_name(name)
    assert reading.smiles == canonicalize_smiles(smiles)
    assert reading.doubts == ()


@needs_opsin
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("xylene", "3 isomers"), ("cresol", "3 isomers"), ("dinitrotoluene", "6 isomers"), ("TEA", "triethanolamine"),
        ("(2R)-butane", "left out"), ("(R)-BINAP", "left out"), ("ketoprofen hydrate", "how much water"),
        ("3,6-diacetylmorphine", "another structure"), ("racemic menthol", "relation is lost"),
        ("iron chloride", "oxidation state of iron"), ("picoline", "3 isomers"), ("phenylenediamine", "3 isomers"),
        ("butanol", "2-butanol CCC(C)O"), ("octanol", "2-octanol"), ("lutidine", "6 isomers"),
        ("collidine", "6 isomers"),
        ("xylidine", "2,6-dimethylaniline"), ("bipyridine", "4,4'-bipyridine"),
        ("dithiane", "1,4-dithiane"),
        ("pinene", "beta-pinene"), ("ionone", "alpha-ionone"), ("valerolactone", "gamma-valerolactone"),
        ("chloroacetophenone", "4 isomers"), ("glucose phosphate", "an ester may be meant"),
        ("lutidine hydrochloride", "several isomers"), ("picoline N-oxide", "several isomers"),
    ],
)  # fmt: skip
def test_readings_with_their_doubts(name: str, said: str) -> None:
    assert any(said in doubt for doubt in read_name(name).doubts)


@needs_opsin
def test_an_ambiguous_name_gives_its_isomers() -> None:
    reading = read_name("dinitrotoluene")
    everything = {reading.smiles, *reading.others}
    assert len(everything) == 6
    # OPSIN alone puts both nitro groups on the methyl.
    assert canonicalize_smiles("O=[N+]([O-])C(c1ccccc1)[N+](=O)[O-]") not in everything


@pytest.mark.parametrize(
    ("name", "smiles", "said"),
    [
        ("oxygen", "O=O", "consists of O2"),
        ("nitrogen", "N#N", "consists of N2"),
        ("sulfur", "S1SSSSSSS1", "consists of S8"),
        ("phosphorus", "P12P3P1P23", "consists of P4"),
        ("iron", "[Fe]", "an atom is written"),
        ("argon", "[Ar]", "consists of atoms"),
    ],
)
def test_an_element_is_its_molecule_and_says_so(name: str, smiles: str, said: str) -> None:
    reading = read_name(name)
    assert reading.smiles == canonicalize_smiles(smiles)
    assert any(said in note for note in reading.notes)


def test_sources() -> None:
    assert read_name("aspirin").source is NameSource.DICTIONARY
    assert read_name("Rb2CO3").source is NameSource.FORMULA


@pytest.mark.parametrize(
    "name", ["xyzzyfoo", "", "  ", "((((", "(R)-atorvastatin", "foo; aspirin", "x hydrochloride", ";"]
)
def test_what_nobody_reads_has_no_structure(name: str) -> None:
    with pytest.raises(UnknownNameError):
        read_name(name)


def test_near_names_are_told() -> None:
    with pytest.raises(UnknownNameError, match="did you mean ibuprofen"):
        read_name("ibuprofin")


def test_without_opsin_words_are_not_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    opsin._stop()
    monkeypatch.setattr(opsin, "list_java", lambda: iter(()))
    with pytest.raises(UnknownNameError, match="Java runtime"):
        read_name("benzo phenone")


@needs_opsin
def test_with_opsin_words_are_joined_last() -> None:
    assert read_name("benzo phenone").smiles == "O=C(c1ccccc1)c1ccccc1"


@needs_opsin
def test_a_half_read_salt_is_not_taken() -> None:
    # To OPSIN these hold a bare sodium atom, or charges that do not add up.
    for name in ("theophylline sodium", "ketoprofen sodium"):
        assert "[Na]" not in read_name(name).smiles.split(".")


def test_tidying() -> None:
    assert tidy_name(' "aspirin", ') == "aspirin"
    assert tidy_name("<iupac>ethanol</iupac>") == "ethanol"


def test_taking_apart_has_an_end() -> None:
    with pytest.raises(UnknownNameError):
        read_name("aq. " * 100 + "foo")
    assert name_reading._MAX_DEPTH < 10


@pytest.mark.parametrize(
    ("name", "smiles"),
    [
        ("(+)-menthol", "CC(C)[C@H]1CC[C@H](C)C[C@@H]1O"),
        ("d-menthol", "CC(C)[C@H]1CC[C@H](C)C[C@@H]1O"),
        ("(-)-camphor", "CC1(C)[C@H]2CC[C@]1(C)C(=O)C2"),
        ("(+)-nicotine", "CN1CCC[C@@H]1c1cccnc1"),
    ],
)
def test_a_sign_of_rotation_is_read_from_its_mirror_image(name: str, smiles: str) -> None:
    reading = read_name(name)
    assert (reading.smiles, reading.doubts) == (canonicalize_smiles(smiles), ())


@pytest.mark.parametrize(
    ("name", "smiles"),
    [
        ("N,N-dimethylformamide (DMF)", "CN(C)C=O"),
        ("acetonitrile (MeCN)", "CC#N"),
        ("THF (dry)", "C1CCOC1"),
        ("NaOH (2 M)", "[Na+].[OH-]"),
        ("zinc dust", "[Zn]"),
        ("DMSO.", "CS(C)=O"),
        ("ZnCl2·TMEDA", "CN(C)CCN(C)C.Cl[Zn]Cl"),
        ("BF3·THF", "C1CCOC1.FB(F)F"),
        ("HCl·morpholine", "C1COCCN1.Cl"),
        ("Epsom salt", "O.O.O.O.O.O.O.O=S(=O)([O-])[O-].[Mg+2]"),
        ("NOBr", "O=NBr"),
        ("FCN", "N#CF"),
        ("Weinreb amine", "CNOC"),
    ],
)
def test_what_stands_beside_a_name(name: str, smiles: str) -> None:
    reading = read_name(name)
    assert (reading.smiles, reading.doubts) == (canonicalize_smiles(smiles), ())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ethanol (methanol)", "the brackets name another structure, CO"),
        ("Oxone", "triple salt"),
        ("TMP", "trimethylolpropane"),
        ("HOBt hydrate", "how much water"),
    ],
)
def test_what_may_be_something_else_is_doubted(name: str, said: str) -> None:
    assert said in " ".join(read_name(name).doubts)


@pytest.mark.parametrize("name", ["toluene (foo)", "ZnCl2·foo", "(+)-foo"])
def test_what_stands_beside_must_be_read_too(name: str) -> None:
    with pytest.raises(UnknownNameError):
        read_name(name)


@pytest.mark.parametrize("name", ["ritonavir", "cefazolin", "didanosine"])
def test_amides_of_the_dictionaries_are_amides(name: str) -> None:
    mol = Chem.MolFromSmiles(read_name(name).smiles)
    assert not mol.HasSubstructMatch(Chem.MolFromSmarts("[CX3]([OX2H])=[NX2]"))
    assert not mol.HasSubstructMatch(Chem.MolFromSmarts("[OX2H]-c:n"))


@pytest.mark.parametrize("name", ["brine", "hexanes", "Pd/C", "10% Pd/C", "palladium on carbon", "Lindlar catalyst"])
def test_of_a_material_it_is_said_that_one_compound_is_written(name: str) -> None:
    assert "the compound that works is written" in " ".join(read_name(name).notes)
    assert "compound that works" not in " ".join(read_name("sodium chloride").notes)


@needs_opsin
@pytest.mark.parametrize("name", ["arsenic oxide", "germanium oxide", "uranium oxide"])
def test_metals_whose_charge_the_name_leaves_open_are_doubted(name: str) -> None:
    assert read_name(name).doubts


@needs_opsin
@pytest.mark.parametrize("name", ["aluminum hydroxide acetate", "mercurous nitrate", "mercury(I) nitrate"])
def test_an_ion_of_an_impossible_charge_is_not_taken(name: str) -> None:
    """OPSIN reads Al2+ with one anion of each; the ions of mercury(I) are pairs."""
    with pytest.raises(UnknownNameError):
        read_name(name)


@needs_opsin
def test_a_ratio_in_brackets_belongs_to_the_salt() -> None:
    reading = read_name("aluminum hydroxide acetate (1:1:2)")
    assert reading.smiles == canonicalize_smiles("CC(=O)[O-].CC(=O)[O-].[Al+3].[OH-]")

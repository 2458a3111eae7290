"""Whatever a person types becomes a molecule, in a fixed order, or an error that helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from anymol.chem import name_reading, opsin
from anymol.chem.opsin import is_opsin_available
from anymol.errors import (
    AnyMolError,
    InvalidFileError,
    InvalidInchiError,
    InvalidSelfiesError,
    InvalidSmilesError,
    UnknownNameError,
    UserError,
)
from anymol.readers.resolve import MolType, WrittenForm, resolve_molecule

PARACETAMOL = "CC(=O)Nc1ccc(O)cc1"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.fixture
def no_opsin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let OPSIN refuse everything, without the second its start takes."""

    def refuse(name: str) -> str:
        raise UnknownNameError("OPSIN cannot read this name", value=name)

    monkeypatch.setattr(name_reading, "read_systematic_name", refuse)


@pytest.mark.parametrize(
    ("text", "smiles", "origin"),
    [
        ("OC(=O)c1ccccc1OC(C)=O", ASPIRIN, WrittenForm.SMILES),
        ("aspirin", ASPIRIN, WrittenForm.DICTIONARY),
        ("  Acetylsalicylic acid ", ASPIRIN, WrittenForm.DICTIONARY),
        ("InChI=1S/C9H8O4/c1-6(10)13-8-5-3-2-4-7(8)9(11)12/h2-5H,1H3,(H,11,12)", ASPIRIN, WrittenForm.INCHI),
        ("InChI=1S/C8H9NO2/c1-6(10)9-7-2-4-8(11)5-3-7/h2-5,11H,1H3,(H,9,10)", PARACETAMOL, WrittenForm.INCHI),
        ("[C][=O]", "C=O", WrittenForm.SELFIES),
        ("[C][C][O]", "CCO", WrittenForm.SELFIES),
        ("[Na+].[Cl-]", "[Cl-].[Na+]", WrittenForm.SMILES),
        ("[Na+]", "[Na+]", WrittenForm.SMILES),
        ("[CH3][OH]", "CO", WrittenForm.SMILES),
        ("<mol>CCO</mol>", "CCO", WrittenForm.SMILES),
        ("<mol>\u232cC\u232cC\u232cO</mol>", "CCO", WrittenForm.SMILES),
        ("<SMILES> CCO </SMILES>", "CCO", WrittenForm.SMILES),
        ("<SELFIES> [C][C][O] </SELFIES>", "CCO", WrittenForm.SELFIES),
        ("<IUPAC> aspirin </IUPAC>", ASPIRIN, WrittenForm.DICTIONARY),
        ("<IUPAC>CO</IUPAC>", "[C-]#[O+]", WrittenForm.DICTIONARY),
        ("H2SO4", "O=S(=O)(O)O", WrittenForm.DICTIONARY),
        ("Rb2CO3", "O=C([O-])[O-].[Rb+].[Rb+]", WrittenForm.FORMULA),
    ],
)
def test_readings(text: str, smiles: str, origin: WrittenForm) -> None:
    molecule = resolve_molecule(text)
    assert (molecule.smiles, molecule.origin) == (smiles, origin)


def test_what_an_inchi_leaves_open_is_said() -> None:
    amide = resolve_molecule("InChI=1S/C8H9NO2/c1-6(10)9-7-2-4-8(11)5-3-7/h2-5,11H,1H3,(H,9,10)")
    assert amide.notes == ("an InChI leaves mobile hydrogens open; it may mean CC(O)=Nc1ccc(O)cc1 too",)
    assert not amide.doubts
    molybdate = resolve_molecule("InChI=1S/Mo.2Na.4O/q;2*+1;;;2*-1")
    assert "tells no bonds to Mo" in molybdate.doubts[0]
    assert not resolve_molecule("InChI=1S/ClH.Na/h1H;/q;+1/p-1").doubts
    assert not resolve_molecule("InChI=1S/Fe").doubts


@pytest.mark.parametrize(("text", "smiles", "formula"), [("C", "C", "CH4"), ("I", "I", "HI"), ("Cl", "Cl", "HCl")])
def test_one_atom_is_smiles_and_says_so(text: str, smiles: str, formula: str) -> None:
    molecule = resolve_molecule(text)
    assert (molecule.smiles, molecule.origin) == (smiles, WrittenForm.SMILES)
    assert formula in molecule.notes[0]


@pytest.mark.parametrize(
    ("text", "smiles", "origin", "other"),
    [
        ("NO", "[N]=O", WrittenForm.DICTIONARY, "NO"),
        ("NBS", "O=C1CCC(=O)N1Br", WrittenForm.DICTIONARY, "NBS"),
        ("BrCN", "N#CBr", WrittenForm.DICTIONARY, "NCBr"),
        ("CO", "CO", WrittenForm.SMILES, "[C-]#[O+]"),
    ],
)
def test_letters_that_two_readings_share_are_doubtful(text: str, smiles: str, origin: WrittenForm, other: str) -> None:
    molecule = resolve_molecule(text)
    assert (molecule.smiles, molecule.origin) == (smiles, origin)
    assert other in molecule.doubts[0]


def test_ethanol_needs_no_note() -> None:
    molecule = resolve_molecule("CCO")
    assert (molecule.notes, molecule.doubts) == ((), ())


@pytest.mark.parametrize(
    ("text", "smiles", "other"),
    [
        ("[C][O]", "CO", "as SMILES these symbols would be [C][O]"),
        ("[O][O]", "[O][O]", "as SELFIES these symbols would be OO"),
    ],
)
def test_symbols_that_two_notations_read_say_so(text: str, smiles: str, other: str) -> None:
    molecule = resolve_molecule(text)
    assert molecule.smiles == smiles
    assert other in molecule.notes[0]


def test_symbols_that_mean_the_same_need_no_note() -> None:
    assert resolve_molecule("[Na+].[Cl-]").notes == ()


def test_a_perceived_charge_is_noted(tmp_path) -> None:
    (tmp_path / "ion.xyz").write_text("5\n\nN 0 0 0\nH .6 .6 .6\nH .6 -.6 -.6\nH -.6 .6 -.6\nH -.6 -.6 .6\n")
    molecule = resolve_molecule(str(tmp_path / "ion.xyz"))
    assert molecule.smiles == "[NH4+]"
    assert "the charge of +1 are perceived" in molecule.notes[1]


def test_a_charge_is_taken_by_coordinates_only(examples_dir, tmp_path) -> None:
    (tmp_path / "sodium.xyz").write_text("1\n\nNa 0 0 0\n")
    assert resolve_molecule(str(tmp_path / "sodium.xyz")).smiles == "[Na]"
    assert resolve_molecule(str(tmp_path / "sodium.xyz"), charge=1).smiles == "[Na+]"
    with pytest.raises(InvalidFileError, match="states its own"):
        resolve_molecule(str(examples_dir / "aspirin.sdf"), charge=1)


def test_files_come_first(examples_dir, tmp_path, monkeypatch) -> None:
    molecule = resolve_molecule(str(examples_dir / "aspirin.sdf"))
    assert (molecule.smiles, molecule.origin) == (ASPIRIN, WrittenForm.FILE)
    mixed = resolve_molecule(str(examples_dir / "mixed.sdf"))
    assert mixed.notes[1].startswith("the file holds more")
    (tmp_path / "CCO").write_text("CCCC butane\n")
    monkeypatch.chdir(tmp_path)
    assert resolve_molecule("CCO").smiles == "CCCC"
    assert resolve_molecule("CCO", MolType.SMILES).smiles == "CCO"


def test_written_form_is_kept_for_the_model() -> None:
    molecule = resolve_molecule("OCC")
    assert (molecule.written, molecule.smiles) == ("OCC", "CCO")


def test_repaired_selfies_are_noted() -> None:
    assert "repaired" in resolve_molecule("[C][=F]").notes[0]


@pytest.mark.parametrize(
    ("text", "mol_type", "error"),
    [
        ("aspirin", MolType.SMILES, InvalidSmilesError),
        ("CCO", MolType.SELFIES, InvalidSelfiesError),
        ("CCO", MolType.INCHI, InvalidInchiError),
        ("CCO", MolType.FILE, InvalidFileError),
    ],
)
def test_override_is_obeyed(text: str, mol_type: MolType, error: type[AnyMolError]) -> None:
    with pytest.raises(error):
        resolve_molecule(text, mol_type)


def test_override_reads_a_smiles_like_name() -> None:
    molecule = resolve_molecule("CO", MolType.NAME)
    assert (molecule.smiles, molecule.doubts) == ("[C-]#[O+]", ())
    assert resolve_molecule("CO", MolType.SMILES).doubts == ()


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", UserError, "empty"),
        ("C1CC", InvalidSmilesError, "ring 1"),
        ("CC(=O", InvalidSmilesError, "never closed"),
        ("C(C)(C)(C)(C)C", InvalidSmilesError, "valence"),
        ("50-78-2", UnknownNameError, "CAS Registry Number"),
        ("BSYNRYMUTXBXSQ-UHFFFAOYSA-N", UnknownNameError, "InChIKey"),
        ("InChIKey=BSYNRYMUTXBXSQ-UHFFFAOYSA-N", UnknownNameError, "InChIKey"),
        ("50-78-3", UnknownNameError, "check digit"),
        ("CHEMBL25", UnknownNameError, "database"),
        ("CID 2244", UnknownNameError, "database"),
        ("C9H8O4", UnknownNameError, "molecular formula"),
        ("C6H12O6", UnknownNameError, "weighs 180.16 g/mol"),
        ("Boc", UnknownNameError, "abbreviation of a group"),
        ("TIPS", UnknownNameError, "abbreviation of a group"),
        ("CC1CC", InvalidSmilesError, "ring 1"),
        ("CCO ethanol", InvalidSmilesError, "white space at position 3"),
        ("CC\u2212O", InvalidSmilesError, "write '-'"),
        ("\u0421\u0421O", InvalidSmilesError, "write 'C'"),
        ("~nobody/CCO", UnknownNameError, "no file"),
        ("/", InvalidFileError, "directory"),
        ("missing.sdf", InvalidFileError, "no such file"),
        ("InChI=1S/nonsense", InvalidInchiError, "does not parse"),
        ("ibuprofin", UnknownNameError, "did you mean ibuprofen"),
        ("xyzzyfoo", UnknownNameError, "no file, notation or known name"),
        ("\x00\x01", UserError, "no file"),
        ("x" * 100_000, UserError, "100,000"),
        ("😀", UnknownNameError, "no file"),
    ],
)
@pytest.mark.usefixtures("no_opsin")
def test_errors_help(text: str, error: type[AnyMolError], words: str) -> None:
    with pytest.raises(error) as raised:
        resolve_molecule(text)
    assert words in str(raised.value)


@pytest.mark.skipif(not is_opsin_available(), reason="needs py2opsin and a Java runtime")
def test_systematic_name() -> None:
    molecule = resolve_molecule("4-(2-aminoethyl)benzene-1,2-diol")
    assert (molecule.smiles, molecule.origin) == ("NCCc1ccc(O)c(O)c1", WrittenForm.OPSIN)


@pytest.mark.usefixtures("no_opsin")
def test_the_model_is_asked_last_and_its_probability_stays() -> None:
    asked: list[str] = []

    def model(name: str) -> tuple[str, float]:
        asked.append(name)
        return "OCC", 0.25

    molecule = resolve_molecule("spirit of the grape", name_model=model)
    assert (molecule.smiles, molecule.origin, molecule.probability) == ("CCO", WrittenForm.MODEL, 0.25)
    resolve_molecule("aspirin", name_model=model)
    assert asked == ["spirit of the grape"]


@pytest.mark.usefixtures("no_opsin")
def test_an_invalid_guess_of_the_model_is_no_answer() -> None:
    with pytest.raises(UnknownNameError):
        resolve_molecule("spirit of the grape", name_model=lambda name: ("C(", 0.9))


def test_missing_java_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    opsin._stop()
    monkeypatch.setattr(opsin, "list_java", lambda: iter(()))
    with pytest.raises(UnknownNameError, match="Java runtime"):
        resolve_molecule("3-nonsensyl-4-foo")


@pytest.mark.parametrize(
    ("text", "smiles", "words"),
    [
        ("C[C@H](O)c1ccccc1 |&1:1|", "C[C@H](O)c1ccccc1", "a racemate"),
        ("CC |^1:0| ethyl", "[CH2]C", ""),
        ("CCO->CC=O", "CCO->CC=O", "a reaction is written with '>>'"),
    ],
)
def test_extended_smiles_and_dative_bonds(text: str, smiles: str, words: str) -> None:
    molecule = resolve_molecule(text)
    assert molecule.smiles == smiles
    assert any(words in said for said in (*molecule.notes, *molecule.doubts)) or not words
    assert resolve_molecule(text, MolType.SMILES).smiles == smiles


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[PF6-].[Na+]", "F[P-](F)(F)(F)(F)F"), ("[K+].[BF4-]", "F[B-](F)(F)F"), ("[PF6-]", "F[P-](F)(F)(F)(F)F"),
        ("[SO4-2].[Na+].[Na+]", "[O-]S(=O)(=O)[O-]"), ("[SO4--].[Mg+2]", "[O-]S(=O)(=O)[O-]"),
        ("[SO42-].[Mg+2]", "[O-]S(=O)(=O)[O-]"), ("[OAc-].[Na+]", "CC(=O)[O-]"), ("[Na+].[NO3-]", "[O-][N+](=O)[O-]"),
        ("[ClO4-].[Li+]", "[O-]Cl(=O)(=O)=O"), ("[CO3-2].[Ca+2]", "[O-]C(=O)[O-]"), ("[N3-].[Na+]", "[N-]=[N+]=[N-]"),
    ],
)  # fmt: skip
def test_ions_written_into_one_bracket_are_explained(text: str, hint: str) -> None:
    with pytest.raises(InvalidSmilesError) as error:
        resolve_molecule(text)
    assert error.value.hint == f"write {hint}"


@pytest.mark.parametrize("text", ["[BH4-].[Na+]", "[NH4+].[Cl-]", "[OH-].[K+]"])
def test_ions_that_one_bracket_holds_are_read(text: str) -> None:
    assert resolve_molecule(text).smiles == ".".join(sorted(text.split(".")))


def test_an_arrow_for_people_is_explained() -> None:
    for text in ("CCO -> CC=O", "CCO\u2192CC=O"):
        with pytest.raises(InvalidSmilesError) as error:
            resolve_molecule(text)
        assert error.value.hint == "write a reaction as reactants>>products"


@pytest.mark.skipif(not is_opsin_available(), reason="needs py2opsin and a Java runtime")
def test_the_doubts_of_a_name_stay_with_the_molecule() -> None:
    molecule = resolve_molecule("xylene")
    assert "3 isomers" in molecule.doubts[0]
    assert {molecule.smiles, *molecule.others} == {"Cc1ccccc1C", "Cc1cccc(C)c1", "Cc1ccc(C)cc1"}


@pytest.mark.parametrize(
    ("text", "words"),
    [("CC~O", "leaves open which bond"), ("C:C", "outside a ring"), ("[#6]CC", "an atom of a pattern")],
)
def test_signs_of_patterns_are_doubtful(text: str, words: str) -> None:
    assert words in resolve_molecule(text).doubts[0]
    assert resolve_molecule("[Na+].CC#N").doubts == ()


def test_bonds_from_coordinates_are_marked(examples_dir: Path) -> None:
    assert resolve_molecule(str(examples_dir / "aspirin.xyz")).is_perceived
    assert not resolve_molecule(str(examples_dir / "aspirin.sdf")).is_perceived

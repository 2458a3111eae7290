"""SD files: V2000, V3000, properties, and records that are broken in many ways."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from anymol.readers.conformers import read_sdf_conformers
from anymol.readers.sdf import read_sdf

ETHANOL = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))


def read(text: str):
    return list(read_sdf(io.StringIO(text)))


def test_a_broken_record_stands_in_its_place(examples_dir: Path) -> None:
    with (examples_dir / "mixed.sdf").open() as stream:
        rows = list(read_sdf(stream))
    assert [row.index for row in rows] == [0, 1, 2, 3, 4]
    assert [row.smiles is None for row in rows] == [False, False, True, False, False]
    assert "C (atom 1) has 5 bonds" in (rows[2].error or "")
    assert rows[2].name == "carbon with five bonds"
    assert rows[4].smiles == "C[C@H]([NH3+])C(=O)[O-]"
    assert rows[0].properties == {"SOURCE": "example"}


def test_v3000_and_windows_line_ends() -> None:
    block = Chem.MolToV3KMolBlock(Chem.MolFromSmiles("C[C@H](N)C(=O)O"))
    assert read(block.replace("\n", "\r\n"))[0].smiles == "C[C@H](N)C(=O)O"


def test_properties_with_several_lines() -> None:
    text = ETHANOL + ">  <NOTE>  (1)\nfirst\nsecond\n\n> <EMPTY>\n\n> <LAST>\n1.5\n\n$$$$\n"
    assert read(text)[0].properties == {"NOTE": "first\nsecond", "EMPTY": "", "LAST": "1.5"}


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("garbage\n", "M  END"),
        ("\n\n\n\n", "empty"),
        ("\n\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n", "no atoms"),
        ("\n\n\n  x  y  0  0  0  0  0  0  0  0999 V2000\nM  END\n", "Cannot convert"),
        (ETHANOL.replace(" O ", " Qq"), "'Qq' (atom 3) is not an element"),
        (ETHANOL.replace(" O ", " A "), "atom 3 is a query"),
        (ETHANOL.replace("  2  3  1  0", "  2  3  8  0"), "bond 2 is a query"),
        ("\n\n\n999999999999 V2000\nM  END\n", "too short"),
    ],
)
def test_bad_records(record: str, words: str) -> None:
    rows = read(record + "$$$$\n" + ETHANOL + "$$$$\n")
    assert len(rows) == 2
    assert rows[0].smiles is None
    assert words in (rows[0].error or "")
    assert rows[1].smiles == "CCO"


@pytest.mark.parametrize(("symbol", "smiles"), [("R#", "*CC"), ("R1", "[1*]CC"), ("* ", "*CC"), ("D ", "[2H]CC")])
def test_attachment_points_and_isotopes_are_no_queries(symbol: str, smiles: str) -> None:
    assert read(ETHANOL.replace(" O ", f" {symbol}"))[0].smiles == smiles


def test_last_record_may_lack_its_end_mark() -> None:
    assert [row.smiles for row in read(ETHANOL + "$$$$\n" + ETHANOL)] == ["CCO", "CCO"]


def test_an_endless_record_is_cut() -> None:
    rows = read("x" * 3_000_000 + "\n" + "y" * 3_000_000 + "\nM  END\n$$$$\n" + ETHANOL + "$$$$\n")
    assert "too long: at most 5,000,000" in (rows[0].error or "")
    assert rows[1].smiles == "CCO"


def test_a_label_of_broken_letters_is_told_and_not_raised() -> None:
    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))
    (row,) = read(block.replace(" O  ", " A\u20bf", 1) + "$$$$\n")
    assert row.smiles is None
    assert "not an element" in str(row.error)


def test_a_record_without_atoms_has_no_coordinates() -> None:
    (row,) = read_sdf_conformers(io.StringIO(Chem.MolToV3KMolBlock(Chem.Mol()) + "$$$$\n"))
    assert row.record is None
    assert row.error


@pytest.mark.parametrize("surplus", ["\n", "\n\n"])
def test_a_header_that_is_too_long_is_read_and_said(surplus: str) -> None:
    """The line that counts atoms and bonds should be the fourth."""
    titled = "ethanol\n" + surplus + ETHANOL.split("\n", 1)[1]
    for text, name in ((surplus + ETHANOL, None), (titled, "ethanol")):
        row, last = read(text + "$$$$\n" + ETHANOL + "$$$$\n")
        assert (row.smiles, row.name) == ("CCO", name)
        assert f"the header has {3 + len(surplus)} lines instead of 3" in row.notes[0]
        assert (last.smiles, last.notes) == ("CCO", ())


def test_a_header_that_is_too_short_is_read_and_said() -> None:
    (row,) = read(ETHANOL.split("\n", 1)[1])
    assert row.smiles == "CCO"
    assert "the header has 2 lines instead of 3" in row.notes[0]


def test_what_smiles_cannot_write_is_said_in_the_row() -> None:
    (racemate,) = read(Chem.MolToV3KMolBlock(Chem.MolFromSmiles("C[C@H](O)c1ccccc1 |&1:1|")) + "> <LOT>\n7\n\n$$$$\n")
    assert racemate.properties == {"LOT": "7"}
    assert "a racemate" in racemate.notes[0]


def test_labels_polymers_and_old_abbreviations() -> None:
    head, tail = ETHANOL.split("M  END")
    boc, polymer, old = read(
        f"{head}A    1\nBoc\nM  END{tail}$$$$\n"
        f"{head}M  STY  1   1 SRU\nM  SAL   1  1   2\nM  SMT   1 n\nM  END{tail}$$$$\n"
        f"{head}G    1   2\nEt\nM  END{tail}$$$$\n"
    )
    assert boc.smiles == "CC(C)(C)OC(=O)CO"
    assert polymer.smiles is None and "repeat unit of a polymer" in (polymer.error or "")
    assert (old.smiles, old.notes) == ("CCO", ("the abbreviation 'Et' is left out",))


def test_a_geometry_has_no_places_for_the_atoms_of_a_label() -> None:
    mol = Chem.AddHs(Chem.MolFromSmiles("CCO"))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=1) == 0
    block = Chem.MolToMolBlock(mol)
    head, tail = block.split("M  END")
    good, labelled = read_sdf_conformers(io.StringIO(f"{block}$$$$\n{head}A    3\nOBoc\nM  END{tail}$$$$\n"))
    assert good.record is not None and good.record.smiles == "CCO"
    assert labelled.record is None


def write_block(atoms: list[str], bonds: list[str], *lines: str) -> str:
    """Return a V2000 block; an atom is its symbol and what stands in the columns of isotope and charge."""
    table = [f"    0.0000    0.0000    0.0000 {atom:<3}" for atom in atoms]
    counts = f"{len(atoms):3d}{len(bonds):3d}  0  0  0  0            999 V2000"
    return "\n".join(["", "", "", counts, *table, *bonds, *lines, "M  END"]) + "\n"


@pytest.mark.parametrize(
    ("atoms", "lines", "smiles"),
    [
        (["C   0  0", "C   0  4"], (), "[CH2]C"),
        (["C   0  4", "C   0  4"], (), "[CH2][CH2]"),
        (["C   0  0", "C   0  5"], (), "[CH2-]C"),
        # A line of charges or radicals takes the place of the whole column.
        (["C   0  0", "C   0  4"], ("M  CHG  1   1  -1",), "[CH2-]C"),
        (["C   0  0", "C   0  4"], ("M  RAD  1   1   2",), "[CH2]C"),
    ],
)
def test_radicals_in_the_column_of_charges(atoms: list[str], lines: tuple[str, ...], smiles: str) -> None:
    assert read(write_block(atoms, ["  1  2  1  0"], *lines))[0].smiles == smiles


def test_blocks_without_the_line_that_parts_them_are_records_of_their_own() -> None:
    methylamine = write_block(["C", "N"], ["  1  2  1  0"])
    assert [row.smiles for row in read(ETHANOL + methylamine)] == ["CCO", "CN"]
    # A block that is the value of a field is not.
    rows = read(ETHANOL + "> <original>\n" + methylamine + "\n$$$$\n" + methylamine)
    assert [row.smiles for row in rows] == ["CCO", "CN"] and "V2000" in rows[0].properties["original"]


def test_values_of_several_paragraphs_and_numbered_fields() -> None:
    text = ETHANOL + "> <ABSTRACT>\nfirst\n\nsecond\n\n>  DT12\nthird\n\n$$$$\n"
    assert read(text)[0].properties == {"ABSTRACT": "first\n\nsecond", "DT12": "third"}


@pytest.mark.parametrize("bond", ["  2  0  1  0", "  2  2  1  0", "  1  2  1  0"])
def test_bonds_that_cannot_be_are_named(bond: str) -> None:
    (row,) = read(write_block(["C", "C", "O"], ["  1  2  1  0", bond]))
    assert "a bond leads to an atom that is not there" in (row.error or "")


def test_a_bond_of_order_zero_is_said() -> None:
    (row,) = read(write_block(["C", "O"], ["  1  2  0  0"]))
    assert row.smiles == "C~O" and "order zero" in row.notes[0]


def test_a_bond_to_several_atoms_that_begins_at_one_of_them_is_refused() -> None:
    """RDKit would write one bond where five are meant."""
    atoms = [f"M  V30 {number} {symbol} 0 0 0 0" for number, symbol in enumerate(["C"] * 5 + ["Fe"], 1)]
    bonds = [f"M  V30 {number} 1 {number} {number % 5 + 1}" for number in range(1, 6)]
    bonds += ["M  V30 6 9 1 6 ENDPTS=(5 1 2 3 4 5) ATTACH=ALL"]
    block = "\n".join(
        ["", "", "", "  0  0  0     0  0            999 V3000", "M  V30 BEGIN CTAB", "M  V30 COUNTS 6 6 0 0 0",
         "M  V30 BEGIN ATOM", *atoms, "M  V30 END ATOM", "M  V30 BEGIN BOND", *bonds, "M  V30 END BOND",
         "M  V30 END CTAB", "M  END"]
    )  # fmt: skip
    assert "a bond to several atoms at once cannot be read" in (read(block + "\n")[0].error or "")

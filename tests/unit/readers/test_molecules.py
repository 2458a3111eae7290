"""Files of every kind, good, bad and mistaken."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from rdkit import Chem

from anymol.errors import InvalidFileError
from anymol.readers import ReadRow, read_molecules
from anymol.readers.content import FileKind, sniff_file
from anymol.readers.parts import states_no_bonds


def test_examples(examples_dir: Path) -> None:
    assert next(read_molecules(examples_dir / "aspirin.sdf")).smiles == "CC(=O)Oc1ccccc1C(=O)O"
    ibuprofen = next(read_molecules(examples_dir / "ibuprofen.mol"))
    assert (ibuprofen.name, ibuprofen.smiles) == ("(S)-ibuprofen", "CC(C)Cc1ccc([C@H](C)C(=O)O)cc1")
    assert next(read_molecules(examples_dir / "caffeine.xyz")).smiles == "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
    assert len(list(read_molecules(examples_dir / "molecules.smi"))) == 12


def test_a_csv_table_is_named_as_what_it_is(examples_dir: Path) -> None:
    with pytest.raises(InvalidFileError, match="a CSV table"):
        read_molecules(examples_dir / "molecules.csv")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.sdf", b"\x89PNG\r\n\x1a\n0000", "a PNG image"),
        ("a.mol", b"\xff\xd8\xff\xe0", "a JPEG image"),
        ("a.xyz", b"%PDF-1.7\n", "a PDF document"),
        ("a.smi", b'{"smiles": "CCO"}', "a JSON file"),
        ("a.smi", b'[{"smiles": "CCO"}]', "a JSON file"),
        ("a.sdf", b"PK\x03\x04....", "a ZIP archive"),
        ("a.sdf", b"PAR1....", "a Parquet table"),
        ("a.sdf", b"<html><body>404</body></html>", "an HTML page"),
        ("a.sdf", b"<?xml version='1.0'?><cml/>", "an XML file"),
        ("a.sdf", b"HEADER    HYDROLASE\nATOM      1", "a PDB file"),
        ("a.sdf", b"BEGIN IONS\nPEPMASS=100\nEND IONS\n", "an MGF spectrum file"),
        ("a.sdf", b"##TITLE=spectrum\n", "a JCAMP-DX spectrum file"),
        ("a.sdf", b"$RXN\n\n\n", "an MDL reaction file"),
        ("a.gjf", b"%chk=a.chk\n# HF opt\n\nwater\n\n0 1\nO 0 0 0\n", "of a quantum chemistry program"),
        ("a.inp", b"! HF\n* xyz 0 1\nO 0 0 0\n*\n", "of a quantum chemistry program"),
        ("coord", b"$coord\n 0 0 0 o\n$end\n", "of a quantum chemistry program"),
        ("a.sdf", b"\x80\x04\x95\x10", "a Python pickle"),
        ("a.sdf", b"", "an empty file"),
        ("a.sdf", b" \n\n", "an empty file"),
        ("a.bin", b"\x00\x01\x02", "a binary file"),
        ("a.txt", b"Dear colleague,\nthank you.\n", "a text file of another kind"),
    ],
)
def test_wrong_content(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidFileError) as error:
        read_molecules(path)
    assert words in str(error.value)


def test_missing_and_directory(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="no such file"):
        read_molecules(tmp_path / "none.sdf")
    with pytest.raises(InvalidFileError, match="directory"):
        read_molecules(tmp_path)
    with pytest.raises(InvalidFileError, match="no such file"):
        read_molecules("~nobody_of_this_name/a.sdf")
    with pytest.raises(InvalidFileError, match="not a path"):
        read_molecules("a\0b.sdf")


def test_content_decides_between_formats(tmp_path: Path, examples_dir: Path) -> None:
    mistaken = tmp_path / "aspirin.xyz"
    mistaken.write_bytes((examples_dir / "aspirin.sdf").read_bytes())
    assert next(read_molecules(mistaken)).name == "aspirin"
    unnamed = tmp_path / "molecules"
    unnamed.write_text("CCO ethanol\n")
    assert sniff_file(unnamed) is FileKind.SMILES
    assert next(read_molecules(unnamed)).smiles == "CCO"


def test_a_damaged_xyz_file_is_no_smiles_file(tmp_path: Path) -> None:
    damaged = tmp_path / "carbon.xyz"
    damaged.write_text("1\ncarbon\nC nan 0 0\n")
    assert [row.smiles for row in read_molecules(damaged)] == [None]


def test_gzip(tmp_path: Path, examples_dir: Path) -> None:
    packed = tmp_path / "mixed.sdf.gz"
    packed.write_bytes(gzip.compress((examples_dir / "mixed.sdf").read_bytes()))
    assert len(list(read_molecules(packed))) == 5
    packed.write_bytes(packed.read_bytes()[:200])
    with pytest.raises(InvalidFileError, match="ended before"):
        list(read_molecules(packed))


def test_damaged_gzip(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"CCO ethanol\n" * 5000))
    packed[20:30] = bytes(10)
    path = tmp_path / "a.smi.gz"
    path.write_bytes(packed)
    with pytest.raises(InvalidFileError, match="cannot be read"):
        list(read_molecules(path))


def test_a_row_is_a_molecule_or_an_error() -> None:
    with pytest.raises(ValueError, match="either"):
        ReadRow(0, None, None)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("name", ["a.sdf", "a.smi", "a.xyz", "a.mol2", "a.pdb", "nothing"])
def test_encodings_and_line_ends(tmp_path: Path, name: str, encoding: str, line_end: str) -> None:
    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))
    water = ((0.0, 0.0, 0.0), (0.96, 0.0, 0.0), (-0.24, 0.93, 0.0))
    pdb = "".join(
        f"HETATM{number:5}  {symbol:<3} LIG A   1    {x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00           {symbol[0]}\n"
        for number, (symbol, (x, y, z)) in enumerate(zip(("O", "H1", "H2"), water, strict=True), 1)
    )
    atoms = "".join(
        f" {number} {symbol} {x} {y} {z} {kind}\n"
        for number, (symbol, kind, (x, y, z)) in enumerate(zip("OHH", ("O.3", "H", "H"), water, strict=True), 1)
    )
    texts = {
        "a.sdf": f"café{block}> <Ort>\nMünchen\n\n$$$$\n" * 2,
        "a.smi": "CCO café\nCCO naïve\n",
        "a.xyz": "3\ncafé\n"
        + "".join(f"{symbol} {x} {y} {z}\n" for symbol, (x, y, z) in zip("OHH", water, strict=True)),
        "a.mol2": "@<TRIPOS>MOLECULE\ncafé\n 3 2\nSMALL\nNO_CHARGES\n"
        f"@<TRIPOS>ATOM\n{atoms}@<TRIPOS>BOND\n 1 1 2 1\n 2 1 3 1\n",
        "a.pdb": f"HEADER    café\n{pdb}END\n",
    }
    text = texts.get(name, texts["a.smi"])
    (tmp_path / name).write_bytes(text.replace("\n", line_end).encode(encoding))
    rows = list(read_molecules(tmp_path / name))
    assert [row.smiles for row in rows] == (["CCO"] * 2 if name in ("a.sdf", "a.smi", "nothing") else ["O"])
    assert rows[0].name == "café"
    if name == "a.sdf":
        assert rows[1].properties == {"Ort": "München"}


@pytest.mark.parametrize("first", ["[13CH4]", "[2H]C([2H])([2H])O", "[Na+].[Cl-]", "[12CH4] m", "[238U]"])
def test_smiles_that_begin_like_json(tmp_path: Path, first: str) -> None:
    for name in ("a.smi", "a.txt"):
        (tmp_path / name).write_text(f"{first}\nCCO\n")
        assert sniff_file(tmp_path / name) is FileKind.SMILES
        assert len(list(read_molecules(tmp_path / name))) == 2


@pytest.mark.parametrize("content", ["[1, 2]", "[13]", '["a"]', "[[1.5e3, 2]]", "[]", '{"a": 1}', "{}", "[-1.5,\n2]"])
def test_json_is_still_known(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.txt").write_text(content)
    assert sniff_file(tmp_path / "a.txt") is FileKind.JSON


def test_smiles_and_names_may_stand_apart_by_commas(tmp_path: Path) -> None:
    (tmp_path / "a.smi").write_text("CCO,ethanol\nCCN,ethylamine\n")
    assert [(row.smiles, row.name) for row in read_molecules(tmp_path / "a.smi")] == [
        ("CCO", "ethanol"),
        ("CCN", "ethylamine"),
    ]


@pytest.mark.parametrize(
    "line",
    ["{s}{n} {x} {y} {z}", "{n} {s} {x} {y} {z}", "{s},{x},{y},{z}", "{x} {y} {z} {s}", "{s}(Fragment=1) {x} {y} {z}"],
)
def test_odd_columns_are_known_for_xyz(tmp_path: Path, line: str) -> None:
    water = (("O", 0.0, 0.0, 0.0), ("H", 0.96, 0.0, 0.0), ("H", -0.24, 0.93, 0.0))
    comment = "Properties=pos:R:3:species:S:1" if line.startswith("{x}") else "water"
    lines = [line.format(s=symbol, n=number, x=x, y=y, z=z) for number, (symbol, x, y, z) in enumerate(water, 1)]
    (tmp_path / "a.xyz").write_text("\n".join(["3", comment, *lines]) + "\n")
    assert next(read_molecules(tmp_path / "a.xyz")).smiles == "O"
    assert states_no_bonds(tmp_path / "a.xyz")

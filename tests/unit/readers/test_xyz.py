"""XYZ files: their columns, labels and comment lines, and what is said of bonds that they do not state."""

from __future__ import annotations

import io
import time

import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from anymol.chem.limits import run_limited
from anymol.readers import xyz
from anymol.readers.conformers import to_molecule
from anymol.readers.rows import ReadRow
from anymol.readers.xyz import read_xyz
from anymol.readers.xyz_comment import parse_comment

ETHANOL = (
    ("C", -0.85441, 0.22352, 0.24180), ("C", 0.38715, -0.35854, -0.40146), ("O", 1.53158, 0.38431, -0.00731),
    ("H", -1.74755, -0.32780, -0.06514), ("H", -0.97494, 1.27580, -0.03586), ("H", -0.77706, 0.18919, 1.33350),
    ("H", 0.52831, -1.40317, -0.10802), ("H", 0.31028, -0.31380, -1.49170), ("H", 1.59664, 0.33050, 0.96144),
)  # fmt: skip
NUMBERS = {"C": 6, "O": 8, "H": 1}


def write_ethanol(line: str, comment: str = "") -> str:
    """Return a frame whose atom lines are `line` filled in: s element, z atomic number, n running number, a b c."""
    atoms = [
        line.format(s=symbol, z=NUMBERS[symbol], n=number, a=x, b=y, c=z)
        for number, (symbol, x, y, z) in enumerate(ETHANOL, 1)
    ]
    return "\n".join(["9", comment, *atoms]) + "\n"


def write_frame(smiles: str, comment: str = "") -> str:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=1) == 0
    lines = Chem.MolToXYZBlock(mol).splitlines()
    return "\n".join([lines[0], comment, *lines[2:]]) + "\n"


def read(text: str, charge: int | None = None) -> list[ReadRow]:
    return list(map(to_molecule, read_xyz(io.StringIO(text), charge=charge)))


@pytest.mark.parametrize(
    "line",
    [
        "{s} {a} {b} {c}",
        "  {s}\t{a}   {b}\t{c}  ",
        "{z} {a} {b} {c}",
        "{s} {a} {b} {c} -0.25 0.1",  # charges, forces or velocities behind
        "{s} {a:.5E} {b:.5E} {c:.5E}",
        "{s},{a},{b},{c}",
        "{n} {s} {a} {b} {c}",
        "{s} {z}.0 {a} {b} {c}",  # GAMESS puts the nuclear charge first
        "{s} {a} 1 {b} 1 {c} 1",  # MOPAC says what is optimised
        "{s} {a} 0 {b} 1 {c} 0 0.3",
    ],
)
def test_columns(line: str) -> None:
    (row,) = read(write_ethanol(line))
    assert (row.smiles, row.error) == ("CCO", None)


def test_decimal_commas_and_fortran_exponents() -> None:
    assert read(write_ethanol("{s} {a} {b} {c}").replace(".", ","))[0].smiles == "CCO"
    text = "3\nwater\n8 0.0 0.0 0.119D0 0.1 0.2\n1 0.0 0.763 -0.477 0 0\nH 0.0 -0.763 -0.477 0 0\n"
    assert read(text)[0].smiles == "O"


@pytest.mark.parametrize(
    ("line", "comment"),
    [
        ("{s} {a} {b} {c} 0 0 0", 'Properties=species:S:1:pos:R:3:forces:R:3 energy=-4.2 pbc="F F F"'),
        ("0.1 0.2 0.3 {s} {a} {b} {c}", "Properties=forces:R:3:species:S:1:pos:R:3 energy=-4.2"),
        ("{n} {z} {a} {b} {c}", "Properties=id:I:1:Z:I:1:pos:R:3"),
    ],
)
def test_columns_of_extended_xyz(line: str, comment: str) -> None:
    assert read(write_ethanol(line, comment))[0].smiles == "CCO"


def test_a_periodic_cell_is_said() -> None:
    (row,) = read(write_ethanol("{s} {a} {b} {c}", 'Lattice="20 0 0 0 20 0 0 0 20" Properties=species:S:1:pos:R:3'))
    assert row.smiles == "CCO"
    assert "periodic cell" in row.notes[0]


@pytest.mark.parametrize("line", ["{s}{n} {a} {b} {c}", "{s}_{n} {a} {b} {c}", "{s}({n}) {a} {b} {c}"])
def test_labels_are_read_and_said(line: str) -> None:
    (row,) = read(write_ethanol(line))
    assert row.smiles == "CCO"
    assert "labels such as 'C" in row.notes[0]


@pytest.mark.parametrize("label", ["CA1", "HG11", "Zz", "119", "OW", "C-alpha!", "1234567890123"])
def test_what_is_no_element_is_refused(label: str) -> None:
    (row,) = read(f"1\nlabel\n{label} 0 0 0\n")
    assert row.smiles is None
    assert f"'{label[:20]}' is no" in (row.error or "")


@pytest.mark.parametrize(
    ("written", "smiles"), [("D", "[2H]O[2H]"), ("2H", "[2H]O[2H]"), ("T", "[3H]O[3H]"), ("h", "O"), ("H", "O")]
)
def test_isotopes(written: str, smiles: str) -> None:
    assert read(f"3\nwater\n16O 0 0 0.119\n{written} 0 0.763 -0.477\n{written} 0 -0.763 -0.477\n")[0].smiles == (
        smiles.replace("O", "[16OH2]" if smiles == "O" else "[16O]")
    )


@pytest.mark.parametrize(
    ("line", "charge"),
    [
        ("charge=-1", -1), ("charge = +1", 1), ("Charge: 2", 2), ("charge -1", -1), ("total charge is 1", 1),
        ("energy=-154.0 charge=-1 spin=0", -1), ('charge="-1" name=acetate', -1), ("charge=0", 0), ("charge=-1.0", -1),
        ("charge=2-", -2), ("charge=1+", 1), ("charge=\u22121", -1), ("acetate charge=-1", -1), ("q=-1", -1),
        ("net_charge=1", 1), ("total_charge: -2", -2), ("CHARGE=1 MULT=2", 1), ("chrg=1 uhf=0", 1),
        ("max. mulliken charge=-1 on O", None), ("Mulliken charge: 1", None), ("partial charge=0", None),
        ("charge=-0.35", None), ("charge=1 on N", None), ("charges=1", None), ("discharge=1", None),
        ("surcharge 5", None), ("NBO charge 1 of C3", None), ("Hirshfeld_charge=1", None), ("charge transfer", None),
        ("water, 298 K", None), ("", None),
    ],
)  # fmt: skip
def test_the_total_charge_of_a_comment_line(line: str, charge: int | None) -> None:
    assert parse_comment(line).charge == charge


def test_a_charge_that_is_not_taken_is_said() -> None:
    (row,) = read(write_ethanol("{s} {a} {b} {c}", "max. mulliken charge=-1 on O"))
    assert (row.smiles, row.properties["charge_source"]) == ("CCO", "perceived")
    assert "'charge=-1' in the comment line is not taken for the total charge" in row.notes


@pytest.mark.parametrize(
    ("line", "multiplicity"),
    [("multiplicity=2", 2), ("mult 3", 3), ("uhf=1", 2), ("a doublet", 2), ("simultaneous 2", None), ("", None)],
)
def test_the_multiplicity_of_a_comment_line(line: str, multiplicity: int | None) -> None:
    assert parse_comment(line).multiplicity == multiplicity


def test_two_bare_numbers_are_charge_and_multiplicity_where_the_electrons_allow_it() -> None:
    assert (parse_comment("-1 1", 31).charge, parse_comment("-1 1", 31).multiplicity) == (-1, 1)
    assert parse_comment("0 1", 26).charge == 0
    assert parse_comment("0 1", 31).charge is None
    assert parse_comment("1 2 3", 26).charge is None
    assert read(write_frame("CC(=O)[O-]", "-1 1"))[0].properties == {"charge": "-1", "charge_source": "comment line"}


@pytest.mark.parametrize(
    ("smiles", "charge"),
    [
        ("CC(=O)Oc1ccccc1C(=O)O", "0"),
        ("CC(=O)[O-]", "-1"),
        ("C[NH3+]", "1"),
        ("[NH3+]CC(=O)[O-]", "0"),
        ("C[N+](=O)[O-]", "0"),
        ("C[C@H](N)C(=O)O", "0"),
        ("C[C@@H](N)C(=O)O", "0"),
        ("[O-]C(=O)C(=O)[O-]", "-2"),
    ],
)
def test_bonds_and_charge_are_perceived_and_said(smiles: str, charge: str) -> None:
    row = read(write_frame(smiles))[0]
    assert row.error is None
    assert row.smiles == Chem.CanonSmiles(smiles)
    assert row.properties == {"charge": charge, "charge_source": "perceived"}
    assert "perceived from distances" in row.notes[0]


def test_given_and_written_charges() -> None:
    phenoxide = write_frame("[O-]c1ccccc1")
    assert read(phenoxide)[0].smiles == "[O]c1ccccc1"
    for row in (*read(phenoxide, charge=-1), *read(write_frame("[O-]c1ccccc1", "charge=-1"))):
        assert row.smiles == "[O-]c1ccccc1"
    assert read(write_frame("[O-]c1ccccc1", "charge=-1"))[0].properties["charge_source"] == "comment line"
    (row,) = read(write_frame("[O-]c1ccccc1", "charge=0 multiplicity=2"), charge=-1)
    assert (row.smiles, row.properties["charge_source"]) == ("[O-]c1ccccc1", "given")
    assert "the charge given, -1, is taken instead of +0 in the comment line" in row.notes
    assert read(write_frame("C[N+](=O)[O-]", "charge=0"))[0].smiles == "C[N+](=O)[O-]"


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("charge=1", "charge -1 would fit"),
        ("charge=0 mult=1", "multiplicity 1 contradicts charge 0"),
        ("charge=-1 charge=+1", "several charges"),
    ],
)
def test_contradictions_are_refused(comment: str, words: str) -> None:
    (row,) = read(write_frame("CC(=O)[O-]", comment))
    assert row.smiles is None
    assert words in (row.error or "")


@pytest.mark.parametrize("smiles", ["CCO", "c1ccccc1", "C1CCCCC1"])
def test_a_frame_stripped_of_its_hydrogens_is_refused(smiles: str) -> None:
    atoms = [line for line in write_frame(smiles).splitlines()[2:] if not line.startswith("H")]
    row = read("\n".join([str(len(atoms)), "", *atoms]))[0]
    assert row.smiles is None
    assert "no hydrogens" in (row.error or "")


def test_frames_and_bad_frames_keep_their_places() -> None:
    bad_line = "2\nbad line\nC 0 0 0\nC here we are\n"
    unknown = "1\nunknown element\nZz 0 0 0\n"
    short = "5\ntoo short\nC 0 0 0\n"
    far = "1\nfar\nC 1e9 0 0\n"
    rows = read(write_frame("CCO", "first") + bad_line + unknown + short + far + write_frame("O", "last") + "\n\n")
    assert [row.name for row in rows] == ["first", "bad line", "unknown element", "too short", "far", "last"]
    assert [row.smiles for row in rows] == ["CCO", None, None, None, None, "O"]
    assert "symbol x y z" in (rows[1].error or "")
    assert "'Zz' is not an element" in (rows[2].error or "")
    assert "announces 5 atoms and has 1" in (rows[3].error or "")


def test_too_many_atoms() -> None:
    atoms = "\n".join(f"He {3 * number} 0 0" for number in range(501))
    assert "501 atoms" in (read(f"501\nhelium\n{atoms}\n")[0].error or "")


def test_time_limit_is_an_error_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xyz, "perceive_molecule", lambda *args, **kwargs: run_limited(time.sleep, 60, seconds=0.1))
    (row,) = read(write_frame("CCO"))
    assert "stopped after" in (row.error or "")


WATER = "O 0 0 0.117\nH 0 0.757 -0.469\nH 0 -0.757 -0.469\n"
METHANE = "{} 0 0 0\nH 0.63 0.63 0.63\nH -0.63 -0.63 0.63\nH -0.63 0.63 -0.63\nH 0.63 -0.63 -0.63\n"


@pytest.mark.parametrize(
    "ghost", ["Bq", "Bq1", "X", "XX", "Xx", "Du", "Gh(O)", "@O", "O:", "H-Bq", "H_bq", "bqO", "Q", "LP"]
)
def test_places_without_a_nucleus_are_left_out_and_said(ghost: str) -> None:
    (row,) = read(f"4\n\n{WATER}{ghost} 0 0 2.8\n")
    assert row.smiles == "O"
    assert row.notes[0] == f"places without a nucleus are left out: {ghost}"


def test_elements_that_look_like_ghosts_are_elements() -> None:
    (row,) = read("3\nxenon difluoride\nXe 0 0 0\nF 0 0 1.98\nF 0 0 -1.98\n")
    assert row.smiles == "F[Xe]F"
    assert "ghost or dummy atoms only" in (read("1\n\nBq 0 0 0\n")[0].error or "")


@pytest.mark.parametrize(
    ("carbon", "smiles"),
    [
        ("C(Iso=13)", "[13CH4]"),
        ("C(iso=13,spin=1)", "[13CH4]"),
        ("C-13", "[13CH4]"),
        ("C(Fragment=1)", "C"),
        ("C", "C"),
    ],
)
def test_isotopes_as_programs_write_them(carbon: str, smiles: str) -> None:
    assert read("5\n\n" + METHANE.format(carbon))[0].smiles == smiles


def test_numbers_at_every_atom_are_labels_and_not_isotopes() -> None:
    text = "2\n\nF-1 0 0 0\nH-2 0 0 0.92\n"
    assert read(text)[0].smiles == "F"
    assert "labels such as 'F-1'" in read(text)[0].notes[0]


def test_lines_behind_the_atoms_are_left_out_and_said() -> None:
    """As in QM9: frequencies, SMILES and InChI behind the atoms, charges beside them, exponents of Mathematica."""
    qm9 = (
        "5\ngdb 1\t157.71\t0.\nC\t-0.0126981359\t1.0858041578\t0.0080009958\t-0.535689\n"
        "H\t0.002150416\t-0.0060313176\t1.976120*^-3\t0.133921\nH\t1.0117308433\t1.4637511618\t0.0002765748\t0.133922\n"
        "H\t-0.540815069\t1.4475266138\t-0.8766437152\t0.133923\n"
        "H\t-0.5238136345\t1.4379326443\t0.9063972942\t0.133923\n"
        "1341.307\t1341.3284\t1341.365\t1562.6731\nC\tC\t\nInChI=1S/CH4/h1H4\tInChI=1S/CH4/h1H4\n"
    )
    (row,) = read(qm9)
    assert row.smiles == "C" and "3 lines behind the atoms are left out" in row.notes[0]
    (row,) = read(f"3\n\n{WATER}VEC1 10 0 0\nVEC2 0 10 0\nVEC3 0 0 10\n")
    assert row.smiles == "O"
    assert "announces 2 atoms and has 3" in (read(f"2\n\n{WATER}")[0].error or "")


def test_integers_among_decimal_commas() -> None:
    assert read("3\n\n" + WATER.replace(".", ","))[0].smiles == "O"


@pytest.mark.parametrize("word", ["cation", "anion", "dianion", "radical cation"])
def test_a_word_is_not_a_charge_and_that_is_said(word: str) -> None:
    (row,) = read(f"4\nmethyl {word}\nC 0 0 0\nH 1.09 0 0\nH -0.545 0.944 0\nH -0.545 -0.944 0\n")
    assert row.smiles == "[CH3]" and row.notes[0].startswith(f"'{word}' in the comment line states no charge")
    (row,) = read(f"4\nmethyl {word} charge=1\nC 0 0 0\nH 1.09 0 0\nH -0.545 0.944 0\nH -0.545 -0.944 0\n")
    assert row.smiles == "[CH3+]" and row.notes == ()


TETRAHEDRON = ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))


def write_oxide(element: str, length: float, ends: int) -> str:
    """Return an atom with oxygens at the corners of a tetrahedron, some of them empty."""
    places = [[value * length / 3**0.5 for value in corner] for corner in TETRAHEDRON[:ends]]
    lines = [f"O {x:.4f} {y:.4f} {z:.4f}" for x, y, z in places]
    return "\n".join([str(ends + 1), "", f"{element} 0 0 0", *lines]) + "\n"


@pytest.mark.parametrize(
    ("element", "length", "ends", "smiles"),
    [
        ("Cl", 1.45, 4, "[O-][Cl+3]([O-])([O-])[O-]"),
        ("Cl", 1.49, 3, "[O-][Cl+2]([O-])[O-]"),
        ("Br", 1.66, 3, "[O-][Br+2]([O-])[O-]"),
        ("I", 1.78, 4, "[O-][I+3]([O-])([O-])[O-]"),
        ("S", 1.49, 4, "O=S(=O)([O-])[O-]"),
        ("S", 1.53, 3, "O=S([O-])[O-]"),
        ("P", 1.55, 4, "O=P([O-])([O-])[O-]"),
    ],
)
def test_oxoanions_are_ions(element: str, length: float, ends: int, smiles: str) -> None:
    """Perchlorate, chlorate, bromate, periodate, sulfate, sulfite and phosphate; their radicals are not met."""
    (row,) = read(write_oxide(element, length, ends))
    assert row.smiles == smiles and "state the charge to settle it" in row.notes[0]


def test_flat_sulfur_trioxide_is_neutral_and_chlorine_dioxide_a_radical() -> None:
    flat = "4\n\nS 0 0 0\nO 1.42 0 0\nO -0.71 1.2298 0\nO -0.71 -1.2298 0\n"
    assert read(flat)[0].smiles == "O=S(=O)=O"
    bent = "3\n\nCl 0 0 0\nO 1.253 0.768 0\nO -1.253 0.768 0\n"
    row = read(bent)[0]
    assert row.properties["charge"] == "0" and "radical" in row.notes[0]

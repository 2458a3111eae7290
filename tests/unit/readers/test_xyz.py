"""XYZ files: bonds and charges that the file does not state."""

from __future__ import annotations

import io
import time

import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from anymol.chem.limits import run_limited
from anymol.readers import xyz
from anymol.readers.rows import ReadRow
from anymol.readers.xyz import read_xyz


def write_frame(smiles: str, comment: str = "") -> str:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=1) == 0
    lines = Chem.MolToXYZBlock(mol).splitlines()
    return "\n".join([lines[0], comment, *lines[2:]]) + "\n"


def read(text: str, charge: int | None = None) -> list[ReadRow]:
    return list(read_xyz(io.StringIO(text), charge=charge))


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
def test_bonds_and_charge_are_perceived(smiles: str, charge: str) -> None:
    row = read(write_frame(smiles))[0]
    assert row.error is None
    assert row.smiles == Chem.CanonSmiles(smiles)
    assert row.properties == {"charge": charge, "charge_source": "perceived"}


def test_given_and_written_charges() -> None:
    assert read(write_frame("CC(=O)[O-]", "charge=-1"))[0].properties["charge_source"] == "comment line"
    assert read(write_frame("CC(=O)[O-]"), charge=-1)[0].properties["charge_source"] == "given"
    wrong = read(write_frame("CC(=O)[O-]"), charge=1)[0]
    assert wrong.smiles is None
    assert "give the charge" in (wrong.error or "")


@pytest.mark.parametrize(("symbol", "charge", "smiles"), [("Na", 1, "[Na+]"), ("Fe", 2, "[Fe+2]"), ("Cl", -1, "[Cl-]")])
def test_a_lone_ion_keeps_its_charge_and_gets_no_hydrogens(symbol: str, charge: int, smiles: str) -> None:
    assert read(f"1\ncharge={charge}\n{symbol} 0 0 0\n")[0].smiles == smiles


@pytest.mark.parametrize("smiles", ["CCO", "c1ccccc1", "C1CCCCC1"])
def test_a_frame_stripped_of_its_hydrogens_is_refused(smiles: str) -> None:
    atoms = [line for line in write_frame(smiles).splitlines()[2:] if not line.startswith("H")]
    row = read("\n".join([str(len(atoms)), "", *atoms]))[0]
    assert row.smiles is None
    assert "no hydrogens" in (row.error or "")


@pytest.mark.parametrize("smiles", ["[C-]#[O+]", "O=C=O", "FC(F)(F)F", "N#CC#N", "[C-]#N"])
def test_molecules_without_hydrogens_are_read(smiles: str) -> None:
    assert read(write_frame(smiles))[0].smiles == Chem.CanonSmiles(smiles)


def test_frames_and_bad_frames_keep_their_places() -> None:
    bad_line = "2\nbad line\nC 0 0 0\nC here we are\n"
    unknown = "1\nunknown element\nXx 0 0 0\n"
    short = "5\ntoo short\nC 0 0 0\n"
    far = "1\nfar\nC 1e9 0 0\n"
    rows = read(write_frame("CCO", "first") + bad_line + unknown + short + far + write_frame("O", "last") + "\n\n")
    assert [row.name for row in rows] == ["first", "bad line", "unknown element", "too short", "far", "last"]
    assert [row.smiles for row in rows] == ["CCO", None, None, None, None, "O"]
    assert "symbol x y z" in (rows[1].error or "")
    assert "'Xx' is not an element" in (rows[2].error or "")
    assert "announces 5 atoms and has 1" in (rows[3].error or "")


def test_atomic_numbers_extra_columns_and_fortran_exponents() -> None:
    text = "3\nwater\n8 0.0 0.0 0.119D0 0.1 0.2\n1 0.0 0.763 -0.477 0 0\nH 0.0 -0.763 -0.477 0 0\n"
    assert read(text)[0].smiles == "O"


def test_too_many_atoms() -> None:
    atoms = "\n".join(f"He {3 * number} 0 0" for number in range(501))
    assert "501 atoms" in (read(f"501\nhelium\n{atoms}\n")[0].error or "")


def test_time_limit_is_an_error_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xyz, "perceive_bonds", time.sleep)
    monkeypatch.setattr(xyz, "_normalize_block", lambda frame: 60)
    monkeypatch.setattr(
        xyz, "run_limited", lambda function, block, charges, seconds: run_limited(function, block, seconds=0.1)
    )
    row = read(write_frame("CCO"))[0]
    assert "stopped after" in (row.error or "")

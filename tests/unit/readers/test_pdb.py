"""PDB files of ligands: elements without their column, alternative places, deuterium, ligands beside a protein."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from anymol.modalities.conformer import Conformer
from anymol.readers.conformers import to_molecule
from anymol.readers.pdb import read_pdb
from anymol.readers.rows import ReadRow, RecordRow

VALINE = "N[C@@H](C(C)C)C(=O)O"
NAMES = ["N", "CA", "CB", "CG1", "CG2", "C", "O", "OXT", "H1", "H2", "HA", "HB", "HG11", "HG12", "HG13", "HG21", "HG22"]
NAMES += ["HG23", "HXT"]


def build(smiles: str) -> tuple[list[str], np.ndarray]:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=5) == 0
    return [atom.GetSymbol() for atom in mol.GetAtoms()], mol.GetConformer().GetPositions()


def write_atom(
    name: str,
    place: Sequence[float],
    *,
    element: str = "",
    residue: str = "LIG",
    record: str = "HETATM",
    alternative: str = "",
    occupancy: float = 1.0,
    charge: str = "",
    number: int = 1,
    is_left: bool = False,
) -> str:
    """Return a line; names of up to three letters stand in column 14 unless they shall be left-justified."""
    shown = name if len(name) == 4 or is_left else f" {name}"
    x, y, z = place
    head = f"{record:<6}{1:>5} {shown:<4}{alternative:1}{residue:>3} A{number:>4}    "
    return f"{head}{x:8.3f}{y:8.3f}{z:8.3f}{occupancy:6.2f}{0:6.2f}          {element:>2}{charge}"


def write_valine(**fields: object) -> list[str]:
    symbols, places = build(VALINE)
    assert [name.lstrip("123456789")[0] for name in NAMES] == symbols
    return [write_atom(name, place, **fields) for name, place in zip(NAMES, places, strict=True)]  # type: ignore[arg-type]


def read(lines: Sequence[str], charge: int | None = None) -> list[RecordRow[Conformer]]:
    return list(read_pdb(io.StringIO("\n".join(lines) + "\n"), charge=charge))


def read_one(lines: Sequence[str], charge: int | None = None) -> ReadRow:
    (row,) = read(lines, charge)
    return to_molecule(row)


@pytest.mark.parametrize("is_left", [False, True])
@pytest.mark.parametrize(("residue", "record"), [("LIG", "HETATM"), ("VAL", "ATOM")])
def test_names_tell_the_elements_where_no_column_does(is_left: bool, residue: str, record: str) -> None:
    """``HG11`` is a hydrogen and no mercury, ``CA`` the alpha carbon."""
    row = read_one([*write_valine(is_left=is_left, residue=residue, record=record), "END"])
    assert row.smiles == Chem.CanonSmiles(VALINE)


def test_the_column_of_elements_is_believed() -> None:
    symbols, places = build("CC(Cl)Br")
    lines = [
        write_atom(f"X{number}", place, element=symbol.upper())
        for number, (symbol, place) in enumerate(zip(symbols, places, strict=True))
    ]
    assert Chem.MolToSmiles(Chem.MolFromSmiles(str(read_one(lines).smiles)), isomericSmiles=False) == "CC(Cl)Br"


@pytest.mark.parametrize("is_left", [False, True])
def test_halogens_by_their_names(is_left: bool) -> None:
    symbols, places = build("OC(F)(Cl)CBr")
    names = [f"{symbol.upper()}{number}" for number, symbol in enumerate(symbols, 1)]
    lines = [
        write_atom(name, place, is_left=is_left or len(symbol) == 2)
        for name, symbol, place in zip(names, symbols, places, strict=True)
    ]
    (row,) = read(lines)
    assert row.record is not None
    assert [Chem.Atom(int(number)).GetSymbol() for number in row.record.atomic_numbers] == symbols


@pytest.mark.parametrize("junk", ["12", "A1", "??"])
def test_what_is_no_element_in_its_column_is_passed_by(junk: str) -> None:
    """Old files have segment and line numbers there."""
    assert read_one(write_valine(element=junk)).smiles == Chem.CanonSmiles(VALINE)


def test_calcium_is_told_from_the_alpha_carbon() -> None:
    assert read_one([write_atom("CA", (0, 0, 0), residue="CA", is_left=True)]).smiles == "[Ca]"
    assert read_one([write_atom("CA", (0, 0, 0), residue="CA", is_left=True)], charge=2).smiles == "[Ca+2]"
    assert (
        read_one([write_atom("ZN", (0, 0, 0), residue="ZN", is_left=True, charge="2+", element="ZN")]).smiles
        == "[Zn+2]"
    )


@pytest.mark.parametrize("residue", ["MSE", "LIG"])
def test_selenium_by_its_name(residue: str) -> None:
    """``SE`` in column 13 of selenomethionine is selenium; no residue has a sulfur of that name."""
    symbols, places = build("C[Se]C")
    shown = [symbol.upper() if symbol == "Se" else f"{symbol}{index}" for index, symbol in enumerate(symbols)]
    lines = [
        write_atom(name, place, residue=residue, is_left=name == "SE")
        for name, place in zip(shown, places, strict=True)
    ]
    assert read_one(lines).smiles == "C[Se]C"


def test_only_alternative_place_b() -> None:
    row = read_one(write_valine(element="", alternative="B"))
    assert row.smiles == Chem.CanonSmiles(VALINE)


@pytest.mark.parametrize(("shares", "kept"), [((0.3, 0.7), "B"), ((0.7, 0.3), "A"), ((0.5, 0.5), "A")])
def test_of_alternative_places_the_one_with_the_largest_share(shares: tuple[float, float], kept: str) -> None:
    symbols, places = build("CO")
    lines = [
        write_atom(f"{symbol}{number}", place + shift, element=symbol, alternative=letter, occupancy=share)
        for letter, share, shift in (("A", shares[0], 0.0), ("B", shares[1], 0.4))
        for number, (symbol, place) in enumerate(zip(symbols, places, strict=True))
    ]
    (row,) = read(lines)
    assert row.record is not None and row.record.smiles == "CO"
    assert row.record.coordinates[0, 0] == pytest.approx(places[0, 0] + (0.4 if kept == "B" else 0.0), abs=1e-3)
    assert f"alternative places are left out: {'A' if kept == 'B' else 'B'} of LIG" in row.notes


def test_alternative_places_of_a_side_chain_go_with_what_has_one_place() -> None:
    lines = write_valine()
    moved = [line[:16] + "B" + line[17:54] + "  0.40" + line[60:] for line in lines[13:16]]
    lines[13:16] = [line[:16] + "A" + line[17:54] + "  0.60" + line[60:] for line in lines[13:16]]
    assert read_one(lines + moved).smiles == Chem.CanonSmiles(VALINE)


@pytest.mark.parametrize("element", ["D", ""])
def test_deuterium(element: str) -> None:
    symbols, places = build("CO")
    lines = []
    for number, (symbol, place) in enumerate(zip(symbols, places, strict=True)):
        is_heavy = symbol == "H" and number < 5  # the methyl group
        name = f"D{number}" if is_heavy else f"{symbol}{number}"
        lines.append(write_atom(name, place, element=element if is_heavy else symbol if element else ""))
    assert read_one(lines).smiles == "[2H]C([2H])([2H])O"


def test_heavy_water_is_water() -> None:
    _, places = build("O")
    water = [write_atom(name, place, residue="DOD") for name, place in zip(("O", "D1", "D2"), places, strict=True)]
    assert read_one(write_valine() + water).smiles == Chem.CanonSmiles(VALINE)


def test_a_ligand_beside_a_protein_is_read_and_the_rest_named() -> None:
    symbols, places = build("CC(=O)Nc1ccc(O)cc1")
    ligand = [
        write_atom(f"{symbol}{number}", place + 40, element=symbol, residue="TYL")
        for number, (symbol, place) in enumerate(zip(symbols, places, strict=True))
    ]
    protein = [line for number in range(1, 90) for line in write_valine(residue="VAL", record="ATOM", number=number)]
    zinc = [write_atom("ZN", (9, 9, 9), residue="ZN", element="ZN", is_left=True, number=200)]
    row = read_one(["HEADER    A PROTEIN", *protein, "TER", *zinc, *ligand, "END"])
    assert (row.smiles, row.name) == ("CC(=O)Nc1ccc(O)cc1", "A PROTEIN")
    assert row.notes[0] == "TYL is read; left out are 89 residues of a polymer, ZN"


def test_a_protein_alone_is_too_large() -> None:
    protein = [line for number in range(1, 90) for line in write_valine(residue="VAL", record="ATOM", number=number)]
    assert "atoms" in (read_one(protein).error or "")


def test_charges_in_their_column_are_the_total_charge() -> None:
    symbols, places = build("[O-]c1ccccc1")
    lines = [
        write_atom(f"{symbol}{number}", place, element=symbol, charge="1-" if symbol == "O" else "")
        for number, (symbol, place) in enumerate(zip(symbols, places, strict=True))
    ]
    assert read_one(lines).smiles == "[O-]c1ccccc1"
    plain = [line[:78] for line in lines]
    assert read_one(plain).smiles == "[O]c1ccccc1"
    assert read_one(plain, charge=-1).smiles == "[O-]c1ccccc1"


@pytest.mark.parametrize("end", ["ENDMDL", "END"])
def test_models(end: str) -> None:
    rows = read(["MODEL        1", *write_valine(), end, "MODEL        2", *write_valine(), end, "END"])
    assert [row.record is not None and row.record.smiles for row in rows] == [Chem.CanonSmiles(VALINE)] * 2


def test_without_hydrogens_the_geometry_is_read_and_the_bonds_are_not() -> None:
    (row,) = read([line for line in write_valine() if line[12:14].strip()[0] != "H"])
    assert row.record is not None
    assert (row.record.n_atoms, row.record.smiles) == (8, None)
    assert "no hydrogens" in (to_molecule(row).error or "")


def test_groups_that_are_not_bonded_are_read_together_and_said() -> None:
    symbols, places = build("O")
    water = [
        write_atom(f"{symbol}{n}", place, element=symbol)
        for n, (symbol, place) in enumerate(zip(symbols, places, strict=True))
    ]
    chloride = write_atom("CL", np.array([20.0, 0, 0]), element="CL", residue="CL", number=2)
    (row,) = read([*water, chloride])
    assert row.record is not None and row.record.smiles == "O.[Cl-]"
    assert "2 groups are read together" in row.notes[0]

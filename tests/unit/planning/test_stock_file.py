"""A user's own stock: any format, with prices, damaged rows told."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.torture.reader_cases import damage

from anymol.errors import InvalidFileError, UserError
from anymol.planning.stock_file import read_price, read_stock


def test_a_table_gives_molecules_names_and_prices(tmp_path: Path) -> None:
    path = tmp_path / "shelf.csv"
    path.write_text("Catalog,SMILES,Price (EUR)\nA-1,CCO,12.50\nA-2,C1CC,3\nA-3,CCN,on request\nA-4,CCC=O,\n")
    found = read_stock(path)
    assert [(one.smiles, one.name, one.price) for one in found.stock.entries] == [
        ("CCO", "A-1", 12.5), ("CCN", "A-3", None), ("CCC=O", "A-4", None),
    ]  # fmt: skip
    assert found.damaged[0].startswith("row 2: ")
    assert (len(found.damaged), found.unpriced, found.has_prices) == (1, 1, True)


def test_a_smiles_file_gives_names(tmp_path: Path) -> None:
    path = tmp_path / "shelf.smi"
    path.write_text("CCO ethanol\nc1ccccc1 benzene\n")
    assert [(one.smiles, one.name) for one in read_stock(path).stock.entries] == [
        ("CCO", "ethanol"), ("c1ccccc1", "benzene"),
    ]  # fmt: skip


def test_an_sd_file_gives_prices_from_its_fields(tmp_path: Path) -> None:
    from rdkit import Chem

    path = tmp_path / "shelf.sdf"
    mol = Chem.MolFromSmiles("CCO")
    mol.SetProp("_Name", "ethanol")
    mol.SetProp("COST", "7")
    with Chem.SDWriter(str(path)) as writer:
        writer.write(mol)
    (entry,) = read_stock(path).stock.entries
    assert (entry.smiles, entry.name, entry.price) == ("CCO", "ethanol", 7.0)


def test_a_table_without_smiles_names_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "shelf.csv"
    path.write_text("compound,amount\nCCO,1\n")
    with pytest.raises(InvalidFileError, match=r"no column of SMILES.*compound, amount"):
        read_stock(path)
    assert len(read_stock(path, column="compound").stock) == 1


def test_a_damaged_file_gives_what_can_be_read_or_an_error_of_ours(tmp_path: Path) -> None:
    path, rng, read = tmp_path / "shelf.csv", random.Random(7), 0
    for _ in range(200):
        path.write_bytes(damage(b"name,smiles,price\nethanol,CCO,1.50\nglycine,NCC(=O)O,2\nsalt,CCN.Cl,\n", rng))
        try:
            read += len(read_stock(path).stock)
        except UserError:
            continue
    assert read > 100


def test_a_file_without_a_molecule_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shelf.smi"
    path.write_text("C1CC\n")
    with pytest.raises(InvalidFileError, match="no molecule"):
        read_stock(path)


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("12", 12.0),
        ("$1,250.50", 1250.5),
        ("12,5 EUR", 12.5),
        ("EUR 3'400", 3400.0),
        ("on request", None),
        ("1.2.3", None),
    ],
)
def test_prices_as_catalogues_write_them(text: str, price: float | None) -> None:
    assert read_price(text) == price

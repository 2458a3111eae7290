"""No file takes more memory or time than its size is worth, and what is not a file is not waited for."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from anymol.bounds import GZIP_FREE_BYTES, GZIP_RATIO, MAX_ATOMS, MAX_COLUMNS
from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidFileError, InvalidSmilesError
from anymol.readers import read_molecules
from anymol.readers.formats import read_conformers, read_images, read_infrared_spectra, read_mass_spectra
from anymol.readers.tables import Columns, read_rows

READERS: dict[str, Callable[[Path], Iterator[Any]]] = {
    "a.smi": read_molecules,
    "a.sdf": read_molecules,
    "b.sdf": read_conformers,
    "a.xyz": read_conformers,
    "a.png": read_images,
    "a.mgf": read_mass_spectra,
    "a.jdx": read_infrared_spectra,
    "a.csv": lambda path: read_rows(path, Columns()),
    "a.jsonl": lambda path: read_rows(path, Columns()),
    "c.smi": lambda path: read_rows(path, Columns()),
}


@pytest.mark.parametrize("name", READERS)
def test_what_is_not_a_file_is_not_waited_for(name: str, tmp_path: Path) -> None:
    read = READERS[name]
    pipe, loop, folder, device = (tmp_path / f"{kind}-{name}" for kind in ("pipe", "loop", "folder", "device"))
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    folder.mkdir()
    device.symlink_to("/dev/zero")
    for path in (pipe, loop, folder, device, tmp_path / name):
        with pytest.raises(InvalidFileError):
            list(read(path))


@pytest.mark.parametrize("name", ["a.smi", "a.csv"])
def test_a_bomb_of_gzip_is_put_down(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.gz"
    with gzip.open(path, "wb", compresslevel=6) as stream:
        stream.write(b"smiles\n")
        for _ in range(2 * GZIP_FREE_BYTES >> 20):
            stream.write(b"C" * (1 << 20))
    assert GZIP_RATIO * path.stat().st_size < 2 * GZIP_FREE_BYTES
    tracemalloc.start()
    with pytest.raises(InvalidFileError, match=f"more than {GZIP_RATIO} times larger"):
        list(READERS[name](path))
    assert tracemalloc.get_traced_memory()[1] < 20 << 20
    tracemalloc.stop()


def test_an_honest_gzip_of_any_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    with gzip.open(path, "wt") as stream:
        stream.write("smiles,id\n")
        stream.writelines(f"CCO,{number}\n" for number in range(1000))
    rows = list(read_rows(path, Columns()))
    assert [row.columns["id"] for row in rows] == [str(number) for number in range(1000)]
    plain = tmp_path / "packed.csv"  # gzip by its content, whatever it is called
    plain.write_bytes(path.read_bytes())
    assert len(list(read_rows(plain, Columns()))) == 1000


@pytest.mark.parametrize("cut", [3, 30, -8])
def test_an_archive_that_is_cut_short_says_so(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"smiles\n" + b"CCO\n" * 100)[:cut])
    with pytest.raises(InvalidFileError):
        list(read_rows(path, Columns()))


def test_a_line_without_end_takes_no_memory(tmp_path: Path) -> None:
    for name in ("a.sdf", "a.smi", "a.csv"):
        path = tmp_path / name
        with path.open("wb") as stream:
            stream.write(b"smiles\n" if name == "a.csv" else b"")
            for _ in range(50):
                stream.write(b"x" * (1 << 20))
        tracemalloc.start()
        rows = list(READERS[name](path)) if name != "a.sdf" else list(read_molecules(path))
        assert tracemalloc.get_traced_memory()[1] < 30 << 20, name
        tracemalloc.stop()
        assert len(rows) == 1 and rows[0].error is not None, name


def test_a_header_of_many_columns_is_read_in_its_length(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",".join(["smiles", *["x"] * (MAX_COLUMNS - 1)]) + "\nCCO\n")
    (row,) = read_rows(path, Columns())
    assert row.main == "CCO"
    path.write_text(",".join(["smiles", *["x"] * MAX_COLUMNS]) + "\nCCO\n")
    with pytest.raises(InvalidFileError, match="the header has 10,001 columns"):
        list(read_rows(path, Columns()))


def test_names_of_columns_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,x.1,x,x,smiles\n1,2,3,4,CCO\n")
    (row,) = read_rows(path, Columns())
    assert row.columns == {"x": "1", "x.1": "2", "x.2": "3", "x.3": "4", "smiles": "CCO"}


@pytest.mark.parametrize("smiles", ["C" * (MAX_ATOMS + 1), "C1" + "C" * 6001 + "C1", "[CH2]" * 1500])
def test_a_molecule_of_too_many_atoms_is_refused_with_the_bound(smiles: str) -> None:
    with pytest.raises(InvalidSmilesError, match=r"atoms.*at most 1,000 heavy atoms") as error:
        parse_smiles(smiles)
    assert error.value.cause == "too_long"


def test_a_molecule_of_just_so_many_atoms_is_read() -> None:
    assert parse_smiles("C" * MAX_ATOMS).GetNumAtoms() == MAX_ATOMS
    assert parse_smiles("O" + "C(Cl)(Br)" * 333).GetNumAtoms() == MAX_ATOMS

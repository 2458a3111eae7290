"""All of QM9 (Ramakrishnan et al. 2014), from the files of the package ``qm9pack``."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyarrow as pa
import pyarrow.csv as pa_csv
from rdkit import Chem, rdBase

from anymol.chem.key_parts import connectivity_part
from anymol.data.licences import SourceLicence
from anymol.errors import DataError, MissingDependencyError

QM9_LICENCE: Final = SourceLicence("CC0 (QM9), MIT (qm9pack)", weights_allowed=True)
QM9_METHOD: Final = "QM9, B3LYP/6-31G(2df,p)"
"""The method, as ``quantum.parquet`` writes it."""

_PACKAGE: Final = "qm9pack"
QM9PACK_FILES: Final = ("qm9_part1.csv", "qm9_part2.csv", "qm9_part3.csv")
QM9PACK_COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "homo_hartree": "HOMO_au",
        "lumo_hartree": "LUMO_au",
        "gap_hartree": "HOMO_LUMO_gap_au",
        "u0_hartree": "InternalEnergy_0K_au",
        "dipole_debye": "Dipole_debye",
    }
)
"""Label -> column of the package's files."""

_SALT: Final = "anymol-qm9-v1:"
_MODULUS: Final = 20
"""One molecule in this many is val, another one is test."""


def find_qm9() -> Path | None:
    """Return the folder of the package's files; None where it is not installed. Nothing of it is run."""
    found = find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / "data"


def read_qm9(labels: Collection[str]) -> pa.Table:
    """Return all molecules of QM9 with some labels.

    Molecules that ``quantum.parquet`` evaluates are among them; the builder refuses to answer them in training.

    Args:
        labels: Names of labels, as ``quantum.parquet`` calls them.

    Returns:
        The columns ``smiles``, ``method``, ``split`` and the labels. The split follows from a hash of the connectivity.

    Raises:
        MissingDependencyError: The package is not installed.
        DataError: One of its files is missing or damaged.
    """
    folder = find_qm9()
    if folder is None:
        raise MissingDependencyError("QM9 is read from the package qm9pack", hint="pip install 'anymol[quantum]'")
    wanted = {label: QM9PACK_COLUMNS[label] for label in sorted(labels)}
    options = pa_csv.ConvertOptions(include_columns=["SMILES", "InChi", *wanted.values()])
    tables = []
    for name in QM9PACK_FILES:
        try:
            tables.append(pa_csv.read_csv(folder / name, convert_options=options))
        except (OSError, pa.ArrowInvalid, KeyError) as error:
            raise DataError(f"{name} of qm9pack cannot be read: {error}", value=folder / name) from error
    table = pa.concat_tables(tables)
    splits = [assign_qm9_split(inchi) for inchi in table["InChi"].to_pylist()]
    return pa.table(
        {
            "smiles": table["SMILES"],
            "method": pa.array([QM9_METHOD] * table.num_rows),
            "split": pa.array(splits),
            **{label: table[column].cast(pa.float64()) for label, column in wanted.items()},
        }
    )


def assign_qm9_split(inchi: str) -> str:
    """Return the split of a molecule, by a hash of the first block of its InChIKey."""
    remainder = int.from_bytes(hashlib.sha256((_SALT + find_block(inchi)).encode()).digest()[:8], "big") % _MODULUS
    return {0: "val", 1: "test"}.get(remainder, "train")


def find_block(inchi: str) -> str:
    """Return the first block of the InChIKey of an InChI; an empty text of what is not one."""
    with rdBase.BlockLogs():
        return connectivity_part(Chem.InchiToInchiKey(inchi) or "")

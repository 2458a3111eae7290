"""The computed properties that ship: QM9's, by one method, and which molecules may be kept or fitted to.

Values come from the package ``qm9pack`` (all of QM9), splits from ``quantum.parquet`` and from the hash that parts QM9
where all of it is read: what either of them evaluates, and what is reserved, is neither stored nor fitted to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyarrow.compute as pc
import pyarrow.parquet as pq

from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.data.heldout import compute_blocks, compute_evaluated_blocks
from anymol.data.measured_sets import MeasuredRow, read_reserved
from anymol.data.sources.qm9 import QM9_LICENCE, QM9_METHOD, read_qm9
from anymol.errors import DataError
from anymol.files import require_data_file
from anymol.retrieval.measured_properties.store import MeasuredProperty, Origin
from anymol.tasks.quantum import B3LYP

_FILE: Final = "quantum.parquet"
_GEOMETRY: Final = f"{B3LYP}, optimised geometry, gas phase"


def _compute(task: str, unit: str, note: str = "") -> MeasuredProperty:
    return MeasuredProperty(
        task=task,
        endpoint=B3LYP,
        origin=Origin.COMPUTED,
        unit=unit,
        source="QM9 (Ramakrishnan et al.)",
        licence=QM9_LICENCE.licence.split()[0],
        conditions=_GEOMETRY + note,
        year=2014,
    )


COMPUTED_PROPERTIES: Final[Mapping[str, MeasuredProperty]] = MappingProxyType(
    {
        "homo_hartree": _compute("homo", "Hartree"),
        "lumo_hartree": _compute("lumo", "Hartree"),
        "gap_hartree": _compute("homo_lumo_gap", "Hartree"),
        "dipole_debye": _compute("dipole_moment", "Debye"),
        "u0_hartree": _compute("total_energy", "Hartree", ", with zero-point energy (U0, 0 K)"),
    }
)
"""Column -> the property that it holds."""


def read_training_rows(data_dir: Path) -> list[MeasuredRow]:
    """Return the molecules of QM9 that are evaluated nowhere and not reserved, each with all values.

    Raises:
        DataError: A file is missing or damaged.
        MissingDependencyError: ``qm9pack`` is not installed.
    """
    is_held = find_held(data_dir)
    table = read_qm9(set(COMPUTED_PROPERTIES))
    table = table.filter(pc.equal(table["split"], "train"))
    columns = [table[name].to_pylist() for name in COMPUTED_PROPERTIES]
    names = [one.name for one in COMPUTED_PROPERTIES.values()]
    return [
        MeasuredRow(canonicalize_smiles(smiles), "train", dict(zip(names, values, strict=True)))
        for smiles, *values in zip(table["smiles"].to_pylist(), *columns, strict=True)
        if not any(map(is_held, compute_blocks(smiles)))
    ]


def read_evaluated_rows(data_dir: Path, split: str) -> list[MeasuredRow]:
    """Return the rows of QM9 in a split of ``quantum.parquet``, each molecule once; missing values are left out.

    Raises:
        DataError: The file is missing or damaged.
    """
    if split not in ("val", "test"):
        raise DataError("val or test is evaluated on", value=split)
    table = pq.read_table(require_data_file(data_dir, _FILE))
    table = table.filter(pc.and_(pc.equal(table["split"], split), pc.equal(table["method"], QM9_METHOD)))
    rows = {
        row["smiles"]: MeasuredRow(
            row["smiles"],
            split,
            {one.name: row[column] for column, one in COMPUTED_PROPERTIES.items() if row[column] is not None},
        )
        for row in table.to_pylist()
    }
    return list(rows.values())


def find_held(data_dir: Path) -> Callable[[str], bool]:
    """Return whether an InChIKey block is evaluated by ``quantum.parquet``, by any method, or reserved.

    Raises:
        DataError: A file is missing or damaged.
    """
    table = pq.read_table(require_data_file(data_dir, _FILE), columns=["smiles", "split"])
    held = table.filter(pc.not_equal(table["split"], "train"))["smiles"]
    evaluated = {block for smiles in held.to_pylist() for block in compute_evaluated_blocks(smiles)}
    is_reserved = read_reserved(data_dir)
    return lambda block: block in evaluated or is_reserved(block)


def count_heavy_atoms(smiles: str) -> int:
    """Return the number of heavy atoms of a molecule."""
    return int(parse_smiles(smiles).GetNumHeavyAtoms())

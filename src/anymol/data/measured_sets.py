"""The public sets of measured properties: which column of which file is which property, and which rows may be kept.

A store and predictors that ship hold training rows only: no molecule of a val or test row of the same set, in any
stereoisomer, charge state or salt, and no reserved molecule.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from anymol.data.heldout import RESERVED_FILE, compute_blocks, compute_evaluated_blocks, hash_reserved
from anymol.data.licences import Licences
from anymol.errors import DataError
from anymol.files import require_data_file
from anymol.retrieval.measured_properties.building import Measurement
from anymol.retrieval.measured_properties.store import MeasuredProperty, ValueKind
from anymol.tasks.classes import CLINTOX_ENDPOINTS, SIDER_ENDPOINTS, TOX21_ENDPOINTS

SPLIT_COLUMN: Final = "scaffold_split"


@dataclass(frozen=True)
class MeasuredSet:
    """A file of measured properties.

    Attributes:
        name: The set.
        file: Its file in the data directory.
        licence_of: What ``sources.csv`` calls it.
        columns: Column -> the property that it measures.
        limit: Most molecules of which only "no" is known; None for all. Where nearly all are inactive, most of them
            would only make the store larger.
    """

    name: str
    file: str
    licence_of: str
    columns: Mapping[str, MeasuredProperty]
    limit: int | None = None


@dataclass(frozen=True)
class MeasuredRow:
    """A row of a set.

    Attributes:
        smiles: The molecule.
        split: ``train``, ``val`` or ``test``.
        values: Name of a property -> its value.
    """

    smiles: str
    split: str
    values: Mapping[str, float]

    @property
    def measurements(self) -> Iterator[Measurement]:
        """Its values, one by one."""
        return (Measurement(self.smiles, name, value) for name, value in self.values.items())


_WATER: Final = "in water, about 25 degrees Celsius"
_MIT: Final = "MIT"


def _classes(
    task: str, endpoints: Mapping[str, str], source: str, year: int, conditions: str
) -> dict[str, MeasuredProperty]:
    return {
        column: MeasuredProperty(
            task=task, endpoint=endpoint, kind=ValueKind.CLASS, source=source, licence=_MIT, conditions=conditions,
            year=year,
        )
        for endpoint, column in endpoints.items()
    }  # fmt: skip


def _one(
    task: str, source: str, year: int, conditions: str, unit: str | None = None, kind: ValueKind = ValueKind.NUMBER
) -> MeasuredProperty:
    return MeasuredProperty(
        task=task, kind=kind, unit=unit, source=source, licence=_MIT, conditions=conditions, year=year
    )


_BIOGEN: Final = "Computational-ADME (Fang et al., Biogen)"

MEASURED_SETS: Final[tuple[MeasuredSet, ...]] = (
    MeasuredSet(
        "esol",
        "moleculenet_esol.parquet",
        "moleculenet_*",
        {"log_solubility": _one("solubility", "ESOL (Delaney), MoleculeNet", 2004, _WATER, "log10(mol/L)")},
    ),
    MeasuredSet(
        "lipophilicity",
        "moleculenet_lipophilicity.parquet",
        "moleculenet_*",
        {
            "logd_ph7_4": _one(
                "lipophilicity", "AstraZeneca set of ChEMBL, MoleculeNet", 2015, "octanol and water, pH 7.4"
            )
        },
    ),
    MeasuredSet(
        "freesolv",
        "moleculenet_freesolv.parquet",
        "moleculenet_*",
        {
            "hydration_free_energy_expt": _one(
                "hydration_energy", "FreeSolv (Mobley and Guthrie), MoleculeNet", 2014, "298 K", "kcal/mol"
            )
        },
    ),
    MeasuredSet(
        "bbbp",
        "moleculenet_bbbp.parquet",
        "moleculenet_*",
        {
            "p_np": _one(
                "bbbp", "BBBP (Martins et al.), MoleculeNet", 2012, "as its compilers class it", None, ValueKind.CLASS
            )
        },
    ),
    MeasuredSet(
        "bace",
        "moleculenet_bace.parquet",
        "moleculenet_*",
        {
            "class": _one(
                "bace", "BACE (Subramanian et al.), MoleculeNet", 2016, "IC50 below about 100 nM", None, ValueKind.CLASS
            )
        },
    ),
    MeasuredSet(
        "hiv",
        "moleculenet_hiv.parquet",
        "moleculenet_*",
        {
            "hiv_active": _one(
                "hiv", "NCI DTP AIDS antiviral screen, MoleculeNet", 2004, "cell assay CEM", None, ValueKind.CLASS
            )
        },
        limit=3_000,
    ),
    MeasuredSet(
        "clintox",
        "moleculenet_clintox.parquet",
        "moleculenet_*",
        _classes("clintox", CLINTOX_ENDPOINTS, "ClinTox (Gayvert et al.), MoleculeNet", 2016, "records of drugs"),
    ),
    MeasuredSet(
        "tox21",
        "moleculenet_tox21.parquet",
        "moleculenet_*",
        _classes("tox21", TOX21_ENDPOINTS, "Tox21 data challenge, MoleculeNet", 2014, "cell assay"),
    ),
    MeasuredSet(
        "sider",
        "moleculenet_sider.parquet",
        "moleculenet_*",
        _classes("sider", SIDER_ENDPOINTS, "SIDER (Kuhn et al.), MoleculeNet", 2016, "package inserts of drugs"),
    ),
    MeasuredSet(
        "adme",
        "adme_public.parquet",
        "adme_public",
        {
            "log10_hlm_clint_ml_min_kg": _one(
                "human_microsomal_clearance", _BIOGEN, 2023, "human liver microsomes", "log10(mL/min/kg)"
            ),
            "log10_rlm_clint_ml_min_kg": _one(
                "rat_microsomal_clearance", _BIOGEN, 2023, "rat liver microsomes", "log10(mL/min/kg)"
            ),
            "log10_mdr1_mdck_efflux_ratio": _one("efflux_ratio", _BIOGEN, 2023, "MDR1-MDCK cells", "log10(B-A/A-B)"),
            "log10_solubility_ph6_8_ug_ml": _one(
                "kinetic_solubility", _BIOGEN, 2023, "buffer of pH 6.8, by chemiluminescent nitrogen", "log10(ug/mL)"
            ),
            "log10_human_ppb_percent_unbound": _one(
                "human_plasma_binding", _BIOGEN, 2023, "human plasma", "log10(% unbound)"
            ),
            "log10_rat_ppb_percent_unbound": _one(
                "rat_plasma_binding", _BIOGEN, 2023, "rat plasma", "log10(% unbound)"
            ),
        },
    ),
)
"""All sets. Their licence is compared with ``sources.csv`` when they are read."""


def read_set(one: MeasuredSet, data_dir: Path) -> list[MeasuredRow]:
    """Return the rows of a set, of all splits; a missing value is left out.

    Raises:
        DataError: The file is missing or damaged, or what is learnt from it may not be shipped.
    """
    terms = Licences.read(data_dir).find(one.licence_of)
    if not terms.weights_allowed or any(
        measured.licence != terms.licence.split()[0] for measured in one.columns.values()
    ):
        raise DataError(f"the licence of {one.file} is not the one under which it is passed on", value=terms.licence)
    path = require_data_file(data_dir, one.file)
    table = pq.read_table(path, columns=["smiles", *one.columns, SPLIT_COLUMN]).to_pylist()
    return [
        MeasuredRow(
            row["smiles"],
            row[SPLIT_COLUMN],
            {
                measured.name: float(row[column])
                for column, measured in one.columns.items()
                if row[column] is not None and math.isfinite(row[column])
            },
        )
        for row in table
    ]


def keep_training_rows(rows: Sequence[MeasuredRow], is_reserved: Callable[[str], bool]) -> list[MeasuredRow]:
    """Return the training rows whose molecule is neither evaluated on in the same set nor reserved.

    Args:
        rows: The rows of a set, of all splits.
        is_reserved: Whether an InChIKey block is reserved.
    """
    evaluated = {block for row in rows if row.split != "train" for block in compute_evaluated_blocks(row.smiles)}
    return [
        row
        for row in rows
        if row.split == "train"
        and not any(block in evaluated or is_reserved(block) for block in compute_blocks(row.smiles))
    ]


def thin_negatives(rows: Sequence[MeasuredRow], limit: int | None, seed: int) -> list[MeasuredRow]:
    """Return the rows without most of the training rows that say yes to nothing: so many of these stay, at random."""
    if limit is None:
        return list(rows)
    negative = [place for place, row in enumerate(rows) if row.split == "train" and not any(row.values.values())]
    kept = set(random.Random(seed).sample(negative, min(limit, len(negative))))
    kept |= set(range(len(rows))) - set(negative)
    return [row for place, row in enumerate(rows) if place in kept]


def keep_apart(rows: Sequence[MeasuredRow], split: str) -> list[MeasuredRow]:
    """Return the rows of a split that are evaluated: each molecule once, without those whose records disagree.

    Args:
        rows: The rows of a set, of all splits.
        split: ``val`` or ``test``.
    """
    said: dict[str, dict[str, set[float]]] = {}
    for row in rows:
        if row.split == split and compute_blocks(row.smiles):
            for name, value in row.values.items():
                said.setdefault(row.smiles, {}).setdefault(name, set()).add(value)
    return [
        MeasuredRow(smiles, split, {name: next(iter(found)) for name, found in values.items() if len(found) == 1})
        for smiles, values in said.items()
    ]


def draw_rows(rows: Sequence[MeasuredRow], limit: int, seed: int) -> list[MeasuredRow]:
    """Return so many rows at most, drawn at random, in their order."""
    chosen = sorted(random.Random(seed).sample(range(len(rows)), min(limit, len(rows))))
    return [rows[place] for place in chosen]


def read_reserved(data_dir: Path) -> Callable[[str], bool]:
    """Return whether an InChIKey block is reserved for evaluation by others, in any scope.

    Raises:
        DataError: The file of reserved keys is missing.
    """
    path = require_data_file(data_dir, RESERVED_FILE)
    keys = frozenset(pq.read_table(path, columns=["key_sha256"])["key_sha256"].to_pylist())
    return lambda block: hash_reserved(block) in keys

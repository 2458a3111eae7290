"""MassSpecGym (Bushuiev et al. 2024): ``MassSpecGym.tsv``, a measured MS/MS spectrum per row, split by column ``fold``.

``mzs`` and ``intensities`` are numbers with commas between.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from anymol.chem.parsing import canonicalize_smiles
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question, read_table
from anymol.data.sources.massbank import read_spectrum
from anymol.errors import DataError
from anymol.modalities.content import RecordPart
from anymol.modalities.modality import Modality
from anymol.tasks.task import Slot, TaskInput

_FILE: Final = "MassSpecGym.tsv"
_COLUMNS: Final = ("mzs", "intensities", "smiles", "precursor_mz", "adduct", "collision_energy", "fold")
_FOLDS: Final = frozenset({"train", "val", "test"})


def _read(path: Path) -> Iterator[PublishedRow]:
    for row in read_table(path, "train", _COLUMNS, delimiter="\t"):
        fold = row.fields["fold"]
        if fold not in _FOLDS:
            raise DataError(f"{path.name}, line {row.line}: the fold is neither train, val nor test", value=fold)
        yield row._replace(split=fold, fields={name: row.fields[name] for name in _COLUMNS})


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    smiles = canonicalize_smiles(row.fields["smiles"])
    mz, intensity = _read_numbers(row.fields["mzs"]), _read_numbers(row.fields["intensities"])
    if len(mz) != len(intensity):
        raise DataError(f"{len(mz)} m/z values stand beside {len(intensity)} intensities", value=row.fields["mzs"])
    stated = row.fields["precursor_mz"].strip()
    precursor = _read_numbers(stated)[0] if stated else None
    energy = row.fields["collision_energy"].strip() or None
    spectrum = read_spectrum(smiles, precursor, row.fields["adduct"], None, energy, mz, intensity)
    shown = RecordPart(Modality.MS2, spectrum, smiles=smiles)
    return (Question("molecule_recognition", TaskInput(records={Slot.MOLECULE: (shown,)}), smiles),)


def _read_numbers(text: str) -> list[float]:
    try:
        return [float(one) for one in text.split(",")]
    except ValueError:
        raise DataError("these are not numbers with commas between", value=text) from None


MASSSPECGYM: Final = PublishedSet(
    name="massspecgym",
    licence="MIT (the compilation; spectra of MassBank, MoNA and GNPS)",
    weights_allowed=False,  # spectra of three libraries, whose terms differ from record to record
    has_val=True,
    files=(_FILE,),
    read=_read,
    convert=_convert,
)
"""Molecules to be recognised from measured spectra."""

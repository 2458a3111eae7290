"""The multimodal spectroscopic set of IBM (Alberts et al. 2024): Parquet files with computed spectra.

A row has ``smiles``, ``ir_spectra`` (absorption at 1,800 points from 400 to 4,000 cm^-1) and ``msms_positive_10ev``,
``_20ev``, ``_40ev`` (lists of m/z and intensity), in later files ``msms_cfmid_positive_10ev`` and so on. So
``data/example_data`` and ``data/meta_data`` of github.com/rxn4chemistry/multimodal-spectroscopic-dataset have it. NMR
spectra, spectra of negative ions and those of two other programs are left out: nothing here reads the first, and the
others would show the same molecule in much the same way.

It comes without splits (those of its benchmark are drawn anew from a seed): they follow from a hash of the molecule. A
row is too large for all to be held, so that rows are shuffled within a window.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from rdkit import Chem

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.data.published.hashed_split import assign_hashed_split
from anymol.data.published.parquet_rows import read_columns, read_parquet
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question
from anymol.data.sources.massbank import read_spectrum
from anymol.errors import DataError
from anymol.modalities.adduct import Adduct, compute_precursor
from anymol.modalities.content import RecordPart
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.modality import Modality
from anymol.tasks.task import Slot, TaskInput

_NAME: Final = "ibm_spectra"
_BROKEN = re.compile(r"msms_(?:cfmid_)?positive_(\d+)ev")
_POINTS: Final = 1_800
_SPAN: Final = (400.0, 4_000.0)
_WINDOW: Final = 4_096


def _read(path: Path) -> Iterator[PublishedRow]:
    energies = {name: found[1] for name in read_columns(path) if (found := _BROKEN.fullmatch(name))}
    for line, fields in read_parquet(path, ["smiles", "ir_spectra", *energies]):
        smiles = fields["smiles"]
        if not isinstance(smiles, str):
            raise DataError(f"{path.name}, row {line}: the SMILES is not a text", value=smiles)
        kept = {"smiles": smiles, "ir": _pack(fields["ir_spectra"])}
        kept |= {energy: json.dumps(fields[name]) for name, energy in energies.items() if fields[name]}
        yield PublishedRow(path.name, line, assign_hashed_split(smiles, _NAME), kept)


def _pack(values: Any) -> str:
    """Return numbers as text: single precision, which they have, in a tenth of the time that digits take."""
    return base64.b64encode(np.asarray(values or [], "<f4").tobytes()).decode()


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    smiles = canonicalize_smiles(row.fields["smiles"])
    infrared = np.frombuffer(base64.b64decode(row.fields["ir"]), "<f4").astype(np.float64)
    shown: list[tuple[RecordPart, ...]] = []
    if infrared.size:
        if infrared.size != _POINTS or not np.isfinite(infrared).all():
            raise DataError(f"the infrared spectrum has not {_POINTS:,} finite points", value=infrared.size)
        spectrum = InfraredSpectrum(np.linspace(*_SPAN, _POINTS), infrared)
        shown.append((RecordPart(Modality.IR, spectrum, smiles=smiles),))
    broken = tuple(
        _read_broken(smiles, energy, json.loads(row.fields[energy]))
        for energy in sorted((name for name in row.fields if name.isdecimal()), key=int)
    )
    if broken:
        shown.append(broken)
    if len(shown) == 2:
        shown.append(shown[0] + shown[1])
    if not shown:
        raise DataError("the row has no spectrum", value=row.fields["smiles"])
    return tuple(Question("molecule_recognition", TaskInput(records={Slot.MOLECULE: parts}), smiles) for parts in shown)


def _read_broken(smiles: str, energy: str, peaks: list[list[float]]) -> RecordPart:
    """Return the spectrum of the protonated molecule at an energy in electronvolts."""
    if not all(len(peak) == 2 for peak in peaks):
        raise DataError("a peak is not an m/z and an intensity", value=energy)
    mz, intensity = ([peak[side] for peak in peaks] for side in (0, 1))
    molecule = parse_smiles(smiles)
    exact_mass = float(compute_descriptor("exact_mass", molecule).value)
    precursor = compute_precursor(exact_mass, Adduct.M_H, charge=Chem.GetFormalCharge(molecule))
    spectrum = read_spectrum(smiles, precursor, "[M+H]+", "positive", f"{energy} eV", mz, intensity)
    return RecordPart(Modality.MS2, spectrum, smiles=smiles)


IBM_SPECTRA: Final = PublishedSet(
    name=_NAME,
    licence="terms of Zenodo record 11611178",
    weights_allowed=False,  # its publishers' repository states none for the data
    has_val=True,
    files=("*.parquet",),
    read=_read,
    convert=_convert,
    window=_WINDOW,
)
"""Molecules to be recognised from computed spectra."""

"""MassBank (Horai et al. 2010): records ``MSBNK-*.txt`` in folders of their contributors, or ``MassBank_NIST*.msp``.

A record has lines ``TAG: value`` (``CH$SMILES``, ``AC$MASS_SPECTROMETRY: MS_TYPE``, ``MS$FOCUSED_ION: PRECURSOR_M/Z``),
``PK$PEAK`` with its peaks, and ``//``: ``Documentation/MassBankRecordFormat.md`` of github.com/MassBank/MassBank-web.
The releases of github.com/MassBank/MassBank-data hold the same as one MSP file, ``MassBank_NISTformat.msp`` (earlier
``MassBank_NIST.msp``), which ``RecordToNIST_MSP.java`` writes, without licences.

It comes without splits: they follow from a hash of the molecule's connectivity. The licence is the record's own.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from anymol.chem.parsing import canonicalize_smiles
from anymol.data.published.hashed_split import assign_hashed_split
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question
from anymol.data.sources.massbank import read_spectrum
from anymol.errors import DataError
from anymol.modalities.content import RecordPart
from anymol.modalities.modality import Modality
from anymol.readers.ion_fields import is_unstated
from anymol.readers.massbank import read_massbank
from anymol.readers.msp import read_msp
from anymol.tasks.task import Slot, TaskInput

_NAME: Final = "massbank"
_FILES: Final = ("MSBNK-*.txt", "MassBank_NIST*.msp")
_KEY = re.compile(r"^(?:CH\$LINK: INCHIKEY |InChIKey: )([A-Z]{14})-", re.MULTILINE)
_STRUCTURE = re.compile(r"^(?:CH\$SMILES|SMILES): (.*)$", re.MULTILINE)


def _read(path: Path) -> Iterator[PublishedRow]:
    for line, record in _split_records(path):
        # Connectivity, where it is stated: computing it takes longer than all the rest of reading.
        key = _KEY.search(record) or _STRUCTURE.search(record)
        split = assign_hashed_split(key[1] if key else "", _NAME)
        yield PublishedRow(path.name, line, split, {"record": record})


def _split_records(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the text of each record, and the line on which it begins."""
    closes = "" if path.suffix == ".msp" else "//"
    lines: list[str] = []
    first = 1
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            if not lines and not line.strip():
                continue
            first = first if lines else number
            lines.append(line)
            if line.strip() == closes:
                yield first, "".join(lines)
                lines = []
    if lines:
        yield first, "".join(lines)


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    read = read_msp if row.file.endswith(".msp") else read_massbank
    found = next(iter(read(io.StringIO(row.fields["record"]))), None)
    if found is None or found.record is None:
        raise DataError("the record is empty" if found is None else str(found.error), value=row.fields["record"][:200])
    fields, spectrum = found.properties, found.record
    if fields.get("ms_level", "").strip().upper() not in ("MS2", "2"):
        raise DataError("the record is not an MS2 spectrum", value=fields.get("ms_level", ""))
    if is_unstated(fields.get("smiles", "")):
        raise DataError("the record has no structure", value=found.name or "")
    smiles = canonicalize_smiles(fields["smiles"])
    cleaned = read_spectrum(
        smiles,
        spectrum.precursor_mz,
        fields.get("adduct"),
        fields.get("ion_mode"),
        fields.get("collision_energy"),
        spectrum.mz.tolist(),
        spectrum.intensity.tolist(),
    )
    shown = RecordPart(Modality.MS2, cleaned, smiles=smiles)
    licence = f"MassBank: {fields['licence']}" if fields.get("licence") else None
    return (Question("molecule_recognition", TaskInput(records={Slot.MOLECULE: (shown,)}), smiles, licence),)


MASSBANK: Final = PublishedSet(
    name=_NAME,
    licence="MassBank: licences of the records",
    weights_allowed=False,  # some records forbid commercial use
    has_val=True,
    files=_FILES,
    read=_read,
    convert=_convert,
)
"""Molecules to be recognised from measured spectra."""

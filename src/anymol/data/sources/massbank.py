"""Measured MS/MS spectra of MassBank, cleaned, to recognise molecules from."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow.compute as pc
from rdkit import Chem

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.data.config import MassBankConfig
from anymol.data.example import InstructionExample
from anymol.data.featurize import featurize_molecule
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.recognition import draft_recognition
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows, keep_values, with_row_numbers
from anymol.errors import DataError
from anymol.modalities.cleaning import Dropped
from anymol.modalities.content import RecordPart, Role
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.readers.ion_fields import read_adduct, read_collision_energy, read_ion_mode
from anymol.synthesis.ms2_measured import FILE, SHIPPABLE, clean_peaks

_COLUMNS: Final = (
    "row", "smiles", "precursor_mz", "precursor_type", "ion_mode", "collision_energy", "mz", "intensity", "licence",
)  # fmt: skip


@dataclass(frozen=True)
class MassBankSource:
    """Examples of recognition from a measured spectrum.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: MassBankConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield the fields of the spectra of a split, shuffled."""
        table = with_row_numbers(origin.read(FILE, [*_COLUMNS[1:], "split"]))
        fits = pc.less_equal(pc.utf8_length(table["smiles"]), self.config.max_smiles)
        kept = table.filter(pc.and_(fits, pc.equal(table["split"], split)))
        if origin.shippable:
            kept = keep_values(kept, "licence", SHIPPABLE)
        return iterate_rows(origin.shuffled(kept, f"massbank/{split}"), _COLUMNS)

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the molecule whose spectrum is shown: it is the answer."""
        return (row[1],)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask for the molecule of one spectrum."""
        number, smiles, licence = row[0], canonicalize_smiles(row[1]), row[-1]
        parts: tuple[RecordPart, ...] = (RecordPart(Modality.MS2, read_spectrum(smiles, *row[2:8]), smiles=smiles),)
        if rng.random() < self.config.beside_fraction:
            parts += (featurize_molecule(smiles, rng.choice(self.config.beside), Role.MOLECULE, rng),)
        return [
            draft_recognition(
                f"massbank/{number}/ms2", smiles, parts, f"massbank:{licence}", licence, split, rng,
                self.config.formula,
            )
        ]  # fmt: skip


def read_spectrum(
    smiles: str,
    precursor_mz: float | None,
    precursor_type: str | None,
    ion_mode: str | None,
    collision_energy: str | None,
    mz: list[float],
    intensity: list[float],
) -> MassSpectrum:
    """Return a row of the table as a cleaned spectrum.

    Raises:
        DataError: A step of the cleaning refuses it; which, and why.
    """
    molecule = parse_smiles(smiles)
    cleaned = clean_peaks(
        mz,
        intensity,
        float(compute_descriptor("exact_mass", molecule).value),
        charge=Chem.GetFormalCharge(molecule),
        precursor_mz=precursor_mz,
        adduct=read_adduct(precursor_type or ""),
        energy=read_collision_energy(collision_energy or ""),
        ion_mode=read_ion_mode(ion_mode or ""),
    )
    if isinstance(cleaned, Dropped):
        raise DataError(f"{cleaned.step}: {cleaned.reason}", value=smiles)
    return cleaned

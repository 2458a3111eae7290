"""Measured MS/MS spectra that a fragmentation model is fitted to and compared with: cleaned, energies in electronvolts.

Rules beside those of :mod:`anymol.modalities.cleaning`: the adduct is one that the fragmenter knows; the instrument
resolves formulas (no triple quadrupoles, no unit-resolution ion traps); the collision energy has one value in eV or as
normalised energy (NCE), which is converted for a singly charged ion by eV = NCE x m/z / 500, the definition of the
Orbitrap's makers; other units, ramps and unknown ones are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from rdkit import Chem, rdBase
from rdkit.Chem import Descriptors

from anymol.chem.key_parts import connectivity_part
from anymol.files import require_data_file
from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.cleaning import Dropped, clean_spectrum
from anymol.modalities.mass_spectrum import CollisionEnergy, EnergyUnit, MassSpectrum
from anymol.readers.ion_fields import read_adduct, read_collision_energy, read_ion_mode
from anymol.synthesis.candidate_ions import CARRIERS

FILE: Final = "massbank_ms2.parquet"

SHIPPABLE: Final = frozenset({"CC0", "CC BY", "CC BY-SA", "dl-de/by-2-0"})
"""Licences of records whose weights may be shipped."""

NCE_REFERENCE_MZ: Final = 500.0
"""m/z at which a normalised collision energy of a singly charged ion equals its electronvolts."""

_COLUMNS: Final = (
    "accession", "smiles", "inchikey", "formula", "precursor_mz", "precursor_type", "ion_mode", "collision_energy",
    "instrument_type", "mz", "intensity", "licence", "split",
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """A measured spectrum and its molecule.

    Attributes:
        smiles: The molecule, one fragment, uncharged.
        block: First block of its InChIKey.
        formula: Its formula.
        spectrum: Cleaned; its collision energy is in eV.
        licence: Of the record.
    """

    smiles: str
    block: str
    formula: str
    spectrum: MassSpectrum
    licence: str

    @property
    def energy(self) -> float:
        """Collision energy, eV."""
        return float(self.spectrum.collision_energy or CollisionEnergy(0.0))


def convert_energy(energy: CollisionEnergy, precursor_mz: float) -> CollisionEnergy | None:
    """Return an energy in eV for a singly charged ion of this m/z (Da); None where its unit does not convert.

    >>> convert_energy(CollisionEnergy(30, EnergyUnit.NCE), 250.0)
    CollisionEnergy(value=15.0, unit=<EnergyUnit.EV: 'eV'>)
    """
    match energy.unit:
        case EnergyUnit.EV:
            return energy
        case EnergyUnit.NCE:
            return CollisionEnergy(energy.value * precursor_mz / NCE_REFERENCE_MZ)
        case EnergyUnit.VOLT | EnergyUnit.UNKNOWN:
            return None


def read_measured(
    data_dir: Path, split: str, *, shippable: bool = True, dropped: Counter[str] | None = None
) -> Iterator[Measured]:
    """Yield the spectra of a split that a model can be compared with.

    Args:
        data_dir: Directory of `massbank_ms2.parquet`.
        split: ``train``, ``val`` or ``test``.
        shippable: Only records whose licence lets weights be shipped.
        dropped: Counts the reasons why records were left out.

    Raises:
        DataError: The file is missing.
    """
    # Here and not at the top: synthesis needs no pyarrow, reading measured data does.
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    path = require_data_file(data_dir, FILE)
    table = pq.read_table(path, columns=list(_COLUMNS))
    counts: Counter[str] = Counter() if dropped is None else dropped
    masses: dict[str, float | None] = {}
    for batch in table.filter(pc.equal(table["split"], split)).to_batches(max_chunksize=2000):
        for row in batch.to_pylist():
            result = _read_row(row, shippable, masses)
            if isinstance(result, str):
                counts[result] += 1
            else:
                yield result


def _read_row(row: dict[str, object], shippable: bool, masses: dict[str, float | None]) -> Measured | str:
    if shippable and row["licence"] not in SHIPPABLE:
        return "licence"
    if str(row["instrument_type"] or "").upper().endswith(("QQ", "-Q", "-IT", "QIT")):
        return "unit resolution"
    adduct = read_adduct(str(row["precursor_type"] or ""))
    if adduct not in CARRIERS:
        return "adduct"
    energy = read_collision_energy(str(row["collision_energy"] or ""))
    if energy is None or not isinstance(row["precursor_mz"], float):
        return "energy or precursor"
    converted = convert_energy(energy, row["precursor_mz"])
    if converted is None:
        return "energy unit"
    smiles = str(row["smiles"])
    if smiles not in masses:
        masses[smiles] = _weigh(smiles)
    mass = masses[smiles]
    if mass is None:
        return "charged, a salt or unreadable"
    cleaned = clean_peaks(
        row["mz"],  # type: ignore[arg-type]  # a list of numbers
        row["intensity"],  # type: ignore[arg-type]
        mass,
        charge=0,
        precursor_mz=row["precursor_mz"],
        adduct=adduct,
        energy=converted,
        ion_mode=read_ion_mode(str(row["ion_mode"] or "")),
        title=str(row["accession"]),
    )
    if isinstance(cleaned, Dropped):
        return cleaned.step
    block, formula = connectivity_part(str(row["inchikey"])), str(row["formula"])
    return Measured(smiles, block, formula, cleaned, str(row["licence"]))


def clean_peaks(
    mz: ArrayLike,
    intensity: ArrayLike,
    exact_mass: float,
    *,
    charge: int,
    precursor_mz: float | None,
    adduct: Adduct | None,
    energy: CollisionEnergy | None,
    ion_mode: IonMode | None,
    title: str = "",
) -> MassSpectrum | Dropped:
    """Return recorded peaks as a cleaned spectrum, or which step dropped it and why.

    Args:
        mz: Shape (P,), Da, in any order.
        intensity: Shape (P,), in any unit.
        exact_mass: Of the molecule as it is written, Da.
        charge: Its formal charge.
        precursor_mz: As recorded; None or 0 where it is not.
        adduct: None where it is missing or unknown.
        energy: None where it is not known.
        ion_mode: The adduct's, if None.
        title: Of the record.
    """
    masses, heights = np.asarray(mz, np.float64), np.asarray(intensity, np.float64)
    if not len(masses) or not heights.max() > 0:
        return Dropped("no peak", "the spectrum has no peak")
    order = np.argsort(masses, kind="stable")
    mode = ion_mode or (None if adduct is None else adduct.ion_mode)
    spectrum = MassSpectrum(
        masses[order], heights[order] / heights.max(), precursor_mz or None, adduct, energy, mode, title
    )
    return clean_spectrum(spectrum, exact_mass, charge=charge)


def _weigh(smiles: str) -> float | None:
    """Return the exact mass (Da) of an uncharged single molecule; None of anything else."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    if mol is None or "." in smiles or Chem.GetFormalCharge(mol):
        return None
    return float(Descriptors.ExactMolWt(mol))  # type: ignore[attr-defined]

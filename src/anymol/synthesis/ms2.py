"""SMILES -> :class:`MassSpectrum`: MS/MS spectra of chosen adducts and collision energies, by our own fragmenter.

Candidate ions come from :mod:`anymol.synthesis.fragmentation`, their intensities from
:mod:`anymol.synthesis.ms2_intensity`. Masses are exact, of the most common isotopes; there is no noise and no isotope
peak. Nothing is random. [M+Na]+ shares the weights of positive ions, because few sodiated spectra are measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator
from rdkit import Chem

from anymol.chem.fragments import analyze_composition
from anymol.chem.parsing import parse_smiles
from anymol.errors import UserError, shorten
from anymol.modalities.adduct import Adduct
from anymol.modalities.mass_spectrum import CollisionEnergy, MassSpectrum
from anymol.modalities.modality import Modality
from anymol.synthesis.candidate_ions import (
    CARRIERS,
    Candidates,
    list_candidates,
    write_ion_formulas,
    write_loss_formulas,
)
from anymol.synthesis.engine import EngineSettings, Note, Synthesis, name_version
from anymol.synthesis.fragmentation import Budget, Fragments, Skeleton, enumerate_fragments, read_skeleton
from anymol.synthesis.ms2_features import describe_context, describe_fragments
from anymol.synthesis.ms2_intensity import IntensityModel, hash_weights, load_intensity_model

_ELEMENTS = frozenset({"H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Se", "Br", "I"})
_PPM, _FLOOR_DA = 10.0, 0.003
_ROUND_MZ, _ROUND_INTENSITY = 6, 5


class Ms2Settings(EngineSettings):
    """Which spectra are made.

    Attributes:
        adducts: Ions, of ``[M+H]+``, ``[M-H]-`` and ``[M+Na]+``.
        energies: Collision energies, eV.
        min_intensity: Lower peaks are left out, relative to the highest (0 to 1).
        max_peaks: Most peaks of a spectrum, the highest.
        max_atoms: Largest molecule, heavy atoms.
        depth: Cuts that one fragment may come from.
        max_cuts: Sides of cuts that are combined.
        max_fragments: Fragments of a molecule; what breaks most easily is kept. Bounds the time of any input.
    """

    adducts: tuple[Adduct, ...] = (Adduct.M_H, Adduct.M_NEG_H)
    energies: tuple[float, ...] = (10.0, 20.0, 40.0)
    min_intensity: float = Field(default=0.005, ge=0, lt=1)
    max_peaks: int = Field(default=150, ge=1)
    max_atoms: int = Field(default=150, ge=1, le=1000)
    depth: int = Field(default=3, ge=1, le=3)
    max_cuts: int = Field(default=300, ge=1, le=2000)
    max_fragments: int = Field(default=1000, ge=1, le=20000)

    @field_validator("adducts")
    @classmethod
    def _require_known(cls, adducts: tuple[Adduct, ...]) -> tuple[Adduct, ...]:
        unknown = [adduct for adduct in adducts if adduct not in CARRIERS]
        if unknown or not adducts or len(set(adducts)) < len(adducts):
            raise ValueError(f"adducts are some of {', '.join(CARRIERS)}, each once")
        return adducts

    @field_validator("energies")
    @classmethod
    def _require_energies(cls, energies: tuple[float, ...]) -> tuple[float, ...]:
        if not energies or any(not 0 <= energy <= 500 for energy in energies) or len(set(energies)) < len(energies):
            raise ValueError("energies are numbers of 0 to 500 eV, each once")
        return energies


@dataclass(frozen=True)
class Ms2Engine:
    """The engine of our fragmenter; records by adduct, then energy, in the order of the settings.

    Notes: ``molecule`` (what was ionised, canonical SMILES), ``is_parent`` (a salt's largest organic part, or its
    neutral form, took the place of what was written), ``n_fragments``, ``left_out`` (adducts that the molecule cannot
    take, parted by blanks).
    """

    settings: Ms2Settings = field(default_factory=Ms2Settings)
    modality: ClassVar[Modality] = Modality.MS2
    name: ClassVar[str] = "fragmenter"

    @property
    def version(self) -> str:
        """Its own version, RDKit's, and the first digits of the weights' sha256."""
        return f"{name_version(2)[:-1]}, weights {hash_weights()})"

    def synthesize(self, smiles: str, seed: int) -> Synthesis:
        """Return spectra of a SMILES.

        Raises:
            InvalidSmilesError: The SMILES is invalid.
            UserError: The molecule is permanently charged, too large, holds a metal, or can take none of the adducts.
        """
        fragmented = fragment_molecule(smiles, self.settings)
        able = [adduct for adduct in self.settings.adducts if fragmented.can_take(adduct)]
        if not able:
            raise UserError(f"the molecule has no hydrogen to give for {self.settings.adducts[0]}", value=smiles)
        records = tuple(
            _make_record(fragmented, prediction, adduct, energy, self.settings)
            for adduct in able
            for energy, prediction in zip(
                self.settings.energies, fragmented.predict(adduct, self.settings.energies), strict=True
            )
        )
        notes: dict[str, Note] = {
            "molecule": fragmented.smiles,
            "is_parent": fragmented.is_parent,
            "n_fragments": len(fragmented.fragments.depth),
        }
        if len(able) < len(self.settings.adducts):
            notes["left_out"] = " ".join(adduct for adduct in self.settings.adducts if adduct not in able)
        return Synthesis(records, notes)


@dataclass(frozen=True)
class Prediction:
    """Every candidate peak of one adduct and energy.

    Attributes:
        candidates: The ions.
        shares: Shape (P,), float64, share of the total intensity of each peak, sum 1.
    """

    candidates: Candidates
    shares: NDArray[np.float64]


@dataclass(frozen=True)
class FragmentedMolecule:
    """A molecule with its fragments, from which spectra of any adduct and energy are predicted.

    Attributes:
        smiles: What is ionised: canonical, neutral, one part.
        is_parent: Whether that differs from what was given (a salt, a charged form).
        mol: The same.
        skeleton: Its arrays.
        fragments: Its fragments.
        embedded: Their first layer in the intensity model, shape (F, H1), float32.
        model: The intensity model.
    """

    smiles: str
    is_parent: bool
    mol: Chem.Mol
    skeleton: Skeleton
    fragments: Fragments
    embedded: NDArray[np.float32]
    model: IntensityModel

    def can_take(self, adduct: Adduct) -> bool:
        """Return whether the molecule has the hydrogen that an adduct takes away."""
        return int(self.skeleton.hydrogens.sum()) + CARRIERS[adduct][0] >= 0

    def predict(self, adduct: Adduct, energies: tuple[float, ...]) -> list[Prediction]:
        """Return the candidate peaks with their shares at each energy (eV)."""
        candidates = list_candidates(self.skeleton, self.fragments, adduct)
        rows = self.model.find_rows(self.skeleton, candidates)
        precursor = float(candidates.mz[candidates.precursor])
        return [
            Prediction(
                candidates,
                self.model.predict(
                    self.embedded, candidates, rows, describe_context(precursor, self.skeleton.n_atoms, adduct, energy)
                ),
            )
            for energy in energies
        ]


def fragment_molecule(
    smiles: str, settings: Ms2Settings | None = None, model: IntensityModel | None = None
) -> FragmentedMolecule:
    """Break a molecule: a salt's largest organic part, made neutral.

    Args:
        smiles: The molecule.
        settings: Bounds of the work; the defaults if None.
        model: The intensity model; the one that ships if None.

    Raises:
        InvalidSmilesError: The SMILES is invalid.
        UserError: The molecule is permanently charged, too large, or holds a metal or a placeholder.
    """
    chosen = settings or Ms2Settings()
    written = parse_smiles(smiles)
    if written.GetNumAtoms() > 4 * chosen.max_atoms:  # before the standardiser, which is slow on what is hopeless
        raise _too_large(smiles, written.GetNumAtoms(), chosen)
    composition = analyze_composition(smiles)
    parent = composition.parent_neutral
    mol = parse_smiles(parent)
    strange = sorted({atom.GetSymbol() for atom in mol.GetAtoms()} - _ELEMENTS)
    if strange:
        raise UserError(
            f"'{strange[0]}' is outside the fragmenter's chemistry",
            value=smiles,
            hint=f"known elements: {', '.join(sorted(_ELEMENTS))}",
        )
    charge = Chem.GetFormalCharge(mol)
    if charge:
        raise UserError(
            f"the molecule is permanently charged ({charge:+d}) and takes no adduct",
            value=smiles,
            hint="spectra are made of neutral molecules",
        )
    if any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()):
        raise UserError("the molecule is a radical", value=smiles, hint="spectra are made of closed-shell molecules")
    if mol.GetNumAtoms() > chosen.max_atoms:
        raise _too_large(smiles, mol.GetNumAtoms(), chosen)
    skeleton = read_skeleton(mol)
    budget = Budget(chosen.depth, chosen.max_cuts, chosen.max_fragments)
    fragments = enumerate_fragments(mol, skeleton, budget)
    weights = model or load_intensity_model()
    embedded = weights.embed(describe_fragments(mol, skeleton, fragments))
    is_parent = not (composition.is_single and composition.parent == parent)
    return FragmentedMolecule(parent, is_parent, mol, skeleton, fragments, embedded, weights)


def _too_large(smiles: str, n_atoms: int, settings: Ms2Settings) -> UserError:
    return UserError(
        f"the molecule has {n_atoms} heavy atoms",
        value=shorten(smiles, 60),
        hint=f"at most {settings.max_atoms} are fragmented",
    )


def _make_record(
    fragmented: FragmentedMolecule, prediction: Prediction, adduct: Adduct, energy: float, settings: Ms2Settings
) -> MassSpectrum:
    heights = prediction.shares / prediction.shares.max()
    kept = np.argsort(-heights, kind="stable")[: settings.max_peaks]
    kept = np.sort(kept[heights[kept] >= settings.min_intensity])
    mz = prediction.candidates.mz
    return MassSpectrum(
        # Rounded: the last bits depend on the machine's matrix product.
        mz=np.round(mz[kept], _ROUND_MZ),
        intensity=np.round(heights[kept], _ROUND_INTENSITY),
        precursor_mz=round(float(mz[prediction.candidates.precursor]), _ROUND_MZ),
        adduct=adduct,
        collision_energy=CollisionEnergy(energy),
        ion_mode=adduct.ion_mode,
        title=f"{shorten(fragmented.smiles, 60)} {adduct} {energy:g} eV",
    )


@dataclass(frozen=True)
class PeakExplanation:
    """What a peak may be.

    Attributes:
        mz: Of the peak, Da.
        error_ppm: Its distance from the exact m/z, parts per million.
        formula: Of the ion with its charge, as in ``C6H8N3O+``.
        loss: Formula of what the precursor lost; empty for the precursor.
        fragment: SMILES of the atoms that the likeliest candidate keeps, hydrogens as in the molecule.
        share: Share of the intensity that the model expects there, 0 to 1.
    """

    mz: float
    error_ppm: float
    formula: str
    loss: str
    fragment: str
    share: float


def explain_peaks(smiles: str, spectrum: MassSpectrum, settings: Ms2Settings | None = None) -> list[PeakExplanation]:
    """Return, for each peak that a fragment explains within 10 ppm or 3 mDa, its likeliest origin.

    Args:
        smiles: The molecule.
        spectrum: Synthesised or measured; without an adduct [M+H]+ is taken, without an energy in eV 20 eV.
        settings: Bounds of the work.

    Raises:
        InvalidSmilesError: The SMILES is invalid.
        UserError: The molecule or the adduct is none that the fragmenter knows.
    """
    adduct = spectrum.adduct or Adduct.M_H
    if adduct not in CARRIERS:
        raise UserError(f"the fragmenter does not know {adduct}", hint=f"known: {', '.join(CARRIERS)}")
    energy = float(spectrum.collision_energy) if spectrum.collision_energy is not None else np.nan
    fragmented = fragment_molecule(smiles, settings)
    prediction = fragmented.predict(adduct, (energy if np.isfinite(energy) else 20.0,))[0]
    candidates = prediction.candidates
    formulas = write_ion_formulas(fragmented.skeleton, candidates)
    losses = write_loss_formulas(fragmented.skeleton, candidates)
    sign = "+" if CARRIERS[adduct][2] > 0 else "-"
    explained = []
    for mz in spectrum.mz.tolist():
        near = np.nonzero(np.abs(candidates.mz - mz) <= max(_PPM * 1e-6 * mz, _FLOOR_DA))[0]
        if not len(near):
            continue
        peak = int(near[prediction.shares[near].argmax()])
        exact = float(candidates.mz[peak])
        explained.append(
            PeakExplanation(
                mz=mz,
                error_ppm=(mz - exact) / exact * 1e6,
                formula=f"{formulas[peak]}{sign}",
                loss=losses[peak],
                fragment=_write_fragment(fragmented, peak, candidates),
                share=float(prediction.shares[peak]),
            )
        )
    return explained


def annotate(smiles: str, spectrum: MassSpectrum, settings: Ms2Settings | None = None) -> Mapping[float, str]:
    """Return m/z (Da) -> ion formula of the peaks that are explained, as :func:`anymol.pictures.plot` takes them.

    Raises:
        InvalidSmilesError: The SMILES is invalid.
        UserError: The molecule or the adduct is none that the fragmenter knows.
    """
    return {one.mz: one.formula for one in explain_peaks(smiles, spectrum, settings)}


def _write_fragment(fragmented: FragmentedMolecule, peak: int, candidates: Candidates) -> str:
    """Return the fragment of a peak that took fewest cuts and breaks the weakest bonds."""
    rows = np.unique(candidates.fragment[candidates.peak == peak])
    costs = fragmented.fragments.boundary[rows] @ fragmented.skeleton.costs
    row = int(rows[np.lexsort((costs, fragmented.fragments.depth[rows]))[0]])
    atoms = np.nonzero(fragmented.fragments.inside[row])[0].tolist()
    return str(Chem.MolFragmentToSmiles(fragmented.mol, atomsToUse=atoms))

"""SMILES -> :class:`Conformer`: places found by ETKDGv3, optimised by the MMFF94 force field, or UFF where it fails.

ETKDGv3 (Wang, Witek, Landrum and Riniker, J. Chem. Inf. Model. 2020, 60, 2044) draws distances that fit the bounds and
torsions of crystal structures; MMFF94 (Halgren, J. Comput. Chem. 1996, 17, 490) brings each draw to its nearest
minimum. Energies are those of the force field, in vacuum: they rank the conformers of one molecule and compare with
nothing else. Embedding can run without end on a hostile input, so both steps run in a process that can be killed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

import numpy as np
from pydantic import Field, model_validator
from rdkit import Chem, rdBase
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers, rdMolAlign

from anymol.chem.limits import run_limited
from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.errors import ConformerError, shorten
from anymol.modalities.conformer import Conformer
from anymol.modalities.modality import Modality
from anymol.synthesis.engine import EngineSettings, Synthesis, name_version

_GAP = 3.0
"""Space left between the fragments of a salt before the force field draws them together, angstrom."""

_SAME_ENERGY = 0.1
"""Conformers nearer than this in energy (kcal/mol) are compared in space: others differ anyway."""

_MAX_MATCHES = 100
"""Symmetric numberings tried when two conformers are compared; a highly symmetric molecule has millions."""


class ForceField(StrEnum):
    """What optimised the coordinates."""

    MMFF94 = "MMFF94"
    UFF = "UFF"


class ConformerSettings(EngineSettings):
    """How conformers are searched.

    Attributes:
        n_embedded: Draws of ETKDGv3.
        n_kept: Most conformers in the result, lowest energies first.
        min_rmsd: Two conformers of nearly one energy whose heavy atoms differ by less are one, angstrom.
        max_iterations: Steps of the force field.
        max_atoms: Largest molecule, hydrogens counted.
        seconds: Time that one molecule may take before it is given up.
    """

    n_embedded: int = Field(default=10, ge=1, le=1000)
    n_kept: int = Field(default=5, ge=1, le=1000)
    min_rmsd: float = Field(default=0.5, ge=0)
    max_iterations: int = Field(default=1000, ge=1)
    max_atoms: int = Field(default=400, ge=1)
    seconds: float = Field(default=30.0, gt=0)

    @model_validator(mode="after")
    def _keep_what_is_drawn(self) -> ConformerSettings:
        if self.n_kept > self.n_embedded:
            raise ValueError(f"n_kept ({self.n_kept}) is more than n_embedded ({self.n_embedded})")
        return self


@dataclass(frozen=True)
class ConformerEngine:
    """The engine of :func:`search_conformers`, under its time limit.

    Notes: ``force_field``, ``is_fallback`` (UFF, because MMFF94 lacks an atom type), ``n_embedded``, ``n_converged``,
    ``n_distinct``.
    """

    settings: ConformerSettings = field(default_factory=ConformerSettings)
    modality: ClassVar[Modality] = Modality.CONFORMER
    name: ClassVar[str] = "etkdg"

    @property
    def version(self) -> str:
        """Its own version and RDKit's."""
        return name_version(1)

    def synthesize(self, smiles: str, seed: int) -> Synthesis:
        """Return conformers by rising energy (kcal/mol); atoms are in the order written, then the hydrogens.

        Raises:
            InvalidSmilesError: The SMILES is invalid.
            ConformerError: The molecule has no coordinates, or no force field knows its atoms.
            TimeLimitError: It took longer than `settings.seconds`.
        """
        mol = parse_smiles(smiles)
        if mol.GetNumAtoms() > self.settings.max_atoms:  # far too large: not even worth a process
            raise _too_large(smiles, mol.GetNumAtoms(), self.settings.max_atoms)
        found = run_limited(search_conformers, smiles, seed, self.settings.model_dump(), seconds=self.settings.seconds)
        method = f"ETKDGv3+{found['force_field']}"
        numbers = np.array(found["atomic_numbers"], np.uint8)
        charge, written = Chem.GetFormalCharge(mol), write_canonical(mol)
        records = tuple(
            Conformer(numbers, np.array(places, np.float64), charge, written, energy, method)
            for energy, places in zip(found["energies"], found["coordinates"], strict=True)
        )
        notes = {key: found[key] for key in ("force_field", "is_fallback", "n_embedded", "n_converged", "n_distinct")}
        return Synthesis(records, notes)


def search_conformers(smiles: str, seed: int, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the conformers of a molecule as JSON values; called in the process that can be killed.

    Args:
        smiles: The molecule.
        seed: Of ETKDGv3.
        settings: Of `ConformerSettings`.

    Returns:
        ``atomic_numbers`` V numbers; ``coordinates`` n x V x 3, angstrom, centred, exact in float32; ``energies`` n
        numbers, kcal/mol, rising; and the notes of :class:`ConformerEngine`.

    Raises:
        InvalidSmilesError: The SMILES is invalid.
        ConformerError: The molecule has no coordinates, or no force field knows its atoms.
    """
    chosen = ConformerSettings(**settings)
    with rdBase.BlockLogs():
        mol = Chem.AddHs(parse_smiles(smiles))
        _require_possible(smiles, mol, chosen)
        force_field = _choose_force_field(smiles, mol)
        _embed(smiles, mol, seed, chosen)
        outcomes = _optimise(mol, force_field, chosen.max_iterations)
        # -1 marks a conformer that the force field could not even begin with; 1 one that did not converge in time.
        energies = {
            conformer.GetId(): float(energy)
            for conformer, (state, energy) in zip(mol.GetConformers(), outcomes, strict=True)
            if state >= 0 and np.isfinite(energy)
        }
        if not energies:
            raise ConformerError(f"{force_field} found no finite energy", value=smiles)
        distinct = _select_distinct(mol, energies, chosen.min_rmsd)
    kept = distinct[: chosen.n_kept]
    return {
        "atomic_numbers": [atom.GetAtomicNum() for atom in mol.GetAtoms()],
        "coordinates": [_centre(mol, conformer).tolist() for conformer in kept],
        "energies": [round(energies[conformer], 6) for conformer in kept],
        "force_field": str(force_field),
        "is_fallback": force_field is not ForceField.MMFF94,
        "n_embedded": mol.GetNumConformers(),
        "n_converged": sum(state == 0 for state, _ in outcomes),
        "n_distinct": len(distinct),
    }


def _require_possible(smiles: str, mol: Chem.Mol, settings: ConformerSettings) -> None:
    if mol.GetNumAtoms() > settings.max_atoms:
        raise _too_large(smiles, mol.GetNumAtoms(), settings.max_atoms)
    if any(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms()):
        raise ConformerError("a placeholder atom '*' has no place in space", value=smiles, hint="give a whole molecule")


def _too_large(smiles: str, n_atoms: int, most: int) -> ConformerError:
    return ConformerError(
        f"the molecule has {n_atoms} atoms", value=shorten(smiles, 60), hint=f"at most {most} are embedded"
    )


def _choose_force_field(smiles: str, mol: Chem.Mol) -> ForceField:
    if rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
        return ForceField.MMFF94
    if rdForceFieldHelpers.UFFHasAllMoleculeParams(mol):
        return ForceField.UFF
    raise ConformerError("neither MMFF94 nor UFF knows all of its atoms", value=smiles)


def _embed(smiles: str, mol: Chem.Mol, seed: int, settings: ConformerSettings) -> None:
    """Draw coordinates; where distance geometry finds none, begin from random ones (large rings, crowded centres)."""
    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = seed
    parameters.numThreads = 1
    parameters.pruneRmsThresh = -1.0  # pruned after optimisation, when it is known which minimum each belongs to
    ids = rdDistGeom.EmbedMultipleConfs(mol, settings.n_embedded, parameters)
    if not len(ids):
        parameters.useRandomCoords = True
        ids = rdDistGeom.EmbedMultipleConfs(mol, settings.n_embedded, parameters)
    if not len(ids):
        raise ConformerError(
            "no coordinates satisfy its distances", value=smiles, hint="is its stereochemistry possible?"
        )
    fragments = Chem.GetMolFrags(mol)
    if len(fragments) > 1:
        for conformer in mol.GetConformers():
            _part_fragments(conformer, fragments)


def _part_fragments(conformer: Chem.Conformer, fragments: tuple[tuple[int, ...], ...]) -> None:
    """Set fragments side by side along x: RDKit embeds each around the origin, one inside the other."""
    places = np.array(conformer.GetPositions())
    edge = 0.0
    for number, atoms in enumerate(fragments):
        own = places[list(atoms)]
        own -= own.mean(axis=0)
        if number:
            own[:, 0] += edge + _GAP - own[:, 0].min()
        edge = own[:, 0].max()
        places[list(atoms)] = own
    conformer.SetPositions(places)


def _optimise(mol: Chem.Mol, force_field: ForceField, max_iterations: int) -> list[tuple[int, float]]:
    """Bring all to a minimum; returns (0 converged, 1 not yet, -1 impossible) and energy (kcal/mol) of each."""
    match force_field:
        case ForceField.MMFF94:
            done = rdForceFieldHelpers.MMFFOptimizeMoleculeConfs(
                mol, maxIters=max_iterations, ignoreInterfragInteractions=False
            )
        case ForceField.UFF:
            done = rdForceFieldHelpers.UFFOptimizeMoleculeConfs(
                mol, maxIters=max_iterations, ignoreInterfragInteractions=False
            )
    return list(done)


def _select_distinct(mol: Chem.Mol, energies: dict[int, float], min_rmsd: float) -> list[int]:
    """Return conformers by rising energy, those left out that repeat one before them in another numbering."""
    bare = Chem.RemoveHs(mol)
    chosen: list[int] = []
    for conformer in sorted(energies, key=lambda one: (energies[one], one)):
        rivals = (other for other in chosen if energies[conformer] - energies[other] < _SAME_ENERGY)
        if not any(_measure_rmsd(bare, conformer, other) < min_rmsd for other in rivals):
            chosen.append(conformer)
    return chosen


def _measure_rmsd(mol: Chem.Mol, one: int, other: int) -> float:
    # A copy, because alignment moves the conformer.
    return float(rdMolAlign.GetBestRMS(Chem.Mol(mol), mol, one, other, maxMatches=_MAX_MATCHES))


def _centre(mol: Chem.Mol, conformer: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    places = np.array(mol.GetConformer(conformer).GetPositions())
    centred: np.ndarray[Any, np.dtype[np.float32]] = (places - places.mean(axis=0)).astype(np.float32)
    return centred

"""How good synthesised conformers are: by energy against a wider search, and by shape against crystal structures.

The energy of an engine's lowest conformer is compared with the lowest that any search of the molecule found, in the
same force field; a single embedding without choice shows what the search is worth. Crystal structures are compared by
the heavy-atom RMSD of the nearest conformer, the usual test of conformer generators (Hawkins, J. Chem. Inf. Model.
2017, 57, 1747).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolAlign
from rdkit.Geometry import Point3D

from anymol.chem.limits import run_limited
from anymol.chem.parsing import parse_smiles
from anymol.errors import AnyMolError, ConformerError, DataError, UserError
from anymol.metrics.interval import ConfidenceInterval, bootstrap_mean, bootstrap_metric
from anymol.modalities.conformer import Conformer
from anymol.modalities.modality import Modality
from anymol.synthesis.conformer import ConformerEngine, search_conformers
from anymol.synthesis.engine import Engine, derive_seed

NEAR: Final = (0.1, 1.0)
"""Gaps that count as found, kcal/mol."""

_SECONDS: Final = 300.0
"""For one wide search."""

_MAX_MATCHES: Final = 1000
"""Symmetric numberings tried against a crystal structure."""


@dataclass(frozen=True)
class GapFigures:
    """How far above the lowest known energy a search ends, over molecules.

    Attributes:
        within: Limit (kcal/mol) -> share of molecules whose gap is at most that.
        median: Of the gaps, kcal/mol.
        p90: Nine gaps in ten are at most this, kcal/mol.
    """

    within: Mapping[float, ConfidenceInterval]
    median: ConfidenceInterval
    p90: ConfidenceInterval

    def to_json(self) -> dict[str, Any]:
        """Return the shares and quantiles of the gap with their intervals; the keys name the unit, kcal/mol."""
        return {
            "within_kcal_mol": {f"{limit:g}": one._asdict() for limit, one in self.within.items()},
            "median_kcal_mol": self.median._asdict(),
            "p90_kcal_mol": self.p90._asdict(),
        }


@dataclass(frozen=True)
class ConformerReport:
    """Figures of a conformer engine.

    Attributes:
        engine: Name of the engine.
        version: Its version.
        n_search: Conformers of the wide search.
        n: Molecules compared by energy.
        failures: SMILES or record -> why it was not compared.
        own: The engine's gaps; None where no molecule was given.
        single: Gaps of a single embedding, optimised: the baseline.
        rmsd: Mean heavy-atom RMSD (angstrom) of the nearest kept conformer to the crystal's; None if none was given.
        rmsd_within_1: Share of crystal structures that a conformer comes within 1 angstrom of.
    """

    engine: str
    version: str
    n_search: int
    n: int
    failures: Mapping[str, str]
    own: GapFigures | None
    single: GapFigures | None
    rmsd: ConfidenceInterval | None
    rmsd_within_1: ConfidenceInterval | None

    def to_json(self) -> dict[str, Any]:
        """Return the part ``conformer`` of ``figures.json``; null where nothing was compared."""
        return {
            "engine": self.engine,
            "version": self.version,
            "n_search": self.n_search,
            "n": self.n,
            "failures": dict(self.failures),
            "engine_gap": None if self.own is None else self.own.to_json(),
            "single_embedding_gap": None if self.single is None else self.single.to_json(),
            "crystal_rmsd_angstrom": None if self.rmsd is None else self.rmsd._asdict(),
            "crystal_within_1_angstrom": None if self.rmsd_within_1 is None else self.rmsd_within_1._asdict(),
        }


def evaluate_conformers(
    smiles: Sequence[str],
    *,
    engine: Engine | None = None,
    n_search: int = 50,
    measured: Path | None = None,
    seed: int = 0,
) -> ConformerReport:
    """Return how low and how near to crystals an engine's conformers are.

    Args:
        smiles: Molecules whose energies are compared; may be empty where `measured` is given.
        engine: Makes conformers with MMFF94 or UFF energies; ETKDGv3 at its defaults, if None.
        n_search: Conformers of the wide search that stands for the truth.
        measured: A folder of SD files with crystal structures.
        seed: Of every search; the three searches of a molecule draw differently.

    Raises:
        UserError: The engine makes something else.
        DataError: Nothing could be compared.
    """
    judged: Engine = engine or ConformerEngine()
    if judged.modality is not Modality.CONFORMER:
        raise UserError(f"the engine makes '{judged.modality}', not conformers", value=judged.name)
    failures: dict[str, str] = {}
    gaps: list[tuple[float, float]] = []
    for one in smiles:
        try:
            gaps.append(_compare_energies(judged, one, n_search, seed))
        except AnyMolError as error:
            failures[one] = str(error)
    distances: list[float] = []
    if measured is not None:
        distances, crystal_failures = _compare_crystals(judged, measured, seed)
        failures |= crystal_failures
    if not gaps and not distances:
        raise DataError("no molecule could be compared", hint=next(iter(failures.values()), "give molecules"))
    return ConformerReport(
        engine=judged.name,
        version=judged.version,
        n_search=n_search,
        n=len(gaps),
        failures=failures,
        own=_summarise([own for own, _ in gaps], seed) if gaps else None,
        single=_summarise([single for _, single in gaps], seed) if gaps else None,
        rmsd=bootstrap_mean(distances, seed=seed) if distances else None,
        rmsd_within_1=bootstrap_mean([float(one <= 1.0) for one in distances], seed=seed) if distances else None,
    )


def _compare_energies(engine: Engine, smiles: str, n_search: int, seed: int) -> tuple[float, float]:
    """Return how far the engine and a single embedding end above the lowest of all, kcal/mol."""
    own = min(_take_conformers(engine, smiles, seed), key=_energy)
    # Seeds of their own: with the engine's, its draws would be the first of the wide search.
    wide = _search(smiles, n_search, derive_seed(smiles, Modality.CONFORMER, seed + 1))
    single = _search(smiles, 1, derive_seed(smiles, Modality.CONFORMER, seed + 2))
    if wide["force_field"] not in own.method:
        raise UserError(f"its energies are of '{own.method}', not of {wide['force_field']}", value=smiles)
    energies = (_energy(own), single["energies"][0], wide["energies"][0])
    return energies[0] - min(energies), energies[1] - min(energies)


def _search(smiles: str, n_embedded: int, seed: int) -> dict[str, Any]:
    settings = {"n_embedded": n_embedded, "n_kept": 1}
    found: dict[str, Any] = run_limited(search_conformers, smiles, seed, settings, seconds=_SECONDS)
    return found


def _energy(conformer: Conformer) -> float:
    if conformer.energy is None:
        raise ConformerError("the conformer has no energy", value=conformer.smiles)
    return conformer.energy


def _take_conformers(engine: Engine, smiles: str, seed: int) -> list[Conformer]:
    records = engine.synthesize(smiles, derive_seed(smiles, Modality.CONFORMER, seed)).records
    return [one for one in records if isinstance(one, Conformer)]


def _summarise(gaps: Sequence[float], seed: int) -> GapFigures:
    values = np.array(gaps)

    def quantile(share: float) -> ConfidenceInterval:
        return bootstrap_metric(lambda found, _: float(np.quantile(found, share)), gaps, gaps, seed=seed)

    within = {limit: bootstrap_mean((values <= limit).astype(float), seed=seed) for limit in NEAR}
    return GapFigures(within, quantile(0.5), quantile(0.9))


def _compare_crystals(engine: Engine, folder: Path, seed: int) -> tuple[list[float], dict[str, str]]:
    """Return the RMSD of the nearest conformer to each crystal structure, angstrom, and what was not compared."""
    files = sorted(path for path in folder.glob("*") if path.suffix.lower() in (".sdf", ".sd", ".mol"))
    if not files:
        raise DataError("the folder holds no SD file", value=folder, hint="crystal structures as .sdf")
    distances: list[float] = []
    failures: dict[str, str] = {}
    for path in files:
        with path.open("rb") as stream, rdBase.BlockLogs():
            for number, crystal in enumerate(Chem.ForwardSDMolSupplier(stream, removeHs=True)):
                name = f"{path.name}, record {number + 1}"
                try:
                    distances.append(_measure_nearest(engine, crystal, name, seed))
                except AnyMolError as error:
                    failures[name] = str(error)
    return distances, failures


def _measure_nearest(engine: Engine, crystal: Chem.Mol | None, name: str, seed: int) -> float:
    if crystal is None or not crystal.GetNumConformers() or not crystal.GetConformer().Is3D():
        raise ConformerError("the record holds no structure in space", value=name)
    Chem.AssignStereochemistryFrom3D(crystal)
    smiles = Chem.MolToSmiles(crystal)
    probe = parse_smiles(smiles)
    distances = []
    for conformer in _take_conformers(engine, smiles, seed):
        # A record's atoms are those of the SMILES as written, then the hydrogens, which are left out here.
        shape = Chem.Conformer(probe.GetNumAtoms())
        for atom in range(probe.GetNumAtoms()):
            shape.SetAtomPosition(atom, Point3D(*map(float, conformer.coordinates[atom])))
        posed = Chem.Mol(probe)
        posed.RemoveAllConformers()
        posed.AddConformer(shape)
        try:
            distances.append(float(rdMolAlign.GetBestRMS(posed, crystal, maxMatches=_MAX_MATCHES)))
        except RuntimeError as error:
            raise ConformerError(f"it does not lie on its own SMILES: {error}", value=name) from None
    return min(distances)

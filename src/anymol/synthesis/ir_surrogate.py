"""SMILES -> :class:`InfraredSpectrum` in milliseconds: a network that has learnt GFN2-xTB spectra.

A directed message passing network over bonds with a spectral output, as in Chemprop-IR (McGill, Forsuelo, Guan and
Green, J. Chem. Inf. Model. 2021, 61, 2594), built from the parts of `chemprop` 2 (Heid et al., J. Chem. Inf. Model.
2024, 64, 9): every point is positive, the spectrum is normalised, and the loss is the spectral information divergence.
It reads the graph alone, so that conformers and stereoisomers share one spectrum.

What it knows: computed spectra, not measured ones, of neutral molecules within the sizes and elements that its metadata
states (4 to 14 heavy atoms for the weights shipped). Beyond the sizes it goes on and says so in its notes; an element
that it never saw is refused. Intensities are relative: the highest point is 1. torch and chemprop are loaded at the
first molecule, which takes seconds, once per process.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rdkit import Chem, rdBase

from anymol.bounds import MAX_MANIFEST_BYTES
from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.errors import CheckpointError, UserError, shorten
from anymol.files import read_whole, require_regular
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.modality import Modality
from anymol.shipped import find_shipped
from anymol.synthesis.engine import EngineSettings, Synthesis, name_version
from anymol.synthesis.infrared_lines import BroadeningSettings
from anymol.synthesis.ir_network import SurrogateArchitecture, build_network

if TYPE_CHECKING:
    from torch import nn

SHIPPED = Path(__file__).with_name("ir_surrogate.safetensors")
"""The weights that come with the package; their metadata stand beside them, as ``.json``."""

RELATIVE = "absorbance, arbitrary units, maximum 1 (surrogate of GFN2-xTB)"


class SurrogateMetadata(BaseModel):
    """What stands beside the weights.

    Attributes:
        schema_version: Of this form.
        architecture: Sizes of the network.
        axis: Axis and broadening of the spectra that it was trained on and gives.
        elements: Atomic numbers in the training molecules.
        min_heavy_atoms: Of the smallest training molecule.
        max_heavy_atoms: Of the largest.
        n_train: Number of training spectra.
        trained_on: Files, rows and splits.
        command: What trained it.
        figures: Figures on the val rows, which also chose the epoch.
        sha256: Of the file of weights.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    architecture: SurrogateArchitecture
    axis: BroadeningSettings
    elements: tuple[int, ...]
    min_heavy_atoms: int
    max_heavy_atoms: int
    n_train: int
    trained_on: str
    command: str
    figures: dict[str, float]
    sha256: str


class SurrogateInfraredSettings(EngineSettings):
    """Which weights are used.

    Attributes:
        weights: A ``.safetensors`` file made by ``anymol train recipes/ir_surrogate.yaml``, with its ``.json`` beside
            it; those shipped, if None.
        max_atoms: Largest molecule, heavy atoms.
    """

    weights: Path | None = None
    max_atoms: int = Field(default=400, ge=1)


@dataclass(frozen=True)
class SurrogateInfraredEngine:
    """The engine of the network; nothing in it is random.

    Notes: ``outside_training_size`` (fewer or more heavy atoms than any training molecule), ``outside_training_kind``
    (a charge, a radical or several molecules: it saw none), ``width`` (cm^-1) and ``scaling`` of the spectra learnt.
    """

    settings: SurrogateInfraredSettings = field(default_factory=SurrogateInfraredSettings)
    modality: ClassVar[Modality] = Modality.IR
    name: ClassVar[str] = "surrogate"

    @property
    def version(self) -> str:
        """Its own version, RDKit's and chemprop's, and the first digits of the weights' sha256."""
        try:
            chemprop = importlib.metadata.version("chemprop")
        except importlib.metadata.PackageNotFoundError:
            chemprop = "missing"
        weights = read_metadata(self._path).sha256[:8]
        return f"{name_version(1)[:-1]}, chemprop {chemprop}, weights {weights})"

    @property
    def _path(self) -> Path:
        return SHIPPED if self.settings.weights is None else self.settings.weights

    def synthesize(self, smiles: str, seed: int) -> Synthesis:
        """Return one spectrum.

        Raises:
            InvalidSmilesError: The SMILES is invalid.
            UserError: The molecule is too large, or holds an element that the network never saw.
            MissingDependencyError: chemprop is not installed.
            CheckpointError: The weights cannot be read.
        """
        mol = parse_smiles(smiles)
        if mol.GetNumAtoms() > self.settings.max_atoms:
            raise UserError(
                f"the molecule has {mol.GetNumAtoms()} atoms",
                value=shorten(smiles, 60),
                hint=f"at most {self.settings.max_atoms} are taken",
            )
        metadata = read_metadata(self._path)
        require_known_elements(smiles, mol, metadata)
        values = predict_shape(mol, self._path)
        values = np.round(values / values.max(), 6)  # beyond the sixth digit machines differ
        record = InfraredSpectrum(metadata.axis.axis, values, RELATIVE, write_canonical(mol))
        size = mol.GetNumHeavyAtoms()
        is_odd = any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()) or Chem.GetFormalCharge(mol) != 0
        notes = {
            "outside_training_size": not metadata.min_heavy_atoms <= size <= metadata.max_heavy_atoms,
            "outside_training_kind": is_odd or len(Chem.GetMolFrags(mol)) > 1,
            "width": metadata.axis.width,
            "scaling": metadata.axis.scaling,
        }
        return Synthesis((record,), notes)


def require_known_elements(smiles: str, mol: Chem.Mol, metadata: SurrogateMetadata) -> None:
    """Refuse molecules of atoms that the weights never met.

    Raises:
        UserError: There is an unknown element, an isotope, or a hydrogen written as an atom.
    """
    if any(atom.GetIsotope() or atom.GetAtomicNum() == 1 for atom in mol.GetAtoms()):
        raise UserError(
            "the surrogate never saw isotopes or hydrogens written as atoms", value=shorten(smiles, 60),
            hint="leave them implicit, or take ir:gfn2-xtb",
        )  # fmt: skip
    strange = {a.GetSymbol() for a in mol.GetAtoms() if a.GetAtomicNum() not in metadata.elements}
    if strange:
        raise UserError(
            f"the surrogate never saw {', '.join(sorted(strange))} in training",
            value=shorten(smiles, 60),
            hint="ir:gfn2-xtb takes elements up to radon",
        )


def predict_shape(mol: Chem.Mol, weights: Path = SHIPPED) -> NDArray[np.float64]:
    """Return the spectrum of a molecule on the axis of the weights, shape (P,); the values sum to 1.

    Raises:
        MissingDependencyError: chemprop is not installed.
        CheckpointError: The weights cannot be read.
    """
    shape: NDArray[np.float64] = predict_shapes([mol], weights)[0]
    return shape


def predict_shapes(mols: Sequence[Chem.Mol], weights: Path = SHIPPED) -> NDArray[np.float64]:
    """Return the spectra of molecules in one pass, shape (M, P); each sums to 1.

    Raises:
        MissingDependencyError: chemprop is not installed.
        CheckpointError: The weights cannot be read.
    """
    network, featurizer = _load_network(str(weights))
    import torch
    from chemprop.data import BatchMolGraph

    with torch.inference_mode(), _one_thread(), rdBase.BlockLogs():
        values = network(BatchMolGraph([featurizer(mol) for mol in mols]))
    return np.asarray(values.numpy(), np.float64)


@cache
def read_metadata(weights: Path) -> SurrogateMetadata:
    """Return what stands beside a file of weights.

    Raises:
        CheckpointError: There is none, or it has another form.
        InstallationError: Those that ship are damaged.
    """
    path = weights.with_suffix(".json")
    if weights == SHIPPED:
        find_shipped("synthesis/ir_surrogate.json")
    try:
        return SurrogateMetadata(**json.loads(read_whole(path, MAX_MANIFEST_BYTES)))
    except (OSError, ValueError, TypeError, ValidationError) as error:
        raise CheckpointError(
            f"no metadata of an infrared surrogate: {shorten(str(error), 120)}",
            value=path,
            hint="anymol train recipes/ir_surrogate.yaml writes it",
        ) from None


@cache
def _load_network(weights: str) -> tuple[nn.Module, Any]:
    """Return network and featurizer; kept, because reading them takes longer than a thousand spectra."""
    metadata = read_metadata(Path(weights))
    network, featurizer = build_network(metadata.architecture, len(metadata.axis.axis))
    from safetensors.torch import load

    try:
        require_regular(Path(weights))
        stored = Path(weights).read_bytes()
        if hashlib.sha256(stored).hexdigest() != metadata.sha256:
            raise CheckpointError("the weights are not those of the metadata", value=weights)
        network.load_state_dict({name: value.float() for name, value in load(stored).items()})
    except (OSError, RuntimeError, ValueError) as error:
        raise CheckpointError(f"the weights cannot be read: {shorten(str(error), 120)}", value=weights) from None
    return network.eval(), featurizer


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one thread: one molecule is too small for two, and other workers use the other cores."""
    import torch

    before = torch.get_num_threads()
    if before != 1:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if before != 1:
            torch.set_num_threads(before)

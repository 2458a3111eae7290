"""Training of the infrared surrogate on GFN2-xTB spectra.

The loss is the spectral information divergence of Chemprop-IR (McGill et al. 2021, equation 2) between normalised
spectra; val chooses the step. Weights are averaged over the steps (an exponential moving average), which on some
thousand spectra is worth more than a larger network, and stored as float16.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import Tensor, nn

from anymol.chem.keys import inchikey_block
from anymol.chem.parsing import parse_smiles
from anymol.data.heldout import Heldout
from anymol.errors import DataError
from anymol.files import write_atomically
from anymol.locks import lock_folder
from anymol.synthesis.infrared_references import (
    LINES_FILE,
    SURROGATE_AXIS,
    SpectraSet,
    read_line_spectra,
    read_synthesized_spectra,
)
from anymol.synthesis.ir_network import build_network
from anymol.synthesis.ir_surrogate import SurrogateMetadata
from anymol.training.corpus import corpus_key
from anymol.training.run import LOCK_HINT, RunResult
from anymol.training.specialists.fit import fit_network
from anymol.training.specialists.plan import SurrogatePlan

WEIGHTS: Final = "ir_surrogate.safetensors"


def run(plan: SurrogatePlan, output: Path | str, *, data_dir: Path, resume: bool = False) -> RunResult:
    """Train a surrogate; ``ir_surrogate.safetensors`` in `output`, with metadata in ``.json`` beside it, is what ships.

    Args:
        plan: What it learns from, and how.
        output: Folder of the run.
        data_dir: Holds ``ir_xtb.parquet``.
        resume: Whether a run goes on that is there.

    Returns:
        How it ended; its tokens are spectra.

    Raises:
        MissingDependencyError: chemprop is not installed.
        DataError: Data are missing, or a training molecule is a val molecule too.
        CheckpointError: `output` holds a run and `resume` is false, or another one's.
        LockedError: Another process trains there.
    """
    with lock_folder(Path(output), hint=LOCK_HINT):
        return _run(plan, Path(output), data_dir, resume=resume)


def _run(plan: SurrogatePlan, output: Path, data_dir: Path, *, resume: bool) -> RunResult:
    """Train in a folder that is held for this process, with all that the run writes there."""
    started = time.perf_counter()
    train = read_line_spectra(data_dir, "train")
    sources = [f"{LINES_FILE}, train, {len(train)} rows (GFN2-xTB 6.5.1, one conformer)"]
    for folder in plan.synthesized:
        more = read_synthesized_spectra(folder, Heldout.read(data_dir).forbids_answer)
        sources.append(f"synthesized {folder.name}, {len(more)} rows")
        train += more
    trained_on = f"{'; '.join(sources)}; step chosen on {LINES_FILE}, val"
    weights = fit_surrogate(plan, train, read_line_spectra(data_dir, "val"), output, trained_on, resume=resume)
    return RunResult(weights is not None, weights, plan.fit.steps * plan.batch, time.perf_counter() - started)


def fit_surrogate(
    plan: SurrogatePlan, train: SpectraSet, val: SpectraSet, output: Path, trained_on: str, *, resume: bool = False
) -> Path | None:
    """Train, and write weights and metadata; return the file of weights, None where the run was stopped.

    Args:
        plan: How it is trained.
        train: Training spectra.
        val: Spectra that choose the step.
        output: Folder of the run.
        trained_on: Provenance, for the metadata.
        resume: Whether a run goes on that is there.
    """
    _require_apart(train, val)
    torch.manual_seed(plan.seed)
    trained = TrainableSurrogate(plan, train, val)
    key = corpus_key("surrogate", plan.model_dump_json(), *train.smiles, train.spectra.tobytes())
    if not fit_network(trained, plan.fit, output, name=plan.name, key=key, resume=resume):
        return None
    mols = [parse_smiles(one) for one in train.smiles]
    sizes = [mol.GetNumHeavyAtoms() for mol in mols]
    stored = save({name: _round(value).half().contiguous() for name, value in trained.network.state_dict().items()})
    metadata = SurrogateMetadata(
        architecture=plan.architecture,
        axis=SURROGATE_AXIS,
        elements=tuple(sorted({atom.GetAtomicNum() for mol in mols for atom in mol.GetAtoms()} | {1})),
        min_heavy_atoms=min(sizes),
        max_heavy_atoms=max(sizes),
        n_train=len(train),
        trained_on=trained_on,
        command=f"anymol train recipes/{plan.name}.yaml --data-dir $ANYMOL_DATA",
        figures={name: round(figure, 5) for name, figure in trained.validate().items()},
        sha256=hashlib.sha256(stored).hexdigest(),
    )
    weights = output / WEIGHTS
    write_atomically(weights, stored)
    write_atomically(weights.with_suffix(".json"), metadata.model_dump_json(indent=2) + "\n")
    return weights


class TrainableSurrogate:
    """The surrogate as it is trained.

    Args:
        plan: How it is trained.
        train: Training spectra.
        val: Spectra that it is judged by.
    """

    def __init__(self, plan: SurrogatePlan, train: SpectraSet, val: SpectraSet) -> None:
        self._plan = plan
        self.network, featurizer = build_network(plan.architecture, train.spectra.shape[1])
        self._graphs, self._val_graphs = ([featurizer(parse_smiles(one)) for one in s.smiles] for s in (train, val))
        self._targets, self._val = torch.from_numpy(train.spectra).float(), val.spectra
        # The last layer starts at the mean spectrum: without it the first epochs learn nothing else.
        with torch.no_grad():
            last = [layer for layer in self.network.modules() if isinstance(layer, nn.Linear)][-1]
            last.bias.copy_(self._targets.mean(dim=0).clamp_min(1e-8).log() + math.log(self._targets.shape[1]))
            last.weight.mul_(0.1)

    def decay(self, name: str) -> float:
        """Return the weight decay, which is the same for all."""
        return self._plan.weight_decay

    def losses(self, step: int) -> Mapping[str, Tensor]:
        """Return the mean divergence of a batch; an epoch is one order of all spectra."""
        n_batches = math.ceil(len(self._graphs) / self._plan.batch)
        epoch, place = divmod(step, n_batches)
        rows = np.array_split(_draw_order(self._plan.seed, epoch, len(self._graphs)), n_batches)[place]
        predicted = self._predict([self._graphs[row] for row in rows]).clamp_min(1e-9)
        wanted = self._targets[torch.from_numpy(rows)]
        return {"sid": ((predicted - wanted) * (predicted.log() - wanted.log())).sum(dim=1).mean()}

    def validate(self) -> dict[str, float]:
        """Return mean divergence and mean Pearson correlation on val, of the weights as they are once stored."""
        rounded = {name: _round(value) for name, value in self.network.state_dict().items()}
        with torch.inference_mode():
            predicted = np.asarray(self._predict(self._val_graphs, rounded).numpy(), np.float64)
        low = np.clip(predicted, 1e-9, None)
        sid = ((low - self._val) * np.log(low / self._val)).sum(axis=1)
        pearson = [np.corrcoef(one, other)[0, 1] for one, other in zip(predicted, self._val, strict=True)]
        return {"sid": float(sid.mean()), "pearson": float(np.mean(pearson))}

    def score(self, figures: Mapping[str, float]) -> float | None:
        """Return what is high where the divergence is low."""
        return -figures["sid"]

    def _predict(self, graphs: list[Any], weights: Mapping[str, Tensor] | None = None) -> Tensor:
        from chemprop.data import BatchMolGraph

        own = self.network.state_dict(keep_vars=True) if weights is None else weights
        spectra: Tensor = torch.func.functional_call(self.network, dict(own), (BatchMolGraph(graphs),))
        return spectra


@lru_cache(maxsize=2)
def _draw_order(seed: int, epoch: int, size: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, epoch]).permutation(size)


def _round(value: Tensor) -> Tensor:
    return value.to(torch.float16).float()


def _require_apart(train: SpectraSet, val: SpectraSet) -> None:
    held = {inchikey_block(smiles) for smiles in val.smiles}
    for smiles in train.smiles:
        if inchikey_block(smiles) in held:
            raise DataError("a training molecule is a val molecule too", value=smiles)

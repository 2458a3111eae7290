"""Training of the infrared surrogate on GFN2-xTB spectra.

The loss is the spectral information divergence of Chemprop-IR (McGill et al. 2021, equation 2) between normalised
spectra; val chooses the epoch. Weights are averaged over the steps (an exponential moving average), which on some
thousand spectra is worth more than a larger network, and stored as float16.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from anymol.chem.keys import inchikey_block
from anymol.chem.parsing import parse_smiles
from anymol.errors import DataError
from anymol.files import write_atomically
from anymol.synthesis.infrared_lines import BroadeningSettings
from anymol.synthesis.infrared_references import SURROGATE_AXIS, SpectraSet
from anymol.synthesis.ir_surrogate import SurrogateArchitecture, SurrogateMetadata, build_network


class FitSettings(BaseModel):
    """How the surrogate is trained.

    Attributes:
        architecture: Sizes of the network.
        epochs: Passes over the training spectra.
        batch: Spectra per step.
        learning_rate: Highest; it rises over a tenth of the steps and falls along a cosine.
        weight_decay: Of AdamW.
        averaging: Share of the averaged weights that a step keeps.
        seed: Of start, order and dropout.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    architecture: SurrogateArchitecture = SurrogateArchitecture()
    epochs: int = Field(default=100, ge=1)
    batch: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    averaging: float = Field(default=0.995, ge=0, lt=1)
    seed: int = 0


def fit_surrogate(
    train: SpectraSet,
    val: SpectraSet,
    output: Path,
    settings: FitSettings | None = None,
    *,
    axis: BroadeningSettings = SURROGATE_AXIS,
    trained_on: str,
    command: str,
    report: Callable[[str], None] = lambda line: None,
) -> SurrogateMetadata:
    """Train, and write weights (``output``, safetensors) and metadata (``.json`` beside it).

    Args:
        train: Training spectra.
        val: Spectra that choose the epoch.
        output: File of weights.
        settings: How it is trained.
        axis: Axis and broadening of the spectra.
        trained_on: Provenance, for the metadata.
        command: What was called, for the metadata.
        report: Takes a line of progress per epoch.

    Raises:
        MissingDependencyError: chemprop is not installed.
        DataError: A training molecule is a val molecule too.
    """
    _require_apart(train.smiles, val.smiles)
    chosen = settings or FitSettings()
    network, best = _optimise(train, val, chosen, report)
    import torch
    from safetensors.torch import save

    names = network.state_dict()
    stored = save({name: best[name].to(torch.float16).contiguous() for name in names})
    mols = [parse_smiles(one) for one in train.smiles]
    sizes = [mol.GetNumHeavyAtoms() for mol in mols]
    metadata = SurrogateMetadata(
        architecture=chosen.architecture,
        axis=axis,
        elements=tuple(sorted({atom.GetAtomicNum() for mol in mols for atom in mol.GetAtoms()} | {1})),
        min_heavy_atoms=min(sizes),
        max_heavy_atoms=max(sizes),
        n_train=len(train),
        trained_on=trained_on,
        command=command,
        figures=_measure(_predict(network, best, val), val.spectra),
        sha256=hashlib.sha256(stored).hexdigest(),
    )
    write_atomically(output, stored)
    write_atomically(output.with_suffix(".json"), metadata.model_dump_json(indent=2) + "\n")
    return metadata


def _require_apart(train: Sequence[str], val: Sequence[str]) -> None:
    held = {inchikey_block(smiles) for smiles in val}
    for smiles in train:
        if inchikey_block(smiles) in held:
            raise DataError("a training molecule is a val molecule too", value=smiles)


def _optimise(
    train: SpectraSet, val: SpectraSet, settings: FitSettings, report: Callable[[str], None]
) -> tuple[Any, dict[str, Any]]:
    """Return the network, and the averaged weights of the epoch that val likes best."""
    import torch
    from chemprop.data import BatchMolGraph

    torch.manual_seed(settings.seed)
    order = np.random.default_rng(settings.seed)
    network, featurizer = build_network(settings.architecture, train.spectra.shape[1])
    graphs = [featurizer(parse_smiles(one)) for one in train.smiles]
    targets = torch.from_numpy(train.spectra).float()
    # The last layer starts at the mean spectrum: without it the first epochs learn nothing else.
    with torch.no_grad():
        last = [layer for layer in network.modules() if isinstance(layer, torch.nn.Linear)][-1]
        last.bias.copy_(targets.mean(dim=0).clamp_min(1e-8).log() + math.log(targets.shape[1]))
        last.weight.mul_(0.1)
    optimizer = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    n_batches = math.ceil(len(train) / settings.batch)
    n_steps = settings.epochs * n_batches
    averaged = {name: value.detach().clone() for name, value in network.state_dict().items()}
    best: dict[str, Any] = averaged
    lowest = math.inf
    step = 0
    for epoch in range(settings.epochs):
        network.train()
        total = 0.0
        for rows in np.array_split(order.permutation(len(train)), n_batches):
            share = _schedule(step, n_steps)
            for group in optimizer.param_groups:
                group["lr"] = settings.learning_rate * share
            predicted = network(BatchMolGraph([graphs[row] for row in rows])).clamp_min(1e-9)
            wanted = targets[torch.from_numpy(rows)]
            loss = ((predicted - wanted) * (predicted.log() - wanted.log())).sum(dim=1).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
            keep = min(settings.averaging, step / (step + 10))
            with torch.no_grad():
                for name, value in network.state_dict().items():
                    averaged[name].mul_(keep).add_(value, alpha=1 - keep)
            total += float(loss.detach()) * len(rows)
        figures = _measure(_predict(network, averaged, val), val.spectra)
        report(
            f"epoch {epoch + 1}: train SID {total / len(train):.4f}, "
            f"val SID {figures['sid']:.4f}, Pearson {figures['pearson']:.4f}"
        )
        if figures["sid"] < lowest:
            lowest = figures["sid"]
            best = {name: value.clone() for name, value in averaged.items()}
    return network, best


def _schedule(step: int, n_steps: int) -> float:
    """Return the share of the highest learning rate: a straight rise over a tenth, then half a cosine down to 1 %."""
    done = step / n_steps
    if done < 0.1:
        return 0.01 + 0.99 * done / 0.1
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (done - 0.1) / 0.9))


def _predict(network: Any, weights: dict[str, Any], data: SpectraSet) -> NDArray[np.float64]:
    """Return the spectra of other weights than the network's own, as they are once stored in 16 bits."""
    import torch
    from chemprop.data import BatchMolGraph

    _, featurizer = build_network(SurrogateArchitecture(), 2)
    rounded = {name: value.to(torch.float16).float() for name, value in weights.items()}
    network.eval()
    with torch.inference_mode():
        graphs = BatchMolGraph([featurizer(parse_smiles(one)) for one in data.smiles])
        return np.asarray(torch.func.functional_call(network, rounded, (graphs,)).numpy(), np.float64)


def _measure(predicted: NDArray[np.float64], reference: NDArray[np.float64]) -> dict[str, float]:
    """Return mean spectral information divergence and mean Pearson correlation of normalised spectra."""
    low = np.clip(predicted, 1e-9, None)
    sid = ((low - reference) * np.log(low / reference)).sum(axis=1)
    pearson = [np.corrcoef(one, other)[0, 1] for one, other in zip(predicted, reference, strict=True)]
    return {"sid": round(float(sid.mean()), 5), "pearson": round(float(np.mean(pearson)), 5)}

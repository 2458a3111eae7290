"""The store of computed properties, and the network for what is not stored.

Contributions of the elements are fitted by least squares; a network of two hidden layers
(:mod:`anymol.retrieval.computed_properties.network`) learns what they leave, all properties at once, each in units of
its spread. The val rows of ``quantum.parquet`` choose the step and calibrate the intervals; neither they nor the test
rows are stored or fitted to.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from anymol.chem.names import find_names_of
from anymol.chem.parsing import parse_smiles
from anymol.data.computed_sets import COMPUTED_PROPERTIES, count_heavy_atoms, read_evaluated_rows, read_training_rows
from anymol.data.measured_sets import MeasuredRow, draw_rows
from anymol.errors import DataError
from anymol.files import write_atomically
from anymol.locks import lock_folder
from anymol.metrics.regression import mean_absolute_error
from anymol.retrieval.computed_properties.fragments import (
    ELEMENTS,
    VERSION,
    count_elements,
    count_fragments,
    describe_fragments,
)
from anymol.retrieval.computed_properties.known import STORE_FILE
from anymol.retrieval.computed_properties.network import PREDICTORS_FILE, FragmentNetwork, sum_atoms, write_network
from anymol.retrieval.measured_properties.building import build_store
from anymol.retrieval.measured_properties.neighbours import find_neighbours
from anymol.retrieval.measured_properties.predictor import Domain, PredictorCard, PredictorsCard
from anymol.retrieval.measured_properties.store import PropertyStore, ValueKind, write_store
from anymol.training.corpus import corpus_key
from anymol.training.run import LOCK_HINT, RunResult
from anymol.training.specialists.fit import fit_network
from anymol.training.specialists.measured_properties import fit_spread
from anymol.training.specialists.plan import ComputedPlan

_PROPERTIES: Final = tuple(COMPUTED_PROPERTIES.values())
_LEAST_WIDTH: Final = 0.1
"""Added to the width that a count is divided by: what few molecules have must not weigh most."""


def run(plan: ComputedPlan, output: Path | str, *, data_dir: Path, resume: bool = False) -> RunResult:
    """Build and fit; ``computed_properties.tsv.gz`` and ``computed_predictors.safetensors`` in `output` are what ships.

    Args:
        plan: What is taken, and how it is fitted.
        output: Folder of the run.
        data_dir: Holds ``quantum.parquet`` and ``heldout_keys.parquet``.
        resume: Whether a run goes on that is there.

    Returns:
        How it ended; its tokens are molecules.

    Raises:
        MissingDependencyError: ``qm9pack`` is not installed.
        DataError: Data are missing or damaged.
        CheckpointError: `output` holds a run and `resume` is false, or another one's.
        LockedError: Another process trains there.
    """
    with lock_folder(Path(output), hint=LOCK_HINT):
        return _run(plan, Path(output), data_dir, resume=resume)


def _run(plan: ComputedPlan, output: Path, data_dir: Path, *, resume: bool) -> RunResult:
    started = time.perf_counter()
    known = read_training_rows(data_dir)
    stored = [row for row in known if is_stored(row.smiles, plan.largest_stored)]
    built = build_store(_PROPERTIES, (value for row in stored for value in row.measurements))
    packed = write_store(built.store)
    write_atomically(output / STORE_FILE, packed)
    train = draw_rows(known, plan.molecules, plan.seed)
    held = read_evaluated_rows(data_dir, "val")
    trained = TrainableNetwork(plan, train, held)
    key = corpus_key("computed", plan.model_dump_json(), *(row.smiles for row in train))
    if not fit_network(trained, plan.fit, output, name=plan.name, key=key, resume=resume):
        return RunResult(False, None, plan.fit.steps * plan.batch, time.perf_counter() - started)
    network = trained.make_network()
    card = PredictorsCard(
        features=VERSION,
        trained_on=f"QM9, {len(train):,} molecules that are neither evaluated on nor reserved; step by val",
        command=f"anymol train recipes/{plan.name}.yaml --data-dir $ANYMOL_DATA",
        store_sha256=hashlib.sha256(packed).hexdigest(),
        predictors=calibrate(network, built.store, train, held),
    )
    write_atomically(output / PREDICTORS_FILE, write_network(card, network))
    return RunResult(True, output / PREDICTORS_FILE, plan.fit.steps * plan.batch, time.perf_counter() - started)


def is_stored(smiles: str, largest: int) -> bool:
    """Whether the values of a molecule are stored: where it is small, or the shipped dictionaries name it."""
    return count_heavy_atoms(smiles) <= largest or bool(find_names_of(smiles))


def choose_fragments(smiles: Sequence[str], rarest: int) -> tuple[str, ...]:
    """Return the fragments that at least `rarest` molecules have, in the order of their texts."""
    having = Counter(fragment for one in smiles for fragment in count_fragments(parse_smiles(one)))
    return tuple(sorted(fragment for fragment, count in having.items() if count >= rarest))


def calibrate(
    network: FragmentNetwork, store: PropertyStore, train: Sequence[MeasuredRow], held: Sequence[MeasuredRow]
) -> tuple[PredictorCard, ...]:
    """Return what is known of each output: its errors on molecules that are held, and how they grow with the distance.

    Args:
        network: The network.
        store: Whose molecules those asked about are compared with.
        train: What the network was fitted to.
        held: Other molecules.
    """
    domain = Domain(
        elements=tuple(number for number in ELEMENTS if number > 1),
        heaviest=max(count_heavy_atoms(row.smiles) for row in train),
        similarity=0.0,
        is_closed=True,
    )
    # Some rows are written as ions, which QM9 does not hold; of them nothing will be predicted.
    inside = [row for row in held if domain.find_obstacle(parse_smiles(row.smiles)) is None]
    said = network.predict([row.smiles for row in inside])
    nearest = np.array([find_neighbours(store, _PROPERTIES[0].name, row.smiles, 1)[0].similarity for row in inside])
    domain = domain.model_copy(update={"similarity": round(float(np.quantile(nearest, 0.05)), 3)})
    cards = []
    for place, measured in enumerate(_PROPERTIES):
        rows = [number for number, row in enumerate(inside) if measured.name in row.values]
        errors = np.abs(said[rows, place] - np.array([inside[number].values[measured.name] for number in rows]))
        cards.append(
            PredictorCard(
                name=measured.name,
                kind=ValueKind.NUMBER,
                n=len(train),
                calibrated_on=len(rows),
                spread=fit_spread(errors, nearest[rows]),
                domain=domain,
                figures={"val_mae": round(float(errors.mean()), 5)},
            )
        )
    return tuple(cards)


class TrainableNetwork:
    """The network as it is trained.

    Args:
        plan: How it is trained.
        train: What it is fitted to; each row has all values.
        held: What chooses the step.

    Raises:
        DataError: A training row lacks a value.
    """

    def __init__(self, plan: ComputedPlan, train: Sequence[MeasuredRow], held: Sequence[MeasuredRow]) -> None:
        self._plan, self._held = plan, held
        smiles, asked = [row.smiles for row in train], [row.smiles for row in held]
        values = np.array([[row.values.get(one.name, np.nan) for one in _PROPERTIES] for row in train])
        if not np.isfinite(values).all():
            lacking = int(np.argwhere(~np.isfinite(values))[0, 0])
            raise DataError("a training molecule lacks a value", value=smiles[lacking])
        counts = count_elements(smiles)
        whole = np.column_stack([counts, np.ones(len(counts))])
        self._atoms = np.linalg.lstsq(whole, values, rcond=None)[0]
        left = values - sum_atoms(self._atoms, counts)
        self._spread = left.std(axis=0)
        self._fragments = choose_fragments(smiles, plan.rarest)
        # Counts are small numbers: half precision holds them.
        self._samples = describe_fragments(smiles, self._fragments).astype(np.float16)
        self._targets = torch.from_numpy((left / self._spread).astype(np.float32))
        self._asked = torch.from_numpy(describe_fragments(asked, self._fragments))
        self._asked_atoms = sum_atoms(self._atoms, count_elements(asked))
        torch.manual_seed(plan.seed)
        self.network = _Layers(self._samples, plan.hidden, len(_PROPERTIES), plan.dropout)

    def decay(self, name: str) -> float:
        """Return the weight decay: of weights, not of biases."""
        return self._plan.weight_decay if name.endswith("weight") else 0.0

    def losses(self, step: int) -> Mapping[str, Tensor]:
        """Return the mean smooth absolute error of a batch; an epoch is one order of all molecules."""
        n_batches = max(1, len(self._samples) // self._plan.batch)
        epoch, place = divmod(step, n_batches)
        rows = _draw_order(self._plan.seed, epoch, len(self._samples))[place::n_batches]
        said = self.network(torch.from_numpy(self._samples[rows].astype(np.float32)))
        return {"error": nn.functional.smooth_l1_loss(said, self._targets[torch.from_numpy(rows)], beta=0.2)}

    def validate(self) -> dict[str, float]:
        """Return the mean absolute error of each property on the rows that are held, in its unit."""
        with torch.inference_mode():
            said = self._asked_atoms + self.network(self._asked).numpy() * self._spread
        figures = {}
        for place, one in enumerate(_PROPERTIES):
            rows = [number for number, row in enumerate(self._held) if one.name in row.values]
            truths = [self._held[number].values[one.name] for number in rows]
            figures[one.task] = mean_absolute_error(list(said[rows, place]), truths)
        return figures

    def score(self, figures: Mapping[str, float]) -> float | None:
        """Return what is high where the errors are low, each in units of the spread."""
        return -sum(figures[one.task] / float(self._spread[place]) for place, one in enumerate(_PROPERTIES))

    def make_network(self) -> FragmentNetwork:
        """Return the network as it is stored: scales are a part of the outer layers."""
        layers = [layer for layer in self.network.modules() if isinstance(layer, nn.Linear)]
        weights = [layer.weight.detach().numpy().T.astype(np.float64) for layer in layers]
        biases = [layer.bias.detach().numpy().astype(np.float64) for layer in layers]
        weights[0] = weights[0] / self.network.width.numpy()[:, None]
        weights[0] = weights[0].astype(np.float16).astype(np.float64)
        biases[0] = biases[0] - self.network.centre.numpy().astype(np.float64) @ weights[0]
        weights[-1], biases[-1] = weights[-1] * self._spread, biases[-1] * self._spread
        return FragmentNetwork(
            self._fragments,
            self._atoms,
            tuple(one.astype(np.float16).astype(np.float32) for one in weights),
            tuple(one.astype(np.float32) for one in biases),
        )


class _Layers(nn.Module):
    """Two hidden layers over scaled counts, shape (B, 7 + F) to (B, P)."""

    centre: Tensor
    width: Tensor

    def __init__(self, samples: NDArray[np.float16], hidden: tuple[int, int], outputs: int, dropout: float) -> None:
        super().__init__()
        columns = range(samples.shape[1])
        means = np.array([samples[:, one].mean(dtype=np.float64) for one in columns], np.float32)
        spreads = np.array([samples[:, one].astype(np.float32).std() for one in columns], np.float32)
        self.register_buffer("centre", torch.from_numpy(means))
        self.register_buffer("width", torch.from_numpy(np.sqrt(spreads) + np.float32(_LEAST_WIDTH)))
        first, second = hidden
        self.layers = nn.Sequential(
            nn.Linear(samples.shape[1], first),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(first, second),
            nn.SiLU(),
            nn.Linear(second, outputs),
        )

    def forward(self, samples: Tensor) -> Tensor:
        """Return the scaled properties."""
        said: Tensor = self.layers((samples - self.centre) / self.width)
        return said


@lru_cache(maxsize=2)
def _draw_order(seed: int, epoch: int, size: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, epoch]).permutation(size)

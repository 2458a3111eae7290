"""Fitting of the MS/MS fragmenter's intensities to the measured spectra of the training split.

Only licences that let weights be shipped are read. What is minimised, per spectrum, is the cross-entropy of the matched
intensities plus a multiple of (1 - cosine); the state with the best cosine on 200 groups of the validation split is
kept. Molecules whose keys are reserved for other evaluations are left out.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from torch import Tensor

from anymol.chem.key_parts import connectivity_part
from anymol.data.heldout import RESERVED_FILE, compute_evaluated_blocks, hash_reserved
from anymol.files import hash_file, require_data_file
from anymol.locks import lock_folder
from anymol.synthesis.ms2_groups import BUDGET, Group, group_spectra, number_formulas
from anymol.synthesis.ms2_intensity import IntensityModel, read_model, write_model
from anymol.synthesis.ms2_measured import FILE, SHIPPABLE, Measured, read_measured
from anymol.training.corpus import corpus_key
from anymol.training.run import LOCK_HINT, RunResult
from anymol.training.specialists.fit import fit_network
from anymol.training.specialists.intensity_network import (
    IntensityNetwork,
    Members,
    collate_groups,
    list_batches,
    measure_batch,
)
from anymol.training.specialists.plan import IntensityPlan

WEIGHTS: Final = "ms2_intensity.npz"
_FORMULAS: Final = 500
"""Most formulas of ions, and of losses, that are learnt by themselves."""
_WATCHED: Final = 200
"""Groups of the validation split that choose the step."""


def run(plan: IntensityPlan, output: Path | str, *, data_dir: Path, resume: bool = False) -> RunResult:
    """Fit the intensities; ``ms2_intensity.npz`` in `output` is what ships.

    Args:
        plan: How they are fitted.
        output: Folder of the run.
        data_dir: Holds ``massbank_ms2.parquet`` and the reserved keys.
        resume: Whether a run goes on that is there.

    Returns:
        How it ended; its tokens are molecules with an adduct.

    Raises:
        DataError: The spectra are missing.
        CheckpointError: `output` holds a run and `resume` is false, or another one's; or the weights to go on from are
            of other sizes.
        LockedError: Another process trains there.
    """
    with lock_folder(Path(output), hint=LOCK_HINT):
        return _run(plan, Path(output), data_dir, resume=resume)


def _run(plan: IntensityPlan, output: Path, data_dir: Path, *, resume: bool) -> RunResult:
    """Train in a folder that is held for this process, with all that the run writes there."""
    started = time.perf_counter()
    dropped: Counter[str] = Counter()
    reserved = read_reserved(data_dir)
    measured = list(read_measured(data_dir, "train", dropped=dropped))[: plan.limit]
    kept = [one for one in measured if one.block not in reserved]
    train = group_spectra(kept)
    val = group_spectra(list(read_measured(data_dir, "val"))[: plan.limit])
    torch.manual_seed(plan.seed)
    trained = TrainableIntensities(plan, train, val)
    digest = hash_file(data_dir / FILE)
    key = corpus_key("intensities", plan.model_dump_json(exclude={"name"}), digest)
    seen = plan.fit.steps * plan.batch
    if not fit_network(trained, plan.fit, output, name=plan.name, key=key, resume=resume):
        return RunResult(False, None, seen, time.perf_counter() - started)
    provenance = {
        "fitted_by": f"anymol train recipes/{plan.name}.yaml",
        "file": FILE,
        "sha256": digest,
        "source": "MassBank-data 2025.05.1 (https://doi.org/10.5281/zenodo.3378723)",
        "split": "train, without molecules whose keys are reserved and parents of val and test salts",
        "left_out": {**dropped, "reserved for evaluation": len(measured) - len(kept)},
        **_describe(kept),
        "settings": plan.model_dump(mode="json", exclude={"start"}),
        "continued_from": None if plan.start is None else dict(read_model(plan.start).provenance),
        "budget": {"depth": BUDGET.depth, "max_cuts": BUDGET.max_cuts, "max_fragments": BUDGET.max_fragments},
        "val": trained.measure(val),
    }
    weights = {name: value.detach().numpy() for name, value in trained.network.named_parameters()}
    write_model(output / WEIGHTS, IntensityModel(weights, trained.ions, trained.lost, provenance))
    return RunResult(True, output / WEIGHTS, seen, time.perf_counter() - started)


def read_reserved(data_dir: Path) -> frozenset[str]:
    """Return the blocks of training molecules that are held out elsewhere.

    They are the reserved keys of all scopes, and the parents of salts among the val and test spectra.
    """
    table = pq.read_table(require_data_file(data_dir, FILE), columns=["smiles", "inchikey", "split"])
    own = pc.equal(table["split"], "train")
    keys = set(pq.read_table(require_data_file(data_dir, RESERVED_FILE))["key_sha256"].to_pylist())
    blocks = {connectivity_part(key) for key in pc.unique(table.filter(own)["inchikey"]).to_pylist()}
    evaluated = pc.unique(table.filter(pc.invert(own))["smiles"]).to_pylist()
    parents = {block for smiles in evaluated for block in compute_evaluated_blocks(smiles)}
    return frozenset(block for block in blocks if block in parents or hash_reserved(block) in keys)


class TrainableIntensities:
    """The intensities as they are fitted.

    Args:
        plan: How they are fitted.
        train: Groups to learn from; their formulas are numbered here, as those of `val` are.
        val: Groups to choose by.

    Attributes:
        ions: Formula of an ion -> its row.
        lost: Formula of a loss -> its row.

    Raises:
        CheckpointError: The weights to go on from cannot be read.
    """

    def __init__(self, plan: IntensityPlan, train: Sequence[Group], val: Sequence[Group]) -> None:
        self._plan, self._train = plan, train
        self._watched = [val[place] for place in np.random.default_rng(0).permutation(len(val))[:_WATCHED]]
        stored = None if plan.start is None else read_model(plan.start)
        if stored is None:
            self.ions, self.lost = number_formulas(train, _FORMULAS)
        else:  # rows of the weights to go on from mean the formulas that they were fitted for
            self.ions, self.lost = dict(stored.ions), dict(stored.losses)
        for group in (*train, *val):
            group.number(self.ions, self.lost)
        self.network = IntensityNetwork(plan.hidden, len(self.ions), len(self.lost), plan.dropout)
        if stored is not None:
            self.network.load_state_dict({name: torch.from_numpy(value) for name, value in stored.weights.items()})
        self._epoch, self._batches = -1, list[Members]()

    def decay(self, name: str) -> float:
        """Return the weight decay: more for what is learnt of single formulas."""
        return self._plan.bias_decay if name.startswith("B_") else self._plan.weight_decay

    def losses(self, step: int) -> Mapping[str, Tensor]:
        """Return cross-entropy and weighted lack of cosine; an epoch is one order of all groups."""
        batch = collate_groups(self._draw(step))
        entropy, cosine = measure_batch(self.network(batch), batch)
        return {"cross_entropy": entropy.mean(), "cosine": self._plan.cosine_weight * (1 - cosine).mean()}

    def validate(self) -> dict[str, float]:
        """Return figures of the groups that choose the step."""
        return self.measure(self._watched)

    def score(self, figures: Mapping[str, float]) -> float | None:
        """Return the mean cosine."""
        return figures["cosine"]

    @torch.no_grad()
    def measure(self, groups: Sequence[Group]) -> dict[str, float]:
        """Return mean cosine and cross-entropy, at most four spectra of each group."""
        cosines: dict[int, list[float]] = defaultdict(list)
        entropies: list[float] = []
        for members in list_batches(groups, np.random.default_rng(0), 4, 8):
            batch = collate_groups(members)
            entropy, cosine = measure_batch(self.network(batch), batch)
            cosines[batch["mode"]] += cosine.tolist()
            entropies += entropy.tolist()
        flat = [value for values in cosines.values() for value in values]
        means = {f"cosine_{mode}": float(np.mean(values)) for mode, values in sorted(cosines.items())}
        return {"cosine": float(np.mean(flat)), "cross_entropy": float(np.mean(entropies)), **means}

    def _draw(self, step: int) -> Members:
        n_batches = len(self._batches) or len(self._list_epoch(0))
        epoch, place = divmod(step, n_batches)
        if epoch != self._epoch:
            self._epoch, self._batches = epoch, self._list_epoch(epoch)
        return self._batches[place]

    def _list_epoch(self, epoch: int) -> list[Members]:
        rng = np.random.default_rng([self._plan.seed, epoch])
        return list_batches(self._train, rng, self._plan.spectra, self._plan.batch)


def _describe(measured: Sequence[Measured]) -> dict[str, Any]:
    return {
        "licences": sorted(SHIPPABLE),
        "spectra_by_licence": dict(sorted(Counter(one.licence for one in measured).items())),
        "spectra": len(measured),
        "molecules": len({one.block for one in measured}),
        "energies": "eV; NCE converted by eV = NCE * m/z / 500; other units left out",
    }

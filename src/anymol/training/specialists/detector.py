"""Training of the detector that reads drawings, on drawings synthesised from training molecules.

Atoms are learnt by CenterNet's focal loss (arXiv 1904.07850, equation 1), their places, labels and charges, and the
marks of lines between pairs of them, on pieces of the drawings. How sure whole readings may be is fitted on drawings
that nothing was learnt from. The measured benchmark drawings are never read here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from anymol.data.heldout import RESERVED_FILE
from anymol.files import hash_file, require_data_file
from anymol.locks import lock_folder
from anymol.metrics.logistic import fit_logistic
from anymol.models.loss import IGNORED
from anymol.ocsr.assembly import ReadAtom, ReadBond, assemble
from anymol.ocsr.bonds import BondMark
from anymol.ocsr.confidence import ReadingConfidence, describe
from anymol.ocsr.detector import Detected, DetectorConfig, DrawingDetector
from anymol.ocsr.examples import FILE, choose_molecules, draw_all, load_truths, save_truths
from anymol.ocsr.labels import CHARGES, LABELS
from anymol.ocsr.reading import Reading
from anymol.ocsr.recogniser import DrawingRecogniser
from anymol.ocsr.truth import DrawnTruth
from anymol.ocsr.weights import StoredDetector, read_detector, write_detector
from anymol.training.corpus import corpus_key
from anymol.training.run import LOCK_HINT, RunResult
from anymol.training.specialists.detector_pieces import Pieces, cut_pieces
from anymol.training.specialists.fit import fit_network
from anymol.training.specialists.plan import DetectorPlan

WEIGHTS: Final = "detector.safetensors"
_SHARES: Final = {"heat": 1.0, "offset": 1.0, "label": 1.0, "charge": 0.5, "line": 2.0}
"""Weights of the losses."""
_FITTED_ON: Final = 3
"""Times as many drawings as are validated on, to fit on how sure readings may be."""


def run(plan: DetectorPlan, output: Path | str, *, data_dir: Path, resume: bool = False) -> RunResult:
    """Train a detector; ``detector.safetensors`` in `output` is what ships.

    Args:
        plan: What it learns from, and how.
        output: Folder of the run; drawings are kept in ``drawings/``.
        data_dir: Holds ``molecules.parquet`` and the reserved keys.
        resume: Whether a run goes on that is there.

    Returns:
        How it ended; its tokens are pieces of drawings.

    Raises:
        DataError: Data are missing.
        CheckpointError: `output` holds a run and `resume` is false, or another one's.
        UserError: The weights to go on from are not those of a detector.
        LockedError: Another process trains there.
    """
    with lock_folder(Path(output), hint=LOCK_HINT):
        return _run(plan, Path(output), data_dir, resume=resume)


def _run(plan: DetectorPlan, output: Path, data_dir: Path, *, resume: bool) -> RunResult:
    """Train in a folder that is held for this process, with all that the run writes there."""
    started = time.perf_counter()
    config = DetectorConfig(n_labels=len(LABELS), n_charges=len(CHARGES))
    drawn = [plan.seed, plan.drawings, plan.held]
    digests = [hash_file(require_data_file(data_dir, name)) for name in (FILE, RESERVED_FILE)]
    folder = output / "drawings" / corpus_key("drawings", str(drawn), *digests)
    if not (folder / "val.npz").is_file():
        chosen = choose_molecules(data_dir, plan.drawings, plan.held * (1 + _FITTED_ON), plan.seed)
        for place, (name, smiles) in enumerate(zip(("train", "val"), chosen, strict=True)):
            seed = (plan.seed + place) * 10_000_000
            save_truths(draw_all(smiles, seed, config.bond_pixels, workers=plan.workers), folder / f"{name}.npz")
    taught, held = (load_truths(folder / f"{name}.npz") for name in ("train", "val"))
    torch.manual_seed(plan.seed)
    detector = DrawingDetector(config) if plan.start is None else read_detector(plan.start).detector
    trained = TrainableDetector(plan, detector, taught, held[: plan.held])
    key = corpus_key("detector", folder.name, plan.model_dump_json(exclude={"name", "workers"}))
    seen = plan.fit.steps * plan.batch
    if not fit_network(trained, plan.fit, output, name=plan.name, key=key, resume=resume):
        return RunResult(False, None, seen, time.perf_counter() - started)
    confidence, right = fit_to_readings(DrawingRecogniser(detector), held[plan.held :])
    provenance = {
        "fitted_by": f"anymol train recipes/{plan.name}.yaml",
        "steps": plan.fit.steps,
        "drawings": len(taught),
        "validation": {name: round(figure, 4) for name, figure in trained.validate().items()},
        "read exactly": right,
        "labels": LABELS,
    }
    write_detector(StoredDetector(detector, confidence, provenance), output / WEIGHTS)
    return RunResult(True, output / WEIGHTS, seen, time.perf_counter() - started)


class TrainableDetector:
    """The detector as it is trained.

    Args:
        plan: How it is trained.
        detector: The network.
        taught: Drawings to learn from.
        held: Drawings to validate on.
    """

    def __init__(
        self, plan: DetectorPlan, detector: DrawingDetector, taught: Sequence[DrawnTruth], held: Sequence[DrawnTruth]
    ) -> None:
        self._plan, self._taught, self._held = plan, taught, held
        self.network = detector
        detector.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # the stubs forget it

    def decay(self, name: str) -> float:
        """Return the weight decay, which is the same for all."""
        return self._plan.weight_decay

    def losses(self, step: int) -> Mapping[str, Tensor]:
        """Return the weighted losses of a batch of pieces, by what is learnt."""
        rng = np.random.default_rng([self._plan.seed, step])
        drawn = [self._taught[int(place)] for place in rng.integers(len(self._taught), size=self._plan.batch)]
        losses = compute_losses(self.network, cut_pieces(drawn, rng, self.network.config.bond_pixels))
        return {name: _SHARES[name] * loss for name, loss in losses.items()}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Return how often atoms are found, labelled and bonded rightly on pieces of unseen drawings."""
        rng = np.random.default_rng(0)
        total = dict.fromkeys(("found", "false", "label", "charge", "line"), 0.0)
        starts = range(0, len(self._held), self._plan.batch)
        for start in starts:
            pieces = cut_pieces(self._held[start : start + self._plan.batch], rng, self.network.config.bond_pixels)
            for name, figure in _judge(self.network, pieces).items():
                total[name] += float(figure) / len(starts)
        return total

    def score(self, figures: Mapping[str, float]) -> float | None:
        """Return None: at the end of its schedule the average is best."""
        return None


def compute_losses(detector: DrawingDetector, pieces: Pieces) -> dict[str, Tensor]:
    """Return the losses of a batch, by what is learnt."""
    with torch.autocast("cpu", torch.bfloat16):
        found = detector(pieces.ink.to(memory_format=torch.channels_last))
    piece, row, column = pieces.cells.unbind(1)
    judged = detector.judge_lines(found.features, pieces.starts, pieces.ends)
    return {
        "heat": _compute_heat_loss(found, pieces),
        "offset": F.l1_loss(found.offsets.float()[piece, :, row, column], pieces.offsets),
        "label": F.cross_entropy(found.labels.float()[piece, :, row, column], pieces.labels),
        "charge": F.cross_entropy(found.charges.float()[piece, :, row, column], pieces.charges),
        "line": F.cross_entropy(judged.flatten(0, 1).float(), pieces.marks.flatten(), ignore_index=IGNORED),
    }


def _compute_heat_loss(found: Detected, pieces: Pieces) -> Tensor:
    """Return CenterNet's focal loss (equation 1), per atom."""
    logits = found.heat.float()
    there = pieces.heat >= 0.999
    hit = F.logsigmoid(logits) * (1 - logits.sigmoid()) ** 2
    miss = F.logsigmoid(-logits) * logits.sigmoid() ** 2 * (1 - pieces.heat) ** 4
    loss = torch.where(there, hit, torch.where(pieces.ignored, torch.zeros_like(miss), miss))
    return -loss.sum() / max(int(there.sum()), 1)


def _judge(detector: DrawingDetector, pieces: Pieces) -> dict[str, Tensor]:
    found = detector(pieces.ink)
    piece, row, column = pieces.cells.unbind(1)
    judged = detector.judge_lines(found.features, pieces.starts, pieces.ends).argmax(-1)
    real = pieces.marks >= 0
    highest = F.max_pool2d(found.heat[:, None], 3, 1, 1)[:, 0]
    peak = (found.heat == highest) & (found.heat > 0) & ~pieces.ignored
    near = F.max_pool2d((pieces.heat >= 0.999).float()[:, None], 3, 1, 1)[:, 0] > 0
    return {
        "found": highest[piece, row, column].gt(0).float().mean(),
        "false": (peak & ~near).sum() / max(int(peak.sum()), 1),
        "label": (found.labels[piece, :, row, column].argmax(1) == pieces.labels).float().mean(),
        "charge": (found.charges[piece, :, row, column].argmax(1) == pieces.charges).float().mean(),
        "line": (judged == pieces.marks)[real].float().mean(),
    }


def fit_to_readings(
    recogniser: DrawingRecogniser, truths: Sequence[DrawnTruth]
) -> tuple[ReadingConfidence | None, float]:
    """Read whole drawings; return how sure such readings may be, and the share that was read exactly."""
    readings, right = [], []
    for truth in truths:
        reading = recogniser.read(np.repeat(255 - truth.ink[..., None], 3, axis=2))
        drawn = assemble(*list_drawn(truth))
        readings.append(reading)
        right.append(drawn is not None and reading.assembled is not None and reading.assembled.smiles == drawn.smiles)
    return fit_confidence(readings, right), round(sum(right) / max(len(right), 1), 4)


def fit_confidence(readings: Sequence[Reading], right: Sequence[bool]) -> ReadingConfidence | None:
    """Fit how often readings that are as sure as this one are right; None where none has molecules.

    Args:
        readings: Readings of drawings that nothing was trained on; those without molecules are left out.
        right: Whether each gave exactly what was drawn.
    """
    kept = [(describe(reading), hit) for reading, hit in zip(readings, right, strict=True) if reading.assembled]
    if not kept:
        return None
    bias, slopes = fit_logistic([row for row, _ in kept], [hit for _, hit in kept])
    doubt, repair, agreement = slopes.tolist()
    return ReadingConfidence(bias=bias, doubt=doubt, repair=repair, agreement=agreement)


def list_drawn(truth: DrawnTruth) -> tuple[list[ReadAtom], list[ReadBond]]:
    """Return what a perfect detector would find."""
    atoms = [
        ReadAtom(float(x), float(y), LABELS[label], CHARGES[charge], int(radical))
        for (x, y), label, charge, radical in zip(
            truth.places, truth.labels, truth.charges, truth.radicals, strict=True
        )
    ]
    return atoms, [ReadBond(int(first), int(second), BondMark(mark)) for first, second, mark in truth.bonds.tolist()]

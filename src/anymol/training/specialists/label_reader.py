"""Training of the network that reads what is written at atoms, on pieces of drawings of training molecules."""

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
from anymol.ocsr.confidence import ReadingConfidence
from anymol.ocsr.examples import FILE, choose_molecules, draw_all
from anymol.ocsr.label_examples import LabelPieces, count_words, draw_labelled, draw_pieces, load_pieces, save_pieces
from anymol.ocsr.label_weights import StoredLabelReader, write_label_reader
from anymol.ocsr.lettering import WORDS, LabelReader, LabelReaderConfig
from anymol.ocsr.recogniser import DrawingRecogniser
from anymol.ocsr.truth import DrawnTruth
from anymol.ocsr.weights import hash_weights, read_detector
from anymol.training.corpus import corpus_key
from anymol.training.run import LOCK_HINT, RunResult
from anymol.training.specialists.detector import fit_to_readings
from anymol.training.specialists.fit import fit_network
from anymol.training.specialists.plan import LabelReaderPlan

WEIGHTS: Final = "label_reader.safetensors"
_EVENNESS: Final = 0.6
"""Power of a word's count by which its pieces are drawn less often; 1 would show all words equally often."""

_LONGEST: Final = 28
"""Characters of a molecule's SMILES: a small one is drawn sooner, and bears as many labels."""

_SIZES: Final = (13.0, 18.0, 22.0, 34.0)
"""Lengths of bonds in the drawings on which it is fitted how sure readings may be, pixels."""


def run(plan: LabelReaderPlan, output: Path | str, *, data_dir: Path, resume: bool = False) -> RunResult:
    """Train a label reader; ``label_reader.safetensors`` in `output` is what ships.

    Args:
        plan: What it learns from, and how.
        output: Folder of the run; pieces of drawings are kept in ``pieces/``.
        data_dir: Holds ``molecules.parquet`` and the reserved keys.
        resume: Whether a run goes on that is there.

    Returns:
        How it ended; its tokens are pieces of drawings.

    Raises:
        DataError: Data are missing.
        CheckpointError: `output` holds a run and `resume` is false, or another one's.
        LockedError: Another process trains there.
    """
    with lock_folder(Path(output), hint=LOCK_HINT):
        return _run(plan, Path(output), data_dir, resume=resume)


def _run(plan: LabelReaderPlan, output: Path, data_dir: Path, *, resume: bool) -> RunResult:
    """Train in a folder that is held for this process, with all that the run writes there."""
    started = time.perf_counter()
    digests = [hash_file(require_data_file(data_dir, name)) for name in (FILE, RESERVED_FILE)]
    folder = output / "pieces" / corpus_key("pieces", str([plan.seed, plan.drawings, plan.held]), *digests)
    if not (folder / "val.npz").is_file():
        # Writing is validated on, not molecules: other molecules of the same split do.
        small, _ = choose_molecules(data_dir, plan.drawings + plan.held, 0, plan.seed, longest=_LONGEST)
        parts = {"train": small[: plan.drawings], "val": small[plan.drawings :]}
        for place, (name, smiles) in enumerate(parts.items()):
            drawn = draw_pieces(smiles, (plan.seed + place) * 10_000_000, workers=plan.workers)
            save_pieces(drawn, folder / f"{name}.npz")
    taught, held = (load_pieces(folder / f"{name}.npz") for name in ("train", "val"))
    torch.manual_seed(plan.seed)
    reader = LabelReader(LabelReaderConfig(n_words=len(WORDS)))
    trained = TrainableLabelReader(plan, reader, taught, held)
    key = corpus_key("label_reader", plan.model_dump_json(exclude={"name", "workers"}), *digests)
    seen = plan.fit.steps * plan.batch
    if not fit_network(trained, plan.fit, output, name=plan.name, key=key, resume=resume):
        return RunResult(False, None, seen, time.perf_counter() - started)
    _, fitted_on = choose_molecules(data_dir, 0, plan.fitted_on, plan.seed + 1)
    confidence, right = _fit_confidence(StoredLabelReader(reader, WORDS, None, {}), fitted_on, plan.seed)
    provenance = {
        "fitted_by": f"anymol train recipes/{plan.name}.yaml",
        "steps": plan.fit.steps,
        "pieces": len(taught.words),
        "validation": {name: round(figure, 4) for name, figure in trained.validate().items()},
        "detector": hash_weights(),
        "read exactly": right,
    }
    write_label_reader(StoredLabelReader(reader, WORDS, confidence, provenance), output / WEIGHTS)
    return RunResult(True, output / WEIGHTS, seen, time.perf_counter() - started)


def _fit_confidence(
    stored: StoredLabelReader, smiles: Sequence[str], seed: int
) -> tuple[ReadingConfidence | None, float]:
    """Read drawings of all sizes with the shipped detector; return how sure readings may be, and the share right.

    Half of them are ordinary drawings; the others bear labels that ordinary ones seldom do.
    """
    detector = read_detector()
    recogniser = DrawingRecogniser(detector.detector, None, detector.provenance["labels"], stored)
    truths: list[DrawnTruth] = []
    for place, size in enumerate(_SIZES):
        own = smiles[place :: len(_SIZES)]
        first = (seed + 2 + place) * 10_000_000
        truths += draw_all(own[::2], first, size)
        rng = np.random.default_rng(first)
        labelled = (draw_labelled(one, size, first + number, rng) for number, one in enumerate(own[1::2]))
        truths += [truth for truth in labelled if truth is not None]
    return fit_to_readings(recogniser, truths)


class TrainableLabelReader:
    """The label reader as it is trained.

    Args:
        plan: How it is trained.
        reader: The network.
        taught: Pieces to learn from.
        held: Pieces to validate on.
    """

    def __init__(self, plan: LabelReaderPlan, reader: LabelReader, taught: LabelPieces, held: LabelPieces) -> None:
        self._plan, self._taught, self._held = plan, taught, held
        self.network = reader
        reader.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # the stubs forget it
        counts = count_words(taught)
        weights = np.maximum(counts, 1)[taught.words] ** -_EVENNESS
        self._odds = weights / weights.sum()

    def decay(self, name: str) -> float:
        """Return the weight decay, which is the same for all."""
        return self._plan.weight_decay

    def losses(self, step: int) -> Mapping[str, Tensor]:
        """Return the cross-entropy of a batch."""
        rng = np.random.default_rng([self._plan.seed, step])
        drawn = rng.choice(len(self._odds), self._plan.batch, p=self._odds)
        pieces = torch.from_numpy(self._taught.ink[drawn].astype(np.float32) / 255.0)[:, None]
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.network(pieces.to(memory_format=torch.channels_last))
        return {"word": F.cross_entropy(logits.float(), torch.from_numpy(self._taught.words[drawn]))}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Return how often words are read rightly: of all pieces, and the mean over words."""
        right = np.zeros(len(self._held.words), bool)
        for start in range(0, len(right), 256):
            rows = slice(start, start + 256)
            pieces = torch.from_numpy(self._held.ink[rows].astype(np.float32) / 255.0)[:, None]
            right[rows] = self.network(pieces).argmax(-1).numpy() == self._held.words[rows]
        each = [right[self._held.words == word].mean() for word in np.unique(self._held.words)]
        return {"pieces": float(right.mean()), "words": float(np.mean(each))}

    def score(self, figures: Mapping[str, float]) -> float | None:
        """Return None: at the end of its schedule the average is best."""
        return None

"""Train the detector that reads drawings, on drawings synthesised from training molecules.

Molecules come from ``molecules.parquet``, which is free of every validation and test molecule of the other files; those
that generated tasks hold back are left out too, or used for validation. A part of the drawings are whole reaction
schemes, so that arrows, plus signs and words are learnt to be no atoms. The measured benchmark drawings are never read
here. Writes the package's weights file.

The weights that ship were made on one core:

    python scripts/fit_recogniser.py --data-dir DATA --cache drawings --images 24000 --minutes 70
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from torch import Tensor

from anymol.data.heldout import GeneratedSplit, Heldout
from anymol.errors import AnyMolError
from anymol.ocsr.assembly import ReadAtom, ReadBond, assemble
from anymol.ocsr.bonds import BondMark
from anymol.ocsr.confidence import ReadingConfidence, fit_confidence
from anymol.ocsr.detector import STRIDE, Detected, DetectorConfig, DrawingDetector
from anymol.ocsr.labels import CHARGES, LABELS
from anymol.ocsr.recogniser import DrawingRecogniser
from anymol.ocsr.truth import DrawnTruth, draw_truth
from anymol.ocsr.weights import WEIGHTS_FILE, StoredDetector, read_detector, write_detector
from anymol.synthesis.degradation import Degradation
from anymol.synthesis.drawing import Drawing

CROP = 192
"""Side of the pieces of drawings that the network is trained on, pixels."""

LINES = 96
"""Pairs of atoms judged per piece."""

REACH = 2.6
"""Pairs further apart than this many bonds are never judged: no bond is that long."""

EDGE = 5
"""Atoms nearer to the edge of a piece than this are not learnt from: their label may be cut off."""

HELD = 200
"""Drawings that training is validated on; four times as many are kept, the rest to fit the confidence on."""

COMMON_MEDIA = (
    Degradation.CLEAN,
    Degradation.SCREEN,
    Degradation.JPEG,
    Degradation.SCAN,
    Degradation.PHOTOCOPY,
    Degradation.FAX,
    Degradation.PHOTO,
)


# ------------------------------------------------------------------------------------------------------------ drawings


def draw_all(smiles: list[str], seed: int, bond_pixels: float) -> Iterator[DrawnTruth]:
    """Yield one drawing of each molecule in a style, medium and size of its own; every twelfth is a scheme."""
    rng = np.random.default_rng(seed)
    for number, one in enumerate(smiles):
        drawing = tuple(Drawing)[int(rng.integers(len(Drawing)))]
        # Nearly half of what people have is clean.
        clean = rng.random() < 0.35
        medium = Degradation.CLEAN if clean else COMMON_MEDIA[int(rng.integers(len(COMMON_MEDIA)))]
        written = one
        if number % 12 == 11:
            written = f"{one}>{smiles[number - 1] if rng.random() < 0.5 else 'CCN(CC)CC'}>{smiles[number - 2]}"
        elif rng.random() < 0.06:
            written = place_residue(one, rng)
        size = bond_pixels * float(np.exp(rng.uniform(math.log(0.72), math.log(1.4))))
        try:
            truth = draw_truth(written, drawing, medium, seed + number, size)
        except AnyMolError:
            continue
        if max(truth.ink.shape) <= 1600 and len(truth.places):
            yield truth


def choose_molecules(data_dir: Path, number: int, seed: int) -> dict[str, list[str]]:
    """Return molecules to learn from and molecules to validate on, which no generated task gives as an answer."""
    heldout = Heldout.read(data_dir)
    molecules = pq.read_table(data_dir / "molecules.parquet", columns=["smiles"])["smiles"].to_pylist()
    wanted = {GeneratedSplit.TRAIN: number, GeneratedSplit.VAL: HELD * 4}
    found: dict[GeneratedSplit, list[str]] = {split: [] for split in wanted}
    random.Random(seed).shuffle(molecules)
    for smiles in molecules:
        split = heldout.split_generated(smiles)
        if split in wanted and len(found[split]) < wanted[split]:
            found[split].append(smiles)
        if all(len(found[one]) == wanted[one] for one in wanted):
            break
    return {str(split): smiles for split, smiles in found.items()}


def place_residue(smiles: str, rng: np.random.Generator) -> str:
    """Return a molecule with one methyl group replaced by an undefined residue, where it has one."""
    mol = Chem.RWMol(Chem.MolFromSmiles(smiles))
    methyls = [atom for atom in mol.GetAtoms() if atom.GetTotalNumHs() == 3 and atom.GetSymbol() == "C"]
    if methyls:
        chosen = methyls[int(rng.integers(len(methyls)))]
        chosen.SetAtomicNum(0)
        chosen.SetNoImplicit(True)
        chosen.SetIsotope(int(rng.integers(5)))
    return Chem.MolToSmiles(mol)


def save_truths(truths: Iterator[DrawnTruth], path: Path) -> None:
    """Keep drawings in one file, each array flattened behind those before it."""
    kept = list(truths)
    np.savez(
        path,
        shapes=np.array([truth.ink.shape for truth in kept]),
        atoms=np.array([len(truth.places) for truth in kept]),
        lines=np.array([len(truth.bonds) for truth in kept]),
        ink=np.concatenate([truth.ink.reshape(-1) for truth in kept]),
        places=np.concatenate([truth.places for truth in kept]),
        labels=np.concatenate([truth.labels for truth in kept]).astype(np.int16),
        charges=np.concatenate([truth.charges for truth in kept]).astype(np.int8),
        bonds=np.concatenate([truth.bonds for truth in kept]).astype(np.int16),
    )


def load_truths(path: Path) -> list[DrawnTruth]:
    """Return what :func:`save_truths` kept."""
    with np.load(path, allow_pickle=False) as file:
        shapes, atoms, lines = file["shapes"], file["atoms"], file["lines"]
        cuts = np.cumsum(shapes.prod(axis=1))[:-1], np.cumsum(atoms)[:-1], np.cumsum(lines)[:-1]
        inks = np.split(file["ink"], cuts[0])
        per_atom = [np.split(file[name], cuts[1]) for name in ("places", "labels", "charges")]
        bonds = np.split(file["bonds"], cuts[2])
    return [
        DrawnTruth(
            ink.reshape(shape), places, labels.astype(np.int64), charges.astype(np.int64), marks.astype(np.int64)
        )
        for ink, shape, places, labels, charges, marks in zip(inks, shapes, *per_atom, bonds, strict=True)
    ]


# -------------------------------------------------------------------------------------------------------------- pieces


@dataclass(frozen=True)
class Batch:
    """Pieces of drawings and what stands on them.

    Attributes:
        ink: Shape (B, 1, CROP, CROP), 0 to 1.
        heat: Shape (B, h, w): 1 where an atom stands, falling around it.
        ignored: Shape (B, h, w), bool: cells that teach nothing of atoms.
        cells: Shape (N, 3), int64: piece, row and column of each atom.
        offsets: Shape (N, 2): x and y within the cell.
        labels: Shape (N,).
        charges: Shape (N,).
        starts: Shape (B, LINES, 2): places of pairs of atoms, shaken.
        ends: Shape (B, LINES, 2).
        marks: Shape (B, LINES), int64; -100 where there is no pair.
    """

    ink: Tensor
    heat: Tensor
    ignored: Tensor
    cells: Tensor
    offsets: Tensor
    labels: Tensor
    charges: Tensor
    starts: Tensor
    ends: Tensor
    marks: Tensor


def cut_batch(truths: list[DrawnTruth], rng: np.random.Generator, bond_pixels: float) -> Batch:
    """Cut one piece out of each drawing."""
    side = CROP // STRIDE
    ink = np.zeros((len(truths), 1, CROP, CROP), np.float32)
    heat = np.zeros((len(truths), side, side), np.float32)
    ignored = np.zeros((len(truths), side, side), bool)
    starts, ends = np.zeros((len(truths), LINES, 2), np.float32), np.zeros((len(truths), LINES, 2), np.float32)
    marks = np.full((len(truths), LINES), -100, np.int64)
    cells, offsets, labels, charges = [], [], [], []
    grid_y, grid_x = np.mgrid[0:side, 0:side] + 0.5
    for number, truth in enumerate(truths):
        height, width = truth.ink.shape
        # A drawing smaller than the piece lies somewhere on it, a larger one is cut.
        left, top = (_draw_corner(extent, rng) for extent in (width, height))
        piece = truth.ink[max(top, 0) : top + CROP, max(left, 0) : left + CROP].astype(np.float32) / 255
        y, x = max(-top, 0), max(-left, 0)
        ink[number, 0, y : y + piece.shape[0], x : x + piece.shape[1]] = _shade(piece, rng)
        places = truth.places - (left, top)
        inside = ((places >= 0) & (places < CROP)).all(axis=1)
        sure = ((places >= EDGE) & (places < CROP - EDGE)).all(axis=1)
        for index in np.flatnonzero(inside):
            at = places[index] / STRIDE
            column, row = int(at[0]), int(at[1])
            if not sure[index]:
                ignored[number, max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = True
                continue
            bump = np.exp(-((grid_x - 0.5 - column) ** 2 + (grid_y - 0.5 - row) ** 2) / (2 * 0.7**2))
            heat[number] = np.maximum(heat[number], bump)
            cells.append((number, row, column))
            offsets.append(at - (column, row))
            labels.append(truth.labels[index])
            charges.append(truth.charges[index])
        _draw_pairs(truth, places, sure, rng, bond_pixels, starts[number], ends[number], marks[number])
    return Batch(
        torch.from_numpy(ink),
        torch.from_numpy(heat),
        torch.from_numpy(ignored),
        torch.tensor(cells, dtype=torch.int64).reshape(-1, 3),
        torch.tensor(np.array(offsets), dtype=torch.float32).reshape(-1, 2),
        torch.tensor(labels),
        torch.tensor(charges),
        torch.from_numpy(starts),
        torch.from_numpy(ends),
        torch.from_numpy(marks),
    )


def _draw_corner(extent: int, rng: np.random.Generator) -> int:
    low, high = sorted((0, extent - CROP))
    return int(rng.integers(low, high + 1))


def _shade(piece: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return ink darker or fainter than it was."""
    return np.asarray(piece ** np.exp(rng.uniform(-0.4, 0.4)) * rng.uniform(0.7, 1.0), np.float32)


def _draw_pairs(
    truth: DrawnTruth,
    places: NDArray[np.float32],
    sure: NDArray[np.bool_],
    rng: np.random.Generator,
    bond_pixels: float,
    starts: NDArray[np.float32],
    ends: NDArray[np.float32],
    marks: NDArray[np.int64],
) -> None:
    """Fill in pairs of atoms: all that are bonded, then some that stand near each other and are not."""
    known = {(int(first), int(second)): int(mark) for first, second, mark in truth.bonds}
    pairs = [(first, second, mark) for (first, second), mark in known.items() if sure[first] and sure[second]]
    chosen = np.flatnonzero(sure)
    between = np.linalg.norm(places[chosen, None] - places[None, chosen], axis=2)
    near = np.argwhere(np.triu(between < REACH * bond_pixels, 1))
    apart = [
        (int(first), int(second), int(BondMark.NONE))
        for first, second in chosen[near]
        if (first, second) not in known and (second, first) not in known
    ]
    rng.shuffle(apart)
    for slot, (first, second, mark) in enumerate([*pairs, *apart][:LINES]):
        shaken = places[[first, second]] + rng.normal(0, 0.8, (2, 2))
        starts[slot], ends[slot], marks[slot] = shaken[0], shaken[1], mark


# -------------------------------------------------------------------------------------------------------------- losses


def compute_losses(model: DrawingDetector, batch: Batch) -> dict[str, Tensor]:
    """Return the losses of a batch, by what is learnt."""
    with torch.autocast("cpu", torch.bfloat16):
        found = model(batch.ink.to(memory_format=torch.channels_last))
    piece, row, column = batch.cells.unbind(1)
    judged = model.judge_lines(found.features, batch.starts, batch.ends)
    return {
        "heat": compute_heat_loss(found, batch),
        "offset": F.l1_loss(found.offsets.float()[piece, :, row, column], batch.offsets),
        "label": F.cross_entropy(found.labels.float()[piece, :, row, column], batch.labels),
        "charge": F.cross_entropy(found.charges.float()[piece, :, row, column], batch.charges),
        "line": F.cross_entropy(judged.flatten(0, 1), batch.marks.flatten(), ignore_index=-100),
    }


def compute_heat_loss(found: Detected, batch: Batch) -> Tensor:
    """Return CenterNet's focal loss (equation 1), per atom."""
    logits = found.heat.float()
    there = batch.heat >= 0.999
    hit = F.logsigmoid(logits) * (1 - logits.sigmoid()) ** 2
    miss = F.logsigmoid(-logits) * logits.sigmoid() ** 2 * (1 - batch.heat) ** 4
    loss = torch.where(there, hit, torch.where(batch.ignored, torch.zeros_like(miss), miss))
    return -loss.sum() / max(int(there.sum()), 1)


@torch.no_grad()
def validate(model: DrawingDetector, truths: list[DrawnTruth]) -> dict[str, float]:
    """Return how often atoms are found, labelled and bonded rightly on pieces of unseen drawings."""
    model.eval()
    rng = np.random.default_rng(0)
    total: dict[str, float] = {}
    starts = range(0, len(truths), 16)
    for start in starts:
        batch = cut_batch(truths[start : start + 16], rng, model.config.bond_pixels)
        found = model(batch.ink)
        piece, row, column = batch.cells.unbind(1)
        judged = model.judge_lines(found.features, batch.starts, batch.ends).argmax(-1)
        real = batch.marks >= 0
        peak = (found.heat == F.max_pool2d(found.heat[:, None], 3, 1, 1)[:, 0]) & (found.heat > 0) & ~batch.ignored
        near = F.max_pool2d((batch.heat >= 0.999).float()[:, None], 3, 1, 1)[:, 0] > 0
        figures = {
            "found": F.max_pool2d(found.heat[:, None], 3, 1, 1)[:, 0][piece, row, column].gt(0).float().mean(),
            "false": (peak & ~near).sum() / max(int(peak.sum()), 1),
            "label": (found.labels[piece, :, row, column].argmax(1) == batch.labels).float().mean(),
            "charge": (found.charges[piece, :, row, column].argmax(1) == batch.charges).float().mean(),
            "line": (judged == batch.marks)[real].float().mean(),
        }
        for name, figure in figures.items():
            total[name] = total.get(name, 0.0) + float(figure) / len(starts)
    model.train()
    return {name: round(figure, 4) for name, figure in total.items()}


def fit_to_readings(detector: DrawingDetector, truths: list[DrawnTruth]) -> tuple[ReadingConfidence, float]:
    """Read whole drawings; return how sure such readings may be, and the share that was read exactly."""
    recogniser = DrawingRecogniser(detector)
    readings, right = [], []
    for truth in truths:
        reading = recogniser.read(np.repeat(255 - truth.ink[..., None], 3, axis=2))
        drawn = assemble(*list_drawn(truth))
        readings.append(reading)
        right.append(drawn is not None and reading.assembled is not None and reading.assembled.smiles == drawn.smiles)
    return fit_confidence(readings, right), round(sum(right) / max(len(right), 1), 4)


def list_drawn(truth: DrawnTruth) -> tuple[list[ReadAtom], list[ReadBond]]:
    """Return what a perfect detector would find."""
    atoms = [
        ReadAtom(float(x), float(y), LABELS[label], CHARGES[charge])
        for (x, y), label, charge in zip(truth.places, truth.labels, truth.charges, strict=True)
    ]
    return atoms, [ReadBond(int(first), int(second), BondMark(mark)) for first, second, mark in truth.bonds.tolist()]


def main() -> None:
    """Draw, train and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="drawings are kept here and taken from here")
    parser.add_argument("--images", type=int, default=30_000)
    parser.add_argument("--minutes", type=float, default=100.0)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--init", type=Path, default=None, help="weights to go on from")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE)
    options = parser.parse_args()
    config = DetectorConfig(n_labels=len(LABELS), n_charges=len(CHARGES))
    if not options.cache.exists():
        options.cache.mkdir(parents=True)
        chosen = choose_molecules(options.data_dir, options.images, options.seed)
        for seed, (name, smiles) in enumerate(chosen.items(), options.seed):
            with rdBase.BlockLogs():
                save_truths(draw_all(smiles, seed * 10_000_000, config.bond_pixels), options.cache / f"{name}.npz")
    taught, held = (load_truths(options.cache / f"{name}.npz") for name in ("train", "val"))
    print(f"{len(taught)} drawings to learn from, {len(held)} to validate", flush=True)
    torch.manual_seed(options.seed)
    model = DrawingDetector(config) if options.init is None else read_detector(options.init).detector
    model = model.to(memory_format=torch.channels_last).train()
    averaged = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True
    )
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.lr, weight_decay=1e-3)
    weights = {"heat": 1.0, "offset": 1.0, "label": 1.0, "charge": 0.5, "line": 2.0}
    rng = np.random.default_rng(options.seed)
    begun, step, total = time.monotonic(), 0, dict.fromkeys(weights, 0.0)
    while (spent := time.monotonic() - begun) < options.minutes * 60:
        done = spent / (options.minutes * 60)
        rate = options.lr * min(1.0, (step + 1) / 200) * (0.5 + 0.5 * math.cos(math.pi * done)) + 1e-5
        for group in optimiser.param_groups:
            group["lr"] = rate
        drawn = [taught[int(index)] for index in rng.integers(len(taught), size=options.batch)]
        losses = compute_losses(model, cut_batch(drawn, rng, config.bond_pixels))
        optimiser.zero_grad(set_to_none=True)
        sum(weights[name] * loss for name, loss in losses.items()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        averaged.update_parameters(model)
        step += 1
        for name, loss in losses.items():
            total[name] += float(loss.detach())
        if step % 200 == 0:
            shown = {name: round(value / 200, 4) for name, value in total.items()}
            figures = validate(averaged.module, held[:HELD]) if step % 1000 == 0 else {}
            print(f"{spent / 60:.1f} min step {step} {json.dumps(shown)} {json.dumps(figures)}", flush=True)
            total = dict.fromkeys(total, 0.0)
        if step % 1000 == 0:
            write_detector(StoredDetector(averaged.module, None, {"steps": step}), options.out)
    figures = validate(averaged.module, held[:HELD])
    detector = averaged.module.eval()
    confidence, right = fit_to_readings(detector, held[HELD:])
    provenance = {
        "steps": step,
        "drawings": len(taught),
        "validation": figures,
        "read exactly": right,
        "labels": LABELS,
    }
    write_detector(StoredDetector(detector, confidence, provenance), options.out)
    print(json.dumps(figures), options.out, options.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()

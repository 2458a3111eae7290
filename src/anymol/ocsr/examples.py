"""Drawings to learn from: molecules of the training split, drawn in many styles, through many degradations.

Molecules come from ``molecules.parquet``, which is free of every validation and test molecule of the other files; those
that generated tasks hold back are left out too, or used for validation. A part of the drawings are whole reaction
schemes, so that arrows, plus signs and words are learnt not to be atoms.
"""

from __future__ import annotations

import math
import random
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple
from zipfile import BadZipFile

import numpy as np
import pyarrow.parquet as pq
from rdkit import Chem, rdBase

from anymol.data.heldout import GeneratedSplit, Heldout
from anymol.errors import AnyMolError, DataError
from anymol.files import require_data_file, require_regular, staged_file
from anymol.ocsr.truth import DrawnTruth, draw_truth
from anymol.synthesis.degradation import Degradation
from anymol.synthesis.drawing import Drawing
from anymol.workers import WorkerPool

FILE: Final = "molecules.parquet"
COMMON_DEGRADATIONS: Final = (
    Degradation.CLEAN,
    Degradation.SCREEN,
    Degradation.JPEG,
    Degradation.SCAN,
    Degradation.PHOTOCOPY,
    Degradation.FAX,
    Degradation.PHOTO,
)
_MAX_SIDE: Final = 1600
_SCHEME_EVERY: Final = 12
_CHUNK: Final = 32
_UNREADABLE: Final = (
    OSError, ValueError, KeyError, TypeError, IndexError, EOFError, NotImplementedError, RuntimeError, BadZipFile,
    zlib.error, SyntaxError,
)  # fmt: skip
"""What numpy and zipfile raise for a damaged archive."""


class _Sketch(NamedTuple):
    """What is drawn: a molecule, two others for the scheme that it may stand in, and its number."""

    number: int
    smiles: str
    before: tuple[str, str]


def choose_molecules(
    data_dir: Path, count: int, held: int, seed: int, *, longest: int | None = None
) -> tuple[list[str], list[str]]:
    """Return molecules to learn from and molecules to validate on, which no generated task gives as an answer.

    Args:
        data_dir: Holds the molecules and the reserved keys.
        count: Molecules to learn from.
        held: Molecules to validate on.
        seed: Of the choice.
        longest: Most characters that a SMILES may have; None for any number.

    Raises:
        DataError: The data directory lacks the molecules.
    """
    path = require_data_file(data_dir, FILE)
    heldout = Heldout.read(data_dir)
    molecules = pq.read_table(path, columns=["smiles"])["smiles"].to_pylist()
    wanted = {GeneratedSplit.TRAIN: count, GeneratedSplit.VAL: held}
    found: dict[GeneratedSplit, list[str]] = {split: [] for split in wanted}
    random.Random(seed).shuffle(molecules)
    for smiles in molecules:
        if longest is not None and len(smiles) > longest:
            continue
        split = heldout.split_generated(smiles)
        if split in wanted and len(found[split]) < wanted[split]:
            found[split].append(smiles)
        if all(len(found[one]) == wanted[one] for one in wanted):
            break
    return found[GeneratedSplit.TRAIN], found[GeneratedSplit.VAL]


def draw_all(smiles: Sequence[str], seed: int, bond_pixels: float, *, workers: int = 1) -> Iterator[DrawnTruth]:
    """Yield one drawing of each molecule in a style, degradation and size of its own; every twelfth is a scheme.

    Molecules that cannot be drawn are left out. What is drawn does not depend on the number of workers.
    """
    sketches = [_Sketch(number, one, (smiles[number - 1], smiles[number - 2])) for number, one in enumerate(smiles)]
    chunks = (sketches[start : start + _CHUNK] for start in range(0, len(sketches), _CHUNK))
    work = partial(_draw_chunk, seed, bond_pixels)
    with WorkerPool(work, workers, split=lambda chunk: [[one] for one in chunk], crashed=lambda _: []) as pool:
        for _, results in pool.run(chunks):
            for drawn in results:
                yield from drawn


def _draw_chunk(seed: int, bond_pixels: float, sketches: Iterable[_Sketch]) -> list[DrawnTruth]:
    with rdBase.BlockLogs():
        return [truth for sketch in sketches if (truth := _draw(seed, bond_pixels, sketch)) is not None]


def _draw(seed: int, bond_pixels: float, sketch: _Sketch) -> DrawnTruth | None:
    rng = np.random.default_rng([seed, sketch.number])
    drawing = tuple(Drawing)[int(rng.integers(len(Drawing)))]
    # Nearly half of what people have is clean.
    clean = rng.random() < 0.35
    degradation = Degradation.CLEAN if clean else COMMON_DEGRADATIONS[int(rng.integers(len(COMMON_DEGRADATIONS)))]
    written = sketch.smiles
    if sketch.number % _SCHEME_EVERY == _SCHEME_EVERY - 1:
        first, second = sketch.before
        written = f"{written}>{first if rng.random() < 0.5 else 'CCN(CC)CC'}>{second}"
    elif rng.random() < 0.06:
        written = place_residue(written, rng)
    size = bond_pixels * float(np.exp(rng.uniform(math.log(0.72), math.log(1.4))))
    try:
        truth = draw_truth(written, drawing, degradation, seed + sketch.number, size)
    except AnyMolError:
        return None
    return truth if max(truth.ink.shape) <= _MAX_SIDE and len(truth.places) else None


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


def save_truths(truths: Iterable[DrawnTruth], path: Path) -> None:
    """Keep drawings in one file, each array flattened behind those before it."""
    kept = list(truths)
    arrays = {
        "shapes": np.array([truth.ink.shape for truth in kept]),
        "atoms": np.array([len(truth.places) for truth in kept]),
        "lines": np.array([len(truth.bonds) for truth in kept]),
        "ink": np.concatenate([truth.ink.reshape(-1) for truth in kept]),
        "places": np.concatenate([truth.places for truth in kept]),
        "labels": np.concatenate([truth.labels for truth in kept]).astype(np.int16),
        "charges": np.concatenate([truth.charges for truth in kept]).astype(np.int8),
        "radicals": np.concatenate([truth.radicals for truth in kept]).astype(np.int8),
        "bonds": np.concatenate([truth.bonds for truth in kept]).astype(np.int16),
    }
    with staged_file(path) as draft, draft.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def load_truths(path: Path) -> list[DrawnTruth]:
    """Return what :func:`save_truths` kept.

    Raises:
        DataError: The file is missing or damaged.
    """
    try:
        return _load_truths(path)
    except _UNREADABLE as error:
        raise DataError(
            f"the drawings cannot be read: {error}", value=path, hint="delete the folder: they are drawn again"
        ) from error


def _load_truths(path: Path) -> list[DrawnTruth]:
    require_regular(path)
    # Opened here: numpy leaves a file open whose archive it cannot read.
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
        shapes, atoms, lines = file["shapes"], file["atoms"], file["lines"]
        cuts = np.cumsum(shapes.prod(axis=1))[:-1], np.cumsum(atoms)[:-1], np.cumsum(lines)[:-1]
        inks = np.split(file["ink"], cuts[0])
        per_atom = [np.split(file[name], cuts[1]) for name in ("places", "labels", "charges", "radicals")]
        bonds = np.split(file["bonds"], cuts[2])
    return [
        DrawnTruth(
            ink.reshape(shape),
            places,
            labels.astype(np.int64),
            charges.astype(np.int64),
            radicals.astype(np.int64),
            marks.astype(np.int64),
        )
        for ink, shape, places, labels, charges, radicals, marks in zip(inks, shapes, *per_atom, bonds, strict=True)
    ]

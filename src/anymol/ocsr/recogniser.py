"""Pictures of structures -> molecules, with how sure each reading is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from torch import Tensor

from anymol.errors import UserError
from anymol.ocsr.assembly import ReadAtom, ReadBond, assemble
from anymol.ocsr.binarize import Ink, binarize, scale_ink
from anymol.ocsr.bonds import BondMark
from anymol.ocsr.confidence import ReadingConfidence
from anymol.ocsr.detector import MULTIPLE, STRIDE, DrawingDetector
from anymol.ocsr.labels import CHARGES, ELEMENTS, LABELS
from anymol.ocsr.marks import Mark, MarkShape, assign_marks, find_marks, is_dusty
from anymol.ocsr.reading import Reading
from anymol.ocsr.weights import WEIGHTS_FILE, read_detector

FIRST_SIDES: Final = (200, 400, 800)
"""Longest sides at which a picture is first looked at, pixels: the length of its bonds is not known yet."""

NEAR: Final = (0.85, 1.0, 1.18)
"""Sizes at which a picture is read at last, relative to the one at which its bonds are as long as in training."""

MAX_SIDE: Final = 2400
"""Longest side that is ever read, pixels; a larger scale would not fit in memory on a laptop."""

REACH: Final = 2.6
"""Pairs of atoms further apart than this many bonds are not judged, as in training."""

MAX_ATOMS: Final = 400
"""More atoms than this on a picture are not a drawing of molecules."""

_HASHES: Final = (BondMark.HASH, BondMark.HASH_BACK)
"""Bonds whose narrow end looks like a dot."""

_MARGIN: Final = 16
"""White around the ink, pixels: labels at the edge are read with room around them."""


@dataclass(frozen=True)
class _Look:
    """What the network saw at one scale; places in pixels of that scale."""

    places: NDArray[np.float32]
    labels: Sequence[int]
    charges: Sequence[int]
    bonds: tuple[ReadBond, ...]
    log_prob: float

    @property
    def bond_pixels(self) -> float:
        if not self.bonds:
            return 0.0
        ends = self.places[[(bond.first, bond.second) for bond in self.bonds]]
        return float(np.median(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)))

    @property
    def quality(self) -> float:
        """How well a scale suits: decisions per atom are sure, and there is something to decide."""
        if not len(self.places):
            return -math.inf
        return self.log_prob / len(self.places) - 2.0 / len(self.places)


class DrawingRecogniser:
    """Reads drawings with a detector.

    Args:
        detector: The network, set to evaluation.
        confidence: What its readings' probabilities are told by.
    """

    def __init__(self, detector: DrawingDetector, confidence: ReadingConfidence | None = None) -> None:
        self._detector = detector
        self._confidence = confidence

    @classmethod
    @cache
    def load(cls, weights: Path = WEIGHTS_FILE) -> DrawingRecogniser:
        """Return a recogniser with weights of a file; those of the package unless told otherwise.

        Raises:
            UserError: The file holds no such weights, or they tell other labels apart than this version.
        """
        stored = read_detector(weights)
        if stored.provenance.get("labels") != list(LABELS):
            raise UserError("this drawing detector was trained on other labels", value=str(weights))
        return cls(stored.detector, stored.confidence)

    def judge(self, reading: Reading) -> float | None:
        """Return the probability that a reading is exactly right; None where that was never fitted."""
        return None if self._confidence is None else self._confidence.judge(reading)

    def read(self, pixels: NDArray[np.uint8]) -> Reading:
        """Read a picture.

        The picture is first looked at in several sizes; the one that suits best tells how long its bonds are. It is
        then read at the size at which bonds are as long as in training, and a little smaller and larger: the surest of
        these readings counts, and how many of them agree tells how sure it is.

        Args:
            pixels: Shape (H, W, 3), uint8, sRGB.
        """
        ink, corner = _cut(binarize(pixels))
        if not ink.any():
            return Reading((), (), None, 0.0, 0.0, 0.0)
        longest = max(ink.shape)
        wished = self._detector.config.bond_pixels
        looks = {factor: self._look(ink, factor) for factor in _choose_factors(longest)}
        for _ in range(2):
            factor = max(looks, key=lambda one: looks[one].quality)
            measured = looks[factor].bond_pixels
            if not measured or abs(measured / wished - 1) < 0.08:
                break
            better = min(factor * wished / measured, MAX_SIDE / longest)
            if better not in looks:
                looks[better] = self._look(ink, better)
        settled = max(looks, key=lambda one: looks[one].quality)
        if looks[settled].bond_pixels:
            settled *= wished / looks[settled].bond_pixels
        near = {factor: looks.get(factor) or self._look(ink, factor) for factor in _list_near(settled, longest)}
        readings = {factor: _finish(look, factor, corner) for factor, look in near.items()}
        best = readings[max(near, key=lambda one: near[one].quality)]
        if best.assembled is not None:
            read = [reading.assembled.smiles for reading in readings.values() if reading.assembled]
            best = replace(best, agreement=read.count(best.assembled.smiles) / len(readings))
        return _read_radicals(best, ink, corner)

    @torch.inference_mode()
    def _look(self, ink: Ink, factor: float) -> _Look:
        scaled = scale_ink(ink, factor)
        height, width = (math.ceil((side + 2 * _MARGIN) / MULTIPLE) * MULTIPLE for side in scaled.shape)
        page = np.zeros((1, 1, height, width), np.float32)
        page[0, 0, _MARGIN : _MARGIN + scaled.shape[0], _MARGIN : _MARGIN + scaled.shape[1]] = scaled / 255.0
        found = self._detector(torch.from_numpy(page))
        heat = found.heat[0]
        peaks = (heat == F.max_pool2d(heat[None, None], 3, 1, 1)[0, 0]) & (heat > 0)
        rows, columns = peaks.nonzero(as_tuple=True)
        if not 0 < len(rows) <= MAX_ATOMS:
            return _Look(np.zeros((0, 2), np.float32), (), (), (), -math.inf)
        offsets = found.offsets[0, :, rows, columns]
        places = torch.stack([columns + offsets[0], rows + offsets[1]], dim=1) * STRIDE
        labels = found.labels[0, :, rows, columns].T.log_softmax(-1).max(-1)
        charges = found.charges[0, :, rows, columns].T.log_softmax(-1).max(-1)
        # Cells without a peak are decisions too, but nearly all of them are sure: the doubtful ones count.
        missed = F.logsigmoid(-heat[(heat <= 0) & (heat > -3) & (heat == _pool(heat))]).sum()
        total = F.logsigmoid(heat[rows, columns]).sum() + labels.values.sum() + charges.values.sum() + missed
        bonds, certainty = self._judge(found.features, places)
        kept = _drop_specks(len(rows), bonds, labels.indices.tolist())
        renamed = {old: new for new, old in enumerate(kept)}
        return _Look(
            (places[kept] - _MARGIN).numpy(),
            [labels.indices.tolist()[index] for index in kept],
            [charges.indices.tolist()[index] for index in kept],
            tuple(ReadBond(renamed[bond.first], renamed[bond.second], bond.mark, bond.probability) for bond in bonds),
            float(total) + certainty,
        )

    def _judge(self, features: Tensor, places: Tensor) -> tuple[list[ReadBond], float]:
        """Return the bonds between places, and the sum of the logarithms of all lines' probabilities."""
        reach = REACH * self._detector.config.bond_pixels
        near = (torch.cdist(places, places) < reach).triu(1).nonzero()
        if not len(near):
            return [], 0.0
        logits = self._detector.judge_lines(features, places[None, near[:, 0]], places[None, near[:, 1]])[0]
        best = logits.log_softmax(-1).max(-1)
        bonds = [
            ReadBond(first, second, BondMark(mark), math.exp(log_prob))
            for (first, second), mark, log_prob in zip(
                near.tolist(), best.indices.tolist(), best.values.tolist(), strict=True
            )
            if mark != BondMark.NONE
        ]
        return bonds, float(best.values.sum())


def _pool(heat: Tensor) -> Tensor:
    return F.max_pool2d(heat[None, None], 3, 1, 1)[0, 0]


def _choose_factors(longest: int) -> list[float]:
    """Return the factors at which a picture is first looked at; little is gained by making a small one much larger."""
    factors = [side / longest for side in FIRST_SIDES if side / longest <= 2.0]
    return factors or [2.0]


def _list_near(settled: float, longest: int) -> list[float]:
    """Return the factors at which a picture is read at last; each once."""
    return sorted({min(settled * stretch, MAX_SIDE / longest) for stretch in NEAR})


def _cut(ink: Ink) -> tuple[Ink, tuple[int, int]]:
    """Return the part of a page that bears ink, and its left upper corner (x, y)."""
    rows, columns = np.flatnonzero((ink > 90).any(axis=1)), np.flatnonzero((ink > 90).any(axis=0))
    if not len(rows):
        return ink[:0, :0], (0, 0)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], (int(columns[0]), int(rows[0]))


def _drop_specks(n_atoms: int, bonds: Sequence[ReadBond], labels: Sequence[int]) -> list[int]:
    """Return the atoms without lone carbons and hydrogens: what looks like one is a speck, or a letter of a word."""
    bonded = {index for bond in bonds for index in (bond.first, bond.second)}
    return [index for index in range(n_atoms) if index in bonded or LABELS[labels[index]] not in ("C", "H")]


def _read_radicals(reading: Reading, ink: Ink, corner: tuple[int, int]) -> Reading:
    """Return a reading with the dots beside atoms told from minus signs, which look alike at the detector's size.

    Args:
        reading: What was read.
        ink: The part of the picture that bears ink.
        corner: Its left upper corner.
    """
    if not reading.atoms:
        return reading
    places = np.array([(atom.x, atom.y) for atom in reading.atoms]) - corner
    beside, lost = assign_marks(find_marks(ink, reading.bond_pixels), places, reading.bond_pixels)
    if not beside or is_dusty(lost):
        return reading
    hashed = {end for bond in reading.bonds if bond.mark in _HASHES for end in (bond.first, bond.second)}
    atoms = tuple(
        _add_radical(atom) if _is_radical(atom, beside.get(index, ())) and index not in hashed else atom
        for index, atom in enumerate(reading.atoms)
    )
    if atoms == reading.atoms:
        return reading
    return replace(reading, atoms=atoms, assembled=assemble(atoms, reading.bonds))


def _is_radical(atom: ReadAtom, marks: Sequence[Mark]) -> bool:
    """Whether one dot, and no sign, stands beside an atom; the dot of an i is a part of its label."""
    dots = sum(mark.shape is MarkShape.DOT for mark in marks)
    return dots == 1 and len(marks) == 1 and atom.label in ELEMENTS and "i" not in atom.label and atom.charge <= 0


def _add_radical(atom: ReadAtom) -> ReadAtom:
    return replace(atom, charge=0, radical=1)


def _finish(look: _Look, factor: float, corner: tuple[int, int]) -> Reading:
    places = look.places / factor + corner
    atoms = tuple(
        ReadAtom(float(x), float(y), LABELS[label], CHARGES[charge])
        for (x, y), label, charge in zip(places, look.labels, look.charges, strict=True)
    )
    return Reading(atoms, look.bonds, assemble(atoms, look.bonds), look.log_prob, look.bond_pixels / factor, 0.0)

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
from anymol.files import hash_file
from anymol.ocsr.assembly import ReadAtom, ReadBond, assemble, sum_orders
from anymol.ocsr.binarize import Ink, binarize, scale_ink
from anymol.ocsr.bonds import BondMark
from anymol.ocsr.confidence import ReadingConfidence
from anymol.ocsr.detector import MULTIPLE, STRIDE, DrawingDetector
from anymol.ocsr.label_weights import LABEL_READER_FILE, StoredLabelReader, read_label_reader
from anymol.ocsr.labels import CHARGES, ELEMENTS, LABELS
from anymol.ocsr.lettering import Word, cut_labels, read_words
from anymol.ocsr.marks import Mark, MarkShape, assign_marks, find_marks, is_dusty
from anymol.ocsr.pieces import measure_writing
from anymol.ocsr.reading import Reading
from anymol.ocsr.rereading import LEAST, list_doubtful, settle_words
from anymol.ocsr.valence import weigh_labels
from anymol.ocsr.weights import WEIGHTS_FILE, read_detector

FIRST_SIDES: Final = (50, 100, 200, 400, 800)
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

_SMALL_WRITING: Final = 0.7
"""Letters that would suit bonds shorter than this, relative to the bonds drawn, are read by themselves."""

_BESIDE: Final = 0.5
"""What is written at an atom is found at most this far from it, bonds that suit the letters."""

_MARGIN: Final = 16
"""White around the ink, pixels: labels at the edge are read with room around them."""


@dataclass(frozen=True)
class _Look:
    """What the network saw at one scale; places in pixels of that scale.

    Attributes:
        places: Shape (N, 2).
        labels: Shape (N, n_labels): logarithms of the labels' probabilities.
        charges: Shape (N, 3): logarithms of the charges' probabilities.
        bonds: Bonds between the places.
        log_prob: Natural logarithm of the product of all decisions' probabilities.
    """

    places: NDArray[np.float32]
    labels: NDArray[np.float32]
    charges: NDArray[np.float32]
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
        labels: What its labels are, in the order of its outputs.
        reader: Who reads labels once more, from near, of which the detector is not sure; None leaves them as they are.
    """

    def __init__(
        self,
        detector: DrawingDetector,
        confidence: ReadingConfidence | None = None,
        labels: Sequence[str] = LABELS,
        reader: StoredLabelReader | None = None,
    ) -> None:
        self._detector = detector
        self._confidence = confidence
        self._labels = tuple(labels)
        self._reader = reader

    @classmethod
    @cache
    def load(cls, weights: Path = WEIGHTS_FILE) -> DrawingRecogniser:
        """Return a recogniser with weights of a file; those of the package unless told otherwise.

        Raises:
            UserError: The file holds no such weights, or they tell labels apart that this version does not know.
        """
        stored = read_detector(weights)
        labels = stored.provenance.get("labels", ())
        if len(labels) != stored.detector.config.n_labels or not set(labels) <= set(LABELS):
            raise UserError("this drawing detector was trained on other labels", value=str(weights))
        reader = read_label_reader() if LABEL_READER_FILE.is_file() else None
        fitted = None
        if reader is not None and reader.provenance.get("detector") == hash_file(weights)[:8]:
            fitted = reader.confidence
        return cls(stored.detector, fitted or stored.confidence, labels, reader)

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
        readings = {factor: self._finish(look, factor, ink, corner) for factor, look in near.items()}
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
            nothing = np.zeros((0, 2), np.float32)
            return _Look(nothing, nothing, nothing, (), -math.inf)
        offsets = found.offsets[0, :, rows, columns]
        places = torch.stack([columns + offsets[0], rows + offsets[1]], dim=1) * STRIDE
        labels = found.labels[0, :, rows, columns].T.log_softmax(-1)
        charges = found.charges[0, :, rows, columns].T.log_softmax(-1)
        # Cells without a peak are decisions too, but nearly all of them are sure: the doubtful ones count.
        missed = F.logsigmoid(-heat[(heat <= 0) & (heat > -3) & (heat == _pool(heat))]).sum()
        total = F.logsigmoid(heat[rows, columns]).sum() + labels.amax(-1).sum() + charges.amax(-1).sum() + missed
        bonds, certainty = self._judge(found.features, places)
        kept = _drop_specks(bonds, [self._labels[index] for index in labels.argmax(-1).tolist()])
        renamed = {old: new for new, old in enumerate(kept)}
        return _Look(
            (places[kept] - _MARGIN).numpy(),
            labels[kept].numpy(),
            charges[kept].numpy(),
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

    def _finish(self, look: _Look, factor: float, ink: Ink, corner: tuple[int, int]) -> Reading:
        """Return what was read at one scale, in pixels of the picture.

        Args:
            look: What the detector saw.
            factor: The scale.
            ink: The part of the picture that bears ink.
            corner: Its left upper corner.
        """
        own = look.places / factor
        words, gained = self._read_labels(look, factor, ink)
        atoms = tuple(
            ReadAtom(float(x), float(y), word.label, word.charge, word.radical)
            for (x, y), word in zip(own + corner, words, strict=True)
        )
        assembled = assemble(atoms, look.bonds)
        log_prob = min(look.log_prob + gained, 0.0)
        return Reading(atoms, look.bonds, assembled, log_prob, look.bond_pixels / factor, 0.0)

    def _read_labels(self, look: _Look, factor: float, ink: Ink) -> tuple[list[Word], float]:
        """Return what is written at the atoms, and what that adds to the logarithm of all decisions."""
        if not len(look.places):
            return [], 0.0
        orders = sum_orders(len(look.places), look.bonds)
        counted = float(look.labels.max(axis=1).sum() + look.charges.max(axis=1).sum())
        near = self._enlarge_letters(look, factor, ink)
        weighed = near.labels + weigh_labels(self._labels, orders)
        chosen, each = weighed.argmax(axis=1), np.arange(len(orders))
        seen = zip(chosen.tolist(), near.charges.argmax(axis=1).tolist(), strict=True)
        words = [Word(self._labels[label], CHARGES[charge]) for label, charge in seen]
        gained = float(near.labels[each, chosen].sum() + near.charges.max(axis=1).sum()) - counted
        certain = weighed[each, chosen] - np.logaddexp.reduce(weighed, axis=1) + near.charges.max(axis=1)
        again = list_doubtful(words, certain)
        if self._reader is None or not look.bond_pixels or not again:
            return words, gained
        places, bond = look.places.astype(np.float64) / factor, look.bond_pixels / factor
        pieces = cut_labels(ink, map(tuple, places[again].tolist()), measure_writing(ink, places, bond))
        told = self._reader.words
        read = read_words(self._reader.reader, pieces) + weigh_labels(
            [word.label for word in told], [orders[place] for place in again]
        )
        settled = settle_words(told, read, self._labels, look.labels[again], look.charges[again])
        for place, word, log_prob in zip(again, *settled, strict=True):
            if word != words[place] and log_prob > LEAST:
                words[place] = word
                gained += float(log_prob - certain[place])
        return words, gained

    def _enlarge_letters(self, look: _Look, factor: float, ink: Ink) -> _Look:
        """Return a look with labels read at the size at which letters are as high as in training.

        Few atoms on a large page have bonds that are very long beside their letters: at the size that suits the bonds
        the letters are specks, and OH is taken for a carbon.
        """
        places, bond = look.places.astype(np.float64) / factor, look.bond_pixels / factor
        writing = measure_writing(ink, places, bond) if bond else bond
        if writing >= _SMALL_WRITING * bond:
            return look
        nearer = min(self._detector.config.bond_pixels / writing, MAX_SIDE / max(ink.shape))
        near = self._look(ink, nearer)
        if not len(near.places):
            return look
        gaps = np.linalg.norm(places[:, None] - (near.places / nearer)[None], axis=2)
        seen = gaps.argmin(axis=1)
        # Bonds end where nothing is written, and look like anything there: only what is not a carbon counts.
        written = (gaps.min(axis=1) < _BESIDE * writing) & (near.labels.argmax(axis=1)[seen] != self._labels.index("C"))
        return replace(
            look,
            labels=np.where(written[:, None], near.labels[seen], look.labels),
            charges=np.where(written[:, None], near.charges[seen], look.charges),
        )


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


def _drop_specks(bonds: Sequence[ReadBond], labels: Sequence[str]) -> list[int]:
    """Return the atoms without lone carbons and hydrogens: what looks like one is a speck, or a letter of a word."""
    bonded = {index for bond in bonds for index in (bond.first, bond.second)}
    return [index for index, label in enumerate(labels) if index in bonded or label not in ("C", "H")]


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

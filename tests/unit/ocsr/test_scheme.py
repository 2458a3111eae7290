"""The arrow tells what reacts and what results."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw
from rdkit import Chem

from anymol.ocsr import scheme
from anymol.ocsr.assembly import ReadAtom, ReadBond
from anymol.ocsr.bonds import BondMark
from anymol.ocsr.labels import CHARGES, LABELS
from anymol.ocsr.reading import Reading
from anymol.ocsr.scheme import write_scheme
from anymol.ocsr.truth import draw_truth
from anymol.synthesis.degradation import Degradation
from anymol.synthesis.drawing import Drawing

STEP = "CC(=O)Cl.NCc1ccccc1>C1CCNCC1>CC(=O)NCc1ccccc1"
LONG = "CCCCCCCCCCCC(=O)Cl.NCc1ccc(-c2ccccc2)cc1.OCCCCCCCCCCCCCCBr>>CCCCCCCCCCCC(=O)NCc1ccc(-c2ccccc2)cc1"


def read_truth(written: str, drawing: Drawing, degradation: Degradation, seed: int) -> tuple[np.ndarray, Reading]:
    """Return a drawn scheme and what a perfect detector finds on it."""
    truth = draw_truth(written, drawing, degradation, seed, 24.0)
    atoms = tuple(
        ReadAtom(float(x), float(y), LABELS[label], CHARGES[charge])
        for (x, y), label, charge in zip(truth.places, truth.labels, truth.charges, strict=True)
    )
    bonds = tuple(ReadBond(int(first), int(second), BondMark(mark)) for first, second, mark in truth.bonds.tolist())
    return np.repeat(255 - truth.ink[..., None], 3, axis=2), Reading(atoms, bonds, None, 0.0, 24.0, 0.0)


def canonicalize(written: str) -> list[str]:
    return [Chem.CanonSmiles(part) if part else "" for part in written.split(">")]


@pytest.mark.parametrize("drawing", [Drawing.PLAIN, Drawing.PATENT, Drawing.JOURNAL, Drawing.HAND])
@pytest.mark.parametrize("degradation", [Degradation.CLEAN, Degradation.SCAN, Degradation.PHOTOCOPY, Degradation.FAX])
@pytest.mark.parametrize("scheme", [STEP, LONG])
def test_a_scheme_is_read_by_its_arrow(scheme: str, drawing: Drawing, degradation: Degradation) -> None:
    pixels, reading = read_truth(scheme, drawing, degradation, seed=5)
    found = write_scheme(pixels, reading)
    assert found is not None
    assert canonicalize(found) == canonicalize(scheme)


def test_without_an_arrow_there_is_no_reaction() -> None:
    pixels, reading = read_truth("CC(=O)NCc1ccccc1", Drawing.PLAIN, Degradation.CLEAN, seed=1)
    assert write_scheme(pixels, reading) is None
    assert write_scheme(np.full((40, 40, 3), 255, np.uint8), Reading((), (), None, 0.0, 0.0, 0.0)) is None


def test_an_arrow_to_the_left_is_followed() -> None:
    pixels, reading = read_truth(STEP, Drawing.PLAIN, Degradation.CLEAN, seed=5)
    width = pixels.shape[1]
    mirrored = tuple(ReadAtom(width - atom.x, atom.y, atom.label, atom.charge) for atom in reading.atoms)
    found = write_scheme(pixels[:, ::-1], Reading(mirrored, reading.bonds, None, 0.0, 24.0, 0.0))
    assert found is not None
    assert canonicalize(found) == canonicalize(STEP)


def shift(reading: Reading, right: float, down: float = 0.0) -> tuple[ReadAtom, ...]:
    return tuple(ReadAtom(atom.x + right, atom.y + down, atom.label, atom.charge) for atom in reading.atoms)


def test_an_arrow_upwards_or_downwards_is_followed() -> None:
    pixels, reading = read_truth(STEP, Drawing.PLAIN, Degradation.CLEAN, seed=5)
    turned = tuple(ReadAtom(atom.y, atom.x, atom.label, atom.charge) for atom in reading.atoms)
    found = write_scheme(pixels.transpose(1, 0, 2), Reading(turned, reading.bonds, None, 0.0, 24.0, 0.0))
    assert found is not None
    assert canonicalize(found) == canonicalize(STEP)


def test_of_two_steps_none_is_the_reaction() -> None:
    pixels, reading = read_truth(STEP, Drawing.PLAIN, Degradation.CLEAN, seed=5)
    number = len(reading.atoms)
    more = tuple(ReadBond(bond.first + number, bond.second + number, bond.mark) for bond in reading.bonds)
    both = Reading(reading.atoms + shift(reading, pixels.shape[1]), reading.bonds + more, None, 0.0, 24.0, 0.0)
    assert write_scheme(np.concatenate([pixels, pixels], axis=1), both) is None


def test_words_and_rules_are_no_arrows() -> None:
    pixels, reading = read_truth(STEP, Drawing.PLAIN, Degradation.CLEAN, seed=5)
    page = Image.fromarray(np.pad(pixels, ((20, 80), (20, 20), (0, 0)), constant_values=255))
    pencil = ImageDraw.Draw(page)
    pencil.rectangle((2, 2, page.width - 3, page.height - 3), outline=0, width=2)
    pencil.text((10, page.height - 60), "Scheme 1. Acetylation of benzylamine " * 3, fill=0)
    pencil.line((10, page.height - 30, page.width - 10, page.height - 30), fill=0, width=1)
    atoms = shift(reading, 20, 20)
    found = write_scheme(np.asarray(page), Reading(atoms, reading.bonds, None, 0.0, 24.0, 0.0))
    assert found is not None
    assert canonicalize(found) == canonicalize(STEP)


@pytest.mark.parametrize(
    ("label", "x", "y", "side"),
    [("Cl", 300, 100, 2), ("Cl", 380, 70, 2), ("Cl", 160, 135, 0), ("Cl", 240, 60, 1), ("Cl", 240, 170, 1)],
    ids=["close behind", "a little higher", "a little lower before", "over", "under"],
)
def test_a_single_atom_near_the_arrow_stands_on_its_side(label: str, x: float, y: float, side: int) -> None:
    page = Image.new("RGB", (500, 200), "white")
    pencil = ImageDraw.Draw(page)
    pencil.line((200, 100, 280, 100), fill=0, width=2)
    pencil.polygon((290, 100, 280, 95, 280, 105), fill=0)
    spots = [(60, 60), (80, 100), (60, 140), (420, 60), (440, 100), (420, 140)]
    bonds = tuple(ReadBond(first, first + 1, BondMark.SINGLE) for first in (0, 1, 3, 4))
    atoms = (*(ReadAtom(*spot, "C") for spot in spots), ReadAtom(x, y, label))
    found = write_scheme(np.asarray(page), Reading(atoms, bonds, None, 0.0, 40.0, 0.0))
    expected = ["CCC", "", "CCC"]
    expected[side] = Chem.CanonSmiles(".".join(filter(None, (expected[side], "Cl"))))
    assert found is not None
    assert canonicalize(found) == expected


def test_a_large_picture_of_tiny_bonds_is_not_made_larger_still(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def record(ink: np.ndarray, factor: float) -> np.ndarray:
        sizes.append(max(ink.shape) * factor)
        return ink[:8, :8]

    monkeypatch.setattr(scheme, "scale_ink", record)
    atoms = (ReadAtom(10, 10, "C"), ReadAtom(12, 10, "C"))
    write_scheme(
        np.full((3000, 3000, 3), 255, np.uint8),
        Reading(atoms, (ReadBond(0, 1, BondMark.SINGLE),), None, 0.0, 2.0, 0.0),
    )
    assert max(sizes) <= 4000

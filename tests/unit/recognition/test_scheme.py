"""The arrow tells what reacts and what results."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from anymol.recognition.assembly import ReadAtom, ReadBond
from anymol.recognition.bonds import BondMark
from anymol.recognition.labels import CHARGES, LABELS
from anymol.recognition.recogniser import Reading
from anymol.recognition.scheme import write_scheme
from anymol.recognition.truth import draw_truth
from anymol.synthesis.drawing import Drawing
from anymol.synthesis.medium import Medium

STEP = "CC(=O)Cl.NCc1ccccc1>C1CCNCC1>CC(=O)NCc1ccccc1"
LONG = "CCCCCCCCCCCC(=O)Cl.NCc1ccc(-c2ccccc2)cc1.OCCCCCCCCCCCCCCBr>>CCCCCCCCCCCC(=O)NCc1ccc(-c2ccccc2)cc1"


def read_truth(scheme: str, drawing: Drawing, medium: Medium, seed: int) -> tuple[np.ndarray, Reading]:
    """Return a drawn scheme and what a perfect detector finds on it."""
    truth = draw_truth(scheme, drawing, medium, seed, 24.0)
    atoms = tuple(
        ReadAtom(float(x), float(y), LABELS[label], CHARGES[charge])
        for (x, y), label, charge in zip(truth.places, truth.labels, truth.charges, strict=True)
    )
    bonds = tuple(ReadBond(int(first), int(second), BondMark(mark)) for first, second, mark in truth.bonds.tolist())
    return np.repeat(255 - truth.ink[..., None], 3, axis=2), Reading(atoms, bonds, None, 0.0, 24.0)


def canonicalize(scheme: str) -> list[str]:
    return [Chem.CanonSmiles(part) if part else "" for part in scheme.split(">")]


@pytest.mark.parametrize("drawing", [Drawing.PLAIN, Drawing.PATENT, Drawing.JOURNAL, Drawing.HAND])
@pytest.mark.parametrize("medium", [Medium.CLEAN, Medium.SCAN, Medium.PHOTOCOPY, Medium.FAX])
@pytest.mark.parametrize("scheme", [STEP, LONG])
def test_a_scheme_is_read_by_its_arrow(scheme: str, drawing: Drawing, medium: Medium) -> None:
    pixels, reading = read_truth(scheme, drawing, medium, seed=5)
    found = write_scheme(pixels, reading)
    assert found is not None
    assert canonicalize(found) == canonicalize(scheme)


def test_without_an_arrow_there_is_no_reaction() -> None:
    pixels, reading = read_truth("CC(=O)NCc1ccccc1", Drawing.PLAIN, Medium.CLEAN, seed=1)
    assert write_scheme(pixels, reading) is None
    assert write_scheme(np.full((40, 40, 3), 255, np.uint8), Reading((), (), None, 0.0, 0.0)) is None


def test_an_arrow_to_the_left_is_followed() -> None:
    pixels, reading = read_truth(STEP, Drawing.PLAIN, Medium.CLEAN, seed=5)
    width = pixels.shape[1]
    mirrored = tuple(ReadAtom(width - atom.x, atom.y, atom.label, atom.charge) for atom in reading.atoms)
    found = write_scheme(pixels[:, ::-1], Reading(mirrored, reading.bonds, None, 0.0, 24.0))
    assert found is not None
    assert canonicalize(found) == canonicalize(STEP)

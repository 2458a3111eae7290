"""The weights that ship read ordinary drawings, and say when there is nothing to read."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rdkit import Chem
from rdkit.Chem.Draw import rdMolDraw2D

from anymol.errors import UserError
from anymol.ocsr import recogniser as module
from anymol.ocsr.assembly import Assembled
from anymol.ocsr.labels import LABELS
from anymol.ocsr.reading import Reading
from anymol.ocsr.recogniser import DrawingRecogniser
from anymol.ocsr.scheme import write_scheme
from anymol.ocsr.truth import draw_truth
from anymol.ocsr.weights import read_detector, write_detector
from anymol.synthesis.degradation import Degradation
from anymol.synthesis.drawing import Drawing
from anymol.training.specialists.detector import fit_confidence

KNOWN = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "CC(C)Cc1ccc([C@H](C)C(=O)O)cc1",
    "O=[N+]([O-])c1ccc(Cl)cc1",
]


@pytest.fixture(scope="module")
def recogniser() -> DrawingRecogniser:
    return DrawingRecogniser.load()


def draw(
    smiles: str, drawing: Drawing = Drawing.PLAIN, degradation: Degradation = Degradation.CLEAN, bond: float = 40.0
) -> np.ndarray:
    """Return pixels of a drawing."""
    ink = draw_truth(smiles, drawing, degradation, 11, bond).ink
    return np.repeat(255 - ink[..., None], 3, axis=2)


@pytest.mark.parametrize("smiles", ["C=C=C", "C=CC#N"])
def test_bonds_that_meet_where_nothing_is_written_are_not_read_as_writing(
    recogniser: DrawingRecogniser, smiles: str
) -> None:
    reading = recogniser.read(draw(smiles))
    assert reading.assembled is not None and reading.assembled.smiles == smiles


@pytest.mark.parametrize("smiles", KNOWN)
@pytest.mark.parametrize("drawing", [Drawing.PLAIN, Drawing.JOURNAL, Drawing.PATENT])
def test_clean_drawings_of_known_molecules_are_read(
    recogniser: DrawingRecogniser, smiles: str, drawing: Drawing
) -> None:
    reading = recogniser.read(draw(smiles, drawing))
    assert reading.assembled is not None
    assert reading.assembled.smiles == Chem.CanonSmiles(smiles)
    probability = recogniser.judge(reading)
    assert probability is not None
    assert probability > 0.5


@pytest.mark.parametrize("bond", [14.0, 30.0, 80.0])
def test_the_size_of_the_picture_does_not_matter(recogniser: DrawingRecogniser, bond: float) -> None:
    reading = recogniser.read(draw(KNOWN[0], bond=bond))
    assert reading.assembled is not None
    assert reading.assembled.smiles == KNOWN[0]
    assert reading.bond_pixels == pytest.approx(bond, rel=0.15)


@pytest.mark.parametrize("smiles", ["CC1(C)CCCC(C)(C)N1[O]", "[O]c1ccccc1", "CC(C)(C)N([O])C(C)(C)C"])
def test_a_radical_is_not_an_anion(recogniser: DrawingRecogniser, smiles: str) -> None:
    reading = recogniser.read(draw(smiles, bond=90.0))
    assert reading.assembled is not None
    assert reading.assembled.smiles == Chem.CanonSmiles(smiles)


@pytest.mark.parametrize("smiles", ["C/C=C\\C(=O)O", "C/C=C/C=O", "CCO"])
def test_a_small_molecule_on_a_large_page_is_read(recogniser: DrawingRecogniser, smiles: str) -> None:
    """Bonds of 160 pixels and letters of usual size: as programs draw few atoms on a page of 600 x 400."""
    canvas = rdMolDraw2D.MolDraw2DCairo(600, 400)
    canvas.drawOptions().useBWAtomPalette()
    rdMolDraw2D.PrepareAndDrawMolecule(canvas, Chem.MolFromSmiles(smiles))
    canvas.FinishDrawing()
    pixels = np.asarray(Image.open(io.BytesIO(canvas.GetDrawingText())).convert("RGB"))
    reading = recogniser.read(pixels)
    assert reading.assembled is not None
    assert reading.assembled.smiles == Chem.CanonSmiles(smiles)


def test_atoms_are_found_where_they_stand(recogniser: DrawingRecogniser) -> None:
    truth = draw_truth(KNOWN[1], Drawing.PLAIN, Degradation.CLEAN, 11, 40.0)
    reading = recogniser.read(np.repeat(255 - truth.ink[..., None], 3, axis=2))
    found = np.array([(atom.x, atom.y) for atom in reading.atoms])
    gaps = np.linalg.norm(found[:, None] - truth.places[None], axis=2)
    assert gaps.min(axis=0).max() < 6.0


def test_white_lines_on_black_and_colours_are_read(recogniser: DrawingRecogniser) -> None:
    for pixels in (255 - draw(KNOWN[0]), np.where(draw(KNOWN[0]) < 128, [200, 30, 30], 255).astype(np.uint8)):
        reading = recogniser.read(pixels)
        assert reading.assembled is not None
        assert reading.assembled.smiles == KNOWN[0]


def test_a_scheme_is_read(recogniser: DrawingRecogniser) -> None:
    pixels = draw("CC(=O)Cl.NCc1ccccc1>>CC(=O)NCc1ccccc1", bond=30.0)
    found = write_scheme(pixels, recogniser.read(pixels))
    assert found is not None
    reactants, reagents, products = found.split(">")
    assert (Chem.CanonSmiles(reactants), reagents, Chem.CanonSmiles(products)) == (
        "CC(=O)Cl.NCc1ccccc1",
        "",
        "CC(=O)NCc1ccccc1",
    )


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((60, 90, 3), 255, np.uint8),
        np.zeros((60, 90, 3), np.uint8),
        np.full((1, 1, 3), 255, np.uint8),
        np.full((3, 2000, 3), 200, np.uint8),
    ],
    ids=["white", "black", "one pixel", "grey strip"],
)
def test_an_empty_page_shows_nothing(recogniser: DrawingRecogniser, pixels: np.ndarray) -> None:
    reading = recogniser.read(pixels)
    assert (reading.atoms, reading.assembled) == ((), None)


def test_noise_is_no_sure_molecule(recogniser: DrawingRecogniser) -> None:
    coarse = np.random.default_rng(0).integers(0, 256, (30, 40, 3)).astype(np.uint8)
    pixels = np.asarray(Image.fromarray(coarse).resize((400, 300)))
    reading = recogniser.read(pixels)
    probability = recogniser.judge(reading)
    assert probability is not None
    assert probability < 0.2


def test_confidence_falls_with_doubt_and_repairs() -> None:
    rng = np.random.default_rng(0)
    readings, right = [], []
    for _ in range(400):
        doubt, repairs = float(rng.exponential(1.0)), int(rng.integers(2))
        readings.append(Reading((), (), Assembled("C", repairs), -doubt, 20.0, 1.0))
        right.append(bool(rng.random() < math.exp(-doubt) * (0.3 if repairs else 1.0)))
    confidence = fit_confidence(readings, right)
    assert confidence is not None and fit_confidence([], []) is None

    def judge(log_prob: float, repairs: int) -> float:
        return confidence.judge(Reading((), (), Assembled("C", repairs), log_prob, 20.0, 1.0))

    assert judge(-0.02, 0) > 0.85
    assert judge(-0.02, 0) > judge(-0.7, 0) > judge(-3.0, 0)
    assert judge(-0.02, 0) > judge(-0.02, 1)
    assert confidence.judge(Reading((), (), None, -0.1, 0.0, 0.0)) == 0.0


def test_weights_of_other_labels_are_refused(tmp_path: Path) -> None:
    stored = read_detector()
    swapped = list(LABELS[1::-1] + LABELS[2:])
    write_detector(replace(stored, provenance={**stored.provenance, "labels": swapped}), tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="other labels"):
        DrawingRecogniser.load(tmp_path / "other.safetensors")


def test_without_the_label_reader_the_detector_reads_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "LABEL_READER_FILE", tmp_path / "none")
    alone = DrawingRecogniser.load.__wrapped__(DrawingRecogniser)
    reading = alone.read(draw(KNOWN[0]))
    assert reading.assembled is not None and reading.assembled.smiles == KNOWN[0]
    assert alone.judge(reading) is not None

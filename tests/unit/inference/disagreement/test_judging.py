"""Every pair of forms judged: drawings by what they were read as, which may be wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from anymol.inference.disagreement import judging
from anymol.inference.disagreement.judgement import Judgement, Verdict
from anymol.inference.disagreement.judging import MAX_FORMS, compare_forms
from anymol.inference.drawings import ReadDrawing
from anymol.inference.forms import list_forms
from anymol.modalities.adduct import Adduct
from anymol.modalities.content import RecordPart
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.readers.formats import read_mass_spectra
from anymol.tasks.task import Slot, TaskInput

ASPIRIN, CAFFEINE = "CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C"
PICTURE = RecordPart(Modality.IMAGE, MoleculeImage(np.full((4, 4, 3), 255, np.uint8)))
OF_CAFFEINE = RecordPart(
    Modality.MS2,
    MassSpectrum(np.array([110.0712, 138.0662, 195.0877]), np.array([0.1, 1.0, 0.4]), 195.0877, Adduct.M_H),
)
CURVE = RecordPart(Modality.IR, InfraredSpectrum(np.linspace(400, 4000, 451), np.ones(451)))


@pytest.fixture
def of_aspirin(examples_dir: Path) -> RecordPart:
    return RecordPart(Modality.MS2, [row.record for row in read_mass_spectra(examples_dir / "aspirin.mgf")][2])


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None, float], None]:
    """Let every drawing be read as given."""

    def let(smiles: str | None, probability: float = 0.95) -> None:
        found = None if smiles is None else ReadDrawing(smiles, probability, "drawing reader")
        monkeypatch.setattr(judging, "read_drawing", lambda image: found)

    return let


def judge(*parts: RecordPart, **written: str) -> tuple[Judgement, ...]:
    compared = compare_forms(list_forms(TaskInput(records={Slot.MOLECULE: parts}, **written)))
    assert compared is not None
    return compared.judgements


def test_the_drawing_of_one_with_the_spectrum_of_another_is_flagged(reads, of_aspirin: RecordPart) -> None:
    reads(ASPIRIN)
    (flagged,) = judge(PICTURE, OF_CAFFEINE)
    assert flagged.verdict is Verdict.DISAGREE and flagged.between == ("image", "ms2")
    assert "181.0495" in flagged.said and "195.0877" in flagged.said and ASPIRIN in flagged.said
    (agreeing,) = judge(PICTURE, of_aspirin)
    assert agreeing.probability is not None and agreeing.probability < 0.5


def test_an_isomer_is_not_said_to_agree_nor_to_disagree(reads, of_aspirin: RecordPart) -> None:
    reads("CC(=O)Oc1ccc(C(=O)O)cc1")
    (found,) = judge(PICTURE, of_aspirin)
    assert found.verdict is Verdict.OPEN


def test_a_spectrum_that_fits_proves_no_structure(reads, of_aspirin: RecordPart) -> None:
    """3-Acetoxybenzoic acid would have the same spectrum, so that no low probability is called agreement."""
    reads(ASPIRIN)
    assert judge(PICTURE, of_aspirin)[0].verdict is not Verdict.AGREE


def test_a_doubtful_reading_makes_every_judgement_doubtful(reads) -> None:
    reads(ASPIRIN, 0.2)
    (found,) = judge(PICTURE, OF_CAFFEINE)
    assert found.verdict is Verdict.OPEN and found.probability == pytest.approx(0.5 + 0.2 / 2, abs=0.01)


def test_a_drawing_beside_a_structure_or_a_formula(reads) -> None:
    reads(ASPIRIN)
    by_pair = {one.between: one for one in judge(PICTURE, molecule=CAFFEINE, formula="C8H10N4O2")}
    assert by_pair["molecule", "formula"].verdict is Verdict.AGREE
    for pair in (("molecule", "image"), ("formula", "image")):
        assert by_pair[pair].verdict is Verdict.DISAGREE
        assert by_pair[pair].probability == pytest.approx(1 / 1.05)
    (same,) = judge(PICTURE, molecule="OC(=O)c1ccccc1OC(C)=O")
    assert same.verdict is Verdict.AGREE and same.decided


@pytest.mark.parametrize(
    ("smiles", "probability", "words"),
    [(None, 1.0, "could not be read"), (ASPIRIN, 0.01, "could not be read"), ("*CC", 0.9, "open")],
)
def test_what_was_not_read_is_not_compared(reads, smiles: str | None, probability: float, words: str) -> None:
    reads(smiles, probability)
    (found,) = judge(PICTURE, OF_CAFFEINE)
    assert found.verdict is Verdict.NOT_COMPARED and words in found.said and found.probability is None


def test_spectra_of_two_kinds_are_not_compared_without_a_structure() -> None:
    (found,) = judge(OF_CAFFEINE, CURVE)
    assert found.verdict is Verdict.NOT_COMPARED and "structure" in found.said


def test_a_fault_of_one_pair_leaves_the_others() -> None:
    metal = RecordPart(Modality.GRAPH, smiles="[Na+].[Cl-]")
    by_pair = {one.between: one for one in judge(metal, OF_CAFFEINE, formula="C8H10N4O2")}
    assert by_pair["formula", "graph"].verdict is Verdict.DISAGREE
    assert by_pair["formula", "ms2"].probability is not None


def test_one_form_is_compared_with_nothing() -> None:
    assert compare_forms(list_forms(TaskInput(records={Slot.MOLECULE: (PICTURE,)}))) is None


def test_the_number_of_pairs_is_bounded() -> None:
    found = judge(*[OF_CAFFEINE] * (MAX_FORMS + 3))
    assert len(found) == MAX_FORMS * (MAX_FORMS - 1) // 2

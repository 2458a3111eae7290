"""The search of mass spectra among named molecules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anymol.inference.answers import Answer, Method
from anymol.inference.choosing import join_known
from anymol.inference.finding import find_without_model
from anymol.inference.library import search_library
from anymol.inference.wish import Source, Wish
from anymol.modalities.adduct import Adduct
from anymol.modalities.content import GraphPart, ImagePart, Ms2Part
from anymol.modalities.image import MoleculeImage
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.synthesis.ms2 import Ms2Engine, Ms2Settings
from anymol.tasks.table import TASKS
from anymol.tasks.task import AnswerKind, Check, Slot, TaskInput

RECOGNITION = TASKS["molecule_recognition"]
CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
SETTINGS = Ms2Settings(adducts=(Adduct.M_H,), energies=(30.0,))


def predict(smiles: str) -> MassSpectrum:
    """Return the fragmenter's spectrum, a little noisy: what is searched is the search, not the chemistry."""
    (record,) = Ms2Engine(SETTINGS).synthesize(smiles, 0).records
    assert isinstance(record, MassSpectrum)
    return replace(record, mz=record.mz + 1e-4)


MEASURED = predict(CAFFEINE)


def answer(value: str, method: Method, passed: bool | None) -> Answer:
    return Answer(value, value, AnswerKind.MOLECULE, method, checks=(Check("formula_agrees", passed, "so"),))


def test_caffeine_is_found_by_its_spectrum() -> None:
    hits = search_library(MEASURED)
    assert hits[0].smiles == CAFFEINE
    assert "caffeine" in hits[0].name.lower()
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert 1 <= hits[0].rivals <= 100


def test_a_formula_narrows_the_search() -> None:
    assert {hit.smiles for hit in search_library(MEASURED, formula="C8H10N4O2", limit=60)} >= {CAFFEINE}
    assert search_library(MEASURED, formula="C9H10N4O2") == []


@pytest.mark.parametrize("missing", [{"precursor_mz": None}, {"adduct": None}, {"adduct": Adduct.M2_H}])
def test_without_precursor_or_adduct_nothing_is_searched(missing: dict[str, None]) -> None:
    assert search_library(replace(MEASURED, **missing)) == []


def test_a_spectrum_without_energy_is_searched_all_the_same() -> None:
    assert CAFFEINE in {hit.smiles for hit in search_library(replace(MEASURED, collision_energy=None))}


def test_known_molecules_are_answers_unless_the_model_alone_is_asked() -> None:
    asked = TaskInput(records={Slot.MOLECULE: (GraphPart("C"), Ms2Part(MEASURED))})
    (found,) = find_without_model(RECOGNITION, asked, Wish()).answers
    assert (found.value, found.method) == (CAFFEINE, Method.SEARCHED)
    assert {check.name for check in found.checks} == {"parses", "precursor_agrees", "peaks_explained"}
    assert "named molecules" in (found.program or "")
    assert find_without_model(RECOGNITION, asked, Wish(source=Source.MODEL)).answers == ()
    blank = TaskInput(records={Slot.MOLECULE: (ImagePart(MoleculeImage(np.zeros((2, 2, 3), np.uint8))),)})
    assert find_without_model(RECOGNITION, blank, Wish()).answers == ()
    assert find_without_model(TASKS["captioning"], asked, Wish()).answers == ()


def test_known_molecules_stand_first_unless_they_fail_a_check() -> None:
    known = (answer("A", Method.SEARCHED, True), answer("B", Method.SEARCHED, False))
    guessed = (answer("A", Method.MODEL, True), answer("C", Method.MODEL, None), answer("D", Method.MODEL, False))
    joined = join_known(known, guessed, Wish(top_k=3))
    assert [(one.value, one.method) for one in joined] == [
        ("A", Method.SEARCHED),
        ("C", Method.MODEL),
        ("B", Method.SEARCHED),
    ]

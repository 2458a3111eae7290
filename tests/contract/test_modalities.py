"""Every modality record answers the same questions. A new record joins by one row of `RECORDS`."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from anymol.errors import DataError
from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.conformer import Conformer
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import CollisionEnergy, EnergyUnit, MassSpectrum
from anymol.modalities.storage import from_json, to_json

RECORDS = {
    "graph": MolecularGraph(
        np.array([[5, 0], [7, 1]], np.uint8), np.array([[0, 1], [1, 0]], np.int32), np.zeros((2, 2), np.uint8)
    ),
    "conformer": Conformer(np.array([8, 1, 1], np.uint8), np.arange(9.0).reshape(3, 3) / 7, 0, "O", -3.25, "made up"),
    "image": MoleculeImage((np.arange(100 * 90 * 3) % 251).astype(np.uint8).reshape(90, 100, 3), "PNG"),
    "mass": MassSpectrum(
        np.array([50.1, 77.0391]), np.array([0.1, 1.0]), 181.0495, Adduct.M_H, CollisionEnergy(20.0, EnergyUnit.EV),
        IonMode.POSITIVE, "aspirin",
    ),
    "bare-mass": MassSpectrum(np.array([50.1]), np.array([1.0])),
    "infrared": InfraredSpectrum(np.array([400.0, 500.0, 600.0]), np.array([0.1, np.nan, 0.3])),
}  # fmt: skip


@pytest.fixture(params=RECORDS.values(), ids=RECORDS.keys())
def record(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_json_round_trip(record: Any) -> None:
    again = from_json(json.loads(json.dumps(to_json(record), allow_nan=False)))
    assert again == record
    assert hash(again) == hash(record)


def test_one_line_repr(record: Any) -> None:
    assert repr(record).startswith(type(record).__name__ + "(")
    assert "\n" not in repr(record)
    assert len(repr(record)) < 120


def test_frozen(record: Any) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(record, dataclasses.fields(record)[0].name, None)


def test_a_changed_array_is_another_record(record: Any) -> None:
    name = dataclasses.fields(record)[0].name
    values = np.array(getattr(record, name))
    values.reshape(-1)[0] += 1
    assert dataclasses.replace(record, **{name: values}) != record
    assert record != "something else"


@pytest.mark.parametrize(
    "form", [None, [], {}, {"record": "os.system", "schema": 1}, {"record": "Conformer", "schema": 9},
             {"record": "Conformer", "schema": 1}, {"record": "Conformer", "schema": 1, "surplus": 1}]
)  # fmt: skip
def test_other_json_is_refused(form: Any) -> None:
    with pytest.raises(DataError):
        from_json(form)

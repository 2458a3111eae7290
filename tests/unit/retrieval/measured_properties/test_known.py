from __future__ import annotations

from pathlib import Path

import pytest

from anymol.errors import DataError
from anymol.retrieval.measured_properties.known import ANSWERERS_FILE, KnownProperties, find_known, record_files
from anymol.retrieval.measured_properties.predictor import PREDICTORS_FILE, PredictorsCard, write_predictors
from anymol.retrieval.measured_properties.store import STORE_FILE, PropertyStore, write_store


def test_what_ships_is_known_where_nothing_else_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANYMOL_MEASURED", raising=False)
    known = find_known()
    assert known.store.has_task("solubility") and known.predictors.find("solubility") is not None
    assert known.predictors.card.store_sha256 and known.answerers.prefers_predictor("no task of the table")


def test_the_predictors_that_ship_were_fitted_to_the_store_that_ships() -> None:
    import hashlib

    from anymol.shipped import read_shipped

    stored = read_shipped(f"retrieval/measured_properties/{STORE_FILE}")
    assert KnownProperties().predictors.card.store_sha256 == hashlib.sha256(stored).hexdigest()


def test_the_folder_of_a_run_takes_its_place(
    store: PropertyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYMOL_MEASURED", str(tmp_path))
    with pytest.raises(DataError, match="no measured_manifest"):
        find_known()
    (tmp_path / STORE_FILE).write_bytes(write_store(store))
    card = PredictorsCard(trained_on="nothing", command="none", store_sha256="0", predictors=())
    (tmp_path / PREDICTORS_FILE).write_bytes(write_predictors(card, []))
    record_files(tmp_path)
    assert find_known().store.molecules == store.molecules
    assert find_known().predictors.find("solubility") is None and find_known().answerers.tasks == {}


def test_a_damaged_run_is_not_asked(store: PropertyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / STORE_FILE).write_bytes(write_store(store))
    card = PredictorsCard(trained_on="nothing", command="none", store_sha256="0", predictors=())
    packed = write_predictors(card, [])
    (tmp_path / PREDICTORS_FILE).write_bytes(packed)
    record_files(tmp_path)
    (tmp_path / PREDICTORS_FILE).write_bytes(packed.replace(b"nothing", b"much of"))
    monkeypatch.setenv("ANYMOL_MEASURED", str(tmp_path))
    with pytest.raises(DataError, match=r"measured_predictors\.safetensors"):
        find_known()


def test_a_damaged_choice_is_said(tmp_path: Path) -> None:
    (tmp_path / ANSWERERS_FILE).write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="who answers"):
        _ = KnownProperties(tmp_path).answerers

"""The infrared surrogate is trained, and what is written is used."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from anymol.errors import DataError
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.synthesis.infrared_lines import broaden_lines
from anymol.synthesis.infrared_references import SURROGATE_AXIS, SpectraSet
from anymol.synthesis.ir_network import SurrogateArchitecture
from anymol.synthesis.ir_surrogate import SurrogateInfraredEngine, SurrogateInfraredSettings, read_metadata
from anymol.training.specialists.fit import FitConfig
from anymol.training.specialists.plan import SurrogatePlan
from anymol.training.specialists.surrogate import fit_surrogate

TINY = SurrogatePlan(
    name="tiny",
    architecture=SurrogateArchitecture(message_width=16, depth=2, hidden_width=16, dropout=0.0),
    batch=2,
    fit=FitConfig(steps=60, lr=1e-2, averaging=0.9, validate_every=2, threads=1),
)


def make_set(molecules: dict[str, list[float]]) -> SpectraSet:
    curves = np.array(
        [broaden_lines(lines, [1.0] * len(lines), SURROGATE_AXIS).absorbance for lines in molecules.values()]
    )
    return SpectraSet(tuple(molecules), curves / curves.sum(axis=1, keepdims=True))


TRAIN = make_set({"CCCC": [1400.0, 3000.0], "CCCCO": [1000.0, 3000.0, 3600.0], "CCC=O": [1750.0, 2900.0]})
VAL = make_set({"CCCCC": [1400.0, 3000.0]})


def test_training_learns_and_what_it_writes_is_used(tmp_path: Path) -> None:
    pytest.importorskip("chemprop", reason="chemprop is not installed")
    paths = [fit_surrogate(TINY, TRAIN, VAL, tmp_path / name, "made up") for name in ("one", "two")]
    assert paths[0] is not None and paths[1] is not None
    first, second = map(read_metadata, filter(None, paths))
    assert first.sha256 == second.sha256  # the same seed gives the same bytes
    assert (first.elements, first.min_heavy_atoms, first.max_heavy_atoms) == ((1, 6, 8), 4, 5)
    assert (first.trained_on, first.n_train) == ("made up", 3)
    lines = [json.loads(line) for line in (tmp_path / "one" / "metrics.jsonl").read_text().splitlines()]
    sid = [line["val/sid"] for line in lines if "val/sid" in line]
    assert min(sid) < sid[0]
    assert first.figures["sid"] == pytest.approx(min(sid), abs=1e-4)  # the best step is the one that is kept
    own = SurrogateInfraredEngine(SurrogateInfraredSettings(weights=paths[0]))
    (spectrum,) = own.synthesize("CCCC", 0).records
    assert isinstance(spectrum, InfraredSpectrum)
    above = spectrum.wavenumbers >= 2000
    assert 2900 <= spectrum.wavenumbers[above][spectrum.absorbance[above].argmax()] <= 3100


def test_a_molecule_of_val_is_not_trained_on(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="val molecule"):
        fit_surrogate(TINY, TRAIN + VAL, VAL, tmp_path, "")

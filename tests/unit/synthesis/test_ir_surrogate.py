"""The infrared surrogate: what it says about known molecules, and what it refuses."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from anymol.errors import CheckpointError, DataError, InvalidSmilesError, MissingDependencyError, UserError
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.storage import to_json
from anymol.synthesis.infrared_lines import broaden_lines
from anymol.synthesis.infrared_references import SURROGATE_AXIS, read_synthesized_spectra
from anymol.synthesis.ir_surrogate import (
    SHIPPED,
    SurrogateInfraredEngine,
    SurrogateInfraredSettings,
    read_metadata,
)
from anymol.synthesis.pipeline.parts import SYNTHESIS
from anymol.synthesis.table import choose_engines


@pytest.fixture(scope="module")
def engine() -> SurrogateInfraredEngine:
    pytest.importorskip("chemprop", reason="chemprop is not installed")
    return SurrogateInfraredEngine()


def spectrum_of(engine: SurrogateInfraredEngine, smiles: str) -> InfraredSpectrum:
    (record,) = engine.synthesize(smiles, 0).records
    assert isinstance(record, InfraredSpectrum)
    return record


def find_top(spectrum: InfraredSpectrum, low: float, high: float) -> float:
    seen = (spectrum.wavenumbers >= low) & (spectrum.wavenumbers <= high)
    return float(spectrum.wavenumbers[seen][spectrum.absorbance[seen].argmax()])


def test_it_is_what_the_bare_name_means() -> None:
    assert choose_engines("ir")[0].name == "surrogate"
    assert choose_engines("ir:gfn2-xtb")[0].name == "gfn2-xtb"


def test_acetone_shows_its_carbonyl_and_butane_shows_none(engine: SurrogateInfraredEngine) -> None:
    acetone, butane = spectrum_of(engine, "CC(C)=O"), spectrum_of(engine, "CCCC")
    assert 1700 <= find_top(acetone, 1550, 2000) <= 1800
    carbonyl = (acetone.wavenumbers > 1700) & (acetone.wavenumbers < 1800)
    assert acetone.absorbance[carbonyl].max() > 10 * butane.absorbance[carbonyl].max()
    assert 2900 <= find_top(butane, 400, 4000) <= 3100
    assert acetone.absorbance.max() == 1.0
    assert "arbitrary units" in acetone.measured_as


def test_a_nitrile_absorbs_where_nothing_else_does(engine: SurrogateInfraredEngine) -> None:
    nitrile, ether = spectrum_of(engine, "CCCCC#N"), spectrum_of(engine, "CCCOCC")
    window = (nitrile.wavenumbers > 2150) & (nitrile.wavenumbers < 2450)
    assert nitrile.absorbance[window].max() > 5 * ether.absorbance[window].max()


def test_it_says_when_it_leaves_what_it_learnt(engine: SurrogateInfraredEngine) -> None:
    inside = engine.synthesize("CCCCC=O", 0).notes
    assert (inside["outside_training_size"], inside["outside_training_kind"]) == (False, False)
    assert engine.synthesize("C" * 30, 0).notes["outside_training_size"] is True
    assert engine.synthesize("C", 0).notes["outside_training_size"] is True
    assert engine.synthesize("CCCC[NH3+]", 0).notes["outside_training_kind"] is True
    assert engine.synthesize("CCCCO.CCCCN", 0).notes["outside_training_kind"] is True


@pytest.mark.parametrize(
    ("smiles", "error"),
    [
        ("C(C", InvalidSmilesError),
        ("", UserError),
        ("[Fe+2]", UserError),
        ("F[Pt](F)(Cl)Cl", UserError),
        ("*C", UserError),
        ("C" * 3000, UserError),
    ],
)
def test_what_it_cannot_do_is_said(engine: SurrogateInfraredEngine, smiles: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        engine.synthesize(smiles, 0)


def test_the_shipped_weights_are_small_and_say_where_they_come_from() -> None:
    assert SHIPPED.stat().st_size <= 900_000
    metadata = read_metadata(SHIPPED)
    assert metadata.sha256[:8] in SurrogateInfraredEngine().version
    assert (metadata.min_heavy_atoms, metadata.max_heavy_atoms, metadata.n_train) == (4, 14, 1450)
    assert "ir_xtb.parquet" in metadata.trained_on
    assert metadata.command.startswith("python scripts/fit_ir_surrogate.py")
    assert metadata.axis == SURROGATE_AXIS


def test_damaged_weights_are_refused(engine: SurrogateInfraredEngine, tmp_path: Path) -> None:
    weights = tmp_path / "other.safetensors"
    weights.write_bytes(SHIPPED.read_bytes()[:-8] + bytes(8))
    with pytest.raises(CheckpointError, match="no metadata"):
        SurrogateInfraredEngine(SurrogateInfraredSettings(weights=weights)).synthesize("CCCC", 0)
    second = tmp_path / "second.safetensors"
    shutil.copy(weights, second)
    shutil.copy(SHIPPED.with_suffix(".json"), second.with_suffix(".json"))
    with pytest.raises(CheckpointError, match="not those of the metadata"):
        SurrogateInfraredEngine(SurrogateInfraredSettings(weights=second)).synthesize("CCCC", 0)


def test_without_chemprop_the_way_to_get_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "chemprop.featurizers", None)
    for suffix in (".safetensors", ".json"):
        shutil.copy(SHIPPED.with_suffix(suffix), tmp_path / f"copy{suffix}")
    settings = SurrogateInfraredSettings(weights=tmp_path / "copy.safetensors")
    with pytest.raises(MissingDependencyError, match=r"pip install.*chemprop"):
        SurrogateInfraredEngine(settings).synthesize("CCCC", 0)


def test_the_table_of_engines_loads_neither_torch_nor_chemprop() -> None:
    code = "import sys, anymol.synthesis.table; assert not {'torch', 'chemprop', 'tblite'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_synthesised_spectra_are_read_for_training_but_those_of_a_surrogate_are_not(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    row = {"row": 0, "id": "0", "status": "ok", "error": None, "kind": None, "version": "1"}
    record = json.dumps([to_json(broaden_lines([1700.0], [100.0]))])
    rows = [
        row | {"smiles": "CCC=O", "engine": "gfn2-xtb", "notes": '{"implementation": "xtb 6.7.1", "width": 24.0}'},
        row | {"smiles": "CCCO", "engine": "surrogate", "notes": '{"width": 24.0}'},
        row | {"smiles": "CCCN", "engine": "gfn2-xtb", "notes": '{"implementation": "xtb 6.7.1", "width": 24.0}'},
    ]
    write_rows(tmp_path / "ir" / "part-00000.parquet", [one | {"record": record} for one in rows])
    SYNTHESIS.write(tmp_path, {"finished": False})
    found = read_synthesized_spectra(tmp_path, lambda smiles: smiles == "CCCN")
    assert found.smiles == ("CCC=O",)
    assert found.spectra.shape == (1, 451)
    assert found.spectra.sum() == pytest.approx(1.0)
    narrow = rows[0] | {"record": record, "notes": '{"implementation": "xtb 6.7.1", "width": 10.0}'}
    write_rows(tmp_path / "ir" / "part-00000.parquet", [narrow])
    with pytest.raises(DataError, match="10 cm"):
        read_synthesized_spectra(tmp_path, lambda smiles: False)


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)

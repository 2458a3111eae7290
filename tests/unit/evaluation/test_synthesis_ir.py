"""Figures of infrared spectra against numbers worked out by hand, and a run over a tiny data directory."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from anymol.errors import DataError, InvalidSmilesError, UserError
from anymol.evaluation.synthesis_ir import (
    IrMetric,
    IrSystem,
    average_spectra,
    evaluate_ir,
    read_measured,
    score_spectra,
)
from anymol.evaluation.synthesis_pictures import draw_overlay
from anymol.metrics.infrared import FLOOR
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.modality import Modality
from anymol.synthesis.engine import EngineSettings, Synthesis
from anymol.synthesis.graph import GraphEngine
from anymol.synthesis.infrared_lines import broaden_lines

LINES = {"CCCC": 3000.0, "CCCCC": 3010.0, "CCCO": 3600.0, "CCC=O": 1750.0, "CC(C)=O": 1770.0, "CCC#N": 2300.0}


@dataclass(frozen=True)
class KnowingEngine:
    """Gives the very lines, except where it fails."""

    settings: EngineSettings = field(default_factory=EngineSettings)
    modality: ClassVar[Modality] = Modality.IR
    name: ClassVar[str] = "knowing"
    version: ClassVar[str] = "1"

    def synthesize(self, smiles: str, seed: int) -> Synthesis:
        if smiles == "CCC#N":
            raise InvalidSmilesError("it is not liked", value=smiles)
        return Synthesis((broaden_lines([LINES[smiles]], [50.0]),))


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    import pyarrow.parquet as pq

    split = dict(zip(LINES, ["train", "val", "train", "train", "val", "val"], strict=True))
    rows = [
        {"smiles": smiles, "wavenumbers_cm1": [line], "intensities_km_mol": [50.0], "split": split[smiles]}
        for smiles, line in LINES.items()
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "ir_xtb.parquet")
    return tmp_path


def test_divergence_and_correlation_by_hand() -> None:
    scores = score_spectra(np.array([[3.0, 1.0, 0.0]]), np.array([[1.0, 1.0, np.nan]]))
    # p = (3/4, 1/4), q = (1/2, 1/2): (p - q) ln(p / q) = ln(3/2)/4 - ln(1/2)/4 = ln(3)/4; the third is not measured
    assert scores[IrMetric.SID][0] == pytest.approx(math.log(3) / 4)
    assert scores[IrMetric.SIS][0] == pytest.approx(1 / (1 + math.log(3) / 4))
    assert scores[IrMetric.PEARSON][0] == 0.0  # a flat reference


def test_equal_shapes_are_equal_whatever_their_height() -> None:
    one = np.array([[1.0, 2.0, 4.0, 0.5]])
    scores = score_spectra(7 * one, one)
    assert scores[IrMetric.SID][0] == pytest.approx(0, abs=1e-12)
    assert scores[IrMetric.PEARSON][0] == pytest.approx(1)


def test_zero_costs_much_but_not_everything() -> None:
    scores = score_spectra(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]))
    assert scores[IrMetric.SID][0] == pytest.approx(-2 * math.log(FLOOR), rel=1e-3)
    assert scores[IrMetric.PEARSON][0] == pytest.approx(-1)


def test_a_perfect_engine_beats_the_baselines_and_failures_are_told(data_dir: Path) -> None:
    report = evaluate_ir(data_dir, engine=KnowingEngine())
    assert (report.n, report.engine) == (2, "knowing")
    assert report.failures == {"CCC#N": "it is not liked (in 'CCC#N')"}
    own = report.figures[IrSystem.ENGINE]
    assert own[IrMetric.PEARSON].estimate == pytest.approx(1, abs=1e-3)
    for baseline, gains in report.gains.items():
        assert gains[IrMetric.SID].estimate > 0, baseline
        assert gains[IrMetric.SIS].low > 0, baseline
    assert set(report.gains) == set(IrSystem) - {IrSystem.ENGINE}
    # pentane's nearest training molecule is butane, 10 cm^-1 away; the lowest resample holds pentane alone
    assert report.figures[IrSystem.NEAREST][IrMetric.SID].low < 0.5
    assert report.figures[IrSystem.MEAN][IrMetric.SID].low > 3
    form = json.loads(json.dumps(report.to_json()))
    assert form["figures"]["engine"]["Pearson correlation"]["n"] == 2
    assert evaluate_ir(data_dir, engine=KnowingEngine()) == report


def test_a_limit_draws_molecules(data_dir: Path) -> None:
    report = evaluate_ir(data_dir, engine=KnowingEngine(), split="train", limit=2, seed=3)
    assert report.n == 2
    assert report == evaluate_ir(data_dir, engine=KnowingEngine(), split="train", limit=2, seed=3)


def test_the_surrogate_is_the_default(data_dir: Path) -> None:
    pytest.importorskip("chemprop", reason="chemprop is not installed")
    assert evaluate_ir(data_dir, limit=1).engine == "surrogate"


def test_an_engine_of_another_modality_is_refused(data_dir: Path) -> None:
    with pytest.raises(UserError, match="graph"):
        evaluate_ir(data_dir, engine=GraphEngine())


def test_missing_data_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        evaluate_ir(tmp_path, engine=KnowingEngine())


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    folder = tmp_path / "measured"
    folder.mkdir()
    curve = broaden_lines([LINES["CC(C)=O"]], [50.0])
    rows = [f"{x:g},{y:.6f}" for x, y in zip(curve.wavenumbers, curve.absorbance, strict=True) if 600 <= x <= 3800]
    (folder / "acetone.csv").write_text("\n".join(["wavenumber (cm-1),absorbance", *rows]), encoding="utf-8")
    pairs = [f"{x:g} {y:.6f}" for x, y in zip(curve.wavenumbers, curve.absorbance, strict=True)]
    head = ["##TITLE=acetone", "##JCAMP-DX=4.24", "##DATA TYPE=INFRARED SPECTRUM", "##XUNITS=1/CM"]
    head += ["##YUNITS=ABSORBANCE", f"##NPOINTS={len(pairs)}", "##XYPOINTS=(XY..XY)"]
    (folder / "acetone.jdx").write_text("\n".join([*head, *pairs, "##END=", ""]), encoding="utf-8")
    (folder / "short.csv").write_text("wavenumber,absorbance\n1000,1\n1010,2\n", encoding="utf-8")
    names = [
        "name,smiles",
        "acetone.csv,CC(C)=O",
        "acetone.jdx,CC(C)=O",
        "short.csv,CCO",
        "gone.csv,CCO",
        "../up.csv,C",
    ]
    (folder / "molecules.csv").write_text("\n".join(names), encoding="utf-8")
    return folder


def test_measured_spectra_are_compared_where_they_were_measured(data_dir: Path, measured: Path) -> None:
    references, failures = read_measured(measured)
    assert references.smiles == ("CC(C)=O", "CC(C)=O")
    assert np.isnan(references.spectra[0, 0])
    assert set(failures) == {"short.csv", "gone.csv", "../up.csv"}
    report = evaluate_ir(data_dir, engine=KnowingEngine(), measured=measured)
    assert report.n == 2
    assert report.figures[IrSystem.ENGINE][IrMetric.PEARSON].estimate == pytest.approx(1, abs=1e-3)
    assert report.figures[IrSystem.ENGINE][IrMetric.SID].estimate < 0.01
    assert "measured" in report.reference
    assert len(report.failures) == 3


def test_a_folder_without_its_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="list of measured"):
        read_measured(tmp_path)
    (tmp_path / "molecules.csv").write_text("file;molecule\na;b\n", encoding="utf-8")
    with pytest.raises(DataError, match="columns"):
        read_measured(tmp_path)


def test_the_overlay_is_a_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    one, other = broaden_lines([1700.0], [9.0], title="CC=O"), broaden_lines([1750.0], [1.0])
    path = draw_overlay(one, other, tmp_path / "sub" / "overlay.png")
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        colours = {pixel for _, pixel in picture.convert("RGB").getcolors(1 << 24) or []}
    assert (0xC0, 0x30, 0x30) in colours
    assert (0x30, 0x30, 0x30) in colours
    with pytest.raises(UserError):
        draw_overlay(one, other, tmp_path / "overlay.gif")
    flat = InfraredSpectrum(one.wavenumbers, np.zeros(one.n_points))
    assert draw_overlay(flat, flat, tmp_path / "flat.png").is_file()


def test_the_mean_spectrum_is_of_spectra_normalised_where_the_reference_is_measured() -> None:
    spectra = np.array([[0.0, 0.5, 0.5], [0.98, 0.02, 0.0]])
    seen = np.array([[True, True, True], [False, True, True]])
    whole, part = average_spectra(spectra, seen)
    np.testing.assert_allclose(whole, [0.49, 0.26, 0.25])
    # Of the last two points the first spectrum says half and half, the second all in the first of them.
    np.testing.assert_allclose(part, [0.0, 0.75, 0.25])

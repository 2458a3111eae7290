from __future__ import annotations

import json
from pathlib import Path

import pytest

from anymol.errors import ConfigError, DataError
from anymol.evaluation.ms2_agreement import Figure
from anymol.evaluation.ms2_ranking import Ranking
from anymol.evaluation.synthesis import SynthesisEvaluation, SynthesisPlan, evaluate_synthesis
from anymol.evaluation.synthesis_conformer import ConformerReport, GapFigures
from anymol.evaluation.synthesis_image import ImageReport, Recognised
from anymol.evaluation.synthesis_ir import IrMetric, IrReport, IrSystem
from anymol.evaluation.synthesis_ms2 import Method, Ms2Report
from anymol.evaluation.synthesis_report import render_synthesis, write_synthesis_report
from anymol.evaluation.synthesis_scheme import SchemesRead
from anymol.metrics.interval import ConfidenceInterval
from anymol.modalities.modality import Modality
from anymol.synthesis.degradation import Degradation
from anymol.synthesis.drawing import Drawing

ONE = ConfidenceInterval(0.625, 0.5, 0.75, 0.95, 40)
GAPS = GapFigures({0.1: ONE, 1.0: ONE}, ONE, ONE)
READ = Recognised(40, ONE, ONE, ONE, ONE)
SCHEMES = SchemesRead(40, ONE, ONE, ONE)


@pytest.fixture
def done() -> SynthesisEvaluation:
    return SynthesisEvaluation(
        "test",
        ConformerReport("etkdg", "1", 50, 40, {}, GAPS, GAPS, None, None),
        ImageReport("nano", dict.fromkeys(Drawing, READ), dict.fromkeys(Degradation, READ), {"CLEF": READ}, SCHEMES),
        Ms2Report(
            "fragmenter 1", {}, "test", 40, 90, {method: dict.fromkeys(Figure, ONE) for method in Method},
            {method: dict.fromkeys(Figure, ONE) for method in Method if method is not Method.ENGINE},
            {"[M+H]+": ONE}, {"20 eV": ONE},
            Ranking(ONE, ONE, ONE, 0.3, 0.1, 0.3, ONE, ONE, ONE, 12.0, 30, 7, 2), {},
        ),
        IrReport(
            "surrogate", "1", "GFN2-xTB", 40, {}, {system: dict.fromkeys(IrMetric, ONE) for system in IrSystem},
            {system: dict.fromkeys(IrMetric, ONE) for system in IrSystem}, ("CCO",), (0.5,),
        ),
        ("image: not measured: no eyes",),
    )  # fmt: skip


def test_every_system_and_baseline_stands_in_the_page(done: SynthesisEvaluation) -> None:
    page = render_synthesis(done, ["synthesis-ms2-0.png", "synthesis-ir-0.png"])
    for word in (
        *Method,
        *IrSystem,
        *Drawing,
        *Degradation,
        "a single embedding",
        "CLEF",
        "no eyes",
        "12.0 isomers",
        "7 isomers",
        "less precursor only",
    ):
        assert str(word) in page
    assert page.count("0.625 [0.500, 0.750]") > 40
    assert "![ms2](synthesis-ms2-0.png)" in page
    assert "eV eV" not in page


def test_figures_are_written_beside_the_page(done: SynthesisEvaluation, tmp_path: Path) -> None:
    page = write_synthesis_report(done, tmp_path)
    assert page.read_text() == render_synthesis(done)
    found = json.loads((tmp_path / "synthesis.json").read_text())
    assert found["split"] == "test"
    assert found["ms2"]["figures"]["engine"]["cosine"]["estimate"] == 0.625


def test_measured_records_are_of_one_modality(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="one modality"):
        SynthesisPlan(tmp_path, measured=tmp_path)
    with pytest.raises(ConfigError, match="graph is not measured"):
        SynthesisPlan(tmp_path, modalities=(Modality.GRAPH,))


def test_what_cannot_be_measured_is_noted_and_alone_raises(tmp_path: Path) -> None:
    plan = SynthesisPlan(tmp_path, modalities=(Modality.MS2, Modality.IR))
    found = evaluate_synthesis(plan)
    assert found.ms2 is None and found.ir is None
    assert [note.split(":")[0] for note in found.notes] == ["ms2", "ir"]
    with pytest.raises(DataError):
        evaluate_synthesis(SynthesisPlan(tmp_path, modalities=(Modality.MS2,)))

"""The measurement of synthesised MS/MS: hand-worked figures, and an oracle that must come out perfect."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from anymol.errors import DataError, UserError
from anymol.modalities.adduct import Adduct
from anymol.modalities.mass_spectrum import CollisionEnergy, MassSpectrum
from anymol.modalities.modality import Modality
from anymol.synthesis.engine import Synthesis
from anymol.synthesis.ms2 import Ms2Engine, Ms2Settings
from anymol.synthesis.ms2_measured import FILE, Measured, read_measured

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

from anymol.data.sources.molecules import FILE as MOLECULES_FILE  # noqa: E402
from anymol.evaluation.isomers import find_isomers  # noqa: E402
from anymol.evaluation.ms2_agreement import Figure, measure_recall, strip_precursor  # noqa: E402
from anymol.evaluation.ms2_pairs import find_nearest  # noqa: E402
from anymol.evaluation.synthesis_ms2 import Method, evaluate_ms2  # noqa: E402
from anymol.evaluation.synthesis_pictures import draw_mirror  # noqa: E402

MOLECULES: Mapping[str, tuple[str, str, float]] = {
    "CC(=O)Nc1ccc(O)cc1": ("RZVAJINKPMORJF-UHFFFAOYSA-N", "C8H9NO2", 152.0706),
    "COC(=O)c1ccccc1N": ("VAMXMNNIEUEQDV-UHFFFAOYSA-N", "C8H9NO2", 152.0706),
    "CN1C=NC2=C1C(=O)N(C)C(=O)N2C": ("RYYVLZVUVIJVGH-UHFFFAOYSA-N", "C8H10N4O2", 195.0877),
    "CC(C)Cc1ccc(cc1)C(C)C(=O)O": ("HEFNNWSXXWATRW-UHFFFAOYSA-N", "C13H18O2", 207.1380),
}


def row(smiles: str, **changes: object) -> dict[str, object]:
    key, formula, precursor = MOLECULES[smiles]
    (spectrum,) = ENGINE.synthesize(smiles, 0).records
    assert isinstance(spectrum, MassSpectrum)
    base: dict[str, object] = {
        "accession": f"X-{key[:4]}", "smiles": smiles, "inchikey": key, "formula": formula, "precursor_mz": precursor,
        "precursor_type": "[M+H]+", "ion_mode": "positive", "collision_energy": "20 eV",
        "instrument_type": "LC-ESI-QFT", "mz": spectrum.mz.tolist(), "intensity": (spectrum.intensity * 1000).tolist(),
        "licence": "CC BY", "split": "val",
    }  # fmt: skip
    return base | changes


ENGINE = Ms2Engine(Ms2Settings(adducts=(Adduct.M_H,), energies=(20.0,)))


def write(folder: Path, rows: list[dict[str, object]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), folder / FILE)
    pq.write_table(pa.table({"smiles": ["NC(=O)Cc1ccccc1O", "Nc1ccc(CC(=O)O)cc1", "CCO", "Oc1ccc(NC(C)=O)cc1"]}),
                   folder / MOLECULES_FILE)  # fmt: skip
    return folder


def spectrum(mz: list[float], intensity: list[float], energy: float = 20.0, precursor: float = 200.0) -> MassSpectrum:
    return MassSpectrum(np.array(mz), np.array(intensity), precursor, Adduct.M_H, CollisionEnergy(energy))


def measured(energy: float) -> Measured:
    return Measured("CCO", "LFQSCWFLJHTTHZ", "C2H6O", spectrum([50.0, 200.0], [1.0, 0.5], energy), "CC0")


def test_an_oracle_is_perfect_and_the_baselines_are_not(tmp_path: Path) -> None:
    report = evaluate_ms2(write(tmp_path, [row(smiles) for smiles in MOLECULES]), engine=ENGINE)
    assert (report.n_molecules, report.n_spectra) == (4, 4)
    own = report.figures[Method.ENGINE]
    for figure in Figure:
        assert own[figure].estimate == pytest.approx(1.0, abs=1e-6)
    for method in (Method.PRECURSOR, Method.RANDOM, Method.SHUFFLED):
        assert report.figures[method][Figure.COSINE].estimate < 0.9
    assert report.figures[Method.PRECURSOR][Figure.FRAGMENT_COSINE].estimate == 0
    assert report.ranking is not None
    assert (report.ranking.n, report.ranking.mrr.estimate, report.ranking.top1.estimate) == (2, 1.0, 1.0)
    assert report.ranking.mean_candidates == 4 and report.ranking.chance_top1 == 0.25
    text = json.loads(json.dumps(report.to_json()))
    assert text["figures"]["engine"]["cosine"]["estimate"] == pytest.approx(1.0, abs=1e-6)
    assert text["ranking"]["n"] == 2


def test_the_same_seed_gives_the_same_report(tmp_path: Path) -> None:
    folder = write(tmp_path, [row(smiles) for smiles in MOLECULES])
    assert (
        evaluate_ms2(folder, limit=3, engine=ENGINE).to_json() == evaluate_ms2(folder, limit=3, engine=ENGINE).to_json()
    )


def test_records_outside_the_rules_are_left_out_and_counted(tmp_path: Path) -> None:
    first = next(iter(MOLECULES))
    rows = [
        row(first), row(first, licence="CC BY-NC-SA"), row(first, instrument_type="LC-ESI-QQ"),
        row(first, collision_energy="20"), row(first, precursor_type="[M+K]+"), row(first, precursor_mz=160.0),
        row(first, collision_energy="90 eV"), row(first, collision_energy="65 (nominal)"), row(first, split="train"),
    ]  # fmt: skip
    report = evaluate_ms2(write(tmp_path, rows), engine=ENGINE)
    assert report.n_spectra == 1
    assert report.left_out == {
        "licence": 1, "unit resolution": 1, "energy unit": 1, "adduct": 1, "require_precursor": 1,
        "no synthesised spectrum of this adduct and energy": 1,
    }  # fmt: skip
    assert len(list(read_measured(tmp_path, "val", shippable=False))) == 4


def test_nothing_to_compare_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"massbank_ms2\.parquet is not there"):
        evaluate_ms2(tmp_path, engine=ENGINE)
    write(tmp_path, [row(next(iter(MOLECULES)), split="train")])
    with pytest.raises(DataError, match="fits"):
        evaluate_ms2(tmp_path, engine=ENGINE)


@dataclass(frozen=True)
class OnlyPrecursor:
    """An engine that knows nothing."""

    settings: Ms2Settings = field(default_factory=Ms2Settings)
    modality: Modality = Modality.MS2
    name: str = "nothing"
    version: str = "1"

    def synthesize(self, smiles: str, seed: int) -> Synthesis:
        if smiles.startswith("CN1"):
            raise UserError("not this one")
        (real,) = ENGINE.synthesize(smiles, seed).records
        assert isinstance(real, MassSpectrum)
        return Synthesis((spectrum([float(real.precursor_mz or 1)], [1.0], precursor=float(real.precursor_mz or 1)),))


def test_ties_count_half_and_failures_are_counted(tmp_path: Path) -> None:
    report = evaluate_ms2(write(tmp_path, [row(smiles) for smiles in MOLECULES]), engine=OnlyPrecursor())
    assert report.left_out["not synthesised: UserError"] == 1 and report.n_molecules == 3
    assert report.ranking is not None
    assert report.ranking.mrr.estimate == pytest.approx(1 / 2.5)  # three rivals of the same score
    engine, baseline = report.figures[Method.ENGINE], report.figures[Method.PRECURSOR]
    assert engine[Figure.COSINE] == baseline[Figure.COSINE]


@dataclass(frozen=True)
class Choosy(OnlyPrecursor):
    """An engine that is right and refuses one isomer."""

    def synthesize(self, smiles: str, seed: int) -> Synthesis:
        if smiles == "NC(=O)Cc1ccccc1O":
            raise UserError("too large")
        return ENGINE.synthesize(smiles, seed)


def test_an_isomer_that_the_engine_cannot_take_is_no_rival(tmp_path: Path) -> None:
    report = evaluate_ms2(write(tmp_path, [row(smiles) for smiles in MOLECULES]), engine=Choosy())
    ranking = report.ranking
    assert ranking is not None
    assert (ranking.mean_candidates, ranking.n_left_out, ranking.n_alone) == (3, 2, 0)
    assert ranking.chance_top1 == pytest.approx(1 / 3)
    assert ranking.top1_gain.estimate == pytest.approx(2 / 3)


def test_gains_over_baselines_are_paired(tmp_path: Path) -> None:
    report = evaluate_ms2(write(tmp_path, [row(smiles) for smiles in MOLECULES]), engine=ENGINE)
    assert set(report.gains) == set(Method) - {Method.ENGINE}
    own, other = report.figures[Method.ENGINE], report.figures[Method.SHUFFLED]
    gain = report.gains[Method.SHUFFLED][Figure.COSINE]
    assert gain.estimate == pytest.approx(own[Figure.COSINE].estimate - other[Figure.COSINE].estimate)
    # The same rows are drawn for both: against itself, nothing is gained and nothing is uncertain.
    same = evaluate_ms2(tmp_path, engine=OnlyPrecursor()).gains[Method.PRECURSOR][Figure.COSINE]
    assert (same.low, same.estimate, same.high) == (0.0, 0.0, 0.0)


def test_the_nearest_energy_by_ratio() -> None:
    made = [spectrum([50.0], [1.0], energy) for energy in (10.0, 20.0, 40.0)]
    assert [find_nearest(made, measured(e)) for e in (6.0, 7.0, 14.0, 14.5, 30.0, 59.0, 61.0)] == [
        None, 0, 0, 1, 2, 2, None,
    ]  # fmt: skip


def test_recall_by_hand() -> None:
    seen = spectrum([50.0, 80.0, 90.0, 120.0, 199.999], [0.5, 0.004, 0.25, 0.25, 1.0])
    # 80 is below a hundredth of the highest fragment, the precursor is not asked for: 50 and 120 of three are met.
    made = spectrum([50.004, 120.009, 130.0, 200.0], [1.0, 0.5, 0.5, 1.0])
    assert measure_recall(made, seen) == pytest.approx((2 / 3, 0.75))
    assert measure_recall(made, spectrum([200.0], [1.0])) is None


def test_the_precursor_and_its_isotopes_go() -> None:
    left = strip_precursor(spectrum([50.0, 60.0, 200.0, 201.0], [0.1, 0.2, 1.0, 0.1]), 200.0)
    assert left is not None and left.mz.tolist() == [50.0, 60.0] and left.intensity.tolist() == [0.5, 1.0]


def test_isomers_are_other_molecules_of_the_formula(tmp_path: Path) -> None:
    write(tmp_path, [row(smiles) for smiles in MOLECULES])
    found = {one.block: one for one in read_measured(tmp_path, "val")}
    isomers = find_isomers(tmp_path, found, random.Random(0), 10)
    paracetamol = MOLECULES["CC(=O)Nc1ccc(O)cc1"][0][:14]
    assert sorted(isomers[paracetamol]) == ["COC(=O)c1ccccc1N", "NC(=O)Cc1ccccc1O", "Nc1ccc(CC(=O)O)cc1"]
    assert len(find_isomers(tmp_path, found, random.Random(0), 1)[paracetamol]) == 1


def test_a_mirror_plot_is_drawn(tmp_path: Path) -> None:
    made, seen = spectrum([50.0, 200.0], [1.0, 0.5]), spectrum([50.001, 70.0, 200.0], [1.0, 0.2, 0.5])
    target = draw_mirror(made, seen, tmp_path / "mirror.png", title="a molecule")
    assert target.read_bytes().startswith(b"\x89PNG") and target.stat().st_size > 5000
    with pytest.raises(UserError):
        draw_mirror(made, seen, tmp_path / "mirror.gif")

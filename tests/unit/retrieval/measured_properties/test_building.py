from __future__ import annotations

from pathlib import Path

import pytest

from anymol.errors import DataError
from anymol.retrieval.measured_properties.building import (
    Measurement,
    build_store,
    find_parent_key,
    read_measurements,
)
from anymol.retrieval.measured_properties.store import MeasuredProperty, Origin, ValueKind

LOGS = MeasuredProperty(task="solubility", source="our lab", licence="private")
BARRIER = MeasuredProperty(task="bbbp", kind=ValueKind.CLASS, source="our lab", licence="private")


def test_writings_of_one_molecule_become_one() -> None:
    built = build_store((LOGS,), (Measurement("OCC", "solubility", 1.1), Measurement("CCO", "solubility", 1.2)))
    (ethanol,) = built.store.molecules
    assert ethanol.smiles == "CCO" and ethanol.values == {"solubility": (1.1, 1.2)}
    assert ethanol.inchikey == "LFQSCWFLJHTTHZ-UHFFFAOYSA-N" and not ethanol.parent


def test_stereoisomers_stay_apart() -> None:
    built = build_store(
        (LOGS,), (Measurement("C[C@H](N)C(=O)O", "solubility", 0.3), Measurement("CC(N)C(=O)O", "solubility", 0.2))
    )
    assert len(built.store.molecules) == 2
    assert len({one.inchikey[:14] for one in built.store.molecules}) == 1


def test_tautomers_stay_apart_where_the_values_were_computed() -> None:
    computed = MeasuredProperty(task="homo", origin=Origin.COMPUTED, source="QM9", licence="CC0")
    pair = ("NC=O", "N=CO")  # formamide and formimidic acid: one InChIKey
    apart = build_store((computed,), (Measurement(one, "homo", -0.25) for one in pair)).store
    assert [one.smiles for one in apart.molecules] == ["N=CO", "NC=O"]
    assert len({one.inchikey for one in apart.molecules}) == 1
    together = build_store((LOGS,), (Measurement(one, "solubility", 0.0) for one in pair)).store
    assert len(together.molecules) == 1


def test_a_wrong_molecule_is_counted_and_the_others_stay() -> None:
    built = build_store(
        (LOGS,),
        (
            Measurement("c1ccc", "solubility", 0.0),
            Measurement("*C", "solubility", 0.0),
            Measurement("C", "solubility", -2.8),
        ),
    )
    assert [one.smiles for one in built.store.molecules] == ["C"]
    assert [smiles for smiles, _ in built.failures] == ["c1ccc", "*C"]


def test_a_salt_is_known_by_its_parent_too() -> None:
    # Nicotine without stereochemistry has the InChIKey SNICXCGAKADSCV-UHFFFAOYSA-N.
    assert find_parent_key("CN1CCCC1c1cccnc1.Cl") == "SNICXCGAKADSCV-UHFFFAOYSA-N"
    assert find_parent_key("CN1CCCC1c1cccnc1") is None


def test_a_table_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("smiles,logS,crosses\nCCO,1.1,Yes\nCC,,no\n", encoding="utf-8")
    found = list(read_measurements(path, "smiles", {"logS": LOGS, "crosses": BARRIER}))
    assert found == [
        Measurement("CCO", "solubility", 1.1),
        Measurement("CCO", "bbbp", 1.0),
        Measurement("CC", "bbbp", 0.0),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("smiles,logP\nCCO,1\n", "no column logS"),
        ("smiles,logS\nCCO,high\n", "line 2 of mine.csv, column logS"),
        ("smiles,logS\nCCO,1\nCC,inf\n", "line 3 of mine.csv"),
    ],
)
def test_a_wrong_table_is_told_by_line_and_column(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        list(read_measurements(path, "smiles", {"logS": LOGS}))


def test_a_class_is_yes_or_no(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text("smiles\tcrosses\nCCO\tmaybe\n", encoding="utf-8")
    with pytest.raises(DataError, match="yes or no"):
        list(read_measurements(path, "smiles", {"crosses": BARRIER}))

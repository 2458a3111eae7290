"""Numbers and classes of molecules: methods, endpoints, conflicts."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anymol.data.config import (
    MEASURED_ADME,
    PHYSICAL_CHEMISTRY,
    ClassesConfig,
    ClassTask,
    MeasuredConfig,
    MeasuredTask,
    QuantumConfig,
    QuantumTask,
)
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences, SourceLicence
from anymol.data.measured_sets import MEASURED_SETS
from anymol.data.sources.classes import ClassesSource
from anymol.data.sources.measured import MeasuredSource
from anymol.data.sources.qm9 import QM9_METHOD, assign_qm9_split, find_qm9, read_qm9
from anymol.data.sources.quantum import QuantumSource
from anymol.data.sources.source import DataOrigin
from anymol.errors import DataError
from anymol.evaluation.questions import recover_input
from anymol.modalities.content import TextPart
from anymol.tasks.quantum import B3LYP, PUBCHEM_DFT
from anymol.tasks.table import get_task

OPEN = SourceLicence("CC0", weights_allowed=True)
LICENCES = Licences(
    {("quantum", "QM9 rows"): OPEN, ("quantum", "PubChem rows"): OPEN}
    | {(name, ""): OPEN for name in ("moleculenet_*", "adme_public")}
)


def origin(folder: Path) -> DataOrigin:
    return DataOrigin(folder, LICENCES, shippable=True, seed=0)


def ask(source: QuantumSource | ClassesSource | MeasuredSource, row: tuple) -> list:
    return source.examples(row, "val", random.Random(0), Heldout.empty())


def test_the_method_stands_in_the_question_and_labels_have_four_decimals() -> None:
    source = QuantumSource(QuantumConfig(tasks=(QuantumTask.HOMO, QuantumTask.GAP), graph_fraction=0.0), LICENCES)
    homo, gap = ask(source, (0, "C", QM9_METHOD, -0.38771, 0.5048))
    assert recover_input(get_task("homo"), homo).text == B3LYP
    assert homo.answer == (TextPart("-0.3877"),) and gap.answer == (TextPart("0.5048"),)
    (gap,) = ask(source, (1, "C", "PubChem molecules, DFT functional not stated", None, 0.506954))
    assert recover_input(get_task("homo_lumo_gap"), gap).text == PUBCHEM_DFT
    with pytest.raises(DataError, match="'PM6' is unknown"):
        ask(source, (2, "C", "PM6", -0.4, 0.5))


def test_rows_without_the_labels_that_are_asked_for_are_passed_over(tmp_path: Path) -> None:
    table = {
        "smiles": ["C", "CC", "CCC"], "method": [QM9_METHOD] * 3, "split": ["train", "train", "val"],
        "homo_hartree": [None, -0.3, -0.2],
    }  # fmt: skip
    pq.write_table(pa.table(table), tmp_path / "quantum.parquet")
    source = QuantumSource(QuantumConfig(tasks=(QuantumTask.HOMO,)), LICENCES)
    assert [row[1] for row in source.rows("train", origin(tmp_path))] == ["CC"]


def test_splits_of_qm9_depend_on_the_connectivity_alone() -> None:
    alanine = (
        "InChI=1S/C3H7NO2/c1-2(4)3(5)6/h2H,4H2,1H3,(H,5,6)/t2-/m0/s1",
        "InChI=1S/C3H7NO2/c1-2(4)3(5)6/h2H,4H2,1H3,(H,5,6)",
    )
    assert len({assign_qm9_split(inchi) for inchi in alanine}) == 1
    splits = [
        assign_qm9_split(f"InChI=1S/C{n}H{2 * n + 2}/c1-{'-'.join(map(str, range(3, n + 1)))}-2/h3-{n}H2,1-2H3")
        for n in range(4, 60)
    ]
    assert splits.count("train") > 40


@pytest.mark.skipif(find_qm9() is None, reason="qm9pack is not installed")
def test_all_of_qm9_is_read() -> None:
    table = read_qm9(["homo_hartree", "u0_hartree"])
    assert table.num_rows == 130_831
    first = table.slice(0, 1).to_pylist()[0]
    assert (first["smiles"], first["homo_hartree"], first["method"]) == ("C", -0.3877, QM9_METHOD)
    assert first["u0_hartree"] == pytest.approx(-40.47893)


def write_moleculenet(folder: Path, name: str, **columns: list) -> None:
    write_labelled(folder / f"moleculenet_{name}.parquet", **columns)


def write_labelled(path: Path, **columns: list) -> None:
    n_rows = len(columns["smiles"])
    shared = {"scaffold_split": ["train"] * n_rows, "in_heldout_keys": [False] * n_rows}
    pq.write_table(pa.table({**shared, **columns}), path)


def test_reserved_rows_conflicting_labels_and_doubles_are_left_out(tmp_path: Path) -> None:
    write_moleculenet(
        tmp_path,
        "bbbp",
        smiles=["CCO", "CCO", "CCN", "CCN", "CCF", "CCCl"],
        p_np=[1, 0, 1, 1, None, 1],
        in_heldout_keys=[False, False, False, False, False, True],
    )
    source = ClassesSource(ClassesConfig(tasks=(ClassTask.BBBP,), graph_fraction=0.0), LICENCES)
    rows = {row[2]: row for row in source.rows("train", origin(tmp_path))}
    assert {smiles: row[3] for smiles, row in rows.items()} == {"CCO": (None,), "CCN": (1,), "CCF": (None,)}
    (example,) = ask(source, rows["CCN"])
    assert example.answer == (TextPart("Yes"),)
    with pytest.raises(DataError, match="disagree"):
        ask(source, rows["CCO"])


def test_every_known_endpoint_is_asked_and_radicals_are_refused() -> None:
    source = ClassesSource(ClassesConfig(graph_fraction=0.0), LICENCES)
    made = ask(source, (5, ClassTask.TOX21, "Oc1ccccc1", (1, 0, *[None] * 10)))
    asked = {recover_input(get_task("tox21"), example).text: example.answer[0].text for example in made}
    assert asked == {"NR-AR": "Yes", "NR-AR-LBD": "No"}
    with pytest.raises(DataError, match="radical"):
        ask(source, (6, ClassTask.HIV, "[Cl]", (1,)))


def test_measured_properties_come_from_their_own_sets(tmp_path: Path) -> None:
    write_moleculenet(tmp_path, "esol", smiles=["c1ccccc1"], log_solubility=[-1.64])
    source = MeasuredSource(MeasuredConfig(tasks=(MeasuredTask.SOLUBILITY,), graph_fraction=0.0), LICENCES)
    (row,) = source.rows("train", origin(tmp_path))
    (example,) = ask(source, row)
    assert (example.task, example.answer, example.source) == ("solubility", (TextPart("-1.64"),), "moleculenet:esol")


def test_what_was_not_measured_of_a_molecule_is_not_asked(tmp_path: Path) -> None:
    write_labelled(
        tmp_path / "adme_public.parquet",
        smiles=["CCO", "CCN", "CCF"],
        log10_hlm_clint_ml_min_kg=[0.8886, None, 1.5],
        log10_human_ppb_percent_unbound=[None, 1.25, None],
        in_heldout_keys=[False, False, True],
    )
    tasks = (MeasuredTask.HUMAN_CLEARANCE, MeasuredTask.HUMAN_BINDING)
    source = MeasuredSource(MeasuredConfig(tasks=tasks, graph_fraction=0.0), LICENCES)
    asked = [example for row in source.rows("train", origin(tmp_path)) for example in ask(source, row)]
    assert [(one.task, one.answer, one.source) for one in asked] == [
        ("human_microsomal_clearance", (TextPart("0.89"),), "adme_public:adme"),
        ("human_plasma_binding", (TextPart("1.25"),), "adme_public:adme"),
    ]


def test_every_measured_task_has_a_column() -> None:
    columns = {measured.task: one.file for one in MEASURED_SETS for measured in one.columns.values()}
    assert {columns[task] for task in MEASURED_ADME} == {"adme_public.parquet"}
    assert all(columns[task].startswith("moleculenet_") for task in PHYSICAL_CHEMISTRY)
    assert set(MeasuredTask) == {*MEASURED_ADME, *PHYSICAL_CHEMISTRY}

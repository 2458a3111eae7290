"""Suites: every one asks tasks that exist, says what it lacks, and draws the same rows from the same seed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anymol.data.heldout import RESERVED_FILE
from anymol.data.licences import SOURCES_FILE
from anymol.errors import DataError, UserError
from anymol.evaluation.plan import EvaluationPlan, Rows
from anymol.evaluation.runner import evaluate_subject
from anymol.evaluation.subjects.predictions import PredictionsSubject
from anymol.evaluation.suites.names import SUITE_NAMES
from anymol.evaluation.suites.results_page import render_results
from anymol.evaluation.suites.run import evaluate_suites
from anymol.evaluation.suites.suite_rows import SuiteRows
from anymol.evaluation.suites.summary import write_summary
from anymol.evaluation.suites.table import SUITES, get_suite
from anymol.tasks.table import TASKS

REACTIONS = [
    # reactants, reagents, products, split, state
    ("CC(=O)O.CCO", "", "CCOC(C)=O", "test_mit", "dropped"),
    ("CC(=O)Cl.CN", "CCN(CC)CC", "CNC(C)=O", "test_mit", "separated"),
    ("CC(=O)Cl.Nc1ccccc1", "ClCCl", "CC(=O)Nc1ccccc1", "test_mit", "separated"),
    ("Brc1ccccc1.OB(O)c1ccccc1", "", "c1ccc(-c2ccccc2)cc1", "test_50k", "dropped"),
    ("CCBr.N", "", "CCN", "train", "dropped"),
]
NAMES = [
    ("ethanol", "CCO", "common", False, False, "test"),
    ("2-chloropyridine", "Clc1ccccn1", "pubchem", True, False, "test"),
    ("xylene", "Cc1ccccc1C", "common", False, True, "test"),
    ("methanol", "CO", "common", False, False, "train"),
]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory of five reactions and four names."""
    folder = tmp_path_factory.mktemp("data")
    write(
        folder / "reactions.parquet",
        [
            {
                "reactants": reactants, "reagents": reagents, "products": product, "split": split,
                "reagents_state": state, "official_splits": "uspto_mit_480k/test", "product_among_reactants": False,
                "solvents_guess": None, "catalysts_guess": None, "reaction_class": None, "yield_percent": None,
            }
            for reactants, reagents, product, split, state in REACTIONS
        ],
    )  # fmt: skip
    columns = ("name", "smiles", "kind", "systematic", "ambiguous", "split")
    write(
        folder / "names.parquet",
        [{**dict(zip(columns, row, strict=True)), "source": "iupac2struct"} for row in NAMES],
    )
    write(folder / RESERVED_FILE, [{"key_sha256": "0", "scope": "none"}])
    (folder / SOURCES_FILE).write_text(
        "file,source_value,origin,licence,weights_allowed,reason\n"
        "reactions,uspto_mit_480k,x,CC0,yes,\nnames,iupac2struct,x,MIT,yes,\n"
    )
    return folder


def write(path: Path, rows: list[dict[str, object]]) -> None:
    pq.write_table(pa.Table.from_pylist(rows), path)


def test_names_and_table_agree() -> None:
    assert tuple(SUITES) == SUITE_NAMES


@pytest.mark.parametrize("name", SUITE_NAMES)
def test_a_suite_says_what_a_reader_must_know(name: str) -> None:
    suite = SUITES[name]
    assert suite.tasks <= set(TASKS)
    assert suite.title and suite.licence and suite.choices


def test_every_task_is_asked_by_a_suite() -> None:
    assert {task for suite in SUITES.values() for task in suite.tasks} == set(TASKS)


@pytest.mark.parametrize("name", SUITE_NAMES)
def test_a_suite_without_data_names_its_files(name: str, tmp_path: Path) -> None:
    suite = SUITES[name]
    with pytest.raises(DataError) as caught:
        suite.find_parts(tmp_path)
    for parts in suite.choices:
        assert parts[0].file in str(caught.value)
    assert "--data-dir" in str(caught.value.hint)


def test_an_unknown_suite_has_near_ones() -> None:
    with pytest.raises(UserError, match="did you mean uspto-50k") as caught:
        get_suite("uspto_50")
    assert caught.value.exit_code == 2


def test_rows_of_the_test_split_only(data_dir: Path) -> None:
    rows = SuiteRows(SUITES["uspto-mit"], data_dir)
    assert rows.tasks == ["forward_reaction"]
    drawn = list(rows.draw("forward_reaction", None, 0, Rows.ALL))
    assert {one.split for one in drawn} == {"test_mit"} and len(drawn) == 3
    assert sorted(str(rows.name_part(one)) for one in drawn) == [
        "reagents dropped", "reagents separated", "reagents separated",
    ]  # fmt: skip
    training = rows.draw_training("forward_reaction", 10, 0)
    assert training is not None and [one.split for one in training] == ["train"]
    assert rows.settings["suite"] == "uspto-mit" and set(rows.settings["data sha256"]) == {"reactions.parquet"}


def test_the_seed_orders_the_rows(data_dir: Path) -> None:
    rows = SuiteRows(SUITES["uspto-mit"], data_dir)
    whole = [one.id for one in rows.draw("forward_reaction", None, 5, Rows.ALL)]
    assert [one.id for one in rows.draw("forward_reaction", 2, 5, Rows.ALL)] == whole[:2]
    assert [one.id for one in rows.draw("forward_reaction", None, 5, Rows.EVEN)] == whole[::2]
    assert [one.id for one in rows.draw("forward_reaction", None, 5, Rows.ODD)] == whole[1::2]


def test_systematic_names_apart_and_ambiguous_ones_left_out(data_dir: Path) -> None:
    rows = SuiteRows(SUITES["names"], data_dir, tasks=["name_to_molecule"])
    drawn = list(rows.draw("name_to_molecule", None, 0, Rows.ALL))
    assert {rows.name_part(one) for one in drawn} == {"systematic names", "other names"} and len(drawn) == 2


def test_a_suite_lacks_the_task(data_dir: Path) -> None:
    with pytest.raises(DataError, match="does not ask logp"):
        SuiteRows(SUITES["names"], data_dir, tasks=["logp"])


def test_a_public_set_goes_before_our_own_copy(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "uspto_mit"
    folder.mkdir()
    # A mapped reaction per line, as its authors publish it: iodide leaves.
    (folder / "test.txt").write_text("[CH3:1][I:2].[NH3:3]>>[CH3:1][NH2:3] 1-2;1-3\n")
    for name in ("reactions.parquet", SOURCES_FILE):
        (tmp_path / name).write_bytes((data_dir / name).read_bytes())
    rows = SuiteRows(SUITES["uspto-mit"], tmp_path)
    (drawn,) = rows.draw("forward_reaction", None, 0, Rows.ALL)
    assert "".join(part.smiles for part in drawn.answer if hasattr(part, "smiles")) == "CN"


def test_another_form_of_a_public_set_is_not_taken_for_it(data_dir: Path, tmp_path: Path) -> None:
    """What a mirror of USPTO-MIT offers is one table, which the converter does not read."""
    (tmp_path / "uspto_mit").mkdir()
    (tmp_path / "uspto_mit" / "USPTO_MIT.csv").write_text("reactions\n")
    (tmp_path / "reactions.parquet").write_bytes((data_dir / "reactions.parquet").read_bytes())
    (part,) = SUITES["uspto-mit"].find_parts(tmp_path)
    assert part.file == "reactions.parquet"


def test_files_of_a_public_set_may_lie_deeper(tmp_path: Path) -> None:
    folder = tmp_path / "mol_instructions" / "Molecule-oriented_Instructions"
    folder.mkdir(parents=True)
    # Ethanol and acetic acid to ethyl acetate, in SELFIES.
    entry = {
        "instruction": "?",
        "input": "[C][C][O].[C][C][=Branch1][C][=O][O]",
        "output": "[C][C][O][C][Branch1][C][C][=O]",
        "metadata": {"split": "test"},
    }
    (folder / "forward_reaction_prediction.json").write_text(json.dumps([entry]))
    rows = SuiteRows(SUITES["mol-instructions"], tmp_path)
    assert rows.tasks == ["forward_reaction"]
    (drawn,) = rows.draw("forward_reaction", None, 0, Rows.ALL)
    assert "".join(part.smiles for part in drawn.answer if hasattr(part, "smiles")) == "CCOC(C)=O"
    assert any("retrosynthesis.json is not at hand" in note for note in rows.notes)
    assert set(rows.settings["data sha256"]) == {"mol_instructions/forward_reaction_prediction.json"}


def test_baselines_learn_from_the_training_file_beside_the_published_test(tmp_path: Path) -> None:
    folder = tmp_path / "chebi20"
    folder.mkdir()
    (folder / "train.txt").write_text("CID\tSMILES\tdescription\n1\tCO\tThe molecule is an alcohol.\n")
    with pytest.raises(DataError, match="chebi20"):
        SUITES["chebi-20"].find_parts(tmp_path)  # its training rows alone are not a test
    (folder / "test.txt").write_text("CID\tSMILES\tdescription\n2\tCN\tThe molecule is an amine.\n")
    rows = SuiteRows(SUITES["chebi-20"], tmp_path)
    assert set(rows.settings["data sha256"]) == {"chebi20/test.txt"}
    assert len(list(rows.draw("captioning", None, 0, Rows.ALL))) == 1
    assert len(list(rows.draw_training("captioning", 10, 0) or ())) == 1


def test_published_inputs_that_are_mixed_stand_apart_from_those_told_apart(tmp_path: Path) -> None:
    """The two forms of Schwaller et al. 2019 are files of one name in two folders."""
    for folder, asked in (("MIT_mixed_augm", "C C O . C C ( = O ) O . Cl"), ("MIT_separated_augm", "C C O > Cl")):
        (tmp_path / "uspto_mit" / folder).mkdir(parents=True)
        (tmp_path / "uspto_mit" / folder / "src-test.txt").write_text(asked + "\n")
        (tmp_path / "uspto_mit" / folder / "tgt-test.txt").write_text("C C O C ( C ) = O\n")
    rows = SuiteRows(SUITES["uspto-mit"], tmp_path)
    drawn = list(rows.draw("forward_reaction", None, 0, Rows.ALL))
    assert len({one.id for one in drawn}) == 2
    assert {rows.name_part(one) for one in drawn} == {"reagents mixed", "reagents separated"}
    assert set(rows.settings["data sha256"]) == {
        f"uspto_mit/{folder}/src-test.txt" for folder in ("MIT_mixed_augm", "MIT_separated_augm")
    }


def test_figures_of_a_part_stand_beside_ours_though_all_rows_are_of_it(tmp_path: Path) -> None:
    """Thirty mapped reactions, all with their reagents told apart, each answered rightly."""
    (tmp_path / "uspto_mit").mkdir()
    lines = [f"{'C' * n}[CH2:1][I:2].[NH3:3]>>{'C' * n}[CH2:1][NH2:3] 1-2;1-3" for n in range(1, 31)]
    (tmp_path / "uspto_mit" / "test.txt").write_text("\n".join(lines) + "\n")
    rows = SuiteRows(SUITES["uspto-mit"], tmp_path)
    said = tmp_path / "said.jsonl"
    drawn = rows.draw("forward_reaction", None, 0, Rows.ALL)
    answers = {one.id: one.answer[0].smiles for one in drawn}  # type: ignore[union-attr]
    said.write_text("".join(json.dumps({"id": one, "answer": text}) + "\n" for one, text in answers.items()))
    done = evaluate_subject(PredictionsSubject(said), rows, EvaluationPlan(limit=None), output=tmp_path / "out")
    (part,) = [one for one in done.groups if one.task == "forward_reaction: reagents separated"]
    assert part.n == 30 and part.headline.interval.estimate == 1.0
    report = (tmp_path / "out" / "report.md").read_text()
    table = report.split("### forward_reaction: reagents separated")[1].split("###")[0]
    (ours,) = [line for line in table.splitlines() if line.endswith("| here |")]
    assert ours.split(" | ")[1:3] == ["30", "1 \\[1, 1]"] and "not measured" not in ours


def test_several_suites_and_one_that_lacks_its_data(data_dir: Path, tmp_path: Path) -> None:
    """Ethanol is named rightly, 2-chloropyridine is not answered, one product of three is right."""
    rows = SuiteRows(SUITES["names"], data_dir, tasks=["name_to_molecule"])
    ids = {str(one.answer[0].smiles): one.id for one in rows.draw("name_to_molecule", None, 0, Rows.ALL)}  # type: ignore[union-attr]
    mit = SuiteRows(SUITES["uspto-mit"], data_dir)
    products = {str(one.answer[0].smiles): one.id for one in mit.draw("forward_reaction", None, 0, Rows.ALL)}  # type: ignore[union-attr]
    said = tmp_path / "said.jsonl"
    answers = {ids["CCO"]: "CCO", products["CCOC(C)=O"]: "CCOC(C)=O", products["CNC(C)=O"]: "CC"}
    said.write_text("".join(json.dumps({"id": one, "answer": text}) + "\n" for one, text in answers.items()))
    told: list[str] = []
    done = evaluate_suites(
        PredictionsSubject(said),
        [SUITES[name] for name in ("uspto-mit", "names", "qm9")],
        data_dir,
        EvaluationPlan(limit=None, tasks=("forward_reaction", "name_to_molecule", "homo")),
        output=tmp_path / "out",
        log=told.append,
    )
    assert set(done.done) == {"uspto-mit", "names"} and set(done.skipped) == {"qm9"}
    assert "quantum.parquet" in done.skipped["qm9"]
    figures = {name: one.tasks[0].headline.interval for name, one in done.done.items()}
    assert figures["names"].estimate == pytest.approx(1 / 2) and figures["names"].n == 2
    assert figures["uspto-mit"].estimate == pytest.approx(1 / 3)
    write_summary(done, tmp_path / "out")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert set(summary["suites"]) == {"uspto-mit", "names"} and "qm9" in summary["skipped"]
    report = (tmp_path / "out" / "report.md").read_text()
    assert "uspto-mit | forward_reaction | 3" in report and "quantum.parquet" in report
    assert (tmp_path / "out" / "names" / "report.html").is_file()
    page = render_results(summary).splitlines()
    (named,) = [line for line in page if line.startswith("| name_to_molecule | names | 2 ")]
    assert "exact_match 0.5 (0 to 1) | none | 50 %" in named  # the published rules were not asked for
    (homo,) = [line for line in page if line.startswith("| homo | ")]
    assert "none: mol-instructions was not asked it; the suite qm9 needs quantum.parquet" in homo
    assert {task for task in TASKS if any(line.startswith(f"| {task} | ") for line in page)} == set(TASKS)
    assert any(
        "Molecular Transformer" in line for line in (tmp_path / "out/uspto-mit/report.md").read_text().splitlines()
    )


def test_nothing_to_ask_is_an_error(tmp_path: Path, data_dir: Path) -> None:
    with pytest.raises(UserError, match="no suite can be asked"):
        evaluate_suites(None, [SUITES["qm9"]], data_dir, EvaluationPlan())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["uspto-50k", "moleculenet", "qm9", "yields", "names", "ocsr", "chemiq", "questions"])
def test_rows_of_the_real_data(name: str) -> None:
    folder = os.environ.get("ANYMOL_DATA")
    if not folder:
        pytest.skip("needs the real data: set ANYMOL_DATA to their directory")
    rows = SuiteRows(SUITES[name], Path(folder))
    for task in rows.tasks:
        drawn = list(rows.draw(task, 2, 0, Rows.ALL))
        assert len(drawn) == 2 and all(one.task == task and one.split != "train" for one in drawn)
        assert len({one.id for one in drawn}) == 2

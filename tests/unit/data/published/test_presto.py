from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.data.published.asking import ask_all

from anymol.data.published.presto import PRESTO
from anymol.data.published.published_set import PublishedRowError, Question
from anymol.errors import DataError
from anymol.tasks.conditions import BUCHWALD_HARTWIG, SUZUKI_MIYAURA
from anymol.tasks.task import ReagentsState, TaskInput

SIGN = "<molecule_2d>"
FORWARD = "Please predict the product of the reaction. We provide the SMILES of the reactants."
BACKWARD = "Please predict the the reactant molecules of the reaction.\nWe provide the SMILES of the reactants."
REAGENTS = "Please predict the possible reagents of the reaction. We provide the SMILES of the reactions."
SOLVENTS = "Please predict the possible solvents of the reaction. We provide the SMILES of the reactions."
CATALYST = "Please predict the possible catalyst of the reaction. We provide the SMILES of the reactions."
YIELD = "Please predict the possible reagents of the reaction. The return value should be in range of 0-1."
NAME = "Please follow the instructions to convert the structure to the corresponding name."
CAPTION = "Please help me to understand the molecule."
ESTERIFICATION = f"Which? {SIGN}.{SIGN}>>{SIGN}"
ESTERIFIED = ["CC(=O)O", "OCC", "CC(=O)OCC"]
REACTION = TaskInput(reactants="CC(=O)O.CCO", products="CCOC(C)=O")
DIARYLAMINE = ["Clc1ccccc1", "Nc1ccccc1", "c1ccc(Nc2ccccc2)cc1"]
COUPLED = ["Brc1ccc2ncccc2c1", "Cc1ccc2c(cnn2C2CCCCO2)c1B(O)O", "CC#N", "Cc1ccc2c(cnn2C2CCCCO2)c1-c1ccc2ncccc2c1"]


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def make_row(system: str, user: str, smiles: list[str], answer: str, truth: str | None = None) -> dict[str, Any]:
    """A conversation; a test row tells the answer as `truth` alone."""
    said = [("system", system), ("user", user), *([("assistant", answer)] if answer else [])]
    return {
        "id": 0,
        "molecules": {"selfies": [], "smiles": smiles},
        "messages": [{"role": role, "content": content} for role, content in said],
        **({"ground_truth": truth} if truth is not None else {}),
    }


@pytest.mark.parametrize(
    ("row", "question"),
    [
        (
            make_row(FORWARD, f"What do {SIGN}.{SIGN} give?", ESTERIFIED[:2], "The product can be CC(=O)OCC ."),
            Question(
                "forward_reaction",
                TaskInput(reactants="CC(=O)O.CCO", reagents_state=ReagentsState.MIXED),
                "CCOC(C)=O",
            ),
        ),
        (
            make_row(BACKWARD, f"Do retrosynthesis with {SIGN} .", ["CC(=O)OCC"], "OK. They may be CC(=O)O.OCC ."),
            Question(
                "retrosynthesis",
                TaskInput(products="CCOC(C)=O", reagents_state=ReagentsState.DROPPED),
                "CC(=O)O.CCO",
            ),
        ),
        (
            make_row(REAGENTS, ESTERIFICATION, ESTERIFIED, "", "OS(=O)(=O)O"),
            Question("reagent_prediction", REACTION, "O=S(=O)(O)O"),
        ),
        (
            make_row(SOLVENTS, ESTERIFICATION, ESTERIFIED, "Sure. A potential answer could be: Cc1ccccc1 ."),
            Question("solvent_prediction", REACTION, "Cc1ccccc1"),
        ),
        (
            make_row(CATALYST, ESTERIFICATION, ESTERIFIED, "OS(=O)(=O)O ."),
            Question("catalyst_prediction", REACTION, "O=S(=O)(O)O"),
        ),
        (
            make_row(YIELD, f"Yield of {SIGN}.{SIGN}>>{SIGN}?", DIARYLAMINE, "0.7046"),
            Question(
                "yield_prediction",
                TaskInput(reactants="Clc1ccccc1.Nc1ccccc1", products="c1ccc(Nc2ccccc2)cc1", text=BUCHWALD_HARTWIG),
                "70.5",
            ),
        ),
        (
            make_row(YIELD, f"Yield of {SIGN}.{SIGN}.{SIGN}>>{SIGN}?", COUPLED, "0.05"),
            Question(
                "yield_prediction",
                TaskInput(
                    reactants="Brc1ccc2ncccc2c1.Cc1ccc2c(cnn2C2CCCCO2)c1B(O)O",
                    reagents="CC#N",
                    products="Cc1ccc2c(cnn2C2CCCCO2)c1-c1ccc2ncccc2c1",
                    text=SUZUKI_MIYAURA,
                ),
                "5.0",
            ),
        ),
        (
            make_row(NAME, f"What is the IUPAC name of the molecule {SIGN} ?", ["OCC"], "ethanol", "ethanol"),
            Question("molecule_to_name", TaskInput(molecule="CCO"), "ethanol"),
        ),
        (
            make_row(CAPTION, f"Describe this molecule: {SIGN} .", ["OCC"], "An alcohol. It burns."),
            Question("captioning", TaskInput(molecule="CCO"), "An alcohol. It burns."),
        ),
    ],
    ids=lambda one: one.task if isinstance(one, Question) else "",
)
def test_every_task(tmp_path: Path, row: dict[str, Any], question: Question) -> None:
    write(tmp_path / "SET/data/train-00000-of-00001.parquet", row)
    assert ask_all(PRESTO, tmp_path) == [("train", question)]


def test_a_molecule_of_a_name_stands_alone_in_its_column(tmp_path: Path) -> None:
    row = make_row(NAME, f"IUPAC name of {SIGN} ?", [], "ethanol", "ethanol")
    row["molecules"] = {"selfies": "[O][C][C]", "smiles": "OCC"}
    ((_, question),) = ask_all(PRESTO, write(tmp_path / "NC/dev-00000-of-00001.parquet", row))
    assert question == Question("molecule_to_name", TaskInput(molecule="CCO"), "ethanol")


def test_files_of_one_name_are_told_apart_by_their_folder(tmp_path: Path) -> None:
    row = make_row(CAPTION, SIGN, ["C"], "Methane.")
    for name, file in (("A/data", "train"), ("B", "test"), ("B", "validation")):
        write(tmp_path / name / f"{file}-00000-of-00001.parquet", row)
    found = {(row.file, row.split) for row in PRESTO.read_rows(tmp_path)}
    assert found == {
        ("A/train-00000-of-00001.parquet", "train"),
        ("B/test-00000-of-00001.parquet", "test"),
        ("B/validation-00000-of-00001.parquet", "val"),
    }


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (make_row("Please predict the class of the reaction.", SIGN, ["C"], "12"), "no task asks this"),
        (make_row(NAME, f"What is the formula of {SIGN} ?", ["C"], "CH4"), "not the name that is asked for"),
        (make_row(NAME, "Give the SMILES of methane with that IUPAC name.", [], "C"), "0 molecules are given"),
        (make_row(CAPTION, f"Give me the SMILES of {SIGN} ?", ["C"], "C"), "not a description"),
        (make_row(FORWARD, f"{SIGN}.{SIGN}", ["C"], "CC ."), "2 signs stand for 1 molecules"),
        (make_row(REAGENTS, SIGN, ["C"], "CC ."), "1 molecules are not the 0 of a reaction"),
        (make_row(YIELD, ESTERIFICATION, ESTERIFIED, "70.5"), "not between 0 and 1"),
        (make_row(YIELD, ESTERIFICATION, ESTERIFIED, "nan"), "not between 0 and 1"),
        (make_row(FORWARD.replace("SMILES", "SELFIES"), SIGN, ["C"], "[C] ."), "written in SELFIES"),
        (make_row(FORWARD, SIGN, ["C"], ""), "the answer is empty"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    path = write(tmp_path / "SET/test-00000-of-00001.parquet", row)
    with pytest.raises(PublishedRowError, match=f"SET/test-00000-of-00001.parquet, line 1: .*{said}"):
        ask_all(PRESTO, path)


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no column molecules"):
        ask_all(PRESTO, write(tmp_path / "train-00000-of-00001.parquet", {"messages": []}))
    with pytest.raises(DataError, match="row 1 lacks 'system'"):
        row = make_row(CAPTION, SIGN, ["C"], "Methane.")
        ask_all(PRESTO, write(tmp_path / "train-00000-of-00001.parquet", {**row, "messages": row["messages"][1:]}))
    (tmp_path / "train-00000-of-00001.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(DataError, match="cannot be read"):
        ask_all(PRESTO, tmp_path)

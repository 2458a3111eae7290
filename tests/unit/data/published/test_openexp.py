from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.data.published.asking import ask_all

from anymol.data.published.openexp import OPENEXP
from anymol.data.published.published_set import PublishedRowError, Question
from anymol.errors import DataError
from anymol.tasks.conditions import STEPS
from anymol.tasks.task import ReagentsState, TaskInput

ESTERIFICATION: dict[str, Any] = {
    "index": 0,
    "REACTANT": ["CC(=O)O", "OCC"],
    "PRODUCT": ["CC(=O)OCC"],
    "CATALYST": ["OS(=O)(=O)O"],
    "SOLVENT": ["Cc1ccccc1"],
    "actions": "MAKESOLUTION with $1$ and $2$ in $3$ ; ADD $4$ at #1# ; REFLUX for @1@ ; CONCENTRATE ; YIELD $-1$.",
    "source": "ORD",
    "extracted_molecules": {
        "CC(=O)O": "$1$", "OCC": "$2$", "Cc1ccccc1": "$3$", "OS(=O)(=O)O": "$4$", "CC(=O)OCC": "$-1$",
    },
    "extracted_temperature": {"0 °C": "#1#"},
    "extracted_duration": {"overnight": "@1@"},
    "molecules": None,
    "score": 0.9,
}  # fmt: skip
STEPS_SAID = (
    "MAKESOLUTION with acetic acid and ethanol in toluene ; ADD sulfuric acid at 0 °C ; REFLUX for overnight ; "
    "CONCENTRATE ; YIELD the product."
)
REACTION = TaskInput(reactants="CC(=O)O.CCO", products="CCOC(C)=O")


def write(path: Path, *entries: object) -> Path:
    path.write_text(json.dumps(list(entries), indent=2, ensure_ascii=False), encoding="utf-8")
    return path


def test_steps_say_what_their_signs_stand_for(tmp_path: Path) -> None:
    mixed = TaskInput(reactants="CC(=O)O.CCO.Cc1ccccc1.O=S(=O)(O)O", reagents_state=ReagentsState.MIXED)
    told = TaskInput(reactants=REACTION.reactants, reagents="Cc1ccccc1.O=S(=O)(O)O", products="CCOC(C)=O", text=STEPS)
    assert ask_all(OPENEXP, write(tmp_path / "valid.json", ESTERIFICATION)) == [
        ("val", Question("forward_reaction", mixed, "CCOC(C)=O")),
        ("val", Question("procedure_writing", told, STEPS_SAID)),
        ("val", Question("solvent_prediction", REACTION, "Cc1ccccc1")),
        ("val", Question("catalyst_prediction", REACTION, "O=S(=O)(O)O")),
    ]


def test_nothing_is_asked_of_what_is_not_stated(tmp_path: Path) -> None:
    bare = {**ESTERIFICATION, "CATALYST": [], "SOLVENT": []}
    tasks = [one.task for _, one in ask_all(OPENEXP, write(tmp_path / "train.json", bare))]
    assert tasks == ["forward_reaction", "procedure_writing"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"extracted_temperature": {}}, "nothing is said of #1#"),
        ({"extracted_molecules": {"CC(=O)O": "$1$", "OCC": "$3$"}}, r"no molecule is called '\$2\$'"),
        ({"extracted_molecules": {"CC(=O)O": "$1$"}}, "speak of component 2 of 1"),
        ({"PRODUCT": []}, "has not reactants and a product"),
        ({"REACTANT": ["C(C"]}, r"C\(C"),
        ({"actions": " "}, "there are no steps"),
    ],
)
def test_a_reaction_that_cannot_be_used_is_named(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    with pytest.raises(PublishedRowError, match=f"test.json, line 2: .*{said}"):
        ask_all(OPENEXP, write(tmp_path / "test.json", ESTERIFICATION, {**ESTERIFICATION, **changed}))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"REACTANT": []}, "entry 1 lacks 'PRODUCT'"),
        ({**ESTERIFICATION, "SOLVENT": "CCO"}, "entry 1: .*lists of SMILES"),
        ({**ESTERIFICATION, "actions": []}, "entry 1: steps are a text"),
    ],
)
def test_another_format_is_refused(tmp_path: Path, entry: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        ask_all(OPENEXP, write(tmp_path / "train.json", entry))

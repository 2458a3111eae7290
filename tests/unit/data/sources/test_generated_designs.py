"""Pairs for optimisation, questions with options, edits and specifications of one kind."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anymol.chem.parsing import parse_smiles
from anymol.data.config import EditAction, Goal, OptimisationConfig, QuestionsConfig, QuestionTask
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences, SourceLicence
from anymol.data.sources.edits import draw_edit
from anymol.data.sources.optimisation import OptimisationSource
from anymol.data.sources.questions import QuestionsSource
from anymol.data.sources.source import DataOrigin
from anymol.errors import InvalidTaskInputError
from anymol.evaluation.questions import recover_input
from anymol.tasks.edits import Action
from anymol.tasks.specification_words import parse_specification
from anymol.tasks.specifications import FEATURES, SpecificationKind, check_specification, describe_specification
from anymol.tasks.table import get_task

OPEN = SourceLicence("CC0", weights_allowed=True)
LICENCES = Licences({("molecules", ""): OPEN, ("molecule_qa", "open_q"): OPEN})
ACIDS = ["Cc1ccc(C(=O)O)cc1", "CCc1ccc(C(=O)O)cc1", "CCCc1ccc(C(=O)O)cc1", "CC(C)c1ccc(C(=O)O)cc1"]


def origin(folder: Path | None = None) -> DataOrigin:
    return DataOrigin(folder, LICENCES, shippable=True, seed=0)


@pytest.mark.parametrize("goal", [Goal.RAISE_LOGP, Goal.LOWER_LOGP, Goal.RAISE_MR])
def test_the_answer_of_an_optimisation_passes_its_own_checks(goal: Goal) -> None:
    source = OptimisationSource(OptimisationConfig(goals=(goal,), graph_fraction=0.0), LICENCES)
    row = (0, ACIDS[1], (ACIDS[0], *ACIDS[2:], "CCCCCC"))
    (example,) = source.examples(row, "train", random.Random(0), Heldout({}, {}, generated=False))
    task = get_task("molecule_optimisation")
    asked = recover_input(task, example)
    assert asked.text == goal.value
    assert all(check.passed for check in task.verify(asked, example.answer[0].smiles))


def test_an_optimisation_without_a_similar_neighbour_is_refused() -> None:
    source = OptimisationSource(OptimisationConfig(), LICENCES)
    with pytest.raises(InvalidTaskInputError, match="no similar molecule"):
        source.examples((0, ACIDS[0], ("CCCCCC", "OCC")), "train", random.Random(0), Heldout({}, {}, generated=False))


def test_neighbours_in_the_alphabet_are_looked_at(tmp_path: Path) -> None:
    pq.write_table(pa.table({"smiles": [*reversed(ACIDS)]}), tmp_path / "molecules.parquet")
    rows = list(OptimisationSource(OptimisationConfig(), LICENCES).rows("train", origin(tmp_path)))
    assert {row[1] for row in rows} == set(ACIDS)
    assert all(set(row[2]) == set(ACIDS) - {row[1]} for row in rows)


def test_options_hold_the_right_answer_once_and_in_every_place(tmp_path: Path) -> None:
    table = {
        "smiles": ["C" * n for n in range(1, 7)], "question": ["How many carbons?"] * 6,
        "answer": [str(n) for n in range(1, 7)], "source": ["open_q"] * 6, "split": ["train"] * 6,
    }  # fmt: skip
    pq.write_table(pa.table(table), tmp_path / "molecule_qa.parquet")
    source = QuestionsSource(QuestionsConfig(graph_fraction=0.0), LICENCES)
    letters = set()
    for row in source.rows("train", origin(tmp_path)):
        for seed in range(8):
            free, choice = source.examples(row, "train", random.Random(seed), Heldout.empty())
            assert free.task == QuestionTask.FREE and free.answer[0].text == row[3]
            letter = choice.answer[0].text
            letters.add(letter)
            text = recover_input(get_task("molecule_qa_choice"), choice).text or ""
            options = dict(piece.split(": ") for piece in text.removeprefix("How many carbons? ").split("; "))
            assert options[letter] == row[3] and len(set(options.values())) == 4
    assert letters == {"A", "B", "C", "D"}


@pytest.mark.parametrize("action", EditAction)
def test_edits_of_one_kind_only(action: EditAction) -> None:
    counts = {"hydroxyl": 2, "methyl": 1, "bromine": 0}
    drawn = {draw_edit(counts, random.Random(seed), (action,)).action for seed in range(30)}
    assert drawn == {Action(action.value)}
    if action is not EditAction.ADD:
        with pytest.raises(InvalidTaskInputError, match="no group"):
            draw_edit({"hydroxyl": 0}, random.Random(0), (action,))


@pytest.mark.parametrize("kind", [SpecificationKind.ATOMS, SpecificationKind.BONDS, SpecificationKind.GROUPS])
def test_counted_specifications_are_exact_and_met(kind: SpecificationKind) -> None:
    paracetamol = "CC(=O)Nc1ccc(O)cc1"
    for seed in range(20):
        text = describe_specification(paracetamol, random.Random(seed), kind=kind)
        read = parse_specification(text)
        assert read.constraints and not read.unread, text
        assert all(one.low == one.high for one in read.constraints)
        assert all(check.passed for check in check_specification(paracetamol, read)), text


def test_bonds_are_counted_between_heavy_atoms_by_their_kind() -> None:
    # Paracetamol: C-C, C-N, N-c and c-O single, C=O double, six aromatic.
    molecule = parse_smiles("CC(=O)Nc1ccc(O)cc1")
    counted = {name: FEATURES[f"{name}_bonds"].measure(molecule) for name in ("single", "double", "triple", "aromatic")}
    assert counted == {"single": 4, "double": 1, "triple": 0, "aromatic": 6}
    assert str(parse_specification("2 single bonds and a triple bond")) == "2 single bonds, at least 1 triple bond"


def test_a_specification_of_what_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidTaskInputError, match="no groups"):
        describe_specification("C", random.Random(0), kind=SpecificationKind.GROUPS)

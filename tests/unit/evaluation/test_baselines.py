"""Baselines of tasks with a list of methods, sets or endpoints: each row is answered from its own."""

from __future__ import annotations

from anymol.evaluation.baselines import answer_baselines
from anymol.tasks.table import get_task
from anymol.tasks.task import Baseline, TaskInput


def test_means_of_one_method_are_not_those_of_another() -> None:
    gap = get_task("homo_lumo_gap")
    one, other = gap.choices
    training = [
        (TaskInput(molecule="C", text=one), 0.5),
        (TaskInput(molecule="CC", text=one), 0.3),
        (TaskInput(molecule="CCC", text=other), 0.1),
    ]
    asked = [TaskInput(molecule="CCCC", text=other), TaskInput(molecule="CCCC", text=one)]
    said = {found.baseline: found.answers for found in answer_baselines(gap, training, asked)}
    assert said[Baseline.MEAN] == (0.1, 0.4)
    assert said[Baseline.NEAREST] == (0.1, 0.3)


def test_the_usual_class_is_that_of_the_endpoint() -> None:
    tox21 = get_task("tox21")
    training = [(TaskInput(molecule="C" * n, text="NR-AR"), "No") for n in range(1, 4)]
    training += [(TaskInput(molecule="CCO", text="SR-p53"), "Yes")]
    asked = [TaskInput(molecule="CCN", text=text) for text in ("SR-p53", "NR-AR", "NR-ER")]
    said = {found.baseline: found.answers for found in answer_baselines(tox21, training, asked)}
    assert said[Baseline.MOST_FREQUENT] == ("Yes", "No", None)

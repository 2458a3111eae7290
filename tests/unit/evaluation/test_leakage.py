"""What training data give away of evaluated rows, on molecules and reactions that are compared by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anymol.data.example import InstructionExample
from anymol.data.shards import ShardReader, write_shards
from anymol.errors import DataError
from anymol.evaluation.leakage import LeakKind, TrainingKeys, find_reaction, read_training
from anymol.evaluation.plan import EvaluationPlan
from anymol.evaluation.row_sets import ShardRows
from anymol.evaluation.runner import evaluate_subject
from anymol.evaluation.subjects.predictions import PredictionsSubject
from anymol.modalities.content import MoleculePart, Part, Role, TextPart
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import ReagentsState, TaskInput

NAPROXEN = "COc1ccc2cc([C@H](C)C(=O)O)ccc2c1"


def make_logp(smiles: str, split: str) -> InstructionExample:
    messages = render_prompt(TASKS["logp"], TaskInput(molecule=smiles), 0)
    return InstructionExample(f"logp/{split}/{smiles}", "logp", messages, (TextPart("1.00"),), "hand", "CC0", split)


def make_forward(reactants: str, product: str, split: str) -> InstructionExample:
    asked = TaskInput(reactants=reactants, reagents_state=ReagentsState.DROPPED)
    answer: tuple[Part, ...] = (MoleculePart(product, Role.PRODUCT),)
    messages = render_prompt(TASKS["forward_reaction"], asked, 0)
    name = f"forward/{split}/{reactants}"
    return InstructionExample(name, "forward_reaction", messages, answer, "hand", "CC0", split)


TRAINING = (
    make_logp(NAPROXEN, "train"),
    make_forward("CCO.CC(=O)O", "CCOC(C)=O", "train"),
    make_forward("Nc1ccccc1.CC(=O)Cl", "CC(=O)Nc1ccccc1", "train"),
)
EVALUATED = {
    # The other hand has the same connectivity, scaffold and fingerprint.
    "COc1ccc2cc([C@@H](C)C(=O)O)ccc2c1": {LeakKind.MOLECULE, LeakKind.SCAFFOLD, LeakKind.NEAR_DUPLICATE},
    # Naphthalene is its scaffold, and that of nothing else here.
    "Clc1cccc2ccccc12": {LeakKind.SCAFFOLD},
    # Acetic acid stands in training as a reactant, of which no answer tells anything.
    "CC(=O)O": set(),
    "CCCCCCCCN": set(),
}


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("data") / "shards"
    rows = [make_logp(smiles, "val") for smiles in EVALUATED]
    rows.append(make_forward("CC(=O)O.CCO", "CCOC(C)=O", "val"))
    rows.append(make_forward("CCO.CC(=O)Cl", "CCOC(C)=O", "val"))
    write_shards([*rows, *TRAINING], directory, name="hand")
    return directory


@pytest.fixture(scope="module")
def training(shards: Path) -> TrainingKeys:
    return read_training([shards])


@pytest.mark.parametrize("smiles", EVALUATED)
def test_what_gives_a_molecule_away(training: TrainingKeys, smiles: str) -> None:
    assert training.find_leaks(make_logp(smiles, "val")) == EVALUATED[smiles]


def test_a_salt_is_given_away_by_its_parent(training: TrainingKeys) -> None:
    salt = "COc1ccc2cc([C@H](C)C(=O)[O-])ccc2c1.[Na+]"
    assert LeakKind.MOLECULE in training.find_leaks(make_logp(salt, "val"))


def test_the_conditions_of_a_reaction_give_nothing_away(tmp_path: Path) -> None:
    asked = TaskInput(reactants="CCO.CC(=O)O", products="CCOC(C)=O")
    messages = render_prompt(TASKS["solvent_prediction"], asked, 0)
    solvent = (MoleculePart("CN(C)C=O", Role.REAGENT),)
    example = InstructionExample("solvents/1", "solvent_prediction", messages, solvent, "hand", "CC0", "train")
    write_shards([example], tmp_path / "shards", name="hand")
    assert read_training([tmp_path / "shards"]).find_leaks(make_logp("CN(C)C=O", "val")) == set()


def test_a_reaction_is_known_by_both_sides(training: TrainingKeys) -> None:
    same = training.find_leaks(make_forward("CC(=O)O.CCO", "CCOC(C)=O", "val"))  # in another order
    other = training.find_leaks(make_forward("CCO.CC(=O)Cl", "CCOC(C)=O", "val"))  # another way to the same product
    assert LeakKind.REACTION in same and LeakKind.MOLECULE in same
    assert LeakKind.REACTION not in other and LeakKind.MOLECULE in other


def test_a_reaction_whose_reagents_stand_among_the_reactants_is_the_same(training: TrainingKeys) -> None:
    """Acetanilide, with triethylamine and dichloromethane among the reactants; and acetylation without the acid."""
    more = training.find_leaks(make_forward("Nc1ccccc1.CC(=O)Cl.CCN(CC)CC.ClCCl", "CC(=O)Nc1ccccc1", "val"))
    fewer = training.find_leaks(make_forward("CCO", "CCOC(C)=O", "val"))
    for found in (more, fewer):
        assert {LeakKind.REACTION, LeakKind.CONTAINED_REACTION} <= found
    equal = training.find_leaks(make_forward("CC(=O)O.CCO", "CCOC(C)=O", "val"))
    assert LeakKind.CONTAINED_REACTION not in equal
    # The anhydride is another way; and a shared solvent makes no reaction of another product the same.
    assert LeakKind.REACTION not in training.find_leaks(
        make_forward("Nc1ccccc1.CC(=O)OC(C)=O.ClCCl", "CC(=O)Nc1ccccc1", "val")
    )
    assert LeakKind.REACTION not in training.find_leaks(make_forward("CCO.CC(=O)O.Cl", "CCCl", "val"))


def test_a_question_without_a_product_tells_no_reaction() -> None:
    assert find_reaction(make_logp("CCO", "val")) is None
    assert find_reaction(TRAINING[1]) == (("CC(=O)O", "CCO"), ("CCOC(C)=O",))


def test_figures_with_and_without(shards: Path, training: TrainingKeys, tmp_path: Path) -> None:
    """Of four numbers the leaked one alone is right: the mean error of all is 1.5, without it 2."""
    said = tmp_path / "said.jsonl"
    answers = {"logp/val/COc1ccc2cc([C@@H](C)C(=O)O)ccc2c1": 1.0}
    asked = ShardReader(shards, split="val", tasks=["logp"])
    lines = [{"id": example.id, "answer": answers.get(example.id, 3.0)} for example in asked]
    said.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = evaluate_subject(
        PredictionsSubject(said),
        ShardRows(shards, tasks=["logp"]),
        EvaluationPlan(limit=None),
        output=tmp_path / "out",
        baselines=False,
        training=training,
    )
    (found,) = done.leakage
    assert found.n == 4 and found.whole.interval.estimate == pytest.approx(1.5)
    by_kind = {one.kind: one for one in found.leaks}
    assert by_kind[LeakKind.MOLECULE].n_leaked == 1 and by_kind[LeakKind.SCAFFOLD].n_leaked == 2
    without = by_kind[LeakKind.MOLECULE].without
    assert without is not None and without.interval.estimate == pytest.approx(2.0) and without.interval.n == 3
    listed = [json.loads(line) for line in (tmp_path / "out" / "leakage.jsonl").read_text().splitlines()]
    assert {line["id"]: line["leaks"] for line in listed} == {
        "logp/val/COc1ccc2cc([C@@H](C)C(=O)O)ccc2c1": ["molecule", "near duplicate", "scaffold"],
        "logp/val/Clc1cccc2ccccc12": ["scaffold"],
    }
    assert "What the training data give away" in (tmp_path / "out" / "report.md").read_text()
    assert json.loads((tmp_path / "out" / "figures.json").read_text())["leakage"][0]["leaks"][0]["kind"] == "molecule"


def test_shards_without_training_rows(tmp_path: Path) -> None:
    write_shards([make_logp("CCO", "val")], tmp_path / "shards", name="hand")
    with pytest.raises(DataError, match="no training example"):
        read_training([tmp_path / "shards"])

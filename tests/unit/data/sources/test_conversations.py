"""Several questions about one molecule: what was said before stands in each example, and only the first shows it."""

from __future__ import annotations

import random
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest
from pydantic import ValidationError
from rdkit import Chem
from rdkit.Chem import Crippen, Descriptors, rdMolDescriptors

from anymol.data.config import ConversationsConfig, PropertyTask
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.conversations import ConversationsSource
from anymol.data.sources.molecules import WrongSplitError
from anymol.data.sources.source import DataOrigin
from anymol.evaluation.questions import recover_input
from anymol.modalities.content import MoleculePart, RecordPart, Speaker, TextPart
from anymol.tasks.table import get_task

TASKS = (PropertyTask.MOLECULAR_WEIGHT, PropertyTask.LOGP, PropertyTask.TPSA)
ETHANOL = "CCO"


def make_source(**changes: object) -> ConversationsSource:
    config = ConversationsConfig.model_validate({"builtin": True, "tasks": TASKS, "turns": 3, **changes})
    return ConversationsSource(config, Licences({}))


def test_every_turn_has_what_was_said_before_and_a_right_answer() -> None:
    ethanol = Chem.MolFromSmiles(ETHANOL)
    right = {
        "molecular_weight": Descriptors.MolWt(ethanol),
        "logp": Crippen.MolLogP(ethanol),
        "tpsa": rdMolDescriptors.CalcTPSA(ethanol),
    }
    lengths = set()
    for seed in range(20):
        made = make_source(graph_fraction=0.0).examples((7, ETHANOL), "train", random.Random(seed), Heldout.empty())
        lengths.add(len(made))
        assert len({one.task for one in made}) == len(made)  # nothing is asked twice
        for turn, example in enumerate(made):
            speakers = [message.speaker for message in example.messages]
            assert speakers == [Speaker.USER, *[Speaker.ASSISTANT, Speaker.USER] * turn]
            (said,) = example.answer
            assert isinstance(said, TextPart) and float(said.text) == pytest.approx(right[example.task], abs=0.006)
            # What it is about is found though later questions only point to it.
            assert recover_input(get_task(example.task), example).molecule is not None
            pointing = [part for message in example.messages[1:] for part in message.parts]
            assert all(isinstance(part, TextPart) and "{" not in part.text for part in pointing)
            if turn:
                assert example.messages[:-2] == made[turn - 1].messages
                assert example.messages[-2].parts == made[turn - 1].answer
        assert len({one.id for one in made}) == len(made)
    assert lengths == {2, 3}


def test_the_molecule_may_come_as_a_graph_and_is_shown_once() -> None:
    made = make_source(graph_fraction=1.0).examples((7, ETHANOL), "train", random.Random(1), Heldout.empty())
    shown = [part for part in made[-1].messages[0].parts if isinstance(part, RecordPart | MoleculePart)]
    assert any(isinstance(part, RecordPart) for part in shown)
    assert not any(isinstance(part, RecordPart | MoleculePart) for m in made[-1].messages[1:] for part in m.parts)


def test_molecules_of_another_split_are_passed_over() -> None:
    source = make_source()
    origin = DataOrigin(Path(), Licences({}), shippable=True, seed=0)
    taken: dict[str, set[int]] = {"train": set(), "val": set()}
    for row in islice(source.rows("train", origin), 200):
        for split, rows in taken.items():
            with suppress(WrongSplitError):
                source.examples(row, split, random.Random(0), Heldout.empty())
                rows.add(row[0])
    assert taken["train"] and taken["val"] and not taken["train"] & taken["val"]


def test_a_conversation_has_two_questions_at_least() -> None:
    with pytest.raises(ValidationError):
        make_source(tasks=TASKS[:1])
    with pytest.raises(ValidationError):
        make_source(turns=1)

"""Every task of the table answers the same questions."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anymol.chem.notation import Notation, write_surface
from anymol.chem.selfies import encode_selfies
from anymol.errors import UnknownTaskError, UnreadableAnswerError
from anymol.modalities.content import MoleculePart, RecordPart, Speaker, TextPart
from anymol.modalities.image import MoleculeImage
from anymol.modalities.modality import Modality
from anymol.tasks.prompt import ROLES, render_prompt, write_reaction
from anymol.tasks.routing import route
from anymol.tasks.table import TASKS, get_task
from anymol.tasks.task import AnswerKind, ReagentsState, Slot, Task, Value

GARBAGE = {
    AnswerKind.MOLECULE: ("", "<mol></mol>", "I do not know", "<mol>C1CC</mol>", "<mol>C(C)(C)(C)(C)C</mol>", "180.16"),
    AnswerKind.MIXTURE: ("", "<mol></mol>", "no idea at all", "<mol>CCO</mol><mol>xyz</mol>"),
    AnswerKind.REACTION: ("", "<mol>CCO</mol>", "<mol>CCO</mol>>>", "<mol>C(C</mol>>><mol>C</mol>", "a>b>c"),
    AnswerKind.NUMBER: ("", "heavy", "<mol>CCO</mol>", "between 2 and 3", "nan", "2-chloropyridine", "1e999"),
    AnswerKind.TEXT: ("", "   ", "<mol></mol>", "...", "180.16"),
    AnswerKind.CLASS: ("", "maybe", "<mol>CCO</mol>", "no idea at all", "180.16"),
}
ROLES_OF = {role: slot for slot, role in ROLES.items()}
OTHERS = {AnswerKind.MOLECULE: "CCO", AnswerKind.MIXTURE: "CCO", AnswerKind.REACTION: "CCO>>CC=O"}
FAMILIES = {"mol2mol", "mol2num", "mol2text", "text2mol", "record2mol", "mol2class"}


@pytest.fixture(params=TASKS.values(), ids=TASKS)
def task(request: pytest.FixtureRequest) -> Task:
    """Each task in turn."""
    return request.param


def write_answers(task: Task, value: Value) -> list[str]:
    """Write a value as models write it, in both notations."""
    match task.answer:
        case AnswerKind.MOLECULE | AnswerKind.MIXTURE:
            smiles = str(value)
            return [
                f"<mol>{smiles}</mol>",
                write_surface(smiles, Notation.SMILES),
                write_surface(encode_selfies(smiles).selfies, Notation.SELFIES),
                f" <mol>{smiles}",
            ]
        case AnswerKind.REACTION:
            parts = write_reaction(str(value))
            return [
                "".join(
                    write_surface(part.smiles, notation) if isinstance(part, MoleculePart) else str(part.text)
                    for part in parts
                    if isinstance(part, MoleculePart | TextPart)
                )
                for notation in (Notation.SMILES,)
            ]
        case AnswerKind.NUMBER:
            return [f"{value:.{task.decimals}f}", f"{value} {task.unit or ''}"]
        case AnswerKind.TEXT | AnswerKind.CLASS:
            return [str(value), f" {value}\n"]


def choose_other(task: Task, value: Value) -> Value:
    """Return another answer than `value`."""
    if task.labels:
        return next(label for label in task.labels if label != value)
    if isinstance(value, float):
        return value + 1.0
    return OTHERS.get(task.answer, "The molecule is an ester.")


def test_task_is_complete(task: Task) -> None:
    assert TASKS[task.name] is task
    assert task.family in FAMILIES
    assert task.version >= 1
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", task.name)
    assert task.summary.endswith(".")
    assert bool(task.cues) != task.by_name_only
    assert all(re.compile(pattern) and 0 < weight < 1 for pattern, weight in task.cues)
    assert not set(task.required) & set(task.optional)
    assert (task.answer is AnswerKind.CLASS) == bool(task.labels)
    assert not task.choices or (task.example[0].text in task.choices and len(set(task.choices)) > 1)
    assert task.round_trip is None or task.round_trip in TASKS


def test_every_task_is_documented(task: Task) -> None:
    page = (Path(__file__).parents[2] / "docs" / "concepts" / "tasks.md").read_text(encoding="utf-8")
    assert f"| `{task.name}` | {task.family} |" in page


def test_phrasings_are_many_short_and_distinct(task: Task) -> None:
    wanted = 8 if task.answer is AnswerKind.NUMBER else 6
    assert len(set(task.phrasings)) == len(task.phrasings) >= wanted
    assert len({phrasing.lower().rstrip(".?") for phrasing in task.phrasings}) == len(task.phrasings)
    for phrasing in task.phrasings:
        assert len(phrasing.split()) <= 12
        assert set(re.findall(r"\{(\w+)\}", phrasing)) <= {slot.value for slot in (*task.required, *task.optional)}


def test_prompt_covers_all_slots(task: Task) -> None:
    task_input, _ = task.example
    for phrasing in range(len(task.phrasings)):
        (message,) = render_prompt(task, task_input, phrasing)
        assert message.speaker is Speaker.USER
        molecules = [part.smiles for part in message.parts if isinstance(part, MoleculePart)]
        texts = [part.text for part in message.parts if isinstance(part, TextPart)]
        for slot in (*task.required, *task.optional):
            content = task_input.get(slot)
            if content is not None:
                assert content in (texts if slot in (Slot.TEXT, Slot.FORMULA) else molecules)
            for part in task_input.records.get(slot, ()):
                assert part in message.parts
        assert not any(re.search(r"\{\w+\}", text) for text in texts)


def test_prompt_gives_molecules_as_graphs(task: Task) -> None:
    task_input, _ = task.example
    slots = [slot for slot in task.required if slot is not Slot.TEXT]
    (message,) = render_prompt(task, task_input, as_graph=slots, beside_text=False)
    graphs = [part.smiles for part in message.parts if isinstance(part, RecordPart) and part.modality is Modality.GRAPH]
    given = [
        part.smiles
        for slot in slots
        for part in task_input.records.get(slot, ())
        if isinstance(part, RecordPart) and part.modality is Modality.GRAPH
    ]
    written = [task_input.get(slot) for slot in slots]
    assert graphs == [one for smiles in written if smiles for one in smiles.split(".")] + given


def test_records_stand_instead_of_the_notation(task: Task) -> None:
    task_input, _ = task.example
    slots = [slot for slot in task.required if slot is not Slot.TEXT]
    picture = RecordPart(Modality.IMAGE, MoleculeImage(np.zeros((4, 4, 3), np.uint8)))
    shown = replace(task_input, records=dict.fromkeys(slots, (picture,)))
    for beside_text in (True, False):
        (message,) = render_prompt(task, shown, beside_text=beside_text)
        assert message.parts.count(picture) == len(slots)
        notations = [part for part in message.parts if isinstance(part, MoleculePart)]
        if slots and (task.recognises or not beside_text):
            assert not [part for part in notations if ROLES_OF[part.role] in slots]
        elif slots:
            assert notations


def test_every_state_of_the_reagents_is_told(task: Task) -> None:
    if task.suffixes:
        assert set(task.suffixes) == set(ReagentsState)
        assert len(set(task.suffixes.values())) == 3


def test_answer_round_trips(task: Task) -> None:
    _, value = task.example
    for text in write_answers(task, value):
        assert task.parse(text) == value


def test_garbage_is_refused(task: Task) -> None:
    figures_too = task.name == "molecule_qa"  # "how many rings?" has an answer too
    for text in GARBAGE[task.answer]:
        if figures_too and text.strip(".0123456789") == "" and text.strip("."):
            continue
        with pytest.raises(UnreadableAnswerError):
            task.parse(text)


def test_example_passes_its_checks(task: Task) -> None:
    task_input, value = task.example
    checks = task.verify(task_input, value)
    assert checks
    assert not [check for check in checks if check.passed is False]
    assert all(check.detail and re.fullmatch(r"[a-z_]+", check.name) for check in checks)


def test_computed_example_is_exact(task: Task) -> None:
    if task.compute is not None:
        task_input, value = task.example
        computed = task.compute(task_input)
        assert computed.value == value
        assert computed.program and computed.evidence


def test_perfect_predictions_score_perfectly(task: Task) -> None:
    _, value = task.example
    other = choose_other(task, value)
    references = [value, other]
    for metric in task.metrics:
        perfect = 1.0 if metric.higher_is_better else 0.0
        assert metric.score(references, references) == pytest.approx(perfect), metric.name


def test_unreadable_predictions_count_as_wrong(task: Task) -> None:
    _, value = task.example
    other = choose_other(task, value)
    references = [value, other]
    headline = task.metrics[0]
    right, half = headline.score(references, references), headline.score([value, None], references)
    assert half < right if headline.higher_is_better else half > right
    assert {metric.name: metric for metric in task.metrics}["coverage"].score([value, None], references) == 0.5


def test_tidied_text_is_tidy(task: Task) -> None:
    if task.tidy_text is not None:
        text = task.example[0].text or ""
        assert task.tidy_text(text) == text
        assert task.tidy_text("something nobody understands") == "something nobody understands"


def test_own_phrasings_route_to_the_task(task: Task) -> None:
    if task.by_name_only:
        pytest.skip("its text is a question itself")
    task_input, _ = task.example
    for phrasing in task.phrasings:
        question = phrasing
        for slot in Slot:
            content = task_input.get(slot) or ""
            filled = content if slot in (Slot.TEXT, Slot.FORMULA) or not content else f"<mol>{content}</mol>"
            question = question.replace(f"{{{slot.value}}}", filled)
        found = route(question, has_record=task.recognises)
        assert found.task == task.name, question
        if Slot.TEXT in task.required:
            assert found.text == task_input.text, question


def test_misspelt_names_are_answered_with_near_ones(task: Task) -> None:
    with pytest.raises(UnknownTaskError) as caught:
        get_task(task.name[:-1])
    assert task.name in (caught.value.hint or "")


def test_prompts_and_records_need_no_rdkit() -> None:
    code = (
        "import sys; sys.modules['rdkit'] = None\n"
        "import anymol.tasks.task, anymol.tasks.prompt, anymol.metrics.text, anymol.metrics.regression\n"
        "import anymol.metrics.interval, anymol.metrics.calibration\n"
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

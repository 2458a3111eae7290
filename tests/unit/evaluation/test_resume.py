"""A run that is killed and goes on gives the figures of one that was let be; one bad row does not stop the others."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from anymol.errors import AnyMolError, DataError, InvalidFileError
from anymol.evaluation.answer_file import AnswerFile
from anymol.evaluation.own_rows import OwnRows
from anymol.evaluation.plan import EvaluationPlan
from anymol.evaluation.results import EvaluatedRow, Evaluation, restore_answers
from anymol.evaluation.runner import evaluate_subject
from anymol.evaluation.subjects.subject import Answered, AskedRow
from anymol.evaluation.subjects.writing import write_plain
from anymol.inference.answers import Interval, Method
from anymol.inference.scored import AnsweredRow, DecodedText, ScoredAnswer
from anymol.tasks.table import TASKS
from anymol.tasks.task import Task

N_ROWS = 150
"""Three pieces of rows."""
PLAN = EvaluationPlan(limit=None, seed=3)


class Guesser:
    """Answers each row with the length of its SMILES, an interval beside it, and nothing for every seventh.

    Args:
        dies_at: The row at which it kills its own process.
    """

    name = "guesser"
    settings: Mapping[str, Any] = {"subject": "guesser"}

    def __init__(self, dies_at: int | None = None) -> None:
        self.dies_at = dies_at
        self.asked: list[str] = []

    def answer(self, task: Task, rows: Sequence[AskedRow], *, seed: int) -> list[Answered]:
        found: list[Answered] = []
        for row in rows:
            if self.dies_at == len(self.asked):
                os.kill(os.getpid(), signal.SIGKILL)
            self.asked.append(row.example.id)
            guess = float(len(row.about.molecule or ""))
            if len(self.asked) % 7 == 0:
                found.append(DataError("it does not know", value=row.example.id))
                continue
            answer = ScoredAnswer(
                guess, str(guess), -0.5, interval=Interval(guess - 1.5, guess + 1.5), method=Method.MODEL
            )
            found.append(AnsweredRow((answer,), (DecodedText(str(guess), -0.5, complete=True),), 0))
        return found

    def write_question(self, row: AskedRow) -> str:
        return write_plain(row)

    def list_notes(self, rows: Sequence[EvaluatedRow]) -> Sequence[str]:
        return (f"{sum(not row.found.answers for row in rows)} rows without an answer",)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    lines = [f"{'C' * (1 + place % 9)}O,{place / 10}" for place in range(N_ROWS)]
    path.write_text("molecule,answer\n" + "\n".join(lines) + "\n")
    return path


def ask(table: Path, output: Path, subject: Guesser, **how: Any) -> Evaluation:
    return evaluate_subject(subject, OwnRows(table, TASKS["logp"]), PLAN, output=output, **how)


def summarise(output: Path) -> Any:
    """Return the figures of a run but for times, which no two runs share."""
    figures = json.loads((output / "figures.json").read_text())
    del figures["settings"]["seconds"]
    for task in figures["tasks"]:
        del task["seconds"]
    return figures


def read_answers(output: Path) -> list[Any]:
    lines = [json.loads(line) for line in (output / "predictions.jsonl").read_text().splitlines()]
    for line in lines:
        del line["seconds"]
    return lines


def kill(table: Path, output: Path, dies_at: int) -> None:
    """Run an evaluation in a process of its own that is killed while it answers a row."""
    child = os.fork()
    if child == 0:
        ask(table, output, Guesser(dies_at))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def test_a_killed_run_goes_on(table: Path, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    ask(table, whole, Guesser())
    kill(table, killed, dies_at=70)  # in the second piece, whose rows are asked again
    assert not (killed / "figures.json").exists()
    assert len(read_answers(killed)) == 64
    with (killed / "predictions.jsonl").open("a") as stream:
        stream.write('{"id": "row 64", "task": "logp", "answ')  # a line that the kill cut short
    subject = Guesser()
    subject.asked = ["?"] * 64  # every seventh row of the whole run has no answer
    ask(table, killed, subject, resume=True)
    assert len(subject.asked) == N_ROWS  # the first piece was not asked again
    assert read_answers(killed) == read_answers(whole)
    assert summarise(killed) == summarise(whole)
    report = (killed / "report.md").read_text().split("## How it was run")[0]
    assert report == (whole / "report.md").read_text().split("## How it was run")[0]


def test_a_finished_run_is_not_asked_again(table: Path, tmp_path: Path) -> None:
    first = ask(table, tmp_path / "out", Guesser())
    again = Guesser()
    second = ask(table, tmp_path / "out", again, resume=True)
    assert not again.asked
    assert second.tasks[0].figures == first.tasks[0].figures and second.tasks[0].coverage == first.tasks[0].coverage
    assert second.tasks[0].seconds == pytest.approx(first.tasks[0].seconds, abs=1e-3)


def test_only_the_same_run_goes_on(table: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    kill(table, output, dies_at=64)
    with pytest.raises(InvalidFileError, match="run that was stopped"):
        ask(table, output, Guesser())
    with pytest.raises(InvalidFileError, match="seed was 3 and is 4"):
        evaluate_subject(
            Guesser(), OwnRows(table, TASKS["logp"]), EvaluationPlan(limit=None, seed=4), output=output, resume=True
        )
    (output / "run.json").unlink()
    with pytest.raises(InvalidFileError, match=r"no run\.json beside it"):
        ask(table, output, Guesser(), resume=True)


def test_nothing_to_go_on_from_begins(table: Path, tmp_path: Path) -> None:
    done = ask(table, tmp_path / "new", Guesser(), resume=True)
    assert done.tasks[0].n == N_ROWS


def make_line(name: str, question: str = "?", reference: float = 1.0) -> dict[str, Any]:
    return {"task": "logp", "id": name, "question": question, "reference": reference}


def test_a_piece_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    a, b, c, d = (make_line(name) for name in "abcd")
    first = AnswerFile(tmp_path, {"subject": "x"})
    first.append([a, b])
    first.append([c])
    again = AnswerFile(tmp_path, {"subject": "x"}, resume=True)
    assert [line["id"] for line in again.take([a, b]) or ()] == ["a", "b"]
    assert again.take([c, d]) is None
    again.append([c, d])
    again.finish()
    lines = (tmp_path / "predictions.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["a", "b", "c", "d"]
    assert json.loads((tmp_path / "run.json").read_text())["finished"] is True


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (make_line("b", question="What is LogP?"), r"the question of b was \? and is What is LogP\?"),
        (make_line("b", reference=2.0), r"the reference of b was 1\.0 and is 2\.0"),
    ],
)
def test_an_id_does_not_make_a_row_the_same(now: dict[str, Any], said: str, tmp_path: Path) -> None:
    first = AnswerFile(tmp_path, {"subject": "x"})
    first.append([make_line("a"), make_line("b")])
    written = (tmp_path / "predictions.jsonl").read_bytes()
    with pytest.raises(InvalidFileError, match=said) as caught:
        AnswerFile(tmp_path, {"subject": "x"}, resume=True).take([make_line("a"), now])
    assert "--output" in str(caught.value.hint)
    assert (tmp_path / "predictions.jsonl").read_bytes() == written  # nothing of the earlier run is lost


def test_changed_wording_is_not_given_old_answers(table: Path, tmp_path: Path) -> None:
    class Reworded(Guesser):
        def write_question(self, row: AskedRow) -> str:
            return f"Please: {write_plain(row)}"

    output = tmp_path / "out"
    kill(table, output, dies_at=70)
    with pytest.raises(InvalidFileError, match="63 more like it"):
        ask(table, output, Reworded(), resume=True)
    # Half a surrogate pair is written as JSON escapes it, and read back as what it was.
    odd = make_line("a", question="\ud800")
    AnswerFile(tmp_path / "odd", {"subject": "x"}).append([odd])
    assert AnswerFile(tmp_path / "odd", {"subject": "x"}, resume=True).take([odd]) == [odd]


def test_what_is_restored_is_what_figures_are_made_of() -> None:
    line = {
        "id": "a", "unreadable": 2, "first_written": "CCO",
        "answers": [
            {"value": "CCO", "text": "CCO", "log_prob": -0.1, "probability": 0.75, "interval": None, "spread": None}
        ],
    }  # fmt: skip
    found = restore_answers(line)
    assert found.answers[0].value == "CCO" and found.answers[0].probability == 0.75
    assert found.unreadable == 2 and found.written[0].text == "CCO"
    with pytest.raises(InvalidFileError, match="cannot be read"):
        restore_answers({"id": "a", "answers": [{"value": "CCO"}]})


def test_a_bad_row_has_its_reason_and_the_others_their_answers(table: Path, tmp_path: Path) -> None:
    done = ask(table, tmp_path / "out", Guesser())
    errors = [row for row in done.rows if row.error is not None]
    assert len(errors) == N_ROWS // 7
    assert all("it does not know" in str(row.error) and not row.right for row in errors)
    assert done.tasks[0].n == N_ROWS
    assert any("have an error instead of an answer" in note for note in done.notes)
    assert not any(isinstance(row.prediction, AnyMolError) for row in done.rows)


class Steady(Guesser):
    """Answers a row by what it asks about alone, and kills its process at one of them.

    Args:
        dies_at_row: Its id.
    """

    def __init__(self, dies_at_row: str | None = None) -> None:
        super().__init__()
        self.dies_at_row = dies_at_row

    def answer(self, task: Task, rows: Sequence[AskedRow], *, seed: int) -> list[Answered]:
        if any(row.example.id == self.dies_at_row for row in rows):
            os.kill(os.getpid(), signal.SIGKILL)
        self.asked = []
        return super().answer(task, rows, seed=seed)


def test_several_processes_give_the_answers_of_one(table: Path, tmp_path: Path) -> None:
    subject = Steady()
    ask(table, tmp_path / "alone", subject)
    mine = Steady()
    ask(table, tmp_path / "several", mine, processes=2, load=Steady)
    assert not mine.asked  # copies of it were
    # Whichever process was done first: lines stand in the order of the rows.
    assert read_answers(tmp_path / "several") == read_answers(tmp_path / "alone")
    assert summarise(tmp_path / "several") == summarise(tmp_path / "alone")


def test_several_processes_go_on_with_what_one_answered(table: Path, tmp_path: Path) -> None:
    kill(table, tmp_path / "out", dies_at=70)
    (tmp_path / "first").write_text((tmp_path / "out" / "predictions.jsonl").read_text())
    done = ask(table, tmp_path / "out", Guesser(), resume=True, processes=2, load=Steady)
    assert len(done.rows) == N_ROWS
    assert (tmp_path / "out" / "predictions.jsonl").read_text().startswith((tmp_path / "first").read_text())


def test_a_row_that_kills_its_process_costs_itself_alone(table: Path, tmp_path: Path) -> None:
    done = ask(table, tmp_path / "out", Steady(), processes=2, load=partial(Steady, "row 70"))
    died = {row.example.id: row.error for row in done.rows if row.error and "died" in row.error}
    assert list(died) == ["row 70"] and "the process that answered this row died" in died["row 70"]
    assert len(done.rows) == N_ROWS and sum(bool(row.found.answers) for row in done.rows) > N_ROWS // 2

"""Asks one subject several suites, one after the other; a suite whose data are not at hand is told, and passed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anymol.errors import MissingDependencyError, UserError
from anymol.evaluation.asking import LoadSubject
from anymol.evaluation.leakage import TrainingKeys
from anymol.evaluation.plan import EvaluationPlan
from anymol.evaluation.protocol import Protocol
from anymol.evaluation.results import Evaluation
from anymol.evaluation.runner import NoRowsError, evaluate_subject
from anymol.evaluation.subjects.subject import Subject
from anymol.evaluation.suites.suite import MissingDataError, Suite
from anymol.evaluation.suites.suite_rows import SuiteRows
from anymol.tasks.table import get_task


@dataclass(frozen=True)
class SuitesEvaluation:
    """What came of several suites.

    Attributes:
        model: Name of the subject.
        done: Suite -> its evaluation.
        skipped: Suite -> why it was not asked.
    """

    model: str
    done: Mapping[str, Evaluation]
    skipped: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return the figures of all suites, as ``summary.json`` has them."""
        return {
            "model": self.model,
            "suites": {name: one.to_json() for name, one in self.done.items()},
            "skipped": dict(self.skipped),
        }


def evaluate_suites(
    subject: Subject,
    suites: Sequence[Suite],
    data_dir: Path,
    plan: EvaluationPlan,
    *,
    output: Path | None = None,
    protocol: Protocol = Protocol.HONEST,
    resume: bool = False,
    training: TrainingKeys | None = None,
    processes: int = 1,
    load: LoadSubject | None = None,
    log: Callable[[str], None] = lambda _: None,
) -> SuitesEvaluation:
    """Ask a subject several suites; each has a folder of its name below `output`.

    Args:
        subject: Who is asked.
        suites: Which suites.
        data_dir: The data directory.
        plan: Which rows of each; its tasks are those of all suites together.
        output: Folder for the reports; None for none.
        protocol: By whose rules.
        resume: Whether to go on with what a stopped run left below `output`.
        training: What the subject was trained on, where that is known.
        processes: How many ask, each with a copy of the subject.
        load: Loads such a copy, where several ask.
        log: Told which suite is asked, and which is not and why.

    Raises:
        UnknownTaskError: A task of the plan is none.
        UserError: Not one of the suites can be asked; why each cannot.
    """
    for task in plan.tasks or ():
        get_task(task)
    done: dict[str, Evaluation] = {}
    skipped: dict[str, str] = {}
    for suite in suites:
        if plan.tasks is not None and not suite.tasks & set(plan.tasks):
            continue
        folder = None if output is None else output / suite.name
        try:
            rows = SuiteRows(suite, data_dir, tasks=plan.tasks)
            log(f"{suite.name}: {', '.join(rows.tasks)}")
            done[suite.name] = evaluate_subject(
                subject,
                rows,
                plan,
                output=folder,
                protocol=protocol,
                resume=resume,
                training=training,
                processes=processes,
                load=load,
            )
        except (MissingDataError, NoRowsError, MissingDependencyError) as error:
            # A report is read elsewhere: where the data lie stays out of it.
            skipped[suite.name] = "; ".join(filter(None, (error.message, error.hint)))
            log(f"{suite.name}: not asked: {error}")
    if not done:
        raise UserError("no suite can be asked", hint="; ".join(skipped.values()) or "no suite has these tasks")
    return SuitesEvaluation(subject.name, done, skipped)

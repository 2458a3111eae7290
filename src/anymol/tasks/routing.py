"""From a free question to what answers it: a task, or calculations, by rules that can be read.

A question is read for what it contains (:mod:`anymol.tasks.question.reading`), then for the part of it that asks
(:mod:`anymol.tasks.question.clauses`). A task is pointed at by its own *phrasings* and *cues*
(:mod:`anymol.tasks.task_fit`), a calculation by the words that name it (:mod:`anymol.tasks.calculation_fit`). Cues of
one task add up like independent evidence, ``score = 1 - product(1 - weight)``. What is given, what is asked about a
reaction, words for things that nothing here answers, and words that nothing explains speak against. Below
:data:`THRESHOLD`, and where two readings are as good as each other, the question is not answered: a wrong answer that
looks right is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from anymol.calculations.asking import Request
from anymol.calculations.table import CALCULATIONS
from anymol.chem.names import find_name
from anymol.errors import UnknownTaskError
from anymol.modalities.content import Role
from anymol.tasks.asking import make_request
from anymol.tasks.calculation_fit import FORMATS, score_calculations
from anymol.tasks.case import Case, open_case
from anymol.tasks.cues import HERE
from anymol.tasks.fit import LACKING, Fit
from anymol.tasks.mentions import Mentions, Wording, mention_molecules
from anymol.tasks.question.mention import MentionKind, show_signs
from anymol.tasks.question.written_reactions import find_asked_reaction
from anymol.tasks.reaction_mentions import order_sides
from anymol.tasks.table import TASKS
from anymol.tasks.task import Slot, Task
from anymol.tasks.task_fit import find_text, list_unexplained, reads_name, score_task
from anymol.tasks.unanswered import Unanswered, find_unanswered

THRESHOLD: Final = 0.5
"""Least score of a question that is answered."""
_MARGIN: Final = 0.05
"""Two readings whose scores are nearer than this are as good as each other."""
_ABOUT: Final = frozenset({Slot.MOLECULE, Slot.REACTANTS, Slot.PRODUCTS})
"""Slots of what a task is asked about; where it needs none of them, molecules in a question are a part of its text."""
_SHOWN: Final = 0.7
"""Score of a notation that is asked of a record, where no cue says more."""

_STRUCTURES: Final = ("smiles", "draw")
"""Calculations that, asked of a name, ask which molecule it means."""
_NAMED_BY_TASK: Final = {"name": "molecule_to_name"}
"""Topics that are not calculations -> the task that answers them."""


@dataclass(frozen=True)
class Route:
    """Where a question goes: to a task, or to calculations.

    Attributes:
        task: Name of the task; empty where calculations answer.
        score: How well the question fits it, 0 to 1.
        text: What fills the task's text slot: a name, an edit, a specification; None for tasks without one.
        molecules: Molecules written in the question itself, as notations or as names, in their order.
        others: The next best tasks and calculations with their scores, best first.
        calculations: Names of the calculations, in the order in which they are asked for.
        request: What the question asks of these, in the form in which they answer; None for a task.
        transformation: The reaction that it names in words; empty where it names none.
        start: What a product shall be made from, as it is written; empty where that is open.
    """

    task: str
    score: float
    text: str | None = None
    molecules: tuple[str, ...] = ()
    others: tuple[tuple[str, float], ...] = ()
    calculations: tuple[str, ...] = ()
    request: Request | None = None
    transformation: str = ""
    start: str = ""


def route(
    question: str,
    *,
    has_molecule: bool = False,
    has_reaction: bool = False,
    has_record: bool = False,
    molecules: int | None = None,
) -> Route:
    """Find the task or the calculations that answer a free question.

    Args:
        question: The question. Molecules may stand in it as notations, between tags such as ``<mol>``, or as names.
        has_molecule: Whether molecules are given beside the question.
        has_reaction: Whether a reaction is given beside the question.
        has_record: Whether a drawing, spectrum, geometry or graph is given beside the question.
        molecules: How many molecules are given beside the question; None for one where `has_molecule`.

    Raises:
        UnknownTaskError: When the question fits nothing, or two things equally well; the hint names the nearest.

    Example:
        >>> found = route("Which molecule is called 2-chloropyridine?")
        >>> found.task, found.text
        ('name_to_molecule', '2-chloropyridine')
        >>> route("formula and number of rings of naphthalene").calculations
        ('formula', 'ring_count')
    """
    beside = int(has_molecule) if molecules is None else molecules
    case = open_case(question, beside, has_reaction=has_reaction, has_record=has_record)
    fits = sorted(_score_all(case), key=lambda fit: -fit.score)
    able = [fit for fit in fits if fit.score >= THRESHOLD]
    whole = [fit for fit in able if not fit.unexplained]
    if not whole:
        written = None if beside or has_record else find_asked_reaction(question)
        forward = _find_first(task for task in TASKS.values() if task.answer_role is Role.PRODUCT)
        if written is not None and forward is not None:
            return Route(forward.name, THRESHOLD, molecules=(written,))
        raise _leave_open(question, case, able) if able else _refuse(question, case, fits)
    best, *rest = whole
    if rest and rest[0].score >= best.score - _MARGIN:
        raise UnknownTaskError(
            "this question can be understood in two ways",
            value=question,
            hint=f"ask for {best.name} or for {rest[0].name}; the list of tasks has all",
        )
    others = tuple(
        (fit.name, round(fit.score, 3)) for fit in [one for one in fits if one is not best][:3] if fit.score > 0.0
    )
    return _describe(best, case, others)


def read_request(question: str, *, molecules: int = 0) -> Request | None:
    """Return what a question asks of the table of calculations; None where it asks a task, or nothing that is answered.

    Args:
        question: The question.
        molecules: How many molecules are given beside it.

    Example:
        >>> found = read_request("What are the formula and the number of rings of aspirin?")
        >>> found.calculations, [mention.text for mention in found.mentions]
        (('formula', 'ring_count'), ['aspirin'])
        >>> read_request("Make it less lipophilic", molecules=1) is None
        True
    """
    try:
        return route(question, molecules=molecules).request
    except UnknownTaskError:
        return None


def _score_all(case: Case) -> list[Fit]:
    """Score every task, and the calculations that the question names."""
    designs = [score_task(task, case, None) for task in TASKS.values() if task.describes_answer]
    designed = [fit for fit in designs if fit.score >= THRESHOLD]
    for fit in designed:
        if fit.task is not None and (wanted := find_text(fit.task, case, fit.held)):
            # 'Design a molecule with LogP 1 to 3' does not ask for a LogP.
            rest = case.reading.plain.replace(wanted, " ")
            case = open_case(rest, case.beside, has_reaction=False, has_record=case.has_record)
    role = _find_answered(case.role)
    tasks = [
        score_task(task, case, role)
        for task in TASKS.values()
        if not task.describes_answer and (case.has_record or not task.recognises)
    ]
    written = [fit for fit in tasks if fit.score >= THRESHOLD and fit.task is not None and _makes_molecule(fit.task)]
    named = written and all(fit.task is not None and reads_name(fit.task) for fit in written) and not designed
    formats = frozenset(_STRUCTURES) if named else FORMATS if designed or written else frozenset()
    counted = score_calculations(case, without=formats)
    if counted is None:
        return [*designs, *tasks]
    return _merge([*designs, *tasks], counted, case)


def _find_answered(role: Role | None) -> Role | None:
    """Return the part of a reaction that a task answers with: a solvent is a reagent where no task knows solvents."""
    known = {task.answer_role for task in TASKS.values()}
    return role if role is None or role in known else Role.REAGENT


def _makes_molecule(task: Task) -> bool:
    """Whether the answer of a task is a molecule that it does not start from."""
    return Slot.MOLECULE not in task.required or Slot.TEXT in task.required


def _merge(tasks: list[Fit], counted: Fit, case: Case) -> list[Fit]:
    """Return all fits; a calculation that is a task too is asked for as that task where it is alone."""
    if len(counted.calculations) == 1 and (twin := _find_twin(counted.calculations[0], case)) is not None:
        score = min(counted.score, _SHOWN) if twin.recognises else counted.score
        return [_join(fit, replace(counted, score=score), case) if fit.task is twin else fit for fit in tasks]
    same = {_name_task(name) for name in (*counted.calculations, *counted.spoken)}
    return [counted, *(fit for fit in tasks if fit.task is None or fit.task.name not in same)]


def _join(fit: Fit, counted: Fit, case: Case) -> Fit:
    """Return the fit of a task that is asked for by the words of a calculation, or by its own.

    A word that one of the two understands is understood: they ask the same.
    """
    own = fit.unexplained if fit.task is None or fit.score else list_unexplained(fit.task, case)
    left = tuple(word for word in counted.unexplained if word in own)
    return replace(fit, score=max(fit.score, counted.score), unexplained=left)


def _name_task(calculation: str) -> str | None:
    """Return the name of the task that asks the same as a calculation."""
    if calculation in TASKS:
        return calculation
    known = CALCULATIONS.get(calculation)
    return _NAMED_BY_TASK.get(calculation, calculation) if known is None else known.task


def _find_twin(calculation: str, case: Case) -> Task | None:
    """Return the task that answers what would be one calculation of what is given; None where there is none."""
    asks_one = case.molecules <= 1 and not case.is_formula
    twin = TASKS.get(_name_task(calculation) or calculation) if asks_one else None
    if twin is None and calculation in _STRUCTURES and case.asks_about_name:
        return _find_first(task for task in TASKS.values() if reads_name(task))
    if twin is None and calculation in FORMATS and case.has_record and not case.molecules:
        return _find_first(task for task in TASKS.values() if task.recognises and Slot.FORMULA in task.optional)
    return twin


def _find_first(tasks: Iterable[Task]) -> Task | None:
    return next(iter(tasks), None)


def _describe(best: Fit, case: Case, others: tuple[tuple[str, float], ...]) -> Route:
    """Return where a question goes, with what it says of the slots."""
    given = bool(case.beside or case.has_record or case.reading.points)
    wording = Wording(case.reading, best.held, given)
    score = round(best.score, 3)
    if best.task is None:
        molecules = mention_molecules(wording).molecules
        request = make_request(case.reading, best.calculations, beside=case.is_given_beside)
        return Route("", score, None, molecules, others, best.calculations, request)
    found = (best.task.find_mentions or mention_molecules)(wording)
    molecules = _keep(found, best.task, case)
    if {Slot.REACTANTS, Slot.PRODUCTS} <= set(best.task.required):
        molecules = order_sides(wording, molecules)
    return Route(
        best.task.name,
        score,
        found.text,
        molecules,
        others,
        transformation=found.transformation,
        start=found.start,
    )


def _keep(found: Mentions, task: Task, case: Case) -> tuple[str, ...]:
    """Return the molecules of a question that its task is asked about."""
    if Slot.TEXT in task.required and not _ABOUT & set(task.required):
        return ()
    if case.only_record:
        # A name beside a record may be another than the record's, which is to be noticed, or any other word.
        names = case.reading.list_kind(MentionKind.NAME)
        return tuple(one for one in found.molecules if one not in names or find_name(one) is not None)
    return found.molecules


def _leave_open(question: str, case: Case, able: Sequence[Fit]) -> UnknownTaskError:
    """Return why a question is not answered of which only a part is understood."""
    best = min(able, key=lambda fit: (len(fit.unexplained), -fit.score))
    unknown = find_unanswered(case.reading.words, best.unexplained)
    if unknown is not None:
        return _decline(question, unknown, f"; ask by itself for {best.name}")
    words = ", ".join(f"'{word}'" for word in best.unexplained)
    names = list(dict.fromkeys(fit.name for fit in (best, *able)))[:3]
    return UnknownTaskError(
        f"of this question I understand {best.name}, but not {words}",
        value=question,
        hint=f"say it in other words, or ask by itself for {' or '.join(names)}",
    )


def _decline(question: str, kind: Unanswered, more: str = "") -> UnknownTaskError:
    """Return why a question is not answered that asks for what nothing here knows."""
    return UnknownTaskError(f"anymol has no data on {kind.what}", value=question, hint=f"look in {kind.where}{more}")


def _refuse(question: str, case: Case, fits: list[Fit]) -> UnknownTaskError:
    """Return why a question is not answered, with what is nearest."""
    if case.reading.mentions and not show_signs(case.reading.masked).replace(HERE, "").strip(" ,;.!?"):
        shown = " and ".join(mention.text for mention in case.reading.mentions)
        return UnknownTaskError(
            "this names what is meant, but asks nothing",
            value=question,
            hint=f"say what is wanted, for example 'formula, mass and LogP of {shown}' or 'draw {shown}'",
        )
    unknown = find_unanswered(case.reading.words)
    if unknown is not None:
        return _decline(question, unknown)
    if fits[0].score >= THRESHOLD * LACKING and not case.has_molecule:
        missing = (
            "the question points at a molecule, and none is given" if case.reading.points else "no molecule is given"
        )
        return UnknownTaskError(missing, value=question, hint="name it, or give it beside")
    near = [fit.name for fit in fits if fit.score > 0.0][:3]
    if near:
        hint = f"nearest tasks: {', '.join(near)}; the list of tasks has all"
    else:
        given = Slot.MOLECULE if case.has_molecule else Slot.TEXT
        known = [task.name for task in TASKS.values() if task.required == (given,) and not task.recognises][:3]
        hint = f"I answer, for example, {', '.join(known)}; the list of tasks has all"
    return UnknownTaskError("this question is outside what I was trained for", value=question, hint=hint)

"""From a free question to what answers it: a task, or calculations, by rules that can be read.

A question is read for what it contains (:mod:`anymol.tasks.question.reading`), then for the part of it that asks
(:mod:`anymol.tasks.question.requests`). A task is pointed at by its own *phrasings* and *cues*, a calculation by the words
that name it (:mod:`anymol.tasks.question.topics`). Cues of one task add up like independent evidence,
``score = 1 - product(1 - weight)``. What is given, what is asked about a reaction, words for things that nothing here
answers, and words that nothing explains speak against. Below :data:`THRESHOLD`, and where two readings are as good as each
other, the question is not answered: a wrong answer that looks right is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from anymol.chem.names import find_name as look_up
from anymol.chem.reaction import is_reaction
from anymol.errors import UnknownTaskError
from anymol.modalities.content import Role
from anymol.tasks.cues import HERE
from anymol.tasks.mentions import Mentions, Wording, mention_molecules
from anymol.tasks.parsing import parse_text
from anymol.tasks.question.intents import find_role, names_order, seeks_better, seeks_order, seeks_route, speaks_of_part
from anymol.tasks.question.mention import (
    AMOUNT_SIGN,
    CONCENTRATION_SIGN,
    FORMULA_SIGN,
    NAME_SIGN,
    NOTATION_SIGN,
    MentionKind,
    show_signs,
)
from anymol.tasks.question.reading import Reading, read_question
from anymol.tasks.question.requests import Request, find_request
from anymol.tasks.question.topics import SURE, UNFINISHED, WEAK, Found, find_topics
from anymol.tasks.question.vocabulary import is_common, is_english
from anymol.tasks.table import TASKS
from anymol.tasks.task import AnswerKind, Slot, Task

THRESHOLD: Final = 0.5
"""Least score of a question that is answered."""
_MARGIN: Final = 0.05
"""Two readings whose scores are nearer than this are as good as each other."""
_FOREIGN: Final = 0.3
"""Share of the score that is left where a question asks for something that nothing here answers."""
_TOLD: Final = 0.5
"""Share of its weight that the strongest cue has in what a question tells beforehand: never enough by itself."""
_STRANGE: Final = 0.62
"""Share of the score that is left where nothing knows the word in the place of a name."""
_UNSAID: Final = 0.5
"""Share of the score that is left where no molecule is given and the question is about one."""
_KNOWN_WORD: Final = 0.95
"""Share of the score that each unexplained word of ordinary language leaves."""
_UNKNOWN_WORD: Final = 0.85
"""Share of the score that each other unexplained word leaves."""

_SOME_MOLECULE: Final = re.compile(
    r"\b(?:an?|any|some|one|three|five|ten|\d+) (?:\w+[ -]){0,3}(?:molecules?|compounds?|structures?|"
    r"drugs?|smiles) (?:that|which|with|having|containing|whose|composed|consisting)\b"
)
"""Words for a molecule that is to be found."""
_LOOK: Final = re.compile(r"\blooks?\b.*\b(?:as|in|like as)\b|\blooks? like in\b")
"""Words for how a molecule is written."""
_WEIGHED: Final = re.compile(rf"{AMOUNT_SIGN} (?:of )?{HERE}")
"""An amount of a molecule: what that weighs is not its molar mass."""
_NOT: Final = re.compile(r"\b(?:not|without|instead of|rather than) (?:the |its |an? )?$")
"""Words before what is not wanted."""
_SAME: Final = {"average_mass": "molecular_weight", "name": "molecule_to_name", "logp": "logp", "tpsa": "tpsa"}
"""Calculations that are tasks too."""
_STRUCTURES: Final = ("smiles", "draw")
"""Calculations that, asked of a name, ask which molecule it means."""
_FORMATS: Final = frozenset({"smiles", "selfies", "inchi", "draw", "mol_block"})
"""Calculations whose words also say how a molecule that is asked for shall be written."""
_AMOUNTS: Final = ("balancing", "dilution", "stoichiometry")
"""Calculations about amounts, which the question itself gives."""
_OF_FORMULA: Final = frozenset(
    {
        "formula", "average_mass", "monoisotopic_mass", "nominal_mass", "ion_mz", "isotope_pattern", "unsaturation",
        "element_percentages", "atom_counts", "heavy_atoms", *_AMOUNTS,
    }
)  # fmt: skip
"""Calculations that a molecular formula is enough for."""
_PAIRS: Final = ("same_molecule", "relation", "similarity", "substructure", "difference")
"""Calculations about two molecules."""


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
    """

    task: str
    score: float
    text: str | None = None
    molecules: tuple[str, ...] = ()
    others: tuple[tuple[str, float], ...] = ()
    calculations: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Case:
    """A question with what is given beside it.

    Attributes:
        reading: What the question contains.
        request: The part that asks, and the rest.
        asked: The part that asks, one sign for every molecule.
        role: The part of a reaction that it asks for.
        beside: How many molecules are given beside it.
        has_reaction: Whether a reaction is given, in the question or beside it.
        has_record: Whether a drawing, spectrum, geometry or graph is given beside it.
    """

    reading: Reading
    request: Request
    asked: str
    role: Role | None
    beside: int
    has_reaction: bool
    has_record: bool

    @property
    def has_molecule(self) -> bool:
        """Whether a molecule is given, in the question or beside it."""
        return bool(self.beside or self.has_record or self.has_reaction or self.reading.mentions)

    @property
    def molecules(self) -> int:
        """How many molecules are given, in the question and beside it."""
        return self.beside + len(self.reading.mentions)

    @property
    def is_strange(self) -> bool:
        """Whether all that the question may be about is a word that nothing knows."""
        kinds = {mention.kind for mention in self.reading.mentions}
        return kinds == {MentionKind.STRANGE} and not (self.beside or self.has_record or self.has_reaction)

    @property
    def is_formula(self) -> bool:
        """Whether all that is given is a molecular formula that no dictionary has: many molecules have it."""
        mentions = self.reading.mentions
        return (
            bool(mentions)
            and all(one.kind is MentionKind.FORMULA and look_up(one.text) is None for one in mentions)
            and not (self.beside or self.has_record or self.has_reaction)
        )


@dataclass(frozen=True)
class _Fit:
    """How a task or calculations fit a question; `held` is what stands in the hole of a phrasing that matched."""

    task: Task | None
    score: float
    held: str | None = None
    calculations: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()
    """Other calculations that the question speaks of without asking for them: what a ranking goes by."""

    @property
    def name(self) -> str:
        return self.task.name if self.task is not None else ", ".join(self.calculations)


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
    case = _open_case(question, int(has_molecule) if molecules is None else molecules, has_reaction, has_record)
    fits = sorted(_judge(case), key=lambda fit: -fit.score)
    best, *rest = fits
    if best.score < THRESHOLD and best.score >= THRESHOLD * _UNSAID and not case.has_molecule and case.reading.points:
        raise UnknownTaskError(
            "the question points at a molecule, and none is given", value=question, hint="name it, or give it beside"
        )
    if best.score < THRESHOLD:
        raise UnknownTaskError(
            "this question is outside what I was trained for", value=question, hint=_hint(fits, case.has_molecule)
        )
    rivals = [fit for fit in rest if fit.score >= best.score - _MARGIN]
    if rivals and best.score < 1.0:
        raise UnknownTaskError(
            "this question can be understood in two ways",
            value=question,
            hint=f"ask for {best.name} or for {rivals[0].name}; 'anymol tasks' lists all",
        )
    others = tuple((fit.name, round(fit.score, 3)) for fit in rest[:3] if fit.score > 0.0)
    wording = Wording(case.reading, best.held, has_molecule=bool(case.beside or case.has_record or case.reading.points))
    if best.task is None:
        found = mention_molecules(wording)
        return Route("", round(best.score, 3), None, found.molecules, others, best.calculations)
    found = (best.task.find_mentions or mention_molecules)(wording)
    return Route(best.task.name, round(best.score, 3), found.text, _keep(found, best.task, case), others)


def _open_case(question: str, beside: int, has_reaction: bool, has_record: bool) -> _Case:
    reading = read_question(question, given=bool(beside or has_reaction or has_record))
    request = find_request(reading.words)
    written = reading.list_kind(MentionKind.REACTION)
    return _Case(
        reading,
        request,
        show_signs(request.asked),
        find_role(request.asked),
        beside,
        has_reaction or any(is_reaction(one) for one in written),
        has_record,
    )


def _judge(case: _Case) -> list[_Fit]:
    """Score every task, and the calculations that the question names."""
    design = [_score(task, case) for task in TASKS.values() if task.describes_answer]
    for fit in design:
        if fit.score >= THRESHOLD and fit.task is not None and (wanted := _find_text(fit, case)):
            # 'Design a molecule with LogP 1 to 3' does not ask for a LogP.
            rest = case.reading.plain.replace(wanted, " ")
            case = _open_case(rest, case.beside, has_reaction=False, has_record=case.has_record)
    tasks = [
        _score(task, case)
        for task in TASKS.values()
        if not task.describes_answer and (case.has_record or not task.recognises)
    ]
    names_output = any(fit.score >= THRESHOLD for fit in design) or any(
        fit.score >= THRESHOLD and fit.task is not None and _answers_with_molecule(fit.task) for fit in tasks
    )
    counted = _score_calculations(case, without=_FORMATS if names_output else frozenset())
    if counted is not None and case.role is not None and not {"name", *_AMOUNTS} & set(counted.calculations):
        # 'The mass of the product' asks for neither alone.
        counted = replace(counted, score=counted.score * _UNSAID)
        tasks = [
            replace(fit, score=fit.score * _UNSAID) if fit.task and _is_reaction(fit.task) else fit for fit in tasks
        ]
    return _merge([*design, *tasks], counted, case)


def _answers_with_molecule(task: Task) -> bool:
    return Slot.MOLECULE not in task.required or Slot.TEXT in task.required


def _merge(tasks: list[_Fit], counted: _Fit | None, case: _Case) -> list[_Fit]:
    """Return all fits; a calculation that is a task too is asked for as that task where it is alone."""
    if counted is None:
        return tasks
    same = {_SAME.get(name) for name in (*counted.calculations, *counted.spoken)}
    if len(counted.calculations) == 1:
        (alone,) = counted.calculations
        twin = TASKS.get(_SAME.get(alone, alone))
        if twin is None and alone in _STRUCTURES and _asks_about_name(case):
            twin = next(task for task in TASKS.values() if _reads_name(task))
        if twin is None and alone in _FORMATS and case.has_record and not case.molecules:
            twin = next(task for task in TASKS.values() if task.recognises and Slot.FORMULA in task.optional)
            counted = replace(counted, score=min(counted.score, 0.7))
        if twin is not None:
            return [replace(fit, score=max(fit.score, counted.score)) if fit.task is twin else fit for fit in tasks]
    return [counted, *(fit for fit in tasks if fit.task is None or fit.task.name not in same)]


def _asks_about_name(case: _Case) -> bool:
    """Whether all that is given is one name."""
    kinds = [mention.kind for mention in case.reading.mentions]
    return kinds in ([MentionKind.NAME], [MentionKind.STRANGE]) and not (case.beside or case.has_record)


def _reads_name(task: Task) -> bool:
    """Whether the text of a task is the name of a chemical."""
    return task.required == (Slot.TEXT,) and not task.describes_answer


# ------------------------------------------------------------------------------------------------------ tasks


def _score(task: Task, case: _Case) -> _Fit:
    """Score one task by its phrasings, its cues and what is given."""
    held, exact = _match_phrasings(task, case)
    missed = 1.0 - exact
    told, hinted = show_signs(case.request.told), 0.0
    # A description may stand in a sentence of its own, before the one that asks.
    asked = show_signs(case.reading.words) if task.describes_answer else case.asked
    for pattern, weight in task.cues:
        if re.search(pattern, asked):
            missed *= 1.0 - weight
        elif told and re.search(pattern, told):
            hinted = max(hinted, _TOLD * weight)
    missed *= 1.0 - hinted
    if case.role is not None and _is_reaction(task) and not exact:
        if task.answer_role is _answerable(case.role):
            missed *= 0.2
        else:
            missed = 1.0 - 0.3 * (1.0 - missed)
    score = 1.0 - missed
    if not score:
        return _Fit(task, 0.0)
    score *= _suit(task, case) * (1.0 if exact and not held else _judge_foreign(task, case, held))
    if Slot.TEXT not in task.required and not exact:
        score *= _explain(case, [])
    return _Fit(task, score, held)


def _is_reaction(task: Task) -> bool:
    """Whether a task is asked about a reaction."""
    return Slot.REACTANTS in task.required or Slot.PRODUCTS in task.required


def _answerable(role: Role) -> Role:
    """Return the part that a task answers with; a solvent or a catalyst is asked for as a reagent where no task knows it."""
    known = {task.answer_role for task in TASKS.values()}
    return role if role in known else Role.REAGENT


def _judge_foreign(task: Task, case: _Case, held: str | None) -> float:
    """How much of the score words for things that nothing here answers leave."""
    # What stands in a text hole is the user's own and no sign of anything.
    text = held if held is not None else (_find_text(_Fit(task, 1.0), case) or "") if Slot.TEXT in task.required else ""
    judged = case.asked.replace(text.lower(), "") if text and not _reads_name(task) else case.asked
    factor = _FOREIGN ** len(_find_unfinished(case))
    for found in find_topics(judged):
        if found.foreign and not (task.reads and found.name in ("spectrum", "conformation")):
            factor *= _FOREIGN
    if not task.describes_answer and (seeks_better(judged) or (seeks_route(judged) and case.role is None)):
        factor *= _FOREIGN
    return factor


def _find_unfinished(case: _Case) -> list[Found]:
    """Return what speaks of an unfinished notation in what a question tells beforehand."""
    return [found for found in find_topics(show_signs(case.request.told)) if found.name == UNFINISHED]


def _suit(task: Task, case: _Case) -> float:
    """How well what is given suits a task, as a factor."""
    if task.describes_answer:
        given = case.beside or case.has_record or case.reading.list_kind(MentionKind.NOTATION, MentionKind.REACTION)
        return 0.6 if given else 1.0
    if _reads_name(task):
        names = case.reading.list_kind(MentionKind.NAME, MentionKind.STRANGE, MentionKind.FORMULA)
        if case.beside or case.has_record or case.reading.list_kind(MentionKind.NOTATION, MentionKind.REACTION):
            return 0.4
        return (0.9 if case.is_strange else _UNSAID if case.is_formula else 1.0) if names else 0.6
    factor = (_STRANGE if task.compute is not None else _UNSAID) if case.is_strange else 1.0
    if not case.has_molecule:
        factor *= _UNSAID
    if case.has_record and not case.beside and not task.recognises and _describes(task):
        factor *= 0.6  # 'what is it?' beside a spectrum asks which molecule it is
    if case.has_reaction and Slot.MOLECULE in task.required:
        factor *= _UNSAID
    if Slot.PRODUCTS in task.required and Slot.REACTANTS in task.required and not case.has_reaction:
        factor *= 1.0 if case.molecules > 1 else 0.8
    return factor


def _describes(task: Task) -> bool:
    """Whether a task answers with free words about a molecule."""
    return task.answer is AnswerKind.TEXT and task.round_trip is None and task.parse is parse_text


def _match_phrasings(task: Task, case: _Case) -> tuple[str | None, float]:
    """Return what stands in the text hole of a matching phrasing, and how sure the match is."""
    plain, masked = case.reading.plain, show_signs(case.reading.masked)
    best: tuple[str | None, float] = (None, 0.0)
    for pattern in _templates(task.name):
        match = pattern.fullmatch(masked) or (pattern.fullmatch(plain) if Slot.TEXT in task.required else None)
        if match is None:
            continue
        holes = match.groupdict()
        text = holes.pop("text", None)
        if any(content != HERE for content in holes.values()) or (text is not None and not text.strip(" ?.!")):
            continue
        if text is not None and _reads_name(task):
            names = case.reading.list_kind(MentionKind.NAME, MentionKind.STRANGE, MentionKind.FORMULA)
            if not names or (HERE in text and text != HERE):
                continue
            text = names[0] if text == HERE else text
        elif text is not None and (HERE in text or _find_text(_Fit(task, 1.0, text), case) is None):
            continue
        best = text, 0.9
    return best


@lru_cache(maxsize=64)
def _templates(name: str) -> tuple[re.Pattern[str], ...]:
    """Phrasings of a task as patterns; a hole takes any text, and the last sign may be missing or another."""
    return tuple(
        re.compile(
            re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(phrasing.rstrip(".?!"))) + r"\s*[.?!]*", re.IGNORECASE
        )
        for phrasing in TASKS[name].phrasings
    )


def _find_text(fit: _Fit, case: _Case) -> str | None:
    """Return what the question says of a task's text slot."""
    if fit.task is None or fit.task.find_mentions is None:
        return None
    given = bool(case.beside or case.has_record or case.reading.points)
    return fit.task.find_mentions(Wording(case.reading, fit.held, given)).text


def _keep(found: Mentions, task: Task, case: _Case) -> tuple[str, ...]:
    """Return the molecules of a question that its task is asked about."""
    if Slot.TEXT in task.required and Slot.MOLECULE not in task.required:
        return ()
    only_record = case.has_record and not case.beside
    if only_record:
        # A name beside a record may be another than the record's, which is to be noticed; it may also be any other word.
        names = case.reading.list_kind(MentionKind.NAME)
        return tuple(one for one in found.molecules if one not in names or look_up(one) is not None)
    return found.molecules


# ------------------------------------------------------------------------------------------------- calculations


def _score_calculations(case: _Case, without: frozenset[str]) -> _Fit | None:
    """Return the calculations that a question names, with their common score; None where it names none."""
    topics = find_topics(case.asked)
    foreign = [found for found in topics if found.foreign] + _find_unfinished(case)
    named = _drop_labels([found for found in topics if not found.foreign], case)
    named = _drop_sources(_drop_given(named, case), case.asked)
    named = [found for found in named if found.name not in without]
    chosen = _choose(named, case)
    if not chosen:
        return None
    names = tuple(dict.fromkeys(name for found in chosen for name in found.name.split("+")))
    score = min(found.weight for found in chosen)
    score *= _FOREIGN ** len(foreign)
    score *= _suit_calculations(names, case)
    score *= _explain(case, topics)
    written = case.beside or case.reading.list_kind(MentionKind.NOTATION)
    if _SOME_MOLECULE.search(case.asked) and not written:
        score *= _UNSAID  # 'a molecule with ...' is not one that is given
    if seeks_better(case.asked) and names != ("ranking",):
        score *= _FOREIGN
    return _Fit(None, score, None, names, tuple(found.name for found in named))


def _choose(named: list[Found], case: _Case) -> list[Found]:
    """Return the topics that a question asks for, of those whose words stand in it."""
    amounts = [found for found in named if found.name in _AMOUNTS and _has_amounts(found, case)]
    if amounts:
        return [max(amounts, key=lambda found: (found.weight, -_AMOUNTS.index(found.name)))]
    named = [found for found in named if found.name not in _AMOUNTS]
    if case.molecules > 1:
        pairs = [found for found in named if found.name in _PAIRS]
        if seeks_order(case.asked) and not pairs and (named or names_order(case.asked)):
            return [Found("ranking", SURE, 0, 0)]
        if pairs:
            best = max(pairs, key=lambda found: found.weight)
            return [best if best.weight > WEAK else replace(best, weight=WEAK)]
    named = [found for found in named if found.name not in _PAIRS and _NOT.search(case.asked[: found.start]) is None]
    if len({found.name for found in named}) > 1 and _LOOK.search(case.asked):
        named = [found for found in named if found.name != "draw"]  # 'what does it look like as SELFIES?'
    if _WEIGHED.search(case.asked):
        named = [found for found in named if found.name != "average_mass" or found.weight >= SURE]
    if any(found.name in ("ion_mz", "element_percentages", "isotope_pattern") for found in named):
        named = [found for found in named if found.weight > WEAK]
    return named


def _has_amounts(found: Found, case: _Case) -> bool:
    """Whether a question holds what a calculation about amounts starts from."""
    if found.name == "balancing":
        return case.has_reaction or case.molecules > 1 or (bool(case.molecules) and found.weight >= SURE)
    spoken = case.asked + case.request.told
    given = (
        AMOUNT_SIGN in spoken
        or CONCENTRATION_SIGN in spoken
        or "equiv" in spoken
        or (found.weight >= SURE and case.molecules > 1)
    )
    return given and (case.has_molecule or found.name == "dilution")


def _drop_labels(named: list[Found], case: _Case) -> list[Found]:
    """Return the topics without words that only say what a given molecule is written as: 'the SMILES CCO'."""
    kept = []
    for found in named:
        after = re.sub(
            r"^\s*(?:strings?|code|notation|representation|is|are|:|=|format|of)*\s*",
            "",
            case.request.asked[found.end :],
        )[:1]
        of = re.match(r"\s*of\b", case.request.asked[found.end :]) is not None
        label = {
            "smiles": NOTATION_SIGN,
            "selfies": NOTATION_SIGN,
            "inchi": NOTATION_SIGN,
            "name": NAME_SIGN,
            "formula": FORMULA_SIGN,
        }
        if (
            not of
            and after
            and label.get(found.name) == after
            and len(named) > 0
            and not _stands_alone(case.asked, found)
        ):
            continue
        kept.append(found)
    return kept


def _drop_given(named: list[Found], case: _Case) -> list[Found]:
    """Return the topics without the way in which the molecule is written already, where something else is named."""
    kinds = {mention.kind for mention in case.reading.mentions}
    given = {"name"} if kinds == {MentionKind.NAME} else {"smiles"} if kinds == {MentionKind.NOTATION} else set()
    kept = [
        found
        for found in named
        if found.name not in given or "canonical" in case.asked[found.start : found.end] or case.beside
    ]
    return kept if len({found.name for found in named}) > 1 and kept else named


def _stands_alone(asked: str, found: Found) -> bool:
    """Whether a question is nothing but the topic and its molecule."""
    return len((asked[: found.start] + asked[found.end :]).replace(HERE, "").strip(" ?.!,:;").split()) == 0


def _drop_sources(named: list[Found], asked: str) -> list[Found]:
    """Return the topics of a conversion without what is converted: 'the SMILES into a name'."""
    match = re.search(
        r"\b(?:convert|translate|turn|change|transform|conversion|from)\b.*?\b(?:in)?to\b|^(?:smiles|inchi|"
        r"selfies|name|structure)\b.*?\bto\b",
        asked,
    )
    if match is None:
        return named
    kept = [found for found in named if not match.start() <= found.start < match.end()]
    return kept or named


def _suit_calculations(names: Sequence[str], case: _Case) -> float:
    """How well what is given suits calculations, as a factor."""
    if any(name in _AMOUNTS for name in names):
        return 1.0
    factor = _STRANGE if case.is_strange else 1.0
    if not case.has_molecule:
        factor *= _UNSAID
    if case.has_reaction or speaks_of_part(case.request.asked):
        factor *= _UNSAID
    elif case.role is not None:
        factor *= 0.7
    if case.is_formula and not set(names) <= _OF_FORMULA:
        factor *= _UNSAID
    return factor


def _explain(case: _Case, topics: list[Found]) -> float:
    """How much of the score the words leave that are neither ordinary nor part of what is asked."""
    letters = list(case.asked)
    for found in topics:
        letters[found.start : found.end] = " " * (found.end - found.start)
    factor = 1.0
    for word in re.findall(r"[a-zà-ÿ]{3,}", "".join(letters)):
        if not is_common(word):
            factor *= _KNOWN_WORD if is_english(word) else _UNKNOWN_WORD
    return factor


def _hint(fits: list[_Fit], has_molecule: bool) -> str:
    near = [fit.name for fit in fits if fit.score > 0.0][:3]
    if not near:
        given = Slot.MOLECULE if has_molecule else Slot.TEXT
        near = [task.name for task in TASKS.values() if task.required == (given,) and not task.recognises][:3]
        return f"I answer, for example, {', '.join(near)}; 'anymol tasks' lists all"
    return f"nearest tasks: {', '.join(near)}; 'anymol tasks' lists all"

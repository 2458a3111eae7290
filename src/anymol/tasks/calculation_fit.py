"""Which calculations a question names, and how well they fit what is given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from anymol.calculations.amount_questions import choose_text_calculation
from anymol.calculations.calculation import Takes
from anymol.calculations.table import CALCULATIONS
from anymol.tasks.case import Case
from anymol.tasks.cues import HERE
from anymol.tasks.fit import FOREIGN, LACKING, STRANGE, Fit, blank_topics, explain_words, find_unfinished
from anymol.tasks.question.intents import (
    judges_value,
    names_order,
    seeks_better,
    seeks_order,
    seeks_reason,
    speaks_of_part,
)
from anymol.tasks.question.mention import (
    AMOUNT_SIGN,
    FORMULA_SIGN,
    NAME_SIGN,
    NOTATION_SIGN,
    MentionKind,
)
from anymol.tasks.question.topics import SURE, WEAK, Found, find_topics

_COMPARE: Final = frozenset(name for name, one in CALCULATIONS.items() if one.takes in (Takes.TWO, Takes.SEVERAL))
"""Calculations that compare molecules."""
FORMATS: Final = frozenset({"smiles", "selfies", "inchi", "draw", "mol_block"})
"""Calculations whose words also say how a molecule that is asked for shall be written."""
_AMOUNTS: Final = frozenset(name for name, one in CALCULATIONS.items() if one.takes is Takes.TEXT)
"""Calculations about amounts, which the question itself gives."""
_OF_REACTION: Final = "balancing"
"""The one of them that may be asked of a reaction given beside the question."""
_PAIRS: Final = tuple(name for name, one in CALCULATIONS.items() if one.takes is Takes.TWO)
"""Calculations about two molecules."""
_OF_FORMULA: Final = frozenset(
    {
        "formula", "average_mass", "monoisotopic_mass", "nominal_mass", "ion_mz", "isotope_pattern", "unsaturation",
        "element_percentages", "atom_counts", "heavy_atoms", *_AMOUNTS,
    }
)  # fmt: skip
"""Calculations that a molecular formula is enough for."""
_OTHER_MASSES: Final = ("ion_mz", "element_percentages", "isotope_pattern", "monoisotopic_mass", "nominal_mass")
"""Calculations beside which a mere 'mass' is not the molar one."""
_MASSES: Final = ("average_mass", "monoisotopic_mass", "nominal_mass", "formal_charge")
"""What is asked of an ion by its m/z."""
_OF = re.compile(r"\s*(?:of|for) (?:the |its |an? )?")
_LABELS: Final = {
    "smiles": NOTATION_SIGN,
    "selfies": NOTATION_SIGN,
    "inchi": NOTATION_SIGN,
    "name": NAME_SIGN,
    "formula": FORMULA_SIGN,
}
"""Calculations whose words may say how the molecule behind them is written: 'the SMILES CCO'."""
_BEFORE_LABELLED = re.compile(r"\s*(?:strings?|code|notation|representation|is|are|:|=|format)*\s*")
_SOME_MOLECULE = re.compile(
    r"\b(?:an?|any|some|one|three|five|ten|\d+) (?:\w+[ -]){0,3}(?:molecules?|compounds?|structures?|drugs?|smiles) "
    r"(?:that|which|with|having|containing|whose|composed|consisting)\b"
)
"""Words for a molecule that is to be found."""
_LOOK = re.compile(r"\blooks?\b.*\b(?:as|in|like as)\b|\blooks? like in\b")
"""Words for how a molecule is written."""
_WEIGHED = re.compile(rf"{AMOUNT_SIGN} (?:of )?{HERE}")
"""An amount of a molecule: what that weighs is not its molar mass."""
_NOT = re.compile(r"\b(?:not|without|instead of|rather than) (?:the |its |an? )?$")
"""Words before what is not wanted."""
_SOURCE = re.compile(
    r"\b(?:convert|translate|turn|change|transform|conversion|from)\b.*?\b(?:in)?to\b"
    r"|^(?:smiles|inchi|selfies|name|structure)\b.*?\bto\b"
)
"""What a conversion converts."""


def score_calculations(case: Case, *, without: frozenset[str] = frozenset()) -> Fit | None:
    """Return the calculations that a question names, with their common score; None where it names none.

    Args:
        case: The question.
        without: Calculations whose words mean something else in it.
    """
    about_amounts = choose_text_calculation(case.reading.plain)
    if about_amounts is not None:
        return Fit(SURE, calculations=(about_amounts,))
    topics = find_topics(case.asked)
    named = _drop_labels((found for found in topics if not found.foreign), case)
    named = _drop_sources(_drop_given(named, case), case.asked)
    named = [found for found in named if found.name not in without]
    chosen = _choose(named, case)
    if not chosen:
        return None
    names = tuple(dict.fromkeys(name for found in chosen for name in found.name.split("+")))
    score = min(found.weight for found in chosen)
    score *= FOREIGN ** (sum(found.foreign for found in topics) + len(find_unfinished(case)))
    score *= _suit(names, case) * explain_words(case, topics)
    if not _COMPARE & set(names):
        rest = blank_topics(case.asked, topics)
        wants_more = seeks_better(case.asked) or seeks_reason(case.asked) or judges_value(rest)
        score *= FOREIGN if wants_more else 1.0
    return Fit(score, None, None, names, tuple(found.name for found in named))


def _choose(named: list[Found], case: Case) -> list[Found]:
    """Return the topics that a question asks for, of those whose words stand in it."""
    balanced = [found for found in named if found.name == _OF_REACTION and (case.has_reaction or found.weight >= SURE)]
    if balanced and case.has_molecule:
        return balanced
    named = [found for found in named if found.name != _OF_REACTION]
    pairs = [found for found in named if found.name in _PAIRS]
    if case.molecules > 1 and pairs:
        best = max(pairs, key=lambda found: found.weight)
        return [replace(best, weight=max(best.weight, WEAK))]
    if case.molecules > 1 and seeks_order(case.asked) and (named or names_order(case.asked)):
        return [Found("ranking", SURE, 0, 0)]
    named = [found for found in named if found.name not in _PAIRS and _NOT.search(case.asked[: found.start]) is None]
    if len({found.name for found in named}) > 1 and _LOOK.search(case.asked):
        named = [found for found in named if found.name != "draw"]  # 'what does it look like as SELFIES?'
    if _WEIGHED.search(case.asked):
        named = [found for found in named if found.name != "average_mass" or found.weight >= SURE]
    if any(found.name in _OTHER_MASSES for found in named):
        named = [found for found in named if found.weight > WEAK]
    return _choose_of_ion(named, case.asked)


def _choose_of_ion(named: list[Found], asked: str) -> list[Found]:
    """Return the topics without what an adduct says beside them: the mass of an ion is its m/z."""
    if any(found.name == "isotope_pattern" for found in named):
        return [found for found in named if found.name != "ion_mz"]
    ions = [found.start for found in named if found.name == "ion_mz"]
    return [
        found
        for found in named
        if found.name not in _MASSES or not any(_OF.fullmatch(asked[found.end : start]) for start in ions)
    ]


def _drop_labels(named: Iterable[Found], case: Case) -> list[Found]:
    """Return the topics without words that only say how a given molecule is written: 'the SMILES CCO'."""
    kept = []
    for found in named:
        match = _BEFORE_LABELLED.match(case.clauses.asked, found.end)
        after = case.clauses.asked[match.end() :][:1] if match is not None else ""
        is_label = bool(after) and _LABELS.get(found.name) == after
        if not is_label or _stands_alone(case.asked, found):
            kept.append(found)
    return kept


def _stands_alone(asked: str, found: Found) -> bool:
    """Whether a question is nothing but the topic and its molecule."""
    return not (asked[: found.start] + asked[found.end :]).replace(HERE, "").strip(" ?.!,:;")


def _drop_given(named: list[Found], case: Case) -> list[Found]:
    """Return the topics without the way in which the molecule is written already, where something else is named."""
    kinds = {mention.kind for mention in case.reading.mentions}
    given = {"name"} if kinds == {MentionKind.NAME} else {"smiles"} if kinds == {MentionKind.NOTATION} else set()
    kept = [
        found
        for found in named
        if found.name not in given or "canonical" in case.asked[found.start : found.end] or case.beside
    ]
    return kept if kept and len({found.name for found in named}) > 1 else named


def _drop_sources(named: list[Found], asked: str) -> list[Found]:
    """Return the topics of a conversion without what is converted: 'the SMILES into a name'."""
    match = _SOURCE.search(asked)
    if match is None:
        return named
    return [found for found in named if not match.start() <= found.start < match.end()] or named


def _suit(names: Sequence[str], case: Case) -> float:
    """Return how well what is given suits calculations, as a share of the score."""
    if any(name in _AMOUNTS for name in names):
        return 1.0
    share = STRANGE if case.is_strange else 1.0
    if not case.has_molecule:
        share *= LACKING
    if case.has_reaction or speaks_of_part(case.clauses.asked):
        share *= LACKING
    elif case.role is not None:
        share *= 0.7
    if case.is_formula and not set(names) <= _OF_FORMULA:
        share *= LACKING
    if _SOME_MOLECULE.search(case.asked) and not (case.beside or case.reading.list_kind(MentionKind.NOTATION)):
        share *= LACKING  # 'a molecule with ...' is not one that is given
    return share

"""Which calculations a question names, and how well they fit what is given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from anymol.calculations.balancing import find_equation
from anymol.calculations.calculation import Takes
from anymol.calculations.stated_masses import STATED_MASS
from anymol.calculations.table import CALCULATIONS
from anymol.calculations.text_questions import choose_text_calculation
from anymol.tasks.accounting import SHOWN, find_conditions, find_links, find_unexplained
from anymol.tasks.case import Case
from anymol.tasks.cues import HERE
from anymol.tasks.fit import LACKING, STRANGE, Fit
from anymol.tasks.question.intents import names_order, seeks_order
from anymol.tasks.question.mention import (
    AMOUNT_SIGN,
    FORMULA_SIGN,
    NAME_SIGN,
    NOTATION_SIGN,
    POINT_SIGN,
    MentionKind,
    show_signs,
)
from anymol.tasks.question.topics import SURE, WEAK, Found, find_topics, get_topic

FORMATS: Final = frozenset({"smiles", "selfies", "inchi", "draw", "mol_block"})
"""Calculations whose words also say how a molecule that is asked for shall be written."""
_OF_TEXT: Final = frozenset(name for name, one in CALCULATIONS.items() if one.takes is Takes.TEXT)
"""Calculations that take the question as it stands."""
_OF_REACTION: Final = "balancing"
"""The one of them that may be asked of a reaction given beside the question."""
_PAIRS: Final = tuple(name for name, one in CALCULATIONS.items() if one.takes is Takes.TWO)
"""Calculations about two molecules."""
_ORDERS: Final = tuple(name for name, one in CALCULATIONS.items() if one.takes is Takes.SEVERAL and name != "ranking")
"""Calculations about several molecules that have words of their own: what is ordered by them is no ranking."""
_MAKING: Final = frozenset({"conjugate_acid", "conjugate_base", "mirror_image", "scaffold", "neutral_parent"})
"""Calculations that give another molecule: what is asked of that one is not asked of the molecule that is named."""
_OF_FORMULA: Final = frozenset(
    {
        "formula", "average_mass", "monoisotopic_mass", "nominal_mass", "ion_mz", "isotope_pattern", "unsaturation",
        "element_percentages", "atom_counts", "heavy_atoms", *_OF_TEXT,
    }
)  # fmt: skip
"""Calculations that a molecular formula is enough for."""
_LABELS: Final = {
    "smiles": NOTATION_SIGN,
    "selfies": NOTATION_SIGN,
    "inchi": NOTATION_SIGN,
    "name": NAME_SIGN,
    "formula": FORMULA_SIGN,
}
"""Calculations whose words may say how the molecule behind them is written: 'the SMILES CCO'."""
_BEFORE_LABELLED = re.compile(r"\s*(?:strings?|code|notation|representation|is|are|:|=|format)*\s*")
_ASKED_NUMBERS: Final = frozenset({"many", "much"})
"""Words that ask for a number, which calculations answer with."""
_WEIGHED = re.compile(rf"{AMOUNT_SIGN} (?:of )?{HERE}")
"""An amount of a molecule: what that weighs is not its molar mass."""
_COMPARES = re.compile(r"(?:please )?(?:compare|comparison of)\b")
_EXTREMES = re.compile(r"\b(?:which|more|most|less|least|fewer|fewest|\w+er|\w+est) ")
_POSSESSIVE = re.compile(rf"\b(to|into|in) {POINT_SIGN}(?= \w)")
"""'To its name': what is written of the molecule before, and not another one."""
_NOT = re.compile(r"\b(?:not|without|instead of|rather than|but not) (?:the |its |an? )?$")
"""Words before what is not wanted."""
_JOINT = re.compile(r"\band\b|\b(?:vs|versus)\b|\bplus\b|\bas well as\b|[,;&+/]")
"""What joins two things that are both asked for."""
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
        return Fit(SURE, calculations=(about_amounts,), unexplained=_list_unexplained((), (about_amounts,), case))
    found = list(find_topics(case.asked))
    refused = [one for one in found if _NOT.search(case.asked[: one.start])]
    named = _drop_sources(_drop_given(_drop_labels(_without(found, refused), case), case), case.asked)
    described = _without(found, [*named, *refused])
    named = [one for one in named if one.name not in without]
    chosen = _choose(named, case)
    if not chosen:
        return None
    names = tuple(dict.fromkeys(name for one in chosen for name in one.name.split("+")))
    score = min(one.weight for one in chosen) * _suit(names, case)
    said = [*chosen, *described]
    if names == ("ranking",):
        said += [one for one in named if _has_degrees(case.asked[one.start : one.end])]
    said += [one for one in named if any(one.name in get_topic(over.name).over for over in chosen)]
    spans = [*_list_words(said), *_list_negations(refused, case.asked)]
    return Fit(score, None, None, names, tuple(one.name for one in found), _list_unexplained(spans, names, case))


def _has_degrees(words: str) -> bool:
    """Whether molecules can have more of what is named: 'more rings', but not 'more aromatic' or 'more chiral'."""
    return HERE not in words and words not in ("chiral", "achiral", "asymmetric", "optically active")


def _without(found: Iterable[Found], dropped: Sequence[Found]) -> list[Found]:
    return [one for one in found if one not in dropped]


def _list_words(found: Iterable[Found]) -> Iterator[tuple[int, int]]:
    """Yield where the words of topics stand, without the gaps between them."""
    for one in found:
        start = one.start
        for gap, end in sorted(one.gaps):
            yield start, gap
            start = end
        yield start, one.end


def _list_negations(refused: Iterable[Found], asked: str) -> Iterator[tuple[int, int]]:
    """Yield where topics stand that are not wanted, with the words that say so."""
    for one in refused:
        match = _NOT.search(asked[: one.start])
        yield (one.start if match is None else match.start()), one.end


def _list_unexplained(spans: Iterable[tuple[int, int]], names: Sequence[str], case: Case) -> tuple[str, ...]:
    """Return the words of a question that calculations leave out of account."""
    words = _ASKED_NUMBERS.union(*(get_topic(name).beside for name in names))
    words |= SHOWN if case.has_record else frozenset()
    words |= {"compare", "comparison", "compared", "versus", "vs"} if case.molecules > 1 else frozenset()
    if _OF_TEXT.issuperset(names):
        spans = [*spans, *(match.span() for match in STATED_MASS.finditer(case.asked))]
        left = find_unexplained(case.asked, spans, words) + find_conditions(case.before, words)
        # Numbers and what stands in an equation are read by the calculation itself.
        equation = find_equation(case.reading.plain) or ""
        return tuple(one for one in left if not one[0].isdigit() and one not in equation.lower())
    left = find_unexplained(case.asked, spans, words) + find_conditions(case.before, words)
    alone = all(CALCULATIONS[name].takes is Takes.ONE for name in names if name in CALCULATIONS)
    linked = show_signs(_POSSESSIVE.sub(r"\1 its", case.clauses.asked))
    return left + find_links(linked) if alone else left


def _choose(named: list[Found], case: Case) -> list[Found]:
    """Return the topics that a question asks for, of those whose words stand in it."""
    balanced = [one for one in named if one.name == _OF_REACTION and (case.has_reaction or one.weight >= SURE)]
    if balanced and case.has_molecule:
        return balanced
    named = [one for one in named if one.name != _OF_REACTION]
    pairs = [one for one in named if one.name in _PAIRS]
    if case.molecules > 1 and pairs:
        best = max(pairs, key=lambda one: one.weight)
        return [replace(best, weight=max(best.weight, WEAK))]
    orders = [one for one in named if one.name in _ORDERS]
    if orders:
        return orders
    kinds = {one.name for one in named if one.name not in _PAIRS}
    if len(kinds) > 1 and _COMPARES.match(case.asked) and not _EXTREMES.search(case.asked):
        return [one for one in named if one.name not in _PAIRS]  # each of each molecule: an order has one value
    if case.molecules > 1 and seeks_order(case.asked) and (named or names_order(case.asked)):
        return [Found("ranking", SURE, 0, 0)]
    named = [one for one in named if one.name not in _PAIRS]
    if _WEIGHED.search(case.asked):
        named = [one for one in named if one.name != "average_mass" or one.weight >= SURE]
    named = [one for one in named if not any(_says_again(one, other, case.asked) for other in named)]
    made = [one for one in named if one.name in _MAKING]
    return [one for one in named if one in made or all(_is_joined(one, other, case.asked) for other in made)]


def _says_again(one: Found, other: Found, asked: str) -> bool:
    """Whether a topic only says more of another one: 'how heavy is the ion', but not 'the mass and the m/z'."""
    return one.name in get_topic(other.name).over and not _is_joined(one, other, asked)


def _is_joined(one: Found, other: Found, asked: str) -> bool:
    """Whether two topics are asked for side by side: 'the mass and the conjugate base', and not the mass of that."""
    first, second = sorted((one, other), key=lambda found: found.start)
    # A comma inside brackets joins nothing: 'the mass (neutral, monoisotopic)'.
    return _JOINT.search(asked[first.end : second.start].partition("(")[0]) is not None


def _drop_labels(named: Iterable[Found], case: Case) -> list[Found]:
    """Return the topics without words that only say how a given molecule is written: 'the SMILES CCO'."""
    kept = []
    for found in named:
        match = _BEFORE_LABELLED.match(case.clauses.asked, found.end)
        after = case.clauses.asked[match.end() :][:1] if match is not None else ""
        is_label = (
            bool(after) and _LABELS.get(found.name) == after and "canonical" not in case.asked[found.start : found.end]
        )
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
    if any(name in _OF_TEXT for name in names):
        return 1.0
    share = STRANGE if case.is_strange else 1.0
    if not case.has_molecule or case.has_reaction:
        share *= LACKING
    if case.is_formula and not set(names) <= _OF_FORMULA:
        share *= LACKING
    return share

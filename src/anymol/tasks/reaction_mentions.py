"""Who reacts, with what, and what is made, in the words of a question about a reaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from anymol.chem.names import find_name
from anymol.chem.redox import oxidises, reduces
from anymol.chem.textbook_reactions import name_transformation
from anymol.errors import UnknownTaskError
from anymol.tasks.cues import HERE
from anymol.tasks.mentions import Mentions, Wording
from anymol.tasks.question.mention import MentionKind, show_signs

_MADE_FROM: Final = re.compile(
    rf"^[^{HERE}]*{HERE}[^{HERE}]*\b(?:from|out of|starting with|by (?:the )?(?!\w*ly )\w+ of)\b[^{HERE}]*{HERE}",
    re.IGNORECASE,
)
"""A product before what it is made of: 'benzaldehyde from benzyl alcohol'."""

_STARTS_FROM: Final = re.compile(
    rf"{HERE} (?:from|out of|starting (?:from|with)|using|with) (?:the )?{HERE}"
    r"(?:\s+as (?:the )?starting material)?\s*[?.!]*$"
)
_USUAL: Final = tuple(
    (re.compile(rf"\b(?:mono)?{words}", re.IGNORECASE), reagents)
    for words, reagents in (
        (r"nitrations?\b", ("HNO3", "H2SO4")),
        (r"sulfonations?\b", ("SO3", "H2SO4")),
        (r"brominations?\b", ("Br2",)),
        (r"chlorinations?\b", ("Cl2",)),
        (r"iodinations?\b", ("I2",)),
        (r"friedel[ -]?crafts acetylations?\b", ("acetyl chloride", "AlCl3")),
        (r"friedel[ -]?crafts benzoylations?\b", ("benzoyl chloride", "AlCl3")),
        (r"acetylations?\b", ("acetic anhydride",)),
        (r"benzoylations?\b", ("benzoyl chloride",)),
        (r"tosylations?\b", ("tosyl chloride",)),
        (r"mesylations?\b", ("mesyl chloride",)),
        (r"methylations?\b", ("iodomethane",)),
        (r"benzylations?\b", ("benzyl bromide",)),
        (r"hydrogenations?\b", ("H2", "palladium")),
        (r"hydroborations?\b", ("BH3", "H2O2", "NaOH")),
        (r"epoxidations?\b", ("mCPBA",)),
        (r"dihydroxylations?\b", ("OsO4",)),
        (r"dehydrations?\b", ("H2SO4",)),
        (r"hydrations?\b", ("water", "H2SO4")),
        (r"ozonolys[ei]s\b(?=.*\breducti)", ("O3", "dimethyl sulfide")),
        (r"ozonolys[ei]s\b(?=.*\boxidati)", ("O3", "H2O2")),
        (r"saponifications?\b", ("NaOH", "water")),
        (r"hydrolys[ei]s\b", ("NaOH", "water")),
    )
)
"""What a transformation is usually done with, where its name says that and a question does not."""

_IMPLIED: Final = (
    (re.compile(r"ozonoly\w+"), "O3"),
    (re.compile(r"(?:catalytic )?hydrogenations?"), "H2"),
)
"""What the name of a transformation alone says that it is done with, beside what a question names."""
_FURTHER: Final = re.compile(r"\b(?:then|followed by|subsequent\w*|afterwards)\b")
"""What follows is another step, whose product the named one does not give."""

_OPEN: Final = re.compile(
    r"\b(?:(?:di|tri|per|poly)\w*(?:nitration|bromination|chlorination|iodination|methylation|acetylation)|"
    r"(?:trans)?esterification|amidation|amination|(?:reductive )?alkylation|acylation|arylation|halogenation|"
    r"fluorination|silylation|ozonolysis|decarboxylation|cycloaddition|substitution|friedel[ -]?crafts(?: \w+)?|"
    r"grignard|wittig|suzuki|heck|sonogashira|negishi|stille|buchwald|ullmann|mitsunobu|sandmeyer|mannich|michael|"
    r"diels[ -]alder)\b",
    re.IGNORECASE,
)
"""Transformations that need a partner, or are done in several ways."""


_LATER: Final = re.compile(r"\b(?:then|followed by|afterwards?|subsequently)\b", re.IGNORECASE)
"""Before what is added later."""

_STARTS: Final = frozenset({"B", "B1C2CCCC1CCC2", "O=[O+][O-]"})
"""Boranes and ozone: what they make is oxidised or reduced in the same reaction, hydroboration or ozonolysis."""


def order_sides(asked: Wording, molecules: Sequence[str]) -> tuple[str, ...]:
    """Return the molecules of a reaction with the product last.

    Args:
        asked: The question.
        molecules: As it names them, in its order.
    """
    is_whole = show_signs(asked.reading.masked).count(HERE) == len(molecules)
    if is_whole and len(molecules) > 1 and _MADE_FROM.search(show_signs(asked.reading.masked)):
        return (*molecules[1:], molecules[0])
    return tuple(molecules)


def tells_start(masked: str) -> bool:
    """Whether a question with signs for its two molecules names a product and what it shall be made from."""
    return masked.count(HERE) == 2 and _STARTS_FROM.search(masked) is not None


def mention_product(asked: Wording) -> Mentions:
    """Return the product that is to be made, and what it shall be made from, where the question says that."""
    molecules = asked.reading.list_kind(*MentionKind)
    if len(molecules) == 2 and not asked.has_molecule and tells_start(show_signs(asked.reading.masked)):
        return Mentions(molecules=molecules[:1], start=molecules[1])
    return Mentions(molecules=molecules)


def mention_reactants(asked: Wording) -> Mentions:
    """Return what reacts; beside one molecule alone, what the named transformation is usually done with.

    Args:
        asked: The question.

    Raises:
        UnknownTaskError: The transformation needs a partner, or is done in several ways, and none is named; or one step
            oxidises what a later one reduces, which no mixture does.
    """
    molecules = asked.reading.list_kind(*MentionKind)
    _refuse_steps(asked, molecules)
    words = asked.reading.words
    named = "" if _FURTHER.search(words) else name_transformation(words)
    if len(molecules) + asked.has_molecule != 1:
        implied = next((reagent for pattern, reagent in _IMPLIED if pattern.fullmatch(named)), None)
        told = molecules if implied is None or _is_told(implied, molecules) else (*molecules, implied)
        return Mentions(molecules=told, transformation=named)
    usual = next((reagents for pattern, reagents in _USUAL if pattern.search(words)), ())
    if not usual and (found := _OPEN.search(words)) is not None:
        hint = "name the other reactant or the reagents too"
        if found.group().lower() == "ozonolysis":
            hint = "say with reductive workup (dimethyl sulfide) or with oxidative workup (H2O2)"
        raise UnknownTaskError(
            f"how the {found.group()} is done, or with what, is not said", value=asked.reading.plain, hint=hint
        )
    return Mentions(molecules=(*molecules, *usual), transformation=named)


def _refuse_steps(asked: Wording, molecules: Sequence[str]) -> None:
    """Refuse two steps in one question of which one needs an oxidant and the other a reductant.

    All molecules of a question are taken as one mixture: right where an acid is activated, then meets its amine, and
    wrong where an arene is nitrated, then reduced.
    """
    shown = show_signs(asked.reading.masked)
    later = _LATER.search(shown)
    if later is None or shown.count(HERE) != len(molecules):
        return
    count = shown[: later.start()].count(HERE)
    hits = [find_name(one) for one in molecules]
    earlier, after = (
        {each for hit in part if hit is not None for each in hit.smiles.split(".")}
        for part in (hits[:count], hits[count:])
    )
    if earlier & _STARTS:
        return
    for first, second in ((oxidises, reduces), (reduces, oxidises)):
        if any(map(first, earlier)) and any(map(second, after)):
            raise UnknownTaskError(
                f"these are two steps, of which the second comes '{later.group()}', and I take one mixture at a time",
                value=asked.reading.plain,
                hint="ask for the first product, then what it gives with the rest",
            )


def _is_told(reagent: str, molecules: Sequence[str]) -> bool:
    """Whether a reagent is among the molecules that a question names, under whichever name."""
    wanted = find_name(reagent)
    found = [find_name(one) for one in molecules]
    return wanted is not None and any(one is not None and one.smiles == wanted.smiles for one in found)

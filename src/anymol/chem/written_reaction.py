"""Reactions as people write them: ``4-bromoanisole + phenylboronic acid, Pd(PPh3)4 (5 mol%), K2CO3, dioxane, 90 °C``.

Notations and names may be mixed; pieces stand between ``+``, ``,``, ``;``, ``and``, ``with``, on both sides of an arrow
and over it. Amounts and conditions are told from molecules. What a piece names is left to a resolver.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from anymol.chem.conditions import is_catalytic, is_condition, strip_conditions
from anymol.errors import InvalidReactionError

MAX_LENGTH: Final = 2_000
"""Characters of a reaction in words."""

Knows = Callable[[str], bool]
"""Whether a text names a molecule."""


class Place(StrEnum):
    """Where a molecule is written, as far as that tells its role."""

    OPEN = "open"
    """Among what is put together: a reactant or a reagent."""
    REACTANT = "reactant"
    """Before the first ``>`` of three parts."""
    REAGENT = "reagent"
    """Between the signs, after 'in' or 'under', or as a catalyst."""
    PRODUCT = "product"
    """Behind the arrow."""


@dataclass(frozen=True)
class WrittenPart:
    """A piece that names a molecule, or several dot-joined.

    Attributes:
        text: The notation or name, amounts taken off.
        place: Where it is written.
        is_aside: Whether it stands in brackets behind another molecule, whose second name it may be.
    """

    text: str
    place: Place
    is_aside: bool = False


@dataclass(frozen=True)
class WrittenReaction:
    """The pieces of a written reaction, in their order.

    Attributes:
        parts: What names molecules.
        conditions: What was read as amounts and conditions.
    """

    parts: tuple[WrittenPart, ...]
    conditions: tuple[str, ...] = ()


def parse_written_reaction(text: str, knows: Knows) -> WrittenReaction:
    """Take a reaction in words apart.

    Args:
        text: What was written.
        knows: Tells names and notations from other texts; it is asked where a piece can be read in several ways, as
            ``THF/water`` and ``Pd/C``.

    Raises:
        InvalidReactionError: There are several arrows, nothing is named, or it is too long.

    >>> known = {"CCO", "acetic acid", "H2SO4"}
    >>> found = parse_written_reaction("CCO + acetic acid (H2SO4 cat.), reflux", known.__contains__)
    >>> [part.text for part in found.parts], found.conditions
    (['CCO', 'acetic acid', 'H2SO4'], ('cat.', 'reflux'))
    """
    if len(text) > MAX_LENGTH:
        raise InvalidReactionError(
            f"the reaction has {len(text):,} characters", value=text, hint=f"at most {MAX_LENGTH:,} are read"
        )
    reader = _Reader(knows)
    for piece, place in _split_arrow(_mend_signs(text)):
        reader.read(piece, place)
    if not any(part.place is not Place.PRODUCT for part in reader.parts):
        raise InvalidReactionError(
            "no molecule that could react is named", value=text, hint="for example 'anisole + acetyl chloride, AlCl3'"
        )
    return WrittenReaction(tuple(reader.parts), tuple(reader.conditions))


# --------------------------------------------------------------------------------------------------------- the arrow

_SIGNS: Final = str.maketrans(dict.fromkeys("→⟶⇒➔➜⟹⇨➝", " --> ") | dict.fromkeys("⇌⇄", " --> ") | {"\u00a0": " "})
_OVER = re.compile(
    r"(?<![-–—=])(?:[-–—=]+ ?\((?P<round>.+?)\) ?[-–—=]+>"  # A --(Pd/C, H2)--> B
    r"|[-–—=]+ ?\[(?P<square>[^>]+?)\] ?[-–—=]+>"  # A --[Pd/C, H2]--> B
    r"|(?:(?<= )|(?<=^))[-–—=]{2,} ?(?P<bare>[^ >=–—-][^>]*?) ?[-–—=]+>"  # A --Pd/C, H2--> B
    r"|(?<= )[-–—](?P<dash>[^ >=–—-][^>]*?)[-–—]+>"  # A -KMnO4-> B
    r"|[-–—=]+> ?\((?P<behind>[^()]*(?:\([^()]*\)[^()]*)*)\)(?= ))"  # A -> (Pd/C, H2) B
)
_PLAIN = re.compile(
    r" [-–—=]+>|(?<![-–—=])[-–—=]{2,}>|(?<!=)=+>| = |>>| (?:to )?(?:gives?|yields?|affords?|produces?|forms?) ",
    re.IGNORECASE,
)
_BARE_ARROW = re.compile(r"->(?!\[)")
"""``CCO->CC=O``: dative bonds point to metals, which stand in brackets."""

_ASKED = re.compile(r"\s*(?:\?+|\.{2,}|…|the )?\s*(?:main |major )?(?:products?|what)?\s*[?.…]*\s*", re.IGNORECASE)
"""What stands behind the arrow where the product is asked for."""


def has_arrow(text: str) -> bool:
    """Whether a text in words shows where the reaction goes.

    >>> has_arrow("A + B --(Pd/C, H2)--> ?"), has_arrow("1,2-dichloroethane + N->[Fe]")
    (True, False)
    """
    mended = _mend_signs(text)
    return _OVER.search(mended) is not None or _find_plain(mended) is not None


def _mend_signs(text: str) -> str:
    """Return a text with one kind of arrow, one blank at a time, and lines parted like pieces."""
    lines = (" ".join(line.split()) for line in text.translate(_SIGNS).splitlines())
    return "; ".join(filter(None, lines))


def _find_plain(text: str) -> re.Match[str] | None:
    return _PLAIN.search(text) or _BARE_ARROW.search(text)


def _split_arrow(text: str) -> Iterator[tuple[str, Place]]:
    """Yield what stands before, over and behind the arrow; three parts between ``>`` keep their roles."""
    between = text.split(">")
    if len(between) == 3 and not re.search(r"[-–—=]>|>>", text):
        yield from zip(between, (Place.REACTANT, Place.REAGENT, Place.PRODUCT), strict=True)
        return
    over = _OVER.search(text)
    plain = None if over else _find_plain(text)
    arrow = over or plain
    if arrow is None:
        yield text, Place.OPEN
        return
    behind = text[arrow.end() :]
    if _OVER.search(behind) or _find_plain(behind):
        raise InvalidReactionError("there are several arrows", value=text, hint="ask about each step by itself")
    yield text[: arrow.start()], Place.OPEN
    if over is not None:
        # Chemists write over the arrow whatever is not the main substrate: iodomethane as well as potassium carbonate.
        yield next(filter(None, over.groups()), ""), Place.OPEN
    if _ASKED.fullmatch(behind) is None:
        yield behind, Place.PRODUCT


# --------------------------------------------------------------------------------------------------------- the pieces

_STEP = re.compile(r"(?:^|(?<=[ ,;]))(?:step ?)?\(?(?:\d{1,2}|i{1,3}|iv|v)(?:[.)]:?|:) ", re.IGNORECASE)
"""``1. NaBH4, MeOH 2. HCl``; a number with a unit is none."""

_OPENING = re.compile(
    r"^(?:the )?(?:(?:reaction|mixture|combination|treatment|coupling|condensation) (?:of|between)"
    r"|(?:react|treat|mix|combine|heat|stir|reflux|couple|reduce|oxidi[sz]e|hydrogenate|hydroly[sz]e|take|add)) ",
    re.IGNORECASE,
)
_BREAK = re.compile(
    r"(?P<in> (?:in|under) (?!(?:the )?presence\b|situ\b|vacuo\b))"
    r"|(?P<open> ?; ?|, |(?<!\bcat)(?<!\bconc)(?<!\baq)(?<!\bdil)(?<!\beq)(?<!equiv)\. (?=\S)"
    r"| \+ |(?<=[\w)\]])\+(?=[A-Za-z\[(])| & "
    r"| (?:(?:is|are|was|were) )?(?:(?:treated|reacted|mixed|combined|heated|stirred|refluxed|coupled|reduced"
    r"|oxidi[sz]ed|hydrogenated|hydroly[sz]ed|reacts?|catal[yi][sz]ed) )?(?:with|by) "
    r"| (?:in (?:the )?presence of|using|over|via|plus|then|and then|followed by|at) )"
    r"|(?P<and> and )",
    re.IGNORECASE,
)
_GAS = re.compile(r"N2|nitrogen|Ar|argon")
"""What a reaction is put under, or what it is made from: ``N2 + H2``."""

_STOICHIOMETRY = re.compile(r"^\d{1,2}\s*(?=[A-Z\[])|^\d{1,2}\s+(?=[a-z])")
_REMARK = re.compile(r"\s\((?P<inside>[^()]*(?:\([^()]*\)[^()]*)*)\)\s*$|(?<=[\w)\]])\((?P<glued>[^()]+)\)\s*$")
_SHORTHAND: Final = r"(?=(?:.*[A-Z0-9]){2})\S+"
_METAL: Final = "Li|Na|K|Mg|Ca|Al|Zn|Fe|Sn|Cu|Ni|Sm|In|Hg"
"""Metals that reduce beside an acid or an alcohol: ``Sn/HCl``."""
_FALLBACKS: Final = (
    (re.compile(r"\s*/\s*|,|\."), re.compile(rf"{_SHORTHAND}|[^\W\d]{{4,}}|{_METAL}")),
    (re.compile(r"\s+"), re.compile(_SHORTHAND)),
)
"""Where a piece is parted that means nothing as a whole, and what its pieces look like at least.

``THF/water``, ``NaH,DMF`` and ``phenol.MeI``; ``NaBH4 MeOH``, but not the words of a salt, nor the C of ``Rh/C``.
"""


class _Reader:
    """Collects parts and conditions."""

    def __init__(self, knows: Knows) -> None:
        self._knows = knows
        self.parts: list[WrittenPart] = []
        self.conditions: list[str] = []

    def read(self, text: str, place: Place) -> None:
        """Read one side of a reaction, or what stands in brackets."""
        bare = text.strip().rstrip("?!").strip()
        if not bare:
            return
        if self._names_one(bare):
            self.parts.append(WrittenPart(bare, place))
            return
        for piece, said in _split(_OPENING.sub("", _STEP.sub("; ", bare)), place):
            self._read_piece(piece, said)

    def _read_piece(self, piece: str, place: Place) -> None:
        bare = piece.strip().strip(",;").strip()
        if not bare:
            return
        is_gas = place is Place.OPEN and _GAS.fullmatch(bare) and self._knows(bare)
        if is_condition(bare) and not is_gas:
            self.conditions.append(bare)
            return
        if self._names_one(bare):
            self.parts.append(WrittenPart(bare, place))
            return
        remark = _REMARK.search(bare)
        if remark is not None and self._is_remark(remark):
            inside = remark.group("inside") or remark.group("glued")
            if is_catalytic(inside):
                place = _as_reagent(place)
            self._read_piece(bare[: remark.start()], place)
            before = len(self.parts)
            self.read(inside, place if place is Place.PRODUCT else Place.OPEN)
            self.parts[before:] = [replace(part, is_aside=True) for part in self.parts[before:]]
            return
        stripped, taken = strip_conditions(bare)
        if taken:
            self.conditions.extend(taken)
            self._read_piece(stripped, _as_reagent(place) if any(map(is_catalytic, taken)) else place)
            return
        counted = _STOICHIOMETRY.sub("", bare)
        if counted != bare and self._knows(counted):
            self.parts.append(WrittenPart(counted, place))
            return
        for separator, form in _FALLBACKS:
            pieces = [one for one in separator.split(bare) if one]
            if len(pieces) > 1 and all(is_condition(one) or self._is_piece(one, form) for one in pieces):
                for one in pieces:
                    self._read_piece(one, place)
                return
        self.parts.append(WrittenPart(bare.rstrip("."), place))  # the resolver says why it means nothing

    def _names_one(self, text: str) -> bool:
        """Whether a text is the name of one molecule, without an amount or another name in brackets behind it."""
        remark = _REMARK.search(text)
        inside = None if remark is None else remark.group("inside")
        has_more = inside is not None and (is_condition(inside.split(" in ")[0]) or self._knows(inside))
        return not has_more and self._knows(text)

    def _is_piece(self, text: str, form: re.Pattern[str]) -> bool:
        return form.fullmatch(text) is not None and self._knows(text)

    def _is_remark(self, remark: re.Match[str]) -> bool:
        """Whether brackets at the end of a piece hold a remark: in ``palladium(0)`` they are a part of the name."""
        glued = remark.group("glued")
        return glued is None or is_condition(glued)


def _as_reagent(place: Place) -> Place:
    return Place.REAGENT if place is Place.OPEN else place


def _split(text: str, place: Place) -> Iterator[tuple[str, Place]]:
    """Yield the pieces of a text, parted outside brackets, each with its place."""
    depths = _measure_depths(text)
    start, said = 0, place
    for match in _BREAK.finditer(text):
        if depths[match.start()] or match.start() < start:
            continue
        yield text[start : match.start()], said
        start = match.end()
        match match.lastgroup:
            case "in":
                said = _as_reagent(place)
            case "open":
                said = place
            case _:  # 'in THF and water' goes on as it began
                pass
    yield text[start:], said


def _measure_depths(text: str) -> list[int]:
    """Return how many brackets are open at each character; a stray one counts nothing."""
    depths, depth = [], 0
    for sign in text:
        if sign in ")]}":
            depth = max(depth - 1, 0)
        depths.append(depth)
        if sign in "([{":
            depth += 1
    return depths if depth == 0 else [0] * len(text)

"""From a question in plain words to the calculations that it names and the molecules it is about.

A question is taken only if it is understood whole: every word is a phrase of the table, a molecule, a word that chooses
among what a calculation can say, or one of the small words of questions. 'Make it less lipophilic' holds 'make' and
'less', which are none of these, so nobody answers it with a LogP. Questions about amounts are recognised by their
quantities and equations instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from anymol.calculations.adducts import find_adducts
from anymol.calculations.amount_questions import choose_text_calculation
from anymol.calculations.calculation import Takes
from anymol.calculations.elements import ELEMENTS
from anymol.calculations.groups import list_group_words
from anymol.calculations.isotopes import RESOLUTION
from anymol.calculations.mentions import (
    ARTICLES,
    MOST_WORDS,
    REFERENT,
    SMALL_WORDS,
    TAGGED,
    Mention,
    MentionKind,
    is_smiles,
    judge_word,
    list_words,
    looks_like_name,
)
from anymol.calculations.table import CALCULATIONS
from anymol.calculations.words import Phrase, Vocabulary
from anymol.chem.names import find_name
from anymol.errors import UserError

HERE: Final = "\u00a4"
"""Stands for a molecule in the text that a calculation reads."""

_SHORTEST: Final = 2
"""Letters up to which a name is one only where it is a formula too, as CO and KI."""

_LONGEST: Final = 4000
"""Characters of the longest question that is taken apart."""

_POLITE: Final = re.compile(
    r"^(?:(?:hi|hello|hey|please|kindly|ok|okay|so|well|now|thanks|thank you|also|and|then|what about)[,!.\s]+"
    r"|i(?:'d| would) like (?:to (?:know|have|see) )?)+",
    re.IGNORECASE,
)


_INDEFINITE: Final = re.compile(
    r"\b(?:an?|some|any|new|other|another|more)\s+(?:\w+\s+){0,2}"
    r"(?:molecules?|compounds?|structures?|drugs?|chemicals?|candidates?|ligands?|analogues?|analogs?|derivatives?)\s+"
    r"(?:with|that|which|having|like|similar|whose|of|containing|without|for|more|less)\b",
    re.IGNORECASE,
)
"""'A molecule with ...' is wanted, not given."""


@dataclass(frozen=True)
class Request:
    """What a question asks of the table of calculations.

    Attributes:
        calculations: Their names, in the order asked for.
        mentions: The molecules it names or points to, in their order; empty where it speaks of none.
        text: What the calculations read besides: the question, its molecules replaced by a sign; of questions about
            amounts the question itself.
    """

    calculations: tuple[str, ...]
    mentions: tuple[Mention, ...]
    text: str


RESERVED: Final = {
    "name": (
        "name", "iupac name", "systematic name", "iupac", "iupac nomenclature", "common name", "trivial name",
        "chemical name", "nomenclature",
    )
}  # fmt: skip
"""Words of what others answer; a question that holds one is theirs."""


def read_request(question: str, n_given: int = 0) -> Request | None:
    """Return what a question asks of the table; None where it is not understood whole, or asks something else.

    Args:
        question: The question.
        n_given: How many molecules are given beside it.

    Example:
        >>> found = read_request("What are the MW, logP and TPSA of aspirin?")
        >>> found.calculations, [mention.text for mention in found.mentions]
        (('average_mass', 'logp', 'tpsa'), ['aspirin'])
        >>> read_request("Make it less lipophilic") is None
        True
    """
    plain = question.strip()
    if not plain or len(plain) > _LONGEST:
        return None
    plain = _POLITE.sub("", plain)
    if _INDEFINITE.search(plain):
        return None
    about_amounts = choose_text_calculation(plain)
    if about_amounts is not None:
        return Request((about_amounts,), _find_substances(plain), plain)
    return _Reader(plain, n_given).read()


def _find_substances(question: str) -> tuple[Mention, ...]:
    """Return the words of a question about amounts that point to a substance: those behind 'of'."""
    return tuple(
        Mention(match.group(), MentionKind.REFERENT, *match.span())
        for match in REFERENT.finditer(question)
        if re.search(r"\bof\s+$", question[: match.start()], re.IGNORECASE)
    )


# --------------------------------------------------------------------------------------------- questions of structure


@dataclass(frozen=True)
class _Span:
    start: int
    end: int

    def meets(self, other: _Span) -> bool:
        return self.start < other.end and other.start < self.end


class _Reader:
    """Takes one question apart."""

    def __init__(self, question: str, n_given: int) -> None:
        self._question = question
        self._n_given = n_given
        self._taken: list[_Span] = []
        self._has_ion = False
        self._has_piece = False
        self._mentions: list[Mention] = []

    def read(self) -> Request | None:
        question = self._question
        self._take_notations()
        self._take_parameters()
        phrases = self._take_phrases_and_names()
        if any(name in RESERVED for phrase in phrases for name in phrase.names):
            return None
        names = _settle(phrases)
        if self._has_ion or "ion_mz" in names:
            names = _name_ion(names)
        if not names:
            return None
        self._release_pieces(names)
        self._take_choices(names)
        self._take_referents()
        if "substructure" in names and len(names) > 1 and not self._has_piece and len(self._mentions) < 2:
            # 'Which functional groups does it contain?' looks for nothing that it names.
            names = tuple(name for name in names if name != "substructure")
        if not self._take_rest():
            return None
        mentions = tuple(sorted(self._mentions, key=lambda one: one.start))
        by_name = any(one.kind is MentionKind.NAME for one in mentions)
        if not _fits(names, mentions, self._n_given) or (names in (("smiles",), ("draw",)) and by_name):
            return None  # the structure of a name is asked of those who read names
        text = question
        for mention in reversed(mentions):
            if mention.kind is not MentionKind.REFERENT:
                text = f"{text[: mention.start]}{HERE}{text[mention.end :]}"
        return Request(names, mentions, text)

    # ---------------------------------------------------------------------------------------------- what is in it

    def _take(self, start: int, end: int) -> bool:
        """Mark a part of the question as understood; False where it is already."""
        span = _Span(start, end)
        if any(span.meets(one) for one in self._taken):
            return False
        self._taken.append(span)
        return True

    def _is_free(self, start: int, end: int) -> bool:
        return not any(_Span(start, end).meets(one) for one in self._taken)

    def _mention(self, text: str, kind: MentionKind, start: int, end: int) -> None:
        if self._take(start, end):
            self._mentions.append(Mention(text, kind, start, end))

    def _take_notations(self) -> None:
        for match in TAGGED.finditer(self._question):
            inside = match["inside"].replace("\u232c", "").strip()
            self._mention(inside, MentionKind.NOTATION, *match.span())
        words = [(span, self._question[slice(*span)]) for span in self._list_words()]
        kinds = [judge_word(word) for _, word in words]
        # Among SMILES CO is methanol; by itself it is carbon monoxide.
        written = MentionKind.NOTATION in kinds
        for (span, word), judged in zip(words, kinds, strict=True):
            in_smiles = judged is MentionKind.FORMULA and written and is_smiles(word)
            kind = MentionKind.NOTATION if in_smiles else judged
            is_named = kind is MentionKind.FORMULA and find_name(word) is not None
            if is_named and len(word) <= _SHORTEST:
                self._mention(word, MentionKind.NAME, *span)
            elif kind is not None and not is_named:
                self._mention(word, kind, *span)

    def _list_words(self) -> list[tuple[int, int]]:
        """Return where the words begin and end that are not understood yet."""
        return [span for span in list_words(self._question) if self._is_free(*span)]

    def _take_parameters(self) -> None:
        """Take adducts and resolving powers, whose signs look like nothing else."""
        try:
            adducts = find_adducts(self._question)
        except UserError:
            adducts = []  # the calculation will say what is wrong with it
        if adducts or "[" in self._question:
            for match in _ADDUCT_SHAPE.finditer(self._question):
                self._has_ion |= self._take(*match.span())
        for match in RESOLUTION.finditer(self._question):
            self._take(*match.span())

    def _take_phrases_and_names(self) -> list[Phrase]:
        """Take the phrases of the table and the names of the dictionary, the longest first."""
        phrases = [one for one in _vocabulary().find(self._question) if self._is_free(one.start, one.end)]
        names = self._list_names()
        kept: list[Phrase] = []
        candidates: list[tuple[int, int, Phrase | None]] = [(one.start, one.end, one) for one in phrases]
        candidates += [(start, end, None) for start, end in names]
        pieces = [(one.start, one.end) for one in _pieces().find(self._question) if " " in one.words]
        candidates += [(start, end, None) for start, end in pieces]
        for start, end, phrase in sorted(candidates, key=lambda one: (one[0] - one[1], one[2] is None)):
            if (start, end) in pieces and phrase is None:
                self._has_piece |= self._take(start, end)
            elif phrase is not None:
                if self._take(start, end):
                    kept.append(phrase)
            else:
                self._mention(self._question[start:end], MentionKind.NAME, start, end)
        return sorted(kept, key=lambda one: one.start)

    def _list_names(self) -> list[tuple[int, int]]:
        words = list(self._list_words())
        found = []
        for first in range(len(words)):
            for last in range(min(first + MOST_WORDS, len(words)) - 1, first - 1, -1):
                start, end = words[first][0], words[last][1]
                text = self._question[start:end]
                inside = [self._question[slice(*span)].lower() for span in words[first : last + 1]]
                if not self._is_free(start, end) or inside[0] in ARTICLES or inside[-1] in ARTICLES:
                    continue
                if len(text) > _SHORTEST and not set(inside) <= SMALL_WORDS and find_name(text) is not None:
                    found.append((start, end))
                    break
        return found

    def _release_pieces(self, names: tuple[str, ...]) -> None:
        """Give back names that are elements or groups where a part of a molecule is looked for."""
        if not _LOOK_FOR_PIECES & set(names):
            return
        for mention in list(self._mentions):
            found = _pieces().find(mention.text) if mention.kind is MentionKind.NAME else []
            is_piece = any(one.end - one.start == len(mention.text) for one in found)
            behind = any(one.start < mention.start for one in self._mentions) or REFERENT.search(
                self._question[: mention.start]
            )
            if is_piece and behind:
                self._mentions.remove(mention)
                self._has_piece = True

    def _take_choices(self, names: tuple[str, ...]) -> None:
        """Take the words that choose among what the calculations can say."""
        for phrase in _choices(names).find(self._question):
            self._take(phrase.start, phrase.end)
        if _LOOK_FOR_PIECES & set(names):
            for phrase in _pieces().find(self._question):
                self._has_piece |= self._take(phrase.start, phrase.end)

    def _take_referents(self) -> None:
        for match in REFERENT.finditer(self._question):
            if self._is_free(*match.span()):
                self._mention(match.group(), MentionKind.REFERENT, *match.span())

    def _take_rest(self) -> bool:
        """Take small words, and what else can only be names of molecules; False where something is left.

        Words that nothing explains belong together with the name that they touch: dimethyl ether is not ether.
        """
        run: list[Mention | _Span] = []
        last = 0
        for word in [*self._list_open(), None]:
            if run and (word is None or not self._touch(last, word.start)):
                if not self._take_run(run):
                    return False
                run = []
            if word is not None:
                run.append(word)
                last = word.end
        return True

    def _list_open(self) -> list[Mention | _Span]:
        """Return the words that nothing explains and the names found, in their order."""
        words: list[Mention | _Span] = [one for one in self._mentions if one.kind is MentionKind.NAME]
        for start, end in self._list_words():
            word = self._question[start:end].lower()
            if word not in SMALL_WORDS and re.search(r"\w", word):
                words.append(_Span(start, end))
        return sorted(words, key=lambda one: one.start)

    def _touch(self, end: int, start: int) -> bool:
        """Whether only white space stands between two words."""
        return not self._question[end:start].strip()

    def _take_run(self, run: Sequence[Mention | _Span]) -> bool:
        """Take words that touch each other as one name; names that touch only each other stay apart."""
        if all(isinstance(one, Mention) for one in run):
            return True
        start, end = run[0].start, run[-1].end
        text = self._question[start:end]
        closes = end >= len(self._question.rstrip("?!. "))
        if not looks_like_name(text, self._question[:start], closes=closes):
            return False
        self._mentions = [one for one in self._mentions if one not in run]
        self._mentions.append(Mention(text, MentionKind.NAME, start, end))
        return True


_ADDUCT_SHAPE: Final = re.compile(
    r"\[\s*\d*M(?:\s*[+\-\u2212]\s*\d*\(?[A-Za-z][A-Za-z0-9]*\)?)*\s*\][.\u2022]?"
    r"(?:\d*[+\-\u2212\u207a\u207b]+|[+\-]\d+)?[.\u2022]?"
    r"|(?<![A-Za-z0-9])\d*M(?:[+\-]\d*[A-Z][A-Za-z0-9]*)+(?:\d*[+\-])?"
    r"|(?<![A-Za-z0-9])M[.\u2022]?[+\-](?![\w+\-])[.\u2022]?"
)


@cache
def _vocabulary() -> Vocabulary:
    pairs = [(one.name, word) for one in CALCULATIONS.values() if one.takes is not Takes.TEXT for word in one.words]
    pairs += [(name, word) for name, words in RESERVED.items() for word in words]
    return Vocabulary(pairs)


@cache
def _choices(names: tuple[str, ...]) -> Vocabulary:
    words = [word for name in names for word in CALCULATIONS[name].choices]
    words += ["group", "ring", "atom"] if _LOOK_FOR_PIECES & set(names) else []
    return Vocabulary(("choice", word) for word in words)


_LOOK_FOR_PIECES: Final = frozenset({"substructure", "functional_groups", "atom_counts", "element_percentages"})
"""Calculations in whose questions elements and groups are parts of molecules."""


@cache
def _pieces() -> Vocabulary:
    """Return the words for parts of molecules: elements, functional groups, rings."""
    words = [*ELEMENTS, *list_group_words(), "halogen"]
    words += [f"{word} {noun}" for word in list_group_words() for noun in ("group", "ring", "moiety", "unit")]
    words += [f"{word} atom" for word in (*ELEMENTS, "halogen")]
    return Vocabulary(("piece", word) for word in words)


# -------------------------------------------------------------------------------------------------- what is asked for

_NOTATIONS: Final = ("smiles", "inchi", "inchikey", "selfies", "mol_block")


def _settle(phrases: Sequence[Phrase]) -> tuple[str, ...]:
    """Return the calculations that phrases ask for together, in their order."""
    names = list(dict.fromkeys(name for phrase in phrases for name in phrase.names))
    if "ranking" in names:
        numbers = [name for name in names if CALCULATIONS[name].takes is Takes.ONE]
        return ("ranking",) if len(numbers) <= 1 else ()
    if "draw" in names and any(name in _NOTATIONS for name in names):
        names.remove("draw")  # 'show the structure as InChI'
    if "relation" in names and "same_molecule" in names:
        names.remove("same_molecule")  # 'the same or enantiomers?'
    if "relation" in names and "stereocentres" in names:
        names.remove("stereocentres")
    if (
        "difference" in names
        and len(names) > 1
        and all(CALCULATIONS[name].takes is Takes.ONE for name in names if name != "difference")
    ):
        names.remove("difference")  # 'compare their LogP': the LogP of each
    return tuple(names)


def _name_ion(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is asked of an ion: its m/z where masses are asked for, or nothing is named but the ion."""
    masses = {"average_mass", "monoisotopic_mass", "nominal_mass", "formal_charge", "ion_mz"}
    return ("ion_mz",) if set(names) <= masses else names


def _fits(names: tuple[str, ...], mentions: Sequence[Mention], n_given: int) -> bool:
    """Whether there may be as many molecules as the calculations take."""
    referents = [one for one in mentions if one.kind is MentionKind.REFERENT]
    named = len(mentions) - len(referents)
    if named and any(one.is_made for one in referents) and all(CALCULATIONS[name].takes is Takes.ONE for name in names):
        return False  # 'the mass of the product of A and B' is not that of A and of B
    for name in names:
        calculation = CALCULATIONS[name]
        if calculation.takes is Takes.TWO and named > Takes.TWO.least:
            return False
        if calculation.takes is not Takes.ONE and named + n_given < calculation.fewest and not referents:
            return False
    return True

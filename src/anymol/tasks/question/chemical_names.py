"""Names of chemicals in a running text: by the shipped dictionaries, and by the syllables of systematic names.

A word is systematic when it falls apart into the syllables of nomenclature, at least one of them a stem: ``chloro`` +
``pyrid`` + ``ine``. Words in a row that belong together (``ethyl 4-aminobenzoate``, ``sodium borohydride``) are one
name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from anymol.chem.names import find_name
from anymol.tasks.question.vocabulary import is_english
from anymol.tasks.question.words import WordKind, is_word, list_words

_LONGEST: Final = 5
"""Words of the longest name that is looked up."""

_STEREO = re.compile(r"^[\[(]?(?:\d*[RSEZrs]|[dl]|DL|dl|[+-]|±|rac|[αβ])(?:,\s?(?:\d*[RSEZrs]))*[\])]?-")
_LOCANT = re.compile(r"^[\[(]*(?:(?:\d+|[NOSC]|[αβ])['′’a-h]*,)*(?:\d+|[NOSCnospm]|[αβ])['′’a-hH]*-(?=[\[(a-zA-Z])")
_MEMBERS = re.compile(
    r"(?:membered|fold|step|phase|month|year|minute|hour|page|point|position|proton|butyl|mer|star|day|"
    r"way)s?$"
)
_CHEMICAL_END = re.compile(
    r"(?:ol|ine|[aey]ne|one|ate|ide|ite|yl|al|ose|ium|ole|amide|hyde|ether|ester|acid|in|ane|säure|mycin|"
    r"cillin|floxacin|oxacin|vir|nib|mab|pril|sartan|artan|statin|azole|olol|dipine|epam|olam|barbital|"
    r"caine|profen|coxib|"
    r"gliptin|gliflozin|glitazone|triptan|setron|tidine|prazole|idone|apine|oxetine|pidem|clone|lukast|"
    r"parin|camphor|benzol|"
    r"ofen|am|il|fen|zine|mine|dine|tine|toin)s?$",
    re.IGNORECASE,
)
_ACYL = re.compile(r"[a-z0-9(),'\[\]-]*[a-z]{3}(?:ic|ous)", re.IGNORECASE)
"""The first word of an acid or an anhydride."""
_VERB = re.compile(
    r"(?:[NOSC]-)?(?:de|di|tri|per|mono)?(?:(?:methyl|acetyl|ethyl|alkyl|acyl|benzyl|benzoyl|silyl|tosyl|"
    r"mesyl|hydroxyl|allyl|aryl|phenyl|formyl|"
    r"fluorin|chlorin|bromin|iodin|halogen|amin|nitr|hydrogen|sulfon|carboxyl|decarboxyl|phosphoryl|acyl|"
    r"lithi)at(?:es?|ed|ing)|"
    r"(?:hydrol|ozonol|electrol)y[sz](?:e|es|ed|ing)|(?:oxid|redu|dimer|polymer|cycl|methyl|"
    r"epoxid)i[sz](?:e|es|ed|ing))",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[A-HJ-Z]\d{0,2}")
"""A letter that belongs to a name: penicillin G, vitamin B12."""
_GROUPS_ALONE: Final = ("carboxyl", "hydroxyl", "carbonyl")
"""Groups that begin no name."""


@dataclass(frozen=True)
class NameSpan:
    """A name in a text.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        text: The name as written.
        known: Whether the dictionary has it.
    """

    start: int
    end: int
    text: str
    known: bool


@dataclass(frozen=True)
class _Word:
    start: int
    end: int
    text: str
    closed: bool
    """Whether a sign after it ends a name."""

    @property
    def lower(self) -> str:
        return self.text.lower()

    def is_kind(self, kind: WordKind) -> bool:
        return is_word(kind, self.lower)


def find_names(text: str) -> list[NameSpan]:
    """Return the names of chemicals in a text, from left to right, none inside another.

    >>> [name.text for name in find_names("convert ethyl 4-aminobenzoate and aspirin to something")]
    ['ethyl 4-aminobenzoate', 'aspirin']
    """
    words = list(_list_words(text))
    found: list[NameSpan] = []
    place = 0
    while place < len(words):
        count, known = _measure_name(words, place)
        if count:
            start, end = words[place].start, words[place + count - 1].end
            found.append(NameSpan(start, end, text[start:end], known))
        place += count or 1
    return found


def is_element_word(word: str) -> bool:
    """Whether a word names an element, or water: a substance where an amount of it is spoken of, or nothing else."""
    return is_word(WordKind.SUBSTANCE, word.lower())


def looks_chemical(text: str) -> bool:
    """Whether a word that no dictionary has ends like the name of a chemical or a drug.

    >>> looks_chemical("zolpidem"), looks_chemical("elephant"), looks_chemical("blood-brain")
    (True, False, False)
    """
    parts = text.lower().split("-")
    return _CHEMICAL_END.search(text) is not None and not (len(parts) > 1 and all(map(is_english, parts)))


def is_group_word(word: str) -> bool:
    """Whether a word names a group, a class of compounds or an element."""
    return is_word(WordKind.GROUP, word.lower())


def is_edit_verb(word: str) -> bool:
    """Whether a word says what is done to a molecule.

    >>> is_edit_verb("N-methylate"), is_edit_verb("hydrolyse"), is_edit_verb("acetate")
    (True, True, False)
    """
    return _VERB.fullmatch(word) is not None


@lru_cache(maxsize=4096)
def is_systematic(word: str) -> bool:
    """Whether a word is made of the syllables of nomenclature.

    >>> is_systematic("2-chloropyridine"), is_systematic("decide"), is_systematic("(2S)-2-aminopropanoic")
    (True, False, True)
    """
    bare, strips = word, 0
    while match := _STEREO.match(bare) or _LOCANT.match(bare):
        bare, strips = bare[match.end() :], strips + 1
    if not bare or bare.endswith("-yl") or is_edit_verb(word) or (not strips and is_english(bare.lower())):
        return False
    pieces = [piece for piece in re.split(r"[^a-z]+", bare.lower()) if len(piece) > 1]
    if not pieces or max(map(len, pieces)) < 4:
        return False
    if all(_syllables().fullmatch(piece) or is_word(WordKind.JOINT, piece) for piece in pieces):
        return True
    located = strips > 0 or re.search(r"\d-[a-z]", bare) is not None
    return located and _CHEMICAL_END.search(bare) is not None and _MEMBERS.search(bare) is None


@cache
def _syllables() -> re.Pattern[str]:
    """Return the pattern of words that fall apart into syllables, one of them a stem."""
    stems, links, endings = ("|".join(list_words(kind)) for kind in (WordKind.STEM, WordKind.LINK, WordKind.ENDING))
    return re.compile(rf"(?:{links})*(?:(?:{stems})(?:{links}|{endings})*)+")


def _list_words(text: str) -> Iterator[_Word]:
    for match in re.finditer(r"\S+", text):
        start, end = match.span()
        word = match.group()
        while word and word[0] in "\"'“‘`(" and not (word[0] == "(" and _balanced(word)):
            word, start = word[1:], start + 1
        tail = len(word)
        while tail and (word[tail - 1] in ".,;:?!\"'”’`" or (word[tail - 1] == ")" and not _balanced(word[:tail]))):
            tail -= 1
        if _IN_BRACKETS.fullmatch(word[:tail]):
            word, start, tail = word[1:], start + 1, tail - 2
        if word[:tail].endswith(("'s", "’s")):
            tail -= 2
        if re.search(r"\w", word[:tail]):
            yield _Word(start, start + tail, word[:tail], start + tail < end or _FOLLOWED.match(text, end) is not None)


_IN_BRACKETS = re.compile(r"\([A-Za-z]{4,}\)")
"""A word between brackets, and neither a descriptor nor a locant."""
_FOLLOWED = re.compile(r"\s+[^\w\s(\[]+(?:\s|$)")
"""A sign that stands by itself after a word: a dash, a plus."""


def _balanced(word: str) -> bool:
    return word.count("(") == word.count(")") and word.find("(") < word.rfind(")")


def _measure_name(words: list[_Word], place: int) -> tuple[int, bool]:
    """Return how many words from `place` on are one name, and whether the dictionary has it."""
    first = words[place]
    is_group = first.is_kind(WordKind.GROUP)
    if (is_group or first.is_kind(WordKind.PROTECTING)) and not _joins(words, place):
        return 0, False
    if is_english(first.lower) and not first.is_kind(WordKind.FIRST) and not is_group:
        return (_look_up(words, place), True) if first.lower == "vitamin" else (0, False)
    if first.lower.removeprefix("n-") == "octanol" and any(
        word.lower == "water" for word in words[place + 1 : place + 3]
    ):
        return 0, False  # the two phases of a partition
    looked, built = _look_up(words, place), _build(words, place)
    count, known = (looked, True) if looked and looked >= built else (built, False)
    if count == 1 and all(map(is_element_word, re.split("[-\u2013]", first.text))):
        return 0, False  # 'lead to', 'gold standard', 'percent carbon', 'carbon-carbon bonds'
    while count and place + count < len(words) and not words[place + count - 1].closed:
        if not words[place + count].is_kind(WordKind.LAST):
            break
        # The salt or hydrate of what the dictionary has: 'lactose monohydrate', 'lidocaine hydrochloride'.
        count, known = count + 1, False
    if count and place + count < len(words) and not words[place + count - 1].closed:
        after = words[place + count]
        if _LETTER.fullmatch(after.text) and not _is_choice(words, place + count):
            asks = after.text in _LABELS and not _is_name(words, place, count + 1)
            return (count, known) if asks else (count + 1, known)
        if after.is_kind(WordKind.PART):
            return 0, False
    return count, known


_LABELS: Final = ("E", "Z", "R", "S")
"""Letters that are asked of a name rather than a part of it: 'is cinnamic acid E?'"""


def _is_name(words: list[_Word], place: int, count: int) -> bool:
    return find_name(" ".join(word.text for word in words[place : place + count])) is not None


def _is_choice(words: list[_Word], place: int) -> bool:
    """Whether a capital is one of two to choose from, as in 'R or S'."""
    return (
        place + 2 < len(words)
        and words[place + 1].text in ("or", "and", "/", "vs", "vs.")
        and _LETTER.fullmatch(words[place + 2].text) is not None
    )


def _joins(words: list[_Word], place: int) -> bool:
    """Whether a word for a group or element begins a name of several words: 'methyl iodide', 'benzyl alcohol'."""
    if words[place].closed or place + 1 == len(words):
        return False
    first, after = words[place], words[place + 1]
    opens = first.lower.endswith("yl") or first.is_kind(WordKind.FIRST) or first.is_kind(WordKind.PROTECTING)
    if not opens or first.lower in _GROUPS_ALONE:
        return False
    goes_on = after.is_kind(WordKind.FIRST) and place + 2 < len(words)
    return after.is_kind(WordKind.LAST) or is_systematic(after.text) or goes_on


def _look_up(words: list[_Word], place: int) -> int:
    """Return the number of words of the longest name from `place` on that the dictionary has."""
    longest = 1
    while longest < _LONGEST and place + longest < len(words) and not words[place + longest - 1].closed:
        longest += 1
    for count in range(longest, 0, -1):
        last = words[place + count - 1]
        if count > 1 and is_english(last.lower) and not last.is_kind(WordKind.LAST):
            continue
        text = " ".join(word.text for word in words[place : place + count])
        is_code = len(text) < 3 or (len(text) == 3 and not text.isupper()) or text.replace("-", "").isdigit()
        if not (count == 1 and is_code) and find_name(text) is not None:
            return count
    return 0


def _build(words: list[_Word], place: int) -> int:
    """Return the number of words from `place` on that build one name by the rules of nomenclature."""
    if not _opens(words, place):
        return 0
    count = 1
    while place + count < len(words) and not words[place + count - 1].closed:
        word = words[place + count]
        follows = (is_systematic(word.text) or word.is_kind(WordKind.FIRST)) and _continues(words[place + count - 1])
        if not follows and not word.is_kind(WordKind.LAST):
            break
        count += 1
    while count and not _closes(words[place + count - 1], alone=count == 1):
        count -= 1
    # 'Its sodium salt' names no molecule.
    return 0 if count == 2 and words[place + 1].lower in ("salt", "salts", "ester", "esters") else count


def _opens(words: list[_Word], place: int) -> bool:
    """Whether a word may begin a name: a systematic one, a group, a cation, an acyl group."""
    first = words[place]
    return (
        is_systematic(first.text)
        or first.is_kind(WordKind.GROUP)
        or first.is_kind(WordKind.PROTECTING)
        or is_word(WordKind.FIRST, re.sub(r"\([ivx]+\)$", "", first.lower))
        or _is_acyl(words, place)
    )


def _is_acyl(words: list[_Word], place: int) -> bool:
    """Whether a word is the first one of an acid or an anhydride, such as 'ascorbic'."""
    if words[place].closed or place + 1 == len(words) or words[place + 1].lower not in ("acid", "anhydride"):
        return False
    return not words[place].is_kind(WordKind.NOT_ACYL) and _ACYL.fullmatch(words[place].text) is not None


def _continues(before: _Word) -> bool:
    """Whether another systematic word may follow: after 'ethyl', 'sodium', 'acetic'; not after 'benzaldehyde'."""
    return re.search(r"(?:yl|ic|ous|ium|ylene)\)?$", before.lower) is not None or before.is_kind(WordKind.FIRST)


def _closes(word: _Word, *, alone: bool) -> bool:
    """Whether a name may end with this word."""
    if word.is_kind(WordKind.LAST):
        return not alone
    if word.is_kind(WordKind.FIRST):
        return False
    is_arene = word.lower.endswith("phenyl") and word.lower != "phenyl"  # 4-methoxybiphenyl
    return is_arene or re.search(r"(?:yl|oxy|o|ic|ous)\)?$", word.lower) is None

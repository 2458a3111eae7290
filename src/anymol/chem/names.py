"""The shipped dictionaries of names.

``curated_names.tsv.gz`` holds some 2,800 compounds that chemists name by heart (reagents, solvents, catalysts and
ligands with their abbreviations, inorganic formulas, elements, drugs, natural products), each checked by
``scripts/build_curated_names.py``. ``common_names.tsv.gz`` is made by ``scripts/build_common_names.py`` from open
sources named in its first lines. Both hold the composition of each molecule, so that a search by mass parses none.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from rapidfuzz import fuzz, process

from anymol.chem.composition import Composition
from anymol.chem.opsin import MAX_NAME_LENGTH
from anymol.shipped import read_shipped

CURATED_FILE: Final = "curated_names.tsv.gz"
COMMON_FILE: Final = "common_names.tsv.gz"
DISPUTED: Final = "!"
"""Marks a name of the common dictionary for which OPSIN reads another structure."""
UNVOUCHED: Final = "?"
"""Marks a name that only a table of measurements has, with a structure that no other source knows."""

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"), "-")
_DOTS = dict.fromkeys(map(ord, "\u2022\u2219\u22c5\u30fb"), "\u00b7")
_QUOTES = dict.fromkeys(map(ord, "\u2018\u2019\u2032\u00b4`"), "'")
_GREEK = {
    ord(letter): unicodedata.name(letter).removeprefix("GREEK SMALL LETTER ").lower()
    for letter in "αβγδεζηθικμνξοπρστυφχψω"
} | {ord("λ"): "lambda"}
_CAS_NUMBER = re.compile(r"(?:CAS\s*(?:RN|No\.?)?\s*:?\s*)?(\d{2,7})-(\d{2})-(\d)", re.IGNORECASE)
_RARER: Final = "~"
"""Marks a name of the curated list that usually means another compound."""
_WORDS: Final = frozenset({
    "add", "all", "and", "are", "ash", "bat", "bis", "bop", "can", "cap", "dad", "dam", "dig", "dip", "edit", "gap",
    "has", "hes", "his", "imes", "its", "lad", "lag", "led", "man", "map", "mar", "mat", "men", "mes", "met", "mom",
    "nap", "nit", "not", "oil", "pad", "pal", "pet", "pip", "pro", "ran", "red", "rim", "sad", "sam", "sec", "ser",
    "set", "sin", "sis", "sit", "tag", "tap", "tea", "tip", "top", "ate", "ten", "tris", "val", "van", "was", "web",
    "win",
})  # fmt: skip
"""English words that are abbreviations in capitals only."""


@dataclass(frozen=True)
class NameHit:
    """A structure found for a name.

    Attributes:
        smiles: Canonical SMILES.
        name: The name as the dictionary has it.
        source: The source of the pair, ``anymol`` for the list written by hand.
        kind: What the compound is (``reagent``, ``drug`` ...), where the list is curated; else empty.
        others: Other compounds of the same name.
        is_vouched: Whether more than a table of measurements has the pair.
    """

    smiles: str
    name: str
    source: str
    kind: str = ""
    others: tuple[NameHit, ...] = ()
    is_vouched: bool = True


def normalize_name(name: str) -> str:
    """Return the form under which names are compared.

    Case, kinds of dashes and quotes, surplus white space and spelled-out Greek letters do not matter.

    >>> normalize_name("  β–Carotene ")
    'beta-carotene'
    """
    if name.isascii():  # as nearly all are: of all that is changed below they have case, white space and one quote
        return " ".join(name.lower().replace("`", "'").split())
    text = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(text.translate(_DASHES).translate(_DOTS).translate(_QUOTES).translate(_GREEK).split())


def find_name(name: str) -> NameHit | None:
    """Look a name up in the shipped dictionaries; None where it is not there.

    Capitals matter where they tell compounds apart: ``CO`` is carbon monoxide, ``Co`` cobalt.

    >>> find_name("Acetaminophen").smiles
    'CC(=O)Nc1ccc(O)cc1'
    """
    if len(name) > MAX_NAME_LENGTH:
        return None
    spelled = " ".join(unicodedata.normalize("NFKC", name).translate(_DASHES).translate(_DOTS).split())
    hits = _curated().spelled.get(spelled)
    if hits is None and spelled not in _WORDS:
        hits = _curated().folded.get(normalize_name(name))
    if hits is None:
        key = normalize_name(name)
        return _common().get(key) or _marked(UNVOUCHED).get(key)
    first, *others = hits
    return replace(first, others=tuple(others)) if others else first


def find_disputed(name: str) -> NameHit | None:
    """Return the entry of a name for which OPSIN reads another structure; None where there is none."""
    return _marked(DISPUTED).get(normalize_name(name)) if len(name) <= MAX_NAME_LENGTH else None


def find_joined_name(name: str) -> NameHit | None:
    """Look a name up with its blanks and dashes left out: 'acetyl salicylic acid'; None where it is not there.

    Whoever calls this has asked whether the name means something with its words apart: 'phenyl acetate' does.
    """
    usable = len(name) <= MAX_NAME_LENGTH and name not in _WORDS
    key = _join(normalize_name(name)) if usable else ""
    found = _joined_keys().get(key, "")
    return find_name(found) if found else None


def list_named() -> Iterator[NameHit]:
    """Yield every name of the shipped dictionaries; those of the curated list come first."""
    for entry in _curated().entries:
        for name in entry.names:
            yield NameHit(entry.smiles, name, entry.source, entry.kind)
    yield from _common().values()


def list_compositions() -> Iterator[tuple[NameHit, Composition]]:
    """Yield the neutral molecules of one part, each under its first name; those of the curated list come first."""
    for entry in (*_curated().entries, *_common_entries()):
        if entry.composition is not None:
            yield NameHit(entry.smiles, entry.names[0], entry.source, entry.kind), entry.composition


def find_names_of(smiles: str) -> tuple[str, ...]:
    """Return the names that the dictionaries have for a structure, the usual first.

    Args:
        smiles: Canonical SMILES.

    >>> find_names_of("CC(=O)Oc1ccccc1C(=O)O")[0]
    'aspirin'
    """
    return _names_by_structure().get(smiles, ())


def is_curated(smiles: str) -> bool:
    """Whether a structure, as canonical SMILES, is one of the curated list."""
    return smiles in _curated().structures


def suggest_names(name: str, *, count: int = 3) -> list[str]:
    """Return the names of the dictionary that are spelled most like `name`, best first.

    >>> suggest_names("ibuprofin")[0]
    'ibuprofen'
    """
    key = normalize_name(name)[:100]
    if len(key) < 3:
        return []
    known = _keys()
    found = process.extract(key, known.keys(), scorer=fuzz.ratio, score_cutoff=75, limit=count)
    return [known[match] for match, _, _ in found]


def has_cas_form(text: str) -> bool:
    """Whether `text` is written like a CAS Registry Number, whatever its check digit."""
    return _CAS_NUMBER.fullmatch(text.strip()) is not None


def is_cas_number(text: str) -> bool:
    """Whether `text` has the form of a CAS Registry Number and its check digit is right.

    >>> is_cas_number("50-78-2"), is_cas_number("50-78-3")
    (True, False)
    """
    match = _CAS_NUMBER.fullmatch(text.strip())
    if not match:
        return False
    return count_check_digit(match[1] + match[2]) == int(match[3])


def count_check_digit(digits: str) -> int:
    """Return the check digit of a CAS Registry Number from the digits before it.

    >>> count_check_digit("6417")
    5
    """
    return sum(weight * int(digit) for weight, digit in enumerate(reversed(digits), 1)) % 10


@dataclass(frozen=True)
class _Entry:
    """A compound of a dictionary.

    Attributes:
        names: Its names, the usual first.
        rarer: Abbreviations that usually mean another compound.
        smiles: Canonical SMILES.
        source: Where the pair is from.
        composition: What it is made of; None for an ion, a salt or a mixture.
        kind: What it is, where the list is curated.
    """

    names: tuple[str, ...]
    smiles: str
    source: str
    composition: Composition | None
    kind: str = ""
    rarer: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Curated:
    """The curated list, by the spelling of its names and without regard to capitals."""

    entries: tuple[_Entry, ...]
    spelled: dict[str, list[NameHit]]
    folded: dict[str, list[NameHit]]
    structures: frozenset[str]


@cache
def _curated() -> _Curated:
    entries: list[_Entry] = []
    for names, smiles, source, formula, mass, skeleton, kind, _ in _read_lines(CURATED_FILE):
        spelled = names.split("; ")
        usual = tuple(name for name in spelled if not name.startswith(_RARER))
        rarer = tuple(name.removeprefix(_RARER) for name in spelled if name.startswith(_RARER))
        made_of = Composition(skeleton or smiles, formula, float(mass)) if mass else None
        entries.append(_Entry(usual, smiles, source, made_of, kind, rarer))
    found = _Curated(tuple(entries), {}, {}, frozenset(entry.smiles for entry in entries))
    for names_of in (lambda entry: entry.names, lambda entry: entry.rarer):
        for entry in entries:
            for name in names_of(entry):
                hit = NameHit(entry.smiles, name, entry.source, entry.kind)
                _add(found.spelled, " ".join(name.split()), hit)
                if len(name) > 2:  # element symbols and formulas of two letters: Co is not CO
                    _add(found.folded, normalize_name(name), hit)
    return found


def _add(hits: dict[str, list[NameHit]], key: str, hit: NameHit) -> None:
    known = hits.setdefault(key, [])
    if all(one.smiles != hit.smiles for one in known):
        known.append(hit)


@cache
def _common() -> dict[str, NameHit]:
    """Return the names of the common dictionary by their key."""
    hits: dict[str, NameHit] = {}
    for name, smiles, source, *_ in _read_vouched():
        hits.setdefault(normalize_name(name), NameHit(smiles, name, source))
    return hits


@cache
def _common_entries() -> tuple[_Entry, ...]:
    return tuple(
        _Entry((name,), smiles, source, Composition(skeleton or smiles, formula, float(mass)) if formula else None)
        for name, smiles, source, formula, mass, skeleton in _read_vouched()
    )


def _read_vouched() -> Iterator[list[str]]:
    """Yield the lines of the common dictionary whose names bear no mark."""
    return (line for line in _read_lines(COMMON_FILE) if not line[0].startswith((DISPUTED, UNVOUCHED)))


@cache
def _marked(mark: str) -> dict[str, NameHit]:
    """Return the names that bear a mark by their key."""
    lines = (line for line in _read_lines(COMMON_FILE) if line[0].startswith(mark))
    hits = (
        NameHit(smiles, name.removeprefix(mark), source, is_vouched=mark != UNVOUCHED) for name, smiles, source in lines
    )
    return {normalize_name(hit.name): hit for hit in hits}


@cache
def _keys() -> dict[str, str]:
    """Return key -> name of both dictionaries."""
    curated = {key: hits[0].name for key, hits in _curated().folded.items()}
    return {key: hit.name for key, hit in _common().items()} | curated


@cache
def _joined_keys() -> dict[str, str]:
    """Return joined key -> name, for those that only one structure has."""
    structures: dict[str, set[str]] = {}
    names: dict[str, str] = {}
    for key, name in _keys().items():
        short = _join(key)
        hit = find_name(name)
        if short and hit is not None:
            structures.setdefault(short, set()).add(hit.smiles)
            names.setdefault(short, name)
    return {short: name for short, name in names.items() if len(structures[short]) == 1}


@cache
def _names_by_structure() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for hit in list_named():
        found.setdefault(hit.smiles, []).append(hit.name)
    return {smiles: tuple(names) for smiles, names in found.items()}


def _join(key: str) -> str:
    """Return the key without blanks and dashes, where that cannot join two locants; else an empty string."""
    return "" if re.search(r"\d", key) else re.sub(r"[\s-]", "", key)


def _read_lines(file: str) -> Iterable[list[str]]:
    packed = read_shipped(f"chem/{file}")
    for line in gzip.decompress(packed).decode("utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")

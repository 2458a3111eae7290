"""Common names and systematic names -> structures.

Two dictionaries ship with the package: ``everyday_names.tsv``, some 250 chemicals and drugs written by hand, and
``common_names.tsv.gz``, made by ``scripts/build_common_names.py`` from open sources named in its first lines, with the
composition of each molecule, so that a search by mass parses none of them.
Systematic names are read by OPSIN, a grammar of IUPAC names, where the extra ``names`` and a Java runtime are there.
"""

from __future__ import annotations

import csv
import gzip
import importlib.util
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from rapidfuzz import fuzz, process

from anymol.chem.composition import Composition, measure_composition
from anymol.errors import MissingDependencyError, TimeLimitError, UnknownNameError

EVERYDAY_FILE = "everyday_names.tsv"
COMMON_FILE = "common_names.tsv.gz"
MAX_NAME_LENGTH = 1_000
"""Longest name that is looked up or given to OPSIN."""

OPSIN_SECONDS = 20.0
"""Time OPSIN may take, the start of its Java runtime included."""

_JAVA_OPTIONS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss8m")
"""One short name per start: little compiling, little collecting, and a deep stack for deep names."""

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"), "-")
_QUOTES = dict.fromkeys(map(ord, "\u2018\u2019\u2032\u00b4`"), "'")
_GREEK = {
    ord(letter): unicodedata.name(letter).removeprefix("GREEK SMALL LETTER ").lower()
    for letter in "αβγδεζηθικμνξοπρστυφχψω"
} | {ord("λ"): "lambda"}
_CAS_NUMBER = re.compile(r"(?:CAS\s*(?:RN|No\.?)?\s*:?\s*)?(\d{2,7})-(\d{2})-(\d)", re.IGNORECASE)


@dataclass(frozen=True)
class NameHit:
    """A structure found for a name.

    Attributes:
        smiles: Canonical SMILES.
        name: The name as the dictionary has it.
        source: The source of the pair, ``anymol`` for the list written by hand.
    """

    smiles: str
    name: str
    source: str


def normalize_name(name: str) -> str:
    """Return the form under which names are compared.

    Case, kinds of dashes and quotes, surplus white space and spelled-out Greek letters do not matter.

    >>> normalize_name("  β–Carotene ")
    'beta-carotene'
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(text.translate(_DASHES).translate(_QUOTES).translate(_GREEK).split())


def find_name(name: str) -> NameHit | None:
    """Look a name up in the shipped dictionaries; None where it is not there.

    >>> find_name("Acetaminophen").smiles
    'CC(=O)Nc1ccc(O)cc1'
    """
    if len(name) > MAX_NAME_LENGTH:
        return None
    key = normalize_name(name)
    return _dictionary().get(key) or _dictionary().get(_loose_keys().get(_loosen(key), ""))


def list_named() -> Iterator[NameHit]:
    """Yield every entry of the shipped dictionaries; those checked by hand come first."""
    yield from _dictionary().values()


def list_compositions() -> Iterator[tuple[NameHit, Composition]]:
    """Yield the neutral molecules of one part among the entries, in the same order."""
    stored = _read_compositions()
    for hit in list_named():
        found = stored[hit.smiles] if hit.smiles in stored else measure_composition(hit.smiles)
        if found is not None:
            yield hit, found


def suggest_names(name: str, *, count: int = 3) -> list[str]:
    """Return the names of the dictionary that are spelled most like `name`, best first.

    >>> suggest_names("ibuprofin")[0]
    'ibuprofen'
    """
    key = normalize_name(name)[:100]
    if len(key) < 3:
        return []
    found = process.extract(key, _dictionary().keys(), scorer=fuzz.ratio, score_cutoff=75, limit=count)
    return [_dictionary()[match].name for match, _, _ in found]


def parse_systematic_name(name: str, *, seconds: float = OPSIN_SECONDS) -> str:
    """Return the SMILES that OPSIN reads in a systematic name.

    Raises:
        UnknownNameError: OPSIN cannot read the name; its reason is in the message.
        MissingDependencyError: py2opsin or a Java runtime is not installed.
        TimeLimitError: OPSIN took longer than `seconds`.
    """
    text = " ".join(name.split())
    if not text or len(text) > MAX_NAME_LENGTH or not text.isprintable():
        raise UnknownNameError(
            "this is not a systematic name", value=name, hint=f"1 to {MAX_NAME_LENGTH} printable characters"
        )
    command = [_find_java(), *_JAVA_OPTIONS, "-jar", str(_find_opsin()), "-osmi"]
    try:
        done = subprocess.run(
            command, input=f"{text}\n", capture_output=True, encoding="utf-8", timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise TimeLimitError(
            f"OPSIN was stopped after {seconds:g} s", value=name, hint="give a SMILES instead"
        ) from None
    smiles = done.stdout.strip()
    if not smiles:
        reason = _opsin_reason(done.stderr)
        raise UnknownNameError(f"OPSIN cannot read this name{f': {reason}' if reason else ''}", value=name)
    return smiles


def is_opsin_available() -> bool:
    """Whether systematic names can be read: py2opsin and a Java runtime are installed."""
    return importlib.util.find_spec("py2opsin") is not None and shutil.which("java") is not None


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
    digits = [int(digit) for digit in reversed(match[1] + match[2])]
    return sum(weight * digit for weight, digit in enumerate(digits, 1)) % 10 == int(match[3])


def _find_java() -> str:
    java = shutil.which("java")
    if java is None:
        raise MissingDependencyError(
            "systematic names are read by OPSIN, which needs a Java runtime, and 'java' is not on the path",
            hint="install one (for example the package default-jre-headless), or give a SMILES",
        )
    return java


def _find_opsin() -> Path:
    spec = importlib.util.find_spec("py2opsin")
    if spec is None or spec.origin is None:
        raise MissingDependencyError(
            "systematic names are read by OPSIN, which comes with the package py2opsin, and that is not installed",
            hint='pip install "anymol[names]", or give a SMILES',
        )
    jars = sorted(Path(spec.origin).parent.glob("opsin-cli-*.jar"))
    if not jars:
        raise MissingDependencyError("py2opsin is installed without OPSIN's jar", hint="reinstall py2opsin")
    return jars[-1]


def _opsin_reason(log: str) -> str:
    """Return the first line of OPSIN's log that explains a refusal."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    useful = [
        line for line in lines if "is unparsable" in line or "uninterpretable" in line or "could not" in line.lower()
    ]
    return (useful or [""])[0].rstrip(".")


def _loosen(key: str) -> str:
    """Return the key without blanks and dashes, where that cannot join two locants; else an empty string."""
    return "" if re.search(r"\d", key) else re.sub(r"[\s-]", "", key)


@cache
def _dictionary() -> dict[str, NameHit]:
    """Return all names; those checked by hand come first."""
    entries: dict[str, NameHit] = {}
    for hit in (*_read_everyday(), *_read_common()):
        entries.setdefault(normalize_name(hit.name), hit)
    return entries


@cache
def _loose_keys() -> dict[str, str]:
    """Return loosened key -> key, for those that only one structure has."""
    loose: dict[str, str] = {}
    for key, hit in _dictionary().items():
        short = _loosen(key)
        if short and _dictionary()[loose.setdefault(short, key)].smiles != hit.smiles:
            loose[short] = ""
    return loose


def _read_everyday() -> Iterator[NameHit]:
    with files("anymol.chem").joinpath(EVERYDAY_FILE).open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            for name in (row["name"], *filter(None, row["synonyms"].split("; "))):
                yield NameHit(row["smiles"], name, "anymol")


def _read_common() -> Iterator[NameHit]:
    for name, smiles, source, *_ in _list_common():
        yield NameHit(smiles, name, source)


def _read_compositions() -> dict[str, Composition | None]:
    """Return SMILES -> composition, as stored; None for an ion, a salt or a mixture."""
    return {
        smiles: Composition(skeleton or smiles, formula, float(mass)) if formula else None
        for _, smiles, _, formula, mass, skeleton in _list_common()
    }


def _list_common() -> Iterator[list[str]]:
    """Yield name, SMILES, source, formula, mass (Da), and the skeleton where it is not the SMILES itself."""
    packed = files("anymol.chem").joinpath(COMMON_FILE).read_bytes()
    for line in gzip.decompress(packed).decode("utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")

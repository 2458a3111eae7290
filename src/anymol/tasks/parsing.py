"""From the text of a model's answer to a value, or the reason why there is none."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

from anymol.chem.notation import MOL_OPEN, read_surface
from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.selfies import decode_selfies, is_selfies_form
from anymol.errors import InvalidSelfiesError, InvalidSmilesError, UnreadableAnswerError

_MOLECULE = re.compile(r"<mol>(.*?)(?:</mol>|$)", re.DOTALL)
_MARKUP = re.compile(r"<(?:pad|bos|eos|system|user|assistant|end|/?mol|graph|conformer|image|ms2|ir)>")
_NUMBER = re.compile(
    r"(?<![\w.,])"  # not the 2 of 'C2', of '1.2' or of 'N,2'
    r"(?:(?<!\d)([-+\u2212\u2013])[ ]?)?"  # the typographic minus and the en dash are minus signs too
    r"(\d{1,3}(?:[, \u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+)"
    r"(?:(?:[eE]|[ ]?[x\u00d7*][ ]?10\^?)([-+\u2212]?\d{1,3}))?"
    r"(?!\w*-[A-Za-z])(?!\d)"  # not the locant of '2-chloropyridine'
)
_THOUSANDS = re.compile(r"[ \u00a0\u202f]")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_MINUS: Final = "\u2212"
_MAX_LENGTH: Final = 20_000
_REACTION_PARTS: Final = 3


def parse_molecule(text: str) -> str:
    """Read the first molecule of an answer as canonical SMILES (a salt keeps all its parts).

    The molecule stands between ``<mol>`` and ``</mol>`` (the closing tag may be cut off), in SMILES or SELFIES, with
    or without the signs of the surface form. An answer without tags is read when the whole of it is one word.

    Raises:
        UnreadableAnswerError: When there is no molecule or it does not parse.
    """
    return _canonicalize(_read_written(text)[0], text)


def parse_mixture(text: str) -> str:
    """Read all molecules of an answer as one dot-joined canonical SMILES.

    Raises:
        UnreadableAnswerError: When there is no molecule or one does not parse.
    """
    return _canonicalize(".".join(_read_written(text)), text)


def parse_reaction_answer(text: str) -> str:
    """Read an answer of the form ``<mol>reactants</mol>><mol>reagents</mol>><mol>products</mol>`` as reaction SMILES.

    A part may be empty. The molecules of each part are canonical and sorted.

    Raises:
        UnreadableAnswerError: When there are not three parts, a molecule does not parse, or no side has one.
    """
    written = [read_surface(piece).strip() for piece in _MOLECULE.findall(text[:_MAX_LENGTH])]
    skeleton = _MARKUP.sub("", _MOLECULE.sub("\0", text[:_MAX_LENGTH]))
    parts = ["".join(part.split()) for part in skeleton.split(">")]
    if len(parts) != _REACTION_PARTS or any(set(part) - {"\0"} for part in parts):
        raise UnreadableAnswerError("the answer is not a reaction of three parts", value=text)
    pieces = iter(written)
    sides = [".".join(next(pieces) for _ in part) for part in parts]
    if not (sides[0] and sides[2]):
        raise UnreadableAnswerError("the reaction of the answer lacks a side", value=text)
    return ">".join(_canonicalize(side, text) if side else "" for side in sides)


def parse_number(text: str) -> float:
    """Read the number of an answer: minus signs of any kind, thousands, a decimal comma, powers of ten, a unit.

    Where several different numbers stand in a text that does not begin with a number, it is ambiguous and refused.

    Raises:
        UnreadableAnswerError: When there is no number, when it is ambiguous, or when it is not finite.

    Example:
        >>> parse_number("about \u22120.35"), parse_number("1,234.5 g/mol"), parse_number("1.2e3")
        (-0.35, 1234.5, 1200.0)
    """
    cleaned = _clean(text)
    found = list(_NUMBER.finditer(cleaned))
    if not found:
        raise UnreadableAnswerError("the answer holds no number", value=text)
    values = [_to_float(match) for match in found]
    if len(set(values)) > 1 and found[0].start() > 0:
        raise UnreadableAnswerError("the answer holds several different numbers", value=text)
    if not math.isfinite(values[0]):
        raise UnreadableAnswerError("the number in the answer is not finite", value=text)
    return values[0]


def parse_text(text: str) -> str:
    """Read an answer in words: markup is removed and white space made single.

    Raises:
        UnreadableAnswerError: When no word is left.
    """
    cleaned = _clean(text)
    if not any(character.isalpha() for character in cleaned):
        raise UnreadableAnswerError("the answer holds no words", value=text)
    return cleaned


def parse_name(text: str) -> str:
    """Read the name that an answer gives: as :func:`parse_text`, without quotation marks and the stop at its end.

    Raises:
        UnreadableAnswerError: When no word is left, or a molecule is written where its name was asked.
    """
    if MOL_OPEN in text[:_MAX_LENGTH]:
        raise UnreadableAnswerError("the answer writes a molecule, not its name", value=text)
    return parse_text(parse_text(text).strip('"\u201c\u201d.?! '))


def parse_label(*labels: str) -> Callable[[str], str]:
    """Return what reads an answer that is one of some labels, ``Yes``, ``no.``, ``B) ...``; text may follow a stop.

    What is returned raises `UnreadableAnswerError` where the answer begins with none of them.

    >>> parse_label("Yes", "No")("yes, it does"), parse_label("A", "B")("(B)")
    ('Yes', 'B')
    """
    known = {label.lower(): label for label in labels}
    written = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
    pattern = re.compile(rf"\W*({written})(?:\W*$|[.,;:)\]])", re.IGNORECASE)

    def parse(text: str) -> str:
        match = pattern.match(_clean(text))
        if match is None:
            raise UnreadableAnswerError(f"the answer is none of {', '.join(labels)}", value=text)
        return known[match[1].lower()]

    return parse


def _clean(text: str) -> str:
    return " ".join(_MARKUP.sub(" ", text[:_MAX_LENGTH]).split())


def _read_written(text: str) -> list[str]:
    """Return the molecules as written, markup removed; at least one."""
    text = text[:_MAX_LENGTH]
    inside = [_MARKUP.sub("", read_surface(piece)).strip() for piece in _MOLECULE.findall(text)]
    if not inside:
        words = _clean(read_surface(text)).split()
        inside = words if len(words) == 1 else []
    written = [piece for piece in inside if piece]
    if not written:
        raise UnreadableAnswerError("the answer holds no molecule", value=text)
    return written


def _canonicalize(written: str, text: str) -> str:
    if is_selfies_form(written):
        # '[C][O]' is methanol in SELFIES and a biradical in SMILES; '[Na+].[Cl-]' is SMILES only and does not decode.
        try:
            return canonicalize_smiles(decode_selfies(written))
        except (InvalidSelfiesError, InvalidSmilesError):
            pass
    try:
        return canonicalize_smiles(written)
    except InvalidSmilesError as error:
        raise UnreadableAnswerError(f"the answer holds no valid molecule: {error.message}", value=text) from error


def _to_float(match: re.Match[str]) -> float:
    sign, digits, exponent = match.groups()
    digits = _THOUSANDS.sub("", digits)
    digits = digits.replace(",", "") if _GROUPED.fullmatch(digits) else digits.replace(",", ".")
    value = float(f"{digits}e{(exponent or '0').replace(_MINUS, '-')}")
    return -value if sign and sign != "+" else value

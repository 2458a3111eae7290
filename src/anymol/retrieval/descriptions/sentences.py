"""The sentences of a description, in the form that ChEBI gives them: "The molecule is ...", "It has a role as ..."."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_SUBJECT: Final = "The molecule is "
_CLASSES: Final = "It is "
_RELATED: Final = re.compile(
    r"\b(?:conjugate (?:base|acid)|enantiomer|tautomer|epimer|diastereoisomer|stereoisomer|racemate|"
    r"form) of\b|\b[RS]\)?[ -]configuration\b"
)
_DEFINITION: Final = re.compile(r"(?:An?|The) (?=[a-z0-9(\[{])")
"""How a definition of an ontology begins, which leaves its subject out."""

_GLUED: Final = re.compile(r"(?<=[a-z0-9)\]])\.(?=[A-Z][a-z])")
"""A full stop that the next sentence follows without a blank, as tables of texts put together by programs have them."""

_BREAK: Final = re.compile(r"(?<=[^\s.A-Z])\. (?=[A-Z])")
"""Between two sentences; the full stop of an initial (``E. coli``, ``C. Smith``) ends none."""

_OF_ITS_KIND: Final = re.compile(
    r"The molecule is |It (?:is an? |has a role as |derives from |is functionally related to )"
)


def write_plainly(text: str) -> str:
    """Return a description in one form: single blanks, sentences apart, and the subject that a definition leaves out.

    >>> write_plainly("A trimethylxanthine in which N-1,  N-3 and N-7 are methylated.It has a role as a stimulant.")
    'The molecule is a trimethylxanthine in which N-1, N-3 and N-7 are methylated. It has a role as a stimulant.'
    """
    plain = _GLUED.sub(". ", " ".join(text.split()))
    if lead := _DEFINITION.match(plain):
        article = lead[0].lower()
        if not plain.startswith("The molecule "):
            plain = f"{_SUBJECT}{article}{plain[lead.end() :]}"
    return plain if plain.endswith((".", "!", "?")) else f"{plain}."


def split_sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a plain description, each with its full stop.

    >>> split_sentences("The molecule is an amino acid of E. coli. It is a base.")
    ('The molecule is an amino acid of E. coli.', 'It is a base.')
    """
    *cut, last = _BREAK.split(text)
    return (*(f"{one}." for one in cut), last)


def keep_general(text: str) -> str:
    """Return the sentences that could be said of a relative: what it is, its roles and what it derives from.

    Left out is what is told of one compound alone: its own name, where it was found, who makes it.

    Returns:
        They, joined; empty where the first sentence does not say what the molecule is.

    >>> keep_general("The molecule is a saponin. Prosapogenin is found in Gymnema. It is a glycoside.")
    'The molecule is a saponin. It is a glycoside.'
    """
    sentences = split_sentences(text)
    if not sentences[0].startswith(_SUBJECT):
        return ""
    return " ".join(one for one in sentences if _OF_ITS_KIND.match(one))


_DETAILS: Final = re.compile(
    r",? (?=(?:that|which|in which|having|obtained|consisting|comprising|composed|with|where|wherein|resulting|derived|"
    r"isolated|formed|arising|bearing|carrying|used|produced|containing|whose|of general|from)\b)|; |, "
)
"""Where a definition goes on from what the molecule is to what makes it so."""

_NEXT: Final = re.compile(r"(?:, and |, | and )(?=(?:an?|the|one of) )")


@dataclass(frozen=True)
class Definition:
    """The first sentence of a description.

    Attributes:
        kind: What the molecule is, with its article: ``a member of benzaldehydes``.
        details: What makes it so, from the blank or comma on; empty where nothing does.
    """

    kind: str
    details: str = ""

    def __str__(self) -> str:
        return f"{_SUBJECT}{self.kind}{self.details}."


def read_definition(sentence: str) -> Definition | None:
    """Return what a sentence says that the molecule is; None where it says something else.

    >>> read_definition("The molecule is a member of phenols that is phenol substituted by a bromo group.").kind
    'a member of phenols'
    """
    if not sentence.startswith(_SUBJECT):
        return None
    said = sentence.removeprefix(_SUBJECT).rstrip(".")
    cut = _DETAILS.search(said)
    return Definition(said) if cut is None else Definition(said[: cut.start()], said[cut.start() :])


def read_classes(sentence: str) -> tuple[str, ...]:
    """Return the classes that a sentence puts the molecule into, with their articles; none where it says other things.

    >>> read_classes("It is a member of phenols, an organobromine compound and a monocarboxylic acid.")
    ('a member of phenols', 'an organobromine compound', 'a monocarboxylic acid')
    """
    if not re.match(rf"{_CLASSES}an? ", sentence) or relates_forms(sentence):
        return ()
    return tuple(_NEXT.split(sentence.removeprefix(_CLASSES).rstrip(".")))


def relates_forms(sentence: str) -> bool:
    """Whether a sentence says of which other form of one substance the molecule is a form, or which one it is.

    >>> relates_forms("It is a conjugate base of a lactic acid."), relates_forms("It derives from a lactic acid.")
    (True, False)
    """
    return _RELATED.search(sentence) is not None


def write_classes(classes: Sequence[str]) -> str:
    """Return the sentence that puts the molecule into classes, at least one."""
    *others, last = classes
    return f"{_CLASSES}{', '.join(others)} and {last}." if others else f"{_CLASSES}{last}."

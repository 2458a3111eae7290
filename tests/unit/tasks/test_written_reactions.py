"""A question that is a reaction in words asks for its product."""

from __future__ import annotations

import pytest

from anymol.errors import UnknownTaskError
from anymol.tasks.question.written_reactions import find_asked_reaction
from anymol.tasks.routing import route


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("nitrobenzene --(palladium, hydrogen)--> ?", "nitrobenzene --(palladium, hydrogen)--> ?"),
        ("CCO + acetic acid -> ?", "CCO + acetic acid -> ?"),
        ("What is the product of CCO + acetic acid (sulfuric acid cat.)?", "CCO + acetic acid (sulfuric acid cat.)"),
        ("Products of: phenol, iodomethane (2 eq.), 80 °C", None),
        ("product: phenol, iodomethane (2 eq.), 80 °C", "phenol, iodomethane (2 eq.), 80 °C"),
        ("nitrobenzene -> aniline", None),  # its product is there
        ("What is the product of their marriage?", None),
        ("aniline + foobarium -> ?", None),
        ("What is the product of 7 and 8?", None),
        ("benzene", None),
    ],
)
def test_reactions_are_found(question: str, written: str | None) -> None:
    assert find_asked_reaction(question) == written


def test_they_go_to_forward_prediction() -> None:
    found = route("nitrobenzene --(palladium, hydrogen)--> ?")
    assert (found.task, found.molecules) == ("forward_reaction", ("nitrobenzene --(palladium, hydrogen)--> ?",))
    with pytest.raises(UnknownTaskError):
        route("aniline + foobarium -> who knows?")

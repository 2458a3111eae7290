"""Words beside a request that change nothing of it."""

from __future__ import annotations

import pytest

from anymol.tasks.asides import is_aside
from anymol.tasks.routing import route


@pytest.mark.parametrize("word", ["liver", "supervisor", "because", "happy", "tomorrow", "drastic"])
def test_reasons_and_wishes_are_asides(word: str) -> None:
    assert is_aside(word)


@pytest.mark.parametrize(
    "word",
    [
        "not",
        "without",
        "twelve",
        "12",
        "para",
        "benzylic",
        "logp",
        "solubility",
        "ketone",
        "oxygen",
        "toluene",
        "nitrate",
    ],
)
def test_what_may_change_a_request_is_not(word: str) -> None:
    assert not is_aside(word)


def test_a_change_is_found_beside_its_reason() -> None:
    found = route("My supervisor dislikes the bromine, swap it for a nitrile", has_molecule=True, molecules=1)
    assert found.task == "molecule_editing"

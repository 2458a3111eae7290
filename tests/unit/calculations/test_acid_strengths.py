"""Orders of acids and bases that every textbook prints."""

from __future__ import annotations

import pytest

from anymol import calculate
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("molecules", "question", "order"),
    [
        (("phenol", "acetic acid"), "which is more acidic", ["acetic acid", "phenol"]),
        (("phenol", "acetic acid"), "which is the weaker acid", ["phenol", "acetic acid"]),
        (("aniline", "cyclohexylamine"), "stronger base", ["cyclohexylamine", "aniline"]),
        (("aniline", "pyridine"), "which is less basic", ["aniline", "pyridine"]),
        (("phenol", "ethanol", "acetic acid"), "rank by acidity", ["acetic acid", "phenol", "ethanol"]),
        (("phenol", "ethanol", "acetic acid"), "order of increasing acidity", ["ethanol", "phenol", "acetic acid"]),
        (("phenol", "ethanol", "acetic acid"), "rank by increasing pKa", ["acetic acid", "phenol", "ethanol"]),
        (("phenol", "ethanol", "acetic acid"), "which acid has the highest pKa", ["ethanol", "phenol", "acetic acid"]),
        (("acetic acid", "HCl"), "which is the stronger acid", ["HCl", "acetic acid"]),
        (("sodium acetate", "ammonia"), "which is the stronger base", ["ammonia", "sodium acetate"]),
        (("ammonium chloride", "acetic acid"), "which is the stronger acid", ["acetic acid", "ammonium chloride"]),
        (("NaHCO3", "acetic acid"), "which is the stronger acid", ["acetic acid", "NaHCO3"]),
        (
            ("methanol", "2-propanol", "tert-butanol"),
            "most to least acidic",
            ["methanol", "2-propanol", "tert-butanol"],
        ),
    ],
)
def test_order(molecules: tuple[str, ...], question: str, order: list[str]) -> None:
    found = calculate("acid_strength", *molecules, text=question)
    assert [part.label for part in found.parts] == order
    assert found.statement.startswith(f"{order[0]} ")


@pytest.mark.parametrize(
    ("molecules", "question", "says"),
    [
        (("phenol", "ethanol"), "Is phenol a stronger acid than ethanol?", "Yes: phenol is the stronger acid"),
        (("ethanol", "phenol"), "Is ethanol a stronger acid than phenol?", "No: phenol is the stronger acid"),
        (("aniline", "ammonia"), "is aniline less basic than ammonia?", "Yes: aniline is the weaker base"),
        (("phenol", "acetic acid"), "how much more acidic is acetic acid than phenol?", "5.23 apart"),
    ],
)
def test_of_two(molecules: tuple[str, ...], question: str, says: str) -> None:
    assert says in calculate("acid_strength", *molecules, text=question).statement


@pytest.mark.parametrize(
    ("molecules", "question", "says"),
    [
        (("phenol", "benzene"), "which is more acidic", "none is estimated"),
        (("phenol", "methylamine"), "which is more acidic", "as an acid is recorded"),
        (("phenol", "methylamine"), "which is more basic", "as a base is recorded"),
        (("HCl", "HI"), "which is the stronger acid", "water does not tell apart"),
        (("glycine", "acetic acid"), "which is more acidic", "gives and takes protons"),
        (("phenol", "aniline"), "which has the higher pKa", "some as bases"),
        (("methylamine", "ethylamine"), "which is the stronger base", "less than the handbooks"),
        (("ibuprofen", "benzoic acid"), "which is the stronger acid", "less than the handbooks"),
        (("water", "methanol"), "which is more acidic", "15.7"),
        (("phenol", "ethanol"), "which is more acidic and which more basic", "one of these at a time"),
    ],
)
def test_what_the_constants_do_not_tell_is_refused(molecules: tuple[str, ...], question: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        calculate("acid_strength", *molecules, text=question)


def test_in_a_longer_order_what_hardly_differs_is_told() -> None:
    found = calculate("acid_strength", "methylamine", "ethylamine", "aniline", text="rank by basicity")
    assert "hardly differ" in found.statement
    assert sum("differ by less" in note for note in found.notes) == 1

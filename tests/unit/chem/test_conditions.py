"""Amounts and conditions are told from molecules."""

from __future__ import annotations

import time

import pytest

from anymol.chem.conditions import is_catalytic, is_condition, strip_conditions


@pytest.mark.parametrize(
    "text",
    [
        "80 °C", "80°C", "-78 °C", "\u221278 °C to rt", "0 °C to r.t.", "100 C", "353 K", "80-90 °C", "25 deg C",
        "rt", "r.t.", "RT", "room temperature", "reflux", "heat", "heating", "Δ", "hv", "hν", "light", "MW",
        "12 h", "12h", "30 min", "2 hours", "3 d", "overnight", "o/n", "16-18 h", "12 h at 80 °C",
        "2 eq.", "1.2 equiv", "2 equivalents", "5 mol%", "5 mol %", "0.1 mmol", "10 mL", "2 M", "6N", "10%", "1,5 eq",
        "cat.", "cat", "catalytic", "excess", "aq.", "aqueous", "conc.", "dry", "anhydrous", "neat", "sat.",
        "1 atm", "50 psi", "5 bar", "under N2", "under nitrogen", "argon atmosphere", "under an argon atmosphere",
        "air", "sealed tube", "ice bath", "in the dark", "workup", "pH 7", "then", "H+", "H3O+", "acid", "1",
        "acid catalyst",        "2 eq., 0 °C, 1 h",
    ],
)  # fmt: skip
def test_conditions(text: str) -> None:
    assert is_condition(text)


@pytest.mark.parametrize(
    "text",
    [
        "water", "THF", "NaH", "2 M NaOH", "acetic acid", "CCO", "N", "C", "1,2-dichloroethane", "H2", "N2O", "dry THF",
        "H2SO4 cat.", "hydrogen", "lithium", "4-bromoanisole", "2-propanol", "3-MCPBA", "light petroleum",
        "acid chloride",
    ],
)  # fmt: skip
def test_molecules_are_none(text: str) -> None:
    assert not is_condition(text)


@pytest.mark.parametrize(
    ("text", "bare", "taken"),
    [
        ("2 M NaOH", "NaOH", ("2 M",)),
        ("H2SO4 cat.", "H2SO4", ("cat.",)),
        ("cat. H2SO4", "H2SO4", ("cat.",)),
        ("excess of methanol", "methanol", ("excess",)),
        ("10% Pd/C", "Pd/C", ("10%",)),
        ("dry THF reflux 2 h", "THF", ("dry", "2 h", "reflux")),
        ("conc. aq. NH3", "NH3", ("conc.", "aq.")),
        ("1.2 equiv MeI", "MeI", ("1.2 equiv",)),
        ("1,2-dichloroethane", "1,2-dichloroethane", ()),
        ("2-propanol", "2-propanol", ()),
        ("toluene 110 °C", "toluene", ("110 °C",)),
    ],
)
def test_ends_are_stripped(text: str, bare: str, taken: tuple[str, ...]) -> None:
    assert strip_conditions(text) == (bare, taken)


def test_catalytic_amounts() -> None:
    assert all(map(is_catalytic, ["cat.", "cat", "catalytic", "5 mol%", "0.5 mol %"]))
    assert not any(map(is_catalytic, ["2 eq.", "H2SO4", "10%", "catechol"]))


@pytest.mark.parametrize("text", ["2 h " * 400 + "x", "-" * 1900, "1" * 1900, "2 to " * 380, "cat. " * 380 + "q"])
def test_hostile_texts_take_no_time(text: str) -> None:
    started = time.perf_counter()
    is_condition(text)
    strip_conditions(text)
    assert time.perf_counter() - started < 2.0

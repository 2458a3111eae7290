"""Isotope patterns against the exact multinomial."""

from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement
from math import comb, factorial, prod

import numpy as np
import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.calculation import Part, Result
from anymol.calculations.elements import TABLE
from anymol.calculations.isotopes import compute_pattern, find_resolution, merge_by_width
from anymol.errors import UserError


def isotopes(symbol: str) -> list[tuple[float, float]]:
    number = TABLE.GetAtomicNumber(symbol)
    found = [
        (TABLE.GetMassForIsotope(number, mass), TABLE.GetAbundanceForIsotope(number, mass) / 100)
        for mass in range(number, 3 * number + 4)
        if TABLE.GetAbundanceForIsotope(number, mass) > 0
    ]
    total = sum(share for _, share in found)
    return [(mass, share / total) for mass, share in found]


def multinomial(symbol: str, count: int) -> dict[float, float]:
    """Return mass -> share of every isotopologue of some atoms of one element, from the definition."""
    found: dict[float, float] = {}
    for chosen in combinations_with_replacement(isotopes(symbol), count):
        times = Counter(chosen)
        ways = factorial(count) // prod(map(factorial, times.values()))
        mass = round(sum(one[0] for one in chosen), 6)
        found[mass] = found.get(mass, 0.0) + ways * prod(one[1] for one in chosen)
    return found


@pytest.mark.parametrize(("symbol", "count"), [("Cl", 2), ("Br", 2), ("Cl", 6), ("S", 4), ("Sn", 2), ("C", 20)])
def test_one_element_is_the_multinomial(symbol: str, count: int) -> None:
    lines = compute_pattern(Counter({symbol: count}))
    exact = {mass: share for mass, share in multinomial(symbol, count).items() if share > 1e-9}
    found = {mass: share for mass, share in zip(lines.mass, lines.share, strict=True) if share > 1e-9}
    assert list(found) == pytest.approx(sorted(exact), abs=2e-6)
    assert list(found.values()) == pytest.approx([exact[mass] for mass in sorted(exact)], rel=1e-6)


def test_fullerene_is_the_binomial() -> None:
    lines = compute_pattern(Counter({"C": 60}))
    share = dict(isotopes("C"))
    heavy = share[TABLE.GetMassForIsotope(6, 13)]
    expected = [comb(60, k) * heavy**k * (1 - heavy) ** (60 - k) for k in range(6)]
    assert lines.share[:6] == pytest.approx(expected, rel=1e-9)
    assert lines.mass[1] - lines.mass[0] == pytest.approx(1.00335484, abs=1e-6)
    peaks = calculate("isotope_pattern", "C60").parts
    assert [part.value for part in peaks[:3]] == pytest.approx([100.0, 64.9, 20.7], abs=0.2)  # as measured and in books


def test_the_shares_add_up_to_one() -> None:
    for counts in (Counter({"C": 200, "H": 402}), Counter({"Pt": 1, "Cl": 2, "N": 2, "H": 6}), Counter({"Sn": 3})):
        assert compute_pattern(counts).share.sum() == pytest.approx(1.0, abs=1e-6)


def test_the_mean_mass_is_the_average_mass() -> None:
    for formula, symbols in (("C6Cl6", {"C": 6, "Cl": 6}), ("C9H8O4", {"C": 9, "H": 8, "O": 4})):
        lines = compute_pattern(Counter(symbols))
        mean = float((lines.mass * lines.share).sum())
        assert mean == pytest.approx(float(calculate("average_mass", formula).value), abs=0.02)


def test_known_patterns() -> None:
    chlorine = [part.value for part in calculate("isotope_pattern", "ClCCl").parts]
    assert chlorine[0] == 100.0 and chlorine[2] == pytest.approx(64, abs=1)  # 9 : 6 : 1
    bromine = [part.value for part in calculate("isotope_pattern", "BrBr").parts]
    assert bromine == pytest.approx([51.4, 100.0, 48.6], abs=0.2)  # 1 : 2 : 1
    assert [part.label for part in calculate("isotope_pattern", "BrBr").parts] == ["157.8367", "159.8346", "161.8326"]


def test_resolution_decides_what_is_one_peak() -> None:
    # 13C and 33S, or 13C2 and 34S, of a thioether lie 4 and 11 mDa apart.
    text = "[M+H]+ at resolution {}"
    low = calculate("isotope_pattern", "CCCCSCCCC", text=text.format("1000"))
    high = calculate("isotope_pattern", "CCCCSCCCC", text=text.format("100,000"))

    def near(found: Result, nominal: int) -> list[Part]:
        return [part for part in found.parts if abs(float(part.label) - nominal) < 0.5]

    assert len(near(low, 149)) == 1 and len(near(high, 149)) == 2
    assert sum(float(part.value) for part in near(high, 149)) == pytest.approx(float(near(low, 149)[0].value), abs=0.15)


def test_an_ion_stands_at_its_m_over_z() -> None:
    double = calculate("isotope_pattern", "Cn1c(=O)c2c(ncn2C)n(C)c1=O", text="[M+2H]2+")
    masses = [float(part.label) for part in double.parts]
    assert masses[0] == pytest.approx(98.0475, abs=1e-4)
    assert masses[1] - masses[0] == pytest.approx(0.5016, abs=1e-3)
    assert double.unit == "m/z"


def test_labels_have_no_pattern_of_their_own() -> None:
    labelled = calculate("isotope_pattern", "[13CH3][13CH2]O").parts
    assert labelled[0].label == "48.0486"
    assert len(labelled) == 2 or float(labelled[1].value) < 0.3  # no carbon is left to vary


def test_what_has_no_natural_isotopes_is_refused() -> None:
    with pytest.raises(UserError, match="no natural isotopes"):
        calculate("isotope_pattern", "[Tc]")
    assert calculate("isotope_pattern", "[99Tc]").parts[0].value == 100.0


def test_resolving_powers_are_read() -> None:
    assert find_resolution("resolution of 140 000") == 140000.0
    assert find_resolution("R=60k") == 60000.0 and find_resolution("at a resolving power of 30,000") == 30000.0
    assert find_resolution("no number") is None


def test_lines_merge_to_their_mean() -> None:
    from anymol.calculations.isotopes import Pattern

    merged = merge_by_width(Pattern(np.array([1.0, 1.001, 2.0]), np.array([0.5, 0.25, 0.25])), 0.01)
    assert merged.mass == pytest.approx([1.000333, 2.0], abs=1e-6) and merged.share == pytest.approx([0.75, 0.25])

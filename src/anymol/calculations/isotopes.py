"""Isotope patterns: every isotopologue of a formula, added up to what a mass spectrometer resolves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anymol.calculations.adducts import write_charge
from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Program, Result, Subject, Takes
from anymol.calculations.elements import TABLE
from anymol.calculations.ions import choose_adducts, count_ion, find_charge
from anymol.calculations.makeup import count_isotopes, read_charge
from anymol.chem.formula import weigh_isotope
from anymol.errors import UserError
from anymol.modalities.adduct import ELECTRON

_LEAST: Final = 1e-12
"""Isotopologues of a smaller share of all are left out while they are put together."""

_SAME: Final = 1e-7
"""Masses closer than this, Da, are one: sums of the same isotopes in another order."""

_SHOWN: Final = 0.1
"""Peaks below this share of the highest, %, are not shown."""

RESOLUTION: Final = re.compile(
    r"(?:resolution|resolving power|fwhm|\bR)\s*(?:of|=|:|at|is)?\s*(?P<value>\d[\d,\u202f ]*(?:\.\d+)?)\s*(?P<k>k\b)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Pattern:
    """Peaks of an isotope pattern.

    Attributes:
        mass: Shape (P,), float64, Da, rising.
        share: Shape (P,), float64, shares of all molecules; they add up to 1 but for what was left out.
    """

    mass: NDArray[np.float64]
    share: NDArray[np.float64]


def compute_pattern(counts: Counter[str], fixed: float = 0.0) -> Pattern:
    """Return all isotopologues of a formula with a share above 1e-12.

    Args:
        counts: Number of atoms of each element.
        fixed: Mass of what has one isotope only because it is labelled, Da.

    Raises:
        UserError: An element has no natural isotopes.
    """
    total = Pattern(np.array([fixed]), np.array([1.0]))
    for symbol, count in counts.items():
        total = _join(total, _raise(_list_isotopes(symbol), count))
    order = np.argsort(total.mass)
    return Pattern(total.mass[order], total.share[order])


def merge_by_width(pattern: Pattern, width: float | None) -> Pattern:
    """Return the peaks that can be told apart, each at its mean mass.

    Args:
        pattern: Lines, sorted by mass.
        width: Lines closer to the one before them than this, Da, are one peak; None puts all of one nominal mass into
            one.
    """
    if width is None:
        steps = np.rint(pattern.mass - pattern.mass[0])  # mass defects of one formula differ by far less than half
        starts = np.flatnonzero(np.diff(steps, prepend=-1.0) > 0)
    else:
        starts = np.flatnonzero(np.diff(pattern.mass, prepend=-np.inf) >= width)
    share = np.add.reduceat(pattern.share, starts)
    return Pattern(np.add.reduceat(pattern.mass * pattern.share, starts) / share, share)


def _list_isotopes(symbol: str) -> Pattern:
    if symbol == "D":
        return Pattern(np.array([TABLE.GetMassForIsotope(1, 2)]), np.array([1.0]))
    number = TABLE.GetAtomicNumber(symbol)
    shares = {mass: TABLE.GetAbundanceForIsotope(number, mass) for mass in range(number, 3 * number + 4)}
    natural = {mass: share for mass, share in shares.items() if share > 0}
    if not natural:
        raise UserError(f"{symbol} has no natural isotopes", value=symbol, hint="write the isotope, as in [99Tc]")
    masses = np.array([TABLE.GetMassForIsotope(number, mass) for mass in natural])
    found = np.array(list(natural.values()))
    return Pattern(masses, found / found.sum())


def _raise(one: Pattern, count: int) -> Pattern:
    """Return the pattern of `count` atoms by repeated squaring."""
    found = Pattern(np.zeros(1), np.ones(1))
    while count:
        if count % 2:
            found = _join(found, one)
        count //= 2
        if count:
            one = _join(one, one)
    return found


def _join(one: Pattern, other: Pattern) -> Pattern:
    mass = np.add.outer(one.mass, other.mass).ravel()
    share = np.multiply.outer(one.share, other.share).ravel()
    kept = share > _LEAST
    mass, share = mass[kept], share[kept]
    order = np.argsort(mass)
    return merge_by_width(Pattern(mass[order], share[order]), _SAME)


def find_resolution(text: str) -> float | None:
    """Return the resolving power that a text names; None where it names none.

    >>> find_resolution("at resolution 60,000"), find_resolution("R = 120k")
    (60000.0, 120000.0)
    """
    match = RESOLUTION.search(text)
    if match is None:
        return None
    value = float(re.sub(r"[,\u202f ]", "", match["value"])) * (1000.0 if match["k"] else 1.0)
    return value if value > 1 else None


def _split_labels(subject: Subject) -> tuple[Counter[str], float]:
    """Return the atoms with their natural isotopes, by element, and the mass of those that are labelled, Da."""
    counts = count_isotopes(subject)
    labelled = {symbol: count for symbol, count in counts.items() if symbol.startswith("[")}
    fixed = sum(weigh_isotope(symbol) * count for symbol, count in labelled.items())
    return counts - Counter(labelled), fixed


def _isotope_pattern(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    counts, fixed = _split_labels(subject)
    own = read_charge(subject)
    adducts = choose_adducts(asked.text)
    if len(adducts) > 1:
        raise UserError("isotope patterns are made of one ion at a time", value=asked.text, hint="name one adduct")
    charge, ion = own, asked.shown
    if adducts:
        (adduct,) = adducts
        charge = find_charge(adduct, subject)
        count_ion(adduct, subject)  # refuses what cannot be lost
        counts = Counter({symbol: adduct.n_molecules * count for symbol, count in counts.items()})
        counts.update(adduct.added)
        fixed *= adduct.n_molecules
        ion = f"{adduct.text if adduct.charge else adduct.text + write_charge(charge)} of {asked.shown}"
    unit, z = ("m/z", abs(charge)) if charge else ("Da", 1)
    lines = compute_pattern(+counts, fixed - charge * ELECTRON)
    resolution = find_resolution(asked.text)
    base = float(lines.mass[lines.share.argmax()])
    peaks = merge_by_width(lines, None if resolution is None else base / resolution)
    relative = 100.0 * peaks.share / peaks.share.max()
    shown = [(mass / z, height) for mass, height in zip(peaks.mass, relative, strict=True) if height >= _SHOWN]
    parts = tuple(Part(f"{mass:.4f}", round(float(height), 2), "% of the highest") for mass, height in shown)
    text = _write_peaks(shown)
    at = (
        "nominal resolution, each peak at its mean mass" if resolution is None else f"resolving power {resolution:,.0f}"
    )
    statement = f"The isotope pattern of {ion} ({at}, {unit}): {text}."
    notes = (f"peaks below {_SHOWN} % of the highest are left out",)
    return Result(text, text, statement, unit=unit, parts=parts, notes=notes)


def _write_peaks(peaks: Iterable[tuple[float, float]]) -> str:
    return ", ".join(f"{mass:.4f} ({height:.1f} %)" for mass, height in peaks)


ISOTOPE_PATTERN: Final = Calculation(
    name="isotope_pattern",
    title="isotope pattern",
    words=(
        "isotope pattern", "isotopic pattern", "isotope distribution", "isotopic distribution", "isotope envelope",
        "isotopic envelope", "isotopologue", "isotope peak", "isotope cluster", "m+2 peak", "m+1 peak",
        "m + 2", "m + 1",
    ),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    unit="Da",
    method="all isotopologues by RDKit's table of isotopes, added up to the resolving power",
    compute=_isotope_pattern,
    program=Program.ANYMOL,
    example=Example(
        "What is the isotope pattern of chlorine?",
        ("ClCl",),
        "69.9377 (100.0 %), 71.9348 (63.9 %), 73.9318 (10.2 %)",
    ),
)  # fmt: skip

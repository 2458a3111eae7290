"""Molecular formulas for a mass that was measured."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from anymol.calculations.adducts import WrittenAdduct, compute_mz
from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Program, Result, Takes
from anymol.calculations.ions import choose_adducts
from anymol.chem.mass_formulas import FittingFormula, find_formulas
from anymol.chem.names import list_compositions
from anymol.errors import InvalidTaskInputError, UserError

_FORMULAS: Final = (
    r"(?:molecular |elemental |sum |possible |empirical |candidate |chemical )*(?:formula[es]?|compositions?)"
)
_MASS: Final = (
    r"(?:m/z|mz|(?:(?:exact|monoisotopic|accurate|measured|neutral|molecular|precise) )*mass(?:es)?|"
    r"(?:peak|ion|signal)s? at)"
)
_NUMBER: Final = r"(?P<{name}>\d{{2,4}}[.,]\d+)(?!\d|\s*(?:(?:M|mM|g|mg|mL)\b|%))"
_ASKED: Final = re.compile(
    rf"\b{_FORMULAS}\b.*\b{_MASS}\b[^\d]*{_NUMBER.format(name='first')}|"
    rf"\b{_MASS}\b[^\d]*{_NUMBER.format(name='second')}.*\b{_FORMULAS}\b|"
    rf"\b{_FORMULAS} (?:for|of|with|at) {_NUMBER.format(name='third')}",
    re.IGNORECASE,
)
_TOLERANCE: Final = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ppm|mDa)\b|"
    r"(?:within|±|\+/-|\+-|plus or minus|tolerance(?: of)?|error(?: of)?|accuracy(?: of)?)\s*"
    r"(?P<daltons>\d*\.\d+)(?:\s*Da)?(?![\w.])"
)
_MOST_PPM: Final = 50.0
"""Tolerance beyond which hundreds of formulas fit, parts per million."""
_OF_ION: Final = re.compile(r"\bm/z\b|\bmz\b|\bion\b", re.IGNORECASE)
_PPM: Final = 5.0
"""How far a mass may be off where the question does not say, parts per million."""
_LEAST_DECIMALS: Final = 3
_LABELLED: Final = re.compile(r"\[\d")
_SHOWN: Final = 12
_NAMED: Final = 2


def asks_for_formulas(question: str) -> bool:
    """Whether a question asks which formulas have a mass.

    >>> asks_for_formulas("Which formula fits the exact mass 180.0634?"), asks_for_formulas("exact mass of C6H12O6")
    (True, False)
    """
    return _ASKED.search(question) is not None


def _formulas_of_mass(asked: Inquiry) -> Result:
    match = _ASKED.search(asked.text)
    if match is None:
        raise InvalidTaskInputError(
            "a mass and the word formula are needed",
            value=asked.text,
            hint="as in: which formula has the mass 180.0634?",
        )
    digits = (match["first"] or match["second"] or match["third"]).replace(",", ".")
    decimals = len(digits.partition(".")[2])
    if decimals < _LEAST_DECIMALS:
        raise InvalidTaskInputError(
            "a mass with fewer than three decimals fits too many formulas", value=digits, hint="give it as measured"
        )
    adducts = choose_adducts(asked.text)
    mass, said = float(digits), f"the mass {digits}"
    if adducts:
        mass, said = _find_neutral(mass, adducts), f"{adducts[0].text} at m/z {digits}"
    elif _OF_ION.search(asked.text):
        raise InvalidTaskInputError(
            "an m/z is that of an ion, and the ion is not named",
            value=asked.text,
            hint=f"name it, as in [M+H]+ at m/z {digits}, or ask for the mass {digits} of the molecule",
        )
    tolerance, written = _read_tolerance(asked.text, mass, decimals)
    found = find_formulas(mass, tolerance=tolerance, known=_name_formulas())
    if not found:
        raise UserError(
            f"no usual formula of C, H, N, O, S, P and halogens has {said} within {written}",
            value=digits,
            hint="other elements, ions and what has no carbon are not looked for; or allow more, as in 20 ppm",
        )
    return _tell(found, said, written)


def _find_neutral(mz: float, adducts: tuple[WrittenAdduct, ...]) -> float:
    """Return the mass of the molecule whose ion stands at an m/z."""
    (adduct, *others) = adducts
    charge = adduct.charge if adduct.charge is not None else adduct.pieces_charge
    if others or not charge:
        raise InvalidTaskInputError(
            "one ion with its charge must be named", value=" ".join(one.text for one in adducts), hint="as in [M+H]+"
        )
    return (mz - compute_mz(adduct, charge, 0.0, 0)) * abs(charge) / adduct.n_molecules


def _read_tolerance(text: str, mass: float, decimals: int) -> tuple[float, str]:
    """Return how far a formula may be off, Da, and how that is said."""
    stated = _TOLERANCE.search(text)
    if stated is not None:
        if stated["daltons"] is not None:
            tolerance, written = float(stated["daltons"]), f"{stated['daltons']} Da"
        else:
            scale = {"ppm": mass * 1e-6, "mDa": 1e-3}[stated["unit"]]
            tolerance, written = float(stated["number"]) * scale, f"{stated['number']} {stated['unit']}"
        if tolerance > _MOST_PPM * 1e-6 * mass:
            raise InvalidTaskInputError(
                "so wide a tolerance fits too many formulas", value=written, hint=f"allow at most {_MOST_PPM:g} ppm"
            )
        return tolerance, written
    rounding = 0.5 * 10.0**-decimals
    if rounding > _PPM * 1e-6 * mass:
        return rounding, f"{rounding:g} Da, the rounding of the mass"
    return _PPM * 1e-6 * mass, f"{_PPM:g} ppm"


def _tell(found: tuple[FittingFormula, ...], said: str, written: str) -> Result:
    names = _name_formulas()
    ordered = sorted(found, key=lambda one: one.text not in names)
    parts = tuple(Part(one.text, round(one.error, 2) + 0.0, "ppm") for one in ordered)
    shown = [_write(one, names) for one in ordered[:_SHOWN]]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    text = ", ".join(one.text for one in ordered[:_SHOWN]) + more
    if len(found) == 1:
        return Result(
            text,
            text,
            f"One usual formula of C, H, N, O, S, P and halogens fits {said} within {written}: {shown[0]}.",
            parts=parts,
        )
    statement = f"{len(found)} formulas fit {said} within {written}: {'; '.join(shown)}{more}."
    notes = ("the mass alone does not decide between them; those of molecules with a known name come first",)
    return Result(text, text, statement, parts=parts, notes=notes)


def _write(one: FittingFormula, names: Mapping[str, tuple[str, ...]]) -> str:
    known = names.get(one.text, ())
    called = f", as {' or '.join(known[:_NAMED])}" if known else ""
    return f"{one.text} ({one.error:+.1f} ppm{called})"


@cache
def _name_formulas() -> Mapping[str, tuple[str, ...]]:
    """Return a name of each known structure by formula, the usual ones first; stereoisomers count once."""
    names: dict[str, dict[str, str]] = {}
    for hit, composition in list_compositions():
        if _LABELLED.search(hit.smiles):  # its formula counts D as H
            continue
        names.setdefault(composition.formula, {}).setdefault(composition.skeleton, hit.name)
    return MappingProxyType({formula: tuple(known.values()) for formula, known in names.items()})


FORMULAS_OF_MASS: Final = Calculation(
    name="formulas_of_mass",
    title="formulas of a mass",
    words=("formula of a mass", "formula for a mass", "formula from a mass", "formula of an m/z"),
    takes=Takes.TEXT,
    gives=Gives.TEXT,
    method="all formulas of C, H, N, O, S, P and halogens by monoisotopic masses, the usual shares of elements",
    compute=_formulas_of_mass,
    program=Program.ANYMOL,
    example=Example("Which formula has the exact mass 194.0804 within 1 ppm?", (), "C8H10N4O2"),
)

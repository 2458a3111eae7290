"""What is met as a gas, and above which temperature."""

from __future__ import annotations

from functools import cache
from math import exp
from typing import Final

from anymol.calculations.substances import Substance, find_substance
from anymol.errors import UserError

_BOILING_POINTS: Final = {
    "H2": -252.9, "He": -268.9, "Ne": -246.0, "Ar": -185.8, "Kr": -153.4, "Xe": -108.1, "N2": -195.8, "O2": -183.0,
    "O3": -111.9, "F2": -188.1, "Cl2": -34.0, "CO": -191.5, "CO2": -78.5, "NO": -151.8, "N2O": -88.5, "NH3": -33.3,
    "HCl": -85.0, "HBr": -66.4, "HI": -35.6, "H2S": -60.3, "SO2": -10.0, "SF6": -63.8, "CF4": -127.8, "PH3": -87.7,
    "SiH4": -111.9, "BF3": -100.3, "NF3": -129.0, "B2H6": -92.5, "methane": -161.5, "ethane": -88.6, "ethylene": -103.7,
    "acetylene": -84.0, "propane": -42.1, "propene": -47.6, "butane": -0.5, "isobutane": -11.7, "phosgene": 8.3,
    "chloromethane": -24.2, "dimethyl ether": -24.8, "methylamine": -6.3, "ethylene oxide": 10.6, "water": 100.0,
    "cyclopropane": -32.9, "dimethylamine": 7.0, "ethylamine": 16.6, "trimethylamine": 2.9, "isopropylamine": 32.4,
    "formaldehyde": -19.1, "acetaldehyde": 20.2, "ethanol": 78.4,
}  # fmt: skip
"""What is met as a gas -> its boiling or sublimation point at 1 atm, degrees Celsius; NO2 and HF associate, and are not
here. Isomers stand beside one another, that a formula alone is not taken for one of them."""

_TROUTON: Final = 88.0 / 8.314
"""Entropy of vaporisation of most liquids at their boiling points, over the gas constant."""


@cache
def _list_gases() -> dict[frozenset[tuple[str, int]], dict[str, float]]:
    """Return the boiling points of the gases that are known, by their atoms and SMILES."""
    listed: dict[frozenset[tuple[str, int]], dict[str, float]] = {}
    for name, point in _BOILING_POINTS.items():
        substance = find_substance(name)
        assert substance is not None
        listed.setdefault(frozenset(substance.counts.items()), {})[substance.smiles] = point
    return listed


_ROOM: Final = 25.0
"""Degrees Celsius."""


def is_at_hand_as_gas(substance: Substance) -> bool:
    """Whether a substance is known to be a gas at 25 degrees Celsius, and is not weighed.

    >>> is_at_hand_as_gas(find_substance("HCl")), is_at_hand_as_gas(find_substance("ethanol"))
    (True, False)
    """
    known = _list_gases().get(frozenset(substance.counts.items()), {})
    points = (
        [known[substance.smiles]] if substance.smiles in known else [] if substance.smiles else list(known.values())
    )
    return bool(points) and max(points) < _ROOM


def require_gas(substance: Substance, temperature: float | None, pressure: float | None, text: str) -> None:
    """Refuse what is not known to be a gas in a state.

    Under pressure that is judged by Clausius and Clapeyron's equation with Trouton's entropy of vaporisation,
    ``p = 1 atm * exp(88 J/(mol K) / R * (1 - Tb / T))``.

    Args:
        substance: The substance.
        temperature: K; None where it is what is asked for.
        pressure: Pa; None where it is what is asked for.
        text: The question.

    Raises:
        UserError: It is no gas there.
    """
    known = _list_gases().get(frozenset(substance.counts.items()), {})
    if len(known) > 1 and not substance.smiles:
        raise UserError(
            f"{substance.name} is the formula of several substances", value=text, hint="write the name of the gas"
        )
    point = known.get(
        substance.smiles, next(iter(known.values())) if len(known) == 1 and not substance.smiles else None
    )
    if point is None:
        raise UserError(
            f"{substance.name} is not among the gases known here",
            value=text,
            hint="the ideal gas law holds for gases alone",
        )
    if temperature is not None and temperature < point + 273.15:
        raise UserError(
            f"{substance.name} is no gas below {point:g} \u00b0C at 1 atm", value=text, hint="give a higher temperature"
        )
    if temperature is None or pressure is None:
        return
    most = 101325.0 * exp(_TROUTON * (1.0 - (point + 273.15) / temperature))
    if pressure > 1.01 * most:
        raise UserError(
            f"{substance.name} is hardly a gas under so high a pressure",
            value=text,
            hint="it condenses; give a lower one",
        )

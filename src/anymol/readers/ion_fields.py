"""The many spellings of adduct, ion mode and collision energy in spectrum files, read into one."""

from __future__ import annotations

import math
import re

from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.mass_spectrum import CollisionEnergy, EnergyUnit

_SPELLINGS: dict[str, Adduct] = {
    "M-H2O+H": Adduct.M_H_H2O,
    "M+H-H2O": Adduct.M_H_H2O,
    "M+FA-H": Adduct.M_FORMATE,
    "M+HCOO": Adduct.M_FORMATE,
    "M+HCO2": Adduct.M_FORMATE,
    "M+CHO2": Adduct.M_FORMATE,
    "M+FORMATE": Adduct.M_FORMATE,
    "M+HAC-H": Adduct.M_ACETATE,
    "M+CH3COO": Adduct.M_ACETATE,
    "M+C2H3O2": Adduct.M_ACETATE,
    "M+OAC": Adduct.M_ACETATE,
    "M+ACETATE": Adduct.M_ACETATE,
}
_BARE_SIGNS = {"M+": Adduct.M_CATION, "M+.": Adduct.M_CATION, "M-": Adduct.M_ANION, "M-.": Adduct.M_ANION}
_PLAIN = {adduct.value[1 : adduct.value.index("]")].upper(): adduct for adduct in reversed(Adduct)}
_FORM = re.compile(r"\[?(?P<body>[0-9A-Za-z+\-]+?)(?:\](?P<charge>[0-9]?[+\-]{1,2}|[+\-][0-9])?\*?|(?P<bare>[+\-])?)")
_ENERGY = re.compile(r"(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>ev|v|%|nce|\(nce\)|%? ?\(nominal\))?", re.IGNORECASE)


def read_adduct(text: str) -> Adduct | None:
    """Return the adduct that a text spells; None where it is none of :class:`Adduct`.

    >>> read_adduct("M+H") is read_adduct("[M+H]1+") is Adduct.M_H
    True
    """
    compact = "".join(text.split()).replace("*", "").replace("(", "").replace(")", "")[:40]
    bare = re.sub(r"[\[\]]", "", compact.upper())
    if bare in _BARE_SIGNS:
        return _BARE_SIGNS[bare]
    found = _FORM.fullmatch(compact)
    if not found:
        return None
    body, charge = found["body"].upper(), found["charge"] or found["bare"] or ""
    if body == "M":
        return Adduct.M_ANION if "-" in charge else Adduct.M_CATION if "+" in charge else None
    adduct = _SPELLINGS.get(body) or _PLAIN.get(body)
    if adduct is None or not charge:
        return adduct
    sign = IonMode.NEGATIVE if "-" in charge else IonMode.POSITIVE
    number = re.sub(r"[+\-]", "", charge) or str(len(charge))
    stated = re.sub(r".*\]|[+\-]", "", adduct.value) or "1"
    return adduct if sign is adduct.ion_mode and number == stated else None


def read_ion_mode(text: str) -> IonMode | None:
    """Return the ion mode that a text spells (``Positive``, ``+``, ``N``, ``1-``); None where it spells none."""
    word = text.strip().lower()
    if word.startswith("p") or word in ("+", "+1", "1+", "1", "2+", "3+"):
        return IonMode.POSITIVE
    return IonMode.NEGATIVE if word.startswith("n") or word in ("-", "-1", "1-", "2-", "3-") else None


def read_collision_energy(text: str) -> CollisionEnergy | None:
    """Return a single collision energy; None for ramps, lists and words.

    ``30 (nominal)`` is how MassBank's Orbitrap records write normalised energies (NCE). A number
    without a unit keeps the unit ``unknown``: some instruments mean electronvolts by it and some percent.
    """
    words = re.sub(r"\b(?:hcd|cid|energy|ce)\b", " ", text[:60], flags=re.IGNORECASE).strip(" :=")
    found = _ENERGY.fullmatch(words)
    if not found or not math.isfinite(float(found["value"])):
        return None
    match (found["unit"] or "").lower():
        case "ev":
            unit = EnergyUnit.EV
        case "v":
            unit = EnergyUnit.VOLT
        case "":
            unit = EnergyUnit.UNKNOWN
        case _:
            unit = EnergyUnit.NCE
    return CollisionEnergy(float(found["value"]), unit)

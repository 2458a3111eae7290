"""The many spellings of adduct, ion mode and collision energy in spectrum files, read into one."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

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
    "M+HCOOH-H": Adduct.M_FORMATE,
    "M+CH2O2-H": Adduct.M_FORMATE,
    "M-H+CH2O2": Adduct.M_FORMATE,
    "M-H+HCOOH": Adduct.M_FORMATE,
    "M-H+FA": Adduct.M_FORMATE,
    "M+HAC-H": Adduct.M_ACETATE,
    "M+CH3COO": Adduct.M_ACETATE,
    "M+C2H3O2": Adduct.M_ACETATE,
    "M+OAC": Adduct.M_ACETATE,
    "M+ACETATE": Adduct.M_ACETATE,
    "M+CH3COOH-H": Adduct.M_ACETATE,
    "M+C2H4O2-H": Adduct.M_ACETATE,
    "M-H+C2H4O2": Adduct.M_ACETATE,
    "M-H+CH3COOH": Adduct.M_ACETATE,
    "M-H+HAC": Adduct.M_ACETATE,
}
_BARE_SIGNS = {"M+": Adduct.M_CATION, "M+.": Adduct.M_CATION, "M-": Adduct.M_ANION, "M-.": Adduct.M_ANION}
_PLAIN = {adduct.value[1 : adduct.value.index("]")].upper(): adduct for adduct in reversed(Adduct)}
_FORM = re.compile(r"\[?(?P<body>[0-9A-Za-z+\-]+?)(?:\](?P<charge>[0-9]?[+\-]{1,2}|[+\-][0-9])?\*?|(?P<bare>[+\-])?)")
_ENERGY = re.compile(
    r"(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>%? ?\(nominal\)|ev|v|%|nce|\(nce\))?(?![\w.,/-])", re.IGNORECASE
)
_CHARGE = re.compile(r"(?P<before>[+-]?)(?P<number>\d+)(?:\.0*)?(?P<after>[+-]?)")
_UNSTATED = frozenset(
    {"", "n/a", "na", "none", "null", "nan", "unknown", "unspecified", "-", "--", "?", "not available"}
)


@dataclass(frozen=True)
class Charge:
    """What a field says of the charge of an ion.

    Attributes:
        sign: None where none is written.
        number: Elementary charges; None where several are possible.
    """

    sign: IonMode | None
    number: int | None


def is_unstated(text: str) -> bool:
    """Whether a field says that it says nothing."""
    return text.strip().lower() in _UNSTATED


def read_adduct(text: str) -> Adduct | None:
    """Return the adduct that a text spells; None where it is none of :class:`Adduct`, or its charge is another's.

    >>> read_adduct("M+H") is read_adduct("[M+H]1+") is Adduct.M_H
    True
    """
    adduct, agrees = _find_adduct(text)
    return adduct if agrees else None


def contradicts_itself(text: str) -> bool:
    """Whether an adduct is written with a charge that it cannot have: ``[M+H]-``."""
    return not _find_adduct(text)[1]


def read_adduct_sign(text: str) -> IonMode | None:
    """Return the sign of the charge that stands behind an adduct, known or not; None where none does.

    >>> read_adduct_sign("[M-2H+Na]-")
    <IonMode.NEGATIVE: 'negative'>
    """
    found = re.search(r"\]\d*([+-])", _compact(text))
    return None if found is None else IonMode.POSITIVE if found[1] == "+" else IonMode.NEGATIVE


def _compact(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).replace("\u2212", "-").split())[:40]


def _find_adduct(text: str) -> tuple[Adduct | None, bool]:
    """Return the adduct of a text, and whether the charge that is written behind it is its own."""
    compact = re.sub(r"[*()^]", "", _compact(text))
    bare = re.sub(r"[\[\]]", "", compact.upper())
    if bare in _BARE_SIGNS:
        return _BARE_SIGNS[bare], True
    found = _FORM.fullmatch(compact)
    if not found:
        return None, True
    body, charge = found["body"].upper(), found["charge"] or found["bare"] or ""
    number = re.sub(r"[+\-]", "", charge) or str(len(charge))
    if body == "M":
        single = {"-": Adduct.M_ANION, "+": Adduct.M_CATION}.get(charge.strip("0123456789"))
        return (single if number == "1" else None), True
    adduct = _SPELLINGS.get(body) or _PLAIN.get(body)
    if adduct is None or not charge:
        return adduct, True
    sign = IonMode.NEGATIVE if "-" in charge else IonMode.POSITIVE
    return adduct, sign is adduct.ion_mode and number == str(adduct.charge)


def read_ion_mode(text: str) -> IonMode | None:
    """Return the ion mode that a text spells (``Positive``, ``+``, ``N``, ``ESI-``, ``1-``); None where none."""
    word = text.strip().lower().replace("\u2212", "-")
    if is_unstated(word) and word != "-":
        return None
    if word.startswith("p") or word in ("+", "1"):
        return IonMode.POSITIVE
    if word.startswith("n") or word == "-":
        return IonMode.NEGATIVE
    if found := re.fullmatch(r"(?:esi|apci|appi|maldi)?[ (]*([+-])(?:ve|esi)?\)?", word):
        return IonMode.POSITIVE if found[1] == "+" else IonMode.NEGATIVE
    charge = read_charge(word)
    return charge.sign if charge else None


def read_charge(text: str) -> Charge | None:
    """Return what a field says of the charge; None where it says nothing, as ``0`` does.

    ``2-``, ``-2`` and ``(2-)`` are one charge; ``2+ and 3+`` are two that are possible.

    >>> read_charge("-2")
    Charge(sign=<IonMode.NEGATIVE: 'negative'>, number=2)
    """
    words = [word.strip("() ") for word in re.split(r",|;|\band\b|\bor\b|\s", text.replace("\u2212", "-").lower())]
    found = [_CHARGE.fullmatch(word) for word in words if word]
    signs: set[str] = set()
    numbers: set[int] = set()
    for one in found:
        if one is None or len(one["number"]) > 3 or (one["before"] and one["after"]):
            return None
        signs.add(one["before"] or one["after"])
        numbers.add(int(one["number"]))
    if not numbers or 0 in numbers or len(signs) > 1:
        return None
    sign = {"+": IonMode.POSITIVE, "-": IonMode.NEGATIVE}.get(signs.pop())
    return Charge(sign, numbers.pop() if len(numbers) == 1 else None)


def read_collision_energy(text: str) -> CollisionEnergy | None:
    """Return a single collision energy; None for ramps, lists and words.

    ``30 (nominal)`` is how MassBank's Orbitrap records write normalised energies (NCE). A number
    without a unit keeps the unit ``unknown``: some instruments mean electronvolts by it and some percent.
    ``NCE=35% 20eV``, as NIST writes, is one energy in two units: electronvolts are taken.
    """
    words = re.sub(r"\b(?:hcd|cid|energy|ce)\b", " ", text[:60], flags=re.IGNORECASE)
    nce = r"(?<!\d)(?<!\d )\bnce\s*=?\s*(\d+(?:\.\d+)?)\s*%?"
    words = re.sub(nce, r"\1 nce ", words, flags=re.IGNORECASE).strip(" :=")
    found = [_make_energy(one["value"], one["unit"] or "") for one in _ENERGY.finditer(words)]
    if _ENERGY.sub("", words).strip():
        return None
    if len(found) == 2 and {one.unit for one in found} == {EnergyUnit.EV, EnergyUnit.NCE}:
        return next(one for one in found if one.unit is EnergyUnit.EV)
    return found[0] if len(found) == 1 and math.isfinite(found[0].value) else None


def _make_energy(value: str, unit: str) -> CollisionEnergy:
    match unit.lower():
        case "ev":
            return CollisionEnergy(float(value), EnergyUnit.EV)
        case "v":
            return CollisionEnergy(float(value), EnergyUnit.VOLT)
        case "":
            return CollisionEnergy(float(value), EnergyUnit.UNKNOWN)
        case _:
            return CollisionEnergy(float(value), EnergyUnit.NCE)

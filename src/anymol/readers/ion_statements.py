"""What a record of a mass spectrum says of its ion, read as a whole: contradictions are refused, doubts are noted.

A spectrum is taken for MS/MS only where its record says so, or at least names what was broken. Spectra of electron
ionisation and survey scans look the same, and every question about their "precursor" has a wrong answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from anymol.chem.formula import parse_formula, weigh_isotopes
from anymol.errors import InvalidFileError, UserError
from anymol.modalities.adduct import Adduct, IonMode, compute_mass, compute_precursor
from anymol.readers.ion_fields import (
    contradicts_itself,
    is_unstated,
    read_adduct,
    read_adduct_sign,
    read_charge,
    read_ion_mode,
)
from anymol.readers.numbers import NumberStyle, is_numeric, read_lone_number

NAMES: Mapping[str, str] = {
    "title": "title", "name": "title", "compoundname": "title", "accession": "title",
    "pepmass": "precursor_mz", "precursormz": "precursor_mz", "precursor": "precursor_mz",
    "precursorion": "precursor_mz",
    "precursormass": "precursor_mz", "selectedionmz": "precursor_mz", "selectedmz": "precursor_mz",
    "parentmz": "precursor_mz", "parent": "precursor_mz", "precursorionmz": "precursor_mz",
    "charge": "charge", "precursorcharge": "charge", "chargestate": "charge",
    "ionmode": "ion_mode", "polarity": "ion_mode", "ionizationmode": "ion_mode", "ionisationmode": "ion_mode",
    "adduct": "adduct", "precursortype": "adduct", "adducttype": "adduct", "ion": "adduct", "iontype": "adduct",
    "adductionname": "adduct",
    "collisionenergy": "collision_energy", "ce": "collision_energy",
    "mslevel": "ms_level", "spectrumtype": "ms_level", "mstype": "ms_level",
    "ionization": "ionization", "ionisation": "ionization", "ionsource": "ionization", "ionizationmethod": "ionization",
    "ionizationtype": "ionization", "instrumenttype": "instrument_type", "sourceinstrument": "instrument_type",
    "instrument": "instrument_type",
    "numpeaks": "n_peaks", "numpeak": "n_peaks", "smiles": "smiles",
    "formula": "formula", "molecularformula": "formula", "chformula": "formula",
}  # fmt: skip
"""What a field is called, in small letters and digits alone -> what it is called here."""

_TELLING: Mapping[str, Callable[[str], object]] = {
    "precursor_mz": str.strip, "charge": read_charge, "ion_mode": read_ion_mode, "adduct": read_adduct
}  # fmt: skip
"""Fields that say which ion was broken -> how they are read."""

_SAME_DA = 0.05
"""Precursors no further apart are one, written with more digits and with less."""

_OTHER_DA = 0.5
"""Ions whose masses differ by more (times charge) are not one on any instrument."""

_PPM = 20.0
"""How well the ions of a chain must agree for its adduct to name the last one, parts per million."""

_ELECTRON_IONISATION = frozenset({"ei", "ei+", "eib"})
_NO_LOSS: Mapping[Adduct, Adduct] = {Adduct.M_H_H2O: Adduct.M_H}
"""Adduct with a loss -> the same without it."""


@dataclass(frozen=True)
class IonStatement:
    """What is known of the ion that was broken.

    Attributes:
        precursor_mz: Its m/z, Da; None where it is not stated.
        adduct: How it was made; None where it is not stated or not known.
        ion_mode: Sign of the ions.
        notes: What must be said of them.
    """

    precursor_mz: float | None = None
    adduct: Adduct | None = None
    ion_mode: IonMode | None = None
    notes: tuple[str, ...] = ()


def find_name(key: str) -> str:
    """Return what a field is called here, however its key is written; the key itself where it is none of `NAMES`.

    >>> find_name("PRECURSOR_M/Z"), find_name("Comment")
    ('precursor_mz', 'comment')
    """
    plain = " ".join(key.lower().split())[:60]
    return NAMES.get(re.sub(r"[^a-z0-9]", "", plain), plain)


def keep_field(fields: dict[str, str], name: str, value: str) -> None:
    """Put a field into a record; of one that comes twice and says two things both are kept, so that it is noticed.

    Args:
        fields: The record; it is changed.
        name: One of `NAMES`, or any other.
        value: What the field says.
    """
    former = fields.setdefault(name, value)
    if name not in _TELLING or former == value or is_unstated(value):
        return
    if is_unstated(former):
        fields[name] = value
    elif name == "precursor_mz" or _TELLING[name](former) != _TELLING[name](value):
        fields[name] = f"{former}; {value}"[:1000]


def read_ion(fields: Mapping[str, str], style: NumberStyle | None = None) -> IonStatement:
    """Read the ion of a record.

    Args:
        fields: Texts by the names of `NAMES`.
        style: How the numbers of the record are written.

    Raises:
        InvalidFileError: The record is of no MS/MS spectrum, or its mode, charge, adduct or precursors contradict each
            other.
    """
    notes: list[str] = []
    level = _read_level(fields.get("ms_level", ""))
    chain = _read_precursors(fields.get("precursor_mz", ""), style, notes)
    _require_tandem(fields, level, bool(chain))
    adduct, mode = _agree(fields, notes)
    precursor, adduct = _choose_precursor(chain, adduct, fields.get("adduct", ""), level, notes)
    notes += _compare_formula(fields.get("formula", ""), precursor, adduct)
    return IonStatement(precursor, adduct, mode, tuple(notes))


def _compare_formula(text: str, precursor: float | None, adduct: Adduct | None) -> list[str]:
    """Return what must be said where a record's own formula does not make its ion; that of a salt holds more."""
    try:
        counts = parse_formula(text)
    except UserError:
        return []
    if precursor is None or adduct is None:
        return []
    expected = compute_precursor(weigh_isotopes(counts), adduct, charge=0)
    if abs(expected - precursor) <= _OTHER_DA / adduct.charge:
        return []
    return [f"the record's formula {text.strip()} makes {adduct} {expected:.4f}, but its precursor is {precursor:.4f}"]


def _read_level(text: str) -> int | None:
    """Return the level that ``MS2``, ``2``, ``MS/MS`` or ``MS`` name; None where a text names none."""
    word = re.sub(r"[\s^_-]", "", text.lower())
    if word in ("msms", "ms/ms", "tandem"):
        return 2
    found = re.fullmatch(r"(?:ms)?(\d)", word)
    return int(found[1]) if found else 1 if word == "ms" else None


def _require_tandem(fields: Mapping[str, str], level: int | None, has_precursor: bool) -> None:
    """Refuse spectra that are not MS/MS.

    Raises:
        InvalidFileError: The record is of a survey scan or of electron ionisation, or names nothing that was broken.
    """
    hint = "give an MS/MS spectrum, with its precursor m/z and adduct"
    if level in (0, 1):
        raise InvalidFileError(f"the record is of a survey scan (MS{level or 1}), not of MS/MS", hint=hint)
    stated = f"{fields.get('ionization', '')} {fields.get('instrument_type', '')}".lower()
    words = set(re.split(r"[\s,;/()_-]+", stated))
    impact = bool(words & _ELECTRON_IONISATION) or bool(re.search(r"electron (?:impact|ioni[sz]ation)", stated))
    if impact and not (level and has_precursor):
        raise InvalidFileError("the record is of electron ionisation (EI), not of MS/MS", hint=hint)
    if level is None and not has_precursor and is_unstated(fields.get("adduct", "")):
        raise InvalidFileError(
            "the record names no precursor, as those of electron ionisation (EI) and survey scans do: "
            "it cannot be told whether it is MS/MS",
            hint=hint,
        )


def _agree(fields: Mapping[str, str], notes: list[str]) -> tuple[Adduct | None, IonMode | None]:
    """Return the adduct and the sign that adduct, mode and charge state together.

    Raises:
        InvalidFileError: They contradict each other.
    """
    written, stated = fields.get("adduct", ""), fields.get("ion_mode", "")
    mode, charge = read_ion_mode(stated), read_charge(fields.get("charge", ""))
    if is_unstated(written):
        written = ""
    if contradicts_itself(written):
        raise InvalidFileError(f"the adduct '{written[:40]}' has a charge that it cannot have", hint="correct it")
    adduct = read_adduct(written)
    if adduct is None and re.sub(r"[\s\[\]]", "", written) == "M" and mode:
        adduct = Adduct.M_CATION if mode is IonMode.POSITIVE else Adduct.M_ANION
    if written and adduct is None:
        notes.append(f"the adduct '{written[:40]}' is not known here: it is left out")
    sign = adduct.ion_mode if adduct else read_adduct_sign(written)
    if mode and sign and mode is not sign:
        raise InvalidFileError(
            f"the ion mode '{stated[:20]}' and the adduct '{written[:40]}' contradict each other",
            hint="correct the one that is wrong",
        )
    known = mode or sign
    if charge is None:
        return adduct, known
    shown = fields["charge"][:20]
    if charge.sign and known and charge.sign is not known:
        if not (mode and sign):
            raise InvalidFileError(
                f"the charge '{shown}' and the {'ion mode' if mode else 'adduct'} "
                f"'{(stated if mode else written)[:40]}' contradict each other",
                hint="correct the one that is wrong",
            )
        notes.append(f"the charge '{shown}' contradicts the ion mode and the adduct, which are taken")
    elif adduct and charge.number and charge.number != adduct.charge:
        if charge.sign:
            raise InvalidFileError(
                f"the charge '{shown}' and the adduct '{written[:40]}' contradict each other",
                hint="correct the one that is wrong",
            )
        notes.append(f"the charge '{shown}' contradicts the adduct, which is taken")
    if charge.number and charge.number > 1 and adduct is None:
        notes.append(
            f"the ion carries {charge.number} charges and its adduct is not known: nor is the mass of the molecule"
        )
    if known is None and charge.sign is None:
        notes.append(f"the charge '{shown}' has no sign: read as positive")
        known = IonMode.POSITIVE
    return adduct, known or charge.sign


def _read_precursors(text: str, style: NumberStyle | None, notes: list[str]) -> list[float]:
    """Return the m/z that a field lists, in its order; a second number after a blank is an intensity.

    Raises:
        InvalidFileError: A comma in it can be read in two ways.
    """
    if is_unstated(text):
        return []
    pieces = re.split(r"\s*[/;]\s*|,\s+", text.strip().strip("[]()"))
    if len(pieces) == 1 and re.fullmatch(r"\d+\.\d*(?:,\d+\.\d*)+", pieces[0]):
        pieces = pieces[0].split(",")
    found: list[float] = []
    for piece in pieces:
        word = (piece.split() or [""])[0]
        value = read_lone_number(word, style) if is_numeric(word) else None
        if value is None or not (math.isfinite(value) and value > 0):
            notes.append(f"the precursor '{text[:40]}' is not an m/z: it is left out")
            return []
        found.append(value)
    return found


def _choose_precursor(
    chain: Sequence[float], adduct: Adduct | None, written: str, level: int | None, notes: list[str]
) -> tuple[float | None, Adduct | None]:
    """Return the m/z of the ion that was broken last, and its adduct.

    In MS3 and beyond the record may list the ions of all steps, and its adduct may name the first of them.
    """
    if len(chain) > 1 and max(chain) - min(chain) <= _SAME_DA:
        chain = chain[:1]
    if len(chain) < 2:
        if level is not None and level > 2 and chain and adduct:
            notes.append(f"the spectrum is MS{level}: m/z {chain[0]:.8g} may be of the ion broken first or last")
        return (chain[0] if chain else None), adduct
    shown = ", ".join(f"{mz:.8g}" for mz in chain)
    if level == 2 or any(later >= former for former, later in pairwise(chain)):
        notes.append(f"the record names several precursors, {shown}: none is taken")
        return None, None
    notes.append(f"the record names several precursors, {shown}: the last one was broken")
    if adduct is not None and adduct in _NO_LOSS:
        whole = compute_mass(chain[0], _NO_LOSS[adduct])
        if abs(compute_mass(chain[-1], adduct) - whole) <= _PPM * 1e-6 * whole:
            return chain[-1], adduct
    if adduct:
        notes.append(f"the adduct '{written[:40]}' is that of the ion broken first: it is left out")
    return chain[-1], None

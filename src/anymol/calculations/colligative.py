"""Dilute solutions: freezing point depression, boiling point elevation, osmotic pressure and molality."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from rdkit import Chem

from anymol.calculations.amounts import Amounts, Portion, read_after, read_amounts, read_before
from anymol.calculations.calculation import (
    Calculation,
    Example,
    Gives,
    Inquiry,
    Program,
    Result,
    Takes,
    make_number,
)
from anymol.calculations.gas_states import hide_state, read_state, write_in_unit
from anymol.calculations.gases import R
from anymol.calculations.quantities import (
    POWER,
    TIMES_POWER,
    Dimension,
    Quantity,
    find_quantities,
    read_number,
    require_above_zero,
    write_digits,
)
from anymol.calculations.salt_ions import list_ions
from anymol.calculations.substances import Substance, find_substance, note_mass
from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidTaskInputError, UserError


@dataclass(frozen=True)
class _Solvent:
    """A solvent's constants, K kg/mol, and its own freezing and boiling point at 1 atm, degrees Celsius."""

    name: str
    cryoscopic: float | None = None
    freezes: float | None = None
    ebullioscopic: float | None = None
    boils: float | None = None


_SOLVENTS: Final = (
    _Solvent("water", 1.86, 0.0, 0.513, 100.0),
    _Solvent("benzene", 5.07, 5.5, 2.64, 80.1),
    _Solvent("cyclohexane", 20.8, 6.6, 2.92, 80.7),
    _Solvent("acetic acid", 3.63, 16.6, 3.22, 117.9),
    _Solvent("camphor", 37.8, 178.8),
    _Solvent("naphthalene", 7.45, 80.3),
    _Solvent("phenol", 6.84, 40.9),
    _Solvent("nitrobenzene", 6.87, 5.7),
    _Solvent("dimethyl sulfoxide", 3.85, 17.9),
    _Solvent("1,4-dioxane", 4.63, 11.9),
    _Solvent("cyclohexanol", 42.2, 25.9),
    _Solvent("toluene", 3.55, -95.0, 3.40, 110.6),
    _Solvent("chloroform", None, None, 3.80, 61.2),
    _Solvent("carbon tetrachloride", None, None, 5.26, 76.8),
    _Solvent("ethanol", None, None, 1.23, 78.3),
    _Solvent("methanol", None, None, 0.86, 64.6),
    _Solvent("acetone", None, None, 1.80, 56.1),
    _Solvent("diethyl ether", None, None, 2.20, 34.5),
)
"""CRC Handbook of Chemistry and Physics, cryoscopic and ebullioscopic constants, which follow from the heats of fusion
and of vaporisation."""

_WATER: Final = _SOLVENTS[0]
_STRONG: Final = ("HCl", "HBr", "HI", "HNO3", "HClO4")
"""Acids that are two ions in water."""
_HALFWAY: Final = ("H2SO4", "H3PO4", "NH4OH")
"""What is neither whole nor all ions."""


class _Wanted(StrEnum):
    FREEZING = "freezing point"
    BOILING = "boiling point"
    OSMOSIS = "osmotic pressure"
    MOLALITY = "molality"


_ASKED: Final = {
    _Wanted.OSMOSIS: r"\bosmotic pressures?\b",
    _Wanted.MOLALITY: r"\bmolalit(?:y|ies)\b|\bmolal concentration\b",
    _Wanted.FREEZING: (
        r"\bfreezing[ -]?point\b|\b(?:melting point|freezing) (?:depression|lowering)\b|\bfreez(?:e|es)\b|\bcryoscop\w+"
    ),
    _Wanted.BOILING: r"\bboiling[ -]?point\b|\bboils?\b|\bebullioscop\w+",
}
_PATTERNS: Final = {one: re.compile(words, re.IGNORECASE) for one, words in _ASKED.items()}
_CHANGE: Final = re.compile(
    r"\b(?:depress\w*|lower\w*|elevat\w*|rais\w*|rise|increase|decrease|drop|change|by how (?:much|many)|how much)\b",
    re.I,
)
_NUMBER: Final = r"(?P<number>\d+(?:[.,]\d+)?|\.\d+)"
_MOLAL: Final = re.compile(
    rf"(?<![\w.,^\u2212\u2013-])(?:10\s*\^\s*{POWER.replace('power', 'ten')}|"
    rf"{_NUMBER}{TIMES_POWER})"
    r"\s*-?(?:molal|mol\s*/\s*kg|mol kg-1|m)(?![\w/])"
)
_NAMED_SOLVENT: Final = re.compile(
    r"\bin\s+(?:(?:pure|liquid|dry|the solvent)\s+)?"
    r"(?!(?:K|F|C|kelvins?|celsius|fahrenheit|degrees?|deg|an?|the|this|which)\b)"
    r"(?P<name>[A-Za-z\d][\w,-]*(?: (?:acid|ether|tetrachloride|sulfoxide|alcohol))?)",
    re.IGNORECASE,
)
_AMOUNTS: Final = (Dimension.MASS, Dimension.AMOUNT, Dimension.PARTICLES, Dimension.VOLUME, Dimension.MOLARITY)
_MOST: Final = 5.0
"""mol/kg or mol/L above which the laws of ideal dilute solutions are not applied."""
_ORGANIC: Final = frozenset(("C", "H", "N", "O", "F", "Si", "P", "S", "Cl", "Br", "I"))
_STRONG_ACIDS: Final = (
    "[S,P](=O)[OH]",
    "[F,Cl,Br,I,$([N+](=O)[O-])][CX4]C(=O)[OH]",
    "[OH]C(=O)C(=O)",
    "[OH]c(c[N+](=O)[O-])c[N+](=O)[O-]",
)
"""Organic acids that water takes a good part of the protons from: sulfonic, halogenated, oxalic and picric ones."""
_CRYSTAL_WATER: Final = re.compile(r"\s*[.\u00b7\u2022*]\s*\d*(?:\.\d+)?H2O$")
_FACTOR: Final = re.compile(
    rf"(?:\bvan['\u2019]?t hoff factor\b\s*(?:is|of|=|:|\(i\)|i)*|(?<![\w])i\s*=)\s*(?:=\s*)?{_NUMBER}", re.IGNORECASE
)
_PARTLY: Final = re.compile(
    r"\b(?:associat\w+|dimeri[sz]\w+|degree of|percent dissociat\w*|\d+ ?% (?:dissociat|ioni[sz])\w*)\b", re.I
)
_HINT: Final = "for example: What is the freezing point depression of 10 g NaCl in 1 kg water?"
_ROOM: Final = 298.15
_ABSOLUTE_ZERO: Final = -273.15


def asks_about_solution(question: str) -> bool:
    """Whether a question asks for a property of a solution that the number of its particles decides.

    >>> asks_about_solution("osmotic pressure of 0.15 M NaCl"), asks_about_solution("boiling point of ethanol")
    (True, False)
    """
    wanted = [one for one, pattern in _PATTERNS.items() if pattern.search(question)]
    if not wanted:
        return False
    try:
        quantities = find_quantities(_MOLAL.sub(" ", hide_state(question)))
    except UserError:
        return False
    # A molality does not follow from a molarity without the density of the solution.
    strengths = () if wanted == [_Wanted.MOLALITY] else (Dimension.MOLARITY,)
    dissolved = (Dimension.MASS, Dimension.AMOUNT, *strengths)
    return _MOLAL.search(question) is not None or any(one.dimension in dissolved for one in quantities)


def _colligative(asked: Inquiry) -> Result:
    text = asked.text
    wanted = [one for one, pattern in _PATTERNS.items() if pattern.search(text)]
    if len(wanted) != 1:
        what = " and ".join(wanted) or "nothing that is known here"
        raise InvalidTaskInputError(
            f"one property of a solution is computed, and {what} is asked for", value=text, hint=_HINT
        )
    if _PARTLY.search(text):
        raise InvalidTaskInputError(
            "a solute that is partly dissociated or associated is not computed",
            value=text,
            hint="state i = 1.8 instead",
        )
    match wanted[0]:
        case _Wanted.OSMOSIS:
            return _find_pressure(asked)
        case _Wanted.MOLALITY:
            return _find_molality(asked)
        case one:
            return _find_shift(one, asked)


# ------------------------------------------------------------------------------------------ what is dissolved in what


@dataclass(frozen=True)
class _Mixture:
    """A solute in a mass of solvent.

    Attributes:
        solute: What is dissolved; None where that is not told.
        solvent: In what.
        molality: mol/kg.
        said: How the question says it.
        notes: How it was read.
    """

    solute: Substance | None
    solvent: _Solvent
    molality: float
    said: str
    notes: tuple[str, ...] = ()


def _read_mixture(asked: Inquiry) -> _Mixture:
    """Return the molality of a solution, told or computed.

    Raises:
        InvalidTaskInputError: It does not follow, or the solvent has no constants here.
    """
    text = asked.text
    told = list(_MOLAL.finditer(text))
    if len(told) > 1:
        raise InvalidTaskInputError("several molalities are told", value=text, hint=_HINT)
    if told:
        return _read_molal(told[0], asked)
    amounts = read_amounts(text, asked.subjects)
    require_above_zero(amounts.quantities, text)
    solute, kind, solvent = _part(amounts, text)
    by_volume = solvent.dimension is Dimension.VOLUME
    grams = solvent.value * (1e3 if by_volume else 1.0)
    notes = ("water is taken as 1 kg per litre",) if by_volume else ()
    moles = solute.moles
    if moles is None:
        raise InvalidTaskInputError("a mass or amount of the solute is needed", value=text, hint=_HINT)
    written = solute.quantities[0].written
    said = f"{written} of {solute.substance.name} in {solvent.written} of {kind.name}"
    return _Mixture(solute.substance, kind, moles / (grams * 1e-3), said, (note_mass(solute.substance), *notes))


def _read_molal(match: re.Match[str], asked: Inquiry) -> _Mixture:
    """Return a solution whose molality is told: in water, where no other solvent is named.

    Raises:
        InvalidTaskInputError: The solvent has no constants here.
    """
    text = asked.text
    rest = text[: match.start()] + " " * len(match.group()) + text[match.end() :]
    left = [one for one in find_quantities(hide_state(rest)) if one.dimension in _AMOUNTS]
    if left:
        raise InvalidTaskInputError(
            f"{left[0].written} is told beside {match.group().strip()}", value=text, hint="give the molality alone"
        )
    solute = read_after(text[match.end() :], asked.subjects) or read_before(text[: match.start()], asked.subjects)
    names = [one["name"] for one in _NAMED_SOLVENT.finditer(rest)]
    solvents = [_find_solvent(find_substance(name)) for name in names] or [_WATER]
    for name, solvent in zip(names, solvents, strict=False):
        if solvent is None:
            raise _refuse_solvent(name, text)
    if len(set(solvents)) > 1 or solvents[0] is None:
        raise InvalidTaskInputError("several solvents are named", value=text, hint=_HINT)
    shown = match.group().strip() + (f" {solute.name}" if solute is not None else "")
    molality = _require(read_number(match["number"] or "1", match["power"] or match["ten"]), text)
    is_named = bool(names) or re.search(r"\b(?:aqueous|aq)\b", text, re.IGNORECASE) is not None
    notes = () if is_named else ("no solvent is named: it is taken as water",)
    return _Mixture(solute, solvents[0], molality, f"{shown} in {solvents[0].name}", notes)


def _part(amounts: Amounts, text: str) -> tuple[Portion, _Solvent, Quantity]:
    """Return the solute, the solvent, and how much of that there is: the one behind 'in', else water, is the solvent.

    Raises:
        InvalidTaskInputError: There are not just two, or the solvent has no constants here.
    """
    volumes = [
        one for one in amounts.free if re.match(r"\s*(?:of\s+)?(?:pure )?water\b", text[one.end :], re.IGNORECASE)
    ]
    if len(amounts.portions) == 1 and len(amounts.free) == len(volumes) == 1:
        return amounts.portions[0], _WATER, volumes[0]
    if len(amounts.portions) != 2 or amounts.free:
        raise InvalidTaskInputError("an amount of one solute and one of its solvent are needed", value=text, hint=_HINT)
    behind = [one for one in amounts.portions if re.search(r"\b(?:in|into|to)\s*$", text[: one.place], re.IGNORECASE)]
    behind = behind or [one for one in amounts.portions if _find_solvent(one.substance) is _WATER]
    if len(behind) != 1:
        raise InvalidTaskInputError("it is not clear what is dissolved in what", value=text, hint=_HINT)
    (solvent,) = behind
    kind = _find_solvent(solvent.substance)
    if kind is None:
        raise _refuse_solvent(solvent.substance.name, text)
    size = solvent.get(Dimension.MASS) or (solvent.get(Dimension.VOLUME) if kind is _WATER else None)
    if size is None:
        raise InvalidTaskInputError(f"the mass of the {kind.name} is needed", value=text, hint=_HINT)
    (solute,) = (one for one in amounts.portions if one is not solvent)
    return solute, kind, size


def _find_solvent(substance: Substance | None) -> _Solvent | None:
    if substance is None:
        return None
    known = ((one, find_substance(one.name)) for one in _SOLVENTS)
    return next((one for one, its in known if its is not None and _is_same(its, substance)), None)


def _is_same(first: Substance, second: Substance) -> bool:
    return first.counts == second.counts and (first.smiles == second.smiles or not second.smiles)


def _refuse_solvent(name: str, text: str) -> InvalidTaskInputError:
    return InvalidTaskInputError(
        f"the constants of {name} are not known here",
        value=text,
        hint=f"known are {', '.join(one.name for one in _SOLVENTS)}",
    )


def _require(value: float, text: str) -> float:
    if value <= 0:
        raise InvalidTaskInputError("there is no amount of nothing", value=text, hint="give one above zero")
    return value


def _require_dilute(strength: float, unit: str, text: str) -> None:
    """Refuse a solution that is too strong for the laws of dilute ones.

    Raises:
        InvalidTaskInputError: It is above 5 mol/kg or mol/L.
    """
    if strength > _MOST:
        raise InvalidTaskInputError(
            f"a solution of {write_digits(strength)} {unit} is not dilute",
            value=text,
            hint=f"the laws of ideal dilute solutions are applied up to {_MOST:g} {unit}",
        )


def _count_particles(solute: Substance | None, solvent: _Solvent, text: str) -> tuple[float, str]:
    """Return how many particles one of a solute gives, and how that was found.

    Raises:
        InvalidTaskInputError: It is not known what is dissolved, or it is neither whole nor all ions.
    """
    if (told := _FACTOR.search(text)) is not None:
        factor = _require(read_number(told["number"]), text)
        return factor, f"van 't Hoff factor {factor:g}, as told"
    if solute is None:
        raise InvalidTaskInputError("what is dissolved is not named", value=text, hint="name it, or state i = 1")
    if _is_among(solute, _HALFWAY):
        raise InvalidTaskInputError(
            f"{solute.name} dissociates in part", value=text, hint="state its van 't Hoff factor, as in i = 2.3"
        )
    try:
        ions = 2 if _is_among(solute, _STRONG) else list_ions(_dry(solute)).total()
    except InvalidTaskInputError:
        if _is_neutral(solute):
            return 1.0, "van 't Hoff factor 1: it does not dissociate"
        raise InvalidTaskInputError(
            f"into how many particles {solute.name} dissociates is not known",
            value=text,
            hint="state its van 't Hoff factor, as in i = 3",
        ) from None
    if solvent is not _WATER:
        raise InvalidTaskInputError(
            f"whether {solute.name} dissociates in {solvent.name} is not known", value=text, hint="state i = 1 or i = 2"
        )
    return float(ions), f"van 't Hoff factor {ions}: all of it is ions"


def _dry(solute: Substance) -> Substance:
    """Return a salt without the water of its crystals, which is none of its ions."""
    salt = _CRYSTAL_WATER.sub("", solute.formula)
    return (find_substance(salt) or solute) if salt != solute.formula else solute


def _is_neutral(solute: Substance) -> bool:
    """Whether it is an organic molecule that stays whole in solution: no salt, no metal, no strong acid."""
    if "C" not in solute.counts or not _ORGANIC.issuperset(solute.counts) or solute.charge or "." in solute.smiles:
        return False
    if not solute.smiles:  # a formula alone: CH3NH3Cl and HCO2NH4 are salts
        return {"C", "H", "N", "O"}.issuperset(solute.counts) and re.search("NH[34]", solute.formula) is None
    molecule = parse_smiles(solute.smiles)
    return not any(molecule.HasSubstructMatch(acid) for acid in _read_strong_acids())


@cache
def _read_strong_acids() -> tuple[Chem.Mol, ...]:
    return tuple(map(Chem.MolFromSmarts, _STRONG_ACIDS))


def _is_among(solute: Substance, names: tuple[str, ...]) -> bool:
    return any(its.counts == solute.counts for name in names if (its := find_substance(name)) is not None)


# -------------------------------------------------------------------------------------------------------- the answers


_IDEAL: Final = "an ideal dilute solution; concentrated salts deviate by per cents"


def _find_molality(asked: Inquiry) -> Result:
    mixture = _read_mixture(asked)
    digits = write_digits(mixture.molality)
    return make_number(digits, "mol/kg", f"The molality of {mixture.said} is {digits} mol/kg.", mixture.notes)


def _find_shift(wanted: _Wanted, asked: Inquiry) -> Result:
    text = asked.text
    mixture = _read_mixture(asked)
    _require_dilute(mixture.molality, "mol/kg", text)
    solvent = mixture.solvent
    freezes = wanted is _Wanted.FREEZING
    constant, own = (solvent.cryoscopic, solvent.freezes) if freezes else (solvent.ebullioscopic, solvent.boils)
    if constant is None or own is None:
        raise InvalidTaskInputError(
            f"the constant of {solvent.name} for this is not known here", value=text, hint=_HINT
        )
    factor, how = _count_particles(mixture.solute, solvent, text)
    shift = factor * constant * mixture.molality
    point = own - shift if freezes else own + shift
    if point < _ABSOLUTE_ZERO:
        raise InvalidTaskInputError(f"a point of {point:.0f} \u00b0C is below 0 K", value=text, hint=_HINT)
    shown, at = write_digits(shift), f"{point:.2f}"
    verb = "lowered" if freezes else "raised"
    statement = f"The {wanted} of {mixture.said} is {verb} by {shown} K, to {at} \u00b0C."
    notes = (
        f"molality {write_digits(mixture.molality)} mol/kg; {how}",
        f"{'cryo' if freezes else 'ebullio'}scopic constant of {solvent.name} {constant:g} K kg/mol (CRC Handbook)",
        *mixture.notes,
        _IDEAL,
    )
    if _CHANGE.search(text):
        return make_number(shown, "K", statement, notes)
    return make_number(at, "\u00b0C", statement, notes)


def _find_pressure(asked: Inquiry) -> Result:
    state = read_state(asked.text)
    text = hide_state(asked.text)
    amounts = read_amounts(text, asked.subjects)
    require_above_zero(amounts.quantities, text)
    if len(amounts.portions) > 1:
        amounts_of = [one for one in amounts.portions if _find_solvent(one.substance) is not _WATER]
        volumes = [
            one for portion in amounts.portions for one in portion.quantities if one.dimension is Dimension.VOLUME
        ]
    else:
        amounts_of = list(amounts.portions)
        volumes = [one for one in amounts.free if one.dimension is Dimension.VOLUME]
    if len(amounts_of) != 1:
        raise InvalidTaskInputError("the concentration of one solute is needed", value=text, hint="as in 0.15 M NaCl")
    (portion,) = amounts_of
    strength = portion.get(Dimension.MOLARITY)
    if strength is not None:
        molarity, said = strength.value, f"{strength.written} {portion.substance.name}"
    elif portion.moles is not None and len(volumes) == 1:
        molarity = portion.moles / volumes[0].value
        said = f"{portion.quantities[0].written} of {portion.substance.name} in {volumes[0].written}"
    else:
        raise InvalidTaskInputError(
            "a molarity, or an amount in a volume, is needed", value=text, hint="as in 0.15 M NaCl"
        )
    factor, how = _count_particles(portion.substance, _WATER, text)
    _require_dilute(molarity, "mol/L", text)
    kelvins = _ROOM if state.temperature is None else state.temperature
    if kelvins <= 0:
        raise InvalidTaskInputError("the temperature is not above 0 K", value=asked.text, hint="as in 298 K")
    pascals = factor * molarity * 1e3 * R * kelvins
    digits, unit = write_in_unit(pascals, asked.text)
    at = "" if state.temperature is not None else " (no temperature is told)"
    statement = f"The osmotic pressure of {said} at {kelvins - 273.15:.4g} \u00b0C{at} is {digits} {unit}."
    return make_number(digits, unit, statement, (f"{write_digits(molarity)} mol/L; {how}", _IDEAL))


COLLIGATIVE: Final = Calculation(
    name="colligative",
    title="property of a dilute solution",
    words=(
        "freezing point depression", "boiling point elevation", "osmotic pressure", "molality", "cryoscopy",
        "ebullioscopy",
    ),
    takes=Takes.TEXT,
    gives=Gives.TEXT,
    method="molality times the solvent's constant, or molarity times R T, times the van 't Hoff factor",
    compute=_colligative,
    program=Program.ANYMOL,
    example=Example("What is the freezing point depression of 10 g NaCl in 1 kg water?", (), "0.6365"),
)  # fmt: skip

"""What acids and bases do in water: recorded dissociation constants, and the pH of solutions."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from anymol.calculations.amounts import Portion, find_named, read_amounts
from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Program, Result, Takes
from anymol.calculations.quantities import Dimension, Quantity, find_quantities, write_digits
from anymol.calculations.recorded_acids import RecordedAcid, read_acid, write_steps
from anymol.calculations.substances import Substance
from anymol.chem.acidity import ION_PRODUCT, Dissolved, compute_ph, dissolve
from anymol.errors import InvalidTaskInputError, UserError

_HINT: Final = "for example: What is the pH of 0.1 M acetic acid?"
_OF_WATER: Final = r"\bph of (?:pure |distilled |neutral |deioni[sz]ed )*(?:water|h2o)\b"
_WATER: Final = re.compile(_OF_WATER, re.IGNORECASE)
_ION: Final = (
    r"(?:\[(?:H|OH|H3O)\^?[+-]?\]|"
    r"\b(?:hydrogen ion|hydronium|oxonium|proton|hydroxide)(?: ion)? concentration\b|\bpOH\b|"
    r"(?<!\w)(?:H(?:3O)?\^?\+|OH\^?-)(?: ion)? concentration\b|"
    r"\bconcentration of (?:H(?:3O)?\^?\+|OH\^?-|hydrogen ions|hydronium|oxonium|protons|hydroxide))"
)
_AMOUNT: Final = r"(?:\d\s*[mµun]?(?:M|mol|g)\b|\d\s*mL\b)"
_END: Final = r"\bp(?:H|OH)\b(?: of (?:the|this) (?:resulting |final )?(?:solution|mixture|buffer))?(?: be)?\s*[?.!]*$"
_PH: Final = re.compile(
    "|".join(
        (
            rf"\bp(?:H|OH)\b.*{_AMOUNT}",
            rf"{_AMOUNT}.*{_END}",
            _OF_WATER,
            rf"{_ION}.*\bpH\b.*\d",
            r"\bpH\b.*\bpOH\b.*\d",
        )
    ),
    re.IGNORECASE,
)
_ASKS_ION: Final = re.compile(rf"{_ION}|\bpH\b.*\bpOH\b", re.IGNORECASE)
_GIVEN_PH: Final = re.compile(r"\bpH \d(?![\d.,]*\s*[mµun]?(?:M|mol|g|L)\b)", re.IGNORECASE)
"""'50 mM Tris pH 8.0': the pH of what is made, which is not asked for."""
_GIVEN: Final = re.compile(
    r"\bp(?P<which>OH|H)\s*(?:value\s*)?(?:of|is|=|:|at|has|equals)?\s*(?P<number>-?\d+(?:[.,]\d+)?)(?!\s*[\d.]*\s*(?:m?M|mol)\b)",
    re.IGNORECASE,
)
_PROTON: Final = re.compile(
    r"\[H(?:3O)?\^?\+?\]|\bH(?:3O)?\^?\+|\bhydr(?:ogen ion|onium|oxonium)\b|\bproton\b", re.IGNORECASE
)
_HYDROXIDE: Final = re.compile(r"\[OH\^?-?\]|\bOH\^?-|\bhydroxide(?: ion)?s?\b(?! solution)", re.IGNORECASE)
_ASKED_ION: Final = re.compile(
    r"^\W*(?:what(?:'s| is)|calculate|find|give)?\s*(?:the )?(?:\[|(?:concentration of )?(?:hydr|proton))",
    re.IGNORECASE,
)
_BUFFER: Final = re.compile(r"\bbuffer", re.IGNORECASE)
_ROOM: Final = 25.0
_TEMPERATURE: Final = re.compile(
    r"(?P<degrees>-?\d+(?:[.,]\d+)?)\s?(?:(?:°|º|deg(?:rees?)?\.?)\s?(?:C|F|K|celsius)?|[CK])(?![\w])"
)
_NO_SOLVENT: Final = "water|aqueous|h2o|an?|the|solution|pure|distilled|total|all|which|it|mol"
_SOLVENT: Final = re.compile(rf"\bin (?!(?:{_NO_SOLVENT})\b|\d|\[)([a-z][\w-]+)", re.IGNORECASE)
_BESIDE: Final = re.compile(r"\b(?:vs|versus|or|compared)\b", re.IGNORECASE)
_TOTAL: Final = re.compile(
    r"\b(?:(?:dilut\w+|made? up|fill\w*(?: up)?|topped up|top up|up) to|(?:total|final) volume(?: of| is)?)"
    r"\s*(?:a (?:total|final) volume of\s*)?$",
    re.IGNORECASE,
)
_EQUAL: Final = re.compile(
    r"\b(?:equal|same|identical) (?:volumes?|amounts?|parts?)\b|(?<!\d)1 ?: ?1(?!\d)", re.IGNORECASE
)
_MIXED: Final = re.compile(r"\b(?:mix\w*|add(?:ed|ing)?|combin\w+|titrat\w+|pour\w+)\b|\d ?: ?\d", re.IGNORECASE)
_AFTER: Final = re.compile(r"[\s)]*(?P<word>[A-Za-z][\w]*)")
_MAY_FOLLOW: Final = frozenset(
    [
        "a", "added", "after", "and", "aq", "aqueous", "are", "at", "being", "buffer", "by", "dilute", "diluted",
        "dissolved", "each", "for", "from", "has", "have", "if", "in", "is", "made", "mixed", "of", "per", "plus",
        "solution", "solutions", "that", "the", "then", "titrated", "to", "together", "up", "using", "was", "water",
        "when", "which", "with",
    ]
)  # fmt: skip
"""Words that may stand behind what is dissolved; any other may belong to its name: glycine hydrochloride."""
_CONSTANT: Final = re.compile(r"(?<!\w)(?P<power>p)?K[_ ]?(?P<kind>[ab])\d?(?!\w)")
_NUMBER: Final = re.compile(
    r"(?<![\w.,^])(?:(?P<factor>\d+(?:[.,]\d+)?)(?:[eE](?P<short>[-+]?\d+)|\s*[x\u00d7*\u00b7]\s*10\s*\^?\s*\(?(?P<long>[-+]?\d+)\)?)?"
    r"|10\s*\^\s*\(?(?P<bare>[-+]?\d+)\)?)(?![\w^])"
)
_BETWEEN: Final = re.compile(r"[^?!.;,]{1,40}")
"""What may stand between the name of a constant and its value."""
_MINUS: Final = str.maketrans("\u2212\u2013", "--")
_DILUTE: Final = 0.2
"""Above this concentration, mol/L, activities differ visibly from concentrations."""


def asks_for_ph(question: str) -> bool:
    """Whether a question asks for a pH, a pOH, or what one of them says.

    >>> asks_for_ph("pH of 0.1 M HCl"), asks_for_ph("50 mM Tris pH 8.0")
    (True, False)
    """
    return _PH.search(question) is not None and (
        _ASKS_ION.search(question) is not None or _GIVEN_PH.search(question) is None
    )


def _ph(asked: Inquiry) -> Result:
    text = asked.text
    _require_usual(text)
    quantities = find_quantities(text)
    strengths = [one for one in quantities if one.dimension is Dimension.MOLARITY]
    given = _GIVEN.search(text)
    told = given is not None and not any(one.start <= given.start("number") < one.end for one in quantities)
    if given is not None and told and (not quantities or _ASKED_ION.search(text)):
        return _invert(given, text)
    if _WATER.search(text) and not strengths:
        return Result(7.0, "7.00", "Pure water has pH 7.00 at 25 °C.")
    if len(strengths) == 1 and (ion := _find_ion(text)) is not None and _names_nothing_else(asked):
        return _from_ion(strengths[0], ion, text)
    solutes = _list_solutes(asked)
    dissolved = [(concentration, dissolve(one.smiles)) for one, concentration in solutes]
    said = " and ".join(f"{write_digits(concentration)} M {one.name}" for one, concentration in solutes)
    parts = tuple(Part(one.name, float(write_digits(concentration)), "mol/L") for one, concentration in solutes)
    taken = _take_stated_constant(dissolved, text, quantities)
    notes = _list_notes(taken)
    if taken != dissolved:
        notes += ("by the constant that is stated",)
    return _answer(compute_ph(taken), said, text, parts, notes)


def _take_stated_constant(
    dissolved: list[tuple[float, Dissolved]], text: str, quantities: Sequence[Quantity]
) -> list[tuple[float, Dissolved]]:
    """Return what is dissolved with the constant that the question itself states, where it states one.

    Raises:
        InvalidTaskInputError: It states one, and which it is or of what is not clear.
    """
    letters = list(text)
    known = [(one.start, one.end) for one in quantities]
    for start, end in [*known, *(one.span() for said in (_TEMPERATURE, _EQUAL) for one in said.finditer(text))]:
        letters[start:end] = " " * (end - start)
    plain = unicodedata.normalize("NFKC", "".join(letters)).translate(_MINUS)
    named, numbers = list(_CONSTANT.finditer(plain)), list(_NUMBER.finditer(plain))
    if not named or not numbers:
        return dissolved
    weak = {system for _, one in dissolved for system in one.systems}
    is_one = len(named) == len(numbers) == len(weak) == 1 and all(len(one.pka) == 1 for one in weak)
    if not is_one or _BETWEEN.fullmatch(plain[named[0].end() : numbers[0].start()]) is None:
        raise InvalidTaskInputError(
            "a constant is stated, and it is not clear of what",
            value=text,
            hint="state one pKa, Ka or Kb of the one weak acid or base, or leave it to the recorded constants",
        )
    pka = _read_constant(named[0], numbers[0])
    (system,) = weak
    stated = replace(system, pka=(pka,), is_about=False)
    return [(strength, replace(one, systems=(stated,) if one.systems else ())) for strength, one in dissolved]


def _read_constant(named: re.Match[str], number: re.Match[str]) -> float:
    """Return the pKa that a constant of an acid, or of its conjugate base, says.

    Raises:
        InvalidTaskInputError: No constant has this value.
    """
    exponent = number["short"] or number["long"] or number["bare"]
    value = float((number["factor"] or "1").replace(",", ".")) * 10.0 ** int(exponent or 0)
    pk = value if named["power"] else -math.log10(value) if value > 0.0 else math.inf
    if not 0.0 < pk < 14.0:
        raise InvalidTaskInputError(
            f"{number.group()} is no constant of a weak acid or base in water",
            value=f"{named.group()} {number.group()}",
            hint="a pKa lies between 0 and 14",
        )
    return 14.0 - pk if named["kind"] == "b" else pk


def _require_usual(text: str) -> None:
    """Refuse what the constants do not hold for: other solvents and temperatures, and two solutions beside each other.

    Raises:
        InvalidTaskInputError: There is such a thing.
    """
    warm = _TEMPERATURE.search(text)
    if warm is not None and float(warm["degrees"].replace(",", ".")) != _ROOM:
        raise InvalidTaskInputError("constants are known at 25 °C only", value=warm.group(), hint="ask without it")
    solvent = _SOLVENT.search(text)
    if solvent is not None:
        raise InvalidTaskInputError(
            f"constants are known in water only, and not in {solvent[1]}", value=text, hint="a pH is asked of water"
        )
    if _BESIDE.search(text):
        raise InvalidTaskInputError("one solution is asked about at a time", value=text, hint="ask of each by itself")


def _answer(ph: float, said: str, text: str, parts: tuple[Part, ...] = (), notes: tuple[str, ...] = ()) -> Result:
    ph = round(ph, 2) + 0.0
    poh = round(14.0 - ph, 2)
    if re.search(r"\bpOH\b", text, re.IGNORECASE) and not re.search(r"\bpH\b", text, re.IGNORECASE):
        return Result(poh, f"{poh:.2f}", f"The pOH of {said} is {poh:.2f} (pH {ph:.2f}).", parts=parts, notes=notes)
    return Result(ph, f"{ph:.2f}", f"The pH of {said} is {ph:.2f}.", parts=parts, notes=notes)


def _invert(given: re.Match[str], text: str) -> Result:
    """Return what a pH says: the concentration of the ion that is asked for, or the pOH."""
    number = float(given["number"].replace(",", "."))
    if not -2.0 <= number <= 16.0:
        raise InvalidTaskInputError("a pH in water lies between -2 and 16", value=given.group())
    ph = number if given["which"].upper() == "H" else 14.0 - number
    if _HYDROXIDE.search(text):
        symbol, value = "[OH-]", ION_PRODUCT * 10.0**ph
    elif _PROTON.search(text):
        symbol, value = "[H+]", 10.0**-ph
    else:
        other, value = ("pOH", 14.0 - ph) if given["which"].upper() == "H" else ("pH", ph)
        return Result(round(value, 2), f"{value:.2f}", f"{other} is {value:.2f} where {given.group()}.")
    digits = f"{value:.3g}"
    return Result(float(digits), digits, f"{symbol} is {digits} mol/L at pH {ph:g}.", unit="mol/L")


def _find_ion(text: str) -> str | None:
    if _HYDROXIDE.search(text):
        return "OH-"
    return "H+" if _PROTON.search(text) else None


def _names_nothing_else(asked: Inquiry) -> bool:
    named = find_named(asked.text, asked.subjects)
    return named is None or named.smiles in ("[H+]", "[OH-]", "[OH3+]")


def _from_ion(strength: Quantity, ion: str, text: str) -> Result:
    """Return the pH of a concentration of H+ or OH-."""
    if strength.value <= 0.0:
        raise InvalidTaskInputError("a concentration is above 0", value=strength.written)
    ph = -math.log10(strength.value)
    return _answer(ph if ion == "H+" else 14.0 - ph, f"{strength.written} {ion}", text)


def _list_solutes(asked: Inquiry) -> list[tuple[Substance, float]]:
    """Return what is dissolved with its concentration, mol/L.

    Raises:
        InvalidTaskInputError: It does not follow from what is said.
    """
    amounts = read_amounts(asked.text, asked.subjects)
    portions = [one for one in amounts.portions if one.substance.smiles != "O"]
    if not portions:
        raise InvalidTaskInputError("a pH needs a substance and its concentration", value=asked.text, hint=_HINT)
    if len(portions) == 1 and _BUFFER.search(asked.text):
        raise _ask_for_parts(asked.text)
    for one in portions:
        _require_whole(one.substance, asked.text)
        _require_parts(one.substance, asked.text)
        if not one.substance.smiles:
            raise InvalidTaskInputError(
                f"the structure of {one.substance.name} is not known", value=one.substance.name, hint="give its name"
            )
    listed = [*amounts.free, *(quantity for one in amounts.portions for quantity in one.quantities)]
    volumes = [one for one in listed if one.dimension is Dimension.VOLUME]
    whole = [one for one in volumes if _TOTAL.search(asked.text[: one.start])]
    litres = sum(one.value for one in whole or volumes)
    if not litres:
        shared = _count_parts(asked.text, len(portions))
        return [(one.substance, _read_molarity(one, asked.text) / shared) for one in portions]
    return [(one.substance, _count_moles(one, asked.text) / litres) for one in portions]


def _count_parts(text: str, number: int) -> int:
    """Return into how many times its volume each of some solutions without a volume comes: one, unless they are mixed.

    Raises:
        InvalidTaskInputError: They are mixed, and how much of each is not said.
    """
    if number > 1 and _EQUAL.search(text):
        return number
    if number > 1 and _MIXED.search(text):
        raise InvalidTaskInputError(
            "how much of each is mixed is not said",
            value=text,
            hint="give the volumes, or say that they are equal; or give the concentrations in the mixture alone",
        )
    return 1


def _require_parts(substance: Substance, text: str) -> None:
    """Refuse what is a buffer by name: 'acetate buffer' says nothing of how much of it is acetic acid.

    Raises:
        InvalidTaskInputError: It is one.
    """
    if re.search(rf"(?<!\w){re.escape(substance.name)}\s+buffer", text, re.IGNORECASE):
        raise _ask_for_parts(text)


def _ask_for_parts(text: str) -> InvalidTaskInputError:
    return InvalidTaskInputError(
        "the pH of a buffer follows from how much of its acid and of its base there is",
        value=text,
        hint="give both, as in 0.1 M acetic acid and 0.1 M sodium acetate",
    )


def _require_whole(substance: Substance, text: str) -> None:
    """Refuse a substance whose name goes on in the text: what it is a salt of has another pH.

    Raises:
        InvalidTaskInputError: A word follows that may be a part of the name.
    """
    place = text.find(substance.name)
    after = None if place < 0 else _AFTER.match(text, place + len(substance.name))
    if after is not None and after["word"].lower() not in _MAY_FOLLOW:
        raise InvalidTaskInputError(
            f"'{substance.name} {after['word']}' is not known as one compound",
            value=text,
            hint="give its formula or SMILES, ions apart",
        )


def _read_molarity(portion: Portion, text: str) -> float:
    molarity = portion.get(Dimension.MOLARITY)
    if molarity is None:
        raise InvalidTaskInputError(
            f"the concentration of {portion.substance.name} does not follow from what is said", value=text, hint=_HINT
        )
    return molarity.value


def _count_moles(portion: Portion, text: str) -> float:
    if portion.moles is None:
        raise InvalidTaskInputError(
            f"how much {portion.substance.name} there is does not follow from what is said",
            value=text,
            hint="give volume and concentration of each solution, or the mass that is dissolved",
        )
    return portion.moles


def _list_notes(dissolved: Sequence[tuple[float, Dissolved]]) -> tuple[str, ...]:
    used = {system for _, one in dissolved for system in one.systems}
    notes = tuple(
        f"{one.name}: {'a proton lost wholly, then ' if one.is_strong else ''}pKa {write_steps(one)}"
        for one in sorted(used, key=lambda one: one.name)
    )
    if max(concentration for concentration, _ in dissolved) > _DILUTE:
        notes += ("activities are taken as concentrations, which is rough above 0.2 M",)
    return notes


PH: Final = Calculation(
    name="ph",
    title="pH of a solution",
    words=("ph of a solution", "poh of a solution", "acidity of a solution", "ph of a buffer"),
    takes=Takes.TEXT,
    gives=Gives.NUMBER,
    method="recorded dissociation constants in water, 25 °C, and the balance of all charges",
    compute=_ph,
    program=Program.ANYMOL,
    example=Example("What is the pH of 0.1 M acetic acid?", (), "2.88"),
)


_CONJUGATE_ACID: Final = re.compile(r"\bconjugated? acid\b", re.IGNORECASE)


def _pka(asked: Inquiry) -> Result:
    acid = read_acid(asked.subjects[0])
    found = acid.system
    is_conjugate = _CONJUGATE_ACID.search(asked.text) is not None
    if is_conjugate and found.find_pka(acid.charge + 1) is None:
        raise InvalidTaskInputError(
            f"the pKa of {asked.shown} is recorded, and not that of its conjugate acid",
            value=asked.text,
            hint="ask for its own pKa",
        )
    if len(found.pka) > 1 and (is_conjugate or acid.charge):
        return _tell_step(asked, acid, is_conjugate=is_conjugate)
    is_only = len(found.pka) == 1 and not found.is_strong
    first = 2 if found.is_strong else 1
    steps = tuple(Part("pKa" if is_only else f"pKa{number}", step) for number, step in enumerate(found.pka, first))
    text = write_steps(found)
    statement = f"pKa of {asked.shown} in water at 25 °C: {text}."
    notes: tuple[str, ...] = ()
    if found.is_strong:
        notes = ("its first proton is lost wholly; this is the second step",)
    elif found.charge == 1 and len(found.pka) == 1:
        notes = (f"of its conjugate acid, {found.name} with a proton more",)
    elif found.charge > 0:
        notes = (f"the steps of its most protonated form, of charge {found.charge:+d}",)
    return Result(found.pka[0], text, statement, parts=steps, notes=notes)


def _tell_step(asked: Inquiry, acid: RecordedAcid, *, is_conjugate: bool) -> Result:
    """Return the one step of several by which an ion, or the conjugate acid of a molecule, loses a proton."""
    found = acid.system
    own = None if is_conjugate else found.find_pka(acid.charge)
    # What has lost all its protons has the constant of its conjugate acid alone.
    pka = found.find_pka(acid.charge + 1) if own is None else own
    if pka is None:
        raise UserError(
            f"no constant of {asked.shown} is recorded in this form", value=acid.subject.smiles, hint="ask of its acid"
        )
    text = f"{'about ' if found.is_about else ''}{pka:.2f}"
    whose = asked.shown if own is not None else f"the conjugate acid of {asked.shown}"
    parts = tuple(Part(f"pKa{number}", step) for number, step in enumerate(found.pka, 1))
    notes = (f"all steps of {found.name}: {write_steps(found)}",)
    return Result(pka, text, f"pKa of {whose} in water at 25 °C: {text}.", parts=parts, notes=notes)


PKA: Final = Calculation(
    name="pka",
    title="pKa",
    words=("pka", "pka value", "acid dissociation constant", "acidity constant", "dissociation constant"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method="recorded constants in water, 25 °C",
    compute=_pka,
    program=Program.ANYMOL,
    example=Example("What is the pKa of benzoic acid?", ("O=C(O)c1ccccc1",), "4.20"),
)


def _pkb(asked: Inquiry) -> Result:
    acid = read_acid(asked.subjects[0])
    pka = acid.system.find_pka(acid.charge + 1)
    if pka is None:
        raise UserError(
            f"no constant of {asked.shown} as a base is recorded",
            value=asked.subjects[0].smiles,
            hint="ask for its pKa, or for the pKb of its conjugate base",
        )
    text = f"{14.0 - pka:.2f}"
    statement = f"pKb of {asked.shown} in water at 25 °C: {text}."
    about = "about " if acid.system.is_about else ""
    return Result(float(text), text, statement, notes=(f"14.00 less the pKa of its conjugate acid, {about}{pka:.2f}",))


PKB: Final = Calculation(
    name="pkb",
    title="pKb",
    words=("pkb", "pkb value", "base dissociation constant", "basicity constant"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method="recorded constants in water, 25 °C",
    compute=_pkb,
    program=Program.ANYMOL,
    example=Example("What is the pKb of ammonia?", ("N",), "4.75"),
)

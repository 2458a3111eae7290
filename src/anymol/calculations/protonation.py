"""How a compound is protonated at a pH: its net charge, how much of it is ionised, its isoelectric point."""

from __future__ import annotations

import math
import re
from typing import Final

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from anymol.calculations.asking import HERE
from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Program, Result, Takes
from anymol.calculations.recorded_acids import RecordedAcid, read_acid
from anymol.calculations.stated_ph import read_ph
from anymol.chem.formula import count_formula, write_formula
from anymol.errors import InvalidTaskInputError, UserError

_METHOD: Final = "recorded constants in water, 25 °C, by Henderson and Hasselbalch"
_SEEN: Final = 0.001
"""Least share of a form that is listed."""
_SURELY: Final = 90.0
"""Per cent above which, and below whose rest, a question with yes or no has an answer."""
_SMALLEST: Final = 1e-3
"""Per cent that are told apart from none."""
_CARBOXYL: Final = Chem.MolFromSmarts("[CX3](=O)[OX2H1,OX1-]")
_SULFONIC: Final = Chem.MolFromSmarts("[SX4](=O)(=O)[OX2H1,OX1-]")
_AMINE: Final = Chem.MolFromSmarts("[NX3;!$(N[C,S,P]=[O,S,N]);!$(Nc)]")

_NEUTRAL: Final = re.compile(
    r"\b(?:un|non|un-|non-|not )(?:charged|ioni[sz]ed|dissociated)\b|\bneutral\b(?! ph\b)", re.IGNORECASE
)
_IONISED: Final = re.compile(
    r"(?<!\bun)(?<!\bnon)(?<![-\w])(?:ioni[sz]ed|ioni[sz]ation|ioni[sz]e|charged|dissociated|dissociation)\b",
    re.IGNORECASE,
)
_DEPROTONATED: Final = re.compile(r"(?<![-\w])(?:deprotonated|deprotonation)\b", re.IGNORECASE)
_PROTONATED: Final = re.compile(r"(?<![-\w])(?:protonated|protonation)\b", re.IGNORECASE)
_DISSOCIATION: Final = re.compile(r"dissociat", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(rf"\bin (?:the |an? )?{HERE}")
"""'In DMSO', a molecule standing as a sign in the text."""
_YES_OR_NO: Final = re.compile(r"\b(?:is|are|will|would)\b(?! the\b)", re.IGNORECASE)
_HOW_MUCH: Final = re.compile(
    r"\b(?:what|how|which)\b|\bper ?cent\w*|\bfractions?\b|\bdegree\b|\bextent\b|\bproportion\b|%", re.IGNORECASE
)


def _read_ph(text: str) -> float:
    if _ELSEWHERE.search(text):
        raise InvalidTaskInputError("constants are known in water only", value=text, hint="ask of water")
    return read_ph(text, "as in: net charge of lysine at pH 7")


def _list_forms(acid: RecordedAcid, shares: dict[int, float]) -> tuple[Part, ...]:
    """Return the forms of which there is enough to be seen, the most of it first, in per cent."""
    seen = sorted((one for one in shares.items() if one[1] >= _SEEN), key=lambda one: -one[1])
    return tuple(Part(_write_form(acid, charge), round(100.0 * share, 1), "%") for charge, share in seen)


def _write_form(acid: RecordedAcid, charge: int) -> str:
    """Return the formula of a form with its charge."""
    counts = count_formula(rdMolDescriptors.CalcMolFormula(acid.part))
    counts["H"] += charge - acid.charge
    if counts["H"] < 0:
        return f"charge {_sign(charge)}"  # carbon dioxide takes up water before it gives a proton
    return f"{write_formula(+counts)} (charge {_sign(charge)})"


def _sign(charge: int) -> str:
    return f"{charge:+d}" if charge else "0"


def _charge_at_ph(asked: Inquiry) -> Result:
    ph = _read_ph(asked.text)
    acid = read_acid(asked.subjects[0])
    shares = acid.system.share_forms(ph)
    mean = round(acid.system.count_charge(ph), 2) + 0.0
    main, share = max(shares.items(), key=lambda one: one[1])
    text = f"{mean:+.2f}" if mean else "0.00"
    statement = (
        f"At pH {ph:g} {acid.shown} has the mean net charge {text}; "
        f"its main form has the charge {_sign(main)} ({100.0 * share:.1f} %)."
    )
    return Result(mean, text, statement, parts=_list_forms(acid, shares), notes=(acid.steps,))


CHARGE_AT_PH: Final = Calculation(
    name="charge_at_ph",
    title="net charge at a pH",
    words=("charge at ph", "net charge at ph", "charge at physiological ph", "charge in water at ph"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method=_METHOD,
    compute=_charge_at_ph,
    program=Program.ANYMOL,
    example=Example("What is the net charge of lysine at pH 7?", ("NCCCC[C@H](N)C(=O)O",), "+0.99"),
)


def _ionisation(asked: Inquiry) -> Result:
    ph = _read_ph(asked.text)
    acid = read_acid(asked.subjects[0])
    shares = acid.system.share_forms(ph)
    parts = _list_forms(acid, shares)
    kinds = [
        kind
        for kind, pattern in (
            ("ionised", _IONISED),
            ("not ionised", _NEUTRAL),
            ("deprotonated", _DEPROTONATED),
            ("protonated", _PROTONATED),
        )
        if pattern.search(asked.words)
    ]
    if len(kinds) > 1 and set(kinds) != {"ionised", "not ionised"}:
        raise InvalidTaskInputError(
            "it is asked for two things at once", value=asked.text, hint=f"ask for {kinds[0]} or {kinds[1]} alone"
        )
    if acid.system.charge > 0 and _DISSOCIATION.search(asked.words):
        raise InvalidTaskInputError(
            f"{acid.shown} is a base, of which dissociated may mean two things",
            value=asked.text,
            hint="ask whether it is protonated or ionised",
        )
    if not kinds:
        return _tell_forms(acid, ph, parts)
    percent = 100.0 * _count_share(acid, shares, kinds[0])
    text = _write_percent(percent)
    said = f"at pH {ph:g} {text} % of {acid.shown} is {kinds[0]}"
    if len(kinds) == 1 and _YES_OR_NO.search(asked.words) and not _HOW_MUCH.search(asked.words):
        verdict = "Yes" if percent >= _SURELY else "No" if percent <= 100.0 - _SURELY else "In part"
        statement = f"{verdict}: {said}."
    else:
        statement = f"{said[0].upper()}{said[1:]}."
    return Result(float(text.lstrip("<> ")), text, statement, unit="%", parts=parts, notes=(acid.steps,))


def _tell_forms(acid: RecordedAcid, ph: float, parts: tuple[Part, ...]) -> Result:
    """Return which form there is most of."""
    main, *rest = parts
    beside = "; ".join(f"{one.label} {one.value} %" for one in rest)
    statement = f"At pH {ph:g} the main form of {acid.shown} is {main.label}, {main.value} %"
    statement += f"; beside it {beside}." if beside else "."
    return Result(main.label, main.label, statement, gives=Gives.TEXT, parts=parts, notes=(acid.steps,))


def _count_share(acid: RecordedAcid, shares: dict[int, float], kind: str) -> float:
    """Return the share of what is asked for, 0 to 1.

    Raises:
        UserError: It means several things of this compound.
    """
    if kind in ("protonated", "deprotonated"):
        if len(acid.system.pka) != 1:
            raise UserError(
                f"{acid.shown} takes {len(acid.system.pka)} protons, so that protonated may mean each",
                value=acid.subject.smiles,
                hint="ask for its net charge, or for its main form, at this pH",
            )
        highest, lowest = shares.values()
        return highest if kind == "protonated" else lowest
    if _is_zwitterion(acid):
        raise UserError(
            f"{acid.shown} has ionic groups where its net charge is 0, so that ionised may mean two things",
            value=acid.subject.smiles,
            hint="ask for its net charge, or for its main form, at this pH",
        )
    neutral = shares.get(0, 0.0)
    return neutral if kind == "not ionised" else sum(share for charge, share in shares.items() if charge)


def _is_zwitterion(acid: RecordedAcid) -> bool:
    """Whether the form without a net charge has an acid group that gives its proton to a base."""
    mol = acid.part
    has_acid = mol.HasSubstructMatch(_CARBOXYL) or mol.HasSubstructMatch(_SULFONIC)
    has_base = mol.HasSubstructMatch(_AMINE) or acid.system.is_ampholyte
    return bool(has_acid and has_base)


def _write_percent(percent: float) -> str:
    """Return a percentage with as many decimals as what is left to 0 or 100 is worth.

    >>> _write_percent(24.03), _write_percent(99.9874), _write_percent(99.9999999)
    ('24.0', '99.99', '> 99.999')
    """
    least = min(percent, 100.0 - percent)
    if least < _SMALLEST:
        return f"> {100.0 - _SMALLEST:g}" if percent > 50.0 else f"< {_SMALLEST:g}"
    return f"{percent:.{max(1, -math.floor(math.log10(least)))}f}"


IONISATION: Final = Calculation(
    name="ionisation",
    title="ionisation at a pH",
    words=("ionised at ph", "ionized at ph", "protonated at ph", "main form at ph", "predominant form at ph"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method=_METHOD,
    compute=_ionisation,
    program=Program.ANYMOL,
    example=Example("What percentage of lidocaine is ionised at pH 7.9?", ("CCN(CC)CC(=O)Nc1c(C)cccc1C",), "50.0"),
)


def _isoelectric_point(asked: Inquiry) -> Result:
    acid = read_acid(asked.subjects[0])
    point = acid.system.find_isoelectric_point()
    if point is None:
        raise UserError(
            f"{acid.shown} has no isoelectric point: only {'basic' if acid.system.charge else 'acidic'} groups "
            "are recorded of it",
            value=acid.subject.smiles,
            hint="what has one gives and takes protons, as amino acids do",
        )
    text = f"{point:.2f}"
    statement = f"The isoelectric point of {acid.shown} is {text}: its mean net charge is 0 there."
    return Result(float(text), text, statement, notes=(acid.steps, "tables differ by about 0.1"))


ISOELECTRIC_POINT: Final = Calculation(
    name="isoelectric_point",
    title="isoelectric point",
    words=("isoelectric point", "isoelectric ph", "pi value", "ph of no net charge"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method=_METHOD,
    compute=_isoelectric_point,
    program=Program.ANYMOL,
    example=Example("What is the isoelectric point of glycine?", ("NCC(=O)O",), "5.97"),
)

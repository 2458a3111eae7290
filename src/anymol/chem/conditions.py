"""What chemists write beside molecules: amounts, states, temperatures, times, pressures, surroundings."""

from __future__ import annotations

import re
from typing import Final

_END: Final = r"(?=[\s,;:)]|$)"
_NUMBER: Final = r"[~≈<≥≤]?\s?[-–−+±]?\d+(?:[.,]\d+)?(?:\s?(?:-|–|to)\s?[-–−]?\d+(?:[.,]\d+)?)?"


def _choose(*patterns: str) -> str:
    return f"(?:{'|'.join(patterns)})"


_UNITS: Final = (
    "eq", r"equiv(?:alents?)?", r"(?:mol|wt|vol)\s?-?%", "%", "[mµu]?mol", "[mkµu]?g", "[mµu]?[lL]", "m?M", "N", "x",
    "×", "drops?",
)  # fmt: skip
_STATES: Final = (
    "cat", "catalytic", "catalyst", "conc", "concentrated", "dil", "diluted?", "aq", "aqueous", "satd?", "saturated",
    "anh", "anhyd", "anhydrous", "abs", "absolute", "dry", "excess", "xs", "glacial", "fuming", "powdered", "activated",
    "degassed", "solid", "gas", "liquid", "neat", "(?:a few )?drops? of", "some", "hot", "cold", "solution", "solvent",
    "in situ", "then",
)  # fmt: skip
_TIMES: Final = (r"h(?:(?:ou)?rs?)?", r"min(?:ute)?s?", r"s(?:ec(?:ond)?s?)?", r"d(?:ays?)?", "weeks?")
_TEMPERATURES: Final = (
    rf"{_NUMBER}\s?[°º˚]\s?[CFK]?",
    rf"{_NUMBER}\s?deg(?:rees?)?(?:\s?[CFK])?",
    rf"{_NUMBER}\s?[CK]{_END}",
    rf"(?:to\s+)?(?:r\.?\s?t\.?|room\s?temp(?:erature|\.)?|ambient(?: temperature)?){_END}",
)
_SURROUNDINGS: Final = (
    r"(?:N2|Ar|nitrogen|argon|inert(?: gas)?|(?:dry )?air)(?:\s+(?:atmosphere|balloon|gas))?", "sealed tube", "dark",
    "vacuo", "ice[ -]bath", "[Δ∆]", "h[vν]", "[µμ]w", "MW", r"work-?\s?up", "quench(?:ed)?", "standard conditions",
    "overnight", "o/n", r"(?:at\s+|to\s+|with\s+)?(?:reflux(?:ing)?|heat(?:ing)?|warming|cooling|stirring|light"
    r"|irradiation|microwaves?|ultrasound|pressure|vacuum)",
)  # fmt: skip
_SAID: Final = _choose(
    rf"{_NUMBER}\s?%\s?(?:yield|ee|de|conv(?:ersion|\.)?){_END}",
    rf"{_NUMBER}\s?{_choose(*_UNITS)}(?:\.|{_END})",
    rf"{_choose(*_STATES)}(?:\.|{_END})",
    *_TEMPERATURES,
    rf"{_NUMBER}\s?{_choose(*_TIMES)}(?:\.|{_END})",
    rf"{_NUMBER}\s?(?:atm|bar|psi|[kM]?Pa|torr){_END}",
    rf"(?-i:pH)\s?{_NUMBER}{_END}",  # Ph3P holds no acidity
    rf"\d+(?:\.\d+)?(?::\d+(?:\.\d+)?)+(?:\s?v/v)?{_END}",
    rf"(?:under\s+|in\s+)?(?:an?\s+|the\s+)?{_choose(*_SURROUNDINGS)}{_END}",
)
_LEADING = re.compile(rf"{_SAID}\s*(?:of\s+)?", re.IGNORECASE)
_TRAILING = re.compile(rf"\s{_SAID}$", re.IGNORECASE)
_ONLY = re.compile(rf"(?:(?:{_SAID}|to|for|at|and){_END}[\s,;]*+)++", re.IGNORECASE)
_VAGUE = re.compile(
    r"H(?:3O)?\+|OH-|HO-|(?:acid|base)(?:ic)?(?: catal(?:yst|ysis|ytic))?|electrolysis|solvent[- ]free|steps?|\d{1,2}",
    re.IGNORECASE,
)
"""What tells nothing that could be drawn, where it stands alone."""

_CATALYTIC = re.compile(rf"(?:cat(?:\.|alytic|alyst)?|{_NUMBER}\s?mol\s?-?%)", re.IGNORECASE)


def is_condition(text: str) -> bool:
    """Whether a text names no molecule, only amounts and conditions.

    >>> is_condition("80 °C, 12 h"), is_condition("2 M NaOH")
    (True, False)
    """
    bare = " ".join(text.split())
    return _ONLY.fullmatch(bare) is not None or _VAGUE.fullmatch(bare.rstrip(".")) is not None


def strip_conditions(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text without the amounts and conditions at its ends, and these.

    >>> strip_conditions("2 M NaOH aq.")
    ('NaOH', ('2 M', 'aq.'))
    """
    bare = " ".join(text.split())
    taken: list[str] = []
    while (match := _LEADING.match(bare)) is not None and match.end() < len(bare):
        taken.append(match.group().removesuffix(" of ").strip())
        bare = bare[match.end() :]
    while (match := _TRAILING.search(bare)) is not None:
        taken.append(match.group().strip())
        bare = bare[: match.start()]
    return bare, tuple(taken)


def is_catalytic(amount: str) -> bool:
    """Whether an amount says that what it belongs to is a catalyst.

    >>> is_catalytic("5 mol%"), is_catalytic("cat."), is_catalytic("2 eq.")
    (True, True, False)
    """
    return _CATALYTIC.fullmatch(amount.strip()) is not None

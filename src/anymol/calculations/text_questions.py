"""Which questions ask for what their text alone decides: an equation, amounts, a pH, an element, a mass, a notation."""

from __future__ import annotations

import re
from typing import Final

from anymol.calculations.amount_questions import choose_amount_calculation
from anymol.calculations.balancing import find_equation
from anymol.calculations.element_facts import asks_about_element
from anymol.calculations.mass_formulas import asks_for_formulas
from anymol.calculations.reaction_facts import choose_reaction_calculation
from anymol.calculations.validity import asks_for_validity

_BALANCE: Final = re.compile(r"\bbalanc\w+\b|\bcoefficients\b", re.IGNORECASE)
_ION: Final = (
    r"(?:\[(?:H|OH|H3O)\^?[+-]?\]|"
    r"\b(?:hydrogen ion|hydronium|oxonium|proton|hydroxide)(?: ion)? concentration\b|\bpOH\b)"
)
_PH: Final = re.compile(
    "|".join(
        (
            r"\bp(?:H|OH)\b.*(?:\d\s*[mµun]?(?:M|mol|g)\b|\d\s*mL\b)",
            r"\bpH of (?:pure |distilled |neutral |deioni[sz]ed )*(?:water|H2O)\b",
            rf"{_ION}.*\bpH\b.*\d",
            r"\bpH\b.*\bpOH\b.*\d",
        )
    ),
    re.IGNORECASE,
)


_ASKS_ION: Final = re.compile(rf"{_ION}|\bpH\b.*\bpOH\b", re.IGNORECASE)
_GIVEN_PH: Final = re.compile(r"\bpH \d", re.IGNORECASE)
"""'50 mM Tris pH 8.0': the pH of what is made, which is not asked for."""
_SIMILAR: Final = re.compile(r"\b(?:similar to|nearest|closest)\b", re.IGNORECASE)
"""'Find 10 molecules similar to aspirin' asks for no amount of it."""


def choose_text_calculation(question: str) -> str | None:
    """Return the calculation that takes a question as it stands; None where it asks for none of them.

    >>> choose_text_calculation("What is the atomic number of tungsten?")
    'element'
    >>> choose_text_calculation("pH of 0.1 M acetic acid")
    'ph'
    """
    of_reaction = choose_reaction_calculation(question)
    if of_reaction is not None:
        return of_reaction
    if _BALANCE.search(question) and find_equation(question) is not None:
        return "balancing"
    if _PH.search(question) and (_ASKS_ION.search(question) or not _GIVEN_PH.search(question)):
        return "ph"
    if asks_for_validity(question):
        return "validity"
    if asks_for_formulas(question):
        return "formulas_of_mass"
    if asks_about_element(question):
        return "element"
    return None if _SIMILAR.search(question) else choose_amount_calculation(question)

"""Which questions ask for what their text alone decides: an equation, amounts, a gas, a pH, an element, a notation."""

from __future__ import annotations

import re
from typing import Final

from anymol.calculations.absorbance import asks_about_absorbance
from anymol.calculations.acidity import asks_for_ph
from anymol.calculations.amount_questions import choose_amount_calculation
from anymol.calculations.balancing import find_equation
from anymol.calculations.buffers import asks_for_buffer
from anymol.calculations.colligative import asks_about_solution
from anymol.calculations.element_facts import asks_about_element
from anymol.calculations.empirical_formulas import asks_for_empirical_formula
from anymol.calculations.gases import asks_about_gas
from anymol.calculations.mass_formulas import asks_for_formulas
from anymol.calculations.photons import asks_about_light
from anymol.calculations.reaction_facts import choose_reaction_calculation
from anymol.calculations.validity import asks_for_validity

_BALANCE: Final = re.compile(r"\bbalanc\w+\b|\bcoefficients\b", re.IGNORECASE)
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
    if asks_for_buffer(question):
        return "buffer"
    if asks_for_ph(question):
        return "ph"
    if asks_about_solution(question):
        return "colligative"
    if asks_about_absorbance(question):
        return "absorbance"
    if asks_about_light(question):
        return "photon"
    if asks_for_validity(question):
        return "validity"
    if asks_for_formulas(question):
        return "formulas_of_mass"
    if asks_for_empirical_formula(question):
        return "empirical_formula"
    if asks_about_gas(question):
        return "gas"
    if asks_about_element(question):
        return "element"
    return None if _SIMILAR.search(question) else choose_amount_calculation(question)

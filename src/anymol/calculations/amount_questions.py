"""Which questions are about amounts: recognised by quantities with units, not by phrases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from anymol.calculations.commercial_solutions import complete_labels
from anymol.calculations.concentration_units import asks_for_solvent
from anymol.calculations.contained import asks_what_is_in
from anymol.calculations.mixing import asks_to_mix
from anymol.calculations.particles import asks_for_single_mass, asks_of_one, find_counted
from anymol.calculations.quantities import Dimension, Quantity, find_quantities, find_unit
from anymol.errors import UserError

_ASKS: Final = re.compile(
    r"\bhow (?:many|much)\b|\bwhat(?:'s| (?:mass|volume|amount|weight|is|are|would|will))\b|\bweigh\w*\b|\bcalculate\b|"
    r"\bnumber of\b|\bconvert\b|\bfind\b|\bdetermine\b|\blimiting\b|\byield\b|\bmolarity\b|\bconcentration\b|"
    r"\bequiv|\b(?:mass|volume) of\b|\bvolume\s*\?|,\s*(?:in )?(?:mg|g|mmol|mol|mL)\s*\?|"
    r"\b(?:moles?|[mµu]?mol|grams?|milligrams?|mg) (?:of|in)\b|\bmolecules in\b|\bmol ?%|\bdilut|"
    r"\bprepare\b|\bmake\b|\bstock\b|\bin (?:mg|g|mmol|mol|mL)\b|"
    r"\bto (?:mM|M|g/L|mg/mL|ppm|%|grams|moles|mmol)(?!\w)",
    re.IGNORECASE,
)
_COUNTS: Final = re.compile(
    r"\bhow many (?:(?:milli|micro)?moles?|[mµu]?mols?|molecules|atoms|equiv\w*)\b|\bnumber of moles\b|"
    r"\bmoles (?:are|of|in)\b|\b(?:amount|number) in (?:milli|micro)?moles?\b|\bin (?:moles?|[mµu]?mol)\b",
    re.IGNORECASE,
)
_ABOUT_SOLUTIONS: Final = re.compile(r"\bmolarity\b|\bconvert\b|\bconcentration\b|\bdilut", re.IGNORECASE)
_COUNTED: Final = (Dimension.MASS, Dimension.AMOUNT, Dimension.PARTICLES)
_STRENGTHS: Final = (Dimension.MOLARITY, Dimension.RATIO, Dimension.PERCENT)


def choose_amount_calculation(question: str) -> str | None:
    """Return the calculation about amounts that a question asks for; None where it asks for none.

    >>> choose_amount_calculation("How many mmol are 500 mg of aspirin?")
    'stoichiometry'
    >>> choose_amount_calculation("How much 12 M HCl for 500 mL of 1 M?")
    'dilution'
    """
    try:
        quantities = find_quantities(question)
        if asks_to_mix(quantities, question):
            return "dilution"
        if quantities or _ABOUT_SOLUTIONS.search(question):
            # 'Concentrated HCl' is an amount where amounts are asked, and elsewhere a reagent.
            question = complete_labels(question).text
            quantities = find_quantities(question)
    except UserError:
        # A unit in a wrong spelling: the calculation itself says so, where amounts are asked at all.
        return "stoichiometry" if _COUNTS.search(question) else None
    if not quantities and (asks_of_one(question) or asks_for_single_mass(question)):
        return "stoichiometry"
    if not quantities or not (_ASKS.search(question) or _names_unit(question)):
        return None
    return _choose_by_quantities(quantities, question)


def _names_unit(question: str) -> bool:
    """Whether a concentration is wanted in a unit: '50 ug/mL imatinib in uM'."""
    return any(find_unit(question, kind) is not None for kind in (*_STRENGTHS, Dimension.DENSITY))


def _choose_by_quantities(quantities: Sequence[Quantity], question: str) -> str | None:
    kinds = [one.dimension for one in quantities]
    strengths = [one for one in quantities if _is_strength(one, question)]
    volumes = kinds.count(Dimension.VOLUME)
    counted = any(kind in _COUNTED for kind in kinds)
    if Dimension.EQUIVALENTS in kinds or Dimension.MOL_PERCENT in kinds:
        return "stoichiometry" if counted or volumes else None
    of_density = Dimension.DENSITY in kinds
    is_portion = len(strengths) == volumes == 1 and _asks_of_portion(strengths[0], question, of_density=of_density)
    if strengths and not counted and not is_portion:
        is_asked = volumes or len(strengths) > 1 or _ABOUT_SOLUTIONS.search(question) or _names_unit(question)
        return "dilution" if is_asked else None
    if strengths and not volumes and asks_for_solvent(question):
        return "dilution"
    if volumes and re.search(r"\bdilut", question, re.IGNORECASE):
        return "dilution"
    return "stoichiometry" if counted or volumes else None


def _asks_of_portion(strength: Quantity, question: str, *, of_density: bool) -> bool:
    """Whether '10 mL of 2 M HCl' is an amount: where moles or particles are asked for, or what is in it."""
    if _COUNTS.search(question) or find_counted(question) is not None:
        return True
    is_counted = strength.dimension is Dimension.MOLARITY or (strength.dimension is Dimension.PERCENT and of_density)
    return is_counted and asks_what_is_in(question)


def _is_strength(quantity: Quantity, question: str) -> bool:
    """Whether a quantity is a concentration; a mass per volume may be a density."""
    if quantity.dimension is Dimension.DENSITY:
        return quantity.value < 500.0 and "densit" not in question.lower()
    return quantity.dimension in _STRENGTHS

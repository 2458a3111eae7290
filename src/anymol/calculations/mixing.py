"""Two solutions of one solute: how strong their mixture is, and how much of each makes one of a given strength."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from anymol.calculations.amounts import SOLVENTS, read_after
from anymol.calculations.calculation import Inquiry, Part, Result, make_number
from anymol.calculations.commercial_solutions import require_percentages
from anymol.calculations.quantities import Dimension, Quantity, find_unit, scale, write, write_digits
from anymol.calculations.solution_volumes import is_linked
from anymol.errors import InvalidTaskInputError

_STRENGTHS: Final = (Dimension.MOLARITY, Dimension.PERCENT, Dimension.RATIO)
_SIZES: Final = (Dimension.MASS, Dimension.VOLUME)
_MIXES: Final = re.compile(r"\b(?:mix\w*|add\w*|combin\w*|blend\w*|pour\w*|plus|and|with)\b", re.IGNORECASE)
_ADDS_UP: Final = "volumes are taken to add up"
_HINT: Final = "for example: Mix 100 mL of 2 M NaCl with 300 mL of 0.5 M NaCl: what is the final concentration?"


def asks_to_mix(quantities: Sequence[Quantity], question: str) -> bool:
    """Whether a question is about solutions of two strengths that are mixed.

    Args:
        quantities: The amounts of the question.
        question: The question.
    """
    strengths = [one for one in quantities if one.dimension in _STRENGTHS]
    sizes = [one for one in quantities if one.dimension in _SIZES]
    if len({one.dimension for one in strengths}) != 1 or len(strengths) + len(sizes) != len(quantities):
        return False
    if len(strengths) == len(sizes):
        return len(strengths) > 1 and _MIXES.search(question) is not None
    return len(strengths) == 3 and len(sizes) < 2


def find_mixed(quantities: Sequence[Quantity], densities: Sequence[Quantity], asked: Inquiry) -> Result | None:
    """Return the strength of a mixture, or what it is made of; None where a question asks for neither.

    Args:
        quantities: The amounts of the question.
        densities: Those of them that are densities; each stands behind the percentage by weight that it is of.
        asked: The question.

    Raises:
        InvalidTaskInputError: Two solutes are named, or it is not clear which amount is of which solution.
    """
    told = [one for one in quantities if one not in densities]
    if not asks_to_mix(told, asked.text):
        return None
    strengths = [one for one in told if one.dimension in _STRENGTHS]
    sizes = [one for one in told if one.dimension in _SIZES]
    _require_one_solute(strengths, asked)
    require_percentages([one for one in strengths if one.dimension is Dimension.PERCENT], asked.text)
    if len({one.dimension for one in sizes}) > 1:
        raise InvalidTaskInputError("masses and volumes are told", value=asked.text, hint="tell all in one kind")
    solutions = _read_solutions(strengths, densities, sizes, asked.text)
    if len(strengths) == len(sizes):
        return _find_strength([_give(one, sizes, asked.text) for one in solutions], asked.text)
    return _find_parts(solutions, sizes, asked.text)


@dataclass(frozen=True)
class _Solution:
    """A solution of the solute.

    Attributes:
        strength: How strong it is.
        weight: What a volume of it counts: its density, g/L, where the percentage is by weight; else 1.
        size: How much of it there is, in g or L; None where that is open.
        given: That amount as it is told.
    """

    strength: Quantity
    weight: float = 1.0
    size: float | None = None
    given: Quantity | None = None

    @property
    def portion(self) -> float:
        """How much of it there is, as it counts."""
        assert self.size is not None
        return self.size * self.weight


def _require_one_solute(strengths: Sequence[Quantity], asked: Inquiry) -> None:
    found = [read_after(asked.text[one.end :], asked.subjects) for one in strengths]
    named = {
        frozenset(one.counts.items()): one.name for one in found if one is not None and one.name.lower() not in SOLVENTS
    }
    if len(named) > 1:
        raise InvalidTaskInputError(
            f"{' and '.join(named.values())} are two solutes",
            value=asked.text,
            hint="what is mixed here is two solutions of one; ask how far each of two is diluted by itself",
        )


def _read_solutions(
    strengths: Sequence[Quantity], densities: Sequence[Quantity], sizes: Sequence[Quantity], text: str
) -> list[_Solution]:
    """Return the solutions; of percentages by weight volumes count by their densities.

    Raises:
        InvalidTaskInputError: Volumes are told of percentages by weight, and not every density is.
    """
    by_volume = any(one.dimension is Dimension.VOLUME for one in sizes)
    if not by_volume or not (densities or any(one.kind == "w/w" for one in strengths)):
        return [_Solution(one) for one in strengths]
    in_order = sorted([*strengths, *densities], key=lambda one: one.start)
    if in_order[::2] != list(strengths) or len(densities) != len(strengths):
        raise InvalidTaskInputError(
            "volumes of percent by weight are not added without the density of each solution",
            value=text,
            hint="give masses, or write each density behind its percentage",
        )
    return [_Solution(one, density.value) for one, density in zip(strengths, in_order[1::2], strict=True)]


def _give(solution: _Solution, sizes: Sequence[Quantity], text: str) -> _Solution:
    """Return a solution with the amount that is told of it.

    Raises:
        InvalidTaskInputError: None is told right beside it.
    """
    own = [one for one in sizes if is_linked(one, solution.strength, text) and one.start < solution.strength.start]
    own = own or [one for one in sizes if is_linked(one, solution.strength, text)]
    if not own:
        raise InvalidTaskInputError(
            f"it is not said how much of {solution.strength.written} there is", value=text, hint=_HINT
        )
    nearest = min(own, key=lambda one: abs(one.start - solution.strength.start))
    return _Solution(solution.strength, solution.weight, nearest.value, nearest)


def _find_strength(solutions: Sequence[_Solution], text: str) -> Result:
    """Return how strong a mixture is: the mean of its parts."""
    given = [one.given for one in solutions if one.given is not None]
    if len(set(given)) < len(solutions):
        raise InvalidTaskInputError("it is not clear which amount is of which solution", value=text, hint=_HINT)
    whole = sum(one.portion for one in solutions)
    value = sum(one.portion * one.strength.value for one in solutions) / whole
    first = solutions[0].strength
    unit = first.unit if first.dimension in (Dimension.PERCENT, Dimension.RATIO) else find_unit(text, first.dimension)
    digits, unit = scale(value, first.dimension, unit)
    by_volume = given[0].dimension is Dimension.VOLUME
    total = write(sum(one.value for one in given), given[0].dimension)
    listed = " and ".join(f"{one.given.written} of {one.strength.written}" for one in solutions if one.given)
    about = "about " if by_volume else ""
    statement = f"{listed} make {about}{total} of {digits} {unit}."
    return make_number(digits, unit, statement, _note(solutions, by_volume=by_volume))


def _note(solutions: Sequence[_Solution], *, by_volume: bool) -> tuple[str, ...]:
    percents = [one.strength for one in solutions if one.strength.dimension is Dimension.PERCENT]
    is_weighed = any(one.weight != 1.0 for one in solutions)
    notes: tuple[str, ...] = (_ADDS_UP,) if by_volume and not is_weighed else ()
    if percents and not any(one.kind for one in percents) and not is_weighed:
        notes += ("% is taken as w/v or v/v" if by_volume else "% is taken by weight",)
    return notes


def _find_parts(solutions: Sequence[_Solution], sizes: Sequence[Quantity], text: str) -> Result:
    """Return how much of a weaker and of a stronger solution makes one between: the rule of mixtures.

    Raises:
        InvalidTaskInputError: None lies between the others, or it is not clear of which one the amount is.
    """
    low, target, high = sorted(solutions, key=lambda one: one.strength.value)
    if not low.strength.value < target.strength.value < high.strength.value:
        raise InvalidTaskInputError(
            "two of the three strengths are the same", value=text, hint="what is made lies between the other two"
        )
    share = (target.strength.value - low.strength.value) / (high.strength.value - low.strength.value)
    if not sizes:
        parts = [_write_part(part) for part in (1.0 - share, share)]
        statement = (
            f"Mix {parts[0]} parts of {low.strength.written} with {parts[1]} parts of {high.strength.written} "
            f"for {target.strength.written}."
        )
        ratio = f"{parts[0]} : {parts[1]}"
        return Result(ratio, ratio, statement, notes=_note(solutions, by_volume=low.weight == 1.0))
    (size,) = sizes
    shares = {low.strength: 1.0 - share, high.strength: share, target.strength: 1.0}
    owner = _find_owner(size, (low, target, high), text)
    whole = size.value * owner.weight / shares[owner.strength]
    made = [(one, whole * shares[one.strength] / one.weight) for one in (low, high, target)]
    told = [scale(amount, size.dimension, find_unit(text, size.dimension)) for _, amount in made]
    statement = (
        f"Mix {' '.join(told[0])} of {low.strength.written} with {' '.join(told[1])} of {high.strength.written} "
        f"for {' '.join(told[2])} of {target.strength.written}."
    )
    lines = tuple(
        Part(one.strength.written, float(digits), unit) for (one, _), (digits, unit) in zip(made, told, strict=True)
    )
    by_volume = size.dimension is Dimension.VOLUME
    notes = _note(solutions, by_volume=by_volume)
    if owner is target:
        answer = f"{' '.join(told[0])} and {' '.join(told[1])}"
        return Result(answer, answer, statement, parts=lines, notes=notes)
    return make_number(*told[1 if owner is low else 0], statement, notes, lines)


def _find_owner(size: Quantity, solutions: Sequence[_Solution], text: str) -> _Solution:
    """Return which of three solutions an amount is of: the one that it stands beside."""
    own = [one for one in solutions if is_linked(size, one.strength, text) and size.start < one.strength.start]
    own = own or [one for one in solutions if is_linked(size, one.strength, text)]
    nearest = sorted(own, key=lambda one: abs(one.strength.start - size.start))
    if nearest:
        return nearest[0]
    raise InvalidTaskInputError(
        f"it is not clear what {size.written} is of",
        value=text,
        hint="write it before its strength, as in 100 mL of 30%",
    )


def _write_part(share: float) -> str:
    return write_digits(100.0 * share, 4)

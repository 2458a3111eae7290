"""Balancing of chemical equations by exact linear algebra."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, product
from math import gcd, lcm
from typing import Final

from rdkit import Chem

from anymol.calculations.calculation import (
    Calculation,
    Example,
    Gives,
    Inquiry,
    Part,
    Program,
    Result,
    Subject,
    Takes,
)
from anymol.calculations.formulas import Species, read_formula
from anymol.calculations.makeup import count_elements, write_mol_formula
from anymol.calculations.substances import find_species
from anymol.chem.parsing import parse_smiles, try_parse_smiles
from anymol.errors import InvalidReactionError, InvalidSmilesError, UserError

_ARROW: Final = re.compile(r"\s*(?:<?[-=\u2013\u2014\u2500]{1,3}>|[\u2192\u27f6\u21cc\u21c4\u21d2])\s*")
_EQUALS: Final = re.compile(r"\s*=\s*")

WRITTEN_REACTION: Final = re.compile(
    r"(?<![^\s(\"'`])[^\s>\"'`(][^\s>\"'`]{0,2000}>[^\s>]{0,2000}>[^\s>\"'`?,;]{1,2000}"
)
"""A reaction SMILES with its product."""


def find_arrow(text: str) -> re.Pattern[str] | None:
    """Return what stands between the two sides of an equation: an arrow, or where there is none an equals sign."""
    return next((pattern for pattern in (_ARROW, _EQUALS) if pattern.search(text)), None)


_COEFFICIENT = re.compile(r"^(?P<number>\d+(?:/\d+)?(?:\.\d+)?)\s*(?P<rest>[^\d\s].*)$")
_MOST_SPECIES: Final = 20
_MOST_READINGS: Final = 64


@dataclass(frozen=True)
class Equation:
    """The two sides of an equation.

    Attributes:
        left: What reacts.
        right: What forms.
    """

    left: tuple[Species, ...]
    right: tuple[Species, ...]

    @property
    def species(self) -> tuple[Species, ...]:
        """All species, the left side first."""
        return (*self.left, *self.right)


@dataclass(frozen=True)
class Balance:
    """How an equation balances.

    Attributes:
        equation: The equation.
        basis: Independent solutions, whole numbers without a common divisor; one where the equation has one balance.
        coefficients: Positive whole numbers, one per species: the only balance, or the smallest that was found.
    """

    equation: Equation
    basis: tuple[tuple[int, ...], ...]
    coefficients: tuple[int, ...]


def find_equation(text: str) -> str | None:
    """Return the equation that stands in a text; None where there is none.

    A reaction SMILES is one of its molecules' formulas; what stands over its arrow is left out.

    >>> find_equation("Balance CC=O.[H][H]>[Pd]>CCO")
    'C2H4O + H2 -> C2H6O'
    """
    if (smiles := WRITTEN_REACTION.search(text)) is not None:
        return _write_formulas(smiles.group().rstrip(".:"))
    if find_arrow(text) is None:
        return None
    candidate = re.sub(
        r"^.*?\b(?:balance(?:d)?|equation|reaction|balancing)\b[^:\n]*?:\s*", "", text.strip(), flags=re.I
    )
    candidate = re.sub(r"^.*?\bcoefficients?\b[^+>=]*?\s(?:for|in|of|balance)\s+", "", candidate, flags=re.I)
    candidate = re.sub(
        r"^\s*(?:please\s+)?(?:can you\s+)?(?:balance|balancing|is)?\s*(?:(?:the|this)\s+)?(?:following\s+)?"
        r"(?:chemical\s+|redox\s+|ionic\s+)?(?:equation|reaction)?\s*(?:of|for|is|:)?\s*(?:balanced\s*:?)?\s*",
        "",
        candidate,
        flags=re.I,
    )
    candidate = re.sub(
        r"(?:\s+(?:is )?balanced|,? (?:for me|please|thanks))+\s*\??$",
        "",
        candidate.split("\n")[0].strip().rstrip("?.! "),
    )
    return candidate if find_arrow(candidate) else None


def _write_formulas(smiles: str) -> str | None:
    """Return a reaction SMILES as an equation of formulas; None where it is none."""
    before, _, after = smiles.split(">")
    try:
        sides = [[write_mol_formula(parse_smiles(one)) for one in side.split(".")] for side in (before, after)]
    except InvalidSmilesError:
        return None
    return " -> ".join(map(" + ".join, sides))


def parse_equation(text: str) -> Iterator[Equation]:
    """Yield every reading of an equation; several where a digit before a sign may be subscript or charge.

    Raises:
        InvalidReactionError: It has not two sides, or a species is not a formula.
    """
    sides = split_sides(text)
    read = (
        _read_written
        if all(map(_is_smiles, chain(*sides))) and any(map(_only_smiles, chain(*sides)))
        else _read_species
    )
    pieces = [[read(piece) for piece in side] for side in sides]
    if sum(map(len, pieces)) > _MOST_SPECIES:
        raise InvalidReactionError(f"at most {_MOST_SPECIES} species are balanced", value=text)
    n_left = len(pieces[0])
    for number, reading in enumerate(product(*pieces[0], *pieces[1])):
        if number >= _MOST_READINGS:
            return
        yield Equation(tuple(reading[:n_left]), tuple(reading[n_left:]))


def split_sides(text: str) -> tuple[list[str], list[str]]:
    """Return the species of both sides as they are written, coefficients among them.

    Raises:
        InvalidReactionError: There are not two sides.
    """
    arrow = find_arrow(text)
    sides = arrow.split(text.strip()) if arrow else []
    if len(sides) != 2 or not all(side.strip() for side in sides):
        raise InvalidReactionError("an equation has two sides", value=text, hint="write it as Fe + O2 -> Fe2O3")
    return _split_side(sides[0]), _split_side(sides[1])


def _split_side(side: str) -> list[str]:
    # 'Fe3+ + Cu': a plus that stands alone joins; one that is glued to what is before it is a charge.
    spaced = re.split(r"\s+\+\s+", side.strip())
    pieces = (
        spaced if len(spaced) > 1 or " " in side.strip() else re.split(r"(?<=[A-Za-z0-9)\]])\+(?=[A-Z(\[\d])", side)
    )
    return [piece for piece in (one.strip() for one in pieces) if piece]


def _is_smiles(piece: str) -> bool:
    match = _COEFFICIENT.match(piece)
    return not isinstance(try_parse_smiles(match["rest"] if match else piece), InvalidSmilesError)


def _only_smiles(piece: str) -> bool:
    """Whether a piece is a SMILES and surely not a formula."""
    return re.search(r"[=#@]|CC|[a-z]1", piece) is not None


def _read_written(piece: str) -> tuple[Species, ...]:
    match = _COEFFICIENT.match(piece)
    smiles = match["rest"].strip() if match else piece
    subject = Subject(smiles)
    return (Species(smiles, count_elements(subject), Chem.GetFormalCharge(subject.mol)),)


def _read_species(piece: str) -> tuple[Species, ...]:
    """Return the readings of one species, its coefficient left out."""
    match = _COEFFICIENT.match(piece)
    bare = match["rest"].strip() if match else piece
    try:
        return read_formula(bare)
    except UserError:
        from_name = find_species(bare)
        if from_name is None:
            raise InvalidReactionError(
                f"'{bare}' is neither a formula nor a known name", value=piece, hint="write formulas, as in Ca(OH)2"
            ) from None
        return (from_name,)


def balance(text: str) -> Balance:
    """Balance an equation, atoms and charge.

    Raises:
        InvalidReactionError: It cannot be balanced, and why.
    """
    failures: list[InvalidReactionError] = []
    for equation in parse_equation(text):
        try:
            return _solve(equation)
        except InvalidReactionError as error:
            failures.append(error)
    raise failures[0]


def _solve(equation: Equation) -> Balance:
    elements = sorted({symbol for species in equation.species for symbol in species.counts})
    signs = [1] * len(equation.left) + [-1] * len(equation.right)
    rows = [
        [Fraction(sign * species.counts[symbol]) for sign, species in zip(signs, equation.species, strict=True)]
        for symbol in elements
    ]
    rows.append([Fraction(sign * species.charge) for sign, species in zip(signs, equation.species, strict=True)])
    _require_both_sides(equation, elements)
    basis = _find_nullspace(rows, len(equation.species))
    if not basis:
        raise InvalidReactionError(
            "this equation cannot be balanced: no numbers make atoms and charge equal on both sides",
            value=_write_bare(equation),
            hint="check the formulas; a reactant or product may be missing",
        )
    if len(basis) == 1:
        (only,) = basis
        if min(only) <= 0:
            only = tuple(-one for one in only) if max(only) <= 0 else only
        if min(only) > 0:
            return Balance(equation, (only,), only)
        idle = [species.text for species, one in zip(equation.species, only, strict=True) if one == 0]
        why = (
            f"{', '.join(idle)} would take no part"
            if idle and min(only) >= 0
            else "some species would have to stand on the other side"
        )
        raise InvalidReactionError(
            f"this equation cannot be balanced with positive numbers: {why}",
            value=_write_bare(equation),
            hint="check the formulas; a reactant or product may be missing",
        )
    smallest = _find_positive(basis)
    if smallest is None:
        raise InvalidReactionError(
            "no balance with positive numbers was found",
            value=_write_bare(equation),
            hint="check the formulas; a reactant or product may be missing",
        )
    return Balance(equation, basis, smallest)


def _require_both_sides(equation: Equation, elements: Sequence[str]) -> None:
    for symbol in elements:
        left = any(species.counts[symbol] for species in equation.left)
        right = any(species.counts[symbol] for species in equation.right)
        if left != right:
            raise InvalidReactionError(
                f"this equation cannot be balanced: {symbol} stands on one side only",
                value=_write_bare(equation),
                hint="a reactant or product is missing",
            )


def _find_nullspace(rows: list[list[Fraction]], width: int) -> tuple[tuple[int, ...], ...]:
    """Return independent whole-number solutions of ``rows @ x = 0``."""
    reduced = [list(row) for row in rows]
    pivots: list[int] = []
    for column in range(width):
        rank = len(pivots)
        pivot = next((index for index in range(rank, len(reduced)) if reduced[index][column]), None)
        if pivot is None:
            continue
        reduced[rank], reduced[pivot] = reduced[pivot], reduced[rank]
        leading = reduced[rank][column]
        reduced[rank] = [value / leading for value in reduced[rank]]
        for index, row in enumerate(reduced):
            if index != rank and row[column]:
                factor = row[column]
                reduced[index] = [value - factor * one for value, one in zip(row, reduced[rank], strict=True)]
        pivots.append(column)
    basis = []
    for free in (column for column in range(width) if column not in pivots):
        solution = [Fraction(0)] * width
        solution[free] = Fraction(1)
        for rank, column in enumerate(pivots):
            solution[column] = -reduced[rank][free]
        basis.append(_make_whole(solution))
    return tuple(basis)


def _make_whole(solution: Sequence[Fraction]) -> tuple[int, ...]:
    scale = lcm(*(value.denominator for value in solution))
    whole = [int(value * scale) for value in solution]
    divisor = gcd(*whole)
    return tuple(value // divisor for value in whole)


def _find_positive(basis: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
    """Return the smallest positive combination of solutions with weights of -6 to 6; None where there is none."""
    best: tuple[int, ...] | None = None
    if len(basis) > 4:
        return None
    for weights in product(range(-6, 7), repeat=len(basis)):
        total = [sum(w * one[place] for w, one in zip(weights, basis, strict=True)) for place in range(len(basis[0]))]
        if min(total) > 0:
            divisor = gcd(*total)
            found = tuple(value // divisor for value in total)
            if best is None or (sum(found), found) < (sum(best), best):
                best = found
    return best


def write_equation(equation: Equation, coefficients: Sequence[int]) -> str:
    """Return an equation with its coefficients; ones are left out."""
    pieces = [
        f"{f'{number} ' if number != 1 else ''}{species.text}"
        for number, species in zip(coefficients, equation.species, strict=True)
    ]
    n_left = len(equation.left)
    return f"{' + '.join(pieces[:n_left])} -> {' + '.join(pieces[n_left:])}"


def _write_bare(equation: Equation) -> str:
    return write_equation(equation, [1] * len(equation.species))


def _balancing(asked: Inquiry) -> Result:
    written = find_equation(asked.text)
    if written is None:
        raise InvalidReactionError(
            "there is no equation to balance", value=asked.text, hint="write it as Fe + O2 -> Fe2O3"
        )
    if _ASKED_WHETHER.search(asked.text):
        return _judge(written)
    found = balance(written)
    text = write_equation(found.equation, found.coefficients)
    parts = tuple(
        Part(species.text, number) for number, species in zip(found.coefficients, found.equation.species, strict=True)
    )
    if len(found.basis) == 1:
        return Result(text, text, f"Balanced: {text}.", parts=parts)
    others = [write_solution(found.equation, one) for one in found.basis]
    notes = (
        f"atoms and charge alone leave {len(found.basis)} independent balances, so that the proportions are not fixed: "
        f"{'; '.join(others)}",
        "the one with the smallest numbers is shown; which one runs is a matter of chemistry",
    )
    return Result(text, text, f"Balanced, as one of several ways: {text}.", parts=parts, notes=notes)


_ASKED_WHETHER: Final = re.compile(r"^\s*is\b.*\bbalanced\b", re.IGNORECASE)


def read_coefficients(text: str) -> list[Fraction]:
    """Return the coefficients that an equation is written with, 1 where none is written."""
    matches = [_COEFFICIENT.match(piece) for piece in chain(*split_sides(text))]
    return [Fraction(match["number"]) if match else Fraction(1) for match in matches]


def _judge(written: str) -> Result:
    """Say whether an equation is balanced as it is written, and how it would be where it can."""
    try:
        found = balance(written)
        equation, instead = found.equation, f"balanced: {write_equation(found.equation, found.coefficients)}"
    except InvalidReactionError as error:
        equation, instead = next(parse_equation(written)), error.message
    given = read_coefficients(written)
    signs = [1] * len(equation.left) + [-1] * len(equation.right)
    sums: dict[str, Fraction] = {}
    for number, sign, species in zip(given, signs, equation.species, strict=True):
        for symbol, count in (*species.counts.items(), ("charge", species.charge)):
            sums[symbol] = sums.get(symbol, Fraction(0)) + number * sign * count
    uneven = sorted(symbol for symbol, total in sums.items() if total)
    if not uneven:
        return Result("yes", "yes", f"Yes, {written} is balanced.")
    return Result("no", "no", f"No: {', '.join(uneven)} {'is' if len(uneven) == 1 else 'are'} uneven; {instead}.")


def write_solution(equation: Equation, numbers: Sequence[int]) -> str:
    """Return one independent solution, species of negative numbers on the other side."""
    left: list[str] = []
    right: list[str] = []
    for place, (number, species) in enumerate(zip(numbers, equation.species, strict=True)):
        if number:
            side = left if (place < len(equation.left)) == (number > 0) else right
            side.append(f"{f'{abs(number)} ' if abs(number) != 1 else ''}{species.text}")
    return f"{' + '.join(left)} -> {' + '.join(right)}"


BALANCING: Final = Calculation(
    name="balancing",
    title="balanced equation",
    words=("balance", "balanced equation", "balancing", "balance the equation", "balance the reaction",
           "stoichiometric coefficient",
           "balance the following equation", "balance this equation", "balanced", "coefficient"),
    takes=Takes.TEXT,
    gives=Gives.TEXT,
    method="exact null space of the matrix of atoms and charge",
    compute=_balancing,
    exact=True,
    program=Program.ANYMOL,
    example=Example("Balance Fe + O2 -> Fe2O3", (), "4 Fe + 3 O2 -> 2 Fe2O3"),
)  # fmt: skip

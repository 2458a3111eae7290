"""Reactions in line notation: who reacts, what helps, what comes out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from rdkit import Chem

from anymol.chem.cxsmiles import ExtendedSmiles, parse_extended, split_extended
from anymol.chem.diagnosis import MAX_LENGTH
from anymol.chem.parsing import has_odd_dative_bond, try_parse_smiles, write_canonical
from anymol.errors import InvalidReactionError, InvalidSmilesError, UserError, shorten

_ARROW = re.compile(r"(?<!-)>")
"""A ``>`` between parts; that of a dative bond ``->`` is none."""

_PART_NAMES = ("reactants", "reagents", "products")


@dataclass(frozen=True)
class Reaction:
    """A reaction as molecules with roles; any part may be empty.

    Attributes:
        reactants: Canonical SMILES of the molecules whose heavy atoms enter the products.
        reagents: Canonical SMILES of the other inputs: catalysts, bases, solvents.
        products: Canonical SMILES of what is made.
        is_mixture: Whether the roles of `reactants` are open: one dot-joined mixture without ``>``, or words, which
            tell at most some reagents.
        notes: What an extension says that the molecules do not, in sentences.
    """

    reactants: tuple[str, ...]
    reagents: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    is_mixture: bool = False
    notes: tuple[str, ...] = ()

    @property
    def smiles(self) -> str:
        """Canonical reaction SMILES ``reactants>reagents>products``; molecules sorted within each part."""
        return ">".join(map(join_molecules, (self.reactants, self.reagents, self.products)))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Reactants and reagents together."""
        return self.reactants + self.reagents


def join_molecules(part: Iterable[str]) -> str:
    """Return the molecules of one part of a reaction as one SMILES, its fragments sorted; empty of none."""
    return ".".join(sorted(fragment for molecule in part for fragment in molecule.split(".")))


def find_largest(molecules: str) -> str:
    """Return the molecule of a dot-joined SMILES that is written longest, the first of equal ones."""
    return max(molecules.split("."), key=len)


def is_reaction(text: str) -> bool:
    """Whether a notation is a reaction's and not a molecule's: it holds an arrow that is not a dative bond's.

    >>> is_reaction("CCO>>CC=O"), is_reaction("N->[Fe]")
    (True, False)
    """
    return _ARROW.search(text) is not None


def parse_reaction(text: str) -> Reaction:
    """Parse ``reactants>reagents>products``, any part empty, or one dot-joined mixture without ``>``.

    Atom maps are removed. Where they are present on both sides and no reagents are written, inputs without a mapped
    atom in the products move to the reagents. Ions written apart stay apart, as molecules of their own, unless an
    extension says that they belong together (``a.b>>c |f:0.1|``). A single ``>`` (``a.b>c``) is read as ``a.b>>c``.

    Raises:
        InvalidReactionError: The form is wrong, or one molecule is; the message names the part and the molecule.

    >>> parse_reaction("CCO.CC(=O)O>>CCOC(C)=O").products
    ('CCOC(C)=O',)
    """
    stripped = text.strip()
    if not stripped:
        raise InvalidReactionError("the reaction is empty", hint="write reactants>reagents>products")
    if len(stripped) > MAX_LENGTH:
        raise InvalidReactionError(
            f"the reaction has {len(stripped):,} characters", value=text, hint=f"at most {MAX_LENGTH:,} are read"
        )
    extended = split_extended(stripped)
    parts = _ARROW.split(extended.smiles if extended else stripped)
    if len(parts) == 2:
        parts = [parts[0], "", parts[1]]
    if len(parts) not in (1, 3):
        raise InvalidReactionError(
            f"a reaction has two '>', this text has {len(parts) - 1}",
            value=text,
            hint="write reactants>reagents>products; any part may be empty, as in a.b>>c",
        )
    names = ("mixture",) if len(parts) == 1 else _PART_NAMES
    parsed = [_parse_part(part, name, text) for part, name in zip(parts, names, strict=True)]
    notes: tuple[str, ...] = ()
    if extended is not None:
        parsed, notes = _apply_extension(extended, parts, parsed, text)
    if len(parsed) == 1:
        if any(map(has_odd_dative_bond, parsed[0])):
            raise InvalidReactionError(
                "'->' is a dative bond in SMILES, and no arrow", value=text, hint="write reactants>>products"
            )
        return Reaction(_write(parsed[0]), is_mixture=True, notes=notes)
    reactants, reagents, products = parsed
    if not (reactants or reagents or products):
        raise InvalidReactionError(
            "the reaction has no molecules", value=text, hint="write reactants>reagents>products"
        )
    if not reagents:
        reactants, reagents = _separate_by_maps(reactants, products)
    return Reaction(_write(reactants), _write(reagents), _write(products), notes=notes)


def _apply_extension(
    extended: ExtendedSmiles, parts: Sequence[str], parsed: Sequence[list[Chem.Mol]], text: str
) -> tuple[list[list[Chem.Mol]], tuple[str, ...]]:
    """Return the molecules of the parts with what an extension says of them, those that it groups as one.

    Its atoms, bonds and groups are counted through all parts, so that they are read together.

    Raises:
        InvalidReactionError: It cannot be read, or groups what is not there.
    """
    together = ".".join(part for part in parts if part.strip())
    try:
        mol, notes = parse_extended(replace(extended, smiles=together))
    except UserError as error:
        raise InvalidReactionError(error.message, value=text, hint=error.hint) from None
    molecules = list(Chem.GetMolFrags(mol, asMols=True))
    if len(molecules) != sum(map(len, parsed)):
        raise InvalidReactionError("the extension joins molecules of the reaction", value=text, hint="leave it out")
    sides = [side for side, part in enumerate(parsed) for _ in part]
    for group in extended.groups:
        if max(group) >= len(molecules) or len({sides[number] for number in group}) > 1:
            raise InvalidReactionError(
                f"the extension groups molecules {', '.join(map(str, group))}, which do not stand together",
                value=text,
                hint="they are counted from 0 through the whole reaction",
            )
    merged = {number: group for group in extended.groups for number in group}
    placed: list[list[Chem.Mol]] = []
    number = 0
    for part in parsed:
        kept: list[Chem.Mol] = []
        for _ in part:
            group = merged.get(number, (number,))
            if number == group[0]:
                kept.append(reduce(Chem.CombineMols, [molecules[one] for one in group]))
            number += 1
        placed.append(kept)
    return placed, notes


def canonicalize_reaction(text: str) -> str:
    """Return the canonical reaction SMILES: maps removed, molecules canonical and sorted within each part.

    Raises:
        InvalidReactionError: As :func:`parse_reaction`.

    >>> canonicalize_reaction("OCC.CC(O)=O>>O(CC)C(C)=O")
    'CC(=O)O.CCO>>CCOC(C)=O'
    """
    return parse_reaction(text).smiles


def _parse_part(part: str, name: str, text: str) -> list[Chem.Mol]:
    """Parse the molecules of one part; an empty part has none."""
    written = part.strip()
    if not written:
        return []
    mol = try_parse_smiles(written)
    if isinstance(mol, InvalidSmilesError):
        wrong, reason = _find_wrong(written, mol)
        raise InvalidReactionError(
            f"in the {name}, '{shorten(wrong)}' is wrong: {reason.message}", value=text, hint=reason.hint
        )
    return list(Chem.GetMolFrags(mol, asMols=True))


def _find_wrong(part: str, reason: InvalidSmilesError) -> tuple[str, InvalidSmilesError]:
    """Return the first molecule of a part that fails by itself and why; the whole part where none does."""
    for piece in part.split("."):
        result = try_parse_smiles(piece)
        if isinstance(result, InvalidSmilesError):
            return piece, result
    return part, reason


def _separate_by_maps(reactants: list[Chem.Mol], products: list[Chem.Mol]) -> tuple[list[Chem.Mol], list[Chem.Mol]]:
    """Move inputs whose maps do not occur in the products to the reagents, where both sides are mapped."""
    made = set().union(*(_maps(mol) for mol in products))
    if not made or not any(_maps(mol) & made for mol in reactants):
        return reactants, []
    return (
        [mol for mol in reactants if _maps(mol) & made],
        [mol for mol in reactants if not _maps(mol) & made],
    )


def _maps(mol: Chem.Mol) -> set[int]:
    return {atom.GetAtomMapNum() for atom in mol.GetAtoms() if atom.GetAtomMapNum()}


def _write(mols: Iterable[Chem.Mol]) -> tuple[str, ...]:
    return tuple(write_canonical(mol) for mol in mols)

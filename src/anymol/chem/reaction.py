"""Reactions in line notation: who reacts, what helps, what comes out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rdkit import Chem

from anymol.chem.diagnosis import MAX_LENGTH
from anymol.chem.parsing import try_parse_smiles, write_canonical
from anymol.errors import InvalidReactionError, InvalidSmilesError, shorten

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
    """

    reactants: tuple[str, ...]
    reagents: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    is_mixture: bool = False

    @property
    def smiles(self) -> str:
        """Canonical reaction SMILES ``reactants>reagents>products``; molecules sorted within each part."""
        return ">".join(".".join(sorted(part)) for part in (self.reactants, self.reagents, self.products))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Reactants and reagents together."""
        return self.reactants + self.reagents


def is_reaction(text: str) -> bool:
    """Whether a notation is a reaction's and not a molecule's: it holds an arrow that is no dative bond's.

    >>> is_reaction("CCO>>CC=O"), is_reaction("N->[Fe]")
    (True, False)
    """
    return _ARROW.search(text) is not None


def parse_reaction(text: str) -> Reaction:
    """Parse ``reactants>reagents>products``, any part empty, or one dot-joined mixture without ``>``.

    Atom maps are removed. Where they are present on both sides and no reagents are written, inputs without a mapped
    atom in the products move to the reagents. Ions written apart stay apart, as molecules of their own. A single ``>``
    (``a.b>c``) is read as ``a.b>>c``.

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
    parts = _ARROW.split(stripped)
    if len(parts) == 2:
        parts = [parts[0], "", parts[1]]
    if len(parts) not in (1, 3):
        raise InvalidReactionError(
            f"a reaction has two '>', this text has {len(parts) - 1}",
            value=text,
            hint="write reactants>reagents>products; any part may be empty, as in a.b>>c",
        )
    if len(parts) == 1:
        return Reaction(_write(_parse_part(parts[0], "mixture", text)), is_mixture=True)
    reactants, reagents, products = (
        _parse_part(part, name, text) for part, name in zip(parts, _PART_NAMES, strict=True)
    )
    if not (reactants or reagents or products):
        raise InvalidReactionError(
            "the reaction has no molecules", value=text, hint="write reactants>reagents>products"
        )
    if not reagents:
        reactants, reagents = _separate_by_maps(reactants, products)
    return Reaction(_write(reactants), _write(reagents), _write(products))


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

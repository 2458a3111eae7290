"""Bonds and lone pairs of the structural formula: single, double, triple; sigma and pi; pairs that bond nothing."""

from __future__ import annotations

import re
from typing import Final

from rdkit import Chem

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Result, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.calculations.counts import count_phrase, name_atom
from anymol.calculations.elements import ELEMENT_WORDS, ELEMENTS, TABLE
from anymol.errors import UserError

_ORDERS: Final = (Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE)
_KINDS: Final = ("single", "double", "triple", "sigma", "pi")
_KIND: Final = re.compile(r"\b(single|double|triple|sigma|pi)\b|[σπ]", re.IGNORECASE)
_GREEK: Final = {"σ": "sigma", "π": "pi"}
_BETWEEN: Final = re.compile(
    rf"\b(?P<first>{ELEMENT_WORDS})\s*(?P<bond>[-\u2013=#])\s*(?P<second>{ELEMENT_WORDS})\b", re.IGNORECASE
)
_BY_SIGN: Final = {"=": "double", "#": "triple"}


def _write_kekule(asked: Inquiry) -> Chem.Mol:
    """Return the molecule with every hydrogen written and double bonds in their places.

    Raises:
        UserError: A bond is neither single, double nor triple, or it is a mixture.
    """
    mol = Chem.AddHs(complete(asked.subjects[0]))
    Chem.Kekulize(mol, clearAromaticFlags=True)
    parts = Chem.GetMolFrags(mol, asMols=True)
    apart = len(parts) > 1 and any(Chem.GetFormalCharge(part) == 0 for part in parts)
    metals = len(parts) > 1 and any(not _is_main_group(atom.GetAtomicNum()) for atom in mol.GetAtoms())
    if apart or metals or any(bond.GetBondType() not in _ORDERS for bond in mol.GetBonds()):
        raise UserError(
            f"{asked.shown} has bonds that are neither single, double nor triple, or is drawn in pieces",
            value=asked.subjects[0].smiles,
            hint="bonds of complexes and of mixtures are not counted",
        )
    return mol


def _bond_counts(asked: Inquiry) -> Result:
    mol = _write_kekule(asked)
    drawn = _BETWEEN.search(asked.words)
    ends = () if drawn is None else drawn.group("first", "second")
    named = [ELEMENTS.get(one.lower(), one.capitalize()) for one in ends]
    pair = set(named) or None
    orders = [
        int(bond.GetBondTypeAsDouble())
        for bond in mol.GetBonds()
        if pair is None or {bond.GetBeginAtom().GetSymbol(), bond.GetEndAtom().GetSymbol()} == pair
    ]
    counts = {
        "single": orders.count(1),
        "double": orders.count(2),
        "triple": orders.count(3),
        "sigma": len(orders),
        "pi": sum(order - 1 for order in orders),
    }
    asked_for = list(
        dict.fromkeys(_GREEK.get(match.group(), match.group().lower()) for match in _KIND.finditer(asked.words))
    )
    between = "" if pair is None else f"{'-'.join(named)} "
    if not asked_for and pair is not None and "H" in pair:
        asked_for = ["single"]
    elif not asked_for and drawn is not None and drawn["bond"] in _BY_SIGN:
        asked_for = [_BY_SIGN[drawn["bond"]]]
    kinds = asked_for or _KINDS
    said = ", ".join(count_phrase(counts[kind], f"{kind} {between}bond") for kind in kinds)
    notes: tuple[str, ...] = ()
    if {"single", "sigma"} & set(kinds) and pair is None:
        notes += ("bonds to hydrogen count as single and sigma ones",)
    if any(bond.GetIsAromatic() for bond in asked.mol.GetBonds()):
        notes += ("an aromatic ring is counted as it is drawn, with alternating double bonds",)
    parts = tuple(Part(f"{kind} bonds", counts[kind]) for kind in kinds)
    if len(kinds) == 1:
        value = counts[kinds[0]]
        return Result(value, str(value), f"{asked.shown} has {said}.", parts=parts, notes=notes, gives=Gives.NUMBER)
    return Result(said, said, f"{asked.shown} has {said}.", parts=parts, notes=notes)


BOND_COUNTS: Final = Calculation(
    name="bond_counts",
    title="numbers of bonds",
    words=("double bond count", "number of double bonds", "single bonds", "triple bonds", "sigma bond", "pi bond"),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="bonds of the Kekulé structure, hydrogens written; a double bond is a sigma and a pi bond",
    compute=_bond_counts,
    exact=True,
    example=Example("How many sigma bonds does ethylene have?", ("C=C",), "5"),
)


def _lone_pairs(asked: Inquiry) -> Result:
    mol = _write_kekule(asked)
    parts = []
    for atom in mol.GetAtoms():
        number = atom.GetAtomicNum()
        if not _is_main_group(number):
            raise UserError(
                f"{asked.shown} holds {atom.GetSymbol()}, to which lone pairs are not assigned",
                value=asked.subjects[0].smiles,
                hint="they are told of elements of the main groups",
            )
        if atom.GetNumRadicalElectrons() > 1:
            raise UserError(
                f"{asked.shown} has an atom with two free electrons, paired or not",
                value=asked.subjects[0].smiles,
                hint="lone pairs of carbenes and their like are not told",
            )
        bonding = sum(int(bond.GetBondTypeAsDouble()) for bond in atom.GetBonds())
        left = TABLE.GetNOuterElecs(number) - atom.GetFormalCharge() - bonding - atom.GetNumRadicalElectrons()
        if left >= 2:
            parts.append(Part(name_atom(mol, atom.GetIdx()), left // 2, None, (atom.GetIdx(),)))
    total = sum(int(part.value) for part in parts)
    listed = f": {', '.join(f'{part.label} {part.value}' for part in parts)}" if parts else ""
    statement = f"{asked.shown} has {count_phrase(total, 'lone pair')}{listed}."
    return Result(total, str(total), statement, parts=tuple(parts), smiles=asked.subjects[0].smiles)


def _is_main_group(number: int) -> bool:
    """Whether an element is one of the main groups, those of the noble gases included."""
    return number <= 20 or 31 <= number <= 38 or 49 <= number <= 56 or 81 <= number <= 88


LONE_PAIRS: Final = Calculation(
    name="lone_pairs",
    title="lone pairs",
    words=("lone pair", "lone electron pair", "non-bonding pair", "nonbonding electron pair", "free electron pair"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method="valence electrons that the bonds of the structural formula leave, two by two",
    compute=_lone_pairs,
    exact=True,
    example=Example("How many lone pairs does ammonia have?", ("N",), "1"),
)

"""Degree of unsaturation, by the formula and by the structure."""

from __future__ import annotations

from collections import Counter
from typing import Final

from rdkit import Chem

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Program, Result, Subject, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.calculations.makeup import (
    count_elements,
    list_components,
    read_charge,
    write_mol_formula,
    write_subject_formula,
)
from anymol.errors import UserError

_VALENCES: Final = {
    **dict.fromkeys(("H", "F", "Cl", "Br", "I", "At", "Li", "Na", "K", "Rb", "Cs"), 1),
    **dict.fromkeys(("O", "S", "Se", "Te"), 2),
    **dict.fromkeys(("N", "P", "As", "B"), 3),
    **dict.fromkeys(("C", "Si", "Ge"), 4),
}
"""Valence of each element in the rule; phosphorus is trivalent and sulfur divalent in it, whatever they are."""


def _unsaturation(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    if subject.formula is not None:
        return _count_by_formula(subject)
    mol = complete(subject)
    units = [unit for unit in list_components(mol) if unit.GetNumHeavyAtoms() > 1]
    if not units:  # methane, or a salt of single ions
        units = sorted(list_components(mol), key=lambda unit: unit.GetNumAtoms())[-1:]
    values = [
        _apply_rule(count_elements(Subject(Chem.MolToSmiles(unit))), Chem.GetFormalCharge(unit)) for unit in units
    ]
    counted = [_count_bonds(unit) for unit in units]
    notes: tuple[str, ...] = ()
    by_rule = all(value is not None for value in values)
    total = sum(value for value in values if value is not None) if by_rule else sum(map(sum, counted))
    rings, multiple = (sum(column) for column in zip(*counted, strict=True))
    if not by_rule:
        notes += ("the rule has no valence for every element here: rings and multiple bonds are counted instead",)
    elif total != rings + multiple:
        notes += (
            f"the structure as drawn has {rings + multiple} (rings {rings}, multiple bonds {multiple}): the rule takes "
            "S as divalent and N and P as trivalent",
        )
    if len(units) < len(list_components(mol)):
        notes += ("ions of one atom are left out",)
    text = f"{total:g}"
    statement = f"The degree of unsaturation of {asked.shown} ({write_mol_formula(mol)}) is {text}."
    parts = (Part("rings", rings), Part("multiple bonds", multiple))
    return Result(total, text, statement, parts=parts, notes=notes)


def _count_by_formula(subject: Subject) -> Result:
    value = _apply_rule(count_elements(subject), read_charge(subject))
    if value is None:
        raise UserError("the rule has no valence for every element here", value=subject.name, hint="give the structure")
    text = f"{value:g}"
    statement = f"The degree of unsaturation of {write_subject_formula(subject)} is {text}."
    notes = () if value >= 0 and value == int(value) else ("no closed-shell neutral molecule has this formula",)
    return Result(value, text, statement, notes=notes)


def _apply_rule(counts: Counter[str], charge: int) -> float | None:
    """Return 1 + half the sum of n (valence - 2), corrected for protons; None where an element has no valence."""
    if not set(counts) <= set(_VALENCES):
        return None
    twice = 2 + sum(count * (_VALENCES[symbol] - 2) for symbol, count in counts.items()) + charge
    return twice / 2 if twice % 2 else twice // 2


def _count_bonds(unit: Chem.Mol) -> tuple[int, int]:
    """Return the number of rings and of bonds beyond the first between two atoms."""
    plain = Chem.Mol(unit)
    Chem.Kekulize(plain, clearAromaticFlags=True)
    rings = plain.GetNumBonds() - plain.GetNumAtoms() + 1
    extra = {Chem.BondType.DOUBLE: 1, Chem.BondType.TRIPLE: 2, Chem.BondType.QUADRUPLE: 3}
    return rings, sum(extra.get(bond.GetBondType(), 0) for bond in plain.GetBonds())


UNSATURATION: Final = Calculation(
    name="unsaturation",
    title="degree of unsaturation",
    words=(
        "degree of unsaturation", "unsaturation", "double bond equivalent", "dbe", "index of hydrogen deficiency",
        "ihd",
        "rings plus double bonds", "rings and double bonds", "unsaturation index", "unsaturation number", "rdbe", "dou",
        "hydrogen deficiency index", "hydrogen deficiency", "double bond equivalency", "rdb equivalent",
    ),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method="1 + half the sum of n (valence - 2) over the formula, protons taken back",
    compute=_unsaturation,
    exact=True,
    program=Program.ANYMOL,
    example=Example("How many degrees of unsaturation has aspirin?", ("CC(=O)Oc1ccccc1C(=O)O",), "6"),
)  # fmt: skip

"""The conjugate acid and the conjugate base of a molecule or ion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rdkit import Chem

from anymol.calculations.calculation import (
    Calculation,
    Example,
    Gives,
    Inquiry,
    Program,
    Result,
    Takes,
    require_complete,
)
from anymol.calculations.makeup import write_mol_formula
from anymol.chem.conjugates import find_conjugate_acid, find_conjugate_base
from anymol.chem.parsing import parse_smiles

_METHOD: Final = "one proton moved, where the structure leaves no choice of its place"


def _name(kind: str, find: Callable[[Chem.Mol], str]) -> Callable[[Inquiry], Result]:
    def compute(asked: Inquiry) -> Result:
        smiles = find(require_complete(asked.subjects[0]))
        formula = write_mol_formula(parse_smiles(smiles))
        return Result(smiles, smiles, f"The conjugate {kind} of {asked.shown} is {smiles} ({formula}).")

    return compute


CONJUGATE_BASE: Final = Calculation(
    name="conjugate_base",
    title="conjugate base",
    words=("conjugate base of", "conjugated base", "corresponding base", "deprotonated form"),
    takes=Takes.ONE,
    gives=Gives.MOLECULE,
    method=_METHOD,
    compute=_name("base", find_conjugate_base),
    program=Program.ANYMOL,
    example=Example("What is the conjugate base of acetic acid?", ("CC(=O)O",), "CC(=O)[O-]"),
)

CONJUGATE_ACID: Final = Calculation(
    name="conjugate_acid",
    title="conjugate acid",
    words=("conjugate acid of", "conjugated acid", "corresponding acid", "protonated form"),
    takes=Takes.ONE,
    gives=Gives.MOLECULE,
    method=_METHOD,
    compute=_name("acid", find_conjugate_acid),
    program=Program.ANYMOL,
    example=Example("What is the conjugate acid of methylamine?", ("CN",), "C[NH3+]"),
)

"""Numbers that a program computes exactly from a structure, each with the program and method that define it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import factorial
from pathlib import Path
from types import MappingProxyType
from typing import Final

import rdkit
from rdkit import Chem, RDConfig
from rdkit.Chem import QED, Descriptors, GraphDescriptors, rdMolDescriptors

from anymol.errors import UserError


@dataclass(frozen=True)
class DescriptorValue:
    """A computed number or formula.

    Attributes:
        value: The value, unrounded.
        text: The value as it is printed, rounded to the descriptor's decimals, without unit.
        unit: Its unit; None for pure numbers.
        program: Program, version and method, for example ``RDKit 2026.09.1, Crippen LogP``.
    """

    value: float | int | str
    text: str
    unit: str | None
    program: str


@dataclass(frozen=True)
class Descriptor:
    """How a descriptor is computed.

    Attributes:
        name: Public name, in snake case.
        method: Method as it is named beside the value.
        compute: Molecule -> value.
        unit: Unit; None for pure numbers.
        decimals: Decimals printed; None for whole numbers and text.
    """

    name: str
    method: str
    compute: Callable[[Chem.Mol], float | int | str]
    unit: str | None = None
    decimals: int | None = None


def _molecular_weight(mol: Chem.Mol) -> float:
    return float(Descriptors.MolWt(mol))  # type: ignore[attr-defined]  # made at import, so unknown to the stubs


_MOST_MATCHES: Final = 1000
"""Matches of one pattern that RDKit's Crippen descriptors look at; atoms beyond them get a wrong type, silently."""


def _crippen(mol: Chem.Mol) -> tuple[float, float]:
    """Return LogP and molar refractivity (cm^3/mol).

    Raises:
        UserError: The molecule is so large that RDKit would leave out matches, or it has an atom of no type of
            Crippen's, which RDKit counts as nothing.
    """
    # A pattern is a star around an atom: with d neighbours it matches in at most d! ways. Nearly every molecule passes.
    most = sum(factorial(min(atom.GetDegree(), 6)) + atom.GetTotalNumHs() for atom in mol.GetAtoms())
    if most >= _MOST_MATCHES:
        whole = Chem.AddHs(mol)
        for pattern in _crippen_patterns():
            found = whole.GetSubstructMatches(pattern, uniquify=False, maxMatches=_MOST_MATCHES + 1)
            if len(found) > _MOST_MATCHES:
                raise UserError(
                    f"Crippen's method fails silently in RDKit for so many atoms of one kind ({mol.GetNumHeavyAtoms()} "
                    "heavy atoms)",
                    value=Chem.MolToSmiles(mol),
                    hint="ask about a smaller molecule, such as the repeating unit",
                )
    untyped = _find_untyped(mol)
    if untyped:
        raise UserError(
            f"Crippen's method has no values for {', '.join(untyped)}",
            value=Chem.MolToSmiles(mol),
            hint="ask about the molecule without it",
        )
    logp, refractivity = rdMolDescriptors.CalcCrippenDescriptors(mol)
    return float(logp), float(refractivity)


@cache
def _crippen_patterns() -> tuple[Chem.Mol, ...]:
    """Return the patterns of RDKit's own table of Crippen's atom types."""
    lines = (Path(RDConfig.RDDataDir) / "Crippen.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return tuple(Chem.MolFromSmarts(row[1]) for row in rows)


def _find_untyped(mol: Chem.Mol) -> list[str]:
    """Return the elements that Crippen's table has no type for: lanthanides, actinides, noble gases.

    Every atom of a common element falls under a last type of its own, so that they need no look.
    """
    if all(atom.GetAtomicNum() in _COMMON for atom in mol.GetAtoms()):
        return []
    shares = rdMolDescriptors._CalcCrippenContribs(mol)  # of LogP and of refractivity; no type has neither
    return sorted({atom.GetSymbol() for atom, share in zip(mol.GetAtoms(), shares, strict=True) if not any(share)})


_COMMON: Final = frozenset({1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 35, 53})


def _crippen_logp(mol: Chem.Mol) -> float:
    return _crippen(mol)[0]


def _crippen_refractivity(mol: Chem.Mol) -> float:
    return _crippen(mol)[1]


def _qed(mol: Chem.Mol) -> float:
    _crippen(mol)  # a part of it
    return float(QED.qed(mol))


DESCRIPTORS: Mapping[str, Descriptor] = MappingProxyType(
    {
        descriptor.name: descriptor
        for descriptor in (
            Descriptor("molecular_weight", "average molecular weight", _molecular_weight, "g/mol", 2),
            Descriptor("exact_mass", "monoisotopic mass", rdMolDescriptors.CalcExactMolWt, "Da", 4),
            Descriptor("logp", "Crippen LogP (Wildman and Crippen 1999)", _crippen_logp, None, 2),
            Descriptor("molar_refractivity", "Crippen molar refractivity", _crippen_refractivity, "cm^3/mol", 2),
            Descriptor("tpsa", "Ertl TPSA (2000) over N and O", rdMolDescriptors.CalcTPSA, "angstrom^2", 2),
            Descriptor("qed", "QED (Bickerton 2012, weighted mean)", _qed, None, 3),
            # PubChem's "complexity" is another formula (Hendrickson 1987); Bertz's index is named as such.
            Descriptor("complexity", "Bertz complexity index BertzCT", GraphDescriptors.BertzCT, None, 1),
            Descriptor("formula", "molecular formula in Hill order", rdMolDescriptors.CalcMolFormula),
            Descriptor("formal_charge", "sum of formal charges", Chem.GetFormalCharge, "e"),
            Descriptor("heavy_atoms", "heavy atom count", rdMolDescriptors.CalcNumHeavyAtoms),
            Descriptor("rings", "rings in the smallest set (SSSR)", rdMolDescriptors.CalcNumRings),
            Descriptor("aromatic_rings", "aromatic rings in the smallest set", rdMolDescriptors.CalcNumAromaticRings),
            Descriptor("hbond_donors", "hydrogen-bond donors (Gobbi and Poppinger)", rdMolDescriptors.CalcNumHBD),
            Descriptor("hbond_acceptors", "hydrogen-bond acceptors (Gobbi and Poppinger)", rdMolDescriptors.CalcNumHBA),
            Descriptor("rotatable_bonds", "rotatable bonds, strict definition", rdMolDescriptors.CalcNumRotatableBonds),
            Descriptor("fraction_csp3", "fraction of sp3 carbons", rdMolDescriptors.CalcFractionCSP3, None, 2),
            Descriptor("stereocentres", "tetrahedral stereocentres", rdMolDescriptors.CalcNumAtomStereoCenters),
        )
    }
)
"""Every descriptor, by name."""


def compute_descriptor(name: str, mol: Chem.Mol) -> DescriptorValue:
    """Compute one descriptor of a molecule (a mixture is taken as a whole).

    Raises:
        UserError: No descriptor has this name, and the nearest are given; or the molecule is too large for its method.

    >>> from anymol.chem.parsing import parse_smiles
    >>> compute_descriptor("molecular_weight", parse_smiles("CC(=O)Oc1ccccc1C(=O)O")).text
    '180.16'
    """
    descriptor = DESCRIPTORS.get(name)
    if descriptor is None:
        near = difflib.get_close_matches(name, DESCRIPTORS, n=2)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(DESCRIPTORS)}"
        raise UserError(f"'{name}' is not a descriptor", value=name, hint=hint)
    value = descriptor.compute(mol)
    text = f"{value:.{descriptor.decimals}f}" if descriptor.decimals is not None else str(value)
    return DescriptorValue(value, text, descriptor.unit, f"RDKit {rdkit.__version__}, {descriptor.method}")

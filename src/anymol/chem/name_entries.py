"""What must be said of an entry of the dictionaries: what it leaves open, and what else its name may mean."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.names import NameHit, find_names_of, normalize_name
from anymol.chem.parsing import parse_smiles


def describe_entry(hit: NameHit) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what must be said of an entry, and what speaks against it, in sentences."""
    notes = [f"'{hit.name}' found in the dictionary (source: {hit.source})"]
    doubts: list[str] = []
    if open_places := _count_open(hit.smiles):
        said = f"{open_places} stereocentre{'s' if open_places > 1 else ''} or double bonds left open"
        # In the curated list a racemate or a mixture is meant; records of others often leave out what they know.
        (notes if hit.kind or open_places == 1 else doubts).append(f"the structure has {said}")
    if (blend := _find_blend(hit.name)) is not None:
        notes.append(f"'{hit.name}' is {blend}: of it the compound that works is written, without amounts")
    if not hit.is_vouched:
        doubts.append(
            f"only a table of measurements ({hit.source}) has this name, and nothing vouches for its structure"
        )
    if hit.kind == "element":
        notes.append(_describe_element(hit))
    if hit.others:
        meant = "; ".join(f"{other.name} is {other.smiles}" for other in _main_names(hit.others))
        doubts.append(f"'{hit.name}' is short for other compounds too: {meant}")
    return tuple(notes), tuple(doubts)


_BLENDS: Final = {
    "brine": "a solution in water", "vinegar": "a solution in water", "bleach": "a solution in water",
    "formalin": "a solution in water", "muriatic acid": "a solution in water", "water glass": "a mixture of silicates",
    "oleum": "a solution of sulfur trioxide in sulfuric acid", "hexanes": "a mixture of isomers",
    "heptanes": "a mixture of isomers", "rubbing alcohol": "a solution in water",
    "olah's reagent": "a mixture of no fixed ratio", "hf-pyridine": "a mixture of no fixed ratio",
    "hf·pyridine": "a mixture of no fixed ratio",
    "lindlar catalyst": "a metal on a support", "lindlar's catalyst": "a metal on a support",
}  # fmt: skip
_SUPPORTED: Final = re.compile(
    r"(?:^|\s)(?:Pd|Pt|Rh|Ru|Ni|Pd\(OH\)2)[/-](?:C|CaCO3|BaSO4|Al2O3)$|\bon (?:\w+ )?(?:carbon|charcoal|C|alumina)$"
)
"""Names of materials, of which the compound that works in it is written."""


def _find_blend(name: str) -> str | None:
    """Return what a material is beside its compound; None where the name is a compound's."""
    return "a metal on a support" if _SUPPORTED.search(name) else _BLENDS.get(normalize_name(name))


def _count_open(smiles: str) -> int:
    """Return how many stereocentres and C=C bonds of a structure have no stereochemistry.

    Bridgeheads do not count: in adamantanes they look like centres and have one arrangement only.
    """
    mol = parse_smiles(smiles)
    bridgeheads: list[int] = []
    rdMolDescriptors.CalcNumBridgeheadAtoms(mol, bridgeheads)  # type: ignore[arg-type]  # its stub names the wrong place
    centres = Chem.FindMolChiralCenters(mol, includeUnassigned=True, useLegacyImplementation=True)
    bonds = [
        mol.GetBondWithIdx(place.centeredOn)
        for place in Chem.FindPotentialStereo(mol)
        if place.type == Chem.StereoType.Bond_Double and place.specified == Chem.StereoSpecified.Unspecified
    ]
    open_bonds = sum(bond.GetBeginAtom().GetSymbol() == bond.GetEndAtom().GetSymbol() == "C" for bond in bonds)
    return int(open_bonds + sum(label == "?" and atom not in bridgeheads for atom, label in centres))


def _main_names(hits: tuple[NameHit, ...]) -> list[NameHit]:
    """Return compounds of one abbreviation under names that tell them apart."""
    return [replace(hit, name=find_names_of(hit.smiles)[0]) for hit in hits]


def _describe_element(hit: NameHit) -> str:
    """Return what an element was taken as: its molecule, or its atom where it is a metal or a lattice."""
    mol = parse_smiles(hit.smiles)
    if mol.GetNumAtoms() == 1 and mol.GetAtomWithIdx(0).GetSymbol() not in _NOBLE_GASES:
        return "read as the element, of which an atom is written"
    if mol.GetNumAtoms() == 1:
        return "read as the gas, which consists of atoms"
    formula = str(compute_descriptor("formula", mol).value)
    return f"read as the element, which consists of {formula}; its atom would be [{mol.GetAtomWithIdx(0).GetSymbol()}]"


_NOBLE_GASES: Final = frozenset({"He", "Ne", "Ar", "Kr", "Xe", "Rn"})

"""Acids and bases in water: their recorded dissociation constants, and the pH that a charge balance gives."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from rdkit import Chem
from rdkit.Chem.MolStandardize import rdMolStandardize

from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.errors import UserError

ION_PRODUCT: Final = 1.0e-14
"""Ion product of water at 25 degrees Celsius, mol2/L2."""

_BYSTANDERS: Final = frozenset({("Li", 1), ("Na", 1), ("K", 1), ("Rb", 1), ("Cs", 1), ("Ca", 2), ("Sr", 2), ("Ba", 2)})
"""Cations that neither take nor give protons in water: element and charge."""
_ALKALINE_EARTHS: Final = frozenset({"Ca", "Sr", "Ba"})
_QUATERNARY: Final = Chem.MolFromSmarts("[NX4+](C)(C)(C)C")
_HASHES: Final = 23
"""Letters of an InChIKey that stand for the bonds and the stereochemistry; what follows says how it is protonated."""
_BONDS_HASH: Final = 14
_LOW, _HIGH = -2.0, 17.0
_HALVINGS: Final = 80


@dataclass(frozen=True)
class AcidBase:
    """A compound that gives or takes protons in water.

    Attributes:
        name: Its usual name.
        smiles: The compound without a net charge.
        charge: Charge of its most protonated form.
        pka: Steps by which that loses protons; empty where it is wholly dissociated.
        is_strong: Whether it has lost a proton wholly before these steps begin.
        is_about: Whether the sources differ by up to half a unit.
    """

    name: str
    smiles: str
    charge: int
    pka: tuple[float, ...]
    is_strong: bool = False
    is_about: bool = False

    @property
    def is_ampholyte(self) -> bool:
        """Whether its form without a net charge both gives and takes protons."""
        return 0 < self.charge < len(self.pka)

    def find_pka(self, charge: int) -> float | None:
        """Return the constant by which its form of a charge loses a proton; None where none is recorded."""
        place = self.charge - charge
        return self.pka[place] if 0 <= place < len(self.pka) else None

    def can_have(self, charge: int) -> bool:
        """Whether a form of this charge is one of those between which the recorded steps lead."""
        return self.charge - len(self.pka) <= charge <= self.charge + self.is_strong

    def share_forms(self, ph: float) -> dict[int, float]:
        """Return the share of each of its forms at a pH, 0 to 1, by their charges, the highest first."""
        weights, weight = [1.0], 1.0
        for pka in self.pka:
            weight *= 10.0 ** (ph - pka)
            weights.append(weight)
        return {self.charge - lost: one / sum(weights) for lost, one in enumerate(weights)}

    def count_charge(self, ph: float) -> float:
        """Return its mean charge at a pH."""
        return sum(charge * share for charge, share in self.share_forms(ph).items())

    def find_isoelectric_point(self) -> float | None:
        """Return the pH at which its mean charge is 0; None where it is an acid or a base alone."""
        return find_root(self.count_charge) if self.is_ampholyte else None


@dataclass(frozen=True)
class Dissolved:
    """What one formula unit of a compound brings into water.

    Attributes:
        systems: The acids and bases in it, in any state of protonation.
        bystanders: Charge of the ions that take no part.
    """

    systems: tuple[AcidBase, ...]
    bystanders: int


@cache
def _read_table() -> tuple[Mapping[str, AcidBase], Mapping[str, AcidBase]]:
    """Return the compounds by the hashes of their InChIKey: with stereochemistry, and those without any."""
    rows = tomllib.loads(files("anymol.chem").joinpath("acidity_constants.toml").read_text("utf-8"))
    exact: dict[str, AcidBase] = {}
    flat: dict[str, AcidBase] = {}
    known = [
        AcidBase(row["name"], row["smiles"], row.get("charge", 0), tuple(row["pka"]), is_about=row.get("about", False))
        for row in rows["compound"]
    ]
    # The first step of a strong acid is over: what is left of it has the charge -1.
    known += [AcidBase(row["name"], row["smiles"], -1, tuple(row.get("then", ())), True) for row in rows["strong"]]
    for compound in known:
        mol = parse_smiles(compound.smiles)
        exact[_hash(mol)] = compound
        if not any(bond.GetStereo() != Chem.BondStereo.STEREONONE for bond in mol.GetBonds()):
            flat[_hash(mol)[:_BONDS_HASH]] = compound
    return MappingProxyType(exact), MappingProxyType(flat)


def _hash(mol: Chem.Mol) -> str:
    """Return what the states of protonation of a molecule have in common."""
    # InChI counts the protons of acetate apart, but takes nitrate for an ion of its own.
    return str(Chem.MolToInchiKey(rdMolStandardize.Uncharger().uncharge(mol)))[:_HASHES]


def find_acid_base(mol: Chem.Mol) -> AcidBase | None:
    """Return the acid or base that a molecule or ion is a form of; None where none is recorded in that form.

    >>> find_acid_base(Chem.MolFromSmiles("CC(=O)[O-]")).pka
    (4.76,)
    """
    exact, flat = _read_table()
    key = _hash(mol)
    found = exact.get(key) or flat.get(key[:_BONDS_HASH])
    return found if found is not None and found.can_have(Chem.GetFormalCharge(mol)) else None


def find_system(mol: Chem.Mol) -> tuple[AcidBase, Chem.Mol] | None:
    """Return the one acid or base of a molecule or salt, and the part that is a form of it; None where none or several.

    What is wholly dissociated counts where it stands alone only: of ammonium chloride the ammonium is meant.
    """
    parts = Chem.GetMolFrags(mol, asMols=True)
    found = [(one, part) for part in parts if (one := find_acid_base(part)) is not None]
    weak = [pair for pair in found if pair[0].pka or len(parts) == 1]
    return weak[0] if len(weak) == 1 else None


def list_compounds() -> Iterable[AcidBase]:
    """Return all compounds that are recorded."""
    return _read_table()[0].values()


def count_compounds() -> int:
    """Return how many compounds are recorded."""
    return len(_read_table()[0])


def dissolve(smiles: str) -> Dissolved:
    """Return what a compound brings into water, with what is recorded of it.

    An ion that is given alone has a counter-ion that takes no part: acetate is a salt of it.

    Args:
        smiles: SMILES; salts are written as ions.

    Raises:
        InvalidSmilesError: It does not parse.
        UserError: It hardly dissolves, or a part of it is neither an acid or base with recorded constants nor an ion
            that takes no part.
    """
    systems: list[AcidBase] = []
    mol = parse_smiles(smiles)
    parts = Chem.GetMolFrags(mol, asMols=True)
    _require_soluble(parts, smiles)
    bystanders = -Chem.GetFormalCharge(mol)
    for part in parts:
        charge = Chem.GetFormalCharge(part)
        if _is_water(part):
            continue  # hydroxide, and H+, are forms of water: they follow from the charges of all else
        if _is_bystander(part, charge):
            bystanders += charge
            continue
        found = find_acid_base(part)
        if found is None:
            raise UserError(
                f"no dissociation constant of {write_canonical(part)} is recorded, so that a pH does not follow",
                value=smiles,
                hint=f"recorded are {count_compounds()} common acids and bases; for others, give their pKa elsewhere",
            )
        if found.pka:
            systems.append(found)
        else:
            bystanders += found.charge
    return Dissolved(tuple(systems), bystanders)


def _require_soluble(parts: Sequence[Chem.Mol], smiles: str) -> None:
    """Refuse salts that hardly dissolve: of alkaline earths with carbonate, sulfate and the like, and lime.

    Raises:
        UserError: It is one.
    """
    metals = {part.GetAtomWithIdx(0).GetSymbol() for part in parts if part.GetNumAtoms() == 1} & _ALKALINE_EARTHS
    if not metals:
        return
    others = [part for part in parts if part.GetAtomWithIdx(0).GetSymbol() not in metals]
    hardly = any(Chem.GetFormalCharge(part) <= -2 for part in others)
    if hardly or (metals == {"Ca"} and any(map(_is_water, others))):
        raise UserError(
            f"{smiles} hardly dissolves in water, so that its concentration decides no pH",
            value=smiles,
            hint="ask for a salt that dissolves",
        )


def _is_water(part: Chem.Mol) -> bool:
    heavy = [atom.GetSymbol() for atom in part.GetAtoms() if atom.GetAtomicNum() > 1]
    return heavy == ["O"] or (not heavy and Chem.GetFormalCharge(part) == 1)


def _is_bystander(part: Chem.Mol, charge: int) -> bool:
    if part.GetNumAtoms() == 1:
        return (part.GetAtomWithIdx(0).GetSymbol(), charge) in _BYSTANDERS
    return charge == 1 and part.HasSubstructMatch(_QUATERNARY)


def compute_ph(solutes: Iterable[tuple[float, Dissolved]]) -> float:
    """Return the pH of a solution at 25 degrees Celsius: where the charges of all ions add up to none.

    Activities are taken as concentrations, and everything is taken to be dissolved.

    Args:
        solutes: Concentration, mol/L, of each compound, and what it brings.

    >>> round(compute_ph([(0.1, dissolve("CC(=O)O"))]), 2), round(compute_ph([]), 2)
    (2.88, 7.0)
    """
    dissolved: Sequence[tuple[float, Dissolved]] = list(solutes)
    return find_root(lambda ph: _count_charge(dissolved, ph))


def find_root(charge: Callable[[float], float]) -> float:
    """Return the pH at which a charge that falls as the pH rises passes 0."""
    low, high = _LOW, _HIGH
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if charge(middle) > 0 else (low, middle)
    return (low + high) / 2


def count_water_charge(ph: float) -> float:
    """Return the charge that the ions of water itself have in a litre at a pH, in mol."""
    acidity: float = 10.0**-ph
    return acidity - ION_PRODUCT / acidity


def _count_charge(dissolved: Sequence[tuple[float, Dissolved]], ph: float) -> float:
    """Return the charge of a litre of a solution at a pH, in mol; it falls as the pH rises."""
    charge = count_water_charge(ph)
    for concentration, one in dissolved:
        own = sum(system.count_charge(ph) for system in one.systems)
        charge += concentration * (one.bystanders + own)
    return charge

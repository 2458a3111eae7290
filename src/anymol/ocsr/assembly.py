"""From atoms and bonds found on a page to molecules; RDKit, never torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdchem
from rdkit.Geometry import Point3D

from anymol.ocsr.bonds import BondMark
from anymol.ocsr.labels import GROUPS, ISOTOPES
from anymol.ocsr.valence import count_allowed

_ORDERS: Final = {
    BondMark.DOUBLE: Chem.BondType.DOUBLE,
    BondMark.TRIPLE: Chem.BondType.TRIPLE,
}
_WEDGES: Final = {
    BondMark.WEDGE: Chem.BondDir.BEGINWEDGE,
    BondMark.WEDGE_BACK: Chem.BondDir.BEGINWEDGE,
    BondMark.HASH: Chem.BondDir.BEGINDASH,
    BondMark.HASH_BACK: Chem.BondDir.BEGINDASH,
}
_BACK: Final = (BondMark.WEDGE_BACK, BondMark.HASH_BACK)

_LIKELY_IONS: Final = {("N", 4): 1, ("O", 3): 1, ("B", 4): -1}
"""Element and number of bonds -> the charge that makes sense of it: small plus signs are easily overlooked."""

_HALVES: Final = tuple(map(Chem.MolFromSmarts, ("[#8D1+0]-[#7+]", "[#7D1+0]=[#7+]=*")))
"""An oxygen of a nitro group or N-oxide, and the end of an azide or diazo group, whose minus sign was overlooked."""


@dataclass(frozen=True)
class ReadAtom:
    """An atom or abbreviated group found on a page.

    Attributes:
        x: To the right, pixels.
        y: Downwards, pixels.
        label: One of :data:`~anymol.ocsr.labels.LABELS`.
        charge: Elementary charges.
        radical: Unpaired electrons, drawn as dots.
    """

    x: float
    y: float
    label: str
    charge: int = 0
    radical: int = 0


@dataclass(frozen=True)
class ReadBond:
    """A bond found on a page.

    Attributes:
        first: Index of an atom.
        second: Index of the other.
        mark: How it is drawn.
        probability: How sure the network is.
    """

    first: int
    second: int
    mark: BondMark
    probability: float = 1.0


@dataclass(frozen=True)
class Assembled:
    """The molecules of a page.

    Attributes:
        smiles: Canonical SMILES, parts dot-joined; wedges and drawn double bonds give the stereochemistry.
        repairs: How often a bond or charge had to be changed before chemistry allowed it.
    """

    smiles: str
    repairs: int


def assemble(atoms: Sequence[ReadAtom], bonds: Sequence[ReadBond]) -> Assembled | None:
    """Return the molecules that atoms and bonds make; None where they make none.

    A valence that cannot be is mended where there is one likely mistake: an overlooked charge, else the least sure
    bond of the atom is made single or left out.
    """
    if not atoms:
        return None
    bonds, repairs = _mend(atoms, bonds)
    with rdBase.BlockLogs():
        mol = _build(atoms, bonds)
        repairs += _charge(mol)
        try:
            Chem.SanitizeMol(mol)
            Chem.AssignChiralTypesFromBondDirs(mol)
            # Wedges have been read: left in place, they are taken for the slashes of double bonds beside them.
            for bond in mol.GetBonds():
                bond.SetBondDir(Chem.BondDir.NONE)
            Chem.DetectBondStereoChemistry(mol, mol.GetConformer())
            Chem.AssignStereochemistry(mol, cleanIt=True, force=True)
            smiles = Chem.MolToSmiles(Chem.RemoveHs(mol))
        except (rdchem.MolSanitizeException, RuntimeError):
            return None
        # What cannot be read back is not an answer.
        return Assembled(Chem.CanonSmiles(smiles), repairs) if Chem.MolFromSmiles(smiles) is not None else None


def _mend(atoms: Sequence[ReadAtom], bonds: Sequence[ReadBond]) -> tuple[list[ReadBond], int]:
    """Return bonds of which no atom bears too many, and how many were changed."""
    kept, changed = list(bonds), 0
    while True:
        orders = sum_orders(len(atoms), kept)
        over = [index for index, atom in enumerate(atoms) if orders[index] > count_allowed(atom.label)]
        if not over:
            return kept, changed
        own = [place for place, bond in enumerate(kept) if over[0] in (bond.first, bond.second)]
        # A doubtful double bond is more often single than absent.
        worst = min(own, key=lambda place: (kept[place].probability, place))
        bond = kept[worst]
        if bond.mark in _ORDERS:
            kept[worst] = replace(bond, mark=BondMark.SINGLE)
        else:
            del kept[worst]
        changed += 1


def sum_orders(n_atoms: int, bonds: Iterable[ReadBond]) -> list[int]:
    """Return the sum of the orders of the bonds at each atom."""
    orders = [0] * n_atoms
    for bond in bonds:
        order = {BondMark.DOUBLE: 2, BondMark.TRIPLE: 3}.get(bond.mark, 1)
        orders[bond.first] += order
        orders[bond.second] += order
    return orders


def _build(atoms: Sequence[ReadAtom], bonds: Sequence[ReadBond]) -> Chem.RWMol:
    mol = Chem.RWMol()
    points: list[tuple[float, float]] = []
    heads: list[int] = []
    for atom in atoms:
        heads.append(mol.GetNumAtoms())
        if atom.label not in GROUPS:
            symbol, mass = ISOTOPES.get(atom.label, (atom.label, 0))
            made = Chem.Atom(0 if symbol == "*" else symbol)
            made.SetIsotope(mass)
            made.SetFormalCharge(atom.charge)
            made.SetNumRadicalElectrons(atom.radical)
            mol.AddAtom(made)
            points.append((atom.x, atom.y))
            continue
        group, head = _read_group(atom.label)
        first = mol.GetNumAtoms()
        heads[-1] = first + head
        mol.InsertMol(group)
        points += [(atom.x, atom.y)] * group.GetNumAtoms()
    for bond in bonds:
        first, second = heads[bond.first], heads[bond.second]
        if bond.mark in _BACK:
            first, second = second, first
        mol.AddBond(first, second, _ORDERS.get(bond.mark, Chem.BondType.SINGLE))
        mol.GetBondBetweenAtoms(first, second).SetBondDir(_WEDGES.get(bond.mark, Chem.BondDir.NONE))
    page = Chem.Conformer(mol.GetNumAtoms())
    page.Set3D(False)
    for index, (x, y) in enumerate(points):
        page.SetAtomPosition(index, Point3D(x / 20, -y / 20, 0.0))
    mol.AddConformer(page, assignId=True)
    return mol


@cache
def _read_group(label: str) -> tuple[Chem.Mol, int]:
    """Return the atoms of a group and which of them is attached."""
    mol = Chem.RWMol(Chem.MolFromSmiles(GROUPS[label]))
    (hook,) = (atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0)
    (head,) = hook.GetNeighbors()
    head_index = head.GetIdx() - (head.GetIdx() > hook.GetIdx())
    Chem.Kekulize(mol, clearAromaticFlags=True)
    mol.RemoveAtom(hook.GetIdx())
    return mol.GetMol(), head_index


def _charge(mol: Chem.RWMol) -> int:
    """Give atoms the charges that explain their bonds, where small signs were overlooked; return how many."""
    mended = 0
    for atom in mol.GetAtoms():
        charge = _LIKELY_IONS.get((atom.GetSymbol(), _count_orders(atom)))
        if charge is not None and atom.GetFormalCharge() == 0:
            atom.SetFormalCharge(charge)
            mended += 1
    for half in _HALVES:
        for match in mol.GetSubstructMatches(half):
            positive = mol.GetAtomWithIdx(match[1])
            # One that bears hydrogen is a salt's; one beside a minus sign, as in nitro groups, needs no other.
            signed = any(one.GetFormalCharge() < 0 for one in positive.GetNeighbors())
            if _count_orders(positive) == 4 and not signed:
                mol.GetAtomWithIdx(match[0]).SetFormalCharge(-1)
                mended += 1
    return mended


def _count_orders(atom: Chem.Atom) -> int:
    return int(sum(bond.GetBondTypeAsDouble() for bond in atom.GetBonds()))

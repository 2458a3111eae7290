"""Small changes of a molecule, from which a design is built and mended: atoms and groups put on, off, in and out."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from rdkit import Chem, rdBase

from anymol.chem.surgery import Place, replace_groups
from anymol.design.replacements import HYDROGEN, list_groups

COMMON_FRAGMENTS: Final = (
    "C", "C", "CC", "N", "O", "F", "Cl", "Br", "S", "OC", "C#N", "C(=O)O", "C(N)=O", "C(F)(F)F", "C=O", "C(C)=O", "C=C",
    "C#C", "c1ccccc1", "c1cccnc1", "c1ccsc1", "C1CC1", "C1CCCCC1", "C1CCNCC1", "N1CCOCC1", "[NH+](=O)[O-]", "CO",
    "CN", "S(C)(=O)=O", "C(=O)N", "NC(C)=O", "I", "P(=O)(OCC)OCC", "B(O)O", "[Si](C)(C)C",
)  # fmt: skip
"""What is put on, more often what stands twice."""


def list_moves(molecule: Chem.Mol, wanted: Sequence[str], rng: random.Random, count: int) -> Iterator[Chem.Mol]:
    """Yield molecules that differ from one by a small change, drawn at random, each sanitised.

    Args:
        molecule: The molecule.
        wanted: Fragments that the design lacks; they are put on more often than the common ones.
        rng: Draws the changes.
        count: How many changes are tried; those that valence forbids give nothing.
    """
    holders = [atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetTotalNumHs()]
    groups = [(place, group) for place, group in list_groups(molecule) if group != HYDROGEN]
    for _ in range(count):
        match rng.randrange(8 if groups else 5):
            case 0 | 1:
                fragment = _draw_fragment(wanted, rng)
                product = replace_groups(molecule, [Place(rng.choice(holders))], fragment) if holders else None
            case 2 | 3 | 4:
                product = _rewire(molecule, rng)
            case 5:
                product = replace_groups(molecule, [rng.choice(groups)[0]], None)
            case _:
                product = replace_groups(molecule, [rng.choice(groups)[0]], _draw_fragment(wanted, rng))
        if product is not None and product.GetNumAtoms():
            yield product


def _draw_fragment(wanted: Sequence[str], rng: random.Random) -> str:
    return rng.choice(wanted) if wanted and rng.random() < 0.6 else rng.choice(COMMON_FRAGMENTS)


def _rewire(molecule: Chem.Mol, rng: random.Random) -> Chem.Mol | None:
    """Change one atom or bond; None where that is impossible."""
    edited = Chem.RWMol(molecule)
    return _finish(edited) if rng.choice(_CHANGES)(edited, rng) else None


def _change_element(edited: Chem.RWMol, rng: random.Random) -> bool:
    atom = edited.GetAtomWithIdx(rng.randrange(edited.GetNumAtoms()))
    choices: tuple[int, ...]
    if atom.GetFormalCharge():
        return False
    if atom.GetIsAromatic():
        choices = (6, 7) if atom.GetAtomicNum() in (6, 7) else (8, 16, 7)
    elif atom.GetDegree() == 1:
        choices = (6, 7, 8, 9, 16, 17, 35, 53)
    else:
        choices = (6, 7, 8, 16)
    atom.SetAtomicNum(rng.choice(choices))
    _loosen(atom)
    return True


def _change_order(edited: Chem.RWMol, rng: random.Random) -> bool:
    bond = edited.GetBondWithIdx(rng.randrange(edited.GetNumBonds())) if edited.GetNumBonds() else None
    if bond is None or bond.GetIsAromatic():
        return False
    orders = [Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE]
    bond.SetBondType(rng.choice([order for order in orders if order != bond.GetBondType()]))
    for atom in (bond.GetBeginAtom(), bond.GetEndAtom()):
        _loosen(atom)
    return True


def _insert_atom(edited: Chem.RWMol, rng: random.Random) -> bool:
    bond = edited.GetBondWithIdx(rng.randrange(edited.GetNumBonds())) if edited.GetNumBonds() else None
    if bond is None or bond.GetBondType() != Chem.BondType.SINGLE:
        return False
    begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
    added = edited.AddAtom(Chem.Atom(rng.choice((6, 6, 6, 7, 8, 16))))
    edited.RemoveBond(begin, end)
    edited.AddBond(begin, added, Chem.BondType.SINGLE)
    edited.AddBond(added, end, Chem.BondType.SINGLE)
    return True


def _drop_atom(edited: Chem.RWMol, rng: random.Random) -> bool:
    """Take an atom of a chain or ring out and join its neighbours."""
    atom = edited.GetAtomWithIdx(rng.randrange(edited.GetNumAtoms()))
    if atom.GetIsAromatic() or atom.GetDegree() != 2:
        return False
    one, other = (neighbour.GetIdx() for neighbour in atom.GetNeighbors())
    if edited.GetBondBetweenAtoms(one, other) is not None:
        return False
    edited.AddBond(one, other, Chem.BondType.SINGLE)
    for index in (one, other):
        _loosen(edited.GetAtomWithIdx(index))
    edited.RemoveAtom(atom.GetIdx())
    return True


def _close_ring(edited: Chem.RWMol, rng: random.Random) -> bool:
    """Join two atoms with hydrogens that are four or five bonds apart."""
    distances = Chem.GetDistanceMatrix(edited)
    holders = [a.GetIdx() for a in edited.GetAtoms() if a.GetTotalNumHs() and not a.GetIsAromatic()]
    pairs = [(one, other) for one in holders for other in holders if one < other and distances[one][other] in (4, 5)]
    if not pairs:
        return False
    one, other = rng.choice(pairs)
    edited.AddBond(one, other, Chem.BondType.SINGLE)
    for index in (one, other):
        _loosen(edited.GetAtomWithIdx(index))
    return True


def _open_ring(edited: Chem.RWMol, rng: random.Random) -> bool:
    bonds = [bond for bond in edited.GetBonds() if bond.IsInRing() and bond.GetBondType() == Chem.BondType.SINGLE]
    if not bonds:
        return False
    bond = rng.choice(bonds)
    for atom in (bond.GetBeginAtom(), bond.GetEndAtom()):
        _loosen(atom)
    edited.RemoveBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
    return True


def _fuse_benzo(edited: Chem.RWMol, rng: random.Random) -> bool:
    """Make a benzo ring of an aromatic bond between two CH."""
    bonds = [
        bond
        for bond in edited.GetBonds()
        if bond.GetIsAromatic() and bond.GetBeginAtom().GetTotalNumHs() and bond.GetEndAtom().GetTotalNumHs()
        and bond.GetBeginAtom().GetAtomicNum() == bond.GetEndAtom().GetAtomicNum() == 6
    ]  # fmt: skip
    if not bonds:
        return False
    bond = rng.choice(bonds)
    chain = [edited.AddAtom(Chem.Atom(6)) for _ in range(4)]
    for index in chain:
        edited.GetAtomWithIdx(index).SetIsAromatic(True)
    path = [bond.GetBeginAtomIdx(), *chain, bond.GetEndAtomIdx()]
    for one, other in pairwise(path):
        edited.AddBond(one, other, Chem.BondType.AROMATIC)
        edited.GetBondBetweenAtoms(one, other).SetIsAromatic(True)
    return True


_CHANGES: Final[tuple[Callable[[Chem.RWMol, random.Random], bool], ...]] = (
    _change_element, _change_element, _change_order, _insert_atom, _drop_atom, _close_ring, _open_ring, _fuse_benzo,
)  # fmt: skip


def _loosen(atom: Chem.Atom) -> None:
    """Let valence decide the hydrogens of an atom, and leave its stereochemistry open."""
    atom.SetNoImplicit(False)
    atom.SetNumExplicitHs(0)
    atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for bond in atom.GetBonds():
        bond.SetStereo(Chem.BondStereo.STEREONONE)
        bond.SetBondDir(Chem.BondDir.NONE)


def _finish(edited: Chem.RWMol) -> Chem.Mol | None:
    product = edited.GetMol()
    with rdBase.BlockLogs():
        if Chem.SanitizeMol(product, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE:
            return None
        Chem.AssignStereochemistry(product, cleanIt=True, force=True)
    return product

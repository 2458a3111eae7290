"""Taking groups off a molecule and putting others in their place, with the rest, stereochemistry too, left as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rdkit import Chem, rdBase

from anymol.chem.parsing import parse_smiles


@dataclass(frozen=True)
class Place:
    """Where something is changed.

    Attributes:
        anchor: Atom that stays and is bonded, by one single bond, to what goes.
        leaving: Atoms that go; empty where a hydrogen goes.
    """

    anchor: int
    leaving: tuple[int, ...] = ()


def replace_groups(molecule: Chem.Mol, places: Sequence[Place], fragment: str | None) -> Chem.Mol | None:
    """Take the groups at some places off and put a fragment (or hydrogen) there.

    A stereocentre that is an anchor keeps its arrangement in space: what comes stands where the other stood. The
    geometry of a double bond at an anchor is left open.

    Args:
        molecule: The molecule.
        places: Where; no atom stands in two of them, and no anchor in a group that leaves.
        fragment: SMILES of what comes, bonded by its first atom, whose hydrogen makes room; None for a hydrogen.

    Returns:
        A sanitised molecule; None where no valence allows it or an anchor is charged or a radical.

    Example:
        >>> from anymol.chem.parsing import parse_smiles, write_canonical
        >>> write_canonical(replace_groups(parse_smiles("C[C@H](O)F"), [Place(1, (2,))], "S"))
        'C[C@@H](F)S'
    """
    anchors = [place.anchor for place in places]
    chiral = [a for a in anchors if molecule.GetAtomWithIdx(a).GetChiralTag() in _TETRAHEDRAL]
    # With its hydrogen written out a centre has four neighbours, whose order says how they stand.
    edited = Chem.RWMol(Chem.AddHs(molecule, onlyOnAtoms=chiral) if chiral else molecule)
    gone = {index for place in places for index in place.leaving}
    for place in places:
        atom = edited.GetAtomWithIdx(place.anchor)
        if atom.GetNumRadicalElectrons() or atom.GetFormalCharge():
            return None
        left = _find_leaving(atom, place)
        if left is not None and not place.leaving:
            gone.add(left)
        _open_geometry(atom)
        if place.anchor in chiral:
            _turn(atom, left)
        else:
            atom.SetNoImplicit(False)
            # An aromatic nitrogen that loses what it holds is the NH of a pyrrole.
            bare = (
                fragment is None and bool(place.leaving) and atom.GetIsAromatic() and atom.GetAtomicNum() == _NITROGEN
            )
            atom.SetNumExplicitHs(int(bare))
    if fragment is not None:
        group = parse_smiles(fragment)
        for place in places:
            start = edited.GetNumAtoms()
            edited.InsertMol(group)
            edited.GetAtomWithIdx(start).SetNumExplicitHs(0)
            edited.AddBond(place.anchor, start, Chem.BondType.SINGLE)
    else:
        for place in places:
            if place.anchor in chiral:
                edited.AddBond(place.anchor, edited.AddAtom(Chem.Atom(1)), Chem.BondType.SINGLE)
    edited.BeginBatchEdit()
    for index in gone:
        edited.RemoveAtom(index)
    edited.CommitBatchEdit()
    return _finish(edited.GetMol(), has_hydrogens=bool(chiral))


_NITROGEN: Final = 7
_TETRAHEDRAL: Final = (Chem.ChiralType.CHI_TETRAHEDRAL_CW, Chem.ChiralType.CHI_TETRAHEDRAL_CCW)


def _find_leaving(atom: Chem.Atom, place: Place) -> int | None:
    """Return the neighbour of an anchor that goes; None for a hydrogen that is not written out."""
    leaving = set(place.leaving)
    for neighbour in atom.GetNeighbors():
        if neighbour.GetIdx() in leaving or (not leaving and neighbour.GetAtomicNum() == 1):
            return int(neighbour.GetIdx())
    return None


def _open_geometry(atom: Chem.Atom) -> None:
    for bond in atom.GetBonds():
        if bond.GetBondType() == Chem.BondType.DOUBLE:
            bond.SetStereo(Chem.BondStereo.STEREONONE)
            for end in (bond.GetBeginAtom(), bond.GetEndAtom()):
                for beside in end.GetBonds():
                    beside.SetBondDir(Chem.BondDir.NONE)


def _turn(atom: Chem.Atom, left: int | None) -> None:
    """Invert the tag of a centre where its last neighbour, taking the place of `left`, is an odd number of steps away.

    Tags count neighbours in the order of their bonds; a new bond is the last one.
    """
    order = [bond.GetOtherAtomIdx(atom.GetIdx()) for bond in atom.GetBonds()]
    if left is None or len(order) != 4:
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    elif (len(order) - 1 - order.index(left)) % 2:
        atom.InvertChirality()


def _finish(product: Chem.Mol, *, has_hydrogens: bool) -> Chem.Mol | None:
    with rdBase.BlockLogs():
        if Chem.SanitizeMol(product, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE:
            return None
        if has_hydrogens:
            product = Chem.RemoveHs(product)
        Chem.AssignStereochemistry(product, cleanIt=True, force=True)
    return product

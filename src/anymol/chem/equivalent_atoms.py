"""Which atoms of one element are equivalent: by the substitution test of stereochemistry.

Two atoms are equivalent where labelling either gives the same molecule, or two mirror images: homotopic, enantiotopic
atoms (Eliel and Wilen 1994, chapter 8). Diastereotopic ones, as the hydrogens of a CH2 beside a stereocentre, are not.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdDistGeom, rdMolDescriptors

from anymol.errors import UserError

MAX_ATOMS: Final = 300
"""Most atoms, hydrogens among them, of a molecule that is looked at."""

_LABEL: Final = 500
"""Isotope number of the labelled atom, which no isotope has."""
_TETRAHEDRAL: Final = frozenset({"C", "Si", "Ge", "Sn"})
_SIDES: Final = {"C": 2, "N": 1}
"""Neighbours beside the double bond of an atom whose double bond can be stereogenic."""
_SECONDS: Final = 10
"""After which the search for a geometry stops."""


def group_equivalent(mol: Chem.Mol, atomic_number: int) -> list[tuple[int, ...]]:
    """Return the classes of equivalent atoms of one element.

    Stereocentres that the structure leaves open are taken in one of their configurations, all in the same molecule:
    what is diastereotopic in either is so here.

    Args:
        mol: The molecule, its hydrogens explicit (`Chem.AddHs`) where they count.
        atomic_number: Of the element.

    Returns:
        Indices of the atoms, class by class, in the order of their first atoms.

    Raises:
        UserError: The molecule is too large.

    >>> propene = Chem.AddHs(Chem.MolFromSmiles("CC=C"))
    >>> [len(one) for one in group_equivalent(propene, 1)]
    [3, 1, 1, 1]
    """
    if mol.GetNumAtoms() > MAX_ATOMS:
        raise UserError(
            f"the molecule has {mol.GetNumAtoms()} atoms", value=Chem.MolToSmiles(Chem.RemoveHs(mol)),
            hint=f"equivalent atoms are found in molecules of up to {MAX_ATOMS}",
        )  # fmt: skip
    settled = _settle(mol)
    forms = settled, _mirror(settled)
    has_cages = rdMolDescriptors.CalcNumBridgeheadAtoms(mol) > 0
    ranks = Chem.CanonicalRankAtoms(mol, breakTies=False, includeChirality=False)
    classes: dict[tuple[int, str], list[int]] = defaultdict(list)
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == atomic_number:
            place = atom.GetIdx()
            key = ranks[place], min(_write_labelled(form, place) for form in forms)
            if has_cages and key not in classes:
                same = (
                    known
                    for known, (first, *_) in classes.items()
                    if known[0] == key[0] and _is_same(forms, first, place)
                )
                key = next(same, key)
            classes[key].append(place)
    return sorted(map(tuple, classes.values()))


def _settle(mol: Chem.Mol) -> Chem.Mol:
    """Return a molecule with a configuration at each atom and double bond that a label could make stereogenic.

    Configurations are those of a geometry, so that no bridgehead points into its cage; where none is found they are
    arbitrary, which makes no difference outside such cages.
    """
    settled = Chem.RWMol(mol)
    embedding: Any = rdDistGeom.ETKDGv3()
    embedding.randomSeed = 7
    embedding.timeout = _SECONDS
    with rdBase.BlockLogs():
        is_embedded = rdDistGeom.EmbedMolecule(settled, embedding) == 0
    if is_embedded:
        Chem.AssignAtomChiralTagsFromStructure(settled)
    for atom in settled.GetAtoms():
        is_open = atom.GetChiralTag() == Chem.ChiralType.CHI_UNSPECIFIED
        if is_open and atom.GetSymbol() in _TETRAHEDRAL and atom.GetDegree() == 4:
            atom.SetChiralTag(Chem.ChiralType.CHI_TETRAHEDRAL_CW)
    for bond in settled.GetBonds():
        if (
            bond.GetBondType() != Chem.BondType.DOUBLE
            or bond.GetStereo() > Chem.BondStereo.STEREOANY
            or bond.IsInRing()
        ):
            continue
        first, second = bond.GetBeginAtom(), bond.GetEndAtom()
        sides = _list_others(first, second), _list_others(second, first)
        if all(len(side) == _SIDES.get(end.GetSymbol()) for end, side in zip((first, second), sides, strict=True)):
            bond.SetStereoAtoms(sides[0][0], sides[1][0])
            bond.SetStereo(Chem.BondStereo.STEREOCIS)
    return settled.GetMol()


def _list_others(atom: Chem.Atom, neighbour: Chem.Atom) -> list[int]:
    """Return the neighbours of an atom but one."""
    return [one.GetIdx() for one in atom.GetNeighbors() if one.GetIdx() != neighbour.GetIdx()]


def _mirror(mol: Chem.Mol) -> Chem.Mol:
    mirrored = Chem.RWMol(mol)
    for atom in mirrored.GetAtoms():
        atom.InvertChirality()
    return mirrored.GetMol()


def _label(mol: Chem.Mol, place: int) -> Chem.RWMol:
    labelled = Chem.RWMol(mol)
    labelled.GetAtomWithIdx(place).SetIsotope(_LABEL)
    return labelled


def _write_labelled(mol: Chem.Mol, place: int) -> str:
    """Return the canonical SMILES of a molecule with one atom labelled."""
    labelled = _label(mol, place)
    Chem.SetDoubleBondNeighborDirections(labelled)
    Chem.AssignStereochemistry(labelled, cleanIt=True, force=True)
    return str(Chem.MolToSmiles(labelled))


def _is_same(forms: tuple[Chem.Mol, Chem.Mol], first: int, second: int) -> bool:
    """Whether labels at two atoms give the same molecule, or mirror images, by a search for their isomorphism.

    Canonical SMILES of cages such as norbornane are not the same for their equivalent ends.
    """
    written = _drop_hydrogens(_label(forms[0], first))
    return any(_drop_hydrogens(_label(form, second)).HasSubstructMatch(written, useChirality=True) for form in forms)


def _drop_hydrogens(labelled: Chem.RWMol) -> Chem.Mol:
    """Return a labelled molecule without its other hydrogens, and without the configuration of atoms that bear two."""
    for atom in labelled.GetAtoms():
        hydrogens = [one.GetIsotope() for one in atom.GetNeighbors() if one.GetAtomicNum() == 1]
        if len(set(hydrogens)) < len(hydrogens):
            atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    return Chem.RemoveHs(labelled, sanitize=False)

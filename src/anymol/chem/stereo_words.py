"""What words before a name say of its stereochemistry: (R), E, cis, and signs of rotation."""

from __future__ import annotations

from rdkit import Chem
from rdkit.Chem.EnumerateStereoisomers import EnumerateStereoisomers
from rdkit.Chem.rdCIPLabeler import AssignCIPLabels

from anymol.chem.parsing import canonicalize_smiles, parse_smiles, write_canonical


def set_descriptor(smiles: str, label: str) -> str | None:
    """Return a structure with the descriptor of its only centre, or only double bond, set; None where it has more.

    Args:
        smiles: The structure.
        label: R, S, E or Z.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    >>> set_descriptor("CC(O)C(=O)O", "R")
    'C[C@@H](O)C(=O)O'
    """
    mol = parse_smiles(smiles)
    wanted = Chem.StereoType.Atom_Tetrahedral if label in "RS" else Chem.StereoType.Bond_Double
    places = [place.centeredOn for place in Chem.FindPotentialStereo(mol) if place.type == wanted]
    if len(places) != 1:
        return None
    (place,) = places
    if label in "RS":
        mol.GetAtomWithIdx(place).SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    else:
        mol.GetBondWithIdx(place).SetStereo(Chem.BondStereo.STEREONONE)
    for isomer in EnumerateStereoisomers(mol):
        AssignCIPLabels(isomer)
        holder = isomer.GetAtomWithIdx(place) if label in "RS" else isomer.GetBondWithIdx(place)
        if holder.HasProp("_CIPCode") and holder.GetProp("_CIPCode") == label:
            return canonicalize_smiles(Chem.MolToSmiles(isomer))
    return None


def mirror_image(smiles: str) -> str | None:
    """Return the enantiomer of a structure; None where a centre is open, or it is its own mirror image.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    >>> mirror_image("C[C@H](N)C(=O)O")
    'C[C@@H](N)C(=O)O'
    """
    mol = parse_smiles(smiles)
    if any(label == "?" for _, label in Chem.FindMolChiralCenters(mol, includeUnassigned=True)):
        return None
    for atom in mol.GetAtoms():
        atom.InvertChirality()
    mirrored = write_canonical(mol)
    return None if mirrored == canonicalize_smiles(smiles) else mirrored

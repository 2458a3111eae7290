"""What a record says of a molecule that canonical SMILES cannot: it is kept, said, or the record is refused.

RDKit reads labels of groups, brackets of polymers, stereo groups, haptic and hydrogen bonds, attachment points and more
into properties of the molecule, where SMILES, and all that is computed, pass them by: the repeat unit of polystyrene
would weigh what cumene weighs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rdkit import Chem, rdBase

from anymol.chem.abbreviations import find_element, find_group, find_linker, is_open_label
from anymol.chem.condensed import read_condensed_group
from anymol.errors import UserError

_POLYMERS: Final = {
    "SRU": "the repeat unit of a polymer",
    "MON": "the monomer of a polymer",
    "MER": "the repeat unit of a polymer",
    "COP": "a copolymer",
    "CRO": "a cross-linked polymer",
    "MOD": "a modified polymer",
    "GRA": "a graft polymer",
    "ANY": "a polymer",
}
_MIXTURES: Final = {"MIX": "a mixture", "FOR": "a formulation", "COM": "the component of a mixture"}
_ACCEPTORS: Final = frozenset({"B", "Al", "Ga", "Si"})
_DATIVE: Final = Chem.BondType.DATIVE
_NO_ORDER: Final = (Chem.BondType.ZERO, Chem.BondType.UNSPECIFIED)
_ATROPISOMERS: Final = (Chem.BondStereo.STEREOATROPCW, Chem.BondStereo.STEREOATROPCCW)


def settle_molecule(mol: Chem.Mol) -> tuple[Chem.Mol, tuple[str, ...]]:
    """Return the molecule that a record means, and what its SMILES leaves out, in sentences.

    Labels of groups are replaced by the groups, haptic bonds by dative ones to each atom; hydrogen bonds are removed.

    Args:
        mol: The molecule as RDKit reads it from a MOL block or an extended SMILES.

    Raises:
        UserError: The record is not a single molecule: a polymer, a list of possible molecules, or a group that is not
            known.
    """
    _refuse_polymers(mol)
    _refuse_choices(mol)
    notes: list[str] = []
    _label_contracted(mol)
    mol = _expand_labels(mol, notes)
    mol = _write_haptic_bonds(mol, notes)
    mol = _remove_hydrogen_bonds(mol, notes)
    _refuse_dative_to_boron(mol)
    mol = _open_attachments(mol)
    notes += [*_describe_stereo(mol), *_describe_rest(mol)]
    return mol, tuple(notes)


def _refuse_dative_to_boron(mol: Chem.Mol) -> None:
    """Refuse dative bonds to main-group atoms that draw no hydrogens: RDKit counts the bond among their valences."""
    for bond in mol.GetBonds():
        end = bond.GetEndAtom()
        if bond.GetBondType() == _DATIVE and end.GetSymbol() in _ACCEPTORS and end.GetTotalNumHs() > 0:
            raise UserError(
                f"a dative bond leads to {end.GetSymbol()} (atom {end.GetIdx() + 1}), whose hydrogens are not settled",
                hint="draw a single bond with charges, + at the donor and - at the acceptor",
            )


def is_open(mol: Chem.Mol) -> bool:
    """Whether a molecule leaves a residue open, as ``*``."""
    return any(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms())


def _refuse_polymers(mol: Chem.Mol) -> None:
    for group in Chem.GetMolSubstanceGroups(mol):
        kind = group.GetProp("TYPE")
        label = f" with the label '{group.GetProp('LABEL')}'" if group.HasProp("LABEL") else ""
        if kind in _POLYMERS:
            raise UserError(
                f"the record is {_POLYMERS[kind]}, drawn in brackets{label}, and not a molecule",
                hint="give an oligomer, or the repeat unit alone with * at its ends",
            )
        copies = int(group.GetProp("MULT")) if kind == "MUL" and group.HasProp("MULT") else 1
        if copies > 1 and len(group.GetAtoms()) != copies * len(group.GetParentAtoms()):
            raise UserError(f"brackets repeat {copies} times what is drawn once", hint="draw all of it")


def _refuse_choices(mol: Chem.Mol) -> None:
    """Refuse records that stand for several molecules: bonds to any of some atoms, parts repeated in a range."""
    if mol.HasProp("_molLinkNodes"):
        raise UserError("the record repeats an atom a number of times that it leaves open", hint="draw one molecule")
    for bond in mol.GetBonds():
        if bond.HasProp("_MolFileBondAttach") and bond.GetProp("_MolFileBondAttach") == "ANY":
            raise UserError("the record leaves open at which of several atoms a bond ends", hint="draw one molecule")


# -------------------------------------------------------------------------------------------------- labels of groups


def _label_contracted(mol: Chem.Mol) -> None:
    """Give an atom that stands for a contracted group the group's label; its record holds one atom of the group.

    Raises:
        UserError: A group holds other atoms than its label says.
    """
    for contracted in Chem.GetMolSubstanceGroups(mol):
        label = contracted.GetProp("LABEL").strip() if contracted.HasProp("LABEL") else ""
        group = find_group(label) if contracted.GetProp("TYPE") == "SUP" and label else None
        if group is None:
            continue
        atoms = [mol.GetAtomWithIdx(index) for index in contracted.GetAtoms()]
        symbols = sorted(atom.GetSymbol() for atom in atoms if atom.GetAtomicNum() > 1)
        meant = sorted(atom.GetSymbol() for atom in Chem.MolFromSmiles(group).GetAtoms() if atom.GetAtomicNum() > 1)
        if symbols == meant:
            continue
        if len(atoms) != 1:
            raise UserError(f"the group '{label}' holds the atoms {', '.join(symbols)}", hint="draw the whole group")
        atoms[0].SetProp("molFileAlias", label)


def _expand_labels(mol: Chem.Mol, notes: list[str]) -> Chem.Mol:
    """Replace atoms that carry a label by what it stands for."""
    labels = {atom.GetIdx(): label for atom in mol.GetAtoms() if (label := _read_label(atom))}
    if not labels:
        return mol
    edited = Chem.RWMol(mol)
    for index, label in labels.items():
        _expand_label(edited, index, label, notes)
    with rdBase.BlockLogs():
        try:
            Chem.SanitizeMol(edited)
        except ValueError as error:
            said = str(error).splitlines()[0]
            raise UserError(f"the labels {', '.join(labels.values())} fit no molecule: {said}") from None
        for index, label in labels.items():
            atom, element = edited.GetAtomWithIdx(index), find_element(label)
            if element and element[1] is not None and atom.GetTotalNumHs(includeNeighbors=True) != element[1]:
                raise UserError(f"the label '{label}' (atom {index + 1}) does not fit its bonds")
        return Chem.RemoveHs(edited.GetMol())


def _read_label(atom: Chem.Atom) -> str:
    """Return the label of an atom: an alias, or a group where an element belongs; empty where there is none."""
    alias = atom.GetProp("molFileAlias").strip() if atom.HasProp("molFileAlias") else ""
    if alias or atom.GetAtomicNum():
        return alias
    return next((label for label in _list_dummy_labels(atom) if find_group(label)), "")


def _list_dummy_labels(atom: Chem.Atom) -> list[str]:
    """Return what stands at an atom of no element: in a MOL block, and in an extended SMILES."""
    return [str(atom.GetProp(name)) for name in ("dummyLabel", "atomLabel") if atom.HasProp(name)]


def _expand_label(mol: Chem.RWMol, index: int, label: str, notes: list[str]) -> None:
    """Turn one atom into what its label stands for, its bonds kept."""
    atom = mol.GetAtomWithIdx(index)
    for name in ("molFileAlias", "atomLabel", "dummyLabel"):
        atom.ClearProp(name)
    where = f"'{label}' (atom {index + 1})"
    if is_open_label(label):
        _become(atom, Chem.Atom(0))
        atom.SetProp("dummyLabel", label)
        return
    if element := find_element(label):
        _become(atom, Chem.Atom("H" if element[0] == "D" else element[0]))
        atom.SetIsotope(2 if element[0] == "D" else 0)
        return
    smiles = find_group(label) or read_condensed_group(label) if atom.GetDegree() == 1 else find_linker(label)
    if smiles is None:
        raise UserError(
            f"the label {where} stands for a group that is not known",
            hint="draw the group, or write one of the usual labels, such as Boc or CO2Et",
        )
    group = Chem.MolFromSmiles(smiles)
    root = next((one for one in group.GetAtoms() if one.GetAtomicNum() == 0), None)
    first = root.GetNeighbors()[0].GetIdx() if root else 0
    places = {first: index}
    _become(atom, group.GetAtomWithIdx(first))
    for one in group.GetAtoms():
        if one.GetAtomicNum() and one.GetIdx() != first:
            places[one.GetIdx()] = mol.AddAtom(one)
    for bond in group.GetBonds():
        ends = (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        if all(end in places for end in ends):
            mol.AddBond(places[ends[0]], places[ends[1]], bond.GetBondType())
    notes.append(f"the label {where} was read as {smiles}")


def _become(atom: Chem.Atom, model: Chem.Atom) -> None:
    """Give an atom the element of another, and its charge and aromaticity."""
    atom.SetAtomicNum(model.GetAtomicNum())
    atom.SetFormalCharge(model.GetFormalCharge())
    atom.SetIsAromatic(model.GetIsAromatic())
    atom.SetNoImplicit(False)
    atom.SetNumExplicitHs(0)
    atom.SetNumRadicalElectrons(0)


# ------------------------------------------------------------------------------------------------------------- bonds


def _write_haptic_bonds(mol: Chem.Mol, notes: list[str]) -> Chem.Mol:
    haptic = [bond for bond in mol.GetBonds() if bond.HasProp("_MolFileBondEndPts")]
    if not haptic:
        return mol
    try:
        with rdBase.BlockLogs():
            written = Chem.HapticBondsToDative(mol)
            Chem.SanitizeMol(written)
    except (ValueError, RuntimeError) as error:
        raise UserError(f"a bond to several atoms at once cannot be read: {str(error).splitlines()[0]}") from None
    ends = sum(int(re.findall(r"\d+", bond.GetProp("_MolFileBondEndPts"))[0]) for bond in haptic)
    made = _count_dative(written) - _count_dative(mol) + sum(bond.GetBondType() == _DATIVE for bond in haptic)
    if is_open(written) or made != ends:
        raise UserError("a bond to several atoms at once cannot be read", hint="write a bond to each of them")
    notes.append("the bond to several atoms at once is written as a dative bond from each of them")
    return written


def _count_dative(mol: Chem.Mol) -> int:
    return sum(bond.GetBondType() == _DATIVE for bond in mol.GetBonds())


def _remove_hydrogen_bonds(mol: Chem.Mol, notes: list[str]) -> Chem.Mol:
    bonds = [bond for bond in mol.GetBonds() if bond.GetBondType() == Chem.BondType.HYDROGEN]
    if not bonds:
        return mol
    edited = Chem.RWMol(mol)
    pairs = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in bonds]
    for pair in pairs:
        edited.RemoveBond(*pair)
    with rdBase.BlockLogs():
        Chem.SanitizeMol(edited)
    named = ", ".join(f"{one + 1}-{other + 1}" for one, other in pairs)
    notes.append(f"hydrogen bonds are left out (atoms {named})")
    return edited.GetMol()


def _open_attachments(mol: Chem.Mol) -> Chem.Mol:
    """Write attachment points, which RDKit would fill with hydrogen, as open residues."""
    if not any(atom.HasProp("molAttchpt") for atom in mol.GetAtoms()):
        return mol
    edited = Chem.RWMol(mol)
    for atom in mol.GetAtoms():
        if atom.HasProp("molAttchpt"):
            for _ in range(2 if atom.GetIntProp("molAttchpt") == -1 else 1):
                edited.AddBond(atom.GetIdx(), edited.AddAtom(Chem.Atom(0)), Chem.BondType.SINGLE)
    with rdBase.BlockLogs():
        Chem.SanitizeMol(edited)
    return edited.GetMol()


# ------------------------------------------------------------------------------------------------------------- notes


def _describe_stereo(mol: Chem.Mol) -> Iterator[str]:
    centres = {atom.GetIdx() for atom in mol.GetAtoms() if atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED}
    for group in mol.GetStereoGroups():
        atoms = {atom.GetIdx() for atom in group.GetAtoms()}
        named = ", ".join(str(index + 1) for index in sorted(atoms))
        match group.GetGroupType():
            case Chem.StereoGroupType.STEREO_AND:
                mixture = "a racemate" if centres <= atoms else "a mixture of two stereoisomers"
                yield f"the record is {mixture} (AND at atoms {named}): the SMILES shows one"
            case Chem.StereoGroupType.STEREO_OR:
                pair = "enantiomers" if centres <= atoms else "stereoisomers"
                yield f"the record is one of two {pair}, unknown which (OR at atoms {named}): the SMILES shows one"
            case _:
                pass
    for bond in mol.GetBonds():
        if bond.GetStereo() in _ATROPISOMERS:
            ends = f"{bond.GetBeginAtomIdx() + 1}-{bond.GetEndAtomIdx() + 1}"
            yield f"the axial chirality of bond {ends} is lost: SMILES cannot write it, and its two forms read alike"


def _describe_rest(mol: Chem.Mol) -> Iterator[str]:
    opened = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    if opened:
        labels = dict.fromkeys(next(reversed(_list_dummy_labels(atom)), "*") for atom in opened)
        yield f"the record leaves residues open ({', '.join(labels)}): it is not a whole molecule"
    if any(bond.GetBondType() in _NO_ORDER for bond in mol.GetBonds()):
        yield "a bond of order zero is written as ~: hydrogens are counted as if there were none"
    for group in Chem.GetMolSubstanceGroups(mol):
        kind = group.GetProp("TYPE")
        if kind in _MIXTURES:
            yield f"the record is {_MIXTURES[kind]}, whose amounts are not read"
        elif kind == "GEN":
            yield "brackets of no stated meaning are left out"
        elif kind == "DAT" and group.HasProp("FIELDNAME") and not group.GetProp("FIELDNAME").startswith("MRV_"):
            data = " ".join(group.GetStringVectProp("DATAFIELDS")) if group.HasProp("DATAFIELDS") else ""
            yield f"the remark '{group.GetProp('FIELDNAME').strip()}: {data.strip()}' is left out"
    for atom in mol.GetAtoms():
        for name in ("molFileValue", "atomLabel") if atom.GetAtomicNum() else ():
            if atom.HasProp(name) and atom.GetProp(name).strip():
                yield f"the remark '{atom.GetProp(name).strip()}' at atom {atom.GetIdx() + 1} is left out"

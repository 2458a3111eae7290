"""InChI and InChIKey: the identity by which molecules are split, deduplicated and held out."""

from __future__ import annotations

from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdinchi

from anymol.chem.key_parts import connectivity_part
from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidSmilesError

_NONMETALS: Final = frozenset({1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 33, 34, 35, 36, 52, 53, 54, 85, 86})


def write_inchi(molecule: str | Chem.Mol) -> tuple[str, str]:
    """Return the standard InChI of a SMILES or molecule, and what InChI remarks; an empty text where it says nothing.

    Raises:
        InvalidSmilesError: The SMILES is invalid, or InChI cannot describe it (dummy atoms, for example).

    >>> write_inchi("CCO")
    ('InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3', '')
    """
    mol = parse_smiles(molecule) if isinstance(molecule, str) else molecule
    with rdBase.BlockLogs():
        text, _, remark, _, _ = rdinchi.MolToInchi(_disconnect(mol), "")
    if not text:
        raise InvalidSmilesError(
            f"InChI cannot describe this molecule{f' ({remark})' if remark else ''}",
            value=molecule if isinstance(molecule, str) else Chem.MolToSmiles(mol),
            hint="dummy atoms (*) and query features have no InChI and no InChIKey",
        )
    return text, remark


def inchikey(molecule: str | Chem.Mol) -> str:
    """Return the standard InChIKey (27 characters) of a SMILES or molecule.

    Raises:
        InvalidSmilesError: As :func:`write_inchi`.

    >>> inchikey("CC(=O)Oc1ccccc1C(=O)O")
    'BSYNRYMUTXBXSQ-UHFFFAOYSA-N'
    """
    key: str = rdinchi.InchiToInchiKey(write_inchi(molecule)[0])
    return key


def inchikey_block(molecule: str | Chem.Mol) -> str:
    """Return the first 14 characters of the InChIKey: the same for all stereoisomers and isotopologues.

    Raises:
        InvalidSmilesError: As :func:`inchikey`.

    >>> inchikey_block("CC(=O)Oc1ccccc1C(=O)O")
    'BSYNRYMUTXBXSQ'
    """
    return connectivity_part(inchikey(molecule))


def is_metal(atom: Chem.Atom) -> bool:
    """Whether InChI counts an element among the metals, to which it tells no bonds."""
    return atom.GetAtomicNum() not in _NONMETALS


def _disconnect(mol: Chem.Mol) -> Chem.Mol:
    """Return the molecule without dative bonds to metals: standard InChI cuts them, but does not read RDKit's."""
    dative = [
        bond for bond in mol.GetBonds() if bond.GetBondType() == Chem.BondType.DATIVE and is_metal(bond.GetEndAtom())
    ]
    if not dative:
        return mol
    cut = Chem.RWMol(mol)
    for bond in dative:
        cut.RemoveBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
    return cut.GetMol()

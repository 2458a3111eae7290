"""InChIKeys: the identity by which molecules are split, deduplicated and held out."""

from __future__ import annotations

from rdkit import Chem, rdBase

from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidSmilesError


def inchikey(molecule: str | Chem.Mol) -> str:
    """Return the standard InChIKey (27 characters) of a SMILES or molecule.

    Raises:
        InvalidSmilesError: The SMILES is invalid, or InChI cannot describe it (dummy atoms, for example).

    >>> inchikey("CC(=O)Oc1ccccc1C(=O)O")
    'BSYNRYMUTXBXSQ-UHFFFAOYSA-N'
    """
    mol = parse_smiles(molecule) if isinstance(molecule, str) else molecule
    with rdBase.BlockLogs():
        key: str = Chem.MolToInchiKey(mol)
    if not key:
        shown = molecule if isinstance(molecule, str) else Chem.MolToSmiles(mol)
        raise InvalidSmilesError(
            "InChI cannot describe this molecule",
            value=shown,
            hint="dummy atoms (*) and query features have no InChIKey",
        )
    return key


def inchikey_block(molecule: str | Chem.Mol) -> str:
    """Return the first 14 characters of the InChIKey: the same for all stereoisomers and isotopologues.

    Raises:
        InvalidSmilesError: As :func:`inchikey`.

    >>> inchikey_block("CC(=O)Oc1ccccc1C(=O)O")
    'BSYNRYMUTXBXSQ'
    """
    return inchikey(molecule)[:14]

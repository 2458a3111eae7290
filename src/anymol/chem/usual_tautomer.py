"""The usual tautomer of a structure that was read from an InChI.

An InChI leaves mobile hydrogens open, and programs that turn one into a structure put them on oxygen: peptides become
imidic acids, hypoxanthines lactims. Their weights are right, their donors, LogP and TPSA are not.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from anymol.chem.parsing import canonicalize_smiles, parse_smiles

_IMIDIC_ACID: Final = Chem.MolFromSmarts("[OX2H1][CX3;!a]=[NX2]")
_LACTIM: Final = Chem.MolFromSmarts("[OX2H1]-[c;R]:[n]")
_MOST_TAUTOMERS: Final = 200
_LARGEST: Final = 60
"""Heavy atoms above which the tautomers of rings are not listed: it takes seconds."""


def write_usual_tautomer(smiles: str) -> str:
    """Return a structure with amides in place of imidic acids, and lactams in place of lactims.

    Only tautomers of one InChI are exchanged: which of them it is the InChI never said.

    Args:
        smiles: Canonical SMILES.

    Returns:
        Canonical SMILES; the same where nothing is to be exchanged.

    Raises:
        InvalidSmilesError: It does not parse.

    >>> write_usual_tautomer("C[C@H](N)C(O)=N[C@@H](C)C(=O)O")
    'C[C@H](N)C(=O)N[C@@H](C)C(=O)O'
    >>> write_usual_tautomer("Oc1ccccn1")
    'O=c1cccc[nH]1'
    """
    mol = parse_smiles(smiles)
    acids = mol.GetSubstructMatches(_IMIDIC_ACID)
    if not acids and not mol.HasSubstructMatch(_LACTIM):
        return smiles
    with rdBase.BlockLogs():
        key = Chem.MolToInchiKey(mol)
        amide = _move_hydrogens(mol, acids)
        if Chem.MolToInchiKey(amide) != key:
            amide = mol
        if amide.HasSubstructMatch(_LACTIM) and amide.GetNumHeavyAtoms() <= _LARGEST:
            alike = [one for one in _enumerator().Enumerate(amide) if Chem.MolToInchiKey(one) == key]
            amide = max(alike, key=lambda one: (_score(one), -_count(one)), default=amide)
    return canonicalize_smiles(Chem.MolToSmiles(amide))


def _move_hydrogens(mol: Chem.Mol, acids: tuple[tuple[int, ...], ...]) -> Chem.Mol:
    """Return the molecule with the hydrogen of each acid's oxygen on its nitrogen."""
    moved = Chem.RWMol(mol)
    for oxygen, carbon, nitrogen in acids:
        if moved.GetBondBetweenAtoms(carbon, nitrogen).GetBondType() != Chem.BondType.DOUBLE:
            continue  # two oxygens of one carbon
        moved.GetBondBetweenAtoms(carbon, nitrogen).SetStereo(Chem.BondStereo.STEREONONE)
        moved.GetBondBetweenAtoms(carbon, nitrogen).SetBondType(Chem.BondType.SINGLE)
        moved.GetBondBetweenAtoms(oxygen, carbon).SetBondType(Chem.BondType.DOUBLE)
        moved.GetAtomWithIdx(oxygen).SetNumExplicitHs(0)
    Chem.SanitizeMol(moved)
    Chem.AssignStereochemistry(moved, cleanIt=True, force=True)
    return moved.GetMol()


def _score(mol: Chem.Mol) -> int:
    return rdMolStandardize.TautomerEnumerator.ScoreTautomer(mol)


def _count(mol: Chem.Mol) -> int:
    return len(mol.GetSubstructMatches(_IMIDIC_ACID)) + len(mol.GetSubstructMatches(_LACTIM))


@cache
def _enumerator() -> rdMolStandardize.TautomerEnumerator:
    parameters = rdMolStandardize.CleanupParameters()
    parameters.maxTautomers = _MOST_TAUTOMERS  # type: ignore[assignment]  # its stub is wrong
    parameters.tautomerRemoveSp3Stereo = False  # type: ignore[assignment]  # its stub is wrong
    parameters.tautomerRemoveBondStereo = False  # type: ignore[assignment]  # its stub is wrong
    return rdMolStandardize.TautomerEnumerator(parameters)

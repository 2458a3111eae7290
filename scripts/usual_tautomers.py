"""The tautomer that a name means, where a record was made from an InChI and writes another.

An InChI leaves mobile hydrogens open, and programs that turn one into a structure put them on oxygen: peptides become
imidic acids, hypoxanthines lactims. Their weights are right, their donors, LogP and TPSA are not.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from anymol.chem.parsing import canonicalize_smiles, parse_smiles

_IMIDIC_ACID: Final = Chem.MolFromSmarts("[CX3;!a]([OX2H1])=[NX2]")
_LACTIM: Final = Chem.MolFromSmarts("[OX2H1]-[c;R]:[n]")
_SAID_BY_NAME: Final = re.compile(
    r"imid(?:ic|ate)|hydroxy|-OH\b|(?:\d'?-|[a-z]in)(?:di|tri)?ol\b|imol$|hymexazol", re.IGNORECASE
)
"""Names that say that there is a hydroxyl group: 2-hydroxyquinoline, isoxazol-3-ol, formimidic acid, ethirimol."""
_MOST_TAUTOMERS: Final = 200


def write_usual_tautomer(name: str, smiles: str) -> str:
    """Return a structure with amides in place of imidic acids and lactims that its name does not speak of.

    Only tautomers of one InChI are exchanged: which of them it is the record never said.

    >>> write_usual_tautomer("L-alanyl-L-alanine", "C[C@H](N)C(O)=N[C@@H](C)C(=O)O")
    'C[C@H](N)C(=O)N[C@@H](C)C(=O)O'
    >>> write_usual_tautomer("2-hydroxyquinoline", "Oc1ccc2ccccc2n1")
    'Oc1ccc2ccccc2n1'
    """
    mol = parse_smiles(smiles)
    if _SAID_BY_NAME.search(name) is not None or not _count(mol):
        return smiles
    with rdBase.BlockLogs():
        key = Chem.MolToInchiKey(mol)
        tautomers = [one for one in _enumerator().Enumerate(mol) if Chem.MolToInchiKey(one) == key]
        if not tautomers:
            return smiles
        best = max(tautomers, key=lambda one: (rdMolStandardize.TautomerEnumerator.ScoreTautomer(one), -_count(one)))
    return canonicalize_smiles(Chem.MolToSmiles(best))


def _count(mol: Chem.Mol) -> int:
    return len(mol.GetSubstructMatches(_IMIDIC_ACID)) + len(mol.GetSubstructMatches(_LACTIM))


@cache
def _enumerator() -> rdMolStandardize.TautomerEnumerator:
    parameters = rdMolStandardize.CleanupParameters()
    parameters.maxTautomers = _MOST_TAUTOMERS  # type: ignore[assignment]  # its stub is wrong
    parameters.tautomerRemoveSp3Stereo = False  # type: ignore[assignment]  # its stub is wrong
    parameters.tautomerRemoveBondStereo = False  # type: ignore[assignment]  # its stub is wrong
    return rdMolStandardize.TautomerEnumerator(parameters)

"""The tautomer that a name means, where a record was made from an InChI and writes another."""

from __future__ import annotations

import re
from typing import Final

from anymol.chem.usual_tautomer import write_usual_tautomer

_SAID_BY_NAME: Final = re.compile(
    r"imid(?:ic|ate)|hydroxy|-OH\b|(?:\d'?-|[a-z]in)(?:di|tri)?ol\b|imol$|hymexazol", re.IGNORECASE
)
"""Names that say that there is a hydroxyl group: 2-hydroxyquinoline, isoxazol-3-ol, formimidic acid, ethirimol."""


def write_named_tautomer(name: str, smiles: str) -> str:
    """Return a structure with amides in place of imidic acids and lactims that its name does not speak of.

    >>> write_named_tautomer("L-alanyl-L-alanine", "C[C@H](N)C(O)=N[C@@H](C)C(=O)O")
    'C[C@H](N)C(=O)N[C@@H](C)C(=O)O'
    >>> write_named_tautomer("2-hydroxyquinoline", "Oc1ccc2ccccc2n1")
    'Oc1ccc2ccccc2n1'
    """
    return smiles if _SAID_BY_NAME.search(name) is not None else write_usual_tautomer(smiles)

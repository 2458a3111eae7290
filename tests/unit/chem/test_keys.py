"""InChIKeys against the published ones."""

from __future__ import annotations

import pytest

from anymol.chem.keys import inchikey, inchikey_block
from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidSmilesError


def test_published_keys() -> None:
    assert inchikey("CC(=O)Oc1ccccc1C(=O)O") == "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"
    assert inchikey(parse_smiles("Cn1c(=O)c2c(ncn2C)n(C)c1=O")) == "RYYVLZVUVIJVGH-UHFFFAOYSA-N"


def test_block_is_the_same_for_stereoisomers() -> None:
    assert inchikey_block("C[C@H](N)C(=O)O") == inchikey_block("C[C@@H](N)C(=O)O") == "QNAYBMKLOCPYGJ"


@pytest.mark.parametrize("smiles", ["C1CC", "*"])
def test_no_key_without_a_molecule(smiles: str) -> None:
    with pytest.raises(InvalidSmilesError):
        inchikey(smiles)

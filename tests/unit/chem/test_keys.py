"""InChIKeys against the published ones."""

from __future__ import annotations

import pytest

from anymol.chem.keys import inchikey, inchikey_block, write_inchi
from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidSmilesError


def test_published_keys() -> None:
    assert inchikey("CC(=O)Oc1ccccc1C(=O)O") == "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"
    assert inchikey(parse_smiles("Cn1c(=O)c2c(ncn2C)n(C)c1=O")) == "RYYVLZVUVIJVGH-UHFFFAOYSA-N"


def test_dative_bonds_to_a_metal_are_cut_as_inchi_cuts_them() -> None:
    for cisplatin in ("[NH3][Pt]([NH3])(Cl)Cl", "N->[Pt](<-N)(Cl)Cl"):
        assert inchikey(cisplatin) == "LXZZYRPGZAFOLE-UHFFFAOYSA-L"
        assert write_inchi(cisplatin)[0] == "InChI=1S/2ClH.2H3N.Pt/h2*1H;2*1H3;/q;;;;+2/p-2"


def test_block_is_the_same_for_stereoisomers() -> None:
    assert inchikey_block("C[C@H](N)C(=O)O") == inchikey_block("C[C@@H](N)C(=O)O") == "QNAYBMKLOCPYGJ"


@pytest.mark.parametrize("smiles", ["C1CC", "*"])
def test_no_key_without_a_molecule(smiles: str) -> None:
    with pytest.raises(InvalidSmilesError):
        inchikey(smiles)

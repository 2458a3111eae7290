"""Structures that were read from an InChI are written as chemists draw them."""

from __future__ import annotations

import pytest
from rdkit import Chem

from anymol.chem.keys import inchikey
from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.usual_tautomer import write_usual_tautomer

AS_DRAWN = (
    "CC(=O)Nc1ccc(O)cc1",
    "NC(=O)c1cccnc1",
    "NC(N)=O",
    "O=C1CCCN1",
    "O=c1cccc[nH]1",
    "O=C1NC(=O)c2ccccc21",
    "CC(=O)NO",
    "NNC(=O)c1ccncc1",
    "Nc1ccn([C@@H]2O[C@H](CO)[C@@H](O)[C@H]2O)c(=O)n1",
    "CC(C)C[C@H](NC(=O)CNC(=O)CNC(=O)[C@@H](N)Cc1ccc(O)cc1)C(=O)NCC(N)=O",
)
"""Paracetamol, nicotinamide, urea, pyrrolidone, pyridone, phthalimide, a hydroxamic acid, isoniazid, cytidine, and
leucine enkephalinamide with a glycine more."""


@pytest.mark.parametrize("smiles", AS_DRAWN)
def test_an_inchi_gives_the_amide(smiles: str) -> None:
    read = Chem.MolToSmiles(Chem.MolFromInchi(Chem.MolToInchi(Chem.MolFromSmiles(smiles))))
    assert write_usual_tautomer(canonicalize_smiles(read)) == canonicalize_smiles(smiles)


@pytest.mark.parametrize("smiles", ["CC(=O)C=C(C)O", "Oc1ccccc1", "CCOC(C)=N", "CC(=N)N", "CC(=O)O"])
def test_what_is_no_imidic_acid_stays(smiles: str) -> None:
    written = canonicalize_smiles(smiles)
    assert write_usual_tautomer(written) == written


@pytest.mark.parametrize("smiles", ["Oc1nc(O)c2nc[nH]c2n1", "N=C(O)CC(O)=N", "ON=C(O)c1ccccc1"])
def test_only_mobile_hydrogens_move(smiles: str) -> None:
    usual = write_usual_tautomer(canonicalize_smiles(smiles))
    assert inchikey(usual) == inchikey(smiles)
    assert usual != canonicalize_smiles(smiles)

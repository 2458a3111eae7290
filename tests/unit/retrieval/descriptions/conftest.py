from __future__ import annotations

import pytest

from anymol.chem.keys import inchikey
from anymol.chem.parsing import canonicalize_smiles
from anymol.retrieval.descriptions.store import Collection, Description, DescriptionStore, StoreCard

TEXTS = {
    "OCCO": "The molecule is a glycol. It is a primary alcohol.",
    "CCCO": "The molecule is a primary alcohol that is propane carrying a hydroxy group at position 1.",
    "Oc1ccccc1Br": "The molecule is a member of phenols that is phenol substituted by a bromo group at position 2.",
    "CC(=O)Oc1ccccc1C(=O)O": "Aspirin is a drug.",
}


@pytest.fixture
def small_store() -> DescriptionStore:
    """Four described molecules, of which one is described by its own name alone."""
    card = StoreCard(collections={"chebi": Collection(name="ChEBI", licence="CC BY 4.0")})
    return DescriptionStore(
        card,
        [Description(inchikey(one), canonicalize_smiles(one), "chebi", text) for one, text in TEXTS.items()],
    )

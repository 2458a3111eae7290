"""Changes carry the names that chemists give them."""

from __future__ import annotations

import pytest

from anymol.chem.atom_mapping import map_reaction
from anymol.chem.reaction_names import name_change
from anymol.chem.templates import extract_template


@pytest.mark.parametrize(
    ("reactants", "product", "name"),
    [
        ("Brc1ccccc1.OB(O)c1ccncc1", "c1ccc(-c2ccncc2)cc1", "Suzuki-Miyaura coupling (RXNO:0000140)"),
        ("CC(C)(C)OC(=O)NCC1CC1", "NCC1CC1", "Boc deprotection (RXNO:0000326)"),
        ("O=[N+]([O-])c1ccc(F)cc1", "Nc1ccc(F)cc1", "nitro reduction to amine (RXNO:0000337)"),
        ("O=Cc1ccccc1.NC1CC1", "c1ccc(CNC2CC2)cc1", "reductive amination (RXNO:0000335)"),
    ],
)
def test_a_textbook_reaction_has_its_name(reactants: str, product: str, name: str) -> None:
    core = extract_template(map_reaction(reactants, product), radius=0)
    assert core is not None
    assert str(name_change(core)) == name


def test_an_unknown_change_has_none() -> None:
    assert name_change("[C:1]>>[N:1]") is None

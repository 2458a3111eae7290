"""Oddities of structure and structural alerts, on molecules that a chemist knows."""

from __future__ import annotations

import pytest
from rdkit import Chem

from anymol.chem.parsing import parse_smiles
from anymol.chem.plausibility import ODDITIES, count_alerts, has_oddity, list_oddities

DRUGS = (
    "CC(=O)Oc1ccccc1C(=O)O", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "CC(C)Cc1ccc(C(C)C(=O)O)cc1", "CN1CCC[C@H]1c1cccnc1",
    "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1", "CC1(C)SC2C(NC(=O)Cc3ccccc3)C(=O)N2C1C(=O)O",
    "O=C(O)Cc1ccccc1Nc1c(Cl)cccc1Cl", "Cc1ncc([N+](=O)[O-])n1CCO", "NC(N)=NC(=O)c1nc(Cl)c(N)nc1N",
    "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O",
)  # fmt: skip


@pytest.mark.parametrize("smiles", DRUGS)
def test_drugs_are_not_odd(smiles: str) -> None:
    assert list_oddities(parse_smiles(smiles)) == () and not has_oddity(parse_smiles(smiles))


@pytest.mark.parametrize(
    ("smiles", "name"),
    [
        ("COOC", "peroxide"),
        ("CNCl", "halogen on N, O or S"),
        ("CC(O)OC", "hemiacetal or hydrate"),
        ("CC(O)NC", "hemiaminal"),
        ("CC(O)Cl", "halohydrin on one carbon"),
        ("C=C(C)O", "enol"),
        ("C=C=CC", "allene or cumulene"),
        ("CNC(=O)O", "carbonic or carbamic acid"),
        ("CC(=O)Cl", "acyl or formyl halide"),
        ("C1=CC1", "three-ring with a double bond"),
        ("C1CC#CC1", "triple bond in a small ring"),
        ("CC([N+](=O)[O-])[N+](=O)[O-]", "two nitro groups on one carbon"),
    ],
)
def test_oddities_are_named(smiles: str, name: str) -> None:
    assert name in list_oddities(parse_smiles(smiles))


def test_every_pattern_is_smarts() -> None:
    assert all(Chem.MolFromSmarts(smarts) is not None for smarts in ODDITIES.values())


def test_alerts_count_troublesome_groups() -> None:
    assert count_alerts(parse_smiles("c1ccccc1")) == 0
    assert count_alerts(parse_smiles("O=[N+]([O-])c1ccccc1")) > 0

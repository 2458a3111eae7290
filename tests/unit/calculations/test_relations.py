"""How two molecules are related, by textbook pairs."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate

GLUCOSE = "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"

PAIRS = [
    ("CCO", "OCC", "identical"),
    ("c1ccccc1", "C1=CC=CC=C1", "identical"),
    ("CN(=O)=O", "C[N+](=O)[O-]", "identical"),
    ("CS(C)=O", "C[S+](C)[O-]", "identical"),
    ("CC(=O)O[Na]", "CC(=O)[O-].[Na+]", "identical"),
    ("[Na]Cl", "[Na+].[Cl-]", "identical"),
    ("O[C@H](C(=O)O)[C@@H](O)C(=O)O", "O[C@@H](C(=O)O)[C@H](O)C(=O)O", "identical"),  # meso: its own mirror image
    ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "enantiomers"),
    ("O[C@@H](C(=O)O)[C@@H](O)C(=O)O", "O[C@H](C(=O)O)[C@H](O)C(=O)O", "enantiomers"),
    ("O[C@H](C(=O)O)[C@@H](O)C(=O)O", "O[C@@H](C(=O)O)[C@@H](O)C(=O)O", "diastereomers"),
    ("C/C=C/C", "C/C=C\\C", "diastereomers"),
    ("C[C@H]1CC[C@@H](C)CC1", "C[C@H]1CC[C@H](C)CC1", "diastereomers"),
    (GLUCOSE, "OC[C@H]1O[C@H](O)[C@H](O)[C@@H](O)[C@@H]1O", "diastereomers"),
    ("C[C@H](N)C(=O)O", "CC(N)C(=O)O", "same constitution, stereochemistry left open"),
    ("C/C=C/C", "CC=CC", "same constitution, stereochemistry left open"),
    ("C[C@H](O)CC(C)O", "C[C@@H](O)CC(C)O", "stereoisomers"),
    ("CC(=O)O", "CC(=O)[O-]", "charge forms"),
    ("NCC(=O)O", "[NH3+]CC(=O)[O-]", "charge forms"),
    ("CC(=O)[O-].[Na+]", "CC(=O)O", "salt forms"),
    ("NCCN.Cl.Cl", "NCCN.Cl", "salt forms"),
    ("[2H]C", "C", "isotopologues"),
    ("[2H]CCO", "CC([2H])O", "isotopologues"),
    ("CC(=O)[NH-]", "CC([O-])=N", "resonance structures"),
    ("CC(=O)CC(C)=O", "CC(O)=CC(C)=O", "tautomers"),
    ("CC=O", "C=CO", "tautomers"),
    ("Oc1ccccn1", "O=c1cccc[nH]1", "tautomers"),
    ("Cc1cnc[nH]1", "Cc1c[nH]cn1", "tautomers"),  # 4- and 5-methylimidazole
    ("OCC1OC(O)C(O)C(O)C1O", "OCC(O)C(O)C(O)C(O)C=O", "tautomers"),  # ring and chain
    ("CCO", "COC", "constitutional isomers"),
    ("CCC=O", "CC(C)=O", "constitutional isomers"),
    ("C1CCCCC1", "C=CCCCC", "constitutional isomers"),
    ("CCO", "CCC", "different compounds"),
    ("CC(=O)O", "CC(=O)OC", "different compounds"),
]


@pytest.mark.parametrize(("one", "other", "relation"), PAIRS)
def test_textbook_pairs(one: str, other: str, relation: str) -> None:
    assert calculate("relation", one, other).value == relation
    assert calculate("relation", other, one).value == relation


@pytest.mark.parametrize(("one", "other", "relation"), PAIRS)
def test_the_same_or_not_follows_from_it(one: str, other: str, relation: str) -> None:
    verdict = {"identical": "yes", "resonance structures": "yes"}.get(relation, "no")
    if relation.startswith("same constitution"):
        verdict = "undecided"
    assert calculate("same_molecule", one, other).value == verdict


def test_kinds_of_diastereomers_are_told() -> None:
    anomers = calculate("relation", GLUCOSE, "OC[C@H]1O[C@H](O)[C@H](O)[C@@H](O)[C@@H]1O")
    assert "anomers" in anomers.statement
    galactose = calculate("relation", GLUCOSE, "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@H]1O")
    assert "epimers" in galactose.statement
    assert "E/Z" in calculate("relation", "C/C=C/C", "C/C=C\\C").statement
    assert "cis-trans" in calculate("relation", "C[C@H]1CC[C@@H](C)CC1", "C[C@H]1CC[C@H](C)CC1").statement


def test_enantiomers_in_different_salts_are_still_told() -> None:
    found = calculate("relation", "N[C@@H](C)C(=O)O.Cl", "N[C@H](C)C(=O)O")
    assert found.value == "enantiomers" and "salt or charge form differs" in found.notes[0]


def test_cis_and_trans_complexes_are_not_the_same() -> None:
    assert calculate("relation", "Cl[Pt@SP1](Cl)([NH3])[NH3]", "Cl[Pt@SP2](Cl)([NH3])[NH3]").value == "stereoisomers"


def test_protons_are_counted() -> None:
    assert "1 proton: conjugate acid and base" in calculate("relation", "CN", "C[NH3+]").statement
    assert "2 protons" in calculate("relation", "OC(=O)C(=O)O", "[O-]C(=O)C(=O)[O-]").statement


def test_open_centres_do_not_hide_what_holds_whatever_they_are() -> None:
    glucose, galactose = "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O", "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@H]1O"
    found = calculate("relation", glucose, galactose)
    assert found.value == "diastereomers" and "epimers" in found.statement and "left open" in found.statement
    mirrored = "OC[C@@H]1OC(O)[C@@H](O)[C@H](O)[C@H]1O"
    assert calculate("relation", glucose, mirrored).value == "stereoisomers"  # enantiomers only if C1 is inverted too

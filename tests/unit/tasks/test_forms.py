from __future__ import annotations

import pytest

from anymol.chem.parsing import parse_smiles
from anymol.tasks.forms import check_forms, list_faults

ACETIC, ACETATE, SODIUM_ACETATE = "CC(=O)O", "CC(=O)[O-]", "CC(=O)[O-].[Na+]"
GLYCINE, GLYCINE_ZWITTERION = "NCC(=O)O", "[NH3+]CC(=O)[O-]"
CISPLATIN = "[NH3]->[Pt](<-[NH3])([Cl])[Cl]"


@pytest.mark.parametrize(
    ("named", "has", "lacks"),
    [
        ("a monocarboxylic acid anion", ACETATE, ACETIC),
        ("a monocarboxylic acid", ACETIC, SODIUM_ACETATE),
        ("an organic sodium salt", SODIUM_ACETATE, ACETIC),
        ("an inorganic chloride salt", "[Na]Cl", "Cl"),
        ("a hydrate", "O.C[N+](C)(C)CC(=O)[O-]", "C[N+](C)(C)CC(=O)[O-]"),
        ("an onium cation", "[NH4+]", "N"),
        ("an amino acid zwitterion", GLYCINE_ZWITTERION, GLYCINE),
        ("an L-alpha-amino acid", "C[C@H](N)C(=O)O", "CC(N)C(=O)O"),
        ("an inorganic chloride", "[Cl][Cu][Cl]", "[2H]C(Cl)(Cl)Cl"),
        ("an inorganic chloride of copper", "[Cl][Cu][Cl]", CISPLATIN),
        ("an organoselenium compound", "C[Se]C", "CSC"),
        ("an organonitrogen compound", "CN", CISPLATIN),
        ("an alkanesulfonic acid", "CS(=O)(=O)O", "OS(=O)(=O)O"),
        ("a fluoroalkanoic acid", "OC(=O)C(F)(F)F", "F[U](F)(F)(F)(F)F"),
        ("a straight chain alkane", "CCC", "CCCO"),
        ("an alkane that has 3 carbons", "CCC", "CCCC"),
        ("an alkene that has formula C2H4", "C=C", "CC=C"),
        ("an ion that has formula HO", "[OH-]", "O"),
    ],
)
def test_what_a_class_tells_of_a_form_must_be_so(named: str, has: str, lacks: str) -> None:
    text = f"The molecule is {named}."
    assert list_faults(parse_smiles(has), text) == ()
    assert list_faults(parse_smiles(lacks), text) != ()


@pytest.mark.parametrize(
    ("smiles", "text"),
    [
        # Forms of others: roles, conjugates, parts of the molecule, groups of the periodic table.
        (
            GLYCINE,
            "It is a conjugate acid of a salt and a glycine anion. It is a tautomer of a glycine zwitterion.",
        ),
        (GLYCINE, "It has a role as an anion and a copper chelator."),
        ("OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O", "It is an O-acyl carbohydrate."),
        ("[Cd]", "The molecule is a zinc group element atom."),
        ("CCCC(=O)NC", "The molecule is an amide in which the acyl group has 4 carbons."),
        # Carbon dioxide is inorganic, chrysene a hydrocarbon.
        ("O=C=O", "It is an inorganic oxide."),
        ("c1ccc2c(c1)ccc1c3ccccc3ccc21", "It is a polycyclic hydrocarbon."),
        ("[O-][O+]=O", "The molecule is an elemental molecule with formula O<small><sub>3</sub></small>."),
    ],
)
def test_what_tells_nothing_of_the_form_is_no_fault(smiles: str, text: str) -> None:
    assert list_faults(parse_smiles(smiles), text) == ()


def test_a_check_says_what_is_missing_and_nothing_where_nothing_is() -> None:
    (check,) = check_forms(ACETIC, "The molecule is a monocarboxylic acid anion.")
    assert check.passed is False and check.detail == "'monocarboxylic acid anion' needs a negative charge"
    assert list(check_forms(ACETATE, "The molecule is a monocarboxylic acid anion.")) == []

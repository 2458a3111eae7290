"""Salts and hydrates by name: no counter-part is lost, and what the name leaves open is said."""

from __future__ import annotations

from fractions import Fraction

import pytest

from anymol.chem.counterparts import Kind, join_counterparts, split_counterparts
from anymol.chem.parsing import canonicalize_smiles

SERTRALINE = "CN[C@H]1CC[C@@H](c2ccc(Cl)c(Cl)c2)c2ccccc21"
DICLOFENAC = "O=C(O)Cc1ccccc1Nc1c(Cl)cccc1Cl"
SALBUTAMOL = "CC(C)(C)NCC(O)c1ccc(O)c(CO)c1"
IPRATROPIUM = "CC(C)[N+]1(C)C2CCC1CC(OC(=O)C(CO)c1ccccc1)C2"
HYDROCORTISONE = "C[C@]12CCC(=O)C=C1CC[C@@H]1[C@@H]2[C@@H](O)C[C@@]2(C)[C@H]1CC[C@]2(O)C(=O)CO"
CHLOROQUINE = "CCN(CC)CCCC(C)Nc1ccnc2cc(Cl)ccc12"
OMEPRAZOLE = "COc1ccc2[nH]c(S(=O)Cc3ncc(C)c(OC)c3C)nc2c1"


@pytest.mark.parametrize(
    ("name", "words", "counts"),
    [
        ("X hydrochloride", ["hydrochloride"], [None]),
        ("X HCl", ["hydrochloride"], [None]),
        ("X·2HCl", ["hydrochloride"], [2]),
        ("X dihydrochloride", ["hydrochloride"], [2]),
        ("X sulphate (2:1)", ["sulfate"], [Fraction(1, 2)]),
        ("X hemisulfate", ["sulfate"], [Fraction(1, 2)]),
        ("X sodium salt", ["sodium"], [None]),
        ("X disodium salt dihydrate", ["hydrate", "sodium"], [2, 2]),
        ("X hydrochloride hemihydrate", ["hydrate", "hydrochloride"], [Fraction(1, 2), None]),
        ("X hydrogen maleate", ["hydrogen maleate"], [None]),
        ("X p-toluenesulfonate", ["p-toluenesulfonate"], [None]),
        ("sodium X", ["sodium"], [None]),
        ("X, anhydrous", [], []),
    ],
)
def test_words_are_taken_off(name: str, words: list[str], counts: list[Fraction | None]) -> None:
    split = split_counterparts(name)
    assert split is not None
    parent, found = split
    assert parent == "X"
    assert [part.word for part in found] == words
    assert [part.count for part in found] == counts


@pytest.mark.parametrize("name", ["aspirin", "sodium", "hydrate", "hydrochloride", "benzene", ""])
def test_names_without_counterparts(name: str) -> None:
    assert split_counterparts(name) is None


@pytest.mark.parametrize(
    ("parent", "words", "smiles"),
    [
        (SERTRALINE, "hydrochloride", f"{SERTRALINE}.Cl"),
        (SERTRALINE, "besylate", f"{SERTRALINE}.OS(=O)(=O)c1ccccc1"),
        (DICLOFENAC, "sodium", "O=C([O-])Cc1ccccc1Nc1c(Cl)cccc1Cl.[Na+]"),
        (DICLOFENAC, "calcium", ".".join(["O=C([O-])Cc1ccccc1Nc1c(Cl)cccc1Cl"] * 2 + ["[Ca+2]"])),
        (SALBUTAMOL, "sulfate (2:1)", f"{SALBUTAMOL}.{SALBUTAMOL}.OS(O)(=O)=O"),
        (CHLOROQUINE, "diphosphate", f"{CHLOROQUINE}.OP(O)(O)=O.OP(O)(O)=O"),
        (IPRATROPIUM, "bromide monohydrate", f"{IPRATROPIUM}.[Br-].O"),
        (IPRATROPIUM, "tetrafluoroborate", f"{IPRATROPIUM}.F[B-](F)(F)F"),
        (OMEPRAZOLE, "magnesium", ".".join(["COc1ccc2[n-]c(S(=O)Cc3ncc(C)c(OC)c3C)nc2c1"] * 2 + ["[Mg+2]"])),
        ("CC(=O)[O-]", "sodium", "CC(=O)[O-].[Na+]"),
        ("O=C1NC(=O)C(c2ccccc2)(c2ccccc2)N1", "sodium", "O=C1[N-]C(=O)C(c2ccccc2)(c2ccccc2)N1.[Na+]"),
        (SERTRALINE, "hydrochloride hemihydrate", f"{SERTRALINE}.{SERTRALINE}.Cl.Cl.O"),
    ],
)
def test_joining_without_doubt(parent: str, words: str, smiles: str) -> None:
    split = split_counterparts(f"X {words}")
    assert split is not None
    joined = join_counterparts(parent, split[1])
    assert joined is not None
    assert joined.smiles == canonicalize_smiles(smiles)
    assert joined.doubts == ()


@pytest.mark.parametrize(
    ("parent", "words", "said"),
    [
        (SALBUTAMOL, "sulfate", "two of the base"),
        (SERTRALINE, "fumarate", "one to one"),
        (SERTRALINE, "hydrate", "how much water"),
    ],
)
def test_what_the_name_leaves_open_is_said(parent: str, words: str, said: str) -> None:
    split = split_counterparts(f"X {words}")
    assert split is not None
    joined = join_counterparts(parent, split[1])
    assert joined is not None
    assert said in joined.doubts[0]


@pytest.mark.parametrize(
    ("parent", "words"),
    [
        (HYDROCORTISONE, "acetate"),  # an ester: there is no base to be a salt
        (HYDROCORTISONE, "hydrochloride"),
        (SALBUTAMOL, "acetate"),  # salt or ester: the name does not say
        ("c1ccccc1", "sodium"),
        (SERTRALINE, "bromide"),  # of a cation only
    ],
)
def test_what_cannot_be_a_salt_is_not_made_one(parent: str, words: str) -> None:
    split = split_counterparts(f"X {words}")
    assert split is not None
    assert join_counterparts(parent, split[1]) is None


def test_kinds() -> None:
    split = split_counterparts("X sodium hydrochloride monohydrate")
    assert split is not None
    assert [part.kind for part in split[1]] == [Kind.NEUTRAL, Kind.ACID, Kind.CATION]

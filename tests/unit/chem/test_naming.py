"""Systematic names made for known molecules."""

from __future__ import annotations

import pytest

from anymol.chem import naming
from anymol.chem.naming import is_namer_available, name_molecule
from anymol.errors import MissingDependencyError, TimeLimitError, UnnamedMoleculeError

needs_namer = pytest.mark.skipif(not is_namer_available(), reason="needs openclatura")


PACLITAXEL = (
    "CC(=O)O[C@@H]1C2=C(C)[C@H](C[C@@](O)([C@@H](OC(=O)c3ccccc3)[C@@H]3[C@@]4(CO[C@@H]4C[C@H](O)[C@@]3(C)C1=O)OC(C)=O)"
    "C2(C)C)OC(=O)[C@H](O)[C@@H](NC(=O)c1ccccc1)c1ccccc1"
)
"""It takes a fifth of a second, so that no answer is there before the time is looked at."""


@needs_namer
@pytest.mark.parametrize(
    ("smiles", "name"),
    [
        ("CC(=O)Nc1ccccc1", "N-phenylacetamide"),
        ("CCCC", "butane"),
        ("C[C@@H](O)CC", "(2R)-butan-2-ol"),
        ("O=C(O)c1cnc2ncncc2n1", "pteridine-6-carboxylic acid"),
        ("CC[N+](C)(C)C", "N,N,N-trimethylethanaminium"),
    ],
)
def test_known_molecules_get_their_names(smiles: str, name: str) -> None:
    assert name_molecule(smiles) == name


@needs_namer
@pytest.mark.parametrize("smiles", ["C[Mn]C", "C1CC", "CCC[Sn](CCC)(CCC)c1ncco1"])
def test_what_the_rules_do_not_cover_is_an_error(smiles: str) -> None:
    with pytest.raises(UnnamedMoleculeError, match="no systematic name"):
        name_molecule(smiles)


@needs_namer
def test_a_molecule_that_takes_too_long_is_given_up_and_the_next_is_named() -> None:
    with pytest.raises(TimeLimitError):
        name_molecule(PACLITAXEL, seconds=0.0)
    assert name_molecule("CCCC") == "butane"


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "is_namer_available", lambda: False)
    with pytest.raises(MissingDependencyError, match="openclatura") as caught:
        name_molecule("CCCC")
    assert caught.value.hint == 'pip install "anymol[names]"'

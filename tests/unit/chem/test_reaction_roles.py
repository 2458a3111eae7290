"""The table of roles knows what everyday molecules do in a flask."""

from __future__ import annotations

import gzip
import hashlib
from importlib.resources import files

import pytest

from anymol.chem.mixtures import read_model
from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.reaction_roles import TABLE_FILE, RoleCounts, find_roles, read_table, write_table


@pytest.mark.parametrize(
    ("smiles", "usual"),
    [
        ("ClCCl", "solvent"),
        ("C1CCOC1", "solvent"),
        ("CN(C)C=O", "solvent"),
        ("[Pd]", "catalyst"),
        ("CCN(CC)CC", "reagent"),
        ("CCN=C=NCCCN(C)C", "reagent"),
        ("[BH4-]", "reagent"),
        ("OB(O)c1ccccc1", "reactant"),
        ("NCc1ccccc1", "reactant"),
        ("CC(=O)Cl", "reactant"),
    ],
)
def test_usual_roles(smiles: str, usual: str) -> None:
    found = find_roles(smiles)
    assert found is not None and found.usual == usual


def test_a_molecule_that_nobody_uses_has_no_roles() -> None:
    assert find_roles("CC(=O)Oc1ccccc1C(=O)O") is None


def test_the_table_is_small_canonical_and_the_one_the_model_was_fitted_with() -> None:
    packed = files("anymol.chem").joinpath(TABLE_FILE).read_bytes()
    assert len(packed) < 300_000
    assert hashlib.sha256(packed).hexdigest() == read_model().card.table_sha256
    table = read_table(packed)
    assert all(canonicalize_smiles(smiles) == smiles for smiles in table)
    assert all(max(one.solvent, one.catalyst) <= one.reagent for one in table.values())


def test_writing_and_reading_agree_and_repeat() -> None:
    counts = {"CCO": RoleCounts(3, 40, 40), "CI": RoleCounts(9, 1)}
    packed = write_table(counts, "made up")
    assert packed == write_table(dict(reversed(counts.items())), "made up")
    assert read_table(packed) == counts
    assert gzip.decompress(packed).startswith(b"# made up\nCCO\t3\t40\t40\t0\n")


def test_log_odds_are_even_where_nothing_is_known() -> None:
    assert RoleCounts(0, 0).log_odds == 0.0
    assert RoleCounts(9, 0).log_odds == pytest.approx(-RoleCounts(0, 9).log_odds) and RoleCounts(9, 0).log_odds > 0

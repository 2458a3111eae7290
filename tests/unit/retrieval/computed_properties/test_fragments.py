from __future__ import annotations

import numpy as np
import pytest

from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidSmilesError
from anymol.retrieval.computed_properties.fragments import (
    N_ORBITALS,
    count_elements,
    count_fragments,
    describe_fragments,
    list_orbitals,
)


def test_benzene_has_the_levels_of_hueckel() -> None:
    """Levels at 2, 1, 1, -1, -1 and -2 beta (Hueckel 1931); six electrons fill the lower three."""
    highest, lowest, gap, second, following, filled, atoms = list_orbitals(parse_smiles("c1ccccc1"))
    assert (highest, lowest, gap) == (pytest.approx(-1.0), pytest.approx(1.0), pytest.approx(2.0))
    assert (second, following, filled, atoms) == (pytest.approx(-1.0), pytest.approx(1.0), pytest.approx(-4.0), 6.0)


def test_conjugation_brings_the_orbitals_together() -> None:
    gaps = [list_orbitals(parse_smiles("C=C" * size))[2] for size in (1, 2, 3, 4)]
    assert gaps == sorted(gaps, reverse=True) and gaps[0] == pytest.approx(2.2)


def test_without_pi_electrons_the_orbitals_are_far_apart() -> None:
    assert list_orbitals(parse_smiles("CCC"))[2] > list_orbitals(parse_smiles("C=C"))[2]


def test_ethanol_in_fragments() -> None:
    methyl, methylene, hydroxyl = "C4h3", "C4h2", "O4h1"
    assert count_fragments(parse_smiles("CCO")) == {
        methyl: 1,
        methylene: 1,
        hydroxyl: 1,
        f"{methylene}1{methyl}": 1,
        f"{methylene}1{hydroxyl}": 1,
        f"{methyl}2{hydroxyl}": 1,
        f"{methyl}(-{methylene})": 1,
        f"{methylene}(-{methyl},-{hydroxyl})": 1,
        f"{hydroxyl}(-{methylene})": 1,
        "C[-C(-C,-O)]": 1,
        "C[-C(-C);-O(-C)]": 1,
        "O[-C(-C,-O)]": 1,
    }


@pytest.mark.parametrize(
    ("smiles", "fragment", "count"),
    [
        ("CCCC", "C-C-C-C", 1),
        ("C1CCC1", "C-C-C-C", 4),
        ("C1CC1", "ring3", 1),
        ("c1ccncc1", "ring6cccccn", 1),
        ("C=CC=C", "C=C-C=C", 1),
        ("C[N+](C)(C)[O-]", "O4h0-", 1),
    ],
)
def test_chains_rings_and_charges_are_counted(smiles: str, fragment: str, count: int) -> None:
    assert count_fragments(parse_smiles(smiles))[fragment] == count


def test_the_writing_of_a_molecule_changes_nothing() -> None:
    one, other = parse_smiles("CC(=O)Nc1ccccc1"), parse_smiles("C1=CC=CC=C1NC(C)=O")
    assert count_fragments(one) == count_fragments(other)
    assert list_orbitals(one) == pytest.approx(list_orbitals(other))


def test_molecules_as_arrays() -> None:
    described = describe_fragments(["CCO", "C"], ["C4h3", "none such"])
    assert described.shape == (2, N_ORBITALS + 2) and described[:, N_ORBITALS:].tolist() == [[1.0, 0.0], [0.0, 0.0]]
    assert np.array_equal(count_elements(["CCO", "FC#N"]), [[6, 2, 0, 1, 0], [0, 1, 1, 0, 1]])
    with pytest.raises(InvalidSmilesError):
        describe_fragments(["c1ccc"], [])

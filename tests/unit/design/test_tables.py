"""The tables that ship: surroundings, replacements, molecules to begin with, and the fragments of groups."""

from __future__ import annotations

import math

import pytest

from anymol.chem.groups import GROUPS, GroupKind, count_group
from anymol.chem.parsing import canonicalize_smiles, parse_smiles, write_canonical
from anymol.chem.plausibility import has_oddity
from anymol.data.sources.molecules import read_builtin
from anymol.design.environments import find_least_familiar, list_environments, measure_familiarity, pack_counts
from anymol.design.group_fragments import FRAGMENTS, count_needed, count_needed_rings
from anymol.design.replacements import HYDROGEN, list_groups, list_replaced, read_replacements
from anymol.design.seeds import measure_features, read_seeds, write_seeds
from anymol.tasks.specifications import FEATURES


def test_common_surroundings_are_familiar_and_odd_ones_are_not() -> None:
    assert find_least_familiar(parse_smiles("CC(=O)Nc1ccccc1")) > math.log(10)
    assert measure_familiarity(parse_smiles("c1ccccc1O")) > measure_familiarity(parse_smiles("COOOC"))
    assert find_least_familiar(parse_smiles("OOOO")) == 0.0


def test_equal_atoms_have_equal_surroundings() -> None:
    first, *others = list_environments(parse_smiles("c1ccccc1"))
    assert all(one == first for one in others) and 0 not in first
    assert list_environments(parse_smiles("CCO"), [2])[0] == (0, 0)


def test_counts_are_packed_as_logarithms() -> None:
    packed = pack_counts({7: 1, 3: 100})
    assert packed == pack_counts({3: 100, 7: 1})


def test_replacements_are_real_groups_and_go_both_ways() -> None:
    table = read_replacements()
    assert len(table) > 100
    for (holder, old), rows in table.items():
        for row in rows:
            assert row.pairs > 0 and row.old == old and old != row.new
            assert any(back.new == old for back in table[holder, row.new])
            assert row.new == HYDROGEN or canonicalize_smiles(row.new)
    assert any(row.new == "Cl" for row in table["c", "F"])


def test_groups_of_a_molecule_are_listed_with_their_bonded_atom_first() -> None:
    names = [name for _, name in list_groups(parse_smiles("Cc1ccccc1"))]
    assert "C" in names and "c1ccccc1" in names and HYDROGEN in names


def test_replaced_molecules_are_whole() -> None:
    for one in list_replaced(parse_smiles("Fc1ccccc1C")):
        assert one.smiles == write_canonical(one.molecule) and "." not in one.smiles


def test_seeds_have_the_features_that_are_written_beside_them() -> None:
    seeds = read_seeds()
    assert seeds.features == tuple(FEATURES) and seeds.values.shape == (len(seeds.smiles), len(FEATURES))
    for place in range(0, len(seeds.smiles), max(1, len(seeds.smiles) // 15)):
        molecule = parse_smiles(seeds.smiles[place])
        assert not has_oddity(molecule)
        assert measure_features(molecule) == pytest.approx(seeds.values[place].tolist(), abs=6e-4)


def test_seeds_are_written_as_they_are_read() -> None:
    rows = [("C", tuple(0.5 for _ in FEATURES))]
    assert write_seeds(rows) == write_seeds(rows)


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_fragment_gives_its_group(name: str) -> None:
    molecule = parse_smiles(f"C{FRAGMENTS[name]}" if name != "benzene ring" else "Cc1ccccc1")
    assert count_group(molecule, name) >= 1


def test_every_group_that_is_asked_for_has_a_fragment() -> None:
    other = (GroupKind.HALOGEN, GroupKind.FAMILY, GroupKind.TOLD)
    assert set(FRAGMENTS) == {name for name, group in GROUPS.items() if group.kind not in other}


def test_no_real_molecule_has_a_group_with_less_than_it_needs() -> None:
    for smiles in [*read_builtin(), *read_seeds().smiles[:200]]:
        molecule = parse_smiles(smiles)
        symbols = [atom.GetSymbol() for atom in molecule.GetAtoms()]
        for name in FRAGMENTS:
            if count_group(molecule, name):
                assert all(symbols.count(element) >= count for element, count in count_needed(name).items()), (
                    smiles,
                    name,
                )
                assert molecule.GetRingInfo().NumRings() >= count_needed_rings(name)

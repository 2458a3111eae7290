"""The vocabulary of edits: no word means two groups, and no group of a family is another's."""

from __future__ import annotations

from collections import Counter

from anymol.chem.parsing import parse_smiles
from anymol.tasks.edit_groups import DRAWN, FAMILIES, GROUPS, count_group, list_members


def test_no_word_means_two_groups() -> None:
    words = Counter(
        word.lower()
        for known in (*GROUPS.values(), *FAMILIES.values())
        for word in {known.name.replace("_", " "), known.phrase, *known.aliases}
    )
    assert [word for word, count in words.items() if count > 1] == []


def test_members_of_a_family_are_groups_and_do_not_overlap() -> None:
    for family in FAMILIES.values():
        assert set(family.members) <= set(GROUPS) and list_members(family.name) == family.members
        for name in family.members:
            molecule = parse_smiles(f"C1CCCCCCC1{GROUPS[name].fragment}" if name != "cyano" else "C1CCCCCCC1C#N")
            counts = {other: count_group(molecule, other) for other in family.members}
            assert counts[name] == 1, (name, counts)


def test_what_is_drawn_is_what_our_models_learnt() -> None:
    assert len(DRAWN) == 30 and set(DRAWN) < set(GROUPS)


def test_groups_are_told_apart() -> None:
    ester = parse_smiles("COC(=O)c1ccccc1")
    names = ("methyl_ester", "carboxylic_acid", "methoxy")
    assert [count_group(ester, name) for name in names] == [1, 0, 0]
    amide = parse_smiles("CC(=O)Nc1ccccc1")
    assert (count_group(amide, "acetamido"), count_group(amide, "amino")) == (1, 0)

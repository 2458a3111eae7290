"""Named molecules that are similar to one."""

from __future__ import annotations

from anymol import calculate


def test_the_nearest_come_first_and_never_the_molecule_itself() -> None:
    found = calculate("similar_molecules", "naphthalene", text="Find 4 molecules similar to it")
    scores = [float(part.value) for part in found.parts]
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=True)
    assert found.parts[0].label == "anthracene"
    assert "naphthalene" not in [part.label for part in found.parts]


def test_five_where_no_number_is_said() -> None:
    assert len(calculate("similar_molecules", "caffeine").parts) == 5


def test_a_number_of_the_molecules_name_is_no_number_of_answers() -> None:
    assert (
        len(calculate("similar_molecules", "2-methylpentane", text="molecules similar to 2-methylpentane").parts) == 5
    )

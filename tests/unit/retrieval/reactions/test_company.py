"""Which molecules help where which others are given."""

from __future__ import annotations

import math

import pytest

from anymol.retrieval.reactions.company import Company

REACTIONS = [
    *[({"[H-]", "[Na+]", f"arene {number}"}, {"CN(C)C=O"}) for number in range(30)],
    *[({"Cl", f"arene {number}"}, {"CO"}) for number in range(60)],
    *[({"rare"}, {"CN(C)C=O", "seldom"}) for _ in range(10)],
]
"""Hydrides in dimethylformamide, acids in methanol."""


@pytest.fixture
def company() -> Company:
    return Company.count(REACTIONS)


def test_molecules_are_counted_that_stand_in_enough_reactions(company: Company) -> None:
    assert company.reactions == 100
    assert company.helping == {"CN(C)C=O": 40, "CO": 60}
    assert company.given == {"Cl": 60, "[H-]": 30, "[Na+]": 30}
    assert company.beside == {"Cl": {"CO": 60}, "[H-]": {"CN(C)C=O": 30}, "[Na+]": {"CN(C)C=O": 30}}


def test_what_stands_together_is_told_from_what_does_not(company: Company) -> None:
    assert company.measure_usual("CO") == pytest.approx(math.log(60.5 / 101))
    (with_hydride,) = company.compare("CN(C)C=O", ["[H-]", "arene 3", "rare"])
    usual = 40.5 / 101
    assert with_hydride == pytest.approx(math.log((30 + 20 * usual) / 50 / usual))
    (methanol,) = company.compare("CO", ["[H-]"])
    assert methanol == pytest.approx(math.log(20 / 50))
    assert company.compare("CO", ["arene 3"]) == []
    assert company.compare("unknown", ["[H-]"]) == pytest.approx([math.log(20 / 50)])


def test_counts_survive_being_written(company: Company) -> None:
    assert Company.from_json(company.to_json()) == company
    for damaged in ({}, {**company.to_json(), "given": {}}, {**company.to_json(), "beside": []}):
        with pytest.raises(ValueError, match=r"missing|differ"):
            Company.from_json(damaged)

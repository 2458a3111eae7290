"""What a question wants beside a value."""

from __future__ import annotations

import pytest

from anymol.modalities.content import Role
from anymol.tasks.cues import HERE
from anymol.tasks.question.intents import find_role, names_order, seeks_order


@pytest.mark.parametrize(
    ("asked", "role"),
    [
        ("what is the product of * and *?", Role.PRODUCT),
        ("what product do the reagents * and * give with *?", Role.PRODUCT),
        ("which starting materials give the product *?", Role.REACTANT),
        ("given the product *, which reactants are needed?", Role.REACTANT),
        ("which reagents turn * into *?", Role.REAGENT),
        ("which solvent is best?", Role.SOLVENT),
        ("which catalyst would you take?", Role.CATALYST),
        ("predict a product: *", Role.PRODUCT),
        ("propose a synthesis using common reagents", None),
        ("is the product chiral?", None),
        ("what is the mass of the product?", None),
        ("which side products should i expect?", None),
        ("is * a natural product?", None),
        ("how many hydrogen bond donors?", None),
    ],
)
def test_the_part_of_a_reaction_that_is_asked_for(asked: str, role: Role | None) -> None:
    assert find_role(asked.replace("*", HERE)) is role


def test_orders_are_told() -> None:
    assert seeks_order("which is heavier, * or *?".replace("*", HERE)) and names_order("which is heavier?")
    assert seeks_order("rank by tpsa") and not names_order("rank by tpsa")
    assert not seeks_order("how heavy are * and *?".replace("*", HERE))

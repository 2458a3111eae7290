"""What a question wants beside a value."""

from __future__ import annotations

import pytest

from anymol.modalities.content import Role
from anymol.tasks.cues import HERE
from anymol.tasks.question.intents import (
    find_role,
    judges_value,
    names_order,
    seeks_better,
    seeks_order,
    seeks_reason,
    seeks_route,
    speaks_of_part,
)
from anymol.tasks.question.mention import TOPIC_SIGN


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


def test_a_part_may_be_spoken_of_without_being_asked_for() -> None:
    assert speaks_of_part("what is the mass of the product?")
    assert speaks_of_part("is the catalyst expensive?")
    assert not speaks_of_part("what is the product?")


@pytest.mark.parametrize(
    "asked",
    [
        "make * less lipophilic", "increase the solubility of *", "lower its logp", "an analogue with less toxicity",
        "i want a more polar derivative", "reduce the tpsa while keeping the scaffold", "how can i make * more potent?",
        "i need logp below 3, change what you must",
    ],
)  # fmt: skip
def test_a_better_molecule_is_wanted(asked: str) -> None:
    assert seeks_better(asked.replace("*", HERE))


@pytest.mark.parametrize(
    "asked", ["how lipophilic is *?", "what is the logp of *?", "make * from *", "add a methyl to *"]
)
def test_a_better_molecule_is_not_wanted(asked: str) -> None:
    assert not seeks_better(asked.replace("*", HERE))


def test_reasons_and_effects_are_told_from_values() -> None:
    assert seeks_reason("why is the logp of * so high?".replace("*", HERE))
    assert seeks_reason("how does the logp change if i add a methyl?")
    assert seeks_reason("which atoms contribute most to the logp?") or judges_value("which atoms contribute most")
    assert not seeks_reason("what is the logp of *?".replace("*", HERE))
    assert not seeks_reason("change the ketone into an alcohol")


@pytest.mark.parametrize(
    "asked",
    ["is * more !?", "is a ! of 2 good enough?", "is the predicted ! reliable?", "what is the ! if i add water?"],
)
def test_judgements_of_a_value_are_told(asked: str) -> None:
    assert judges_value(asked.replace("*", HERE).replace("!", TOPIC_SIGN * 4))


@pytest.mark.parametrize("asked", ["what is the ! of *?", "is the ! of * below 5?", "check if * is !", "is * !?"])
def test_values_are_not_judgements(asked: str) -> None:
    assert not judges_value(asked.replace("*", HERE).replace("!", TOPIC_SIGN * 4))


@pytest.mark.parametrize(
    "asked",
    ["* from *", "make * starting from *", "a route from * to *", "a five-step synthesis of *", "total synthesis of *"],
)
def test_whole_routes_are_told(asked: str) -> None:
    assert seeks_route(asked.replace("*", HERE))


@pytest.mark.parametrize("asked", ["how do i make *?", "which reagents turn * into *?", "what does * give with *?"])
def test_single_steps_are_not_routes(asked: str) -> None:
    assert not seeks_route(asked.replace("*", HERE))


def test_orders_are_told() -> None:
    assert seeks_order("which is heavier, * or *?".replace("*", HERE)) and names_order("which is heavier?")
    assert seeks_order("rank by tpsa") and not names_order("rank by tpsa")
    assert not seeks_order("how heavy are * and *?".replace("*", HERE))

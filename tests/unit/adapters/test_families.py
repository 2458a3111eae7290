from __future__ import annotations

import pytest

from anymol.adapters.families import FAMILIES, Projection, Role


def test_every_projection_but_the_block_plays_one_role():
    played = [one for role in Role for one in role.projections]
    assert sorted(played) == sorted(Projection)


@pytest.mark.parametrize("name", ["phi3", "gpt_neox"])
def test_a_fused_projection_is_one_linear_map(name):
    family = FAMILIES[name]
    assert len(family.linears) == 4
    assert family.projections[Projection.Q] == family.projections[Projection.V]


def test_gpt_neox_has_no_gate():
    assert Projection.GATE not in FAMILIES["gpt_neox"].projections
    assert Projection.GATE in FAMILIES["phi3"].projections

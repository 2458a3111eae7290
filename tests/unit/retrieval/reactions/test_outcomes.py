"""What templates give, with the precedents that it rests on."""

from __future__ import annotations

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.retrieval.reactions.outcomes import Outcome, Outcomes, Precedent, compare_helping
from anymol.retrieval.reactions.store import StoredReaction, pack_store

STORE = pack_store("own", [StoredReaction(RecordedReaction("CCO", "CC=O"))])


def make_precedents(*followed: tuple[str | None, str | None]) -> list[Precedent]:
    return [
        Precedent(STORE, 0, place, 1.0 - place / 10, template, core) for place, (template, core) in enumerate(followed)
    ]


def test_a_precedent_that_several_templates_have_stands_once() -> None:
    precedents = make_precedents(("a>>b", "core"), ("c>>d", "core"), (None, "core"), ("a>>b", None))
    outcomes = Outcomes(precedents, 10, 10)
    assert outcomes.tried == ["a>>b", "c>>d", "core"]
    outcomes.add("CC=O", "core")
    outcomes.add("CC=O", "a>>b")
    outcomes.add("CC=O", "c>>d")
    (found,) = outcomes.rank([STORE])
    assert [one.place for one in found.precedents] == [0, 1, 2, 3]
    assert found.templates == ["core", "a>>b", "c>>d"] and found.is_specific


def test_what_helps_is_compared_with_what_helped_without_solvents() -> None:
    bases = ["O=C([O-])[O-].[K+].[K+]", "", "CCN(CC)CC"]
    rows = [RecordedReaction(f"CC(=O)N{'C' * n}", "CC(=O)Cl", base, "ClCCl") for n, base in enumerate(bases)]
    store = pack_store("bases", [StoredReaction(row) for row in rows])
    found = Outcome("CC(=O)N", precedents=[Precedent(store, row, row, 1.0, None, None) for row in range(3)])
    assert compare_helping(found, "CCN(CC)CC") == 1.0
    assert 0.0 < compare_helping(found, "O=C([O-])[O-].[Na+].[Na+]") < 1.0
    assert compare_helping(found, "") == 0.0
    assert compare_helping(found, "CCN(CC)CC", most=0) == 0.0

"""Edits: reading, writing, doing, checking."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.errors import InvalidSmilesError, InvalidTaskInputError
from anymol.tasks.edit_groups import GROUPS, Holder, TerminalGroup, count_group
from anymol.tasks.edit_words import parse_edit, write_edit
from anymol.tasks.edits import Action, Edit, apply_edit, check_edit

ADD_HYDROXYL = Edit(Action.ADD, "hydroxyl")
MOLECULES = (
    "CC(=O)Oc1ccccc1C(=O)O",  # aspirin
    "Cn1cnc2c1c(=O)n(C)c(=O)n2C",  # caffeine
    "CC(=O)Nc1ccc(O)cc1",  # paracetamol
    "C[C@H](N)C(=O)O",  # chiral
    "CCN(CC)CC.Cl",  # a salt
    "C[N+](C)(C)CCO",  # charged
    "O=C([O-])c1cc(Br)ccc1[N+](=O)[O-]",
    "COc1ccc(C(F)(F)F)cc1C#N",
)


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("add a hydroxyl group", ADD_HYDROXYL),
        ("Please add an OH.", ADD_HYDROXYL),
        ("introduce one more hydroxy group", ADD_HYDROXYL),
        ("remove the chlorine", Edit(Action.REMOVE, "chlorine")),
        ("delete the carboxylic acid group", Edit(Action.REMOVE, "carboxylic_acid")),
        ("take away the NO2", Edit(Action.REMOVE, "nitro")),
        ("remove all fluorines", Edit(Action.REMOVE, "fluorine", every=True)),
        ("replace the bromine by a cyano group", Edit(Action.REPLACE, "bromine", "cyano")),
        ("swap the Br for a nitrile", Edit(Action.REPLACE, "bromine", "cyano")),
        ("substitute a cyano group for the bromine", Edit(Action.REPLACE, "bromine", "cyano")),
        ("substitute the bromine with a cyano group", Edit(Action.REPLACE, "bromine", "cyano")),
        ("change the methyl to a trifluoromethyl group", Edit(Action.REPLACE, "methyl", "trifluoromethyl")),
        ("put a nitro group in place of the amino group", Edit(Action.REPLACE, "amino", "nitro")),
        ("replace every chlorine with fluorine", Edit(Action.REPLACE, "chlorine", "fluorine", every=True)),
        ("chlorinate it", Edit(Action.ADD, "chlorine")),
        ("demethylate", Edit(Action.REMOVE, "methyl")),
    ],
)
def test_edits_are_read(text: str, edit: Edit) -> None:
    assert parse_edit(text) == edit


def test_a_place_that_is_understood_is_checked() -> None:
    edit = parse_edit("add a chlorine at the para position")
    assert (edit.action, edit.group) == (Action.ADD, "chlorine")
    assert edit.place is not None
    for after, right in (("Cc1ccc(Cl)cc1", True), ("Cc1ccccc1Cl", False)):
        checks = {check.name: check.passed for check in check_edit("Cc1ccccc1", after, edit)}
        assert checks == {"edit_done": True, "rest_kept": True, "place": right}


def test_a_place_that_is_not_understood_is_left_undecided() -> None:
    edit = parse_edit("add a chlorine at C-7")
    checks = {check.name: check.passed for check in check_edit("Cc1ccccc1", "Cc1ccc(Cl)cc1", edit)}
    assert checks["place"] is None and checks["edit_done"]


@pytest.mark.parametrize(
    "text", ["", "dance", "add a boron", "add nine chlorines", "replace the bromine", "make it better"]
)
def test_what_is_no_edit_is_refused_with_the_vocabulary(text: str) -> None:
    with pytest.raises(InvalidTaskInputError, match="not understood") as caught:
        parse_edit(text)
    assert "hydroxyl" in (caught.value.hint or "")


def list_edits(smiles: str) -> list[Edit]:
    """Return the edits of one group that can be tried on a molecule: every addition, and what fits its own groups."""
    molecule = parse_smiles(smiles)
    holders = {name: group.holder for name, group in GROUPS.items()}
    present = [name for name in GROUPS if count_group(molecule, name, holders[name])]
    return [
        *(Edit(Action.ADD, name, holder=holders[name]) for name in GROUPS),
        *(Edit(Action.REMOVE, name, holder=holders[name]) for name in present),
        *(
            Edit(Action.REPLACE, name, other, holder=holders[name])
            for name in present
            for other in GROUPS
            if other != name
        ),
    ]


def test_every_edit_reads_back() -> None:
    rng = random.Random(0)
    for edit in list_edits("CC(=O)Oc1c(F)cc(Cl)c(Br)c1C(=O)O"):
        for _ in range(5):
            assert parse_edit(write_edit(edit, rng, only=rng.random() < 0.5)) == edit


RING = "C1CCCCCCC1"


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_every_group_counts_itself(group: TerminalGroup) -> None:
    added = apply_edit(RING, Edit(Action.ADD, group.name))
    assert added is not None
    assert count_group(parse_smiles(added), group.name) == 1
    assert apply_edit(added, Edit(Action.REMOVE, group.name)) == RING


@pytest.mark.parametrize("smiles", MOLECULES)
def test_done_edits_pass_their_checks(smiles: str) -> None:
    rng = random.Random(1)
    done = 0
    for edit in list_edits(smiles):
        after = apply_edit(smiles, edit, rng)
        if after is not None:
            done += 1
            assert after == canonicalize_smiles(after)
            assert all(check.passed for check in check_edit(smiles, after, edit))
    assert done >= 20


def test_edits_repeat_with_the_same_seed() -> None:
    first, second = (apply_edit(MOLECULES[0], ADD_HYDROXYL, random.Random(7)) for _ in range(2))
    assert first == second


def test_stereochemistry_elsewhere_is_kept() -> None:
    assert apply_edit("C[C@H](N)c1ccc(Br)cc1", Edit(Action.REPLACE, "bromine", "cyano")) == "C[C@H](N)c1ccc(C#N)cc1"


def test_every_group_of_a_kind() -> None:
    assert apply_edit("Clc1ccc(Cl)cc1", Edit(Action.REMOVE, "chlorine", every=True)) == "c1ccccc1"
    assert apply_edit("Clc1ccc(Cl)cc1", Edit(Action.REMOVE, "chlorine")) == "Clc1ccccc1"


@pytest.mark.parametrize(
    ("before", "after", "edit", "failed"),
    [
        ("c1ccccc1", "c1ccccc1", ADD_HYDROXYL, {"edit_done", "rest_kept"}),  # nothing was done
        ("c1ccccc1", "Oc1ccccc1O", ADD_HYDROXYL, {"edit_done", "rest_kept"}),  # twice
        ("Cc1ccccc1", "Oc1ccccc1", ADD_HYDROXYL, {"rest_kept"}),  # methyl is gone
        ("CCC(C)C", "OCCCCC", ADD_HYDROXYL, {"rest_kept"}),  # another skeleton
        ("CCO", "COC", Edit(Action.REMOVE, "chlorine"), {"edit_done", "rest_kept"}),  # there is none
        ("CCBr", "CCC#N", Edit(Action.REPLACE, "bromine", "cyano"), set()),
        ("CCBr", "CC(C#N)Br", Edit(Action.REPLACE, "bromine", "cyano"), {"edit_done", "rest_kept"}),
        ("OC(=O)c1ccccc1", "OC(=O)c1ccccc1O", ADD_HYDROXYL, set()),  # the acid's OH is not a hydroxyl group
        ("CCO", "C1CC", ADD_HYDROXYL, {"parses"}),
    ],
)
def test_wrong_edits_fail(before: str, after: str, edit: Edit, failed: set[str]) -> None:
    assert {check.name for check in check_edit(before, after, edit) if check.passed is False} == failed


def test_an_impossible_edit_gives_none() -> None:
    assert apply_edit("CCO", Edit(Action.REMOVE, "chlorine")) is None
    assert apply_edit("FC(F)(F)F", ADD_HYDROXYL) is None


def test_a_broken_molecule_is_refused() -> None:
    with pytest.raises(InvalidSmilesError):
        apply_edit("C1CC", ADD_HYDROXYL)


@pytest.mark.parametrize(
    "fields",
    [
        {"action": Action.ADD, "group": "boron"},
        {"action": Action.REPLACE, "group": "bromine"},
        {"action": Action.ADD, "group": "bromine", "replacement": "cyano"},
        {"action": Action.REPLACE, "group": "bromine", "replacement": "bromine"},
        {"action": Action.ADD, "group": "bromine", "every": True},
    ],
)
def test_contradictions_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"group|replac|needed|every"):
        Edit(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        ("C1CCNCC1", Edit(Action.ADD, "methyl", holder=Holder.NITROGEN), "CN1CCCCC1"),
        ("c1cc[nH]c1", Edit(Action.ADD, "benzyl", holder=Holder.NITROGEN), "c1ccc(Cn2cccc2)cc1"),
        ("Cn1cccc1", Edit(Action.REMOVE, "methyl", holder=Holder.NITROGEN), "c1cc[nH]c1"),
        ("COc1ccccc1", Edit(Action.REMOVE, "methyl", holder=Holder.OXYGEN), "Oc1ccccc1"),
        ("CN1CCCC1", Edit(Action.REPLACE, "methyl", "acetyl", holder=Holder.NITROGEN), "CC(=O)N1CCCC1"),
        ("CC(C)(C)OC(=O)N1CCNCC1", Edit(Action.REMOVE, "boc", holder=Holder.NITROGEN), "C1CNCCN1"),
        ("CN(C)c1ccccc1", Edit(Action.REMOVE, "methyl", every=True, holder=Holder.NITROGEN), "Nc1ccccc1"),
    ],
)
def test_groups_stand_on_heteroatoms_where_these_are_named(before: str, edit: Edit, after: str) -> None:
    assert apply_edit(before, edit) == after
    assert all(check.passed for check in check_edit(before, after, edit))


def test_a_change_on_another_element_is_not_the_one_asked_for() -> None:
    on_nitrogen = Edit(Action.ADD, "methyl", holder=Holder.NITROGEN)
    assert not all(check.passed for check in check_edit("Nc1ccccc1", "Cc1ccc(N)cc1", on_nitrogen))
    on_carbon = Edit(Action.ADD, "methyl")
    assert not all(check.passed for check in check_edit("Nc1ccccc1", "CNc1ccccc1", on_carbon))


def test_a_place_tells_two_nitrogens_apart() -> None:
    edit = Edit(Action.ADD, "methyl", place="on the ring nitrogen", holder=Holder.NITROGEN)
    assert apply_edit("NCCC1CCNCC1", edit) == "CN1CCC(CCN)CC1"
    assert apply_edit("CC(=O)NCCN", replace(edit, place="on the amine nitrogen")) == "CNCCNC(C)=O"
    assert apply_edit("CN1CCCC1", Edit(Action.ADD, "methyl", holder=Holder.NITROGEN)) is None  # no hydrogen left

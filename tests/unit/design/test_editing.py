"""Edits by group surgery: every place is tried, the sensible one stands first, the impossible is refused."""

from __future__ import annotations

import pytest

from anymol.design.editing import search_edits
from anymol.errors import InvalidTaskInputError
from anymol.tasks.edit_words import parse_edit
from anymol.tasks.edits import check_edit

CELECOXIB = "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1"


@pytest.mark.parametrize(
    ("smiles", "text"),
    [
        ("CC(=O)Oc1ccccc1C(=O)O", "add a fluorine"),
        ("CN1CCC[C@H]1c1cccnc1", "add a methyl group"),
        (CELECOXIB, "replace the trifluoromethyl group by a cyano group"),
        ("Clc1cc(Cl)cc(Cl)c1", "remove two of the chlorines"),
        ("Fc1cc(Br)ccc1I", "remove every halogen"),
        ("Cc1ccccc1", "add a nitro group para to the methyl group"),
        ("CC(C)Cc1ccc(C(C)C(=O)O)cc1", "turn the acid into its methyl ester"),
    ],
)
def test_answers_pass_their_checks_and_come_once(smiles: str, text: str) -> None:
    edit = parse_edit(text)
    found = [one.smiles for one in search_edits(smiles, edit, 5)]
    assert found and len(set(found)) == len(found)
    assert all(check.passed for one in found for check in check_edit(smiles, one, edit))


def test_the_first_answer_is_where_a_chemist_would_put_it() -> None:
    # A fluorine goes on the ring, not on the acetyl's methyl; an alcohol not next to one.
    assert "c(F)" in search_edits("CC(=O)Oc1ccccc1C(=O)O", parse_edit("add a fluorine"), 1)[0].smiles
    assert search_edits("Clc1ccc(CCl)cc1", parse_edit("remove the chlorine on the aromatic ring"), 1)[0].smiles == (
        "ClCc1ccccc1"
    )


def test_stereochemistry_is_kept() -> None:
    (first,) = search_edits("C[C@@H](O)c1ccccc1", parse_edit("replace the hydroxyl by an amino group"), 1)
    assert first.smiles == "C[C@@H](N)c1ccccc1"


@pytest.mark.parametrize(
    ("smiles", "text", "reason"),
    [
        ("CCO", "remove the nitro group", "no nitro group"),
        ("O=C(O)c1ccccc1", "remove the hydroxyl group", "no hydroxyl group"),
        ("Clc1ccccc1", "remove two chlorines", "1 of what is called chlorine"),
        ("FC(F)(F)C(F)(F)F", "add a hydroxyl group", "no place"),
        ("Cc1ccc(F)cc1", "add a chlorine para to the methyl group", "no room"),
    ],
)
def test_the_impossible_is_refused_with_the_reason(smiles: str, text: str, reason: str) -> None:
    with pytest.raises(InvalidTaskInputError, match=reason):
        search_edits(smiles, parse_edit(text), 1)

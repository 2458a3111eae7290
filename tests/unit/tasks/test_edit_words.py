"""Edits in a person's words: verbs, groups, families, numbers and places."""

from __future__ import annotations

import pytest

from anymol.errors import InvalidTaskInputError
from anymol.tasks.edit_groups import Holder
from anymol.tasks.edit_words import parse_edit, tidy_edit, write_edit
from anymol.tasks.edits import Action, Edit


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("add two fluorines", Edit(Action.ADD, "fluorine", times=2)),
        ("another methyl please", Edit(Action.ADD, "methyl")),
        ("I want one more fluorine", Edit(Action.ADD, "fluorine")),
        ("remove all halogens", Edit(Action.REMOVE, "halogen", every=True)),
        ("remove two of the three chlorines", Edit(Action.REMOVE, "chlorine", times=2)),
        ("strip both chlorines", Edit(Action.REMOVE, "chlorine", every=True)),
        ("get rid of the nitro", Edit(Action.REMOVE, "nitro")),
        ("Take the OH off", Edit(Action.REMOVE, "hydroxyl")),
        ("keep everything but drop the Cl", Edit(Action.REMOVE, "chlorine")),
        ("take off the bromine and put a nitrile there", Edit(Action.REPLACE, "bromine", "cyano")),
        ("use a thiol instead of the hydroxyl", Edit(Action.REPLACE, "hydroxyl", "thiol")),
        ("instead of the bromine, put a nitrile", Edit(Action.REPLACE, "bromine", "cyano")),
        ("put a methyl where the chlorine is", Edit(Action.REPLACE, "chlorine", "methyl")),
        ("swap the I for Br", Edit(Action.REPLACE, "iodine", "bromine")),
        ("Cl -> F", Edit(Action.REPLACE, "chlorine", "fluorine")),
        ("make the bromide a nitrile", Edit(Action.REPLACE, "bromine", "cyano")),
        ("swap out the tert-butyl for a cyclopropyl", Edit(Action.REPLACE, "tert_butyl", "cyclopropyl")),
        ("turn the acid into its methyl ester", Edit(Action.REPLACE, "carboxylic_acid", "methyl_ester")),
        ("methylate the phenol", Edit(Action.REPLACE, "hydroxyl", "methoxy")),
        ("acetylate the amine", Edit(Action.ADD, "acetyl", place="on the amine nitrogen", holder=Holder.NITROGEN)),
        ("N-methylate this piperidine", Edit(Action.ADD, "methyl", holder=Holder.NITROGEN)),
        ("N-demethylation", Edit(Action.REMOVE, "methyl", holder=Holder.NITROGEN)),
        ("O-demethylate it", Edit(Action.REMOVE, "methyl", holder=Holder.OXYGEN)),
        ("swap the N-methyl for an N-benzyl", Edit(Action.REPLACE, "methyl", "benzyl", holder=Holder.NITROGEN)),
        (
            "take the acetyl off the nitrogen",
            Edit(Action.REMOVE, "acetyl", place="the nitrogen", holder=Holder.NITROGEN),
        ),
        (
            "add a benzyl to the indole nitrogen",
            Edit(Action.ADD, "benzyl", place="to the indole nitrogen", holder=Holder.NITROGEN),
        ),
        ("Boc-protect the amine", Edit(Action.ADD, "boc", place="to the amine", holder=Holder.NITROGEN)),
        ("remove the Boc group", Edit(Action.REMOVE, "boc", holder=Holder.NITROGEN)),
        ("attach an n-propyl group", Edit(Action.ADD, "propyl")),
        ("knock off one of the two carboxylic acids", Edit(Action.REMOVE, "carboxylic_acid")),
        ("I don't want the methoxy group in there", Edit(Action.REMOVE, "methoxy")),
        ("What if the methoxy were an ethoxy?", Edit(Action.REPLACE, "methoxy", "ethoxy")),
        ("nitrile to carboxamide", Edit(Action.REPLACE, "cyano", "carboxamide")),
        ("the amine could be a nitro", Edit(Action.REPLACE, "amine", "nitro")),
        ("I would use bromine rather than iodine", Edit(Action.REPLACE, "iodine", "bromine")),
        ("both chlorines -> fluorines", Edit(Action.REPLACE, "chlorine", "fluorine", every=True)),
        ("make a derivative that has an additional alcohol", Edit(Action.ADD, "hydroxyl")),
        ("put a tert-butyl group para to the amine", Edit(Action.ADD, "tert_butyl", place="para to the amine")),
        ("I'd like to have a methoxy group on it", Edit(Action.ADD, "methoxy")),
        ("acetyl out, NMe2 untouched", Edit(Action.REMOVE, "acetyl")),
        ("chlorine out, CF3 in", Edit(Action.REPLACE, "chlorine", "trifluoromethyl")),
        ("I -> CN", Edit(Action.REPLACE, "iodine", "cyano")),
        ("the methyl isn't needed, take it out", Edit(Action.REMOVE, "methyl")),
        (
            "The aniline nitrogen is to be acetylated.",
            Edit(Action.ADD, "acetyl", place="on the amine nitrogen", holder=Holder.NITROGEN),
        ),
        ("dechlorinate completely", Edit(Action.REMOVE, "chlorine", every=True)),
        ("reduce the nitro to a primary amine", Edit(Action.REPLACE, "nitro", "amino")),
        ("dehalogenate it", Edit(Action.REMOVE, "halogen")),
        ("add a fluorine ortho to the nitro group", Edit(Action.ADD, "fluorine", place="ortho to the nitro group")),
        (
            "replace the chlorine on the pyridine ring with a methoxy group",
            Edit(Action.REPLACE, "chlorine", "methoxy", place="on the pyridine ring"),
        ),
    ],
)
def test_edits_are_read(text: str, edit: Edit) -> None:
    assert parse_edit(text) == edit


@pytest.mark.parametrize(
    "text",
    [
        "put a hydroxyl on the nitrogen",
        "add a chlorine but not on the ring",
        "remove the chlorine unless it is aromatic",
        "remove the chlorine and add a fluorine somewhere else",
        "add a chlorine and a bromine",
        "add nine chlorines",
        "replace the chlorine by chlorine",
    ],
)
def test_what_is_not_understood_whole_is_refused(text: str) -> None:
    with pytest.raises(InvalidTaskInputError, match="not understood"):
        parse_edit(text)


def test_what_the_model_has_not_learnt_is_left_in_the_words_it_came_in() -> None:
    assert tidy_edit("Could you swap the Br for a nitrile?") == "replace the bromine by a cyano group"
    for text in ("remove the halogen", "add two chlorines", "add a chlorine at the para position"):
        assert tidy_edit(text) == text


def test_numbers_and_places_are_written_and_read_back() -> None:
    for edit in (
        Edit(Action.ADD, "chlorine", times=3),
        Edit(Action.REMOVE, "halogen", times=2),
        Edit(Action.ADD, "fluorine", place="para to the nitro group"),
    ):
        assert parse_edit(write_edit(edit)) == edit

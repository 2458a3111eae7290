"""Systematic names of unlabelled molecules as examples."""

from __future__ import annotations

import random

import pytest

from anymol.chem.naming import is_namer_available
from anymol.data.config import GeneratedNamesConfig, NameTask
from anymol.data.heldout import Heldout, compute_blocks
from anymol.data.licences import Licences
from anymol.data.sources.generated_names import GeneratedNamesSource, NameTooLongError
from anymol.data.sources.molecules import WrongSplitError
from anymol.modalities.content import MoleculePart, TextPart

pytestmark = pytest.mark.skipif(not is_namer_available(), reason="needs openclatura")

BUTANOL = "CCC(C)O"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def make_source(**changes: object) -> GeneratedNamesSource:
    return GeneratedNamesSource(GeneratedNamesConfig(builtin=True, **changes), Licences({}))


def test_a_molecule_serves_both_directions() -> None:
    to_molecule, to_name = make_source(randomized=0.0).examples(
        (0, BUTANOL), "train", random.Random(0), Heldout.empty()
    )
    assert to_molecule.task == "name_to_molecule"
    assert [part.smiles for part in to_molecule.answer if isinstance(part, MoleculePart)] == [BUTANOL]
    assert to_name.task == "molecule_to_name"
    assert to_name.answer == (TextPart("butan-2-ol"),)
    assert [part.smiles for part in to_name.messages[0].parts if isinstance(part, MoleculePart)] == [BUTANOL]
    assert {to_molecule.source, to_name.source} == {"openclatura"}


def test_one_direction_may_be_left_out() -> None:
    source = make_source(tasks=(NameTask.MOLECULE_TO_NAME,))
    assert [e.task for e in source.examples((0, BUTANOL), "train", random.Random(0), Heldout.empty())] == [
        "molecule_to_name"
    ]


def test_long_names_are_refused() -> None:
    with pytest.raises(NameTooLongError, match="10 characters"):
        make_source(max_name=9).examples((0, BUTANOL), "train", random.Random(0), Heldout.empty())


def test_molecules_of_an_evaluation_are_not_named() -> None:
    heldout = Heldout.empty().with_evaluated(compute_blocks(ASPIRIN), "named_molecule")
    for split in ("train", "val"):
        with pytest.raises(WrongSplitError):
            make_source().examples((0, ASPIRIN), split, random.Random(0), heldout)

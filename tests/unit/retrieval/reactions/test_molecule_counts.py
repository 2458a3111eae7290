"""Counts of molecules by their hashes."""

from __future__ import annotations

import pytest

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.errors import DataError
from anymol.retrieval.reactions.molecule_counts import MoleculeCounts, hash_molecule

REACTIONS = [
    RecordedReaction("CCOC(C)=O", "CC(=O)O.CCO"),
    RecordedReaction("CC(=O)NCC", "CC(=O)O.CCN"),
    RecordedReaction("CC(=O)O", "CCOC(C)=O.O"),
    RecordedReaction("CN(C)C", "C=O.C=O.N"),  # twice in one reaction counts once
]


def test_they_are_counted_by_what_they_did() -> None:
    counts = MoleculeCounts.count(REACTIONS)
    assert counts.find("CC(=O)O") == (2, 1)
    assert counts.find("CCOC(C)=O") == (1, 1)
    assert counts.find("C=O") == (1, 0)
    assert counts.find("CN(C)C") == (0, 1)
    assert counts.find("CCCCCCC") == (0, 0)


def test_they_come_back_from_their_arrays_and_stop_at_255() -> None:
    counts = MoleculeCounts.from_arrays(MoleculeCounts.count(REACTIONS * 100).to_arrays())
    assert len(counts) == 9
    assert counts.find("CC(=O)O") == (200, 100)
    assert MoleculeCounts.count(REACTIONS * 200).find("CC(=O)O") == (255, 200)
    empty = MoleculeCounts.from_arrays(MoleculeCounts.count([]).to_arrays())
    assert (len(empty), empty.find("C")) == (0, (0, 0))


def test_arrays_that_do_not_fit_are_refused() -> None:
    arrays = MoleculeCounts.count(REACTIONS).to_arrays()
    with pytest.raises(DataError, match="do not fit"):
        MoleculeCounts.from_arrays({**arrays, "went_in": b""})


def test_hashes_are_the_same_everywhere() -> None:
    assert hash_molecule("CCO") == 2842118837

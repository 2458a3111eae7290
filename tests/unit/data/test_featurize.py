"""Molecules of examples in every modality."""

from __future__ import annotations

import random

import numpy as np
import pytest

from anymol.chem.parsing import parse_smiles
from anymol.data.featurize import MAX_GRAPH_ATOMS, featurize_molecule, featurize_scheme
from anymol.errors import AnyMolError, InvalidReactionError
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import Role
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality

PARACETAMOL = "CC(=O)Nc1ccc(O)cc1"


@pytest.mark.parametrize("modality", Modality)
def test_the_part_is_of_the_modality_and_repeats_with_its_seed(modality: Modality) -> None:
    if modality is Modality.IR:
        pytest.importorskip("chemprop", reason="the infrared surrogate needs chemprop")
    one, again = (featurize_molecule(PARACETAMOL, modality, Role.PRODUCT, random.Random(4)) for _ in range(2))
    assert (one.modality, one.smiles, one.role) == (modality, PARACETAMOL, Role.PRODUCT)
    assert one == again


def test_a_graph_is_in_the_order_written_and_a_geometry_in_any() -> None:
    written = [atom.GetAtomicNum() for atom in parse_smiles(PARACETAMOL).GetAtoms()]
    graph = featurize_molecule(PARACETAMOL, Modality.GRAPH, Role.MOLECULE, random.Random(0))
    assert isinstance(graph.record, MolecularGraph)
    assert (graph.record.atoms[:, 0] + 1).tolist() == written
    orders = set()
    for seed in range(4):
        shown = featurize_molecule(PARACETAMOL, Modality.CONFORMER, Role.MOLECULE, random.Random(seed))
        assert isinstance(shown.record, Conformer)
        heavy = shown.record.atomic_numbers[: len(written)]
        assert sorted(heavy) == sorted(written)
        orders.add(tuple(heavy.tolist()))
    assert len(orders) > 1


@pytest.mark.parametrize("modality", [Modality.GRAPH, Modality.CONFORMER])
def test_what_would_cost_too_many_tokens_is_refused(modality: Modality) -> None:
    with pytest.raises(AnyMolError, match="too large"):
        featurize_molecule("C" * (MAX_GRAPH_ATOMS + 1), modality, Role.MOLECULE, random.Random(0))


def test_a_scheme_is_one_picture() -> None:
    picture = featurize_scheme("CCO>>CC=O", random.Random(1))
    assert picture.record.pixels.shape[1] > picture.record.pixels.shape[0]
    assert np.ptp(picture.record.pixels) > 50
    with pytest.raises(InvalidReactionError):
        featurize_scheme(f"{'.'.join(['C'] * 20)}>>C", random.Random(1))

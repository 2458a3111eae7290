"""The graph encoder: collation, chirality, lone atoms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from anymol.encoders.graph import GraphEncoder, GraphEncoderConfig, collate_graphs
from anymol.modalities.graph import MolecularGraph


def make_graph(*types: int, chirality: int = 0) -> MolecularGraph:
    """A chain of atoms, single bonds between neighbours."""
    n = len(types)
    atoms = np.array([[kind, chirality] for kind in types], dtype=np.uint8)
    forward = np.stack([np.arange(n - 1), np.arange(1, n)], axis=1)
    bonds = np.stack([forward, forward[:, ::-1]], axis=1).reshape(-1, 2).T.astype(np.int32)
    return MolecularGraph(atoms, bonds, np.zeros((bonds.shape[1], 2), dtype=np.uint8))


def collate(*graphs: MolecularGraph) -> dict[str, torch.Tensor]:
    return collate_graphs([GraphEncoderConfig().read(graph) for graph in graphs])


def test_collate_lays_molecules_end_to_end() -> None:
    batch = collate(make_graph(5, 5), make_graph(7), make_graph(5, 7, 8))
    assert batch["n_atoms"].tolist() == [2, 1, 3]
    assert batch["atoms"][:, 0].tolist() == [5, 5, 7, 5, 7, 8]
    assert batch["bonds"].tolist() == [[0, 1, 3, 4, 4, 5], [1, 0, 4, 3, 5, 4]]
    assert {tensor.dtype for tensor in batch.values()} == {torch.int64}


def test_other_chirality_reads_as_unspecified() -> None:
    torch.manual_seed(0)
    encoder = GraphEncoder(GraphEncoderConfig(n_layers=1, width=32)).eval()
    none, clockwise, other = (encoder(collate(make_graph(5, 7, chirality=tag))).states for tag in (0, 1, 3))
    assert torch.equal(none, other)
    assert not torch.allclose(none, clockwise)


def test_a_batch_of_one_atom_trains() -> None:
    encoder = GraphEncoder(GraphEncoderConfig(n_layers=2, width=8)).train()
    encoder(collate(make_graph(5))).states.sum().backward()
    assert encoder.atom_embedding.weight.grad is not None


def test_depth_is_the_reach_of_an_atom() -> None:
    torch.manual_seed(0)
    encoder = GraphEncoder(GraphEncoderConfig(n_layers=2, width=32)).eval()
    near, far = (encoder(collate(make_graph(5, 5, 5, kind))).states for kind in (6, 7))
    assert torch.equal(near[0], far[0])
    assert not torch.allclose(near[1], far[1])


def test_config_refuses_unknown_and_impossible_values() -> None:
    for fields in ({"depth": 3}, {"n_layers": 0}, {"dropout": 1.5}, {"jk": "max"}):
        with pytest.raises(ValidationError):
            GraphEncoderConfig.model_validate(fields)

"""Every encoder answers the same questions. A new encoder joins by one row of `CASES`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from anymol.encoders.graph import GraphEncoder, GraphEncoderConfig
from anymol.modalities.graph import MolecularGraph


@dataclass(frozen=True)
class Case:
    """One encoder with what the questions need.

    Attributes:
        build: Makes the encoder.
        record: Makes a random record of some size.
        permute: Reorders a record's atoms (points, peaks).
        inputs: Names of float tensors, to be cast with the network.
    """

    build: Callable[[], Any]
    record: Callable[[np.random.Generator, int], Any]
    permute: Callable[[Any, np.ndarray], Any]


def make_graph(rng: np.random.Generator, n_atoms: int) -> MolecularGraph:
    parents = np.array([rng.integers(0, child) for child in range(1, n_atoms)], dtype=np.int32)
    pairs = np.stack([parents, np.arange(1, n_atoms, dtype=np.int32)], axis=1)
    bonds = np.stack([pairs, pairs[:, ::-1]], axis=1).reshape(-1, 2).T
    features = np.stack([rng.integers(0, 4, n_atoms - 1), rng.integers(0, 3, n_atoms - 1)], axis=1).repeat(2, axis=0)
    atoms = np.stack([rng.integers(0, 119, n_atoms), rng.integers(0, 4, n_atoms)], axis=1)
    return MolecularGraph(atoms.astype(np.uint8), bonds.astype(np.int32), features.astype(np.uint8))


def permute_graph(graph: MolecularGraph, order: np.ndarray) -> MolecularGraph:
    place = np.argsort(order).astype(np.int32)
    return MolecularGraph(graph.atoms[order], place[graph.bonds], graph.bond_features)


CASES = {
    "gin-last": Case(lambda: GraphEncoder(GraphEncoderConfig(n_layers=3, width=16)), make_graph, permute_graph),
    "gin-sum": Case(
        lambda: GraphEncoder(GraphEncoderConfig(n_layers=2, width=12, jk="sum")), make_graph, permute_graph
    ),
    "gin-dropout": Case(
        lambda: GraphEncoder(GraphEncoderConfig(n_layers=2, width=12, dropout=0.3)), make_graph, permute_graph
    ),
}
SIZES = (5, 1, 12)


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


def make_records(case: Case) -> list[Any]:
    rng = np.random.default_rng(7)
    return [case.record(rng, size) for size in SIZES]


def make_encoder(case: Case) -> Any:
    """An encoder whose norms have seen data, so that evaluation differs from training."""
    torch.manual_seed(0)
    encoder = case.build().train()
    encoder(encoder.collate(make_records(case)))
    return encoder.eval()


def encode(encoder: nn.Module, records: Sequence[Any]) -> torch.Tensor:
    with torch.no_grad():
        return encoder(encoder.collate(records)).states


def test_shapes(case: Case) -> None:
    encoder = make_encoder(case)
    encoded = encoder(encoder.collate(make_records(case)))
    assert encoded.states.shape == (sum(SIZES), encoder.width)
    assert encoded.counts.tolist() == list(SIZES)
    assert torch.isfinite(encoded.states).all()


def test_permuting_a_record_permutes_its_states(case: Case) -> None:
    encoder = make_encoder(case)
    record = make_records(case)[-1]
    order = np.random.default_rng(1).permutation(SIZES[-1])
    torch.testing.assert_close(encode(encoder, [case.permute(record, order)]), encode(encoder, [record])[order])


def test_a_molecule_does_not_depend_on_its_batch(case: Case) -> None:
    encoder = make_encoder(case)
    records = make_records(case)
    alone = torch.cat([encode(encoder, [record]) for record in records])
    torch.testing.assert_close(encode(encoder, records), alone)


def test_save_and_load(case: Case, tmp_path: Any) -> None:
    encoder, other = make_encoder(case), case.build().eval()
    save_file(encoder.state_dict(), tmp_path / "encoder.safetensors")
    other.load_state_dict(load_file(tmp_path / "encoder.safetensors"))
    records = make_records(case)
    assert torch.equal(encode(encoder, records), encode(other, records))


def test_every_parameter_learns(case: Case) -> None:
    torch.manual_seed(0)
    encoder = case.build().train()
    encoder(encoder.collate(make_records(case))).states.pow(3).sum().backward()
    still = [name for name, value in encoder.named_parameters() if value.grad is None or not value.grad.any()]
    assert not still


def test_gradients_repeat_exactly_on_two_threads(case: Case) -> None:
    torch.manual_seed(0)
    encoder = case.build().eval()
    rng = np.random.default_rng(3)
    batch = encoder.collate([case.record(rng, 25) for _ in range(200)])  # enough for torch to use several threads

    def backward() -> list[torch.Tensor]:
        encoder.zero_grad()
        encoder(batch).states.pow(2).sum().backward()
        return [value.grad.clone() for value in encoder.parameters()]

    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        first = backward()
        assert all(torch.equal(one, other) for _ in range(4) for one, other in zip(first, backward(), strict=True))
    finally:
        torch.set_num_threads(threads)


def test_bfloat16(case: Case) -> None:
    encoder = make_encoder(case)
    records = make_records(case)
    exact = encode(encoder, records)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        under_autocast = encode(encoder, records)
    cast = encode(encoder.to(torch.bfloat16), records)
    assert cast.dtype == torch.bfloat16
    scale = exact.abs().max()
    assert (under_autocast.float() - exact).abs().max() < 0.05 * scale
    assert (cast.float() - exact).abs().max() < 0.1 * scale

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

from anymol.encoders.conformer import ConformerEncoder, ConformerEncoderConfig
from anymol.encoders.graph import GraphEncoder, GraphEncoderConfig
from anymol.encoders.image import ImageEncoder, ImageEncoderConfig
from anymol.encoders.ir import IrEncoder, IrEncoderConfig
from anymol.encoders.ms2 import Ms2Encoder, Ms2EncoderConfig
from anymol.encoders.table import ENCODERS, build_encoder
from anymol.modalities.adduct import Adduct
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import RECORDS
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import CollisionEnergy, MassSpectrum
from anymol.modalities.modality import Modality


@dataclass(frozen=True)
class Case:
    """One encoder with what the questions need.

    Attributes:
        build: Makes the encoder.
        record: Makes a random record of some size.
        permute: Reorders a record's atoms; None where a record has an order of its own (pixels, wavenumbers, m/z).
        large: Whether a record of this encoder is too large to be asked by the hundred.
    """

    build: Callable[[], Any]
    record: Callable[[np.random.Generator, int], Any]
    permute: Callable[[Any, np.ndarray], Any] | None
    large: bool = False


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


def make_conformer(rng: np.random.Generator, n_atoms: int) -> Conformer:
    return Conformer(rng.choice([6, 7, 8, 16, 17, 92], n_atoms).astype(np.uint8), rng.normal(0, 2, (n_atoms, 3)))


def permute_conformer(conformer: Conformer, order: np.ndarray) -> Conformer:
    return Conformer(conformer.atomic_numbers[order], conformer.coordinates[order])


def make_image(rng: np.random.Generator, size: int) -> MoleculeImage:
    return MoleculeImage(rng.integers(0, 256, (6 + size, 4 + 3 * size, 3)).astype(np.uint8))


def make_ms2(rng: np.random.Generator, n_peaks: int) -> MassSpectrum:
    adduct, energy = ((Adduct.M_H, CollisionEnergy(20.0)), (None, None))[n_peaks % 2]
    precursor = 510.0 if n_peaks > 1 else None
    intensity = rng.random(n_peaks)
    return MassSpectrum(np.sort(rng.random(n_peaks) * 450 + 50), intensity / intensity.max(), precursor, adduct, energy)


def make_ir(rng: np.random.Generator, size: int) -> InfraredSpectrum:
    return InfraredSpectrum(np.linspace(700.0, 1500.0 + 100 * size, 40), rng.random(40))


CASES = {
    "gin-last": Case(lambda: GraphEncoder(GraphEncoderConfig(n_layers=3, width=16)), make_graph, permute_graph),
    "gin-sum": Case(
        lambda: GraphEncoder(GraphEncoderConfig(n_layers=2, width=12, jk="sum")), make_graph, permute_graph
    ),
    "conformer": Case(
        lambda: ConformerEncoder(ConformerEncoderConfig(width=16, n_layers=2, n_heads=4)),
        make_conformer,
        permute_conformer,
        large=True,
    ),
    "image": Case(
        lambda: ImageEncoder(
            ImageEncoderConfig(width=16, n_layers=2, n_heads=4, view_size=16, patch_size=4, max_slices=4)
        ),
        make_image,
        None,
        large=True,
    ),
    "ms2": Case(
        lambda: Ms2Encoder(Ms2EncoderConfig(width=16, n_layers=2, n_heads=4, n_waves=8, max_peaks=10)),
        make_ms2,
        None,
        large=True,
    ),
    "ir": Case(
        lambda: IrEncoder(IrEncoderConfig(width=16, n_layers=2, n_heads=4, n_patches=10, step=10.0)),
        make_ir,
        None,
        large=True,
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


def collate(encoder: Any, records: Sequence[Any]) -> dict[str, torch.Tensor]:
    row = next(row for row in ENCODERS.values() if row.network is type(encoder))
    return row.collate([encoder.config.read(record) for record in records])


def make_encoder(case: Case) -> Any:
    """An encoder whose norms have seen data, so that evaluation differs from training."""
    torch.manual_seed(0)
    encoder = case.build().train()
    encoder(collate(encoder, make_records(case)))
    return encoder.eval()


def encode(encoder: nn.Module, records: Sequence[Any]) -> torch.Tensor:
    with torch.no_grad():
        return encoder(collate(encoder, records)).states


def test_shapes_are_those_stated_in_advance(case: Case) -> None:
    encoder, records = make_encoder(case), make_records(case)
    encoded = encoder(collate(encoder, records))
    stated = [encoder.config.count_states(encoder.config.read(record)) for record in records]
    assert encoded.counts.tolist() == stated
    assert encoded.states.shape == (sum(stated), encoder.width)
    assert torch.isfinite(encoded.states).all()


def test_permuting_a_record_permutes_its_states(case: Case) -> None:
    if case.permute is None:
        return  # the record has an order of its own
    encoder = make_encoder(case)
    record = make_records(case)[-1]
    order = np.random.default_rng(1).permutation(SIZES[-1])
    torch.testing.assert_close(encode(encoder, [case.permute(record, order)]), encode(encoder, [record])[order])


def test_the_dummy_gives_finite_states(case: Case) -> None:
    encoder = case.build().train()
    encoded = encoder(encoder.make_dummy())
    assert len(encoded.counts) == 1
    assert torch.isfinite(encoded.states).all()
    encoded.states.sum().backward()


def test_every_modality_has_its_row() -> None:
    assert list(ENCODERS) == list(RECORDS) == list(Modality) == ["graph", "conformer", "image", "ms2", "ir"]
    assert {type(case.build()) for case in CASES.values()} == {row.network for row in ENCODERS.values()}


@pytest.mark.parametrize(("modality", "millions"), [("conformer", 47.4), ("image", 307.7), ("ms2", 19.7), ("ir", 42.7)])
def test_published_sizes(modality: str, millions: float) -> None:
    with torch.device("meta"):
        encoder = build_encoder(ENCODERS[Modality(modality)].config())
    assert sum(value.numel() for value in encoder.parameters()) / 1e6 == pytest.approx(millions, rel=0.01)


def test_a_molecule_does_not_depend_on_its_batch(case: Case) -> None:
    encoder = make_encoder(case)
    records = make_records(case)
    alone = torch.cat([encode(encoder, [record]) for record in records])
    torch.testing.assert_close(encode(encoder, records), alone, rtol=1e-4, atol=1e-5)
    turned = torch.cat([encode(encoder, [record]) for record in records[::-1]])
    torch.testing.assert_close(encode(encoder, records[::-1]), turned, rtol=1e-4, atol=1e-5)


def test_save_and_load(case: Case, tmp_path: Any) -> None:
    encoder, other = make_encoder(case), case.build().eval()
    save_file(encoder.state_dict(), tmp_path / "encoder.safetensors")
    other.load_state_dict(load_file(tmp_path / "encoder.safetensors"))
    records = make_records(case)
    assert torch.equal(encode(encoder, records), encode(other, records))


def test_every_parameter_learns(case: Case) -> None:
    torch.manual_seed(0)
    encoder = case.build().train()
    encoder(collate(encoder, make_records(case))).states.pow(3).sum().backward()
    still = [name for name, value in encoder.named_parameters() if value.grad is None or not value.grad.any()]
    assert not still


def test_gradients_repeat_exactly_on_two_threads(case: Case) -> None:
    torch.manual_seed(0)
    encoder = case.build().eval()
    rng = np.random.default_rng(3)
    batch = collate(
        encoder, [case.record(rng, 25) for _ in range(20 if case.large else 200)]
    )  # enough for torch to use several threads

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

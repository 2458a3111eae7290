"""Denoised coordinates of conformers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from anymol.encoders.conformer import CLS, PAD, SEP, ConformerEncoderConfig
from anymol.modalities.conformer import Conformer
from anymol.training.pretext.denoised_coordinates import (
    MASKED_ATOM,
    DenoisedCoordinates,
    DenoisedCoordinatesConfig,
)


def make(n_atoms: int, seed: int) -> Conformer:
    generator = np.random.default_rng(seed)
    return Conformer(generator.choice([6, 7, 8], n_atoms).astype(np.uint8), generator.normal(0, 2.0, (n_atoms, 3)))


MOLECULES = [make(9, 1), make(5, 2), make(12, 3)]


def build(**choices: object) -> DenoisedCoordinates:
    torch.manual_seed(0)
    encoder = ConformerEncoderConfig(width=32, n_layers=2, n_heads=4)
    objective = DenoisedCoordinates(DenoisedCoordinatesConfig.model_validate({"encoder": encoder, **choices}))
    last = objective.shift_head[-1]
    assert isinstance(last, torch.nn.Linear)
    torch.nn.init.normal_(last.weight)  # at zero nothing would move, and everything would be equivariant
    return objective.eval()


def prepare(objective: DenoisedCoordinates, records: list[Conformer], seed: int = 0) -> dict[str, torch.Tensor]:
    return objective.prepare(records, np.random.default_rng(seed))


def test_chosen_atoms_are_masked_and_shaken_and_the_rest_is_not() -> None:
    objective = build(share=0.3, kept=0.0, replaced=0.0)
    batch = prepare(objective, MOLECULES)
    chosen = batch["chosen"]
    shift = (batch["coordinates"] - batch["true_coordinates"]).abs()
    assert (batch["types"][chosen] == MASKED_ATOM).all()
    assert torch.equal(batch["types"][~chosen], batch["true_types"][~chosen])
    assert (shift[~chosen] == 0).all() and 0 < shift[chosen].max() <= 1.0 + 1e-6
    assert not chosen[torch.isin(batch["true_types"], torch.tensor([PAD, CLS, SEP]))].any()


def test_shares_of_what_happens_to_atoms() -> None:
    objective = build(share=0.5, kept=0.2, replaced=0.3)
    records = [make(40, 7)] * 100
    batch = prepare(objective, records)
    chosen = batch["chosen"]
    types, moved = batch["types"][chosen], (batch["coordinates"] != batch["true_coordinates"]).any(dim=-1)[chosen]
    assert chosen.sum() / (40 * 100) == pytest.approx(0.5, abs=0.02)
    assert (~moved).float().mean() == pytest.approx(0.2, abs=0.03)
    assert (types == MASKED_ATOM).float().mean() == pytest.approx(0.5, abs=0.03)
    assert torch.equal(types[~moved], batch["true_types"][chosen][~moved])


def rotation(seed: int) -> torch.Tensor:
    matrix, _ = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64))
    return (matrix * torch.linalg.det(matrix)).float()


def test_restored_coordinates_turn_and_move_with_the_shaken_ones() -> None:
    objective = build()
    batch = prepare(objective, MOLECULES)
    turn, move = rotation(5), torch.tensor([3.0, -2.0, 7.0])
    with torch.no_grad():
        still, turned = (
            objective.restore(one) for one in (batch, batch | {"coordinates": batch["coordinates"] @ turn.T + move})
        )
    real = batch["true_types"] != PAD
    assert (still.coordinates - batch["coordinates"])[real].abs().max() > 1e-3  # something moved
    torch.testing.assert_close(
        turned.coordinates[real], (still.coordinates @ turn.T + move)[real], rtol=1e-4, atol=1e-4
    )
    torch.testing.assert_close(turned.types, still.types, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(turned.distances, still.distances, rtol=1e-3, atol=1e-4)


def test_distances_are_symmetric_and_the_pull_is_the_equation() -> None:
    objective = build().double()
    batch = prepare(objective, MOLECULES[:1])
    batch = {name: tensor.double() if tensor.is_floating_point() else tensor for name, tensor in batch.items()}
    with torch.no_grad():
        restored, attended = objective.restore(batch), objective.encoder.attend(batch)
        change = (attended.last - attended.first).permute(0, 2, 3, 1)
        weights = objective.shift_head(objective.shift_norm(change))[0, :, :, 0]
    torch.testing.assert_close(restored.distances, restored.distances.transpose(1, 2))
    places = batch["coordinates"][0]
    pulled = torch.stack(
        [
            place + sum((place - other) * weights[i, j] for j, other in enumerate(places)) / (MOLECULES[0].n_atoms + 1)
            for i, place in enumerate(places)
        ]
    )
    torch.testing.assert_close(restored.coordinates[0].double(), pulled, rtol=1e-4, atol=1e-4)


def test_padding_changes_nothing() -> None:
    objective = build()
    generator = np.random.default_rng(0)
    alone = objective.prepare(MOLECULES[:1], generator)
    together = objective.prepare(MOLECULES[:1] + MOLECULES[2:], np.random.default_rng(0))
    length = alone["types"].shape[1]
    assert torch.equal(together["types"][0, :length], alone["types"][0])
    with torch.no_grad():
        one, both = objective.restore(alone), objective.restore(together)
    torch.testing.assert_close(both.coordinates[0, :length], one.coordinates[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(both.types[0, :length], one.types[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(both.distances[0, :length, :length], one.distances[0], rtol=1e-4, atol=1e-5)
    assert all(torch.isfinite(part).all() for part in both)


def test_loss_and_gradients_are_finite_with_padding_and_with_one_atom() -> None:
    objective = build().train()
    for records in (MOLECULES, [make(1, 0)], [make(1, 0), make(6, 1)]):
        outcome = objective(prepare(objective, records))
        objective.zero_grad()
        outcome.loss.backward()
        assert torch.isfinite(outcome.loss)
        assert all(torch.isfinite(p.grad).all() for p in objective.parameters() if p.grad is not None)


def test_half_precision_leaves_coordinates_whole() -> None:
    objective = build().train()
    batch = prepare(objective, MOLECULES)
    with torch.autocast("cpu", torch.bfloat16):
        outcome, restored = objective(batch), objective.restore(batch)
    outcome.loss.backward()
    assert torch.isfinite(outcome.loss) and restored.coordinates.dtype is torch.float32
    torch.testing.assert_close(restored.coordinates, objective.restore(batch).coordinates, rtol=0.05, atol=0.05)


def test_a_fresh_objective_moves_nothing() -> None:
    objective = DenoisedCoordinates(
        DenoisedCoordinatesConfig(encoder=ConformerEncoderConfig(width=16, n_layers=1, n_heads=2))
    )
    batch = prepare(objective, MOLECULES)
    figures = objective(batch).figures
    torch.testing.assert_close(figures["coordinate_error"], figures["coordinate_error_if_unmoved"])


def test_loss_falls_on_a_handful() -> None:
    objective = build().train()
    torch.nn.init.zeros_(objective.shift_head[-1].weight)  # type: ignore[arg-type]
    optimiser = torch.optim.AdamW(objective.parameters(), lr=3e-3)
    outcomes = []
    for _ in range(80):
        outcomes.append(objective(prepare(objective, MOLECULES)))
        optimiser.zero_grad()
        outcomes[-1].loss.backward()
        optimiser.step()
    first, last = outcomes[0], outcomes[-1]
    assert float(last.loss.detach()) < 0.2 * float(first.loss.detach())
    assert last.figures["coordinate_error"][0] < 0.5 * last.figures["coordinate_error_if_unmoved"][0]


def test_nothing_left_to_mask_is_refused() -> None:
    with pytest.raises(ValueError, match="leave nothing to be masked"):
        DenoisedCoordinatesConfig(kept=0.5, replaced=0.5)

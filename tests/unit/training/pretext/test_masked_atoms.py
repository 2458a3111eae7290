"""Masked atoms of graphs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from anymol.encoders.graph import SELF_LOOP, GraphEncoderConfig, collate_graphs
from anymol.modalities.graph import MolecularGraph
from anymol.training.pretext.masked_atoms import MASKED_ATOM, MASKED_BOND, MaskedAtoms, MaskedAtomsConfig
from anymol.training.pretext.objective import draw_atoms


def chain(*numbers: int) -> MolecularGraph:
    """A chain of atoms; its bonds are single and double in turn."""
    starts = np.arange(len(numbers) - 1)
    bonds = np.stack([np.stack([starts, starts + 1], 1), np.stack([starts + 1, starts], 1)], 1).reshape(-1, 2).T
    kinds = np.repeat(starts % 2, 2)
    atoms = np.array([[number - 1, 1] for number in numbers], np.uint8)
    return MolecularGraph(atoms, bonds.astype(np.int32), np.stack([kinds, 0 * kinds], 1).astype(np.uint8))


MOLECULES = [chain(6, 6, 8), chain(7, 6, 6, 9), chain(6, 16, 6, 6, 17), chain(8)]


def build(**choices: object) -> MaskedAtoms:
    torch.manual_seed(0)
    return MaskedAtoms(
        MaskedAtomsConfig.model_validate({"encoder": GraphEncoderConfig(n_layers=2, width=16), **choices})
    )


@pytest.mark.parametrize("n_atoms", [1, 3, 10, 27])
def test_the_share_of_hidden_atoms_is_kept_on_average(n_atoms: int) -> None:
    generator = np.random.default_rng(0)
    draws = [draw_atoms(n_atoms, 0.15, generator) for _ in range(4000)]
    assert all(len(set(draw)) == len(draw) >= 1 and 0 <= draw.min() <= draw.max() < n_atoms for draw in draws)
    expected = max(1.0, 0.15 * n_atoms)
    assert np.mean([len(draw) for draw in draws]) == pytest.approx(expected, rel=0.03)
    # No place is favoured.
    counts = np.bincount(np.concatenate(draws), minlength=n_atoms)
    assert counts.min() > 0.8 * counts.mean()


def test_what_is_hidden_is_masked_in_both_directions_and_kept_as_the_truth() -> None:
    objective = build(bonds=True, share=0.4)
    whole = collate_graphs([GraphEncoderConfig().read(one) for one in MOLECULES])
    batch = objective.prepare(MOLECULES, np.random.default_rng(1))
    atoms, bonds = batch["hidden_atoms"], batch["hidden_bonds"]
    assert (batch["atoms"][atoms] == torch.tensor([MASKED_ATOM, 0])).all()
    assert torch.equal(batch["atom_types"], whole["atoms"][atoms, 0])
    seen = torch.ones(len(whole["atoms"]), dtype=torch.bool)
    seen[atoms] = False
    assert torch.equal(batch["atoms"][seen], whole["atoms"][seen])
    touched = ~(seen[batch["bonds"]].all(dim=0))
    assert (batch["bond_features"][touched, 0] == MASKED_BOND).all() and MASKED_BOND != SELF_LOOP
    assert torch.equal(batch["bond_features"][~touched], whole["bond_features"][~touched])
    assert len(bonds) == touched.sum() // 2
    assert torch.equal(batch["bond_types"], whole["bond_features"][bonds, 0])
    # Records are read-only values: masking must not have written into them.
    assert all((record.atoms[:, 0] < MASKED_ATOM).all() for record in MOLECULES)


def test_the_same_generator_hides_the_same() -> None:
    objective = build(bonds=True)
    first, again, other = (objective.prepare(MOLECULES, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in ("hidden_atoms", "atoms"))


def test_the_hidden_type_has_no_way_into_the_states() -> None:
    objective = build(bonds=True).eval()
    one, two = chain(6, 6, 8), chain(6, 6, 16)
    for seed in range(20):
        batches = [objective.prepare([molecule], np.random.default_rng(seed)) for molecule in (one, two)]
        if 2 in batches[0]["hidden_atoms"]:
            break
    assert torch.equal(objective.encoder(batches[0]).states, objective.encoder(batches[1]).states)
    assert not torch.equal(batches[0]["atom_types"], batches[1]["atom_types"])


@pytest.mark.parametrize("bonds", [False, True])
def test_loss_falls_on_a_handful(bonds: bool) -> None:
    objective = build(bonds=bonds)
    optimiser = torch.optim.AdamW(objective.parameters(), lr=0.01)
    losses = []
    for _ in range(60):
        outcome = objective(objective.prepare(MOLECULES, np.random.default_rng(0)))
        optimiser.zero_grad()
        outcome.loss.backward()
        optimiser.step()
        losses.append(float(outcome.loss.detach()))
    assert losses[-1] < 0.05 * losses[0]
    assert set(outcome.figures) == ({"atom_accuracy", "bond_accuracy"} if bonds else {"atom_accuracy"})
    assert outcome.figures["atom_accuracy"].tolist() == [len(outcome.hidden)] * 2
    assert all(parameter.grad is not None for parameter in objective.atom_head.parameters())


def test_a_molecule_without_bonds_has_none_to_name() -> None:
    objective = build(bonds=True).eval()
    outcome = objective(objective.prepare([chain(8)], np.random.default_rng(0)))
    assert torch.isfinite(outcome.loss) and "bond_accuracy" not in outcome.figures

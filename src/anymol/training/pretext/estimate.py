"""What a self-supervised run will cost, from its plan and a short timed probe: no data are needed."""

from __future__ import annotations

import time

import numpy as np
import torch

from anymol.modalities.conformer import Conformer
from anymol.modalities.graph import MolecularGraph
from anymol.training.estimate import Estimate, StageEstimate
from anymol.training.optimisation import build_optimisers, group_parameters
from anymol.training.pretext.denoised_coordinates import DenoisedCoordinatesConfig
from anymol.training.pretext.masked_atoms import MaskedAtomsConfig
from anymol.training.pretext.plan import ObjectiveConfig, PretextPlan, build_objective
from anymol.training.pretext.run import choose_device, take_step

_N_ATOMS = 25
"""Atoms of a made-up molecule: about the mean of drug-like ones."""


def estimate(plan: PretextPlan, *, seconds: float = 5.0) -> Estimate:
    """Time a few steps on made-up molecules, hiding included; reading shards comes on top.

    Args:
        plan: The run.
        seconds: Time to spend, after one step to warm up.

    Returns:
        The cost as that of a run with one stage, whose tokens are atoms.
    """
    if plan.threads is not None:
        torch.set_num_threads(plan.threads)
    device = choose_device()
    torch.manual_seed(plan.seed)
    objective = build_objective(plan.objective).to(device).train()
    optimisers = build_optimisers(group_parameters(objective), plan.optimiser)
    generator = np.random.default_rng(plan.seed)
    records = make_up_records(plan.objective, plan.batch_molecules, generator)

    def step() -> None:
        # A number is read back, which waits for an accelerator that runs on after the call.
        take_step(plan, objective, optimisers, objective.prepare(records, generator), device)

    step()
    started, n_steps = time.perf_counter(), 0
    while n_steps == 0 or time.perf_counter() - started < seconds:
        step()
        n_steps += 1
    per_step = plan.batch_molecules * _N_ATOMS
    speed = n_steps * per_step / (time.perf_counter() - started)
    n_parameters = sum(parameter.numel() for parameter in objective.parameters())
    atoms = plan.steps * per_step
    stage = StageEstimate(plan.objective.kind, plan.steps, atoms, n_parameters, speed, atoms / speed / 3600)
    return Estimate(n_parameters, str(device), (stage,))


def make_up_records(
    objective: ObjectiveConfig, count: int, generator: np.random.Generator
) -> list[MolecularGraph] | list[Conformer]:
    """Return chains of carbon, nitrogen and oxygen, or such atoms anywhere in space."""
    numbers = generator.choice(np.array([6, 7, 8], np.uint8), size=(count, _N_ATOMS))
    match objective:
        case MaskedAtomsConfig():
            forth = np.stack([np.arange(_N_ATOMS - 1), np.arange(1, _N_ATOMS)])
            bonds = np.stack([forth, forth[::-1]], axis=2).reshape(2, -1).astype(np.int32)
            plain = np.zeros((bonds.shape[1], 2), np.uint8)
            return [MolecularGraph(np.stack([row - 1, 0 * row], axis=1), bonds, plain) for row in numbers]
        case DenoisedCoordinatesConfig():
            return [Conformer(row, generator.normal(0.0, 3.0, (_N_ATOMS, 3))) for row in numbers]

"""The equations of the intensity model with gradients, and the batches that it is fitted to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from anymol.synthesis.candidate_ions import SHIFTS
from anymol.synthesis.ms2_features import N_CONTEXT, N_FEATURES
from anymol.synthesis.ms2_groups import Group
from anymol.synthesis.ms2_intensity import BASIS, MODES

Members = list[tuple[Group, Sequence[int]]]
"""Groups of one mode, each with the spectra that are taken of it."""


class IntensityNetwork(nn.Module):
    """The same equations as :class:`anymol.synthesis.ms2_intensity.IntensityModel`, with gradients.

    Args:
        hidden: Widths of the hidden layers.
        n_ions: Formulas of ions that are learnt by themselves.
        n_losses: Formulas of losses.
        dropout: Probability of dropping a hidden value in training.
    """

    def __init__(self, hidden: tuple[int, int], n_ions: int, n_losses: int, dropout: float = 0.0) -> None:
        super().__init__()
        first, second = hidden
        self.dropout = nn.Dropout(dropout)

        def draw(*shape: int, scale: float) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape) * scale)

        self.W1 = draw(N_FEATURES, first, scale=0.06)
        self.U1 = draw(MODES, N_CONTEXT, first, scale=0.2)
        self.W2 = draw(MODES, first, second, scale=(2 / first) ** 0.5)
        self.U2 = draw(MODES, N_CONTEXT, second, scale=0.2)
        self.W3 = draw(MODES, second, len(SHIFTS), scale=(1 / second) ** 0.5)
        self.b3 = nn.Parameter(torch.zeros(MODES, len(SHIFTS)))
        self.B_ion = nn.Parameter(torch.zeros(MODES, n_ions + 1, len(BASIS)))
        self.B_loss = nn.Parameter(torch.zeros(MODES, n_losses + 1, len(BASIS)))

    def forward(self, batch: Mapping[str, Any]) -> Tensor:
        """Return log shares of all peaks of all spectra of a batch, one after the other."""
        mode = batch["mode"]
        context: Tensor = batch["context"]
        embedded = (batch["features"].float().sqrt() / 2) @ self.W1
        hidden = torch.relu(embedded[batch["row_fragment"]] + (context @ self.U1[mode])[batch["row_spectrum"]])
        hidden = self.dropout(hidden)
        hidden = torch.relu(hidden @ self.W2[mode] + (context @ self.U2[mode])[batch["row_spectrum"]])
        scores = hidden @ self.W3[mode] + self.b3[mode]
        each = scores.view(-1)[batch["candidate"]]
        logits = _gather_logsumexp(each, batch["peak"], batch["n_peaks"])
        basis = context[:, list(BASIS)][batch["peak_spectrum"]]
        logits = logits + (self.B_ion[mode][batch["ion"]] * basis).sum(1)
        logits = logits + (self.B_loss[mode][batch["loss"]] * basis).sum(1)
        total = _gather_logsumexp(logits, batch["peak_spectrum"], len(context))
        return logits - total[batch["peak_spectrum"]]


def collate_groups(members: Members) -> dict[str, Any]:
    """Return the tensors of some spectra of some numbered groups of one mode."""
    parts: dict[str, list[NDArray[Any]]] = defaultdict(list)
    first_fragment = n_rows = n_peaks = n_spectra = 0
    norms = []
    for group, spectra in members:
        parts["features"].append(group.features)
        n_fragments = len(group.features)
        flat = group.fragment * len(SHIFTS) + group.shift
        for spectrum in spectra:
            parts["row_fragment"].append(np.arange(first_fragment, first_fragment + n_fragments))
            parts["row_spectrum"].append(np.full(n_fragments, n_spectra))
            parts["candidate"].append(flat + n_rows * len(SHIFTS))
            parts["peak"].append(group.peak + n_peaks)
            parts["peak_spectrum"].append(np.full(group.n_peaks, n_spectra))
            parts["ion"].append(group.of_ion)
            parts["loss"].append(group.of_loss)
            peaks, heights, norm = group.targets[spectrum]
            parts["target_peak"].append(peaks + n_peaks)
            parts["target"].append(heights / heights.sum())
            parts["target_spectrum"].append(np.full(len(peaks), n_spectra))
            norms.append(norm / heights.sum())
            n_rows += n_fragments
            n_peaks += group.n_peaks
            n_spectra += 1
        first_fragment += n_fragments
    batch: dict[str, Any] = {name: torch.from_numpy(np.concatenate(arrays)) for name, arrays in parts.items()}
    for name in batch:
        if name not in ("features", "target"):
            batch[name] = batch[name].long()
    contexts = [group.contexts[spectrum] for group, spectra in members for spectrum in spectra]
    batch["context"] = torch.from_numpy(np.stack(contexts))
    batch["target"] = batch["target"].float()
    batch["norm"] = torch.tensor(norms, dtype=torch.float32)
    batch["n_peaks"], batch["mode"] = n_peaks, members[0][0].mode
    return batch


def measure_batch(log_shares: Tensor, batch: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
    """Return cross-entropy and cosine of each spectrum."""
    n = len(batch["context"])
    seen = log_shares[batch["target_peak"]]
    entropy = -torch.zeros(n).index_add(0, batch["target_spectrum"], batch["target"] * seen)
    dot = torch.zeros(n).index_add(0, batch["target_spectrum"], batch["target"] * seen.exp())
    norm = torch.zeros(n).index_add(0, batch["peak_spectrum"], (2 * log_shares).exp()).sqrt()
    return entropy, dot / (norm * batch["norm"] + 1e-9)


def list_batches(groups: Sequence[Group], rng: np.random.Generator, most: int, size: int) -> list[Members]:
    """Return batches of one mode each, at most `most` spectra of a group, in random order."""
    batches: list[Members] = []
    for mode in range(MODES):
        own = [group for group in groups if group.mode == mode]
        order = rng.permutation(len(own))
        for start in range(0, len(order), size):
            drawn = [own[place] for place in order[start : start + size]]
            batches.append([(one, sorted(rng.permutation(len(one.targets))[:most].tolist())) for one in drawn])
    return [batches[place] for place in rng.permutation(len(batches))]


def _gather_logsumexp(values: Tensor, index: Tensor, size: int) -> Tensor:
    """Return log sum exp of the values of each index."""
    top = torch.full((size,), -1e30).scatter_reduce(0, index, values.detach(), "amax")
    return top + torch.zeros(size).index_add(0, index, (values - top[index]).exp()).clamp_min(1e-30).log()

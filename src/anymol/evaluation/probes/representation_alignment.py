"""Whether two sets of states of the same molecules agree: by their geometry, by their neighbours, one by one."""

from __future__ import annotations

import torch


def linear_cka(first: torch.Tensor, second: torch.Tensor) -> float:
    """Return the linear centred kernel alignment (Kornblith et al. 2019, "Similarity of neural network
    representations revisited", equation 4 with linear kernels), blind to rotations and to a common scale.

    ``|Y'X|^2 / (|X'X| |Y'Y|)`` with Frobenius norms and centred columns.

    Args:
        first: Shape (n, H).
        second: Shape (n, K), of the same n molecules in the same order.

    Returns:
        From 0 to 1.

    Raises:
        ValueError: The numbers of molecules differ, or all states of one side are equal.
    """
    x, y = (_centre(states) for states in _pair(first, second))
    own = torch.linalg.matrix_norm(x.mT @ x) * torch.linalg.matrix_norm(y.mT @ y)
    if own == 0:
        raise ValueError("all states of one side are equal: they have no geometry to compare")
    return float(torch.linalg.matrix_norm(y.mT @ x) ** 2 / own)


def mutual_neighbours(first: torch.Tensor, second: torch.Tensor, *, neighbours: int = 10) -> float:
    """Return the share of a molecule's nearest neighbours that both sides agree on (Huh et al. 2024, "The platonic
    representation hypothesis", appendix A), by the cosine of centred states.

    Args:
        first: Shape (n, H).
        second: Shape (n, K), of the same n molecules in the same order.
        neighbours: How many count as near.

    Returns:
        From 0 to 1; by chance ``neighbours / (n - 1)``.

    Raises:
        ValueError: The numbers of molecules differ, or there are not more molecules than neighbours.
    """
    sides = _pair(first, second)
    if not 0 < neighbours < len(first):
        raise ValueError(f"{neighbours} neighbours cannot be told among {len(first)} molecules")
    near = [_cosines(states, states).fill_diagonal_(-torch.inf).topk(neighbours).indices for states in sides]
    common = (near[0][:, :, None] == near[1][:, None, :]).any(dim=2)
    return float(common.double().mean())


def match_own(states: torch.Tensor, others: torch.Tensor) -> tuple[float, float]:
    """Return how often a molecule's state is nearest to its own counterpart among those of all molecules.

    Args:
        states: Shape (n, H), say projected states of spectra.
        others: Shape (n, H), of the same n molecules in the same space, say embeddings of their notations.

    Returns:
        The share of molecules whose own counterpart is the nearest by the cosine of centred states (by chance 1 / n);
        and the mean share of other molecules' counterparts that are farther away than the own (by chance one half).

    Raises:
        ValueError: The shapes differ.
    """
    if states.shape != others.shape:
        raise ValueError(f"states of shape {tuple(states.shape)} and {tuple(others.shape)} are in no common space")
    cosines = _cosines(*_pair(states, others))
    own = cosines.diagonal()[:, None]
    beside = ~torch.eye(len(cosines), dtype=torch.bool)
    nearer = ((cosines > own) & beside).sum(dim=1).double()
    tied = ((cosines == own) & beside).sum(dim=1).double()
    n = len(cosines)
    return float((nearer + tied == 0).double().mean()), float(1 - (nearer + tied / 2).mean() / max(n - 1, 1))


def _pair(first: torch.Tensor, second: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} states are not of the same molecules")
    return first.double(), second.double()


def _centre(states: torch.Tensor) -> torch.Tensor:
    return states - states.mean(dim=0)


def _cosines(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return the cosines (n, n) of centred states."""
    x, y = (torch.nn.functional.normalize(_centre(states), dim=1) for states in (first, second))
    return x @ y.mT

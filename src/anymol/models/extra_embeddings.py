"""The embeddings that a decoder does not have itself: roles, markers around records, and tokens of its own.

Shape letters: B rows, L tokens, H width, M molecules, N states of all molecules.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional, init

from anymol.encoder_states import EncoderStates
from anymol.encoders.encoder import ExtraParameters


class RoleEmbedding(nn.Embedding):
    """What is added to a molecule's tokens for the role it plays; starts at zero, so that it changes nothing."""

    def reset_parameters(self) -> None:
        """Fill with zeros."""
        init.zeros_(self.weight)


class Markers(ExtraParameters):
    """Learned tokens before and after the tokens of each record of one modality.

    Args:
        width: Width H of the decoder.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.edges = nn.Parameter(torch.empty(2, width))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw both at the scale of embeddings."""
        init.normal_(self.edges, std=0.02)

    def forward(self, tokens: EncoderStates) -> EncoderStates:
        """Return tokens (N + 2 M, H) between markers, and the counts, two more each."""
        counts = tokens.counts + 2
        ends = counts.cumsum(0) - 1
        starts = ends - counts + 1
        inside = torch.ones(len(tokens.states) + 2 * len(counts), dtype=torch.bool, device=counts.device)
        inside = inside.index_fill(0, torch.cat([starts, ends]), False)
        edges = self.edges.to(tokens.states.dtype)
        spread = tokens.states.new_zeros(len(inside), edges.shape[1]).masked_scatter(inside[:, None], tokens.states)
        edged = spread.index_add(0, starts, edges[:1].expand(len(starts), -1))
        return EncoderStates(edged.index_add(0, ends, edges[1:].expand(len(ends), -1)), counts)


class ExtraTokens(nn.Module):
    """Input and output rows of tokens that a frozen decoder does not know.

    Args:
        first_id: Id of the first extra token.
        n_tokens: Number of extra tokens.
        width: Width H of the decoder.
        tied: Whether input and output rows are the same, as they may be in the decoder.
    """

    def __init__(self, first_id: int, n_tokens: int, width: int, *, tied: bool) -> None:
        super().__init__()
        self.first_id = first_id
        self.input = nn.Embedding(n_tokens, width)
        self.output = None if tied else nn.Parameter(torch.empty(n_tokens, width).normal_(std=0.02))

    @property
    def output_weight(self) -> torch.Tensor:
        """Output rows, shape (n_tokens, H)."""
        return self.input.weight if self.output is None else self.output

    def embed(self, input_ids: torch.Tensor, base: nn.Module) -> torch.Tensor:
        """Return embeddings (B, L, H): old ids through `base`, new ones from this table."""
        new = input_ids >= self.first_id
        old = base(torch.where(new, 0, input_ids))
        extra = self.input(torch.where(new, input_ids - self.first_id, 0))
        return torch.where(new[..., None], extra.to(old.dtype), old)

    def append_logits(self, head: nn.Module, inputs: tuple[torch.Tensor, ...], logits: torch.Tensor) -> torch.Tensor:
        """Forward hook of the decoder's head: cut its logits at the first new id and append those of the new ones."""
        extra = functional.linear(inputs[0], self.output_weight.to(inputs[0].dtype))
        return torch.cat([logits[..., : self.first_id], extra.to(logits.dtype)], dim=-1)

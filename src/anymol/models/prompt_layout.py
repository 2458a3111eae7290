"""Where the atoms and the tokens of prompts stand in a batch.

Shape letters: B rows, L tokens, M molecules, N states of all molecules, V atoms of a prompt, d width of a state.
"""

from __future__ import annotations

import torch

from anymol.encoder_states import EncoderStates, pad_states
from anymol.encoders.encoder import Batch


def lay_out_prompts(
    encoded: EncoderStates, graph: Batch, n_prompts: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the atoms of each prompt side by side, as MoRA reads them.

    Args:
        encoded: States (N, d) of all molecules, and their counts (M,).
        graph: ``prompts`` (M,), ascending, and ``roles`` (M,).
        n_prompts: B.

    Returns:
        States (B, V, d), mask (B, V), index of each atom's molecule within its prompt (B, V) and its role (B, V).
    """
    states, counts = encoded
    prompts, roles = graph["prompts"], graph["roles"]
    first = torch.searchsorted(prompts, prompts)  # the first molecule of the same prompt
    index = torch.arange(len(prompts), device=prompts.device) - first
    atoms_of = counts.new_zeros(n_prompts).index_add_(0, prompts, counts)
    padded, mask = pad_states(states, atoms_of)
    repeated = (torch.repeat_interleave(one, counts, output_size=len(states)) for one in (index, roles))
    of_atom, role = (torch.zeros_like(mask, dtype=torch.int64).masked_scatter(mask, one) for one in repeated)
    return padded, mask, of_atom, role


def count_positions(attention_mask: torch.Tensor) -> torch.Tensor:
    """Return positions (B, L) that count real tokens from 0, whatever side is padded."""
    return (attention_mask.long().cumsum(-1) - 1).clamp_min(0)

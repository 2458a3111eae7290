"""What a decoder is given in one step, and what it promises.

Shape letters: B prompts, W tokens of each that are added together, T columns of the cache with those tokens, H width,
V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from anymol.models.decoding.key_values import KeyValues


@dataclass(frozen=True)
class Condition:
    """What an adapter that is written for each prompt's molecules (MoRA) reads of them.

    Attributes:
        states: States of the atoms, (B, A, d).
        mask: True at real atoms, (B, A); a prompt without any is answered by the frozen model.
        molecules: Which molecule of its prompt an atom belongs to, (B, A), int64.
        roles: Role of each atom's molecule, (B, A), int64.
        keys: One per prompt, under which its adapter is cached.
    """

    states: Tensor
    mask: Tensor
    molecules: Tensor
    roles: Tensor
    keys: tuple[bytes, ...]

    @property
    def tensors(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """All but the keys."""
        return self.states, self.mask, self.molecules, self.roles

    def split(self) -> list[Condition]:
        """Return that of each prompt alone, in memory of its own: prompts are kept for longer than their batch."""
        found = []
        for row, key in enumerate(self.keys):
            states, mask, molecules, roles = (tensor[row : row + 1].clone() for tensor in self.tensors)
            found.append(Condition(states, mask, molecules, roles, (key,)))
        return found


def join_conditions(conditions: Sequence[Condition | None]) -> Condition | None:
    """Return the condition of several prompts, of one each; None where none has any."""
    known = next((one for one in conditions if one is not None), None)
    if known is None:
        return None
    n_atoms = max(one.mask.shape[1] for one in conditions if one is not None)
    states, mask, molecules, roles = (
        tensor.new_zeros(len(conditions), n_atoms, *tensor.shape[2:]) for tensor in known.tensors
    )
    for row, one in enumerate(conditions):
        if one is not None:
            for whole, mine in zip((states, mask, molecules, roles), one.tensors, strict=True):
                whole[row, : mine.shape[1]] = mine[0]
    keys = tuple(b"" if one is None else one.keys[0] for one in conditions)
    return Condition(states, mask, molecules, roles, keys)


@dataclass
class Feed:
    """Tokens that are added to a cache.

    Attributes:
        embeddings: (B, W, H).
        positions: (B, W), int64, from 0 at the first token of each prompt.
        mask: (B, W, T), added to the scores: 0 where a token sees a column, -inf elsewhere. Each sees itself.
        cache: Columns of the tokens before; those of the new ones are added.
        key_positions: (B, T), int64, the position of the token in each column.
        keep: Of how many of the W tokens, the last ones, logits are wanted.
        condition: What the adapter reads of the prompts' molecules; None where no adapter reads any.
    """

    embeddings: Tensor
    positions: Tensor
    mask: Tensor
    cache: KeyValues
    key_positions: Tensor
    keep: int
    condition: Condition | None = None


class StepDecoder(Protocol):
    """Computes what follows; called from any number of threads at a time, each with caches of its own."""

    @property
    def layers(self) -> int:
        """Number of layers, which a cache is made for."""

    def run(self, feeds: Sequence[Feed]) -> list[Tensor]:
        """Add the tokens of several feeds and return the logits of each, (B, keep, V)."""

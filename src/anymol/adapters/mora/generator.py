"""The generator: atom states of a prompt's molecules -> the adapter of this prompt.

Letters: B prompts, V atoms, d width of the states, D width of the generator, Q queries, P places, k core, r rank.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from anymol.adapters.mora.config import MoraConfig, MoraHead, Trunks


@dataclass(frozen=True)
class Target:
    """A place that the generator writes for.

    Attributes:
        name: Canonical name.
        kind: What is computed there, the same string for the same projection of all layers.
        inputs: Width of the place's input.
    """

    name: str
    kind: str
    inputs: int


class Trunk(nn.Module):
    """Learned queries that read the atoms: a pre-norm transformer decoder (MoRA, section 3).

    Args:
        config: Sizes.
        n_queries: Q.
    """

    def __init__(self, config: MoraConfig, n_queries: int) -> None:
        super().__init__()
        self.config = config
        self.queries = nn.Parameter(torch.empty(n_queries, config.width))
        self.input = nn.Linear(config.state_width, config.width)
        self.role = nn.Embedding(config.n_roles, config.width)
        self.molecule = nn.Embedding(config.n_molecules, config.width)
        self.blocks = nn.ModuleList(
            nn.TransformerDecoderLayer(
                config.width, config.heads, 4 * config.width, config.dropout, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(config.depth)
        )
        self.norm = nn.LayerNorm(config.width)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw queries like tokens; roles and indexes start at zero, so that they change nothing before they learn."""
        nn.init.normal_(self.queries)
        nn.init.zeros_(self.role.weight)
        nn.init.zeros_(self.molecule.weight)

    def forward(
        self, states: torch.Tensor, mask: torch.Tensor, molecule_index: torch.Tensor, roles: torch.Tensor
    ) -> torch.Tensor:
        """Return what the queries read.

        Args:
            states: Shape (B, V, d).
            mask: True at real atoms, shape (B, V), at least one in each row.
            molecule_index: Shape (B, V), int64.
            roles: Shape (B, V), int64.

        Returns:
            Shape (B, Q, D).
        """
        index = molecule_index.clamp(max=self.config.n_molecules - 1)
        atoms = self.input(states) + self.role(roles) + self.molecule(index)  # (B, V, D)
        read = self.queries.expand(len(states), -1, -1)
        for block in self.blocks:
            read = block(read, atoms, memory_key_padding_mask=~mask)
        normed: torch.Tensor = self.norm(read)
        return normed


class MoraGenerator(nn.Module):
    """Writes the generated part of the A of every place.

    Args:
        config: Sizes and form.
        targets: The P places.
        dtype: Of the weights.
        device: Where they are made; ``meta`` works.
    """

    def __init__(
        self,
        config: MoraConfig,
        targets: Sequence[Target],
        *,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.targets = tuple(targets)
        per = config.queries_per_layer
        kinds = list(dict.fromkeys(target.kind for target in targets))
        groups: dict[str, list[int]] = {}
        for number, target in enumerate(targets):
            match config.trunks:
                case Trunks.SHARED:
                    groups.setdefault("shared", []).append(number)
                case Trunks.PER_PROJECTION:
                    groups.setdefault(target.kind, []).append(number)
        self._groups = groups
        self.trunks = nn.ModuleDict({name: Trunk(config, per * len(members)) for name, members in groups.items()})
        self.heads = nn.ModuleDict(
            {
                kind: nn.Linear(per * config.width, self._numbers(next(t for t in targets if t.kind == kind)))
                for kind in kinds
            }
        )
        self.to(dtype=dtype, device=device)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start near a LoRA: a full A has LoRA's spread, a factored core is the identity and a part by molecule."""
        for target in self.targets:
            head = self.heads[target.kind]
            assert isinstance(head, nn.Linear)
            match self.config.head:
                case MoraHead.FULL:
                    # Entries of LoRA's kaiming-uniform A have the variance 1 / (3 in).
                    nn.init.normal_(head.weight, std=1 / math.sqrt(3 * target.inputs * head.in_features))
                    nn.init.zeros_(head.bias)
                case MoraHead.FACTORED:
                    # Rows of the core are a unit vector plus, by molecule, a vector of half that length.
                    nn.init.normal_(head.weight, std=0.5 / math.sqrt(self.config.rank * head.in_features))
                    with torch.no_grad():
                        head.bias.copy_(torch.eye(self.config.core_rank, self.config.rank).flatten())

    def _numbers(self, target: Target) -> int:
        match self.config.head:
            case MoraHead.FULL:
                return target.inputs * self.config.rank
            case MoraHead.FACTORED:
                return self.config.core_rank * self.config.rank

    def forward(
        self,
        states: torch.Tensor,
        mask: torch.Tensor,
        molecule_index: torch.Tensor | None = None,
        roles: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, ...]:
        """Return the generated tensor of each place.

        Args:
            states: Atom states of B prompts, shape (B, V, d).
            mask: True at real atoms, shape (B, V).
            molecule_index: Which molecule of its prompt an atom belongs to, shape (B, V), int64; one where not given.
            roles: Role of each atom's molecule, shape (B, V), int64; the first role where not given.

        Returns:
            For each place (B, in, r) of a full head or (B, k, r) of a factored one; zero for a prompt without atoms.
        """
        dtype = next(self.parameters()).dtype
        states = states.to(dtype)
        # What stands at padding, be it -1 or not a number, is never looked at.
        states = states.masked_fill(~mask[..., None], 0.0)
        first = torch.zeros(mask.shape, dtype=torch.int64, device=mask.device)
        molecule_index = first if molecule_index is None else molecule_index.where(mask, 0)
        roles = first if roles is None else roles.where(mask, 0)
        present = mask.any(1)
        # Attention over no atom at all is not a number: such a row reads its padding, and its adapter is zeroed below.
        # Zeroed rather than left out, so that a batch without any molecule still reaches every weight.
        mask = mask | ~present[:, None]
        generated: dict[int, torch.Tensor] = {}
        for name, members in self._groups.items():
            read = self.trunks[name](states, mask, molecule_index, roles)  # (B, Q, D)
            per_place = read.unflatten(1, (len(members), -1)).flatten(2)  # (B, places, queries D)
            by_kind: dict[str, list[int]] = {}
            for position, number in enumerate(members):
                by_kind.setdefault(self.targets[number].kind, []).append(position)
            for kind, positions in by_kind.items():
                written = self.heads[kind](per_place[:, positions]) * present[:, None, None]
                written = written.unflatten(-1, (-1, self.config.rank))
                for column, position in enumerate(positions):
                    generated[members[position]] = written[:, column]
        return tuple(generated[number] for number in range(len(self.targets)))

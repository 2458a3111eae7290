"""MoRA at one place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from anymol.adapters.adapter_layer import AdapterLayer
from anymol.adapters.mora.config import MoraHead
from anymol.errors import MergeError


@dataclass(frozen=True, eq=False)
class Packing:
    """Where the tokens of each prompt stand in packed rows.

    Attributes:
        gather: Flat token of each place of each prompt, shape (B, L'), int64; 0 where a prompt is shorter.
        place: Flat place (prompt * L' + column) of each token, shape (N,), int64; 0 where a token has no prompt.
        owned: Whether a token has a prompt, shape (N, 1), bool.
    """

    gather: torch.Tensor
    place: torch.Tensor
    owned: torch.Tensor

    @classmethod
    def of(cls, segments: torch.Tensor, n_prompts: int) -> Packing:
        """Plan for segments (rows, L): each token's prompt, -1 for none. Reads the longest prompt on the host."""
        flat = segments.flatten()
        owned = flat >= 0
        prompt = flat.clamp(min=0)
        hot = functional.one_hot(prompt, n_prompts) * owned[:, None]  # (N, B)
        column = hot.cumsum(0).gather(1, prompt[:, None])[:, 0] - 1  # place of a token among its prompt's
        longest = max(1, int(hot.sum(0).max()))
        place = torch.where(owned, prompt * longest + column, 0)
        gather = torch.zeros(n_prompts * longest, dtype=torch.int64, device=segments.device)
        tokens = torch.arange(len(flat), device=segments.device)
        gather[place[owned]] = tokens[owned]
        return cls(gather.view(n_prompts, longest), place, owned[:, None])


class MoraLinear(AdapterLayer):
    """A generated low-rank update beside a linear map, or beside a whole feed-forward block (MoRA, section 3).

    ``y = W0 x + (alpha / r) B A(m)^T x`` with A(m) (in, r) written by the generator for the prompt's molecules, and B
    (out, r) trained and zero at the start. With a factored head ``A(m) = U S(m)``: all prompts share U^T x.

    What is generated is handed in for one forward by :class:`~anymol.adapters.mora.conditioning.ConditionedLayer`;
    without it the place is exactly the frozen one.

    Args:
        inputs: Width of the input.
        outputs: Width of the output.
        rank: r.
        alpha: See there.
        head: Form of what is generated.
        core: k of a factored head.
        is_block: Whether the place is a whole feed-forward block.
        dtype: Of the weights.
        device: Where they are made.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        rank: int,
        *,
        alpha: float,
        head: MoraHead,
        core: int,
        is_block: bool = False,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        self.rank, self.scale, self.is_block = rank, alpha / rank, is_block
        self.b = nn.Parameter(torch.empty(outputs, rank, dtype=dtype, device=device))
        self.basis: nn.Parameter | None = None
        if head is MoraHead.FACTORED:
            self.basis = nn.Parameter(torch.empty(core, inputs, dtype=dtype, device=device))
        self.generated: torch.Tensor | None = None
        self.packing: Packing | None = None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """B is zero, so that a fresh adapter changes nothing; a basis is drawn as LoRA draws A."""
        nn.init.zeros_(self.b)
        if self.basis is not None:
            nn.init.kaiming_uniform_(self.basis, a=math.sqrt(5))

    def __getstate__(self) -> dict[str, object]:
        """Leave out what was handed in for a forward: a tensor of a graph cannot be copied with the model."""
        return {**self.__dict__, "generated": None, "packing": None}

    def forward(self, base: nn.Module, x: torch.Tensor) -> torch.Tensor:
        """Return the frozen output plus each prompt's update.

        Args:
            base: The frozen module.
            x: Shape (rows, L, in); rows are the conditioned prompts, or n times as many, those of one prompt side by
                side (beams), or packed rows.

        Returns:
            Shape (rows, L, out).
        """
        y: torch.Tensor = base(x)
        if self.generated is None:
            return y
        shared = x if self.basis is None else functional.linear(x, self.basis.to(x.dtype))
        generated = self.generated.to(shared.dtype)
        if self.packing is None:
            # Rows of one prompt side by side are one longer row.
            low = torch.bmm(shared.reshape(len(generated), -1, shared.shape[-1]), generated)
        else:
            tokens = shared.flatten(0, -2)
            each = torch.bmm(tokens[self.packing.gather], generated)  # (B, L', r)
            low = each.flatten(0, 1)[self.packing.place] * self.packing.owned
        low = low.flatten(0, -2) * self.scale
        # One product that adds into the frozen output, as in GAL.
        return torch.addmm(y.flatten(0, -2), low.to(y.dtype), self.b.to(y.dtype).T).view_as(y)

    def bake(self, generated: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return one prompt's pair, A (r, in) and B (out, r), the scale in B.

        Args:
            generated: Shape (in, r) or (k, r).

        Raises:
            MergeError: The place is a whole feed-forward block.
        """
        if self.is_block:
            raise MergeError(
                "an update beside a whole feed-forward block is not an update of a linear map",
                value="m",
                hint="only adapters without the target 'm' can be baked",
            )
        a = generated if self.basis is None else self.basis.T @ generated.to(self.basis.dtype)
        return a.T, self.scale * self.b

    def weight_delta(self) -> torch.Tensor:
        """Refuse: there is one weight per molecule.

        Raises:
            MergeError: Always.
        """
        raise MergeError(
            "MoRA writes an adapter for each molecule, so there is no one weight",
            hint="export_lora with the states of one molecule bakes that molecule's adapter",
        )

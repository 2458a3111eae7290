"""Molecules into prompts: encode, project, mark, and put in the place of their placeholders.

Shape letters: B rows, L tokens, H width, M molecules, N states of all molecules.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch

from anymol.encoder_states import EncoderStates
from anymol.encoders.encoder import Batch
from anymol.encoders.table import ENCODERS
from anymol.models.extra_embeddings import RoleEmbedding

Molecules = Mapping[str, Batch]
"""Modality -> the records of all prompts, in reading order."""

ReadAtoms = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
"""Atoms as an adapter reads them; see :func:`anymol.models.prompt_layout.lay_out_prompts`."""


class ReadsMolecules(ABC):
    """What every model of ours does with molecules, over the parts that it has.

    Attributes:
        encoders: Modality -> encoder.
        projectors: Modality -> projector; a modality without one is read by an adapter alone.
        markers: Modality -> the learned tokens around its records, where it has such.
        role_embedding: What is added for the role of a molecule; None where nothing is projected.
    """

    encoders: Any
    projectors: Any
    markers: Any
    role_embedding: RoleEmbedding | None

    @property
    @abstractmethod
    def placeholders(self) -> Mapping[str, int]:
        """Modality -> id of its placeholder."""

    @abstractmethod
    def embed_text(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Return the embeddings (B, L, H) of token ids (B, L), placeholders among them."""

    def embed(self, input_ids: torch.Tensor, molecules: Molecules | None = None) -> torch.Tensor:
        """Return the embeddings of a prompt, its molecules spliced in.

        Args:
            input_ids: Shape (B, L); one placeholder per molecule token, in reading order row by row.
            molecules: Modality -> its records in the same order: what its encoder reads of them, ``roles`` (M,) and
                ``prompts`` (M,), the prompt that each belongs to, ascending.

        Returns:
            Shape (B, L, H).

        Raises:
            ValueError: The molecules give another number of tokens than the prompt has placeholders, or the model does
                not read a modality.
        """
        molecules = molecules or {}
        return self._splice(input_ids, molecules, self._encode(molecules))

    def _encode(self, molecules: Molecules) -> dict[str, EncoderStates]:
        """Return the states of each modality, in the order of :class:`Modality`, whatever that of the argument."""
        if unknown := sorted(set(molecules) - set(self.encoders)):
            raise ValueError(f"this model reads no {unknown[0]}; its config has no such modality")
        return {name: self.encoders[name](molecules[name]) for name in ENCODERS if name in molecules}

    def _splice(
        self, input_ids: torch.Tensor, molecules: Molecules, encoded: Mapping[str, EncoderStates]
    ) -> torch.Tensor:
        embeds = self.embed_text(input_ids)
        for name, states in encoded.items():
            if name in self.projectors:  # else an adapter alone reads them
                roles = molecules[name]["roles"]
                embeds = self._put_in_place(embeds, input_ids, name, self._project(name, states, roles), len(roles))
        return embeds

    def _put_in_place(
        self, embeds: torch.Tensor, input_ids: torch.Tensor, name: str, tokens: torch.Tensor, n_molecules: int
    ) -> torch.Tensor:
        here = input_ids == self.placeholders[name]
        # Reading the count back stalls an accelerator and breaks a compiled graph, where the processor has checked it.
        if not torch.compiler.is_compiling() and int(here.sum()) != len(tokens):
            raise ValueError(
                f"the prompt has {int(here.sum())} <{name}> placeholders, but its {n_molecules} molecules give "
                f"{len(tokens)} tokens"
            )
        return embeds.masked_scatter(here[..., None], tokens.to(embeds.dtype))

    def _project(self, modality: str, encoded: EncoderStates, roles: torch.Tensor) -> torch.Tensor:
        projected = self.projectors[modality](encoded)
        tokens, counts = self.markers[modality](projected) if modality in self.markers else projected
        assert self.role_embedding is not None
        roles = torch.repeat_interleave(roles, counts, output_size=tokens.shape[0])
        marked: torch.Tensor = tokens + self.role_embedding(roles).to(tokens.dtype)
        return marked

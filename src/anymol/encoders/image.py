"""The image encoder: CLIP's vision tower over the whole picture and, where it is large or wide, over slices of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import nn
from torch.nn import functional

from anymol.encoder_states import EncoderStates
from anymol.encoders.encoder import Batch, Features, count_rows

if TYPE_CHECKING:
    from anymol.modalities.image import MoleculeImage

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
WHITE = 255


class ImageEncoderConfig(BaseModel):
    """Choices of the image encoder; the defaults are those of CLIP ViT-L/14-336, four patches to a state.

    Attributes:
        kind: Tag of this config among encoder configs.
        width: Size d of a state.
        n_layers: Layers of the tower.
        n_heads: Attention heads; must divide `width`.
        ffn_size: Width inside the feed-forward; None takes four times `width`.
        view_size: Pixels of a view's edge.
        patch_size: Pixels of a patch's edge; must divide `view_size`.
        reduce: Edge of the square of patches that the convolution joins; must divide the patches of an edge.
        max_slices: Most slices beside the full view; 0 for the full view alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["clip"] = "clip"
    width: int = Field(default=1024, ge=1)
    n_layers: int = Field(default=24, ge=1)
    n_heads: int = Field(default=16, ge=1)
    ffn_size: int | None = Field(default=None, ge=1)
    view_size: int = Field(default=336, ge=1)
    patch_size: int = Field(default=14, ge=1)
    reduce: int = Field(default=2, ge=1)
    max_slices: int = Field(default=12, ge=0)

    @model_validator(mode="after")
    def _check_sizes(self) -> ImageEncoderConfig:
        if self.width % self.n_heads:
            raise ValueError(f"n_heads {self.n_heads} does not divide width {self.width}")
        if self.view_size % (self.patch_size * self.reduce):
            raise ValueError(f"{self.reduce} patches of {self.patch_size} do not divide view_size {self.view_size}")
        return self

    @property
    def states_per_view(self) -> int:
        """States that each view gives."""
        return (self.view_size // self.patch_size // self.reduce) ** 2

    def read(self, record: MoleculeImage) -> dict[str, NDArray[Any]]:
        """Return the views of a picture: all of it, then its slices row by row.

        Args:
            record: The picture, of any size.

        Returns:
            ``views`` (W, 3, view_size, view_size), uint8, and ``places`` (W, 2), int64: row and column of a slice from
            1 on, 0 for the full view.
        """
        size = self.view_size
        rows, columns = plan_slices(record.pixels.shape[0], record.pixels.shape[1], size, self.max_slices)
        pixels = torch.tensor(np.asarray(record.pixels)).permute(2, 0, 1)[None].float()  # a copy: records are read-only
        views = [_fit(pixels, size, size)]
        if rows * columns > 1:
            sheet = _fit(pixels, rows * size, columns * size)
            slices = sheet.reshape(3, rows, size, columns, size).transpose(1, 3, 0, 2, 4)
            views.extend(slices.reshape(-1, 3, size, size))
            places = [(0, 0), *((row + 1, column + 1) for row in range(rows) for column in range(columns))]
        else:
            places = [(0, 0)]
        return {"views": np.stack(views), "places": np.array(places, np.int64)}

    def count_states(self, features: Features) -> int:
        """Return the number of states: as many for each view."""
        return len(features["views"]) * self.states_per_view


class ImageEncoder(nn.Module):
    """CLIP's vision tower (Radford et al. 2021), a convolution over neighbouring patches, and where a view stands.

    States are those of the tower's last layer, before its norm. LLaVA and ChemDFM-X read the published tower's last
    layer but one: `n_layers` 23 starts from it so.

    Args:
        config: Sizes and choices.
    """

    def __init__(self, config: ImageEncoderConfig) -> None:
        # Its modelling takes seconds to import, which nobody pays who shows no drawing.
        from transformers import CLIPVisionConfig, CLIPVisionModel

        super().__init__()
        self.config = config
        self.width = width = config.width
        self.tower = CLIPVisionModel(
            CLIPVisionConfig(
                hidden_size=width,
                intermediate_size=config.ffn_size or 4 * width,
                num_hidden_layers=config.n_layers,
                num_attention_heads=config.n_heads,
                image_size=config.view_size,
                patch_size=config.patch_size,
            )
        )
        # It norms the class token alone, which is not read: a weight without a gradient stalls sharded training.
        setattr(self.tower, "post_layernorm", nn.Identity())  # noqa: B010  # it is typed as a norm
        self.reducer = nn.Conv2d(width, width, config.reduce, stride=config.reduce)
        self.row_embedding = nn.Embedding(config.max_slices + 1, width)
        self.column_embedding = nn.Embedding(config.max_slices + 1, width)

    def make_dummy(self) -> dict[str, torch.Tensor]:
        """Return a batch of one white view."""
        size = self.config.view_size
        views = np.full((1, 3, size, size), WHITE, np.uint8)
        return collate_images([{"views": views, "places": np.zeros((1, 2), np.int64)}])

    def forward(self, batch: Batch) -> EncoderStates:
        """Return states view by view, each row by row.

        Args:
            batch: What :func:`collate_images` gives.

        Returns:
            States (N, d), and their number for each picture.
        """
        views, places = batch["views"], batch["places"]
        mean = torch.tensor(CLIP_MEAN, device=views.device)[:, None, None]
        std = torch.tensor(CLIP_STD, device=views.device)[:, None, None]
        pixels = (views.float() / WHITE - mean) / std
        patches = self.tower(pixel_values=pixels.to(self.reducer.weight.dtype)).last_hidden_state[:, 1:]
        edge = self.config.view_size // self.config.patch_size
        grid = patches.transpose(1, 2).unflatten(-1, (edge, edge))  # (W, d, edge, edge)
        states = self.reducer(grid).flatten(2).transpose(1, 2)  # (W, states_per_view, d)
        where = self.row_embedding(places[:, 0]) + self.column_embedding(places[:, 1])
        states = states + where[:, None]
        return EncoderStates(states.flatten(0, 1), batch["n_views"] * self.config.states_per_view)


def plan_slices(height: int, width: int, view_size: int, max_slices: int) -> tuple[int, int]:
    """Return rows and columns of slices that show a picture at about its own resolution.

    Among grids of at most `max_slices` the one that keeps most pixels wins; of equal ones that with the fewest slices.

    Args:
        height: Rows of pixels.
        width: Columns of pixels.
        view_size: Pixels of a slice's edge.
        max_slices: Most slices; 0 for none.

    Returns:
        (1, 1) where the full view shows everything already.
    """
    if max_slices < 2 or max(height, width) <= view_size:
        return 1, 1
    grids = [(rows, columns) for rows in range(1, max_slices + 1) for columns in range(1, max_slices // rows + 1)]

    def rank(grid: tuple[int, int]) -> tuple[float, int]:
        scale = min(grid[0] * view_size / height, grid[1] * view_size / width, 1.0)
        return round(scale, 6), -grid[0] * grid[1]

    return max(grids, key=rank)


def collate_images(features: Sequence[Features]) -> dict[str, torch.Tensor]:
    """Return the batch of M pictures, their views end to end.

    Args:
        features: What :meth:`ImageEncoderConfig.read` gives for each; at least one.

    Returns:
        ``views`` (W, 3, s, s) uint8, ``places`` (W, 2) int64 and ``n_views`` (M,) int64.
    """
    return {
        "views": torch.from_numpy(np.concatenate([one["views"] for one in features])),
        "places": torch.from_numpy(np.concatenate([one["places"] for one in features])),
        "n_views": count_rows([one["views"] for one in features]),
    }


def _fit(pixels: torch.Tensor, height: int, width: int) -> NDArray[np.uint8]:
    """Return a picture (1, 3, h, w) scaled into (3, height, width), its shape kept, white around it."""
    scale = min(height / pixels.shape[2], width / pixels.shape[3])
    size = [
        max(1, min(limit, round(scale * old))) for limit, old in zip((height, width), pixels.shape[2:], strict=True)
    ]
    scaled = functional.interpolate(pixels, size=size, mode="bicubic", antialias=True, align_corners=False)
    sheet = np.full((3, height, width), WHITE, np.uint8)
    top, left = (height - size[0]) // 2, (width - size[1]) // 2
    sheet[:, top : top + size[0], left : left + size[1]] = scaled[0].round().clamp(0, WHITE).to(torch.uint8).numpy()
    return sheet

"""Published Uni-Mol weights: their names translated into ours.

Names and shapes follow the public source of Uni-Mol (``unimol/models/unimol.py`` and unimol_tools).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch

from anymol.errors import CheckpointError

_LAYER = r"encoder\.layers\.(\d+)\."
_ENDS = r"\.(weight|bias)"
_NAMES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"embed_tokens\.weight"), "atom_embedding.weight"),
    (re.compile(r"gbf\.means\.weight"), "kernels.means"),
    (re.compile(r"gbf\.stds\.weight"), "kernels.stds"),
    (re.compile(r"gbf\.mul\.weight"), "kernels.scale"),
    (re.compile(r"gbf\.bias\.weight"), "kernels.shift"),
    (re.compile(rf"gbf_proj\.linear1{_ENDS}"), r"pair_input.0.\1"),
    (re.compile(rf"gbf_proj\.linear2{_ENDS}"), r"pair_input.2.\1"),
    (re.compile(rf"encoder\.emb_layer_norm{_ENDS}"), r"input_norm.\1"),
    (re.compile(rf"encoder\.final_layer_norm{_ENDS}"), r"norm.\1"),
    (re.compile(rf"{_LAYER}self_attn_layer_norm{_ENDS}"), r"layers.\1.attention_norm.\2"),
    (re.compile(rf"{_LAYER}self_attn\.in_proj{_ENDS}"), r"layers.\1.query_key_value.\2"),
    (re.compile(rf"{_LAYER}self_attn\.out_proj{_ENDS}"), r"layers.\1.out.\2"),
    (re.compile(rf"{_LAYER}final_layer_norm{_ENDS}"), r"layers.\1.ffn_norm.\2"),
    (re.compile(rf"{_LAYER}fc1{_ENDS}"), r"layers.\1.up.\2"),
    (re.compile(rf"{_LAYER}fc2{_ENDS}"), r"layers.\1.down.\2"),
)
"""Published name -> ours."""

_HEADS = re.compile(r"(lm_head|pair2coord_proj|dist_head|classification_heads?|encoder\.final_head_layer_norm)\..*")
"""Heads of pre-training and of tasks: left behind."""


def translate_conformer_weights(published: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return a published state dict under the names of :class:`~anymol.encoders.conformer.ConformerEncoder`.

    Args:
        published: State dict of Uni-Mol's molecular model.

    Raises:
        CheckpointError: A name that is neither part of the network nor of a known head.
    """
    translated = {}
    for name, value in published.items():
        short = name.removeprefix("module.").removeprefix("model.")
        if _HEADS.fullmatch(short):
            continue
        ours = next((found.expand(new) for old, new in _NAMES if (found := old.fullmatch(short))), None)
        if ours is None:
            raise CheckpointError(
                f"'{name}' is not a weight of Uni-Mol", value=name, hint="expected names such as embed_tokens.weight"
            )
        translated[ours] = value.flatten() if ours.startswith("kernels.") else value
    return translated

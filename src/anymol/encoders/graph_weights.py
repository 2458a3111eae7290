"""Published GIN weights: their names translated into ours.

pretrain-gnns (Hu et al. 2020), Mole-BERT (Xia et al. 2023) and MoleculeSTM (Liu et al. 2023) share one network, saved
as a PyTorch state dict under a few prefixes. The names differ from ours, the numbers and shapes do not.
"""

from __future__ import annotations

import os
import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from anymol.errors import CheckpointError

_PREFIXES = ("graph2d_encoder.", "molecule_node_model.", "node_model.", "gnn.", "module.")
"""What the network was called inside a larger model; they may be nested."""

_NAMES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"x_embedding1\.weight"), "atom_embedding.weight"),
    (re.compile(r"x_embedding2\.weight"), "chirality_embedding.weight"),
    (re.compile(r"gnns\.(\d+)\.mlp\.([02])\.(weight|bias)"), r"layers.\1.mlp.\2.\3"),
    (re.compile(r"gnns\.(\d+)\.edge_embedding1\.weight"), r"layers.\1.bond_embedding.weight"),
    (re.compile(r"gnns\.(\d+)\.edge_embedding2\.weight"), r"layers.\1.direction_embedding.weight"),
    (re.compile(r"batch_norms\.(\d+)\.(weight|bias|running_mean|running_var|num_batches_tracked)"), r"norms.\1.\2"),
)
"""Published name -> ours."""

_HEADS = re.compile(r"(graph_pred_linear|pool|gate_nn|projector|text2latent|mol2latent|linear_pred|set2set)\b.*")
"""Parts of larger models that read molecules no further: left behind."""


def translate_graph_weights(published: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return a published state dict under the names of :class:`~anymol.encoders.graph.GraphEncoder`.

    Prediction heads are left behind.

    Args:
        published: State dict of pretrain-gnns, Mole-BERT or MoleculeSTM, with or without their prefixes.

    Raises:
        CheckpointError: A name that is neither part of the network nor of a known head.
    """
    translated = {}
    for name, value in published.items():
        short = _strip_prefixes(name)
        if _HEADS.fullmatch(short):
            continue
        ours = _translate_name(short)
        if ours is None:
            raise CheckpointError(
                f"'{name}' is not a weight of a GIN of pretrain-gnns form",
                value=name,
                hint="expected names such as x_embedding1.weight, gnns.0.mlp.0.weight, batch_norms.0.weight",
            )
        translated[ours] = value
    return translated


def read_graph_weights(path: str | os.PathLike[str]) -> dict[str, torch.Tensor]:
    """Read published weights from safetensors, or from a ``.pth``/``.pt`` file that holds nothing but tensors.

    Args:
        path: The file. A ``.pth`` is read with ``weights_only=True``, so that no code in it runs.

    Returns:
        Weights under our names.

    Raises:
        CheckpointError: The file is missing, holds more than tensors, or other weights.
    """
    file = Path(path)
    if not file.is_file():
        raise CheckpointError(f"no weights at {file}", value=file, hint="give a .safetensors or .pth file")
    try:
        if file.suffix == ".safetensors":
            published = load_file(file)
        else:
            published = torch.load(file, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise CheckpointError(
            f"{file.name} does not read as plain weights", value=file, hint="only files that hold tensors are read"
        ) from error
    if not isinstance(published, Mapping) or not all(isinstance(value, torch.Tensor) for value in published.values()):
        raise CheckpointError(f"{file.name} is not a state dict", value=file, hint="give the state dict alone")
    return translate_graph_weights(published)


def _strip_prefixes(name: str) -> str:
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return _strip_prefixes(name.removeprefix(prefix))
    return name


def _translate_name(name: str) -> str | None:
    for pattern, ours in _NAMES:
        if found := pattern.fullmatch(name):
            return found.expand(ours)
    return None

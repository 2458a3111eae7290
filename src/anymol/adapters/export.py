"""Adapters in the form of PEFT's LoRA, which PEFT, vLLM and others load."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import torch
from safetensors.torch import save_file

from anymol.adapters.adapter import Adapter, plain_weight
from anymol.adapters.adapter_layer import Adapted
from anymol.adapters.built import Conditioned
from anymol.adapters.gal.layer import GalLinear
from anymol.adapters.storage import check_replaceable
from anymol.errors import MergeError
from anymol.files import staged_file, write_atomically

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"

Pair = tuple[torch.Tensor, torch.Tensor]
"""A (r, in) and B (out, r), all scales in B."""


def export_lora(
    adapter: Adapter,
    directory: Path | str,
    *,
    states: torch.Tensor | None = None,
    mask: torch.Tensor | None = None,
    molecule_index: torch.Tensor | None = None,
    roles: torch.Tensor | None = None,
) -> None:
    """Write an adapter as a LoRA that ``PeftModel.from_pretrained`` loads with equal logits.

    GAL's gamma is folded into B; with ``lora_alpha = r`` PEFT's own scale is 1. Of a MoRA adapter the pair of one
    prompt is written.

    Args:
        adapter: What to write.
        directory: Where to; a LoRA that is there is replaced.
        states: MoRA: atom states of the one prompt, shape (1, V, d).
        mask: MoRA: True at real atoms, shape (1, V); all where not given.
        molecule_index: MoRA: shape (1, V), int64.
        roles: MoRA: shape (1, V), int64.

    Raises:
        MergeError: The method has no single pair per place, the base is quantised, or states are missing or surplus.
    """
    pairs = _read_pairs(adapter, states, mask, molecule_index, roles)
    for place in pairs:
        module = adapter.decoder.get(place)
        base = module.base if isinstance(module, Adapted) else module
        if not base.weight.is_meta:
            plain_weight(place, base)
    names = {place: f"{adapter.decoder.prefix}{place}" for place in pairs}
    ranks = {place: len(a) for place, (a, _) in pairs.items()}
    rank = Counter(ranks.values()).most_common(1)[0][0]
    others = {names[place]: other for place, other in ranks.items() if other != rank}
    tensors = {}
    for place, (a, b) in pairs.items():
        tensors[f"base_model.model.{names[place]}.lora_A.weight"] = a.detach().cpu().contiguous()
        tensors[f"base_model.model.{names[place]}.lora_B.weight"] = b.detach().cpu().contiguous()
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": getattr(adapter.decoder.model.config, "name_or_path", "") or None,
        "inference_mode": True,
        "r": rank,
        "lora_alpha": rank,
        "lora_dropout": 0.0,
        "bias": "none",
        "use_rslora": False,
        "target_modules": sorted(names.values()),
        "rank_pattern": others,
        "alpha_pattern": dict(others),
    }
    directory = Path(directory)
    check_replaceable(directory, {WEIGHTS, CONFIG})
    # The config last: without it a reader finds no adapter rather than half of one.
    (directory / CONFIG).unlink(missing_ok=True)
    with staged_file(directory / WEIGHTS) as draft:
        save_file(tensors, draft, metadata={"format": "pt"})
    write_atomically(directory / CONFIG, json.dumps(config, indent=1) + "\n")


def _read_pairs(
    adapter: Adapter,
    states: torch.Tensor | None,
    mask: torch.Tensor | None,
    molecule_index: torch.Tensor | None,
    roles: torch.Tensor | None,
) -> dict[str, Pair]:
    baked: dict[str, Pair] = {}
    conditioned = [network for network in adapter.networks if isinstance(network, Conditioned)]
    if conditioned and (states is None or len(states) != 1):
        raise MergeError("a MoRA adapter is exported for one molecule", hint="give its states, shape (1, V, d)")
    if states is not None and not conditioned:
        raise MergeError("this adapter is the same for all molecules", hint="leave the states out")
    for network in conditioned:
        assert states is not None
        baked.update(network.bake(states, mask, molecule_index, roles))
    pairs: dict[str, Pair] = {}
    for place, variant in adapter.variants.items():
        if place in baked:
            pairs[place] = baked[place]
        elif isinstance(variant, GalLinear):
            pairs[place] = variant.low_rank()
        else:
            variant.weight_delta()  # raises with the method's reason
            raise MergeError(f"{place} cannot be written as one low-rank pair", value=place)
    return pairs

"""Decoders at rest in 8 or 4 bits, beside which adapters learn in fp32.

Dettmers et al. 2023, "QLoRA" (section 3): the weights of linear maps are kept in few bits, in blocks with a scale
each, and are made wide where they are multiplied; gradients go through them to the adapter. ``int8`` is torchao's, a
scale per row; ``nf4`` is bitsandbytes', 16 levels of a normal distribution in blocks of 64, the scales quantised again.
"""

from __future__ import annotations

import importlib.util
from enum import StrEnum
from typing import Any, Final

import torch
from torch import nn

from anymol.errors import MissingDependencyError


class Quantisation(StrEnum):
    """In what the weights of a decoder's linear maps are held."""

    INT8 = "int8"
    NF4 = "nf4"

    @property
    def package(self) -> str:
        """The library that does it."""
        return _PACKAGES[self]

    @property
    def bytes_per_weight(self) -> float:
        """Bytes that one weight takes, its share of the scales included (of a map of 1,024 inputs or more)."""
        return _BYTES[self]


_PACKAGES: Final = {Quantisation.INT8: "torchao", Quantisation.NF4: "bitsandbytes"}
_BYTES: Final = {
    Quantisation.INT8: 1 + 4 / 1024,
    # Half a byte; a scale of one byte per 64 weights; and per 256 scales one of four bytes.
    Quantisation.NF4: 0.5 + 1 / 64 + 4 / (64 * 256),
}


def require_quantiser(quantisation: Quantisation) -> None:
    """Refuse to go on without the library.

    Raises:
        MissingDependencyError: It is not installed.
    """
    if importlib.util.find_spec(quantisation.package) is None:
        raise MissingDependencyError(
            f"{quantisation} weights are made by {quantisation.package}, which is not installed",
            hint='pip install "anymol[quantised]"',
        )


def quantised_maps(decoder: Any) -> dict[str, nn.Linear]:
    """Return the linear maps of a decoder that are quantised, by name: those of its body; embedding and head are not.

    Args:
        decoder: A causal language model of transformers, not quantised yet.
    """
    body = decoder.get_decoder()
    return {name: module for name, module in body.named_modules() if isinstance(module, nn.Linear)}


def quantise_decoder(decoder: Any, quantisation: Quantisation) -> None:
    """Quantise a decoder's linear maps in place; they are at rest from then on.

    Args:
        decoder: A causal language model of transformers, without adapter.
        quantisation: In what.

    Raises:
        MissingDependencyError: The library is not installed.
    """
    require_quantiser(quantisation)
    decoder.requires_grad_(False)
    body = decoder.get_decoder()
    maps = quantised_maps(decoder)
    match quantisation:
        case Quantisation.INT8:
            from torchao.quantization import Int8WeightOnlyConfig, quantize_

            quantize_(body, Int8WeightOnlyConfig(), filter_fn=lambda module, name: name in maps)
        case Quantisation.NF4:
            for name, module in maps.items():
                parent, _, last = name.rpartition(".")
                setattr(body.get_submodule(parent), last, _to_nf4(module))
            decoder.is_loaded_in_4bit = True  # by which PEFT knows it
    decoder.requires_grad_(False)


def _to_nf4(module: nn.Linear) -> nn.Module:
    from bitsandbytes.nn import Linear4bit, Params4bit

    device = module.weight.device
    small: Any = Linear4bit(
        module.in_features,
        module.out_features,
        bias=module.bias is not None,
        compute_dtype=module.weight.dtype,
        compress_statistics=True,
        quant_type="nf4",
        device="meta",
    )
    small.weight = Params4bit(
        module.weight.detach(), requires_grad=False, compress_statistics=True, quant_type="nf4", module=small
    )
    small.bias = module.bias
    # Else the first pass without gradients packs the weights for the CPU, and later passes round otherwise than before:
    # a resumed run, which begins with another pass, would not repeat one that was never stopped.
    small.support_avx512bf16_for_cpu = False
    made: nn.Module = small.to(device)  # which quantises
    return made


def read_bytes(weight: torch.Tensor) -> list[torch.Tensor]:
    """Return the plain tensors that a weight is made of: itself, or what stands behind a quantised one."""
    names = getattr(weight, "__tensor_flatten__", None)
    if names is None:
        return [weight]
    parts, _ = names()
    return [inner for part in parts for inner in read_bytes(getattr(weight, part))]

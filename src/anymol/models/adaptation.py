"""Adapters of a whole model: which can be chosen, and how they come into its decoder."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from safetensors.torch import save_file
from torch import nn

from anymol.adapters.adapter import Adapter, plain_weight
from anymol.adapters.decoder import Decoder
from anymol.adapters.gal.build import find_places
from anymol.adapters.gal.config import ALL_LINEAR, GalConfig, Targets
from anymol.adapters.injection import put
from anymol.adapters.layers import LayerChoice, Layers
from anymol.adapters.moge.config import MogeConfig
from anymol.adapters.mora.config import MoraConfig
from anymol.adapters.storage import check_replaceable
from anymol.errors import AdapterError, ConfigError, MissingDependencyError
from anymol.files import staged_file

PEFT_NAME = "default"
"""Name of the adapter that PEFT injects."""


class LoraConfig(BaseModel):
    """Plain LoRA, the baseline of the other methods; PEFT's own (Hu et al. 2021).

    Attributes:
        kind: Tag of this config.
        rank: r.
        alpha: Scale: alpha / r, or alpha / sqrt(r) with `rslora`.
        rslora: Whether the scale is that of rsLoRA (Kalajdzievski 2023).
        targets: Roles and projections, ``all-linear``, or a regular expression.
        layers: Which layers.
        dropout: Probability before A while training.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["lora"] = "lora"
    rank: int = Field(default=64, ge=1)
    alpha: int = Field(default=16, gt=0)
    rslora: bool = False
    targets: Targets = ALL_LINEAR
    layers: LayerChoice = Layers.all
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)


ModelAdapter = Annotated[GalConfig | MogeConfig | MoraConfig | LoraConfig, Field(discriminator="kind")]
"""One method's config in a model or a recipe; its ``kind`` says which."""

ModelAdapters: TypeAdapter[tuple[ModelAdapter, ...]] = TypeAdapter(tuple[ModelAdapter, ...])
"""Reads and writes the configs of a model's adapter."""


def read_adapters(configs: Sequence[Any]) -> tuple[ModelAdapter, ...]:
    """Return configs checked, from themselves or from plain values.

    Raises:
        ConfigError: A value does not fit, or LoRA stands beside another method.
    """
    try:
        read = ModelAdapters.validate_python(tuple(configs))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigError(f"adapters.{place}: {first['msg'].removeprefix('Value error, ')}") from None
    check_combination(read)
    return read


def check_combination(configs: Sequence[ModelAdapter]) -> None:
    """Refuse LoRA beside another method: PEFT's own injection knows nothing of places that are taken.

    Raises:
        ConfigError: See there.
    """
    if len(configs) > 1 and any(isinstance(config, LoraConfig) for config in configs):
        raise ConfigError("lora stands alone", hint="GAL with learns: [] is LoRA, and combines with moge and mora")


def put_adapters(decoder: nn.Module, configs: Sequence[ModelAdapter]) -> Adapter | None:
    """Put the methods into a decoder, in place, and freeze the rest of it.

    Args:
        decoder: A causal language model of transformers.
        configs: The methods; at least one.

    Returns:
        The handle; None for LoRA, which is PEFT's.

    Raises:
        AdapterError: They do not fit the decoder.
        MissingDependencyError: LoRA is asked for and PEFT is not installed.
    """
    check_combination(configs)
    first = configs[0]
    if isinstance(first, LoraConfig):
        _put_lora(decoder, first)
        return None
    ours = [config for config in configs if not isinstance(config, LoraConfig)]
    return put(decoder, ours)


def adapter_modules(decoder: nn.Module, adapter: Adapter | None) -> Iterator[nn.Module]:
    """Yield the modules that make up a decoder's adapter; none where it has none."""
    if adapter is not None:
        yield from adapter.variants.values()
        yield from adapter.networks
        return
    for module in decoder.modules():
        for part in ("lora_A", "lora_B", "lora_dropout"):
            found = module._modules.get(part)
            if found is not None:
                yield found


def _put_lora(decoder: nn.Module, config: LoraConfig) -> None:
    if importlib.util.find_spec("peft") is None:
        raise MissingDependencyError(
            "plain LoRA is PEFT's own, and PEFT is not installed", hint='pip install "anymol[train]"'
        )
    import peft

    seen = Decoder.of(decoder)
    if any("lora_A" in module._modules for module in decoder.modules()):
        raise AdapterError("the decoder already has a LoRA")
    like = GalConfig(rank=config.rank, targets=config.targets, layers=config.layers)
    places = [place.name for place in find_places(like, seen)]
    if not places:
        raise AdapterError("LoRA finds no place in this decoder", value=config.targets)
    peft.inject_adapter_in_model(
        peft.LoraConfig(
            r=config.rank,
            lora_alpha=config.alpha,
            use_rslora=config.rslora,
            lora_dropout=config.dropout,
            target_modules=places,
            task_type="CAUSAL_LM",
        ),
        decoder,
        PEFT_NAME,
    )
    # Injected so, PEFT's weights have the decoder's type, in which most updates would be rounded away.
    for module in adapter_modules(decoder, None):
        module.float()


def merge_lora(decoder: nn.Module) -> None:
    """Write PEFT's LoRA into the decoder's weights and take its layers out.

    Raises:
        MergeError: A weight is quantised or sharded; then nothing has changed.
    """
    layers: dict[str, Any] = {name: one for name, one in decoder.named_modules() if "lora_A" in one._modules}
    for name, layer in layers.items():
        plain_weight(name, layer.get_base_layer())
    for layer in layers.values():
        layer.merge(safe_merge=True)
    remove_lora(decoder)


def remove_lora(decoder: nn.Module) -> None:
    """Take PEFT's layers out and leave what they wrapped."""
    for name, module in list(decoder.named_modules()):
        if "lora_A" in module._modules:
            layer: Any = module
            parent, _, last = name.rpartition(".")
            decoder.get_submodule(parent)._modules[last] = layer.get_base_layer()


def save_lora(decoder: nn.Module, config: ModelAdapter, directory: Path) -> None:
    """Write PEFT's LoRA as ``PeftModel.from_pretrained`` loads it.

    Args:
        decoder: It holds the LoRA.
        config: Its config.
        directory: Where to; made where it is not there.

    Raises:
        AdapterError: `directory` is a file, or holds anything but an adapter.
    """
    import peft

    assert isinstance(config, LoraConfig)
    check_replaceable(directory, {"adapter_config.json", "adapter_model.safetensors"})
    tensors: dict[str, Any] = {}
    names = []
    for name, module in decoder.named_modules():
        if "lora_A" in module._modules:
            names.append(name)
            for part in ("lora_A", "lora_B"):
                weight = module.get_submodule(f"{part}.{PEFT_NAME}").get_parameter("weight")
                tensors[f"base_model.model.{name}.{part}.weight"] = weight.detach().cpu().contiguous()
    (directory / "adapter_config.json").unlink(missing_ok=True)
    with staged_file(directory / "adapter_model.safetensors") as draft:
        save_file(tensors, draft, metadata={"format": "pt"})
    described = peft.LoraConfig(
        base_model_name_or_path=getattr(decoder.config, "name_or_path", "") or None,
        r=config.rank,
        lora_alpha=config.alpha,
        use_rslora=config.rslora,
        lora_dropout=config.dropout,
        target_modules=names,
        task_type="CAUSAL_LM",
        inference_mode=True,
    )
    described.save_pretrained(str(directory))

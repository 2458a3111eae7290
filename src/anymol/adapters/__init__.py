"""GAL, MoGE and MoRA on any decoder of transformers; the plain LoRA they are compared with is PEFT's own.

Example:
    >>> from anymol.adapters import GalConfig, MogeConfig, inject
    >>> adapter = inject(model, [MogeConfig(rank=64), GalConfig(rank=64)])  # doctest: +SKIP
    >>> optimiser = torch.optim.AdamW(adapter.parameters())  # doctest: +SKIP
"""

from anymol.adapters.adapter import Adapter, get_adapter
from anymol.adapters.config import AdapterConfig
from anymol.adapters.export import export_lora
from anymol.adapters.families import Projection, Role
from anymol.adapters.gal.config import GalConfig
from anymol.adapters.injection import inject
from anymol.adapters.layers import Layers
from anymol.adapters.moge.config import MogeConfig
from anymol.adapters.mora.config import MoraConfig
from anymol.adapters.storage import load_adapter, save_adapter

__all__ = [
    "Adapter",
    "AdapterConfig",
    "GalConfig",
    "Layers",
    "MogeConfig",
    "MoraConfig",
    "Projection",
    "Role",
    "export_lora",
    "get_adapter",
    "inject",
    "load_adapter",
    "save_adapter",
]

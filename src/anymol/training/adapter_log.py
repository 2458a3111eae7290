"""What a run writes down of its adapter: GAL's scale and MoGE's routing, layer by layer."""

from __future__ import annotations

import re
from typing import Any

from anymol.adapters.adapter import Adapter
from anymol.adapters.gal.layer import GalLinear
from anymol.adapters.moge.block import read_balance
from anymol.adapters.moge.experts import ExpertPairs

_LAYER = re.compile(r"layers\.(\d+)\.")


def gamma_line(adapter: Adapter) -> dict[str, Any]:
    """Return least, mean and greatest gamma of each layer, over all maps of it that GAL scales (MoGE's too)."""
    of_layer: dict[int, list[float]] = {}
    for place, variant in adapter.variants.items():
        found = _LAYER.search(place)
        if found is None:
            continue
        for module in variant.modules():
            if isinstance(module, GalLinear | ExpertPairs):
                of_layer.setdefault(int(found[1]), []).extend(module.gamma().detach().flatten().tolist())
    line: dict[str, Any] = {}
    for layer, values in sorted(of_layer.items()):
        line[f"gamma/{layer}/min"] = min(values)
        line[f"gamma/{layer}/mean"] = sum(values) / len(values)
        line[f"gamma/{layer}/max"] = max(values)
    return line


def balance_line(adapter: Adapter) -> dict[str, Any]:
    """Return the weighted balance loss of the last forward in training mode, where there was one."""
    loss = read_balance(adapter.blocks) if adapter.routes else None
    return {} if loss is None else {"balance_loss": float(loss)}


def routing_line(adapter: Adapter) -> dict[str, Any]:
    """Return, per recorded task and layer, the share of each routed expert and the mean entropy; then forget them."""
    line: dict[str, Any] = {}
    if adapter.routes:
        for record in adapter.router_statistics():
            place = f"router/{record.label}/{record.layer}"
            line[f"{place}/entropy"] = record.entropy
            for expert, share in enumerate(record.routed):
                line[f"{place}/expert{expert}"] = share
    return line

"""Experimental procedures, lists of steps and reaction conditions as texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pyarrow.compute as pc

from anymol.data.sources.source import DataOrigin, iterate_rows
from anymol.data.texts.collected import TextRow

FILE: Final = "conditions.parquet"
SOURCE: Final = "ord_uspto"
"""Where all of its rows come from, as ``sources.csv`` calls it."""
UNITS: Final[Mapping[str, tuple[float, str]]] = {
    "mole": (1e3, "mmol"),
    "millimole": (1.0, "mmol"),
    "micromole": (1.0, "µmol"),
    "nanomole": (1.0, "nmol"),
    "kilogram": (1.0, "kg"),
    "gram": (1.0, "g"),
    "milligram": (1.0, "mg"),
    "microgram": (1.0, "µg"),
    "liter": (1e3, "mL"),
    "milliliter": (1.0, "mL"),
    "microliter": (1.0, "µL"),
}
"""How the file writes a unit -> factor and symbol that chemists write."""


def read_procedure_texts(split: str, origin: DataOrigin) -> Iterator[TextRow]:
    """Yield the procedures of a split."""
    for procedure, products in _read(("procedure", "products"), split, origin):
        yield _row(" ".join((procedure or "").split()), products, origin)


def read_action_texts(split: str, origin: DataOrigin) -> Iterator[TextRow]:
    """Yield the lists of steps of a split."""
    for actions, products in _read(("actions", "products"), split, origin):
        yield _row("; ".join(write_action(action) for action in json.loads(actions or "[]")), products, origin)


def read_condition_texts(split: str, origin: DataOrigin) -> Iterator[TextRow]:
    """Yield the conditions of a split."""
    columns = ("components", "temperature_c", "time_h", "yield_percent", "products")
    for components, celsius, hours, percent, products in _read(columns, split, origin):
        text = write_conditions(json.loads(components or "[]"), celsius, hours, percent)
        yield _row(text, products, origin)


def write_action(action: Mapping[str, Any]) -> str:
    """Return one step in words.

    Example:
        >>> write_action({"type": "temperature", "details": "under reflux", "duration_h": 0.5})
        'temperature: under reflux (0.5 h)'
    """
    kind = str(action.get("type") or "step").replace("_", " ")
    details = " ".join(str(action.get("details") or "").split())
    hours = action.get("duration_h")
    return f"{kind}: {details}" + ("" if hours is None else f" ({hours:g} h)")


def write_conditions(
    components: list[Mapping[str, Any]], celsius: float | None, hours: float | None, percent: float | None
) -> str:
    """Return the conditions of a reaction in words and units; the molecules themselves are left out.

    Example:
        >>> write_conditions([{"role": "solvent", "amount": "0.2 liter"}], 130.0, 3.0, None)
        'solvent 200 mL; temperature 130 °C; time 3 h'
    """
    parts = [f"{one.get('role')} {write_amount(one['amount'])}" for one in components if one.get("amount")]
    parts += [] if celsius is None else [f"temperature {celsius:g} °C"]
    parts += [] if hours is None else [f"time {hours:g} h"]
    parts += [] if percent is None else [f"yield {percent:.3g} %"]
    return "; ".join(parts)


def write_amount(amount: str) -> str:
    """Return an amount in the unit that chemists write; as it stands where its unit is not known."""
    number, _, unit = amount.partition(" ")
    if unit not in UNITS:
        return amount
    factor, symbol = UNITS[unit]
    return f"{float(number) * factor:.4g} {symbol}"


def _read(columns: tuple[str, ...], split: str, origin: DataOrigin) -> Iterator[tuple[Any, ...]]:
    if origin.shippable and not origin.licences.find("conditions", SOURCE).weights_allowed:
        return iter(())
    table = origin.read(FILE, [*columns, "split"])
    kept = origin.shuffled(table.filter(pc.equal(table["split"], split)), f"texts/{columns[0]}/{split}")
    return iterate_rows(kept, columns)


def _row(text: str, products: str | None, origin: DataOrigin) -> TextRow:
    return TextRow(text, products or "", origin.licences.find("conditions", SOURCE).licence)

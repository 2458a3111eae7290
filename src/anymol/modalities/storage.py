"""The way of records to JSON and back.

A record is a frozen dataclass whose fields are arrays, numbers, texts, enums of texts, or such a dataclass. Its form in
JSON is ``{"record": class, "schema": 1, ...fields}``.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np

from anymol.errors import DataError
from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.content import RECORDS
from anymol.modalities.mass_spectrum import CollisionEnergy, EnergyUnit

SCHEMA = 1
"""Version of the stored form."""

MAX_BYTES = 1 << 30
"""Most bytes that the arrays of one stored record may unpack to."""

_LISTED = 20_000
"""Largest array that is written as a list; a larger one (pixels) is written as base64 of its bytes, deflated."""


def to_json(record: Any) -> dict[str, Any]:
    """Return a record as JSON values; numbers keep every digit."""
    written = {field.name: _write(getattr(record, field.name)) for field in fields(record)}
    return {"record": type(record).__name__, "schema": SCHEMA, **written}


def from_json(form: Any) -> Any:
    """Return the record of a JSON form.

    Raises:
        DataError: It is not a stored record, of another schema, or its values do not fit.
    """
    try:
        kind = _find_class(form)
        return kind(
            **{name: _read(kind, name, value) for name, value in form.items() if name not in ("record", "schema")}
        )
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, binascii.Error, zlib.error) as error:
        raise DataError(f"this is not a stored record: {error}", value=form) from error


def _find_class(form: Any) -> Callable[..., Any]:
    kinds: dict[str, Callable[..., Any]] = {kind.__name__: kind for kind in RECORDS.values()}
    if not isinstance(form, dict) or form.get("record") not in kinds:
        raise ValueError("its field 'record' names none of " + ", ".join(kinds))
    if form.get("schema") != SCHEMA:
        raise ValueError(f"its schema is {form.get('schema')!r}, and {SCHEMA} is read")
    return kinds[form["record"]]


def _write(value: Any) -> Any:
    match value:
        case np.ndarray():
            head = {"dtype": str(value.dtype), "shape": list(value.shape)}
            if value.size > _LISTED:
                packed = zlib.compress(np.ascontiguousarray(value).tobytes())
                return {**head, "deflated": base64.b64encode(packed).decode("ascii")}
            flat = value.ravel().tolist()
            return {**head, "values": [None if number != number else number for number in flat]}
        case Enum():
            return value.value
        case _ if is_dataclass(value):
            return {field.name: _write(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value


def _inflate(packed: bytes) -> bytes:
    """Return the bytes of a packed array, which a hostile file may make huge."""
    stream = zlib.decompressobj()
    data = stream.decompress(packed, MAX_BYTES)
    if stream.unconsumed_tail or not stream.eof:
        raise ValueError(f"it unpacks to more than {MAX_BYTES:,} bytes, or is cut off")
    return data


def _read(kind: Any, name: str, value: Any) -> Any:
    if isinstance(value, dict) and "dtype" in value:
        dtype = np.dtype(str(value["dtype"]))
        if dtype.kind not in "fiu":
            raise ValueError(f"'{name}' holds no numbers")
        if "deflated" in value:
            flat = np.frombuffer(_inflate(base64.b64decode(value["deflated"], validate=True)), dtype)
        else:
            flat = np.array([np.nan if number is None else number for number in value["values"]], dtype)
        return flat.reshape(value["shape"])
    if value is None or kind.__name__ != "MassSpectrum":
        return value

    match name:
        case "adduct":
            return Adduct(value)
        case "ion_mode":
            return IonMode(value)
        case "collision_energy":
            return CollisionEnergy(float(value["value"]), EnergyUnit(value["unit"]))
        case _:
            return value

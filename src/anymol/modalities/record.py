"""What all records share: read-only arrays, equality, and a hash that agrees with it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import DTypeLike


def freeze(record: Any, name: str, dtype: DTypeLike) -> None:
    """Make a field of a frozen dataclass a read-only array of its own."""
    array = np.array(getattr(record, name), dtype=dtype)
    array.setflags(write=False)
    object.__setattr__(record, name, array)


def same_record(one: Any, other: Any) -> bool:
    """Whether two records are of one class and equal in every field; NaN equals NaN."""
    if type(one) is not type(other):
        return False
    pairs = ((getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return all(
        np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f")
        if isinstance(mine, np.ndarray)
        else mine == theirs
        for mine, theirs in pairs
    )


def hash_record(record: Any) -> int:
    """Return a hash that agrees with :func:`same_record`."""
    # A sign of zero and the payload of NaN differ in bytes but not in value: + 0.0 and the shape leave them out.
    values = (getattr(record, field.name) for field in fields(record))
    return hash(tuple((v.shape, float(np.nansum(v) + 0.0)) if isinstance(v, np.ndarray) else v for v in values))

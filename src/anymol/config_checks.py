"""What every config read from a file must keep to, whatever its fields: finite numbers, sizes that can be built.

The configs state their own contradictions; this says what no machine can do, and what YAML reads otherwise than meant.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from anymol.bounds import MAX_NUMBER, MAX_SEED, MAX_SIZES
from anymol.errors import ConfigError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("a name is 1 to 100 letters, digits, '_', '-' and '.', and begins with a letter or digit")
    return name


Name = Annotated[str, AfterValidator(_check_name)]
"""A name that a folder can have."""

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
"""What everything random follows from."""


def require_buildable(fields: Any) -> None:
    """Refuse sizes with which no network can be built.

    Args:
        fields: A config as JSON has it.

    Raises:
        ConfigError: Naming key, value and bound.
    """
    for place, value in _walk(fields, ()):
        bound = MAX_SIZES.get(str(place[-1]) if place else "")
        if bound is not None and isinstance(value, int) and value > bound:
            raise ConfigError(f"{_show(place)} is {value:,}; at most {bound:,} is built", value=value)


def require_sound(config: BaseModel, fields: Mapping[str, Any]) -> None:
    """Refuse what a config's types let pass: infinities, numbers beyond any run, and 'yes' for a number.

    Args:
        config: The config.
        fields: What it was made of; YAML reads ``yes`` and ``on`` as true, and true counts as 1.

    Raises:
        ConfigError: Naming key and value.
    """
    values = dict(_walk(config.model_dump(mode="python"), ()))
    for place, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(f"{_show(place)} must be a finite number", value=value)
        if isinstance(value, int) and abs(value) > MAX_NUMBER:
            raise ConfigError(f"{_show(place)} is {value:,}; at most {MAX_NUMBER:,} can be asked for", value=value)
    require_buildable(config.model_dump(mode="json"))
    for place, given in _walk(fields, ()):
        if isinstance(given, bool) and not isinstance(values.get(place, given), bool):
            shown = "true" if given else "false"
            raise ConfigError(f"{_show(place)} must be a number, not {shown} (YAML reads yes and on so)", value=given)


def _walk(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield every plain value with its place."""
    match value:
        case Mapping():
            for key, inner in value.items():
                yield from _walk(inner, (*place, str(key)))
        case list() | tuple():
            for number, inner in enumerate(value):
                yield from _walk(inner, (*place, number))
        case _:
            yield place, value


def _show(place: tuple[str | int, ...]) -> str:
    return ".".join(map(str, place)) or "the config"

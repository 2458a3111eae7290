"""The table of engines. A new one joins by a row here; the first of a modality is the one that its bare name means."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from anymol.errors import ConfigError, UserError
from anymol.modalities.modality import Modality
from anymol.synthesis.cfm_id import CfmIdEngine, CfmIdSettings
from anymol.synthesis.conformer import ConformerEngine, ConformerSettings
from anymol.synthesis.engine import Engine, EngineSettings
from anymol.synthesis.graph import GraphEngine, GraphSettings
from anymol.synthesis.image import ImageEngine, ImageSettings
from anymol.synthesis.ir import XtbInfraredEngine, XtbInfraredSettings
from anymol.synthesis.ir_surrogate import SurrogateInfraredEngine, SurrogateInfraredSettings
from anymol.synthesis.ms2 import Ms2Engine, Ms2Settings

ENGINES: tuple[tuple[type[Any], type[EngineSettings]], ...] = (
    (GraphEngine, GraphSettings),
    (ConformerEngine, ConformerSettings),
    (ImageEngine, ImageSettings),
    (Ms2Engine, Ms2Settings),
    (CfmIdEngine, CfmIdSettings),
    (SurrogateInfraredEngine, SurrogateInfraredSettings),
    (XtbInfraredEngine, XtbInfraredSettings),
)
"""Engine and settings. Each class fits `Engine`, and is made from its settings alone."""


def list_engines() -> list[str]:
    """Return what :func:`choose_engines` knows, as ``modality:name``."""
    return [f"{kind.modality}:{kind.name}" for kind, _ in ENGINES]


def choose_engines(names: str, settings: Mapping[str, Mapping[str, Any]] | None = None) -> tuple[Engine, ...]:
    """Return the engines of a list such as ``graph,conformer`` or ``image:depiction``.

    Args:
        names: Modalities, parted by commas, each with an engine's name after a colon where there are several.
        settings: Modality -> settings that differ from the defaults.

    Raises:
        UserError: A modality is unknown, has no engine here, or is named twice.
        ConfigError: A setting is unknown or out of range.
    """
    words = [word.strip().lower() for word in names.split(",") if word.strip()]
    if not words:
        raise UserError("no modality is named", hint=f"known: {', '.join(list_engines())}")
    chosen: dict[Modality, Engine] = {}
    given = dict(settings or {})
    for word in words:
        kind, settings_type = _find(word)
        if kind.modality in chosen:
            raise UserError(f"'{kind.modality}' is named twice", value=names, hint="name each modality once")
        chosen[kind.modality] = kind(_make_settings(settings_type, given.pop(kind.modality, {}), kind.modality))
    if given:
        raise ConfigError(
            f"there are settings of '{next(iter(given))}', which is not made", hint=f"made are {', '.join(chosen)}"
        )
    return tuple(chosen.values())


def _find(word: str) -> tuple[type[Any], type[EngineSettings]]:
    modality, _, name = word.partition(":")
    for kind, settings_type in ENGINES:
        if kind.modality == modality and name in ("", kind.name):
            return kind, settings_type
    listed = list_engines()
    if any(kind.modality == modality for kind, _ in ENGINES):
        raise UserError(f"'{modality}' has no engine '{name}'", value=word, hint=f"known: {', '.join(listed)}")
    if modality in set(Modality):
        raise UserError(f"'{modality}' has no engine yet", value=word, hint=f"engines: {', '.join(listed)}")
    near = difflib.get_close_matches(modality, list(Modality), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(listed)}"
    raise UserError(f"there is no modality '{modality}'", value=word, hint=hint)


def _make_settings(settings_type: type[EngineSettings], given: Mapping[str, Any], modality: str) -> EngineSettings:
    try:
        return settings_type(**given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([modality, *map(str, first["loc"])])
        raise ConfigError(
            f"{where}: {first['msg']}", value=where, hint=f"settings: {', '.join(settings_type.model_fields)}"
        ) from None

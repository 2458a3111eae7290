"""Recipes: a plan of training as a person writes it, in YAML, with overrides from the command line."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from anymol.bounds import MAX_RECIPE_BYTES, MAX_RECIPE_VALUES
from anymol.config_checks import require_sound
from anymol.data.config import DataConfig
from anymol.errors import ConfigError, InvalidFileError
from anymol.files import read_whole
from anymol.training.plan import TrainingPlan
from anymol.training.pretext.plan import PretextPlan
from anymol.training.reinforcement.plan import PolicyPlan
from anymol.training.specialists.plan import SPECIALIST_PLANS, SpecialistPlan
from anymol.training.vocabulary.plan import VocabularyPlan

Recipe = TrainingPlan | PretextPlan | VocabularyPlan | SpecialistPlan | PolicyPlan | DataConfig
"""What a recipe file says: a model in stages; where it has an ``objective``, an encoder alone by self-supervision;
where it has ``texts``, a tokenizer alone; where it says what it ``trains``, that specialist beside the model, or
(``policy``) a model on verifiable rewards; where it has ``components``, data alone.

YAML is read in this module only.
"""


def load_recipe(path: Path | str, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe and apply overrides.

    Args:
        path: A YAML file.
        overrides: ``key=value`` each; keys are dotted (``stages.0.optimiser.lr=1e-3``), values are YAML.

    Raises:
        InvalidFileError: If the file is missing or no YAML mapping.
        ConfigError: If a key is unknown or a value does not fit, naming the place and the nearest known keys.
    """
    path = Path(path)
    try:
        fields = _read_yaml(read_whole(path, MAX_RECIPE_BYTES).decode("utf-8-sig"))
    except OSError as error:
        raise InvalidFileError("the recipe cannot be read", value=path, hint=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise InvalidFileError("the recipe is not text in UTF-8", value=path) from error
    except yaml.YAMLError as error:
        raise InvalidFileError(f"the recipe is not valid YAML: {error}", value=path) from error
    except RecursionError as error:
        raise InvalidFileError("the recipe is nested too deeply", value=path) from error
    if not isinstance(fields, dict):
        raise InvalidFileError("the recipe is not a mapping of keys to values", value=path)
    return parse_recipe(fields, overrides)


def parse_recipe(fields: dict[str, Any], overrides: Sequence[str] = ()) -> Recipe:
    """Make a recipe from plain values; see :func:`load_recipe`."""
    for override in overrides:
        fields = _override(fields, override)
    plan = _choose_plan(fields)
    try:
        recipe: Recipe = plan.model_validate(fields)
        require_sound(recipe, fields)
        return recipe
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = [part for part in first["loc"] if part not in _tags(plan, first["loc"])]
        shown = ".".join(map(str, place)) or "recipe"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        if first["type"] == "extra_forbidden":
            known = _keys_at(plan, list(first["loc"][:-1]))
            raise ConfigError(
                f"the recipe has no key {shown}{more}", value=shown, hint=_nearest(str(place[-1]), known)
            ) from None
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{shown}: {message}{more}", value=_brief(first["input"])) from None


class _UniqueKeyLoader(yaml.SafeLoader):
    """Plain YAML in which a key stands once: PyYAML takes the last of several without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping.

        Raises:
            ConstructorError: A key stands twice.
        """
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen and key.value != "<<":
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key '{key.value}' stands twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def _read_yaml(text: str) -> Any:
    """Return what a YAML text says.

    Raises:
        YAMLError: It is not valid, holds a key twice, or its references multiply it beyond the bound.
    """
    value = yaml.load(text, _UniqueKeyLoader)
    if _count_values(value, MAX_RECIPE_VALUES) >= MAX_RECIPE_VALUES:
        raise yaml.YAMLError(f"it holds more than {MAX_RECIPE_VALUES:,} values")
    return value


def _count_values(value: Any, most: int) -> int:
    """Count values, references counted each time, and stop at `most`: a few lines of them can stand for billions."""
    count = 1
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        if count >= most:
            return count
        count += _count_values(one, most - count)
    return count


def _choose_plan(fields: dict[str, Any]) -> type[Recipe]:
    if "trains" in fields:
        trained = str(fields["trains"])
        known: dict[str, type[Recipe]] = {**SPECIALIST_PLANS, "policy": PolicyPlan}
        if trained not in known:
            raise ConfigError(f"nothing trains '{trained}'", value=trained, hint=_nearest(trained, list(known)))
        return known[trained]
    if "objective" in fields:
        return PretextPlan
    if "components" in fields:
        return DataConfig
    return VocabularyPlan if "texts" in fields else TrainingPlan


def _override(fields: dict[str, Any], override: str) -> dict[str, Any]:
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise ConfigError("an override must read key=value", value=override, hint="for example seed=1")
    try:
        value = _read_yaml(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError("the value of an override is not valid YAML", value=override) from error
    if isinstance(value, str):
        value = _number(value)
    place = key.strip().split(".")
    replaced: dict[str, Any] = _replaced(fields, place, value, key.strip(), depth=0)
    return replaced


def _replaced(node: Any, place: list[str], value: Any, key: str, depth: int) -> Any:
    """Return a copy of `node` with the value at `place` replaced."""
    if depth == len(place):
        return value
    part = place[depth]
    if isinstance(node, list):
        if not part.isdigit() or int(part) >= len(node):
            raise ConfigError(
                f"{key}: {'.'.join(place[:depth])} has the entries 0 to {len(node) - 1}",
                value=part,
                hint=f"for example {'.'.join([*place[:depth], '0', *place[depth + 1 :]])}",
            )
        return [
            _replaced(entry, place, value, key, depth + 1) if number == int(part) else entry
            for number, entry in enumerate(node)
        ]
    if node is None:
        node = {}
    if not isinstance(node, dict):
        raise ConfigError(f"{key}: {'.'.join(place[:depth])} is a plain value, it has no key {part}", value=key)
    return {**node, part: _replaced(node.get(part), place, value, key, depth + 1)}


def _number(text: str) -> Any:
    """Read ``1e-3`` and ``20_000``, which YAML takes for text."""
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _keys_at(model: type[BaseModel], place: list[int | str]) -> list[str]:
    """Return the keys that are known at a place of the recipe; all of them where the place cannot be followed."""
    models: list[type[BaseModel]] = [model]
    for part in place:
        if isinstance(part, int) or not any(part in candidate.model_fields for candidate in models):
            tagged = [
                candidate
                for candidate in models
                if "kind" in candidate.model_fields and candidate.model_fields["kind"].default == part
            ]
            models = tagged or models
            continue
        models = [
            inner
            for candidate in models
            if part in candidate.model_fields
            for inner in _models_in(candidate.model_fields[part].annotation)
        ]
    return sorted({name for candidate in models for name in candidate.model_fields})


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the configs that a field's type mentions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Union, UnionType, Annotated, tuple, list, dict):
        return [model for inner in get_args(annotation) for model in _models_in(inner)]
    return []


def _tags(plan: type[BaseModel], place: tuple[int | str, ...]) -> set[str]:
    """Return the parts of an error's place that pydantic adds for tagged unions; a person wrote no such key."""
    found: set[str] = set()
    models: list[type[BaseModel]] = [plan]
    for part in place:
        if isinstance(part, int):
            continue
        if any(part in model.model_fields for model in models):
            models = [
                inner
                for model in models
                if part in model.model_fields
                for inner in _models_in(model.model_fields[part].annotation)
            ]
        elif any("kind" in model.model_fields and model.model_fields["kind"].default == part for model in models):
            found.add(part)
            models = [
                model for model in models if "kind" in model.model_fields and model.model_fields["kind"].default == part
            ]
    return found


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"known here: {', '.join(known)}"


def _brief(value: Any) -> Any:
    return None if isinstance(value, dict | list) else value

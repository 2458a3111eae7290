"""What is known of measured properties here: the store, the predictors, and which tasks the predictors answer.

What ships is taken, or the folder of a run of ``recipes/measured_properties.yaml`` that ``ANYMOL_MEASURED`` names.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from anymol.artifact import ArtifactKind
from anymol.bounds import MAX_MANIFEST_BYTES
from anymol.errors import DataError
from anymol.files import hash_file, read_whole
from anymol.retrieval.measured_properties.predictor import (
    PREDICTORS_FILE,
    FittedPredictor,
    Predictor,
    Predictors,
    read_predictors,
)
from anymol.retrieval.measured_properties.store import STORE_FILE, PropertyStore, read_store
from anymol.shipped import find_shipped

VARIABLE: Final = "ANYMOL_MEASURED"
ANSWERERS_FILE: Final = "measured_answerers.json"
RUN: Final = ArtifactKind(
    "a run of measured properties",
    "measured_manifest.json",
    1,
    DataError,
    f"make it anew by a recipe of measured_properties; {VARIABLE} names its folder",
    {"files": dict},
)
"""The folder that a recipe makes; what ships is known by its checksums like all data of the package."""


class Contest(BaseModel):
    """How a predictor and a model did on the same val rows of a task.

    Attributes:
        metric: The figure that decides.
        n: Rows.
        predictor: Figure of the predictor.
        model: Figure of the model; None where it was not asked, or gave nothing that can be read.
        model_is_trained: Whether the model was trained on the task; else it answers only when asked to guess.
        answers: Who answers the task.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: str
    n: int
    predictor: float
    model: float | None
    model_is_trained: bool
    answers: Literal["predictor", "model"]


class Answerers(BaseModel):
    """Who answers which task where nothing was measured; written by ``scripts/measure_measured_properties.py``.

    Attributes:
        schema_version: Of this form.
        model: Name of the model that the predictors were compared with.
        command: What made it.
        tasks: Name of a task -> how both did. A task that is not there is answered by the predictor.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    model: str
    command: str
    tasks: Mapping[str, Contest]

    def prefers_predictor(self, task: str) -> bool:
        """Whether the predictor answers a task."""
        contest = self.tasks.get(task)
        return contest is None or contest.answers == "predictor"


class Known(Protocol):
    """A store of values, what was fitted to them, and who answers."""

    @property
    def store(self) -> PropertyStore:
        """The values."""
        ...

    @property
    def predictors(self) -> Predictors[FittedPredictor]:
        """What was fitted to them."""
        ...

    @property
    def answerers(self) -> Answerers:
        """Who answers which task where no value is known."""
        ...


@dataclass(frozen=True)
class KnownProperties:
    """A store with its predictors; each is read when it is first asked.

    Attributes:
        directory: Folder of a run; None for what ships.
    """

    directory: Path | None = None

    @cached_property
    def store(self) -> PropertyStore:
        """The measured molecules."""
        return read_store(None if self.directory is None else self.directory / STORE_FILE)

    @cached_property
    def predictors(self) -> Predictors[Predictor]:
        """What was fitted to the store, property by property."""
        return read_predictors(None if self.directory is None else self.directory / PREDICTORS_FILE)

    @cached_property
    def answerers(self) -> Answerers:
        """Who answers; of a folder without the comparison, the predictors answer all tasks that they can."""
        if self.directory is None:
            return _read_answerers(find_shipped(f"retrieval/measured_properties/{ANSWERERS_FILE}"))
        place = self.directory / ANSWERERS_FILE
        return _read_answerers(place) if place.is_file() else Answerers(model="none", command="none", tasks={})


def _read_answerers(place: Path) -> Answerers:
    try:
        return Answerers.model_validate_json(read_whole(place, MAX_MANIFEST_BYTES))
    except (OSError, ValidationError) as error:
        raise DataError(f"it cannot be read who answers measured properties: {error}", value=place) from error


def find_known() -> KnownProperties:
    """Return what is known here.

    Raises:
        DataError: ``ANYMOL_MEASURED`` names a folder that is not a run, or a damaged one.
    """
    return _find(os.environ.get(VARIABLE, ""))


@cache
def _find(named: str) -> KnownProperties:
    if not named:
        return KnownProperties()
    directory = Path(named)
    files = RUN.read(directory)["files"]
    RUN.require_intact(directory, files, needed=(STORE_FILE, PREDICTORS_FILE))
    return KnownProperties(directory)


def record_files(directory: Path) -> None:
    """Write the manifest of a folder that holds a store and predictors, and perhaps who answers."""
    names = (STORE_FILE, PREDICTORS_FILE, ANSWERERS_FILE)
    RUN.write(
        directory, {"files": {name: hash_file(directory / name) for name in names if (directory / name).is_file()}}
    )

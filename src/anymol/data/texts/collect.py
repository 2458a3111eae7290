"""From the config of a kind of text to its texts."""

from __future__ import annotations

from typing import assert_never

from anymol.data.heldout import Heldout
from anymol.data.sources.source import DataOrigin
from anymol.data.texts.collected import CollectedTexts, collect_rows
from anymol.data.texts.config import (
    Actions,
    AnyTexts,
    Captions,
    Conditions,
    GeneratedNames,
    Numbers,
    Procedures,
    Prompts,
    Questions,
    RecordedNames,
    Requests,
)
from anymol.data.texts.descriptions import read_caption_texts, read_name_texts, read_question_texts
from anymol.data.texts.experiments import read_action_texts, read_condition_texts, read_procedure_texts
from anymol.data.texts.molecules import collect_generated_names, collect_requests
from anymol.data.texts.prompts import collect_numbers, collect_prompts


def collect_texts(config: AnyTexts, origin: DataOrigin, heldout: Heldout, *, workers: int = 1) -> CollectedTexts:
    """Collect the texts of one kind: training texts of train rows only, none about a molecule that is held out.

    Args:
        config: The kind.
        origin: Where files are read from, and under which terms.
        heldout: What may not be named or described.
        workers: Processes that make names.

    Raises:
        DataError: A file is missing or damaged.
        MissingDependencyError: Names are to be made and openclatura is not installed.
    """
    match config:
        case RecordedNames():
            readers = (read_name_texts(config, split, origin) for split in ("train", "val"))
        case Captions():
            readers = (read_caption_texts(config, split, origin) for split in ("train", "val"))
        case Questions():
            readers = (read_question_texts(split, origin) for split in ("train", "val"))
        case Procedures():
            readers = (read_procedure_texts(split, origin) for split in ("train", "val"))
        case Actions():
            readers = (read_action_texts(split, origin) for split in ("train", "val"))
        case Conditions():
            readers = (read_condition_texts(split, origin) for split in ("train", "val"))
        case GeneratedNames():
            return collect_generated_names(config, origin, heldout, workers=workers)
        case Requests():
            return collect_requests(config, origin, heldout)
        case Prompts():
            return collect_prompts()
        case Numbers():
            return collect_numbers(config, origin.seed)
        case _:
            assert_never(config)
    train, val = readers
    return collect_rows(config, train, val, heldout)

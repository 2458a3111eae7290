"""The file of a label reader's weights: safetensors, with its shape, words and provenance in the header."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from anymol.errors import UserError
from anymol.files import require_regular, staged_file
from anymol.ocsr.confidence import ReadingConfidence
from anymol.ocsr.lettering import LabelReader, LabelReaderConfig, Word

LABEL_READER_FILE: Final = Path(__file__).with_name("label_reader.safetensors")
"""The weights that come with the package."""


@dataclass(frozen=True)
class StoredLabelReader:
    """A label reader and what it tells apart.

    Attributes:
        reader: The network, set to evaluation.
        words: What its outputs are.
        confidence: How sure readings of whole drawings may be that it took part in; None before that was fitted.
        provenance: How it was made, JSON values.
    """

    reader: LabelReader
    words: Sequence[Word]
    confidence: ReadingConfidence | None
    provenance: Mapping[str, Any]


def write_label_reader(stored: StoredLabelReader, path: Path) -> None:
    """Write weights in half precision; what has one dimension stays in single."""
    tensors = {
        name: (tensor.to(torch.float16) if tensor.ndim > 1 else tensor).contiguous()
        for name, tensor in stored.reader.state_dict().items()
    }
    header = {
        "config": stored.reader.config.model_dump_json(),
        "words": json.dumps([list(word) for word in stored.words]),
        "provenance": json.dumps(dict(stored.provenance)),
    }
    if stored.confidence is not None:
        header["confidence"] = stored.confidence.model_dump_json()
    with staged_file(path) as draft:
        save_file(tensors, draft, metadata=header)


@cache
def read_label_reader(path: Path = LABEL_READER_FILE) -> StoredLabelReader:
    """Return the label reader of a file of weights, in single precision.

    Raises:
        UserError: The file is none of a label reader.
    """
    try:
        require_regular(path)
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            reader = LabelReader(LabelReaderConfig.model_validate_json(header["config"]))
            words = tuple(Word(*word) for word in json.loads(header["words"]))
            fitted = header.get("confidence")
            confidence = None if fitted is None else ReadingConfidence.model_validate_json(fitted)
            reader.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, ValidationError, RuntimeError) as error:
        raise UserError(f"these are not weights of a label reader: {error}", value=str(path)) from error
    return StoredLabelReader(reader.eval(), words, confidence, json.loads(header.get("provenance", "{}")))

"""The file of a drawing detector's weights: safetensors, with its shape and provenance in the header."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from anymol.errors import UserError
from anymol.files import hash_file, require_regular, staged_file
from anymol.ocsr.bonds import BondMark
from anymol.ocsr.confidence import ReadingConfidence
from anymol.ocsr.detector import DetectorConfig, DrawingDetector
from anymol.shipped import find_shipped

WEIGHTS_FILE: Final = Path(__file__).with_name("detector.safetensors")
"""The weights that come with the package."""


@dataclass(frozen=True)
class StoredDetector:
    """A detector and what was fitted to it.

    Attributes:
        detector: The network, set to evaluation.
        confidence: How its readings' probabilities follow from its own; None before they were fitted.
        provenance: How it was made, JSON values.
    """

    detector: DrawingDetector
    confidence: ReadingConfidence | None
    provenance: Mapping[str, Any]


def write_detector(stored: StoredDetector, path: Path) -> None:
    """Write weights in half precision; what has one dimension, such as running variances, stays in single."""
    detector = stored.detector
    tensors = {
        name: (tensor.to(torch.float16) if tensor.ndim > 1 else tensor).contiguous()
        for name, tensor in detector.state_dict().items()
    }
    header = {
        "config": detector.config.model_dump_json(),
        "marks": json.dumps([mark.name for mark in BondMark]),
        "provenance": json.dumps(dict(stored.provenance)),
    }
    if stored.confidence is not None:
        header["confidence"] = stored.confidence.model_dump_json()
    with staged_file(path) as draft:
        save_file(tensors, draft, metadata=header)


@cache
def hash_weights() -> str:
    """Return the first eight digits of the sha256 of the weights that ship."""
    return hash_file(WEIGHTS_FILE)[:8]


def read_detector(path: Path = WEIGHTS_FILE) -> StoredDetector:
    """Return the detector of a file of weights, in single precision.

    Raises:
        UserError: The file is none of a detector.
        InstallationError: That which ships is damaged.
    """
    if path == WEIGHTS_FILE:
        find_shipped("ocsr/detector.safetensors")
    try:
        require_regular(path)
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            config = DetectorConfig.model_validate_json(header["config"])
            fitted = header.get("confidence")
            confidence = None if fitted is None else ReadingConfidence.model_validate_json(fitted)
            detector = DrawingDetector(config)
            detector.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, ValidationError, RuntimeError) as error:
        raise UserError(f"these are not weights of a drawing detector: {error}", value=str(path)) from error
    return StoredDetector(detector.eval(), confidence, json.loads(header.get("provenance", "{}")))

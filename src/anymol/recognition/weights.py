"""The file of a drawing detector's weights: safetensors, with its shape and provenance in the header."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from anymol.errors import UserError
from anymol.recognition.bonds import BondMark
from anymol.recognition.detector import DetectorConfig, DrawingDetector

WEIGHTS_FILE: Final = Path(__file__).with_name("detector.safetensors")
"""The weights that come with the package."""


def write_detector(detector: DrawingDetector, path: Path, provenance: Mapping[str, Any]) -> None:
    """Write weights in half precision; what has one dimension, such as running variances, stays in single."""
    tensors = {
        name: (tensor.to(torch.float16) if tensor.ndim > 1 else tensor).contiguous()
        for name, tensor in detector.state_dict().items()
    }
    header = {
        "config": detector.config.model_dump_json(),
        "marks": json.dumps([mark.name for mark in BondMark]),
        "provenance": json.dumps(dict(provenance)),
    }
    save_file(tensors, path, metadata=header)


def read_detector(path: Path = WEIGHTS_FILE) -> DrawingDetector:
    """Return the detector of a file of weights, in single precision and set to evaluation.

    Raises:
        UserError: The file is none of a detector.
    """
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            config = DetectorConfig.model_validate_json(header["config"])
            detector = DrawingDetector(config)
            detector.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, ValidationError, RuntimeError) as error:
        raise UserError(f"these are no weights of a drawing detector: {error}", value=str(path)) from error
    return detector.eval()

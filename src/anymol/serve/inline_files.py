"""Files inside requests: decoded, bounded, and read by the readers that read files of the disk."""

from __future__ import annotations

import base64
import binascii
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from anymol.errors import AnyMolError, InvalidFileError, InvalidTaskInputError
from anymol.modalities.content import RecordPart
from anymol.modalities.modality import Modality
from anymol.readers.parts import find_modality, read_shown
from anymol.serve.requests import (
    ConformerPart,
    FilePart,
    GraphPart,
    ImagePart,
    InfraredPart,
    InlineFile,
    MassPart,
)

ShownPart = GraphPart | ConformerPart | ImagePart | MassPart | InfraredPart | FilePart
"""A part of a request that shows something of a molecule."""

_DATA_URL: Final = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)?(?P<rest>(?:;[\w.+=-]+)*),", re.ASCII)
_SUFFIXES: Final = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/gif": ".gif",
    "image/tiff": ".tif",
    "image/svg+xml": ".svg",
    "application/pdf": ".pdf",
}
_LONGEST_NAME: Final = 80


@dataclass(frozen=True)
class Shown:
    """What the parts of a request show.

    Attributes:
        records: The records.
        files: What the file of each record was called; only repeated in the evidence.
    """

    records: tuple[RecordPart, ...] = ()
    files: tuple[str, ...] = ()


def read_parts(parts: Sequence[ShownPart], *, charge: int | None = None, limit: int) -> Shown:
    """Return the records that the parts of a request show.

    Args:
        parts: The parts.
        charge: Total charge of geometries that do not state their bonds.
        limit: Most bytes of a file.

    Raises:
        InvalidFileError: A file is too large, cannot be decoded, is of another kind, or its record is bad.
    """
    records: list[RecordPart] = []
    files: list[str] = []
    for part in parts:
        name, content, modality = _find_content(part)
        if len(content) > limit:
            raise InvalidFileError(
                f"the file has {len(content):,} bytes", value=name, hint=f"at most {limit:,} bytes are taken"
            )
        with _on_disk(name, content) as path:
            shown = read_shown(path, modality or find_modality(path) or Modality.GRAPH, charge=charge)
        records += shown.parts
        files += [name] * len(shown.parts)
    return Shown(tuple(records), tuple(files))


def _find_content(part: ShownPart) -> tuple[str, bytes, Modality | None]:
    """Return the name and content of a part's file, and what it is to be read as; None finds out."""
    match part:
        case FilePart(file=file):
            return *_decode(file), None
        case ImagePart(image_url=image):
            return *_decode_url(image.url, "picture"), Modality.IMAGE
        case GraphPart(smiles=str(smiles)):
            return "graph.smi", f"{' '.join(smiles.split())}\n".encode("utf-8", "replace"), Modality.GRAPH
        case GraphPart(file=InlineFile() as file):
            return *_decode(file), Modality.GRAPH
        case ConformerPart(xyz=str(text)):
            return "geometry.xyz", text.encode("utf-8", "replace"), Modality.CONFORMER
        case ConformerPart(file=InlineFile() as file):
            return *_decode(file), Modality.CONFORMER
        case MassPart(file=InlineFile() as file):
            return *_decode(file), Modality.MS2
        case MassPart():
            return "spectrum.mgf", _write_peaks(part).encode(), Modality.MS2
        case InfraredPart(file=InlineFile() as file):
            return *_decode(file), Modality.IR
        case InfraredPart():
            return "spectrum.csv", _write_points(part).encode(), Modality.IR
        case _:
            raise InvalidTaskInputError("this part shows nothing", value=part.type)


def _write_peaks(part: MassPart) -> str:
    """Return peaks as an MGF file, so that they are read, cleaned and bounded as those of a file are."""
    head = ["BEGIN IONS", "TITLE=spectrum"]
    head += [f"PEPMASS={part.precursor_mz!r}"] if part.precursor_mz is not None else []
    head += [f"ADDUCT={part.adduct}"] if part.adduct is not None else []
    return "\n".join([*head, *(f"{mz!r} {height!r}" for mz, height in part.peaks), "END IONS", ""])


def _write_points(part: InfraredPart) -> str:
    """Return points as a CSV file; see :func:`_write_peaks`."""
    return "\n".join(["wavenumber (cm-1),absorbance", *(f"{x!r},{y!r}" for x, y in part.points), ""])


def _decode(file: InlineFile) -> tuple[str, bytes]:
    name = _clean_name(file.filename)
    if file.text is not None:
        return name, file.text.encode("utf-8", "replace")
    written = file.file_data or ""
    if written.startswith("data:"):
        return name, _decode_url(written, name)[1]
    return name, _decode_base64(written, name)


def _decode_url(url: str, name: str) -> tuple[str, bytes]:
    """Return the content of a data URL, and a name whose ending says its kind.

    Raises:
        InvalidFileError: It is the address of something else, which is never fetched, or damaged.
    """
    head = _DATA_URL.match(url)
    if head is None:
        raise InvalidFileError(
            "this is not a data URL, and no other address is opened", value=url[:60], hint="data:image/png;base64,..."
        )
    content = url[head.end() :]
    suffix = _SUFFIXES.get((head["type"] or "").lower(), "")
    if ";base64" in head["rest"].lower():
        return name + suffix, _decode_base64(content, name)
    return name + suffix, unquote_to_bytes(content)


def _decode_base64(written: str, name: str) -> bytes:
    try:
        return base64.b64decode("".join(written.split()), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidFileError("this is not base64", value=name, hint="or give plain text in 'text'") from None


def _clean_name(written: str) -> str:
    """Return the last part of a file name, with nothing in it that a folder or a terminal takes for more."""
    last = re.split(r"[/\\]", written)[-1]
    kept = re.sub(r"[^\w.+ -]", "_", last, flags=re.ASCII).strip(". ")
    return kept[-_LONGEST_NAME:].strip(". ") or "file"


@contextmanager
def _on_disk(name: str, content: bytes) -> Iterator[Path]:
    """Give a file of our own that holds a content; it is gone when the scope ends, and no error says where it was."""
    with tempfile.TemporaryDirectory(prefix="anymol-") as folder:
        # The name that a stranger chose is only kept where it can be nothing but a name.
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            yield path
        except AnyMolError as error:
            raise _hide(error, folder) from None


def _hide(error: AnyMolError, folder: str) -> AnyMolError:
    """Return an error that names the file as the request did."""
    place = f"{folder}/"
    shown = None if error.input is None else error.input.replace(place, "")
    hint = None if error.hint is None else error.hint.replace(place, "")
    return type(error)(error.message.replace(place, ""), value=shown, hint=hint)

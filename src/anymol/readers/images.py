"""PNG, JPEG, GIF, TIFF, SVG and PDF files -> :class:`MoleculeImage`, each within a limit of pixels."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from anymol.chem.limits import run_limited
from anymol.errors import AnyMolError, InvalidFileError, MissingDependencyError
from anymol.modalities.image import MoleculeImage
from anymol.readers.content import FileKind
from anymol.readers.rows import RecordRow
from anymol.readers.svg import draw_svg, require_self_contained

MAX_PIXELS = 40_000_000
"""Most pixels of a picture: a page of A4 at 600 dpi has 35 million."""

MAX_BYTES = 100_000_000
"""Largest picture file that is read."""

MAX_PAGES = 500
"""Pages of a PDF that are rendered."""

RENDER_SECONDS = 20.0
"""Time for one SVG; it is drawn in a process that can be killed."""

_FORMATS = {FileKind.PNG: "PNG", FileKind.JPEG: "JPEG", FileKind.GIF: "GIF", FileKind.TIFF: "TIFF"}


def read_images(path: Path, kind: FileKind, *, dpi: int = 200) -> Iterator[RecordRow[MoleculeImage]]:
    """Yield the picture of a file, or of each page of a PDF.

    Args:
        path: The file.
        kind: What it is, as :func:`anymol.readers.content.sniff_file` says.
        dpi: Dots per inch at which PDF pages are drawn.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InvalidFileError("the picture file is too large", value=path, hint=f"at most {MAX_BYTES:,} bytes")
        data = path.read_bytes()
        if kind is FileKind.PDF:
            yield from _read_pages(data, dpi)
            return
        picture = _read_svg(data) if kind is FileKind.SVG else _read_raster(data, _FORMATS[kind], _FORMATS[kind])
        yield RecordRow(0, path.stem, picture)
    except MissingDependencyError:
        raise
    except AnyMolError as error:
        yield RecordRow(0, path.stem, None, str(error))


def _read_raster(data: bytes, form: str, source: str) -> MoleculeImage:
    # Pillow's decoders raise many kinds of error on damaged input, of which these are the documented and the seen ones.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a damaged tag that does not keep the picture from being read
            with Image.open(io.BytesIO(data), formats=(form,)) as image:
                _check_size(*image.size)
                image.load()
                turned = ImageOps.exif_transpose(image)
                if turned.mode.startswith("I") or turned.mode == "F":
                    return MoleculeImage(_scale(np.asarray(turned)), source)
                layer = turned.convert("RGBA")
                white = Image.new("RGBA", layer.size, "white")
                return MoleculeImage(np.asarray(Image.alpha_composite(white, layer).convert("RGB")), source)
    except InvalidFileError:
        raise
    except (
        OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, EOFError, OverflowError, RuntimeError,
        ZeroDivisionError, MemoryError, Image.DecompressionBombError,
    ) as error:  # fmt: skip
        raise InvalidFileError(f"the {form} image is damaged: {error}") from error


def _scale(values: np.ndarray) -> np.ndarray:
    """Return grey of 16 or 32 bits as 8 bits in three channels."""
    grey = np.nan_to_num(values.astype(np.float64))
    top = 65535.0 if grey.max() > 255 else 255.0
    return np.repeat((grey.clip(0, top) / top * 255).astype(np.uint8)[..., None], 3, axis=2)


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise InvalidFileError(f"the picture has {width} x {height} pixels", hint=f"at most {MAX_PIXELS:,} are read")


def _read_svg(data: bytes) -> MoleculeImage:
    text = data.decode("utf-8-sig", errors="replace")
    require_self_contained(text)
    drawn = run_limited(draw_svg, text, seconds=RENDER_SECONDS)
    return _read_raster(drawn.encode("latin-1"), "PNG", "SVG")


def _read_pages(data: bytes, dpi: int) -> Iterator[RecordRow[MoleculeImage]]:
    try:
        import pypdfium2
    except ImportError:
        raise MissingDependencyError("PDF files need pypdfium2", hint="pip install 'anymol[synthesis]'") from None
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise InvalidFileError(f"the PDF is damaged or locked: {error}") from error
    with document:
        for number in range(min(len(document), MAX_PAGES)):
            name = f"page {number + 1}"
            try:
                page = document[number]
                width, height = page.get_size()
                _check_size(int(width * dpi / 72), int(height * dpi / 72))
                pixels = np.asarray(page.render(scale=dpi / 72).to_pil().convert("RGB"))
                yield RecordRow(number, name, MoleculeImage(pixels, f"PDF {name}"))
            except (pypdfium2.PdfiumError, ValueError, OverflowError) as error:
                yield RecordRow(number, name, None, f"the page cannot be drawn: {error}")
            except InvalidFileError as error:
                yield RecordRow(number, name, None, str(error))

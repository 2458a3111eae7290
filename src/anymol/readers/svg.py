"""SVG pictures: looked through before they are drawn, since whoever draws one opens what it refers to."""

from __future__ import annotations

import re
from typing import Any, Final
from xml.parsers import expat

from anymol.errors import InvalidFileError, MissingDependencyError

MAX_UNITS: Final = 8_000
"""Most pixels of a side."""

_LOADING: Final = frozenset({"image", "feImage"})
"""Elements whose content is another picture."""
_PIXELS: Final = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96.0,
    "em": 16.0,
    "ex": 8.0,
}
_LENGTH: Final = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-zA-Z]*)")


def draw_svg(text: str) -> str:
    """Return an SVG as PNG bytes in Latin-1, which is how bytes cross to the worker and back.

    Raises:
        InvalidFileError: It cannot be drawn.
        MissingDependencyError: The library that draws is not installed.
    """
    try:
        import resvg_py
    except ImportError:
        raise MissingDependencyError("SVG files need resvg_py", hint="pip install 'anymol[synthesis]'") from None
    try:
        drawn: Any = resvg_py.svg_to_bytes(svg_string=text, background="white")
    except (ValueError, RuntimeError) as error:
        raise InvalidFileError(f"the SVG cannot be drawn: {error}") from None
    return bytes(drawn).decode("latin-1")


def require_self_contained(text: str) -> None:
    """Require that an SVG shows nothing but itself, and is of a size that can be drawn.

    It is read as XML, whatever its prefixes are, since one that names a file would show that file to who sent it.

    Raises:
        InvalidFileError: It refers to or embeds other pictures or files, declares entities, is too large, or is no XML.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    depth = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        if _strip_namespace(name) in _LOADING:
            raise _make_foreign()
        named = [value for attribute, value in attributes.items() if _strip_namespace(attribute) == "href"]
        is_link = _strip_namespace(name) == "a"  # a link is drawn, never followed
        if not is_link and not all(value.lstrip().startswith("#") for value in named):
            raise _make_foreign()
        if depth == 0:
            _check_size(attributes)
        depth += 1

    def refuse(*_: object) -> None:
        raise InvalidFileError("the SVG declares XML entities", hint="save it without them")

    parser.StartElementHandler = begin
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise InvalidFileError(f"the SVG is damaged: {error}") from None


def _strip_namespace(name: str) -> str:
    return name.rpartition(" ")[2]


def _make_foreign() -> InvalidFileError:
    return InvalidFileError("the SVG refers to other files or embeds pictures", hint="give a PNG instead")


def _check_size(root: dict[str, str]) -> None:
    """Refuse a picture whose sides would be too long.

    Raises:
        InvalidFileError: They would.
    """
    sides = [root.get("width", ""), root.get("height", ""), *re.split(r"[\s,]+", root.get("viewBox", "").strip())[2:]]
    for side in sides:
        found = _LENGTH.match(side)
        if found is None:
            continue
        if not float(found[1]) * _PIXELS.get(found[2].lower(), 1.0) <= MAX_UNITS:
            raise InvalidFileError(
                f"the SVG is {side.strip()} wide or high", hint=f"at most {MAX_UNITS:,} pixels are drawn"
            )

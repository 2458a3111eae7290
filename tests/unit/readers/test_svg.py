"""An SVG shows nothing but itself: the library that draws it would open the files that it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from anymol.errors import InvalidFileError
from anymol.readers.svg import require_self_contained

NAMESPACES = (
    'xmlns="http://www.w3.org/2000/svg" xmlns:s="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink"'
)
EXAMPLES = Path(__file__).parents[3] / "examples"


def write(inside: str, **root: str) -> str:
    sides = {"width": "9", "height": "9"} | root
    attributes = " ".join(f'{name}="{value}"' for name, value in sides.items())
    return f"<svg {NAMESPACES} {attributes}>{inside}</svg>"


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="/etc/secret.png"/>',
        '<s:image href="/etc/secret.png"/>',
        '<image x:href="../secret.png"/>',
        '<image href="&#47;etc/secret.png"/>',
        '<image href="data:image/png;base64,AAAA"/>',
        '<filter id="f"><feImage href="/etc/secret.png"/></filter><rect filter="url(#f)" width="9" height="9"/>',
        '<use href="/etc/secret.svg#x"/>',
        '<s:use x:href="http://127.0.0.1/secret.svg#x"/>',
    ],
)
def test_what_refers_to_another_file_is_refused_however_it_is_written(inside: str) -> None:
    with pytest.raises(InvalidFileError, match="refers to other files"):
        require_self_contained(write(inside))


@pytest.mark.parametrize(
    "inside",
    [
        '<path id="p" d="M0 0L9 9"/><use href="#p"/>',
        '<linearGradient id="a"/><linearGradient id="b" x:href=" #a"/>',
        '<a href="https://example.org"><path d="M0 0L9 9"/></a>',
        "<text>file: image</text><!-- <image href='/etc/secret.png'/> -->",
    ],
)
def test_what_refers_to_itself_is_drawn(inside: str) -> None:
    require_self_contained(write(inside))


def test_a_drawing_by_others_is_self_contained() -> None:
    require_self_contained((EXAMPLES / "aspirin.svg").read_text())


def test_entities_are_refused_and_a_plain_document_type_is_not() -> None:
    with pytest.raises(InvalidFileError, match="entities"):
        require_self_contained(f'<!DOCTYPE svg [<!ENTITY a "b">]>{write("")}')
    name = '"-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"'
    require_self_contained(f"<!DOCTYPE svg PUBLIC {name}>{write('')}")


@pytest.mark.parametrize("side", ["8001", "1e9", "100in", "9000mm", "8e3pt"])
def test_a_side_is_measured_in_its_unit(side: str) -> None:
    with pytest.raises(InvalidFileError, match="wide or high"):
        require_self_contained(write("", width=side))
    with pytest.raises(InvalidFileError, match="wide or high"):
        require_self_contained(f'<s:svg {NAMESPACES} height="{side}"/>')
    require_self_contained(write("", width="210mm", height="100%"))


def test_what_is_no_xml_is_said() -> None:
    with pytest.raises(InvalidFileError, match="damaged"):
        require_self_contained("<svg><path></svg>")

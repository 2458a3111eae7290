"""Encodings and line ends that programs write."""

from __future__ import annotations

import codecs
import io

import pytest

from anymol.readers.text import decode_text, detect_encoding, open_decoded

WRITTEN = "Name\tÅngström µm\n3\n\ncafé – naïve\n"


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("utf-32-be", codecs.BOM_UTF32_BE),
        ("cp1252", b""),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_encodings_and_line_ends(encoding: str, mark: bytes, line_end: str) -> None:
    data = mark + WRITTEN.replace("\n", line_end).encode(encoding)
    assert decode_text(data) == WRITTEN
    assert list(open_decoded(io.BytesIO(data))) == WRITTEN.splitlines(keepends=True)


def test_latin_1_differs_from_windows_only_where_it_has_control_characters() -> None:
    letters = "".join(map(chr, range(0xA0, 0x100)))
    assert decode_text(letters.encode("latin-1")) == letters
    assert decode_text(b"12 \x80, \x93quoted\x94") == "12 €, “quoted”"


def test_a_stray_byte_costs_no_other_character() -> None:
    assert decode_text("Müller, ".encode() + b"Andr\xe9" + ", Šárka".encode()) == "Müller, André, Šárka"
    assert decode_text(b"\x81") == "\ufffd"  # Windows has no character there


def test_a_character_cut_off_at_the_end_of_the_file() -> None:
    assert decode_text("5 µ".encode()[:-1]) == "5 Â"
    assert decode_text("abc".encode("utf-16")[:-1]) == "ab\ufffd"


def test_only_line_ends_are_changed() -> None:
    assert decode_text("a\x85b\x0bc\x0cd\u2028e\tf".encode()) == "a\x85b\x0bc\x0cd\u2028e\tf"
    assert list(open_decoded(io.BytesIO("a\x85b\x0cc\n".encode()))) == ["a\x85b\x0cc\n"]


def test_numbers_of_two_bytes_are_not_text() -> None:
    numbers = b"".join(number.to_bytes(2, "little") for number in range(256))
    assert detect_encoding(numbers) == "utf-8"
    assert detect_encoding(b"") == "utf-8"
    assert detect_encoding(b"\x00") == "utf-8"


@pytest.mark.parametrize("size", [1 << 16, (1 << 16) - 1, (1 << 16) + 1, 3 << 16])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_line_ends_and_letters_across_the_chunks_that_are_read(size: int, encoding: str) -> None:
    text = "x" * (size - 1) + "\r\né\r\n\r\nlast"
    assert decode_text(text.encode(encoding)) == text.replace("\r\n", "\n")


def test_reading_by_pieces() -> None:
    stream = open_decoded(io.BytesIO(b"first line\r\nsecond\rthird"))
    assert stream.readline(5) == "first"
    assert stream.readline(50) == " line\n"
    assert stream.read(3) == "sec"
    assert stream.readline() == "ond\n"
    assert (stream.read(), stream.read(), stream.readline()) == ("third", "", "")
    assert stream.read(0) == ""


def test_the_bytes_are_closed_with_the_text() -> None:
    data = io.BytesIO(b"a")
    with open_decoded(data):
        pass
    assert data.closed

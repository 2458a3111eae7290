r"""Text of a file, whatever encoding and line ends the program that wrote it used.

UTF-8 and UTF-16 are known by their byte order mark or by how their bytes lie. What is not UTF-8 is taken byte by byte
for Windows-1252, whose printable characters are those of Latin-1 and more: a name with an accent is read in either, and
one stray byte costs no other. Lines end in ``\n`` whether the file has ``\n``, ``\r\n``, ``\r`` or the ``\r\r\n`` of
a program that translated them twice. NEL, form feed and the separators of Unicode end no line.
"""

from __future__ import annotations

import codecs
import io
import re
from typing import BinaryIO, Final, TextIO, cast

_CHUNK: Final = 1 << 16
"""Bytes that are read at a time; the first of them decide on the encoding."""

_WINDOWS: Final = "anymol.windows-1252"
"""Name of the error handler that reads bytes which are not UTF-8."""

_LINE_END: Final = re.compile(r"\r+\n|\r")

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with the mark of UTF-16, so it is asked first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_MOSTLY: Final = 0.7
"""Least share of characters below U+0100 in UTF-16 that has no mark; names in other scripts may stand among them."""


def detect_encoding(head: bytes) -> str:
    """Return the encoding of a text by its first bytes: ``utf-8``, also for what is not, or one of more bytes.

    >>> detect_encoding("CCO ethanol".encode("utf-16-le"))
    'utf-16-le'
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    pairs = len(head) // 2
    low, high = head[: 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    for zeros, others, encoding in ((high, low, "utf-16-le"), (low, high, "utf-16-be")):
        if pairs and not others and zeros >= _MOSTLY * pairs and _is_text(head[: 2 * pairs], encoding):
            return encoding
    return "utf-8"


def decode_text(data: bytes) -> str:
    r"""Return the text of some bytes, every line of it ended by ``\n``.

    >>> decode_text("Na\u00efve\r\n".encode("latin-1"))
    'Naïve\n'
    """
    return TextReader(io.BytesIO(data)).read()


def open_decoded(stream: BinaryIO) -> TextIO:
    r"""Return the text of a stream of bytes, decoded while it is read, every line of it ended by ``\n``."""
    return cast("TextIO", TextReader(stream))


class TextReader(io.TextIOBase):
    """A stream of text over a stream of bytes, which it closes with itself.

    Args:
        stream: The bytes. Their encoding is decided by the first 64 kB.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        head = stream.read(_CHUNK)
        encoding = detect_encoding(head)
        errors = _WINDOWS if encoding.startswith("utf-8") else "replace"
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._pending = ""  # returns at the end of a chunk, whose newline may be in the next
        self._ended = False
        self._text, self._position = "", 0
        self._take(head)

    def readable(self) -> bool:
        """Whether it can be read from: yes."""
        return True

    def close(self) -> None:
        """Close the bytes too."""
        self._stream.close()
        super().close()

    def read(self, size: int | None = -1) -> str:
        """Return the next `size` characters, fewer at the end; all that are left where it is negative or None."""
        return self._read(-1 if size is None else size, to_line_end=False)

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]
        """Return the rest of the line with its end, `size` characters of it at most."""
        return self._read(-1 if size is None else size, to_line_end=True)

    def _read(self, size: int, *, to_line_end: bool) -> str:
        pieces: list[str] = []
        wanted = size
        while True:
            begin = self._position
            end = len(self._text) if wanted < 0 else min(len(self._text), begin + wanted)
            newline = self._text.find("\n", begin, end) if to_line_end else -1
            if newline >= 0:
                end = newline + 1
            pieces.append(self._text[begin:end])
            self._position = end
            wanted -= (end - begin) if wanted > 0 else 0
            if newline >= 0 or wanted == 0 or not self._fill():
                return "".join(pieces)

    def _fill(self) -> bool:
        """Decode more bytes; False at the end of the file."""
        while not self._ended and self._position == len(self._text):
            self._take(self._stream.read(_CHUNK))
        return self._position < len(self._text)

    def _take(self, data: bytes) -> None:
        self._ended = not data
        text = self._pending + self._decoder.decode(data, final=self._ended)
        kept = text if self._ended else text.rstrip("\r")
        self._pending = text[len(kept) :]
        self._text, self._position = _LINE_END.sub("\n", kept), 0


def _is_text(data: bytes, encoding: str) -> bool:
    """Whether bytes that lie like UTF-16 hold text: numbers of two bytes, in a binary file, lie like it too."""
    decoded = data.decode(encoding, errors="replace")
    return all(character.isprintable() or character.isspace() for character in decoded)


def _read_windows(error: UnicodeError) -> tuple[str, int]:
    """Return the bytes that are not UTF-8 as Windows-1252, and where decoding goes on."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", errors="replace"), error.end


codecs.register_error(_WINDOWS, _read_windows)

r"""Texts that are not Unicode, and characters that a terminal would obey.

Python's texts may hold half a surrogate pair: JSON writes one as ``"\ud800"``, and a byte of a file name or command
line that is not UTF-8 becomes one. No encoder, tokenizer or table takes such a text.
"""

from __future__ import annotations

from anymol.errors import UserError


class NotUnicodeError(UserError):
    """A text with half a surrogate pair."""

    kind = "not_unicode"


def is_unicode(text: str) -> bool:
    r"""Whether a text can be written in UTF-8.

    >>> is_unicode("µ"), is_unicode("\ud800")
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def require_unicode(text: str, what: str) -> str:
    """Return `text` where it can be written in UTF-8.

    Args:
        text: The text.
        what: What it is, for the message.

    Raises:
        NotUnicodeError: It holds half a surrogate pair.
    """
    if not is_unicode(text):
        raise NotUnicodeError(
            f"{what} holds half a surrogate pair, which is not a character", value=text, hint="write it in UTF-8"
        )
    return text


def escape_halves(text: str) -> str:
    r"""Return `text` with halves of surrogate pairs written out.

    >>> print(escape_halves("a\udcff"))
    a\udcff
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()

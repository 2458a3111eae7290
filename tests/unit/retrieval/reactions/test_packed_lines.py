"""Lines of a text in one piece."""

from __future__ import annotations

import pytest

from anymol.retrieval.reactions.packed_lines import PackedLines


@pytest.mark.parametrize("lines", [[b"one"], [b"one", b"", b"three"], [b"", b""], ["Zürich".encode(), b"x"]])
def test_lines_come_back_as_they_were(lines: list[bytes]) -> None:
    packed = PackedLines(b"\n".join(lines))
    assert [packed[number] for number in range(len(packed))] == lines
    for number in (-1, len(lines)):
        with pytest.raises(IndexError):
            packed[number]


def test_an_empty_text_has_no_line() -> None:
    assert len(PackedLines(b"")) == 0

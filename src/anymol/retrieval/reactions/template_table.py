"""The templates of a store, kept as they are packed: a store holds 150,000, a question asks for a hundred."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

from anymol.retrieval.reactions.packed_lines import PackedLines


@dataclass(frozen=True, slots=True)
class Template:
    """A transformation, and how often it was carried out.

    Attributes:
        smarts: The retrosynthetic template.
        count: Reactions of the store that follow it.
    """

    smarts: str
    count: int


class TemplateTable(Sequence[Template]):
    """Templates by number, the most frequent first.

    Args:
        packed: What :meth:`pack` made.
    """

    def __init__(self, packed: bytes) -> None:
        self._lines = PackedLines(packed)
        self._met: dict[str, int] = {}

    @staticmethod
    def pack(templates: Iterable[Template]) -> bytes:
        """Return templates as a table takes them."""
        return "\n".join(f"{one.count}\t{one.smarts}" for one in templates).encode()

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, number: int) -> Template: ...
    @overload
    def __getitem__(self, number: slice) -> list[Template]: ...
    def __getitem__(self, number: int | slice) -> Template | list[Template]:
        """Return the template of a number, or those of a slice."""
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        number = range(len(self))[number]
        found = _read(self._lines[number])
        self._met[found.smarts] = number
        return found

    def find(self, smarts: str) -> int | None:
        """Return the number of a template; None where the store has no such one."""
        # Those that are asked for were mostly met here: only for those of other stores are all of them looked at.
        met = self._met.get(smarts)
        return self._numbers.get(smarts.encode()) if met is None else met

    @cached_property
    def _numbers(self) -> dict[bytes, int]:
        return {self._lines[number].partition(b"\t")[2]: number for number in range(len(self))}


def _read(line: bytes) -> Template:
    count, smarts = line.decode().split("\t")
    return Template(smarts, int(count))

"""A store of reactions: searched by product, with the templates that they follow."""

from __future__ import annotations

import lzma
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from anymol.artifact import ArtifactKind
from anymol.chem.fingerprints import morgan
from anymol.errors import DataError
from anymol.files import hash_file
from anymol.retrieval.reactions.bit_index import BitIndex
from anymol.retrieval.reactions.recorded import RecordedReaction
from anymol.version import __version__

FINGERPRINT_BITS: Final = 1024
"""Bits of the Morgan fingerprints (radius 2) of products."""

_BLOCK: Final = 256
"""Reactions that are compressed together: fewer are read faster, more are smaller."""

_FILTERS: Final = [{"id": lzma.FILTER_LZMA2, "preset": 9}]
_CONTENT: Final = "reactions.safetensors"

STORES: Final = ArtifactKind(
    "a store of reactions",
    "store.json",
    1,
    DataError,
    "build it again: anymol store build",
    {"name": str, "reactions": int, "sources": dict, "files": dict},
)


@dataclass(frozen=True)
class Template:
    """A transformation, and how often it was carried out.

    Attributes:
        smarts: The retrosynthetic template.
        count: Reactions of the store that follow it.
    """

    smarts: str
    count: int


@dataclass(frozen=True)
class Neighbour:
    """A reaction whose product is like the one asked about.

    Attributes:
        row: Its place in the store.
        similarity: Tanimoto similarity of the products.
        template: Number of the template that it follows; -1 where it has none.
    """

    row: int
    similarity: float
    template: int


class ReactionStore:
    """Reactions, in the order of their products' SMILES.

    Args:
        name: Name of the store.
        arrays: What :func:`pack_store` made.
        provenance: What the manifest says of it.
    """

    def __init__(self, name: str, arrays: dict[str, NDArray[Any]], provenance: dict[str, Any] | None = None) -> None:
        self.name = name
        self.provenance = provenance or {}
        self._arrays = arrays

    @classmethod
    def open(cls, directory: Path) -> ReactionStore:
        """Open a store that was built.

        Raises:
            DataError: There is none, or it is damaged.
        """
        manifest = STORES.read(directory)
        STORES.require_intact(directory, manifest["files"], needed=(_CONTENT,))
        try:
            arrays = load_file(directory / _CONTENT)
        except (OSError, SafetensorError) as error:
            raise STORES.damage(directory, error) from error
        return cls(manifest["name"], arrays, manifest)

    def save(self, directory: Path, sources: dict[str, Any]) -> None:
        """Write the store.

        Args:
            directory: Its place; free, or holding an older store.
            sources: For each source its licence and number of reactions.
        """
        with STORES.stage(directory) as draft:
            save_file(self._arrays, draft / _CONTENT)
            fields = {
                "name": self.name,
                "reactions": len(self),
                "templates": len(self.templates),
                "sources": sources,
                "made_by": f"anymol {__version__}",
                "files": {_CONTENT: hash_file(draft / _CONTENT)},
            }
            STORES.write(draft, fields)

    def __len__(self) -> int:
        return len(self._arrays["bit_counts"])

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        """All templates, the most frequent first."""
        lines = _unpack_text(self._arrays["templates"]).split("\n") if len(self._arrays["templates"]) else []
        return tuple(Template(smarts, int(count)) for count, smarts in (line.split("\t") for line in lines))

    def search(self, product: str, limit: int) -> list[Neighbour]:
        """Return the reactions whose products are most like a molecule, the most similar first.

        Raises:
            InvalidSmilesError: The product does not parse.
        """
        rows, similarities = self._index.search(list_bits(product), limit)
        templates = self._template_of[rows]
        found = zip(rows.tolist(), similarities.tolist(), templates.tolist(), strict=True)
        return [Neighbour(*one) for one in found]

    def __getitem__(self, row: int) -> RecordedReaction:
        """Return the reaction of a row."""
        if not 0 <= row < len(self):
            raise IndexError(row)
        return RecordedReaction.from_line(self._read_block(row // _BLOCK)[row % _BLOCK])

    def __iter__(self) -> Iterator[RecordedReaction]:
        return (self[row] for row in range(len(self)))

    @cached_property
    def _index(self) -> BitIndex:
        return BitIndex.from_arrays(self._arrays)

    @cached_property
    def _template_of(self) -> NDArray[np.int32]:
        return np.frombuffer(_unpack(self._arrays["template_of"]), dtype="<i4")

    @lru_cache(maxsize=256)  # noqa: B019 - stores live as long as the process
    def _read_block(self, number: int) -> list[str]:
        ends = self._arrays["text_ends"]
        start = int(ends[number - 1]) if number else 0
        return _unpack_text(self._arrays["texts"][start : int(ends[number])]).split("\n")


def pack_store(name: str, reactions: Sequence[RecordedReaction], templates: Sequence[str | None]) -> ReactionStore:
    """Make a store.

    Args:
        name: Its name.
        reactions: What it holds.
        templates: For each reaction the template that it follows; None where it has none that gives it back.

    Raises:
        DataError: The two are not of one length.
    """
    if len(reactions) != len(templates):
        raise DataError("each reaction needs a template, or None", value=(len(reactions), len(templates)))
    order = sorted(range(len(reactions)), key=lambda place: (reactions[place].products, reactions[place].to_line()))
    counted: dict[str, int] = {}
    for template in templates:
        if template is not None:
            counted[template] = counted.get(template, 0) + 1
    ranked = sorted(counted, key=lambda smarts: (-counted[smarts], smarts))
    numbers = {smarts: number for number, smarts in enumerate(ranked)}
    chosen = (templates[place] for place in order)
    template_of = np.array([-1 if one is None else numbers[one] for one in chosen], dtype="<i4")
    lines = [reactions[place].to_line() for place in order]
    blocks = [_pack("\n".join(lines[start : start + _BLOCK]).encode()) for start in range(0, len(lines), _BLOCK)]
    index = BitIndex.build((list_bits(reactions[place].products) for place in order), FINGERPRINT_BITS)
    arrays = {
        **index.to_arrays(),
        "texts": np.frombuffer(b"".join(blocks), dtype=np.uint8),
        "text_ends": np.cumsum([len(block) for block in blocks], dtype=np.int64),
        "templates": _as_bytes("\n".join(f"{counted[smarts]}\t{smarts}" for smarts in ranked).encode()),
        "template_of": _as_bytes(template_of.tobytes()),
    }
    return ReactionStore(name, arrays)


@lru_cache(maxsize=4096)
def list_bits(product: str) -> tuple[int, ...]:
    """Return the bits that are set in a product's fingerprint.

    Raises:
        InvalidSmilesError: It does not parse.
    """
    return tuple(morgan(product, radius=2, size=FINGERPRINT_BITS).GetOnBits())


def _as_bytes(content: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(_pack(content) if content else b"", dtype=np.uint8)


def _pack(content: bytes) -> bytes:
    return lzma.compress(content, lzma.FORMAT_RAW, filters=_FILTERS)


def _unpack(packed: NDArray[np.uint8]) -> bytes:
    if not len(packed):
        return b""
    try:
        return lzma.decompress(packed.tobytes(), lzma.FORMAT_RAW, filters=_FILTERS)
    except lzma.LZMAError as error:
        raise DataError(f"a store of reactions is damaged: {error}", hint=STORES.remedy) from None


def _unpack_text(packed: NDArray[np.uint8]) -> str:
    return _unpack(packed).decode()

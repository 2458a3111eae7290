"""A store of reactions: searched by product, with the templates that they follow."""

from __future__ import annotations

import lzma
from collections import Counter
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
from anymol.chem.recorded_reaction import RecordedReaction
from anymol.errors import DataError
from anymol.files import hash_file
from anymol.retrieval.reactions.bit_index import BitIndex
from anymol.retrieval.reactions.molecule_counts import COUNTED, MoleculeCounts
from anymol.retrieval.reactions.packed_lines import PackedLines
from anymol.retrieval.reactions.template_table import Template, TemplateTable
from anymol.version import __version__

FINGERPRINT_BITS: Final = 1024
"""Bits of the Morgan fingerprints (radius 2) of products."""

_BLOCK: Final = 3072
"""Reactions that are compressed together: fewer are read faster, more are smaller."""

_FILTERS: Final = [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": 1 << 22}]
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
class Neighbour:
    """A reaction whose product is like the one asked about.

    Attributes:
        row: Its place in the store.
        similarity: Tanimoto similarity of the products.
        template: The template that it follows; None where it has none.
        core: The same without what surrounds the changed atoms.
    """

    row: int
    similarity: float
    template: str | None
    core: str | None


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

    @property
    def digest(self) -> str:
        """Hash of what it holds; empty where it was not opened from a folder."""
        return str(self.provenance.get("files", {}).get(_CONTENT, ""))

    @cached_property
    def templates(self) -> TemplateTable:
        """All templates, the most frequent first."""
        return TemplateTable(_unpack(self._arrays["templates"]))

    def count_template(self, smarts: str) -> int:
        """Return how many reactions of the store follow a template."""
        number = self.templates.find(smarts)
        return 0 if number is None else self.templates[number].count

    @cached_property
    def cores(self) -> tuple[str, ...]:
        """Templates without surroundings, the one that most reactions follow first."""
        followed = self._followed[1]
        counts = np.bincount(followed[followed >= 0])
        order = np.argsort(-counts, kind="stable")
        return tuple(self.templates[number].smarts for number in order[: np.count_nonzero(counts)].tolist())

    @cached_property
    def molecules(self) -> MoleculeCounts:
        """In how many reactions each molecule went in, and came out."""
        return MoleculeCounts.from_arrays({name: _unpack(self._arrays[name]) for name in COUNTED})

    def search(self, product: str, limit: int, *, following: str | None = None) -> list[Neighbour]:
        """Return the reactions whose products are most like a molecule, the most similar first.

        Args:
            product: SMILES of the molecule.
            limit: Reactions at most.
            following: Only those that follow this template, or have it as core.

        Raises:
            InvalidSmilesError: The product does not parse.
        """
        among = None
        if following is not None:
            number = self.templates.find(following)
            if number is None:
                return []
            among = (self._followed == number).any(axis=0)
        rows, similarities = self._index.search(list_bits(product), limit, among)
        templates, cores = self._followed[:, rows].tolist()
        found = zip(rows.tolist(), similarities.tolist(), templates, cores, strict=True)
        return [Neighbour(row, alike, self._name(one), self._name(core)) for row, alike, one, core in found]

    def _name(self, number: int) -> str | None:
        return None if number < 0 else self.templates[number].smarts

    def __getitem__(self, row: int) -> RecordedReaction:
        """Return the reaction of a row."""
        if not 0 <= row < len(self):
            raise IndexError(row)
        block = int(self._arrays["block"][0])
        return RecordedReaction.from_line(self._read_block(row // block)[row % block].decode())

    def __iter__(self) -> Iterator[RecordedReaction]:
        return (self[row] for row in range(len(self)))

    def list_stored(self) -> list[StoredReaction]:
        """Return all reactions with their templates, as :func:`pack_store` takes them."""
        templates, cores = self._followed.tolist()
        numbers = zip(self, templates, cores, strict=True)
        return [StoredReaction(one, self._name(template), self._name(core)) for one, template, core in numbers]

    @cached_property
    def _index(self) -> BitIndex:
        return BitIndex.from_arrays(self._arrays)

    @cached_property
    def _followed(self) -> NDArray[np.int32]:
        """Number of the template and of the core of each reaction, (2, reactions); -1 for none."""
        return np.frombuffer(_unpack(self._arrays["followed"]), dtype="<i4").reshape(2, -1)

    @lru_cache(maxsize=256)  # noqa: B019 - stores live as long as the process
    def _read_block(self, number: int) -> PackedLines:
        ends = self._arrays["text_ends"]
        start = int(ends[number - 1]) if number else 0
        return PackedLines(_unpack(self._arrays["texts"][start : int(ends[number])]))


@dataclass(frozen=True)
class StoredReaction:
    """A reaction on its way into a store.

    Attributes:
        reaction: The reaction.
        template: The template that gives it back; None without one.
        core: The same without what surrounds the changed atoms.
    """

    reaction: RecordedReaction
    template: str | None = None
    core: str | None = None


def pack_store(name: str, reactions: Sequence[StoredReaction]) -> ReactionStore:
    """Make a store.

    Args:
        name: Its name.
        reactions: What it holds.
    """
    ordered = sorted(reactions, key=lambda one: (one.reaction.products, one.reaction.to_line()))
    counts = Counter(one.template for one in ordered) + Counter(one.core for one in ordered if one.core != one.template)
    templates = [Template(smarts, count) for smarts, count in counts.items() if smarts is not None]
    templates.sort(key=lambda one: (-one.count, one.smarts))
    numbers: dict[str | None, int] = {one.smarts: number for number, one in enumerate(templates)}
    followed = [[numbers.get(one.template, -1) for one in ordered], [numbers.get(one.core, -1) for one in ordered]]
    lines = [one.reaction.to_line() for one in ordered]
    blocks = [_pack("\n".join(lines[start : start + _BLOCK]).encode()) for start in range(0, len(lines), _BLOCK)]
    index = BitIndex.build((list_bits(one.reaction.products) for one in ordered), FINGERPRINT_BITS)
    counted = MoleculeCounts.count(one.reaction for one in ordered)
    arrays = {
        **index.to_arrays(),
        "texts": np.frombuffer(b"".join(blocks), dtype=np.uint8),
        "block": np.array([_BLOCK], dtype=np.int64),
        "text_ends": np.cumsum([len(block) for block in blocks], dtype=np.int64),
        "templates": _as_bytes(TemplateTable.pack(templates)),
        "followed": _as_bytes(np.array(followed, dtype="<i4").tobytes()),
        **{name: _as_bytes(content) for name, content in counted.to_arrays().items()},
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

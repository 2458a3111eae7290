"""What is in a shard directory: counts and lengths by task, split, source and licence. Needs no RDKit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from anymol.data.shards import ShardReader


@dataclass(frozen=True)
class GroupStats:
    """Figures of one task in one split.

    Attributes:
        task: The task.
        split: The split.
        examples: Number of examples.
        modalities: How many of them hold each modality beside text.
        uncounted: Pictures and infrared spectra, whose tokens only the model knows; lengths do without them.
        median_length: Median length: characters of text and SMILES, tokens of graphs, geometries and mass spectra. Of
            text tokens are somewhat fewer.
        longest: Length of the longest.
        total_length: Sum of the lengths.
    """

    task: str
    split: str
    examples: int
    modalities: dict[str, int]
    uncounted: int
    median_length: int
    longest: int
    total_length: int


@dataclass(frozen=True)
class ShardStats:
    """Figures of a shard directory.

    Attributes:
        name: Name of the build.
        groups: Figures by task and split.
        sources: Source -> number of examples.
        licences: Licence -> number of examples.
        molecules: Number of distinct written molecules.
        texts: Number of distinct pieces of text.
        megabytes: Size on disk.
        refused: Reason -> number of candidates not taken.
    """

    name: str
    groups: tuple[GroupStats, ...]
    sources: dict[str, int]
    licences: dict[str, int]
    molecules: int
    texts: int
    megabytes: float
    refused: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return what ``anymol data stats --json`` prints."""
        return {**vars(self), "groups": [vars(group) for group in self.groups]}


def collect_stats(directory: Path | str) -> ShardStats:
    """Read the figures of a shard directory.

    Raises:
        DataError: When it cannot be read.
    """
    reader = ShardReader(directory)
    lengths = reader.lengths()
    uncounted = reader.uncounted()
    modalities = reader.modalities()
    groups = []
    keys = np.asarray([f"{task}\t{split}" for task, split in zip(reader.tasks, reader.splits, strict=True)], dtype=str)
    for key in np.unique(keys):
        chosen = keys == key
        task, split = str(key).split("\t")
        groups.append(
            GroupStats(
                task=task,
                split=split,
                examples=int(chosen.sum()),
                modalities={name: int(held[chosen].sum()) for name, held in modalities.items() if held[chosen].any()},
                uncounted=int(uncounted[chosen].sum()),
                median_length=int(np.median(lengths[chosen])),
                longest=int(lengths[chosen].max()),
                total_length=int(lengths[chosen].sum()),
            )
        )
    manifest = reader.manifest
    licences: Counter[str] = Counter()
    for record in manifest.sources.values():
        licences[record["licence"]] += record["examples"]
    return ShardStats(
        name=manifest.name,
        groups=tuple(groups),
        sources={source: record["examples"] for source, record in manifest.sources.items()},
        licences=dict(licences.most_common()),
        molecules=sum(record["rows"] for name, record in manifest.files.items() if name.startswith("molecules-")),
        texts=len(reader.texts()),
        megabytes=round(sum(record["bytes"] for record in manifest.files.values()) / 1e6, 2),
        refused=dict(manifest.refused),
    )

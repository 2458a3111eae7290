"""How readable synthesised reaction schemes are: what the drawing reader makes of held-back reactions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq

from anymol.chem.reaction import canonicalize_reaction
from anymol.errors import AnyMolError
from anymol.inference.drawings import read_drawn_reaction
from anymol.metrics.interval import ConfidenceInterval, bootstrap_mean
from anymol.modalities.image import MoleculeImage
from anymol.modalities.modality import Modality
from anymol.synthesis.engine import derive_seed
from anymol.synthesis.image import ImageEngine, ImageSettings

FILE: Final = "reactions.parquet"
_SPLITS: Final = {"val": "val", "test": "test_mit"}


@dataclass(frozen=True)
class SchemesRead:
    """How well schemes were read.

    Attributes:
        n: Schemes, in all styles and media.
        read: Share in which an arrow and molecules on both its sides were made out.
        sides: Share whose reactants and products are exact.
        whole: Share that is exact with its reagents; those that stand as words are not read.
    """

    n: int
    read: ConfidenceInterval
    sides: ConfidenceInterval
    whole: ConfidenceInterval

    def to_json(self) -> dict[str, Any]:
        """Return the number of schemes and each share with its interval."""
        return {
            "n": self.n,
            "read": self.read._asdict(),
            "sides": self.sides._asdict(),
            "whole": self.whole._asdict(),
        }


def evaluate_schemes(data_dir: Path, *, split: str = "val", limit: int = 100, seed: int = 0) -> SchemesRead:
    """Let the drawing reader read schemes of held-back reactions.

    Args:
        data_dir: Holds ``reactions.parquet``.
        split: ``val`` or ``test``.
        limit: Most schemes.
        seed: Draws reactions, pens and blemishes.

    Raises:
        AnyMolError: The data are missing.
    """
    columns = ["reactants", "reagents", "products", "split"]
    table = pq.read_table(data_dir / FILE, columns=columns, filters=[("split", "=", _SPLITS[split])])
    engine = ImageEngine(ImageSettings(max_side=1600))
    read, sides, whole = [], [], []
    for place in np.random.default_rng(seed).permutation(len(table)):
        row = table.slice(int(place), 1).to_pylist()[0]
        written = canonicalize_reaction(f"{row['reactants']}>{row['reagents'] or ''}>{row['products']}")
        try:
            (record,) = engine.synthesize(written, derive_seed(written, Modality.IMAGE, seed)).records
        except AnyMolError:  # too many molecules for one scheme
            continue
        assert isinstance(record, MoleculeImage)
        found = read_drawn_reaction(record)
        answer = "" if found is None else found.smiles
        read.append(float(found is not None))
        sides.append(float(answer.split(">")[::2] == written.split(">")[::2]))
        whole.append(float(answer == written))
        if len(read) == limit:
            break
    return SchemesRead(len(read), *(bootstrap_mean(scores, seed=seed) for scores in (read, sides, whole)))

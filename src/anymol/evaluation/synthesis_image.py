"""How readable synthesised drawings are: what the drawing reader makes of each style and each degradation.

The same reader reads the measured benchmark drawings (``ocsr_images.parquet``, which no training sees): what was learnt
from synthetic drawings is seen on real ones.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

from anymol.chem.fingerprints import morgan
from anymol.data.heldout import GeneratedSplit, Heldout
from anymol.data.sources.molecules import FILE as MOLECULES_FILE
from anymol.evaluation.synthesis_scheme import SchemesRead, evaluate_schemes
from anymol.inference.agreement import flatten
from anymol.inference.drawings import read_drawing
from anymol.metrics.interval import ConfidenceInterval, bootstrap_mean
from anymol.metrics.molecule import is_exact, score_similarity
from anymol.modalities.image import MoleculeImage
from anymol.modalities.modality import Modality
from anymol.ocsr.weights import hash_weights
from anymol.synthesis.degradation import Degradation
from anymol.synthesis.drawing import Drawing
from anymol.synthesis.engine import derive_seed
from anymol.synthesis.image import ImageEngine, ImageSettings

BENCHMARK: Final = "ocsr_images.parquet"
_MAX_SMILES: Final = 60


@dataclass(frozen=True)
class Recognised:
    """How well drawings of one kind were read.

    Attributes:
        n: Drawings.
        exact: Share read exactly, stereochemistry included.
        skeleton: Share read exactly but for stereochemistry.
        similarity: Mean Tanimoto similarity of Morgan fingerprints; 0 where no molecule was answered.
        stated: Mean probability that the reader stated; equal to `exact` where it is calibrated.
    """

    n: int
    exact: ConfidenceInterval
    skeleton: ConfidenceInterval
    similarity: ConfidenceInterval
    stated: ConfidenceInterval

    def to_json(self) -> dict[str, Any]:
        """Return the number of drawings and each share with its interval."""
        return {
            "n": self.n,
            "exact": self.exact._asdict(),
            "skeleton": self.skeleton._asdict(),
            "similarity": self.similarity._asdict(),
            "stated": self.stated._asdict(),
        }


@dataclass(frozen=True)
class ImageReport:
    """Figures of drawings, by how they were made.

    Attributes:
        reader: Who read them.
        drawings: Style -> figures, clean ink.
        degradations: Degradation -> figures, over all styles.
        measured: Benchmark set -> figures on real drawings.
        schemes: Figures of reaction schemes.
    """

    reader: str
    drawings: Mapping[Drawing, Recognised]
    degradations: Mapping[Degradation, Recognised]
    measured: Mapping[str, Recognised]
    schemes: SchemesRead

    def to_json(self) -> dict[str, Any]:
        """Return the part ``image`` of ``figures.json``."""
        return {
            "reader": self.reader,
            "schemes": self.schemes.to_json(),
            **{
                name: {str(key): one.to_json() for key, one in table.items()}
                for name, table in (
                    ("drawings", self.drawings),
                    ("media", self.degradations),
                    ("measured", self.measured),
                )
            },
        }


def evaluate_images(data_dir: Path, *, split: str = "val", limit: int = 40, seed: int = 0) -> ImageReport:
    """Let the drawing reader read drawings of held-back molecules, style by style, and the benchmark drawings.

    Args:
        data_dir: Holds ``molecules.parquet`` and ``ocsr_images.parquet``.
        split: ``val`` or ``test`` of the generated tasks.
        limit: Drawings of each style, degradation and benchmark set.
        seed: Draws molecules, pens and blemishes.

    Raises:
        AnyMolError: The data are missing.
    """
    molecules = _draw_molecules(data_dir, split, limit, seed)
    styles = {
        style: [_draw(smiles, seed, drawings=(style,), degradations=(Degradation.CLEAN,)) for smiles in molecules]
        for style in Drawing
    }
    degradations = {
        degradation: [_draw(smiles, seed, degradations=(degradation,)) for smiles in molecules]
        for degradation in Degradation
    }
    return ImageReport(
        f"drawing reader, weights {hash_weights()}",
        {style: _read(pictures, molecules, seed) for style, pictures in styles.items()},
        {degradation: _read(pictures, molecules, seed) for degradation, pictures in degradations.items()},
        {
            name: _read(pictures, truths, seed)
            for name, (pictures, truths) in _read_benchmark(data_dir, limit, seed).items()
        },
        evaluate_schemes(data_dir, split=split, limit=limit, seed=seed),
    )


def _draw_molecules(data_dir: Path, split: str, limit: int, seed: int) -> list[str]:
    """Return molecules that the generated tasks hold back."""
    heldout = Heldout.read(data_dir)
    table = pq.read_table(data_dir / MOLECULES_FILE, columns=["smiles"])["smiles"]
    order = np.random.default_rng(seed).permutation(len(table))
    found: list[str] = []
    for place in order:
        smiles = table[int(place)].as_py()
        if len(smiles) <= _MAX_SMILES and heldout.split_generated(smiles) is GeneratedSplit(split):
            found.append(smiles)
            if len(found) == limit:
                break
    return found


def _draw(smiles: str, seed: int, **settings: Any) -> MoleculeImage:
    engine = ImageEngine(ImageSettings(**settings))
    (record,) = engine.synthesize(smiles, derive_seed(smiles, Modality.IMAGE, seed)).records
    assert isinstance(record, MoleculeImage)
    return record


def _read_benchmark(data_dir: Path, limit: int, seed: int) -> dict[str, tuple[list[MoleculeImage], list[str]]]:
    columns = ["dataset", "smiles", "png", "has_placeholder_atoms"]
    table = pq.read_table(data_dir / BENCHMARK, columns=columns)
    rows: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for row in table.to_pylist():
        if row["smiles"] and not row["has_placeholder_atoms"]:
            rows[row["dataset"]].append((row["smiles"], row["png"]))
    drawn: dict[str, tuple[list[MoleculeImage], list[str]]] = {}
    for name, found in sorted(rows.items()):
        chosen = np.random.default_rng(seed).permutation(len(found))[:limit]
        pictures = [decode_benchmark(found[place][1]) for place in chosen]
        drawn[name] = pictures, [found[place][0] for place in chosen]
    return drawn


def decode_benchmark(png: bytes) -> MoleculeImage:
    """Return a benchmark drawing, as its file holds it."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        return MoleculeImage(np.asarray(image.convert("RGB")), "benchmark")


def _read(pictures: Sequence[MoleculeImage], truths: Sequence[str], seed: int) -> Recognised:
    drawings = [read_drawing(picture) for picture in pictures]
    answers = [None if drawing is None else drawing.smiles for drawing in drawings]
    pairs = list(zip(answers, truths, strict=True))
    exact = [float(is_exact(answer, truth)) for answer, truth in pairs]
    skeleton = [float(answer is not None and flatten(answer) == flatten(truth)) for answer, truth in pairs]
    similar = [score_similarity(answer, truth, morgan) for answer, truth in pairs]
    stated = [0.0 if drawing is None else drawing.probability or 0.0 for drawing in drawings]
    figures = (bootstrap_mean(scores, seed=seed) for scores in (exact, skeleton, similar, stated))
    return Recognised(len(truths), *figures)

"""Do projected states keep a molecule's meaning? (ChemDFM-X's open check on its projectors.)

Molecules of recognition rows are shown to a model in one modality each, and written; the states of both are compared:
as the decoder is given them, where only the projector has worked, and after its last block. Reported are the share of
molecules whose own notation is the nearest among those of all n, the mean share of others that are farther away than it
(by chance one half), the linear CKA and the mutual nearest neighbours.

    python scripts/measure_representations.py --shards SHARDS
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import torch

from anymol.data.shards import ShardReader
from anymol.evaluation.probes.representation_alignment import linear_cka, match_own, mutual_neighbours
from anymol.evaluation.probes.representations import represent
from anymol.files import write_atomically
from anymol.modalities.content import MoleculePart, RecordPart
from anymol.modalities.modality import Modality
from anymol.models.checkpoint import load_checkpoint
from anymol.models.locating import locate_model
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor

REPORT: Final = Path(__file__).parents[1] / "docs" / "results" / "representations.md"
_FEWEST: Final = 20
"""Molecules below which no share is worth reporting."""


def collect_pairs(shards: Path, modality: Modality, count: int) -> list[tuple[RecordPart, MoleculePart]]:
    """Return up to `count` different molecules of recognition rows: a record, and the notation that is the answer."""
    pairs: dict[str, tuple[RecordPart, MoleculePart]] = {}
    for example in ShardReader(shards, split="val", tasks=["molecule_recognition"]):
        shown = [
            part
            for message in example.messages
            for part in message.parts
            if isinstance(part, RecordPart) and part.modality is modality
        ]
        written = [part for part in example.answer if isinstance(part, MoleculePart)]
        if len(shown) == len(written) == 1:
            pairs.setdefault(written[0].smiles, (shown[0], written[0]))
        if len(pairs) == count:
            break
    return list(pairs.values())


def compare(first: torch.Tensor, second: torch.Tensor) -> str:
    """Return the cells of one comparison."""
    nearest, farther = match_own(first, second)
    figures = nearest, farther, linear_cka(first, second), mutual_neighbours(first, second)
    return " | ".join(f"{figure:.3f}" for figure in figures)


def measure(model: AnyMolForCausalLM, processor: AnyMolProcessor, shards: Path, count: int) -> Iterator[str]:
    """Yield a line for every modality that the model reads and the shards hold, at both places."""
    for modality in (one for one in Modality if one.value in model.modalities):
        pairs = collect_pairs(shards, modality, count)
        if len(pairs) < _FEWEST:
            continue
        shown, written = (represent(model, processor, parts) for parts in zip(*pairs, strict=True))
        start = f"| {modality.value} | {len(pairs)} | {1 / len(pairs):.3f}"
        yield f"{start} | projector | {compare(shown.given, written.given)} |"
        yield f"{start} | last block | {compare(shown.read, written.read)} |"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=Path, required=True, help="instruction data with recognition rows")
    parser.add_argument("--model", help="a model directory (the embedded model if not given)")
    parser.add_argument("--count", type=int, default=200, help="most molecules of each modality")
    parser.add_argument("--output", type=Path, default=REPORT)
    options = parser.parse_args()
    with locate_model(options.model) as folder:
        model, processor, manifest = load_checkpoint(folder)
    lines = [
        "# Do projected states keep a molecule's meaning?",
        "",
        f"States of `{manifest.provenance['name']}` for molecules of val rows, shown in one modality or written: means "
        "over their tokens, as the projector gives them to the decoder (beside the embeddings of written tokens) and "
        "after the decoder's last block.",
        "",
        "```",
        "python scripts/measure_representations.py --shards SHARDS",
        "```",
        "",
        "Nearest: the molecule's own notation is nearer than that of any other of the n. Others farther: mean share of "
        "the others that are farther away than it; by chance .5. CKA: linear centred kernel alignment. Neighbours: "
        "share of the ten nearest molecules that both agree on.",
        "",
        "| shown | n | by chance | after | nearest | others farther | CKA | neighbours |",
        "|---|---|---|---|---|---|---|---|",
        *measure(model.float().eval(), processor, options.shards, options.count),
    ]
    write_atomically(options.output, "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

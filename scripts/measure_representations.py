"""Do projected states keep a molecule's meaning? (ChemDFM-X's open check on its projectors.)

Molecules of recognition rows are shown to a model in one modality each, and written; the states of both are compared:
as the decoder is given them, where only the projector has worked, and after its last block. Reported are the share of
molecules whose own notation is the nearest among those of all n, the mean share of others that are farther away than it
(by chance one half), the linear CKA and the mutual nearest neighbours.

    python scripts/measure_representations.py --shards SHARDS --output representations.json
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from anymol.data.shards import ShardReader
from anymol.evaluation.probes.representation_alignment import linear_cka, match_own, mutual_neighbours
from anymol.evaluation.probes.representations import Representations, represent
from anymol.modalities.content import MoleculePart, Part, RecordPart
from anymol.modalities.modality import Modality
from anymol.models.checkpoint import load_checkpoint
from anymol.models.locating import locate_model
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor

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


def compare(shown: Representations, written: Representations) -> dict[str, dict[str, float]]:
    """Return the figures at both places."""
    found = {}
    for place in ("given", "read"):
        first, second = getattr(shown, place), getattr(written, place)
        nearest, farther = match_own(first, second)
        found[place] = {
            "own_is_nearest": nearest,
            "others_farther": farther,
            "cka": linear_cka(first, second),
            "mutual_neighbours": mutual_neighbours(first, second),
        }
    return found


def measure(model: AnyMolForCausalLM, processor: AnyMolProcessor, shards: Path, count: int) -> dict[str, Any]:
    """Return the figures of every modality that the model reads and the shards hold."""
    found: dict[str, Any] = {}
    for modality in (one for one in Modality if one.value in model.modalities):
        pairs = collect_pairs(shards, modality, count)
        if len(pairs) >= _FEWEST:
            shown: Sequence[Part]
            written: Sequence[Part]
            shown, written = zip(*pairs, strict=True)
            figures = compare(represent(model, processor, shown), represent(model, processor, written))
            found[modality.value] = {"n": len(pairs), "by_chance": 1 / len(pairs), **figures}
    return found


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=Path, required=True, help="instruction data with recognition rows")
    parser.add_argument("--model", help="a model directory (the embedded model if not given)")
    parser.add_argument("--count", type=int, default=200, help="most molecules of each modality")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    with locate_model(options.model) as folder:
        model, processor, _ = load_checkpoint(folder)
    figures = measure(model.float().eval(), processor, options.shards, options.count)
    options.output.write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

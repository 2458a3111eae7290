"""Measures descriptions of molecules of which none is recorded, written after relatives, beside the nearest's own.

Asked are molecules of the test rows of captions, of which the store has none. The model answers alone too, on as many
of these rows as there is time for.

Run:  python scripts/measure_descriptions.py --data-dir DATA                       (minutes)
      python scripts/measure_descriptions.py --data-dir DATA --model-rows 100      (a second a row more)
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from rdkit import rdBase

from anymol.evaluation.descriptions import DescribedRow, WrittenRow, describe_row, read_rows
from anymol.files import write_atomically
from anymol.inference.answers import Prediction
from anymol.inference.assistant import Assistant
from anymol.inference.options import PredictOptions, SourceChoice
from anymol.inference.proposals.descriptions import read_ranker
from anymol.metrics.interval import bootstrap_metric
from anymol.metrics.text import bleu4_words, rouge_l_words
from anymol.retrieval.descriptions.store import find_descriptions

REPORT: Final = Path(__file__).parents[1] / "docs" / "results" / "descriptions.md"
METRICS: Final = (bleu4_words, rouge_l_words)
RESAMPLES: Final = 200
SHOWN: Final = 8
BANDS: Final = (0.0, 0.3, 0.4, 0.6, 0.75, 1.01)

Texts = Sequence[str | None]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=500, help="test rows")
    parser.add_argument("--model-rows", type=int, default=0, help="of these, what the model alone answers too")
    parser.add_argument("--output", type=Path, default=REPORT)
    options = parser.parse_args()
    rdBase.DisableLog("rdApp.*")
    test = [row for row in read_rows(options.data_dir) if row.split == "test"]
    rows = random.Random(0).sample(test, min(options.rows, len(test)))
    store, ranker = find_descriptions(), read_ranker()
    written = [describe_row(ranker, store, row) for row in rows]
    model = _ask_model(rows[: options.model_rows])
    write_atomically(options.output, _write(rows, written, model, len(test)))


def _ask_model(rows: Sequence[DescribedRow]) -> Texts:
    if not rows:
        return ()
    found = Assistant.load(lazy=True).predict_many(
        "captioning",
        [{"molecule": row.smiles} for row in rows],
        PredictOptions(source=SourceChoice.MODEL, top_k=1),
    )
    return [str(one.answers[0].value) if isinstance(one, Prediction) and one.answers else None for one in found]


def _write(rows: Sequence[DescribedRow], written: Sequence[WrittenRow], model: Texts, n_test: int) -> str:
    nearest = [one.nearest for one in written]
    chosen = [one.chosen for one in written]
    said = [one.said for one in written]
    store = find_descriptions()
    truth = [row.text for row in rows]
    n = len(model)
    lines = [
        "# Descriptions",
        "",
        "What a collection says of a molecule is answered in its words. Here nothing is recorded of the molecules that",
        f"are asked about: {len(rows):,} of {n_test:,} test rows of ChEBI-20 that are at hand (seed 0). Store:",
        f"{len(store.descriptions):,} molecules. What chooses among relatives: {read_ranker().card.trained_on}.",
        "Figures are over words (they do not compare with published ones, which cut words into pieces), with bootstrap",
        "intervals of 95 %. An answer that says nothing counts as an empty text.",
        "",
        f"Made by `{read_ranker().card.command}` and",
        f"`python scripts/measure_descriptions.py --data-dir DATA --rows {len(rows)} --model-rows {n}`.",
        "",
        "| what answers | n | says something | BLEU-4 | ROUGE-L |",
        "|---|---:|---:|---|---|",
        _row("the description of the nearest relative", nearest, truth),
        _row("the one that is chosen", chosen, truth),
        _row("**what of it no program refutes: the answer**", said, truth),
    ]
    if n:
        lines += [
            _row("the answer, on the rows that the model was asked", said[:n], truth[:n]),
            _row("the model alone", model, truth[:n]),
            _row("the answer, and the model where there is none",
                 [one or other for one, other in zip(said, model, strict=False)], truth[:n]),
        ]  # fmt: skip
    lines += [
        "",
        "What is left out for honesty costs figures: a description that is shorter than the recorded one scores less,",
        "however true it is, and one with wrong details scores more than one without.",
        "",
        "## By the similarity of the nearest relative",
        "",
        "| similarity | n | says something | BLEU-4 of the answer | BLEU-4 of the nearest |",
        "|---|---:|---:|---:|---:|",
    ]
    for low, high in pairwise(BANDS):
        places = [place for place, one in enumerate(written) if low <= one.similarity < high]
        if places:
            part = [truth[place] for place in places]
            kept = [said[place] for place in places]
            near = [nearest[place] for place in places]
            lines.append(
                f"| {low:g} to {min(high, 1):g} | {len(places)} | {_share(kept)} | {bleu4_words(kept, part):.3f} | "
                f"{bleu4_words(near, part):.3f} |"
            )
    lines += ["", f"## The first {SHOWN} of them", ""]
    for row, one in list(zip(rows, said, strict=True))[:SHOWN]:
        lines += [f"`{row.smiles}`", "", f"- recorded: {row.text}", f"- answered: {one or 'nothing'}", ""]
    return "\n".join(lines).rstrip() + "\n"


def _row(name: str, texts: Texts, truth: Sequence[str]) -> str:
    cells = []
    for metric in METRICS:
        found = bootstrap_metric(metric, list(texts), list(truth), resamples=RESAMPLES)
        cells.append(f"{found.estimate:.3f} ({found.low:.3f} to {found.high:.3f})")
    return f"| {name} | {len(texts)} | {_share(texts)} | {' | '.join(cells)} |"


def _share(texts: Texts) -> str:
    return f"{sum(bool(one) for one in texts) / len(texts):.0%}"


if __name__ == "__main__":
    main()

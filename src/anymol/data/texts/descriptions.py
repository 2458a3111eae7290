"""Names, descriptions and questions as texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyarrow.compute as pc

from anymol.data.sources.captions import read_captions
from anymol.data.sources.names import read_names
from anymol.data.sources.source import DataOrigin, iterate_rows, keep_values
from anymol.data.texts.collected import TextRow
from anymol.data.texts.config import Captions, RecordedNames

QUESTIONS_FILE: Final = "molecule_qa.parquet"
_LONGEST_SMILES: Final = 1_000


def read_name_texts(config: RecordedNames, split: str, origin: DataOrigin) -> Iterator[TextRow]:
    """Yield the unambiguous names of a split."""
    for _, name, smiles, source in read_names(split, origin, origin.licences, config.max_name, _LONGEST_SMILES):
        yield TextRow(" ".join(name.split()), smiles, origin.licences.find("names", source).licence)


def read_caption_texts(config: Captions, split: str, origin: DataOrigin) -> Iterator[TextRow]:
    """Yield the whole-sentence descriptions of a split."""
    for _, text, smiles, source in read_captions(split, origin, origin.licences, config.max_text, _LONGEST_SMILES):
        yield TextRow(text, smiles, origin.licences.find("captions", source).licence)


def read_question_texts(split: str, origin: DataOrigin) -> Iterator[TextRow]:
    """Yield the questions of a split, each with its answer."""
    columns = ("question", "answer", "smiles", "source")
    table = origin.read(QUESTIONS_FILE, [*columns, "split"])
    kept = table.filter(pc.equal(table["split"], split))
    if origin.shippable:
        kept = keep_values(kept, "source", origin.licences.allowed("molecule_qa"))
    for question, answer, smiles, source in iterate_rows(origin.shuffled(kept, f"texts/questions/{split}"), columns):
        licence = origin.licences.find("molecule_qa", source).licence
        yield TextRow(" ".join(f"{question} {answer or ''}".split()), smiles or "", licence)

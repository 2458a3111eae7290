"""Molecules with numbers beside them: what sources of quantum-chemical and of measured labels share."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from anymol.chem.parsing import canonicalize_smiles
from anymol.data.config import LabelsComponent
from anymol.data.drafts import Draft, format_number, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.sources.captions import GRAPH_ALONE
from anymol.data.sources.molecules import write_variant
from anymol.data.sources.source import DataOrigin, with_row_numbers
from anymol.tasks.table import get_task
from anymol.tasks.task import TaskInput

RESERVED: Final = "in_heldout_keys"
"""Column of labelled files: whether a molecule is reserved for evaluation by others."""


def read_labelled(origin: DataOrigin, file: str, columns: Collection[str], split: str, longest: int) -> pa.Table:
    """Return the rows of a scaffold split of a labelled file, without reserved molecules and long ones.

    Args:
        origin: The data directory.
        file: A file in the form of MoleculeNet's, for example ``moleculenet_esol.parquet``.
        columns: Its labels.
        split: ``train`` or ``val``.
        longest: Longest SMILES in characters.

    Returns:
        The columns ``row``, ``smiles`` and `columns`.

    Raises:
        DataError: The file is missing or damaged.
    """
    table = with_row_numbers(origin.read(file, ["smiles", *columns, "scaffold_split", RESERVED]))
    short = pc.less_equal(pc.utf8_length(table["smiles"]), longest)
    kept = table.filter(pc.and_(pc.and_(short, pc.equal(table["scaffold_split"], split)), pc.invert(table[RESERVED])))
    return kept.select(["row", "smiles", *columns])


def ask_numbers(
    component: LabelsComponent,
    labels: Collection[tuple[str, float]],
    smiles: str,
    text: str | None,
    origin_of: tuple[str, str, str],
    split: str,
    rng: random.Random,
) -> Iterator[InstructionExample]:
    """Yield the examples that ask for some numbers of a molecule.

    Args:
        component: Says how molecules are written and shown.
        labels: Task and number of each.
        smiles: The molecule.
        text: What fills the text slot; None where there is none.
        origin_of: Beginning of the ids, source and licence.
        split: ``train`` or ``val``.
        rng: Draws writing and phrasing.
    """
    begin, source, licence = origin_of
    for name, value in labels:
        asked = TaskInput(
            molecule=write_variant(canonicalize_smiles(smiles), component.randomized, split, rng), text=text
        )
        answer = format_number(value, get_task(name).decimals)
        draft = Draft(f"{begin}/{name}", name, asked, answer, source, licence, split)
        yield phrase_draft(draft, rng, component, graph_alone=GRAPH_ALONE)

"""Names of molecules: the structure that a name means, and the systematic name of a structure."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow.compute as pc

from anymol.data.config import NamesConfig, NameTask
from anymol.data.drafts import Draft, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.molecules import write_variant
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows, keep_values, with_row_numbers
from anymol.tasks.task import TaskInput

FILE: Final = "names.parquet"
_COLUMNS: Final = ("row", "name", "smiles", "source")
_SYSTEMATIC: Final = "systematic"
_ONE_OF_A_RACEMATE: Final = frozenset({"aqsoldb", "esol", "freesolv"})
"""Tables of properties whose SMILES often states one stereoisomer where the name (and the sample) leaves it open."""
_STEREO_IN_SMILES: Final = re.compile(r"[@/\\]")
_STEREO_IN_NAME: Final = re.compile(
    r"\([^()]*\b\d*[a-z]?'*[RSEZ]\*?(?:,[^()]*)?\)|\([+-]\)|[αβ]|\b(?:[dl]|cis|trans|alpha|beta|erythro|threo|meso|endo|exo"
    r"|syn|anti|rel)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class NamesSource:
    """Examples of name -> molecule and of molecule -> systematic name.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: NamesConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, name, smiles, source, whether it is systematic) of unambiguous names, shuffled.

        The last value is read only where molecules are asked for their names.
        """
        columns = (*_COLUMNS, _SYSTEMATIC) if NameTask.MOLECULE_TO_NAME in self.config.tasks else _COLUMNS
        return read_names(split, origin, self.licences, self.config.max_name, self.config.max_smiles, columns)

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the molecule that is named: it is question or answer."""
        return (row[2],)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Make the examples of a name, for each direction that it suits."""
        number, name, smiles, source = row[:4]
        licence = self.licences.find("names", source).licence
        made = []
        showing: NamesConfig | None
        for copy in range(self.config.copies if split == "train" else 1):
            for task in self.config.tasks:
                match task:
                    case NameTask.NAME_TO_MOLECULE:
                        if split == "train" and source in _ONE_OF_A_RACEMATE and states_more_than_name(smiles, name):
                            continue
                        # The answer is canonical, since a name implies no order.
                        draft_id, asked, answer = f"names/{number}/{copy}", TaskInput(text=name), smiles
                        showing = None
                    case NameTask.MOLECULE_TO_NAME:
                        if not row[4] or states_more_than_name(smiles, name) or states_less_than_name(smiles, name):
                            continue
                        written = write_variant(smiles, self.config.randomized, split, rng)
                        draft_id, asked, answer = f"names/{number}/{task}/{copy}", TaskInput(molecule=written), name
                        showing = self.config
                draft = Draft(draft_id, task.value, asked, answer, _label(source), licence, split)
                made.append(phrase_draft(draft, rng, showing))
        return made


def states_more_than_name(smiles: str, name: str) -> bool:
    """Whether a SMILES states stereochemistry of which the name has no word."""
    return _STEREO_IN_SMILES.search(smiles) is not None and _STEREO_IN_NAME.search(name) is None


def states_less_than_name(smiles: str, name: str) -> bool:
    """Whether a SMILES leaves open the stereochemistry that the name states: it does not determine that name."""
    return _STEREO_IN_SMILES.search(smiles) is None and _STEREO_IN_NAME.search(name) is not None


def read_names(
    split: str,
    origin: DataOrigin,
    licences: Licences,
    max_name: int,
    max_smiles: int,
    columns: Sequence[str] = _COLUMNS,
) -> Iterator[SourceRow]:
    """Yield (row, name, smiles, source), or other `columns`, of the unambiguous names of a split, shuffled."""
    table = with_row_numbers(origin.read(FILE, [*columns[1:], "ambiguous", "split"]))
    fits = pc.and_(
        pc.less_equal(pc.utf8_length(table["name"]), max_name),
        pc.less_equal(pc.utf8_length(table["smiles"]), max_smiles),
    )
    kept = table.filter(pc.and_(pc.and_(fits, pc.invert(table["ambiguous"])), pc.equal(table["split"], split)))
    if origin.shippable:
        kept = keep_values(kept, "source", licences.allowed("names"))
    return iterate_rows(origin.shuffled(kept, f"names/{split}"), columns)


def _label(source: str) -> str:
    """Return the name under which a source of names stands in a manifest: some also give other data."""
    return f"names:{source}"

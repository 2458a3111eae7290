"""Action steps of Organic Syntheses, with the reaction that they carry out."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow.compute as pc

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.names import find_names_of
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.data.config import ProceduresConfig
from anymol.data.drafts import Draft, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows, with_row_numbers
from anymol.errors import DataError
from anymol.tasks.conditions import STEPS
from anymol.tasks.task import TaskInput

FILE: Final = "procedures_orgsyn.parquet"
TASK: Final = "procedure_writing"
_COLUMNS: Final = ("row", "components_json", "products", "actions")

_COMPONENT = re.compile(r"\$(-?\d+)\$")
# The file gives temperatures and durations as numbers of classes that it does not explain.
_CLASS = re.compile(r" (?:(?:at|for|over|to) )?[#@]\d+[#@]")


@dataclass(frozen=True)
class ProceduresSource:
    """Examples of procedures as steps.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: ProceduresConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, components, products, actions) of a split, shuffled; none where the licence does not allow it."""
        if origin.shippable and not self.licences.find("procedures_orgsyn").weights_allowed:
            return iter(())
        table = with_row_numbers(origin.read(FILE, [*_COLUMNS[1:], "reactants", "split"]))
        given = pc.add(pc.utf8_length(table["reactants"]), pc.utf8_length(table["products"]))
        kept = table.filter(pc.and_(pc.less_equal(given, self.config.max_input), pc.equal(table["split"], split)))
        return iterate_rows(origin.shuffled(kept, f"procedures/{split}"), _COLUMNS)

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the product."""
        return (row[2],)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask for the steps of one reaction.

        Raises:
            DataError: The steps are too long, or speak of a component that is not there.
        """
        number, components, products, actions = row
        molecules = [canonicalize_smiles(one) for one in json.loads(components)]
        steps = name_components(actions, molecules)
        if len(steps) > self.config.max_text:
            raise DataError(f"the steps have {len(steps)} characters", value=products)
        asked = TaskInput(reactants=".".join(molecules), products=canonicalize_smiles(products), text=STEPS)
        licence = self.licences.find("procedures_orgsyn").licence
        draft = Draft(f"procedures/{number}", TASK, asked, steps, "procedures_orgsyn", licence, split)
        return [phrase_draft(draft, rng, self.config)]


def name_components(actions: str, molecules: list[str]) -> str:
    """Return steps with names in the place of numbered components, without classes of temperature and time.

    Args:
        actions: The steps, ``ADD $2$ ; STIR at #4# ; YIELD $-1$``.
        molecules: The components, the first is number one.

    Raises:
        DataError: A number is beyond them.
    """

    def name(found: re.Match[str]) -> str:
        place = int(found[1])
        if place < 0:
            return "the product" if place == -1 else "the by-product"
        if place > len(molecules):
            raise DataError(f"the steps speak of component {place} of {len(molecules)}", value=actions)
        smiles = molecules[place - 1]
        known = find_names_of(smiles)
        return known[0] if known else str(compute_descriptor("formula", parse_smiles(smiles)).value)

    return _COMPONENT.sub(name, _CLASS.sub("", actions))

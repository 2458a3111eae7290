"""Real molecules to be recognised from graphs, geometries, drawings and spectra that programs make of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.parsing import parse_smiles
from anymol.data.config import RecognitionConfig
from anymol.data.drafts import Draft, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.featurize import featurize_molecule
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.molecules import find_licence, read_molecules, require_split
from anymol.data.sources.source import DataOrigin, SourceRow
from anymol.modalities.content import RecordPart, Role
from anymol.tasks.task import Slot, TaskInput

TASK: Final = "molecule_recognition"
GENERATOR: Final = "synthesised_records"


@dataclass(frozen=True)
class RecognitionSource:
    """Examples of recognition, one per molecule and set of modalities.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: RecognitionConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, smiles), shuffled."""
        return read_molecules(self.config, origin, f"recognition/{split}")

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return nothing: `examples` looks at the molecule's split, which covers every scope."""
        return ()

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Show one molecule in one of the sets of modalities; the answer is canonical, since no record has an order."""
        number, smiles = row
        require_split(smiles, split, heldout)
        names = rng.choice(self.config.shown)
        parts = tuple(featurize_molecule(smiles, name, Role.MOLECULE, rng) for name in names)
        licence = find_licence(self.config, self.licences).licence
        draft_id = f"recognition/{number}/{'+'.join(names)}"
        return [draft_recognition(draft_id, smiles, parts, GENERATOR, licence, split, rng, self.config.formula)]


def draft_recognition(
    draft_id: str,
    smiles: str,
    parts: tuple[RecordPart, ...],
    source: str,
    licence: str,
    split: str,
    rng: random.Random,
    formula: float,
) -> InstructionExample:
    """Return the example that asks which molecule some records show.

    Args:
        draft_id: Id of the example.
        smiles: The molecule, canonical.
        parts: Its records.
        source: Where they come from.
        licence: Its licence.
        split: ``train`` or ``val``.
        rng: Draws the phrasing and whether the formula is told.
        formula: Chance that it is.
    """
    told = str(compute_descriptor("formula", parse_smiles(smiles)).value) if rng.random() < formula else None
    task_input = TaskInput(formula=told, records={Slot.MOLECULE: parts})
    return phrase_draft(Draft(draft_id, TASK, task_input, smiles, source, licence, split), rng)

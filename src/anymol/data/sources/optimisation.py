"""Pairs of similar molecules, one with more of a property than the other."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from rdkit import Chem

from anymol.chem.alignment import align_smiles
from anymol.chem.descriptors import compute_descriptor
from anymol.chem.fingerprints import morgan, tanimoto
from anymol.chem.parsing import parse_smiles
from anymol.data.config import Goal, OptimisationConfig
from anymol.data.drafts import Draft, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.molecules import FILE, find_licence, read_builtin, require_split, write_variant
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows, with_row_numbers
from anymol.errors import InvalidTaskInputError
from anymol.tasks.optimisation import AIMS, LEAST_SIMILARITY
from anymol.tasks.task import TaskInput

GENERATOR: Final = "similar_pairs"
TASK: Final = "molecule_optimisation"
_NEIGHBOURS: Final = 6
"""Neighbours on either side that are looked at. Canonical SMILES that begin alike often belong to one series, so that
the neighbours in the alphabet are looked through for similar molecules; a search of all pairs would take days."""


@dataclass(frozen=True)
class OptimisationSource:
    """Examples of optimisation.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: OptimisationConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, smiles, neighbours in the alphabet), shuffled."""
        smiles = pa.array(read_builtin()) if self.config.builtin else origin.read(FILE, ["smiles"])["smiles"]
        table = pa.table({"smiles": smiles})
        short = table.filter(pc.less_equal(pc.utf8_length(table["smiles"]), self.config.max_smiles))
        ordered = with_row_numbers(short.sort_by("smiles"))
        column = ordered["smiles"].combine_chunks()
        for row, one in iterate_rows(origin.shuffled(ordered, f"optimisation/{split}"), ("row", "smiles")):
            first = max(0, row - _NEIGHBOURS)
            near = column.slice(first, row + _NEIGHBOURS + 1 - first).to_pylist()
            yield row, one, tuple(other for other in near if other != one)

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return nothing: `examples` looks at both molecules."""
        return ()

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask for one similar molecule with more, or less, of a property.

        Raises:
            InvalidTaskInputError: None of the neighbours will do.
        """
        number, smiles, near = row
        require_split(smiles, split, heldout)
        molecule = parse_smiles(smiles)
        prints = morgan(molecule)
        neighbours = [(other, parse_smiles(other)) for other in near if not heldout.forbids_answer(other)]
        similar = [pair for pair in neighbours if tanimoto(prints, morgan(pair[1])) >= LEAST_SIMILARITY]
        goals = list(self.config.goals)
        rng.shuffle(goals)
        for goal in goals:
            fit = [other for other, mol in similar if _reaches(molecule, mol, goal)]
            if not fit:
                continue
            written = write_variant(smiles, self.config.randomized, split, rng)
            draft = Draft(
                id=f"optimisation/{number}",
                task=TASK,
                task_input=TaskInput(molecule=written, text=goal.value),
                answer=align_smiles(rng.choice(fit), written),
                source=GENERATOR,
                licence=find_licence(self.config, self.licences).licence,
                split=split,
            )
            return [phrase_draft(draft, rng, self.config)]
        raise InvalidTaskInputError("no similar molecule has more or less of a property", value=smiles)


def _reaches(before: Chem.Mol, after: Chem.Mol, goal: Goal) -> bool:
    """Whether a molecule differs from another one as a goal asks."""
    aim = AIMS[goal.value]
    was, now = (float(compute_descriptor(aim.descriptor, mol).value) for mol in (before, after))
    return aim.sign * (now - was) >= aim.least

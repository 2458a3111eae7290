"""ChemIQ (Runcie et al. 2025): the kinds of its questions that are tasks here, asked as these tasks are.

Of its 816 questions 200 ask for the name of a molecule and 90 for the product of a reaction. The others (atom mapping,
shortest paths, counting, NMR, structure and activity) are free questions, which no task of a model stands for.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow.compute as pc

from anymol.chem.naming import name_molecule
from anymol.chem.parsing import canonicalize_smiles
from anymol.data.drafts import Draft, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows
from anymol.errors import DataError
from anymol.tasks.task import ReagentsState, TaskInput

FILE: Final = "chemiq.parquet"
NAMING: Final = "smiles_to_iupac"
REACTION: Final = "reaction"
_COLUMNS: Final = ("uuid", "question_category", "prompt", "answer")


@dataclass(frozen=True)
class ChemIQSource:
    """Questions of ChemIQ.

    Attributes:
        licences: Terms of the sources.
    """

    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (uuid, kind, prompt, answer) of the questions that tasks stand for, shuffled."""
        if split != "test":
            return iter(())
        table = origin.read(FILE, _COLUMNS)
        kept = table.filter(
            pc.or_(pc.equal(table["question_category"], NAMING), pc.equal(table["question_category"], REACTION))
        )
        return iterate_rows(origin.shuffled(kept, "chemiq"), _COLUMNS)

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the molecule that answers the question, or that it names."""
        return (row[3],)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask one question in the words of its task.

        Raises:
            DataError: The prompt is not of its kind's form.
            InvalidSmilesError: A molecule does not parse.
            MissingDependencyError: A name cannot be made: openclatura is not installed.
        """
        uuid, kind, prompt, answer = row
        licence = self.licences.find("chemiq").licence
        paragraphs = [one.strip() for one in prompt.split("\n\n")]
        if len(paragraphs) != 3:
            raise DataError("the prompt is not one sentence, one paragraph of molecules and one sentence", value=prompt)
        if kind == NAMING:
            task, asked = "molecule_to_name", TaskInput(molecule=canonicalize_smiles(paragraphs[1]))
            said = name_molecule(canonicalize_smiles(answer))
        else:
            reactants = ".".join(paragraphs[1].split("\n+\n"))
            task, said = "forward_reaction", canonicalize_smiles(answer)
            asked = TaskInput(reactants=canonicalize_smiles(reactants), reagents_state=ReagentsState.DROPPED)
        return [phrase_draft(Draft(f"chemiq/{uuid}", task, asked, said, f"chemiq:{kind}", licence, split), rng)]

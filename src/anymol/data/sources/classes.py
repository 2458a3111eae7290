"""MoleculeNet's sets of biological activity, as questions with yes or no, one per endpoint."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from rdkit.Chem import Descriptors

from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.data.config import ClassesConfig, ClassTask
from anymol.data.drafts import Draft, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.captions import GRAPH_ALONE
from anymol.data.sources.labels import read_labelled
from anymol.data.sources.molecules import write_variant
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows
from anymol.errors import DataError
from anymol.tasks.classes import CLINTOX_ENDPOINTS, NO, SIDER_ENDPOINTS, TOX21_ENDPOINTS, YES
from anymol.tasks.task import TaskInput

CLASS_COLUMNS: Final[Mapping[ClassTask, Mapping[str | None, str]]] = MappingProxyType(
    {
        ClassTask.BBBP: {None: "p_np"},
        ClassTask.BACE: {None: "class"},
        ClassTask.HIV: {None: "hiv_active"},
        ClassTask.CLINTOX: dict(CLINTOX_ENDPOINTS.items()),
        ClassTask.TOX21: dict(TOX21_ENDPOINTS.items()),
        ClassTask.SIDER: dict(SIDER_ENDPOINTS.items()),
    }
)
"""Set -> endpoint (None where there is one only) -> column."""


@dataclass(frozen=True)
class ClassesSource:
    """Examples of yes and no.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: ClassesConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, set, smiles, labels of its endpoints) of a split, set by set, each shuffled.

        The label of a molecule that a set has twice with different labels is None: nobody knows which is right.
        """
        for task in self.config.tasks:
            columns = list(CLASS_COLUMNS[task].values())
            table = read_labelled(origin, f"moleculenet_{task}.parquet", columns, split, self.config.max_smiles)
            names = ("row", "smiles", *columns)
            said: dict[tuple[str, int], set[int]] = {}
            for _, smiles, *labels in iterate_rows(table, names):
                for place, label in enumerate(labels):
                    if label is not None:
                        said.setdefault((smiles, place), set()).add(label)
            met: set[str] = set()
            for row, smiles, *labels in iterate_rows(origin.shuffled(table, f"{task}/{split}"), names):
                if smiles in met:
                    continue
                met.add(smiles)
                known = [said.get((smiles, place), set()) for place in range(len(labels))]
                yield row, task, smiles, tuple(next(iter(one)) if len(one) == 1 else None for one in known)

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the molecule."""
        return (row[2],)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask for every endpoint whose label is known.

        Raises:
            DataError: The molecule is a radical, which is a mistake of these sets, or has no label.
        """
        number, task, smiles, labels = row
        if Descriptors.NumRadicalElectrons(parse_smiles(smiles)):
            raise DataError("the molecule is written as a radical", value=smiles)
        licence = self.licences.find("moleculenet_*").licence
        made = []
        for (endpoint, column), label in zip(CLASS_COLUMNS[task].items(), labels, strict=True):
            if label is None:
                continue
            written = write_variant(canonicalize_smiles(smiles), self.config.randomized, split, rng)
            draft = Draft(
                f"{task}/{number}/{column}",
                task.value,
                TaskInput(molecule=written, text=endpoint),
                YES if label else NO,
                f"moleculenet:{task}",
                licence,
                split,
            )
            made.append(phrase_draft(draft, rng, self.config, graph_alone=GRAPH_ALONE))
        if not made:
            raise DataError("no label is known, or those of equal molecules disagree", value=smiles)
        return made

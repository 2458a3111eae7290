"""Molecules in any form a person has them; names that nobody else reads are guessed by the model where it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from anymol.errors import UserError, shorten
from anymol.inference.answers import Answer
from anymol.inference.scored import ScoredAnswer
from anymol.inference.sources.model import ModelSource
from anymol.inference.sources.source import Question
from anymol.readers.resolve import Molecule, MolType, WrittenForm, resolve_molecule
from anymol.tasks.descriptions import NAME_TO_MOLECULE
from anymol.tasks.task import TaskInput

_MAX_NAMES: Final = 10_000
"""Names whose reading is remembered."""


class Doubt(str):
    """A note on how a molecule was read that makes every answer about it doubtful."""

    __slots__ = ()


class MoleculeReader:
    """Reads molecules and remembers what the model said of names.

    Args:
        model: The model, which is loaded only where nothing else reads a name and the caller asks for its guess.
    """

    def __init__(self, model: ModelSource) -> None:
        self._model = model
        self._names: dict[str, ScoredAnswer | None] = {}

    def read(
        self, written: str, mol_type: MolType | None, charge: int | None = None, *, guess: bool = False
    ) -> tuple[str, str | None]:
        """Return the canonical SMILES of a text and, where it is not obvious, how it was understood.

        Args:
            written: The text.
            mol_type: What it is written in; None finds out.
            charge: Total charge, where it is a file of coordinates.
            guess: Whether the model guesses at a name that nothing else reads.

        Raises:
            UserError: Nothing reads it.
        """
        molecule = self.resolve(written, mol_type, charge, guess=guess)
        return molecule.smiles, describe_reading(molecule, written)

    def resolve(
        self, written: str, mol_type: MolType | None = None, charge: int | None = None, *, guess: bool = False
    ) -> Molecule:
        """Return the molecule that a text means; arguments as :meth:`read`.

        Raises:
            UserError: Nothing reads it.
        """
        return resolve_molecule(written, mol_type, self._read_name if guess else None, charge=charge)

    def resolve_as(
        self, mol_type: MolType | None, charge: int | None = None, *, guess: bool = False
    ) -> Callable[[str], tuple[str, str | None]]:
        """Return the reading of texts of one type, or of any where it is None; see :meth:`read`."""
        return lambda written: self.read(written, mol_type, charge, guess=guess)

    def _read_name(self, name: str) -> tuple[str, float]:
        """Return the model's guess at a name with its probability; no molecule where it has none."""
        best = self._guess(name)
        return ("", 0.0) if best is None else (str(best.value), best.probability or 0.0)

    def _guess(self, name: str) -> ScoredAnswer | None:
        if name not in self._names:
            if len(self._names) >= _MAX_NAMES:
                self._names.clear()
            question = Question(NAME_TO_MOLECULE, TaskInput(text=name))
            try:
                answers = self._model.answer(question, [self._model.encode(question)])[0].answers
            except UserError:
                answers = ()
            self._names[name] = answers[0] if answers else None
        return self._names[name]


def describe_reading(molecule: Molecule, written: str) -> str | None:
    """Return how a molecule was understood; None where a SMILES was read as what it is."""
    if molecule.origin is WrittenForm.SMILES and not molecule.notes and not molecule.doubts:
        return None
    said = f"'{shorten(written)}' was read as {molecule.smiles} ({molecule.origin.value})"
    if molecule.doubts:
        return Doubt(
            "; ".join((f"{said}, which is doubtful: {molecule.doubts[0]}", *molecule.doubts[1:], *molecule.notes))
        )
    return "; ".join((said, *molecule.notes))


def mark_doubtful(answers: Iterable[Answer], notes: Iterable[str]) -> tuple[Answer, ...]:
    """Return answers about molecules of which another may be meant, as the notes on their reading say.

    Args:
        answers: The answers.
        notes: How the molecules were understood.
    """
    doubts = tuple(note for note in notes if isinstance(note, Doubt))
    return tuple(replace(one, doubts=(*one.doubts, *doubts)) if doubts else one for one in answers)

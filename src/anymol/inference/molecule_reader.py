"""Molecules in any form a person has them; of names that nobody else reads, the model's own reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from anymol.errors import UnknownNameError, UserError, shorten
from anymol.inference.scored import ScoredAnswer
from anymol.inference.sources.model import ModelSource
from anymol.inference.sources.source import Question
from anymol.readers.resolve import Molecule, MolType, WrittenForm, resolve_molecule
from anymol.tasks.descriptions import NAME_TO_MOLECULE
from anymol.tasks.task import TaskInput

_MIN_PROBABILITY: Final = 0.5
"""A name that only the model can read is taken when the model is at least this sure, by its calibration."""

_MAX_NAMES: Final = 10_000
"""Names whose reading is remembered."""


class MoleculeReader:
    """Reads molecules and remembers what the model said of names.

    Args:
        model: The model, which is loaded only where nothing else reads a name.
    """

    def __init__(self, model: ModelSource) -> None:
        self._model = model
        self._names: dict[str, ScoredAnswer | None] = {}

    def read(self, written: str, mol_type: MolType | None, charge: int | None = None) -> tuple[str, str | None]:
        """Return the canonical SMILES of a text and, where it is not obvious, how it was understood.

        Args:
            written: The text.
            mol_type: What it is written in; None finds out.
            charge: Total charge, where it is a file of coordinates.

        Raises:
            UserError: Nothing reads it.
        """
        molecule = self.resolve(written, mol_type, charge)
        return molecule.smiles, describe_reading(molecule, written)

    def resolve(self, written: str, mol_type: MolType | None = None, charge: int | None = None) -> Molecule:
        """Return the molecule that a text means; arguments as :meth:`read`.

        Raises:
            UserError: Nothing reads it.
        """
        try:
            return resolve_molecule(written, mol_type, self._read_name, charge=charge)
        except UnknownNameError as error:
            raise self._mention_guess(written, error) from None

    def resolve_as(
        self, mol_type: MolType | None, charge: int | None = None
    ) -> Callable[[str], tuple[str, str | None]]:
        """Return the reading of texts of one type, or of any where it is None; see :meth:`read`."""
        return lambda written: self.read(written, mol_type, charge)

    def _read_name(self, name: str) -> tuple[str, float]:
        """Return the model's reading of a name with its probability; no molecule where the model is too unsure."""
        best = self._guess(name)
        if best is None or not best.calibrated or (best.probability or 0.0) < _MIN_PROBABILITY:
            return "", 0.0
        return str(best.value), best.probability or 0.0

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

    def _mention_guess(self, written: str, error: UnknownNameError) -> UnknownNameError:
        best = self._names.get(written.strip())
        if best is None:
            return error
        sure = f"probability {best.probability or 0.0:.2f}" + ("" if best.calibrated else ", not calibrated")
        guess = f"the model's own guess, {best.value}, is too unsure to go on with ({sure})"
        return UnknownNameError(error.message, value=error.input, hint="; ".join(filter(None, (error.hint, guess))))


def describe_reading(molecule: Molecule, written: str) -> str | None:
    """Return how a molecule was understood; None where a SMILES was read as what it is."""
    if molecule.origin is WrittenForm.SMILES and not molecule.notes:
        return None
    said = f"'{shorten(written)}' was read as {molecule.smiles} ({molecule.origin.value})"
    return "; ".join((said, *molecule.notes))

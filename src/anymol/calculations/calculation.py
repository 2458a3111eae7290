"""A calculation is a value: which words ask for it, what it takes, what computes it and by which method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from importlib.metadata import version
from typing import Any, Final

import rdkit
from rdkit import Chem

from anymol.calculations.formulas import Species, is_formula, read_formula
from anymol.chem.parsing import parse_smiles, remove_atom_maps
from anymol.errors import InvalidTaskInputError, UserError
from anymol.version import __version__

Scalar = str | float | int
"""A value or a part of one."""


class Takes(StrEnum):
    """What a calculation is about."""

    ONE = "one molecule"
    TWO = "two molecules"
    SEVERAL = "several molecules"
    TEXT = "text"

    @property
    def least(self) -> int:
        """Fewest molecules."""
        return {Takes.ONE: 1, Takes.TWO: 2, Takes.SEVERAL: 2, Takes.TEXT: 0}[self]

    @property
    def most(self) -> int | None:
        """Most molecules; None where any number will do."""
        return {Takes.ONE: 1, Takes.TWO: 2, Takes.SEVERAL: None, Takes.TEXT: None}[self]


class Gives(StrEnum):
    """What kind of value a calculation gives."""

    NUMBER = "number"
    TEXT = "text"
    MOLECULE = "molecule"


class Program(StrEnum):
    """Who computes."""

    RDKIT = "RDKit"
    ANYMOL = "anymol"
    SELFIES = "selfies"

    @property
    def version(self) -> str:
        """The version that is installed here."""
        match self:
            case Program.RDKIT:
                return str(rdkit.__version__)
            case Program.ANYMOL:
                return __version__
            case Program.SELFIES:
                return version("selfies")


@dataclass(frozen=True)
class Subject:
    """A molecule that a calculation is about.

    Attributes:
        smiles: Its SMILES. Atoms are counted in the order in which it is written.
        name: What the question calls it; empty where it is given by its SMILES alone.
        formula: Its formula, where nothing else is known of it; then there is no SMILES.
        is_certain: Whether it is known which molecule is meant; bonds that were perceived from coordinates, and names
            of several compounds, leave that open.
        notes: How it was understood, in sentences; they stand before those of each result.
    """

    smiles: str
    name: str = ""
    formula: Species | None = None
    is_certain: bool = True
    notes: tuple[str, ...] = ()

    @classmethod
    def from_formula(cls, text: str) -> Subject:
        """Return a substance of which only the formula is known; its mass and composition follow from that.

        Raises:
            UserError: It is not a formula.
        """
        species = read_formula(text)[0]
        if not is_formula(text):
            raise UserError("this is a SMILES with a slip, and not a formula", value=text, hint="check its valences")
        return cls("", text, species)

    @cached_property
    def mol(self) -> Chem.Mol:
        """The molecule, atom maps removed.

        Raises:
            InvalidSmilesError: The SMILES does not parse, or is empty.
            UserError: Only a formula is known.
        """
        if self.formula is not None:
            raise UserError(
                f"{self.formula.text} is a formula, which many structures share",
                value=self.formula.text,
                hint="give the name or the SMILES",
            )
        return remove_atom_maps(parse_smiles(self.smiles))

    @property
    def shown(self) -> str:
        """What a sentence calls it."""
        return self.name or self.smiles


@dataclass(frozen=True)
class Inquiry:
    """What a calculation is asked.

    Attributes:
        subjects: The molecules, in the order in which they are named.
        text: The question's own words, where something besides molecules counts: an adduct, a property, amounts.
    """

    subjects: tuple[Subject, ...] = ()
    text: str = ""

    @property
    def mol(self) -> Chem.Mol:
        """The only molecule."""
        return self.subjects[0].mol

    @property
    def shown(self) -> str:
        """What a sentence calls the only molecule."""
        return self.subjects[0].shown

    @property
    def words(self) -> str:
        """The text without the names of its molecules: carbon tetrachloride asks for no carbon."""
        text = self.text
        for subject in self.subjects:
            if subject.name:
                text = text.replace(subject.name, " ")
        return text


@dataclass(frozen=True)
class Part:
    """One line of a result that has several: an element, a peak, a stereocentre, a molecule in a ranking.

    Attributes:
        label: What it is.
        value: Its value.
        unit: Its unit; None for pure numbers and texts.
        atoms: Indices of its atoms in the SMILES of the molecule, counted from 0; empty where it is not about atoms.
    """

    label: str
    value: Scalar
    unit: str | None = None
    atoms: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        shown: dict[str, Any] = {"label": self.label, "value": self.value}
        if self.unit is not None:
            shown["unit"] = self.unit
        if self.atoms:
            shown["atoms"] = list(self.atoms)
        return shown


@dataclass(frozen=True)
class Result:
    """What a calculation found.

    Attributes:
        value: The value.
        text: The value as it is printed, without its unit.
        statement: One sentence that answers the question.
        unit: Its unit; None for pure numbers, texts and molecules.
        parts: Lines of a result that has several.
        notes: What else must be known: other readings, other definitions, doubts.
        smiles: SMILES in which the atoms of the parts are counted; empty where no part is about atoms.
        name: Name of the calculation; filled in by :meth:`Calculation.run`, as are the rest.
        gives: Kind of the value, where it is not the one that the calculation gives in general.
        method: How it was computed.
        program: Who computed it.
        exact: Whether it is right by definition and not by a model or convention of the program, and it is certain
            which molecules are meant.
    """

    value: Scalar
    text: str
    statement: str
    unit: str | None = None
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    smiles: str = ""
    name: str = ""
    gives: Gives | None = None
    method: str = ""
    program: Program = Program.RDKIT
    exact: bool = False

    @property
    def shown(self) -> str:
        """The value with its unit."""
        return f"{self.text} {self.unit}" if self.unit else self.text

    def __str__(self) -> str:
        certainty = "exact" if self.exact else "computed"
        lines = [f"{self.statement}  ({certainty}; {self.program} {self.program.version}, {self.method})"]
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        shown: dict[str, Any] = {"name": self.name, "value": self.value, "text": self.text}
        if self.unit is not None:
            shown["unit"] = self.unit
        shown["statement"] = self.statement
        shown["exact"] = self.exact
        shown["program"] = f"{self.program} {self.program.version}, {self.method}"
        if self.parts:
            shown["parts"] = [part.to_json() for part in self.parts]
        if self.smiles:
            shown["smiles"] = self.smiles
        if self.notes:
            shown["notes"] = list(self.notes)
        return shown


def make_number(
    digits: str, unit: str, statement: str, notes: tuple[str, ...] = (), parts: tuple[Part, ...] = ()
) -> Result:
    """Return the result of a calculation that gives texts in general and a number here."""
    return Result(float(digits), digits, statement, unit=unit, parts=parts, notes=notes, gives=Gives.NUMBER)


@dataclass(frozen=True)
class Example:
    """A question, and what it is about.

    Attributes:
        question: In plain words.
        molecules: SMILES of the molecules it is about.
        answer: The text of the result.
    """

    question: str
    molecules: tuple[str, ...]
    answer: str


@dataclass(frozen=True)
class Calculation:
    """Something that a program answers.

    Attributes:
        name: Public name, in snake case.
        title: What a person calls the result.
        words: Phrases that name it in a question, in lower case and the singular; a blank matches a hyphen too.
        takes: What it is about.
        gives: Kind of its value.
        method: How it is computed, as it is named beside the value.
        compute: The computation; raises `UserError` where there is no answer.
        example: A question and its answer.
        unit: Unit of a number; None for pure numbers, texts and molecules.
        exact: Whether the result is right by definition: counts, formulas, conversions. What rests on a model, a
            convention of a program or measured constants is not.
        program: Who computes it.
        task: Name of the task that asks a model for the same quantity; None where there is none.
        least: Fewest molecules, where that is not what it takes in general: a second one may be named in words.
    """

    name: str
    title: str
    words: tuple[str, ...]
    takes: Takes
    gives: Gives
    method: str
    compute: Callable[[Inquiry], Result]
    example: Example
    unit: str | None = None
    exact: bool = False
    program: Program = Program.RDKIT
    task: str | None = None
    least: int | None = None

    @property
    def fewest(self) -> int:
        """Fewest molecules that it takes."""
        return self.takes.least if self.least is None else self.least

    def run(self, inquiry: Inquiry) -> Result:
        """Return the result.

        Raises:
            InvalidTaskInputError: There are fewer or more molecules than it takes.
            UserError: A molecule is wrong, or has no such property.
        """
        self._require_molecules(inquiry)
        found = self.compute(inquiry)
        said = [note for subject in inquiry.subjects for note in subject.notes]
        return replace(
            found,
            name=self.name,
            unit=found.unit or self.unit,
            gives=found.gives or self.gives,
            method=found.method or self.method,
            program=self.program,
            exact=self.exact and all(subject.is_certain for subject in inquiry.subjects),
            notes=tuple(dict.fromkeys((*said, *found.notes))),
        )

    def _require_molecules(self, inquiry: Inquiry) -> None:
        given, takes = len(inquiry.subjects), self.takes
        if given < self.fewest or (takes.most is not None and given > takes.most):
            raise InvalidTaskInputError(
                f"{self.name} takes {takes}, {given} {'is' if given == 1 else 'are'} given",
                value=", ".join(subject.shown for subject in inquiry.subjects) or None,
                hint=f"for example: {self.example.question}",
            )
        for subject in inquiry.subjects:
            if subject.formula is None:
                _ = subject.mol  # an invalid or empty one is refused before anything is computed


_OPEN: Final = Chem.MolFromSmarts("[#0]")


def require_complete(subject: Subject) -> Chem.Mol:
    """Return the molecule of a subject, if no residue of it is left open.

    Raises:
        UserError: It holds ``*``: what stands for any residue weighs nothing and has no properties.
    """
    mol = subject.mol
    if mol.HasSubstructMatch(_OPEN):
        raise UserError(
            "the structure leaves a residue open (* or R)", value=subject.smiles, hint="write out what stands there"
        )
    return mol

"""A task is a value: how it is asked, how its answer is read, scored and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from anymol.metrics.metric import Metric
from anymol.modalities.content import RecordPart

Value = str | float | int
"""A parsed answer: a canonical SMILES (dot-joined for mixtures), a reaction SMILES, a number, or a text."""


class ReagentsState(StrEnum):
    """What a reaction's record says of its reagents."""

    SEPARATED = "separated"
    MIXED = "mixed"
    DROPPED = "dropped"


class AnswerKind(StrEnum):
    """What kind of thing a task answers with."""

    MOLECULE = "molecule"
    MIXTURE = "mixture"
    REACTION = "reaction"
    NUMBER = "number"
    TEXT = "text"


class Slot(StrEnum):
    """A named hole in a phrasing, filled from the field of :class:`TaskInput` of the same name."""

    MOLECULE = "molecule"
    REACTANTS = "reactants"
    REAGENTS = "reagents"
    PRODUCTS = "products"
    TEXT = "text"
    FORMULA = "formula"


@dataclass(frozen=True)
class TaskInput:
    """What a task is asked about. Molecules are SMILES, dot-joined where there are several, or records, or both.

    Attributes:
        molecule: The molecule asked about.
        reactants: Reactants of a reaction (with its reagents, where `reagents_state` is mixed).
        reagents: Reagents of a reaction; empty where none are recorded.
        products: Products of a reaction.
        text: The free part: a name, an edit, a specification, a question.
        formula: Molecular formula of the molecule asked about.
        reagents_state: What the record of the reaction says of its reagents; None where the task does not ask.
        records: Graphs, geometries, pictures and spectra of a slot's molecules, in the order in which they are shown.
    """

    molecule: str | None = None
    reactants: str | None = None
    reagents: str | None = None
    products: str | None = None
    text: str | None = None
    formula: str | None = None
    reagents_state: ReagentsState | None = None
    records: Mapping[Slot, tuple[RecordPart, ...]] = field(default_factory=dict, hash=False)

    def get(self, slot: Slot) -> str | None:
        """Return the written content of one slot."""
        return {
            Slot.MOLECULE: self.molecule,
            Slot.REACTANTS: self.reactants,
            Slot.REAGENTS: self.reagents,
            Slot.PRODUCTS: self.products,
            Slot.TEXT: self.text,
            Slot.FORMULA: self.formula,
        }[slot]


@dataclass(frozen=True)
class Check:
    """One thing that was checked about an answer.

    Attributes:
        name: What was checked, in snake case, for example ``atoms_available``.
        passed: Whether it held; None where it could not be decided.
        detail: One sentence with the figures.
    """

    name: str
    passed: bool | None
    detail: str


def say_unwritten(name: str, part: str) -> Check:
    """Return an undecided check that needs a part of the question which is shown by records, not written."""
    return Check(name, None, f"the {part} of the question is shown, not written: there is nothing to compare with")


@dataclass(frozen=True)
class Computed:
    """An exact value from a program.

    Attributes:
        value: The value.
        program: The program and method, for example ``RDKit 2026.09.1, Crippen LogP``.
    """

    value: Value
    program: str


@dataclass(frozen=True)
class Task:
    """One thing anymol can be asked.

    Attributes:
        name: Public name, in snake case.
        version: Raised whenever prompt, parsing or scoring changes.
        family: One of ``mol2mol``, ``mol2num``, ``mol2text``, ``text2mol``, ``record2mol``.
        summary: One sentence for the user.
        required: Slots that must be filled.
        optional: Slots that may be filled.
        answer: Kind of the answer.
        phrasings: At least six ways to ask, with ``{slot}`` holes.
        parse: Text of a model's answer -> value; raises `UnreadableAnswerError`.
        metrics: How answers are scored against references; the first is the headline.
        verify: Chemistry checks of a value against the input.
        example: An input and its answer, shown by ``anymol tasks``.
        unit: Unit of a number.
        compute: Exact computation, where a program defines the answer.
        keywords: Words that point a free question at this task.
        screened: Whether inputs and answers are matched against scheduled chemical weapons.
        round_trip: Task whose answer, asked about this answer, must give this input back.
    """

    name: str
    version: int
    family: str
    summary: str
    required: tuple[Slot, ...]
    answer: AnswerKind
    phrasings: tuple[str, ...]
    parse: Callable[[str], Value]
    metrics: tuple[Metric, ...]
    verify: Callable[[TaskInput, Value], tuple[Check, ...]]
    example: tuple[TaskInput, Value]
    optional: tuple[Slot, ...] = ()
    unit: str | None = None
    compute: Callable[[TaskInput], Computed] | None = None
    keywords: tuple[str, ...] = ()
    screened: bool = False
    round_trip: str | None = None
    suffixes: Mapping[ReagentsState, str] = field(default_factory=dict)
    """Sentence appended to a phrasing for each state of the reagents."""
    where_given: Mapping[Slot, str] = field(default_factory=dict)
    """Sentence appended to a phrasing where an optional slot is filled."""
    hides_notation: bool = False
    """Whether molecules are shown as records only: their notation is the answer."""
    asks_missing: bool = False
    """Whether exactly one part of its reaction is empty: that part is the answer."""
    open_ended: bool = False
    """Whether many answers are right: then one that its checks decide and pass is right, whatever the reference."""
    tidy_text: Callable[[str], str] | None = None
    """A person's wording of the text slot -> the wording that training examples use; None where any wording will do."""

    def __post_init__(self) -> None:
        if len(set(self.phrasings)) < 6:
            raise ValueError(f"task {self.name} needs at least six phrasings")
        if not self.metrics:
            raise ValueError(f"task {self.name} has no metric")
        for phrasing in self.phrasings:
            for slot in self.required:
                if "{" + slot.value + "}" not in phrasing:
                    raise ValueError(f"a phrasing of {self.name} lacks {{{slot.value}}}: {phrasing!r}")

"""A task is a value: how it is asked, how its answer is read, scored and checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from anymol.metrics.metric import Metric
from anymol.modalities.content import RecordPart, Role
from anymol.modalities.modality import Modality
from anymol.tasks.evidence import Evidence, PlaceEvidence

if TYPE_CHECKING:
    from anymol.tasks.mentions import Mentions, Wording

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
    CLASS = "class"


STRUCTURES = frozenset({AnswerKind.MOLECULE, AnswerKind.MIXTURE, AnswerKind.REACTION})
"""Kinds of answers whose value is a notation: they are found as a list of candidates, checked and drawn."""


class Baseline(StrEnum):
    """A way to answer without a model; :mod:`anymol.evaluation.baselines` knows how."""

    MOST_FREQUENT = "most frequent training answer"
    MEAN = "mean of the training answers"
    MEDIAN = "median of the training answers"
    LARGEST_REACTANT = "copy the largest reactant"
    COPY_PRODUCT = "copy the product"
    COPY_INPUT = "copy the molecule"
    MASS = "training molecule of the same formula or nearest mass"
    NEAREST = "answer of the most similar training molecule"

    @property
    def trivial(self) -> bool:
        """Whether beating it is the least that is asked; a neighbour search is shown for comparison only."""
        return self is not Baseline.NEAREST

    @property
    def learns(self) -> bool:
        """Whether it answers from training rows: without any it has nothing to say."""
        return self not in (Baseline.LARGEST_REACTANT, Baseline.COPY_PRODUCT, Baseline.COPY_INPUT)


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
        transformation: The reaction that is done, as a question names it in words; empty where none is named.
        start: What a product shall be made from, as SMILES; empty where that is open.
        records: Graphs, geometries, pictures and spectra of a slot's molecules, in the order in which they are shown.
        files: Paths of the files that a slot's records were read from, as given, one per record; they are evidence and
            change no answer.
    """

    molecule: str | None = None
    reactants: str | None = None
    reagents: str | None = None
    products: str | None = None
    text: str | None = None
    formula: str | None = None
    reagents_state: ReagentsState | None = None
    transformation: str = ""
    start: str = ""
    records: Mapping[Slot, tuple[RecordPart, ...]] = field(default_factory=dict, hash=False)
    files: Mapping[Slot, tuple[str, ...]] = field(default_factory=dict, hash=False, compare=False)

    def list_places(self, slot: Slot, wanted: Collection[Modality]) -> tuple[PlaceEvidence, ...]:
        """Return where the records of some modalities stand: the file, and the how manieth of its modality it is."""
        places: list[PlaceEvidence] = []
        counts: Counter[Modality] = Counter()
        parts = self.records.get(slot, ())
        # Records that were taken out leave paths behind that belong to no one.
        files = self.files.get(slot, ())
        for place, part in enumerate(parts):
            counts[part.modality] += 1
            if part.modality in wanted:
                file = files[place] if len(files) == len(parts) else None
                places.append(PlaceEvidence(f"{part.modality} {counts[part.modality]}", file))
        return tuple(places)

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
    """A value from a program.

    Attributes:
        value: The value.
        program: The program and method, for example ``RDKit 2026.09.1, Crippen LogP``.
        evidence: What it rests on.
        notes: What else must be known of it.
        doubts: Why another value may be meant, in sentences.
        others: The other values that may be meant, where they are known.
    """

    value: Value
    program: str
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    others: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Task:
    """One thing anymol can be asked.

    Attributes:
        name: Public name, in snake case.
        version: Raised whenever prompt, parsing or scoring changes.
        family: One of ``mol2mol``, ``mol2num``, ``mol2class``, ``mol2text``, ``text2mol``, ``record2mol``.
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
        decimals: Decimals that a number is written with.
        compute: Computation, where a program defines the answer; raises `UserError` where it cannot.
        cues: Patterns that point a free question at this task, each with a weight between 0 and 1. The question is in
            lower case, with a sign for each molecule that it gives; :mod:`anymol.tasks.routing` adds the weights up.
        words: Words of a free question that it understands beside those of its phrasings: lower case, no endings. It
            does not answer a question in which another word asks for something.
        find_mentions: What a free question says of this task's slots; None where it is the molecule asked about.
        screened: Whether its structures are matched against scheduled chemical weapons; only a task that says what a
            given name, picture or spectrum is goes without.
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
    decimals: int = 2
    compute: Callable[[TaskInput], Computed] | None = None
    cues: tuple[tuple[str, float], ...] = ()
    words: str = ""
    find_mentions: Callable[[Wording], Mentions] | None = None
    is_request: Callable[[Wording], bool] | None = None
    """Whether a free question is, as a whole, a request that this task can read; None where only cues point at it."""
    screened: bool = True
    round_trip: str | None = None
    suffixes: Mapping[ReagentsState, str] = field(default_factory=dict)
    """Sentence appended to a phrasing for each state of the reagents."""
    where_given: Mapping[Slot, str] = field(default_factory=dict)
    """Sentence appended to a phrasing where an optional slot is filled."""
    reads: tuple[Modality, ...] = ()
    """What its molecules may be shown as where their notation is the answer; empty where they may be written."""
    asks_missing: bool = False
    """Whether exactly one part of its reaction is empty: that part is the answer."""
    open_ended: bool = False
    """Whether many answers are right: then one that its checks decide and pass is right, whatever the reference."""
    tidy_text: Callable[[str], str] | None = None
    """A person's wording of the text slot -> the wording that training examples use; None where any wording will do."""
    choices: tuple[str, ...] = ()
    """What its text slot may hold, where that is one of a list: a method, an endpoint; empty where any text will do."""
    default_choice: str | None = None
    """The choice that is meant where a person names none; its answers say it. None where one must be named."""
    labels: tuple[str, ...] = ()
    """The answers of which one is right, where the answer is a class; the first is the one that is looked for."""
    by_name_only: bool = False
    """Whether free questions never find it: its text is a question itself, which would be taken for another task's."""
    describes_answer: bool = False
    """Whether its free text describes the answer in words that are not cues: 'LogP 1 to 3' does not ask for a LogP."""
    answer_role: Role = Role.MOLECULE
    """The part that the molecules of its answer play; where exactly one part is missing, they play that part."""
    baselines: tuple[Baseline, ...] = ()
    """Trivial baselines beside those of its kind of answer."""
    costly_checks: bool = False
    """Whether checking an answer takes seconds, so that an evaluation leaves it to the reference."""

    @property
    def recognises(self) -> bool:
        """Whether the notation of its molecules is the answer, so that they are shown as records and never written."""
        return bool(self.reads)

    def __post_init__(self) -> None:
        if len(set(self.phrasings)) < 6:
            raise ValueError(f"task {self.name} needs at least six phrasings")
        if self.choices and Slot.TEXT not in self.required:
            raise ValueError(f"task {self.name} has choices for a text that it does not ask for")
        if self.default_choice is not None and self.default_choice not in self.choices:
            raise ValueError(
                f"task {self.name} takes '{self.default_choice}' for granted, which is none of its choices"
            )
        if (self.answer is AnswerKind.CLASS) != (len(set(self.labels)) >= 2):
            raise ValueError(f"task {self.name} answers with a class: it needs two labels, and no other task has any")
        if not self.metrics:
            raise ValueError(f"task {self.name} has no metric")
        for phrasing in self.phrasings:
            for slot in self.required:
                if "{" + slot.value + "}" not in phrasing:
                    raise ValueError(f"a phrasing of {self.name} lacks {{{slot.value}}}: {phrasing!r}")

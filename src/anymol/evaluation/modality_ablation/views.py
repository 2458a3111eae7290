"""What a question shows of its molecules: its name in reports, and the same question with less of it shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from anymol.data.example import InstructionExample
from anymol.errors import ConfigError
from anymol.modalities.content import MoleculePart, Part, RecordPart, Role, TextPart
from anymol.modalities.modality import Modality
from anymol.tasks.prompt import ROLES
from anymol.tasks.task import Task, TaskInput

NOTATION: Final = "smiles"
"""How a person names the notation, whichever a model reads."""

OTHERS: Final = "others"
"""How a person asks for the records of other molecules."""


@dataclass(frozen=True)
class ModalityView:
    """What is shown of the molecules that a task asks about.

    Attributes:
        notation: Whether they are written.
        modalities: What they are shown in beside, or instead, in the order of :class:`Modality`.
        of_others: Whether the records are those of another row's molecules: the control that tells whether what they
            say matters, or only that they are there.
    """

    notation: bool
    modalities: tuple[Modality, ...]
    of_others: bool = False

    def __post_init__(self) -> None:
        if not (self.notation or self.modalities):
            raise ConfigError("nothing would be shown", hint=f"for example {NOTATION},ms2")
        if self.of_others and not self.modalities:
            raise ConfigError("no record is named that other molecules could lend", hint=f"{NOTATION},ms2,{OTHERS}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``smiles``, ``ms2``, ``smiles,ms2,ir`` or ``smiles,ms2,others``.

        Raises:
            ConfigError: A word is unknown or stands twice, or nothing would be shown.
        """
        words = [word.strip() for word in text.split(",")]
        known = (NOTATION, *(modality.value for modality in Modality), OTHERS)
        for word in words:
            if word not in known:
                raise ConfigError("a molecule cannot be shown so", value=word, hint=f"known: {', '.join(known)}")
        if len(set(words)) < len(words):
            raise ConfigError("the same is shown twice", value=text)
        return cls(NOTATION in words, tuple(one for one in Modality if one in words), OTHERS in words)

    @property
    def name(self) -> str:
        """Its name in reports: ``smiles + ms2``, ``smiles + ms2 of others``."""
        return " + ".join([NOTATION] * self.notation + list(self.modalities)) + f" of {OTHERS}" * self.of_others


def show_as(example: InstructionExample, task: Task, shown: ModalityView) -> InstructionExample | None:
    """Return a question that shows only so much of the molecules that its task requires.

    What the task does not require, such as the reagents of a reaction, stays as it is, and so does every word.
    Nothing is made anew: what shall be shown must be there.

    Args:
        example: A question that shows its molecules in several ways.
        task: Its task.
        shown: What is left of them.

    Returns:
        The question, or None where one of its molecules lacks the notation or a record.
    """
    roles = {ROLES[slot] for slot in task.required if slot in ROLES}
    parts = [part for message in example.messages for part in message.parts]
    if any(not _holds(parts, role, shown) for role in roles) or not roles:
        return None

    def is_kept(part: Part) -> bool:
        kind = _name_kind(part)
        return (
            kind is None
            or _role(part) not in roles
            or (shown.notation if kind == NOTATION else kind in shown.modalities)
        )

    messages = tuple(replace(one, parts=tuple(filter(is_kept, one.parts))) for one in example.messages)
    return replace(example, messages=messages)


def lend_records(examples: Sequence[InstructionExample | None], task: Task) -> list[InstructionExample | None]:
    """Return each question with the records of another one's molecules instead of its own.

    The lender is the next question that shows as many molecules in the same way; a notation stays. Which molecules
    play which part stays too: a product's spectrum takes the place of a product's.

    Args:
        examples: Questions, None where there is none.
        task: Their task.

    Returns:
        As many; None where nobody else shows the like.
    """
    roles = {ROLES[slot] for slot in task.required if slot in ROLES}
    alike: dict[tuple[tuple[Role | None, str | None], ...], list[int]] = {}
    for place, example in enumerate(examples):
        if example is not None:
            alike.setdefault(tuple((_role(one), _name_kind(one)) for one in _records(example, roles)), []).append(place)
    lent: list[InstructionExample | None] = [None] * len(examples)
    for places in alike.values():
        if len(places) > 1:
            for place, lender in zip(places, [*places[1:], places[0]], strict=True):
                borrower, other = examples[place], examples[lender]
                assert borrower is not None and other is not None
                parts = iter(_records(other, roles))
                lent[place] = replace(
                    borrower,
                    messages=tuple(
                        replace(
                            one, parts=tuple(next(parts) if _is_record(part, roles) else part for part in one.parts)
                        )
                        for one in borrower.messages
                    ),
                )
    return lent


def _records(example: InstructionExample, roles: Collection[Role]) -> list[Part]:
    """Return the graphs and records of the molecules that play some parts, in reading order."""
    return [part for message in example.messages for part in message.parts if _is_record(part, roles)]


def _is_record(part: Part, roles: Collection[Role]) -> bool:
    return isinstance(part, RecordPart) and part.role in roles


def _holds(parts: list[Part], role: Role, shown: ModalityView) -> bool:
    """Tell whether all molecules of a role are there in every way that shall be shown."""
    mine = [part for part in parts if _role(part) is role]
    counts = Counter(_name_kind(part) for part in mine)
    # Where nothing is written, the most that any modality shows is taken for all.
    written = sum(part.smiles.count(".") + 1 for part in mine if isinstance(part, MoleculePart))
    n_molecules = written or max(counts.values(), default=1)
    return (counts[NOTATION] > 0 or not shown.notation) and all(counts[one] == n_molecules for one in shown.modalities)


def _role(part: Part) -> Role | None:
    return None if isinstance(part, TextPart) else part.role


def _name_kind(part: Part) -> str | None:
    """Return how a part shows a molecule; None where it is text."""
    match part:
        case MoleculePart():
            return NOTATION
        case RecordPart():
            return part.modality
        case TextPart():
            return None


def name_shown(example: InstructionExample, asked: TaskInput) -> str:
    """Return what an example shows, as ``image``, ``notation + graph`` or ``ms2 + formula``."""
    kinds = [_name_kind(part) for message in example.messages for part in message.parts]
    found = ["notation" if kind == NOTATION else kind for kind in kinds if kind is not None]
    names = list(dict.fromkeys(found)) + (["formula"] if asked.formula else [])
    return " + ".join(names) or "text"

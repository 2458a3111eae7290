"""A free question with what is given beside it, as it is judged."""

from __future__ import annotations

from dataclasses import dataclass

from anymol.chem.names import find_name
from anymol.chem.reaction import is_reaction
from anymol.modalities.content import Role
from anymol.tasks.question.clauses import Clauses, split_clauses
from anymol.tasks.question.intents import find_role
from anymol.tasks.question.mention import Mention, MentionKind, show_signs
from anymol.tasks.question.notations import parses
from anymol.tasks.question.reading import Reading, read_question


@dataclass(frozen=True)
class Case:
    """A question with what is given beside it.

    Attributes:
        reading: What the question contains.
        clauses: The part of it that asks, and the rest; signs tell how each molecule is written.
        role: The part of a reaction that it asks for.
        beside: How many molecules are given beside it.
        has_reaction: Whether a reaction is given, in the question or beside it.
        has_record: Whether a drawing, spectrum, geometry or graph is given beside it.
    """

    reading: Reading
    clauses: Clauses
    role: Role | None
    beside: int
    has_reaction: bool
    has_record: bool

    @property
    def asked(self) -> str:
        """The part that asks, with one sign for every molecule."""
        return show_signs(self.clauses.asked)

    @property
    def before(self) -> str:
        """What clauses of the sentences that ask tell beforehand, with one sign for every molecule."""
        return show_signs(self.clauses.before)

    @property
    def told(self) -> str:
        """What it tells beforehand, with one sign for every molecule."""
        return show_signs(self.clauses.told)

    @property
    def molecules(self) -> int:
        """How many molecules are given, in the question and beside it."""
        return self.beside + len(self.reading.mentions)

    @property
    def has_molecule(self) -> bool:
        """Whether a molecule is given, in the question or beside it."""
        return bool(self.reading.mentions) or self.is_given_beside

    @property
    def is_given_beside(self) -> bool:
        """Whether what the question is about is given beside it."""
        return bool(self.beside or self.has_record or self.has_reaction)

    @property
    def writes_structure(self) -> bool:
        """Whether the question writes a molecule or a reaction as a notation."""
        return bool(self.reading.list_kind(MentionKind.NOTATION, MentionKind.REACTION))

    @property
    def only_record(self) -> bool:
        """Whether a record is all that is given beside it."""
        return self.has_record and not self.beside

    @property
    def asks_about_name(self) -> bool:
        """Whether all that is given is one name."""
        kinds = [mention.kind for mention in self.reading.mentions]
        return kinds in ([MentionKind.NAME], [MentionKind.STRANGE]) and not (self.beside or self.has_record)

    @property
    def is_strange(self) -> bool:
        """Whether all that the question may be about is a word that nothing knows."""
        kinds = {mention.kind for mention in self.reading.mentions}
        return kinds == {MentionKind.STRANGE} and not self.is_given_beside

    @property
    def is_formula(self) -> bool:
        """Whether all that is given is a molecular formula that no dictionary has, or that would be read as SMILES."""
        mentions = self.reading.mentions
        return bool(mentions) and all(map(_is_formula, mentions)) and not self.is_given_beside


def _is_formula(mention: Mention) -> bool:
    return mention.kind is MentionKind.FORMULA and (find_name(mention.text) is None or parses(mention.text))


def open_case(question: str, beside: int, *, has_reaction: bool, has_record: bool) -> Case:
    """Return a question, read, with what is given beside it.

    Args:
        question: The question.
        beside: How many molecules are given beside it.
        has_reaction: Whether a reaction is given beside it.
        has_record: Whether a drawing, spectrum, geometry or graph is given beside it.
    """
    reading = read_question(question, given=bool(beside or has_reaction or has_record))
    clauses = split_clauses(reading.words)
    writes_reaction = any(is_reaction(one) for one in reading.list_kind(MentionKind.REACTION))
    return Case(reading, clauses, find_role(clauses.asked), beside, has_reaction or writes_reaction, has_record)

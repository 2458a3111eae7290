"""Answers of the table of calculations: what programs know of molecules, amounts and equations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from anymol.calculations.asking import Request
from anymol.calculations.calculate import as_subject
from anymol.calculations.calculation import Calculation, Gives, Inquiry, Result, Subject, Takes
from anymol.calculations.mentions import Mention, MentionKind
from anymol.calculations.table import get_calculation
from anymol.errors import AnyMolError, InvalidTaskInputError, UserError
from anymol.inference.agreement import flatten
from anymol.inference.answers import Answer, Method
from anymol.inference.molecule_reader import MoleculeReader, describe_reading
from anymol.readers.resolve import Molecule, MolType, WrittenForm
from anymol.tasks.evidence import ProgramEvidence
from anymol.tasks.task import AnswerKind

_KINDS: Final = {
    Gives.NUMBER: AnswerKind.NUMBER,
    Gives.TEXT: AnswerKind.TEXT,
    Gives.MOLECULE: AnswerKind.MOLECULE,
}


@dataclass(frozen=True)
class Calculated:
    """What the calculations of one question found.

    Attributes:
        answers: One per calculation, and per molecule where it takes one and several are named.
        subjects: The molecules, in the order in which they are named.
        notes: How the molecules were understood, and what could not be computed.
    """

    answers: tuple[Answer, ...]
    subjects: tuple[Subject, ...]
    notes: tuple[str, ...] = ()


class Calculations:
    """The table of calculations as a source: it is asked before all others.

    Args:
        molecules: Reads the names and notations of a question.
    """

    method = Method.COMPUTED

    def __init__(self, molecules: MoleculeReader) -> None:
        self._molecules = molecules

    def answer(self, request: Request, given: Sequence[Subject], mol_type: MolType | None = None) -> Calculated:
        """Answer a question.

        Args:
            request: What it asks; its molecules are read even where it asks for no calculation.
            given: Molecules given beside it.
            mol_type: What the molecules in it are written in; None finds out.

        Raises:
            InvalidTaskInputError: It speaks of molecules that are not given.
            UserError: A molecule is wrong, or nothing that is asked can be computed.
        """
        subjects, notes = self._gather(request, given, mol_type)
        answers: list[Answer] = []
        errors: list[AnyMolError] = []
        for name in request.calculations:
            calculation = get_calculation(name)
            for inquiry in _split(calculation, subjects, request.text):
                try:
                    answers.append(write_answer(calculation.run(inquiry)))
                except UserError as error:
                    errors.append(error)
                    notes.append(f"{calculation.title}: {error}")
        if errors and not answers:
            raise errors[0]
        return Calculated(tuple(answers), tuple(subjects), tuple(notes))

    def _gather(
        self, request: Request, given: Sequence[Subject], mol_type: MolType | None
    ) -> tuple[list[Subject], list[str]]:
        """Return the molecules of a question in the order in which it speaks of them."""
        calculations = [get_calculation(name) for name in request.calculations]
        if calculations and all(one.takes is Takes.TEXT for one in calculations):
            return list(given), []
        named = [one for one in request.mentions if one.kind is not MentionKind.REFERENT]
        wanted = max((one.fewest for one in calculations), default=1)
        notes: list[str] = []
        subjects: list[Subject] = []
        # 'These are A and B' and 'toluene and its LogP' point to what they name themselves.
        points = [one for one in request.mentions if one.kind is MentionKind.REFERENT] if len(named) < wanted else []
        left = list(given)
        for mention in sorted([*named, *points[:1]], key=lambda one: one.start):
            if mention.kind is MentionKind.REFERENT:
                subjects += left
                left = []
            else:
                subject, note = self._read(mention, mol_type)
                subjects.append(subject)
                notes += [note] if note else []
        of_one = all(one.takes is Takes.ONE for one in calculations)
        if left and subjects and of_one and all(one in named for one in request.mentions):
            _require_given(subjects, left)
        elif left:
            subjects = [*left, *subjects]
        if not subjects:
            asked = f", or ask, for example: {calculations[0].example.question}" if calculations else ""
            raise InvalidTaskInputError(
                "no molecule is given", value=request.text, hint=f"name it, or give it beside{asked}"
            )
        return subjects, notes

    def _read(self, mention: Mention, mol_type: MolType | None) -> tuple[Subject, str | None]:
        match mention.kind:
            case MentionKind.FORMULA:
                return Subject.from_formula(mention.text), f"'{mention.text}' was read as a formula"
            case MentionKind.NAME:
                molecule = self._molecules.resolve(mention.text, MolType.NAME)
            case _:
                molecule = self._molecules.resolve(mention.text, mol_type)
        return as_subject(molecule), note_reading(molecule, mention.text)


def _require_given(named: Sequence[Subject], given: Sequence[Subject]) -> None:
    """Refuse a question that names one molecule where another is given beside it.

    Raises:
        InvalidTaskInputError: A molecule that it names is not among the given ones.
    """
    known = {flatten(one.smiles) for one in given if one.formula is None}
    for one in named:
        if one.formula is not None or flatten(one.smiles) not in known:
            beside = ", ".join(other.shown for other in given)
            raise InvalidTaskInputError(
                f"the question names {one.shown}, but {beside} is given beside it",
                value=one.shown,
                hint="leave one of them out, or name both in the question",
            )


def note_reading(molecule: Molecule, written: str) -> str | None:
    """Return how a molecule was understood; None of a SMILES that can be nothing else."""
    is_plain = molecule.origin is WrittenForm.SMILES and len(written) > _AMBIGUOUS
    if is_plain and not molecule.doubts and not molecule.notes:
        return None
    return describe_reading(molecule, written)


_AMBIGUOUS: Final = 2
"""Characters of a SMILES that may be meant as a formula: CO, NO."""


def _split(calculation: Calculation, subjects: Sequence[Subject], text: str) -> Iterator[Inquiry]:
    """Yield what a calculation is run on: each molecule by itself where it takes one."""
    if calculation.takes is Takes.ONE:
        yield from (Inquiry((subject,), text) for subject in subjects)
    else:
        yield Inquiry(tuple(subjects), text)


def write_answer(result: Result) -> Answer:
    """Return a result as an answer with its evidence."""
    evidence = ProgramEvidence(result.program.value, result.program.version, result.method)
    return Answer(
        result.value,
        result.text,
        _KINDS[result.gives or Gives.TEXT],
        Method.COMPUTED,
        result.unit,
        str(evidence),
        evidence=(evidence,),
        exact=result.exact,
        result=result,
    )

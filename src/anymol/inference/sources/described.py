"""Descriptions: what a collection says of the molecule, or what may be said after those of its relatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from anymol.chem.keys import inchikey
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.inference.answers import Answer, Method
from anymol.inference.proposals.descriptions import DescriptionRanker, read_ranker
from anymol.inference.proposals.statements import Restatement, restate_best
from anymol.inference.sources.source import Found, Question
from anymol.retrieval.descriptions.relatives import Relative, find_relatives
from anymol.retrieval.descriptions.store import Description, DescriptionStore, find_descriptions
from anymol.tasks.descriptions import CAPTIONING
from anymol.tasks.evidence import PrecedentEvidence
from anymol.tasks.task import Task

_CITED: Final = 3
"""Relatives that an answer shows."""


class RecordedDescriptions:
    """The store of descriptions.

    Args:
        find: Gives the store; by default the one that ships.
        rank: Gives what chooses among relatives; by default the one that ships.
    """

    method = Method.SEARCHED

    def __init__(
        self,
        find: Callable[[], DescriptionStore] = find_descriptions,
        rank: Callable[[], DescriptionRanker] = read_ranker,
    ) -> None:
        self._find, self._rank = find, rank

    def can_answer(self, task: Task) -> bool:
        """Whether the task asks for a description."""
        return task.name == CAPTIONING.name

    def try_answer(self, question: Question) -> Found | None:
        """Return the recorded description, or one after the relatives', which is said; None where nothing can be said.

        Raises:
            InvalidSmilesError: The SMILES is invalid.
        """
        smiles = question.task_input.molecule
        if not smiles:
            return None
        store = self._find()
        recorded = store.find(inchikey(smiles))
        if recorded is not None:
            doubts = _doubt_form(recorded, smiles)
            return Found((_quote(store, recorded, doubts),), doubts, settled=True)
        return self._follow_relatives(store, smiles)

    def _follow_relatives(self, store: DescriptionStore, smiles: str) -> Found | None:
        mol = parse_smiles(smiles)
        ordered = self._rank().order(mol, find_relatives(store, mol))
        found = restate_best(mol, ordered)
        if found is None:
            return None
        others = [one for one in ordered if one is not found.relative]
        return Found((_answer(store, found, others[: _CITED - 1]),), (_say_whose(found.relative),), settled=True)


def _doubt_form(recorded: Description, smiles: str) -> tuple[str, ...]:
    """Return what is said of a description of another form with the same key: a tautomer, a zwitterion, a complex."""
    if canonicalize_smiles(smiles) == recorded.smiles:
        return ()
    return (
        f"what is recorded is of {recorded.smiles}, which has the InChIKey of this molecule: another tautomer, "
        "zwitterion or coordination, or the same drawn otherwise",
    )


def _quote(store: DescriptionStore, recorded: Description, doubts: tuple[str, ...]) -> Answer:
    return Answer(
        recorded.text,
        recorded.text,
        CAPTIONING.answer,
        Method.SEARCHED,
        program=f"recorded in {store.name_collection(recorded).name}",
        evidence=(_cite(store, recorded, 1.0),),
        exact=True,
        doubts=doubts,
    )


def _answer(store: DescriptionStore, found: Restatement, others: list[Relative]) -> Answer:
    one = found.relative
    return Answer(
        found.text,
        found.text,
        CAPTIONING.answer,
        Method.SEARCHED,
        program=f"after the description of a relative, similarity {one.similarity:.2f}",
        evidence=tuple(_cite(store, each.description, each.similarity) for each in (one, *others)),
        doubts=(_say_whose(one),),
    )


def _say_whose(one: Relative) -> str:
    return (
        f"no description of this molecule is recorded; this is what programs do not refute of the one of its relative "
        f"{one.description.smiles}, and details may differ"
    )


def _cite(store: DescriptionStore, one: Description, similarity: float) -> PrecedentEvidence:
    collection = store.name_collection(one)
    return PrecedentEvidence(one.smiles, similarity, f"{collection.name}; {collection.licence}", value=one.text)

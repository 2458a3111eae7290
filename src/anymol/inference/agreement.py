"""Whether the records of a question show the molecule that is written in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import InvalidTaskInputError
from anymol.modalities.content import RecordPart
from anymol.modalities.modality import Modality
from anymol.tasks.task import Slot, TaskInput

_STATING: Final = (Modality.GRAPH, Modality.CONFORMER)
"""Modalities that state the bonds of a molecule, or from which they are perceived."""


def read_stated(parts: Sequence[RecordPart]) -> str | None:
    """Return the molecule that records state by their bonds, canonical; None where none does.

    Pictures and spectra state none: what they are known to show is the answer, not part of the question.

    Raises:
        InvalidTaskInputError: Two of them disagree.
    """
    stated = [".".join(part.smiles for part in parts if part.modality is Modality.GRAPH and part.smiles)]
    stated += [part.smiles for part in parts if part.modality is Modality.CONFORMER and part.smiles]
    found = {canonicalize_smiles(smiles) for smiles in stated if smiles}
    if len({flatten(smiles) for smiles in found}) > 1:
        raise InvalidTaskInputError(
            "the records show different molecules", value=", ".join(sorted(found)), hint="ask about each by itself"
        )
    # A geometry tells the stereochemistry that a drawing may leave out.
    return max(found, key=len, default=None)


def flatten(smiles: str) -> str:
    """Return canonical SMILES without stereochemistry and isotopes, which one of two records may leave out."""
    return canonicalize_smiles(smiles, isomeric=False)


def require_agreement(task_input: TaskInput) -> None:
    """Refuse a question whose records state another molecule than the one written beside them.

    A record of a reaction may show one of the molecules that its part of the reaction writes.

    Raises:
        InvalidTaskInputError: They disagree, or two records do; both are named.
    """
    for slot, parts in task_input.records.items():
        written = task_input.get(slot)
        if written is None or slot in (Slot.TEXT, Slot.FORMULA):
            continue
        if slot is Slot.MOLECULE:
            stated = read_stated(parts)
            surplus = [] if stated is None or flatten(stated) == flatten(written) else [stated]
        else:
            known = set(flatten(written).split("."))
            shown = [part.smiles for part in parts if part.modality in _STATING and part.smiles]
            surplus = [one for one in shown if not set(flatten(one).split(".")) <= known]
        if surplus:
            raise InvalidTaskInputError(
                f"the record shows {surplus[0]}, but the question is about {written}",
                value=surplus[0],
                hint="leave one of them out, or ask about each by itself",
            )

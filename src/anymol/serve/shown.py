"""Predictions as they are sent: what ``--json`` prints, and what a page needs to show each answer as it is meant."""

from __future__ import annotations

from typing import Any

from anymol.inference.answers import Answer, FailedPrediction, Prediction
from anymol.inference.page import write_reaction


def write_prediction(found: Prediction | FailedPrediction) -> dict[str, Any]:
    """Return the JSON form of a prediction.

    `about` lists the molecules that were asked about, as SMILES. Each answer says its `kind`, how it is `shown` to a
    reader, its `certainty` in words that claim no more than was fitted, and the `reaction` that it completes, where it
    does.
    """
    written = found.to_json()
    if isinstance(found, FailedPrediction):
        return written
    for one, answer in zip(written["answers"], found.answers, strict=True):
        one |= _show(found, answer)
    return written | {"about": _list_molecules(found)}


def _list_molecules(found: Prediction) -> list[str]:
    """Return the molecules that were understood: what a reader must see to know that they are the ones meant."""
    if found.subjects:
        return [one.smiles for one in found.subjects if one.smiles]
    return [] if found.asked.molecule is None else [found.asked.molecule]


def _show(found: Prediction, answer: Answer) -> dict[str, Any]:
    reaction = write_reaction(found.task, found.asked, answer.kind, answer.value)
    shown: dict[str, Any] = {"kind": answer.kind.value, "shown": answer.shown, "certainty": answer.certainty}
    return shown if reaction is None else shown | {"reaction": reaction}

"""Predictions as they are sent: what ``--json`` prints, and what a page needs to show each answer as it is meant."""

from __future__ import annotations

from typing import Any

from anymol.errors import UserError
from anymol.inference.answers import Answer, FailedPrediction, Prediction
from anymol.inference.page import write_reaction
from anymol.modalities.content import Record
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.synthesis.ms2 import explain_peaks
from anymol.tasks.task import AnswerKind, Slot


def write_prediction(found: Prediction | FailedPrediction) -> dict[str, Any]:
    """Return the JSON form of a prediction.

    `about` lists the molecules that were asked about, as SMILES. Each answer says its `kind`, how it is `shown` to a
    reader, its `certainty` in words that claim no more than was fitted, the `reaction` that it completes, where it
    does, and what the `peaks` of a mass spectrum that was given may be of it.
    """
    written = found.to_json()
    if isinstance(found, FailedPrediction):
        return written
    spectrum = _find_spectrum(found)
    for one, answer in zip(written["answers"], found.answers, strict=True):
        one |= _show(found, answer)
        if spectrum is not None and answer.kind is AnswerKind.MOLECULE:
            one["peaks"] = assign_peaks(str(answer.value), spectrum)
    return written | {"about": _list_molecules(found)}


def assign_peaks(smiles: str, record: Record) -> list[dict[str, Any]]:
    """Return what the peaks of a mass spectrum may be of a molecule; nothing of other records and where nothing tells.

    Args:
        smiles: The molecule.
        record: The spectrum, measured or computed.
    """
    if not isinstance(record, MassSpectrum):
        return []
    try:
        explained = explain_peaks(smiles, record)
    except UserError:  # an adduct or a molecule that the fragmenter does not know
        return []
    return [
        {
            "mz": one.mz,
            "formula": one.formula,
            "loss": one.loss,
            "fragment": one.fragment,
            "ppm": round(one.error_ppm, 1),
        }
        for one in explained
    ]


def _find_spectrum(found: Prediction) -> MassSpectrum | None:
    """Return the first mass spectrum that a question shows."""
    parts = found.asked.records.get(Slot.MOLECULE, ())
    return next((part.record for part in parts if isinstance(part.record, MassSpectrum)), None)


def _list_molecules(found: Prediction) -> list[str]:
    """Return the molecules that were understood: what a reader must see to know that they are the ones meant."""
    if found.subjects:
        return [one.smiles for one in found.subjects if one.smiles]
    return [] if found.asked.molecule is None else [found.asked.molecule]


def _show(found: Prediction, answer: Answer) -> dict[str, Any]:
    reaction = write_reaction(found.task, found.asked, answer.kind, answer.value)
    shown: dict[str, Any] = {"kind": answer.kind.value, "shown": answer.shown, "certainty": answer.certainty}
    return shown if reaction is None else shown | {"reaction": reaction}

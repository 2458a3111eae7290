"""Every pair of forms in which a question gives its molecule, compared and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from anymol.errors import AnyMolError
from anymol.inference.disagreement import infrared_spectra, mass_spectra
from anymol.inference.disagreement.comparison import Comparison, Decided, Measured, NotCompared
from anymol.inference.disagreement.identities import compare_formula, compare_formulas, compare_structures
from anymol.inference.disagreement.judgement import Judgement
from anymol.inference.disagreement.scales import discount_reading, load_scales
from anymol.inference.drawings import ReadDrawing, is_sure_enough, read_drawing
from anymol.inference.forms import Form, Forms
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum

MAX_FORMS: Final = 8
"""Forms that are compared with one another, the first ones: 28 pairs."""

_UNFITTED: Final = 0.5
"""Taken for a reading without a probability of its own."""


@dataclass(frozen=True)
class ComparedForms:
    """The forms of a molecule, with what is told of each pair.

    Attributes:
        forms: The forms.
        drawn: Name of each form -> what its drawing was read as; None of what is no drawing, or could not be read.
        judgements: What is told of each pair of the first `MAX_FORMS` forms.
    """

    forms: Forms
    drawn: Mapping[str, ReadDrawing | None]
    judgements: tuple[Judgement, ...]


def compare_forms(forms: Forms) -> ComparedForms | None:
    """Return the forms of a molecule with what is told of each pair; None where it is given in one form only."""
    listed = forms.listed[:MAX_FORMS]
    if len(listed) < 2:
        return None
    drawn = {form.name: _read(forms, form) for form in forms.listed}
    return ComparedForms(
        forms, drawn, tuple(_judge(forms, drawn, one, other) for one, other in combinations(listed, 2))
    )


def _read(forms: Forms, form: Form) -> ReadDrawing | None:
    part = forms.find_part(form)
    if part is None or not isinstance(part.record, MoleculeImage):
        return None
    try:
        drawing = read_drawing(part.record)
    except AnyMolError:  # said where the drawing is asked for its answer
        return None
    return drawing if drawing is not None and is_sure_enough(drawing) else None


def _judge(forms: Forms, drawn: Mapping[str, ReadDrawing | None], one: Form, other: Form) -> Judgement:
    readings = [reading for form in (one, other) if (reading := drawn[form.name]) is not None]
    try:
        found = _compare(forms, drawn, one, other)
    except AnyMolError as error:
        found = NotCompared(error.message)
    probability = None
    match found:
        case Measured(kind=kind, figures=figures) if kind in load_scales():
            probability = load_scales()[kind].judge(figures)
        case Decided(disagree=differ):
            probability = float(differ)
    said = found.said
    if readings and probability is not None:
        sure = 1.0
        for reading in readings:
            sure *= _UNFITTED if reading.probability is None else reading.probability
        probability = discount_reading(probability, sure, decided=isinstance(found, Decided))
        said = f"the drawing was read as {readings[0].smiles}, probability {sure:.2f}; {said}"
    return Judgement(
        (one.name, other.name),
        (one.title, other.title),
        probability,
        isinstance(found, Decided) and (not readings or probability == 0.0),
        said,
    )


def _compare(forms: Forms, drawn: Mapping[str, ReadDrawing | None], one: Form, other: Form) -> Comparison:
    """Compare two forms by what each of them tells.

    Raises:
        AnyMolError: One of them cannot be compared.
    """
    first, second = (_Told(forms, drawn, form) for form in (one, other))
    for told in (first, second):
        if told.reason:
            return NotCompared(told.reason)
    for here, there in ((first, second), (second, first)):
        if here.smiles:
            if there.smiles:
                return compare_structures(here.smiles, there.smiles)
            if there.formula:
                return compare_formula(here.smiles, there.formula)
            match there.spectrum:
                case MassSpectrum() as spectrum:
                    return mass_spectra.compare_structure(here.smiles, spectrum)
                case InfraredSpectrum() as spectrum:
                    return infrared_spectra.compare_structure(here.smiles, spectrum)
    for here, there in ((first, second), (second, first)):
        if here.formula and there.formula:
            return compare_formulas(here.formula, there.formula)
        if here.formula and isinstance(there.spectrum, MassSpectrum):
            return mass_spectra.compare_formula(here.formula, there.spectrum)
    if isinstance(first.spectrum, MassSpectrum) and isinstance(second.spectrum, MassSpectrum):
        return mass_spectra.compare_spectra(first.spectrum, second.spectrum)
    return NotCompared("without a structure nothing compares them")


class _Told:
    """What a form tells of its molecule: a structure, a formula or a spectrum; or the reason why nothing."""

    def __init__(self, forms: Forms, drawn: Mapping[str, ReadDrawing | None], form: Form) -> None:
        part = forms.find_part(form)
        record = None if part is None else part.record
        drawing = drawn[form.name]
        self.smiles = form.smiles if drawing is None else drawing.smiles
        self.formula = form.formula
        self.spectrum = record if isinstance(record, MassSpectrum | InfraredSpectrum) else None
        self.reason = ""
        if isinstance(record, MoleculeImage) and drawing is None:
            self.reason = "the drawing could not be read"
        elif drawing is not None and "*" in drawing.smiles:
            self.reason = "the drawing leaves residues open"
        elif not (self.smiles or self.formula or self.spectrum):
            self.reason = f"{form.title} states no structure"

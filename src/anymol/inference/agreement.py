"""Whether what a question gives of a molecule is of one: records, structure, formula, mass of its ion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rdkit import Chem

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.formula import count_formula, weigh_isotopes
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.errors import InvalidTaskInputError
from anymol.modalities.adduct import Adduct, compute_precursor
from anymol.modalities.cleaning import PRECURSOR_PPM
from anymol.modalities.content import RecordPart
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.tasks.task import Slot, TaskInput

_STATING: Final = (Modality.GRAPH, Modality.CONFORMER)
"""Modalities that state the bonds of a molecule, or from which they are perceived."""
_NOMINAL: Final = 0.5
"""Masses that differ by more (Da, or its share where the ion has several charges) are of other molecules on any
instrument; below it, an instrument of unit resolution may have written the precursor."""
_ISOTOPE_SPAN: Final = {"B": 1.0, "Si": 2.0, "S": 2.0, "Cl": 2.0, "Br": 2.0, "Ge": 6.0, "Se": 6.0, "Pd": 6.0, "Sn": 8.0}
"""Elements with several abundant isotopes -> how far they lie apart, Da."""


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


def find_odd_masses(task_input: TaskInput) -> tuple[str, ...]:
    """Return what speaks against mass spectra whose molecule is known by its formula, or by a record that states it.

    Raises:
        InvalidTaskInputError: They cannot be of one molecule: the formula is not that of the structure beside it, or no
            ion of the molecule has the mass of the one that was broken.
    """
    parts = task_input.records.get(Slot.MOLECULE, ())
    stated = task_input.molecule or read_stated(parts)
    known = task_input.formula
    if stated is not None:
        written = str(compute_descriptor("formula", parse_smiles(stated)).value)
        if known is not None and count_formula(known) != count_formula(written):
            raise InvalidTaskInputError(
                f"the formula given is {known}, but the record shows {stated}, {written}",
                value=known,
                hint="leave one of them out",
            )
    spectra = [part.record for part in parts if isinstance(part.record, MassSpectrum)]
    if stated is not None and "." in stated:
        return ()  # the ion is of one of its parts
    if stated is not None:
        mol = parse_smiles(stated)
        mass, charge = float(compute_descriptor("exact_mass", mol).value), Chem.GetFormalCharge(mol)
        counts = count_formula(written)
    elif known is not None:
        counts = count_formula(known)
        mass, charge = weigh_isotopes(counts), 0
    else:
        return ()
    span = sum(_ISOTOPE_SPAN.get(element, 0.0) * count for element, count in counts.items())
    found = (_compare_precursor(spectrum, mass, charge, span, known or str(stated)) for spectrum in spectra)
    return tuple(one for one in found if one is not None)


def _compare_precursor(spectrum: MassSpectrum, mass: float, charge: int, span: float, shown: str) -> str | None:
    """Return what speaks against a molecule of a spectrum by the mass of its ion; None where nothing does.

    An instrument may have chosen another isotopologue than the one of the most abundant isotopes, `span` away at most.

    Raises:
        InvalidTaskInputError: The ion is of another molecule.
    """
    measured = spectrum.precursor_mz
    if measured is None:
        return None
    ion = find_nearest_ion(spectrum, measured, mass, charge)
    nearest, off = ion.adduct, ion.off
    said = f"{nearest} of {shown} is {ion.expected:.4f}, the precursor {measured:.4f}"
    # A whole number may have been cut off instead of rounded.
    nominal = 1.0 if measured == int(measured) else _NOMINAL / nearest.charge
    if abs(off) > nominal + span / nearest.charge:
        raise InvalidTaskInputError(
            f"the spectrum is not of {shown}: {said if spectrum.adduct else f'the nearest ion, {said}'}",
            value=shown,
            hint="check the formula, and the adduct and precursor of the spectrum",
        )
    if abs(off) > nominal:
        return f"{said}: another isotopologue, if it is of {shown}"
    ppm = ion.ppm
    return None if abs(ppm) <= PRECURSOR_PPM else f"{said}: {ppm:+.0f} ppm, more than a precise instrument is off"


@dataclass(frozen=True)
class NearestIon:
    """The ion of a molecule that comes nearest to the one that was broken.

    Attributes:
        adduct: How the molecule became it: as the spectrum says, else of all adducts of its sign the nearest in mass.
        expected: Its m/z, Da.
        off: The measured m/z less the expected one, Da.
    """

    adduct: Adduct
    expected: float
    off: float

    @property
    def ppm(self) -> float:
        """How far the measured m/z is off, parts per million."""
        return self.off / self.expected * 1e6


def find_nearest_ion(spectrum: MassSpectrum, measured: float, mass: float, charge: int) -> NearestIon:
    """Return the ion of a molecule that a spectrum may be of.

    Args:
        spectrum: The spectrum.
        measured: The m/z of its precursor, Da.
        mass: Exact mass of the molecule as it is written, Da.
        charge: Its formal charge.
    """
    adducts = [spectrum.adduct] if spectrum.adduct is not None else _list_adducts(spectrum)
    expected = {one: compute_precursor(mass, one, charge=charge) for one in adducts}
    nearest = min(adducts, key=lambda one: abs(expected[one] - measured))
    return NearestIon(nearest, expected[nearest], measured - expected[nearest])


def _list_adducts(spectrum: MassSpectrum) -> list[Adduct]:
    """Return the adducts that a spectrum without one may be of."""
    return [one for one in Adduct if spectrum.ion_mode in (None, one.ion_mode)]

"""What can be checked about an answer without knowing the right one."""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache

from rdkit import Chem

from anymol.chem.atom_use import count_heavy_atoms
from anymol.chem.descriptors import compute_descriptor
from anymol.chem.formula import count_formula
from anymol.chem.key_parts import connectivity_part
from anymol.chem.keys import inchikey
from anymol.chem.name_reading import NameReading, NameSource, read_name
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.chem.reaction import parse_reaction
from anymol.errors import InvalidSmilesError, InvalidTaskInputError, UserError
from anymol.modalities.adduct import compute_precursor
from anymol.modalities.cleaning import PRECURSOR_PPM
from anymol.modalities.conformer import Conformer
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.synthesis.ms2 import explain_peaks
from anymol.tasks.claims import check_claims, list_claims
from anymol.tasks.conversions import Conversion, check_conversion
from anymol.tasks.edit_words import parse_change
from anymol.tasks.edits import check_edit
from anymol.tasks.forms import check_forms
from anymol.tasks.parentage import check_parents, list_parents
from anymol.tasks.prompt import find_missing, resolve_reagents_state
from anymol.tasks.specification_words import verify_specification
from anymol.tasks.task import Check, ReagentsState, Slot, TaskInput, Value, say_unwritten


def verify_forward_reaction(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check a predicted product: it parses, its atoms are at hand, and it is none of the inputs."""
    product = str(value)
    parsed = check_parses(product)
    if not parsed.passed:
        return (parsed,)
    inputs = ".".join(part for part in (task_input.reactants, task_input.reagents) if part)
    if not task_input.reactants:
        unknown = say_unwritten("atoms_available", "reactants")
        return parsed, unknown, check_no_copy(product, inputs) if inputs else say_unwritten("not_a_copy", "reactants")
    complete = resolve_reagents_state(task_input) is not ReagentsState.DROPPED
    return parsed, check_atoms_available(product, inputs, complete=complete), check_no_copy(product, inputs)


def verify_retrosynthesis(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check suggested reactants: they parse, hold the product's atoms, and the product is not among them."""
    product = task_input.products
    parsed = check_parses(str(value))
    if not parsed.passed:
        return (parsed,)
    if not product:
        return parsed, say_unwritten("atoms_available", "product"), say_unwritten("not_a_copy", "product")
    return parsed, check_atoms_available(product, str(value)), check_no_copy(product, str(value))


def verify_reagents(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check suggested reagents: they parse and the product is not among them."""
    parsed = check_parses(str(value))
    if not parsed.passed:
        return (parsed,)
    product = task_input.products
    return parsed, check_no_copy(product, str(value)) if product else say_unwritten("not_a_copy", "product")


def verify_completion(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check the part that was missing, as the task that asks for that part alone does."""
    match find_missing(task_input):
        case [Slot.PRODUCTS]:
            return verify_forward_reaction(task_input, value)
        case [Slot.REACTANTS]:
            parsed = check_parses(str(value))
            if not parsed.passed:
                return (parsed,)
            if not (task_input.products and task_input.reagents):
                return parsed, say_unwritten("atoms_available", "reagents" if task_input.products else "product")
            return parsed, check_atoms_available(task_input.products, f"{value}.{task_input.reagents}")
        case _:
            return verify_reagents(task_input, value)


def verify_caption(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check the claims of a description that can be counted, its molecule's form, and the other substances it names."""
    if not task_input.molecule and (list_claims(str(value)) or list_parents(str(value))):
        return (say_unwritten("claims", "molecule"),)
    molecule, text = task_input.molecule or "", str(value)
    if not molecule:
        return check_claims(molecule, text)
    return (*check_claims(molecule, text), *check_forms(molecule, text), *check_parents(molecule, text))


def verify_recognition(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check a recognised molecule against its formula, and against the mass or the atoms of its records."""
    smiles = str(value)
    parsed = check_parses(smiles)
    if not parsed.passed:
        return (parsed,)
    checks = [parsed]
    if task_input.formula:
        checks.append(check_formula(task_input.formula, smiles))
    for part in task_input.records.get(Slot.MOLECULE, ()):
        match part.record:
            case MassSpectrum() as spectrum:
                checks += [check_precursor(spectrum, smiles), check_peaks(spectrum, smiles)]
            case Conformer() as conformer:
                checks.append(check_heavy_atoms(conformer, smiles))
            case _:
                pass
    return tuple(checks)


def verify_drawn_reaction(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check that what was read in a scheme is a reaction: the products' atoms are among the inputs."""
    reaction = parse_reaction(str(value))
    inputs, products = ".".join(reaction.inputs), ".".join(reaction.products)
    parsed = check_parses(".".join(part for part in (inputs, products) if part))
    if not (parsed.passed and inputs and products):
        return (parsed,)
    return parsed, check_atoms_available(products, inputs, complete=False), check_no_copy(products, inputs)


def verify_name(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check a structure against what a dictionary or OPSIN reads in the name."""
    parsed = check_parses(str(value))
    return (parsed, check_name(task_input.text or "", str(value))) if parsed.passed else (parsed,)


def verify_naming(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check a name: what a dictionary or OPSIN reads in it must be the molecule asked about."""
    if not task_input.molecule:
        return (say_unwritten("name_agrees", "molecule"),)
    return (check_name(str(value), task_input.molecule, compared="the molecule asked about"),)


def verify_design(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check a designed molecule against its specification."""
    parsed = check_parses(str(value))
    return (parsed, *verify_specification(str(value), task_input.text or "")) if parsed.passed else (parsed,)


def verify_edit(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check that an edit did what was asked and nothing else."""
    parsed = check_parses(str(value))
    if not parsed.passed:
        return (parsed,)
    try:
        change = parse_change(task_input.text or "")
    except InvalidTaskInputError as error:
        return (parsed, Check("edit_done", None, error.message))
    if not task_input.molecule:
        return (parsed, say_unwritten("edit_done", "molecule"))
    if isinstance(change, Conversion):
        return (parsed, *check_conversion(task_input.molecule, str(value), change))
    return (parsed, *check_edit(task_input.molecule, str(value), change))


def check_parses(smiles: str) -> Check:
    """Check that the molecules parse and that every valence is possible."""
    try:
        parsed = parse_smiles(smiles)
    except InvalidSmilesError as error:
        return Check("parses", False, error.message)
    count = len(Chem.GetMolFrags(parsed))
    return Check("parses", True, f"{count} molecule{'s' if count > 1 else ''}, all valences possible")


def check_atoms_available(product: str, available: str, *, complete: bool = True) -> Check:
    """Check that each element's heavy atoms in the product are at hand among the inputs.

    Args:
        product: SMILES of the product.
        available: SMILES of the inputs, dot-joined.
        complete: Whether `available` is all there is. Where reagents are not recorded they may bring elements other
            than carbon, so their lack is undecided.

    Raises:
        InvalidSmilesError: One of them is invalid.
    """
    needed, given = count_heavy_atoms(product), count_heavy_atoms(available)
    missing = needed - given
    if not missing:
        detail = f"all {needed.total()} heavy atoms of the product are among the inputs"
        return Check("atoms_available", True, detail)
    shown = ", ".join(f"{needed[element]} {element} needed, {given[element]} given" for element in sorted(missing))
    if all(needed[element] <= 2 * given[element] for element in missing):
        return Check("atoms_available", None, f"only if an input reacts twice: {shown}")
    if not complete and "C" not in missing:
        return Check("atoms_available", None, f"only if a reagent that is not given brings them: {shown}")
    return Check("atoms_available", False, shown)


def check_no_copy(product: str, others: str) -> Check:
    """Check that the product is not one of the other molecules."""
    written = canonicalize_smiles(product)
    if written in canonicalize_smiles(others).split(".") or written == canonicalize_smiles(others):
        return Check("not_a_copy", False, "the product is one of the inputs, unchanged")
    return Check("not_a_copy", True, "the product is not one of the inputs")


def check_formula(formula: str, smiles: str) -> Check:
    """Check that a molecule has a formula, however the elements are ordered."""
    own = str(compute_descriptor("formula", parse_smiles(smiles)).value)
    agrees = count_formula(own) == count_formula(formula)
    return Check("formula_agrees", agrees, f"the answer is {own}, the formula given {formula}")


def check_precursor(spectrum: MassSpectrum, smiles: str) -> Check:
    """Check that a molecule has the mass of the ion that was broken; undecided without precursor or adduct."""
    if spectrum.precursor_mz is None or spectrum.adduct is None:
        return Check("precursor_agrees", None, "the spectrum names no precursor or no known adduct")
    molecule = parse_smiles(smiles)
    mass = float(compute_descriptor("exact_mass", molecule).value)
    expected = compute_precursor(mass, spectrum.adduct, charge=Chem.GetFormalCharge(molecule))
    ppm = (spectrum.precursor_mz - expected) / expected * 1e6
    detail = f"{spectrum.adduct} of the answer is {expected:.4f}, the precursor {spectrum.precursor_mz:.4f}"
    return Check("precursor_agrees", abs(ppm) <= PRECURSOR_PPM, f"{detail}: {ppm:+.0f} ppm")


def check_peaks(spectrum: MassSpectrum, smiles: str) -> Check:
    """Check that fragments of a molecule explain the peaks below the precursor.

    Of 58 measured validation spectra the true molecule explained at least `WELL_EXPLAINED` of the intensity in 95 %, a
    random molecule less than `BADLY_EXPLAINED` in three of four. Isomers explain nearly as much as the truth.
    """
    limit = (spectrum.precursor_mz or math.inf) - _ISOTOPES_DA
    heights = dict(zip(spectrum.mz.tolist(), spectrum.intensity.tolist(), strict=True))
    total = sum(height for mz, height in heights.items() if mz < limit)
    if not total:
        return Check("peaks_explained", None, "the spectrum has no peak below the precursor")
    try:
        found = explain_peaks(smiles, spectrum)
    except UserError as error:
        return Check("peaks_explained", None, f"the fragmenter has no say: {error.message}")
    share = sum(heights[one.mz] for one in found if one.mz < limit) / total
    passed = True if share >= WELL_EXPLAINED else False if share < BADLY_EXPLAINED else None
    return Check("peaks_explained", passed, f"fragments of the answer explain {share:.0%} of the intensity")


def check_heavy_atoms(conformer: Conformer, smiles: str) -> Check:
    """Check that a molecule has the elements of a geometry, hydrogens left out."""
    here = Counter(number for number in conformer.atomic_numbers.tolist() if number > 1)
    own = Counter(atom.GetAtomicNum() for atom in parse_smiles(smiles).GetAtoms() if atom.GetAtomicNum() > 1)
    detail = f"the geometry has {here.total()} heavy atoms, the answer {own.total()}"
    return Check("atoms_agree", here == own, detail)


def check_name(name: str, smiles: str, *, compared: str = "the answer") -> Check:
    """Check that a structure is the one that the shipped dictionary, else OPSIN, knows under a name.

    Undecided where neither knows it, or OPSIN is not installed.

    Args:
        name: The name.
        smiles: The structure.
        compared: What the structure is called in the detail.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
    """
    try:
        reading = _read_name(" ".join(name.split()))
    except UserError as error:
        return Check("name_agrees", None, str(error))
    if reading.doubts:
        return Check("name_agrees", None, reading.doubts[0])
    known, reader = reading.smiles, _READERS[reading.source]
    formula, meant = (compute_descriptor("formula", parse_smiles(one)).value for one in (smiles, known))
    if _identify(known) == _identify(smiles):
        return Check("name_agrees", True, f"{reader} reads the same structure, {formula}")
    if formula != meant:
        return Check("name_agrees", False, f"{reader} reads {known}, {meant}; {compared} is {formula}")
    if _is_same_skeleton(known, smiles):
        return Check("name_agrees", False, f"{reader} reads {known}: other stereochemistry or isotopes")
    return Check("name_agrees", False, f"{reader} reads {known}, an isomer of {compared}")


WELL_EXPLAINED, BADLY_EXPLAINED = 0.6, 0.4
"""Shares of a spectrum's intensity below the precursor."""
_ISOTOPES_DA = 0.5
"""How far below the precursor a fragment stands at least."""


_READERS = {
    NameSource.DICTIONARY: "the dictionary of names",
    NameSource.FORMULA: "the formula",
    NameSource.OPSIN: "OPSIN",
}


@lru_cache(maxsize=4096)
def _read_name(name: str) -> NameReading:
    return read_name(name)


def _identify(smiles: str) -> str:
    """Return the InChIKey, which tautomers of one name share, or canonical SMILES where InChI cannot describe it."""
    try:
        return inchikey(smiles)
    except InvalidSmilesError:
        return canonicalize_smiles(smiles)


def _is_same_skeleton(one: str, other: str) -> bool:
    """Whether two molecules have the same connectivity (first InChIKey block)."""
    return connectivity_part(_identify(one)) == connectivity_part(_identify(other))

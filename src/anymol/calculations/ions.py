"""Where an ion stands in a mass spectrum."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from anymol.calculations.adducts import WrittenAdduct, compute_mz, find_adducts, parse_adduct, write_charge
from anymol.calculations.asking import HERE
from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Result, Subject, Takes
from anymol.calculations.makeup import count_elements, count_isotopes, read_charge, weigh_monoisotopic
from anymol.chem.formula import write_formula
from anymol.chem.fragments import analyze_composition
from anymol.errors import UserError

_USUAL: Final = ("[M+H]+", "[M+Na]+", "[M-H]-")
_WORDS: Final = {
    "protonated": "[M+H]+", "deprotonated": "[M-H]-", "sodium adduct": "[M+Na]+", "sodiated": "[M+Na]+",
    "potassium adduct": "[M+K]+", "ammonium adduct": "[M+NH4]+", "formate adduct": "[M+HCOO]-",
    "acetate adduct": "[M+CH3COO]-", "chloride adduct": "[M+Cl]-", "lithium adduct": "[M+Li]+",
    "radical cation": "[M]+.", "molecular ion": "[M]+.", "radical anion": "[M]-.",
    "positive mode": "[M+H]+", "negative mode": "[M-H]-", "esi+": "[M+H]+", "esi-": "[M-H]-",
    "positive ion mode": "[M+H]+", "negative ion mode": "[M-H]-", "proton adduct": "[M+H]+",
    "doubly protonated": "[M+2H]2+", "triply protonated": "[M+3H]3+", "doubly deprotonated": "[M-2H]2-",
    "proton-bound dimer": "[2M+H]+", "proton bound dimer": "[2M+H]+", "protonated dimer": "[2M+H]+",
    "lost proton": "[M-H]-", "loses a proton": "[M-H]-", "loss of a proton": "[M-H]-", "losing a proton": "[M-H]-",
    "gains a proton": "[M+H]+", "gain of a proton": "[M+H]+", "takes up a proton": "[M+H]+", "plus a proton": "[M+H]+",
    "electron ionisation": "[M]+.", "electron ionization": "[M]+.", "electron impact": "[M]+.", "mh+": "[M+H]+",
}  # fmt: skip
"""Words for an ion, in lower case -> the ion."""
_PLUS: Final = re.compile(rf"{HERE}\s*\+\s*(H|Li|Na|K|NH4)\+?(?![\w(])")
"""A molecule and what it takes up, as in 'glucose + Na'."""
_MODES: Final = frozenset(word for word in _WORDS if "mode" in word or word.startswith("esi"))
"""Words for how is measured, which name an ion only where nothing else does."""


def choose_adducts(text: str) -> tuple[WrittenAdduct, ...]:
    """Return the ions that a question names, by their signs or in words; none where it names none.

    Raises:
        UserError: One cannot be read.
    """
    found = find_adducts(text) or [parse_adduct(f"[M+{ion}]+") for ion in _PLUS.findall(text)]
    if not found:
        lowered = text.lower()
        words = [word for word in sorted(_WORDS, key=len, reverse=True) if word in lowered]
        # "deprotonated" holds "protonated".
        words = [word for word in words if not any(word in other and word != other for other in words)]
        # 'The ammonium adduct in positive mode' is one ion.
        words = [word for word in words if word not in _MODES] or words
        found = [parse_adduct(_WORDS[word]) for word in words]
    return tuple({adduct.text: adduct for adduct in found}.values())


def find_charge(adduct: WrittenAdduct, subject: Subject) -> int:
    """Return the charge of the ion that an adduct makes of a molecule.

    Raises:
        UserError: Its signs contradict the charge of the molecule itself, or there is no charge.
    """
    own = read_charge(subject)
    pieces = adduct.pieces_charge
    expected = None if pieces is None else pieces + adduct.n_molecules * own
    charge = expected if adduct.charge is None else adduct.charge
    if not charge:
        raise UserError(
            f"{adduct.text} of {subject.shown} has no charge", value=adduct.text, hint="write the charge, as in [M+H]+"
        )
    if adduct.added and expected is not None and charge * expected < 0 and not own:
        raise UserError(
            f"{adduct.text} contradicts itself: what it adds has charge {expected:+d}",
            value=adduct.text,
            hint="write it as [M+Na]+ or [M+Cl]-",
        )
    if own and adduct.charge is not None and expected is not None and adduct.charge != expected:
        raise UserError(
            f"{subject.shown} is itself an ion of charge {own:+d}: {adduct.text} of it would have charge {expected:+d}",
            value=adduct.text,
            hint=f"its own ion is [M]{write_charge(own)}; for another, give the neutral molecule",
        )
    return charge


def count_ion(adduct: WrittenAdduct, subject: Subject) -> Counter[str]:
    """Return the number of atoms of each element in an ion; labelled isotopes count by themselves, as ``[13C]``.

    Raises:
        UserError: It would have to lose atoms that the molecule does not have.
    """
    counts = Counter({symbol: adduct.n_molecules * n for symbol, n in count_isotopes(subject).items()})
    counts.update(adduct.added)
    missing = sorted(symbol for symbol, count in counts.items() if count < 0)
    if missing:
        raise UserError(
            f"{subject.shown} cannot form {adduct.text}: it has too few atoms of {', '.join(missing)}",
            value=adduct.text,
            hint="choose another adduct",
        )
    return +counts


_PARTING: Final = frozenset(
    ["H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Br", "I", "Li", "Na", "K", "Rb", "Cs", "Mg", "Ca", "Sr", "Ba"]
)
"""Elements of counter-ions that part from a molecule in solution; a transition metal may hold it in a complex."""


def _choose_m(subject: Subject) -> Subject:
    """Return what M is: of a salt or solvate the free acid, base or ion, since in solution it parts."""
    if subject.formula is not None or (found := analyze_composition(subject.smiles)).is_single:
        return subject
    parent = Subject(found.parent_neutral, subject.name)
    beside = {symbol for text in found.counterparts for symbol in count_elements(Subject(text))}
    return parent if count_elements(parent)["C"] and beside <= _PARTING else subject


def _ion_mz(asked: Inquiry) -> Result:
    whole = asked.subjects[0]
    subject = _choose_m(whole)
    own = read_charge(subject)
    adducts = choose_adducts(asked.text)
    notes: tuple[str, ...] = ()
    if own and not find_adducts(asked.text):
        adducts = (parse_adduct(f"[M]{write_charge(own)}"),)
        notes += ("the molecule is itself an ion; no adduct was named",)
    elif not adducts:
        adducts = tuple(parse_adduct(text) for text in _USUAL)
        notes += (f"no ion was named: {', '.join(_USUAL)} are given",)
    parts = []
    for adduct in adducts:
        try:
            charge = find_charge(adduct, subject)
            counts = count_ion(adduct, subject)
        except UserError as error:
            if len(adducts) == 1:
                raise
            notes += (str(error),)
            continue
        mz = compute_mz(adduct, charge, weigh_monoisotopic(subject), own)
        label = adduct.text if adduct.charge is not None else f"{adduct.text}{write_charge(charge)}"
        parts.append(Part(label, round(mz, 4), "m/z"))
        notes += (f"{label} is {write_formula(counts, charge)}",)
        if adduct.pieces_charge is not None and adduct.added and charge != adduct.pieces_charge + own:
            notes += (
                f"the pieces of {label} add up to a charge of {adduct.pieces_charge + own:+d}; counted as written",
            )
    if not parts:
        raise UserError(f"{subject.shown} forms none of these ions", value=asked.text, hint="name another adduct")
    notes += _note_salt(whole, subject, adducts)
    shown = whole.shown if whole is subject else f"{whole.shown} (M is {subject.smiles})"
    if len(parts) == 1:
        (part,) = parts
        text = f"{part.value:.4f}"
        statement = f"{part.label} of {shown} has m/z {text}."
        return Result(part.value, text, statement, unit="m/z", parts=(part,), notes=notes, gives=Gives.NUMBER)
    text = ", ".join(f"{part.label} {part.value:.4f}" for part in parts)
    return Result(text, text, f"m/z of the ions of {shown}: {text}.", parts=tuple(parts), notes=notes)


def _note_salt(whole: Subject, subject: Subject, adducts: Sequence[WrittenAdduct]) -> tuple[str, ...]:
    """Say what M is where a salt is given, and where an ion of the whole would stand."""
    if whole.formula is not None or analyze_composition(whole.smiles).is_single:
        return ()
    if whole is subject:
        return (f"M is the whole, {whole.smiles}",)
    mass = weigh_monoisotopic(subject)
    note = f"in solution the salt or solvate parts: M is {subject.smiles}, mass {mass:.4f} Da"
    own = read_charge(whole)
    if len(adducts) == 1 and not own and (charge := adducts[0].charge or adducts[0].pieces_charge):
        mz = compute_mz(adducts[0], charge, weigh_monoisotopic(whole), own)
        note += f"; {adducts[0].text} of the whole would stand at m/z {mz:.4f}"
    return (note,)


ION_MZ: Final = Calculation(
    name="ion_mz",
    title="m/z of an ion",
    words=(
        "m/z", "mz", "mass to charge", "mass to charge ratio", "adduct mass", "ion mass", "mass of the ion",
        "protonated molecule", "deprotonated molecule", "protonated mass", "protonated ion", "deprotonated ion",
        "sodium adduct", "potassium adduct", "ammonium adduct", "formate adduct", "acetate adduct", "chloride adduct",
        "lithium adduct", "molecular ion", "pseudomolecular ion", "quasimolecular ion", "precursor mass",
        "precursor m/z", "adduct",
    ),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="monoisotopic mass with the atoms of the adduct and without the electrons of the charge, over the charge",
    compute=_ion_mz,
    example=Example("What is the m/z of [M+H]+ of aspirin?", ("CC(=O)Oc1ccccc1C(=O)O",), "181.0495"),
)  # fmt: skip

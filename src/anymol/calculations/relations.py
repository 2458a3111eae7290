"""How two molecules are related: the same, stereoisomers, tautomers, charge forms, isomers, or different compounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions, rdMolDescriptors
from rdkit.Chem.EnumerateStereoisomers import EnumerateStereoisomers
from rdkit.Chem.MolStandardize import rdMolStandardize

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Result, Subject, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.calculations.counts import count_phrase
from anymol.calculations.makeup import write_mol_formula
from anymol.calculations.stereo import OPEN, mirror, same_stereo, summarize_stereo
from anymol.chem.fragments import analyze_composition
from anymol.chem.keys import write_inchi
from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.errors import UserError


class Relation(StrEnum):
    """What two molecules are to each other; the first that fits, in this order."""

    IDENTICAL = "identical"
    ISOTOPOLOGUES = "isotopologues"
    ENANTIOMERS = "enantiomers"
    DIASTEREOMERS = "diastereomers"
    STEREOISOMERS = "stereoisomers"
    STEREO_OPEN = "same constitution, stereochemistry left open"
    CHARGE_FORMS = "charge forms"
    SALT_FORMS = "salt forms"
    RESONANCE = "resonance structures"
    TAUTOMERS = "tautomers"
    CONSTITUTIONAL = "constitutional isomers"
    DIFFERENT = "different compounds"


@dataclass(frozen=True)
class Relationship:
    """A relation and what is to be said of it.

    Attributes:
        relation: The relation.
        detail: In what they differ, as the end of a sentence.
        notes: Doubts and limits.
    """

    relation: Relation
    detail: str = ""
    notes: tuple[str, ...] = ()


_LARGEST: Final = 100
"""Heavy atoms of a molecule whose tautomers are looked for."""


def relate(one: Subject, other: Subject) -> Relationship:
    """Return how two molecules are related.

    Raises:
        UserError: A residue of one is left open.
    """
    first, second = complete(one), complete(other)
    if write_canonical(first) == write_canonical(second):
        return Relationship(Relation.IDENTICAL)
    first, second = _tidy(first), _tidy(second)
    if write_canonical(first) == write_canonical(second):
        return Relationship(Relation.IDENTICAL, "they are one compound whose charges or bonds are written in two ways")
    plain = _remove_isotopes(first), _remove_isotopes(second)
    if write_canonical(plain[0]) == write_canonical(plain[1]):
        same_labels = _write_labelled(first) == _write_labelled(second)
        return Relationship(
            Relation.ISOTOPOLOGUES, "their isotopes stand at other places" if same_labels else "their isotopes differ"
        )
    notes: tuple[str, ...] = ()
    if _has_isotopes(first) or _has_isotopes(second):
        notes = ("isotopes are left out of the comparison",)
    found = _relate_plain(*plain)
    return replace(found, notes=(*notes, *found.notes))


def _relate_plain(first: Chem.Mol, second: Chem.Mol) -> Relationship:
    if _flatten(first) == _flatten(second):
        return _relate_stereo(first, second)
    forms = _relate_forms(first, second)
    if forms is not None:
        return forms
    same_formula = write_mol_formula(first) == write_mol_formula(second)
    if not same_formula:
        return Relationship(
            Relation.DIFFERENT, f"their formulas are {write_mol_formula(first)} and {write_mol_formula(second)}"
        )
    return _relate_isomers(first, second)


# ------------------------------------------------------------------------------------------------------ stereochemistry


def _relate_stereo(first: Chem.Mol, second: Chem.Mol) -> Relationship:
    """Return the relation of two molecules of one constitution that are not written alike."""
    if same_stereo(first, second):
        return Relationship(Relation.IDENTICAL, "their stereochemistry is written in two ways")
    summaries = summarize_stereo(first), summarize_stereo(second)
    if any(summary.others for summary in summaries):
        return Relationship(Relation.STEREOISOMERS, "they differ at an axis or a metal centre")
    if all(summary.is_complete for summary in summaries):
        if same_stereo(mirror(first), second):
            return Relationship(Relation.ENANTIOMERS, "they are mirror images that do not coincide")
        return _describe_diastereomers(first, second)
    wider, narrower = (
        first.HasSubstructMatch(second, useChirality=True),
        second.HasSubstructMatch(first, useChirality=True),
    )
    if wider or narrower:
        vaguer = "the second" if wider else "the first"
        return Relationship(
            Relation.STEREO_OPEN,
            f"{vaguer} does not say which stereoisomer it is: it may be the other one, another, or a mixture",
        )
    if same_stereo(mirror(first), second):
        return Relationship(
            Relation.STEREOISOMERS,
            "mirror images as far as they are specified; what is left open decides whether they are enantiomers",
        )
    if _are_diastereomers_anyway(first, second):
        kind = "epimers: they differ at one stereocentre" if _differ_at_one(first, second) else "not mirror images"
        return Relationship(Relation.DIASTEREOMERS, f"{kind}, whatever the centres are that are left open")
    return Relationship(
        Relation.STEREOISOMERS, "what is specified contradicts; what is left open decides of which kind they are"
    )


_MOST_OPEN: Final = 5
"""Stereo elements left open that are tried in all ways."""


def _are_diastereomers_anyway(first: Chem.Mol, second: Chem.Mol) -> bool:
    """Whether two molecules are neither the same nor mirror images in any way of settling what they leave open."""
    completions = []
    for mol in (first, second):
        summary = summarize_stereo(mol)
        labels = [one.label for one in summary.centres] + [one.label for one in summary.double_bonds]
        if labels.count(OPEN) > _MOST_OPEN:
            return False
        completions.append([Chem.Mol(one) for one in EnumerateStereoisomers(Chem.Mol(mol))])
    mine, theirs = completions
    return not any(same_stereo(one, two) or same_stereo(mirror(one), two) for one in mine for two in theirs)


def _differ_at_one(first: Chem.Mol, second: Chem.Mol) -> bool:
    """Whether inverting one specified centre of the first gives the second."""
    for centre in summarize_stereo(first).centres:
        inverted = Chem.Mol(first)
        inverted.GetAtomWithIdx(centre.atom).InvertChirality()
        if centre.label != OPEN and same_stereo(inverted, second):
            return True
    return False


def _describe_diastereomers(first: Chem.Mol, second: Chem.Mol) -> Relationship:
    if same_stereo(_remove_bond_stereo(first), _remove_bond_stereo(second)):
        return Relationship(
            Relation.DIASTEREOMERS, "they differ in the geometry of a double bond: E/Z (cis-trans) isomers"
        )
    labels = {one.atom: one.label for one in summarize_stereo(first).centres}
    for atom in labels:
        inverted = Chem.Mol(first)
        inverted.GetAtomWithIdx(atom).InvertChirality()
        if same_stereo(inverted, second):
            return Relationship(Relation.DIASTEREOMERS, _name_epimers(first, atom, labels[atom]))
    return Relationship(Relation.DIASTEREOMERS, "stereoisomers that are not mirror images")


def _name_epimers(mol: Chem.Mol, atom: int, label: str) -> str:
    """Say what molecules are called that differ at one atom."""
    if (atom,) in mol.GetSubstructMatches(_ANOMERIC):
        return "anomers: epimers at the anomeric carbon"
    if label in ("R", "S"):
        return "epimers: they differ at one stereocentre"
    return "cis-trans isomers: they differ in which side of a ring a substituent stands on"


_ANOMERIC: Final = Chem.MolFromSmarts("[$([CX4;R]([OX2;R])[OX2,NX3;!R])]")


def _remove_bond_stereo(mol: Chem.Mol) -> Chem.Mol:
    plain = Chem.RWMol(mol)
    for bond in plain.GetBonds():
        bond.SetStereo(Chem.BondStereo.STEREONONE)
        if bond.GetBondDir() in (Chem.BondDir.ENDUPRIGHT, Chem.BondDir.ENDDOWNRIGHT):
            bond.SetBondDir(Chem.BondDir.NONE)
    return plain.GetMol()


# -------------------------------------------------------------------------------------------- salts and protonation


def _relate_forms(first: Chem.Mol, second: Chem.Mol) -> Relationship | None:
    """Return the relation of two forms of one parent; None where their parents have nothing to do with each other."""
    compositions = [analyze_composition(Chem.MolToSmiles(mol)) for mol in (first, second)]
    charged = any(atom.GetFormalCharge() for mol in (first, second) for atom in mol.GetAtoms())
    single = all(one.is_single for one in compositions)
    if single and not charged:
        return None
    parents = [parse_smiles(one.parent_neutral) for one in compositions]
    if _flatten(parents[0]) != _flatten(parents[1]) or parents[0].GetNumHeavyAtoms() < 2:
        return None
    relation = Relation.CHARGE_FORMS if single else Relation.SALT_FORMS
    if single:
        protons = abs(_count_hydrogens(first) - _count_hydrogens(second))
        detail = (
            f"they differ by {count_phrase(protons, 'proton')}{': conjugate acid and base' if protons == 1 else ''}"
            if protons
            else "the same atoms with protons at other places: the charged (zwitterionic) and the uncharged form"
        )
    else:
        apart = [", ".join(one.counterparts) or "nothing" for one in compositions]
        detail = f"one parent, {compositions[0].parent_neutral}, with {apart[0]} and with {apart[1]}"
    if same_stereo(*parents):
        return Relationship(relation, detail)
    inner = _relate_stereo(*parents)
    return Relationship(
        inner.relation, f"apart from counter-ions and protons: {inner.detail}", ("the salt or charge form differs too",)
    )


def _count_hydrogens(mol: Chem.Mol) -> int:
    return sum(atom.GetTotalNumHs(includeNeighbors=False) + (atom.GetAtomicNum() == 1) for atom in mol.GetAtoms())


# --------------------------------------------------------------------------------------------- isomers of constitution


def _relate_isomers(first: Chem.Mol, second: Chem.Mol) -> Relationship:
    """Return the relation of two molecules of one formula and charge and different constitution."""
    if _strip_orders(first) == _strip_orders(second) and _write_flat_inchi(first) == _write_flat_inchi(second):
        return Relationship(Relation.RESONANCE, "only electrons are placed differently: one compound")
    notes: tuple[str, ...] = ()
    if max(first.GetNumHeavyAtoms(), second.GetNumHeavyAtoms()) > _LARGEST:
        notes = (f"tautomers are looked for up to {_LARGEST} heavy atoms",)
    elif _are_tautomers(first, second):
        return Relationship(
            Relation.TAUTOMERS,
            "they differ in where a hydrogen and a double bond stand",
            ("which of them prevails is not computed",),
        )
    elif _open_rings(first) == _open_rings(second):
        return Relationship(Relation.TAUTOMERS, "ring-chain tautomers: a carbonyl and its cyclic hemiacetal")
    return Relationship(Relation.CONSTITUTIONAL, f"both are {write_mol_formula(first)}", notes)


def _are_tautomers(first: Chem.Mol, second: Chem.Mol) -> bool:
    if _strip_orders(first, hydrogens=False) != _strip_orders(second, hydrogens=False):
        return False  # other atoms are bonded to each other
    if _write_flat_inchi(first) == _write_flat_inchi(second):
        return True
    with rdBase.BlockLogs():
        found = {_flatten(_enumerator().Canonicalize(mol)) for mol in (first, second)}
    return len(found) == 1


@cache
def _enumerator() -> rdMolStandardize.TautomerEnumerator:
    enumerator = rdMolStandardize.TautomerEnumerator()
    enumerator.SetMaxTautomers(500)
    enumerator.SetMaxTransforms(500)
    return enumerator


def _strip_orders(mol: Chem.Mol, *, hydrogens: bool = True) -> str:
    """Return which atoms are bonded to each other, with or without their hydrogens, as a canonical text."""
    bare = Chem.RWMol()
    for atom in mol.GetAtoms():
        copied = Chem.Atom(atom.GetAtomicNum())
        copied.SetNoImplicit(True)
        # Written as an isotope: hydrogens that no valence asks for are left out of a SMILES.
        copied.SetIsotope(1 + atom.GetTotalNumHs() if hydrogens else 1)
        bare.AddAtom(copied)
    for bond in mol.GetBonds():
        bare.AddBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), Chem.BondType.SINGLE)
    return Chem.MolToSmiles(bare)


def _write_flat_inchi(mol: Chem.Mol) -> str:
    flat = Chem.Mol(mol)
    Chem.RemoveStereochemistry(flat)
    try:
        return write_inchi(flat)[0]
    except UserError:
        return Chem.MolToSmiles(flat)


def _open_rings(mol: Chem.Mol) -> str:
    """Return the constitution with every cyclic hemiacetal opened to its carbonyl and hydroxyl."""
    opened = Chem.Mol(mol)
    Chem.RemoveStereochemistry(opened)
    for _ in range(4):
        products = _opening().RunReactants((opened,))
        if not products:
            break
        opened = products[0][0]
        Chem.SanitizeMol(opened)
    return write_canonical(opened, isomeric=False)


@cache
def _opening() -> rdChemReactions.ChemicalReaction:
    return rdChemReactions.ReactionFromSmarts("[C;R:1]([OX2H:2])[OX2;R:3]>>([C:1]=[O:2].[OH:3])")


# ------------------------------------------------------------------------------------------------------------- tidying


def _tidy(mol: Chem.Mol) -> Chem.Mol:
    """Return a molecule in one way of writing charges, with salts of metals as ions; complexes stay as they are."""
    with rdBase.BlockLogs():
        tidied = Chem.RWMol(rdMolStandardize.Normalizer().normalize(mol))
    for metal, anion in tidied.GetSubstructMatches(_SALT_BOND):
        tidied.RemoveBond(metal, anion)
        for index, step in ((metal, 1), (anion, -1)):
            atom = tidied.GetAtomWithIdx(index)
            atom.SetFormalCharge(atom.GetFormalCharge() + step)
            atom.SetNoImplicit(True)
    Chem.SanitizeMol(tidied)
    return tidied.GetMol()


_SALT_BOND: Final = Chem.MolFromSmarts(
    "[Li,Na,K,Rb,Cs,Mg,Ca,Sr,Ba,Zn,Al,Cu,Ag,Fe,Mn;+0;!$(*~[#6,#1,P])]-[O,S,N,F,Cl,Br,I;+0]"
)
"""A bond of a metal to an anion of a salt; metals of organometallic compounds and of neutral ligands do not match."""


def _flatten(mol: Chem.Mol) -> str:
    return write_canonical(mol, isomeric=False)


def _has_isotopes(mol: Chem.Mol) -> bool:
    return any(atom.GetIsotope() for atom in mol.GetAtoms())


def _remove_isotopes(mol: Chem.Mol) -> Chem.Mol:
    if not _has_isotopes(mol):
        return mol
    plain = Chem.Mol(mol)
    for atom in plain.GetAtoms():
        atom.SetIsotope(0)
    return parse_smiles(Chem.MolToSmiles(plain))  # merges deuterium and settles centres that only isotopes made


def _write_labelled(mol: Chem.Mol) -> str:
    return str(rdMolDescriptors.CalcMolFormula(mol, separateIsotopes=True, abbreviateHIsotopes=True))


# -------------------------------------------------------------------------------------------------------- calculations


def _relation(asked: Inquiry) -> Result:
    found = relate(*asked.subjects)
    one, other = (subject.shown for subject in asked.subjects)
    value = found.relation.value
    said = f"{one} and {other} are {value}{f': {found.detail}' if found.detail else ''}."
    if found.relation is Relation.STEREO_OPEN:
        said = f"{one} and {other} have the same constitution: {found.detail}."
    return Result(value, value, said, notes=found.notes)


RELATION: Final = Calculation(
    name="relation",
    title="relation of two molecules",
    words=(
        "relation", "relationship", "how are related", "related", "tautomer", "enantiomer", "diastereomer",
        "diastereoisomer", "constitutional isomer", "structural isomer", "stereoisomer", "isomer", "epimer", "anomer",
        "mirror image", "resonance structure", "resonance form", "regioisomer", "positional isomer", "mesomer",
        "conjugate acid", "conjugate base", "salt form", "charge form", "protonation state", "isotopologue of",
        "isotopomer", "cis trans isomer", "e/z isomer", "geometrical isomer", "optical isomer", "tautomeric",
        "enantiomeric", "isomeric",
    ),
    takes=Takes.TWO,
    gives=Gives.TEXT,
    method="canonical SMILES, CIP labels, mirror images, RDKit's tautomer rules and uncharger, InChI",
    compute=_relation,
    example=Example("How are these two related?", ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"), "enantiomers"),
)  # fmt: skip


def _same_molecule(asked: Inquiry) -> Result:
    found = relate(*asked.subjects)
    one, other = (subject.shown for subject in asked.subjects)
    match found.relation:
        case Relation.IDENTICAL | Relation.RESONANCE:
            verdict = "yes"
            said = f"Yes, {one} and {other} are the same molecule, {write_canonical(asked.subjects[0].mol)}"
        case Relation.STEREO_OPEN:
            verdict = "undecided"
            said = f"{one} and {other} have the same constitution"
        case relation:
            verdict = "no"
            said = f"No, {one} and {other} are {relation.value}"
    return Result(verdict, verdict, f"{said}{f': {found.detail}' if found.detail else ''}.", notes=found.notes)


SAME_MOLECULE: Final = Calculation(
    name="same_molecule",
    title="same molecule",
    words=(
        "same molecule", "same compound", "same", "same structure", "same substance", "identical", "equal",
        "equivalent",
        "the same thing", "same chemical", "same as", "identical molecule", "identical compound", "same species",
        "the same molecule", "represent the same molecule", "represent the same compound", "different molecules",
        "different compounds", "the same as",
    ),
    takes=Takes.TWO,
    gives=Gives.TEXT,
    method="canonical SMILES, stereochemistry and isotopes included; InChI where they differ",
    compute=_same_molecule,
    example=Example("Are CCO and OCC the same molecule?", ("CCO", "OCC"), "yes"),
)  # fmt: skip

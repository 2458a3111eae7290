"""Stereochemistry: which atoms and double bonds carry it, what they are called, and what is left open."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdCIPLabeler, rdMolDescriptors

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Result, Subject, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.calculations.counts import count_phrase, name_atom
from anymol.chem.parsing import write_canonical

_EFFORT: Final = 200_000
"""Steps that the labeller may take: two tenths of a second. Cages of high symmetry need more: no labels."""

OPEN: Final = "open"
"""Label of a stereo element that the structure does not specify."""

UNNAMED: Final = "?"
"""Label of an element that is specified and has no CIP label, or none that was found within the limit."""


@dataclass(frozen=True)
class Centre:
    """A stereogenic atom.

    Attributes:
        atom: Its index.
        label: R, S, r or s; :data:`OPEN` or :data:`UNNAMED`.
    """

    atom: int
    label: str


@dataclass(frozen=True)
class DoubleBond:
    """A stereogenic double bond.

    Attributes:
        atoms: Indices of its ends.
        label: E or Z; :data:`OPEN` or :data:`UNNAMED`.
    """

    atoms: tuple[int, int]
    label: str


@dataclass(frozen=True)
class StereoSummary:
    """The stereo elements of a molecule.

    Attributes:
        centres: Stereogenic atoms, in the order of the SMILES.
        double_bonds: Stereogenic double bonds.
        others: What else carries stereochemistry and has no label here: axes, square planes, octahedra.
    """

    centres: tuple[Centre, ...]
    double_bonds: tuple[DoubleBond, ...]
    others: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left open."""
        labels = [one.label for one in self.centres] + [one.label for one in self.double_bonds]
        return OPEN not in labels


_OTHERS: Final = {
    Chem.StereoType.Atom_SquarePlanar: "square-planar centre",
    Chem.StereoType.Atom_TrigonalBipyramidal: "trigonal-bipyramidal centre",
    Chem.StereoType.Atom_Octahedral: "octahedral centre",
    Chem.StereoType.Bond_Atropisomer: "atropisomeric axis",
    Chem.StereoType.Bond_Cumulene_Even: "cumulene axis",
}


def summarize_stereo(mol: Chem.Mol) -> StereoSummary:
    """Return the stereo elements of a molecule, labelled by the rules of Cahn, Ingold and Prelog."""
    labelled = Chem.Mol(mol)
    # Parsing leaves RDKit's older labels, and the new labeller does not clear them.
    for atom in labelled.GetAtoms():
        atom.ClearProp("_CIPCode")
    for bond in labelled.GetBonds():
        bond.ClearProp("_CIPCode")
    # Where the limit is reached the labels found so far are kept.
    with rdBase.BlockLogs(), contextlib.suppress(RuntimeError):
        rdCIPLabeler.AssignCIPLabels(labelled, maxRecursiveIterations=_EFFORT)
    centres: list[Centre] = []
    double_bonds: list[DoubleBond] = []
    others: list[str] = []
    caged = _find_caged(labelled)
    for found in Chem.FindPotentialStereo(labelled):
        specified = found.specified == Chem.StereoSpecified.Specified
        match found.type:
            case Chem.StereoType.Atom_Tetrahedral:
                atom = labelled.GetAtomWithIdx(found.centeredOn)
                if atom.GetIdx() not in caged:
                    centres.append(Centre(atom.GetIdx(), _read_label(atom) if specified else OPEN))
            case Chem.StereoType.Bond_Double:
                bond = labelled.GetBondWithIdx(found.centeredOn)
                if not _is_cumulated(bond):
                    ends = (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
                    double_bonds.append(DoubleBond(ends, _read_label(bond) if specified else OPEN))
            case other if other in _OTHERS:
                others.append(_OTHERS[other])
            case _:
                pass
    others += ["cumulene axis"] * sum(
        atom.GetTotalDegree() == 2 and sum(bond.GetBondType() == Chem.BondType.DOUBLE for bond in atom.GetBonds()) == 2
        for atom in labelled.GetAtoms()
        if atom.GetAtomicNum() == 6 and _is_stereogenic_allene(labelled, atom)
    )
    return StereoSummary(tuple(centres), tuple(double_bonds), tuple(others))


def _find_caged(mol: Chem.Mol) -> set[int]:
    """Return the atoms that RDKit counts as potential stereocentres although their cage allows one arrangement only.

    Bridgeheads of norbornane and adamantane and the corners of cubane have two equal ligands; what would be another
    isomer cannot be built. The fusion atoms of decalin have two equal ligands too, and do count.
    """
    bridgeheads: list[int] = []
    rdMolDescriptors.CalcNumBridgeheadAtoms(mol, bridgeheads)  # type: ignore[arg-type]  # the stub is wrong
    ranks = list(Chem.CanonicalRankAtoms(mol, breakTies=False))
    rings = mol.GetRingInfo()
    caged = set()
    for atom in mol.GetAtoms():
        index, beside = atom.GetIdx(), [ranks[other.GetIdx()] for other in atom.GetNeighbors()]
        sizes = sorted(rings.AtomRingSizes(index))
        small = len(sizes) == 2 and sizes[1] <= 4 and sum(bond.IsInRing() for bond in atom.GetBonds()) == 3
        if len(set(beside)) < len(beside) and (index in bridgeheads or len(sizes) > 2 or small):
            caged.add(index)
    return caged


def _read_label(element: Chem.Atom | Chem.Bond) -> str:
    return element.GetProp("_CIPCode") if element.HasProp("_CIPCode") else UNNAMED


def _is_cumulated(bond: Chem.Bond) -> bool:
    """Whether a double bond is a part of an allene, whose halves RDKit reports as two double bonds."""
    return any(
        sum(other.GetBondType() == Chem.BondType.DOUBLE for other in atom.GetBonds()) > 1
        for atom in (bond.GetBeginAtom(), bond.GetEndAtom())
    )


def _is_stereogenic_allene(mol: Chem.Mol, middle: Chem.Atom) -> bool:
    """Whether both ends of an allene carry two different substituents."""
    ranks = list(Chem.CanonicalRankAtoms(mol, breakTies=False))
    ends = [bond.GetOtherAtom(middle) for bond in middle.GetBonds() if bond.GetBondType() == Chem.BondType.DOUBLE]
    for end in ends:
        beside = [ranks[atom.GetIdx()] for atom in end.GetNeighbors() if atom.GetIdx() != middle.GetIdx()]
        if end.GetTotalNumHs() + len(beside) != 2 or len(set(beside)) < len(beside) or end.GetTotalNumHs() == 2:
            return False
    return len(ends) == 2


def mirror(mol: Chem.Mol) -> Chem.Mol:
    """Return the mirror image: every tetrahedral centre inverted, double bonds kept."""
    image = Chem.Mol(mol)
    for atom in image.GetAtoms():
        atom.InvertChirality()
    return image


def is_meso(mol: Chem.Mol, summary: StereoSummary) -> bool:
    """Whether a molecule with stereocentres is its own mirror image; False where something is left open."""
    named = [one for one in summary.centres if one.label in ("R", "S")]
    if len(named) < 2 or not summary.is_complete or summary.others:
        return False
    return same_stereo(mol, mirror(mol))


def same_stereo(one: Chem.Mol, other: Chem.Mol) -> bool:
    """Whether two molecules are the same, stereochemistry included.

    RDKit's canonical SMILES and InChI are asked; where the SMILES differ only in how a symmetric molecule is written,
    InChI tells.
    """
    if write_canonical(one) == write_canonical(other):
        return True
    with rdBase.BlockLogs():
        keys = Chem.MolToInchi(one, options="/SUU"), Chem.MolToInchi(other, options="/SUU")
        same_skeleton = write_canonical(one, isomeric=False) == write_canonical(other, isomeric=False)
    return same_skeleton and bool(keys[0]) and keys[0] == keys[1]


def _say_numbers(subject: Subject) -> str:
    """Say what the numbers of atoms are, where a name would make one take them for its locants."""
    return " (atoms numbered along the SMILES)" if subject.shown != subject.smiles else ""


def _note_numbers(subject: Subject) -> str:
    return f"atoms are counted in {subject.smiles}; the numbers are not the locants of a name"


def _stereocentres(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    mol = complete(subject)
    summary = summarize_stereo(mol)
    count = len(summary.centres)
    named = [f"{name_atom(mol, one.atom)} {one.label}" for one in summary.centres if one.label not in (OPEN, UNNAMED)]
    unnamed = [name_atom(mol, one.atom) for one in summary.centres if one.label == UNNAMED]
    left = [name_atom(mol, one.atom) for one in summary.centres if one.label == OPEN]
    said = [", ".join(named)] if named else []
    said += [f"{', '.join(unnamed)} specified, without a CIP label"] if unnamed else []
    said += [f"{', '.join(left)} not specified"] if left else []
    listed = f": {'; '.join(said)}{_say_numbers(subject)}" if said else ""
    statement = f"{subject.shown} has {count_phrase(count, 'stereocentre')}{listed}."
    notes: tuple[str, ...] = ()
    if is_meso(mol, summary):
        statement = statement[:-1] + "; it is a meso compound, its own mirror image."
    elif (verdict := _judge_chirality(mol, summary, asked.text)) is not None:
        statement = f"{statement[:-1]}; {verdict}."
    elif count and re.search(r"\bmeso\b", asked.text, re.IGNORECASE) and "meso" not in subject.name.lower():
        if summary.is_complete and not unnamed:
            statement = statement[:-1] + "; it is not a meso compound."
        else:
            statement = statement[:-1] + "; whether it is a meso compound is left open."
    if any(one.label in ("r", "s") for one in summary.centres):
        notes += ("r and s are pseudoasymmetric: they do not change in the mirror image",)
    notes += tuple(f"there is also a {other}, which has no label here" for other in dict.fromkeys(summary.others))
    if count:
        notes += (_note_numbers(subject),)
    elif mol.GetRingInfo().NumRings() > 1:
        # Without a stereocentre rings can still be chiral: biaryls, cyclophanes, helicenes.
        statement = statement[:-1] + "; whether an axis, a plane or a helix makes it chiral is not judged."
    parts = tuple(Part(name_atom(mol, one.atom), one.label, None, (one.atom,)) for one in summary.centres)
    return Result(count, str(count), statement, parts=parts, notes=notes, smiles=subject.smiles if parts else "")


_CHIRAL: Final = re.compile(
    r"\b(?:a?chiral|optically active)\b(?! (?:cent|atoms?|carbons?|elements?|positions?|sites?))", re.IGNORECASE
)


def _judge_chirality(mol: Chem.Mol, summary: StereoSummary, text: str) -> str | None:
    """Return whether a molecule is chiral, where that is asked and its centres tell; None where they do not."""
    if _CHIRAL.search(text) is None or not summary.centres or summary.others:
        return None
    if all(one.label != OPEN for one in summary.centres):
        return "it is its own mirror image, so achiral" if same_stereo(mol, mirror(mol)) else "it is chiral"
    return "it is chiral, of which enantiomer is left open" if len(summary.centres) == 1 else None


STEREOCENTRES: Final = Calculation(
    name="stereocentres",
    title="stereocentres",
    words=(
        "stereocentre", "stereocenter", "stereogenic centre", "stereogenic center", "chiral centre", "chiral center",
        "chirality", "chiral", "achiral", "asymmetric carbon", "asymmetric centre", "asymmetric center",
        "chiral carbon",
        "stereochemistry", "absolute configuration", "configuration", "r/s", "r or s", "cip label", "cip", "meso",
        "r/s configuration", "r/s label", "cip descriptor", "r/s assignment", "chirality centre", "chirality center",
        "stereogenic atom", "chiral atom", "stereo centre", "stereo center", "r s configuration", "stereodescriptor",
        "meso compound", "optically active",
    ),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method="RDKit's rdCIPLabeler (Hanson 2018) over potential stereocentres",
    compute=_stereocentres,
    example=Example("Which stereocentres does L-alanine have?", ("C[C@H](N)C(=O)O",), "1"),
)  # fmt: skip


def _double_bond_stereo(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    mol = complete(subject)
    bonds = summarize_stereo(mol).double_bonds
    listed = [(f"{name_atom(mol, one.atoms[0])}={name_atom(mol, one.atoms[1])}", one) for one in bonds]
    said = [f"{label} {'not specified' if one.label == OPEN else one.label}" for label, one in listed]
    count = len(bonds)
    noun = "double bond that can be E or Z"
    statement = (
        f"{subject.shown} has {count_phrase(count, noun, 'double bonds that can be E or Z')}: {', '.join(said)}"
        f"{_say_numbers(subject)}."
        if count
        else f"{subject.shown} has no {noun}."
    )
    text = ", ".join(said) or "none"
    parts = tuple(Part(label, one.label, None, one.atoms) for label, one in listed)
    notes = (_note_numbers(subject),) if count else ()
    return Result(text, text, statement, parts=parts, notes=notes, smiles=subject.smiles if parts else "")


DOUBLE_BOND_STEREO: Final = Calculation(
    name="double_bond_stereo",
    title="E/Z double bonds",
    words=(
        "e/z", "e or z", "cis or trans", "cis/trans", "double bond stereochemistry", "double bond geometry",
        "double bond configuration", "e/z configuration", "e z configuration", "configuration of the double bond",
        "geometry of the double bond", "e/z isomerism", "stereochemistry of the double bond", "olefin geometry",
        "alkene geometry", "geometric isomer", "double bond stereo", "e/z geometry", "cis trans isomerism",
    ),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="RDKit's rdCIPLabeler (Hanson 2018) over potential double-bond stereo",
    compute=_double_bond_stereo,
    example=Example("Is the double bond of this molecule E or Z?", ("OC(=O)/C=C/C(=O)O",), "C4=C5 E"),
)  # fmt: skip

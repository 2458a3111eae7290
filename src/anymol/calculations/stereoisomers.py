"""How many stereoisomers a constitution has, and the mirror image of a molecule."""

from __future__ import annotations

from typing import Final

from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdMolDescriptors
from rdkit.Chem.EnumerateStereoisomers import (
    EnumerateStereoisomers,
    GetStereoisomerCount,
    StereoEnumerationOptions,
)

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Result, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.calculations.counts import count_phrase
from anymol.calculations.stereo import OPEN, mirror, same_stereo, summarize_stereo
from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.errors import UserError

_MOST: Final = 256
"""Arrangements that are looked at; each may be the same as another."""

_MOST_BRIDGED: Final = 4
"""The same of a bridged molecule, each of which is built to see whether it can be."""

_ATTEMPTS: Final = 20
"""Tries to build one."""

_SHOWN: Final = 16
"""Stereoisomers that are written out."""

_UNSEEN: Final = "what an axis, a plane or a helix would add is not counted"


def _stereoisomers(asked: Inquiry) -> Result:
    given = complete(asked.subjects[0])
    flat = Chem.Mol(given)
    Chem.RemoveStereochemistry(flat)
    flat = parse_smiles(Chem.MolToSmiles(flat))  # isotopes stay: they make centres too
    _require_judged(asked, flat)
    options = StereoEnumerationOptions(unique=True, rand=0)
    arrangements = GetStereoisomerCount(flat, options=options)
    is_bridged = rdMolDescriptors.CalcNumBridgeheadAtoms(flat) > 0
    most = _MOST_BRIDGED if is_bridged else _MOST
    if arrangements > most:
        raise UserError(
            f"{asked.shown} has up to {arrangements:,} stereoisomers, too many to look at each",
            value=asked.subjects[0].smiles,
            hint=f"counted are up to {_MOST} arrangements, of bridged molecules {_MOST_BRIDGED}",
        )
    isomers = sorted(write_canonical(one) for one in EnumerateStereoisomers(flat, options=options))
    if is_bridged:
        isomers = _keep_possible(isomers)
    count = len(isomers)
    achiral = sum(same_stereo(mol, mirror(mol)) for mol in map(parse_smiles, isomers))
    pairs = (count - achiral) // 2
    said = [count_phrase(pairs, "pair of enantiomers", "pairs of enantiomers")] if pairs else []
    said += [f"{achiral} achiral"] if achiral else []
    statement = f"{asked.shown} has {count_phrase(count, 'stereoisomer')}: {' and '.join(said)}."
    if count == 1:
        statement = f"{asked.shown} has no stereoisomer beside itself."
    is_given = write_canonical(given) != write_canonical(flat)
    notes: tuple[str, ...] = ("the configuration that is given is one of them",) if is_given else ()
    notes += (_UNSEEN,) if _may_be_chiral_otherwise(flat) else ()
    parts = tuple(Part(f"isomer {number}", one) for number, one in enumerate(isomers[:_SHOWN], 1))
    return Result(count, str(count), statement, parts=parts, notes=notes)


def _require_judged(asked: Inquiry, mol: Chem.Mol) -> None:
    """Refuse molecules whose isomers are no matter of tetrahedral carbons and double bonds alone.

    Raises:
        UserError: They have an axis, or a metal.
    """
    if summarize_stereo(mol).others or any(_is_metal(atom) for atom in mol.GetAtoms() if atom.GetDegree()):
        raise UserError(
            f"{asked.shown} has stereochemistry beside centres and double bonds",
            value=asked.subjects[0].smiles,
            hint="isomers by axes, planes and at metals are not counted",
        )


def _is_metal(atom: Chem.Atom) -> bool:
    number = atom.GetAtomicNum()
    return 21 <= number <= 30 or 39 <= number <= 48 or 57 <= number <= 80 or number >= 89


def _may_be_chiral_otherwise(mol: Chem.Mol) -> bool:
    """Whether rings may be turned against each other or wound: biaryls, cyclophanes, helicenes, trans-cyclooctene."""
    return mol.GetRingInfo().NumRings() > 1 or any(len(ring) > 7 for ring in mol.GetRingInfo().AtomRings())


def _keep_possible(isomers: list[str]) -> list[str]:
    """Return the isomers of a bridged molecule that can be built: one of two mirror images stands for both."""
    kept: set[str] = set()
    for one in isomers:
        image = write_canonical(mirror(parse_smiles(one)))
        if image in kept or (one not in kept and _can_be_built(one)):
            kept |= {one, image}
    return sorted(kept)


def _can_be_built(smiles: str) -> bool:
    mol = Chem.AddHs(parse_smiles(smiles))
    return rdDistGeom.EmbedMolecule(mol, maxAttempts=_ATTEMPTS, randomSeed=1) >= 0


STEREOISOMERS: Final = Calculation(
    name="stereoisomers",
    title="stereoisomers",
    words=("number of stereoisomers", "how many stereoisomers", "possible stereoisomers", "optical isomers"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method="RDKit's enumeration of tetrahedral centres and double bonds, equal ones once",
    compute=_stereoisomers,
    example=Example("How many stereoisomers does this molecule have?", ("OC(=O)C(O)C(O)C(=O)O",), "3"),
)


def _mirror_image(asked: Inquiry) -> Result:
    given = complete(asked.subjects[0])
    summary = summarize_stereo(given)
    left = [one for one in summary.centres if one.label == OPEN]
    if left and not _is_chiral_whatever(given):
        raise UserError(
            f"{asked.shown} leaves open which enantiomer it is",
            value=asked.subjects[0].smiles,
            hint="give the configuration of every stereocentre, as in (R)-carvone or with @ in the SMILES",
        )
    _require_judged(asked, given)
    image = mirror(given)
    smiles = write_canonical(image)
    if same_stereo(given, image) and _may_be_chiral_otherwise(given):
        raise UserError(
            f"{asked.shown} is not chiral by its stereocentres, and whether its rings make it so is not judged",
            value=asked.subjects[0].smiles,
            hint="an enantiomer is written where stereocentres tell it from its mirror image",
        )
    if same_stereo(given, image):
        return Result(smiles, smiles, f"{asked.shown} is its own mirror image: it is achiral, {smiles}.")
    notes = (f"{count_phrase(len(left), 'stereocentre')} left open here and there alike",) if left else ()
    return Result(smiles, smiles, f"The enantiomer of {asked.shown} is {smiles}.", notes=notes)


def _is_chiral_whatever(mol: Chem.Mol) -> bool:
    """Whether a molecule is chiral, and which enantiomer it is settled, whatever its open centres are.

    So are sugars whose anomeric centre is open: inverting the centres that are given makes the enantiomer, with the
    same one open. Where none is given, or a choice of the open ones makes it its own mirror image, it is not settled.
    """
    options = StereoEnumerationOptions(unique=True, onlyUnassigned=True, rand=0)
    if GetStereoisomerCount(mol, options=options) > _MOST:
        return False
    completed = [parse_smiles(write_canonical(one)) for one in EnumerateStereoisomers(mol, options=options)]
    return not any(same_stereo(one, mirror(other)) for one in completed for other in completed)


MIRROR_IMAGE: Final = Calculation(
    name="mirror_image",
    title="enantiomer",
    words=("mirror image of", "other enantiomer", "opposite enantiomer", "enantiomer of", "optical antipode"),
    takes=Takes.ONE,
    gives=Gives.MOLECULE,
    method="every tetrahedral centre inverted, double bonds kept",
    compute=_mirror_image,
    example=Example("What is the enantiomer of this molecule?", ("C[C@H](N)C(=O)O",), "C[C@@H](N)C(=O)O"),
)

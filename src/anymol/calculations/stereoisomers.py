"""How many stereoisomers a constitution has, and the mirror image of a molecule."""

from __future__ import annotations

from typing import Final

from rdkit.Chem import rdMolDescriptors
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

_SHOWN: Final = 16
"""Stereoisomers that are written out."""


def _stereoisomers(asked: Inquiry) -> Result:
    given = complete(asked.subjects[0])
    flat = parse_smiles(write_canonical(given, isomeric=False))
    if summarize_stereo(flat).others:
        raise UserError(
            f"{asked.shown} has stereochemistry beside centres and double bonds",
            value=asked.subjects[0].smiles,
            hint="isomers by axes and planes are not counted",
        )
    # A bridge allows some arrangements of its ends and forbids others: those that can be built are kept.
    is_bridged = rdMolDescriptors.CalcNumBridgeheadAtoms(flat) > 0
    options = StereoEnumerationOptions(unique=True, tryEmbedding=is_bridged, rand=0)
    arrangements = GetStereoisomerCount(flat, options=options)
    if arrangements > _MOST:
        raise UserError(
            f"{asked.shown} has up to {arrangements:,} stereoisomers, too many to look at each",
            value=asked.subjects[0].smiles,
            hint=f"counted are up to {_MOST} arrangements; equal ones would have to be told apart",
        )
    isomers = sorted(write_canonical(one) for one in EnumerateStereoisomers(flat, options=options))
    count = len(isomers)
    achiral = sum(same_stereo(mol, mirror(mol)) for mol in map(parse_smiles, isomers))
    pairs = (count - achiral) // 2
    said = [count_phrase(pairs, "pair of enantiomers", "pairs of enantiomers")] if pairs else []
    said += [f"{achiral} achiral"] if achiral else []
    statement = f"{asked.shown} has {count_phrase(count, 'stereoisomer')}: {' and '.join(said)}."
    if count == 1:
        statement = f"{asked.shown} has no stereoisomer beside itself."
    notes = (
        ("the configuration that is given is one of them",) if write_canonical(given) != write_canonical(flat) else ()
    )
    parts = tuple(Part(f"isomer {number}", one) for number, one in enumerate(isomers[:_SHOWN], 1))
    return Result(count, str(count), statement, parts=parts, notes=notes)


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
    if left or summary.others:
        raise UserError(
            f"{asked.shown} leaves open which enantiomer it is" if left else f"{asked.shown} is chiral by an axis",
            value=asked.subjects[0].smiles,
            hint="give the configuration of every stereocentre, as in (R)-carvone or with @ in the SMILES",
        )
    image = mirror(given)
    smiles = write_canonical(image)
    if same_stereo(given, image):
        return Result(smiles, smiles, f"{asked.shown} is its own mirror image: it is achiral, {smiles}.")
    return Result(smiles, smiles, f"The enantiomer of {asked.shown} is {smiles}.")


MIRROR_IMAGE: Final = Calculation(
    name="mirror_image",
    title="enantiomer",
    words=("mirror image of", "other enantiomer", "opposite enantiomer", "enantiomer of", "optical antipode"),
    takes=Takes.ONE,
    gives=Gives.MOLECULE,
    method="every tetrahedral centre inverted, double bonds kept",
    compute=_mirror_image,
    exact=True,
    example=Example("What is the enantiomer of this molecule?", ("C[C@H](N)C(=O)O",), "C[C@@H](N)C(=O)O"),
)

"""Other forms of a molecule: without its counter-ions and charges, and its tautomers."""

from __future__ import annotations

from typing import Final

from rdkit import rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Result, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.chem.fragments import analyze_composition
from anymol.chem.parsing import write_canonical
from anymol.errors import UserError

_MOST_TAUTOMERS: Final = 200
"""Tautomers and transformations after which an enumeration stops."""
_SHOWN: Final = 10
"""Tautomers that a sentence names."""


def _neutral_parent(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    complete(subject)
    found = analyze_composition(subject.smiles)
    parent = found.parent_neutral
    beside = f", without {', '.join(found.counterparts)}" if found.counterparts else ""
    changed = "" if found.parent_neutral == found.parent else f"; {found.parent} was neutralised"
    if not beside and not changed:
        statement = f"{asked.shown} is one molecule without a charge that a proton could lift: {parent}."
    else:
        statement = f"The parent of {asked.shown} is {parent}{beside}{changed}."
    return Result(parent, parent, statement)


NEUTRAL_PARENT: Final = Calculation(
    name="neutral_parent",
    title="parent without counter-ions and charges",
    words=(
        "neutral form", "free base", "free acid", "parent compound", "desalted", "without the salt", "strip the salt",
        "remove the salt", "remove the counterion", "strip the counterion", "neutralise", "neutralize",
    ),
    takes=Takes.ONE,
    gives=Gives.MOLECULE,
    method="largest organic fragment, protons added or removed until neutral; permanent charges stay",
    compute=_neutral_parent,
    example=Example("What is the free base of this salt?", ("CN1CCC[C@H]1c1cccnc1.Cl",), "CN1CCC[C@H]1c1cccnc1"),
)  # fmt: skip


def _tautomers(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    mol = complete(subject)
    enumerator = rdMolStandardize.TautomerEnumerator()
    enumerator.SetMaxTautomers(_MOST_TAUTOMERS)
    enumerator.SetMaxTransforms(_MOST_TAUTOMERS)
    # Stereochemistry that a tautomer could lose is kept where the hydrogen does not move past it.
    enumerator.SetRemoveSp3Stereo(False)
    enumerator.SetRemoveBondStereo(False)
    with rdBase.BlockLogs():
        found = enumerator.Enumerate(mol)
    if found.status not in (
        rdMolStandardize.TautomerEnumeratorStatus.Completed,
        rdMolStandardize.TautomerEnumeratorStatus.MaxTautomersReached,
        rdMolStandardize.TautomerEnumeratorStatus.MaxTransformsReached,
    ):
        raise UserError("its tautomers cannot be listed", value=subject.smiles, hint="give a smaller molecule")
    scored = sorted(((enumerator.ScoreTautomer(one), write_canonical(one)) for one in found), key=lambda one: -one[0])
    listed = list(dict.fromkeys(smiles for _, smiles in scored))
    complete_list = found.status == rdMolStandardize.TautomerEnumeratorStatus.Completed
    parts = tuple(Part(f"tautomer {place}", smiles) for place, smiles in enumerate(listed, 1))
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    count = f"{'' if complete_list else 'more than '}{len(listed)}"
    if len(listed) == 1 and complete_list:
        statement = f"{asked.shown} has no other tautomer by these rules."
    else:
        statement = f"{asked.shown} has {count} tautomers, itself among them: {', '.join(listed[:_SHOWN])}{more}."
    notes = ("the order is a rule's, which prefers aromatic rings and carbonyls; it is not a measured equilibrium",)
    text = ", ".join(listed)
    return Result(text, text, statement, parts=parts, notes=notes if len(listed) > 1 else ())


TAUTOMERS: Final = Calculation(
    name="tautomers",
    title="tautomers",
    words=("tautomeric form", "list of tautomers", "enol form", "keto form"),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="transformations of Sitzmann et al. 2010 as RDKit's TautomerEnumerator applies them",
    compute=_tautomers,
    example=Example("What are the tautomers of acetone?", ("CC(C)=O",), "CC(C)=O, C=C(C)O"),
)

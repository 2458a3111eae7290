"""Recognising a molecule from what was drawn, measured or computed of it."""

from __future__ import annotations

from typing import Final

import numpy as np

from anymol.metrics.molecule import MOLECULE_METRICS
from anymol.metrics.reaction import REACTION_METRICS
from anymol.modalities.content import RecordPart
from anymol.modalities.image import MoleculeImage
from anymol.modalities.modality import Modality
from anymol.tasks.cues import THING
from anymol.tasks.parsing import parse_molecule, parse_reaction_answer
from anymol.tasks.task import AnswerKind, Baseline, Slot, Task, TaskInput
from anymol.tasks.verification import verify_drawn_reaction, verify_recognition

_ESTERIFICATION: Final = "CC(=O)O.CCO>O=S(=O)(O)O>CCOC(C)=O"
_BLANK: Final = MoleculeImage(np.full((32, 96, 3), 255, np.uint8), "stands for the picture of a scheme")

REACTION_RECOGNITION: Final = Task(
    name="reaction_recognition",
    version=1,
    family="record2mol",
    summary="Read a drawn reaction scheme: reactants, reagents and products.",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.REACTION,
    phrasings=(
        "Which reaction is drawn here? {molecule}",
        "Read the reaction scheme: {molecule}",
        "Write the reaction of this scheme. {molecule}",
        "{molecule} What reaction is this?",
        "Recognise the reaction: {molecule}",
        "Transcribe this reaction scheme: {molecule}",
    ),
    reads=(Modality.IMAGE,),
    screened=False,
    parse=parse_reaction_answer,
    metrics=REACTION_METRICS,
    verify=verify_drawn_reaction,
    example=(TaskInput(records={Slot.MOLECULE: (RecordPart(Modality.IMAGE, _BLANK),)}), _ESTERIFICATION),
    words="""
        scheme reaction smiles picture image photo turn drawn reactant product reagent digitise digitize convert
        transcribe recognise recognize interpret drawing
    """,
    cues=(
        (r"\b(?:reaction )?scheme\b", 0.85),
        (r"\breactants?,? (?:reagents? )?(?:and|&) products?\b", 0.7),
        (r"\b(?:which|what) reaction\b|\breaction (?:is|was) (?:this|drawn|shown)\b", 0.85),
        (r"\b(?:read|recogni[sz]e|transcribe|write|identify|digiti[sz]e|extract|interpret)\b.*\breaction\b", 0.85),
    ),
)

MOLECULE_RECOGNITION: Final = Task(
    name="molecule_recognition",
    version=1,
    family="record2mol",
    summary="Recognise a molecule from a drawing, a mass or infrared spectrum, a geometry or a graph.",
    required=(Slot.MOLECULE,),
    optional=(Slot.FORMULA,),
    answer=AnswerKind.MOLECULE,
    phrasings=(
        "Which molecule is this? {molecule}",
        "What is the structure? {molecule}",
        "Write the structure of {molecule}.",
        "Identify {molecule}.",
        "{molecule} Which compound is it?",
        "Recognise the molecule: {molecule}",
        "Which structure belongs to {molecule}?",
    ),
    where_given={Slot.FORMULA: "Its formula is {formula}."},
    reads=tuple(Modality),
    screened=False,
    parse=parse_molecule,
    metrics=MOLECULE_METRICS,
    verify=verify_recognition,
    baselines=(Baseline.MASS,),
    example=(
        TaskInput(
            formula="C9H8O4",
            records={Slot.MOLECULE: (RecordPart(Modality.GRAPH, smiles="CC(=O)Oc1ccccc1C(=O)O"),)},
        ),
        "CC(=O)Oc1ccccc1C(=O)O",
    ),
    words="""
        suggest propose structure gave give name call in spectrum spectra smiles selfies inchi drawn drawing picture
        image photo scan sketch ms ms2 ms/ms ir infrared candidate convert unknown judge elucidate xyz file produce fit
        digitise digitize guess recognise recognize match explain behind tandem mass geometry coordinates coordinate
        graph measured measure molfile translate transcribe interpret draw likely fragment cause iupac best stand
        conformer 3d hand
    """,
    cues=(
        (
            rf"\b(?:which|what)(?: \w+)? (?:{THING}|substance)\b.*\b(?:is|was|has|this|these|shown|drawn|belongs?)\b",
            0.75,
        ),
        (r"\b(?:identify|recogni[sz]e|elucidate|decipher)\b(?!.*\b(?:reaction|scheme)\b)", 0.8),
        (
            r"\bwhat (?:does|do|is|was) (?:\u00a4|the (?:picture|image|drawing|scan|photo)) (?:show|shown|"
            r"depicted?|drawn)\b",
            0.75,
        ),
        (r"\b(?:what|which) (?:is|was)\b(?: \w+)*? (?:this|it|shown|drawn|measured)\b|\bwhat(?:'s| is) this\b", 0.7),
        (r"\b(?:what is|write|give|show|find|determine)\b(?: \w+)? (?:structure|smiles|selfies)\b", 0.75),
        (r"\b(?:spectr(?:um|a)|drawing|picture|image|photo|scan|sketch|geometry|coordinates|graph)\b", 0.4),
        (r"\bwhat(?:'s| is| was) \u00a4(?:\s*[?.!,]|$| in \u00a4)", 0.75),
        (r"^(?:the )?(?:structure|name|smiles)\s*[?.!]*$", 0.75),
        (r"\bwhat (?:could|might|can) (?:\u00a4|this|that|it) be\b", 0.7),
        (
            r"\bwhat(?:'?s| is) (?:drawn here|shown here)\b|"
            r"\bwhat(?:'?s| is) (?:in|on|drawn (?:in|on)|shown (?:in|on)) (?:\u00a4|(?:this|that|the)\b)",
            0.7,
        ),
        (
            rf"\b(?:which|what|whose) (?:\w+ )?{THING} (?:has |could have |would |could )?"
            r"(?:produced?|gives?|gave|shows?|caused?|generated?|yields?|fits?|matche?s|explains?|stands? behind)\b",
            0.75,
        ),
        (
            r"^(?:please )?(?:read|transcribe|digiti[sz]e|interpret|convert|decode) (?:the )?(?:\u00a4|"
            r"structure|picture|image|drawing)",
            0.7,
        ),
        (
            r"\b(?:propose|suggest|guess|name|list|give|show|find)\b.*\b(?:structure|molecule|compound|candidate)s?\b",
            0.75,
        ),
    ),
)

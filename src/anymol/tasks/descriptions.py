"""Tasks between molecules and words: describing one, naming one, and finding the one a name means."""

from __future__ import annotations

from typing import Final

from anymol.metrics.molecule import MOLECULE_METRICS
from anymol.metrics.naming import NAME_METRICS
from anymol.metrics.text import TEXT_METRICS
from anymol.tasks.parsing import parse_molecule, parse_name, parse_text
from anymol.tasks.task import AnswerKind, Slot, Task, TaskInput
from anymol.tasks.verification import verify_caption, verify_name, verify_naming

CAPTIONING: Final = Task(
    name="captioning",
    version=1,
    family="mol2text",
    summary="Describe a molecule in words: its class, origin, role.",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.TEXT,
    phrasings=(
        "Describe {molecule}.",
        "What is {molecule}?",
        "What kind of compound is {molecule}?",
        "Tell me about {molecule}.",
        "Give a description of {molecule}.",
        "What is known about {molecule}?",
        "Write a caption for {molecule}.",
        "What is {molecule} and what is it used for?",
    ),
    parse=parse_text,
    metrics=TEXT_METRICS,
    verify=verify_caption,
    example=(
        TaskInput(molecule="CC(=O)Oc1ccccc1C(=O)O"),
        "The molecule is a benzoic acid with an acetyloxy group at position 2. It is used against pain and fever.",
    ),
    keywords=(
        "describe", "description", "caption", "tell", "about", "kind", "class", "used", "known", "explain", "role",
    ),
)  # fmt: skip

NAME_TO_MOLECULE: Final = Task(
    name="name_to_molecule",
    version=1,
    family="text2mol",
    summary="Write the structure that a chemical name means.",
    required=(Slot.TEXT,),
    answer=AnswerKind.MOLECULE,
    phrasings=(
        "Which molecule is called {text}?",
        "What is the structure of {text}?",
        "Write {text} as a molecule.",
        "Give the structure named {text}.",
        "Convert the name {text} to a structure.",
        "Name to structure: {text}",
        "Draw {text}.",
    ),
    parse=parse_molecule,
    metrics=MOLECULE_METRICS,
    verify=verify_name,
    example=(TaskInput(text="2-chloropyridine"), "Clc1ccccn1"),
    keywords=("name", "named", "called", "structure", "smiles", "draw", "iupac", "selfies", "convert"),
)

MOLECULE_TO_NAME: Final = Task(
    name="molecule_to_name",
    version=1,
    family="mol2text",
    summary="Give the systematic name of a molecule.",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.TEXT,
    phrasings=(
        "What is the IUPAC name of {molecule}?",
        "Name {molecule}.",
        "Give the systematic name of {molecule}.",
        "What is {molecule} called?",
        "Convert {molecule} to its IUPAC name.",
        "Structure to name: {molecule}",
        "Write the chemical name of {molecule}.",
        "How is {molecule} named systematically?",
    ),
    parse=parse_name,
    metrics=NAME_METRICS,
    verify=verify_naming,
    example=(TaskInput(molecule="CC(=O)Nc1ccc(O)cc1"), "N-(4-hydroxyphenyl)acetamide"),
    keywords=("name", "named", "called", "iupac", "systematic", "nomenclature", "naming"),
)

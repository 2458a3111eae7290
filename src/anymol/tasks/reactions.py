"""Tasks about reactions: the product, the reactants, the reagents."""

from __future__ import annotations

from typing import Final

from anymol.metrics.molecule import MOLECULE_METRICS
from anymol.tasks.parsing import parse_mixture, parse_molecule
from anymol.tasks.task import AnswerKind, ReagentsState, Slot, Task, TaskInput
from anymol.tasks.verification import (
    verify_completion,
    verify_forward_reaction,
    verify_reagents,
    verify_retrosynthesis,
)

FORWARD_REACTION: Final = Task(
    name="forward_reaction",
    version=1,
    family="mol2mol",
    summary="Predict the main product of a reaction from its reactants and reagents.",
    required=(Slot.REACTANTS,),
    optional=(Slot.REAGENTS,),
    answer=AnswerKind.MOLECULE,
    phrasings=(
        "What is the product of {reactants}?",
        "Predict the product: {reactants}.",
        "{reactants} react. What forms?",
        "What do {reactants} give?",
        "Which main product is formed from {reactants}?",
        "Give the reaction product of {reactants}.",
        "If {reactants} react, what is made?",
        "Forward synthesis: {reactants}. Which product?",
    ),
    suffixes={
        ReagentsState.SEPARATED: "Reagents: {reagents}.",
        ReagentsState.MIXED: "Reagents are included.",
        ReagentsState.DROPPED: "Reagents are not given.",
    },
    parse=parse_molecule,
    metrics=MOLECULE_METRICS,
    verify=verify_forward_reaction,
    example=(
        TaskInput(reactants="CC(=O)O.CCO", reagents="O=S(=O)(O)O", reagents_state=ReagentsState.SEPARATED),
        "CCOC(C)=O",
    ),
    keywords=("product", "react", "reaction", "forward", "form", "give", "yield", "happen", "mix", "combine"),
)

RETROSYNTHESIS: Final = Task(
    name="retrosynthesis",
    version=1,
    family="mol2mol",
    summary="Suggest the reactants of one step that makes a molecule.",
    required=(Slot.PRODUCTS,),
    answer=AnswerKind.MIXTURE,
    phrasings=(
        "How can {products} be made?",
        "Which reactants give {products}?",
        "Suggest precursors for {products}.",
        "Plan one retrosynthetic step for {products}.",
        "What are the starting materials for {products}?",
        "Retrosynthesis of {products}?",
        "Propose a synthesis of {products}.",
        "What can {products} be prepared from?",
    ),
    suffixes={
        ReagentsState.SEPARATED: "Reactants only.",
        ReagentsState.MIXED: "Include the reagents.",
        ReagentsState.DROPPED: "Leave out reagents.",
    },
    parse=parse_mixture,
    metrics=MOLECULE_METRICS,
    verify=verify_retrosynthesis,
    example=(TaskInput(products="CCOC(C)=O", reagents_state=ReagentsState.DROPPED), "CC(=O)O.CCO"),
    keywords=(
        "retrosynthesis", "retrosynthetic", "precursor", "reactant", "synthesis", "synthesise", "synthesize",
        "make", "made", "prepare", "starting", "material", "route",
    ),
    screened=True,
    round_trip="forward_reaction",
)  # fmt: skip

REACTION_COMPLETION: Final = Task(
    name="reaction_completion",
    version=1,
    family="mol2mol",
    summary="Fill in the one part of a reaction that is missing: reactants, reagents or product.",
    required=(),
    optional=(Slot.REACTANTS, Slot.REAGENTS, Slot.PRODUCTS),
    answer=AnswerKind.MIXTURE,
    phrasings=(
        "Add the missing part: {reactants} with {reagents} gives {products}.",
        "What is missing? {reactants}, reagents {reagents}, product {products}.",
        "Fill in the missing part. Reactants {reactants}; reagents {reagents}; product {products}.",
        "{reactants} and {reagents} give {products}. Which part is missing?",
        "Find the missing molecules: from {reactants} by {reagents} to {products}.",
        "Reaction with a gap: {reactants} > {reagents} > {products}. What stands there?",
    ),
    asks_missing=True,
    parse=parse_mixture,
    metrics=MOLECULE_METRICS,
    verify=verify_completion,
    example=(TaskInput(reactants="CC(=O)O.CCO", reagents="O=S(=O)(O)O"), "CCOC(C)=O"),
    keywords=("complete", "missing", "fill", "gap", "reaction", "part"),
    screened=True,
)

REAGENT_PREDICTION: Final = Task(
    name="reagent_prediction",
    version=1,
    family="mol2mol",
    summary="Predict the reagents, solvents and catalysts that turn reactants into a product.",
    required=(Slot.REACTANTS, Slot.PRODUCTS),
    answer=AnswerKind.MIXTURE,
    phrasings=(
        "Which reagents turn {reactants} into {products}?",
        "Reagents for {reactants} to {products}?",
        "What is needed to convert {reactants} to {products}?",
        "Suggest reagents: {reactants} gives {products}.",
        "{reactants} becomes {products}. With which reagents?",
        "Name reagents that make {products} from {reactants}.",
        "Which conditions convert {reactants} into {products}?",
    ),
    parse=parse_mixture,
    metrics=MOLECULE_METRICS,
    verify=verify_reagents,
    example=(TaskInput(reactants="CC(=O)O.CCO", products="CCOC(C)=O"), "O=S(=O)(O)O"),
    keywords=("reagent", "catalyst", "solvent", "condition", "convert", "turn", "needed", "transform"),
)

"""Tasks about reactions: the product, the reactants, the reagents."""

from __future__ import annotations

from typing import Final

from anymol.metrics.molecule import MOLECULE_METRICS
from anymol.modalities.content import Role
from anymol.tasks.cues import HERE, MAKE
from anymol.tasks.mentions import mention_partners
from anymol.tasks.parsing import parse_mixture, parse_molecule
from anymol.tasks.task import AnswerKind, Baseline, ReagentsState, Slot, Task, TaskInput
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
    find_mentions=mention_partners,
    answer_role=Role.PRODUCT,
    baselines=(Baseline.LARGEST_REACTANT,),
    example=(
        TaskInput(reactants="CC(=O)O.CCO", reagents="O=S(=O)(O)O", reagents_state=ReagentsState.SEPARATED),
        "CCOC(C)=O",
    ),
    cues=(
        (r"(?<!natural )\bproducts?\b", 0.6),
        (r"\b(?:reacts?|reacted|reacting|reaction)\b", 0.4),
        (r"\bwhat (?:do|does|will|would|is|are|get)\b.*\b(?:give|form|formed|yield|produced?|become|react to)\b", 0.55),
        (r"\b(?:what forms|forward (?:synthesis|reaction|prediction)|outcome|complete (?:the|this) reaction)\b", 0.6),
        (rf"\bwhat (?:happens|do i get|will i get|comes out)\b.*(?:mix|combin|react|together|{HERE})", 0.7),
        (rf"{HERE}.*\b(?:mix\w*|combin\w*|heat\w*|treat\w*|with)\b.*{HERE}.*\b(?:what|product|form|give|happen)", 0.5),
        (rf"{HERE}\s+(?:give|form|yield)s?\b", 0.3),
    ),
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
    answer_role=Role.REACTANT,
    baselines=(Baseline.COPY_PRODUCT,),
    example=(TaskInput(products="CCOC(C)=O", reagents_state=ReagentsState.DROPPED), "CC(=O)O.CCO"),
    cues=(
        (r"\bretro(?:-?\s?synthe\w+)?\b|\bdisconnect\w*\b", 0.95),
        (r"\b(?:precursors?|starting materials?|building blocks?|synthons?)\b", 0.8),
        (r"\b(?:which|what|suggest|propose|find|give|list|predict|name)\b(?: \w+){0,2} reactants\b", 0.8),
        (rf"\bhow (?:can|could|do|does|would|to|is|are|might|should)\b.*\b{MAKE}\b", 0.8),
        (rf"\b{MAKE} from\b|\bfrom what\b.*\b{MAKE}\b", 0.6),
        (r"\b(?:synthe(?:sis|tic)) (?:route|plan|path\w*|step)s?\b|\broutes? to\b", 0.75),
        (r"\b(?:propose|suggest|plan|give|find|show|devise)\b.*\bsynthesis\b", 0.7),
        (r"\bsynthesis (?:of|for)\b", 0.55),
        (rf"\bsynthesi[sz]ed?\b|\b(?:prepare|make) {HERE}", 0.5),
    ),
    round_trip="forward_reaction",
)

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
    cues=(
        (r"\bmissing (?:part|molecule|piece|component)s?\b|\bpart is missing\b", 0.9),
        (r"\bwhat is missing\b|\bwith a gap\b|\bfill (?:in )?the gap\b", 0.9),
    ),
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
    answer_role=Role.REAGENT,
    example=(TaskInput(reactants="CC(=O)O.CCO", products="CCOC(C)=O"), "O=S(=O)(O)O"),
    cues=(
        (r"\breagents?\b", 0.8),
        (r"\b(?:reaction )?conditions\b", 0.6),
        (r"\bcatalysts?\b|\bsolvents?\b", 0.6),
        (r"\b(?:catalysts?|solvents?|base|acid)\b.*\b(?:turn|convert|transform)", 0.4),
        (r"\b(?:needed|required|necessary|used?|need)\b.*\b(?:to|for) (?:convert|turn|transform|mak|get|go)\w*", 0.5),
        (rf"\b(?:convert|turn|transform|chang|go)\w*\b.*{HERE}.*\b(?:to|into)\b.*{HERE}", 0.4),
        (rf"\bhow\b.*\b(?:convert|turn|transform|go from)\b.*{HERE}.*{HERE}", 0.4),
    ),
)

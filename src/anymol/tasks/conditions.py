"""Tasks about how a reaction is done: its solvent, its catalyst, its yield, its experimental procedure."""

from __future__ import annotations

import re
from typing import Final

from anymol.metrics.molecule import MOLECULE_METRICS
from anymol.metrics.regression import REGRESSION_METRICS
from anymol.metrics.text import TEXT_METRICS
from anymol.modalities.content import Role
from anymol.tasks.choices import find_choice, mention_choice
from anymol.tasks.mentions import Mentions, Wording, mention_molecules
from anymol.tasks.parsing import parse_mixture, parse_number, parse_text
from anymol.tasks.question.mention import MentionKind
from anymol.tasks.task import AnswerKind, Check, Slot, Task, TaskInput, Value
from anymol.tasks.verification import verify_reagents

_ESTERIFICATION: Final = TaskInput(reactants="CC(=O)O.CCO", products="CCOC(C)=O")

SOLVENT_PREDICTION: Final = Task(
    name="solvent_prediction",
    version=1,
    family="mol2mol",
    summary="Suggest the solvent in which reactants turn into a product.",
    required=(Slot.REACTANTS, Slot.PRODUCTS),
    answer=AnswerKind.MIXTURE,
    phrasings=(
        "In which solvent do {reactants} give {products}?",
        "Solvent for {reactants} to {products}?",
        "Suggest a solvent: {reactants} gives {products}.",
        "{reactants} becomes {products}. In which solvent?",
        "Which solvent is used to make {products} from {reactants}?",
        "Name the solvent for making {products} from {reactants}.",
        "What solvent suits {reactants} to {products}?",
    ),
    parse=parse_mixture,
    metrics=MOLECULE_METRICS,
    verify=verify_reagents,
    answer_role=Role.SOLVENT,
    example=(TaskInput(reactants="Brc1ccccc1.OB(O)c1ccccc1", products="c1ccc(-c2ccccc2)cc1"), "C1COCCO1"),
    cues=((r"\b(?:in )?(?:which|what) solvents?\b.*\b(?:used?|suitable|best|suits?|for)\b", 0.5),),
)

CATALYST_PREDICTION: Final = Task(
    name="catalyst_prediction",
    version=1,
    family="mol2mol",
    summary="Suggest the catalyst, with its ligand, that turns reactants into a product.",
    required=(Slot.REACTANTS, Slot.PRODUCTS),
    answer=AnswerKind.MIXTURE,
    phrasings=(
        "Which catalyst turns {reactants} into {products}?",
        "Catalyst for {reactants} to {products}?",
        "Suggest a catalyst: {reactants} gives {products}.",
        "{reactants} becomes {products}. With which catalyst?",
        "Name the catalyst for making {products} from {reactants}.",
        "Which catalyst is used to make {products} from {reactants}?",
        "What catalyst converts {reactants} to {products}?",
    ),
    parse=parse_mixture,
    metrics=MOLECULE_METRICS,
    verify=verify_reagents,
    answer_role=Role.CATALYST,
    example=(
        TaskInput(reactants="CC(=O)OC(C)=O.OC1CCCCC1", products="CC(=O)OC1CCCCC1"),
        "CN(C)c1ccncc1",
    ),
    cues=((r"\b(?:which|what) catalysts?\b.*\b(?:used?|suitable|best|turns|converts|for)\b", 0.5),),
)

BUCHWALD_HARTWIG: Final = "Buchwald-Hartwig screen"
SUZUKI_MIYAURA: Final = "Suzuki-Miyaura screen"
PATENT_SUZUKI: Final = "Suzuki coupling of the patents"
PATENT_REACTION: Final = "reaction of the patents"
NOTEBOOK: Final = "laboratory notebook"
YIELD_SETS: Final = (BUCHWALD_HARTWIG, SUZUKI_MIYAURA, PATENT_SUZUKI, PATENT_REACTION, NOTEBOOK)
"""Where a yield was measured: nanomole screens, patents and notebooks differ so much that they are named."""


_COUPLINGS: Final = (
    (re.compile(r"\b(?:buchwald|hartwig)\b", re.IGNORECASE), BUCHWALD_HARTWIG),
    (re.compile(r"\bsuzuki\b(?!.*\bpatents?\b)", re.IGNORECASE), SUZUKI_MIYAURA),
)
"""What chemists call the reactions of the screens; each screen knows which of them are its own."""


def mention_yield(asked: Wording) -> Mentions:
    """Return the set that a free question names, or means by the name of its coupling beside a whole reaction."""
    plain = asked.reading.plain
    found = find_choice(YIELD_SETS, plain)
    if found is None and (asked.has_molecule or asked.reading.list_kind(MentionKind.REACTION)):
        found = next((one for said, one in _COUPLINGS if said.search(plain)), None)
    names = {"buchwald", "hartwig", "suzuki", "miyaura", *(found or "").lower().replace("-", " ").split()}
    # A word of the set, or of the coupling, that looks like a name is not a molecule.
    kept = (
        one for one in mention_molecules(asked).molecules if not set(one.lower().replace("-", " ").split()) <= names
    )
    return Mentions(found, tuple(kept))


def verify_yield(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check that a yield is a percentage."""
    number = float(value)
    return (Check("within_bounds", 0.0 <= number <= 100.0, f"{number:g} % of the possible 0 to 100 %"),)


YIELD_PREDICTION: Final = Task(
    name="yield_prediction",
    version=1,
    family="mol2num",
    summary="Predict the yield of a reaction, as one of the named sets of reactions would report it.",
    required=(Slot.REACTANTS, Slot.PRODUCTS, Slot.TEXT),
    optional=(Slot.REAGENTS,),
    answer=AnswerKind.NUMBER,
    unit="%",
    decimals=1,
    choices=YIELD_SETS,
    phrasings=(
        "{reactants} with {reagents} give {products}. Yield ({text})?",
        "Yield of {products} from {reactants} with {reagents} ({text})?",
        "Predict the yield ({text}): {reactants}, {reagents}, {products}.",
        "What yield has {reactants} by {reagents} to {products} ({text})?",
        "How many percent of {products} from {reactants}, {reagents} ({text})?",
        "Estimate the yield, {text}: {reactants} and {reagents} to {products}.",
        "Give the yield for {text}: {reactants}; {reagents}; {products}.",
        "State the percent yield. {text}: {reactants} by {reagents} to {products}.",
    ),
    parse=parse_number,
    metrics=REGRESSION_METRICS,
    verify=verify_yield,
    find_mentions=mention_yield,
    answer_role=Role.PRODUCT,
    example=(
        TaskInput(
            reactants="Brc1ccccn1.Cc1ccc(N)cc1",
            reagents="CC(C)c1cc(C(C)C)c(-c2ccccc2P(C2CCCCC2)C2CCCCC2)c(C(C)C)c1.CN1CCCN2CCCN=C12.Cc1ccon1",
            products="Cc1ccc(Nc2ccccn2)cc1",
            text=BUCHWALD_HARTWIG,
        ),
        65.3,
    ),
    cues=(
        (r"\b(?:percent|expected|predicted) yield\b", 0.5),
        (r"\b(?:what|which|how|predict|estimate|give|expect(?:ed)?)\b.*\byield\b", 0.6),
        (r"\byield (?:of|for)\b", 0.6),
    ),
    words="buchwald hartwig suzuki miyaura coupling amination arylation cross-coupling reaction screen",
)

PARAGRAPH: Final = "a paragraph"
STEPS: Final = "action steps"

_DEGREES = re.compile(r"(-?\d+(?:\.\d+)?)\s*°\s*C")
_COLDEST, _HOTTEST = -196.0, 450.0
"""Liquid nitrogen, and what glass and most organic molecules survive, in degrees Celsius."""


def verify_procedure(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check that the temperatures of a procedure can be reached in glassware."""
    stated = [float(one) for one in _DEGREES.findall(str(value).replace("\u2212", "-"))]
    if not stated:
        return (Check("temperatures_plausible", None, "no temperature is stated"),)
    low, high = min(stated), max(stated)
    detail = f"{low:g} to {high:g} °C; plausible are {_COLDEST:g} to {_HOTTEST:g} °C"
    return (Check("temperatures_plausible", low >= _COLDEST and high <= _HOTTEST, detail),)


PROCEDURE_WRITING: Final = Task(
    name="procedure_writing",
    version=1,
    family="mol2text",
    summary="Write the experimental procedure of a reaction, as a paragraph or as action steps.",
    required=(Slot.REACTANTS, Slot.PRODUCTS, Slot.TEXT),
    optional=(Slot.REAGENTS,),
    answer=AnswerKind.TEXT,
    choices=(PARAGRAPH, STEPS),
    phrasings=(
        "Write a laboratory procedure as {text}: {reactants}, {reagents}, {products}.",
        "Laboratory notes as {text}: {reactants} with {reagents} to {products}.",
        "Write up how {reactants} and {reagents} give {products}, as {text}.",
        "Procedure as {text} for {reactants} and {reagents} to {products}.",
        "Experiment as {text}: {reactants} by {reagents} to {products}.",
        "What was done, as {text}: {reactants}, {reagents}, {products}?",
    ),
    parse=parse_text,
    metrics=TEXT_METRICS,
    verify=verify_procedure,
    find_mentions=mention_choice((PARAGRAPH, STEPS)),
    example=(
        TaskInput(
            reactants=_ESTERIFICATION.reactants,
            reagents="O=S(=O)(O)O",
            products=_ESTERIFICATION.products,
            text=PARAGRAPH,
        ),
        "Acetic acid, ethanol and a drop of sulfuric acid were heated at 80 °C for 2 hours. The mixture was washed "
        "with aqueous sodium hydrogencarbonate, dried over magnesium sulfate and distilled.",
    ),
    cues=((r"\b(?:experimental|laboratory|lab) procedure\b", 0.5),),
)

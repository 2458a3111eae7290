"""Tasks that are answered with yes or no: MoleculeNet's sets of biological activity, with the endpoint named."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from anymol.metrics.classification import make_class_metrics
from anymol.tasks.choices import mention_choice
from anymol.tasks.parsing import parse_label
from anymol.tasks.task import AnswerKind, Check, Slot, Task, TaskInput, Value, say_unwritten
from anymol.tasks.verification import check_parses

YES: Final = "Yes"
NO: Final = "No"
_METRICS: Final = make_class_metrics(YES)

_SMALLEST, _LARGEST = 2, 150
"""Heavy atoms of what such sets hold; beyond them an answer is a guess at something else."""


def verify_class(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check that the molecule is of the size that these sets hold; nothing else can be checked of a yes or no."""
    if not task_input.molecule:
        return (say_unwritten("within_domain", "molecule"),)
    from anymol.chem.parsing import parse_smiles

    parsed = check_parses(task_input.molecule)
    if not parsed.passed:
        return (parsed,)
    atoms = parse_smiles(task_input.molecule).GetNumHeavyAtoms()
    detail = f"{atoms} heavy atoms; the set holds molecules of {_SMALLEST} to {_LARGEST}"
    return (Check("within_domain", True if _SMALLEST <= atoms <= _LARGEST else None, detail),)


def _make_task(
    name: str,
    summary: str,
    phrasings: tuple[str, ...],
    example: tuple[TaskInput, str],
    cue: str,
    endpoints: tuple[str, ...] = (),
    words: str = "",
) -> Task:
    """Return the task of one set.

    Args:
        name: Its name.
        summary: What it asks.
        phrasings: How it is asked.
        example: A molecule, with its endpoint, and the answer.
        cue: Pattern of words for it.
        endpoints: Its endpoints; empty where there is one only.
        words: Words that may stand beside the cue in a question.
    """
    return Task(
        name=name,
        version=1,
        family="mol2class",
        summary=summary,
        required=(Slot.MOLECULE, Slot.TEXT) if endpoints else (Slot.MOLECULE,),
        answer=AnswerKind.CLASS,
        labels=(YES, NO),
        choices=endpoints,
        phrasings=phrasings,
        parse=parse_label(YES, NO),
        metrics=_METRICS,
        verify=verify_class,
        find_mentions=mention_choice(endpoints) if endpoints else None,
        example=example,
        cues=((cue, 0.6),),
        words=words,
    )


BBBP: Final = _make_task(
    "bbbp",
    "Whether a molecule crosses the blood-brain barrier.",
    (
        "Does {molecule} get from the blood into the brain?",
        "Is {molecule} able to enter the brain?",
        "Can {molecule} pass the barrier between blood and brain?",
        "Brain penetration of {molecule}: yes or no?",
        "Will {molecule} reach the central nervous system?",
        "Can {molecule} enter the brain, yes or no?",
    ),
    (TaskInput(molecule="Cn1c(=O)c2c(ncn2C)n(C)c1=O"), YES),
    r"\b(?:cross\w*|penetrat\w*|pass\w*|permea\w*|get\w*|go\w*|enter\w*|overcom\w*)\b.{0,30}"
    r"\b(?:blood.?brain.?barrier|bbb)\b|\b(?:bbb|blood.?brain.?barrier|brain) (?:penetra\w+|permea\w+)",
    words="cross crosses crossing penetrate penetrates penetration penetrant permeate permeant permeable permeability "
    "permeates blood-brain-barrier blood-brain bbb barrier brain through across over to into",
)

BACE: Final = _make_task(
    "bace",
    "Whether a molecule inhibits human beta-secretase 1.",
    (
        "Does {molecule} inhibit beta-secretase 1?",
        "Is {molecule} an inhibitor of BACE-1?",
        "Can {molecule} inhibit human BACE1?",
        "BACE-1 inhibition by {molecule}: yes or no?",
        "Will {molecule} block beta-secretase 1?",
        "Yes or no: {molecule} is a BACE1 inhibitor.",
    ),
    (TaskInput(molecule="Cn1c(N)nc(=O)c2c1-c1ccc(F)cc1CC2(C)C"), NO),
    r"\bbace\W?1?\b|\bbeta.?secretase\b",
)

HIV: Final = _make_task(
    "hiv",
    "Whether a molecule inhibits the replication of HIV in the screen of the NCI.",
    (
        "Does {molecule} inhibit HIV replication?",
        "Is {molecule} active against HIV?",
        "Can {molecule} stop HIV replication?",
        "HIV inhibition by {molecule}: yes or no?",
        "Will {molecule} inhibit the replication of HIV?",
        "Yes or no: {molecule} is active against HIV.",
    ),
    (TaskInput(molecule="Cc1cn(C2CC(N=[N+]=[N-])C(CO)O2)c(=O)[nH]c1=O"), YES),
    r"\bhiv\b",
)

CLINTOX_ENDPOINTS: Final[Mapping[str, str]] = MappingProxyType(
    {"approval by the FDA": "fda_approved", "toxicity in clinical trials": "ct_tox"}
)
"""Endpoint -> column of the set."""

CLINTOX: Final = _make_task(
    "clintox",
    "Whether a drug was approved by the FDA, or failed in clinical trials by its toxicity.",
    (
        "Does {molecule} show {text}?",
        "Has {molecule} met with {text}?",
        "Clinical fate of {molecule}: {text}, yes or no?",
        "Is {text} known of {molecule}?",
        "Yes or no, {text} of {molecule}.",
        "Would you expect {text} of {molecule}?",
    ),
    (TaskInput(molecule="CC(=O)Oc1ccccc1C(=O)O", text="approval by the FDA"), YES),
    r"\bclinical trials?\b|\bfda\b",
    tuple(CLINTOX_ENDPOINTS),
)

TOX21_ENDPOINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "NR-AR": "nr_ar",
        "NR-AR-LBD": "nr_ar_lbd",
        "NR-AhR": "nr_ahr",
        "NR-Aromatase": "nr_aromatase",
        "NR-ER": "nr_er",
        "NR-ER-LBD": "nr_er_lbd",
        "NR-PPAR-gamma": "nr_ppar_gamma",
        "SR-ARE": "sr_are",
        "SR-ATAD5": "sr_atad5",
        "SR-HSE": "sr_hse",
        "SR-MMP": "sr_mmp",
        "SR-p53": "sr_p53",
    }
)
"""Assay of Tox21 (NR nuclear receptor, SR stress response) -> column of the set."""

TOX21: Final = _make_task(
    "tox21",
    "Whether a molecule is active in one of Tox21's twelve assays of nuclear receptors and stress responses.",
    (
        "Is {molecule} active in the Tox21 assay {text}?",
        "Tox21 {text}: is {molecule} active?",
        "Does {molecule} act in the assay {text} of Tox21?",
        "Activity of {molecule} in Tox21 {text}, yes or no?",
        "Yes or no: {molecule} is active in Tox21 {text}.",
        "Would Tox21 find {molecule} active in {text}?",
    ),
    (TaskInput(molecule="Oc1ccc(-c2ccc(O)cc2)cc1", text="NR-ER"), YES),
    r"\btox21\b",
    tuple(TOX21_ENDPOINTS),
)

SIDER_ENDPOINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        column.replace("_", " "): column
        for column in (
            "hepatobiliary_disorders", "metabolism_and_nutrition_disorders", "product_issues", "eye_disorders",
            "investigations", "musculoskeletal_and_connective_tissue_disorders", "gastrointestinal_disorders",
            "social_circumstances", "immune_system_disorders", "reproductive_system_and_breast_disorders",
            "neoplasms_benign_malignant_and_unspecified_incl_cysts_and_polyps",
            "general_disorders_and_administration_site_conditions", "endocrine_disorders",
            "surgical_and_medical_procedures", "vascular_disorders", "blood_and_lymphatic_system_disorders",
            "skin_and_subcutaneous_tissue_disorders", "congenital_familial_and_genetic_disorders",
            "infections_and_infestations", "respiratory_thoracic_and_mediastinal_disorders", "psychiatric_disorders",
            "renal_and_urinary_disorders", "pregnancy_puerperium_and_perinatal_conditions",
            "ear_and_labyrinth_disorders", "cardiac_disorders", "nervous_system_disorders",
            "injury_poisoning_and_procedural_complications",
        )
    }
)  # fmt: skip
"""Class of side effects (MedDRA's system organ classes) -> column of the set."""

SIDER: Final = _make_task(
    "sider",
    "Whether side effects of a class are recorded of a drug.",
    (
        "Are {text} recorded as side effects of {molecule}?",
        "Side effects of {molecule}: {text}, yes or no?",
        "Does {molecule} have side effects of the class {text}?",
        "Has {molecule} side effects, namely {text}?",
        "Yes or no, side effects of {molecule}: {text}.",
        "Side effects of {molecule} of the class {text}?",
    ),
    (TaskInput(molecule="CC(=O)Oc1ccccc1C(=O)O", text="gastrointestinal disorders"), YES),
    r"\bside effects?\b",
    tuple(SIDER_ENDPOINTS),
)

"""Which questions the table of calculations takes, and which it leaves to others."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from anymol.calculations.asking import read_request
from anymol.calculations.mentions import MentionKind, judge_word, list_words
from anymol.calculations.table import CALCULATIONS
from anymol.tasks.table import TASKS

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
TAKEN = [
    # question, calculations, molecules; what points to one given before begins with @
    ("What are the MW, logP and TPSA of aspirin?", "average_mass logp tpsa", "aspirin"),
    ("What is the molecular formula of caffeine?", "formula", "caffeine"),
    ("formula and exact mass of vanillin", "formula monoisotopic_mass", "vanillin"),
    ("How many hydrogen bond donors does ibuprofen have?", "hbond_donors", "ibuprofen"),
    ("Hydrogen bond donors and acceptors of paracetamol", "hbond_donors hbond_acceptors", "paracetamol"),
    ("Are CCO and OCC the same?", "same_molecule", "CCO OCC"),
    ("Is C1=CC=CC=C1 identical to c1ccccc1?", "same_molecule", "C1=CC=CC=C1 c1ccccc1"),
    ("Is it the same as aspirin?", "same_molecule", "@it aspirin"),
    ("draw this molecule", "draw", "@this molecule"),
    ("What is the m/z of [M+H]+ for caffeine?", "ion_mz", "caffeine"),
    (f"[M+Na]+ of {ASPIRIN}", "ion_mz", ASPIRIN),
    ("What would the [M-H]- ion of benzoic acid weigh?", "ion_mz", "benzoic acid"),
    ("what is the monoisotopic mass of the sodium adduct of glucose", "ion_mz", "glucose"),
    ("isotope pattern of [M+H]+ of aspirin at resolution 60,000", "isotope_pattern", "aspirin"),
    ("What is the degree of unsaturation of C8H10N4O2?", "unsaturation", "C8H10N4O2"),
    ("What is the molar mass of H2SO4?", "average_mass", "H2SO4"),
    ("molar mass of Ca(OH)2", "average_mass", "Ca(OH)2"),
    ("Molar mass of CO", "average_mass", "CO"),
    ("molar mass of CO3^2-", "average_mass", "CO3^2-"),
    ("How many carbon atoms are in glucose?", "atom_counts", "glucose"),
    ("How many halogens does chloroform contain?", "atom_counts", "chloroform"),
    ("What is the percentage of nitrogen in urea?", "element_percentages", "urea"),
    ("Does chloroform contain chlorine?", "substructure", "chloroform"),
    ("Does aspirin contain a carboxylic acid?", "substructure", "aspirin"),
    ("Does nicotine contain a pyridine ring?", "substructure", "nicotine"),
    ("Is there a nitro group in O=[N+]([O-])c1ccccc1?", "substructure", "O=[N+]([O-])c1ccccc1"),
    ("Is benzene a substructure of toluene?", "substructure", "benzene toluene"),
    ("Which functional groups does it contain?", "functional_groups", "@it"),
    ("How many hydroxyl groups does glucose have?", "functional_groups", "glucose"),
    ("How many rings and aromatic rings does naphthalene have?", "ring_count aromatic_rings", "naphthalene"),
    ("Which is heavier, aspirin or ibuprofen?", "ranking", "aspirin ibuprofen"),
    ("Is caffeine more lipophilic than theobromine?", "ranking", "caffeine theobromine"),
    ("Rank benzene, toluene and pyridine by LogP", "ranking", "benzene toluene pyridine"),
    ("Order these by molecular weight: CCO, CCCO, CO", "ranking", "@these CCO CCCO CO"),
    ("which of these has the most rotatable bonds?", "ranking", "@these"),
    ("What is the difference between aspirin and salicylic acid?", "difference", "aspirin|salicylic acid"),
    ("Compare the LogP of aspirin and ibuprofen", "logp", "aspirin ibuprofen"),
    ("How similar are aspirin and ibuprofen?", "similarity", "aspirin ibuprofen"),
    ("Is it chiral?", "stereocentres", "@it"),
    ("Assign R/S to C[C@H](N)C(=O)O", "stereocentres", "C[C@H](N)C(=O)O"),
    ("Is the double bond in C/C=C/C E or Z?", "double_bond_stereo", "C/C=C/C"),
    ("Are acetone and propanal isomers?", "relation", "acetone propanal"),
    ("Are these tautomers: CC=O and C=CO?", "relation", "@these CC=O C=CO"),
    ("how are ethanol and dimethyl ether related?", "relation", "ethanol|dimethyl ether"),
    ("Does ibuprofen violate Lipinski's rules?", "lipinski", "ibuprofen"),
    ("Any PAINS alerts in this compound?", "structural_alerts", "@this compound"),
    ("What is the Murcko scaffold of imatinib?", "scaffold", "imatinib"),
    ("Convert this molecule to InChI", "inchi", "@this molecule"),
    ("Canonicalize OCC", "smiles", "OCC"),
    ("Give the molecular weight of (2S)-2-aminopropanoic acid.", "average_mass", "(2S)-2-aminopropanoic acid"),
    ("What's the exact mass of 2-chloro-3-methylpyridine?", "monoisotopic_mass", "2-chloro-3-methylpyridine"),
    ("I need the molecular weight for toluene and its logP.", "average_mass logp", "toluene @its"),
    ("what is the molecular weight of <mol>CCO</mol>?", "average_mass", "CCO"),
    ("I'd like to know the formula of caffeine, please.", "formula", "caffeine"),
    ("LogP?", "logp", ""),
    ("Give formula and exact mass of the product", "formula monoisotopic_mass", "@the product"),
    ("How many mmol are 500 mg of aspirin?", "stoichiometry", ""),
    ("What's the weight of 2 mol of NaCl?", "stoichiometry", ""),
    ("How much 12 M HCl do I need to make 500 mL of 1 M HCl?", "dilution", ""),
    ("How many moles are in 10 mL of 2 M HCl?", "stoichiometry", ""),
    ("What is the molarity of 5 g NaCl in 100 mL?", "stoichiometry", ""),
    ("Balance Fe + O2 -> Fe2O3", "balancing", ""),
]
LEFT = [
    "Make it less lipophilic",
    "Make this molecule more polar, please.",
    "Reduce the molecular weight of this compound",
    "How do I get the LogP lower?",
    "Design a molecule with LogP 1 to 3 and two rings",
    "I need a molecule with three aromatic rings",
    "Give me a molecule like aspirin with two rings",
    "Find a drug with molecular weight below 300",
    "Propose a molecule with a carboxylic acid and a LogP of 2",
    "Generate a molecule similar to aspirin",
    "Add a chlorine to this molecule",
    "Can you add a hydroxyl group to benzene?",
    "Replace the bromine by a nitrile in Brc1ccccc1",
    "What is the TPSA of the molecule obtained by removing the acetyl group from aspirin?",
    "What is the molecular weight of the product of ethanol and acetic acid?",
    "What is the product of ethanol and acetic acid?",
    "How do I make aspirin from salicylic acid?",
    "Which reagents are needed for the conversion of CCO to CC=O?",
    "predict the reagents for CCO>>CC=O",
    "What is the IUPAC name of CCO?",
    "What is the SMILES of aspirin?",  # its structure is asked for, and others read names
    "draw aspirin",
    "Which molecule is this?",
    "Draw the enantiomer of L-alanine",
    "What is the boiling point of ethanol?",
    "What is the solubility of aspirin in water at 5 mg/mL?",
    "How toxic is aspirin?",
    "What is the pH of 0.1 M HCl?",
    "How much heat is released when 5 g of ethanol burns?",
    "What happens if I add 5 g of sodium to water?",
    "What is the yield of this reaction?",
    "Is phenol more acidic than ethanol?",
    "What is the formula of success?",
    "What is the weight of an elephant?",
    "Which drug has a LogP of 3?",
    "How do I balance my work and life?",
    "Tell me about aspirin",
    "What is aspirin used for?",
    "",
    "?" * 5000,
]


def show(question: str) -> tuple[str, str] | None:
    request = read_request(question)
    if request is None:
        return None
    mentions = [f"{'@' if one.kind is MentionKind.REFERENT else ''}{one.text}" for one in request.mentions]
    return " ".join(request.calculations), "|".join(mentions)


@pytest.mark.parametrize(("question", "calculations", "molecules"), TAKEN, ids=[row[0] for row in TAKEN])
def test_everyday_questions(question: str, calculations: str, molecules: str) -> None:
    found = show(question)
    assert found is not None and found[0] == calculations
    expected = molecules if "|" in molecules or molecules.startswith("@") else molecules.replace(" ", "|")
    wanted = {expected, molecules, molecules.replace(" ", "|")}
    assert found[1] in wanted or found[1].replace("|", " ") == molecules


@pytest.mark.parametrize("question", LEFT, ids=[row[:60] for row in LEFT])
def test_questions_of_others_are_left_to_them(question: str) -> None:
    assert read_request(question) is None


def test_no_labelled_question_of_a_task_is_taken() -> None:
    path = Path(__file__).parents[1] / "tasks" / "questions.tsv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    twins = {one.task: name for name, one in CALCULATIONS.items() if one.task is not None}
    asked = 0
    for row in rows:
        request = read_request(row["question"])
        twin = twins.get(row["task"])
        if twin is not None:
            asked += 1
            assert request is not None and request.calculations == (twin,), row["question"]
        elif row["task"] in TASKS:
            assert request is None, row["question"]
    assert asked > 20


def test_no_phrasing_of_a_task_is_taken() -> None:
    twins = {one.task: name for name, one in CALCULATIONS.items() if one.task is not None}
    slots = {
        "molecule": ASPIRIN,
        "reactants": "CCO.CC(=O)O",
        "reagents": "Cl",
        "products": "CCOC(C)=O",
        "formula": "CH4",
    }
    for task in TASKS.values():
        for phrasing in task.phrasings:
            request = read_request(phrasing.format(**slots, text=task.example[0].text or "x"))
            if task.name in twins:
                assert request is not None and request.calculations == (twins[task.name],), phrasing
            else:
                assert request is None, phrasing


def test_the_molecules_are_signs_in_what_calculations_read() -> None:
    request = read_request("How many nitrogen atoms has N#Cc1ccccc1?")
    assert request is not None and "N#C" not in request.text and "\u00a4" in request.text


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("CCO", MentionKind.NOTATION),
        ("c1ccccc1", MentionKind.NOTATION),
        ("[Na+].[Cl-]", MentionKind.NOTATION),
        ("[C][C][O]", MentionKind.NOTATION),
        ("InChI=1S/CH4/h1H4", MentionKind.NOTATION),
        ("H2SO4", MentionKind.FORMULA),
        ("NaCl", MentionKind.FORMULA),
        ("C60", MentionKind.FORMULA),
        ("CO", MentionKind.FORMULA),
        ("SO₄²⁻", MentionKind.FORMULA),
        ("[M+H]+", None),
        ("aspirin", None),
        ("NMR", None),
        ("LogP", None),
        ("CNS", None),
        ("I", None),
        ("PAINS", None),
        ("Ca", None),
        ("CCO>>CC=O", None),
        ("is", None),
    ],
)
def test_words_are_judged(word: str, kind: MentionKind | None) -> None:
    assert judge_word(word) is kind


def test_signs_around_words_are_left_out() -> None:
    text = '(caffeine), "C(=O)O" [Na+]; 2-(methylamino)ethanol. (R)-limonene?'
    assert [text[start:end] for start, end in list_words(text)] == [
        "caffeine", "C(=O)O", "[Na+]", "2-(methylamino)ethanol", "(R)-limonene",
    ]  # fmt: skip

"""Which calculations a question names."""

from __future__ import annotations

import pytest

from anymol.tasks.calculation_fit import score_calculations
from anymol.tasks.case import open_case
from anymol.tasks.routing import read_request


def name(question: str, beside: int = 0, *, reaction: bool = False) -> tuple[str, ...]:
    """Return the calculations of a question that fits them well; none where it does not."""
    found = score_calculations(open_case(question, beside, has_reaction=reaction, has_record=False))
    return found.calculations if found and found.score >= 0.5 and not found.unexplained else ()


@pytest.mark.parametrize(
    ("question", "calculations"),
    [
        ("formula and exact mass of aspirin", ("formula", "monoisotopic_mass")),
        ("average and exact mass of aspirin", ("average_mass", "monoisotopic_mass")),
        ("the SMILES CCO: its InChIKey?", ("inchikey",)),
        ("Convert the SMILES CCO into SELFIES", ("selfies",)),
        ("m/z of [M+H]+ of caffeine", ("ion_mz",)),
        ("What does CCO look like as SELFIES?", ("selfies",)),
        ("Are CCO and OCC the same molecule?", ("same_molecule",)),
        ("Which is heavier, CCO or CCCO?", ("ranking",)),
        ("How many grams are 2 mol of aspirin?", ("stoichiometry",)),
        ("How much 12 M HCl for 500 mL of 1 M?", ("dilution",)),
        ("Balance C3H8 + O2 -> CO2 + H2O", ("balancing",)),
        ("logP but not the TPSA of CCO", ("logp",)),
        ("mass of C17H19NO3", ("average_mass",)),
        ("net charge of lysine at pH 7", ("charge_at_ph",)),
        ("net charge of lysine", ("formal_charge",)),
        ("At pH 7.4, is aspirin ionised?", ("ionisation",)),
        ("Which form of phosphoric acid predominates at pH 7?", ("ionisation",)),
        ("pI of lysine", ("isoelectric_point",)),
        ("Which is more acidic, phenol or ethanol?", ("acid_strength",)),
        ("order of pKa: phenol, ethanol, acetic acid", ("acid_strength",)),
        ("SMILES of the conjugate base of phenol", ("conjugate_base",)),
        ("conjugate acid and conjugate base of water", ("conjugate_acid", "conjugate_base")),
        ("mass and conjugate base of phenol", ("average_mass", "conjugate_base")),
        ("pKa of the conjugate acid of aniline", ("pka",)),
        ("ratio of acetate to acetic acid at pH 5", ("buffer",)),
    ],
)
def test_calculations_are_named(question: str, calculations: tuple[str, ...]) -> None:
    assert name(question) == calculations


@pytest.mark.parametrize(
    "question",
    [
        "What is the logP?",  # of what?
        "TPSA of C17H19NO3",  # many molecules have this formula
        "mass of the product of CCO and CC(=O)O",  # nothing here knows the product
        "Make CCO less lipophilic",
        "a molecule with logP of 3",
        "mass of the sodium salt of CCO",
        "how many carbons of CCO are primary?",
        "logP and toxicity of CCO",
        "Are CCO the same molecule?",
        "charge of lysine between pH 2 and 9",
        "charge on the nitrogen of lysine at pH 7",
        "is aspirin fully ionised at pH 7.4?",
        "Why is phenol more acidic than ethanol?",
        "Which functional group is the most acidic in aspirin?",
        "mass of the conjugate base of phenol",  # which is another molecule
        "conjugate base of the conjugate acid of ammonia",
        "is acetate the conjugate base of acetic acid?",
    ],
)
def test_calculations_are_not_named(question: str) -> None:
    assert name(question) == ()


def test_what_is_given_beside_the_question_counts() -> None:
    assert name("What is the logP?", 1) == ("logp",)
    assert name("Are they the same?", 2) == ("same_molecule",) and name("Are they the same?", 1) == ()
    assert name("balance this", reaction=True) == ("balancing",)
    assert name("What is the mass of it?", reaction=True) == ()


def test_words_with_another_meaning_are_left_out() -> None:
    case = open_case("formula and SMILES of aspirin", 0, has_reaction=False, has_record=False)
    found = score_calculations(case, without=frozenset({"smiles"}))
    assert found is not None and found.calculations == ("formula",)


@pytest.mark.parametrize(
    "question", ["molecular weight of the Murcko scaffold of ibuprofen", "InChIKey of the enantiomer of L-alanine"]
)
def test_what_is_asked_of_a_molecule_that_is_made_first_is_not_answered_of_the_first(question: str) -> None:
    assert read_request(question) is None

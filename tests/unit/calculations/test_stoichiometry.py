"""Amounts by hand: molar masses aspirin 180.16, NaCl 58.44, water 18.015, salicylic acid 138.12 g/mol."""

from __future__ import annotations

import pytest

from anymol.calculations.amount_questions import choose_amount_calculation
from anymol.calculations.calculate import calculate
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("How many mmol are 500 mg of aspirin?", 500 / 180.16, "mmol"),
        ("How many grams is 2.5 mmol of NaCl?", 0.0025 * 58.44, "g"),
        ("How many mg is 2.5 mmol of NaCl?", 2.5 * 58.44, "mg"),
        ("What is the mass of 0.5 mol of water?", 9.0076, "g"),
        ("How many moles are in 10 g of NaOH?", 10 / 39.997, "mol"),
        ("How many molecules are in 18.015 g of water?", 6.022e23, "molecules"),
        ("How many hydrogen atoms are in 18.015 g of water?", 1.2044e24, "hydrogen atoms"),
        ("How many grams are 3.011e23 molecules of glucose?", 90.08, "g"),
        ("What volume of triethylamine (d = 0.726 g/mL) is 5 mmol?", 5 * 101.19 / 0.726 / 1000 * 1000, "µL"),
        ("5 mmol of triethylamine (density 0.726 g/mL) in mL?", 5 * 101.19 / 0.726 / 1000, "mL"),
        ("How many moles are in 10 mL of 2 M HCl?", 0.02, "mol"),
        ("How many mL of 0.5 M NaOH contain 12.5 mmol?", 25.0, "mL"),
        ("10 g of 37% HCl: how many moles?", 3.7 / 36.46, "mol"),
        ("How many mg are 0.1 mmol of Pd(OAc)2?", 22.451, "mg"),
        ("How many mg are 0.1 mmol of Pd(PPh3)4?", 115.56, "mg"),
        ("How many grams are 10 mmol of Ac2O?", 1.0209, "g"),
        ("How many grams are 10 mmol of Cu(OAc)2·H2O?", 1.9965, "g"),
        ("How many grams are 10 mmol of NBS?", 1.7798, "g"),
        ("How many grams are 10 mmol of TsOH·H2O?", 1.9022, "g"),
        ("How many g of 30 % H2O2 contain 10 mmol?", 0.34015 / 0.3, "g"),
        ("How many mL of 37 % HCl (density 1.19 g/mL) contain 100 mmol?", 3.6458 / 0.37 / 1.19, "mL"),
        ("How many moles are in 25 g of CuSO4·5H2O?", 25 / 249.68, "mol"),
        ("What is the molarity of 5.844 g NaCl in 500 mL?", 200.0, "mM"),
        ("What is the concentration of 10 mg of caffeine in 5 mL of water?", 10 / 194.19 / 5 * 1000, "mM"),
        (
            "How many equivalents is 3.0 g of benzaldehyde relative to 2.0 g of aniline?",
            (3 / 106.12) / (2 / 93.13),
            "equiv",
        ),
        ("How many moles of CO are 28.01 g of CO?", 1.0, "mol"),  # carbon monoxide, not methanol
    ],
)
def test_one_substance(question: str, value: float, unit: str) -> None:
    found = calculate("stoichiometry", text=question)
    assert found.value == pytest.approx(value, rel=1e-3)
    assert found.unit == unit


def test_the_molar_mass_is_shown() -> None:
    assert "NaCl: NaCl, 58.44 g/mol" in calculate("stoichiometry", text="How many moles are in 10 g of NaCl?").notes


def test_equivalents() -> None:
    found = calculate(
        "stoichiometry", text="500 mg of 4-hydroxybenzaldehyde, 1.2 equiv of benzyl bromide and 2 equiv K2CO3"
    )
    masses = {part.label: part.value for part in found.parts if part.unit == "g"}
    base = 0.5 / 122.12
    assert masses["benzyl bromide"] == pytest.approx(1.2 * base * 171.04, rel=1e-3)
    assert masses["K2CO3"] == pytest.approx(2 * base * 138.2, rel=1e-3)
    catalyst = calculate("stoichiometry", text="1.0 mmol of aspirin and 5 mol% of NaOH: how much NaOH?")
    assert {p.label: p.value for p in catalyst.parts if p.unit == "mol"}["NaOH"] == pytest.approx(5e-5)


def test_limiting_reagents() -> None:
    found = calculate("stoichiometry", text="Limiting reagent when 4 g H2 and 40 g O2 react: 2 H2 + O2 -> 2 H2O?")
    assert found.value == "H2"  # 1.98 mol of H2 need 0.99 mol of O2; there are 1.25
    assert "left over" in found.statement
    found = calculate(
        "stoichiometry", text="What mass of Fe is formed from 10 g Fe2O3 and 3 g Al? Fe2O3 + Al -> Al2O3 + Fe"
    )
    assert found.value == pytest.approx(3 / 26.982 * 55.845, rel=1e-3)  # aluminium limits


def test_yields() -> None:
    theory = calculate("stoichiometry", text="What is the theoretical yield of aspirin from 2.0 g of salicylic acid?")
    assert theory.value == pytest.approx(2.0 / 138.12 * 180.16, rel=1e-3) and theory.unit == "g"
    assert "taken as 1 : 1" in theory.notes[0]
    percent = calculate(
        "stoichiometry", text="I obtained 1.8 g of aspirin from 2.0 g of salicylic acid. What is the percent yield?"
    )
    assert percent.value == pytest.approx(1.8 / 2.609 * 100, abs=0.1) and percent.unit == "%"
    over = calculate(
        "stoichiometry", text="I obtained 3.0 g of aspirin from 2.0 g of salicylic acid. What is the yield?"
    )
    assert any("more than can form" in note for note in over.notes)


def test_combustion_needs_its_equation() -> None:
    with pytest.raises(UserError, match="without the equation"):
        calculate("stoichiometry", text="How many grams of CO2 are produced from 16 g of propane?")
    found = calculate(
        "stoichiometry", text="How many grams of CO2 are produced from 44.1 g of C3H8? C3H8 + 5 O2 -> 3 CO2 + 4 H2O"
    )
    assert found.value == pytest.approx(132.0, abs=0.1)
    assert any("in excess" in note for note in found.notes)


@pytest.mark.parametrize(
    "question",
    [
        "How many moles are in 10 g of unobtainium?",
        "How many moles are in 10 mL of HCl?",  # neither density nor molarity
        "What is the molarity of 5 g of NaCl?",  # no volume
        "How many moles are in 0 g of NaCl?",
        "What volume is 5 mmol of triethylamine?",
        "How many grams of Na are formed? H2 + O2 -> H2O, 5 g H2",  # sodium does not stand in it
        "How many mmol is 5 Mg of NaCl?",
    ],
)
def test_what_is_missing_is_said(question: str) -> None:
    with pytest.raises(UserError) as caught:
        calculate("stoichiometry", text=question)
    assert caught.value.hint


def test_it_may_be_a_molecule_given_before() -> None:
    assert calculate("stoichiometry", "caffeine", text="How many mmol are 500 mg of it?").value == pytest.approx(
        2.575, abs=1e-3
    )


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("1.2 equiv of NaH for 3 mmol: how many mg?", "NaH 1.2 equiv, 3.6 mmol, 86.39 mg"),
        ("5 mol% of Pd(PPh3)4 for 2 mmol: how many mg?", "Pd(PPh3)4 0.05 equiv, 100 µmol, 115.6 mg"),
    ],
)
def test_equivalents_refer_to_a_scale_whose_substance_is_not_said(question: str, said: str) -> None:
    assert calculate("stoichiometry", text=question).text == said


@pytest.mark.parametrize(
    "question",
    [
        "What mass of acetic anhydride is needed for 1.0 g salicylic acid at 1.2 equiv?",
        "How much acetic anhydride for 1.0 g of salicylic acid, 1.2 equiv?",
        "How much acetic anhydride (1.2 equiv) for 1.0 g of salicylic acid?",
    ],
)
def test_equivalents_are_those_of_the_substance_that_is_asked_for(question: str) -> None:
    # 1.0 g / 138.12 g/mol x 1.2 x 102.09 g/mol
    assert "acetic anhydride 1.2 equiv, 8.688 mmol, 886.9 mg" in calculate("stoichiometry", text=question).statement


@pytest.mark.parametrize(
    "question", ["How much triethylamine for 2 g of benzoic acid?", "1.0 g salicylic acid at 1.2 equiv: how many mg?"]
)
def test_an_amount_of_another_substance_is_not_told_instead(question: str) -> None:
    with pytest.raises(UserError, match="equivalents of"):
        calculate("stoichiometry", text=question)


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        # Of a solution a volume is taken: 5 mmol / 1.6 M.
        ("How much 1.6 M n-BuLi do I need for 5 mmol?", 3.125, "mL"),
        ("I used 250 mg of substrate (MW 312.4). How many mmol?", 250 / 312.4, "mmol"),
        ("How many mg are 3.2 mmol of a compound of molar mass 245.3 g/mol?", 3.2 * 245.3, "mg"),
        ("I got 1.35 g of product (MW 234.3) from 1.00 g of starting material (MW 156.2). Yield?", 90.0, "%"),
        ("How many mL of triethylamine (d 0.726) are 20 mmol?", 20 * 101.19 / 726, "mL"),
        ("What do two moles of water weigh?", 36.03, "g"),
        ("What does half a mole of NaCl weigh?", 29.22, "g"),
        ("How many ng is 3 pmol of caffeine?", 0.5826, "ng"),
    ],
)
def test_what_is_stated_or_left_out_as_chemists_do(question: str, value: float, unit: str) -> None:
    found = calculate("stoichiometry", text=question)
    assert (found.value, found.unit) == (pytest.approx(value, rel=1e-3), unit)


def test_equivalents_of_a_solution_are_told_as_its_volume() -> None:
    text = "2.2 eq. of nBuLi (2.5 M in hexanes) for 10 mmol of substrate: what volume?"
    assert "8.8 mL of 2.5 M" in calculate("stoichiometry", text=text).statement


def test_a_density_beside_equivalents_gives_the_volume() -> None:
    text = "1 equiv of DIPEA for 1.00 g Boc-glycine: what mass and what volume (d 0.742)?"
    # 1.00 / 175.18 mol x 129.25 g/mol = 0.7378 g; / 0.742 = 0.9943 mL
    assert "737.8 mg, 994.3 µL" in calculate("stoichiometry", text=text).statement


def test_a_molar_mass_that_is_not_the_substances_is_noticed() -> None:
    good = "How many grams are 1.5 equiv of Boc2O (MW 218.25) for 3 g of benzylamine?"
    assert "9.165 g" in calculate("stoichiometry", text=good).statement
    with pytest.raises(UserError, match=r"218\.25 g/mol, and 118"):
        calculate("stoichiometry", text=good.replace("218.25", "118.25"))


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("how many moles in 5 g CuSO4 pentahydrate", 5 / 249.68, "mol"),  # was taken for the anhydrous salt
        ("How many mmol is 5 g CuSO4? I have the pentahydrate.", 5000 / 249.68, "mmol"),
        ("how many g for 10 mmol CuSO4? I only have the pentahydrate", 2.4968, "g"),
        ("how many mmol are 500 mg metformin HCl", 500 / 165.63, "mmol"),  # was taken for the base
        ("how many mmol are 500 mg metformin free base", 500 / 129.17, "mmol"),
    ],
)
def test_a_salt_or_hydrate_is_not_taken_for_the_substance_in_it(question: str, value: float, unit: str) -> None:
    found = calculate("stoichiometry", text=question)
    assert (found.value, found.unit) == (pytest.approx(value, rel=1e-3), unit)


@pytest.mark.parametrize(
    "question",
    [
        "how many mmol are 500 mg NaCl free base",
        "10 g FeSO4 and 5 g CuSO4, the pentahydrate: how many mmol?",
    ],
)
def test_a_form_of_nothing_that_is_known_is_refused(question: str) -> None:
    with pytest.raises(UserError):
        calculate("stoichiometry", text=question)


def test_reactants_that_make_one_product_need_no_equation() -> None:
    # N2 + 3 H2 -> 2 NH3: 2 g H2 are 0.992 mol, which make 0.661 mol of NH3.
    found = calculate("stoichiometry", text="which is limiting: 10 g N2 and 2 g H2 to make NH3")
    assert found.value == "H2"
    assert {part.label: part.value for part in found.parts if part.unit == "g"}["NH3"] == pytest.approx(11.26, abs=0.01)
    formed = calculate("stoichiometry", text="how much NH3 can form from 28 g N2 and 3 g H2")
    assert formed.value == pytest.approx(3 / 2.016 * 2 / 3 * 17.031, rel=1e-3)


@pytest.mark.parametrize(
    "question",
    [
        "how many mg of NaCl and KCl are 10 mmol",  # two answers
        "10 mM in 5 mL from 25 mg of drug MW 500",
    ],
)
def test_a_part_of_a_question_is_not_answered_for_the_whole(question: str) -> None:
    with pytest.raises(UserError):
        calculate("stoichiometry", text=question)


@pytest.mark.parametrize(
    "question",
    [
        "molarity of 5 g NaCl in 0 mL",
        "what volume of 0 M HCl is 5 mmol HCl",
        "how many mL of 0% H2O2 (density 1.11 g/mL) contain 5 mmol?",
        "how many mL of triethylamine, d = 0.726 g/mL, are 0 mmol",
        "how many mmol are 0 equiv of NaOH to 5 mmol of aspirin",
        "2 H2 + O2 -> 2 H2O: how much water from 0 g H2?",
    ],
)
def test_nothing_is_no_amount(question: str) -> None:
    with pytest.raises(UserError, match="above zero"):
        calculate("stoichiometry", text=question)


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("How many glucose molecules are in 100 mL of 0.5 M glucose?", 0.05 * 6.02214e23, "glucose molecules"),
        ("how many sodium ions are in 10 mL of 1 M Na2SO4", 0.02 * 6.02214e23, "sodium ions"),
        ("What mass of sodium is in 100 mL of 0.5 M NaCl?", 0.05 * 22.99, "g"),
        ("How much NaCl is in 100 mL of 0.5 M", 0.05 * 58.44, "g"),
        ("How many grams of NaCl are in 250 mL of a 0.5 M solution", 0.125 * 58.44, "g"),
    ],
)
def test_what_is_in_a_solution_is_not_weighed_for_it(question: str, value: float, unit: str) -> None:
    assert choose_amount_calculation(question) == "stoichiometry"
    found = calculate("stoichiometry", text=question)
    assert (found.value, found.unit) == (pytest.approx(value, rel=1e-3), unit)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("how many water molecules are in 10 mL of 1 M NaCl", "no water molecules"),
        ("how many water molecules are in 10 mL of 1 M CuSO4·5H2O", "its solvent too"),
        ("how many water molecules are in 10 mL of 1 M sodium carbonate monohydrate", "its solvent too"),
        ("how many hydrogen atoms are in 10 mL of 1 M glucose", "its solvent too"),
        ("What mass of oxygen is in 100 mL of 0.5 M glucose?", "its solvent's too"),
        ("What mass of water is in 100 mL of 0.5 M glucose?", "its solvent's too"),
    ],
)
def test_what_the_solvent_holds_too_is_not_counted(question: str, said: str) -> None:
    assert choose_amount_calculation(question) == "stoichiometry"
    with pytest.raises(UserError, match=said):
        calculate("stoichiometry", text=question)

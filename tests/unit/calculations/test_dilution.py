"""C1 V1 = C2 V2 and solutions, by hand."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("How much 12 M HCl do I need to make 500 mL of 1 M HCl?", 500 / 12, "mL"),
        ("How many mL of a 5 M NaCl stock are needed to prepare 1 L of 150 mM NaCl?", 30.0, "mL"),
        ("If I dilute 10 mL of 5 M NaOH to 1 M, what is the final volume?", 50.0, "mL"),
        ("Dilute 10 mL of 2 M HCl to 100 mL: what is the final concentration?", 200.0, "mM"),
        ("10 mL of 2 M HCl diluted with 90 mL of water, concentration?", 200.0, "mM"),
        # 0.01 mol x 132.14 g/mol: the bracket is of the formula
        ("How many g for 100 mL of 0.1 M (NH4)2SO4?", 1.3214, "g"),
        ("How would I dilute 1 M Tris to 50 mM in 200 mL?", 10.0, "mL"),
        ("I have a 10 mM stock in DMSO. How much do I need for 2 mL of 20 µM?", 4.0, "µL"),
        ("How do I make 250 mL of 0.1 M NaCl?", 0.025 * 58.44, "g"),
        ("How many grams of CuSO4·5H2O do I need for 250 mL of a 0.2 M solution?", 0.05 * 249.68, "g"),
        ("How do I prepare 500 mL of a 0.9 % (w/v) NaCl solution?", 4.5, "g"),
        ("Prepare 100 mL of 70% (v/v) ethanol", 70.0, "mL"),
        ("make 1 L of 10 ppm Pb", 10.0, "mg"),
        ("What is the molarity of 37% HCl (density 1.18 g/mL)?", 0.37 * 1180 / 36.46, "M"),
        ("What is the concentration of 98% sulfuric acid, d = 1.84 g/mL?", 0.98 * 1840 / 98.08, "M"),
        ("1:10 dilution of 5 mM ATP", 500.0, "µM"),
        ("Make 500 mL of 1x from 10x stock", 50.0, "mL"),
        ("Dilute 5 mL to 50 mL", 10.0, "fold"),
        ("Convert 150 mM NaCl to g/L", 0.15 * 58.44, "g/L"),
        ("Convert 5 mg/mL caffeine to mM", 5 / 194.19 * 1000, "mM"),
        ("convert 500 ppm to %", 0.05, "% w/v"),
    ],
)
def test_solutions(question: str, value: float, unit: str) -> None:
    found = calculate("dilution", text=question)
    assert found.value == pytest.approx(value, rel=1e-3)
    assert found.unit == unit


def test_conventions_are_said() -> None:
    assert "w/v" in calculate("dilution", text="prepare 100 mL of 5 % NaCl").notes[0]
    assert "mg per litre" in calculate("dilution", text="make 1 L of 10 ppm Pb").notes[0]
    assert "one part in 10" in calculate("dilution", text="1:10 dilution of 5 mM ATP").notes[0]
    assert "add up" in calculate("dilution", text="10 mL of 2 M HCl diluted with 90 mL of water").notes[0]


@pytest.mark.parametrize(
    "question",
    [
        "Dilute 10 mL of 1 M to 5 mL",  # smaller than it was
        "60% sucrose molarity?",  # the density is missing
        "How do I make 250 mL of 0.1 M?",  # of what
        "dilute 1 M to 1 M in 100 mL",
        "dilute 1 M to 5 % in 100 mL",
        "prepare 100 mL of 120 % NaCl",
        "dilute it",
    ],
)
def test_what_is_missing_or_wrong_is_said(question: str) -> None:
    with pytest.raises(UserError):
        calculate("dilution", text=question)


def test_a_molarity_is_not_answered_as_a_mass_where_the_substance_is_not_told() -> None:
    with pytest.raises(UserError, match="not named"):
        calculate("dilution", text="Convert 5 ppm to mM")


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        # 5 mL put to 45 mL make 50 mL; filled up to 45 mL they make 45 mL.
        ("Add 5 mL of 2 M NaOH to 45 mL of water. What is the concentration?", 200.0, "mM"),
        ("Mix 5 mL of 2 M NaOH and 45 mL water, what is the concentration?", 200.0, "mM"),
        ("Dilute 5 mL of 2 M NaOH to 45 mL. What is the concentration?", 222.2, "mM"),
        ("Dilute 5 mL of 2 M NaOH to 50 mL with water. What is the concentration?", 200.0, "mM"),
        # What is added is the final volume less what was there.
        ("How much water must be added to 50 mL of 2 M HCl to get 0.5 M?", 150.0, "mL"),
        ("To what volume must 50 mL of 2 M HCl be diluted for 0.5 M?", 200.0, "mL"),
        # 1180 g/L x 0.37 / 36.46 g/mol = 11.97 M
        ("How much 37 % HCl (1.18 g/mL) for 1 L of 1 M?", 1000 / 11.974, "mL"),
        ("What volume of 98 % H2SO4 (d 1.84) for 500 mL of 0.5 M?", 250 / 18.386, "mL"),
        ("Molarity of 98 % sulfuric acid, density 1.84", 18.39, "M"),
        # 0.1 M x 0.25 L x 249.68 g/mol: the hydrate is weighed, the salt is dissolved.
        ("How many grams of CuSO4·5H2O for 250 mL of 0.1 M CuSO4?", 6.242, "g"),
        ("prepare 250 mL of 0.1 M CuSO4 from copper sulfate pentahydrate", 6.242, "g"),
        ("How many mg caffeine for 10 mL of a 1 mM solution?", 1.9419, "mg"),
        ("prepare 10 mL of 1 mM caffeine using ethanol", 1.9419, "mg"),  # a solvent is not what is weighed
        ("prepare 50 mL of 10 mM acetate from sodium acetate", 0.5e-3 * 82.034 * 1000, "mg"),
    ],
)
def test_what_is_added_made_from_or_stated_otherwise(question: str, value: float, unit: str) -> None:
    found = calculate("dilution", text=question)
    assert (found.value, found.unit) == (pytest.approx(value, rel=1e-3), unit)


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        # 0.05 mol x 249.68 g/mol: the pentahydrate is weighed, whatever words say that it is at hand.
        ("I need 500 ml of 0.1 M CuSO4, I only have the pentahydrate. how many g", 12.484, "g"),
        ("500 mL of 0.1 M copper sulfate, starting from CuSO4·5H2O: how many g", 12.484, "g"),
        ("prepare 500 mL of 0.1 M CuSO4, available as CuSO4·5H2O", 12.484, "g"),
        ("I have copper sulfate pentahydrate. how many grams for 500 mL of 0.1 M CuSO4", 12.484, "g"),
        ("how many g of the pentahydrate for 500 mL of 0.1 M CuSO4", 12.484, "g"),
        ("make 1 L of 50 mM MgCl2, my bottle is the hexahydrate", 0.05 * 203.30, "g"),
        ("how do I make 250 mL of 0.1 M sodium acetate using the trihydrate", 0.025 * 136.08, "g"),
        ("prepare 50 mL of 20 mM EDTA from the disodium dihydrate", 372.24, "mg"),
        ("prepare 100 mL of 10 mM lidocaine from the hydrochloride", 270.80, "mg"),
        ("prepare 100 mL of 10 mM metformin, I only have the HCl salt", 165.63, "mg"),
        # A mass per volume is one of the base, of which the salt holds less.
        ("make 100 mL of 1 mg/mL imatinib free base from imatinib mesylate", 100 * 589.72 / 493.62, "mg"),
        ("500 mL of 1 mg/mL CuSO4, I only have the pentahydrate, how many mg", 500 * 249.68 / 159.61, "mg"),
        # One sulfate holds two of the base, one CaCl2 two chlorides.
        ("prepare 10 mL of 1 mM atropine from atropine sulfate", 0.005 * 676.83, "mg"),
        ("prepare 1 L of 0.1 M chloride from CaCl2", 0.05 * 110.98, "g"),
    ],
)
def test_what_is_at_hand_is_weighed(question: str, value: float, unit: str) -> None:
    found = calculate("dilution", text=question)
    assert (found.value, found.unit) == (pytest.approx(value, rel=1e-3), unit)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("prepare 50 mL of 20 mM EDTA, I only have the sodium salt", "several protons"),
        ("prepare 50 mL of 20 mM citrate, I only have the sodium salt", "several protons"),
        ("make 1 L of 50 mM MgCl2, we have the hexahydrate and anhydrous MgCl2", "not the only form"),
        ("500 ml of 0.1 M CuSO4 but not the pentahydrate, how many g", "said not to be"),
        ("prepare 100 mL of 0.1 M Na2HPO4 from NaH2PO4", "no salt or hydrate of"),
        ("prepare 100 mL of 0.1 M CuSO4 from FeSO4", "no salt or hydrate of"),
    ],
)
def test_a_form_that_is_not_clear_is_not_weighed_as_something_else(question: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        calculate("dilution", text=question)


def test_a_share_of_parts_keeps_its_unit() -> None:
    found = calculate("dilution", text="1:10 dilution of 10 ppb Pb")
    assert (found.value, found.unit) == (1.0, "ppb")


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        # C1 V1 = C2 V2, the volume given for what is made: 250 x 0.5 / 12.
        ("how many mL of 12 M HCl for 250 mL of 0.5 M", 10.417, "mL"),
        ("for 250 mL of 0.5 M how many mL of 12 M HCl", 10.417, "mL"),
        ("250 mL 0.5 M HCl from 12 M: volume?", 10.417, "mL"),
        ("I have 12 M HCl and need 250 mL of 0.5 M. how much stock", 10.417, "mL"),
        ("dilute 12 M HCl to 0.5 M, 250 mL final volume: how much", 10.417, "mL"),
        # For what is at hand: 250 x 12 / 0.5.
        ("how much 0.5 M HCl can I make from 250 mL of 12 M", 6.0, "L"),
        ("20 mL of 10 M NaOH is diluted to 0.5 M: final volume", 400.0, "mL"),
        # For the solvent: 12 v = 0.5 (250 + v).
        ("how many mL of 12 M HCl must I add to 250 mL of water for 0.5 M", 10.870, "mL"),
        ("how much of a 5 mM stock do I pipette into 995 µL for 25 µM", 995 * 0.025 / 4.975, "µL"),
        ("how much water do I add to 12 M HCl to get 250 mL of 0.5 M", 239.58, "mL"),
    ],
)
def test_a_volume_is_of_the_solution_that_it_stands_with(question: str, value: float, unit: str) -> None:
    found = calculate("dilution", text=question)
    assert (found.value, found.unit) == (pytest.approx(value, rel=1e-3), unit)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("I want 0.5 M HCl from 12 M, 250 mL. how much", "not clear whether"),
        ("how much 1 M HCl do I need to make 500 mL of 12 M", "cannot be made"),
        ("make 100 mL of 5 M HCl using 1 M HCl", "cannot be made"),
        ("dilute 10 mL of 5% glucose with 0.9% saline", "cannot be made"),
        ("how much 5 M NaCl for 100 mL of 1 M KCl", "does not dilute to"),
        ("96 % v/v ethanol to 50 % w/v, 100 mL", "two kinds"),
        ("how many g NaCl and KCl for 1 L of 0.1 M each", "both named"),
        ("dilute 10 mL of 5 M NaOH", "needs three"),
        ("dilute 3 samples of 10 mL of 5 M NaOH to 1 M", "what 3 is of"),
        ("two mL of 5 M NaCl in 10 mL, concentration?", "what two is of"),
        ("dilute 5 g of NaCl from 1 M to 0.1 M in 10 mL", "not 5 g"),
    ],
)
def test_what_does_not_say_whose_volume_it_is_is_refused(question: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        calculate("dilution", text=question)


@pytest.mark.parametrize(
    "question",
    [
        "dilute 0 mL to 10 mL",
        "how much 1 M NaCl to dilute to 0 M in 100 mL",
        "5 mg caffeine for 0 M: how much DMSO do I add?",
        "10 mL of 0 M NaCl diluted to 50 mL, concentration?",
        "98 % sulfuric acid, density 0 g/mL, molarity?",
    ],
)
def test_nothing_is_not_diluted(question: str) -> None:
    with pytest.raises(UserError, match="above zero"):
        calculate("dilution", text=question)


@pytest.mark.parametrize(
    "question", ["how much sodium for 100 mL of 0.5 M NaCl", "What mass of sodium is in 100 mL of 0.9% (w/v) NaCl?"]
)
def test_what_does_not_hold_what_is_dissolved_is_not_weighed(question: str) -> None:
    with pytest.raises(UserError, match="sodium holds no NaCl"):
        calculate("dilution", text=question)


@pytest.mark.parametrize(
    "question",
    [
        "50% (w/w) sucrose to make 1 L of 10% (w/w), how much",
        "50% (w/w) sucrose to make 1 L of 10%, how much",
        "98% (w/w) H2SO4 (density 1.84 g/mL) to make 1 L of 10% (w/w), how much",
        "98% H2SO4, density 1.84 g/mL, to make 1 L of 10%, how much",
        "to make 1 L of 10% (w/w) from 98% (w/w) H2SO4, densities: d 1.07, d 1.84, how much",
        "dilute 10 mL of 50% (w/w) sucrose to 100 mL: concentration?",
        "1:10 dilution of 50% (w/w) sucrose",
        "dilute 10 mL of 98% (w/w) H2SO4 to 100 mL: concentration in %?",
    ],
)
def test_percent_by_weight_is_not_diluted_by_volume(question: str) -> None:
    with pytest.raises(UserError, match="not diluted by volume"):
        calculate("dilution", text=question)


@pytest.mark.parametrize(
    "question",
    [
        "98% (w/w) H2SO4 (density 1.84 g/mL) to make 1 L of 10% (w/w) (density 1.07 g/mL), how much",
        "98% H2SO4, d = 1.84 g/mL, to make 1 L of 10%, d = 1.07 g/mL, how much",
    ],
)
def test_percent_by_weight_goes_by_both_densities(question: str) -> None:
    # 107 g of acid in the whole, of 0.98 * 1.84 g in a millilitre.
    found = calculate("dilution", text=question)
    assert (found.value, found.unit) == (pytest.approx(107.0 / (0.98 * 1.84), rel=1e-3), "mL")


@pytest.mark.parametrize(
    "question", ["dilute 10 mL of 98% H2SO4 to 100 mL: concentration?", "1:10 dilution of 98% H2SO4"]
)
def test_percent_by_weight_of_known_density_is_diluted_as_a_molarity(question: str) -> None:
    found = calculate("dilution", text=question)
    assert (found.value, found.unit) == (pytest.approx(1.84, abs=0.01), "M")


def test_how_a_bare_percentage_is_diluted_is_said() -> None:
    for question in (
        "how much 95% ethanol to make 1 L of 70%",
        "dilute 10 mL of 70% ethanol to 100 mL: final concentration?",
        "1:10 dilution of 70% ethanol",
    ):
        assert any("w/v or v/v" in note for note in calculate("dilution", text=question).notes)
    assert calculate("dilution", text="how much 95% (v/v) ethanol to make 1 L of 70% (v/v)").notes == ()


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("How many mL of a 2 M stock for 50 mL of a 1:10 dilution?", 5.0, "mL"),
        ("What volume of a 2 M stock for 50 mL of a 1:10 dilution?", 5.0, "mL"),
        ("How many µL of a 2 M stock for 50 mL of a 1:10 dilution?", 5000.0, "µL"),
        ("What is the concentration of 50 mL of a 1:10 dilution of a 2 M stock?", 200.0, "mM"),
        ("What is the final concentration if I dilute 2 mL of a 5 mM solution 1:10?", 500.0, "µM"),
        ("dilute 2 mL of a 5 mM solution 1:10, to how many mL?", 20.0, "mL"),
    ],
)
def test_what_is_asked_of_a_factor_is_the_value(question: str, value: float, unit: str) -> None:
    found = calculate("dilution", text=question)
    assert (found.value, found.unit) == (pytest.approx(value, rel=1e-3), unit)


def test_what_is_added_for_a_factor_is_refused() -> None:
    with pytest.raises(UserError, match="what is added"):
        calculate("dilution", text="how much water do I add to 5 mL for a 1:10 dilution?")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How do I make 100 mL of 37% HCl?", "a gas"),
        ("How do I make 100 mL of 1 M HCl?", "a gas"),
        ("prepare 50 mL of 2 M ammonia", "a gas"),
        ("prepare 100 mL of 4% formaldehyde", "a gas"),
        ("prepare 100 mL of 37 % CaCl2", "needs the density"),
        ("convert 37 % CaCl2 to M", "needs the density"),
    ],
)
def test_one_rule_of_percent_and_no_gas_is_weighed(question: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        calculate("dilution", text=question)


def test_percent_above_the_limit_is_made_where_its_kind_is_said() -> None:
    assert calculate("dilution", text="prepare 100 mL of 37 % (w/v) NaOH").value == pytest.approx(37.0)
    by_weight = calculate("dilution", text="prepare 100 mL of 37 % NaOH, density 1.40 g/mL")
    assert by_weight.value == pytest.approx(0.37 * 140.0)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("how much water to add to 10 mL of 1 M glucose to get 2 M?", "nothing that is added"),
        ("how do I bring 100 mL of 0.5 M NaCl to 1 M?", "nothing that is added"),
        ("dilute 1 M NaCl three times by 10", "not clear"),
        ("How do I prepare 500 mL of 70% ethanol?", "density"),
    ],
)
def test_what_cannot_be_or_is_not_clear_is_refused(question: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        calculate("dilution", text=question)


def test_a_solid_is_weighed_for_a_percentage_of_the_bench() -> None:
    assert calculate("dilution", text="How do I make 100 mL of 10 % glucose?").value == pytest.approx(10.0)
    assert calculate("dilution", text="250 mL of 0.5 M HCl from 12 M HCl, how many mL?").value == pytest.approx(10.42)

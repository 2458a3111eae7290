"""pH and pKa: the worked figures of general chemistry textbooks."""

from __future__ import annotations

import pytest

from anymol import calculate
from anymol.errors import InvalidTaskInputError, UserError


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the pH of 0.01 M HCl?", "2.00"),
        ("pH of 0.1 M NaOH", "13.00"),
        ("pH of 0.05 M Ba(OH)2", "13.00"),
        ("What is the pH of a 0.1 M acetic acid solution?", "2.88"),
        ("pH of a buffer of 0.1 M acetic acid and 0.2 M sodium acetate", "5.06"),  # pKa + log 2
        ("pH of 0.1 M ammonia", "11.12"),
        ("pH of 0.1 M NH4Cl", "5.13"),
        ("pH of 0.05 M KH2PO4 and 0.05 M K2HPO4", "7.20"),  # pKa 2
        ("pH of 50 mL of 0.1 M HCl mixed with 50 mL of 0.05 M NaOH", "1.60"),  # 0.025 M is left
        ("What is the pH when 25 mL of 0.1 M NaOH are added to 50 mL of 0.1 M acetic acid?", "4.76"),  # half way
        ("pH of a solution of 4 g NaOH in 500 mL of water", "13.30"),
        ("What is the pH if [H+] = 3.2e-4 M?", "3.49"),
        ("pH of pure water", "7.00"),
        ("pH of 1e-8 M HCl", "6.98"),  # water's own ions count
        ("pH of 0.1 M NaCl", "7.00"),
        ("calculate the pOH of 0.02 M KOH", "1.70"),
        ("What is the pOH at pH 3.2?", "10.80"),
        ("pH of 4.0 g NaOH in 1 L of water", "13.00"),  # the amount is no pH
        ("pH of 10 mL of 1 M HCl made up to 20 mL", "0.30"),
        ("pH of 50 mL of 0.2 M acetic acid diluted to 100 mL", "2.88"),
        ("pH 0.1 M NH4Cl", "5.13"),
        ("50 mL 0.1 M HCl mixed with 30 mL 0.1 M NaOH, pH?", "1.60"),  # 2 mmol are left in 80 mL
        ("25 mL of 0.2 M NH3 is titrated with 25 mL of 0.2 M HCl. What is the pH?", "5.13"),  # 0.1 M NH4Cl
        ("pH after adding 10 mL of 0.1 M HCl to 100 mL of 0.1 M sodium acetate", "5.71"),  # pKa + log 9
        ("pH of equal volumes of 0.1 M HCl and 0.2 M NaOH", "12.70"),  # 0.05 M of base is left
        ("pH of 0.1 M HCl and 0.2 M NaOH mixed 1:1", "12.70"),
        ("pH of 0.1 M glycine hydrochloride", "1.72"),  # x^2 / (0.1 - x) = 10^-2.35
        ("pH of 0.1 M Tris HCl", "4.54"),  # (8.07 + 1) / 2
        ("pH of 20 mM HEPES", "5.29"),  # half way between the two steps of its zwitterion: 5.28
    ],
)
def test_ph(question: str, expected: str) -> None:
    assert float(calculate("ph", text=question).text) == pytest.approx(float(expected), abs=0.015)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("0.1 M acetic acid if its pKa is 5.5, pH?", "3.25"),  # x^2 / (0.1 - x) = 10^-5.5
        ("What is the pH of 0.1 M acetic acid (Ka = 1.0e-5)?", "3.00"),
        ("pH of 0.1 M acetic acid, Ka = 1.0 x 10^-5", "3.00"),
        ("The Ka of acetic acid is 10^-5. What is the pH of 0.10 M acetic acid?", "3.00"),
        ("pH of 0.1 M ammonia with Kb of 1.0×10⁻⁵", "11.00"),
        ("pH of a buffer of 0.1 M acetic acid and 0.1 M sodium acetate (pKa = 4.70)", "4.70"),
        ("What is the pH of 0.1 M acetic acid at 25 °C if Ka is 1.0 × 10\u22125?", "3.00"),
        ("pH of 0.1 M acetic acid by its Ka", "2.88"),  # which is not stated
    ],
)
def test_a_stated_constant_counts(question: str, expected: str) -> None:
    assert float(calculate("ph", text=question).text) == pytest.approx(float(expected), abs=0.011)


@pytest.mark.parametrize(
    "question",
    [
        "pH of 0.1 M acetic acid and 0.1 M sodium benzoate, pKa 4.7",
        "pH of 0.1 M phosphoric acid, pKa 2.1",
        "pH of 0.1 M carbonic acid, Ka1 = 4.3e-7, Ka2 = 5.6e-11",
        "pH of 0.1 M acetic acid, Ka = 30",
        "pH of 0.1 M acetic acid by its pKa, to 2 decimals",
    ],
)
def test_a_constant_that_is_not_clear_is_refused(question: str) -> None:
    with pytest.raises(InvalidTaskInputError, match="constant"):
        calculate("ph", text=question)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is [OH-] at pH 9.5?", 3.16e-5),
        ("hydrogen ion concentration at pH 4.2", 6.31e-5),
        ("H+ concentration at pH 4.5", 3.16e-5),
        ("concentration of hydroxide at pH 10", 1e-4),
    ],
)
def test_concentrations_of_a_ph(question: str, expected: float) -> None:
    found = calculate("ph", text=question)
    assert found.value == pytest.approx(expected, rel=0.005)
    assert found.unit == "mol/L"


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("pH of 0.1 M glucose", "no dissociation constant"),
        ("pH of 0.1 M FeCl3", "no dissociation constant"),
        ("pH of 0.1 M acetate buffer", "its acid and of its base"),
        ("pH after adding 10 mL of 0.1 M HCl to 100 mL of 0.1 M acetate buffer", "its acid and of its base"),
        ("pH of 0.1 M HCl mixed with 0.2 M NaOH", "how much of each"),
        ("pH of HCl", "concentration"),
        ("[H+] at pH 70", "between"),
        ("pH of 0.1 M acetic acid dimer", "not known as one compound"),
        ("pH of 0.1 M ammonium formate", "not known as one compound"),
        ("pH of 0.1 M acetic acid in ethanol", "water only"),
        ("pH of pure water at 60 °C", "25 °C"),
        ("pH of 0.1 M HCl vs 0.1 M acetic acid", "one solution"),
        ("pH of 0.1 M CaCO3", "hardly dissolves"),
    ],
)
def test_what_does_not_follow_is_refused(question: str, says: str) -> None:
    with pytest.raises((UserError, InvalidTaskInputError), match=says):
        calculate("ph", text=question)


@pytest.mark.parametrize(
    ("molecule", "expected"),
    [
        ("acetic acid", [4.76]),
        ("citric acid", [3.13, 4.76, 6.40]),
        ("pyridine", [5.23]),
        ("CC(=O)[O-]", [4.76]),
        ("glycine", [2.34, 9.60]),
    ],
)
def test_pka(molecule: str, expected: list[float]) -> None:
    assert [part.value for part in calculate("pka", molecule).parts] == expected


@pytest.mark.parametrize(
    ("molecule", "question", "expected"),
    [
        ("HCO3-", "pKa", "10.33"),
        ("H2PO4-", "pKa", "7.20"),
        ("HPO4 2-", "pKa", "12.33"),
        ("KH2PO4", "pKa", "7.20"),
        ("HCO3-", "pKa of its conjugate acid", "6.35"),
        ("carbonate", "pKa", "10.33"),  # it has no proton left: that of hydrogen carbonate
        ("[NH3+]CC(=O)O", "pKa", "2.34"),
        ("glycine", "pKa of its conjugate acid", "2.34"),
    ],
)
def test_an_ion_has_the_step_of_its_own_form(molecule: str, question: str, expected: str) -> None:
    found = calculate("pka", molecule, text=question)
    assert (found.text, found.value) == (expected, float(expected))
    assert len(found.parts) > 1  # and the others beside it


def test_a_strong_acid_has_no_recorded_pka_and_of_sulfuric_acid_the_second_is_told() -> None:
    with pytest.raises(UserError, match="strong acid"):
        calculate("pka", "HCl")
    assert [(part.label, part.value) for part in calculate("pka", "sulfuric acid").parts] == [("pKa2", 1.99)]


@pytest.mark.parametrize("molecule", ["cholesterol", "[NH2-].[Na+]", "CC(=O)[OH2+]"])
def test_what_is_not_recorded_in_this_form_is_not_estimated(molecule: str) -> None:
    with pytest.raises(UserError, match="none is estimated"):
        calculate("pka", molecule)


def test_of_water_two_conventions_are_in_use() -> None:
    with pytest.raises(UserError, match=r"14\.0 or 15\.7"):
        calculate("pka", "water")


def test_rough_constants_say_so_and_the_conjugate_acid_of_an_acid_is_not_recorded() -> None:
    assert calculate("pka", "ibuprofen").text == "about 4.50"
    assert calculate("pka", "aniline", text="pKa of the conjugate acid of aniline").value == 4.60
    with pytest.raises(UserError, match="not that of its conjugate acid"):
        calculate("pka", "acetic acid", text="pKa of the conjugate acid of acetic acid")


@pytest.mark.parametrize(
    ("molecule", "expected"), [("ammonia", "4.75"), ("acetate", "9.24"), ("carbonate", "3.67"), ("pyridine", "8.77")]
)
def test_pkb_is_that_of_the_form_that_is_given(molecule: str, expected: str) -> None:
    assert calculate("pkb", molecule).text == expected  # 14.00 less the pKa of the conjugate acid


def test_an_acid_has_no_recorded_pkb() -> None:
    with pytest.raises(UserError, match="as a base"):
        calculate("pkb", "acetic acid")

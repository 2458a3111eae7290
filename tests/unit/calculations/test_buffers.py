"""Buffers: the ratio of Henderson and Hasselbalch, and amounts that give the pH that is asked for."""

from __future__ import annotations

import pytest

from anymol import calculate
from anymol.calculations.buffers import asks_for_buffer
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("question", "ratio"),
    [
        ("What ratio of acetate to acetic acid makes a buffer of pH 5.0?", 1.74),  # 10^(5.00 - 4.76)
        ("what ratio acetate to acetic acid for a pH 5.0 buffer", 1.74),
        ("ratio of acetic acid to acetate at pH 5.0", 0.575),
        ("acetate/acetic acid ratio at pH 4.76", 1.0),
        ("0.1 M phosphate buffer pH 7.4: ratio of HPO4 2- to H2PO4 -", 1.58),  # 10^(7.40 - 7.20)
        ("What is the ratio of HPO4^2- to H2PO4- in a phosphate buffer of pH 7.4?", 1.58),
        ("What is the ratio of NH3 to NH4+ at pH 9.25?", 1.0),
        ("ratio of bicarbonate to carbonic acid at pH 7.4", 11.2),  # 10^(7.40 - 6.35)
        ("what is the ratio of HA to A- at pH 4 for acetic acid", 5.75),
        ("ratio of [A-]/[HA] at pH 5 with pKa 4.76", 1.74),
        ("What ratio of acid to base at pH 5 if pKa is 4.76?", 0.575),
    ],
)
def test_ratio(question: str, ratio: float) -> None:
    assert asks_for_buffer(question)
    assert calculate("buffer", text=question).value == pytest.approx(ratio, rel=0.005)


@pytest.mark.parametrize(
    ("question", "grams"),
    [
        ("how much sodium acetate and acetic acid for 1 L of 0.1 M acetate buffer pH 5", [5.21, 2.19]),
        ("How much sodium acetate trihydrate and acetic acid for 1 L of 0.1 M acetate buffer of pH 5?", [8.64, 2.19]),
        ("How do I make 1 L of 0.1 M phosphate buffer pH 7.4?", [8.70, 4.64]),
        ("how much NaH2PO4 and Na2HPO4 for 1 L of 0.1 M sodium phosphate buffer at pH 7.2?", [7.10, 6.00]),
        ("Recipe for 500 mL of 50 mM tris buffer pH 8.07", [1.51, 1.97]),
    ],
)
def test_amounts(question: str, grams: list[float]) -> None:
    parts = calculate("buffer", text=question).parts
    assert [part.value for part in parts] == pytest.approx(grams, rel=0.005)


@pytest.mark.parametrize(
    ("question", "in_solution", "salt"),
    [
        # Half of 100 mmol each: NH4Cl 53.49 g/mol, NaF 41.99, NaNO2 69.00, NaHCO3 84.01, CH3NH3Cl 67.52.
        ("how do I make 1 L of 0.1 M ammonia buffer pH 9.25?", "ammonia", 2.67),
        ("how much NH3 and NH4Cl for 1 L of 0.1 M ammonia buffer pH 9.25?", "NH3", 2.67),
        ("how do I make 1 L of 0.1 M methylamine buffer pH 10.64?", "methylamine", 3.38),
        ("how do I make 1 L of 0.1 M hydrogen fluoride buffer pH 3.17?", "hydrogen fluoride", 2.10),
        ("how do I make 1 L of 0.1 M nitrite buffer pH 3.25?", "nitrous acid", 3.45),
        ("how do I make 1 L of 0.1 M bicarbonate buffer pH 6.35?", "carbonic acid", 4.20),
    ],
)
def test_gases_and_what_is_there_in_solution_only_are_not_weighed(question: str, in_solution: str, salt: float) -> None:
    parts = {part.unit: part for part in calculate("buffer", text=question).parts}
    assert parts["mmol"].label == in_solution
    assert parts["mmol"].value == pytest.approx(50.0, abs=0.9)
    assert parts["g"].value == pytest.approx(salt, rel=0.02)


def test_hypochlorite_is_there_in_solution_only() -> None:
    found = calculate("buffer", text="how do I make 1 L of 0.1 M hypochlorous acid buffer pH 7.53?")
    assert {part.unit for part in found.parts} == {"mmol"}


@pytest.mark.parametrize(
    ("kind", "ph", "salts"),
    [
        ("acetate", 4.5, "{0} M sodium acetate and {1} M acetic acid"),
        ("phosphate", 6.8, "{0} M Na2HPO4 and {1} M NaH2PO4"),
        ("citrate", 5.5, "{0} M disodium hydrogen citrate and {1} M sodium dihydrogen citrate"),
        ("ammonia", 9.0, "{0} M ammonia and {1} M ammonium chloride"),
        ("benzoate", 3.2, "{0} M sodium benzoate and {1} M benzoic acid"),  # here the H+ themselves count,
    ],
)
def test_what_is_mixed_has_the_ph_that_was_asked_for(kind: str, ph: float, salts: str) -> None:
    made = [part.value for part in calculate("buffer", text=f"composition of 0.05 M {kind} buffer of pH {ph}").parts]
    assert sum(float(one) for one in made) == pytest.approx(0.05, rel=0.01)
    found = calculate("ph", text="pH of a buffer of " + salts.format(*made)) if kind != "citrate" else None
    if found is not None:
        assert found.value == pytest.approx(ph, abs=0.015)
    else:
        # Two of three charges are balanced by sodium: -1.956 by the three constants at this pH.
        assert float(made[0]) / 0.05 == pytest.approx(0.956, abs=0.005)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("how do I make 1 L of 0.1 M acetate buffer pH 9?", "further than 2"),
        ("how do I make a Tris buffer pH 4", "further than 2"),
        ("how much HCl and Tris for 1 L of 50 mM Tris buffer pH 8", "not forms of one"),
        ("ratio of acetate to lactate at pH 5", "not forms of one"),
        ("ratio of glucose to acetate at pH 5", "no pKa"),
        ("what volume ratio of 0.1 M acetic acid and 0.2 M sodium acetate gives pH 5", "volumes"),
        ("ratio of 0.1 M acetic acid to sodium acetate at pH 5", "volumes"),
        ("100 mL of 0.1 M acetic acid: how much sodium acetate for a pH 5 buffer?", "both forms together"),
        ("how much sodium acetate for 1 L of 0.1 M acetate buffer of pH 5?", "one is named"),
        # 0.1 M is what there is of the acid alone
        (
            "How much sodium acetate is added to 1 L of 0.1 M acetic acid to make a buffer of pH 5?",
            "both forms|understood",
        ),
        ("What sodium acetate concentration with 0.1 M acetic acid gives a buffer of pH 5?", "both forms"),
        ("how do I make 0.1 M acetate buffer pH 5 at 37 °C", "not understood"),
        ("how do I make 1 L of 0.1 M borate buffer pH 9", "no solid"),
        ("How do I make an acetate buffer of pH 5 and one of pH 4?", "one pH"),
        ("What buffer should I use for pH 7?", "acid or base"),
        ("how do I make 0.1 M HCl buffer of pH 1", "strong acid"),
    ],
)
def test_what_does_not_follow_is_refused(question: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        calculate("buffer", text=question)


@pytest.mark.parametrize(
    "question", ["pH of 0.1 M acetate buffer", "50 mM Tris pH 8.0", "What is the ratio of acid to base in aspirin?"]
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert not asks_for_buffer(question)

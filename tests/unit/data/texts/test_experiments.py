"""Steps and conditions in words and units."""

from __future__ import annotations

import pytest

from anymol.data.texts.experiments import write_action, write_amount, write_conditions


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0.0426 mole", "42.6 mmol"),
        ("0.2 liter", "200 mL"),
        ("4.37e-05 mole", "0.0437 mmol"),
        ("1.5 gram", "1.5 g"),
        ("3 drops", "3 drops"),
    ],
)
def test_amounts_are_written_as_chemists_do(amount: str, written: str) -> None:
    assert write_amount(amount) == written


def test_conditions_leave_out_what_is_not_recorded() -> None:
    components = [{"role": "catalyst", "amount": "10 milligram"}, {"role": "reagent", "amount": None}]
    assert write_conditions(components, -78.0, None, 81.25) == "catalyst 10 mg; temperature -78 °C; yield 81.2 %"
    assert write_conditions([], None, None, None) == ""


def test_steps_have_a_kind_and_details() -> None:
    assert write_action({"type": "dry_with_material", "details": "over  MgSO4"}) == "dry with material: over MgSO4"

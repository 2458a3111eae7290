"""Words for a property that shall rise or fall."""

from __future__ import annotations

import pytest

from anymol.tasks.aims import read_aim


@pytest.mark.parametrize(
    ("text", "aim"),
    [
        ("Make it more lipophilic.", "raise LogP"),
        ("Make it less lipophilic.", "lower LogP"),
        ("bring the clogP down", "lower LogP"),
        ("a more hydrophilic analogue", "lower LogP"),
        ("This one is too polar; make it less polar (higher logP).", "raise LogP"),
        ("I need a greasier analogue", "raise LogP"),
        ("I need better water solubility, so bring clogP down", "lower LogP"),
        ("raise log P without changing the scaffold much", "raise LogP"),
        ("this is too lipophilic, fix that", "lower LogP"),
        ("lower molar refractivity while staying close to the original", "lower MR"),
        ("I want QED maximised but similarity kept", "raise QED"),
        ("it isn't druglike enough, please fix that", "raise QED"),
        ("my compound doesn't get across membranes, could you raise its logP", "raise LogP"),
        ("log P \u2191, structure roughly the same", "raise LogP"),
        ("more drug-like than this one", "raise QED"),
        ("push the molar refractivity higher", "raise MR"),
        ("lower MR please", "lower MR"),
        ("Improve its drug-likeness", "raise QED"),
        ("Can you make this less drug-like?", "lower QED"),
    ],
)
def test_aims_are_read(text: str, aim: str) -> None:
    assert read_aim(text) == aim


@pytest.mark.parametrize(
    "text",
    ["what is its LogP?", "raise LogP and lower LogP", "raise LogP and QED", "make it bigger", "LogP of less than 3"],
)
def test_what_is_not_clear_is_no_aim(text: str) -> None:
    assert read_aim(text) is None

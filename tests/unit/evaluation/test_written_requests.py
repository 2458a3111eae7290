"""Conditions of written requests, judged on molecules whose answer is plain."""

from __future__ import annotations

from pathlib import Path

import pytest

from anymol.errors import DataError
from anymol.evaluation.written_requests import WrittenRequest, judge_answer, read_requests

REQUESTS = Path(__file__).parents[3] / "benchmarks" / "editing_requests.tsv"


def test_there_are_requests_of_nine_kinds_none_twice() -> None:
    requests = read_requests(REQUESTS)
    assert len({one.kind for one in requests}) == 9
    assert len({(one.text, one.molecule) for one in requests}) == len(requests) >= 600
    assert all(one.conditions for one in requests)
    assert all(bool(one.molecule) or not one.is_beside for one in requests)


@pytest.mark.parametrize(
    ("before", "conditions", "right", "wrong"),
    [
        ("Brc1ccccc1", "atoms Br-1 Cl+1; scaffold", "Clc1ccccc1", "Clc1ccccc1Cl"),
        ("Cc1ccccc1", "change [OX2H][#6] +1", "Cc1ccccc1O", "COc1ccccc1"),
        ("C[C@H](N)c1ccc(Cl)cc1", "has C[C@H](N)c1ccccc1; stereo", "C[C@H](N)c1ccccc1", "C[C@@H](N)c1ccccc1"),
        ("CCO", "dlogp >= 0.1; similarity >= 0.1", "CCCO", "OCCO"),
        ("", "formula = C2H6O; rings = 0", "CCO", "CCN"),
        ("", "count [Cl] = 2; heavy <= 4", "ClCCl", "ClC(Cl)Cl"),
        ("", "double = 1; rotatable < 2; aromatic > 5", "C=Cc1ccccc1", "C=CC"),
    ],
)
def test_conditions_are_judged(before: str, conditions: str, right: str, wrong: str) -> None:
    request = WrittenRequest("", before, False, "", tuple(conditions.split("; ")))
    assert judge_answer(request, right)
    assert not judge_answer(request, wrong)


def test_what_is_no_answer_is_wrong() -> None:
    request = WrittenRequest("", "CCO", False, "", ("heavy >= 1",))
    assert not judge_answer(request, "CCO")  # the molecule itself
    assert not judge_answer(request, "C1CC")
    assert not judge_answer(request, "C.C")


def test_unknown_conditions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "requests.tsv"
    path.write_text("AtomNum\tnone\t\tgive me gold\tshiny\n")
    with pytest.raises(DataError, match="unknown condition"):
        read_requests(path)

"""``make demo``: its answers come from the shipped weights."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from anymol.models import locating

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"


def run_demo() -> int:
    with pytest.raises(SystemExit) as left:
        runpy.run_path(str(DEMO), run_name="__main__")
    return int(left.value.code or 0)


@pytest.mark.usefixtures("shipped_model")
def test_every_question_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_demo() == 0
    shown = capsys.readouterr().out
    assert "16 of 16 questions answered" in shown
    assert "180.16 g/mol" in shown
    drawn = sorted(path.suffix for path in Path("out/demo").iterdir())
    assert drawn.count(".svg") >= 12 and drawn.count(".png") >= 8
    assert Path("out/demo/molecules.jsonl").read_text().count("\n") >= 10


def test_no_weights_no_answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(locating, "EMBEDDED", "not-there")
    assert run_demo() != 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "the embedded model 'not-there' is missing" in shown.err
    assert "nothing was asked" in shown.err

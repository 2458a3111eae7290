"""The comparison of adapters on a real language model is stopped and goes on: nothing that is known is done again."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections import Counter
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))  # for the module that describes the machine
    spec = importlib.util.spec_from_file_location("real_llm", BENCHMARKS / "real_llm.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "real_llm", module)  # its dataclasses look for their module
    spec.loader.exec_module(module)
    return module


def make_arguments(folder: Path, **changes: Any) -> argparse.Namespace:
    given = {
        "shards": folder / "shards", "output": folder, "arms": ["lora"], "seeds": [0], "tokens": 256, "rows": 4,
        "lr": None, "threads": 1, "precision": "fp32", "data_dir": None, "windows": None,
    }  # fmt: skip
    return argparse.Namespace(**{**given, **changes})


class Work:
    """Stands for what takes hours; every part may be stopped, and is counted when it is done."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.stops_at = ""

    def part(self, name: str, value: Any) -> Any:
        def work(*_: Any, **__: Any) -> Any:
            if self.stops_at == name:
                raise KeyboardInterrupt
            self.done[name] += 1
            return value

        return work


@pytest.fixture
def work(script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Work:
    """Every part of a trial replaced by one that takes no time."""
    work = Work()
    figures = SimpleNamespace(to_json=lambda: {"tasks": [{"task": "logp", "seconds": 2.0}]})
    steps = [{"tokens_per_second": 100.0, "tokens": 200}, {"tokens_per_second": 50.0, "tokens": 250}]
    model = SimpleNamespace(adapter=None)
    processor = SimpleNamespace(tokenizer=None)
    for name, value in {
        "run": SimpleNamespace(model=tmp_path / "model", tokens=250),
        "read_metrics": steps,
        "evaluate": figures,
        "load_checkpoint": (model, processor, None),
        "find_swappable": ([], []),
        "make_validator": None,
        "measure_losses": {"logp": 2.0, "captioning": 3.0},
        "read_text": {"perplexity": 12.0, "logits_sha256": "a"},
        "measure_conflict": {"mean": 0.1},
        "count_weights": {"adapter": 1},
    }.items():
        monkeypatch.setattr(script, name, work.part(name, value))
    return work


@pytest.mark.parametrize("stopped", ["run", "evaluate", "measure_losses", "read_text", "measure_conflict"])
def test_a_stopped_trial_goes_on_with_what_is_missing(
    script: ModuleType, work: Work, tmp_path: Path, stopped: str
) -> None:
    arguments = make_arguments(tmp_path)
    work.stops_at = stopped
    with pytest.raises(KeyboardInterrupt):
        script.work_here("lora-0", arguments)
    assert not (tmp_path / "lora-0.json").exists()
    work.stops_at = ""
    script.work_here("lora-0", arguments)
    expected = {"run": 1, "evaluate": 1, "measure_losses": 2, "read_text": 1, "measure_conflict": 1}
    assert {name: work.done[name] for name in expected} == expected
    trial = json.loads((tmp_path / "lora-0.json").read_text())
    # 200 tokens at 100 a second and 50 at 50 a second.
    assert (trial["seconds"], trial["tokens_per_second"]) == (3.0, 75.0)
    # Arms pack differently: what they have in common is the positions.
    assert (trial["tokens"], trial["real_tokens"]) == (256, 250)
    assert (trial["loss"], trial["answering_seconds"]) == (2.5, 2.0)
    assert trial["general_text"] == {"shipped text": {"perplexity": 12.0, "logits_sha256": "a"}}


def test_training_that_was_asked_to_end_leaves_the_rest_to_another_time(
    script: ModuleType, work: Work, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    peaks = iter([3000.0, 2000.0])
    monkeypatch.setattr(script, "peak_memory_mib", lambda: next(peaks))
    whole = script.run
    monkeypatch.setattr(script, "run", work.part("run", SimpleNamespace(model=None, tokens=100)))
    with pytest.raises(SystemExit) as caught:
        script.work_here("lora-0", make_arguments(tmp_path))
    assert caught.value.code == script.UNFINISHED and work.done["evaluate"] == 0
    monkeypatch.setattr(script, "run", whole)
    script.work_here("lora-0", make_arguments(tmp_path))
    # The peak of the first part counts too.
    assert json.loads((tmp_path / "lora-0.json").read_text())["peak_memory_mib"] == 3000.0


def test_the_articles_of_the_data_directory_join_what_is_known(
    script: ModuleType, work: Work, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    measures = script.Measures(tmp_path / "decoder.json")
    assert list(script.measure_general_text(measures, None, None, make_arguments(tmp_path))) == ["shipped text"]
    again = script.Measures(tmp_path / "decoder.json")
    monkeypatch.setattr(script, "read_articles", lambda folder: "An article.")
    with_articles = make_arguments(tmp_path, data_dir=tmp_path)
    assert list(script.measure_general_text(again, None, None, with_articles)) == ["shipped text", "articles"]
    assert work.done["read_text"] == 2


def test_what_runs_alone_is_ended_in_time(script: ModuleType, tmp_path: Path) -> None:
    told = tmp_path / "told"
    patient = (
        "import pathlib, signal, sys, time\n"
        f"def end(*_):\n    pathlib.Path({str(told)!r}).write_text('saved'); sys.exit(0)\n"
        f"signal.signal(signal.SIGTERM, end); pathlib.Path({str(told)!r}).write_text('begun'); time.sleep(60)"
    )
    began = time.monotonic()
    until = began + 5
    assert script.run_alone([sys.executable, "-c", patient], until) == script.UNFINISHED
    assert told.read_text() == "saved" and time.monotonic() - began < 50
    told.unlink()
    assert script.run_alone([sys.executable, "-c", patient], time.monotonic() - 1) == script.UNFINISHED
    assert not told.exists()
    assert script.run_alone([sys.executable, "-c", "raise SystemExit(3)"], None) == 3
    assert script.run_alone([sys.executable, "-c", ""], None) == 0


def test_every_arm_has_a_plan_of_any_length(script: ModuleType, tmp_path: Path) -> None:
    for arm in script.ARMS:
        short = script.make_plan(arm, 1, make_arguments(tmp_path)).stages[0]
        assert (short.tokens, short.batch_tokens, short.row_length) == (256, 256, 256)
    long = script.make_plan("mora", 1, make_arguments(tmp_path, tokens=1_000_000))
    assert (long.stages[0].batch_tokens, long.stages[0].row_length, long.seed) == (4096, 512, 1)
    # Where the embedded model lies must not stand in the plan: a run goes on in another checkout.
    assert long.model.encoder_weights == {"graph": "embedded"}

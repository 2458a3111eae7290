"""The page of adapters on a real language model, from made-up trials whose means are worked out by hand."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from anymol.errors import DataError

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "report_real_llm.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("report_real_llm", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_trial(arm: str, seed: int, loss: float, **changes: Any) -> dict[str, Any]:
    figure = {"metric": "exact_match", "higher_is_better": True, "estimate": loss / 10, "low": 0.0, "high": 0.5}
    return {
        "arm": arm, "seed": seed, "tokens": 1_000_000, "lr": 0.001, "precision": "fp32",
        "weights": {"adapter": 0 if arm == "none" else 2_400_000, "encoder": 400_000, "projector": 100_000},
        "seconds": 1000.0 + seed, "tokens_per_second": 900.0, "peak_memory_mib": 1500.0, "answering_seconds": 60.0,
        "loss": loss,
        "losses": {"own": {"forward_reaction": loss - 0.5, "logp": loss + 0.5},
                   "swapped": {"forward_reaction": loss - 0.5, "logp": loss + 1.0}},
        "figures": {"tasks": [{"task": "forward_reaction", "n": 200, "readable": 0.9, "figures": [figure]}]},
        "agreement": {"mean": 0.25, "conflicting": 0.0},
        "general_text": {"shipped text": {"perplexity": 12.5, "logits_sha256": "a" if arm == "lora" else "b"}},
        "machine": {"processor": "a processor", "gpu": None, "threads": 1, "torch": "2", "transformers": "5",
                    "anymol": "0.2"},
        **changes,
    }  # fmt: skip


def write(folder: Path, *trials: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "decoder.json").write_text(json.dumps({"shipped text": {"perplexity": 12.4, "logits_sha256": "a"}}))
    for trial in trials:
        (folder / f"{trial['arm']}-{trial['seed']}.json").write_text(json.dumps(trial))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two arms of two seeds and one of one; and a trial of a learning rate, which is none of them."""
    tried = make_trial("gal", 0, 9.0, lr=0.1)
    found = write(
        tmp_path / "trials",
        make_trial("lora", 0, 2.0), make_trial("lora", 1, 2.2),
        make_trial("gal", 0, 1.9), make_trial("gal", 1, 2.1),
        make_trial("none", 0, 3.0, agreement=None),
    )  # fmt: skip
    (found / "gal-lr0.1-0.json").write_text(json.dumps(tried))
    return found


def read_rows(page: str, heading: str) -> dict[str, list[str]]:
    """Return the rows of the first table below a heading, by their first cell."""
    lines = page.split(heading, 1)[1].splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("|"))
    rows: dict[str, list[str]] = {}
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        name, *cells = (cell.strip() for cell in line[1:-1].split(" | "))
        rows[name] = cells
    return rows


def test_the_page_holds_what_was_measured(script: ModuleType, folder: Path, tmp_path: Path) -> None:
    sys.argv = ["report_real_llm.py", str(folder), str(tmp_path / "docs")]
    script.main()
    page = (tmp_path / "docs" / "real_llm.md").read_text()
    losses = read_rows(page, "# Adapters")
    # Mean 2.1, standard deviation 0.1414, t of one degree of freedom 12.706: 12.706 x 0.1414 / 1.4142 = 1.271.
    assert losses["LoRA (PEFT)"] == ["2", "2,400,000", "500,000", "0.001", "2.100 ± 1.271", ""]
    # Both seeds are 0.1 better: paired, nothing is left of the spread of the seeds.
    assert losses["GAL"][-2:] == ["2.000 ± 1.271", "-0.100 ± 0.000"]
    assert losses["encoder and projector alone"] == ["1", "0", "500,000", "0.001", "3.000", "+1.000"]
    assert list(losses)[2:] == ["encoder and projector alone", "LoRA (PEFT)", "GAL"]
    assert "Not run: rsLoRA (PEFT), MoGE + GAL, published start, MoGE + GAL, preserving start, MoRA." in page
    assert read_rows(page, "## Validation loss per task")["GAL"] == ["2", "1.500 ± 1.271", "2.500 ± 1.271"]
    answers = read_rows(page, "### forward reaction")
    assert answers["LoRA (PEFT)"] == ["200 (90%)", "0.210 ± 0.127"]
    assert answers["encoder and projector alone"][1].replace("\\", "") == "0.300 [0.000, 0.500] over rows"
    # Of two tasks one loses 0.5 with another molecule.
    assert read_rows(page, "## Swapped molecules")["GAL"][-1] == "0.2500 ± 0.0000"
    gradients = read_rows(page, "## Gradients of tasks")
    assert gradients["GAL"][1] == "0.250 ± 0.000"
    assert gradients["encoder and projector alone"][1:] == ["not measured", "not measured"]
    text = read_rows(page, "## General text")
    assert text["the decoder alone"][1] == "12.400" and text["GAL"][1] == "12.500 ± 0.000"
    assert text["LoRA (PEFT)"][-1] == "the same to the bit" and text["GAL"][-1] == "changed"
    assert read_rows(page, "## Cost")["LoRA (PEFT)"][1] == "1,000 ± 6"  # 1000 and 1001: 12.706 x 0.7071 / 1.4142
    kept = json.loads((tmp_path / "docs" / "real_llm.json").read_text())
    assert [one["loss"] for one in kept["trials"]["gal"]] == [1.9, 2.1]


@pytest.mark.parametrize(
    ("trial", "said"),
    [
        (make_trial("mora", 0, 2.0, tokens=100_000), "trials differ in tokens"),
        (make_trial("mora", 0, 2.0, precision="bf16"), "trials differ in precision"),
        (make_trial("gal", 2, 2.0, lr=0.01), "seeds of gal have several learning rates"),
        (make_trial("ia", 0, 2.0), "unknown arm: ia"),
    ],
)
def test_trials_that_do_not_compare_are_refused(
    script: ModuleType, folder: Path, trial: dict[str, Any], said: str
) -> None:
    write(folder, trial)
    with pytest.raises(DataError, match=said):
        script.read_trials(folder)


def test_the_arms_are_those_of_the_benchmark(script: ModuleType) -> None:
    source = (SCRIPT.parents[1] / "benchmarks" / "real_llm.py").read_text()
    table = source.split("ARMS: Final", 1)[1].split("\n}\n", 1)[0]
    assert [line.split('"')[1] for line in table.splitlines() if line.startswith('    "')] == list(script.NAMES)

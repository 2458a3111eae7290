"""What the model inside the package must be and do, whatever its figures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from anymol.chem.parsing import canonicalize_smiles


def test_size_and_card(shipped_model: Path) -> None:
    assert (shipped_model / "model.safetensors").stat().st_size <= 40e6
    if not (shipped_model / "MODEL_CARD.md").is_file():
        pytest.skip("the embedded model has no card yet")
    card = (shipped_model / "MODEL_CARD.md").read_text(encoding="utf-8")
    for word in ("licence", "steps", "tokens", "cannot"):
        assert word in card.lower()


def test_at_most_twenty_million_parameters(shipped_model: Path) -> None:
    from safetensors import safe_open

    with safe_open(shipped_model / "model.safetensors", framework="np") as weights:
        sizes = [weights.get_slice(name).get_shape() for name in weights.keys()]  # noqa: SIM118 - it is not a mapping
    total = 0
    for shape in sizes:
        count = 1
        for length in shape:
            count *= length
        total += count
    assert total <= 20_000_000


def test_it_reads_what_its_config_says(shipped_model: Path) -> None:
    """A graph takes a token for each of its atoms."""
    from anymol.modalities.content import Message, RecordPart, Speaker
    from anymol.modalities.modality import Modality
    from anymol.models.checkpoint import load_checkpoint
    from anymol.models.tokens import token_id

    model, processor, _ = load_checkpoint(shipped_model)
    assert set(processor.modalities) == set(model.config.modalities)
    batch = processor([(Message(Speaker.USER, (RecordPart(Modality.GRAPH, smiles="CCO"),)),)])
    assert int((batch["input_ids"] == token_id(processor.tokenizer, "<graph>")).sum()) == 3
    assert model(**batch).logits.isfinite().all()


def test_products(run, shipped_model: Path) -> None:
    done = run("predict", "forward_reaction", "CCO.CC(=O)O", "--top-k", "5", "--json")
    assert done.code == 0
    answers = done.json["answers"]
    assert 1 <= len(answers) <= 5
    for answer in answers:
        assert answer["value"] == canonicalize_smiles(answer["value"])
        assert 0 <= answer["probability"] <= 1
        assert {check["name"] for check in answer["checks"]} >= {"parses", "atoms_available"}
    order = [(any(check["passed"] is False for check in one["checks"]), -one["probability"]) for one in answers]
    assert order == sorted(order), "failed ones last, else the most probable first"
    assert len({answer["value"] for answer in answers}) == len(answers)
    assert run("predict", "forward_reaction", "CCO.CC(=O)O", "--top-k", "5", "--json").json["answers"] == answers


def test_the_network_has_an_opinion_of_its_own(run, shipped_model: Path) -> None:
    question = ("ask", "What is the molecular weight of this molecule?", "--mol", "aspirin", "--json")
    (computed,) = run(*question).json["answers"]
    assert (computed["value"], computed["method"]) == (180.16, "computed")
    (guessed,) = run(*question, "--source", "model").json["answers"]
    assert guessed["method"] == "model"
    assert "interval" in guessed
    if guessed["interval"] is not None:
        assert guessed["interval"]["low"] <= guessed["value"] <= guessed["interval"]["high"]


def test_doctor_is_content(run, shipped_model: Path) -> None:
    done = run("doctor", "--json")
    assert done.code == 0
    assert done.json["healthy"] is True
    parts = {part["name"]: part for part in done.json["parts"]}
    assert "checksums" in parts["embedded model"]["detail"]


def test_a_graph_changes_what_the_network_sees(run, shipped_model: Path, tmp_path: Path) -> None:
    file = tmp_path / "aspirin.smi"
    file.write_text("CC(=O)Oc1ccccc1C(=O)O\n")
    done = run("predict", "logp", "--graph", file, "--source", "model", "--json")
    assert done.code == 0
    assert done.json["answers"][0]["method"] == "model"


@pytest.mark.parametrize(
    ("words", "loaded", "spared"),
    [
        (["predict", "captioning", "CCO"], "torch", "transformers"),
        (["predict", "forward_reaction", "CCO.CC(=O)O", "--source", "model"], "torch", "transformers"),
        (["ask", "logp of aspirin"], "rdkit", "torch"),
    ],
)
def test_an_answer_imports_no_more_than_it_needs(
    shipped_model: Path, words: list[str], loaded: str, spared: str
) -> None:
    program = (
        f"import sys\nfrom anymol.cli.main import main\ncode = main({words!r})\n"
        f"print(code, {loaded!r} in sys.modules, {spared!r} in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 True False"

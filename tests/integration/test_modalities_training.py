"""All five modalities through a whole run: shards, packed rows, training, saving, loading, answering."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from anymol.data.example import InstructionExample
from anymol.data.featurize import featurize_molecule
from anymol.data.shards import ShardReader, write_shards
from anymol.data.stats import collect_stats
from anymol.errors import ConfigError
from anymol.evaluation.plan import EvaluationPlan
from anymol.evaluation.runner import evaluate
from anymol.inference.scored import DecodingBudget
from anymol.modalities.adduct import Adduct
from anymol.modalities.content import Message, MoleculePart, RecordPart, Role, Speaker, TextPart
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import CollisionEnergy, MassSpectrum
from anymol.modalities.modality import Modality
from anymol.models.checkpoint import load_checkpoint
from anymol.recipe import parse_recipe
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import Slot, TaskInput
from anymol.training.train import run

MOLECULES = ("CCO", "CC(=O)O", "c1ccccc1", "CCN")
IMAGE = {"kind": "clip", "width": 32, "n_layers": 2, "n_heads": 4, "view_size": 64, "patch_size": 16, "max_slices": 0}
IR = {"kind": "patches", "width": 32, "n_layers": 2, "n_heads": 4, "n_patches": 10, "patch_size": 18, "step": 20.0}
ENCODERS = {
    "graph": {"encoder": {"width": 32, "n_layers": 2}},
    "conformer": {"encoder": {"kind": "uni_mol", "width": 32, "n_layers": 2, "n_heads": 4}},
    "image": {"encoder": IMAGE},
    "ms2": {"encoder": {"kind": "peaks", "width": 32, "n_layers": 2, "n_heads": 4, "n_waves": 16}},
    "ir": {"encoder": IR},
}


def show(smiles: str, modality: Modality) -> RecordPart:
    """Return a record; spectra are made up, so that no fitted model has a say in a test of training."""
    place = MOLECULES.index(smiles)
    match modality:
        case Modality.MS2:
            peaks = np.array([30.0 + 7 * place, 45.0 + 11 * place])
            spectrum = MassSpectrum(peaks, np.array([0.5, 1.0]), 60.0 + 13 * place, Adduct.M_H, CollisionEnergy(20.0))
            return RecordPart(Modality.MS2, spectrum, smiles=smiles)
        case Modality.IR:
            axis = np.arange(400.0, 4000.0, 10.0)
            curve = np.exp(-(((axis - 900 - 600 * place) / 60) ** 2))
            return RecordPart(Modality.IR, InfraredSpectrum(axis, curve), smiles=smiles)
        case _:
            return featurize_molecule(smiles, modality, Role.MOLECULE, random.Random(place))


def make_example(smiles: str, modality: Modality, split: str) -> InstructionExample:
    asked = TaskInput(records={Slot.MOLECULE: (show(smiles, modality),)})
    messages = render_prompt(TASKS["molecule_recognition"], asked, 0)
    answer = (MoleculePart(smiles),)
    return InstructionExample(
        f"{split}/{smiles}/{modality}", "molecule_recognition", messages, answer, "here", "CC0", split
    )


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("modalities") / "shards"
    examples = [make_example(one, kind, split) for split in ("train", "val") for kind in Modality for one in MOLECULES]
    write_shards(examples, directory, name="handful")
    return directory


def plan(**changes: object) -> dict[str, object]:
    return {
        "name": "five",
        "data": {"name": "five", "components": [{"kind": "recognition", "builtin": True}]},
        "tokenizer": {"notation": "smiles", "vocab_size": 300, "min_symbol_count": 1},
        "model": {
            "decoder": {"kind": "fresh", "size": {"hidden_size": 64, "n_layers": 2, "n_heads": 4, "ffn_size": 128}},
            "modalities": ENCODERS,
        },
        "threads": 1,
        "stages": [
            {
                "stage": "instruct", "steps": 400, "batch_tokens": 1024, "row_length": 128, "precision": "fp32",
                "optimiser": {"kind": "adamw", "lr": 0.003}, "trains": ["encoder", "projector", "decoder"],
                "validate_every": 0, "checkpoint_every": 0,
            }
        ],
        **changes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def trained(shards: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    done = run(parse_recipe(plan()), tmp_path_factory.mktemp("five"), shards=shards)
    assert done.model is not None
    return done.model


def test_shards_count_their_modalities(shards: Path) -> None:
    train = next(group for group in collect_stats(shards).groups if group.split == "train")
    assert train.modalities == dict.fromkeys(("graph", "conformer", "image", "ms2", "ir"), len(MOLECULES))


def test_each_modality_is_learnt_by_heart_and_answered_after_loading(trained: Path, shards: Path) -> None:
    model, processor, _ = load_checkpoint(trained)
    examples = list(ShardReader(shards, split="train"))
    prompts = processor([example.messages for example in examples])
    out = model.generate(**prompts, max_new_tokens=16, do_sample=False)
    new = out[:, prompts["input_ids"].shape[1] :]
    right: dict[str, int] = {}
    for example, row in zip(examples, new, strict=True):
        modality = example.id.rsplit("/", 1)[1]
        written = processor.decode_answer(row.tolist())
        right[modality] = right.get(modality, 0) + (written == processor.render_answer(example.answer))
    assert min(right.values()) >= 3, right


def test_the_evaluation_tells_the_modalities_apart(
    trained: Path, shards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anymol.evaluation.runner._GROUP_ROWS", 2)
    done = evaluate(trained, shards, EvaluationPlan(budget=DecodingBudget(beams=2, molecule_tokens=16)))
    assert {group.task.split(": ")[1] for group in done.groups} == {"graph", "conformer", "image", "ms2", "ir"}
    assert [task.n for task in done.tasks] == [len(MOLECULES) * 5]


def test_a_trained_model_takes_another_modality_and_forgets_nothing(shards: Path, tmp_path: Path) -> None:
    first = plan()
    first["model"] = {**first["model"], "modalities": {"graph": ENCODERS["graph"]}}  # type: ignore[dict-item]
    first["stages"] = [{**first["stages"][0], "steps": 2}]  # type: ignore[index]
    graphs = tmp_path / "graphs"
    write_shards(
        [make_example(one, Modality.GRAPH, split) for split in ("train", "val") for one in MOLECULES], graphs, name="g"
    )
    before = run(parse_recipe(first), tmp_path / "first", shards=graphs).model
    later = plan(model={"decoder": {"kind": "trained", "path": str(before)}, "modalities": {"ms2": ENCODERS["ms2"]}})
    later["stages"] = [{**later["stages"][0], "stage": "align", "trains": [], "steps": 2}]  # type: ignore[index]
    spectra = tmp_path / "spectra"
    write_shards(
        [make_example(one, Modality.MS2, split) for split in ("train", "val") for one in MOLECULES], spectra, name="s"
    )
    after = run(parse_recipe(later), tmp_path / "second", shards=spectra).model
    assert before is not None and after is not None
    (old, processor, _), (new, wider, _) = load_checkpoint(before), load_checkpoint(after)
    assert list(new.config.modalities) == ["graph", "ms2"]
    asked = [(Message(Speaker.USER, (TextPart("Describe "), MoleculePart("CCO"))),)]
    with torch.no_grad():  # the decoder was frozen
        assert torch.equal(old(**processor(asked)).logits, new(**wider(asked)).logits)
        assert new(**wider([make_example("CCN", Modality.MS2, "val").messages])).logits.isfinite().all()


def test_a_modality_that_the_model_has_is_not_given_twice(trained: Path, shards: Path, tmp_path: Path) -> None:
    again = plan(model={"decoder": {"kind": "trained", "path": str(trained)}, "modalities": {"ms2": ENCODERS["ms2"]}})
    with pytest.raises(ConfigError, match="ms2 already"):
        run(parse_recipe(again), tmp_path, shards=shards)

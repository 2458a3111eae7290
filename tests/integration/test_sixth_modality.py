"""A sixth modality joins by the files that CONTRIBUTING.md names, learns a step and is answered from."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import anymol

SOURCE = Path(anymol.__file__).parent
CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"

NEW = {
    "modalities/uv_spectrum.py": '''
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anymol.modalities.record import freeze, hash_record, same_record


@dataclass(frozen=True, eq=False)
class UvSpectrum:
    """Absorbance (n,), float32, at n wavelengths 10 nm apart, from 200 nm on."""

    absorbance: NDArray[np.float32]

    def __post_init__(self) -> None:
        freeze(self, "absorbance", np.float32)

    def __eq__(self, other: object) -> bool:
        return same_record(self, other)

    def __hash__(self) -> int:
        return hash_record(self)
''',
    "encoders/uv.py": '''
from typing import Literal

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict
from torch import nn

from anymol.encoder_states import EncoderStates
from anymol.encoders.encoder import count_rows


class UvEncoderConfig(BaseModel):
    """One state per wavelength."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["uv"] = "uv"
    width: int = 8

    def read(self, record):
        return {"absorbance": record.absorbance[:, None]}

    def count_states(self, features):
        return len(features["absorbance"])


class UvEncoder(nn.Module):
    """A linear map of each point."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.width = config.width
        self.linear = nn.Linear(1, config.width)

    def make_dummy(self):
        return collate_uv([{"absorbance": np.zeros((1, 1), np.float32)}])

    def forward(self, batch):
        return EncoderStates(self.linear(batch["absorbance"]), batch["n_points"])


def collate_uv(features):
    points = [one["absorbance"] for one in features]
    return {"absorbance": torch.from_numpy(np.concatenate(points)), "n_points": count_rows(points)}
''',
    "synthesis/uv.py": '''
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from anymol.modalities.modality import Modality
from anymol.modalities.uv_spectrum import UvSpectrum
from anymol.synthesis.engine import EngineSettings, Synthesis


class UvSettings(EngineSettings):
    """Nothing to choose."""


@dataclass(frozen=True)
class UvEngine:
    """A curve that depends on the SMILES alone."""

    settings: UvSettings = field(default_factory=UvSettings)
    modality: ClassVar[Modality] = Modality.UV
    name: ClassVar[str] = "toy"
    version: ClassVar[str] = "1"

    def synthesize(self, smiles, seed):
        return Synthesis((UvSpectrum(np.arange(6) * len(smiles) / 60),))
''',
}
"""New files."""

ROWS = {
    "modalities/modality.py": (('    IR = "ir"\n', '    UV = "uv"\n'),),
    "modalities/content.py": (
        ("import MassSpectrum\n", "from anymol.modalities.uv_spectrum import UvSpectrum\n"),
        ("MassSpectrum | InfraredSpectrum", " | UvSpectrum"),
        ("    Modality.IR: InfraredSpectrum,\n", "    Modality.UV: UvSpectrum,\n"),
    ),
    "encoders/table.py": (
        ("Ms2EncoderConfig, collate_ms2\n", "from anymol.encoders.uv import UvEncoder, UvEncoderConfig, collate_uv\n"),
        ("Ms2Encoder | IrEncoder", " | UvEncoder"),
        ("IrEncoder, collate_ir),\n", "    Modality.UV: EncoderRow(UvEncoderConfig, UvEncoder, collate_uv),\n"),
        ('Annotated[IrEncoderConfig, Tag("patches")]', ' | Annotated[UvEncoderConfig, Tag("uv")]'),
    ),
    "synthesis/table.py": (
        ("import Ms2Engine, Ms2Settings\n", "from anymol.synthesis.uv import UvEngine, UvSettings\n"),
        ("    (Ms2Engine, Ms2Settings),\n", "    (UvEngine, UvSettings),\n"),
    ),
}
"""In files that are there: what is written behind what."""

USE = """
import random, sys
from pathlib import Path
import anymol
from anymol import Assistant
from anymol.data.featurize import featurize_molecule
from anymol.modalities.content import Role
from anymol.modalities.modality import Modality
from anymol.tasks.task import Slot, TaskInput
from anymol.training.plan import TrainingPlan
from anymol.training.train import run

here = Path(sys.argv[1])
assert Path(anymol.__file__).is_relative_to(here), anymol.__file__
plan = TrainingPlan.model_validate({
    "name": "uv",
    "data": {"components": [
        {"kind": "recognition", "builtin": True, "count": 24, "val_count": 2, "shown": [["uv"], ["graph", "uv"]]},
        {"kind": "properties", "builtin": True, "count": 8, "val_count": 2, "record_fraction": 1.0, "records": ["uv"]},
    ]},
    "tokenizer": {"vocab_size": 400, "min_symbol_count": 3},
    "model": {
        "decoder": {"kind": "fresh", "size": {"hidden_size": 32, "n_layers": 1, "n_heads": 2, "n_kv_heads": 1}},
        "modalities": {"uv": {"encoder": {"kind": "uv"}}, "graph": {"encoder": {"width": 8, "n_layers": 1}}},
    },
    "stages": [{"stage": "instruct", "steps": 2, "batch_tokens": 512, "row_length": 256}],
})
done = run(plan, here / "run")
shown = featurize_molecule("CCO", Modality("uv"), Role.MOLECULE, random.Random(0))
asked = TaskInput(records={Slot.MOLECULE: (shown,)})
assistant = Assistant.load(done.model)
found = assistant.predict("logp", asked, source="model")
print("answered", found.task, [answer.text for answer in found.answers])
"""


def test_it_joins_by_the_files_that_are_named(tmp_path: Path) -> None:
    package = tmp_path / "anymol"
    for path in SOURCE.rglob("*"):  # in any order: a file may come before its folder
        if path.is_dir() or "__pycache__" in path.parts:
            continue
        target = package / path.relative_to(SOURCE)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".py":
            target.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        else:
            target.symlink_to(path)
    for name, text in NEW.items():
        (package / name).write_text(text, encoding="utf-8")
    for name, changes in ROWS.items():
        text = (package / name).read_text(encoding="utf-8")
        for before, row in changes:
            assert text.count(before) == 1, (name, before)
            text = text.replace(before, before + row)
        (package / name).write_text(text, encoding="utf-8")
    assert len(NEW) + len(ROWS) <= 8
    section = CONTRIBUTING.read_text(encoding="utf-8").partition("## How to add a modality")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+/\w+\.py)`", section))
    assert named >= set(ROWS), "CONTRIBUTING.md names the tables that a modality joins"
    done = subprocess.run(
        [sys.executable, "-c", USE, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "answered logp" in done.stdout

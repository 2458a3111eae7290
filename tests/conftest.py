"""Fixtures that several kinds of tests share."""

from __future__ import annotations

import os
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest

from anymol.chem.notation import Notation

TINY_MOLECULES = (
    "CCO", "CC(=O)O", "CCOC(C)=O", "c1ccccc1", "CC(=O)Oc1ccccc1C(=O)O", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "C[C@H](N)C(=O)O",
    "[Na+].[Cl-]", "O=S(=O)(O)O", "Clc1ccccn1", "Brc1ccccc1", "N#Cc1ccccc1", "FC(F)(F)c1ccc(I)cc1", "C1CC2CCC1C2",
)  # fmt: skip
TINY_TEXTS = (
    "What is the molecular weight of this? 180.16 and -0.35, 63.6",
    "The molecule is a member of the class of benzoic acids.",
    "Which molecule is called 2-chloropyridine?",
    "What is the product of these? Reagents are not given.",
)

KNOWN_MOLECULES = MappingProxyType(
    {
        "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
        "caffeine": "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
        "charged": "C[N+](C)(C)CC(=O)[O-]",
        "chiral": "C[C@H](N)C(=O)O",
        "salt": "O=C([O-])c1ccccc1O.[Na+]",
        "metal": "[NH3][Pt]([NH3])(Cl)Cl",
        "broken": "C(C)(C)(C)(C)C",
    }
)
"""The molecules on which chemistry is tested: a drug, a stimulant, a zwitterion, ..., and carbon with five bonds."""

ON_RAY: Final = frozenset({"test_batch_on_ray.py", "test_ray_serve.py", "test_synthesis_pipeline.py"})
"""Files whose tests start clusters of Ray: a program that asks for one finds that of another test as well."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each file, with what its tests share, to one process; files that would meet on Ray to the same one."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "ray" if Path(file).name in ON_RAY else file

    return ByFile(config, log)


@pytest.fixture(scope="session", autouse=True)
def no_notebooks(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the notebooks of whoever runs the tests out of the answers."""
    os.environ["XDG_DATA_HOME"] = str(tmp_path_factory.mktemp("data-home"))


@pytest.fixture(scope="session")
def known_molecules() -> MappingProxyType[str, str]:
    """Known molecules by what they stand for; all but ``broken`` are valid SMILES."""
    return KNOWN_MOLECULES


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The directory of real data; tests that need it skip without it."""
    directory = os.environ.get("ANYMOL_DATA")
    if not directory or not Path(directory).is_dir():
        pytest.skip("needs the real data: set ANYMOL_DATA to their directory")
    return Path(directory)


@pytest.fixture(scope="session")
def examples_dir() -> Path:
    """The directory of example files in the repository."""
    return Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """SmolLM2-135M, a real pre-trained language model; tests that need it skip where it was not fetched."""
    from anymol.backbones.locating import locate_backbone
    from anymol.errors import CheckpointError

    try:
        return Path(locate_backbone("smollm2"))
    except CheckpointError as error:
        pytest.skip(f"{error} (make backbone does both)")


@pytest.fixture(scope="session", params=[Notation.SMILES, Notation.SELFIES], ids=str)
def tiny_model_dir(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model directory with random weights, a few thousand parameters and a graph encoder, in either notation."""
    return make_tiny_model(tmp_path_factory.mktemp("tiny") / str(request.param), request.param)


@pytest.fixture(scope="session")
def tiny_smiles_model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in SMILES only, for tests that do not depend on the notation."""
    return make_tiny_model(tmp_path_factory.mktemp("tiny") / "smiles", Notation.SMILES)


def make_tiny_model(directory: Path, notation: Notation, seed: int = 0) -> Path:
    """Train a tokenizer on a few lines, draw weights, and save them as a model directory."""
    pytest.importorskip("torch")
    pytest.importorskip("rdkit")
    import torch

    from anymol.chem.selfies import encode_selfies
    from anymol.encoders.graph import GraphEncoderConfig
    from anymol.models.build import DecoderConfig, build_config, build_model
    from anymol.models.checkpoint import save_checkpoint
    from anymol.models.modality_config import ModalityConfig
    from anymol.models.processor import AnyMolProcessor
    from anymol.models.tokenizer import collect_symbols, train_tokenizer

    written = TINY_MOLECULES if notation is Notation.SMILES else [encode_selfies(one).selfies for one in TINY_MOLECULES]
    symbols = collect_symbols(written, notation)
    tokenizer = train_tokenizer(TINY_TEXTS, symbols, 300 + len(symbols), notation)
    decoder = DecoderConfig(hidden_size=32, n_layers=2, n_heads=4, n_kv_heads=2, ffn_size=64, initializer_range=0.3)
    graph = ModalityConfig(encoder=GraphEncoderConfig(n_layers=2, width=16))
    torch.manual_seed(seed)
    processor = AnyMolProcessor(tokenizer, notation, modalities={"graph": graph})
    model = build_model(build_config(decoder, processor), processor)
    return save_checkpoint(directory, model, processor, provenance={"name": "tiny-random"})

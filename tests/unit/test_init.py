"""What importing costs: nothing at the top, and no RDKit in the network wing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import anymol

BLOCKED = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"{{name}} is blocked here", name=name)
sys.meta_path.insert(0, Block())
{code}
loaded = {names!r} & {{name.partition(".")[0] for name in sys.modules}}
assert not loaded, loaded
"""


def run_without(names: set[str], code: str) -> None:
    script = BLOCKED.format(names=names, code=code)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_import_anymol_loads_neither_wing() -> None:
    run_without(
        {"torch", "rdkit", "transformers", "numpy", "pydantic"}, "import anymol; anymol.__version__; dir(anymol)"
    )


def test_the_network_wing_loads_and_encodes_without_rdkit() -> None:
    run_without(
        {"rdkit", "selfies"},
        """
import anymol.encoders.graph_weights, anymol.models.build, anymol.models.checkpoint
import numpy as np
from anymol.chem.notation import Notation
from anymol.modalities.content import Message, MoleculePart, RecordPart, Speaker, TextPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality
from anymol.models.modality_config import ModalityConfig
from anymol.models.tokenizer import train_tokenizer
from anymol.models.processor import AnyMolProcessor
graph = MolecularGraph(np.zeros((2, 2), np.uint8), np.array([[0, 1], [1, 0]], np.int32), np.zeros((2, 2), np.uint8))
for notation in Notation:
    tokenizer = train_tokenizer(["weight"], ["⌬[C]"], 300, notation)
    processor = AnyMolProcessor(tokenizer, notation, modalities={"graph": ModalityConfig()})
    parts = (TextPart("weight "), MoleculePart("CC", selfies="[C][C]"), RecordPart(Modality.GRAPH, graph))
    encoded = processor.encode((Message(Speaker.USER, parts),), (TextPart("30.07"),))
    assert processor.batch([encoded])["molecules"]["graph"]["n_atoms"].tolist() == [2]
""",
    )


def test_public_names_resolve() -> None:
    for name in ("AnyMolConfig", "AnyMolForCausalLM", "AnyMolProcessor", "MolecularGraph", "AnyMolError"):
        assert getattr(anymol, name).__name__ == name
    assert set(anymol.__all__) <= set(dir(anymol))
    with pytest.raises(AttributeError, match="no attribute 'Oracle'"):
        _ = anymol.Oracle

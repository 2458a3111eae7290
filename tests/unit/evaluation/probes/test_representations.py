"""States of molecules: means over their own tokens, the same in any company."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from anymol.evaluation.probes.representations import represent
from anymol.modalities.content import MoleculePart, RecordPart
from anymol.modalities.modality import Modality
from anymol.models.checkpoint import load_checkpoint
from anymol.synthesis.graph import synthesize_graph

SMILES = ("CCO", "c1ccccc1C(=O)O", "CC(C)CC(N)C(=O)O")


def test_states_of_notations_are_means_over_their_tokens(tiny_model_dir: Path) -> None:
    model, processor, _ = load_checkpoint(tiny_model_dir)
    model = model.float().eval()
    found = represent(model, processor, [MoleculePart(one) for one in SMILES])
    ids = torch.tensor([processor.encode_documents([[MoleculePart(SMILES[0])]])[0].input_ids])
    with torch.inference_mode():
        alone = model.embed_text(ids)[0, :-1].mean(dim=0)
        read = model(ids, output_hidden_states=True).hidden_states[-1][0, :-1].mean(dim=0)
    torch.testing.assert_close(found.given[0], alone)
    torch.testing.assert_close(found.read[0], read, rtol=1e-4, atol=1e-4)


def test_a_molecule_has_the_same_states_in_any_company(tiny_model_dir: Path) -> None:
    model, processor, _ = load_checkpoint(tiny_model_dir)
    model = model.float().eval()
    parts = [RecordPart(Modality.GRAPH, synthesize_graph(one), smiles=one) for one in SMILES]
    together, alone = represent(model, processor, parts), represent(model, processor, parts[:1])
    torch.testing.assert_close(together.given[:1], alone.given, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(together.read[:1], alone.read, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(together.given[0], together.given[1])


def test_nothing_is_no_molecule(tiny_model_dir: Path) -> None:
    model, processor, _ = load_checkpoint(tiny_model_dir)
    with pytest.raises(ValueError, match="no molecule"):
        represent(model, processor, [])

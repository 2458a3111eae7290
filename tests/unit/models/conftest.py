"""Tiny models of two families, with grouped-query attention, and the processor they share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from anymol.chem.notation import Notation
from anymol.encoders.graph import GraphEncoderConfig
from anymol.modalities.content import Message, MoleculePart, Part, RecordPart, Role, Speaker, TextPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality
from anymol.models.build import DecoderConfig, DecoderFamily, build_config, build_model
from anymol.models.modality_config import ModalityConfig
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.models.tokenizer import collect_symbols, train_tokenizer

TEXTS = ("What is the molecular weight of this molecule?", "The product of the reaction is an ester.", "180.16 g/mol")
SMILES = ("CC(=O)Oc1ccccc1C(=O)O", "CCBr", "C[C@H](N)C(=O)O", "OC1CCCCC1")
GRAPH = {"graph": ModalityConfig(encoder=GraphEncoderConfig(n_layers=2, width=16))}


def make_graph(n_atoms: int, seed: int = 0) -> MolecularGraph:
    """A random chain."""
    rng = np.random.default_rng(seed)
    pairs = np.stack([np.arange(n_atoms - 1), np.arange(1, n_atoms)], axis=1)
    bonds = np.stack([pairs, pairs[:, ::-1]], axis=1).reshape(-1, 2).T.astype(np.int32)
    atoms = np.stack([rng.integers(5, 9, n_atoms), rng.integers(0, 3, n_atoms)], axis=1).astype(np.uint8)
    features = np.zeros((bonds.shape[1], 2), dtype=np.uint8)
    return MolecularGraph(atoms, bonds, features)


def ask(*parts: Part) -> tuple[Message, ...]:
    """A conversation of one question."""
    return (Message(Speaker.USER, parts),)


QUESTIONS = (
    ask(TextPart("What is this? "), MoleculePart("CCBr"), RecordPart(Modality.GRAPH, make_graph(3, 1), smiles="CCBr")),
    ask(
        TextPart("Reaction of "),
        RecordPart(Modality.GRAPH, make_graph(5, 2), Role.REACTANT, "CCO"),
        TextPart(" with "),
        RecordPart(Modality.GRAPH, make_graph(2, 3), Role.REAGENT, "CC"),
        TextPart(" gives what product?"),
    ),
    ask(TextPart("No molecule here")),
)
ANSWERS = ((TextPart("180.16"),), (MoleculePart("CC(=O)O"),), (TextPart("an ester"),))


@pytest.fixture(scope="session")
def processor() -> AnyMolProcessor:
    """SMILES notation, one token per atom."""
    tokenizer = train_tokenizer(TEXTS, collect_symbols(SMILES, Notation.SMILES), 320, Notation.SMILES)
    return AnyMolProcessor(tokenizer, notation=Notation.SMILES, modalities=GRAPH)


@pytest.fixture(params=list(DecoderFamily), ids=str)
def family(request: pytest.FixtureRequest) -> DecoderFamily:
    """Each decoder family in turn."""
    return request.param


@pytest.fixture
def make_model(processor: AnyMolProcessor) -> Callable[..., AnyMolForCausalLM]:
    """Build a tiny random model in evaluation mode, its norms and roles moved off their starting values."""

    def make(family: DecoderFamily = DecoderFamily.LLAMA, *, seed: int = 0, tied: bool = True) -> AnyMolForCausalLM:
        torch.manual_seed(seed)
        sizes = DecoderConfig(
            family=family, hidden_size=32, n_layers=2, n_heads=4, n_kv_heads=2, ffn_size=48, tied=tied,
            initializer_range=0.2, max_positions=256,
        )  # fmt: skip
        model = build_model(build_config(sizes, processor), processor)
        torch.nn.init.normal_(model.role_embedding.weight)
        return model.eval()

    return make


@pytest.fixture
def questions() -> tuple[tuple[Message, ...], ...]:
    """One molecule, two molecules with roles, none."""
    return QUESTIONS


@pytest.fixture
def answers() -> tuple[tuple[Part, ...], ...]:
    """Answers to the questions."""
    return ANSWERS

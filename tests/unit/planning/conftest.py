"""A toy world whose right routes are known: paracetamol by the nitro route and by Beckmann's rearrangement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.inference.proposals.ranking import STORE_FEATURES
from anymol.metrics.choice import ChoiceModel
from anymol.planning.single_step import Step
from anymol.retrieval.reactions.building import build_store
from anymol.retrieval.reactions.store import ReactionStore

REACTIONS = {
    "acetylation": "CC(=O)OC(C)=O.Nc1ccc(O)cc1>>CC(=O)Nc1ccc(O)cc1",
    "reduction": "[H][H].O=[N+]([O-])c1ccc(O)cc1>>Nc1ccc(O)cc1",
    "hydrolysis": "O.O=[N+]([O-])c1ccc(Cl)cc1>>O=[N+]([O-])c1ccc(O)cc1",
    "beckmann": "CC(=NO)c1ccc(O)cc1>>CC(=O)Nc1ccc(O)cc1",
    "oxime": "CC(=O)c1ccc(O)cc1.NO>>CC(=NO)c1ccc(O)cc1",
    "friedel-crafts": "CC(=O)OC(C)=O.Oc1ccccc1>>CC(=O)c1ccc(O)cc1",
}


class TableStep:
    """A single step that knows its answers by heart, and remembers what it was asked."""

    name = "table"

    def __init__(self, answers: Mapping[str, Sequence[tuple[str, float]]]) -> None:
        self.answers, self.asked = answers, list[str]()

    def propose(self, product: str) -> list[Step]:
        self.asked.append(product)
        return [
            Step(product, tuple(sorted(reactants.split("."))), chance)
            for reactants, chance in self.answers.get(product, ())
        ]


@pytest.fixture
def table_step() -> Callable[[Mapping[str, Sequence[tuple[str, float]]]], TableStep]:
    return TableStep


@pytest.fixture(scope="session")
def toy_store() -> ReactionStore:
    rows = [RecordedReaction(one.split(">>")[1], one.split(">>")[0], id=name) for name, one in REACTIONS.items()]
    return build_store("toy", rows)[0]


@pytest.fixture(scope="session")
def ranker() -> ChoiceModel:
    """Ranks by the similarity of the nearest precedent and by how often a template is followed."""
    weights = {"similarity^4": 4.0, "log count": 0.2}
    values = np.array([weights.get(name, 0.0) for name in STORE_FEATURES])
    return ChoiceModel(STORE_FEATURES, np.zeros(len(values)), np.ones(len(values)), values, 1.0)

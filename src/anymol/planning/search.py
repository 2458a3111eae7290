"""Which molecule is asked about next: Retro* or Monte-Carlo tree search, by syntheseus (Maziarz et al. 2024).

Retro* (Chen et al. 2020) expands the open molecule of the route with the least expected cost ``V_t(m | T)``; a step
costs ``-log p``, a molecule of the stock nothing, and one still open in proportion to its size. The search only asks:
routes are taken from what was asked, by :mod:`anymol.planning.routes`, so that it may be broken off anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from syntheseus import BackwardReactionModel, Bag, Molecule, SingleProductReaction
from syntheseus.search.algorithms.base import SearchAlgorithm
from syntheseus.search.algorithms.best_first.retro_star import RetroStarSearch
from syntheseus.search.algorithms.mcts.base import pucb_bound
from syntheseus.search.algorithms.mcts.molset import MolSetMCTS
from syntheseus.search.graph.and_or import OrNode
from syntheseus.search.graph.molset import MolSetGraph
from syntheseus.search.mol_inventory import BaseMolInventory
from syntheseus.search.node_evaluation.base import NoCacheNodeEvaluator
from syntheseus.search.node_evaluation.common import (
    ConstantNodeEvaluator,
    HasSolutionValueFunction,
    ReactionModelLogProbCost,
    ReactionModelProbPolicy,
)

from anymol.chem.parsing import parse_smiles
from anymol.planning.expansions import Expander
from anymol.planning.stock import Stock

MOST_NODES: Final = 100_000
"""Nodes of a search tree: some 300 MB."""

_UNSOLVED_VALUE: Final = 0.5
"""What Monte-Carlo tree search takes a set of molecules for that it has not looked at, between 0 and 1."""


_COST_OF_ATOM: Final = 0.2
"""What Retro* expects a molecule to cost for each of its heavy atoms, nats. On 20 drug-like molecules as many routes
were found as with nothing expected, the late ones after a third of the molecules."""


_IDLE: Final = 100
"""Visits of Monte-Carlo tree search without a new node after which it is looked whether any can still be expanded."""


class SearchKind(StrEnum):
    """How the next molecule is chosen."""

    RETRO_STAR = "retro-star"
    MCTS = "mcts"


class _AskedModel(BackwardReactionModel):
    """Our single step as syntheseus asks it."""

    def __init__(self, expander: Expander) -> None:
        super().__init__(use_cache=True)
        self._expander = expander

    def _get_reactions(self, inputs: list[Molecule], num_results: int) -> list[Sequence[SingleProductReaction]]:
        return [
            [
                SingleProductReaction(
                    reactants=Bag(map(_wrap, step.reactants)), product=one, metadata={"probability": step.probability}
                )
                for step in self._expander.expand(one.smiles)[:num_results]
            ]
            for one in inputs
        ]


class _SizeValue(NoCacheNodeEvaluator[OrNode]):
    """What a molecule that is not in the stock may cost: so much for each of its heavy atoms."""

    def _evaluate_nodes(self, nodes: Sequence[OrNode], graph: Any = None) -> list[float]:
        return [_COST_OF_ATOM * parse_smiles(node.mol.smiles).GetNumAtoms() for node in nodes]


class _Inventory(BaseMolInventory):
    """Our stock as syntheseus asks it."""

    def __init__(self, stock: Stock) -> None:
        self._stock = stock

    def is_purchasable(self, mol: Molecule) -> bool:
        return self._stock.find(mol.smiles) is not None


class _EndingMcts(MolSetMCTS):
    """Monte-Carlo tree search that ends when nothing is left to expand, which syntheseus leaves to its limits."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._size = self._idle = 0

    def should_stop_search(self, graph: MolSetGraph) -> bool:
        self._idle = self._idle + 1 if len(graph) == self._size else 0
        self._size = len(graph)
        if self._idle >= _IDLE:
            self._idle = 0
            if not any(self.can_expand_node(node, graph) for node in graph.nodes()):
                return True
        return super().should_stop_search(graph)


def run_search(
    target: str,
    expander: Expander,
    stock: Stock,
    *,
    kind: SearchKind,
    longest: int,
    seconds: float,
    molecules: int,
    first: bool,
) -> int:
    """Ask the single step about one molecule after the other, until nothing is left to ask or a limit is reached.

    Args:
        target: Canonical SMILES.
        expander: What is asked; afterwards it holds all answers.
        stock: What is not asked about; the target is not in it.
        kind: How the next molecule is chosen.
        longest: Most steps in a row.
        seconds: Time; it is looked at between two questions.
        molecules: Molecules that are asked about, at most.
        first: Whether the first complete route ends the search.

    Returns:
        Nodes of the search tree.
    """
    shared: dict[str, Any] = {
        "reaction_model": _AskedModel(expander),
        "mol_inventory": _Inventory(stock),
        "time_limit_s": seconds,
        "limit_reaction_model_calls": molecules,
        "limit_graph_nodes": MOST_NODES,
        "stop_on_first_solution": first,
        "prevent_repeat_mol_in_trees": True,
    }
    algorithm: SearchAlgorithm[Any, Any]
    match kind:
        case SearchKind.RETRO_STAR:
            algorithm = RetroStarSearch(
                and_node_cost_fn=ReactionModelLogProbCost(),
                value_function=_SizeValue(),
                max_expansion_depth=2 * longest,  # molecules stand at every other depth
                **shared,
            )
        case SearchKind.MCTS:
            policy: Any = ReactionModelProbPolicy()  # its type names nodes of either graph
            algorithm = _EndingMcts(
                value_function=ConstantNodeEvaluator(_UNSOLVED_VALUE),
                reward_function=HasSolutionValueFunction(),
                policy=policy,
                bound_function=pucb_bound,
                max_expansion_depth=2 * longest,  # a tree's depth is its number of steps, in a row or beside each other
                **shared,
            )
    graph, _ = algorithm.run_from_mol(_wrap(target))
    return len(graph)


def _wrap(smiles: str) -> Molecule:
    """Return a molecule whose SMILES is canonical already."""
    return Molecule(smiles, canonicalize=False, make_rdkit_mol=False)

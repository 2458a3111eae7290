"""Best-first search for a similar molecule that has more, or less, of a property.

Steps are replacements that matched pairs of real molecules show, and nitrogen in place of an aromatic CH. From each
molecule on the way the most promising are followed; all must stay within a similarity to the first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rdkit import Chem, rdBase

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.fingerprints import morgan, tanimoto
from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.chem.surgery import replace_groups
from anymol.design.candidate import Candidate, Judge
from anymol.design.environments import measure_familiarity
from anymol.design.replacements import HYDROGEN, list_groups, list_replaced
from anymol.errors import AnyMolError
from anymol.tasks.optimisation import LEAST_SIMILARITY, Aim

_STEPS: Final = 3
"""Most replacements that lead to an answer."""
_FOLLOWED: Final = 4
"""Molecules that each step begins with."""
_MOST_CHILDREN: Final = 140
"""Most molecules that one molecule is changed to: those of the most frequent replacements."""
_RATED: Final = 24
"""Molecules of a step whose plausibility is looked at."""
_WORTHWHILE: Final = 5.0
"""Change that a chemist would ask for, as a multiple of the least that counts: half a unit of LogP."""
_ENOUGH: Final = 12
"""Molecules that reach the aim without a doubt; then the search ends."""


@dataclass(frozen=True)
class _Node:
    """A molecule on the way.

    Attributes:
        smiles: Canonical SMILES.
        molecule: The molecule.
        path: What was done.
        pairs: How many real pairs the rarest of these has.
        gain: Change of the property in the direction of the aim, in units of the least that counts.
        similarity: To the molecule of the question.
    """

    smiles: str
    molecule: Chem.Mol
    path: tuple[str, ...]
    pairs: int
    gain: float
    similarity: float


def search_optimised(smiles: str, aim: Aim, limit: int) -> list[Candidate]:
    """Return similar molecules that have more (or less) of a property, the most sensible first.

    Args:
        smiles: The molecule.
        aim: What to reach.
        limit: Most molecules returned.

    Returns:
        Molecules that reach the aim within the similarity that :mod:`anymol.tasks.optimisation` asks for; empty where
        the search found none.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
        UserError: The property cannot be computed for it.
    """
    before = parse_smiles(smiles)
    was = float(compute_descriptor(aim.descriptor, before).value)
    prints = morgan(before)
    judge = Judge(before)
    own = write_canonical(before)
    seen = {own}
    beam = [_Node(own, before, (), 1_000_000, 0.0, 1.0)]
    rated: dict[str, tuple[float, _Node]] = {}
    for _ in range(_STEPS):
        children: list[_Node] = []
        for node in beam:
            for child_smiles, child, step, pairs in _list_steps(node.molecule):
                if child_smiles in seen or "." in child_smiles:
                    continue
                seen.add(child_smiles)
                similarity = tanimoto(prints, morgan(child))
                if similarity < LEAST_SIMILARITY:
                    continue
                try:
                    now = float(compute_descriptor(aim.descriptor, child).value)
                except AnyMolError:
                    continue
                gain = aim.sign * (now - was) / aim.least
                path = (*node.path, step)
                children.append(_Node(child_smiles, child, path, min(node.pairs, pairs), gain, similarity))
        children.sort(key=lambda node: (-_promise(node), node.smiles))
        for node in children[:_RATED]:
            rated[node.smiles] = (_rate(node, judge), node)
        sure = [node for rating, node in rated.values() if node.gain >= 1.0 and rating > 0.0]
        if len(sure) >= min(_ENOUGH, limit):
            break
        following = sorted(
            (node for node in children[:_RATED] if node.gain > 0.0),
            key=lambda node: (-rated[node.smiles][0], node.smiles),
        )
        beam = following[:_FOLLOWED]
        if not beam:
            break
    reached = [(rating, node) for rating, node in rated.values() if node.gain >= 1.0]
    reached.sort(key=lambda pair: (-pair[0], pair[1].smiles))
    return [Candidate(node.smiles, "; ".join(node.path), node.similarity) for _, node in reached[:limit]]


def _list_steps(molecule: Chem.Mol) -> Iterator[tuple[str, Chem.Mol, str, int]]:
    """Yield molecules one step away: canonical SMILES, molecule, what was done, real pairs that show it."""
    replaced = sorted(list_replaced(molecule), key=lambda one: (-one.replacement.pairs, one.smiles))
    known: set[str] = set()
    for one in replaced:
        if len(known) == _MOST_CHILDREN:
            break
        if one.smiles not in known:
            known.add(one.smiles)
            change = one.replacement
            step = f"{_name(change.old)} to {_name(change.new)} on {change.holder} ({change.pairs} matched pairs)"
            yield one.smiles, one.molecule, step, change.pairs
    for smiles, changed in _list_aza(molecule):
        yield smiles, changed, "aromatic CH to N", _AZA_PAIRS
    for place, group in list_groups(molecule):
        if 0 < len(place.leaving) <= _SMALL:
            pruned = replace_groups(molecule, [place], None)
            if pruned is not None:
                yield write_canonical(pruned), pruned, f"{group} taken off", 1


_SMALL: Final = 3
"""Heavy atoms of a group that is taken off though no matched pair shows it."""
_AZA_PAIRS: Final = 30
"""What nitrogen in place of an aromatic CH counts as: common, though no replacement of a group."""


def _name(group: str) -> str:
    return "H" if group == HYDROGEN else group


def _list_aza(molecule: Chem.Mol) -> Iterator[tuple[str, Chem.Mol]]:
    """Yield the molecule with nitrogen in place of a CH of a six-membered aromatic ring of carbons."""
    for match in molecule.GetSubstructMatches(_CARBOCYCLE, uniquify=True):
        for index in match:
            if molecule.GetAtomWithIdx(index).GetTotalNumHs() != 1:
                continue
            edited = Chem.RWMol(molecule)
            atom = edited.GetAtomWithIdx(index)
            atom.SetAtomicNum(7)
            atom.SetNumExplicitHs(0)
            product = edited.GetMol()
            with rdBase.BlockLogs():
                if Chem.SanitizeMol(product, catchErrors=True) == Chem.SanitizeFlags.SANITIZE_NONE:
                    yield write_canonical(product), product


_CARBOCYCLE: Final = Chem.MolFromSmarts("c1ccccc1")


def _promise(node: _Node) -> float:
    """Return how promising a molecule is before its plausibility is looked at."""
    return min(node.gain, _WORTHWHILE) / _WORTHWHILE + node.similarity + 0.08 * math.log(node.pairs)


def _rate(node: _Node, judge: Judge) -> float:
    """Return how good an answer is; below 0 where something speaks against it."""
    written = parse_smiles(node.smiles)
    doubts = 2.5 * judge.count_new_oddities(written) + 0.6 * judge.count_new_alerts(written)
    return _promise(node) + 0.1 * measure_familiarity(written) - 0.1 * (len(node.path) - 1) - doubts

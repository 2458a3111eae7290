"""Which evaluated rows the training data give away: by molecule, reaction, scaffold, or nearly.

A molecule is known by the first block of its InChIKey (its connectivity), a scaffold is Murcko's (Bemis and Murcko
1996), and a near duplicate a training molecule whose Morgan fingerprint (radius 2, 2,048 bits) has a Tanimoto
similarity of :data:`NEAR` or more, a copy included. Of training examples only the molecules count that they answer with
or describe: what stands in a question as a reagent gives away nothing of it.

A reaction is known by its products and reactants without stereochemistry. Records do not agree on what is a reagent:
base, acid or solvent stand among the reactants in one and apart, or nowhere, in another. So two records of the same
products are one reaction where the reactants of either are all among those of the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from rdkit import Chem, rdBase
from rdkit.Chem.Scaffolds.MurckoScaffold import MurckoScaffoldSmiles
from rdkit.DataStructs import ExplicitBitVect

from anymol.chem.fingerprints import morgan, tanimoto_row
from anymol.data.example import InstructionExample
from anymol.data.heldout import compute_blocks, compute_evaluated_blocks, evaluated_molecules, guarded_molecules
from anymol.data.shard_files import SHARDS
from anymol.data.shards import ShardReader
from anymol.errors import DataError
from anymol.evaluation.figures import Figure
from anymol.files import hash_file
from anymol.modalities.content import Role, TextPart

NEAR: Final = 0.9
"""Least Tanimoto similarity of near duplicates."""

ReactionKey = tuple[tuple[str, ...], tuple[str, ...]]
"""Reactants and products of a reaction, each canonical, without stereochemistry, sorted."""


class LeakKind(StrEnum):
    """How training data may give a row away."""

    MOLECULE = "molecule"
    REACTION = "reaction"
    """Same products, and the reactants of one record among those of the other."""
    CONTAINED_REACTION = "reaction, one record having more reactants"
    """Those of the reactions whose reactants are never the same: what one record has more are reagents, most often."""
    NEAR_DUPLICATE = "near duplicate"
    SCAFFOLD = "scaffold"


@dataclass(frozen=True)
class TrainingKeys:
    """What training data hold, as far as rows are compared with it.

    Attributes:
        blocks: First blocks of the InChIKeys of molecules.
        scaffolds: Canonical SMILES of the scaffolds of those that have rings.
        reactions: Products of a reaction -> the sets of reactants that they are made of.
        fingerprints: Morgan fingerprints of the molecules.
        n_examples: Training examples that were read.
        sha256: Checksum of each manifest, by the path of its shards.
    """

    blocks: frozenset[str]
    scaffolds: frozenset[str]
    reactions: Mapping[tuple[str, ...], frozenset[frozenset[str]]]
    fingerprints: Sequence[ExplicitBitVect]
    n_examples: int
    sha256: Mapping[str, str]

    def find_leaks(self, example: InstructionExample) -> frozenset[LeakKind]:
        """Return in which ways the training data give a row away."""
        found: set[LeakKind] = set()
        for smiles in set(evaluated_molecules(example)):
            known = _describe(smiles)
            if not self.blocks.isdisjoint(compute_evaluated_blocks(smiles)):
                found.add(LeakKind.MOLECULE)
            if known.scaffold and known.scaffold in self.scaffolds:
                found.add(LeakKind.SCAFFOLD)
            if known.fingerprint is not None and self._has_near(known.fingerprint):
                found.add(LeakKind.NEAR_DUPLICATE)
        reaction = find_reaction(example)
        return frozenset(found if reaction is None else found | self._find_reaction_leaks(*reaction))

    def _find_reaction_leaks(self, reactants: Sequence[str], products: tuple[str, ...]) -> set[LeakKind]:
        asked, known = frozenset(reactants), self.reactions.get(products, frozenset())
        if asked in known:
            return {LeakKind.REACTION}
        if any(asked < one or one < asked for one in known):
            return {LeakKind.REACTION, LeakKind.CONTAINED_REACTION}
        return set()

    def _has_near(self, fingerprint: ExplicitBitVect) -> bool:
        return max(tanimoto_row(fingerprint, self.fingerprints), default=0.0) >= NEAR


class LeakFigure(NamedTuple):
    """A task's headline without the rows that are given away in one way.

    Attributes:
        kind: The way.
        n_leaked: Rows that are given away so.
        without: The headline of the others; None where none is left.
    """

    kind: LeakKind
    n_leaked: int
    without: Figure | None


@dataclass(frozen=True)
class TaskLeakage:
    """How far the training data give the rows of a task away.

    Attributes:
        task: Name of the task.
        n: Rows.
        whole: The headline of all rows.
        leaks: For each way, the headline without the rows that are given away.
    """

    task: str
    n: int
    whole: Figure
    leaks: tuple[LeakFigure, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the entry of the task under ``leakage`` in ``figures.json``."""
        return {
            "task": self.task,
            "n": self.n,
            "figure": self.whole.to_json(),
            "leaks": [
                {
                    "kind": one.kind.value,
                    "n_leaked": one.n_leaked,
                    "without": None if one.without is None else one.without.to_json(),
                }
                for one in self.leaks
            ],
        }


def read_training(directories: Sequence[Path]) -> TrainingKeys:
    """Read what shards hold for training; about two milliseconds per distinct molecule.

    Raises:
        DataError: Shards are missing or damaged, or they hold no training example.
    """
    molecules: set[str] = set()
    reactions: set[ReactionKey] = set()
    count = 0
    for directory in directories:
        for example in ShardReader(directory, split="train"):
            count += 1
            molecules.update(one.smiles for one in guarded_molecules(example) if not one.is_condition)
            reaction = find_reaction(example)
            if reaction is not None:
                reactions.add(reaction)
    if not count:
        raise DataError("these shards hold no training example", value=", ".join(map(str, directories)))
    sums = {str(directory): hash_file(directory / SHARDS.manifest) for directory in directories}
    return collect_keys(molecules, reactions, count, sums)


def collect_keys(
    molecules: Iterable[str], reactions: Iterable[ReactionKey], n_examples: int, sha256: Mapping[str, str]
) -> TrainingKeys:
    """Return the keys of training molecules and reactions."""
    blocks: set[str] = set()
    scaffolds: set[str] = set()
    fingerprints: list[ExplicitBitVect] = []
    seen: set[str] = set()
    for smiles in molecules:
        # Randomised writings of one molecule are one molecule.
        flat = flatten_smiles(smiles)
        if flat in seen:
            continue
        seen.add(flat)
        known = _describe(flat)
        blocks.update(known.blocks)
        if known.scaffold:
            scaffolds.add(known.scaffold)
        if known.fingerprint is not None:
            fingerprints.append(known.fingerprint)
    made_of: dict[tuple[str, ...], set[frozenset[str]]] = {}
    for reactants, products in reactions:
        made_of.setdefault(products, set()).add(frozenset(reactants))
    return TrainingKeys(
        frozenset(blocks),
        frozenset(scaffolds),
        {products: frozenset(found) for products, found in made_of.items()},
        tuple(fingerprints),
        n_examples,
        dict(sha256),
    )


def find_reaction(example: InstructionExample) -> ReactionKey | None:
    """Return the reaction that an example tells in question and answer; None where it tells none."""
    sides: dict[Role, set[str]] = {Role.REACTANT: set(), Role.PRODUCT: set()}
    for role, smiles in _list_molecules(example):
        if role in sides:
            sides[role].update(flatten_smiles(smiles).split("."))
    if not all(sides.values()):
        return None
    return tuple(sorted(sides[Role.REACTANT])), tuple(sorted(sides[Role.PRODUCT]))


def _list_molecules(example: InstructionExample) -> Iterator[tuple[Role, str]]:
    for parts in (*(message.parts for message in example.messages), example.answer):
        for part in parts:
            if not isinstance(part, TextPart) and part.smiles is not None:
                yield part.role, part.smiles


@lru_cache(maxsize=1 << 18)
def flatten_smiles(smiles: str) -> str:
    """Return a molecule or mixture canonical and without stereochemistry; as it is where it does not parse."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        return smiles if mol is None else str(Chem.MolToSmiles(mol, isomericSmiles=False))


class _Description(NamedTuple):
    """What a molecule is known by: all empty where it does not parse."""

    blocks: tuple[str, ...]
    scaffold: str
    fingerprint: ExplicitBitVect | None


@lru_cache(maxsize=1 << 14)
def _describe(smiles: str) -> _Description:
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        known = None if mol is None else (compute_blocks(smiles), str(MurckoScaffoldSmiles(mol=mol)), morgan(mol))
    return _Description((), "", None) if known is None else _Description(*known)

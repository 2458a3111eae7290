"""A mixture as people write it, ``a.b.c``, parted into what reacts and what helps.

Each molecule's probability of reacting is that of a logistic regression on how often it reacts in recorded reactions,
on what it is, and on what stands beside it: methanol reacts with an acid under sulfuric acid and dissolves an ester
under hydroxide. Fitted by ``recipes/reaction_roles.yaml``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from rdkit import Chem
from safetensors import safe_open
from safetensors.numpy import save

from anymol.chem.groups import count_group
from anymol.chem.parsing import parse_smiles
from anymol.chem.reaction_roles import RoleCounts, find_roles
from anymol.shipped import find_shipped

MODEL_FILE: Final = "reaction_roles.safetensors"

GROUPS: Final = (
    "alcohol", "phenol", "aldehyde", "ketone", "carboxylic acid", "ester", "anhydride", "acyl halide", "amide",
    "carbamate", "Boc", "primary amine", "secondary amine", "tertiary amine", "aniline", "nitro", "nitrile",
    "isocyanate", "thiol", "sulfonyl chloride", "sulfonate ester", "boronic acid", "boronate ester", "alkene", "alkyne",
    "azide", "epoxide", "fluoro", "chloro", "bromo", "iodo", "hydrazine", "phosphonate", "benzene ring",
)  # fmt: skip
"""Functional groups that tell what a molecule can do; :mod:`anymol.chem.groups` finds them."""

_METALS: Final = frozenset(
    (3, 4, *range(11, 14), *range(19, 32), *range(37, 51), *range(55, 84))
)  # by atomic number; lithium to bismuth without the metalloids
_LIKELY: Final = 0.5
_DOUBTFUL: Final = 0.2
"""A molecule whose probability of the other role is higher than this is named as doubtful."""

_LARGE: Final = 6
"""Heavy atoms from which a molecule that the table does not know is most often a reactant."""


@dataclass(frozen=True)
class SeparatedMixture:
    """A mixture parted into roles.

    Attributes:
        reactants: Canonical SMILES of what reacts; never empty.
        reagents: Canonical SMILES of what helps.
        probability: Probability that a record parts the mixture in exactly this way.
        doubtful: Those of both whose role is uncertain.
    """

    reactants: tuple[str, ...]
    reagents: tuple[str, ...]
    probability: float
    doubtful: tuple[str, ...] = ()


class RoleModelCard(BaseModel):
    """What stands in the header of the regression's file.

    Attributes:
        schema_version: Of this form.
        companions: Common reagents, which tell more of a mixture than their groups do, by canonical SMILES.
        trained_on: Files, rows and splits.
        command: What made it.
        figures: Figures on the val rows.
        table_sha256: Of the table of counts that it was fitted with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    companions: tuple[str, ...]
    trained_on: str
    command: str
    figures: Mapping[str, float]
    table_sha256: str


@dataclass(frozen=True, eq=False)
class RoleModel:
    """The fitted regression.

    Attributes:
        card: Where it comes from.
        weights: Shape (F,): one per feature of :func:`describe_mixture`.
        bias: Added to them.
    """

    card: RoleModelCard
    weights: NDArray[np.float64]
    bias: float

    def judge(self, molecules: Sequence[str], counts: Sequence[RoleCounts | None]) -> NDArray[np.float64]:
        """Return the probability of reacting for each of M molecules, shape (M,); arguments as `describe_mixture`."""
        logits = describe_mixture(molecules, counts, self.card.companions) @ self.weights + self.bias
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), np.float64)


def separate_mixture(molecules: Sequence[str], reagents: Sequence[str] = ()) -> SeparatedMixture:
    """Part a mixture into reactants and reagents.

    Args:
        molecules: Canonical SMILES of molecules and ions whose role is open, at least one; repeats stay together.
        reagents: Those known to be reagents, such as what was written over an arrow.

    Raises:
        InvalidSmilesError: One of them is invalid.

    >>> separate_mixture(["CCN(CC)CC", "CC(=O)Cl", "ClCCl", "NCc1ccccc1"]).reactants
    ('CC(=O)Cl', 'NCc1ccccc1')
    """
    open_ones = list(dict.fromkeys(molecules))
    everything = list(dict.fromkeys((*open_ones, *reagents)))
    judged = read_model().judge(everything, [find_roles(smiles) for smiles in everything])
    chances = dict(zip(everything, judged.tolist(), strict=True))
    # Something organic reacts, however much it looks like a solvent.
    least = max(open_ones, key=lambda smiles: (_has_carbon(smiles), chances[smiles]))
    reacting = {smiles for smiles in open_ones if chances[smiles] > _LIKELY}
    reacting -= _list_counterions(open_ones, reacting)
    if not any(map(_has_carbon, reacting)):
        reacting.add(least)
    sure = {smiles: chances[smiles] if smiles in reacting else 1 - chances[smiles] for smiles in open_ones}
    alone = len(open_ones) == 1  # then nothing is decided
    return SeparatedMixture(
        tuple(smiles for smiles in molecules if smiles in reacting),
        (*(smiles for smiles in molecules if smiles not in reacting), *reagents),
        1.0 if alone else math.prod(sure.values()),
        () if alone else tuple(smiles for smiles in open_ones if sure[smiles] < 1 - _DOUBTFUL),
    )


def _list_counterions(molecules: Sequence[str], reacting: set[str]) -> set[str]:
    """Return the ions that seem to react while the rest of their salt does not: the ammonium of ammonium chloride.

    The other way round is usual: of sodium azide the azide reacts, and records write sodium beside the reagents.
    """
    mols = {smiles: parse_smiles(smiles) for smiles in molecules}
    charges = {smiles: Chem.GetFormalCharge(mol) for smiles, mol in mols.items()}
    found: set[str] = set()
    for smiles in reacting:
        partners = [one for one in molecules if charges[one] * charges[smiles] < 0]
        is_smallest = all(mols[one].GetNumAtoms() >= mols[smiles].GetNumAtoms() for one in partners)
        if partners and is_smallest and reacting.isdisjoint(partners):
            found.add(smiles)
    return found


def describe_mixture(
    molecules: Sequence[str], counts: Sequence[RoleCounts | None], companions: Sequence[str]
) -> NDArray[np.float64]:
    """Return what the regression looks at, shape (M, F).

    For each molecule: what it is, how it compares with the likely reactants beside it, its functional groups and
    theirs, which common reagent it is and which stand beside it, and each pair of something of its own and something
    beside it.

    Args:
        molecules: Canonical SMILES of the M molecules, each once.
        counts: Their recorded roles.
        companions: Common reagents.

    Raises:
        InvalidSmilesError: One is invalid.
    """
    described = [_describe_molecule(smiles) for smiles in molecules]
    kinds, groups = (np.stack(columns) for columns in zip(*described, strict=True))
    known = np.array([one is not None for one in counts], np.float64)
    odds = np.array([0.0 if one is None else one.log_odds / 5 for one in counts])
    common = np.array([0.0 if one is None else math.log(one.total) / 10 for one in counts])
    atoms = np.expm1(5 * kinds[:, 0])
    alone = np.where(known > 0, 1 / (1 + np.exp(-5 * odds)), np.where(atoms >= _LARGE, 0.95, 0.5))
    identity = np.array([[float(smiles == one) for one in companions] for smiles in molecules])
    own = np.concatenate([np.ones_like(known)[:, None], odds[:, None], groups, identity], axis=1)
    single = [known, odds, common, kinds[:, 0] * (1 - known), kinds[:, 1] * (1 - known), kinds[:, 4] * (1 - known)]
    rows = []
    for index in range(len(molecules)):
        others = np.arange(len(molecules)) != index
        weights = np.sort(np.append(alone[others], (0.0, 0.0)))[::-1]
        largest = float(np.max(atoms[others] * (alone[others] > _LIKELY), initial=0.0))
        total = min(float(weights.sum()), 4.0) / 4
        context = (
            weights[0],
            weights[1],
            total,
            len(molecules) / 10,
            float(atoms[index] >= atoms.max()),
            atoms[index] / atoms.max(),
            math.log1p(largest) / 5,
            min(atoms[index] / (1 + largest), 5.0) / 5,
            odds[index] * weights[0],
            odds[index] * total,
        )
        their_groups = np.max(groups[others] * alone[others, None], axis=0, initial=0.0)
        beside = np.append(their_groups, np.max(identity[others], axis=0, initial=0.0))
        rows.append(
            np.concatenate(
                [
                    [one[index] for one in single],
                    kinds[index],
                    context,
                    own[index],
                    np.outer(own[index], beside).ravel(),
                ]
            )
        )
    return np.stack(rows)


def _has_carbon(smiles: str) -> bool:
    return not _describe_molecule(smiles)[0][1]


@lru_cache(maxsize=4096)
def _describe_molecule(smiles: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return size and kind, shape (10,), and which groups there are, shape (G + 1,), the last one a metal on carbon."""
    mol = parse_smiles(smiles)
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    charge = Chem.GetFormalCharge(mol)
    has_metal, carbons = not _METALS.isdisjoint(numbers), numbers.count(6)
    kinds = (
        math.log1p(len(numbers)) / 5,
        carbons == 0,
        carbons == 1,
        has_metal,
        has_metal and not carbons,
        charge > 0,
        charge < 0,
        any(atom.GetIsAromatic() for atom in mol.GetAtoms()),
        len(numbers) == 1,
        len(numbers) >= _LARGE,
    )
    groups = [count_group(mol, name) > 0 for name in GROUPS]
    return np.array(kinds, np.float64), np.array([*groups, has_metal and carbons > 0], np.float64)


def write_model(model: RoleModel) -> bytes:
    """Return the bytes of a regression's file: weights in half precision, the card in the header."""
    tensors: dict[str, NDArray[Any]] = {
        "weights": model.weights.astype(np.float16),
        "bias": np.array([model.bias], np.float32),
    }
    return save(tensors, metadata={"card": model.card.model_dump_json()})


@cache
def read_model() -> RoleModel:
    """Return the regression that ships."""
    with safe_open(find_shipped(f"chem/{MODEL_FILE}"), "np") as file:
        card = RoleModelCard.model_validate_json(file.metadata()["card"])
        return RoleModel(card, file.get_tensor("weights").astype(np.float64), float(file.get_tensor("bias")[0]))

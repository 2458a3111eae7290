"""Specifications of molecules in words: what can be asked for, and how it is read, drawn from a molecule and checked.

A specification is a list of constraints on features that a program counts or computes exactly, for example
``2 rings, 1 carboxylic acid, molecular weight 180 to 220, no halogen atoms``. The same values make training examples
and check a model's answers.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.formula import count_formula, write_formula
from anymol.chem.groups import GROUPS, GroupKind, count_group
from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidTaskInputError
from anymol.tasks.task import Check


class FeatureKind(StrEnum):
    """How a feature's value is spoken of."""

    COUNT = "count"
    QUANTITY = "quantity"


@dataclass(frozen=True)
class Feature:
    """Something about a molecule that a program counts or computes.

    Attributes:
        name: Key in :data:`FEATURES`.
        measure: Molecule -> value.
        singular: How one is called; for a quantity, how the quantity is called.
        plural: How several are called.
        aliases: Other words for it, singular; an ``s`` may follow.
        kind: Count or quantity.
        step: What the bounds of a quantity are rounded to, in its unit.
        width: Shortest and longest range drawn for a quantity, in its unit.
    """

    name: str
    measure: Callable[[Chem.Mol], float]
    singular: str
    plural: str
    aliases: tuple[str, ...] = ()
    kind: FeatureKind = FeatureKind.COUNT
    step: float = 1.0
    width: tuple[float, float] = (0.0, 0.0)


_NAMED_ALONE: Final = frozenset({"hydroxyl", "nitro", "nitroso", "azo", "quaternary ammonium"})
"""Functional groups whose name is not a noun by itself: one says "a nitro group"."""


def _list_features() -> list[Feature]:
    return [*_quantities(), *_counts(), *_bonds(), *_elements(), *_groups()]


def _quantities() -> list[Feature]:
    def quantity(name: str, phrase: str, *aliases: str, step: float, width: tuple[float, float]) -> Feature:
        measure = partial(_measure_descriptor, name=name)
        return Feature(name, measure, phrase, phrase, aliases, FeatureKind.QUANTITY, step, width)

    return [
        quantity(
            "molecular_weight", "molecular weight", "mw", "weight", "molar mass", "molecular mass", "mass",
            step=10.0, width=(20.0, 80.0),
        ),
        quantity(
            "logp", "LogP", "clogp", "crippen logp", "lipophilicity", "partition coefficient",
            step=0.5, width=(0.5, 1.5),
        ),
        quantity(
            "tpsa", "TPSA", "polar surface area", "topological polar surface area", "psa", step=10.0, width=(20.0, 40.0)
        ),
        quantity(
            "molar_refractivity", "molar refractivity", "molar refraction", "crippen mr", step=5.0, width=(10.0, 30.0)
        ),
        quantity("qed", "QED", "drug-likeness", step=0.05, width=(0.1, 0.3)),
    ]  # fmt: skip


def _counts() -> list[Feature]:
    def count(name: str, singular: str, *aliases: str) -> Feature:
        return Feature(name, partial(_measure_descriptor, name=name), singular, f"{singular}s", aliases)

    return [
        count("rings", "ring", "cycle"),
        count("aromatic_rings", "aromatic ring"),
        count("heavy_atoms", "heavy atom", "non-hydrogen atom"),
        count("rotatable_bonds", "rotatable bond", "rotor"),
        count("hbond_donors", "hydrogen bond donor", "h-bond donor", "hbd", "hydrogen-bond donor", "donor"),
        count(
            "hbond_acceptors", "hydrogen bond acceptor", "h-bond acceptor", "hba", "hydrogen-bond acceptor", "acceptor"
        ),
        count("stereocentres", "stereocentre", "stereocenter", "chiral center", "chiral centre"),
    ]


def _bonds() -> list[Feature]:
    """Return the counts of bonds between heavy atoms; an aromatic bond is neither single nor double."""

    def bonds(word: str, kind: Chem.BondType) -> Feature:
        return Feature(f"{word}_bonds", partial(_count_bonds, kind=kind), f"{word} bond", f"{word} bonds")

    return [
        bonds("single", Chem.BondType.SINGLE),
        bonds("double", Chem.BondType.DOUBLE),
        bonds("triple", Chem.BondType.TRIPLE),
        bonds("aromatic", Chem.BondType.AROMATIC),
    ]


def _elements() -> list[Feature]:
    def atoms(name: str, numbers: frozenset[int], *aliases: str) -> Feature:
        measure = partial(_count_elements, numbers=numbers)
        return Feature(f"{name}_atoms", measure, f"{name} atom", f"{name} atoms", (name, *aliases))

    table = Chem.GetPeriodicTable()
    single = [
        atoms(table.GetElementName(number).lower(), frozenset({number}), f"{table.GetElementSymbol(number)} atom")
        for number in (6, 7, 8, 16, 15, 9, 17, 35, 53, 5, 14)
    ]
    return [*single, atoms("halogen", frozenset({9, 17, 35, 53}), "halo group", "halo", "halogen group", "halide")]


def _groups() -> list[Feature]:
    features = []
    for group in GROUPS.values():
        name = group.name
        match group.kind:
            case GroupKind.HALOGEN:  # asked for as atoms of the element
                continue
            case GroupKind.RING:
                singular = name if name.endswith(" ring") else f"{name} ring"
            case GroupKind.FAMILY | GroupKind.TOLD:
                continue
            case GroupKind.SUBSTITUENT:
                singular = f"{name} group"
            case GroupKind.FUNCTIONAL:
                singular = f"{name} group" if name in _NAMED_ALONE else name
        words = {word for known in (name, *group.synonyms) for word in (known, f"{known} group")}
        features.append(
            Feature(
                name.replace(" ", "_").replace("-", "_").lower(),
                partial(_measure_group, name=name),
                singular,
                f"{singular}s",
                tuple(sorted(words)),
            )
        )
    return features


def _measure_descriptor(molecule: Chem.Mol, *, name: str) -> float:
    return float(compute_descriptor(name, molecule).value)


def _measure_group(molecule: Chem.Mol, *, name: str) -> float:
    return float(count_group(molecule, name))


def _count_elements(molecule: Chem.Mol, *, numbers: frozenset[int]) -> float:
    return float(sum(atom.GetAtomicNum() in numbers for atom in molecule.GetAtoms()))


def _count_bonds(molecule: Chem.Mol, *, kind: Chem.BondType) -> float:
    return float(sum(bond.GetBondType() == kind for bond in molecule.GetBonds()))


ELEMENTS: Final = {
    "C": "carbon", "N": "nitrogen", "O": "oxygen", "S": "sulfur", "P": "phosphorus", "F": "fluorine", "Cl": "chlorine",
    "Br": "bromine", "I": "iodine", "B": "boron", "Si": "silicon",
}  # fmt: skip
"""The elements whose atoms specifications count, by symbol."""

FEATURES: Final[dict[str, Feature]] = {feature.name: feature for feature in _list_features()}
"""The features that specifications speak of, by name."""
GROUP_FEATURES: Final = frozenset(feature.name for feature in _groups())
"""Those that are functional groups, substituents and rings of a kind."""


@dataclass(frozen=True)
class Constraint:
    """Bounds on one feature, both inclusive.

    Attributes:
        feature: Name in :data:`FEATURES`.
        low: Least value; None where there is no lower bound.
        high: Greatest value; None where there is no upper bound.
    """

    feature: str
    low: float | None
    high: float | None

    def __post_init__(self) -> None:
        if self.feature not in FEATURES:
            raise ValueError(f"unknown feature {self.feature!r}; known: {', '.join(FEATURES)}")
        if self.low is None and self.high is None:
            raise ValueError("a constraint needs a bound")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"the lower bound {self.low} is above the upper bound {self.high}")

    def holds(self, value: float) -> bool:
        """Whether a value lies within the bounds."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        feature = FEATURES[self.feature]
        low, high = (None if bound is None else f"{bound:g}" for bound in (self.low, self.high))
        if feature.kind is FeatureKind.QUANTITY:
            if low is None:
                return f"{feature.singular} at most {high}"
            return f"{feature.singular} at least {low}" if high is None else f"{feature.singular} {low} to {high}"
        named = feature.singular if 1.0 in (self.low if self.high is None else self.high,) else feature.plural
        if low == high:
            return f"no {feature.plural}" if low == "0" else f"{low} {named}"
        if low is None:
            return f"at most {high} {named}"
        return f"at least {low} {named}" if high is None else f"{low} to {high} {named}"


@dataclass(frozen=True)
class Specification:
    """What a designed molecule must fit.

    Attributes:
        constraints: Bounds on features.
        formula: Molecular formula in Hill order, where one is asked for.
        unread: Clauses that were not understood; they are left unchecked.
    """

    constraints: tuple[Constraint, ...] = ()
    formula: str | None = None
    unread: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.constraints) or self.formula is not None

    def __str__(self) -> str:
        formula = () if self.formula is None else (f"formula {self.formula}",)
        return ", ".join((*formula, *map(str, self.constraints), *self.unread))


def check_specification(smiles: str, specification: Specification) -> tuple[Check, ...]:
    """Check a molecule against each constraint; clauses that were not understood are undecided.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
    """
    molecule = parse_smiles(smiles)
    checks = []
    if specification.formula is not None:
        found = write_formula(count_formula(rdMolDescriptors.CalcMolFormula(molecule)))
        checks.append(Check("formula", found == specification.formula, f"{found}, {specification.formula} asked for"))
    for constraint in specification.constraints:
        value = FEATURES[constraint.feature].measure(molecule)
        shown = f"{value:.2f}".rstrip("0").rstrip(".")
        checks.append(Check(constraint.feature, constraint.holds(value), f"{constraint}: the molecule has {shown}"))
    checks.extend(Check("specification", None, f"not checked: '{clause}'") for clause in specification.unread)
    return tuple(checks)


_ABSENCES: Final = ("rings", "aromatic_rings", "halogen_atoms", "nitrogen_atoms", "oxygen_atoms", "sulfur_atoms",
                    "stereocentres", "hydroxyl", "carboxylic_acid")  # fmt: skip
"""Features whose absence is worth asking for."""
_MOST_COUNTED: Final = 6
"""Largest count that a drawn specification names exactly."""


_BOND_COUNTS: Final = ("single_bonds", "double_bonds", "triple_bonds", "aromatic_bonds", "rotatable_bonds")


class SpecificationKind(StrEnum):
    """What drawn specifications speak of; the last three are the custom designs of TOMG-Bench (arXiv 2412.14642)."""

    MIXED = "mixed"
    ATOMS = "atoms"
    BONDS = "bonds"
    GROUPS = "groups"


def describe_specification(
    smiles: str,
    rng: random.Random,
    *,
    count: int | None = None,
    kind: SpecificationKind = SpecificationKind.MIXED,
) -> str:
    """Draw a specification that a molecule fits, in the words that :mod:`anymol.tasks.specification_words` reads.

    Args:
        smiles: The molecule.
        rng: Chooses features and bounds.
        count: How many constraints; None draws one to four.
        kind: What it speaks of.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
        InvalidTaskInputError: The molecule has nothing of the kind.
    """
    if kind is SpecificationKind.MIXED:
        return str(draw_specification(smiles, rng, count=count))
    return str(_draw_counts(smiles, rng, kind, rng.randint(1, 4) if count is None else count))


def _draw_counts(smiles: str, rng: random.Random, kind: SpecificationKind, wanted: int) -> Specification:
    """Draw the exact numbers of some kinds of atoms, bonds or groups that a molecule has."""
    match kind:
        case SpecificationKind.ATOMS:
            names = [feature.name for feature in _elements()]
        case SpecificationKind.BONDS:
            names = list(_BOND_COUNTS)
        case SpecificationKind.GROUPS:
            names = [feature.name for feature in _groups()]
        case SpecificationKind.MIXED:
            raise ValueError("a mixed specification is drawn by draw_specification")
    molecule = parse_smiles(smiles)
    values = {name: FEATURES[name].measure(molecule) for name in names}
    present = [name for name, value in values.items() if value]
    if not present:
        raise InvalidTaskInputError(f"the molecule has no {kind} to ask for", value=smiles)
    drawn = rng.sample(present, min(wanted, len(present)))
    return Specification(tuple(Constraint(name, values[name], values[name]) for name in drawn))


def draw_specification(smiles: str, rng: random.Random, *, count: int | None = None) -> Specification:
    """Draw a specification that a molecule fits; see :func:`describe_specification`."""
    molecule = parse_smiles(smiles)
    wanted = rng.randint(1, 4) if count is None else count
    if rng.random() < 0.05:
        # Radicals and charges do not stand in a formula, so only neutral molecules are asked for by it.
        formula = rdMolDescriptors.CalcMolFormula(molecule)
        if formula.isalnum():
            return Specification((), formula)
    values = {name: feature.measure(molecule) for name, feature in FEATURES.items()}
    quantities = [name for name, feature in FEATURES.items() if feature.kind is FeatureKind.QUANTITY]
    # Every molecule has single bonds: they are asked for only where bonds are.
    counted = [name for name in FEATURES if name not in quantities and name not in _BOND_COUNTS[:-1]]
    present = [name for name in counted if values[name] > 0]
    absent = [name for name in _ABSENCES if values[name] == 0]
    # Quantities and groups are asked for more often than what is missing.
    pools = [pool for pool in (quantities, present, present, absent) if pool]
    drawn: dict[str, Constraint] = {}
    for _ in range(20 * wanted):
        if len(drawn) == wanted:
            break
        name = rng.choice(rng.choice(pools))
        if name not in drawn:
            drawn[name] = _draw_constraint(FEATURES[name], values[name], rng)
    return Specification(tuple(drawn.values()))


def _draw_constraint(feature: Feature, value: float, rng: random.Random) -> Constraint:
    if feature.kind is FeatureKind.QUANTITY:
        width = rng.uniform(*feature.width)
        below = rng.uniform(0.0, width)
        low = math.floor((value - below) / feature.step) * feature.step
        high = math.ceil((value - below + width) / feature.step) * feature.step
        if rng.random() < 0.8:
            return Constraint(feature.name, round(low, 6), round(max(high, low + feature.step), 6))
        return Constraint(feature.name, None, round(max(high, low + feature.step), 6))
    number = float(value)
    if number == 0:
        return Constraint(feature.name, 0, 0)
    if number > _MOST_COUNTED or rng.random() < 0.2:
        spread = rng.randint(0, 2)
        return Constraint(feature.name, max(1.0, number - spread), None)
    return Constraint(feature.name, number, number)

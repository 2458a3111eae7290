"""What the two screens combined, and which of their reactions a question means.

A reaction is known by its components, whatever their order, spelling and stated role: the choices of all roles that
together are exactly what is given. One component that no role knows stands in the role that nothing else fills.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from itertools import product
from typing import Final

from rdkit import Chem
from rdkit.Chem import rdChemReactions

from anymol.chem.parsing import canonicalize_smiles, parse_smiles

UNSEEN: Final = -1
"""Stands for the choice of a component that the screen does not have."""


@dataclass(frozen=True)
class ScreenRole:
    """What varies in a screen.

    Attributes:
        name: What a chemist calls it.
        components: The choices: fragments joined by dots; empty where there was none.
        like: SMARTS of what another choice must be to be predicted; None where none is.
    """

    name: str
    components: tuple[str, ...]
    like: str | None = None

    @cached_property
    def fragments(self) -> tuple[frozenset[str], ...]:
        """The fragments of each choice."""
        return tuple(split_fragments(one) for one in self.components)

    def accepts(self, smiles: str) -> bool:
        """Whether a component that was never measured is one of its kind."""
        return self.like is not None and parse_smiles(smiles).HasSubstructMatch(Chem.MolFromSmarts(self.like))


@dataclass(frozen=True)
class Recognised:
    """A reaction of a screen, or one that differs from its reactions in one component.

    Attributes:
        screen: The screen.
        cell: The choice of each role, :data:`UNSEEN` of one that the screen does not have.
        unseen: That component; None where all are known.
        assumed: What stands in every reaction of the screen and was not stated.
    """

    screen: Screen
    cell: tuple[int, ...]
    unseen: str | None = None
    assumed: tuple[str, ...] = ()

    @property
    def components(self) -> tuple[str, ...]:
        """The component of each role."""
        chosen = zip(self.screen.roles, self.cell, strict=True)
        return tuple((self.unseen or "") if choice == UNSEEN else role.components[choice] for role, choice in chosen)

    @property
    def role(self) -> ScreenRole | None:
        """The role of the component that the screen does not have."""
        return self.screen.roles[self.cell.index(UNSEEN)] if UNSEEN in self.cell else None


@dataclass(frozen=True)
class Unrecognised:
    """Why a reaction is none of a screen.

    Attributes:
        screen: The screen.
        reason: What the screen did instead, in words: "it never used ...".
    """

    screen: Screen
    reason: str


@dataclass(frozen=True)
class Screen:
    """A screen by a robot: every combination of the choices of its roles.

    Attributes:
        key: What the data call it.
        name: What questions call it.
        about: Which reactions it holds, in a line.
        source: Who published it.
        year: When.
        licence: Terms of the data.
        roles: What varies.
        always: What stands in every reaction, and is meant where a question leaves it out.
        beside: What tells nothing.
        spelled: Other ways of writing a fragment -> the one used here.
        product: What all reactions make; None where it follows from the partners.
        coupling: Reaction SMARTS by which it follows from the first role and what always stands there first.
    """

    key: str
    name: str
    about: str
    source: str
    year: int
    licence: str
    roles: tuple[ScreenRole, ...]
    always: tuple[str, ...]
    beside: frozenset[str]
    spelled: Mapping[str, str] = field(default_factory=dict)
    product: str | None = None
    coupling: str | None = None

    def recognise(self, inputs: str, products: str) -> Recognised | Unrecognised:
        """Return which reaction of the screen is meant, or why none is.

        Args:
            inputs: Reactants, reagents, solvents and catalysts, joined by dots in any order.
            products: The product.

        Raises:
            InvalidSmilesError: A SMILES is invalid.
        """
        given = frozenset(self.spelled.get(one, one) for one in split_fragments(inputs))
        told = given - self.beside - frozenset(self.always)
        fits = [
            tuple(number for number, one in enumerate(role.fragments) if one <= given) or (UNSEEN,)
            for role in self.roles
        ]
        # Choices that leave least over: of K+, Na+ and OH- potassium hydroxide leaves sodium, sodium hydroxide nothing.
        cell, left = min(((cell, told - self._cover(cell)) for cell in product(*fits)), key=lambda one: len(one[1]))
        lacking = [role for role, choice in zip(self.roles, cell, strict=True) if choice == UNSEEN]
        assumed = tuple(one for one in self.always if one not in given)
        if not left and not lacking:
            found = Recognised(self, cell, assumed=assumed)
        else:
            cell, reason = self._place(cell, sorted(left), lacking)
            if reason is not None:
                return Unrecognised(self, reason)
            (unseen,) = left
            found = Recognised(self, cell, unseen, assumed)
        made = self._list_products(found.components[0])
        if canonicalize_smiles(products) not in made:
            return Unrecognised(self, f"it makes {' or '.join(sorted(made)) or 'another product'} of these partners")
        return found

    def _cover(self, cell: tuple[int, ...]) -> frozenset[str]:
        chosen = zip(self.roles, cell, strict=True)
        return frozenset().union(*(role.fragments[choice] for role, choice in chosen if choice != UNSEEN))

    def _place(
        self, cell: tuple[int, ...], left: list[str], lacking: list[ScreenRole]
    ) -> tuple[tuple[int, ...], str | None]:
        """Return the cell with what no role knows in the role that nothing else fills, or why it fits none."""
        if not left:
            return cell, f"no {' and no '.join(role.name for role in lacking)} of its is stated"
        # "None" is a choice of some roles, and is meant only where nothing is left over.
        empty = [
            place
            for place, (role, choice) in enumerate(zip(self.roles, cell, strict=True))
            if choice == UNSEEN or not role.fragments[choice]
        ]
        fitting = [place for place in empty if self.roles[place].accepts(left[0])]
        if (
            len(left) > 1
            or len(lacking) > 1
            or len(fitting) != 1
            or (lacking and self.roles[fitting[0]] not in lacking)
        ):
            where = f", and no {' and no '.join(role.name for role in lacking)} of its is stated" if lacking else ""
            return cell, f"it combined nothing with {' and '.join(left)}{where}"
        return (*cell[: fitting[0]], UNSEEN, *cell[fitting[0] + 1 :]), None

    def _list_products(self, partners: str) -> frozenset[str]:
        """Return what the partners make, canonical."""
        if self.coupling is None:
            return frozenset({self.product} if self.product else ())
        return _couple(self.coupling, partners, self.always[0])


@lru_cache(maxsize=256)
def _couple(coupling: str, partners: str, other: str) -> frozenset[str]:
    """Return what a reaction SMARTS makes of two molecules, canonical."""
    reaction = rdChemReactions.ReactionFromSmarts(coupling)
    made = (
        Chem.MolToSmiles(products[0])
        for products in reaction.RunReactants((parse_smiles(partners), parse_smiles(other)))
    )
    return frozenset(canonicalize_smiles(one) for one in made)


def split_fragments(smiles: str) -> frozenset[str]:
    """Return the different fragments of a SMILES, canonical."""
    return frozenset(canonicalize_smiles(smiles).split(".")) if smiles else frozenset()


@cache
def list_screens() -> tuple[Screen, ...]:
    """Return what each of the published screens combined, as its table tells."""
    table = tomllib.loads(files("anymol.retrieval.yield_screens").joinpath("screens.toml").read_text(encoding="utf-8"))
    return tuple(
        Screen(
            key=key,
            roles=tuple(ScreenRole(**role | {"components": tuple(role["components"])}) for role in one.pop("roles")),
            always=tuple(one.pop("always")),
            beside=frozenset(one.pop("beside")),
            **one,
        )
        for key, one in table.items()
    )

"""Edits of molecules: what they are, how they are done, and how it is checked that they were.

An edit adds, removes or replaces terminal groups, on carbon unless a heteroatom is named, and leaves the rest alone.
The same values make training examples, serve as a tool, and check a model's answers. :mod:`anymol.tasks.edit_words`
puts them into words.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import combinations, islice
from typing import Final

from rdkit import Chem

from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.chem.surgery import Place, replace_groups
from anymol.errors import InvalidSmilesError
from anymol.tasks.edit_groups import (
    FAMILIES,
    GROUPS,
    Holder,
    count_group,
    find_group,
    get_phrase,
    list_members,
    may_stand_on,
)
from anymol.tasks.edit_places import find_place
from anymol.tasks.task import Check


class Action(StrEnum):
    """What an edit does with a group."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


@dataclass(frozen=True)
class Edit:
    """One change of a molecule.

    Attributes:
        action: What is done.
        group: Name of the group, or family of groups, that is added, removed or replaced.
        replacement: Name of the group or family that takes its place; None unless `action` is replace.
        every: Whether all groups of the kind are removed or replaced, not `times` of them.
        place: Words that ask for a position; :mod:`anymol.tasks.edit_places` reads them where it can.
        times: How often it is done.
        holder: The element that the group stands on.
    """

    action: Action
    group: str
    replacement: str | None = None
    every: bool = False
    place: str | None = None
    times: int = 1
    holder: Holder = Holder.CARBON

    def __post_init__(self) -> None:
        for name in (self.group, self.replacement):
            if name is not None and name not in GROUPS and name not in FAMILIES:
                raise ValueError(f"unknown group {name!r}; known: {', '.join((*GROUPS, *FAMILIES))}")
        if (self.action is Action.REPLACE) != (self.replacement is not None):
            raise ValueError("a replacement is needed for replace, and for nothing else")
        if self.replacement == self.group:
            raise ValueError(f"{self.group} cannot be replaced by itself")
        if self.every and self.action is Action.ADD:
            raise ValueError("only what is removed or replaced can be every group of a kind")
        if not 1 <= self.times <= MOST_TIMES:
            raise ValueError(f"an edit is done one to {MOST_TIMES} times, not {self.times}")

    @property
    def anywhere(self) -> Edit:
        """The same edit, wherever there is a place for it."""
        return replace(self, place=None)

    @property
    def added(self) -> str | None:
        """Name of the group that is there afterwards."""
        return self.group if self.action is Action.ADD else self.replacement

    @property
    def removed(self) -> str | None:
        """Name of the group that is gone afterwards."""
        return None if self.action is Action.ADD else self.group


MOST_TIMES: Final = 6
"""How often an edit is done at most."""


@dataclass(frozen=True)
class EditedMolecule:
    """What an edit makes of a molecule.

    Attributes:
        smiles: Canonical SMILES.
        molecule: The molecule.
        places: Where it was changed, in the atoms of the molecule before.
        added: Name of the group that was put there; None for hydrogen.
    """

    smiles: str
    molecule: Chem.Mol
    places: tuple[Place, ...]
    added: str | None


def apply_edit(smiles: str, edit: Edit, rng: random.Random | None = None) -> str | None:
    """Do an edit.

    Args:
        smiles: The molecule.
        edit: What to do with it.
        rng: Chooses among the places where it can be done; None takes the first in the order of the SMILES.

    Returns:
        Canonical SMILES that passes :func:`check_edit`, or None where there is no place for the edit. A stereocentre
        that is changed keeps its arrangement: what comes stands where the other stood.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
    """
    molecule = parse_smiles(smiles)
    for product in enumerate_edited(molecule, edit, rng):
        if all(check.passed is not False for check in check_edit(smiles, product.smiles, edit)):
            return product.smiles
    return None


def settle_holder(molecule: Chem.Mol, edit: Edit) -> Edit:
    """Return an edit of a group that stands on no carbon as one of the only other element that it stands on.

    'Remove the acetyl' of aspirin means the one on oxygen.

    Args:
        molecule: The molecule.
        edit: What to do with it.
    """
    if edit.removed is None or edit.holder is not Holder.CARBON or _count_removed(molecule, edit):
        return edit
    names = (*list_members(edit.removed), *(() if edit.added is None else list_members(edit.added)))
    others = [
        moved
        for holder in Holder
        if holder is not Holder.CARBON and all(may_stand_on(name, holder) for name in names)
        for moved in [replace(edit, holder=holder)]
        if _count_removed(molecule, moved)
    ]
    return others[0] if len(others) == 1 else edit


def _count_removed(molecule: Chem.Mol, edit: Edit) -> int:
    names = [name for name in list_members(edit.removed or "") if name != edit.added]
    return sum(count_group(molecule, name, edit.holder) for name in names)


def enumerate_edited(molecule: Chem.Mol, edit: Edit, rng: random.Random | None = None) -> Iterator[EditedMolecule]:
    """Yield what an edit can make of a molecule, each place once.

    Args:
        molecule: The molecule.
        edit: What to do with it. A place that is understood is kept to.
        rng: Brings the places into random order; None keeps the order of the SMILES.
    """
    allowed = None if edit.place is None else find_place(molecule, edit.place)
    for added in (None,) if edit.added is None else list_members(edit.added):
        if added is not None and not may_stand_on(added, edit.holder):
            continue
        fragment = None if added is None else GROUPS[added].fragment
        sites = _list_sites(molecule, edit, added)
        if allowed is not None:
            sites = [site for site in sites if site.anchor in allowed]
        count = len(sites) if edit.every else edit.times
        if not sites or count > len(sites):
            continue
        chosen = list(islice(combinations(sites, count), _MOST_COMBINATIONS))
        if rng is not None:
            rng.shuffle(chosen)
        for places in chosen:
            product = replace_groups(molecule, places, fragment) if _are_apart(places) else None
            if product is not None:
                yield EditedMolecule(write_canonical(product), product, places, added)


_MOST_COMBINATIONS: Final = 400
"""Most choices of places that are tried where several groups are changed."""

# Where a group may go: carbons with a hydrogen. Groups that begin with a heteroatom keep away from carbons that have
# one already (hemiacetals, aminals) and from double bonds (enols); aromatic carbons take all.
_SITES_ANY: Final = "[$([cH]),$([CX4;!H0])]"
_SITES_HETERO: Final = "[$([cH]),$([CX4;!H0;!$(C~[!#6])])]"


def _list_sites(molecule: Chem.Mol, edit: Edit, added: str | None) -> list[Place]:
    """Return where the change can be made: carbons with a hydrogen, or groups of the kind that goes."""
    if edit.removed is not None:
        matches = [
            match
            for name in list_members(edit.removed)
            if name != added
            for match in find_group(molecule, name, edit.holder)
        ]
        return [Place(match[0], match[1:]) for match in matches]
    if edit.holder is not Holder.CARBON:
        with_hydrogen = _site_pattern(f"[{edit.holder.smarts.strip('[]')};!H0]")
        return [Place(match[0]) for match in molecule.GetSubstructMatches(with_hydrogen)]
    hetero = added is not None and not GROUPS[added].fragment.startswith(("C", "c"))
    pattern = _site_pattern(_SITES_HETERO if hetero else _SITES_ANY)
    return [Place(match[0]) for match in molecule.GetSubstructMatches(pattern)]


@lru_cache(maxsize=4)
def _site_pattern(smarts: str) -> Chem.Mol:
    return Chem.MolFromSmarts(smarts)


def _are_apart(places: Sequence[Place]) -> bool:
    """Whether places can be changed together: no atom leaves twice, and no anchor leaves."""
    leaving = [index for place in places for index in place.leaving]
    anchors = {place.anchor for place in places}
    return len(set(leaving)) == len(leaving) and not anchors & set(leaving)


# ------------------------------------------------------------------------------------------------------------- checks


def check_edit(before: str, after: str, edit: Edit) -> tuple[Check, ...]:
    """Check that `after` is `before` with the edit done and nothing else changed.

    Raises:
        InvalidSmilesError: `before` is invalid.
    """
    old = parse_smiles(before)
    try:
        new = parse_smiles(after)
    except InvalidSmilesError as error:
        return (Check("parses", False, error.message),)
    edit = settle_holder(old, edit)
    same = _find_same(old, new, edit)
    outcomes = [
        (_check_counts(old, new, edit, change, same), _check_rest(old, new, edit, change))
        for change in _list_changes(old, edit)
    ]
    checks = list(next((pair for pair in outcomes if all(one.passed for one in pair)), outcomes[0]))
    if any(atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED for atom in old.GetAtoms()) and same:
        kept = any(new.HasSubstructMatch(product.molecule, useChirality=True) for product in same)
        told = "the stereocentres stand as they stood" if kept else "a stereocentre was lost or inverted"
        checks.append(Check("stereo_kept", kept, told))
    if edit.place is not None:
        checks.append(_check_place(old, edit.place, same))
    return tuple(checks)


@dataclass(frozen=True)
class _Change:
    """An edit with its families resolved.

    Attributes:
        removed: How many groups of each name go.
        added: Name of the group that comes.
        times: How many come.
    """

    removed: Mapping[str, int]
    added: str | None
    times: int


def _list_changes(old: Chem.Mol, edit: Edit) -> list[_Change]:
    """Return what an edit may mean; one change that is done no time where what goes is not there."""
    added = (None,) if edit.added is None else list_members(edit.added)
    if edit.removed is None:
        return [_Change({}, name, edit.times) for name in added]
    changes: list[_Change] = []
    for name in added:
        counts = {one: count_group(old, one, edit.holder) for one in list_members(edit.removed) if one != name}
        total = sum(counts.values())
        if edit.every or total <= edit.times:
            # What asks for more than there is fails by its number.
            times = total if edit.every or total == edit.times else 0
            changes.append(_Change({one: count for one, count in counts.items() if count and times}, name, times))
            continue
        units = [one for one, count in counts.items() for _ in range(min(count, edit.times))]
        for chosen in sorted(set(combinations(units, edit.times))):
            changes.append(_Change(Counter(chosen), name, edit.times))
    return changes


def _find_same(old: Chem.Mol, new: Chem.Mol, edit: Edit) -> list[EditedMolecule]:
    """Return those of what the edit can give that are the new molecule, stereochemistry left out of account."""
    flat = write_canonical(new, isomeric=False)
    atoms = new.GetNumAtoms()
    return [
        product
        for product in enumerate_edited(old, edit.anywhere)
        if product.molecule.GetNumAtoms() == atoms and write_canonical(product.molecule, isomeric=False) == flat
    ]


def _check_counts(old: Chem.Mol, new: Chem.Mol, edit: Edit, change: _Change, same: list[EditedMolecule]) -> Check:
    """Check the numbers of the groups by SMARTS."""
    if change.times == 0:
        return Check("edit_done", False, say_lacking(old, edit) or "there is nothing to change")
    told, right = [], True
    moves = [(name, -count) for name, count in change.removed.items()]
    moves += [(change.added, change.times)] if change.added is not None else []
    for name, step in moves:
        was, now = (count_group(molecule, name, edit.holder) for molecule in (old, new))
        right = right and now == was + step
        told.append(f"{GROUPS[name].phrase}: {was} before, {now} after, {was + step} expected")
    if not right and change.added not in FAMILIES["alkyl"].members and any(p.added == change.added for p in same):
        # A phenyl put on a phenyl: the one beneath is none any more, by its hydrogens.
        right, told = True, [f"{GROUPS[change.added].phrase} put on" if change.added else "taken off"]
    return Check("edit_done", right, "; ".join(told))


def say_lacking(molecule: Chem.Mol, edit: Edit) -> str | None:
    """Return why an edit finds nothing to remove or to replace; None where it does.

    Example:
        >>> say_lacking(parse_smiles("Cc1ccccc1"), Edit(Action.REMOVE, "nitro"))
        'the molecule has no nitro group on a carbon'
    """
    if edit.removed is None:
        return None
    there = _count_removed(molecule, edit)
    phrase = get_phrase(edit.removed)
    if not there:
        return f"the molecule has no {phrase} on {'a' if edit.holder is Holder.CARBON else 'an'} {edit.holder}"
    if there < edit.times and not edit.every:
        return f"the molecule has {there} of what is called {phrase} here, and {edit.times} are asked for"
    return None


def _check_rest(old: Chem.Mol, new: Chem.Mol, edit: Edit, change: _Change) -> Check:
    """Check that the atoms differ by the groups alone and that the skeleton without them is still there."""
    expected = _count_atoms(old)
    moves = [(name, -count) for name, count in change.removed.items()]
    moves += [(change.added, change.times)] if change.added is not None else []
    for name, step in moves:
        for element, count in _fragment_atoms(GROUPS[name].fragment).items():
            expected[element] += step * count
    found = _count_atoms(new)
    # The hydrogen that gives way to a group, or takes its place.
    match edit.action:
        case Action.ADD:
            expected["H"] -= change.times
        case Action.REMOVE:
            expected["H"] += change.times
        case Action.REPLACE:
            pass
    if +expected != +found:
        off = ", ".join(
            f"{found[element] - expected[element]:+d} {element}"
            for element in sorted(set(expected) | set(found))
            if found[element] != expected[element]
        )
        return Check("rest_kept", False, f"the atoms differ from what the edit leaves: {off}")
    cores = [old] if edit.removed is None else _remove_groups(old, change, edit.holder)
    if any(new.HasSubstructMatch(core) for core in cores):
        return Check("rest_kept", True, "the rest of the molecule is unchanged")
    return Check("rest_kept", False, "the skeleton of the molecule has changed")


def _check_place(old: Chem.Mol, place: str, same: list[EditedMolecule]) -> Check:
    """Check where the change was made."""
    allowed = find_place(old, place)
    if allowed is None:
        return Check("place", None, f"the position asked for ('{place}') is not checked")
    right = any(all(one.anchor in allowed for one in product.places) for product in same)
    return Check("place", right, f"the change is {'' if right else 'not '}{place}")


def _count_atoms(molecule: Chem.Mol) -> Counter[str]:
    counts: Counter[str] = Counter()
    for atom in molecule.GetAtoms():
        counts[atom.GetSymbol()] += 1
        counts["H"] += atom.GetTotalNumHs()
    return counts


@lru_cache(maxsize=128)
def _fragment_atoms(fragment: str) -> Counter[str]:
    """Atoms of a group without the hydrogen that its bond to the carbon replaces."""
    counts = _count_atoms(parse_smiles(fragment))
    counts["H"] -= 1
    return counts


def _remove_groups(molecule: Chem.Mol, change: _Change, holder: Holder) -> Iterator[Chem.Mol]:
    """Yield the molecule without the groups that a change takes off."""
    pools = [
        list(combinations([Place(match[0], match[1:]) for match in find_group(molecule, name, holder)], count))
        for name, count in change.removed.items()
    ]
    for places in islice(_join(pools), _MOST_COMBINATIONS):
        core = replace_groups(molecule, places, None) if _are_apart(places) else None
        if core is not None:
            yield core


def _join(pools: list[list[tuple[Place, ...]]]) -> Iterator[tuple[Place, ...]]:
    """Yield one choice of each pool, joined."""
    if not pools:
        yield ()
        return
    for first in pools[0]:
        for rest in _join(pools[1:]):
            yield (*first, *rest)

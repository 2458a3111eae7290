"""Edits of molecules in words: a vocabulary of terminal groups, and how an edit is read, done and checked.

An edit adds, removes or replaces one terminal group (or every one of a kind) on a carbon and leaves the rest alone.
The same values make training examples, serve as a tool, and check a model's answers.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from rdkit import Chem, rdBase

from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.errors import InvalidSmilesError, InvalidTaskInputError
from anymol.tasks.task import Check


@dataclass(frozen=True)
class TerminalGroup:
    """A group of atoms held by one single bond to a carbon.

    Attributes:
        name: Key in :data:`GROUPS`.
        phrase: How it is called in an edit, without article.
        fragment: SMILES of the group with a hydrogen where the carbon will be: on its first atom.
        smarts: Pattern whose first atom is that carbon, followed by all heavy atoms of the group.
        aliases: Other words for it.
        article: ``a`` or ``an``.
    """

    name: str
    phrase: str
    fragment: str
    smarts: str
    aliases: tuple[str, ...] = ()
    article: str = "a"


# A carbon that is not a carbonyl, imine or thiocarbonyl: there, OH is an acid's and NH2 an amide's.
_PLAIN = "[#6;+0;!$([#6]=[#7,#8,#16])]"

GROUPS: Final[dict[str, TerminalGroup]] = {
    group.name: group
    for group in (
        TerminalGroup("fluorine", "fluorine", "F", "[#6;!$([#6](F)F)]-[F]", ("fluoro", "fluoride")),
        TerminalGroup("chlorine", "chlorine", "Cl", f"{_PLAIN}-[Cl]", ("chloro", "chloride")),
        TerminalGroup("bromine", "bromine", "Br", f"{_PLAIN}-[Br]", ("bromo", "bromide")),
        TerminalGroup("iodine", "iodine", "I", f"{_PLAIN}-[I]", ("iodo", "iodide"), "an"),
        TerminalGroup("hydroxyl", "hydroxyl group", "O", f"{_PLAIN}-[OX2H1]", ("hydroxy", "alcohol", "oh", "phenol")),
        TerminalGroup("thiol", "thiol group", "S", f"{_PLAIN}-[SX2H1]", ("sulfanyl", "mercapto", "sh", "sulfhydryl")),
        TerminalGroup("amino", "amino group", "N", f"{_PLAIN}-[NX3;H2;+0]", ("amine", "primary amine", "nh2"), "an"),
        TerminalGroup("cyano", "cyano group", "C#N", "[#6]-[CX2]#[NX1]", ("nitrile", "cn", "carbonitrile")),
        TerminalGroup("nitro", "nitro group", "[NH+](=O)[O-]", "[#6]-[NX3+](=[OX1])-[OX1-]", ("no2",)),
        TerminalGroup(
            "carboxylic_acid", "carboxylic acid", "C(=O)O", "[#6]-[CX3](=[OX1])-[OX2H1]",
            ("carboxylic acid group", "carboxyl", "carboxy", "cooh", "co2h", "carboxylate"),
        ),
        TerminalGroup("aldehyde", "aldehyde", "C=O", "[#6]-[CX3H1]=[OX1]", ("formyl", "cho", "carbaldehyde"), "an"),
        TerminalGroup("acetyl", "acetyl group", "C(C)=O", "[#6]-[CX3](-[CH3])=[OX1]", ("methyl ketone",), "an"),
        TerminalGroup("methyl", "methyl group", "C", "[#6]-[CH3]", ("ch3",)),
        TerminalGroup("ethyl", "ethyl group", "CC", "[#6]-[CH2]-[CH3]", (), "an"),
        TerminalGroup("isopropyl", "isopropyl group", "C(C)C", "[#6]-[CH1](-[CH3])-[CH3]", ("propan-2-yl",), "an"),
        TerminalGroup(
            "tert_butyl", "tert-butyl group", "C(C)(C)C", "[#6]-[CX4](-[CH3])(-[CH3])-[CH3]",
            ("t-butyl", "tertiary butyl", "tbu", "t-bu"),
        ),
        TerminalGroup("phenyl", "phenyl group", "c1ccccc1", "[#6]-c1[cH][cH][cH][cH][cH]1", ("phenyl ring",)),
        TerminalGroup("vinyl", "vinyl group", "C=C", "[#6]-[CX3H1]=[CH2]", ("ethenyl",)),
        TerminalGroup("ethynyl", "ethynyl group", "C#C", "[#6]-[CX2]#[CH]", (), "an"),
        TerminalGroup("trifluoromethyl", "trifluoromethyl group", "C(F)(F)F", "[#6]-[CX4](-F)(-F)-F", ("cf3",)),
        TerminalGroup("methoxy", "methoxy group", "OC", f"{_PLAIN}-[OX2]-[CH3]", ("methyl ether", "ome", "och3")),
        TerminalGroup("ethoxy", "ethoxy group", "OCC", f"{_PLAIN}-[OX2]-[CH2]-[CH3]", ("oet", "ethyl ether"), "an"),
        TerminalGroup(
            "trifluoromethoxy", "trifluoromethoxy group", "OC(F)(F)F", f"{_PLAIN}-[OX2]-[CX4](-F)(-F)-F", ("ocf3",)
        ),
        TerminalGroup(
            "carboxamide", "primary amide", "C(N)=O", "[#6]-[CX3](-[NX3H2])=[OX1]",
            ("carboxamide", "carboxamide group", "amide", "carbamoyl", "conh2"),
        ),
        TerminalGroup(
            "methyl_ester", "methyl ester", "C(=O)OC", "[#6]-[CX3](=[OX1])-[OX2]-[CH3]",
            ("methoxycarbonyl", "methyl ester group", "co2me"),
        ),
        TerminalGroup(
            "sulfonamide", "primary sulfonamide", "S(N)(=O)=O", "[#6]-[SX4](-[NX3H2])(=[OX1])=[OX1]",
            ("sulfonamide", "sulfonamide group", "sulfamoyl", "so2nh2"),
        ),
        TerminalGroup(
            "methylsulfonyl", "methylsulfonyl group", "S(C)(=O)=O", "[#6]-[SX4](-[CH3])(=[OX1])=[OX1]",
            ("methanesulfonyl", "mesyl", "methyl sulfone", "so2me"),
        ),
        TerminalGroup("methylthio", "methylthio group", "SC", f"{_PLAIN}-[SX2]-[CH3]", ("methylsulfanyl", "sme")),
        TerminalGroup(
            "dimethylamino", "dimethylamino group", "N(C)C", f"{_PLAIN}-[NX3;+0](-[CH3])-[CH3]",
            ("dimethylamine", "nme2"),
        ),
        TerminalGroup("azido", "azido group", "N=[N+]=[N-]", "[#6]-[NX2]=[NX2+]=[NX1-]", ("azide", "n3"), "an"),
    )
}  # fmt: skip
"""The groups that edits speak of, by name."""


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
        group: Name of the group that is added, removed or replaced.
        replacement: Name of the group that takes its place; None unless `action` is replace.
        every: Whether all groups of the kind are removed or replaced, not one.
        place: Words that ask for a position; they are not interpreted, and what they ask is left unchecked.
    """

    action: Action
    group: str
    replacement: str | None = None
    every: bool = False
    place: str | None = None

    def __post_init__(self) -> None:
        for name in (self.group, self.replacement):
            if name is not None and name not in GROUPS:
                raise ValueError(f"unknown group {name!r}; known: {', '.join(GROUPS)}")
        if (self.action is Action.REPLACE) != (self.replacement is not None):
            raise ValueError("a replacement is needed for replace, and for nothing else")
        if self.replacement == self.group:
            raise ValueError(f"{self.group} cannot be replaced by itself")
        if self.every and self.action is Action.ADD:
            raise ValueError("only what is removed or replaced can be every group of a kind")

    @property
    def added(self) -> str | None:
        """Name of the group that is there afterwards."""
        return self.group if self.action is Action.ADD else self.replacement

    @property
    def removed(self) -> str | None:
        """Name of the group that is gone afterwards."""
        return None if self.action is Action.ADD else self.group


_WORDINGS: Final[dict[Action, tuple[str, ...]]] = {
    Action.ADD: ("add {new}", "attach {new}", "introduce {new}", "put on {new}"),
    Action.REMOVE: ("remove {old}", "delete {old}", "take away {old}", "strip off {old}"),
    Action.REPLACE: (
        "replace {old} by {new}", "replace {old} with {new}", "change {old} to {new}", "swap {old} for {new}",
        "exchange {old} for {new}",
    ),
}  # fmt: skip


def write_edit(edit: Edit, rng: random.Random | None = None, *, only: bool = True) -> str:
    """Put an edit into words; :func:`parse_edit` reads them back.

    Args:
        edit: The edit.
        rng: Chooses among wordings; None takes the plainest.
        only: Whether the molecule has just one such group ("the chlorine", else "one chlorine").

    Example:
        >>> write_edit(Edit(Action.REPLACE, "bromine", "cyano"))
        'replace the bromine by a cyano group'
    """
    wordings = _WORDINGS[edit.action]
    wording = wordings[0] if rng is None else rng.choice(wordings)
    old = new = ""
    if edit.removed is not None:
        count = "every" if edit.every else "the" if only else "one"
        old = f"{count} {GROUPS[edit.removed].phrase}"
    if edit.added is not None:
        new = f"{GROUPS[edit.added].article} {GROUPS[edit.added].phrase}"
    return wording.format(old=old, new=new)


def tidy_edit(text: str) -> str:
    """Return an edit in its plainest wording, or `text` unchanged where it is not understood or names a place.

    Example:
        >>> tidy_edit("Could you swap the Br for a nitrile?")
        'replace the bromine by a cyano group'
    """
    try:
        edit = parse_edit(text)
    except InvalidTaskInputError:
        return text
    return text if edit.place is not None else write_edit(edit)


_VERBS: Final[tuple[tuple[Action, str], ...]] = (
    (Action.REPLACE, r"replac\w+|substitut\w+|swap\w*|exchang\w+|chang\w+|convert\w*|turn\w*|transform\w*|switch"),
    (Action.REMOVE, r"remov\w+|delet\w+|strip\w*|drop\w*|eliminat\w+|take (?:away|off|out)|cleav\w+|without|erase"),
    (Action.ADD, r"add\w*|attach\w*|introduc\w+|install\w*|append\w*|insert\w*|put|place|graft\w*"),
)
_SPOKEN: Final[dict[str, str]] = {
    "fluorinat": "fluorine", "chlorinat": "chlorine", "brominat": "bromine", "iodinat": "iodine",
    "hydroxylat": "hydroxyl", "aminat": "amino", "nitrat": "nitro", "cyanat": "cyano", "methylat": "methyl",
    "carboxylat": "carboxylic_acid", "acetylat": "acetyl",
}  # fmt: skip
_PLACE = re.compile(
    r"\b(?:ortho|meta|para|at c-?\d+.*|position \w+"
    r"|(?:at|on|in|from|to) (?:the )?(?:\w+ ){0,3}(?:position|ring|chain|carbon|end)\b.*)"
)
_MANY = re.compile(r"\b(?:two|three|four|five|\d+ (?:of|more))\b")
_EVERY = re.compile(r"\b(?:all|every|each|both)\b")


def parse_edit(text: str) -> Edit:
    """Read an edit from words.

    Raises:
        InvalidTaskInputError: When no known change of known groups is asked for.

    Example:
        >>> parse_edit("Please swap the Br for a nitrile.")
        Edit(action=<Action.REPLACE: 'replace'>, group='bromine', replacement='cyano', every=False, place=None)
    """
    words = " ".join(text.lower().replace("\u2010", "-").split())
    if _MANY.search(words):
        raise _not_understood(text, "one group (or every group of a kind) is changed at a time")
    place = _PLACE.search(words)
    spoken = _parse_spoken(words)
    if spoken is not None:
        return Edit(*spoken, place=place.group() if place else None)
    action = _find_action(words)
    found = [(match.start(), _group_words()[match.group(1)]) for match in _group_pattern().finditer(words)]
    if action is None or not found:
        raise _not_understood(text, "no change of a known group is asked for")
    if action is Action.ADD and re.search(r"in place of|instead of", words) and len(found) == 2:
        action, found = Action.REPLACE, found[::-1]
    elif action is Action.REPLACE and re.search(r"\bsubstitut\w+\b.* for ", words):
        # One substitutes the new for the old, but swaps and exchanges the old for the new.
        found = found[::-1]
    names = list(dict.fromkeys(name for _, name in found))
    if len(names) != (2 if action is Action.REPLACE else 1):
        raise _not_understood(text, f"{action.value} needs {'two groups' if action is Action.REPLACE else 'one group'}")
    every = action is not Action.ADD and _EVERY.search(words) is not None
    return Edit(
        action, names[0], names[1] if action is Action.REPLACE else None, every, place.group() if place else None
    )


def _find_action(words: str) -> Action | None:
    """Return the action of the first verb."""
    found = [
        (match.start(), action)
        for action, verbs in _VERBS
        if (match := re.search(rf"\b(?:{verbs})\b", words)) is not None
    ]
    return min(found)[1] if found else None


def _parse_spoken(words: str) -> tuple[Action, str] | None:
    """Read ``chlorinate it``, ``demethylate``: the group stands in the verb."""
    match = re.match(rf"(?:please )?(de-?)?({'|'.join(_SPOKEN)})e\b", words)
    if match is None:
        return None
    return (Action.REMOVE if match.group(1) else Action.ADD), _SPOKEN[match.group(2)]


@lru_cache(maxsize=1)
def _group_words() -> dict[str, str]:
    """Every word for a group, and the group's name."""
    elements = {"f": "fluorine", "cl": "chlorine", "br": "bromine", "i": "iodine"}
    return elements | {
        word: group.name
        for group in GROUPS.values()
        for word in (group.name.replace("_", " "), group.name, group.phrase, *group.aliases)
    }


@lru_cache(maxsize=1)
def _group_pattern() -> re.Pattern[str]:
    """All words for groups, longest first, so that 'trifluoromethyl' is not read as 'methyl'."""
    words = sorted(_group_words(), key=len, reverse=True)
    return re.compile(rf"(?<![\w])({'|'.join(map(re.escape, words))})(?:s|es)?(?![\w])")


def _not_understood(text: str, reason: str) -> InvalidTaskInputError:
    return InvalidTaskInputError(
        f"the edit was not understood: {reason}",
        value=text,
        hint="write for example 'add a hydroxyl group' or 'replace the bromine by a cyano group'; known groups: "
        + ", ".join(name.replace("_", " ") for name in GROUPS),
    )


def count_group(molecule: Chem.Mol, name: str) -> int:
    """Count one of :data:`GROUPS` in a molecule."""
    return len(_find_group(molecule, name))


def apply_edit(smiles: str, edit: Edit, rng: random.Random | None = None) -> str | None:
    """Do an edit.

    Args:
        smiles: The molecule.
        edit: What to do with it.
        rng: Chooses among the places where it can be done; None takes the first in the order of the SMILES.

    Returns:
        Canonical SMILES that passes :func:`check_edit`, or None where there is no place for the edit. Stereochemistry
        at the changed carbon is left open; elsewhere it is kept.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
    """
    molecule = parse_smiles(smiles)
    for product in _enumerate_products(molecule, edit, rng):
        if all(check.passed is not False for check in check_edit(smiles, product, edit)):
            return product
    return None


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
    checks = [_check_counts(old, new, edit), _check_rest(old, new, edit)]
    if edit.place is not None:
        checks.append(Check("place", None, f"the position asked for ('{edit.place}') is not checked"))
    return tuple(checks)


def _check_counts(old: Chem.Mol, new: Chem.Mol, edit: Edit) -> Check:
    """Check the numbers of the groups by SMARTS."""
    times = _count_times(old, edit)
    if times == 0:
        return Check("edit_done", False, f"the molecule has no {GROUPS[edit.group].phrase}")
    told, right = [], True
    for name, change in ((edit.removed, -times), (edit.added, times)):
        if name is not None:
            was, now = count_group(old, name), count_group(new, name)
            right = right and now == was + change
            told.append(f"{GROUPS[name].phrase}: {was} before, {now} after, {was + change} expected")
    return Check("edit_done", right, "; ".join(told))


def _check_rest(old: Chem.Mol, new: Chem.Mol, edit: Edit) -> Check:
    """Check that the atoms differ by the groups alone and that the skeleton without them is still there."""
    times = _count_times(old, edit)
    expected = _count_atoms(old)
    for name, sign in ((edit.removed, -1), (edit.added, 1)):
        if name is not None:
            for element, count in _fragment_atoms(GROUPS[name].fragment).items():
                expected[element] += sign * times * count
    found = _count_atoms(new)
    # The hydrogen that gives way to a group, or takes its place.
    expected["H"] += times if edit.action is Action.REMOVE else -times if edit.action is Action.ADD else 0
    if +expected != +found:
        off = ", ".join(
            f"{found[element] - expected[element]:+d} {element}"
            for element in sorted(set(expected) | set(found))
            if found[element] != expected[element]
        )
        return Check("rest_kept", False, f"the atoms differ from what the edit leaves: {off}")
    cores = [old] if edit.removed is None else list(_remove_groups(old, edit.removed, times))
    if any(new.HasSubstructMatch(core) for core in cores):
        return Check("rest_kept", True, "the rest of the molecule is unchanged")
    return Check("rest_kept", False, "the skeleton of the molecule has changed")


def _count_times(molecule: Chem.Mol, edit: Edit) -> int:
    """How often the edit is done: zero where what it removes is not there."""
    if edit.removed is None:
        return 1
    count = count_group(molecule, edit.removed)
    return count if edit.every else min(count, 1)


def _count_atoms(molecule: Chem.Mol) -> Counter[str]:
    counts: Counter[str] = Counter()
    for atom in molecule.GetAtoms():
        counts[atom.GetSymbol()] += 1
        counts["H"] += atom.GetTotalNumHs()
    return counts


@lru_cache(maxsize=64)
def _fragment_atoms(fragment: str) -> Counter[str]:
    """Atoms of a group without the hydrogen that its bond to the carbon replaces."""
    counts = _count_atoms(parse_smiles(fragment))
    counts["H"] -= 1
    return counts


@lru_cache(maxsize=64)
def _pattern(smarts: str) -> Chem.Mol:
    return Chem.MolFromSmarts(smarts)


def _find_group(molecule: Chem.Mol, name: str) -> list[tuple[int, ...]]:
    """Return matches as atom indices, the carbon first; two-carbon molecules match from either end and count once."""
    matches = molecule.GetSubstructMatches(_pattern(GROUPS[name].smarts), uniquify=False, maxMatches=2000)
    by_group = {frozenset(match[1:]): match for match in reversed(matches)}
    return sorted(by_group.values())


# Where a group may go: carbons with a hydrogen. Groups that begin with a heteroatom keep away from carbons that have
# one already (hemiacetals, aminals) and from double bonds (enols); aromatic carbons take all.
_SITES_ANY: Final = "[$([cH]),$([CX4;!H0])]"
_SITES_HETERO: Final = "[$([cH]),$([CX4;!H0;!$(C~[!#6])])]"


def _enumerate_products(molecule: Chem.Mol, edit: Edit, rng: random.Random | None) -> Iterator[str]:
    """Yield canonical SMILES of what the edit can give, in random order where there is an `rng`."""
    places: list[list[tuple[int, tuple[int, ...]]]]
    if edit.removed is None:
        hetero = not GROUPS[edit.group].fragment.startswith(("C", "c"))
        sites = [match[0] for match in molecule.GetSubstructMatches(_pattern(_SITES_HETERO if hetero else _SITES_ANY))]
        places = [[(site, ())] for site in sites]
    else:
        matches = [(match[0], match[1:]) for match in _find_group(molecule, edit.removed)]
        places = [matches] if edit.every and matches else [[match] for match in matches]
    if rng is not None:
        rng.shuffle(places)
    for place in places:
        product = _rebuild(molecule, place, None if edit.added is None else GROUPS[edit.added].fragment)
        if product is not None:
            yield write_canonical(product)


def _remove_groups(molecule: Chem.Mol, name: str, times: int) -> Iterator[Chem.Mol]:
    """Yield the molecule without one group of a kind, or without all where `times` is their number."""
    matches = [(match[0], match[1:]) for match in _find_group(molecule, name)]
    for place in [matches] if times == len(matches) else [[match] for match in matches]:
        core = _rebuild(molecule, place, None)
        if core is not None:
            yield core


def _rebuild(molecule: Chem.Mol, places: list[tuple[int, tuple[int, ...]]], fragment: str | None) -> Chem.Mol | None:
    """Take the groups at `places` off their carbons and put `fragment` (or hydrogen) there; None where it cannot be."""
    edited = Chem.RWMol(molecule)
    for carbon, _ in places:
        atom = edited.GetAtomWithIdx(carbon)
        if atom.GetNumRadicalElectrons() or atom.GetFormalCharge():
            return None
        # Tags count neighbours in an order that is about to change: stereo at the changed carbon is left open.
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
        atom.SetNoImplicit(False)
        atom.SetNumExplicitHs(0)
        for bond in atom.GetBonds():
            bond.SetStereo(Chem.BondStereo.STEREONONE)
            bond.SetBondDir(Chem.BondDir.NONE)
    if fragment is not None:
        group = parse_smiles(fragment)
        for carbon, _ in places:
            start = edited.GetNumAtoms()
            edited.InsertMol(group)
            edited.GetAtomWithIdx(start).SetNumExplicitHs(0)
            edited.AddBond(carbon, start, Chem.BondType.SINGLE)
    gone = {index for _, indices in places for index in indices}
    for index in sorted(gone, reverse=True):
        edited.RemoveAtom(index)
    product = edited.GetMol()
    with rdBase.BlockLogs():
        if Chem.SanitizeMol(product, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE:
            return None
        Chem.AssignStereochemistry(product, cleanIt=True, force=True)
    return product

"""Where an edit is to be made: words for positions, and the atoms that they mean in a molecule."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rdkit import Chem

from anymol.chem.groups import GROUPS as NAMED_GROUPS
from anymol.chem.groups import GroupKind
from anymol.tasks.edit_groups import find_group, list_members, list_words

_RINGS: Final[dict[str, str]] = {
    r"(?:aromatic|aryl|arene|benzene|phenyl|phenol|aniline)(?: ring| carbons?| nucleus| positions?)?s?": "c",
    r"benzo ring": "c",
    r"(?:hetero ?aromatic|heteroaryl|hetero)(?: ring)?": "[c;$(c1aaaa1),$(c1naaaa1),$(c1anaaa1),$(c1aanaa1)]",
    r"(?:saturated|aliphatic) ring": "[CX4;R]",
    r"ring|ring carbon|ring position": "[#6;R]",
    r"aliphatic(?: carbons?| chain| part| positions?)?|sp3 carbon|saturated carbon|saturated part": "[CX4]",
    r"(?:side ?|alkyl |carbon |aliphatic )?chain|alkyl group|alkyl part": "[CX4;!R]",
    r"(?:end of the (?:\w+ )?chain|terminal (?:carbon|methyl|position|ch3)|chain end|methyl end|end|omega (?:carbon|"
    r"position))": "[CH3;!$(C[O,N,S])]",
    r"benzylic(?: carbons?| positions?)?": "[CX4;$(Cc)]",
    r"alpha(?: carbons?| positions?)?(?: (?:to|of) (?:the )?(?:carbonyl|ketone|ester|acid|amide|carboxylic acid|"
    r"carboxyl)"
    r"(?: group)?)?": "[CX4;$(C[CX3]=O)]",
    r"methyl(?: group| carbon)?": "[CH3]",
    r"nitrogens?|n|nh": "[#7]",
    r"(?:ring|cyclic) (?:nitrogens?|n|nh)": "[#7;R]",
    r"(?:(?:amine|amino|basic|free) (?:nitrogens?|n|nh)|amine)": "[NX3;!$(N[CX3]=[O,S,N]);!$(NS(=O)=O)]",
    r"aniline(?: nitrogens?| n| nh)": "[NX3;$(Nc);!$(N[CX3]=[O,S])]",
    r"amide (?:nitrogens?|n|nh)": "[NX3;$(N[CX3]=[O,S])]",
    r"oxygens?|o": "[#8]",
    r"(?:hydroxyl?|alcohol|phenol|phenolic) (?:oxygens?|o)": "[OX2H]",
    r"sulfurs?|s": "[#16]",
}
"""Words for kinds of atoms that hold groups -> SMARTS of one."""

_STEPS: Final = {"ortho": 1, "o": 1, "meta": 2, "m": 2, "para": 3, "p": 3}
_RELATIVE = re.compile(
    r"(ortho|meta|para)(?: position)?(?:,? (?:to|of|relative to|with respect to) (?:the |its |an? )?(?P<group>.+?))?"
)
_LEAD = re.compile(r"^(?:at|on|in|onto|into|from|off|to|of)?\s*(?:the |its |an? |one of the )*")
_SIXRING: Final = "a1aaaaa1"


def find_place(molecule: Chem.Mol, words: str) -> frozenset[int] | None:
    """Return the atoms that words for a position mean; None where they are not understood.

    Args:
        molecule: The molecule before the edit.
        words: Such as ``para to the nitro group``, ``on the pyridine ring``, ``at the benzylic carbon``.

    Example:
        >>> from anymol.chem.parsing import parse_smiles
        >>> sorted(find_place(parse_smiles("Cc1ccccc1"), "at the para position"))
        [4]
        >>> find_place(parse_smiles("Cc1ccccc1"), "at C-7") is None
        True
    """
    bare = _LEAD.sub("", words.lower().strip(" .,!?"))
    if (relative := _RELATIVE.fullmatch(bare)) is not None:
        return _find_relative(molecule, _STEPS[relative.group(1)], relative.group("group"))
    for pattern, smarts in _RINGS.items():
        if re.fullmatch(pattern, bare):
            found = _match(molecule, smarts)
            return found or None
    ring = (
        re.sub(r" (?:nitrogens?|n|nh)$", "", bare).removesuffix(" ring").removesuffix(" moiety").removesuffix(" part")
    )
    for group in NAMED_GROUPS.values():
        if group.kind is GroupKind.RING and ring in (group.name.removesuffix(" ring"), *group.synonyms):
            matches = molecule.GetSubstructMatches(_pattern(group.smarts))
            return frozenset(index for match in matches for index in match) or None
    return None


def _match(molecule: Chem.Mol, smarts: str) -> frozenset[int]:
    return frozenset(match[0] for match in molecule.GetSubstructMatches(_pattern(smarts), maxMatches=10_000))


def _find_relative(molecule: Chem.Mol, steps: int, group: str | None) -> frozenset[int] | None:
    """Return the ring atoms at a distance from a group, or from the only substituent of the only ring."""
    rings = [frozenset(match) for match in molecule.GetSubstructMatches(_pattern(_SIXRING))]
    if group is None:
        ipso = {
            atom.GetIdx()
            for atom in molecule.GetAtoms()
            if any(atom.GetIdx() in ring for ring in rings)
            and any(
                not (bond.IsInRing() or bond.GetIsAromatic()) and bond.GetOtherAtom(atom).GetAtomicNum() > 1
                for bond in atom.GetBonds()
            )
        }
        if len(rings) != 1 or len(ipso) != 1:
            return None
    else:
        ipso = _find_bearers(molecule, group)
    found: set[int] = set()
    for ring in rings:
        for bearer in ipso & ring:
            distances = _walk(molecule, bearer, ring)
            found |= {index for index, distance in distances.items() if distance == steps}
    return frozenset(found) or None


def _find_bearers(molecule: Chem.Mol, words: str) -> set[int]:
    """Return the atoms that hold a group: by the vocabulary of edits, else by the named groups."""
    bare = words.removesuffix(" group").removesuffix(" substituent").removesuffix(" atom").strip()
    names = _list_words().get(bare) or _list_words().get(bare.removesuffix("s"))
    if names is not None:
        return {match[0] for name in list_members(names) for match in find_group(molecule, name)}
    for group in NAMED_GROUPS.values():
        if bare in (group.name, *(one.lower() for one in group.synonyms)):
            inside = [set(match) for match in molecule.GetSubstructMatches(_pattern(group.smarts))]
            return {
                index
                for match in inside
                for index in match | {n.GetIdx() for i in match for n in molecule.GetAtomWithIdx(i).GetNeighbors()}
                if molecule.GetAtomWithIdx(index).GetIsAromatic()
            }
    return set()


def _walk(molecule: Chem.Mol, start: int, ring: frozenset[int]) -> dict[int, int]:
    """Return the distance of each atom of a ring from one of them, along the ring."""
    distances, waiting = {start: 0}, [start]
    for index in waiting:
        for neighbour in molecule.GetAtomWithIdx(index).GetNeighbors():
            if neighbour.GetIdx() in ring and neighbour.GetIdx() not in distances:
                distances[neighbour.GetIdx()] = distances[index] + 1
                waiting.append(neighbour.GetIdx())
    return distances


@lru_cache(maxsize=1)
def _list_words() -> dict[str, str]:
    return {"f": "fluorine", "cl": "chlorine", "br": "bromine", "i": "iodine"} | dict(list_words())


@lru_cache(maxsize=128)
def _pattern(smarts: str) -> Chem.Mol:
    return Chem.MolFromSmarts(smarts)

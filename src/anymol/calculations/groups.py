"""Functional groups by name and number, and the ring systems that carry them."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Final

from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Result, Subject, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.calculations.elements import ELEMENTS
from anymol.chem.groups import GROUPS, FunctionalGroup, GroupKind
from anymol.chem.parsing import write_canonical
from anymol.errors import UserError

_ASPIRIN: Final = ("CC(=O)Oc1ccccc1C(=O)O",)

_GENERAL: Final = frozenset({"hydroxyl"})
"""Groups that others name more exactly; they are listed where someone asks for them."""

_MOST: Final = 10_000
"""Matches of one group that are counted."""


@cache
def _patterns() -> dict[str, Chem.Mol]:
    return {name: Chem.MolFromSmarts(group.smarts) for name, group in GROUPS.items()}


@cache
def _words() -> dict[str, FunctionalGroup]:
    """Return what a question calls each group, in lower case."""
    found: dict[str, FunctionalGroup] = {}
    for group in GROUPS.values():
        for word in (group.name, *group.synonyms):
            found.setdefault(word.lower(), group)
    return found


def list_group_words() -> tuple[str, ...]:
    """Return the words for groups, longest first."""
    return tuple(sorted(_words(), key=len, reverse=True))


def find_groups(text: str) -> tuple[FunctionalGroup, ...]:
    """Return the groups that a text names, in its order, longer names first where they hold shorter ones.

    >>> [group.name for group in find_groups("a carboxylic acid or two nitro groups?")]
    ['carboxylic acid', 'nitro']
    """
    pattern = "|".join(re.escape(word).replace(r"\\ ", "[ -]") for word in list_group_words())
    words = re.findall(rf"(?<![\w-])({pattern})(?:e?s)?(?![\w=#])", text.lower())
    return tuple(dict.fromkeys(_words()[" ".join(word.split())] for word in words if word in _words()))


def match_group(mol: Chem.Mol, group: FunctionalGroup) -> list[tuple[int, ...]]:
    """Return the atoms of each occurrence of a group."""
    return [tuple(match) for match in mol.GetSubstructMatches(_patterns()[group.name], maxMatches=_MOST)]


def count_functional_groups(mol: Chem.Mol) -> Counter[str]:
    """Return how often each functional group and halogen occurs; absent ones are left out."""
    wanted = (GroupKind.FUNCTIONAL, GroupKind.TOLD, GroupKind.HALOGEN)
    return +Counter({name: len(match_group(mol, group)) for name, group in GROUPS.items() if group.kind in wanted})


def _functional_groups(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    mol = complete(subject)
    wanted = find_groups(asked.text.replace(subject.name, " ") if subject.name else asked.text)
    if len(wanted) == 1:
        return _count_named(subject, mol, wanted[0])
    matches = {
        name: match_group(mol, group)
        for name, group in GROUPS.items()
        if (group in wanted if wanted else group.kind in (GroupKind.FUNCTIONAL, GroupKind.TOLD, GroupKind.HALOGEN))
    }
    shown = {name: found for name, found in matches.items() if found and (wanted or name not in _GENERAL)}
    shown |= {name: [] for name in matches if wanted and name not in shown}
    listed = [f"{name}{f' ×{len(found)}' if len(found) != 1 else ''}" for name, found in shown.items()]
    text = ", ".join(listed) or "none"
    parts = tuple(Part(name, 1, None, match) for name, found in shown.items() for match in found)
    known = sum(group.kind in (GroupKind.FUNCTIONAL, GroupKind.TOLD) for group in GROUPS.values())
    statement = (
        f"Functional groups of {subject.shown}: {text}."
        if listed
        else f"{subject.shown} has none of the {known} functional groups that are known here, and no halogen."
    )
    notes = _note_kinds(shown)
    rings = [name for name, group in GROUPS.items() if group.kind is GroupKind.RING and match_group(mol, group)]
    if rings and not wanted:
        notes += (f"rings: {', '.join(rings)}",)
    return Result(text, text, statement, parts=parts, notes=notes, smiles=subject.smiles if parts else "")


def _count_named(subject: Subject, mol: Chem.Mol, group: FunctionalGroup) -> Result:
    found = match_group(mol, group)
    parts = tuple(Part(group.name, 1, None, match) for match in found)
    count = len(found)
    return Result(
        count,
        str(count),
        f"{subject.shown} has {count} × {group.name}.",
        parts=parts,
        notes=(f"counted: {group.meaning}",),
        smiles=subject.smiles if parts else "",
        gives=Gives.NUMBER,
    )


def _note_kinds(shown: dict[str, list[tuple[int, ...]]]) -> tuple[str, ...]:
    """Say which of the groups listed are others of them, named more exactly: a lactone is an ester too."""
    notes = []
    for narrow, found in shown.items():
        for wide, others in shown.items():
            inside = found and all(any(set(one) <= set(other) for other in others) for one in found)
            if narrow != wide and inside and len(found[0]) <= len(others[0]) and (narrow, wide) in _KINDS:
                notes.append(f"{narrow}: named under {wide} too")
    return tuple(notes)


_KINDS: Final = frozenset(
    {
        ("lactone", "ester"), ("lactam", "amide"), ("primary amide", "amide"), ("aniline", "primary amine"),
        ("aniline", "secondary amine"), ("aniline", "tertiary amine"), ("lactam", "imide"), ("lactam", "urea"),
    }
)  # fmt: skip
"""(narrower, wider) names of one group."""


def _write_words() -> tuple[str, ...]:
    names = [name for name in _words() if len(name) > 2 and name not in ELEMENTS]
    asked = ("how many", "number of", "count the", "more", "most", "fewer", "fewest")
    return tuple(
        dict.fromkeys(phrase for name in names for ask in asked for phrase in (f"{ask} {name}", f"{ask} {name} group"))
    )


FUNCTIONAL_GROUPS: Final = Calculation(
    name="functional_groups",
    title="functional groups",
    words=("functional group", "functional groups present", "chemical group", "functional moiety", "functionality",
           "functional moieties", *_write_words()),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="named SMARTS patterns of anymol.chem.groups",
    compute=_functional_groups,
    example=Example("Which functional groups does aspirin have?", _ASPIRIN, "carboxylic acid, ester"),
)  # fmt: skip


def _scaffold(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    mol = complete(subject)
    core = MurckoScaffold.GetScaffoldForMol(mol)
    if not core.GetNumAtoms():
        raise UserError(
            "an acyclic molecule has no Murcko scaffold", value=subject.smiles, hint="ask of one with rings"
        )
    smiles = write_canonical(core)
    frame = MurckoScaffold.MakeScaffoldGeneric(core)
    generic = write_canonical(MurckoScaffold.GetScaffoldForMol(frame))
    statement = f"The Murcko scaffold of {subject.shown} is {smiles}; as a bare framework {generic}."
    notes = () if "." not in smiles else ("each part of the mixture has its own",)
    is_generic = "generic" in asked.text.lower() or "framework" in asked.text.lower()
    value = generic if is_generic else smiles
    parts = (Part("scaffold", smiles), Part("framework", generic))
    return Result(value, value, statement, parts=parts, notes=notes)


SCAFFOLD: Final = Calculation(
    name="scaffold",
    title="Murcko scaffold",
    words=(
        "scaffold", "murcko scaffold", "bemis murcko scaffold", "murcko", "bemis murcko", "core structure",
        "ring system", "generic scaffold", "murcko framework", "molecular framework", "carbon skeleton framework",
        "generic murcko scaffold", "core scaffold", "framework", "generic framework",
    ),
    takes=Takes.ONE,
    gives=Gives.MOLECULE,
    method="Bemis and Murcko 1996: rings, what links them, and atoms doubly bonded to these",
    compute=_scaffold,
    example=Example("What is the Murcko scaffold of aspirin?", _ASPIRIN, "c1ccccc1"),
)  # fmt: skip

"""Two molecules beside each other: how similar, whether one holds the other, and what changed."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdFMCS, rdMolDescriptors

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Result, Subject, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.calculations.counts import count_phrase
from anymol.calculations.elements import HALOGENS, find_elements, name_element
from anymol.calculations.groups import count_functional_groups, find_groups, match_group
from anymol.calculations.makeup import count_elements, write_mol_formula
from anymol.calculations.relations import Relation, relate
from anymol.chem.fingerprints import morgan, tanimoto
from anymol.chem.formula import write_formula
from anymol.chem.groups import GROUPS, GroupKind
from anymol.chem.parsing import write_canonical
from anymol.errors import UserError


def _similarity(asked: Inquiry) -> Result:
    one, other = asked.subjects
    value = tanimoto(morgan(complete(one)), morgan(complete(other)))
    text = f"{value:.2f}"
    notes: tuple[str, ...] = ()
    if value == 1.0 and write_canonical(one.mol) != write_canonical(other.mol):
        notes = ("the fingerprint sees no stereochemistry, and no difference between long chains",)
    statement = f"The Tanimoto similarity of {one.shown} and {other.shown} is {text} (0 to 1)."
    return Result(round(value, 4), text, statement, notes=notes)


SIMILARITY: Final = Calculation(
    name="similarity",
    title="Tanimoto similarity",
    words=(
        "similarity", "tanimoto", "tanimoto similarity", "tanimoto coefficient", "how similar", "similar",
        "fingerprint similarity", "structural similarity", "chemical similarity", "jaccard", "ecfp similarity",
        "ecfp4 similarity", "morgan similarity", "ecfp4", "similarity score", "how alike",
    ),
    takes=Takes.TWO,
    gives=Gives.NUMBER,
    method="Tanimoto over Morgan fingerprints, radius 2, 2048 bits",
    compute=_similarity,
    example=Example("How similar are phenol and anisole?", ("Oc1ccccc1", "COc1ccccc1"), "0.32"),
)  # fmt: skip


# ------------------------------------------------------------------------------------------------------- substructure

_INSIDE = re.compile(r"\b(?:substructure of|part of|contained in|within|inside|present in|occur in|found in|in)\b")
_HOLDS = re.compile(r"\b(?:contain|contains|has|have|having|include|includes|bear|bears|holds|possess|possesses)\b")


def _substructure(asked: Inquiry) -> Result:
    whole = asked.subjects[0]
    named = asked.text.lower()
    for subject in asked.subjects:
        named = named.replace(subject.name.lower(), " ") if subject.name else named
    if len(asked.subjects) == 1:
        return _find_named(whole, named)
    whole, piece = asked.subjects
    if _is_reversed(asked):
        whole, piece = piece, whole
    mol, query = complete(whole), complete(piece)
    matches = mol.GetSubstructMatches(query, maxMatches=1000)
    if query.GetNumHeavyAtoms() < 2:
        units = [Chem.MolToSmiles(unit) for unit in Chem.GetMolFrags(mol, asMols=True)]
        matches = tuple((place,) for place, unit in enumerate(units) if unit == write_canonical(query))
        statement = f"{whole.shown} {'holds' if matches else 'does not hold'} {piece.shown} as a unit of its own."
        verdict = "yes" if matches else "no"
        return Result(verdict, verdict, statement, notes=("of a single atom, only a separate unit is looked for",))
    notes: tuple[str, ...] = ("other atoms may stand where the pattern has hydrogens; stereochemistry is left out",)
    if len(Chem.GetMolFrags(query)) > 1:
        notes += ("all its parts are looked for",)
    return _say_found(whole, piece.shown, [tuple(match) for match in matches], notes)


_HALIDES: Final = {
    "F": re.compile(r"\bfluor(?:o|ides?)\b"),
    "Cl": re.compile(r"\bchlor(?:o|ides?)\b"),
    "Br": re.compile(r"\bbrom(?:o|ides?)\b"),
    "I": re.compile(r"\biod(?:o|ides?)\b"),
}
"""Words for halogens besides their names."""


def _find_named(whole: Subject, named: str) -> Result:
    """Look for the functional groups, rings and elements that a question names."""
    mol = complete(whole)
    # A halogen is looked for as an element: sodium chloride has chlorine, though none on carbon.
    groups = [group for group in find_groups(named) if group.kind is not GroupKind.HALOGEN]
    if len(groups) == 1 and not find_elements(named):
        (group,) = groups
        return _say_found(whole, group.name, match_group(mol, group), (f"counted: {group.meaning}",))
    counts = count_elements(whole)
    rest = named
    for group in groups:
        for word in (group.name, *group.synonyms):
            rest = rest.replace(word.lower(), " ")
    found = {group.name: len(match_group(mol, group)) for group in groups}
    if re.search(r"\bhalogens?\b", rest):
        found["halogen"] = sum(counts[symbol] for symbol in HALOGENS)
    halides = [symbol for symbol, pattern in _HALIDES.items() if pattern.search(rest)]
    for symbol in dict.fromkeys((*find_elements(rest), *halides)):
        found[name_element(symbol)] = counts[symbol]
    if not found:
        raise UserError(
            "what is looked for is not named", value=named, hint="name a group, an element, or give its SMILES"
        )
    verdict = "yes" if all(found.values()) else "no"
    has = [f"{count} × {name}" for name, count in found.items() if count]
    lacks = [name for name, count in found.items() if not count]
    said = [f"has {', '.join(has)}"] if has else []
    said += [f"has no {', no '.join(lacks)}"] if lacks else []
    parts = tuple(Part(name, count) for name, count in found.items())
    return Result(verdict, verdict, f"{whole.shown} {' and '.join(said)}.", parts=parts)


def _say_found(whole: Subject, what: str, matches: list[tuple[int, ...]], notes: tuple[str, ...]) -> Result:
    verdict = "yes" if matches else "no"
    times = {0: "does not contain", 1: "contains"}.get(len(matches), "contains")
    often = f" {len(matches)} times" if len(matches) > 1 else ""
    parts = tuple(Part(what, 1, None, match) for match in matches)
    smiles = whole.smiles if parts else ""
    return Result(verdict, verdict, f"{whole.shown} {times} {what}{often}.", parts=parts, notes=notes, smiles=smiles)


def _is_reversed(asked: Inquiry) -> bool:
    """Whether the question names the piece before the whole: 'is A a part of B?', 'is there A in B?'."""
    text = asked.text.lower()
    inside, holds = _INSIDE.search(text), _HOLDS.search(text)
    return inside is not None and (holds is None or (inside.start() > holds.start() and "there" in text))


SUBSTRUCTURE: Final = Calculation(
    name="substructure",
    title="substructure",
    words=(
        "substructure", "contain", "is there", "are there", "contained in", "include", "part of", "present in",
        "found in",
        "have a", "has a",
        "substructure match", "is there a", "is there an", "are there any", "superstructure", "subgraph", "bear a",
        "substructure of", "contain a", "contain an", "contain any", "have an", "has an", "have any", "bear an",
        "possess a", "possess an", "possess",
    ),
    takes=Takes.TWO,
    least=1,
    gives=Gives.TEXT,
    method="RDKit's substructure search",
    compute=_substructure,
    example=Example("Does aspirin contain benzene?", ("CC(=O)Oc1ccccc1C(=O)O", "c1ccccc1"), "yes"),
)  # fmt: skip


# --------------------------------------------------------------------------------------------------------- difference

_SECONDS: Final = 5
"""Time the search for the largest common part may take."""


def _difference(asked: Inquiry) -> Result:
    one, other = asked.subjects
    first, second = complete(one), complete(other)
    relation = relate(one, other)
    if relation.relation is Relation.IDENTICAL:
        return Result("none", "none", f"{one.shown} and {other.shown} are the same molecule.")
    before, after = count_elements(one), count_elements(other)
    lost, gained = before - after, after - before
    change = _write_change(lost, gained)
    mass = rdMolDescriptors.CalcExactMolWt(second) - rdMolDescriptors.CalcExactMolWt(first)
    groups = _compare_groups(first, second)
    said = groups
    if relation.relation is not Relation.DIFFERENT:
        said = [f"they are {relation.relation.value}{f' ({relation.detail})' if relation.detail else ''}", *groups]
    replaced, notes = _compare_parts(first, second)
    said += [replaced] if replaced else []
    text = "; ".join([*said, f"formula {change}, mass {mass:+.4f} Da"])
    statement = f"From {one.shown} ({write_mol_formula(first)}) to {other.shown} ({write_mol_formula(second)}): {text}."
    parts: tuple[Part, ...] = (Part("formula", change), Part("mass", round(mass, 4), "Da"))
    charges = Chem.GetFormalCharge(first), Chem.GetFormalCharge(second)
    if charges[0] != charges[1]:
        parts += (Part("charge", charges[1] - charges[0], "e"),)
    return Result(text, text, statement, parts=parts, notes=(*notes, *relation.notes))


def _write_change(lost: Counter[str], gained: Counter[str]) -> str:
    pieces = [f"+{write_formula(gained)}"] if gained else []
    pieces += [f"-{write_formula(lost)}"] if lost else []
    return " ".join(pieces) or "unchanged"


def _compare_groups(first: Chem.Mol, second: Chem.Mol) -> list[str]:
    """Say which functional groups went and came."""
    before, after = _without_general(count_functional_groups(first)), _without_general(count_functional_groups(second))
    lost, gained = before - after, after - before
    if len(lost) == len(gained) == 1 and lost.total() == gained.total():
        ((old, number),), ((new, _),) = lost.items(), gained.items()
        if number == 1:
            return [f"{_with_article(old)} became {_with_article(new)}"]
        return [f"{number} × {_name(old)} became {_name(new)}"]
    said = [f"lost: {_write_counts(lost)}"] if lost else []
    return said + ([f"gained: {_write_counts(gained)}"] if gained else [])


def _without_general(counts: Counter[str]) -> Counter[str]:
    """Return counts without names that others hold: hydroxyl besides alcohol, primary amide besides amide."""
    return Counter({name: count for name, count in counts.items() if name not in _GENERAL})


_GENERAL: Final = frozenset({"hydroxyl", "primary amide", "lactam", "lactone", "aniline"})


def _write_counts(counts: Counter[str]) -> str:
    return ", ".join(f"{_name(name)}{f' ×{count}' if count > 1 else ''}" for name, count in counts.items())


def _name(group: str) -> str:
    """Return what a sentence calls a group whose name is a prefix."""
    if GROUPS[group].kind is GroupKind.HALOGEN:
        return f"{group[:-1]}ine"
    return f"{group} group" if group in ("nitro", "nitroso", "azo") else group


def _with_article(group: str) -> str:
    name = _name(group)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _compare_parts(first: Chem.Mol, second: Chem.Mol) -> tuple[str, tuple[str, ...]]:
    """Say what stands beside the largest common part of two molecules, where that is most of them."""
    found = rdFMCS.FindMCS(
        [first, second],
        timeout=_SECONDS,
        bondCompare=rdFMCS.BondCompare.CompareAny,
        ringMatchesRingOnly=True,
        completeRingsOnly=True,
        matchValences=False,
    )
    notes = ("the search for the common part was stopped before its end",) if found.canceled else ()
    smaller = min(first.GetNumHeavyAtoms(), second.GetNumHeavyAtoms())
    if found.numAtoms < max(2, smaller / 2):
        return "they have little in common", notes
    core = Chem.MolFromSmarts(found.smartsString)
    sides = [_list_sides(mol, core) for mol in (first, second)]
    common = f"{count_phrase(found.numAtoms, 'heavy atom')} in common"
    old, new = (Counter(side) for side in sides)
    old, new = old - new, new - old
    if old.total() == new.total() == 1:
        return f"{next(iter(old))} replaced by {next(iter(new))} ({common})", notes
    told = [f"without {', '.join(sorted(old.elements()))}"] if old else []
    told += [f"with {', '.join(sorted(new.elements()))}"] if new else []
    return f"{' and '.join(told)} ({common})" if told else common, notes


def _list_sides(mol: Chem.Mol, core: Chem.Mol) -> list[str]:
    """Return what hangs on a core, each as SMILES with ``*`` where it is bound."""
    with rdBase.BlockLogs():
        rest = Chem.ReplaceCore(mol, core, labelByIndex=False)
    if rest is None or not rest.GetNumAtoms():
        return []
    for atom in rest.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetIsotope(0)
    return [Chem.MolToSmiles(piece) for piece in Chem.GetMolFrags(rest, asMols=True, sanitizeFrags=False)]


DIFFERENCE: Final = Calculation(
    name="difference",
    title="what changed",
    words=(
        "difference", "differ", "what changed", "what change", "changed", "how do differ",
        "what is different", "structural difference", "compare", "comparison", "delta mass", "mass difference",
        "difference in mass", "formula difference", "mass shift", "distinguish", "how differ", "different",
    ),
    takes=Takes.TWO,
    gives=Gives.TEXT,
    method="maximum common substructure (RDKit), functional groups, formulas",
    compute=_difference,
    example=Example(
        "What is the difference between aspirin and salicylic acid?",
        ("CC(=O)Oc1ccccc1C(=O)O", "O=C(O)c1ccccc1O"),
        "an ester became a phenol; without *C(C)=O (10 heavy atoms in common); formula -C2H2O, mass -42.0106 Da",
    ),
)  # fmt: skip

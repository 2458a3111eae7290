"""What a description says a molecule is made from, where that can be checked: 'benzaldehyde substituted by ...'.

Descriptions follow ChEBI's way of speaking. A parent hydride or a substance that is substituted, derived from or
condensed is looked up in the dictionaries of names and looked for in the molecule; a conjugate acid or base, or an
enantiomer, must be that. Names that the dictionaries do not have stay undecided.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import Final

from rdkit import Chem

from anymol.chem.fragments import analyze_composition
from anymol.chem.keys import inchikey_block
from anymol.chem.names import find_name
from anymol.chem.parsing import parse_smiles, try_parse_smiles
from anymol.errors import InvalidSmilesError
from anymol.tasks.edit_groups import has_group, list_words
from anymol.tasks.task import Check

_MOBILE: Final = (Chem.BondType.SINGLE, Chem.BondType.DOUBLE)


class Relation(Enum):
    """How a molecule stands to another that its description names; the value is how that reads."""

    HOLDS = "holds"
    RESTS_ON = "holds the skeleton of"
    CARRIES = "carries"
    CONJUGATE = "is a conjugate acid or base of"
    ENANTIOMER = "is an enantiomer of"


FORMS: Final = frozenset({Relation.CONJUGATE, Relation.ENANTIOMER})
"""Relations of one molecule alone to another form of it."""


@dataclass(frozen=True)
class Parent:
    """Another substance that a description names.

    Attributes:
        relation: How the molecule is said to stand to it.
        name: Its name, as written.
        start: Where what is said begins in the text.
    """

    relation: Relation
    name: str
    start: int


_ARTICLE: Final = r"(?:(?:an?|the) )?"
_END: Final = r"(?=, |; |\.(?: |$)| obtained\b| arising\b| resulting\b)"
_OF_A_GROUP: Final = r"(?:the [^.;]*? (?:groups?|functions?) of )?"
_PATTERNS: Final = (
    (Relation.HOLDS, re.compile(
        rf"\b(?:that|which) is {_ARTICLE}(?P<one>[^,;]+?)"
        r" (?:(?:mono|di|tri|tetra|penta|hexa)?substituted|carrying|bearing|having)\b"
    )),
    (Relation.HOLDS, re.compile(
        r"\bmember of (?:the class of )?(?P<one>[^;]+?)s(?=, |; |\.(?: |$)| and\b| that\b| in\b)"
    )),
    (Relation.RESTS_ON, re.compile(rf"\b(?:that|which) is {_ARTICLE}(?P<one>[^,;]+?) in which\b")),
    (Relation.RESTS_ON, re.compile(
        rf"\bIt (?:derives from|is functionally related to) {_ARTICLE}(?:hydride of {_ARTICLE})?(?P<one>[^;]+?)"
        rf"(?: and an? (?P<two>[^;]+?))?{_END}"
    )),
    (Relation.RESTS_ON, re.compile(
        rf"\bformal condensation of {_OF_A_GROUP}{_ARTICLE}(?P<one>[^;]+?) with {_OF_A_GROUP}{_ARTICLE}"
        rf"(?P<two>[^;]+?){_END}"
    )),
    (Relation.CARRIES, re.compile(
        r"(?:\b(?:by|carrying|bearing|and)|,) (?:(?:an?|two|three|four|additional|further|single) )*"
        r"(?P<one>[a-z]+(?:-[a-z]+)?)(?: groups?| substituents?)(?= |,|\.)(?! of\b)"
    )),
    (Relation.CONJUGATE, re.compile(rf"\bconjugate (?:base|acid) of {_ARTICLE}(?P<one>[^;]+?){_END}")),
    (Relation.ENANTIOMER, re.compile(rf"\bIt is an enantiomer of {_ARTICLE}(?P<one>[^;]+?){_END}")),
)  # fmt: skip

_LEAVES: Final = "[OX2H1,NX3H2,OX1-,F,Cl,Br,I;D1]"
"""What another atom may stand for where a parent is substituted or condensed."""


def list_parents(text: str) -> tuple[Parent, ...]:
    """Return the substances that a description relates the molecule to.

    >>> [one.name for one in list_parents("The molecule is a benzaldehyde that is salicylaldehyde substituted by OMe.")]
    ['salicylaldehyde']
    """
    found = (
        Parent(relation, name, match.start())
        for relation, pattern in _PATTERNS
        for match in pattern.finditer(text)
        for name in (match["one"], match.groupdict().get("two"))
        if name
    )
    return tuple(sorted(found, key=lambda one: one.start))


def judge_parent(molecule: Chem.Mol, parent: Parent) -> bool | None:
    """Return whether a molecule stands to another as is said; None where the dictionaries do not have the name."""
    if parent.relation is Relation.CARRIES:
        group = _group_words().get(parent.name)
        return None if group is None else has_group(molecule, group)
    other = _read_name(parent.name)
    if other is None:
        return None
    match parent.relation:
        case Relation.HOLDS:
            return bool(molecule.HasSubstructMatch(_list_skeletons(other)[0]))
        case Relation.RESTS_ON:
            return any(molecule.HasSubstructMatch(query) for query in _list_skeletons(other))
        case Relation.CONJUGATE:
            return _block_of_neutral(Chem.MolToSmiles(molecule)) == _block_of_neutral(other)
        case Relation.ENANTIOMER:
            # A racemate is often named without its descriptors: what has no stereochemistry says nothing.
            own = Chem.MolToSmiles(molecule)
            return inchikey_block(own) == inchikey_block(other) and (own != other or None)


def judge_parents(molecule: Chem.Mol, text: str) -> tuple[bool | None, ...]:
    """Return the judgement of each substance that a description relates a molecule to."""
    return tuple(judge_parent(molecule, parent) for parent in list_parents(text))


def check_parents(smiles: str, text: str) -> Iterator[Check]:
    """Yield a check of each substance that a description relates the molecule to.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
    """
    parents = list_parents(text)
    if not parents:  # then nothing is asked of the molecule, which may be shown only
        return
    molecule = parse_smiles(smiles)
    for parent in parents:
        passed = judge_parent(molecule, parent)
        said = f"{parent.relation.value} '{parent.name}'"
        detail = {True: f"it {said}", False: f"it is not so that it {said}", None: f"'{parent.name}' is not known here"}
        yield Check("parent", passed, detail[passed])


@cache
def _group_words() -> Mapping[str, str]:
    return dict(list_words())


@lru_cache(maxsize=4096)
def _read_name(name: str) -> str | None:
    hit = find_name(name)
    if hit is None or hit.others or not hit.is_vouched:
        return None
    parsed = try_parse_smiles(hit.smiles)
    return None if isinstance(parsed, InvalidSmilesError) or "." in hit.smiles else hit.smiles


@lru_cache(maxsize=4096)
def _list_skeletons(smiles: str) -> tuple[Chem.Mol, ...]:
    """Return a parent, and it with each of the single atoms that something may stand for, as queries.

    An amidine or a lactam is found in either tautomer.
    """
    parent = Chem.RWMol(parse_smiles(smiles))
    for bond in [one for one in parent.GetBonds() if one.GetBondType() in _MOBILE and _is_mobile(one)]:
        parent.ReplaceBond(bond.GetIdx(), _single_or_double(), preserveProps=False)
    skeletons = [parent.GetMol()]
    for (place,) in parent.GetSubstructMatches(Chem.MolFromSmarts(_LEAVES)):
        open_at = Chem.RWMol(parent)
        open_at.ReplaceAtom(place, Chem.AtomFromSmarts("[!#1]"))
        skeletons.append(open_at.GetMol())
    return tuple(skeletons)


def _is_mobile(bond: Chem.Bond) -> bool:
    """Whether a bond joins a carbon with two hetero-atoms to one of them, between which a hydrogen may move."""
    ends = bond.GetBeginAtom(), bond.GetEndAtom()
    carbons = [atom for atom in ends if atom.GetAtomicNum() == 6]
    if len(carbons) != 1:
        return False
    others = [atom.GetAtomicNum() for atom in carbons[0].GetNeighbors()]
    return 7 in others and sum(number in (7, 8, 16) for number in others) > 1


@cache
def _single_or_double() -> Chem.Bond:
    return Chem.MolFromSmarts("*-,=*").GetBondWithIdx(0)


@lru_cache(maxsize=4096)
def _block_of_neutral(smiles: str) -> str:
    return inchikey_block(analyze_composition(smiles).parent_neutral)

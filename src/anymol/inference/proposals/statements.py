"""What of a relative's description may be said of a molecule: all that no program refutes, and of a far one much less.

A relative differs from the molecule, mostly in just what the details of its definition say. They stay where the
relative is near; of a far one, or of one with another charge or another number of parts, stays what it is by what a
program confirms, and by what most relatives are. Whose conjugate acid, enantiomer or tautomer the relative is, is told
of it alone: that stays only where a program confirms it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rdkit import Chem

from anymol.retrieval.descriptions.relatives import Relative
from anymol.retrieval.descriptions.sentences import (
    Definition,
    read_classes,
    read_definition,
    relates_forms,
    split_sentences,
    write_classes,
)
from anymol.tasks.claims import decides, judge_claims, lacks_named_element, list_claims
from anymol.tasks.forms import list_faults
from anymol.tasks.parentage import FORMS, judge_parent, judge_parents, list_parents

NEAR: Final = 0.4
"""Similarity from which on a relative's details are said of the molecule too, as of a relative."""

NEAR_OF_SMALL: Final = 0.6
"""The same of a small molecule, where one atom that differs is much of it."""

_SMALL: Final = 8
"""A molecule of fewer heavy atoms is small."""

_TRIED: Final = 4
"""Relatives, the best first, of which one may have something to say; further ones are like the molecule by chance."""

_SIZES_APART: Final = 0.5
"""By which share of its heavy atoms a near relative may be larger or smaller."""

_SHARED: Final = 0.5
"""Share of the relatives that are of a class which a molecule among them may be said to be of."""


@dataclass(frozen=True, eq=False)
class Restatement:
    """What may be said of a molecule after one of its relatives.

    Attributes:
        text: The description.
        relative: Whose it is.
    """

    text: str
    relative: Relative


def restate_best(mol: Chem.Mol, ordered: Sequence[Relative]) -> Restatement | None:
    """Return what the best relative that has anything to say says of a molecule; None where nothing may be said.

    Args:
        mol: The molecule.
        ordered: Its relatives, those first whose descriptions fit best.
    """
    for one in ordered[:_TRIED]:
        if text := restate(mol, one, ordered):
            return Restatement(text, one)
    return None


def restate(mol: Chem.Mol, one: Relative, relatives: Sequence[Relative]) -> str:
    """Return what of a relative's description may be said of a molecule; empty where nothing may.

    Args:
        mol: The molecule.
        one: The relative.
        relatives: All relatives, whose classes count.
    """
    shared = _share_classes(relatives)
    is_near = _is_near(mol, one)
    first, *others = split_sentences(one.text)
    said: list[str] = []
    classes: list[str] = []
    definition = read_definition(first)
    if definition is not None and _may_say(mol, definition.kind, shared, is_near=is_near):
        said.append(str(Definition(definition.kind, _keep_details(mol, definition, is_near=is_near))))
        classes.append(definition.kind)
    for sentence in others:
        if named := read_classes(sentence):
            kept = [each for each in named if _may_say(mol, each, shared, is_near=is_near)]
            if kept and not said:
                said.append(str(Definition(kept.pop(0))))
            if kept and kept != classes:
                said.append(write_classes(kept))
        elif _holds(mol, sentence, is_near=is_near):
            said.append(sentence)
    return " ".join(said) if said and read_definition(said[0]) else ""


def _is_near(mol: Chem.Mol, one: Relative) -> bool:
    """Whether a relative is like a molecule, about as large, and of the same form: a salt is not its acid."""
    heavy = mol.GetNumHeavyAtoms()
    return (
        one.similarity >= (NEAR if heavy >= _SMALL else NEAR_OF_SMALL)
        and abs(one.mol.GetNumHeavyAtoms() - heavy) <= _SIZES_APART * heavy
        and Chem.GetFormalCharge(one.mol) == Chem.GetFormalCharge(mol)
        and len(Chem.GetMolFrags(one.mol)) == len(Chem.GetMolFrags(mol))
    )


def _share_classes(relatives: Sequence[Relative]) -> Mapping[str, float]:
    """Return of which share of the relatives each class is said."""
    found: Counter[str] = Counter()
    for one in relatives:
        first, *others = split_sentences(one.text)
        definition = read_definition(first)
        named = {each for sentence in others for each in read_classes(sentence)}
        found.update({_unify(each) for each in named | ({definition.kind} if definition else set())})
    return {name: count / len(relatives) for name, count in found.items()}


def _unify(name: str) -> str:
    return name.replace("the class of ", "")


def _may_say(mol: Chem.Mol, name: str, shared: Mapping[str, float], *, is_near: bool) -> bool:
    """Whether a molecule may be said to be of a class."""
    sentence = f"It is {name}."
    if _is_refuted(mol, sentence) or False in judge_claims(mol, sentence):
        return False
    is_decided = any(decides(claimed) for claimed, _ in list_claims(sentence))
    return is_near or is_decided or True in judge_parents(mol, sentence) or shared.get(_unify(name), 0.0) >= _SHARED


def _keep_details(mol: Chem.Mol, definition: Definition, *, is_near: bool) -> str:
    """Return the details of a definition where they may be said."""
    refuted = lacks_named_element(mol, definition.details) or _is_refuted(mol, str(definition))
    return definition.details if is_near and not refuted else ""


def _holds(mol: Chem.Mol, sentence: str, *, is_near: bool) -> bool:
    """Whether a sentence that names no classes may be said: the relative is near, and no program refutes it."""
    return is_near and not _is_refuted(mol, sentence)


def _is_refuted(mol: Chem.Mol, sentence: str) -> bool:
    """Whether a program refutes a sentence, or it tells of the relative's other forms and none confirms that."""
    judged = [(one.relation, judge_parent(mol, one)) for one in list_parents(sentence)]
    if relates_forms(sentence):
        forms = [is_so for relation, is_so in judged if relation in FORMS]
        if not forms or not all(forms):
            return True
    return any(is_so is False for _, is_so in judged) or bool(list_faults(mol, sentence))

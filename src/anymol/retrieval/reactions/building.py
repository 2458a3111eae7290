"""From recorded reactions to a store: each is mapped, and the template that its map gives must give it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from typing import Final

from anymol.chem.atom_mapping import map_reaction
from anymol.chem.reaction import join_molecules
from anymol.chem.recorded_reaction import RecordedReaction
from anymol.chem.templates import extract_template, remove_numbers, returns_reactants
from anymol.errors import AnyMolError
from anymol.retrieval.reactions.store import ReactionStore, StoredReaction, pack_store
from anymol.workers import WorkerPool

_PIECE: Final = 200
"""Reactions that a process maps at a time."""


class Fate(StrEnum):
    """What became of a reaction."""

    TEMPLATE = "its template gives it back"
    CHANGED = "its template gives other reactants"
    NO_TEMPLATE = "it has no template"
    UNMAPPED = "atoms of the product have no origin"
    UNREADABLE = "it cannot be read"
    CRASHED = "the process that mapped it died"


@dataclass(frozen=True)
class MappedRecord:
    """A recorded reaction with what its atom map says.

    Attributes:
        reaction: The reaction; molecules that give no atom to the product stand among the reagents.
        fate: Whether it has a template.
        template: The template that gives it back; None without one.
        core: The template without what surrounds the changed atoms.
        mapped: The mapped reaction SMILES; empty where atoms have no origin.
    """

    reaction: RecordedReaction
    fate: Fate
    template: str | None = None
    core: str | None = None
    mapped: str = ""


@dataclass
class BuildReport:
    """What became of the reactions that a store was built from.

    Attributes:
        fates: How many came to what.
        sources: How many are kept of each source.
        repeated: How many were said before: the same molecules by the same source under the same name, or, without a
            name, all the same. The last one counts, so that a corrected page takes the place of the former.
    """

    fates: Counter[Fate] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    repeated: int = 0


def map_record(reaction: RecordedReaction) -> MappedRecord:
    """Map a reaction, part what reacts from what helps, and find its template."""
    try:
        found = map_reaction(reaction.reactants, reaction.products)
    except AnyMolError:
        return MappedRecord(reaction, Fate.UNREADABLE)
    if found.missing and reaction.reagents:
        # Notebooks often list what gives an atom or a group, as NBS does, among the reagents.
        whole = map_reaction(f"{reaction.reactants}.{reaction.reagents}", reaction.products)
        if not whole.missing:
            reaction, found = replace(reaction, reagents=""), whole
    if found.missing:
        return MappedRecord(reaction, Fate.UNMAPPED)
    # What gives no atom stands among the reagents, unless it is named there or elsewhere already.
    named = ".".join((reaction.reagents, reaction.solvents, reaction.catalysts))
    others = Counter(filter(None, found.spectators.split("."))) - Counter(named.split("."))
    helping = join_molecules(part for part in (reaction.reagents, *others.elements()) if part)
    parted = replace(reaction, reactants=remove_numbers(found.reactants), reagents=helping)
    template = extract_template(found)
    if template is None:
        return MappedRecord(parted, Fate.NO_TEMPLATE, mapped=found.smiles)
    if not returns_reactants(template, found, reaction.products):
        return MappedRecord(parted, Fate.CHANGED, mapped=found.smiles)
    return MappedRecord(parted, Fate.TEMPLATE, template, extract_template(found, radius=0), found.smiles)


def map_records(reactions: Iterable[RecordedReaction], workers: int = 1) -> Iterator[MappedRecord]:
    """Map reactions, in order.

    Args:
        reactions: Any number of them; a few pieces are held at a time.
        workers: Processes.
    """

    def crash(piece: Sequence[RecordedReaction]) -> list[MappedRecord]:
        return [MappedRecord(one, Fate.CRASHED) for one in piece]

    with WorkerPool(_map_piece, workers, split=lambda piece: [[one] for one in piece], crashed=crash) as pool:
        for _, results in pool.run(_cut(reactions)):
            for found in results:
                yield from found


def build_store(
    name: str,
    reactions: Iterable[RecordedReaction],
    *,
    held: Iterable[StoredReaction] = (),
    workers: int = 1,
    told: Callable[[int], None] = lambda count: None,
) -> tuple[ReactionStore, BuildReport]:
    """Build a store of reactions.

    A reaction without a template is kept: it is a precedent all the same.

    Args:
        name: Name of the store.
        reactions: What it shall hold.
        held: What it holds already, mapped before.
        workers: Processes that map them.
        told: Called with the number of reactions that are done, now and then.
    """
    return gather_store(name, map_records(reactions, workers), held=held, told=told)


def gather_store(
    name: str,
    records: Iterable[MappedRecord],
    *,
    held: Iterable[StoredReaction] = (),
    told: Callable[[int], None] = lambda count: None,
) -> tuple[ReactionStore, BuildReport]:
    """Build a store of reactions that are mapped; see :func:`build_store`."""
    report = BuildReport()
    kept = {_identify(one.reaction): one for one in held}
    for number, one in enumerate(records, start=1):
        report.fates[one.fate] += 1
        if one.fate is not Fate.UNREADABLE and one.fate is not Fate.CRASHED:
            key = _identify(one.reaction)
            report.repeated += key in kept
            kept[key] = StoredReaction(one.reaction, one.template, one.core)
        if number % _PIECE == 0:
            told(number)
    report.sources.update(one.reaction.source for one in kept.values())
    return pack_store(name, list(kept.values())), report


def _identify(reaction: RecordedReaction) -> tuple[str, ...]:
    """Return what makes two records one: the molecules on the same page, or, without a page, all that is said."""
    if reaction.id:
        return reaction.smiles, reaction.source, reaction.id
    return (reaction.to_line(),)


def _map_piece(piece: Sequence[RecordedReaction]) -> list[MappedRecord]:
    return [map_record(one) for one in piece]


def _cut(reactions: Iterable[RecordedReaction]) -> Iterator[list[RecordedReaction]]:
    rest = iter(reactions)
    while piece := list(islice(rest, _PIECE)):
        yield piece

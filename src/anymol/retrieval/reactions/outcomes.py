"""What templates of recorded reactions give, with the precedents that it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from rdkit.DataStructs import ExplicitBitVect

from anymol.chem.fingerprints import recall_morgan, tanimoto_row
from anymol.chem.reaction import join_molecules
from anymol.chem.recorded_reaction import RecordedReaction
from anymol.retrieval.reactions.store import FINGERPRINT_BITS, ReactionStore


@dataclass(frozen=True)
class Precedent:
    """A recorded reaction beside a question.

    Attributes:
        store: Where it is.
        row: Its place there.
        place: Its place among the nearest, counted from 0.
        similarity: Tanimoto similarity of its product to the one asked about.
        template: The template that it follows; None where it has none.
        core: The same without what surrounds the changed atoms.
    """

    store: ReactionStore
    row: int
    place: int
    similarity: float
    template: str | None
    core: str | None

    @property
    def reaction(self) -> RecordedReaction:
        """The reaction, read from its store."""
        return self.store[self.row]


@dataclass
class Outcome:
    """Reactants that may give a product, or a product that reactants may give.

    Attributes:
        smiles: Canonical SMILES; of several molecules sorted, dot-joined.
        templates: Templates that give it, the one of the nearest precedent first; none where it is only recorded.
        count: Recorded reactions that follow one of these.
        precedents: The nearest reactions that do, or that are recorded to be the answer; the nearest first.
        recorded: Whether reactions of just what was asked stand among them, with this outcome.
        is_specific: Whether a template with surroundings gives it.
        textbook: Name of the rule of textbooks that gives it; empty where none does.
        decides: Whether that rule asks for reagents, which then are mixed, or for heat alone.
    """

    smiles: str
    templates: list[str] = field(default_factory=list)
    count: int = 0
    precedents: list[Precedent] = field(default_factory=list)
    recorded: bool = False
    is_specific: bool = False
    textbook: str = ""
    decides: bool = False

    @property
    def similarity(self) -> float:
        """Of the product to that of the nearest precedent; 0 without one."""
        return self.precedents[0].similarity if self.precedents else 0.0


class Outcomes:
    """Outcomes by their SMILES, as templates give them one after the other.

    Args:
        precedents: The nearest recorded reactions, the nearest first.
        templates: Templates of these that are tried, those of the nearest first.
        cores: The same without surroundings, tried after these.
    """

    def __init__(self, precedents: Sequence[Precedent], templates: int, cores: int) -> None:
        self.found: dict[str, Outcome] = {}
        self._specific = _group((one.template, one) for one in precedents)
        self._general = _group((one.core, one) for one in precedents)
        self.tried = list(dict.fromkeys([*list(self._specific)[:templates], *list(self._general)[:cores]]))

    def record(self, smiles: str, precedent: Precedent) -> None:
        """Add an outcome that is recorded of just what was asked."""
        one = self.found.setdefault(smiles, Outcome(smiles))
        one.recorded = True
        one.precedents.append(precedent)

    def add(self, smiles: str, template: str) -> None:
        """Add an outcome of a template."""
        one = self.found.setdefault(smiles, Outcome(smiles))
        one.templates.append(template)
        one.is_specific |= template in self._specific
        near = self._specific.get(template, self._general.get(template, []))
        known = {precedent.place for precedent in one.precedents}
        one.precedents += [precedent for precedent in near if precedent.place not in known]

    def rank(self, stores: Sequence[ReactionStore]) -> list[Outcome]:
        """Return all outcomes: recorded ones first, then by the nearest precedent.

        Args:
            stores: Count the reactions that follow their templates.
        """
        for one in self.found.values():
            one.precedents.sort(key=lambda precedent: precedent.place)
            one.count = sum(store.count_template(template) for template in one.templates for store in stores)
        return sorted(self.found.values(), key=_order)


def compare_products(outcome: Outcome, *, most: int = 8) -> None:
    """Put the precedents of a product in the order of their similarity to itself, not to what was looked up.

    Args:
        outcome: A product; of its precedents so many are kept.
        most: Precedents that are compared.
    """
    mine = make_fingerprint(outcome.smiles)
    near = outcome.precedents[:most]
    alike = tanimoto_row(mine, [make_fingerprint(one.reaction.products) for one in near])
    compared = [replace(one, similarity=value) for one, value in zip(near, alike, strict=True)]
    outcome.precedents = sorted(compared, key=lambda one: (-one.similarity, one.place))


def _group(pairs: Iterable[tuple[str | None, Precedent]]) -> dict[str, list[Precedent]]:
    """Return precedents by what they follow."""
    grouped: dict[str, list[Precedent]] = {}
    for smarts, one in pairs:
        if smarts is not None:
            grouped.setdefault(smarts, []).append(one)
    return grouped


def _order(one: Outcome) -> tuple[bool, float, int, int, str]:
    nearest = one.precedents[0].place if one.precedents else math.inf
    return not one.recorded, nearest, -len(one.precedents), -one.count, one.smiles


def find_precedents(
    stores: Sequence[ReactionStore], products: Sequence[str], limit: int, *, following: str | None = None
) -> list[Precedent]:
    """Return the reactions of all stores whose products are most like one of several molecules, the nearest first.

    Args:
        stores: Of equally near ones those of earlier stores come first.
        products: Canonical SMILES.
        limit: Of each store and product.
        following: Only those that follow this template, or have it as core.

    Raises:
        InvalidSmilesError: A product does not parse.
    """
    found: dict[tuple[int, int], Precedent] = {}
    for product in products:
        for number, store in enumerate(stores):
            for one in store.search(product, limit, following=following):
                known = found.get((number, one.row))
                if known is None or known.similarity < one.similarity:
                    found[number, one.row] = Precedent(store, one.row, 0, one.similarity, one.template, one.core)
    ordered = sorted(found.items(), key=lambda pair: (-pair[1].similarity, pair[0]))
    return [replace(one, place=place) for place, (_, one) in enumerate(ordered)]


def compare_reactants(outcome: Outcome, reactants: str, *, most: int = 3) -> float:
    """Return how like reactants are to those of the nearest precedents: the second factor of RetroSim.

    Args:
        outcome: Whose precedents are looked at.
        reactants: SMILES, dot-joined.
        most: Precedents that are looked at.

    Returns:
        The greatest Tanimoto similarity, of the fingerprints of all reactants together; 0 without precedents.
    """
    if not outcome.precedents:
        return 0.0
    others = [make_fingerprint(one.reaction.reactants) for one in outcome.precedents[:most]]
    return max(tanimoto_row(make_fingerprint(reactants), others))


def compare_helping(outcome: Outcome, helping: str, *, most: int = 5) -> float:
    """Return how like what helps is to the reagents and catalysts of the nearest precedents.

    Args:
        outcome: Whose precedents are looked at.
        helping: SMILES of what helps, solvents left out, dot-joined; empty where nothing does.
        most: Precedents that are looked at.

    Returns:
        The greatest Tanimoto similarity, of the fingerprints of all that helps together; 0 where nothing is told.
    """
    if not helping:
        return 0.0
    recorded = [one.reaction for one in outcome.precedents[:most]]
    others = [join_molecules(filter(None, (one.reagents, one.catalysts))) for one in recorded]
    return max(tanimoto_row(make_fingerprint(helping), [make_fingerprint(one) for one in others if one]), default=0.0)


def make_fingerprint(molecules: str) -> ExplicitBitVect:
    """Return the fingerprint of molecules together, as stores keep those of products.

    Args:
        molecules: SMILES, dot-joined.

    Raises:
        InvalidSmilesError: They do not parse.
    """
    return recall_morgan(molecules, FINGERPRINT_BITS)


def count_molecules(stores: Sequence[ReactionStore], molecules: str) -> tuple[tuple[int, int], ...]:
    """Return for each molecule in how many recorded reactions it went in, and of how many it came out.

    Args:
        stores: What is counted in.
        molecules: Canonical SMILES, dot-joined.
    """
    found = [[store.molecules.find(one) for store in stores] for one in molecules.split(".")]
    return tuple((sum(went_in for went_in, _ in one), sum(came_out for _, came_out in one)) for one in found)

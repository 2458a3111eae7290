"""Under which conditions a reaction is carried out, by what recorded reactions like it used.

Like it are those that make a similar product, and those that change the same atoms; each counts for the molecules it
used by how similar its product and its reactants are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from anymol.chem.atom_mapping import map_reaction
from anymol.chem.fingerprints import morgan, tanimoto
from anymol.chem.recorded_reaction import RecordedReaction
from anymol.chem.templates import extract_template
from anymol.retrieval.reactions.outcomes import Precedent, find_precedents
from anymol.retrieval.reactions.store import FINGERPRINT_BITS, ReactionStore

NEIGHBOURS: Final = 40
"""Nearest reactions, and as many nearest of the same change."""

_SHARPNESS: Final = 4.0
"""Power of the similarity by which a precedent counts."""

_LEAST: Final = 0.3
"""Similarity of the product below which a precedent of another change says nothing."""

_SAME_CHANGE: Final = 3.0
"""How much more a precedent counts that changes the same atoms."""


@dataclass
class Conditions:
    """Molecules that help a reaction, as precedents used them together.

    Attributes:
        molecules: Canonical SMILES, sorted, dot-joined.
        share: Of all that precedents say, weighed by similarity, 0 to 1.
        precedents: Reactions that used them, those that count most first.
    """

    molecules: str
    share: float = 0.0
    precedents: list[Precedent] = field(default_factory=list)


def propose_conditions(
    stores: Sequence[ReactionStore],
    reactants: str,
    product: str,
    part: Callable[[RecordedReaction], str],
) -> list[Conditions]:
    """Return what helped reactions like this one, the most usual first.

    Args:
        stores: Where precedents are looked for.
        reactants: Canonical SMILES, dot-joined.
        product: Canonical SMILES of one molecule.
        part: What of a recorded reaction is asked for: its reagents, its solvents, its catalysts. Reactions where it is
            empty say nothing.

    Raises:
        InvalidSmilesError: Reactants or product do not parse.
    """
    core = find_core(reactants, product)
    near = find_precedents(stores, [product], NEIGHBOURS)
    if core is not None:
        known = {(id(one.store), one.row) for one in near}
        same = find_precedents(stores, [product], NEIGHBOURS, following=core)
        near += [one for one in same if (id(one.store), one.row) not in known]
    mine = morgan(reactants, radius=2, size=FINGERPRINT_BITS)
    weighed: list[tuple[float, str, Precedent]] = []
    for one in near:
        reaction = one.reaction
        molecules = ".".join(sorted(part(reaction).split("."))) if part(reaction) else ""
        alike = core is not None and one.core == core
        if not molecules or (not alike and one.similarity < _LEAST):
            continue
        likeness = tanimoto(mine, morgan(reaction.reactants, radius=2, size=FINGERPRINT_BITS))
        weight = (one.similarity * likeness) ** (_SHARPNESS / 2)
        if alike:
            weight *= _SAME_CHANGE
        weighed.append((weight, molecules, one))
    # A precedent that is as like as can be counts 1; where none is near, most of the whole stays unsaid.
    whole = max(1.0, sum(weight for weight, *_ in weighed))
    found: dict[str, Conditions] = {}
    for weight, molecules, precedent in sorted(weighed, key=lambda one: -one[0]):
        said = found.setdefault(molecules, Conditions(molecules))
        said.share += weight / whole
        said.precedents.append(precedent)
    return sorted(found.values(), key=lambda one: (-one.share, one.molecules))


def find_core(reactants: str, product: str) -> str | None:
    """Return the template of a reaction without what surrounds the changed atoms; None where it has none.

    Raises:
        InvalidSmilesError: Reactants or product do not parse.
    """
    mapped = map_reaction(reactants, product)
    return None if mapped.missing else extract_template(mapped, radius=0)

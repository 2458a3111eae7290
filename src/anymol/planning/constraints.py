"""What a route may not hold: banned molecules, patterns, kinds of reactions and precedents, and what is declined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rdkit import Chem, rdBase

from anymol.chem.key_parts import NO_STEREO, connectivity_part, stereo_part
from anymol.chem.keys import inchikey
from anymol.chem.parsing import parse_smiles
from anymol.errors import RefusedError, UserError
from anymol.inference.screening import is_declined, require_harmless
from anymol.planning.single_step import Step
from anymol.planning.stock import write_key
from anymol.tasks.reactions import RETROSYNTHESIS
from anymol.tasks.task import TaskInput

DECLINED: Final = "it uses a scheduled chemical, which is declined"
BANNED_MOLECULE: Final = "it uses a banned molecule"
BANNED_PATTERN: Final = "a molecule of it has a banned pattern"
BANNED_REACTION: Final = "it is a banned reaction"
BANNED_PRECEDENT: Final = "it follows a banned precedent"


@dataclass(frozen=True)
class ReactionPattern:
    """A kind of reaction: what goes and what comes.

    A step is of this kind where each pattern on the left occurs more often in its reactants than in its product, and
    each on the right more often in its product. No atom map is needed.

    Attributes:
        smarts: ``left>>right``; either may hold several patterns with dots between.
    """

    smarts: str

    def __post_init__(self) -> None:
        left, arrow, right = self.smarts.partition(">>")
        if not arrow or not (left.strip() or right.strip()):
            raise UserError(
                "this is not a pattern of a reaction", value=self.smarts, hint="write it as in [CX3](=O)Cl>>[CX3](=O)N"
            )
        _ = self._left, self._right

    def matches(self, step: Step) -> bool:
        """Whether a step is of this kind."""
        product = parse_smiles(step.product)
        reactants = [parse_smiles(one) for one in step.reactants]
        goes = all(_count(one, reactants) > _count(one, [product]) for one in self._left)
        return goes and all(_count(one, [product]) > _count(one, reactants) for one in self._right)

    @cached_property
    def _left(self) -> tuple[Chem.Mol, ...]:
        return _read_patterns(self.smarts.partition(">>")[0])

    @cached_property
    def _right(self) -> tuple[Chem.Mol, ...]:
        return _read_patterns(self.smarts.partition(">>")[2])


@dataclass(frozen=True)
class Constraints:
    """What a route may not hold. The target itself is not judged, but for what is declined.

    Attributes:
        molecules: SMILES of molecules that may be neither bought nor made, their salts and tautomers neither; one
            without configuration bans all its stereoisomers.
        patterns: SMARTS that no molecule of a route may match, the target aside.
        reactions: Kinds of reactions.
        precedents: Ids of recorded reactions; a step that follows one of them is left out.
    """

    molecules: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    reactions: tuple[ReactionPattern, ...] = ()
    precedents: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for one in self.molecules:
            inchikey(one)
        _ = self._queries

    def find_fault(self, step: Step) -> str | None:
        """Return why a step may not stand in a route; None where it may."""
        if is_declined(RETROSYNTHESIS, TaskInput(products=step.product), ".".join(step.reactants)):
            return DECLINED
        for smiles in step.reactants:
            if self._bans(smiles):
                return BANNED_MOLECULE
            if self._queries and _count_any(self._queries, parse_smiles(smiles)):
                return BANNED_PATTERN
        if any(one.matches(step) for one in self.reactions):
            return BANNED_REACTION
        if self.precedents:
            cited = {getattr(one, "id", None) for one in step.list_evidence(None)}
            if cited & self.precedents:
                return BANNED_PRECEDENT
        return None

    @cached_property
    def _keys(self) -> frozenset[str]:
        keys = [key for one in self.molecules if (key := write_key(one)) is not None]
        return frozenset(connectivity_part(key) if stereo_part(key) == NO_STEREO else key for key in keys)

    @cached_property
    def _queries(self) -> tuple[Chem.Mol, ...]:
        return tuple(query for one in self.patterns for query in _read_patterns(one, whole=True))

    def _bans(self, smiles: str) -> bool:
        key = write_key(smiles) if self._keys else None
        return key is not None and (key in self._keys or connectivity_part(key) in self._keys)


def explain_refusal(smiles: str) -> str | None:
    """Return why a molecule may not be made at all, a scheduled chemical; None where it may."""
    try:
        require_harmless(RETROSYNTHESIS, TaskInput(products=smiles))
    except RefusedError as refusal:
        return refusal.message
    return None


def _read_patterns(text: str, *, whole: bool = False) -> tuple[Chem.Mol, ...]:
    """Return the patterns of a SMARTS.

    Args:
        text: The SMARTS; empty for none.
        whole: Whether the parts between dots belong together.

    Raises:
        UserError: It is not a SMARTS.
    """
    parts: Iterable[str] = [text.strip()] if whole else text.strip().split(".")
    found = []
    for part in parts:
        if not part:
            if whole:
                raise UserError("a pattern is empty", value=text, hint="write a SMARTS, as in [N-]=[N+]=N")
            continue
        with rdBase.BlockLogs():
            query = Chem.MolFromSmarts(part)
        if query is None:
            raise UserError("this is not a SMARTS", value=part, hint="write it as in [CX3](=O)[Cl,Br]")
        query.UpdatePropertyCache(strict=False)
        found.append(query)
    return tuple(found)


def _count(query: Chem.Mol, mols: Sequence[Chem.Mol]) -> int:
    return sum(len(mol.GetSubstructMatches(query)) for mol in mols)


def _count_any(queries: Sequence[Chem.Mol], mol: Chem.Mol) -> bool:
    return any(mol.HasSubstructMatch(query) for query in queries)

"""A molecule that a search found, with what speaks for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rdkit import Chem

from anymol.chem.plausibility import count_alerts, list_oddities


@dataclass(frozen=True)
class Candidate:
    """One molecule.

    Attributes:
        smiles: Canonical SMILES.
        found: How it was found, in a few words.
        similarity: Tanimoto similarity of Morgan fingerprints to the molecule of the question, where there is one.
        shortfall: How far it is from the request, in units of each of its parts; 0 where it meets it.
    """

    smiles: str
    found: str
    similarity: float | None = None
    shortfall: float = 0.0


@dataclass
class Judge:
    """Says how much worse a molecule looks than the one that it was made from.

    Attributes:
        before: The molecule of the question; None where there is none: then every oddity counts.
    """

    before: Chem.Mol | None = None
    _oddities: Counter[str] = field(default_factory=Counter)
    _alerts: int = 0

    def __post_init__(self) -> None:
        if self.before is not None:
            self._oddities = Counter(list_oddities(self.before))
            self._alerts = count_alerts(self.before)

    def count_new_oddities(self, molecule: Chem.Mol) -> int:
        """Return how many oddities a molecule has that were not there before."""
        return (Counter(list_oddities(molecule)) - self._oddities).total()

    def count_new_alerts(self, molecule: Chem.Mol) -> int:
        """Return how many more structural alerts a molecule has than the one before; never less than 0."""
        return max(0, count_alerts(molecule) - self._alerts)

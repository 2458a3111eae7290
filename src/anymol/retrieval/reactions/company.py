"""Which molecules help where which others are given: counted in recorded reactions, whatever these make.

Sodium hydride stands in dimethylformamide or tetrahydrofuran, hardly in methanol. Nearest precedents do not tell that
where none of them names the hydride.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_FEWEST: Final = 20
"""Reactions that must name a molecule, given or helping, for it to count."""

_PRIOR: Final = 20.0
"""Reactions without any company that each count is mixed with."""


@dataclass(frozen=True)
class Company:
    """Counts of molecules that help, in all and beside each molecule that is given.

    Attributes:
        reactions: How many were counted.
        helping: Molecule -> reactions that it helps.
        given: Molecule -> reactions that it is given in.
        beside: Given molecule -> molecule that helps -> reactions of both.
    """

    reactions: int
    helping: Mapping[str, int]
    given: Mapping[str, int]
    beside: Mapping[str, Mapping[str, int]]

    @classmethod
    def count(cls, reactions: Iterable[tuple[Collection[str], Collection[str]]]) -> Company:
        """Count reactions.

        Args:
            reactions: Of each the molecules that are given, and those that help, canonical.
        """
        total = 0
        helping: Counter[str] = Counter()
        given: Counter[str] = Counter()
        beside: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for inputs, helpers in reactions:
            total += 1
            helping.update(set(helpers))
            given.update(set(inputs))
            for one in set(inputs):
                beside[one].update(set(helpers))
        often = {one: count for one, count in sorted(helping.items()) if count >= _FEWEST}
        named = {one: count for one, count in sorted(given.items()) if count >= _FEWEST}
        return cls(
            total,
            often,
            named,
            {one: {helper: beside[one][helper] for helper in often if beside[one][helper]} for one in named},
        )

    def measure_usual(self, molecule: str) -> float:
        """Return the log of the share of all reactions that a molecule helps, nats."""
        return math.log((self.helping.get(molecule, 0) + 0.5) / (self.reactions + 1))

    def compare(self, molecule: str, given: Collection[str]) -> list[float]:
        """Return how much more often a molecule helps beside each given one that is counted than in all, nats.

        Args:
            molecule: The molecule that may help.
            given: Molecules that are given.
        """
        usual = math.exp(self.measure_usual(molecule))
        return [
            math.log((self.beside[one].get(molecule, 0) + _PRIOR * usual) / (self.given[one] + _PRIOR) / usual)
            for one in sorted(set(given))
            if one in self.given
        ]

    def to_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` takes."""
        return {"reactions": self.reactions, "helping": self.helping, "given": self.given, "beside": self.beside}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Company:
        """Read what :meth:`to_json` returned.

        Raises:
            ValueError: Something is missing or of another kind.
        """
        try:
            beside = {str(one): _read_counts(counts) for one, counts in fields["beside"].items()}
            given = _read_counts(fields["given"])
            read = cls(int(fields["reactions"]), _read_counts(fields["helping"]), given, beside)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"a field is missing or of another kind: {error}") from error
        if set(given) != set(beside):
            raise ValueError("what is given and what stands beside it differ")
        return read


def _read_counts(fields: Mapping[str, Any]) -> dict[str, int]:
    return {str(one): int(count) for one, count in fields.items()}

"""What routes may start from: building blocks, found by structure whatever salt or ion of them is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final

from rdkit.DataStructs import ExplicitBitVect

from anymol.chem.fingerprints import morgan, tanimoto_row
from anymol.chem.fragments import analyze_composition
from anymol.chem.key_parts import NO_STEREO, connectivity_part, stereo_part
from anymol.chem.keys import inchikey
from anymol.chem.parsing import parse_smiles
from anymol.errors import AnyMolError

MOST_COMPARED: Final = 200_000
"""Entries among which the nearest one is looked for; more take minutes."""

_ISOTOPE: Final = re.compile(r"\[\d")
_CHARGE: Final = re.compile(r"\[[^\]]*[+-]")
_CARBON: Final = 6

_LARGEST_INORGANIC: Final = 10
"""Heavy atoms of a molecule without carbon that is taken as at hand."""


@dataclass(frozen=True)
class StockEntry:
    """A building block.

    Attributes:
        smiles: As it is listed, with its counter-ions.
        key: InChIKey of its neutral parent.
        name: Its name or number in the catalogue; None where it has none.
        price: What it costs, in the catalogue's own unit; None where it does not say.
    """

    smiles: str
    key: str
    name: str | None = None
    price: float | None = None


@dataclass(frozen=True)
class StockMatch:
    """How the stock holds a molecule.

    Attributes:
        entry: The building block; None for an inorganic molecule, which is taken as at hand.
        note: What of it is not exactly what is wanted; None where nothing is.
    """

    entry: StockEntry | None
    note: str | None = None

    @property
    def price(self) -> float | None:
        """What it costs, where the stock says so."""
        return None if self.entry is None else self.entry.price

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        entry = self.entry
        return {
            "listed_as": None if entry is None else entry.smiles,
            "name": None if entry is None else entry.name,
            "price": self.price,
            "note": self.note,
        }


@dataclass(frozen=True)
class Stock:
    """Building blocks.

    A molecule is found by the InChIKey of its neutral parent, so that tautomers, salts and ions are the same. One
    without stated configuration is found in each of its stereoisomers; one with a configuration only in itself.

    Attributes:
        name: What it is called.
        entries: What it holds; of equal ones the cheapest, else the first, counts.
        ceiling: Price above which an entry is not used; None for no limit. One without a price is used.
    """

    name: str
    entries: tuple[StockEntry, ...]
    ceiling: float | None = None
    _found: dict[str, StockMatch | None] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.entries)

    def find(self, smiles: str) -> StockMatch | None:
        """Return how the stock holds a molecule; None where it does not.

        Args:
            smiles: Canonical SMILES of one molecule or ion.
        """
        if smiles not in self._found:
            self._found[smiles] = self._find(smiles)
        return self._found[smiles]

    def explain_absence(self, smiles: str) -> str | None:
        """Return what the stock holds instead of a molecule that it lacks: another form of the same skeleton.

        Args:
            smiles: A molecule that :meth:`find` does not find.
        """
        key = write_key(smiles)
        if key is None:
            return None
        dear = next((one for one in self._too_dear.get(connectivity_part(key), ()) if one.key == key), None)
        if dear is not None:
            return f"the stock lists it at {dear.price:g}, above the ceiling of {self.ceiling:g}"
        others = self._by_block.get(connectivity_part(key), ())
        if not others:
            return None
        flat = any(stereo_part(one.key) == NO_STEREO for one in others)
        which = "without a stated configuration" if flat else "as another stereoisomer or isotopologue"
        return f"the stock lists it {which}: {others[0].smiles}"

    def without(self, smiles: str) -> Stock:
        """Return the stock without a molecule: without its salts, ions and stereoisomers, of which it is not made.

        Args:
            smiles: Canonical SMILES.
        """
        key = write_key(smiles)
        if key is None:
            return self
        kept = tuple(one for one in self.entries if connectivity_part(one.key) != connectivity_part(key))
        return self if len(kept) == len(self.entries) else Stock(self.name, kept, self.ceiling)

    def find_nearest(self, smiles: str) -> tuple[StockEntry, float] | None:
        """Return the entry that is most like a molecule, with its Tanimoto similarity; None of a very large stock.

        Raises:
            InvalidSmilesError: The molecule does not parse.
        """
        if not 0 < len(self.entries) <= MOST_COMPARED:
            return None
        alike = tanimoto_row(morgan(smiles), self._fingerprints)
        best = max(range(len(alike)), key=lambda place: (alike[place], -place))
        return self.entries[best], float(alike[best])

    def _find(self, smiles: str) -> StockMatch | None:
        if _is_inorganic(smiles):
            return StockMatch(None, "inorganic, taken as at hand")
        key = write_key(smiles)
        if key is None:
            return None
        same = self._by_block.get(connectivity_part(key), ())
        exact = next((one for one in same if one.key == key), None)
        if exact is not None:
            return StockMatch(exact, _say_form(exact, smiles))
        if stereo_part(key) != NO_STEREO:
            return None
        isomer = next((one for one in same if not _ISOTOPE.search(one.smiles)), None)
        return None if isomer is None else StockMatch(isomer, f"listed as one stereoisomer, {isomer.smiles}")

    @cached_property
    def _by_block(self) -> dict[str, list[StockEntry]]:
        """Usable entries by the first block of their keys, the cheapest first."""
        usable = (one for one in self.entries if self.ceiling is None or (one.price or 0.0) <= self.ceiling)
        return _group(usable)

    @cached_property
    def _too_dear(self) -> dict[str, list[StockEntry]]:
        """The entries above the ceiling, by the first block of their keys."""
        return _group(one for one in self.entries if self.ceiling is not None and (one.price or 0.0) > self.ceiling)

    @cached_property
    def _fingerprints(self) -> list[ExplicitBitVect]:
        return [morgan(one.smiles) for one in self.entries]


def make_entry(smiles: str, name: str | None = None, price: float | None = None) -> StockEntry:
    """Return the entry of a molecule or salt.

    Raises:
        InvalidSmilesError: It does not parse, or has no InChIKey: dummy atoms.
    """
    return StockEntry(smiles, inchikey(_neutralise(smiles)), name, price)


def make_stock(name: str, molecules: Iterable[str]) -> Stock:
    """Return a stock of molecules.

    Raises:
        InvalidSmilesError: One does not parse.
    """
    return Stock(name, tuple(make_entry(smiles) for smiles in molecules))


def _neutralise(smiles: str) -> str:
    """Return the neutral parent; a molecule without dots and charges is its own, which is most of them."""
    is_plain = "." not in smiles and _CHARGE.search(smiles) is None
    return smiles if is_plain else analyze_composition(smiles).parent_neutral


def _group(entries: Iterable[StockEntry]) -> dict[str, list[StockEntry]]:
    grouped: dict[str, list[StockEntry]] = {}
    for one in entries:
        grouped.setdefault(connectivity_part(one.key), []).append(one)
    for same in grouped.values():
        same.sort(key=lambda one: float("inf") if one.price is None else one.price)
    return grouped


@lru_cache(maxsize=100_000)
def write_key(smiles: str) -> str | None:
    """Return the InChIKey of a molecule's neutral parent; None of what InChI does not describe."""
    try:
        return inchikey(_neutralise(smiles))
    except AnyMolError:
        return None


def _is_inorganic(smiles: str) -> bool:
    atoms: Iterator[int] = (atom.GetAtomicNum() for atom in parse_smiles(smiles).GetAtoms())
    numbers = list(atoms)
    return _CARBON not in numbers and len(numbers) <= _LARGEST_INORGANIC


def _say_form(entry: StockEntry, smiles: str) -> str | None:
    if "." in entry.smiles:
        return f"listed as the salt or mixture {entry.smiles}"
    return f"an ion of {entry.smiles}" if _CHARGE.search(smiles) and not _CHARGE.search(entry.smiles) else None

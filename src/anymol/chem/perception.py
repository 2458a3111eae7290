"""The molecule of atoms of which only elements and places are known: bonds, charge and unpaired electrons.

Bonds come from distances (:mod:`anymol.chem.connectivity`), orders and charges from an integer programme
(:mod:`anymol.chem.bond_orders`). Where the total charge is not given, a neutral molecule is written if there is a sane
one. An odd number of electrons then makes a radical, but for those groups that are met as ions only (carboxylates,
thiolates of heterocycles, amidiniums). What else would fit, and why it was not taken, is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from rdkit import Chem, rdBase

from anymol.chem.bond_orders import CHARGE_PRICE, LewisStructure, Programme, Skeleton, State
from anymol.chem.configuration import assign_configurations
from anymol.chem.connectivity import find_bonds, find_doubtful
from anymol.chem.limits import run_limited
from anymol.chem.parsing import write_canonical
from anymol.errors import ConformerError

PERCEPTION_SECONDS: Final = 20.0
"""Time that one molecule may take."""

MAX_ATOMS: Final = 500
"""Most atoms whose bonds are perceived."""

_MOST_UNPAIRED: Final = 2
"""Most unpaired electrons of a molecule; more are left where hydrogens are missing."""

_MOST_STARVED: Final = 2
"""Most carbons of a molecule that lack a bond or are bent at a triple one: those of an aryne or a biradical."""

_AMIDINIUM: Final = 1.375
"""Longest bond, in angstrom, of carbon and nitrogen that share a double bond and a charge (pyridinium 1.34, guanidinium
1.33); beside an unpaired electron it has 1.38 or more."""

_SETTLED: Final = (0, 1, -1, 2, -2)
"""Total charges that are tried where only the number of unpaired electrons is known."""

_TOO_LONG: Final = {"CC": 0.2, "CN": 0.2, "CO": 0.2, "NN": 0.2, "NO": 0.27, "OO": 0.27}
"""How much longer, in angstrom, than usual a double or triple bond of two elements cannot be: hydrogens are missing."""

_MOST_NAMED: Final = 3
"""Most doubtful distances that a note names."""

_LONE_PAIRED: Final = frozenset({"N", "O", "F"})
_ORDER_NAMES: Final = {2: "double", 3: "triple"}
_SPREAD: Final = (
    "the charge and the unpaired electron of a radical ion are spread over the molecule: they are written at one of "
    "several places that fit, and what depends on the place is not settled"
)
_HYDROGENS: Final = "give the charge, and check that all hydrogens are there"

_ORDERS: Final = {1: Chem.BondType.SINGLE, 2: Chem.BondType.DOUBLE, 3: Chem.BondType.TRIPLE}


@dataclass(frozen=True)
class PerceivedMolecule:
    """What atoms in space were taken for.

    Attributes:
        smiles: Canonical SMILES, with the stereochemistry of the coordinates.
        charge: Total charge.
        unpaired: Unpaired electrons.
        notes: Why this charge, and what else would fit.
    """

    smiles: str
    charge: int
    unpaired: int
    notes: tuple[str, ...] = ()


def perceive_molecule(
    numbers: Sequence[int],
    coordinates: Sequence[Sequence[float]],
    charge: int | None = None,
    *,
    multiplicity: int | None = None,
    isotopes: Sequence[int] = (),
) -> PerceivedMolecule:
    """Return the molecule that some atoms make, perceived in a process that can be stopped.

    Args:
        numbers: Atomic numbers, shape (V,).
        coordinates: Shape (V, 3), angstrom.
        charge: Total charge, elementary charges; None finds out.
        multiplicity: Spin multiplicity, where it is known: 1 for closed shells, 2 for one unpaired electron.
        isotopes: Mass number of each atom, 0 where it is the natural mixture; empty for all 0.

    Raises:
        ConformerError: No sane bonds fit, or charge and multiplicity contradict the number of electrons.
        TimeLimitError: It took too long.
    """
    found = run_limited(
        perceive,
        [int(number) for number in numbers],
        [[float(value) for value in place] for place in coordinates],
        charge,
        multiplicity,
        [int(isotope) for isotope in isotopes],
        seconds=PERCEPTION_SECONDS,
    )
    return PerceivedMolecule(**{**found, "notes": tuple(found["notes"])})


def perceive(
    numbers: list[int],
    coordinates: list[list[float]],
    charge: int | None,
    multiplicity: int | None,
    isotopes: list[int],
) -> dict[str, Any]:
    """Return the fields of a :class:`PerceivedMolecule`; see :func:`perceive_molecule`."""
    if not 0 < len(numbers) <= MAX_ATOMS:
        raise ConformerError(f"there are {len(numbers)} atoms", hint=f"bonds of 1 to {MAX_ATOMS} are perceived")
    places = np.array(coordinates, np.float64)
    table = Chem.GetPeriodicTable()
    symbols = [table.GetElementSymbol(number) for number in numbers]
    if len(numbers) == 1:
        return asdict(_describe_lone(symbols[0], numbers[0], charge, isotopes))
    electrons = sum(numbers)
    if charge is not None and multiplicity is not None and (electrons - charge - multiplicity) % 2 == 0:
        odd = "an odd" if (electrons - charge) % 2 else "an even"
        raise ConformerError(
            f"multiplicity {multiplicity} contradicts charge {_sign(charge)}, which leaves {odd} number of electrons",
            hint="correct one of them",
        )
    skeleton = Skeleton(symbols, find_bonds(np.array(numbers), places), places)
    asked = _Asked(skeleton, isotopes, Programme(skeleton))
    if charge is not None:
        return asdict(asked.write_given(charge))
    return asdict(asked.write_perceived(None if multiplicity is None else (electrons - multiplicity + 1) % 2))


class _Asked:
    """One molecule whose bonds are asked for."""

    def __init__(self, skeleton: Skeleton, isotopes: list[int], programme: Programme) -> None:
        self._skeleton = skeleton
        self._isotopes = isotopes
        self._programme = programme

    def write_given(self, charge: int) -> PerceivedMolecule:
        """Return the molecule of a known charge."""
        structure = self._programme.solve(charge)
        problem = f"none with charge {_sign(charge)}" if structure is None else self._find_problem(structure)
        if structure is None or problem:
            other = self._programme.solve(None)
            fits = other is not None and other.charge != charge and not self._find_problem(other)
            raise ConformerError(
                f"no sane bonds fit the coordinates: {problem}",
                hint=f"charge {_sign(other.charge)} would fit" if fits and other else _HYDROGENS,
            )
        unpaired = "an electron stays" if structure.unpaired == 1 else f"{structure.unpaired} electrons stay"
        notes = (f"with charge {_sign(charge)} {unpaired} unpaired: a radical",) if structure.unpaired else ()
        return self._finish(structure, notes)

    def write_perceived(self, parity: int | None) -> PerceivedMolecule:
        """Return the molecule of an unknown charge, which is even (parity 0) or odd (1) where that is known."""
        if parity is None:
            structure = self._programme.solve(None)
        else:
            fits = [self._programme.solve(charge) for charge in _SETTLED if charge % 2 == parity]
            structure = min(
                (one for one in fits if one), key=lambda one: one.cost + CHARGE_PRICE * abs(one.charge), default=None
            )
        problem = "no valences do" if structure is None else self._find_problem(structure)
        if structure is None or problem:
            raise ConformerError(f"no sane bonds fit the coordinates: {problem}", hint=_HYDROGENS)
        ion = self._find_ion(structure) if parity is None and structure.unpaired else None
        return self._finish(ion or structure, self._explain(ion or structure))

    def _find_ion(self, radical: LewisStructure) -> LewisStructure | None:
        """Return the closed-shell ion of a radical, where its bonds or the place of its charge tell that it is one."""
        anion, cation = (self._programme.solve(radical.charge + change) for change in (-1, 1))
        ions = [ion for ion in (anion, cation) if ion is not None and not ion.unpaired]
        if radical.charge % 2 and ions:
            # The neutral molecule has an even number of electrons, so that all can be paired.
            return min(ions, key=lambda ion: (ion.cost, abs(ion.charge)))
        if anion is not None and not anion.unpaired:
            charged = [atom for atom, state in enumerate(anion.states) if state.charge < 0]
            if any(self._skeleton.is_acidic(atom) and radical.states[atom].charge >= 0 for atom in charged):
                return anion
        sites = {self._skeleton.symbols[atom] for atom, state in enumerate(radical.states) if state.unpaired}
        if cation is None or cation.unpaired or sites != {"C"}:
            return None
        for bond, order, before in zip(self._skeleton.bonds, cation.orders, radical.orders, strict=True):
            symbols = {self._skeleton.symbols[atom] for atom in bond}
            gains = any(cation.states[atom].charge > radical.states[atom].charge for atom in bond)
            is_formed = symbols == {"C", "N"} and gains and (before, order) == (1, 2)
            if is_formed and self._skeleton.measure_length(bond) <= _AMIDINIUM:
                return cation
        return None

    def _explain(self, structure: LewisStructure) -> tuple[str, ...]:
        """Return why a charge was taken that was not given, and what fits instead."""
        charge, unpaired = structure.charge, structure.unpaired
        if charge:
            neutral = self._show(0)
            instead = f"neutral it would be {neutral}, met as this ion" if neutral else "no neutral molecule fits"
            return (
                f"bonds and the charge of {charge:+d} are perceived from distances: {instead}; "
                "state the charge to settle it",
            )
        if not unpaired:
            return (
                "bonds are perceived from distances; no charge is stated, and the neutral molecule has closed shells",
            )
        ions = [f"{ion} (charge {other:+d})" for other in (1, -1) if (ion := self._show(other))]
        odd = "the number of electrons is odd" if unpaired % 2 else f"{unpaired} electrons stay unpaired"
        return (
            f"bonds are perceived from distances; no charge is stated, and {odd}: the neutral molecule is a radical"
            + (f", though {' and '.join(ions)} would fit too; state the charge to settle it" if ions else ""),
        )

    def _show(self, charge: int) -> str | None:
        """Return the SMILES of a charge; None where no sane bonds fit it."""
        structure = self._programme.solve(charge)
        if structure is None or self._find_problem(structure):
            return None
        try:
            return self._write(structure)
        except ConformerError:
            return None

    def _find_problem(self, structure: LewisStructure) -> str | None:
        """Return what no molecule would have; None where all is usual enough."""
        symbols, neighbours = self._skeleton.symbols, self._skeleton.neighbours
        if structure.unpaired > _MOST_UNPAIRED:
            return f"{structure.unpaired} electrons would stay unpaired"
        starved: list[State] = []
        for atom, (symbol, state) in enumerate(zip(symbols, structure.states, strict=True)):
            if symbol == "C" and (state.is_bent or state.unpaired or (state.gaps and not state.charge)):
                starved.append(state._replace(cost=0.0))
            elif state.gaps and symbol in _LONE_PAIRED and neighbours[atom]:
                return f"{symbol} (atom {atom + 1}) would lack electrons"
        if "H" not in symbols and (len(starved) > 1 or any(not state.unpaired for state in starved)):
            return "there are no hydrogens, and without them the carbons make no sane molecule"
        if len(starved) > _MOST_STARVED or len(set(starved)) > 1 or any(one.gaps and one.bonds < 2 for one in starved):
            return f"{len(starved)} carbons would lack bonds"
        ends = [atom for atom, near in enumerate(neighbours) if symbols[atom] == "C" and len(near) == 1]
        if any(structure.states[atom].gaps and not structure.states[atom].charge for atom in ends):
            return "a carbon at an end would make two bonds only"
        for bond, order in zip(self._skeleton.bonds, structure.orders, strict=True):
            long = self._skeleton.measure_misfits(bond)[order - 1]
            pair = "".join(sorted(symbols[atom] for atom in bond))
            if order > 1 and long > _TOO_LONG.get(pair, np.inf):
                length = self._skeleton.measure_length(bond)
                names = "-".join(f"{symbols[atom]}{atom + 1}" for atom in bond)
                return f"the bond {names} of {length:.2f} angstrom would have to be {_ORDER_NAMES[order]}"
        return None

    def _finish(self, structure: LewisStructure, notes: tuple[str, ...]) -> PerceivedMolecule:
        numbers = np.array([Chem.GetPeriodicTable().GetAtomicNumber(symbol) for symbol in self._skeleton.symbols])
        doubtful = find_doubtful(numbers, self._skeleton.coordinates, self._skeleton.bonds)
        if doubtful:
            named = [
                f"{'-'.join(f'{self._skeleton.symbols[atom]}{atom + 1}' for atom in pair)} "
                f"({'bonded' if pair in self._skeleton.bonds else 'not bonded'}, "
                f"{self._skeleton.measure_length(pair):.2f})"
                for pair in doubtful[:_MOST_NAMED]
            ]
            more = ", ..." if len(doubtful) > _MOST_NAMED else ""
            notes += (f"distances between a bond and none, in angstrom: {', '.join(named)}{more}",)
        if structure.charge and structure.unpaired:
            notes += (_SPREAD,)
        return PerceivedMolecule(self._write(structure), structure.charge, structure.unpaired, notes)

    def _write(self, structure: LewisStructure) -> str:
        """Return the canonical SMILES of a structure.

        Raises:
            ConformerError: RDKit refuses its valences.
        """
        mol = Chem.RWMol()
        for number, (symbol, state) in enumerate(zip(self._skeleton.symbols, structure.states, strict=True)):
            atom = Chem.Atom(symbol)
            atom.SetFormalCharge(state.charge)
            atom.SetNumRadicalElectrons(state.unpaired)
            atom.SetNoImplicit(True)
            atom.SetIsotope(self._isotopes[number] if self._isotopes else 0)
            mol.AddAtom(atom)
        for bond, order in zip(self._skeleton.bonds, structure.orders, strict=True):
            mol.AddBond(*bond, _ORDERS[order])
        conformer = Chem.Conformer(mol.GetNumAtoms())
        for number, place in enumerate(self._skeleton.coordinates):
            conformer.SetAtomPosition(number, place.tolist())
        mol.AddConformer(conformer)
        with rdBase.BlockLogs():
            try:
                Chem.SanitizeMol(mol)
                assign_configurations(mol)
                for atom in filter(_has_equal_ends, mol.GetAtoms()):
                    atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
                return write_canonical(Chem.RemoveHs(mol))
            except ValueError as error:
                raise ConformerError(f"no sane bonds fit the coordinates: {str(error).splitlines()[0]}") from None


def _sign(charge: int) -> str:
    """Return a charge with its sign; 0 has none."""
    return f"{charge:+d}" if charge else "0"


def _has_equal_ends(atom: Chem.Atom) -> bool:
    """Whether an atom bears two oxygens, or sulfurs, that differ in a structure on paper only, as in phosphates."""
    ends = [one.GetAtomicNum() for one in atom.GetNeighbors() if one.GetDegree() == 1 and one.GetAtomicNum() in (8, 16)]
    return len(set(ends)) < len(ends)


def _describe_lone(symbol: str, number: int, given: int | None, isotopes: list[int]) -> PerceivedMolecule:
    """Return a single atom, which carries the charge itself and gets no hydrogens."""
    charge = given or 0
    isotope = str(isotopes[0]) if isotopes and isotopes[0] else ""
    sign = "" if not charge else f"{'+' if charge > 0 else '-'}{abs(charge) if abs(charge) > 1 else ''}"
    notes = ("a single atom; no charge is stated, and it is taken to be neutral",) if given is None else ()
    return PerceivedMolecule(f"[{isotope}{symbol}{sign}]", charge, (number - charge) % 2, notes)

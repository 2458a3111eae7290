"""What the network looks at: how often each fragment stands in a molecule, and the orbitals of its pi electrons.

Fragments are written as texts of elements, hybridisations, hydrogens, charges, bond orders and distances, so that they
are the same under every version of RDKit that perceives the molecule alike. What they are is a part of the network's
file: :data:`VERSION` is raised when a fragment is written otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from anymol.chem.parsing import parse_smiles

VERSION: Final = 1
ELEMENTS: Final = (1, 6, 7, 8, 9)
"""Atomic numbers of the atoms that each have a contribution of their own."""
_ORDERS: Final = {1.0: "-", 1.5: ":", 2.0: "=", 3.0: "#"}
N_ORBITALS: Final = 7
_NO_PI: Final = (-5.0, 3.0, 8.0, -5.0, 3.0, 0.0, 0.0)
"""What stands for the orbitals of a molecule without pi electrons: one far below all others, and one far above."""
# Hueckel's alpha of an atom, in units of beta from that of carbon, and beta of a bond (Streitwieser 1961, rounded).
_IN_DOUBLE_BOND: Final = {6: 0.0, 7: 0.5, 8: 1.0, 9: 3.0}
_LONE_PAIR: Final = {7: 1.5, 8: 2.0, 9: 3.0}
_RESONANCE: Final = {1.0: 0.8, 1.5: 1.0, 2.0: 1.1, 3.0: 1.3}


def describe_fragments(smiles: Sequence[str], fragments: Sequence[str]) -> NDArray[np.float32]:
    """Return what the network looks at: orbitals, then the counts of some fragments, shape (n, 7 + F).

    Raises:
        InvalidSmilesError: A SMILES is invalid.
    """
    places = {fragment: N_ORBITALS + place for place, fragment in enumerate(fragments)}
    described = np.zeros((len(smiles), N_ORBITALS + len(fragments)), np.float32)
    for row, one in enumerate(smiles):
        mol = parse_smiles(one)
        described[row, :N_ORBITALS] = list_orbitals(mol)
        for fragment, count in count_fragments(mol).items():
            if fragment in places:
                described[row, places[fragment]] = count
    return described


def count_elements(smiles: Sequence[str]) -> NDArray[np.float64]:
    """Return how many atoms of each of :data:`ELEMENTS` molecules have, shape (n, 5).

    Raises:
        InvalidSmilesError: A SMILES is invalid.
    """
    counts = np.zeros((len(smiles), len(ELEMENTS)))
    for row, one in enumerate(smiles):
        for atom in parse_smiles(one).GetAtoms():
            counts[row, 0] += atom.GetTotalNumHs()
            if atom.GetAtomicNum() in ELEMENTS:
                counts[row, ELEMENTS.index(atom.GetAtomicNum())] += 1
    return counts


def count_fragments(mol: Chem.Mol) -> Counter[str]:
    """Return how often each fragment stands in a molecule without explicit hydrogens.

    Fragments are atoms, pairs of atoms at a distance in bonds, atoms with their neighbours and with those of these,
    chains of four atoms, and rings.
    """
    kinds = [_write_atom(atom) for atom in mol.GetAtoms()]
    symbols = [atom.GetSymbol().lower() if atom.GetIsAromatic() else atom.GetSymbol() for atom in mol.GetAtoms()]
    bonds: list[list[tuple[str, int]]] = [[] for _ in kinds]
    for bond in mol.GetBonds():
        order, one, other = _ORDERS.get(bond.GetBondTypeAsDouble(), "~"), bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        bonds[one].append((order, other))
        bonds[other].append((order, one))
    counts = Counter(kinds)
    distances = Chem.GetDistanceMatrix(mol).astype(int).tolist()
    for one, kind in enumerate(kinds):
        for other in range(one):
            low, high = sorted((kind, kinds[other]))
            counts[f"{low}{distances[one][other]}{high}"] += 1
    near = [",".join(sorted(f"{order}{symbols[other]}" for order, other in found)) for found in bonds]
    for one, found in enumerate(bonds):
        counts[f"{kinds[one]}({','.join(sorted(f'{order}{kinds[other]}' for order, other in found))})"] += 1
        counts[
            f"{symbols[one]}[{';'.join(sorted(f'{order}{symbols[other]}({near[other]})' for order, other in found))}]"
        ] += 1
    for chain in _list_chains(symbols, bonds):
        counts[chain] += 1
    for ring in mol.GetRingInfo().AtomRings():
        counts[f"ring{len(ring)}"] += 1
        counts[f"ring{len(ring)}{''.join(sorted(symbols[one] for one in ring))}"] += 1
    return counts


def _write_atom(atom: Chem.Atom) -> str:
    symbol = atom.GetSymbol().lower() if atom.GetIsAromatic() else atom.GetSymbol()
    charge = {-1: "-", 0: "", 1: "+"}.get(atom.GetFormalCharge(), "*")
    return f"{symbol}{int(atom.GetHybridization())}h{atom.GetTotalNumHs()}{charge}"


def _list_chains(symbols: Sequence[str], bonds: Sequence[Sequence[tuple[str, int]]]) -> list[str]:
    """Return the chains of four different atoms, each once, written from the end that comes first."""
    chains = []
    for second, found in enumerate(bonds):
        for middle, third in found:
            if third < second:
                continue
            for begin, first in found:
                for end, fourth in bonds[third]:
                    if first != third and fourth not in (second, first):
                        chain = [symbols[first], begin, symbols[second], middle, symbols[third], end, symbols[fourth]]
                        chains.append("".join(min(chain, chain[::-1])))
    return chains


def list_orbitals(mol: Chem.Mol) -> tuple[float, ...]:
    """Return what Hueckel's method says of the pi electrons, in units of beta.

    Returns:
        The energies of the highest occupied and the lowest unoccupied orbital, their difference, the next lower
        occupied and the next higher unoccupied one, the sum over the occupied ones, and the number of atoms.
    """
    alphas: dict[int, float] = {}
    electrons = 0
    for atom in mol.GetAtoms():
        number = atom.GetAtomicNum()
        if any(bond.GetBondType() != Chem.BondType.SINGLE for bond in atom.GetBonds()):
            alphas[atom.GetIdx()] = _IN_DOUBLE_BOND.get(number, 0.0) + atom.GetFormalCharge()
            electrons += 1
        elif number in _LONE_PAIR:
            alphas[atom.GetIdx()] = _LONE_PAIR[number] + atom.GetFormalCharge()
            electrons += 2
    if not alphas:
        return _NO_PI
    places = {atom: place for place, atom in enumerate(alphas)}
    matrix = np.diag(np.array(list(alphas.values())))
    for bond in mol.GetBonds():
        one, other = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if one in places and other in places:
            matrix[places[one], places[other]] = matrix[places[other], places[one]] = _RESONANCE.get(
                bond.GetBondTypeAsDouble(), 1.0
            )
    levels = np.linalg.eigvalsh(-matrix)
    filled = min(electrons // 2, len(levels))
    below, _, _, second, _, _, _ = _NO_PI
    _, above, _, _, next_above, _, _ = _NO_PI
    highest = float(levels[filled - 1]) if filled else below
    lowest = float(levels[filled]) if filled < len(levels) else above
    return (
        highest,
        lowest,
        lowest - highest,
        float(levels[filled - 2]) if filled > 1 else second,
        float(levels[filled + 1]) if filled + 1 < len(levels) else next_above,
        float(levels[:filled].sum()),
        float(len(levels)),
    )

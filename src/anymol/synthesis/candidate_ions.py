"""The ions that fragments make: each fragment with each shift of hydrogens, gathered into peaks of one formula.

Hydrogens move freely within a range of shifts, because rearrangement moves them faster than bonds break. Masses are
exact, of the isotopes written.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anymol.chem.formula import write_formula
from anymol.modalities.adduct import ELECTRON, HYDROGEN, SODIUM, Adduct
from anymol.synthesis.fragmentation import Fragments, Skeleton

SHIFTS: tuple[int, ...] = (-4, -3, -2, -1, 0, 1, 2, 3)
"""Hydrogens that a fragment may have beside its own and those of the adduct; loss of H2 more often comes twice."""

CARRIERS: dict[Adduct, tuple[int, int, int]] = {
    Adduct.M_H: (1, 0, 1),
    Adduct.M_NA: (0, 1, 1),
    Adduct.M_NEG_H: (-1, 0, -1),
}
"""Adduct -> hydrogens and sodiums that it adds, and its charge (elementary charges)."""


@dataclass(frozen=True)
class Candidates:
    """Ions of one adduct: pairs of fragment and shift, gathered into peaks of one formula each.

    Attributes:
        fragment: Shape (C,), int64, row in `Fragments`.
        shift: Shape (C,), int64, position in `SHIFTS`.
        peak: Shape (C,), int64, row of `mz`.
        mz: Shape (P,), float64, exact mass over charge, Da, rising.
        formula: Shape (P, X), int64, heavy elements as in `Skeleton.elements`.
        hydrogens: Shape (P,), int64, hydrogens of the ion, the adduct's counted.
        precursor: Row of the peak of the unbroken ion.
        adduct: Which adduct.
    """

    fragment: NDArray[np.int64]
    shift: NDArray[np.int64]
    peak: NDArray[np.int64]
    mz: NDArray[np.float64]
    formula: NDArray[np.int64]
    hydrogens: NDArray[np.int64]
    precursor: int
    adduct: Adduct


def list_candidates(skeleton: Skeleton, fragments: Fragments, adduct: Adduct) -> Candidates:
    """Return the ions of an adduct: each fragment with each shift of hydrogens that is possible.

    An ion cannot hold more hydrogens than the precursor, nor fewer than none, nor more than two per heavy atom and four
    beside.
    """
    added, sodium, charge = CARRIERS[adduct]
    counts = fragments.inside.astype(np.int64) @ skeleton.composition
    own = fragments.inside.astype(np.int64) @ skeleton.hydrogens
    n_heavy = fragments.inside.sum(axis=1)
    total = int(skeleton.hydrogens.sum()) + added
    hydrogens = own[:, None] + added + np.array(SHIFTS)[None, :]
    possible = (hydrogens >= 0) & (hydrogens <= total) & (hydrogens <= 3 * n_heavy[:, None] + 2)
    fragment, shift = np.nonzero(possible)
    heavy, chosen = counts[fragment], hydrogens[fragment, shift]
    radix = np.concatenate([[1], np.cumprod(counts[0] + 1)])
    code = chosen * int(radix[-1]) + heavy @ radix[:-1]  # one integer per formula, the whole being the largest
    _, first, peak = np.unique(code, return_index=True, return_inverse=True)
    mz = heavy[first] @ skeleton.masses + chosen[first] * HYDROGEN + sodium * SODIUM - charge * ELECTRON
    order = np.argsort(mz, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    peak = place[peak]
    whole = int(np.nonzero((fragment == 0) & (np.array(SHIFTS)[shift] == 0))[0][0])
    return Candidates(
        fragment=fragment,
        shift=shift,
        peak=peak,
        mz=mz[order],
        formula=heavy[first][order],
        hydrogens=chosen[first][order],
        precursor=int(peak[whole]),
        adduct=adduct,
    )


def write_ion_formulas(skeleton: Skeleton, candidates: Candidates) -> list[str]:
    """Return the formula of each peak, without the charge, in Hill order (sodium counted, isotopes as in ``[2H]``)."""
    names = [f"[{isotope}{symbol}]" if isotope else symbol for symbol, isotope in skeleton.elements]
    sodium = CARRIERS[candidates.adduct][1]
    extra = {"Na": sodium} if sodium else {}
    rows = zip(candidates.formula.tolist(), candidates.hydrogens.tolist(), strict=True)
    return [_join(names, row, n_hydrogens, extra) for row, n_hydrogens in rows]


def write_loss_formulas(skeleton: Skeleton, candidates: Candidates) -> list[str]:
    """Return what each peak lacks of the precursor, as formulas in Hill order; empty for the precursor."""
    names = [f"[{isotope}{symbol}]" if isotope else symbol for symbol, isotope in skeleton.elements]
    whole = skeleton.composition.sum(axis=0)
    lost = (whole[None, :] - candidates.formula).tolist()
    hydrogens = (candidates.hydrogens[candidates.precursor] - candidates.hydrogens).tolist()
    return [_join(names, row, n_hydrogens, {}) for row, n_hydrogens in zip(lost, hydrogens, strict=True)]


def _join(names: list[str], row: list[int], n_hydrogens: int, extra: dict[str, int]) -> str:
    counts = {"H": n_hydrogens} if n_hydrogens else {}
    for name, count in (*zip(names, row, strict=True), *extra.items()):
        if count:
            counts[name] = counts.get(name, 0) + count
    return write_formula(counts)

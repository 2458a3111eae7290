"""Measured spectra matched with the ions that the fragmenter lists: what its intensities are fitted to.

Measured peaks are matched with candidate ions within 10 ppm or 3 mDa.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase

from anymol.modalities.adduct import Adduct
from anymol.synthesis.candidate_ions import list_candidates, write_ion_formulas, write_loss_formulas
from anymol.synthesis.fragmentation import Budget, enumerate_fragments, read_skeleton
from anymol.synthesis.ms2_features import choose_mode, describe_context, describe_fragments
from anymol.synthesis.ms2_measured import Measured

PPM: Final = 10.0
FLOOR_DA: Final = 0.003
BUDGET: Final = Budget(depth=3, max_cuts=300, max_fragments=1000)
MAX_ATOMS: Final = 70
_SEEN_IN: Final = 5
"""Fewest groups in which a formula is seen that is learnt by itself."""


class Target(NamedTuple):
    """What a spectrum shows.

    Attributes:
        peaks: Candidate peaks that it shows.
        heights: Their intensities.
        norm: Euclidean norm of all that was measured.
    """

    peaks: NDArray[np.int64]
    heights: NDArray[np.float64]
    norm: float


@dataclass
class Group:
    """All spectra of one molecule and adduct, with its F fragments, C candidates and P peaks.

    Attributes:
        features: Shape (F, D), uint8, of the fragments.
        fragment: Shape (C,), which fragment each candidate is.
        shift: Shape (C,), which shift of hydrogens.
        peak: Shape (C,), which peak it makes.
        n_peaks: P.
        mode: Row of the adduct's weights.
        ions: Formula of each peak.
        losses: Formula that each peak lacks of the precursor.
        contexts: Of each spectrum, shape (N,).
        targets: Of each spectrum.
        of_ion: Shape (P,), row of each peak's formula, once it is numbered.
        of_loss: Shape (P,), row of the formula that it lacks.
    """

    features: NDArray[np.uint8]
    fragment: NDArray[np.int32]
    shift: NDArray[np.int32]
    peak: NDArray[np.int32]
    n_peaks: int
    mode: int
    ions: Sequence[str]
    losses: Sequence[str]
    contexts: list[NDArray[np.float32]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    of_ion: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    of_loss: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    def number(self, ions: Mapping[str, int], losses: Mapping[str, int]) -> None:
        """Take the rows of the formulas, 0 for any that is not known, instead of their texts, which need much room."""
        self.of_ion = np.array([ions.get(text, 0) for text in self.ions], np.int32)
        self.of_loss = np.array([losses.get(text, 0) for text in self.losses], np.int32)
        self.ions = self.losses = ()


def group_spectra(measured: Iterable[Measured]) -> list[Group]:
    """Return the groups of a split; molecules that are too large, and spectra without a matched peak, are left out."""
    by_smiles: dict[str, list[Measured]] = defaultdict(list)
    for one in measured:
        by_smiles[one.smiles].append(one)
    groups = []
    for smiles, spectra in sorted(by_smiles.items()):
        with rdBase.BlockLogs():
            mol = Chem.MolFromSmiles(smiles)
        if not 2 <= mol.GetNumAtoms() <= MAX_ATOMS:
            continue
        skeleton = read_skeleton(mol)
        fragments = enumerate_fragments(mol, skeleton, BUDGET)
        features = describe_fragments(mol, skeleton, fragments)
        for adduct in sorted({one.spectrum.adduct or Adduct.M_H for one in spectra}):
            candidates = list_candidates(skeleton, fragments, adduct)
            group = Group(
                features,
                candidates.fragment.astype(np.int32),
                candidates.shift.astype(np.int32),
                candidates.peak.astype(np.int32),
                len(candidates.mz),
                choose_mode(adduct),
                write_ion_formulas(skeleton, candidates),
                write_loss_formulas(skeleton, candidates),
            )
            for one in (one for one in spectra if one.spectrum.adduct is adduct):
                target = match_peaks(one, candidates.mz)
                if target is not None:
                    precursor = float(candidates.mz[candidates.precursor])
                    group.contexts.append(describe_context(precursor, skeleton.n_atoms, adduct, one.energy))
                    group.targets.append(target)
            if group.targets:
                groups.append(group)
    return groups


def match_peaks(one: Measured, mz: NDArray[np.float64]) -> Target | None:
    """Return what a spectrum shows of candidate peaks, shape (P,), Da, rising; None where it shows none."""
    spectrum = one.spectrum
    right = (
        np.clip(np.searchsorted(mz, spectrum.mz), 1, len(mz) - 1) if len(mz) > 1 else np.zeros(spectrum.n_peaks, int)
    )
    left = np.maximum(right - 1, 0)
    near = np.where(np.abs(mz[left] - spectrum.mz) < np.abs(mz[right] - spectrum.mz), left, right)
    fits = np.abs(mz[near] - spectrum.mz) <= np.maximum(spectrum.mz * PPM * 1e-6, FLOOR_DA)
    heights = np.bincount(near[fits], spectrum.intensity[fits]).astype(np.float64)
    peaks = np.nonzero(heights)[0]
    return Target(peaks, heights[peaks], float(np.linalg.norm(spectrum.intensity))) if len(peaks) else None


def number_formulas(groups: Iterable[Group], most: int) -> tuple[dict[str, int], dict[str, int]]:
    """Return the formulas of ions and of losses that are seen in most groups, each with its row, from 1.

    Of formulas that are seen equally often the first of the alphabet is taken, so that rows repeat from run to run.
    """
    seen: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for group in groups:
        rows = {int(peak) for target in group.targets for peak in target.peaks}
        for counter, texts in zip(seen, (group.ions, group.losses), strict=True):
            counter.update({texts[row] for row in rows})
    ions, losses = (
        sorted(text for text, count in sorted(counter.items(), key=_by_count)[:most] if count >= _SEEN_IN and text)
        for counter in seen
    )
    return {text: row for row, text in enumerate(ions, 1)}, {text: row for row, text in enumerate(losses, 1)}


def _by_count(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]

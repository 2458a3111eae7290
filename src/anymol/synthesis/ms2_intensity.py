"""How high is each peak? A small network scores every candidate ion; a softmax over all of them shares the intensity.

Competing ions share one precursor, as in CFM-ID (Allen, Greiner and Wishart, Metabolomics 2015, 11, 98; Wang et al.,
Anal. Chem. 2021, 93, 11692); scoring hydrogen shifts of a fragment by one head each follows ICEBERG (Goldman, Li and
Coley, Anal. Chem. 2024, 96, 3419). With x a fragment's features and c the context (energy, mass, adduct):

    h1 = relu(W1 x + U1 c),  h2 = relu(W2 h1 + U2 c),  z[shift] = W3 h2 + b3
    p(peak) = softmax over peaks of (log sum over its candidates exp z + B_ion[formula] c' + B_loss[lost formula] c')

c' are three entries of c; B_ion and B_loss know the common ions (tropylium ...) and losses (water ...). W1 is shared;
all else is one set per sign of the ions. The weights ship beside this file as float16, with where they come from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anymol.chem.formula import count_formula
from anymol.errors import CheckpointError
from anymol.files import hash_file, require_regular, staged_file
from anymol.shipped import find_shipped
from anymol.synthesis.candidate_ions import CARRIERS, SHIFTS, Candidates
from anymol.synthesis.fragmentation import Skeleton
from anymol.synthesis.ms2_features import N_CONTEXT, N_FEATURES, VERSION, choose_mode

WEIGHTS_FILE = Path(__file__).with_name("ms2_intensity.npz")

BASIS: tuple[int, ...] = (0, 4, 6)
"""Entries of the context that the biases of ions and losses depend on: constant, log energy per atom, low energy."""

MODES = 2
"""Sets of weights: positive and negative ions."""

_ARRAYS = ("W1", "U1", "W2", "U2", "W3", "b3", "B_ion", "B_loss")


@dataclass(frozen=True, eq=False)
class IntensityModel:
    """The weights, float32, with H1 and H2 hidden units, I known ions and J known losses.

    Attributes:
        weights: ``W1`` (D, H1); ``U1`` (2, N, H1); ``W2`` (2, H1, H2); ``U2`` (2, N, H2); ``W3`` (2, H2, S); ``b3``
            (2, S); ``B_ion`` (2, I + 1, 3); ``B_loss`` (2, J + 1, 3); row 0 of the last two is any other formula.
        ions: Formula of an ion -> row of ``B_ion``.
        losses: Formula of a loss -> row of ``B_loss``.
        provenance: What the weights were fitted on, and how.
    """

    weights: Mapping[str, NDArray[np.float32]]
    ions: Mapping[str, int]
    losses: Mapping[str, int]
    provenance: Mapping[str, Any]

    def embed(self, features: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the first layer without its context, shape (F, H1); the same for all spectra of a molecule."""
        hidden: NDArray[np.float32] = scale_features(features) @ self.weights["W1"]
        return hidden

    def find_rows(self, skeleton: Skeleton, candidates: Candidates) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows of ``B_ion`` and ``B_loss`` for each peak's formula and lost formula, shape (P,) each.

        The known formulas are looked for among the peaks, by integers, because writing every peak's formula takes
        longer than all the rest.
        """
        whole = skeleton.composition.sum(axis=0)
        n_hydrogens = candidates.hydrogens[candidates.precursor]
        sodium = CARRIERS[candidates.adduct][1]
        lost, lost_hydrogens = whole - candidates.formula, n_hydrogens - candidates.hydrogens
        return (
            _look_up(self._known_ions, skeleton, candidates.formula, candidates.hydrogens, sodium),
            _look_up(self._known_losses, skeleton, lost, lost_hydrogens, 0),
        )

    @cached_property
    def _known_ions(self) -> _Known:
        return _count_known(self.ions)

    @cached_property
    def _known_losses(self) -> _Known:
        return _count_known(self.losses)

    def predict(
        self,
        embedded: NDArray[np.float32],
        candidates: Candidates,
        rows: tuple[NDArray[np.int64], NDArray[np.int64]],
        context: NDArray[np.float32],
    ) -> NDArray[np.float64]:
        """Return the share of the intensity of each peak, shape (P,), float64, sum 1.

        Args:
            embedded: Of :meth:`embed`, shape (F, H1).
            candidates: Of one adduct.
            rows: Of :meth:`find_rows`.
            context: Of :func:`describe_context`, shape (N,).
        """
        mode = choose_mode(candidates.adduct)
        w = self.weights
        hidden = np.maximum(embedded + context @ w["U1"][mode], 0)
        hidden = np.maximum(hidden @ w["W2"][mode] + context @ w["U2"][mode], 0)
        scores = hidden @ w["W3"][mode] + w["b3"][mode]
        each = scores[candidates.fragment, candidates.shift].astype(np.float64)
        top = np.full(len(candidates.mz), -np.inf)
        np.maximum.at(top, candidates.peak, each)
        summed = np.bincount(candidates.peak, np.exp(each - top[candidates.peak]), len(top))
        basis = context[list(BASIS)].astype(np.float64)
        logits = top + np.log(summed) + w["B_ion"][mode][rows[0]] @ basis + w["B_loss"][mode][rows[1]] @ basis
        shares = np.exp(logits - logits.max())
        return np.asarray(shares / shares.sum(), np.float64)


_Known = tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.int64]]
"""Elements, counts of shape (I, elements), and rows of shape (I,)."""


def _count_known(formulas: Mapping[str, int]) -> _Known:
    parsed = [count_formula(text) for text in formulas]
    elements = tuple(sorted({"H", "Na"}.union(*parsed)))
    counts = np.array([[one[element] for element in elements] for one in parsed], np.int64)
    return elements, counts.reshape(-1, len(elements)), np.array(list(formulas.values()), np.int64)


def _look_up(
    known: _Known, skeleton: Skeleton, heavy: NDArray[np.int64], hydrogens: NDArray[np.int64], sodium: int
) -> NDArray[np.int64]:
    """Return the row of each formula that is known, 0 for others."""
    elements, counts, values = known
    names = [f"[{isotope}{symbol}]" if isotope else symbol for symbol, isotope in skeleton.elements]
    most = heavy.max(axis=0, initial=0)
    radix = np.concatenate([[1], np.cumprod(most + 1)])
    # An explicit hydrogen ([H][H]) is an atom of the skeleton, and none of the hydrogens of a formula.
    digits = np.zeros((len(counts), len(names)), np.int64)
    fits = counts[:, elements.index("Na")] == sodium
    for column, element in enumerate(elements):
        if element in names and element != "H":
            digits[:, names.index(element)] = counts[:, column]
        elif element not in ("H", "Na"):
            fits &= counts[:, column] == 0
    fits &= (digits <= most).all(axis=1)
    codes = counts[fits, elements.index("H")] * int(radix[-1]) + digits[fits] @ radix[:-1]
    rows = np.zeros(len(heavy), np.int64)
    if not len(codes):
        return rows
    order = np.argsort(codes, kind="stable")
    codes, values = codes[order], values[fits][order]
    own = hydrogens * int(radix[-1]) + heavy @ radix[:-1]
    place = np.minimum(np.searchsorted(codes, own), len(codes) - 1)
    return np.where(codes[place] == own, values[place], rows)


def scale_features(features: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return square roots of counts (the second of a kind says less than the first), shares (255ths) of equal size."""
    return np.asarray(_ROOTS[features], np.float32)


_ROOTS = (np.sqrt(np.arange(256)) / 2).astype(np.float32)


def write_model(path: Path, model: IntensityModel) -> None:
    """Write the weights as float16 with their formulas and provenance; read back by :func:`read_model`."""
    about = {
        "schema": 1,
        "features": VERSION,
        "ions": list(model.ions),
        "losses": list(model.losses),
        "provenance": dict(model.provenance),
    }
    arrays = {name: np.asarray(model.weights[name], np.float16) for name in _ARRAYS}
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    with staged_file(path) as draft, draft.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, about=text, **arrays)


@cache
def hash_weights() -> str:
    """Return the first eight digits of the sha256 of the weights that ship."""
    return hash_file(WEIGHTS_FILE)[:8]


def read_model(path: Path) -> IntensityModel:
    """Return the weights of a file.

    Raises:
        CheckpointError: The file is missing, damaged, or fitted on other features than those of this version.
    """
    try:
        require_regular(path)
        with np.load(path, allow_pickle=False) as stored:
            about = json.loads(bytes(stored["about"]))
            weights = {name: stored[name].astype(np.float32) for name in _ARRAYS}
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise CheckpointError(f"the intensity model cannot be read: {error}", value=path) from error
    fits = weights["W1"].shape[0] == N_FEATURES and weights["U1"].shape[:2] == (MODES, N_CONTEXT)
    if about.get("features") != VERSION or not fits or weights["W3"].shape[-1] != len(SHIFTS):
        raise CheckpointError(
            "the intensity model was fitted on other features",
            value=path,
            hint="fit it anew: anymol train recipes/ms2_intensities.yaml",
        )
    return IntensityModel(
        weights,
        {text: row for row, text in enumerate(about["ions"], 1)},
        {text: row for row, text in enumerate(about["losses"], 1)},
        about["provenance"],
    )


@cache
def load_intensity_model() -> IntensityModel:
    """Return the model that ships with the package.

    Raises:
        InstallationError: It is missing or damaged.
    """
    return read_model(find_shipped("synthesis/ms2_intensity.npz"))

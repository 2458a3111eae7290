from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anymol.errors import DataError
from anymol.retrieval.computed_properties.fragments import N_ORBITALS, VERSION
from anymol.retrieval.computed_properties.network import FragmentNetwork, read_network, write_network
from anymol.retrieval.measured_properties.predictor import Domain, PredictorCard, PredictorsCard
from anymol.retrieval.measured_properties.store import ValueKind

NAMES = ("total_energy:B3LYP", "dipole_moment:B3LYP")
CARDS = tuple(
    PredictorCard(
        name=name,
        kind=ValueKind.NUMBER,
        n=2,
        calibrated_on=2,
        domain=Domain(elements=(6, 8), heaviest=9, similarity=0.2, is_closed=True),
        figures={"val_mae": 1.0},
    )
    for name in NAMES
)


def make_network() -> FragmentNetwork:
    """Return one that counts methyl groups: silu(silu(1)) of each is added to the second property."""
    first = np.zeros((N_ORBITALS + 1, 1), np.float32)
    first[N_ORBITALS] = 1.0
    atoms = np.array([[-0.5, 0], [-38.0, 0], [-54.0, 0], [-75.0, 0], [-99.0, 0], [0.25, 1.0]])
    ones, none = np.ones((1, 1), np.float32), np.zeros(1, np.float32)
    weights = (first, ones, np.array([[0.0, 1.0]], np.float32))
    return FragmentNetwork(("C4h3",), atoms, weights, (none, none, np.zeros(2, np.float32)))


def silu(value: float) -> float:
    return float(value / (1 + np.exp(-value)))


def test_atoms_are_summed_and_fragments_correct_the_sum() -> None:
    energies, dipoles = make_network().predict(["CCO", "CC"]).T
    assert energies.tolist() == [pytest.approx(-3 - 76 - 75 + 0.25), pytest.approx(-3 - 76 + 0.25)]
    assert dipoles.tolist() == [pytest.approx(1 + silu(silu(1))), pytest.approx(1 + silu(silu(2)))]


def write(path: Path, **changes: int) -> Path:
    card = PredictorsCard(
        **{"features": VERSION, **changes}, trained_on="nothing", command="none", store_sha256="0", predictors=CARDS
    )
    path.write_bytes(write_network(card, make_network()))
    return path


def test_a_network_is_read_as_it_was_written(tmp_path: Path) -> None:
    predictors = read_network(write(tmp_path / "network.safetensors"))
    found = predictors.find(NAMES[1])
    assert found is not None and predictors.find("homo:B3LYP") is None
    assert np.allclose(found.predict_molecules(["CCO"]), make_network().predict(["CCO"])[:, 1])
    assert found.list_extremes("CCO") == ()


def test_what_is_not_a_network_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="fragments of version"):
        read_network(write(tmp_path / "newer.safetensors", features=VERSION + 1))
    path = tmp_path / "network.safetensors"
    path.write_bytes(b"no")
    with pytest.raises(DataError, match="cannot be read"):
        read_network(path)

"""A small store of well-known values."""

from __future__ import annotations

import pytest

from anymol.retrieval.measured_properties.building import Measurement, build_store
from anymol.retrieval.measured_properties.store import MeasuredProperty, PropertyStore, ValueKind

SOLUBILITY = MeasuredProperty(
    task="solubility", unit="log10(mol/L)", source="Delaney", licence="MIT", conditions="water", year=2004
)
BARRIER = MeasuredProperty(task="bbbp", kind=ValueKind.CLASS, source="Martins", licence="MIT")
RECEPTOR = MeasuredProperty(task="tox21", endpoint="NR-ER", kind=ValueKind.CLASS, source="Tox21", licence="MIT")

MEASUREMENTS = (
    # Delaney 2004: benzene -1.64, toluene -2.21, caffeine -0.876, ethanol 1.10.
    Measurement("c1ccccc1", "solubility", -1.64),
    Measurement("Cc1ccccc1", "solubility", -2.21),
    Measurement("Cn1c(=O)c2c(ncn2C)n(C)c1=O", "solubility", -0.876),
    Measurement("CCO", "solubility", 1.10),
    Measurement("OCC", "solubility", 1.20),
    Measurement("C[C@H](N)C(=O)O", "solubility", 0.27),
    Measurement("CN1CCC[C@H]1c1cccnc1.Cl", "bbbp", 1.0),
    Measurement("Cn1c(=O)c2c(ncn2C)n(C)c1=O", "bbbp", 1.0),
    Measurement("c1ccccc1", "bbbp", 1.0),
    Measurement("C1=CC=CC=C1", "bbbp", 0.0),
    Measurement("CC(=O)CC(C)=O", "bbbp", 0.0),
    Measurement("Oc1ccc(-c2ccc(O)cc2)cc1", "tox21:NR-ER", 1.0),
)


@pytest.fixture(scope="package")
def store() -> PropertyStore:
    """Return it."""
    return build_store((SOLUBILITY, BARRIER, RECEPTOR), MEASUREMENTS).store

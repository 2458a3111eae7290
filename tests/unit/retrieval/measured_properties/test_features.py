from __future__ import annotations

import numpy as np
import pytest

from anymol.errors import InvalidSmilesError
from anymol.retrieval.measured_properties.features import N_FEATURES, describe_molecules, list_elements


def test_features_do_not_depend_on_the_writing() -> None:
    one, other = describe_molecules(["CC(=O)Oc1ccccc1C(=O)O", "O=C(O)c1c(OC(C)=O)cccc1"])
    assert one.shape == (N_FEATURES,) and np.array_equal(one, other)


def test_of_a_salt_its_parent_is_described() -> None:
    salt, parent, ion = describe_molecules(["CN1CCCC1c1cccnc1.Cl", "CN1CCCC1c1cccnc1", "C[NH+]1CCCC1c1cccnc1"])
    assert np.array_equal(salt, parent) and np.array_equal(ion, parent)


@pytest.mark.parametrize("smiles", ["[Na+].[Cl-]", "[Pt](Cl)(Cl)(N)N", "[H][H]", "C" * 200])
def test_odd_molecules_have_finite_features(smiles: str) -> None:
    assert np.isfinite(describe_molecules([smiles])).all()


def test_the_first_features_are_mass_and_heavy_atoms() -> None:
    # Benzene: 78.04695 Da, six heavy atoms.
    (benzene,) = describe_molecules(["c1ccccc1"])
    assert benzene[0] == pytest.approx(78.04695, abs=1e-4) and benzene[1] == 6


def test_nothing_gives_no_rows_and_a_wrong_smiles_an_error() -> None:
    assert describe_molecules([]).shape == (0, N_FEATURES)
    with pytest.raises(InvalidSmilesError):
        describe_molecules(["c1ccc"])


def test_elements_are_counted_by_molecule() -> None:
    sizes, elements = list_elements(["CCO", "ClCCl", "CCCl"])
    assert sizes == [3, 3, 3] and elements == {6: 3, 8: 1, 17: 2}

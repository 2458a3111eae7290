"""Fingerprints and their similarity."""

from __future__ import annotations

import pytest

from anymol.chem.fingerprints import chiral_morgan, counted_morgan, maccs, morgan, rdk, tanimoto, tanimoto_row
from anymol.errors import InvalidSmilesError


@pytest.mark.parametrize("fingerprint", [morgan, rdk, maccs])
def test_same_molecule_is_identical(fingerprint) -> None:
    assert tanimoto(fingerprint("OCC"), fingerprint("CCO")) == 1.0
    assert 0 < tanimoto(fingerprint("CCCO"), fingerprint("CCCN")) < 1


def test_morgan_by_hand() -> None:
    # Ethanol and ethylamine, radius 0: three and three atom environments, of which CH3 and CH2 are shared.
    one, other = morgan("CCO", radius=0), morgan("CCN", radius=0)
    assert tanimoto(one, other) == pytest.approx(2 / 4)


def test_sizes() -> None:
    assert morgan("CCO", size=512).GetNumBits() == 512
    assert maccs("CCO").GetNumBits() == 167
    assert rdk("CCO").GetNumBits() == 2048


def test_row_and_empty() -> None:
    assert tanimoto_row(morgan("CCO"), [morgan("CCO"), morgan("c1ccccc1")]) == [1.0, 0.0]
    assert tanimoto(rdk("C"), rdk("C")) == 0.0


def test_broken_smiles_raises() -> None:
    with pytest.raises(InvalidSmilesError):
        morgan("C(")


def test_counted_bits_tell_chains_apart_and_chiral_ones_enantiomers() -> None:
    hexanol, decanol = "CCCCCCO", "CCCCCCCCCCO"
    assert tanimoto(morgan(hexanol), morgan(decanol)) == 1.0
    assert tanimoto(counted_morgan(hexanol), counted_morgan(decanol)) < 1.0
    left, right = "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"
    assert tanimoto(counted_morgan(left), counted_morgan(right)) == 1.0
    assert tanimoto(chiral_morgan(left), chiral_morgan(right)) < 1.0

"""The building blocks that ship: what every supplier sells is there, drugs and scheduled chemicals are not."""

from __future__ import annotations

import pytest

from anymol.chem.hazards import screen
from anymol.planning.shipped_stock import load_shipped_stock
from anymol.planning.stock import write_key


@pytest.mark.parametrize("smiles", ["CC(=O)OC(C)=O", "OB(O)c1cccnc1", "CN1CCNCC1", "NCc1ccccc1", "BrCc1ccccc1"])
def test_common_building_blocks_are_there(smiles: str) -> None:
    assert load_shipped_stock().find(smiles) is not None


def test_drugs_are_not() -> None:
    imatinib = "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1"
    assert load_shipped_stock().find(imatinib) is None


def test_nothing_in_it_is_a_scheduled_chemical_but_reagents_of_trade() -> None:
    found = [hazard for one in load_shipped_stock().entries if (hazard := screen(one.smiles)) is not None]
    assert all(one.schedule == 3 and one.is_precursor for one in found)


def test_keys_are_those_of_the_molecules() -> None:
    for one in load_shipped_stock().entries[::500]:
        assert one.key == write_key(one.smiles)

"""The isomers that a name without locants may mean, counted by hand."""

from __future__ import annotations

import pytest

from anymol.chem.isomers import list_isomers
from anymol.chem.opsin import is_opsin_available, read_systematic_name

pytestmark = pytest.mark.skipif(not is_opsin_available(), reason="needs py2opsin and a Java runtime")


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("xylene", 3), ("cresol", 3), ("dinitrotoluene", 6), ("dichlorobenzene", 3), ("trichlorobenzene", 3),
        ("chloronitrobenzene", 3), ("naphthol", 2), ("dichloroethane", 2), ("aminobenzoic acid", 3), ("bromobutane", 2),
        ("methylpentane", 2), ("dimethylbutane", 2), ("propanediol", 4), ("picoline", 3), ("phenylenediamine", 3),
        ("cyclohexanediol", 4), ("triazine", 3), ("butanol", 4), ("pentanol", 3), ("hexanethiol", 3),
        ("propanamine", 2),
        ("xylidine", 6),
        ("pentadiene", 4), ("hexadiene", 6), ("cyclohexadiene", 2), ("tetralone", 2),
        ("dimethylurea", 2),
        ("bromoacetophenone", 4), ("chlorophenylacetic acid", 4), ("methylbutane", 1), ("ethylhexane", 1),
    ],
)  # fmt: skip
def test_counts(name: str, count: int) -> None:
    isomers = list_isomers(name, read_systematic_name(name).smiles)
    assert len({isomer.smiles for isomer in isomers}) == count


def test_isomers_that_the_dictionaries_know_stand_first() -> None:
    found = list_isomers("dibromoethane", read_systematic_name("dibromoethane").smiles)
    assert found[0].smiles == "BrCCBr"

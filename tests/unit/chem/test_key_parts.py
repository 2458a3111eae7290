"""The parts of InChIKeys against published keys."""

from __future__ import annotations

from anymol.chem.key_parts import NO_STEREO, connectivity_part, stereo_part
from anymol.chem.keys import inchikey


def test_parts_make_the_key_again() -> None:
    aspirin = "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"
    assert aspirin == f"{connectivity_part(aspirin)}-{stereo_part(aspirin)}-N"
    assert stereo_part(aspirin) == NO_STEREO


def test_what_stereoisomers_share() -> None:
    left, right, flat = (inchikey(f"C{centre}(N)C(=O)O") for centre in ("[C@H]", "[C@@H]", "C"))
    assert connectivity_part(left) == connectivity_part(right) == "QNAYBMKLOCPYGJ"
    assert len({stereo_part(left), stereo_part(right), NO_STEREO}) == 3
    assert stereo_part(flat) == NO_STEREO

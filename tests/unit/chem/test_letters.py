"""Letters that are SMILES and a name alike."""

from __future__ import annotations

import pytest

from anymol.chem.letters import judge_letters
from anymol.chem.parsing import canonicalize_smiles, parse_smiles


@pytest.mark.parametrize(
    ("text", "smiles"),
    [
        ("NBS", "O=C1CCC(=O)N1Br"),
        ("NCS", "O=C1CCC(=O)N1Cl"),
        ("BrCN", "N#CBr"),
        ("NOCl", "O=NCl"),
        ("NO", "[N]=O"),
        ("BPO", "O=C(OOC(=O)c1ccccc1)c1ccccc1"),
        ("COS", "O=C=S"),
        ("PPO", "c1ccc(-c2cnc(-c3ccccc3)o2)cc1"),
        ("CSI", "O=C=NS(=O)(=O)Cl"),
    ],
)
def test_a_known_name_comes_first_and_both_readings_are_told(text: str, smiles: str) -> None:
    judged = judge_letters(text, parse_smiles(text))
    assert judged.hit is not None
    assert judged.hit.smiles == canonicalize_smiles(smiles)
    assert judged.doubt is not None
    assert canonicalize_smiles(text) in judged.doubt


@pytest.mark.parametrize(("text", "other"), [("CO", "[C-]#[O+]"), ("CN", "[C-]#N")])
def test_a_common_compound_of_carbon_stays_smiles(text: str, other: str) -> None:
    judged = judge_letters(text, parse_smiles(text))
    assert judged.hit is None
    assert judged.doubt is not None
    assert other in judged.doubt


@pytest.mark.parametrize(
    "text", ["CCO", "CCN", "COC", "CC", "NN", "OO", "CCCl", "CBr", "ClCCl", "CSC", "NCCO", "CI", "ICl", "FF"]
)
def test_usual_smiles_pass_without_a_word(text: str) -> None:
    judged = judge_letters(text, parse_smiles(text))
    assert (judged.hit, judged.doubt) == (None, None)


@pytest.mark.parametrize("text", ["BON", "CBS", "NSC", "PNP", "OPC"])
def test_unlikely_smiles_are_doubtful(text: str) -> None:
    judged = judge_letters(text, parse_smiles(text))
    assert judged.doubt is not None


@pytest.mark.parametrize("text", ["C=O", "C#N", "[N][O]", "c1ccccc1", "C1CC1", "C(O)N", "Cl", "O"])
def test_a_bond_a_ring_or_a_bracket_settles_it(text: str) -> None:
    judged = judge_letters(text, parse_smiles(text))
    assert (judged.hit, judged.doubt) == (None, None)


@pytest.mark.parametrize(("text", "ion"), [("SCN", "thiocyanate"), ("NCO", "cyanate"), ("CNO", "fulminate")])
def test_letters_of_an_ion_stay_smiles_and_are_doubted(text: str, ion: str) -> None:
    judged = judge_letters(text, parse_smiles(text))
    assert judged.hit is None
    assert judged.doubt is not None
    assert ion in judged.doubt

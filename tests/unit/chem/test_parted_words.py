"""Names with a blank inside a word: which readings are unlikely, and how words are joined."""

from __future__ import annotations

import pytest

from anymol.chem.name_reading import read_name
from anymol.chem.opsin import is_opsin_available
from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.parted_words import find_oddity, join_words
from anymol.errors import UnknownNameError

needs_opsin = pytest.mark.skipif(not is_opsin_available(), reason="needs py2opsin and a Java runtime")


@pytest.mark.parametrize(
    ("name", "smiles"),
    [
        ("chloro acetate", "CC(=O)OCl"),
        ("4-nitro benzoate", "O=C(O[N+](=O)[O-])c1ccccc1"),
        ("benzoyl acetate", "CC(=O)OC(=O)c1ccccc1"),
        ("phenyl glycine", "O=C(O)CNc1ccccc1"),
        ("indole acetic acid", "CC(=O)O.c1ccc2[nH]ccc2c1"),
        ("ethylene acetate", "C=C.CC(=O)O"),
    ],
)
def test_unlikely_readings(name: str, smiles: str) -> None:
    assert find_oddity(name, smiles) is not None


@pytest.mark.parametrize(
    ("name", "smiles"),
    [
        ("phenyl acetate", "CC(=O)Oc1ccccc1"),
        ("trimethylsilyl acetate", "CC(=O)O[Si](C)(C)C"),
        ("acetyl chloride", "CC(=O)Cl"),
        ("sodium chloroacetate", "O=C([O-])CCl.[Na+]"),
        ("aniline hydrochloride", "Cl.Nc1ccccc1"),
        ("citric acid monohydrate", "O.O=C(O)CC(O)(CC(=O)O)C(=O)O"),
        ("pyridine borane", "B.c1ccncc1"),
        ("chloroacetate", "O=C([O-])CCl"),
    ],
)
def test_likely_readings(name: str, smiles: str) -> None:
    assert find_oddity(name, smiles) is None


def test_words_are_joined_the_fewest_first() -> None:
    assert list(join_words("a b")) == [["ab"]]
    assert [len(names) for names in join_words("a b c d")] == [3, 3, 1]
    assert list(join_words("benzene")) == []
    assert list(join_words("a b c d e f g h")) == []  # too many ways


@needs_opsin
@pytest.mark.parametrize(
    ("name", "smiles"),
    [
        ("ethyl bromo acetate", "CCOC(=O)CBr"),
        ("methyl 4-nitro benzoate", "COC(=O)c1ccc([N+](=O)[O-])cc1"),
        ("ethyl benzoyl acetate", "CCOC(=O)CC(=O)c1ccccc1"),
        ("methyl 3-oxo butanoate", "COC(=O)CC(C)=O"),
        ("2-phenyl acetate", "O=C([O-])Cc1ccccc1"),
        ("p-toluene sulfonyl chloride", "Cc1ccc(S(=O)(=O)Cl)cc1"),
        ("acetyl cysteine", "CC(=O)N[C@@H](CS)C(=O)O"),
    ],
)
def test_what_means_something_only_with_its_words_joined(name: str, smiles: str) -> None:
    reading = read_name(name)
    assert reading.smiles == canonicalize_smiles(smiles)
    assert reading.doubts == ()


@needs_opsin
@pytest.mark.parametrize(
    ("name", "smiles", "other"),
    [
        ("bromo acetate", "O=C([O-])CBr", "CC(=O)OBr"),
        ("cyano acetate", "N#CCC(=O)[O-]", "CC(=O)OC#N"),
        ("acetyl salicylate", "CC(=O)Oc1ccccc1C(=O)[O-]", "CC(=O)OC(=O)c1ccccc1O"),
        ("phenyl alanine", "N[C@@H](Cc1ccccc1)C(=O)O", "C[C@H](Nc1ccccc1)C(=O)O"),
        ("indole acetic acid", "O=C(O)Cc1c[nH]c2ccccc12", "CC(=O)O.c1ccc2[nH]ccc2c1"),
        ("cyclohexane methanol", "OCC1CCCCC1", "C1CCCCC1.CO"),
        ("benzene sulfonyl chloride", "O=S(=O)(Cl)c1ccccc1", "O=S(=O)(Cl)Cl.c1ccccc1"),
    ],
)
def test_the_one_word_is_preferred_and_the_other_reading_told(name: str, smiles: str, other: str) -> None:
    reading = read_name(name)
    assert reading.smiles == canonicalize_smiles(smiles)
    assert canonicalize_smiles(other) in reading.others
    assert "word by word" in " ".join(reading.doubts)


@needs_opsin
@pytest.mark.parametrize("name", ["bromine water", "aspirin tablet", "foo bar baz"])
def test_words_that_mean_nothing_together(name: str) -> None:
    with pytest.raises(UnknownNameError):
        read_name(name)

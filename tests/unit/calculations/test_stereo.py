"""CIP labels against those of the literature, and what is a stereocentre at all."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.stereo import OPEN, summarize_stereo
from anymol.chem.parsing import parse_smiles


def labels(smiles: str) -> list[str]:
    return [one.label for one in summarize_stereo(parse_smiles(smiles)).centres]


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("C[C@H](N)C(=O)O", ["S"]),  # L-alanine
        ("N[C@@H](CS)C(=O)O", ["R"]),  # L-cysteine: sulfur turns the order around
        ("O=C[C@H](O)CO", ["R"]),  # D-glyceraldehyde
        ("CC(C)[C@@H]1CC[C@@H](C)C[C@H]1O", ["S", "R", "R"]),  # (-)-menthol, (1R,2S,5R)
        ("OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O", ["R", "R", "R", "S", "S"]),  # beta-D-glucopyranose
        ("C[C@@H]([C@@H](c1ccccc1)O)NC", ["S", "R"]),  # ephedrine, (1R,2S)
        ("C[S@](=O)CC", ["S"]),
        ("CC(O)CC", [OPEN]),
    ],
)
def test_labels_of_the_literature(smiles: str, expected: list[str]) -> None:
    assert labels(smiles) == expected


def test_the_mirror_image_has_the_other_labels() -> None:
    turned = str.maketrans("RS", "SR")
    for smiles in ("C[C@H](N)C(=O)O", "CC(C)[C@@H]1CC[C@@H](C)C[C@H]1O", "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"):
        image = smiles.replace("@@", "#").replace("@", "@@").replace("#", "@")
        assert "".join(labels(image)) == "".join(labels(smiles)).translate(turned)


@pytest.mark.parametrize(
    ("smiles", "count"),
    [
        ("C[C@]12CC[C@H]3[C@@H](CC=C4C[C@@H](O)CC[C@@]43C)[C@@H]1CC[C@@H]2[C@H](C)CCCC(C)C", 8),  # cholesterol
        ("CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5", 5),  # morphine
        ("C1CC2CCC1C2", 0),  # norbornane: its bridgeheads have two equal ligands
        ("C1C2CC3CC1CC(C2)C3", 0),  # adamantane
        ("C12C3C4C1C5C2C3C45", 0),  # cubane
        ("C1CN2CCN1CC2", 0),  # DABCO
        ("C1CCC2CCCCC2C1", 2),  # decalin: cis and trans
        ("CC1CCC(C)CC1", 2),  # 1,4-dimethylcyclohexane: cis and trans
        ("OC1C(O)C(O)C(O)C(O)C1O", 6),  # inositol
        ("CC1(C)C2CCC1(C)C(=O)C2", 2),  # camphor
        ("CC(C)C", 0),
        ("CN(C)CC", 0),  # nitrogen turns over
    ],
)
def test_how_many_there_are(smiles: str, count: int) -> None:
    assert calculate("stereocentres", smiles).value == count


def test_what_is_left_open_is_said() -> None:
    found = calculate("stereocentres", "C[C@H](O)C(C)O")
    assert [(part.label, part.value) for part in found.parts][1] == ("C4", OPEN)
    assert "C4 not specified" in found.statement
    assert any("atoms are counted in C[C@H](O)C(C)O" in note for note in found.notes)


@pytest.mark.parametrize(
    ("smiles", "meso"),
    [
        ("O[C@H](C(=O)O)[C@@H](O)C(=O)O", True),  # meso-tartaric acid
        ("O[C@@H](C(=O)O)[C@@H](O)C(=O)O", False),
        ("C[C@H]1CCCC[C@H]1C", True),  # cis-1,2-dimethylcyclohexane
        ("C[C@@H]1CCCC[C@H]1C", False),
        ("C[C@@H](O)[C@H](O)[C@H](C)O", True),  # with a pseudoasymmetric carbon
        ("CC(O)C(C)O", False),  # nothing is specified
    ],
)
def test_meso_compounds_are_named(smiles: str, meso: bool) -> None:
    assert ("meso" in calculate("stereocentres", smiles).statement) is meso


def test_pseudoasymmetry_has_small_letters() -> None:
    assert labels("C[C@@H](O)[C@H](O)[C@H](C)O") == ["R", "r", "S"]


@pytest.mark.parametrize(
    ("smiles", "label"),
    [
        ("C/C=C/C", "E"),
        ("C/C=C\\C", "Z"),
        ("OC(=O)/C=C/C(=O)O", "E"),  # fumaric acid
        ("OC(=O)/C=C\\C(=O)O", "Z"),  # maleic acid
        ("C/C(Cl)=C(F)/Br", "Z"),  # chlorine and bromine on one side
        ("C/C=N/O", "E"),
        ("CC=CC", OPEN),
    ],
)
def test_double_bonds(smiles: str, label: str) -> None:
    assert [one.label for one in summarize_stereo(parse_smiles(smiles)).double_bonds] == [label]


@pytest.mark.parametrize("smiles", ["CC(C)=CC", "C1CCCCC=1", "c1ccccc1", "C=C", "CC#CC"])
def test_bonds_that_cannot_be_either(smiles: str) -> None:
    assert calculate("double_bond_stereo", smiles).text == "none"


def test_axes_and_metals_are_said_and_not_labelled() -> None:
    assert "cumulene axis" in calculate("stereocentres", "FC=C=CF").notes[0]
    assert not summarize_stereo(parse_smiles("FC=C=C(C)C")).others
    assert "square-planar centre" in calculate("stereocentres", "Cl[Pt@SP1](Cl)([NH3])[NH3]").notes[0]


def test_a_cage_of_high_symmetry_does_not_take_forever() -> None:
    fullerene = (
        "c12c3c4c5c1c6c7c8c2c9c1c3c2c3c4c4c%10c5c5c6c6c7c7c%11c8c9c8c9c1c2c1c2c3c4c3c4c%10c5c5c6c6c7c7c%11c8c8c9c1c1c2c3"
        "c2c4c5c6c3c7c8c1c23"
    )
    assert calculate("stereocentres", fullerene).value == 0


def test_whether_it_is_meso_is_said_where_that_is_asked() -> None:
    assert "is a meso" in calculate("stereocentres", "C[C@H](O)[C@H](O)C", text="is it meso?").statement
    assert "is not a meso" in calculate("stereocentres", "C[C@H](O)[C@@H](O)C", text="is it meso?").statement
    assert "left open" in calculate("stereocentres", "CC(O)C(O)C", text="is it meso?").statement


def test_rings_without_stereocentres_are_not_called_achiral() -> None:
    binol = "Oc1ccc2ccccc2c1-c1c(O)ccc2ccccc12"
    assert "not judged" in calculate("stereocentres", binol).statement
    assert "not judged" not in calculate("stereocentres", "NCC(=O)O").statement


def test_numbers_of_atoms_are_not_taken_for_locants_of_a_name() -> None:
    assert "numbered along the SMILES" in calculate("stereocentres", "L-alanine").statement
    assert "numbered" not in calculate("stereocentres", "C[C@H](N)C(=O)O").statement


@pytest.mark.parametrize(
    ("smiles", "said"),
    [
        ("C[C@H]1CC[C@H](C)CC1", "so achiral"),  # trans-1,4-dimethylcyclohexane, r and r
        ("C[C@H](N)C(=O)O", "it is chiral"),
        ("CC(N)C(=O)O", "of which enantiomer is left open"),
        ("O=C(O)[C@@H](O)[C@@H](O)C(=O)O", "meso"),
    ],
)
def test_whether_it_is_chiral_is_judged_where_that_is_asked(smiles: str, said: str) -> None:
    assert said in calculate("stereocentres", smiles, text="Is it chiral?").statement
    assert "chiral" not in calculate("stereocentres", smiles, text="How many chiral centres?").statement

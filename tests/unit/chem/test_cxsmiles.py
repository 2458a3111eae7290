"""Extended SMILES."""

from __future__ import annotations

import pytest

from anymol.chem.cxsmiles import parse_extended, split_extended
from anymol.chem.parsing import write_canonical
from anymol.errors import UserError


def read(text: str) -> tuple[str, tuple[str, ...]]:
    extended = split_extended(text)
    assert extended is not None
    mol, notes = parse_extended(extended)
    return write_canonical(mol), notes


@pytest.mark.parametrize(
    "text", ["CCO", "CCO ethanol", "", "|&1:1|", "C|&1:1|", "CCO |^1:0", "a name |with bars| and more |bars|"]
)
def test_what_is_no_extended_smiles(text: str) -> None:
    assert split_extended(text) is None


def test_parts() -> None:
    extended = split_extended(" [Na+].[OH-].CC>>CCO |f:0.1,^1:2|  a name ")
    assert extended is not None
    assert (extended.smiles, extended.name) == ("[Na+].[OH-].CC>>CCO", "a name")
    assert (extended.groups, extended.ungrouped) == (((0, 1),), "^1:2")


@pytest.mark.parametrize(
    ("text", "smiles"),
    [
        ("CC |^1:0|", "[CH2]C"),
        ("CC |^2:0|", "[CH]C"),
        ("CC1(C)CCCC(C)(C)N1O |^1:10|", "CC1(C)CCCC(C)(C)N1[O]"),
        ("CN[Fe] |C:1.1|", "C[NH2]->[Fe]"),
        ("CC=CC |c:1|", "C/C=C\\C"),
        ("CC=CC |t:1|", "C/C=C/C"),
        ("CCO |(0,0,;1.5,0,;2,1,)|", "CCO"),
        ("CCO |lp:2:2|", "CCO"),
        ("C[C@H](F)Cl |a:1|", "C[C@H](F)Cl"),
        ("[Na+].[Cl-] |f:0.1|", "[Cl-].[Na+]"),
    ],
)
def test_what_smiles_can_write_is_kept(text: str, smiles: str) -> None:
    assert read(text) == (smiles, ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("C[C@H](O)c1ccccc1 |&1:1|", "a racemate (AND at atoms 2)"),
        ("C[C@H](O)[C@H](C)O |&1:1,3|", "a racemate (AND at atoms 2, 4)"),
        ("C[C@H](O)C[C@@H](F)Cl |a:1,&1:4|", "a mixture of two stereoisomers (AND at atoms 5)"),
        ("C[C@H](O)[C@H](C)O |o1:1,3|", "one of two enantiomers, unknown which"),
        ("C[C@H](F)Cl |r|", "relative configuration"),
        ("*c1ccccc1 |$R1;;;;;;$|", "residues open (R1)"),
        ("*CC* |$_AP1;;;_AP2$|", "residues open (_AP1, _AP2)"),
        ("CCO |$;;foo$|", "the remark 'foo' at atom 3"),
        ("CC(C)C |SgD:1:purity:98::::|", "the remark 'purity: 98'"),
    ],
)  # fmt: skip
def test_what_it_cannot_is_said(text: str, words: str) -> None:
    _, notes = read(text)
    assert any(words in note for note in notes)


def test_known_labels_are_groups() -> None:
    assert read("*N |$Boc;$|")[0] == "CC(C)(C)OC(N)=O"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CC(C)c1ccccc1 |Sg:n:0,1,2::ht|", "the repeat unit of a polymer"),
        ("*Cl.c1ccccc1 |m:0:2.3.4|", "leaves open at which of several atoms"),
        ("CCO |junk|", "extension of the SMILES cannot be read"),
        ("CCO |^1:|", "extension of the SMILES cannot be read"),
        ("C1CC |^1:0|", "ring 1"),
    ],
)
def test_what_is_no_molecule_is_refused(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        read(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("C[N](C)C |^1:1|", "atom 1, N, has no room"),
        ("CN(C)C |^1:1|", "atom 1, N, has no room|cannot be read"),
        ("[CH3][OH] |^1:0|", "atom 0, C, has no room"),
        ("[CH3]C |^1:0|", "atom 0, C, has no room"),
        ("CCO |^1:9|", "the SMILES has 3"),
    ],
)
def test_radicals_that_would_be_lost_are_refused(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        read(text)


def test_wedges_without_coordinates_are_said() -> None:
    assert "wedged bonds are left out" in read("CC(O)CC |wU:1.0|")[1][0]


def test_a_label_that_was_read_is_not_left_out() -> None:
    smiles, notes = read("*CC |$Ph;;$|")
    assert smiles == "CCc1ccccc1" and notes == ("the label 'Ph' (atom 1) was read as *c1ccccc1",)

"""Calculations from Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdkit import Chem

import anymol
from anymol import calculate
from anymol.errors import InvalidSmilesError, InvalidTaskInputError, UnknownNameError, UserError
from anymol.readers.resolve import Molecule


def test_molecules_in_any_form(examples_dir: Path) -> None:
    for given in (
        "aspirin",
        "CC(=O)Oc1ccccc1C(=O)O",
        Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O"),
        Molecule.parse("aspirin"),
        examples_dir / "aspirin.sdf",
        "InChI=1S/C9H8O4/c1-6(10)13-8-5-3-2-4-7(8)9(11)12/h2-5H,1H3,(H,11,12)",
    ):
        assert calculate("formula", given).value == "C9H8O4"


def test_atoms_are_counted_as_they_were_written() -> None:
    found = calculate("stereocentres", "OC(=O)[C@H](C)N")
    assert found.parts[0].atoms == (3,) and found.smiles == "OC(=O)[C@H](C)N"


def test_what_a_person_sees() -> None:
    shown = str(calculate("logp", "caffeine"))
    assert shown.startswith("The Crippen LogP of caffeine is -1.03.  (computed; RDKit ")
    assert "(exact; RDKit" in str(calculate("formula", "CCO"))
    assert calculate("average_mass", "CCO").shown == "46.07 g/mol"


def test_the_public_face_holds_it() -> None:
    assert anymol.calculate is calculate and "formula" in anymol.CALCULATIONS


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(InvalidSmilesError):
        calculate("formula", "C1CC")
    with pytest.raises(UnknownNameError):
        calculate("formula", "qwertyuiop")
    with pytest.raises(InvalidTaskInputError, match="takes two molecules, 1 is given"):
        calculate("similarity", "CCO")
    with pytest.raises(UserError):
        calculate("formula", 7)  # type: ignore[arg-type]


NITROXYL = "3\n\nN 0.063 0.582 0\nO 0.063 -0.599 0\nH -0.945 0.923 0\n"


def test_how_a_molecule_was_understood_stands_beside_the_result(tmp_path: Path) -> None:
    racemate = calculate("stereocentres", "C[C@H](O)CC |&1:1|")
    assert racemate.value == 1 and "racemate" in racemate.notes[0]
    file = tmp_path / "nitroxyl.xyz"
    file.write_text(NITROXYL)
    perceived = calculate("formula", file)
    assert perceived.value == "HNO" and not perceived.exact
    assert any("bonds are perceived" in note for note in perceived.notes)
    assert calculate("formula", "CCO").notes == ()


@pytest.mark.parametrize("name", sorted(anymol.CALCULATIONS))
@pytest.mark.parametrize("open_molecule", ["*c1ccccc1", "[1*]CC(=O)O"])
def test_an_open_residue_has_no_value(name: str, open_molecule: str) -> None:
    """But for what repeats the structure as it is written."""
    if name in ("smiles", "mol_block", "draw", "formal_charge"):
        return
    for given in ([open_molecule], [open_molecule, "CCO"], ["CCO", open_molecule]):
        with pytest.raises(UserError):
            calculate(name, *given)

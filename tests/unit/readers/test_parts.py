from __future__ import annotations

from pathlib import Path

import pytest

from anymol.errors import InvalidFileError
from anymol.modalities.content import RecordPart, Role
from anymol.modalities.modality import Modality
from anymol.readers.parts import find_modality, read_shown

EXAMPLES = Path(__file__).parents[3] / "examples"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.mark.parametrize(
    ("file", "modality", "smiles"),
    [
        ("aspirin.sdf", Modality.GRAPH, ASPIRIN),
        ("molecules.smi", Modality.GRAPH, ASPIRIN),
        ("aspirin.sdf", Modality.CONFORMER, ASPIRIN),
        ("aspirin.xyz", Modality.CONFORMER, ASPIRIN),
        ("aspirin.png", Modality.IMAGE, None),
        ("aspirin.svg", Modality.IMAGE, None),
        ("aspirin.mgf", Modality.MS2, None),
        ("computed_ir.jdx", Modality.IR, None),
        ("computed_ir.csv", Modality.IR, None),
    ],
)
def test_the_examples_are_read_as_what_they_show(file: str, modality: Modality, smiles: str | None) -> None:
    shown = read_shown(EXAMPLES / file, modality, Role.PRODUCT)
    (part,) = shown.parts
    assert (part.modality, part.role) == (modality, Role.PRODUCT)
    assert shown.smiles == smiles


def test_a_salt_is_one_graph_per_ion(tmp_path: Path) -> None:
    file = tmp_path / "salt.smi"
    file.write_text("[Na+].OC([O-])=O baking soda\n")
    shown = read_shown(file, Modality.GRAPH)
    assert shown.smiles == "O=C([O-])O.[Na+]"
    assert [
        part.smiles for part in shown.parts if isinstance(part, RecordPart) and part.modality is Modality.GRAPH
    ] == ["O=C([O-])O", "[Na+]"]


def test_more_records_than_one_are_noted() -> None:
    shown = read_shown(EXAMPLES / "aspirin.mgf", Modality.MS2)
    assert shown.notes == ("aspirin.mgf holds several records; the first is read",)
    assert read_shown(EXAMPLES / "aspirin.png", Modality.IMAGE).notes == ()


@pytest.mark.parametrize("modality", [Modality.CONFORMER, Modality.GRAPH])
def test_perceived_bonds_are_marked_and_a_charge_is_passed_on(tmp_path: Path, modality: Modality) -> None:
    file = tmp_path / "dioxide.xyz"
    file.write_text("3\n\nN 0 0 0\nO 1.194 0 0\nO -0.828 0.860 0\n")  # the geometry of NO2
    (part,) = read_shown(file, modality).parts
    assert (part.smiles, part.is_perceived) == ("[O]N=O", True)
    assert "radical" in part.notes[0]
    assert read_shown(file, modality, charge=-1).smiles == "O=N[O-]"
    (stated,) = read_shown(EXAMPLES / "aspirin.sdf", modality, charge=-1).parts
    assert (stated.is_perceived, stated.notes) == (False, ())


@pytest.mark.parametrize(
    ("file", "modality"),
    [
        ("aspirin.png", Modality.MS2),
        ("aspirin.mgf", Modality.IMAGE),
        ("aspirin.sdf", Modality.IR),
        ("caffeine.xyz", Modality.IMAGE),
    ],
)
def test_a_file_of_another_kind_says_what_it_is(file: str, modality: Modality) -> None:
    with pytest.raises(InvalidFileError, match=file):
        read_shown(EXAMPLES / file, modality)


def test_a_bad_first_record_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.smi"
    bad.write_text("C(C broken\nCCO good\n")
    with pytest.raises(InvalidFileError, match=r"bad\.smi"):
        read_shown(bad, Modality.GRAPH)
    empty = tmp_path / "empty.mgf"
    empty.write_text("")
    with pytest.raises(InvalidFileError):
        read_shown(empty, Modality.MS2)


@pytest.mark.parametrize(
    ("file", "modality"),
    [
        ("aspirin.png", Modality.IMAGE),
        ("aspirin.svg", Modality.IMAGE),
        ("aspirin.mgf", Modality.MS2),
        ("computed_ir.jdx", Modality.IR),
        ("aspirin.xyz", Modality.CONFORMER),
        ("aspirin.sdf", None),
        ("molecules.smi", None),
    ],
)
def test_what_a_file_shows_is_found_by_its_content(file: str, modality: Modality | None, tmp_path: Path) -> None:
    renamed = tmp_path / "file.dat"
    renamed.write_bytes((EXAMPLES / file).read_bytes())
    assert find_modality(renamed) is modality

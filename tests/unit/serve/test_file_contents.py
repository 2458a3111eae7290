"""What files inside requests hold, as the page shows it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from anymol.errors import InvalidFileError
from anymol.modalities.conformer import Conformer
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.storage import from_json
from anymol.serve.file_contents import read_contents
from anymol.serve.requests import ReadRequest

LIMIT = 1 << 20


def read(name: str, text: str, rows: int = 10, **more: Any) -> dict[str, Any]:
    request = ReadRequest.model_validate({"file": {"filename": name, "text": text}, **more})
    return read_contents(request, limit=LIMIT, rows=rows)


def test_molecules_of_a_list_a_bad_one_in_its_place() -> None:
    found = read("three.smi", "CCO ethanol\nC1CC broken\nCCC propane\n")
    assert found["modality"] == "graph" and found["record"] is None and found["is_whole"]
    assert [one["smiles"] for one in found["molecules"]] == ["CCO", None, "CCC"]
    assert [one["name"] for one in found["molecules"]] == ["ethanol", "broken", "propane"]
    assert "never closed" in found["molecules"][1]["error"]


def test_no_more_molecules_than_may_be() -> None:
    found = read("many.smi", "C\nCC\nCCC\n", rows=2)
    assert len(found["molecules"]) == 2 and not found["is_whole"]


def test_a_spectrum() -> None:
    found = read("x.mgf", "BEGIN IONS\nPEPMASS=195.0877\n110.0713 30\n138.0662 100\nEND IONS\n")
    spectrum = from_json(found["record"])
    assert found["modality"] == "ms2" and isinstance(spectrum, MassSpectrum)
    assert spectrum.mz.tolist() == [110.0713, 138.0662] and spectrum.precursor_mz == 195.0877


def test_a_geometry_with_its_molecule(examples_dir: Path) -> None:
    found = read("caffeine.xyz", (examples_dir / "caffeine.xyz").read_text())
    geometry = from_json(found["record"])
    assert isinstance(geometry, Conformer) and len(geometry.atomic_numbers) == 24  # C8H10N4O2
    assert found["molecules"][0]["smiles"] == "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
    assert any("perceived" in note for note in found["notes"])


def test_a_drawing_is_named_and_not_sent_back(examples_dir: Path) -> None:
    content = base64.b64encode((examples_dir / "aspirin.png").read_bytes()).decode()
    request = ReadRequest.model_validate({"file": {"filename": "aspirin.png", "file_data": content}})
    found = read_contents(request, limit=LIMIT, rows=10)
    assert found["modality"] == "image" and found["record"] is None and found["molecules"] == []


def test_a_reaction() -> None:
    found = read("one.rsmi", "CCO.CC(=O)O>OS(=O)(=O)O>CCOC(C)=O esterification\n")
    assert found["modality"] == "reaction"
    (one,) = found["molecules"]
    reactants, _, products = one["smiles"].split(">")
    assert sorted(reactants.split(".")) == ["CC(=O)O", "CCO"] and products == "CCOC(C)=O"


@pytest.mark.parametrize(("name", "text"), [("x.bin", "\x00\x01\x02"), ("x.sdf", ""), ("/etc/passwd", "root:x:0")])
def test_what_is_not_read_is_an_error_that_names_no_folder(name: str, text: str) -> None:
    with pytest.raises(InvalidFileError) as caught:
        read(name, text)
    assert "/tmp" not in str(caught.value)


def test_too_large() -> None:
    with pytest.raises(InvalidFileError, match="bytes"):
        read("x.smi", "C\n" * LIMIT)

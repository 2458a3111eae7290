"""Files inside requests: read like files of the disk, bounded, and never another file's content."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from anymol.errors import AnyMolError, InvalidFileError
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.serve.inline_files import Shown, read_parts
from anymol.serve.requests import RecordPart

LIMIT = 1 << 20
PARTS: TypeAdapter[Any] = TypeAdapter(RecordPart)
METHANE = "5\n\nC 0 0 0\nH .63 .63 .63\nH -.63 -.63 .63\nH -.63 .63 -.63\nH .63 -.63 -.63\n"


def read(*parts: dict[str, Any], limit: int = LIMIT) -> Shown:
    return read_parts([PARTS.validate_python(part) for part in parts], limit=limit)


def test_a_graph_by_its_smiles() -> None:
    (part,) = read({"type": "graph", "smiles": "OCC"}).records
    assert (part.modality, part.smiles) == (Modality.GRAPH, "CCO")


def test_files_by_their_content(examples_dir: Path) -> None:
    wanted = {
        "aspirin.sdf": Modality.GRAPH,
        "naproxen.mgf": Modality.MS2,
        "computed_ir.jdx": Modality.IR,
        "aspirin.xyz": Modality.CONFORMER,
        "ibuprofen_photo.jpg": Modality.IMAGE,
    }
    for name, modality in wanted.items():
        data = base64.b64encode((examples_dir / name).read_bytes()).decode()
        shown = read({"type": "file", "file": {"filename": name, "file_data": data}})
        assert {part.modality for part in shown.records} == {modality}, name
        assert set(shown.files) == {name}
    text = (examples_dir / "naproxen.mgf").read_text()
    (part,) = read({"type": "ms2", "file": {"filename": "x.mgf", "text": text}}).records
    assert isinstance(part.record, MassSpectrum)


def test_a_picture_by_its_data_url(examples_dir: Path) -> None:
    data = base64.b64encode((examples_dir / "ibuprofen_photo.jpg").read_bytes()).decode()
    (part,) = read({"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}}).records
    assert part.modality is Modality.IMAGE


def test_peaks_and_points() -> None:
    """Heights are relative to the highest, peaks rise: as the reader of files makes them."""
    peaks = [[100.05, 50.0], [55.5, 200.0]]
    part = read({"type": "ms2", "peaks": peaks, "precursor_mz": 180.1, "adduct": "[M+H]+"}).records[0]
    assert isinstance(part.record, MassSpectrum)
    assert part.record.mz.tolist() == [55.5, 100.05]
    assert part.record.intensity.tolist() == [1.0, 0.25]
    assert (part.record.precursor_mz, part.record.adduct) == (180.1, "[M+H]+")
    points = [[1000.0 + 2 * step, 0.1 + 0.01 * (step % 7)] for step in range(100)]
    part = read({"type": "ir", "points": points}).records[0]
    assert isinstance(part.record, InfraredSpectrum)
    assert part.record.span == (1000.0, 1198.0)
    assert np.allclose(part.record.absorbance, [height for _, height in points])


@pytest.mark.parametrize(
    "url",
    ["http://example.com/x.png", "https://example.com", "file:///etc/passwd", "/etc/passwd", "data:", "ftp://x", ""],
)
def test_no_address_is_opened(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    with pytest.raises(InvalidFileError, match="not a data URL"):
        read({"type": "image_url", "image_url": {"url": url}})


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..", ".", "~/x", "C:\\x\\y.sdf", "\x00", "é" * 200]
)
def test_a_name_is_nothing_but_a_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    shown = read({"type": "conformer", "file": {"filename": name, "text": METHANE}})
    assert not {"/", "\\", "~", "\x00"} & set(shown.files[0])
    assert not list(tmp_path.iterdir())


def test_errors_do_not_say_where_the_file_was() -> None:
    for part in (
        {"type": "file", "file": {"filename": "empty.sdf", "text": ""}},
        {"type": "ir", "file": {"filename": "x.jdx", "text": "nothing"}},
        {"type": "conformer", "xyz": "1\n\nQq 0 0 0\n"},
        {"type": "graph", "smiles": "C1CC"},
    ):
        with pytest.raises(AnyMolError) as wrong:
            read(part)
        said = f"{wrong.value.message} {wrong.value.input} {wrong.value.hint}"
        assert "anymol-" not in said and tempfile.gettempdir() not in said


def test_a_file_has_a_largest_size() -> None:
    with pytest.raises(InvalidFileError, match="at most 100 bytes"):
        read({"type": "conformer", "xyz": METHANE * 2}, limit=100)


def test_what_is_not_base64_is_said() -> None:
    with pytest.raises(InvalidFileError, match="not base64"):
        read({"type": "file", "file": {"filename": "x.sdf", "file_data": "&&&"}})


@pytest.mark.parametrize("element", ["image", "s:image"])
def test_a_drawing_that_refers_to_a_file_is_refused(tmp_path: Path, element: str) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"x")
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:s="http://www.w3.org/2000/svg"'
    svg = f'<svg {names} width="9" height="9"><{element} href="{secret}"/></svg>'
    with pytest.raises(InvalidFileError, match="refers to other files"):
        read({"type": "file", "file": {"filename": "x.svg", "text": svg}})

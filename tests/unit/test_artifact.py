"""A kind of artifact is written whole, read strictly, and never over something else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from anymol.artifact import ArtifactKind, hash_files
from anymol.errors import DataError

SPECTRA = ArtifactKind("spectra", "spectra.json", 2, DataError, "measure them again")


def write(place: Path, text: str) -> None:
    with SPECTRA.stage(place) as draft:
        (draft / "peaks.txt").write_text(text)
        SPECTRA.write(draft, {"files": hash_files(draft)})


def test_a_newer_one_takes_the_place_and_is_read_back(tmp_path: Path) -> None:
    for text in ("18.01", "44.00"):
        write(tmp_path / "spectra", text)
    fields = SPECTRA.read(tmp_path / "spectra")
    assert fields["schema_version"] == 2 and list(fields["files"]) == ["peaks.txt"]
    SPECTRA.require_intact(tmp_path / "spectra", fields["files"])
    assert [path.name for path in tmp_path.iterdir()] == ["spectra"]


def test_other_things_are_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    for place in (tmp_path, tmp_path / "thesis.txt"):
        with pytest.raises(DataError, match="something else than spectra"):
            write(place, "")
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_what_changed_or_went_is_named(tmp_path: Path) -> None:
    write(tmp_path / "spectra", "18.01")
    files = SPECTRA.read(tmp_path / "spectra")["files"]
    (tmp_path / "spectra" / "peaks.txt").write_text("18.02")
    with pytest.raises(DataError, match=r"peaks\.txt and 1 more files of spectra: missing, or not what spectra\.json"):
        SPECTRA.require_intact(tmp_path / "spectra", {**files, "gone": ""})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "not spectra: there is no"),
        ("", "damaged"),
        ("[]", "damaged"),
        ("{}", "it lacks 'schema_version'"),
        ('{"schema_version": null}', "damaged"),
        ('{"schema_version": 1}', "schema 1, and this anymol reads 2; measure them again"),
        ('{"schema_version": 3}', "schema 3, and this anymol reads 2; install a newer anymol"),
    ],
)
def test_a_manifest_is_read_strictly(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / SPECTRA.manifest).write_text(text)
    with pytest.raises(DataError) as caught:
        SPECTRA.read(tmp_path)
    assert said in str(caught.value).replace(f" (in '{tmp_path}')", "")


def test_a_changed_field_is_noticed_and_another_layout_is_not(tmp_path: Path) -> None:
    SPECTRA.write(tmp_path, {"name": "water", "peaks": [18.01, 17.0], "note": "a\ud800"})
    path = tmp_path / SPECTRA.manifest
    whole = path.read_text()
    fields = json.loads(whole)
    path.write_text(json.dumps(dict(reversed(fields.items())), indent=7))
    assert SPECTRA.read(tmp_path)["peaks"] == [18.01, 17.0]
    for old, new in (("water", "wader"), ("18.01", "18.02"), ('"name"', '"nama"'), ("checksum", "checksam")):
        path.write_text(whole.replace(old, new))
        with pytest.raises(DataError, match="damaged"):
            SPECTRA.read(tmp_path)
    del fields["checksum"]  # as it was written before manifests had one
    path.write_text(json.dumps(fields))
    assert SPECTRA.read(tmp_path)["name"] == "water"


def test_fields_of_another_form_are_damage_and_not_a_fault_of_ours(tmp_path: Path) -> None:
    kind = ArtifactKind("spectra", "spectra.json", 2, DataError, "measure them again", {"files": dict})
    for fields, said in (({"files": ["peaks.txt"]}, "files is not a dict"), ({}, "it lacks 'files'")):
        kind.write(tmp_path, fields)
        with pytest.raises(DataError, match=said):
            kind.read(tmp_path)


def test_files_that_are_needed_or_outside_are_looked_for(tmp_path: Path) -> None:
    write(tmp_path / "spectra", "18.01")
    files = SPECTRA.read(tmp_path / "spectra")["files"]
    with pytest.raises(DataError, match="it lists no file noise"):
        SPECTRA.require_intact(tmp_path / "spectra", files, needed=("noise",))
    for name in ("../peaks.txt", "/etc/passwd"):
        with pytest.raises(DataError, match="outside of its folder"):
            SPECTRA.require_intact(tmp_path / "spectra", {name: ""})


def test_a_manifest_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / SPECTRA.manifest)
    with pytest.raises(DataError, match="damaged"):
        SPECTRA.read(tmp_path)

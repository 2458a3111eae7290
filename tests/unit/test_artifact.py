"""A kind of artifact is written whole, read strictly, and never over something else."""

from __future__ import annotations

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

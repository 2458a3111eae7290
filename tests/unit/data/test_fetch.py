import json

import pytest

from anymol.data.config import PublishedName
from anymol.data.fetch import PUBLIC_SOURCES, PublicSource, RemoteFile, fetch_source, get_public_source
from anymol.errors import DataError, UserError

CONTENT_SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""sha256 of b"abc" (FIPS 180-2, appendix B.1)."""


@pytest.fixture
def origin(tmp_path):
    path = tmp_path / "origin" / "table.csv"
    path.parent.mkdir()
    path.write_bytes(b"abc")
    return path


def make_source(path, sha256=None):
    return PublicSource("table", "a table", "CC0", (RemoteFile(path.as_uri(), sha256),), "")


def test_first_download_records_its_checksum_and_the_second_compares(origin, tmp_path):
    source = make_source(origin)
    (first,) = fetch_source(source, tmp_path / "public")
    assert first.path.read_bytes() == b"abc" and first.sha256 == CONTENT_SHA256 and not first.pinned
    assert json.loads((tmp_path / "public/table/checksums.json").read_text()) == {"table.csv": CONTENT_SHA256}
    origin.unlink()
    assert fetch_source(source, tmp_path / "public") == [first]


def test_changed_original_is_refused_and_the_old_file_kept(origin, tmp_path):
    fetch_source(make_source(origin), tmp_path / "public")
    kept = tmp_path / "public/table/table.csv"
    kept.write_bytes(b"damaged")
    origin.write_bytes(b"changed")
    with pytest.raises(DataError, match="checksum"):
        fetch_source(make_source(origin), tmp_path / "public")
    assert sorted(path.name for path in kept.parent.iterdir()) == ["checksums.json", "table.csv"]


def test_pinned_checksum(origin, tmp_path):
    (good,) = fetch_source(make_source(origin, CONTENT_SHA256), tmp_path / "public")
    assert good.pinned
    with pytest.raises(DataError, match="checksum"):
        fetch_source(make_source(origin, "0" * 64), tmp_path / "other")
    assert not (tmp_path / "other/table/table.csv").exists()


def test_failed_download(tmp_path):
    with pytest.raises(DataError, match="download failed"):
        fetch_source(make_source(tmp_path / "nowhere.csv"), tmp_path / "public")


def test_table_of_sources():
    for name, source in PUBLIC_SOURCES.items():
        assert source.name == name and source.licence and (source.files or source.by_hand)
        assert all(file.url.startswith("https://") for file in source.files)
    assert get_public_source("chebi20").licence.startswith("ChEBI: CC BY")
    with pytest.raises(UserError, match="chebi20"):
        get_public_source("chebi-20")


def test_what_no_download_gives_says_what_to_do_by_hand(tmp_path):
    with pytest.raises(UserError, match=r"openexp has to be downloaded by hand .*osf\.io/3dv4k.*train\.json"):
        fetch_source(get_public_source("openexp"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_every_public_set_of_recipes_can_be_fetched_or_says_how():
    assert {one.value for one in PublishedName} <= set(PUBLIC_SOURCES)

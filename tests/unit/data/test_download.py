from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import TCPServer

import pytest

from anymol.data.fetch import PublicSource, RemoteFile, fetch_source
from anymol.errors import DataError

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(TCPServer):
    """Serves one file, as well or as badly as a test tells it to.

    Attributes:
        content: The file.
        mark: Its ETag; None sends none.
        breaks: After how many bytes of an answer each connection breaks off, the first ones in order.
        ranges: Whether it knows ranges.
        spoils: Whether the ends that it sends are wrong bytes.
        refuses: Whether it says that there is no such file.
        asked: The ``Range`` of every request.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.mark: str | None = '"one"'
        self.breaks: list[int] = []
        self.ranges = True
        self.spoils = False
        self.refuses = False
        self.asked: list[str | None] = []

    @property
    def source(self) -> PublicSource:
        return self.pinned(None)

    def pinned(self, sha256: str | None) -> PublicSource:
        file = RemoteFile(f"http://127.0.0.1:{self.server_address[1]}/table.csv", sha256)
        return PublicSource("table", "a table", "CC0", (file,), "")


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        if self.server.refuses:
            self.send_error(404)
            return
        start, content = 0, self.server.content
        if asked and self.server.ranges and self.headers.get("If-Range") == self.server.mark:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        if self.server.mark:
            self.send_header("ETag", self.server.mark)
        body = content[start:]
        if start and self.server.spoils:
            body = bytes(len(body))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.breaks.pop(0)] if self.server.breaks else body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the screen of the tests clean."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "table").iterdir())


def test_a_broken_download_goes_on_where_it_was(server: Server, tmp_path: Path) -> None:
    server.breaks = [1000, 2000]
    (found,) = fetch_source(server.source, tmp_path)
    assert found.path.read_bytes() == CONTENT and found.sha256 == SHA256
    assert server.asked == [None, "bytes=1000-", "bytes=3000-"]
    assert names(tmp_path) == ["checksums.json", "table.csv"]


def test_the_next_call_goes_on_too(server: Server, tmp_path: Path) -> None:
    server.breaks = [1000, 0]
    with pytest.raises(DataError, match="1,000 bytes are kept"):
        fetch_source(server.source, tmp_path)
    assert not (tmp_path / "table/table.csv").exists() and not (tmp_path / "table/checksums.json").exists()
    (found,) = fetch_source(server.source, tmp_path)
    assert found.sha256 == SHA256 and server.asked[-1] == "bytes=1000-"


def test_a_file_that_changed_meanwhile_is_taken_anew(server: Server, tmp_path: Path) -> None:
    server.breaks = [1000, 0]
    with pytest.raises(DataError):
        fetch_source(server.source, tmp_path)
    server.content, server.mark = CONTENT[::-1], '"two"'
    (found,) = fetch_source(server.source, tmp_path)
    assert found.path.read_bytes() == CONTENT[::-1]


def test_a_file_that_shrank_meanwhile_is_taken_anew(server: Server, tmp_path: Path) -> None:
    server.breaks = [1000, 0]
    with pytest.raises(DataError):
        fetch_source(server.source, tmp_path)
    server.content = b"short"
    with pytest.raises(DataError, match="fewer bytes"):
        fetch_source(server.source, tmp_path)
    (found,) = fetch_source(server.source, tmp_path)
    assert found.path.read_bytes() == b"short"


@pytest.mark.parametrize("mark", [None, 'W/"one"'], ids=["none", "weak"])
def test_without_a_mark_of_the_version_nothing_is_joined(server: Server, tmp_path: Path, mark: str | None) -> None:
    server.mark, server.breaks = mark, [1000]
    with pytest.raises(DataError, match="broke off after 1,000 of 10,240 bytes"):
        fetch_source(server.source, tmp_path)
    assert names(tmp_path) == []
    (found,) = fetch_source(server.source, tmp_path)
    assert found.sha256 == SHA256 and server.asked == [None, None]


def test_a_server_without_ranges_sends_all_again(server: Server, tmp_path: Path) -> None:
    server.ranges, server.breaks = False, [1000]
    (found,) = fetch_source(server.source, tmp_path)
    assert found.path.read_bytes() == CONTENT and server.asked == [None, "bytes=1000-"]


def test_wrong_bytes_at_the_end_are_refused_and_thrown_away(server: Server, tmp_path: Path) -> None:
    server.breaks, server.spoils = [1000], True
    with pytest.raises(DataError, match="checksum"):
        fetch_source(server.pinned(SHA256), tmp_path)
    assert names(tmp_path) == []
    (found,) = fetch_source(server.pinned(SHA256), tmp_path)
    assert found.pinned and found.path.read_bytes() == CONTENT


def test_a_refusal_is_not_tried_again(server: Server, tmp_path: Path) -> None:
    server.refuses = True
    with pytest.raises(DataError, match="404"):
        fetch_source(server.source, tmp_path)
    assert server.asked == [None] and names(tmp_path) == []

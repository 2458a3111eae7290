"""API keys: made once and shown once; the file holds their hashes."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from anymol.errors import ConfigError, InvalidFileError
from anymol.files import write_atomically

_PREFIX: Final = "am-"
_SCHEMA: Final = 1
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_MAX_BYTES: Final = 1 << 20
_REREAD: Final = 2.0
"""Seconds between two looks at whether the file has changed."""


@dataclass(frozen=True)
class ApiKey:
    """One key, as the file keeps it.

    Attributes:
        name: Whose it is; stands in logs and metrics.
        sha256: Hash of the key. A key has 256 random bits, so that its hash needs neither salt nor stretching.
        created: Day on which it was made, as ``2026-11-30``.
        per_minute: Requests in a minute, where they are not those of the server.
    """

    name: str
    sha256: str
    created: str
    per_minute: int | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigError(
                "the name of a key is 1 to 64 letters, digits and . _ @ -", value=self.name, hint="for example: eln"
            )
        if not _HASH.fullmatch(self.sha256):
            raise ConfigError("the hash of a key is 64 hexadecimal digits", hint="make the key again")
        if self.per_minute is not None and (isinstance(self.per_minute, bool) or self.per_minute < 1):
            raise ConfigError("requests in a minute are at least 1", value=self.per_minute)


class KeyRing:
    """The keys of a file; a key that is taken out of the file, or put in, counts within seconds.

    Args:
        path: The file.

    Raises:
        InvalidFileError: It is missing, damaged or without a key.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys = read_keys(path)
        if not self._keys:
            raise InvalidFileError("the file holds no keys", value=path, hint="make one with --make-key NAME")
        self._state = self._look()
        self._again = time.monotonic() + _REREAD

    def find(self, given: str) -> ApiKey | None:
        """Return the key that was given; None where there is none such. Every key is compared, in constant time."""
        self._refresh()
        digest = _hash(given)
        found = None
        for key in self._keys:
            if hmac.compare_digest(key.sha256, digest):
                found = key
        return found

    def _refresh(self) -> None:
        if time.monotonic() < self._again:
            return
        self._again = time.monotonic() + _REREAD
        state = self._look()
        if state == self._state:
            return
        try:
            self._keys, self._state = read_keys(self._path), state
        except InvalidFileError:  # a file that is being written, or was damaged: whoever had a key keeps it
            return

    def _look(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size


def make_key(path: Path, name: str, per_minute: int | None = None) -> str:
    """Make a key, add its hash to a file, and return the key: nobody can show it again.

    Args:
        path: The file; it is made where it is missing, readable by its owner alone.
        name: Whose key it is.
        per_minute: Requests in a minute, where they are not those of the server.

    Raises:
        ConfigError: The name is taken or cannot be one.
    """
    keys = read_keys(path) if path.exists() else ()
    if any(one.name == name for one in keys):
        raise ConfigError(
            f"there is a key called '{name}'", value=name, hint="take it out of the file, or name another"
        )
    written = _PREFIX + secrets.token_urlsafe(32)
    made = ApiKey(name, _hash(written), time.strftime("%Y-%m-%d", time.gmtime()), per_minute)
    content = {"schema": _SCHEMA, "keys": [asdict(one) for one in (*keys, made)]}
    write_atomically(path, json.dumps(content, indent=1) + "\n")
    path.chmod(0o600)
    return written


def read_keys(path: Path) -> tuple[ApiKey, ...]:
    """Return the keys of a file.

    Raises:
        InvalidFileError: It is missing, or not a file of keys.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InvalidFileError("the file of keys is too large", value=path, hint=f"at most {_MAX_BYTES:,} bytes")
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        if content["schema"] != _SCHEMA:
            raise ValueError(f"its schema is {content['schema']}, and {_SCHEMA} is read")
        return tuple(ApiKey(**one) for one in content["keys"])
    except OSError as error:
        raise InvalidFileError(
            f"the file of keys cannot be read: {error.strerror}", value=path, hint="make one with --make-key NAME"
        ) from None
    except (ValueError, KeyError, TypeError, ConfigError) as error:
        raise InvalidFileError(
            f"this is not a file of keys: {error}", value=path, hint="make one with --make-key NAME"
        ) from None


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()

"""Hostile files for every reader: damaged, cut, packed, endless, nested, and things that are not files at all."""

from __future__ import annotations

import gzip
import io
import os
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.torture.attack import Try
from tests.torture.reader_cases import CASES, damage
from tests.torture.strings import BITS, describe_exception, judge_error, make_text

from anymol.errors import AnyMolError
from anymol.modalities.modality import Modality
from anymol.readers import read_molecules
from anymol.readers.formats import read_conformers, read_images, read_infrared_spectra, read_mass_spectra
from anymol.readers.parts import read_shown
from anymol.readers.resolve import Molecule
from anymol.readers.tables import Columns, count_rows, read_rows
from anymol.recipe import load_recipe

TABLES = {
    "a.csv": b'smiles,id,text\nCCO,1,ethanol\nc1ccccc1,2,"benz,ene"\n',
    "a.tsv": b"smiles\tid\nCCO\t1\nCC\t2\n",
    "a.jsonl": b'{"smiles": "CCO", "id": 1}\n"CC"\n{"smiles": "CN", "text": "x", "more": [1, {"a": null}]}\n',
    "a.smi": b"CCO ethanol\nCC |^1:0| radical\n",
}
RECIPE = b"name: x\ndata: {components: [{kind: properties, builtin: true}]}\nstages:\n- {stage: pretrain, steps: 3}\n"


def read_table(path: Path) -> Any:
    count_rows(path)
    return list(read_rows(path, Columns("smiles", "text")))


def show(path: Path) -> Any:
    return [read_shown(str(path), modality) for modality in Modality]


GOOD: list[tuple[str, bytes, Callable[[Path], Any]]] = [
    *((case.name, case.make(), lambda path, read=case.read: list(read(path))) for case in CASES.values()),
    *((name, content, read_table) for name, content in TABLES.items()),
    ("a.yaml", RECIPE, load_recipe),
]
ANYONE: tuple[Callable[[Path], Any], ...] = (
    lambda path: list(read_molecules(path)),
    lambda path: list(read_conformers(path)),
    lambda path: list(read_images(path)),
    lambda path: list(read_mass_spectra(path)),
    lambda path: list(read_infrared_spectra(path)),
    lambda path: Molecule.parse(path),
    lambda path: Molecule.parse(str(path)),
    read_table,
    load_recipe,
    show,
)


def make_content(good: bytes, rng: random.Random) -> bytes:
    """Return the content of a hostile file."""
    match rng.randrange(16):
        case 0:
            return rng.randbytes(rng.choice((0, 1, 7, 100, 5000)))
        case 1:
            return good[: rng.randrange(len(good) + 1)]
        case 2:
            return good.replace(b"\n", rng.choice((b"\r", b"\r\n", b"\n\r", b"\0", b"", b"\x85")))
        case 3:
            return good.decode("latin-1").encode(
                rng.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "cp037"))
            )
        case 4:
            place = rng.randrange(len(good) + 1)
            return (
                good[:place]
                + rng.choice((b"\0", b"9", b"x", b" ", b"\xff", b"-", b"(")) * rng.choice((100, 3_000_000))
                + good[place:]
            )
        case 5:
            return good * rng.choice((2, 500))
        case 6:
            long_lines = (b"C" * 5000 + b"\n") * 16_000
            return gzip.compress(rng.choice((good, b"\0" * 80_000_000, gzip.compress(good), long_lines)), 1)
        case 7:
            packed = gzip.compress(good)
            return packed[: rng.randrange(len(packed))] + rng.randbytes(rng.randrange(5))
        case 8:
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as stream:
                stream.writestr("a", b"\0" * 10_000_000)
            return archive.getvalue()
        case 9:
            depth = rng.choice((100, 50_000))
            return rng.choice((b"[", b'{"a":', b"<a>", b"((", b"- ")) * depth + good
        case 10:
            return make_entities()
        case 11:
            return make_png(rng.choice((1, 30_000, 2**31 - 1)), rng.choice((1, 30_000, 2**31 - 1)))
        case 12:
            return make_text(rng).encode("utf-8", "surrogatepass")
        case 13:
            return good.replace(
                rng.choice((b"1", b"0", b"C", b" ")), rng.choice(BITS).encode("utf-8", "surrogatepass"), 3
            )
        case _:
            return damage(good, rng)


def make_entities() -> bytes:
    """Return XML whose entities multiply to billions."""
    lines = [b'<?xml version="1.0"?><!DOCTYPE mzML [<!ENTITY a "x">']
    lines += [b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 10) for c in b"bcdefghij"]
    return b"\n".join([*lines, b"]><mzML><run>&j;</run></mzML>"])


def make_png(width: int, height: int) -> bytes:
    """Return a small file of a picture that says it is large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def make_place(name: str, folder: Path, rng: random.Random) -> Path:
    """Return a path at which something other than a file stands."""
    path = folder / name
    match rng.randrange(9):
        case 0:
            os.mkfifo(path)
        case 1:
            path.symlink_to(path)
        case 2:
            path.mkdir()
        case 3:
            path.symlink_to(rng.choice(("/dev/zero", "/dev/random", "/dev/full", "/dev/null", "/proc/self/mem")))
        case 4:
            path.symlink_to(folder / "gone")
        case 5:
            return folder / ("x" * 300 + name)
        case 6:
            return folder / "a.csv" / name
        case 7:
            return folder / f"\udcff\x1b[2J{name}"
        case _:
            return Path(f"~nobody-of-that-name/{name}")
    return path


def prepare(folder: Path) -> None:
    """Nothing is shared."""


def attempt(one: Try) -> str | None:
    """Hand a file to a reader: it is read, with errors in its rows, or refused by an error of ours."""
    rng, folder = one.rng, one.folder
    name, good, read = rng.choice(GOOD)
    if rng.randrange(4) == 0:
        read = rng.choice(ANYONE)
    if rng.randrange(8) == 0:
        path = make_place(name, folder, rng)
    else:
        path = folder / (name if rng.randrange(10) else f"{name}.gz")
        path.write_bytes(make_content(good, rng))
    try:
        found = read(path)
    except AnyMolError as error:
        return judge_error(error)
    except Exception as error:  # noqa: BLE001 - which is what is looked for
        return describe_exception(error, path.name)
    for row in found if isinstance(found, list) else ():
        if isinstance(error := getattr(row, "error", None), AnyMolError) and (fault := judge_error(error)):
            return fault
    return None

"""Build the dictionary of common names that ships inside the package.

    python scripts/build_common_names.py --data-dir DIR

Reads ``names.parquet`` and ``sources.csv`` of the data directory, takes the names that people use (not the systematic
ones that OPSIN reads) from sources whose licence allows it, and writes ``src/anymol/chem/common_names.tsv.gz``. Names
and molecules of val and test rows are left out, so that the evaluation of name -> molecule stays honest. So are names
whose structure contradicts the stereochemistry that the name spells: OPSIN reads most of these rightly, and a flat or
mirrored structure is worse than none. Formula, mass and skeleton stand beside each neutral molecule. Needs py2opsin
and a Java runtime.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow.parquet as pq
from py2opsin import py2opsin

from anymol.chem.composition import measure_composition
from anymol.chem.keys import inchikey, inchikey_block
from anymol.chem.names import normalize_name
from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import InvalidSmilesError

OUTPUT = Path(__file__).resolve().parents[1] / "src/anymol/chem/common_names.tsv.gz"

SOURCES = ("chebi", "toxcast_dsstox", "freesolv", "esol", "aqsoldb", "massbank")
"""Sources of names in use, the most trusted first: curated ontologies before records of spectra."""

KINDS = frozenset({"common", "curated", "record"})
MEASURED = frozenset({"freesolv", "esol", "aqsoldb"})
"""Tables of measurements, whose structures carry stereochemistry that nobody vouches for: (R)-3-methylhexane."""

MAX_LENGTH = 60
_RECORD_NUMBER = re.compile(r".*_.*|[A-Z]+-?\d{4,}.*|\d[\d.\s-]*|NCGC\d+.*", re.IGNORECASE)
"""Laboratory codes and retention times that MassBank records carry in place of a name."""

_SPELLS_STEREO = re.compile(
    r"\((?:\d+[a-z]?['\u2032]*)?[RSEZrs](?:,(?:\d+[a-z]?['\u2032]*)?[RSEZrs])*\)|(?:^|[\s-])[EZ]-|\b(?:cis|trans)-|\b[LD]-(?=[a-z])"
)
"""Descriptors in a name: (2S,3R), (E), Z-, cis-, L-. A bare S- is a locant, as in demeton-S-methyl."""


def main() -> int:
    """Build the file and print what went in."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data-dir", type=Path, default=os.environ.get("ANYMOL_DATA"), required="ANYMOL_DATA" not in os.environ
    )
    data_dir = Path(parser.parse_args().data_dir)
    licences = _read_licences(data_dir / "sources.csv")
    rows = pq.read_table(data_dir / "names.parquet").to_pylist()

    held = [row for row in rows if row["split"] != "train"]
    held_names = {normalize_name(row["name"]) for row in held}
    held_blocks = {_block(row["smiles"]) for row in held}

    candidates: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        if row["split"] != "train" or row["kind"] not in KINDS or row["source"] not in SOURCES:
            continue
        name = " ".join(row["name"].split())
        key = normalize_name(name)
        if len(name) > MAX_LENGTH or _RECORD_NUMBER.fullmatch(name) or key in held_names:
            continue
        block = _block(row["smiles"])
        if block and block not in held_blocks:
            candidates[key].append({"name": name, "smiles": row["smiles"], "source": row["source"], "block": block})

    chosen = sorted(
        (best for found in candidates.values() if (best := _choose(found)) is not None),
        key=lambda row: normalize_name(row["name"]),
    )
    chosen = _leave_out_contradictions(chosen)
    lines = [f"# {source}: {licences[source]}" for source in SOURCES]
    lines += ["\t".join((row["name"], row["smiles"], row["source"], *_describe(row["smiles"]))) for row in chosen]
    with (
        OUTPUT.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=9, mtime=0, filename="") as packed,
    ):
        packed.write(("\n".join(lines) + "\n").encode("utf-8"))
    counts = Counter(row["source"] for row in chosen)
    sys.stdout.write(f"{len(chosen)} names, {OUTPUT.stat().st_size:,} bytes: {dict(counts)}\n")
    return 0


def _choose(found: list[dict[str, str]]) -> dict[str, str] | None:
    """Return the row to keep for one name: that of the most trusted source, if this source knows one skeleton only.

    Among its rows the one with most stereochemistry written wins, then the alphabet.
    """
    trusted = min(SOURCES.index(row["source"]) for row in found)
    rows = [row for row in found if row["source"] == SOURCES[trusted]]
    if len({row["block"] for row in rows}) > 1:
        return None
    return min(rows, key=lambda row: (-sum(map(row["smiles"].count, "@/\\")), row["smiles"]))


def _leave_out_contradictions(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows whose structure has the stereochemistry of their name, as far as that can be told."""
    readings = py2opsin([row["name"] for row in rows], output_format="SMILES")
    return [row for row, reading in zip(rows, readings, strict=True) if not _contradicts(row, reading)]


def _contradicts(row: dict[str, str], reading: str) -> bool:
    """Whether a name spells other stereochemistry than its structure has.

    Args:
        row: Name, structure and source.
        reading: What OPSIN reads in the name; empty where it reads nothing.
    """
    has_stereo = re.search(r"[@/\\]", row["smiles"]) is not None
    key, other = inchikey(row["smiles"]), _key(reading) if reading else ""
    if key[:14] != other[:14]:
        # OPSIN reads nothing or, as it does with trivial names, another compound: the spelling itself has to tell.
        return not has_stereo and _SPELLS_STEREO.search(row["name"]) is not None
    if key[:23] == other[:23]:
        return False
    # Trivial names mean a stereoisomer without spelling it; tables of measurements draw one without meaning it.
    return re.search(r"[@/\\]", reading) is not None or row["source"] in MEASURED


def _describe(smiles: str) -> tuple[str, str, str]:
    """Return formula, mass (Da), and the skeleton where it is not the SMILES itself; nothing of ions and mixtures."""
    found = measure_composition(smiles)
    if found is None:
        return "", "", ""
    return found.formula, f"{found.mass:.5f}", "" if found.skeleton == smiles else found.skeleton


def _key(smiles: str) -> str:
    """Return the InChIKey; an empty string where there is none."""
    try:
        return inchikey(smiles)
    except InvalidSmilesError:
        return ""


def _block(smiles: str) -> str:
    """Return the connectivity block; an empty string where InChI has none."""
    try:
        return inchikey_block(canonicalize_smiles(smiles))
    except InvalidSmilesError:
        return ""


def _read_licences(path: Path) -> dict[str, str]:
    """Return source -> origin and licence, for the sources of names whose weights may be shipped."""
    licences: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if "names" in row["file"] and row["weights_allowed"] == "yes":
                for source in row["source_value"].split(","):
                    licences[source.strip()] = f"{row['origin']}, {row['licence']}"
    missing = [source for source in SOURCES if source not in licences]
    if missing:
        raise SystemExit(f"sources.csv does not allow {', '.join(missing)}")
    return licences


if __name__ == "__main__":
    sys.exit(main())

"""Build the dictionary of common names that ships inside the package.

    python scripts/build_common_names.py --data-dir DIR

Reads ``names.parquet`` and ``sources.csv`` of the data directory, takes the names that people use (not the systematic
ones that OPSIN reads) from sources whose licence allows it, and writes ``src/anymol/chem/common_names.tsv.gz``. Names
and molecules of val and test rows are left out, so that the evaluation of name -> molecule stays honest, and so are
names of the curated list. Imidic acids and lactims that InChIs left behind become amides. Left out too is what
``check_names.py`` finds wrong: a structure without the stereochemistry or the counter-part that its name spells, or one
that OPSIN reads otherwise. Of the latter both may be right ('3,6-diacetylmorphine' to a chemist and to a grammar); they
go to the end of the file, as names in dispute. So do names that OPSIN cannot read and only tables of measurements have,
unless another source knows their structures, under whatever names: some 3 % of those structures are slips.
Formula, mass and skeleton stand beside each neutral molecule. Needs py2opsin and a Java runtime.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Collection
from pathlib import Path

import pyarrow.parquet as pq
from check_names import agrees_with_opsin, count_stereo, find_missing_words, has_bare_metal
from rdkit import Chem
from usual_tautomers import write_named_tautomer

from anymol.chem.composition import measure_composition
from anymol.chem.keys import inchikey_block
from anymol.chem.names import DISPUTED, UNVOUCHED, find_name, normalize_name
from anymol.chem.opsin import read_systematic_name
from anymol.chem.parsing import canonicalize_smiles, parse_smiles, write_canonical
from anymol.errors import InvalidSmilesError, TimeLimitError, UnknownNameError

OUTPUT = Path(__file__).resolve().parents[1] / "src/anymol/chem/common_names.tsv.gz"

SOURCES = ("chebi", "toxcast_dsstox", "freesolv", "esol", "aqsoldb", "massbank")
"""Sources of names in use, the most trusted first: curated ontologies before records of spectra."""

KINDS = frozenset({"common", "curated", "record"})
MEASURED = frozenset({"freesolv", "esol", "aqsoldb"})
"""Tables of measurements, whose structures carry stereochemistry that nobody vouches for: (R)-3-methylhexane."""

MAX_LENGTH = 60
_CUT_AT = 48
_RECORD_NUMBER = re.compile(r".*_.*|[A-Z]+-?\d{4,}.*|\d[\d.\s-]*|NCGC\d+.*", re.IGNORECASE)
"""Laboratory codes and retention times that MassBank records carry in place of a name."""

Row = dict[str, str]


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

    candidates: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["split"] != "train" or row["kind"] not in KINDS or row["source"] not in SOURCES:
            continue
        name = " ".join(row["name"].split())
        key = normalize_name(name)
        hit = find_name(name)
        # What stands in the curated list, lists of names, and names that lost a letter: "?-Estradiol".
        if (hit is not None and hit.kind) or ";" in name or "?" in name:
            continue
        if len(name) > MAX_LENGTH or _RECORD_NUMBER.fullmatch(name) or key in held_names:
            continue
        block = _block(row["smiles"])
        if block and block not in held_blocks:
            smiles = write_named_tautomer(name, row["smiles"])
            candidates[key].append({"name": name, "smiles": smiles, "source": row["source"], "block": block})

    chosen = sorted(
        (best for found in candidates.values() if (best := _choose(found)) is not None),
        key=lambda row: normalize_name(row["name"]),
    )
    known = {_flatten(smiles) for smiles in {row["smiles"] for row in rows if row["source"] not in MEASURED}}
    sound, disputed, unvouched = _sort_out(chosen, known)
    lines = [f"# {source}: {licences[source]}" for source in SOURCES]
    lines += ["\t".join((row["name"], row["smiles"], row["source"], *_describe(row["smiles"]))) for row in sound]
    lines += [DISPUTED + "\t".join((row["name"], row["smiles"], row["source"])) for row in disputed]
    lines += [UNVOUCHED + "\t".join((row["name"], row["smiles"], row["source"])) for row in unvouched]
    with (
        OUTPUT.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=9, mtime=0, filename="") as packed,
    ):
        packed.write(("\n".join(lines) + "\n").encode("utf-8"))
    counts = Counter(row["source"] for row in sound)
    print(f"{len(sound)} names, {len(disputed)} in dispute, {len(unvouched)} of tables alone: {dict(counts)}")
    print(f"{OUTPUT.name}: {OUTPUT.stat().st_size:,} bytes")
    return 0


def _choose(found: list[Row]) -> Row | None:
    """Return the row to keep for one name: that of the most trusted source, if this source knows one skeleton only.

    Of this skeleton the rows with most stereochemistry written win, those of all sources that draw it with care: a
    record of a spectrum often leaves it out. Where such rows contradict each other, the most trusted source decides.
    """
    trusted = min(SOURCES.index(row["source"]) for row in found)
    blocks = {row["block"] for row in found if row["source"] == SOURCES[trusted]}
    if len(blocks) > 1:
        return None
    rows = [row for row in found if row["block"] in blocks and row["source"] not in MEASURED] or found
    rows = [row for row in rows if row["block"] in blocks]
    most = max(count_stereo(row["smiles"]) for row in rows)
    return min(
        (row for row in rows if count_stereo(row["smiles"]) == most),
        key=lambda row: (SOURCES.index(row["source"]), row["smiles"]),
    )


def _sort_out(rows: list[Row], known: Collection[str]) -> tuple[list[Row], list[Row], list[Row]]:
    """Return the rows whose structure is what their name says, those that OPSIN reads otherwise, and those unvouched.

    Args:
        rows: The rows.
        known: Structures without stereochemistry that others than tables of measurements have.
    """
    sound: list[Row] = []
    disputed: list[Row] = []
    unvouched: list[Row] = []
    for row in rows:
        if find_missing_words(row["name"], row["smiles"]) is not None or has_bare_metal(row["smiles"]):
            continue
        try:
            reading = read_systematic_name(row["name"])
        except (UnknownNameError, TimeLimitError):
            if row["source"] not in MEASURED or _flatten(row["smiles"]) in known:
                sound.append(row)
            elif not _is_cut(row["name"]):
                unvouched.append(row)
            continue
        agrees = agrees_with_opsin(row["smiles"], reading)
        if agrees is False:
            disputed.append(row)
        # Tables of measurements draw stereochemistry that their names do not mean.
        elif not (row["source"] in MEASURED and count_stereo(row["smiles"]) > _count_read(reading.smiles)):
            sound.append(row)
    return sound, disputed, unvouched


def _is_cut(name: str) -> bool:
    """Whether a name was cut off by its table, as those of AqSolDB are at 48 characters."""
    return len(name) >= _CUT_AT or name.endswith((",", "-", "(")) or name.count("(") != name.count(")")


def _flatten(smiles: str) -> str:
    """Return a structure without its stereochemistry; an empty string where it does not parse."""
    try:
        mol = parse_smiles(smiles)
    except InvalidSmilesError:
        return ""
    Chem.RemoveStereochemistry(mol)
    return write_canonical(mol)


def _count_read(smiles: str) -> int:
    try:
        return count_stereo(smiles)
    except InvalidSmilesError:
        return 0


def _describe(smiles: str) -> tuple[str, str, str]:
    """Return formula, mass (Da), and the skeleton where it is not the SMILES itself; nothing of ions and mixtures."""
    found = measure_composition(smiles)
    if found is None:
        return "", "", ""
    return found.formula, f"{found.mass:.5f}", "" if found.skeleton == smiles else found.skeleton


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

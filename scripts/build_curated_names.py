"""Build the curated dictionary that ships inside the package from the own list beside this script.

    python scripts/build_curated_names.py --data-dir DIR

Each row of ``curated_names.tsv`` is a compound with its names, written for anymol or taken from the source it states.
A name with a tilde is a rarer meaning of an abbreviation (``~TEA`` of triethanolamine). A row goes in when something
beside the list vouches for its structure: OPSIN reads one of its names so, a source of ``names.parquet`` has the pair,
its InChIKey or molar mass is the published one (column ``evidence``), the structure occurs among the molecules and
reactions of the data directory, or a salt's parts are rows themselves. Names that OPSIN reads otherwise without a
warning must stand in ``opsin_differs``.
Writes ``src/anymol/chem/curated_names.tsv.gz``; needs py2opsin and a Java runtime.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
from check_names import OWN_LIST, agrees_with_opsin, find_missing_words

from anymol.chem.composition import measure_composition
from anymol.chem.descriptors import compute_descriptor
from anymol.chem.fragments import analyze_composition
from anymol.chem.keys import inchikey
from anymol.chem.names import normalize_name
from anymol.chem.opsin import read_systematic_name
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.errors import InvalidSmilesError, TimeLimitError, UnknownNameError

OUTPUT = Path(__file__).resolve().parents[1] / "src/anymol/chem/curated_names.tsv.gz"
REACTION_FILES = ("reactions", "conditions", "yields_patent_suzuki", "reactions_ecreact")
MASS_TOLERANCE = 0.15
"""Largest difference of a published molar mass, g/mol; catalogues round atomic weights differently."""

Row = dict[str, str]


def main() -> int:
    """Build the file; the exit code is 1 where nothing vouches for a row or something contradicts it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data-dir", type=Path, default=os.environ.get("ANYMOL_DATA"), required="ANYMOL_DATA" not in os.environ
    )
    data_dir = Path(parser.parse_args().data_dir)
    with OWN_LIST.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        row["smiles"] = canonicalize_smiles(row["smiles"])
    pairs, seen = read_pairs(data_dir, rows), read_structures(data_dir, {row["smiles"] for row in rows})
    faults: list[str] = [*find_repeats(rows)]
    structures = {row["smiles"] for row in rows}
    lines: list[str] = []
    kinds: Counter[str] = Counter()
    for row in rows:
        checks = [*check_row(row, pairs, faults), *(["known structure"] if row["smiles"] in seen else [])]
        if "." in row["smiles"] and not checks and parts_stand(row["smiles"], structures):
            checks.append("parts")
        if not checks:
            faults.append(f"{row['name']}: nothing vouches for {row['smiles']}")
        kinds.update(check.split(":")[0] for check in checks[:1])
        lines.append("\t".join(write_row(row, checks)))
    for fault in faults:
        print(fault)
    print(
        f"{len(rows)} compounds, {sum(1 + len(list_synonyms(row)) for row in rows)} names; by first check {dict(kinds)}"
    )
    if faults:
        return 1
    with (
        OUTPUT.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=9, mtime=0, filename="") as packed,
    ):
        packed.write(("\n".join(lines) + "\n").encode("utf-8"))
    print(f"{OUTPUT.name}: {OUTPUT.stat().st_size:,} bytes")
    return 0


def check_row(row: Row, pairs: dict[str, dict[str, set[str]]], faults: list[str]) -> Iterator[str]:
    """Yield what vouches for a row; what speaks against it is added to `faults`."""
    key = find_key(row["smiles"])
    kind, _, value = row["evidence"].partition(" ")
    if kind == "InChIKey":
        if value == key:
            yield "InChIKey"
        else:
            faults.append(f"{row['name']}: its InChIKey is {key}, not {value}")
    elif kind == "M":
        mass = float(compute_descriptor("molecular_weight", parse_smiles(row["smiles"])).value)
        if abs(mass - float(value)) <= MASS_TOLERANCE:
            yield "molar mass"
        else:
            faults.append(f"{row['name']}: its molar mass is {mass:.2f}, not {value}")
    excepted = set(row["opsin_differs"].split("; "))
    names = [row["name"], *(name for name in list_synonyms(row) if not name.startswith("~"))]
    for name in names:
        if (missing := find_missing_words(name, row["smiles"])) is not None:
            faults.append(f"{name}: {row['smiles']} has no {missing}")
        yield from sorted(source for source in pairs[normalize_name(name)].get(key, ()) if key)
        try:
            reading = read_systematic_name(name)
        except (UnknownNameError, TimeLimitError):
            continue
        agrees = agrees_with_opsin(row["smiles"], reading)
        if agrees:
            yield f"OPSIN: {name}"
        elif agrees is False and name not in excepted:
            faults.append(f"{name}: OPSIN reads {reading.smiles}, the list has {row['smiles']}")


def parts_stand(smiles: str, structures: Collection[str]) -> bool:
    """Whether each part of a salt is a compound of the list, as it is or with its protons."""
    return all(
        part in structures or analyze_composition(part).parent_neutral in structures for part in smiles.split(".")
    )


def find_repeats(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the names that two compounds have in the same spelling, and the structures that stand twice."""
    names: dict[str, str] = {}
    structures: dict[str, str] = {}
    for row in rows:
        for name in (row["name"], *list_synonyms(row)):
            if not name.startswith("~") and names.setdefault(name, row["name"]) != row["name"]:
                yield f"{name}: a name of {names[name]} and of {row['name']}"
        if structures.setdefault(row["smiles"], row["name"]) != row["name"] and row["kind"] != "catalyst":
            yield f"{row['name']}: the same structure as {structures[row['smiles']]}"


def read_pairs(data_dir: Path, rows: Iterable[Row]) -> dict[str, dict[str, set[str]]]:
    """Return name -> InChIKey -> sources that have the pair, of the names in the list."""
    wanted = {normalize_name(name) for row in rows for name in (row["name"], *list_synonyms(row))}
    pairs: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    columns = pq.read_table(data_dir / "names.parquet", columns=["name", "smiles", "source"]).to_pydict()
    for name, smiles, source in zip(*columns.values(), strict=True):
        if (key := normalize_name(name)) in wanted:
            pairs[key][find_key(smiles)].add(source)
    return pairs


def read_structures(data_dir: Path, wanted: set[str]) -> set[str]:
    """Return those of some structures that occur among the molecules and reactions of the data directory."""
    found: set[str] = set()
    for path in (data_dir / f"{name}.parquet" for name in ("molecules", *REACTION_FILES)):
        fields = set(pq.read_schema(path).names) & {
            "smiles",
            "reactants",
            "reagents",
            "products",
            "solvents",
            "catalysts",
        }
        for batch in pq.ParquetFile(path).iter_batches(columns=sorted(fields)):
            for column in batch.columns:
                texts = [text for text in column.to_pylist() if text]
                found |= wanted.intersection(texts)
                found |= wanted.intersection(part for text in texts if "." in text for part in text.split("."))
    return found


def write_row(row: Row, checks: list[str]) -> tuple[str, ...]:
    """Return a row as it ships: what was checked first names the best witness."""
    made_of = measure_composition(row["smiles"])
    formula = str(compute_descriptor("formula", parse_smiles(row["smiles"])).value)
    mass, skeleton = ("", "") if made_of is None else (f"{made_of.mass:.5f}", made_of.skeleton)
    skeleton = "" if skeleton == row["smiles"] else skeleton
    names = "; ".join((row["name"], *list_synonyms(row)))
    return (
        names,
        row["smiles"],
        row["source"],
        formula,
        mass,
        skeleton,
        row["kind"],
        "; ".join(dict.fromkeys(checks[:2])),
    )


def list_synonyms(row: Row) -> list[str]:
    """Return the further names of a row."""
    return [name for name in row["synonyms"].split("; ") if name]


def find_key(smiles: str) -> str:
    """Return the InChIKey; an empty string where there is none."""
    try:
        return inchikey(smiles)
    except InvalidSmilesError:
        return ""


if __name__ == "__main__":
    sys.exit(main())

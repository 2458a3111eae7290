"""Name the most frequent changes of recorded reactions: reaction_names.tsv.gz of ``anymol.chem``.

Reads the shards of ``anymol store build --maps DIR`` and classifies a few reactions of each frequent change with
AgaveChem (MIT), whose templates carry ids and names of the Name Reaction Ontology (RXNO, CC BY 4.0). A change is named
where most of its reactions are named alike. AgaveChem is installed beside anymol for this alone:

    pip install agave-chem==0.2.0
    python scripts/build_reaction_names.py MAPS --output src/anymol/chem/reaction_names.tsv.gz
"""

from __future__ import annotations

import argparse
import gzip
import io
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

CHANGES: Final = 2000
"""Most frequent changes that are named."""

ASKED: Final = 3
"""Reactions of each that are classified; two that agree are enough."""


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("maps", type=Path, help="folder of the shards")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--changes", type=int, default=CHANGES)
    options = parser.parse_args()
    counts, reactions = count_changes(options.maps, options.changes)
    named = []
    for number, (core, _) in enumerate(counts, start=1):
        name = name_change(reactions[core])
        if name is not None:
            named.append((core, *name))
        if number % 100 == 0:
            print(f"{number} changes, {len(named)} named", flush=True)
    lines = ["core\trxno\tname\tkind", *("\t".join(row) for row in sorted(named))]
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as stream:
        stream.write(("\n".join(lines) + "\n").encode())
    options.output.write_bytes(packed.getvalue())
    share = sum(count for core, count in counts if core in {row[0] for row in named})
    print(f"{len(named)} changes are named, of {share:,} reactions")


def count_changes(maps: Path, most: int) -> tuple[list[tuple[str, int]], dict[str, list[str]]]:
    """Return the most frequent changes, and a few reactions of each: of different surroundings where there are any."""
    counts: Counter[str] = Counter()
    reactions: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for path in sorted(maps.glob("*.parquet")):
        for row in pq.read_table(path, columns=["core", "template", "mapped"]).to_pylist():
            if row["core"]:
                counts[row["core"]] += 1
                if len(reactions[row["core"]]) < ASKED:
                    reactant, _, product = row["mapped"].split(">")
                    reactions[row["core"]].setdefault(row["template"], f"{reactant}>>{product}")
    return counts.most_common(most), {core: list(found.values()) for core, found in reactions.items()}


def name_change(reactions: list[str]) -> tuple[str, str, str] | None:
    """Return id, name and kind of a change on which most of its reactions agree; None where they do not."""
    from anymol.chem.templates import remove_numbers

    votes: Counter[tuple[str, str, str]] = Counter()
    for number, reaction in enumerate(reactions, start=1):
        name = classify(">".join(map(remove_numbers, reaction.split(">"))))
        if name is not None:
            votes[name] += 1
        best, count = votes.most_common(1)[0] if votes else (None, 0)
        if count > number - count and (count >= 2 or number == len(reactions)):
            return best
    return None


def classify(reaction: str) -> tuple[str, str, str] | None:
    """Return RXNO's id and name and the kind of a reaction; None where no template of AgaveChem fits."""
    found = mapper().map_reaction(reaction)
    for entries in (found.classification_info or {}).values():
        for entry in entries:
            if entry["rxno_classification"]:
                rxno = entry["rxno_classification"][0]
                kind = [entry["superclass_name"], entry["class_name"], entry["subclass_name"]]
                return rxno["rxno_id"], rxno["rxno_label"], " / ".join(k for k in kind if k and k != "Unspecified")
    return None


@cache
def mapper() -> Any:
    """Return AgaveChem's mapper by templates, which takes seconds to make."""
    from agave_chem import TemplateReactionMapper

    return TemplateReactionMapper("templates")


if __name__ == "__main__":
    main()

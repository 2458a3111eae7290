"""Measure which of ChemIQ's questions the tools of ``anymol mcp`` answer by themselves.

ChemIQ (Runcie, Deane and Imrie, 2025; github.com/oxpig/ChemIQ, BSD-3) has 816 questions with short answers. For each of
its types that a tool covers, this script calls that tool through the SDK's client, as an assistant would, with what the
question gives; no language model reads the question. Types that no tool covers are counted as wrong. Names are judged
as ChemIQ does: OPSIN must read the structure in them. A mapping of atoms is right where it is the one given, or keeps
all elements and bonds.

    python scripts/measure_tools.py --data-dir DIR [--output docs/results/tools.md]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from mcp.client.client import Client

from anymol.chem.opsin import read_systematic_name
from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import AnyMolError
from anymol.files import write_atomically
from anymol.serve.config import ServerConfig
from anymol.serve.mcp_tools import make_mcp_server
from anymol.serve.pool import WorkerPool

RESULTS: Final = Path(__file__).parents[1] / "docs" / "results" / "tools"
Ask = Callable[[Client, dict[str, Any]], Awaitable[bool]]


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    """Return the structured content of a call.

    Raises:
        ValueError: The tool says that the input is wrong.
    """
    result = await client.call_tool(tool, arguments)
    if result.is_error:
        raise ValueError(str(result.content))
    return result.structured_content


async def ask_name(client: Client, row: dict[str, Any]) -> bool:
    """Name a structure; OPSIN reads the name."""
    found = await call(client, "name_molecule", molecule=_find_block(row["prompt"]))
    name = str(found["answers"][0]["value"])
    return canonicalize_smiles(read_systematic_name(name).smiles) == canonicalize_smiles(row["answer"])


async def ask_carbons(client: Client, row: dict[str, Any]) -> bool:
    """Count carbons."""
    found = await call(client, "calculate", names=["atom_counts"], molecules=[_find_block(row["prompt"])])
    (counts,) = found["results"]
    carbons = next((part["value"] for part in counts["parts"] if part["label"] in ("C", "carbon")), 0)
    return int(carbons) == int(row["answer"])


async def ask_rings(client: Client, row: dict[str, Any]) -> bool:
    """Count rings."""
    found = await call(client, "calculate", names=["ring_count"], molecules=[_find_block(row["prompt"])])
    return int(found["results"][0]["value"]) == int(row["answer"])


async def ask_path(client: Client, row: dict[str, Any]) -> bool:
    """Count the bonds between two dummy atoms."""
    found = await call(client, "calculate", names=["shortest_path"], molecules=[_find_block(row["prompt"])])
    return int(found["results"][0]["value"]) == int(row["answer"])


async def ask_mapping(client: Client, row: dict[str, Any]) -> bool:
    """Map the atoms of one writing to those of another: each is a substructure of the other."""
    first, second = re.findall(r"Molecule [12]: (\S+)", row["prompt"])
    found = await call(client, "calculate", names=["substructure"], molecules=[second, first])
    mapping = dict(enumerate(found["results"][0]["parts"][0]["atoms"]))
    return mapping == _read_pairs(row["answer"]) or _is_mapping(mapping, first, second)


async def ask_product(client: Client, row: dict[str, Any]) -> bool:
    """Predict the product of a reaction; the first one counts."""
    block = _find_block(row["prompt"])
    reactants = ".".join(line for line in block.split() if line != "+")
    found = await call(client, "predict_products", reactants=reactants, top_k=1)
    return bool(canonicalize_smiles(str(found["answers"][0]["value"])) == canonicalize_smiles(row["answer"]))


ASKED: Final[dict[str, tuple[str, Ask]]] = {
    "smiles_to_iupac": ("name_molecule", ask_name),
    "atom_mapping": ("calculate substructure", ask_mapping),
    "shortest_path": ("calculate shortest_path", ask_path),
    "counting_carbon": ("calculate atom_counts", ask_carbons),
    "counting_ring": ("calculate ring_count", ask_rings),
    "reaction": ("predict_products", ask_product),
}
"""Type of question -> the tool that is called, and how."""


def _read_pairs(text: str) -> dict[int, int]:
    """Return the pairs of a list such as ``[(0, 2), (1, 3)]``."""
    return {int(one): int(other) for one, other in re.findall(r"\((\d+), (\d+)\)", text)}


def _is_mapping(mapping: dict[int, int], first: str, second: str) -> bool:
    """Whether a mapping keeps elements and bonds: symmetric atoms may be mapped in several right ways."""
    from rdkit import Chem

    one, other = Chem.MolFromSmiles(first), Chem.MolFromSmiles(second)
    if sorted(mapping.values()) != list(range(other.GetNumAtoms())) or len(mapping) != one.GetNumAtoms():
        return False
    if any(one.GetAtomWithIdx(i).GetAtomicNum() != other.GetAtomWithIdx(j).GetAtomicNum() for i, j in mapping.items()):
        return False
    pairs = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in one.GetBonds()]
    return all(other.GetBondBetweenAtoms(mapping[i], mapping[j]) is not None for i, j in pairs)


def _find_block(prompt: str) -> str:
    """Return what stands between the first and the last paragraph of a question."""
    return "\n".join(prompt.split("\n\n")[1:-1]).strip()


async def measure(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return counts by type of question."""
    config = ServerConfig(workers=1)
    asked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    wrong: dict[str, list[str]] = defaultdict(list)
    began = time.perf_counter()
    async with WorkerPool(config) as pool, Client(make_mcp_server(pool, config)) as client:
        for row in rows:
            kind = row["question_category"]
            asked[kind] += 1
            if kind not in ASKED:
                continue
            try:
                good = await ASKED[kind][1](client, row)
            except (ValueError, AnyMolError, IndexError, KeyError) as error:
                good = False
                wrong[kind].append(f"{row['uuid']}: {type(error).__name__}")
            right[kind] += good
    return {
        "questions": len(rows),
        "right": sum(right.values()),
        "seconds": round(time.perf_counter() - began, 1),
        "types": {
            kind: {"n": n, "right": right[kind], "tool": ASKED[kind][0] if kind in ASKED else None}
            for kind, n in sorted(asked.items(), key=lambda one: -one[1])
        },
        "no_answer": {kind: listed[:10] for kind, listed in wrong.items()},
    }


def write_page(found: dict[str, Any]) -> str:
    """Return the table as Markdown."""
    lines = [
        "# Tools alone on ChemIQ",
        "",
        "Which of [ChemIQ](https://github.com/oxpig/ChemIQ)'s questions the [tools](../how-to/mcp.md) answer with no",
        "language model between: `python scripts/measure_tools.py` calls, through the SDK's client, the tool that the",
        "type of a question asks for, with the structures of the question. Types without a tool count as wrong.",
        "Published: reasoning models answer 50 to 57 % of all questions, others 3 to 7 %.",
        "",
        "| type of question | n | tool | right |",
        "| :--- | ---: | :--- | ---: |",
    ]
    for kind, one in found["types"].items():
        tool = f"`{one['tool']}`" if one["tool"] else "none"
        share = f"{one['right']} ({100 * one['right'] / one['n']:.0f} %)"
        lines.append(f"| {kind} | {one['n']} | {tool} | {share} |")
    share = f"{found['right']} ({100 * found['right'] / found['questions']:.0f} %)"
    lines += [f"| all | {found['questions']} | | {share} |", ""]
    return "\n".join(lines)


def main() -> None:
    """Measure and write table and figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("ANYMOL_DATA"), help="the real data")
    parser.add_argument("--output", type=Path, default=RESULTS.with_suffix(".md"), help="the page of the table")
    parser.add_argument("--limit", type=int, help="questions of each type, at most")
    given = parser.parse_args()
    import pyarrow.parquet as pq

    rows = pq.read_table(Path(given.data_dir) / "chemiq.parquet").to_pylist()
    if given.limit:
        kept: Counter[str] = Counter()
        chosen = []
        for row in rows:
            kept[row["question_category"]] += 1
            if kept[row["question_category"]] <= given.limit:
                chosen.append(row)
        rows = chosen
    found = asyncio.run(measure(rows))
    print(json.dumps(found, indent=1))
    if not given.limit:
        write_atomically(given.output, write_page(found))
        write_atomically(given.output.with_suffix(".json"), json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""How long does writing one side of a reaction along the other take, and how near does it come?

The baseline is what R-SMILES does without atom maps: RDKit writes each molecule from every atom as root, and the form
with the least Levenshtein distance to the reference is kept. Both write products along the largest reactant and
reactants along the product, canonical and randomised, by turns; the times of a round give one ratio.

    python benchmarks/alignment.py --data-dir DATA
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import pyarrow.parquet as pq
from machine import describe_machine
from rapidfuzz.distance import Levenshtein
from rdkit import Chem, RDLogger

from anymol.chem import correspondence
from anymol.chem.alignment import align_smiles
from anymol.chem.variants import randomize_smiles

RESULTS = Path(__file__).parent / "results" / "alignment.json"


class Arm(StrEnum):
    """A way to write an answer along its question."""

    ANYMOL = "anymol"
    EVERY_ROOT = "rdkit, every atom as root"


class Side(StrEnum):
    """What is written along what."""

    FORWARD = "product along reactant"
    RETRO = "reactants along product"


def read_reactions(data_dir: Path, count: int, seed: int) -> list[tuple[str, str]]:
    """Draw (reactants, product) pairs of the training split."""
    table = pq.read_table(
        data_dir / "reactions.parquet", columns=["reactants", "products"], filters=[("split", "=", "train")]
    )
    pairs = zip(table["reactants"].to_pylist(), table["products"].to_pylist(), strict=True)
    fitting = [(one, two) for one, two in pairs if one and two and "." not in two and len(one) + len(two) <= 320]
    return random.Random(seed).sample(fitting, min(count, len(fitting)))


def write_questions(pairs: list[tuple[str, str]], seed: int) -> list[tuple[Side, str, str]]:
    """Return (side, answer, reference) of both directions, references canonical and randomised."""
    rng = random.Random(seed)
    questions = []
    for reactants, product in pairs:
        largest = max(reactants.split("."), key=len)
        for reactant, asked in ((largest, product), (randomize_smiles(largest, rng), randomize_smiles(product, rng))):
            questions += [(Side.FORWARD, product, reactant), (Side.RETRO, reactants, asked)]
    return questions


def align(side: Side, smiles: str, reference: str) -> str:
    """Write a side as the instruction data do: of reactants the one that gives most to the product comes first."""
    pieces = smiles.split(".")
    if side is Side.RETRO:
        overlap = {piece: len(correspondence.match_atoms(piece, reference)) for piece in set(pieces)}
        pieces.sort(key=lambda piece: (-overlap[piece], -len(piece), piece))
    return ".".join(align_smiles(piece, reference) for piece in pieces)


def try_every_root(side: Side, smiles: str, reference: str) -> str:
    """Write each molecule from every atom and keep the nearest form; of reactants the nearest comes first."""
    nearest = []
    for piece in smiles.split("."):
        mol = Chem.MolFromSmiles(piece)
        forms = {Chem.MolToSmiles(mol, rootedAtAtom=atom) for atom in range(mol.GetNumAtoms())}
        nearest.append(min((Levenshtein.distance(form, reference), form) for form in forms))
    return ".".join(form for _, form in (sorted(nearest) if side is Side.RETRO else nearest))


def forget() -> None:
    """Empty the caches, so that each round does the same work."""
    for cached in (correspondence.read_graph, correspondence.read_reference, correspondence.pair_atoms):
        cached.cache_clear()


def measure(side: Side, questions: list[tuple[Side, str, str]], answers: list[str]) -> dict[str, float]:
    """Return the mean edit distance from the reference and the mean length, in characters."""
    pairs = [(answer, reference) for (of, _, reference), answer in zip(questions, answers, strict=True) if of is side]
    return {
        "edits": round(statistics.fmean(Levenshtein.distance(answer, reference) for answer, reference in pairs), 2),
        "length": round(statistics.fmean(len(answer) for answer, _ in pairs), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--reactions", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]  # made at import
    questions = write_questions(read_reactions(options.data_dir, options.reactions, options.seed), options.seed)
    writers: dict[Arm, Callable[[Side, str, str], str]] = {Arm.ANYMOL: align, Arm.EVERY_ROOT: try_every_root}
    seconds: dict[Arm, list[float]] = {arm: [] for arm in Arm}
    answers: dict[Arm, list[str]] = {}
    for _ in range(options.rounds):
        for arm, write in writers.items():
            forget()
            start = time.process_time()
            answers[arm] = [write(*question) for question in questions]
            seconds[arm].append(time.process_time() - start)
    ratios = [ours / theirs for ours, theirs in zip(seconds[Arm.ANYMOL], seconds[Arm.EVERY_ROOT], strict=True)]
    result = {
        "machine": describe_machine(), "reactions": options.reactions, "sides": len(questions),
        "rounds": options.rounds, "seed": options.seed, "clock": "processor time of one process",
        "time_ratio": {"median": round(statistics.median(ratios), 3), "min": round(min(ratios), 3),
                       "max": round(max(ratios), 3)},
    }  # fmt: skip
    for arm in Arm:
        result[arm.value] = {
            "ms_per_side": round(1000 * statistics.median(seconds[arm]) / len(questions), 3),
            **{side.value: measure(side, questions, answers[arm]) for side in Side},
        }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()

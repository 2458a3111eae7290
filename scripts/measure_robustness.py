"""Measures what another writing of a molecule, or a slip of the finger, changes, and writes the report.

Writings: molecules of val rows are given in six writings beside the canonical one; reported is how often the answer is
the same to the letter, by all sources and by the model alone. Slips: one letter of a common name, or of a word of a
question, is left out, doubled or exchanged with the next; reported is what becomes of it. Large molecules and rare
elements stand in the report of measure_reactions.py.

Run:  python scripts/measure_robustness.py --data-dir DATA
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet as pq
import selfies
from rdkit import Chem

from anymol.chem.keys import write_inchi
from anymol.chem.name_reading import read_name
from anymol.chem.names import find_name, is_curated, list_named, suggest_names
from anymol.chem.parsing import parse_smiles
from anymol.errors import UnknownNameError
from anymol.evaluation.routed_questions import LabelledQuestion, Verdict, read_labelled_questions, route_labelled
from anymol.files import write_atomically
from anymol.inference.answers import FailedPrediction
from anymol.inference.assistant import Assistant
from anymol.inference.options import SourceChoice

REPORT: Final = Path(__file__).parents[1] / "docs" / "results" / "robustness.md"
QUESTIONS: Final = Path(__file__).parents[1] / "benchmarks" / "questions.jsonl"
COLUMNS: Final = (
    (SourceChoice.AUTO, "logp"),
    (SourceChoice.AUTO, "retrosynthesis"),
    (SourceChoice.MODEL, "logp"),
    (SourceChoice.MODEL, "captioning"),
)
"""Who answers, and what is asked."""
SAID: Final = {SourceChoice.AUTO: "as answered", SourceChoice.MODEL: "by the model alone"}
NAME_FATES: Final = (
    "read as the right molecule",
    "declined, the right name among those proposed",
    "declined",
    "read as another molecule, with a doubt said",
    "read as another molecule",
)
WORD: Final = re.compile(r"\b[A-Za-z][a-z]{5,}\b")
"""Words that slip: six letters and more, the first of which stays."""


def main() -> None:
    """Ask, count and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=50, help="molecules, each in all writings")
    parser.add_argument("--names", type=int, default=1000, help="names that slip")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=REPORT)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    lines = [
        "# Other writings, and slips of the finger",
        "",
        "```",
        f"python scripts/measure_robustness.py --data-dir DATA --rows {options.rows} --names {options.names}",
        "```",
        "",
        "Large molecules and rare elements: [reactions](reactions.md).",
        *report_writings(draw_molecules(options.data_dir, options.rows, rng), rng),
        *report_names(draw_names(options.names, rng), rng),
        *report_words(rng),
    ]
    write_atomically(options.output, "\n".join(lines) + "\n")


def draw_molecules(data_dir: Path, count: int, rng: np.random.Generator) -> list[str]:
    """Return canonical SMILES of val rows that every writing can tell."""
    table = pq.read_table(data_dir / "captions.parquet", columns=["smiles"], filters=[("split", "=", "val")])
    rows = table["smiles"].to_pylist()
    drawn = (Chem.MolToSmiles(parse_smiles(rows[place])) for place in rng.permutation(len(rows)).tolist())
    return [smiles for _, smiles in zip(range(count), drawn, strict=False)]


def list_writings(rng: np.random.Generator) -> dict[str, Callable[[str], str]]:
    """Return the writings: name -> what writes a canonical SMILES anew."""

    def kekulize(smiles: str) -> str:
        mol = parse_smiles(smiles)
        Chem.Kekulize(mol, clearAromaticFlags=True)
        return Chem.MolToSmiles(mol, kekuleSmiles=True)

    def randomize(smiles: str) -> str:
        mol = parse_smiles(smiles)
        order = rng.permutation(mol.GetNumAtoms()).tolist()
        return Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)

    return {
        "random SMILES": randomize,
        "rings as single and double bonds": kekulize,
        "hydrogens as atoms": lambda smiles: Chem.MolToSmiles(Chem.AddHs(parse_smiles(smiles))),
        "mapped atoms": lambda smiles: Chem.MolToSmiles(_map(parse_smiles(smiles))),
        "InChI": lambda smiles: write_inchi(smiles)[0],
        "SELFIES": lambda smiles: str(selfies.encoder(smiles)),
    }


def report_writings(molecules: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Return the table of answers that stay the same."""
    assistant = Assistant.load()
    asked = {column: answer(assistant, *column, molecules) for column in COLUMNS}
    heads = " | ".join(f"{task}, {SAID[source]}" for source, task in COLUMNS)
    lines = ["", f"## The same answers (n = {len(molecules)} molecules of `captions`, val)", ""]
    lines += [f"| writing | {heads} |", f"|---|{'---|' * len(COLUMNS)}"]
    for name, write in list_writings(rng).items():
        written = [write(one) for one in molecules]
        same = [
            sum(one == other for one, other in zip(answer(assistant, *column, written), asked[column], strict=True))
            for column in COLUMNS
        ]
        lines.append(f"| {name} | {' | '.join(f'{count} of {len(molecules)}' for count in same)} |")
    return lines


def answer(assistant: Assistant, source: SourceChoice, task: str, molecules: Sequence[str]) -> list[str]:
    """Return the text of the first answer to each molecule, or of the error."""
    found = assistant.predict(task, list(molecules), source=source)
    return [str(one.error if isinstance(one, FailedPrediction) else one.answers[0].value) for one in found]


def draw_names(count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Return names of the curated list that are words of six letters and more, with their canonical SMILES."""
    known = sorted(
        {(hit.name, hit.smiles) for hit in list_named() if WORD.fullmatch(hit.name) and is_curated(hit.smiles)}
    )
    return [known[place] for place in rng.permutation(len(known))[:count].tolist()]


def report_names(names: Sequence[tuple[str, str]], rng: np.random.Generator) -> list[str]:
    """Return the table of what becomes of names in which a letter slipped."""
    fates = Counter(judge_name(slip(name, rng), smiles) for name, smiles in names)
    lines = [
        "",
        f"## Names in which one letter slipped (n = {len(names)})",
        "",
        "| what becomes of it | share |",
        "|---|---|",
    ]
    return lines + [f"| {fate} | {fates[fate] / len(names):.3f} |" for fate in NAME_FATES]


def judge_name(written: str, smiles: str) -> str:
    """Return what becomes of a name that means a molecule, as one of `NAME_FATES`."""
    try:
        found = read_name(written)
    except UnknownNameError:
        near = (find_name(one) for one in suggest_names(written))
        return NAME_FATES[1] if smiles in [hit.smiles for hit in near if hit is not None] else NAME_FATES[2]
    return NAME_FATES[0] if found.smiles == smiles else NAME_FATES[3] if found.doubts else NAME_FATES[4]


def report_words(rng: np.random.Generator) -> list[str]:
    """Return the table of what becomes of questions in one word of which a letter slipped."""
    asked = [one for one in read_labelled_questions(QUESTIONS) if one.split == "tune"]
    right = [one for one in asked if route_labelled(one).verdict is Verdict.RIGHT]
    slipped = [replace(one, question=new) for one in right if (new := slip_word(one, rng)) is not None]
    fates = Counter(route_labelled(one).verdict for one in slipped)
    lines = ["", f"## Questions in a word of which one letter slipped (n = {len(slipped)}, all right without it)", ""]
    lines += ["| what becomes of it | share |", "|---|---|"]
    return lines + [f"| {verdict} | {fates[verdict] / len(slipped):.3f} |" for verdict in Verdict]


def slip_word(asked: LabelledQuestion, rng: np.random.Generator) -> str | None:
    """Return a question with a slip in one of its plain words, the molecules' apart; None where it has none."""
    kept = " ".join([*(asked.molecules or ()), asked.text or ""]).lower()
    words = [one for one in WORD.finditer(asked.question) if one.group().lower() not in kept]
    if not words:
        return None
    word = words[rng.integers(len(words))]
    return asked.question[: word.start()] + slip(word.group(), rng) + asked.question[word.end() :]


def slip(word: str, rng: np.random.Generator) -> str:
    """Return a word with a letter left out, doubled, or exchanged with the next one, which differs from it."""
    while True:
        place = int(rng.integers(1, len(word) - 1))
        before, letter, after = word[:place], word[place], word[place + 1 :]
        kind = rng.integers(3)
        found = (before + after, before + 2 * letter + after, before + after[0] + letter + after[1:])[kind]
        if found != word:
            return found


def _map(mol: Chem.Mol) -> Chem.Mol:
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(atom.GetIdx() + 1)
    return mol


if __name__ == "__main__":
    main()

"""Sixteen questions on real inputs, answered by the model that ships with anymol.

    make demo        or        python examples/demo.py

Prints one table, and writes drawings and the answers of a batch file to ``out/demo``. The answers come from the shipped
weights: without them this script ends with a message and a non-zero exit code.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from anymol import AnyMolError, Assistant, Prediction
from anymol.chem.depiction import draw_molecule
from anymol.cli.options import silence_libraries
from anymol.cli.render import draw_answers, render_checks, show_input
from anymol.inference.answers import Answer
from anymol.inference.batch import BatchPlan, predict_file

EXAMPLES = Path(__file__).resolve().parent
OUTPUT = Path("out") / "demo"

ASPIRIN_SELFIES = "[C][C][=Branch1][C][=O][O][C][=C][C][=C][C][=C][Ring1][=Branch1][C][=Branch1][C][=O][O]"
BENZOCAINE_INCHI = "InChI=1S/C9H11NO2/c1-2-12-9(11)7-3-5-8(10)6-4-7/h3-6H,2,10H2,1H3"

Ask = Callable[[Assistant], Prediction]

QUESTIONS: tuple[tuple[str, Ask], ...] = (
    (
        "What is the molecular weight of this molecule? (an SDF file)",
        lambda a: a.ask("What is the molecular weight of this molecule?", [str(EXAMPLES / "aspirin.sdf")]),
    ),
    (
        "Which stereocentres does this have? (SMILES)",
        lambda a: a.ask("Which stereocentres does this molecule have?", ["C[C@H](N)C(=O)O"]),
    ),
    (
        "Which functional groups does this have? (SELFIES)",
        lambda a: a.ask("Which functional groups does this molecule have?", [ASPIRIN_SELFIES]),
    ),
    (
        "What is its polar surface area? (an XYZ file)",
        lambda a: a.predict("tpsa", str(EXAMPLES / "caffeine.xyz")),
    ),
    (
        "What is its name? (InChI)",
        lambda a: a.predict("molecule_to_name", BENZOCAINE_INCHI),
    ),
    (
        "Which molecule is this? (a systematic name)",
        lambda a: a.predict("name_to_molecule", "4-(2-chloroethyl)benzoic acid"),
    ),
    (
        "What comes out of this reaction? (reactants>reagents>)",
        lambda a: a.predict("forward_reaction", "CC(=O)Cl.Nc1ccccc1>CCN(CC)CC>", top_k=3),
    ),
    (
        "What comes out of this mixture? (dot-joined SMILES)",
        lambda a: a.predict("forward_reaction", "CCO.CC(=O)O", top_k=3),
    ),
    ("How can this be made? (a name)", lambda a: a.predict("retrosynthesis", "benzocaine", top_k=3)),
    (
        "Balance an equation.",
        lambda a: a.ask("Balance KMnO4 + HCl = KCl + MnCl2 + H2O + Cl2"),
    ),
    (
        "Which molecule is this? (a photographed drawing)",
        lambda a: a.predict("molecule_recognition", str(EXAMPLES / "ibuprofen_photo.jpg")),
    ),
    (
        "Which molecule is this? (an MS/MS spectrum)",
        lambda a: a.predict("molecule_recognition", str(EXAMPLES / "naproxen.mgf"), top_k=3),
    ),
    (
        "Which reaction is this? (a scanned scheme)",
        lambda a: a.predict("reaction_recognition", str(EXAMPLES / "acylation_scheme.png")),
    ),
    (
        "What is the m/z of [M+H]+? (a MOL file)",
        lambda a: a.ask("What is the m/z of [M+H]+ of this molecule?", [str(EXAMPLES / "ibuprofen.mol")]),
    ),
    (
        "Replace the bromine by a cyano group.",
        lambda a: a.predict("molecule_editing", "Brc1ccccc1", text="replace the bromine by a cyano group", top_k=3),
    ),
    (
        "Design a molecule to a specification.",
        lambda a: a.predict("text_guided_design", "1 ring, 1 carboxylic acid, molecular weight 100 to 150", top_k=3),
    ),
)


def main() -> int:
    """Ask everything; return the exit code."""
    silence_libraries()
    started = time.perf_counter()
    try:
        assistant = Assistant.load()
    except AnyMolError as error:
        print(f"demo: {error}", file=sys.stderr)
        print("demo: the answers come from the weights in src/anymol/embedded/nano; nothing was asked", file=sys.stderr)
        return error.exit_code
    loaded = time.perf_counter() - started
    OUTPUT.mkdir(parents=True, exist_ok=True)
    console = Console(markup=False, highlight=False, emoji=False, width=None if sys.stdout.isatty() else 150)
    table = Table(box=box.SIMPLE_HEAD, show_lines=True, show_edge=False)
    table.add_column("question and input", overflow="fold", ratio=4)
    table.add_column("answer", overflow="fold", ratio=4)
    table.add_column("how sure", overflow="fold", ratio=2)
    table.add_column("what the first answer rests on, and its checks", overflow="fold", ratio=5)
    answered = 0
    for number, (question, ask) in enumerate(QUESTIONS, 1):
        try:
            prediction = ask(assistant)
        except AnyMolError as error:
            table.add_row(Text(f"{number}. {question}"), Text(f"no answer: {error}", style="yellow"))
            continue
        answered += 1
        _add(table, number, question, prediction)
        draw_answers(prediction, OUTPUT, f"{number:02}-{prediction.task}")
        if prediction.asked.molecule:
            draw_molecule(prediction.asked.molecule, OUTPUT / f"{number:02}-question.svg")
    console.print(table)
    summary = _answer_file(assistant)
    seconds = time.perf_counter() - started
    console.print(f"{answered} of {len(QUESTIONS)} questions answered by {assistant.name} in {seconds - loaded:.1f} s")
    console.print(f"a file of rows: {summary}")
    console.print(f"drawings and answers: {OUTPUT}")
    console.print(
        "'exact' and 'computed' come from a program; a number is the probability that what a network says is exactly "
        "right, and it may be wrong (docs/limits.md)"
    )
    console.print(
        "next: .venv/bin/anymol serve answers programs and people at http://127.0.0.1:8000 (docs/how-to/serve.md)"
    )
    return 0 if answered else 1


def _add(table: Table, number: int, question: str, prediction: Prediction) -> None:
    asked = Text(f"{number}. {question}\n").append(Path(show_input(prediction.input)).name, style="dim")
    if not Path(str(prediction.input)).is_file():
        asked = Text(f"{number}. {question}\n").append(show_input(prediction.input), style="dim")
    if not prediction.answers:
        table.add_row(asked, Text("no answer", style="yellow"))
        return
    table.add_row(
        asked,
        Text(
            "\n".join(
                answer.shown if answer.result is None else answer.result.statement for answer in prediction.answers
            )
        ),
        Text("\n".join(answer.certainty for answer in prediction.answers)),
        _show_grounds(prediction.answers[0]),
    )


def _show_grounds(answer: Answer) -> RenderableType:
    """Return who gave an answer, and under it what was checked."""
    grounds = Text(answer.origin, style="dim")
    return Group(grounds, render_checks(answer.checks)) if answer.checks else grounds


def _answer_file(assistant: Assistant) -> str:
    """Answer every row of a csv file; a bad row stays in its place."""
    output = OUTPUT / "molecules.jsonl"
    plan = BatchPlan("logp", EXAMPLES / "molecules.csv", output)
    summary = predict_file(plan, lambda: assistant, overwrite=True)
    return summary.describe()


if __name__ == "__main__":
    sys.exit(main())

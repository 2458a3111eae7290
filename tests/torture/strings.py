"""Hostile texts for all that reads one: SMILES, names, questions, SELFIES, InChI, reactions, formulas, options."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from tests.torture.attack import Try

from anymol.calculations.calculation import Inquiry, Subject
from anymol.calculations.table import CALCULATIONS
from anymol.chem.formula import parse_formula
from anymol.chem.hazards import screen
from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.reaction import canonicalize_reaction
from anymol.chem.selfies import read_selfies
from anymol.cli.main import parse
from anymol.errors import AnyMolError, UnreadableAnswerError
from anymol.inference.assistant import Assistant
from anymol.inference.conversation import Conversation
from anymol.inference.options import PredictOptions, SourceChoice
from anymol.modalities.storage import from_json, to_json
from anymol.readers.resolve import Molecule, MolType
from anymol.recipe import parse_recipe
from anymol.synthesis.graph import synthesize_graph
from anymol.synthesis.table import choose_engines
from anymol.tasks.edit_words import parse_edit
from anymol.tasks.specification_words import parse_specification
from anymol.tasks.table import TASKS

GOOD = (
    "CCO", "CC(=O)Oc1ccccc1C(=O)O", "C[C@H](N)C(=O)O", "[Na+].[Cl-]", "C/C=C\\C", "[13CH3][2H]", "c1ccc2[nH]ccc2c1",
    "CC |^1:0|", "[C][C][=O]", "[C][Branch1][C][O][C]", "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3", "aspirin", "2-propanol",
    "sodium chloride", "4-bromoanisole + phenylboronic acid, Pd(PPh3)4", "CCO.CC(=O)O>>CCOC(C)=O", "CCO>O>CC=O",
    "C9H8O4", "LFQSCWFLJHTTHZ-UHFFFAOYSA-N", "50-78-2", "CHEMBL25", "add a hydroxyl group", "LogP between 1 and 3",
    "What is the LogP of aspirin?", "How heavy is CCO?", "Is CCO the same as OCC?", "Balance H2 + O2 -> H2O",
    "What is the m/z of [M+H]+ of caffeine?", "How many grams are 3 mmol of NaCl?", "Which is heavier, CCO or CC?",
    "What does CCO.CC(=O)O give?", "seed=1", "stages.0.optimiser.lr=1e-3", "<SMILES>CCO</SMILES>",
    "<mol>⌬C⌬C⌬O</mol>", "examples/aspirin.sdf", "graph,image:depiction", "And aspirin?", "What is its weight?",
)  # fmt: skip

BITS = (
    "\0", "\x1b[2J", "\x1b]0;x\x07", "\u202e", "\u200b", "\ufeff", "\ud800", "\udcff", "\U0010ffff", "\u0301" * 50,
    "\r\n", "%s%n", "{0}", "{__class__}", "${HOME}", "$(ls)", "`ls`", "../../etc/passwd", "file:///etc/passwd",
    "~root/x", "--help", "-", "''", '"', "[red]", "<script>", "&a *a", "!!python/object", "9" * 30, "1e999", "-1",
    "nan", "inf", "0x10", "1_000", "+" * 40, "-" * 40,
    "#" * 40, "%99", "%(999)", "[999C]", "[C+999]", "[C:99999999999]",
    "[#300]", "*", "?", ">>", ">", "|", "~", "\\", "/", "@", "é", "ß", "漢字", "🧪", "½", "²", "µ", "−", "Ⅷ", "ﬁ", "İ",
    "\t", " ", "\u2028", "\x85",
)  # fmt: skip


def make_text(rng: random.Random) -> str:
    """Return a hostile text of at most a million characters."""
    return _make_text(rng)[:1_000_000]


def _make_text(rng: random.Random) -> str:
    match rng.randrange(11):
        case 0:
            return "".join(
                chr(rng.choice((rng.randrange(128), rng.randrange(0x110000)))) for _ in range(rng.randrange(60))
            )
        case 1:
            return rng.randbytes(rng.randrange(80)).decode(rng.choice(("latin-1", "utf-8")), "surrogateescape")
        case 2:
            opening, closing = rng.choice(
                (("(", ")"), ("[", "]"), ("{", "}"), ("C(", ")"), ("<", ">"), ("[C+", "]"), ("((", ""))
            )
            depth = rng.choice((3, 50, 1000, 20_000))
            return (
                rng.choice(GOOD) * rng.randrange(2)
                + opening * depth
                + "C"
                + closing * rng.choice((depth, depth - 1, 0))
            )
        case 3:
            return rng.choice(
                ("C", "c1ccccc1", "[C]", "[C][Branch1]", "CC.", "1", " ", "C1", "N=", "a ", "2-", "\u0301")
            ) * rng.choice((100, 999, 5000, 60_000))
        case 4:
            return rng.choice(BITS) * rng.choice((1, 1, 3, 500))
        case 5:
            return rng.choice(GOOD) + rng.choice(BITS) + rng.choice(GOOD)
        case 6:
            return rng.choice((" ", ".", ">>", ", ", " and ", "; ", "\n", "")).join(
                rng.choice(GOOD) for _ in range(rng.choice((2, 3, 40)))
            )
        case 7:
            size = rng.choice((5, 50, 500))
            return "".join(rng.choice("CNOPSFIclBr[]()=#@+-.%0123456789/\\*:$~<>") for _ in range(size))
        case 8:
            return "".join(
                rng.choice("0123456789.,eE+-/^ gmolLMk%()") for _ in range(rng.choice((5, 60)))
            ) + rng.choice(GOOD)
        case _:
            return mutate(rng.choice(GOOD), rng)


def mutate(text: str, rng: random.Random) -> str:
    """Return a good text with one to six wounds."""
    letters = list(text)
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(letters) + 1)
        match rng.randrange(5):
            case 0:
                del letters[place : place + rng.randint(1, 4)]
            case 1:
                letters[place:place] = rng.choice(BITS)
            case 2:
                letters[place:place] = letters[: rng.randrange(min(100, len(letters)) + 1)] * rng.choice((1, 2, 200))
            case 3:
                rng.shuffle(letters)
            case _:
                letters[place:place] = rng.choice("CNOcn()[]=#1234567890+-@.>/ %")
    return "".join(letters)


@cache
def assistant() -> Assistant:
    return Assistant.load(lazy=True)


def ask(text: str, rng: random.Random) -> Any:
    question = rng.choice(
        (text, f"What is the LogP of {text}?", f"How many grams are 2 mol of {text}?", f"Compare {text} and CCO")
    )
    return assistant().ask(question, source="tool")


def ask_about(text: str, rng: random.Random) -> Any:
    return assistant().ask(
        rng.choice(("What is its weight?", "Name it.", "What is this?", "Draw it.")), [text], source="tool"
    )


def predict(text: str, rng: random.Random) -> Any:
    return assistant().predict(rng.choice(list(TASKS)), text, source="tool")


def predict_slots(text: str, rng: random.Random) -> Any:
    task = TASKS[rng.choice(list(TASKS))]
    slots = {slot.value: task.example[0].get(slot) for slot in (*task.required, *task.optional)}
    name = rng.choice(
        ["molecule", "reactants", "reagents", "products", "text", "formula", "reagents_state", "records", text]
    )
    return assistant().predict(
        task, {key: value for key, value in slots.items() if value} | {name: text}, source="tool"
    )


def predict_rows(text: str, rng: random.Random) -> Any:
    return [one.to_json() for one in assistant().predict_many("tpsa", [text, "CCO", text], source="tool")]


def calculate(text: str, rng: random.Random) -> Any:
    calculation = CALCULATIONS[rng.choice(list(CALCULATIONS))]
    molecules = (Subject(canonicalize_smiles(text)) if rng.randrange(3) == 0 else Subject("CCO"), Subject("OCC"))
    return calculation.run(Inquiry(molecules[: calculation.takes.least], text)).text


def converse(text: str, rng: random.Random) -> Any:
    conversation, options = Conversation(assistant()), PredictOptions(source=SourceChoice.TOOL)
    with suppress(AnyMolError):
        conversation.ask(f"What is the weight of {rng.choice(GOOD)}?", options=options)
    return conversation.ask(text, options=options)


def read_answer(text: str, rng: random.Random) -> Any:
    """Read what a model might write; that it cannot be read is the model's matter, and said by an error of its own."""
    with suppress(UnreadableAnswerError):
        return TASKS[rng.choice(list(TASKS))].parse(text)


def read_record(text: str, rng: random.Random) -> Any:
    """Read a stored record of which a piece was replaced."""
    form = to_json(synthesize_graph("CCO"))
    form[rng.choice([*form, text])] = rng.choice((text, [text], {"dtype": text, "shape": [1], "values": [0]}))
    return from_json(form)


def read_words(text: str, rng: random.Random) -> Any:
    options = rng.choice(("--seed", "--top-k", "--source", "--mol", text))
    return parse([rng.choice(("predict", "ask", "compute", text)), rng.choice(("logp", text)), text, options, text])


READERS: tuple[Callable[[str, random.Random], Any], ...] = (
    lambda text, rng: Molecule.parse(text),
    lambda text, rng: Molecule.parse(text, rng.choice(list(MolType))),
    lambda text, rng: canonicalize_reaction(text),
    lambda text, rng: read_selfies(text),
    lambda text, rng: parse_formula(text),
    lambda text, rng: screen(text),
    lambda text, rng: parse_edit(text),
    lambda text, rng: parse_specification(text),
    lambda text, rng: parse_recipe({"name": text, "stages": [{"stage": text, "steps": text}], text: text}, [text]),
    lambda text, rng: choose_engines(text, {text: {text: text}}),
    ask, ask_about, predict, predict_slots, predict_rows, calculate, converse, read_answer, read_record, read_words,
)  # fmt: skip


def prepare(folder: Path) -> None:
    """Nothing is shared."""


def attempt(one: Try) -> str | None:
    """Hand a text to a reader: it is read, or refused by an error of ours that is the user's and can be shown."""
    text, reader = make_text(one.rng), one.rng.choice(READERS)
    try:
        reader(text, one.rng)
    except AnyMolError as error:
        return judge_error(error)
    except SystemExit as ended:  # --help among the words
        return None if ended.code in (0, None) else f"left with {ended.code}"
    except Exception as error:  # noqa: BLE001 - which is what is looked for
        return describe_exception(error, text)
    return None


def judge_error(error: AnyMolError) -> str | None:
    """Return what is wrong with an error of ours; None where nothing is."""
    said = str(error)
    if error.exit_code != 2:
        return f"is called a fault of ours: {said[:200]!r}"
    if not said.replace("\n", "").isprintable():
        return f"its message holds what a terminal obeys: {said[:200]!r}"
    json.dumps(error.to_json(), ensure_ascii=False).encode()
    return None


def describe_exception(error: Exception, given: object) -> str:
    """Return an exception with the place in our source where it came from."""
    trace, place = error.__traceback__, "?"
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if "/anymol/" in name:
            place = f"{name.rpartition('/anymol/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}: {str(error)[:120]!r} at {place}, given {str(given)[:80]!r}"

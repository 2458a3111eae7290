"""Shows whether two versions of anymol answer fixed questions alike.

The questions are those of ``benchmarks/fixed_questions.jsonl``: 200 inputs over the tasks, drawn once from test rows,
molecules and the example files. Each is asked twice, of the model alone and of every source. Answers are equal where
the values are, in their order; methods and logarithmic probabilities are written beside those that differ.

    python scripts/compare_answers.py ask before.jsonl     # in the one checkout, by its own anymol
    python scripts/compare_answers.py ask now.jsonl        # in the other
    python scripts/compare_answers.py compare before.jsonl now.jsonl
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from anymol import Assistant, Prediction

HOME = Path(__file__).parents[1]
SOURCES = ("model", "auto")


def main() -> None:
    """Ask, or compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    ask = verbs.add_parser("ask", help="ask the anymol that is imported, and write what it answers")
    ask.add_argument("answers", type=Path, metavar="FILE")
    ask.add_argument("--questions", type=Path, default=HOME / "benchmarks" / "fixed_questions.jsonl", metavar="FILE")
    ask.add_argument("--source", action="append", choices=SOURCES, help="only this one; may be repeated")
    compare = verbs.add_parser("compare", help="list the questions that two files answer differently")
    compare.add_argument("before", type=Path)
    compare.add_argument("now", type=Path)
    options = parser.parse_args()
    if options.verb == "ask":
        assistant = Assistant.load()
        questions = [json.loads(line) for line in options.questions.read_text(encoding="utf-8").splitlines()]
        with options.answers.open("w", encoding="utf-8") as file:
            for source, task in product(options.source or SOURCES, dict.fromkeys(one["task"] for one in questions)):
                for row in ask_task(assistant, task, [one for one in questions if one["task"] == task], source):
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
                    file.flush()  # hundreds of answers take minutes, and what is there can be compared
    else:
        print(render_comparison(read_answers(options.before), read_answers(options.now)))


def ask_task(
    assistant: Assistant, task: str, questions: Sequence[dict[str, Any]], source: str
) -> Iterator[dict[str, Any]]:
    """Yield each question of a task with its three best answers, or with the reason why there is none."""
    given = [write_input(question) for question in questions]
    for question, found in zip(questions, assistant.predict_many(task, given, source=source, top_k=3), strict=True):
        row = {**question, "source": source}
        if isinstance(found, Prediction):
            row["values"] = [answer.value for answer in found.answers]
            row["methods"] = [str(answer.method) for answer in found.answers]
            row["log_probs"] = [answer.log_prob for answer in found.answers]
        else:
            row["error"] = f"{type(found.error).__name__}: {found.error}".replace(str(HOME), ".")
        yield row


def write_input(question: dict[str, Any]) -> str | dict[str, str]:
    """Return what an assistant is given: a text, or slots by name where the question has a free part."""
    given, text = question["input"], question.get("text")
    if text is not None:
        return {"text": text} if given is None else {"molecule": given, "text": text}
    return str(HOME / given) if given.startswith("examples/") else str(given)


def read_answers(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the rows of a file, by question and source."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {(json.dumps([row["task"], row["input"], row.get("text")]), row["source"]): row for row in rows}


def render_comparison(before: dict[tuple[str, str], dict[str, Any]], now: dict[tuple[str, str], dict[str, Any]]) -> str:
    """Return the counts of equal answers for each source and task, and each question that is answered differently."""
    equal: Counter[tuple[str, str]] = Counter()
    asked: Counter[tuple[str, str]] = Counter()
    lines = []
    for key in sorted(before.keys() & now.keys()):
        old, new = before[key], now[key]
        group = (old["source"], old["task"])
        asked[group] += 1
        if outcome(old) == outcome(new):
            equal[group] += 1
        else:
            lines.append(f"{key[1]} {key[0]}\n    before {describe(old)}\n    now    {describe(new)}")
    counts = [f"{source:6} {task:22} {equal[source, task]} of {n} equal" for (source, task), n in sorted(asked.items())]
    return "\n".join([*counts, f"in all {equal.total()} of {asked.total()} equal", *lines])


def outcome(row: dict[str, Any]) -> object:
    """Return what must be equal: the answers in order; of failures only that there is none, for messages may change."""
    return None if "error" in row else row["values"]


def describe(row: dict[str, Any]) -> str:
    """Return the answers of a row, or its error, on one line."""
    return str(row["error"]) if "error" in row else f"{row['values']} ({', '.join(row['methods'])}) {row['log_probs']}"


if __name__ == "__main__":
    main()

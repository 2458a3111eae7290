"""Measures how free questions find what answers them, on the labelled questions of ``benchmarks/questions.jsonl``.

Printed: for each split and each style of wording, how many questions went to the right task or calculations, how many
were answered as another question, and in how many the molecules and texts were found. The rules were written on the
split ``tune``; the errors of ``final`` are counted and never shown.

Run:  python scripts/measure_routing.py [--wrong]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from anymol.evaluation.routed_questions import Verdict, read_labelled_questions, render_routing, route_labelled


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    home = Path(__file__).parents[1]
    parser.add_argument("--questions", type=Path, default=home / "benchmarks" / "questions.jsonl", metavar="FILE")
    parser.add_argument("--wrong", action="store_true", help="list the questions of tune that went wrong")
    options = parser.parse_args()
    questions = read_labelled_questions(options.questions)
    route_labelled(questions[0])  # loads the dictionary
    started = time.process_time()
    routed = [route_labelled(one) for one in questions]
    spent = time.process_time() - started
    print(render_routing(routed))
    print(f"{1000 * spent / len(routed):.2f} ms of processor time a question")
    if options.wrong:
        for one in routed:
            if one.asked.split == "tune" and one.verdict is not Verdict.RIGHT:
                wanted = ", ".join(one.asked.routes[0])
                print(f"{one.verdict}: {one.asked.question!r} [{one.asked.given}] is {wanted}, went to {one.went_to}")


if __name__ == "__main__":
    main()

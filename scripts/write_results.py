"""Write ``docs/results.md``: every task of the table with its figure, by both protocols, beside published ones.

    make results                 # 50 rows of each task, or ROWS=200, or ROWS=all
    anymol evaluate all --protocol both --limit 50 --output out/results
    python scripts/write_results.py out/results docs/results.md

The figures are those of the folder; nothing is asked here.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from anymol.evaluation.suites.results_page import render_results
from anymol.files import write_atomically


def main() -> None:
    """Read a summary, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what anymol evaluate wrote with --output")
    parser.add_argument("page", type=Path, help="the Markdown file")
    arguments = parser.parse_args()
    summary = json.loads((arguments.folder / "summary.json").read_text(encoding="utf-8"))
    write_atomically(arguments.page, render_results(summary))
    print(f"{arguments.page}: {sum(len(one['tasks']) for one in summary['suites'].values())} figures")


if __name__ == "__main__":
    main()

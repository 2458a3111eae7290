"""``anymol compute``: what programs say of molecules, amounts and equations, by name."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anymol.cli.options import add_json, require_file
from anymol.cli.output import log, make_console, print_error, print_json
from anymol.cli.parser import Parser, UsageError
from anymol.errors import AnyMolError

if TYPE_CHECKING:
    from rich.console import Console

    from anymol.calculations.calculation import Calculation, Result

NAME: Final = "compute"
HELP: Final = "Compute formulas, masses, counts, stereochemistry, comparisons, amounts; without a name, list them."


def add_arguments(parser: Parser) -> None:
    """Declare calculations, what they are of, and the file of a batch."""
    parser.add_argument(
        "names", metavar="NAME", nargs="?", help="one calculation, or several joined by commas: formula,logp,tpsa"
    )
    parser.add_argument(
        "inputs", metavar="MOLECULE", nargs="*", help="SMILES, SELFIES, InChI, a name, a formula or a file"
    )
    parser.add_argument(
        "--text", metavar="T", default="", help="what it reads besides: an adduct, a property, amounts, an equation"
    )
    parser.add_argument(
        "--input", metavar="FILE", help="compute for every row of this csv, tsv, smi, jsonl or sdf file"
    )
    parser.add_argument("--column", metavar="C", default="smiles", help="column that holds the molecule (smiles)")
    parser.add_argument("--strict", action="store_true", help="exit with 2 if any molecule failed")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Compute, or list what can be computed."""
    from anymol.calculations.table import get_calculation

    if options.names is None:
        return _list(options.json)
    chosen = [get_calculation(name.strip()) for name in options.names.split(",") if name.strip()]
    if not chosen:
        raise UsageError("no calculation is named", value=options.names, hint="anymol compute lists them")
    if options.input is not None:
        if options.inputs:
            raise UsageError("inputs and --input contradict each other", hint="give one or the other")
        return _run_file(chosen, options)
    return _run_inputs(chosen, options)


def _list(as_json: bool) -> int:
    from anymol.calculations.listing import describe_calculation
    from anymol.calculations.table import CALCULATIONS

    if as_json:
        print_json({"calculations": [describe_calculation(one) for one in CALCULATIONS.values()]})
        return 0
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("name", "of", "", "example"):
        table.add_column(heading, overflow="fold")
    for one in CALCULATIONS.values():
        unit = f"{one.title}{f', {one.unit}' if one.unit else ''}"
        table.add_row(one.name, one.takes.value, Text(unit), Text(one.example.question))
    make_console().print(table)
    return 0


def _run_inputs(chosen: list[Calculation], options: argparse.Namespace) -> int:
    from anymol.calculations.calculation import Takes

    console = None if options.json else make_console()
    apart = all(one.takes is Takes.ONE for one in chosen)
    if apart and not options.inputs:
        raise UsageError(
            "there is no molecule", hint=f"for example: anymol compute {options.names} {chosen[0].example.molecules[0]}"
        )
    inputs, text = options.inputs, options.text
    if not text and all(one.takes is Takes.TEXT for one in chosen):
        inputs, text = [], " ".join(inputs)  # what reads text may be given it without its option
    together = [inputs] if not apart else [[one] for one in inputs]
    failed = 0
    for molecules in together:
        failed += _compute(chosen, molecules, text, console)
    return 2 if failed and (options.strict or failed == len(together)) else 0


def _run_file(chosen: list[Calculation], options: argparse.Namespace) -> int:
    from anymol.calculations.calculate import calculate_all
    from anymol.calculations.calculation import Takes
    from anymol.readers.tables import Columns, read_rows, rename_reserved
    from anymol.readers.watched import WatchedFile

    if any(one.takes is not Takes.ONE for one in chosen):
        raise UsageError("only calculations of one molecule take a file", value=options.names, hint="leave --input out")
    path = Path(require_file(options.input, "--input"))
    source = WatchedFile(path)
    reserved = ["row", "error", "errors", "notes", *(one.name for one in chosen)]
    rows = failed = partly = 0
    for row in read_rows(path, Columns(main=options.column)):
        rows += 1
        passed = rename_reserved(row.columns, reserved)
        try:
            if row.error is not None:
                raise row.error
            computed = calculate_all(chosen, [row.main or ""], options.text, files=False)
        except AnyMolError as error:
            failed += 1
            print_json({"row": row.number, **passed, "error": error.to_json()})
            continue
        found, errors = computed.results, computed.errors
        failed += bool(errors) and not found
        partly += bool(errors and found)
        record = {name: result.value for name, result in found.items()}
        notes = dict.fromkeys(
            (*row.notes, *computed.notes, *(note for result in found.values() for note in result.notes))
        )
        extra: dict[str, Any] = {"notes": list(notes)} if notes else {}
        if errors:
            extra["errors"] = {name: error.to_json() for name, error in errors.items()}
        print_json({"row": row.number, **passed, **record, **extra})
    source.require_unchanged(hint="its rows are not those of one file; compute it again", last=True)
    log(f"{rows} rows, {failed} with errors{f', {partly} answered in part' if partly else ''}")
    return 2 if failed and options.strict else 0


def _compute(chosen: list[Calculation], molecules: list[str], text: str, console: Console | None) -> bool:
    """Print what all calculations say of molecules; return whether nothing could be said."""
    from anymol.calculations.calculate import calculate_all

    try:
        found = calculate_all(chosen, molecules, text)
    except AnyMolError as error:
        print_error(error, as_json=console is None)
        return True
    if console is None:
        print_json({"input": ", ".join(molecules) or text, **found.to_json()})
    else:
        for note in found.notes:
            console.print(f"  {note}", style="dim", markup=False, highlight=False)
        for result in found.results.values():
            print_result(console, result)
        for failure in found.errors.values():
            print_error(failure, as_json=False)
    return not found.results


def print_result(console: Console, result: Result) -> None:
    """Print one result as a person reads it."""
    from anymol.cli.render import render_result

    for line in render_result(result):
        console.print(line)

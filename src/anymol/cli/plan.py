"""``anymol plan``: routes of several steps from building blocks to a molecule."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anymol.bounds import MAX_TOP_K
from anymol.cli.options import add_dtype, add_json, load_assistant, require_file, whole
from anymol.cli.output import dump_json, log, make_console, print_json, shows_progress
from anymol.cli.parser import Parser, UsageError
from anymol.errors import UserError, shorten

if TYPE_CHECKING:
    from rich.console import Console

    from anymol.planning.constraints import Constraints
    from anymol.planning.plan import Plan, Progress
    from anymol.planning.routes import Leaf, Route
    from anymol.planning.single_step import SingleStep
    from anymol.planning.stock import Stock
    from anymol.readers.resolve import Molecule

NAME: Final = "plan"
HELP: Final = "Search routes of several steps from building blocks to a molecule."

_SEARCHES: Final = ("retro-star", "mcts")
"""Values of `anymol.planning.search.SearchKind`, written out because the help must not load what searches."""

_TOLD_EVERY: Final = 10.0
"""Seconds between two lines of progress where no terminal shows it."""

_MOST_STEPS: Final = 20
_SHOWN: Final = 5
"""Damaged rows of a stock that are told one by one."""

_SUFFIXES: Final = (".json", ".html", ".svg")


def add_arguments(parser: Parser) -> None:
    """Declare the molecule, the stock, what routes may not hold, and where they are written."""
    parser.add_argument("molecule", metavar="MOLECULE", help="SMILES, SELFIES, InChI, a name or a file")
    search = parser.add_argument_group("search")
    search.add_argument("--steps", type=whole(1, _MOST_STEPS), default=6, metavar="N", help="most steps in a row (6)")
    search.add_argument(
        "--time", type=_read_seconds, default=60.0, metavar="T", help="seconds; what is found by then counts (60)"
    )
    search.add_argument(
        "--alternatives", type=whole(1, MAX_TOP_K), default=5, metavar="K", help="routes that differ, at most (5)"
    )
    search.add_argument("--search", choices=_SEARCHES, default="retro-star", help="what is looked at next (retro-star)")
    search.add_argument("--first", action="store_true", help="end with the first complete route")
    search.add_argument(
        "--source",
        choices=("auto", "tool"),
        default="tool",
        help="tool: steps by recorded reactions (tool); auto: the model is asked too where these are in doubt",
    )
    search.add_argument("--store", metavar="DIR", action="append", default=[], help="one more store of reactions")
    search.add_argument("--model", metavar="DIR", help="a model directory or hub name (the embedded model)")
    add_dtype(search)
    stock = parser.add_argument_group("stock")
    stock.add_argument(
        "--stock", metavar="FILE", help="building blocks: smi, sdf, csv, ... (13,000 that patents use and do not make)"
    )
    stock.add_argument("--stock-column", metavar="C", help="column of SMILES of a table (known by its name)")
    stock.add_argument("--max-price", type=_read_price, metavar="P", help="pass over what costs more, in its own unit")
    banned = parser.add_argument_group("what routes may not hold; each may be given several times")
    banned.add_argument("--ban", metavar="M", action="append", default=[], help="a molecule, or a file of molecules")
    banned.add_argument("--ban-pattern", metavar="S", action="append", default=[], help="SMARTS that none may match")
    banned.add_argument(
        "--ban-reaction", metavar="R", action="append", default=[], help="kind of reaction, as [CX3]Cl>>[CX3]N"
    )
    banned.add_argument(
        "--ban-precedent", metavar="ID", action="append", default=[], help="steps that follow this recorded reaction"
    )
    parser.add_argument("--draw", metavar="DIR", help="draw the routes there as SVG, and one page of all of them")
    parser.add_argument(
        "--output", metavar="FILE", help="write the plan there: .json, .html, or .svg of the best route"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Plan, print and draw; after Ctrl-C what was found so far, and then end as interrupted."""
    target = Path(options.output) if options.output is not None else None
    if target is not None and target.suffix.lower() not in _SUFFIXES:
        raise UsageError("a plan is a .json, .html or .svg file", value=options.output, hint="give a path that ends so")
    from anymol.planning.plan import PlanOptions, plan_routes
    from anymol.planning.search import SearchKind
    from anymol.readers.resolve import resolve_molecule

    molecule = resolve_molecule(options.molecule)
    constraints = _read_constraints(options)
    stock = _open_stock(options)
    single_step = _make_single_step(options)
    wanted = PlanOptions(
        options.steps,
        options.time,
        alternatives=options.alternatives,
        search=SearchKind(options.search),
        first=options.first,
    )
    with _telling() as told:
        plan = plan_routes(molecule.smiles, single_step, stock, options=wanted, constraints=constraints, told=told)
    _tell(options, molecule, plan)
    if target is not None:
        _write(plan, target)
    if options.draw is not None:
        _draw(plan, Path(options.draw))
    if plan.interruption is not None:
        raise plan.interruption
    return 0


# ---------------------------------------------------------------------------------------------------- what is given


def _read_seconds(text: str) -> float:
    return _read_positive(text, "a number of seconds above zero")


def _read_price(text: str) -> float:
    return _read_positive(text, "a price above zero")


def _read_positive(text: str, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"'{shorten(text, 40)}' is not {what}")
    return number


def _open_stock(options: argparse.Namespace) -> Stock:
    from anymol.planning.shipped_stock import load_shipped_stock
    from anymol.planning.stock_file import read_stock

    if options.stock is None:
        for name in ("stock_column", "max_price"):
            if getattr(options, name) is not None:
                raise UsageError(
                    f"--{name.replace('_', '-')} goes with --stock", hint="name the file with --stock FILE"
                )
        return load_shipped_stock()
    path = require_file(options.stock, "--stock")
    found = read_stock(
        path,
        column=options.stock_column,
        ceiling=options.max_price,
        told=lambda rows: log(f"{rows:,} rows of the stock are read") if rows % 10_000 == 0 else None,
    )
    for fault in found.damaged[:_SHOWN]:
        log(f"{Path(path).name}, {fault}")
    if len(found.damaged) > _SHOWN:
        log(f"{len(found.damaged) - _SHOWN:,} more rows of the stock are damaged")
    if found.unpriced:
        log(f"{found.unpriced:,} prices of the stock are not numbers")
    if options.max_price is not None and not found.has_prices:
        raise UsageError(
            "--max-price is given, but the stock has no prices", value=path, hint="name a column or field 'price'"
        )
    return found.stock


def _make_single_step(options: argparse.Namespace) -> SingleStep:
    from anymol.planning.single_step import RankedStep
    from anymol.retrieval.reactions.shipped_store import open_stores
    from anymol.retrieval.reactions.store import ReactionStore

    opened, faults = open_stores()
    for fault in faults:
        log(fault)
    stores = (*(ReactionStore.open(Path(one)) for one in options.store), *opened)
    if not stores:
        raise UserError(
            "there is no store of reactions to search",
            hint="keep your own with 'anymol store add', or name one with --store",
        )
    if options.source == "tool":
        return RankedStep(stores)
    return RankedStep(stores, load_assistant(options).model)


def _read_constraints(options: argparse.Namespace) -> Constraints:
    from anymol.planning.constraints import Constraints, ReactionPattern

    return Constraints(
        tuple(smiles for one in options.ban for smiles in _list_banned(one)),
        tuple(options.ban_pattern),
        tuple(ReactionPattern(one) for one in options.ban_reaction),
        frozenset(options.ban_precedent),
    )


def _list_banned(text: str) -> list[str]:
    """Return the molecules that a word of ``--ban`` means: all of a file, or the one that it names."""
    from anymol.planning.stock_file import read_stock
    from anymol.readers.paths import is_file
    from anymol.readers.resolve import resolve_molecule

    if not is_file(text):
        return [resolve_molecule(text).smiles]
    found = read_stock(text)
    if found.damaged:
        raise UserError(
            f"a banned molecule cannot be read: {found.damaged[0]}", value=text, hint="mend the file, or take it out"
        )
    return [one.smiles for one in found.stock.entries]


@contextmanager
def _telling() -> Iterator[Callable[[Progress], None]]:
    """Show on standard error how far the search is: on a terminal in one line, else now and then."""
    if shows_progress():
        from rich.console import Console

        with Console(stderr=True).status("searching") as status:
            yield lambda progress: status.update(_say_progress(progress))
        return
    last = time.monotonic()

    def tell(progress: Progress) -> None:
        nonlocal last
        if time.monotonic() - last >= _TOLD_EVERY:
            last = time.monotonic()
            log(_say_progress(progress))

    yield tell


def _say_progress(progress: Progress) -> str:
    best = "no complete route yet" if progress.score is None else f"best score {progress.score:.3g}"
    return f"{progress.molecules:,} molecules looked at in {progress.seconds:.0f} s, {best}; Ctrl-C ends the search"


# ---------------------------------------------------------------------------------------------------- what is told


def _tell(options: argparse.Namespace, molecule: Molecule, plan: Plan) -> None:
    if options.json:
        print_json({**plan.to_json(), "given": options.molecule, "read_as": str(molecule)})
        return
    console = make_console()
    _print(console, f"{molecule}")
    for note in (*molecule.doubts, *molecule.notes, *plan.notes):
        _print(console, f"  {note}")
    _print(console, f"  steps by {plan.single_step}; stock: {plan.stock}, {plan.stock_size:,} molecules")
    if plan.in_stock is not None:
        _print(console, "  the stock holds the molecule itself; it is planned for all the same")
    count = len(plan.alternatives)
    found = f"{count} alternative{'s' if count != 1 else ''}" if count else "no complete route"
    _print(
        console,
        f"  {found}; {plan.molecules:,} molecules looked at in {plan.seconds:.1f} s; the search ended: {plan.ended}",
    )
    for number, one in enumerate(plan.alternatives, start=1):
        more = f"; {one.count - 1} variant{'s' if one.count > 2 else ''}" if one.count > 1 else ""
        _print_route(console, one.best, f"{number}.", more)
    for route in plan.near_misses:
        _print_route(console, route, "incomplete:", "")
    if plan.missing:
        _print(console, "\nwhere the branches end")
        for missing in plan.missing:
            _print(console, f"  {missing}")
    _print(console, "\nRoutes are suggestions to verify, not procedures.")


def _print_route(console: Console, route: Route, heading: str, more: str) -> None:
    from anymol.planning.drawing import describe_basis, describe_certainty

    price = "" if route.price is None else f", building blocks {route.price:g}"
    steps = f"{len(route.steps)} step{'s' if len(route.steps) != 1 else ''}, {route.length} in a row"
    _print(console, f"\n{heading} score {route.score:.3g}, {steps}{price}{more}")
    for number, step in enumerate(route.steps, start=1):
        _print(console, f"  step {number}, {describe_certainty(step)}: {step.smiles}")
        _print(console, f"      {describe_basis(step)}")
    for leaf in route.leaves:
        _print(console, f"  {_say_leaf(leaf)}")


def _say_leaf(leaf: Leaf) -> str:
    if leaf.match is None:
        return f"missing: {leaf.smiles}"
    entry, note = leaf.match.entry, leaf.match.note
    said = [] if entry is None or entry.name is None else [entry.name]
    said += [f"price {entry.price:g}"] if entry is not None and entry.price is not None else []
    said += [note] if note is not None else []
    more = f" ({', '.join(said)})" if said else ""
    return f"from {leaf.smiles}{more}"


def _print(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _write(plan: Plan, path: Path) -> None:
    from anymol.files import write_atomically
    from anymol.planning.drawing import render_route
    from anymol.planning.page import render_page

    match path.suffix.lower():
        case ".json":
            content = dump_json(plan.to_json(), indent=1) + "\n"
        case ".html":
            content = render_page(plan)
        case _:
            routes = plan.shown
            if not routes:
                log(f"nothing is drawn to {path}: no step was found")
                return
            content = render_route(routes[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content)
    log(f"written: {path}")


def _draw(plan: Plan, directory: Path) -> None:
    from anymol.files import write_atomically
    from anymol.planning.drawing import render_route
    from anymol.planning.page import render_page

    directory.mkdir(parents=True, exist_ok=True)
    drawings: dict[str, str] = {"routes.html": render_page(plan)}
    kind: str = "route" if plan.is_solved else "incomplete"
    routes = plan.shown
    drawings |= {f"{kind}-{number}.svg": render_route(route) for number, route in enumerate(routes, start=1)}
    for name, content in drawings.items():
        write_atomically(directory / name, content)
        log(f"drawn: {directory / name}")

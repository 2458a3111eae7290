"""``anymol store``: stores of reactions that answers cite, the user's own notebooks among them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anymol.cli.options import add_data_dir, add_json, add_verbose, find_data_dir, processes, require_file
from anymol.cli.output import log, make_console, print_json
from anymol.cli.parser import Parser, UsageError

if TYPE_CHECKING:
    from anymol.chem.recorded_reaction import RecordedReaction
    from anymol.retrieval.reactions.building import BuildReport
    from anymol.retrieval.reactions.store import ReactionStore

NAME: Final = "store"
HELP: Final = "Keep your own reactions so that answers cite them; build stores of precedents and templates."

_SHOWN: Final = 10
"""Damaged rows that are told one by one; of the others the number."""


def add_arguments(parser: Parser) -> None:
    """Declare the actions on stores, each with its own options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")

    add = actions.add_parser(
        "add",
        help="your reactions -> a notebook",
        description="Add reactions of files to a notebook of your own. Answers cite them; nothing leaves the machine.",
    )
    _add_files(add, "+")
    add.add_argument("--name", metavar="N", default="notebook", help="name of the notebook (notebook)")
    add.set_defaults(act=_add, parser=add)

    listing = actions.add_parser("list", help="what there is", description="List the stores that answers cite.")
    listing.set_defaults(act=_list, parser=listing)

    remove = actions.add_parser("remove", help="a notebook away", description="Delete a notebook of your own.")
    remove.add_argument("name", metavar="NAME", help="name of the notebook")
    remove.set_defaults(act=_remove, parser=remove)

    build = actions.add_parser(
        "build",
        help="files -> a store in a folder",
        description="Map the reactions of files, find their templates and index them in a folder. Without files the "
        "patents' reactions of the data folder are taken: training rows of sources that may be shipped.",
    )
    _add_files(build, "*")
    build.add_argument("--name", metavar="N", default="reactions", help="name of the store (reactions)")
    build.add_argument("--output", metavar="DIR", required=True, help="folder of the store; replaced when complete")
    build.add_argument("--maps", metavar="DIR", help="keep mapped reactions there, and go on with those that are there")
    build.add_argument("--workers", type=processes, default=os.cpu_count() or 1, metavar="N", help="worker processes")
    add_data_dir(build)
    build.set_defaults(act=_build, parser=build)
    for action in (add, listing, remove, build):
        add_json(action)
        add_verbose(action)


def _add_files(parser: Parser, number: str) -> None:
    parser.add_argument(
        "inputs", metavar="FILE", nargs=number, help="csv, tsv, jsonl, smi or rsmi of reaction SMILES; rxn, rdf, sdf"
    )
    parser.add_argument("--column", metavar="C", help="column of the reaction SMILES (known by its name)")


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    return int(options.act(options))


def _add(options: argparse.Namespace) -> int:
    from anymol.locks import lock_folder
    from anymol.retrieval.reactions.notebooks import locate_notebook

    place = locate_notebook(options.name)
    with lock_folder(place.parent, hint="wait until the other command has ended"):
        return _add_locked(options, place)


def _add_locked(options: argparse.Namespace, place: Path) -> int:
    from anymol.retrieval.reactions.building import build_store
    from anymol.retrieval.reactions.notebooks import open_notebook

    known = open_notebook(options.name)
    held = known.list_stored() if known is not None else []
    read = _Reading(options, options.name)
    fresh = list(read.reactions())
    if not fresh:
        raise UsageError(
            "no reaction could be read, and nothing was added", value=options.inputs[0], hint=read.first_fault
        )
    store, report = build_store(options.name, fresh, held=held)
    store.save(place, {options.name: {"licence": "your own", "reactions": len(store)}})
    summary = {
        "name": options.name,
        "added": len(store) - len(held),
        "repeated": report.repeated,
        "damaged": read.damaged,
        "reactions": len(store),
        "templates": len(store.templates),
        "notes": read.notes,
    }
    if options.json:
        print_json(summary)
    else:
        console = make_console()
        console.print(
            f"{summary['added']} reactions added to {options.name}, which now has {len(store)}"
            f" ({report.repeated} were there, {len(read.damaged)} rows are damaged)",
            highlight=False, markup=False,
        )  # fmt: skip
    return 2 if read.damaged else 0


class _Reading:
    """Reads files, and remembers what could not be read."""

    def __init__(self, options: argparse.Namespace, source: str) -> None:
        self._options, self._source = options, source
        self.damaged: list[dict[str, Any]] = []
        self.notes: list[str] = []

    @property
    def first_fault(self) -> str | None:
        return self.damaged[0]["error"] if self.damaged else None

    def reactions(self) -> Iterator[RecordedReaction]:
        from anymol.readers.reactions import read_reactions

        for name in self._options.inputs:
            path = Path(require_file(name, "FILE"))
            for row in read_reactions(path, source=self._source, column=self._options.column):
                where = f"{path.name}, row {row.index + 1}" + (f" ({row.name})" if row.name else "")
                self.notes += [f"{where}: {note}" for note in row.notes]
                if row.record is None:
                    self.damaged.append({"file": str(path), "row": row.index + 1, "name": row.name, "error": row.error})
                    if len(self.damaged) <= _SHOWN:
                        log(f"{where}: {row.error}")
                else:
                    yield row.record
        if len(self.damaged) > _SHOWN:
            log(f"{len(self.damaged) - _SHOWN} more rows are damaged")


def _list(options: argparse.Namespace) -> int:
    from anymol.retrieval.reactions.notebooks import list_notebooks
    from anymol.retrieval.reactions.shipped_store import describe_shipped

    shipped = describe_shipped()
    own = list_notebooks()
    if options.json:
        print_json({"shipped": shipped, "notebooks": [vars(one) for one in own]})
        return 0
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("name", "reactions", ""):
        table.add_column(heading, overflow="fold")
    for one in shipped:
        table.add_row(one["name"], f"{one['reactions']:,}", "shipped")
    for notebook in own:
        count = "?" if notebook.reactions is None else f"{notebook.reactions:,}"
        table.add_row(notebook.name, count, notebook.error or "your own")
    make_console().print(table)
    return 0


def _remove(options: argparse.Namespace) -> int:
    from anymol.retrieval.reactions.notebooks import remove_notebook

    remove_notebook(options.name)
    if options.json:
        print_json({"removed": options.name})
    else:
        log(f"{options.name} is removed")
    return 0


def _build(options: argparse.Namespace) -> int:
    from anymol.data.reaction_maps import map_in_shards
    from anymol.retrieval.reactions.building import gather_store, map_records

    sources: dict[str, Any] = {}
    read: _Reading | None = None
    if options.inputs:
        read = _Reading(options, options.name)
        reactions = read.reactions()
    else:
        from anymol.data.patent_reactions import list_licences, read_patent_reactions

        data_dir = find_data_dir(options)
        if data_dir is None:
            raise UsageError("there is no file, and no folder of data", hint="give files, or --data-dir")
        reactions, sources = read_patent_reactions(data_dir), list_licences(data_dir)
    mapped = (
        map_records(reactions, options.workers)
        if options.maps is None
        else map_in_shards(reactions, Path(options.maps), options.workers)
    )
    store, report = gather_store(options.name, mapped, told=lambda count: log(f"{count:,} reactions mapped"))
    terms = {
        name: {"licence": sources.get(name, "as given"), "reactions": count} for name, count in report.sources.items()
    }
    store.save(Path(options.output), terms)
    damaged = read.damaged if read is not None else []
    _tell(options, store, report, damaged)
    return 2 if damaged else 0


def _tell(
    options: argparse.Namespace, store: ReactionStore, report: BuildReport, damaged: list[dict[str, Any]]
) -> None:
    summary = {
        "output": options.output,
        "reactions": len(store),
        "templates": len(store.templates),
        "repeated": report.repeated,
        "damaged": damaged,
        "fates": {fate.value: count for fate, count in report.fates.most_common()},
        "sources": dict(report.sources.most_common()),
    }
    if options.json:
        print_json(summary)
        return
    console = make_console()
    console.print(
        f"{len(store):,} reactions, {len(store.templates):,} templates in {options.output}",
        highlight=False,
        markup=False,
    )
    for fate, count in report.fates.most_common():
        console.print(f"  {count:>9,}  {fate.value}", highlight=False, markup=False)

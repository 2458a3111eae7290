"""``anymol data``: build, join, check, measure and fetch instruction data."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anymol.cli.options import add_data_dir, add_json, add_verbose, find_data_dir, processes
from anymol.cli.output import log, make_console, print_json, waiting
from anymol.cli.parser import Parser, UsageError

if TYPE_CHECKING:
    from anymol.data.config import DataConfig
    from anymol.data.shard_files import ShardManifest

NAME: Final = "data"
HELP: Final = "Build instruction data from a recipe, join and check them, fetch originals."


def add_arguments(parser: Parser) -> None:
    """Declare the actions on shards and public sources, each with its own options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")

    build = actions.add_parser("build", help="recipe -> shards", description="Build the data of a recipe as shards.")
    build.add_argument(
        "recipe", metavar="RECIPE", help="a recipe of data (recipes/data), or of training: its part 'data' is used"
    )
    build.add_argument("--output", metavar="DIR", help="folder of the shards; replaced when complete")
    build.add_argument("--fraction", type=float, metavar="F", help="build this share of the examples (1)")
    build.add_argument("--estimate", action="store_true", help="time a sample, say what the build would cost, stop")
    build.add_argument("--resume", action="store_true", help="go on with a build of the same recipe that was stopped")
    build.add_argument("--set", action="append", default=[], metavar="K=V", help="override a key of the recipe")
    build.add_argument("--workers", type=processes, default=os.cpu_count() or 1, metavar="N", help="worker processes")
    add_data_dir(build)
    add_json(build)
    build.set_defaults(act=_build, parser=build)

    join = actions.add_parser(
        "join",
        help="several shards -> one folder",
        description="Write several folders of shards as one; what one of them evaluates is not trained on.",
    )
    join.add_argument("parts", metavar="PATH", nargs="+", help="folders of shards, two or more")
    join.add_argument("--output", metavar="DIR", required=True, help="folder of the joined shards")
    join.add_argument("--name", metavar="NAME", help="name of the whole (that of the folder)")
    join.add_argument("--workers", type=processes, default=os.cpu_count() or 1, metavar="N", help="worker processes")
    add_data_dir(join)
    add_json(join)
    join.set_defaults(act=_join, parser=join)

    check = actions.add_parser(
        "check", help="integrity and leakage", description="Compare checksums and search training answers for leaks."
    )
    check.add_argument("path", metavar="PATH", help="folder of shards")
    check.add_argument("--workers", type=processes, default=os.cpu_count() or 1, metavar="N", help="worker processes")
    add_data_dir(check)
    add_json(check)
    check.set_defaults(act=_check, parser=check)

    stats = actions.add_parser("stats", help="counts and lengths", description="Count what a folder of shards holds.")
    stats.add_argument("path", metavar="PATH", help="folder of shards")
    add_json(stats)
    stats.set_defaults(act=_stats, parser=stats)

    fetch = actions.add_parser(
        "fetch", help="public originals", description="Download a public source with its checksum and licence."
    )
    fetch.add_argument("name", metavar="NAME", nargs="?", help="name of the source; without one, all are listed")
    fetch.add_argument("--output", metavar="DIR", default="data", help="where to (data)")
    add_json(fetch)
    fetch.set_defaults(act=_fetch, parser=fetch)
    for action in (build, join, check, stats, fetch):
        add_verbose(action)


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    return int(options.act(options))


def _build(options: argparse.Namespace) -> int:
    from anymol.data.build import build

    config = _load_config(options)
    if options.estimate:
        return _estimate(config, options)
    if options.output is None:
        raise UsageError("--output is missing", hint="name the folder of the shards, or ask for --estimate")
    manifest = build(
        config,
        find_data_dir(options),
        options.output,
        workers=options.workers,
        quiet=options.json,
        resume=options.resume,
    )
    _print_written(manifest, options)
    return 0


def _print_written(manifest: ShardManifest, options: argparse.Namespace) -> None:
    """Print what has been written into ``--output``."""
    if not options.json:
        _print_stats(Path(options.output))
        return
    print_json(
        {
            "output": str(options.output),
            "name": manifest.name,
            "counts": manifest.counts,
            "refused": dict(manifest.refused),
            "audit": manifest.audit,
        }
    )


def _load_config(options: argparse.Namespace) -> DataConfig:
    """Return the data of a recipe: all of it, or its part ``data``."""
    from anymol.data.config import DataConfig
    from anymol.recipe import load_recipe
    from anymol.training.plan import TrainingPlan
    from anymol.training.pretext.plan import PretextPlan

    recipe = load_recipe(options.recipe, options.set)
    match recipe:
        case DataConfig():
            config = recipe
        case TrainingPlan() | PretextPlan():
            config = recipe.data
        case _:
            raise UsageError(
                "this recipe builds no shards: it trains a network on data of its own", hint="see anymol train"
            )
    if options.fraction is None:
        return config
    if not 0.0 < options.fraction <= 1.0:
        raise UsageError(f"--fraction is a share above 0 and up to 1, not {options.fraction:g}")
    return config.model_copy(update={"fraction": options.fraction})


def _estimate(config: DataConfig, options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from rich import box
    from rich.table import Table

    from anymol.data.estimate import estimate_build

    with waiting("timing a sample of each component"):
        found = estimate_build(config, find_data_dir(options))
    if options.json:
        totals = {"examples": found.examples, "core_hours": found.core_hours, "megabytes": found.megabytes}
        print_json({**asdict(found), **totals})
        return 0
    table = Table(title=f"{config.name}, fraction {config.fraction:g}", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("component")
    for title in ("examples", "refused", "per second and core", "core-hours", "MB"):
        table.add_column(title, justify="right")
    for one in found.components:
        shown = (f"{one.examples:,}", f"{one.refused:.0%}", f"{one.per_second:,.1f}", f"{one.core_hours:,.2f}")
        table.add_row(one.name, *shown, f"{one.megabytes:,.1f}")
    table.add_row("all", f"{found.examples:,}", "", "", f"{found.core_hours:,.2f}", f"{found.megabytes:,.1f}")
    make_console().print(table)
    return 0


def _join(options: argparse.Namespace) -> int:
    from anymol.data.join import join_shards

    data_dir = find_data_dir(options)
    with waiting("comparing what the parts answer and evaluate"):
        manifest = join_shards(
            options.parts,
            options.output,
            name=options.name or Path(options.output).name,
            data_dir=data_dir,
            workers=options.workers,
        )
    if data_dir is None:
        log("the reserved keys were not compared: give --data-dir or set ANYMOL_DATA")
    _print_written(manifest, options)
    return 0


def _check(options: argparse.Namespace) -> int:
    from anymol.data.check import check_shards

    data_dir = find_data_dir(options)
    report = check_shards(options.path, data_dir, workers=options.workers)
    if data_dir is None:
        log("the reserved keys were not compared: give --data-dir or set ANYMOL_DATA")
    if options.json:
        print_json(report.to_json())
        return 0
    audit = report.audit
    print(f"{report.directory}: {report.files} files whole")
    print(
        f"no leak: {audit.examples:,} training examples about {audit.molecules:,} molecules were compared with "
        f"{audit.held_out:,} reserved keys and {audit.evaluated:,} evaluated molecules; "
        f"{audit.unkeyed:,} molecules have no InChIKey"
    )
    return 0


def _stats(options: argparse.Namespace) -> int:
    if options.json:
        from anymol.data.stats import collect_stats

        print_json(collect_stats(options.path).to_json())
    else:
        _print_stats(Path(options.path))
    return 0


def _fetch(options: argparse.Namespace) -> int:
    from anymol.data.fetch import PUBLIC_SOURCES, fetch_source, get_public_source

    if options.name is None:
        sources = [
            {
                "name": known.name,
                "summary": known.summary,
                "licence": known.licence,
                "homepage": known.homepage,
                "by_hand": known.by_hand,
            }
            for known in PUBLIC_SOURCES.values()
        ]
        if options.json:
            print_json({"sources": sources})
        else:
            for one in sources:
                print(f"{one['name']}: {one['summary']} ({one['licence']}; {one['homepage']})")
                if one["by_hand"]:
                    print(f"    by hand: {one['by_hand']}")
        return 0
    source = get_public_source(options.name)
    log(f"{source.name}: {source.summary}; licence: {source.licence}")
    fetched = fetch_source(source, Path(options.output))
    files = [{"path": str(file.path), "sha256": file.sha256, "pinned": file.pinned} for file in fetched]
    if options.json:
        print_json({"name": source.name, "licence": source.licence, "files": files, "by_hand": source.by_hand})
    else:
        for file in fetched:
            print(f"{file.path}  {file.sha256}  {'as known before' if file.pinned else 'recorded now'}")
        if source.by_hand:
            print(f"left to do in {Path(options.output) / source.name}: {source.by_hand}")
    return 0


def _print_stats(directory: Path) -> None:
    from rich import box
    from rich.table import Table

    from anymol.data.stats import collect_stats

    stats = collect_stats(directory)
    console = make_console()
    table = Table(title=f"{stats.name}  ({directory})", title_justify="left", box=box.SIMPLE_HEAD)
    for title in ("task", "split"):
        table.add_column(title)
    modalities = sorted({name for group in stats.groups for name in group.modalities})
    for title in ("examples", *modalities, "median length", "longest"):
        table.add_column(title, justify="right")
    for group in stats.groups:
        held = (group.modalities.get(name, 0) for name in modalities)
        figures = (group.examples, *held, group.median_length, group.longest)
        table.add_row(group.task, group.split, *(f"{figure:,}" for figure in figures))
    console.print(table)
    if uncounted := sum(group.uncounted for group in stats.groups):
        console.print(
            f"lengths do without {uncounted:,} pictures and infrared spectra: their tokens depend on the model"
        )
    console.print(f"{stats.molecules:,} written molecules, {stats.texts:,} texts, {stats.megabytes} MB")
    for title, counts in (("licence", stats.licences), ("source", stats.sources), ("not taken", stats.refused)):
        for name, count in counts.items():
            console.print(f"{title}: {count:,}  {name}")

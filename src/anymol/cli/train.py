"""``anymol train``: a recipe to a model."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import Final

from anymol.cli.options import add_data_dir, add_json, find_data_dir, silence_libraries
from anymol.cli.output import INTERRUPTED, log, print_json
from anymol.cli.parser import Parser

NAME: Final = "train"
HELP: Final = "Train a model from a recipe: pre-training, then both stages; can be stopped and resumed."


def add_arguments(parser: Parser) -> None:
    """Declare the arguments."""
    parser.add_argument("recipe", metavar="RECIPE", help="a recipe file")
    parser.add_argument(
        "--set", action="append", default=[], metavar="K=V", help="override a key, as in stages.0.optimiser.lr=1e-3"
    )
    parser.add_argument("--output", metavar="DIR", help="folder of the run (runs/NAME, by the recipe's name)")
    parser.add_argument("--shards", metavar="DIR", help="data built before with 'anymol data build'")
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint, batch for batch")
    add_data_dir(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Train, and say where the model is."""
    silence_libraries()
    from anymol.recipe import load_recipe

    recipe = load_recipe(options.recipe, options.set)
    output = Path(options.output or Path("runs") / recipe.name)
    from anymol.training.train import run as train

    logging.getLogger("anymol").setLevel(logging.INFO)
    result = train(recipe, output, resume=options.resume, data_dir=find_data_dir(options), shards=options.shards)
    if options.json:
        print_json(
            {
                "finished": result.finished,
                "model": None if result.model is None else str(result.model),
                "tokens": result.tokens,
                "seconds": round(result.seconds, 3),
            }
        )
    elif result.finished:
        log(f"done: {result.tokens:,} tokens")
        log(f"try it with: anymol predict logp CCO --source model --model {result.model}")
    return 0 if result.finished else INTERRUPTED

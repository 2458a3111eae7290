"""``anymol mcp``: the tools of chemistry for other assistants, over standard input and output or over HTTP."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from anymol.cli.options import silence_libraries
from anymol.cli.parser import Parser, UsageError
from anymol.cli.serve import add_listening, read_config, start_server

if TYPE_CHECKING:
    from anymol.serve.config import ServerConfig

NAME: Final = "mcp"
_SEARCH_SECONDS: Final = 600.0
HELP: Final = "Give other assistants the tools of chemistry, by the Model Context Protocol."


def add_arguments(parser: Parser) -> None:
    """Declare how the tools are reached, and who answers."""
    parser.add_argument(
        "--transport", choices=("stdio", "http"), default="stdio", help="standard input and output, or HTTP (stdio)"
    )
    add_listening(parser)
    parser.add_argument("--keys", metavar="FILE", help="with --transport http: ask for the API keys of this file")
    parser.add_argument("--open", action="store_true", help="with --transport http: serve whoever reaches it")


def run(options: argparse.Namespace) -> int:
    """Answer until nobody asks any more."""
    if options.transport == "http":
        start_server(read_config(options), as_json=False)
        return 0
    for name, is_given in (("keys", options.keys is not None), ("open", options.open)):
        if is_given:
            raise UsageError(f"--{name} goes with --transport http", hint="whoever started this may ask it anything")
    from anymol.serve.config import Limits

    # Whoever started this waits for nobody else: a search may take as long as the tool takes it.
    limits = Limits(plan_seconds=_SEARCH_SECONDS)
    _serve_stdio(replace(read_config(options), workers=options.workers or 1, limits=limits))
    return 0


def _serve_stdio(config: ServerConfig) -> None:
    silence_libraries()
    import anyio

    from anymol.serve.mcp_tools import make_mcp_server
    from anymol.serve.pool import WorkerPool

    async def answer() -> None:
        async with WorkerPool(config) as pool:
            await make_mcp_server(pool, config).run_stdio_async()

    anyio.run(answer)

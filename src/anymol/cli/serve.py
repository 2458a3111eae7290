"""``anymol serve``: the API and the page, for programs and people on this machine or others."""

from __future__ import annotations

import argparse
import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anymol.bounds import MAX_NUMBER
from anymol.cli.options import add_dtype, add_json, positive, silence_libraries, whole
from anymol.cli.output import log, print_json
from anymol.cli.parser import Parser, UsageError

if TYPE_CHECKING:
    from anymol.serve.config import ServerConfig

NAME: Final = "serve"
HELP: Final = "Serve the assistant over HTTP: OpenAI's chat completions, typed tasks, jobs, MCP, and a page."

_LOGGER: Final = "anymol.serve"
_MOST_WORKERS: Final = 64
_MOST_MEGABYTES: Final = 1_024
_MOST_SECONDS: Final = 86_400


def add_arguments(parser: Parser) -> None:
    """Declare where it listens, who may ask, and how much it takes."""
    add_listening(parser)
    keys = parser.add_argument_group("who may ask")
    keys.add_argument("--keys", metavar="FILE", help="ask for the API keys of this file")
    keys.add_argument("--make-key", metavar="NAME", help="make a key, add it to --keys, print it once, and end")
    keys.add_argument("--key-rate", type=positive, metavar="N", help="with --make-key: its requests in a minute")
    keys.add_argument("--open", action="store_true", help="serve whoever reaches it, beyond this machine too")
    limits = parser.add_argument_group("limits")
    limits.add_argument(
        "--time", type=whole(1, _MOST_SECONDS), default=60, metavar="T", help="seconds of a request (60)"
    )
    limits.add_argument("--queue", type=whole(1, MAX_NUMBER), default=64, metavar="N", help="requests that wait (64)")
    limits.add_argument(
        "--rate", type=positive, default=600, metavar="N", help="requests of a caller in a minute (600)"
    )
    limits.add_argument(
        "--body", type=whole(1, _MOST_MEGABYTES), default=8, metavar="MB", help="megabytes of a request (8)"
    )
    add_json(parser)


def add_listening(parser: Parser) -> None:
    """Declare what every server is told: its address, its model and its workers."""
    group = parser.add_argument_group("server")
    group.add_argument("--host", default="127.0.0.1", metavar="H", help="address to listen on (127.0.0.1)")
    group.add_argument(
        "--port", type=whole(0, 65_535), default=8000, metavar="P", help="its port; 0: a free one (8000)"
    )
    group.add_argument("--model", metavar="DIR", help="a model directory or hub name (the embedded model)")
    add_dtype(group)
    group.add_argument(
        "--workers", type=whole(1, _MOST_WORKERS), metavar="N", help="processes, each with a model (2, or 1 per core)"
    )
    group.add_argument("--lazy", action="store_true", help="read the weights when a model is first asked, not at once")
    group.add_argument("--notebooks", action="store_true", help="cite your own notebooks of reactions to those who ask")
    group.add_argument("--log-inputs", action="store_true", help="write what is asked to the log (not written)")


def run(options: argparse.Namespace) -> int:
    """Make a key, or serve until told to end."""
    if options.make_key is not None:
        return _make_key(options)
    if options.key_rate is not None:
        raise UsageError("--key-rate goes with --make-key", hint="name the key with --make-key NAME")
    start_server(read_config(options), as_json=options.json)
    return 0


def read_config(options: argparse.Namespace) -> ServerConfig:
    """Return the config that the options describe.

    Raises:
        ConfigError: They contradict each other.
    """
    from anymol.serve.config import Limits, ServerConfig

    keys = getattr(options, "keys", None)
    config = ServerConfig(
        host=options.host,
        port=options.port,
        model=options.model,
        dtype=options.dtype,
        workers=options.workers or min(2, os.cpu_count() or 1),
        keys=None if keys is None else Path(keys),
        is_open=getattr(options, "open", False),
        notebooks=options.notebooks,
        preload=not options.lazy,
        log_inputs=options.log_inputs,
    )
    if not hasattr(options, "queue"):
        return config
    limits = Limits(
        body=options.body << 20,
        bodies=max(64, 2 * options.body) << 20,
        seconds=float(options.time),
        waiting=options.queue,
        per_minute=options.rate,
        burst=max(100, options.rate // 6),
    )
    return replace(config, limits=limits)


def start_server(config: ServerConfig, *, as_json: bool) -> None:
    """Serve until told to end, and say where.

    Raises:
        MissingDependencyError: The extra is not installed.
        UserError: The model, the keys or the address are wrong.
    """
    silence_libraries()
    logging.getLogger(_LOGGER).setLevel(logging.INFO)
    from anymol.models.locating import locate_model
    from anymol.models.manifest import require_files
    from anymol.serve.app import make_app
    from anymol.serve.listening import serve

    with locate_model(config.model) as directory:
        require_files(directory)

    def tell(url: str) -> None:
        log(f"anymol: listening on {url}; Ctrl-C ends")
        if as_json:
            print_json({"url": url, "host": config.host, "port": int(url.rpartition(":")[2])})

    serve(make_app(config), config, told=tell)


def _make_key(options: argparse.Namespace) -> int:
    from anymol.serve.api_keys import make_key

    if options.keys is None:
        raise UsageError("--make-key needs the file of the keys", hint="name it with --keys FILE")
    key = make_key(Path(options.keys), options.make_key, options.key_rate)
    log(f"anymol: the key of {options.make_key} is in {options.keys} as a hash; it is shown this once")
    if options.json:
        print_json({"name": options.make_key, "key": key})
    else:
        print(key)
    return 0

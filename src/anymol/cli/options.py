"""Options that several verbs share, and how they become a loaded assistant and inputs."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from anymol.bounds import MAX_NUMBER, MAX_SEED, MAX_WORKERS
from anymol.cli.parser import Parser, UsageError
from anymol.errors import InvalidFileError, shorten
from anymol.modalities.modality import FILES
from anymol.models.weight_dtype import WeightDtype

if TYPE_CHECKING:
    from anymol.inference.assistant import Assistant
    from anymol.inference.options import PredictOptions
    from anymol.modalities.content import RecordPart

SOURCES: Final = ("auto", "model", "tool")
"""Values of `anymol.inference.options.SourceChoice`, written out because the help must not load torch."""

MOL_TYPES: Final = ("file", "smiles", "selfies", "inchi", "name")
"""What ``--mol-type`` may say of a molecule given as text."""

DATA_DIR: Final = "ANYMOL_DATA"


_Kind = TypeVar("_Kind", bound=StrEnum)


def add_json(parser: argparse._ActionsContainer) -> None:
    """Add ``--json`` to a parser or to a group of its options."""
    parser.add_argument("--json", action="store_true", help="print JSON on standard output, and nothing else there")


def add_verbose(parser: Parser) -> None:
    """Let a verb log what happens, and show traces."""
    parser.add_argument("--verbose", action="store_true", help="log what happens, and show the trace of an error")


def add_dtype(parser: argparse._ActionsContainer) -> None:
    """Let a person choose in which type the weights of the model are held."""
    parser.add_argument(
        "--dtype",
        type=one_of(WeightDtype),
        choices=tuple(WeightDtype),
        default=WeightDtype.AUTO,
        help="how the model's weights are held: fp32, bf16, stored (as on the disk); auto: fp32 below two gigabytes",
    )


def add_answering(parser: Parser) -> None:
    """Add the options of every verb that answers questions."""
    group = parser.add_argument_group("answering")
    group.add_argument("--model", metavar="DIR", help="a model directory or hub name (the embedded model if not given)")
    add_dtype(group)
    group.add_argument("--top-k", type=positive, default=1, metavar="K", help="most answers per input (1)")
    group.add_argument(
        "--source",
        choices=SOURCES,
        default="auto",
        help="auto: computed where a program defines the answer, else the model; model: the model; tool: programs only",
    )
    group.add_argument("--verify", action=argparse.BooleanOptionalAction, default=True, help="check the answers (yes)")
    group.add_argument("--seed", type=seed, default=0, metavar="N", help="the same seed gives the same answer (0)")
    group.add_argument(
        "--untrained", action="store_true", help="ask the model even a task that it was not trained on (declined)"
    )
    group.add_argument(
        "--notebooks",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="look into your own notebooks of reactions too (yes)",
    )
    group.add_argument("--mol-type", choices=MOL_TYPES, help="what the molecules given as text are (found out)")
    for name, meaning in FILES.items():
        group.add_argument(f"--{name}", metavar="FILE", help=f"{meaning} of the molecule, shown to the model")
    group.add_argument(
        "--charge", type=int, metavar="N", help="total charge of the molecule of an xyz or pdb file (perceived)"
    )
    group.add_argument("--formula", metavar="F", help="its molecular formula, where it is to be recognised")
    group.add_argument(
        "--explain", action="store_true", help="say what each of several forms of the molecule contributed"
    )
    group.add_argument("--draw", metavar="DIR", help="draw the molecules of the answers there, as SVG and PNG")
    add_json(group)


def add_data_dir(parser: argparse._ActionsContainer) -> None:
    """Let a verb be told where the real data are, beside the environment variable."""
    parser.add_argument("--data-dir", metavar="DIR", help=f"the real data (environment: {DATA_DIR})")


def one_of(kinds: type[_Kind]) -> Callable[[str], _Kind]:
    """Return the reading of one of a few words; what is none of them is answered with all of them."""

    def read(text: str) -> _Kind:
        try:
            return kinds(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{shorten(text, 40)}' is not one of {', '.join(kinds)}") from None

    return read


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """Return the reading of a whole number between two bounds, which are allowed."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:  # also of more than 4,300 digits, whose message would repeat them
            raise argparse.ArgumentTypeError(f"'{shorten(text, 40)}' is not a whole number") from None
        if number < lowest:
            raise argparse.ArgumentTypeError(f"must be at least {lowest:,}, not {number:,}")
        if number > highest:
            raise argparse.ArgumentTypeError(f"must be at most {highest:,}, not {number:,}")
        return number

    return read


positive: Final = whole(1, MAX_NUMBER)
"""Reads a whole number of at least one."""

processes: Final = whole(1, MAX_WORKERS)
"""Reads a number of worker processes."""

seed: Final = whole(0, MAX_SEED)
"""Reads what everything random follows from."""


def find_data_dir(options: argparse.Namespace) -> Path | None:
    """Return the data directory of the option or the environment; None where neither is given.

    Raises:
        InvalidFileError: It is not a directory.
    """
    given = options.data_dir or os.environ.get(DATA_DIR)
    if not given:
        return None
    path = Path(given)
    if not path.is_dir():
        source = "--data-dir" if options.data_dir else DATA_DIR
        raise InvalidFileError(f"{source} is not a directory", value=given, hint="give the folder that holds the data")
    return path


def load_assistant(options: argparse.Namespace) -> Assistant:
    """Return an assistant of the model that the options name; its weights are read when they are first needed."""
    silence_libraries()
    from anymol.inference.assistant import Assistant

    return Assistant.load(options.model, dtype=options.dtype, lazy=True)


def silence_libraries() -> None:
    """Keep notices and progress bars of the libraries below out of a person's sight."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def read_call(options: argparse.Namespace) -> PredictOptions:
    """Return how the answers are wanted. `ask` has no text beside its question, and asks in one spelling."""
    from anymol.inference.options import PredictOptions

    return PredictOptions(
        text=getattr(options, "text", None),
        top_k=options.top_k,
        source=options.source,
        verify=options.verify,
        seed=options.seed,
        augment=getattr(options, "augment", 1),
        mol_type=options.mol_type,
        untrained=options.untrained,
        notebooks=options.notebooks,
        charge=options.charge,
        explain=options.explain,
    )


def require_file(path: str, option: str) -> str:
    """Return the path of an option if there is a file.

    Raises:
        InvalidFileError: There is none.
    """
    if not Path(path).is_file():
        raise InvalidFileError(f"{option}: there is no file '{path}'", value=path, hint="check the path")
    return path


@dataclass(frozen=True)
class GivenRecords:
    """What the options of modalities give.

    Attributes:
        parts: Graphs, geometries, pictures and spectra, in the order of :class:`~anymol.modalities.modality.Modality`.
        smiles: The molecule, where one of the files states its bonds.
        files: Path of the file of each part.
    """

    parts: tuple[RecordPart, ...] = ()
    smiles: str | None = None
    files: tuple[str, ...] = ()


def gather_records(options: argparse.Namespace) -> GivenRecords:
    """Read the files of ``--graph``, ``--conformer``, ``--image``, ``--ms2`` and ``--ir``.

    Raises:
        InvalidFileError: A file is missing, of another kind, or its record is bad.
    """
    given = {name: path for name in FILES if (path := getattr(options, name)) is not None}
    if not given:
        return GivenRecords()
    from anymol.inference.agreement import flatten
    from anymol.readers.parts import read_shown

    parts: tuple[RecordPart, ...] = ()
    files: tuple[str, ...] = ()
    stated: list[str] = []
    for name, path in given.items():
        shown = read_shown(require_file(path, f"--{name}"), name, charge=options.charge)
        parts += shown.parts
        files += (path,) * len(shown.parts)
        if shown.smiles:
            stated.append(shown.smiles)
    if len({flatten(smiles) for smiles in stated}) > 1:
        raise UsageError(f"the files show different molecules: {' and '.join(stated)}", hint="ask about each by itself")
    return GivenRecords(parts, max(stated, key=len, default=None), files)


def refuse_together(first: bool, second: bool, message: str, hint: str) -> None:
    """Refuse options that contradict each other.

    Raises:
        UsageError: Both are given.
    """
    if first and second:
        raise UsageError(message, hint=hint)

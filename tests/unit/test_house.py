"""Imports point down the house: the rule of CONTRIBUTING.md, read from the source itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import anymol

SOURCE = Path(anymol.__file__).parent

CHEMISTRY = (
    "chem",
    "modalities",
    "pictures",
    "conformer_page",
    "readers",
    "synthesis",
    "metrics",
    "calculations",
    "tasks",
    "retrieval",
    "data",
)
NETWORK = ("encoders", "projectors", "adapters", "models")
ROOMS = (
    "errors", "files", "lifetime", *CHEMISTRY, *NETWORK,
    "processor", "training", "recognition", "inference", "evaluation", "recipe", "cli",
)  # fmt: skip
"""Every room imports itself and those before it. The package's own face, ``__init__.py``, names what it likes."""

UPWARD = {
    ("chem/resolve.py", "readers"),  # a molecule may be given as a file; the room is entered only then
    ("models/__init__.py", "processor"),  # the Auto classes of transformers are told of all three at once
    ("models/build.py", "processor"),  # a config is built for the vocabulary of a processor
    ("models/checkpoint.py", "processor"),  # a model directory holds its processor
}
TORCH_IN_CHEMISTRY = {"synthesis/ir_surrogate.py", "synthesis/ir_surrogate_fit.py"}
"""An engine may be a network; it is loaded when it is asked."""


def list_sources() -> Iterator[tuple[str, str, ast.Module]]:
    """Yield path, room and syntax tree of each module in a room."""
    for path in sorted(SOURCE.rglob("*.py")):
        inside = path.relative_to(SOURCE)
        room = inside.parts[0].removesuffix(".py")
        if room not in ("__init__", "__main__"):
            yield inside.as_posix(), room, ast.parse(path.read_text(encoding="utf-8"))


def list_imports(tree: ast.Module) -> set[str]:
    """Return the modules that a module imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                found |= {one.name for one in names}
            case ast.ImportFrom("anymol", names):
                found |= {f"anymol.{one.name}" for one in names}
            case ast.ImportFrom(str(module)):
                found.add(module)
    return found


IMPORTS = [(path, room, list_imports(tree)) for path, room, tree in list_sources()]


def test_every_room_has_its_place() -> None:
    assert {room for _, room, _ in IMPORTS} == set(ROOMS)


def test_imports_point_down_but_where_it_is_said() -> None:
    upward = {
        (path, module.split(".")[1])
        for path, room, modules in IMPORTS
        for module in modules
        if module.startswith("anymol.") and module.split(".")[1] in ROOMS[ROOMS.index(room) + 1 :]
    }
    assert upward == UPWARD


@pytest.mark.parametrize(
    ("wing", "stranger", "allowed"),
    [(CHEMISTRY, "torch", TORCH_IN_CHEMISTRY), ((*NETWORK, "training"), "rdkit", set())],
    ids=["chemistry", "network"],
)
def test_the_wings_keep_apart(wing: tuple[str, ...], stranger: str, allowed: set[str]) -> None:
    found = {
        path
        for path, room, modules in IMPORTS
        if room in wing and any(module.partition(".")[0] == stranger for module in modules)
    }
    assert found == allowed


def test_the_readme_draws_the_house_as_it_stands() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^[├└]── (\w+)", readme, flags=re.MULTILINE)
    assert drawn == [*ROOMS, "embedded"]

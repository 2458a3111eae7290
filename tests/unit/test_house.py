"""Imports point down the house, names are nouns of the field, docstrings say something: CONTRIBUTING.md's rules."""

from __future__ import annotations

import ast
import graphlib
import importlib
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
    "design",
    "data",
)
NETWORK = ("backbones", "encoder_states", "encoders", "projectors", "adapters", "models")
ROOMS = (
    "version", "errors", "unicode", "bounds", "config_checks", "files", "locks", "artifact", "run_record", "shipped",
    "ray_cluster", "heap",
    "workers",
    *CHEMISTRY, *NETWORK, "ocsr", "training", "inference", "planning", "evaluation", "recipe", "serve",
    "cli",
)  # fmt: skip
"""Every room imports itself and those before it. The package's own face, ``__init__.py``, names what it likes."""

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

FILLERS = {
    "a", "an", "and", "as", "at", "by", "for", "form", "from", "in", "is", "it", "its", "of", "on", "one", "or",
    "return", "s", "th", "that", "the", "thi", "this", "to", "what", "which", "with",
}  # fmt: skip
"""Words of a docstring that say nothing by themselves."""

TORCH_IN_CHEMISTRY = {"synthesis/ir_surrogate.py", "synthesis/ir_network.py"}
"""An engine may be a network; it is loaded when it is asked."""


def list_sources() -> Iterator[tuple[str, str, ast.Module]]:
    """Yield path, room and syntax tree of each module in a room."""
    for path in sorted(SOURCE.rglob("*.py")):
        inside = path.relative_to(SOURCE)
        room = inside.parts[0].removesuffix(".py")
        if room not in ("__init__", "__main__"):
            yield inside.as_posix(), room, ast.parse(path.read_text(encoding="utf-8"))


def list_imports(tree: ast.Module) -> set[str]:
    """Return the modules that a module imports, and the names that it takes from them; inside functions too."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                found |= {one.name for one in names}
            case ast.ImportFrom(str(module), names):
                found |= {f"{module}.{one.name}" for one in names}
    return found


IMPORTS = [(path, room, list_imports(tree)) for path, room, tree in list_sources()]


def test_every_room_has_its_place() -> None:
    assert {room for _, room, _ in IMPORTS} == set(ROOMS)


def test_imports_point_down() -> None:
    upward = {
        (path, module.split(".")[1])
        for path, room, modules in IMPORTS
        for module in modules
        if module.startswith("anymol.") and module.split(".")[1] in ROOMS[ROOMS.index(room) + 1 :]
    }
    assert not upward


def test_nothing_imports_the_face() -> None:
    """``anymol/__init__.py`` names what is far above most rooms; the version has a file of its own."""
    face = {f"anymol.{name}" for name in anymol.__all__} | {"anymol"}
    assert not {path for path, _, modules in IMPORTS if modules & face}


def test_no_room_is_a_lumber_room() -> None:
    """A helper lives with the concept that it helps."""
    lumber = {"utils", "util", "helpers", "helper", "misc", "common", "core", "base"}
    assert not [path for path, _, _ in IMPORTS if lumber & set(path.removesuffix(".py").split("/"))]


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


def test_no_files_import_one_another() -> None:
    """Imports inside functions count, and those for types alone."""
    files = {path: name_module(path) for path, _, _ in IMPORTS}
    graph = {files[path]: find_files(modules, set(files.values())) - {files[path]} for path, _, modules in IMPORTS}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"a circle of imports: {' <- '.join(error.args[1])}")


def name_module(path: str) -> str:
    return f"anymol.{path.removesuffix('.py').removesuffix('/__init__').replace('/', '.')}"


def find_files(modules: set[str], known: set[str]) -> set[str]:
    """Return the files that imported names mean: the module itself, or the one that a name is taken from."""
    return {name if name in known else name.rpartition(".")[0] for name in modules} & known


def test_every_public_name_is_documented() -> None:
    bare = [
        f"{path}: {name}"
        for path, _, tree in list_sources()
        for name, node in list_public(tree, "")
        if not ast.get_docstring(node)
    ]
    assert not bare


@pytest.mark.parametrize(
    ("name", "said", "empty"),
    [
        ("Report.to_json", "Return the JSON form.", True),
        ("Corpus.input_ids", "Input ids.", True),
        ("GapFigures", "The gap's figures.", True),
        ("Report.to_json", "Return the fields of ``manifest.json``.", False),
        ("Arrow.length", "How far head and tail lie apart, pixels.", False),
    ],
)
def test_a_docstring_that_says_nothing_is_known(name: str, said: str, empty: bool) -> None:
    assert (not find_news(name, said)) is empty


def test_public_docstrings_say_more_than_the_name() -> None:
    empty = [
        f"{path}: {name}: {said}"
        for path, _, tree in list_sources()
        for name, node in list_public(tree, "")
        if (said := ast.get_docstring(node)) and not find_news(name, said)
    ]
    assert not empty


def find_news(name: str, said: str) -> set[str]:
    """Return the words of a docstring that neither stand in the name nor in every docstring."""
    parts = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return list_words(said) - list_words(parts) - FILLERS


def list_words(text: str) -> set[str]:
    """Return the words of a text, in lower case and without endings."""
    return {re.sub(r"(?<=...)(ings?|ies|es|ed|s|e|y)$", "", word) for word in re.findall(r"[a-z]+|\d+", text.lower())}


def list_public(node: ast.Module | ast.ClassDef, place: str) -> Iterator[tuple[str, Documented]]:
    """Yield a module or class, and the public classes, functions and methods in it: neither overloads nor setters."""
    yield place or "the module", node
    seen = set()
    for child in node.body:
        if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            if child.name.startswith("_") or child.name in seen or is_overload(child):
                continue
            seen.add(child.name)
            if isinstance(child, ast.ClassDef):
                yield from list_public(child, f"{place}{child.name}.")
            else:
                yield f"{place}{child.name}", child


def is_overload(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "overload" for one in node.decorator_list)


def test_packages_offer_what_they_hold() -> None:
    for path in sorted(SOURCE.rglob("__init__.py")):
        package = importlib.import_module(".".join(path.parent.relative_to(SOURCE.parent).parts))
        for name in getattr(package, "__all__", ()):
            assert getattr(package, name) is not None


def test_the_readme_draws_the_house_as_it_stands() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^[├└]── (\w+)", readme, flags=re.MULTILINE)
    assert drawn == [*ROOMS, "embedded"]

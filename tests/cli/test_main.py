"""The command line as a whole: help, imports, exit codes, the form of errors."""

from __future__ import annotations

import errno
import json
import re
import subprocess
import sys
from argparse import Namespace

import pytest

from anymol.cli import main as entry
from anymol.cli import tasks as tasks_verb
from anymol.errors import CheckpointError, InvalidSmilesError

_HEAVY = ("torch", "transformers", "rdkit", "numpy", "rich", "pandas", "pyarrow")


@pytest.mark.parametrize(
    "code",
    [
        "import anymol",
        "from anymol.cli.main import main; main(['--help'])",
        "from anymol.cli.main import main; main(['predict', '--help'])",
        "from anymol.cli.main import main; main(['data', 'build', '--help'])",
    ],
)
def test_nothing_heavy_is_imported(code: str) -> None:
    program = (
        f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {_HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_lists_every_verb(command) -> None:
    done = command("--help")
    assert done.code == 0
    for verb in entry.VERBS:
        assert re.search(rf"^    {verb.NAME}\s", done.out, re.MULTILINE)


@pytest.mark.parametrize("verb", [verb.NAME for verb in entry.VERBS])
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        entry.main([verb, "--help"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: anymol {verb}")


def test_version(command) -> None:
    import anymol

    assert command("--version").out == f"anymol {anymol.__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["prdict"], "there is no command 'prdict' (did you mean|.*); did you mean predict?"),
        (["tasks", "--jsno"], "there is no option '--jsno'; did you mean --json?"),
        (["predict", "logp", "CCO", "--topk", "3"], "there is no option '--topk'; did you mean --top-k?"),
        (["predict", "logp", "CCO", "--top", "3"], "there is no option '--top'"),
        (["predict", "logp", "CCO", "--top-k", "0"], "must be at least 1, not 0"),
        (["predict", "logp", "CCO", "--source", "modle"], "there is no --source 'modle'; did you mean model?"),
        (["predict", "lopg", "CCO"], "there is no task 'lopg'; did you mean logp or lumo?"),
        (["predict", "logp"], "there is nothing to answer; give an input"),
        (["predict", "molecule_editing", "--text", "x"], "give an input, as in: anymol predict molecule_editing Brc1"),
        (["predict", "logp", "--output", "x.jsonl"], "--output goes with --input"),
        (["predict", "logp", "CCO", "--resume"], "--resume goes with --input"),
        (["predict", "logp", "--input", "nowhere.csv"], "there is no file 'nowhere.csv'"),
        (["predict", "logp", "--graph", "nowhere.sdf"], "there is no file 'nowhere.sdf'"),
        (["tasks", "surplus"], "'surplus' is one argument too many"),
        (["data", "biuld"], "did you mean build?"),
        (["data", "fetch", "chebi"], "did you mean chebi20?"),
        (["ask", "  "], "the question is empty"),
        (["train", "nowhere.yaml"], "the recipe cannot be read"),
        (["predict", "logp", "CCO", "--model", "nowhere"], "there is no model here"),
    ],
)
def test_mistakes_end_in_one_line_and_code_2(run, words: list[str], said: str) -> None:
    done = run(*words)
    assert done.code == 2
    assert done.out == ""
    (line,) = done.err.splitlines()
    assert line.startswith("anymol: ")
    assert said.replace(" (did you mean|.*)", "") in line


def test_an_error_in_json_is_one_object(run) -> None:
    done = run("predict", "lopg", "CCO", "--json")
    assert done.code == 2
    assert done.json == {
        "error": {
            "kind": "unknown_task",
            "input": "lopg",
            "message": "there is no task 'lopg'",
            "hint": "did you mean logp or lumo?",
        }
    }
    assert run("tasks", "--json", "--nonsense").json["error"]["kind"] == "usage"


@pytest.mark.parametrize(
    ("raised", "code", "kind"),
    [
        (InvalidSmilesError("no", value="C("), 2, "invalid_smiles"),
        (CheckpointError("gone"), 2, "checkpoint"),
        (ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow.parquet"), 2, "missing_dependency"),
        (ModuleNotFoundError("No module named 'anymol.gone'", name="anymol.gone"), 1, "internal"),
        (ZeroDivisionError("ours"), 1, "internal"),
        (OSError(errno.ENOSPC, "No space left on device"), 2, "system"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 2, "system"),
        (MemoryError(), 2, "system"),
        (RuntimeError("I/O error: No space left on device (os error 28)"), 2, "system"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), 2, "system"),
    ],
)
def test_exit_codes(run, monkeypatch: pytest.MonkeyPatch, raised: Exception, code: int, kind: str) -> None:
    def fail(options: Namespace) -> int:
        raise raised

    monkeypatch.setattr(tasks_verb, "run", fail)
    done = run("tasks", "--json")
    assert done.code == code
    assert done.json["error"]["kind"] == kind
    assert "Traceback" not in done.err
    if kind == "internal":
        assert "Traceback" in run("tasks", "--verbose").err


def test_ctrl_c(run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(options: Namespace) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks_verb, "run", interrupt)
    done = run("tasks")
    assert (done.code, done.err) == (130, "anymol: interrupted\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_a_closed_pipe_is_no_fault() -> None:
    program = f"{sys.executable} -m anymol tasks --json | head -c 10"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == '{"tasks": '
    assert done.stderr == ""


@pytest.mark.parametrize("locale", [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {}])
def test_any_locale(command, locale: dict[str, str]) -> None:
    done = command("predict", "β-Carötene", "CCO", "--json", environment=locale)
    assert done.code == 2
    assert json.loads(done.out)["error"]["kind"] == "unknown_task"
    assert command("tasks", environment=locale).code == 0

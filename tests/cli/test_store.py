"""``anymol store``: a chemist's own reactions go in, are listed, cited and removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from anymol.locks import lock_folder
from anymol.retrieval.reactions.notebooks import notebooks_place

ROWS = [
    ("CC(=O)Cl.NCc1ccccc1>CCN(CC)CC>CC(=O)NCc1ccccc1", "p. 1", "91"),
    ("O=C(Cl)c1ccccc1.NCC>>CCNC(=O)c1ccccc1", "p. 2", "84"),
    ("not a reaction", "p. 3", ""),
]


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    path = tmp_path / "mine.csv"
    path.write_text("reaction,page,yield\n" + "".join(f"{','.join(row)}\n" for row in ROWS))
    return path


def test_a_notebook_from_its_first_reaction_to_its_end(run, notebook: Path) -> None:
    done = run("store", "add", str(notebook), "--name", "ELN", "--json")
    assert done.code == 2  # a row is damaged; the others are kept
    assert (done.json["added"], done.json["reactions"]) == (2, 2)
    assert [row["row"] for row in done.json["damaged"]] == [3]
    assert "row 3 (p. 3)" in done.err
    again = run("store", "add", str(notebook), "--name", "ELN", "--json")
    assert (again.json["added"], again.json["repeated"], again.json["reactions"]) == (0, 2, 2)
    listed = run("store", "list", "--json")
    assert [(one["name"], one["reactions"]) for one in listed.json["notebooks"]] == [("ELN", 2)]
    assert "your own" in run("store", "list").out
    assert run("store", "remove", "ELN").code == 0
    assert run("store", "list", "--json").json["notebooks"] == []
    assert run("store", "remove", "ELN").code == 2


def test_its_reactions_are_answered_and_cited(run, notebook: Path) -> None:
    asked = ("predict", "retrosynthesis", "CCNC(=O)c1ccccc1", "--source", "tool", "--json")
    run("store", "add", str(notebook), "--name", "ELN")
    (answer,) = run(*asked).json["answers"]
    assert answer["value"] == "CCN.O=C(Cl)c1ccccc1"
    assert (answer["method"], answer["exact"], answer["probability"]) == ("searched", True, None)
    cited = answer["evidence"][0]
    assert (cited["kind"], cited["id"], cited["store"], cited["yield_percent"]) == ("reaction", "p. 2", "ELN", 84.0)
    shown = run(*asked[:-1]).out
    assert "recorded" in shown
    assert "p. 2" in shown


def test_a_store_in_a_folder(run, notebook: Path, tmp_path: Path) -> None:
    built = tmp_path / "store"
    done = run("store", "build", str(notebook), "--output", str(built), "--workers", "1", "--json")
    assert done.code == 2  # a row is damaged, and said to be
    assert [row["row"] for row in done.json["damaged"]] == [3]
    assert (done.json["reactions"], done.json["templates"]) == (2, 3)
    maps = tmp_path / "maps"
    words = ("store", "build", str(notebook), "--output", str(built), "--maps", str(maps), "--workers", "1", "--json")
    first, again = run(*words), run(*words)
    assert first.json == again.json
    assert len(list(maps.iterdir())) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("store", "add", "{folder}/none.csv"), "none.csv"),
        (("store", "add", "{folder}/empty.csv"), "no column"),
        (("store", "add", "{folder}/bad.csv"), "nothing was added"),
        (("store", "add", "{folder}/mine.csv", "--name", "../x"), "not a name"),
        (("store", "add", "{folder}/mine.csv", "--column", "page"), "nothing was added"),
        (("store", "remove", "none"), "no such notebook"),
        (("store",), "ACTION"),
    ],
)
def test_what_cannot_be_kept_is_refused(run, notebook: Path, words: tuple[str, ...], said: str) -> None:
    (notebook.parent / "empty.csv").write_text("a,b\n1,2\n")
    (notebook.parent / "bad.csv").write_text("reaction\nCCO\n")
    done = run(*(word.format(folder=notebook.parent) for word in words))
    assert done.code == 2
    assert said in done.err


def test_two_additions_at_once_do_not_lose_one(run, notebook: Path) -> None:
    with lock_folder(notebooks_place(), hint="wait"):
        done = run("store", "add", str(notebook), "--name", "ELN")
    assert done.code == 2
    assert "another run is writing this folder" in done.err
    assert run("store", "add", str(notebook), "--name", "ELN", "--json").json["added"] == 2

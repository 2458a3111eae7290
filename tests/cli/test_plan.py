"""``anymol plan``: routes told, drawn and written; stocks and bans of one's own; Ctrl-C."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.planning.single_step import RankedStep, Step
from anymol.retrieval.reactions import shipped_store
from anymol.retrieval.reactions.building import build_store

REACTIONS = {
    "acetylation": "CC(=O)OC(C)=O.Nc1ccc(O)cc1>>CC(=O)Nc1ccc(O)cc1",
    "reduction": "[H][H].O=[N+]([O-])c1ccc(O)cc1>>Nc1ccc(O)cc1",
}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of two reactions."""
    rows = [RecordedReaction(one.split(">>")[1], one.split(">>")[0], id=name) for name, one in REACTIONS.items()]
    place = tmp_path / "toy"
    build_store("toy", rows)[0].save(place, {})
    return place


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    path = tmp_path / "shelf.csv"
    path.write_text(
        "name,smiles,price\nanhydride,CC(=O)OC(C)=O,10\nnitrophenol,O=[N+]([O-])c1ccc(O)cc1,20\nbad,C1CC,1\n"
    )
    return path


@pytest.fixture
def asked(store: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Paracetamol by the two reactions alone: what ships knows more ways."""
    monkeypatch.setattr(shipped_store, "open_shipped", lambda: None)
    return ("plan", "paracetamol", "--store", str(store), "--stock", str(shelf), "--source", "tool", "--time", "30")


def test_a_route_is_told_with_what_it_rests_on_and_what_it_costs(run, asked: tuple[str, ...]) -> None:
    done = run(*asked)
    assert done.code == 0
    assert "1 alternative" in done.out
    assert "step 2, recorded: CC(=O)OC(C)=O.Nc1ccc(O)cc1>>CC(=O)Nc1ccc(O)cc1" in done.out
    assert "acetylation; similarity 1.00" in done.out
    assert "building blocks 30" in done.out
    assert "shelf.csv, row 3: " in done.err


def test_json_is_one_object(run, asked: tuple[str, ...]) -> None:
    plan = run(*asked, "--json").json
    assert (plan["solved"], plan["ended"], plan["target"]) == (True, "exhausted", "CC(=O)Nc1ccc(O)cc1")
    (alternative,) = plan["alternatives"]
    route = alternative["route"]
    assert (route["length"], route["price"], route["complete"]) == (2, 30.0, True)
    assert [one["evidence"][0]["id"] for one in route["steps"]] == ["reduction", "acetylation"]


def test_it_is_drawn_and_written(run, asked: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*asked, "--draw", tmp_path / "drawn", "--output", tmp_path / "plan.json")
    assert done.code == 0
    assert sorted(one.name for one in (tmp_path / "drawn").iterdir()) == ["route-1.svg", "routes.html"]
    assert json.loads((tmp_path / "plan.json").read_text())["solved"] is True
    assert run(*asked, "--output", tmp_path / "plan.html").code == 0
    assert "<svg" in (tmp_path / "plan.html").read_text()
    refused = run(*asked, "--output", tmp_path / "plan.pdf")
    assert (refused.code, "json" in refused.err) == (2, True)


def test_without_a_route_it_says_why(run, asked: tuple[str, ...], tmp_path: Path) -> None:
    banned = tmp_path / "banned.smi"
    banned.write_text("Nc1ccc(O)cc1 aminophenol\n")
    done = run(*asked, "--ban", banned)
    assert done.code == 0
    assert "no complete route" in done.out
    assert "all that is proposed for it is left out (1 because it uses a banned molecule)" in done.out
    by_name = run(*asked, "--ban", "4-aminophenol", "--json").json
    assert (by_name["solved"], by_name["missing"][0]["reason"]) == (False, "all_left_out")
    by_kind = run(*asked, "--ban-reaction", "[CX3](=O)[OX2][CX3]=O>>[CX3](=O)[NX3]", "--json").json
    assert by_kind["solved"] is False
    by_precedent = run(*asked, "--ban-precedent", "reduction", "--json").json
    assert by_precedent["missing"][0]["smiles"] == "Nc1ccc(O)cc1"


def test_what_is_too_dear_is_not_bought(run, asked: tuple[str, ...]) -> None:
    plan = run(*asked, "--max-price", "15", "--json").json
    assert plan["solved"] is False
    (missing,) = (one for one in plan["missing"] if one["smiles"] == "O=[N+]([O-])c1ccc(O)cc1")
    assert missing["listed"] == "the stock lists it at 20, above the ceiling of 15"


def test_control_c_tells_what_was_found_and_ends_as_interrupted(
    run, asked: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = RankedStep.propose

    def propose(self: RankedStep, product: str) -> list[Step]:
        if product != "CC(=O)Nc1ccc(O)cc1":
            raise KeyboardInterrupt
        return [*first(self, product), Step(product, ("CC(=O)OC(C)=O", "O=[N+]([O-])c1ccc(O)cc1"), 0.1)]

    monkeypatch.setattr(RankedStep, "propose", propose)
    done = run(*asked, "--json")
    assert done.code == 130
    assert (done.json["ended"], done.json["solved"]) == ("interrupted", True)


def test_a_scheduled_chemical_is_refused(run, asked: tuple[str, ...]) -> None:
    done = run("plan", "CC(C)OP(C)(=O)F", *asked[2:])
    assert done.code == 2
    assert "Chemical Weapons Convention" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--time", "0"), "seconds above zero"),
        (("--steps", "0"), "at least 1"),
        (("--ban-pattern", "[N"), "not a SMARTS"),
        (("--ban", "no such molecule at all"), "no such molecule"),
        (("--stock-column", "price"), "no molecule"),
    ],
)
def test_wrong_options_say_what_is_wrong(run, asked: tuple[str, ...], words: tuple[str, ...], said: str) -> None:
    done = run(*asked, *words)
    assert done.code == 2
    assert said in done.err


def test_prices_need_a_stock_that_has_them(run, store: Path, tmp_path: Path) -> None:
    words = ("plan", "paracetamol", "--store", str(store), "--source", "tool", "--max-price", "5")
    assert "--max-price goes with --stock" in run(*words).err
    path = tmp_path / "shelf.smi"
    path.write_text("CCO\n")
    assert "has no prices" in run(*words, "--stock", path).err

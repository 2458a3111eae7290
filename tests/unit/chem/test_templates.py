"""A template gives back the reaction it was taken from, and works on other molecules."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from anymol.chem.atom_mapping import map_reaction
from anymol.chem.templates import apply_template, extract_template, returns_reactants, run_forward

REACTIONS = [
    ("CCC(=O)Cl.NCc1ccccc1", "CCC(=O)NCc1ccccc1"),
    ("Brc1ccccc1.OB(O)c1ccncc1", "c1ccc(-c2ccncc2)cc1"),
    ("CCOC(=O)c1ccccc1", "O=C(O)c1ccccc1"),
    ("CC(=O)c1ccccc1", "CC(O)c1ccccc1"),
    ("C[C@H](Cl)C(=O)OC.[N-]=[N+]=[N-]", "COC(=O)[C@H](C)N=[N+]=[N-]"),
]


@pytest.mark.parametrize("radius", [0, 1])
@pytest.mark.parametrize(("reactants", "product"), REACTIONS)
def test_a_template_gives_back_its_reactants(reactants: str, product: str, radius: int) -> None:
    if product == "O=C(O)c1ccccc1":  # ethanol leaves: the ester's ethyl group belongs to the template
        reactants = "CCOC(=O)c1ccccc1.O"
    mapped = map_reaction(reactants, product)
    template = extract_template(mapped, radius=radius)
    assert template is not None
    assert returns_reactants(template, mapped, product)


def test_a_template_of_an_amide_takes_another_amide_apart() -> None:
    template = extract_template(map_reaction(*REACTIONS[0]))
    assert template is not None
    assert "NCc1ccncc1.O=C(Cl)C1CC1" in apply_template(template, "O=C(NCc1ccncc1)C1CC1")
    assert apply_template(template, "c1ccccc1") == []


def test_a_template_is_applied_by_one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """rdchiral writes into a template while it applies it."""
    templates = [extract_template(map_reaction(*one)) for one in REACTIONS[:2]]
    running: list[int] = []
    met: list[list[int]] = []

    def run(reaction: Any, product: Any, **options: Any) -> list[str]:
        running.append(id(reaction))
        time.sleep(0.01)
        met.append(list(running))
        running.remove(id(reaction))
        return []

    monkeypatch.setattr("rdchiral.main.rdchiralRun", run)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: apply_template(str(templates[number % 2]), "CCNC(C)=O"), range(12)))
    assert len(met) == 12
    assert all(len(together) == len(set(together)) for together in met)
    assert any(len(together) == 2 for together in met)


def test_outcomes_are_sorted_and_each_stands_once() -> None:
    template = extract_template(map_reaction(*REACTIONS[0]))
    assert template is not None
    outcomes = apply_template(template, "CCC(=O)NCCNC(=O)C1CC1")
    assert outcomes == sorted(set(outcomes)) and len(outcomes) == 2


def test_a_reaction_with_atoms_from_nowhere_has_no_template() -> None:
    assert extract_template(map_reaction("c1ccccc1", "Brc1ccccc1")) is None


def test_nothing_changes_in_what_is_no_reaction() -> None:
    assert extract_template(map_reaction("CCO", "CCO")) is None


@pytest.mark.parametrize(("reactants", "product"), REACTIONS)
def test_read_forwards_it_gives_the_product(reactants: str, product: str) -> None:
    if product == "O=C(O)c1ccccc1":
        reactants = "CCOC(=O)c1ccccc1.O"
    template = extract_template(map_reaction(reactants, product))
    assert template is not None
    assert product in [one.split(".")[0] for one in run_forward(template, f"{reactants}.CCN(CC)CC")]


def test_forwards_it_gives_nothing_where_a_partner_is_missing() -> None:
    template = extract_template(map_reaction(*REACTIONS[0]))
    assert template is not None
    assert run_forward(template, "CCC(=O)Cl") == []
    assert run_forward("no template", "CCO") == []

"""What a stock holds: by parent, tautomer, configuration, isotope and price."""

from __future__ import annotations

import pytest

from anymol.planning.stock import Stock, make_entry, make_stock, write_key

FLAT, L_FORM, D_FORM = "CC(N)C(=O)O", "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        ("CCO", "CCO"),
        ("CCN.Cl", "CCN"),  # the amine out of its hydrochloride
        ("CC(=O)O", "CC(=O)[O-]"),  # an ion of the acid
        ("CC(=O)[O-].[Na+]", "CC(=O)O"),
        ("Oc1ccccn1", "O=c1cccc[nH]1"),  # tautomers
    ],
)
def test_a_molecule_is_found_whatever_salt_or_tautomer_is_listed(listed: str, asked: str) -> None:
    found = make_stock("shelf", [listed]).find(asked)
    assert found is not None
    assert found.entry is not None
    assert found.entry.smiles == listed


def test_what_is_not_exactly_the_same_is_said() -> None:
    stock = make_stock("shelf", ["CCN.Cl", "CC(=O)O"])
    assert (salt := stock.find("CCN")) is not None
    assert salt.note == "listed as the salt or mixture CCN.Cl"
    assert (ion := stock.find("CC(=O)[O-]")) is not None
    assert ion.note == "an ion of CC(=O)O"
    assert (same := stock.find("CC(=O)O")) is not None
    assert same.note is None


def test_a_configuration_is_found_only_where_it_is_listed() -> None:
    enantiomer = make_stock("shelf", [L_FORM])
    assert enantiomer.find(L_FORM) is not None
    assert enantiomer.find(D_FORM) is None
    assert enantiomer.explain_absence(D_FORM) == f"the stock lists it as another stereoisomer or isotopologue: {L_FORM}"
    racemate = make_stock("shelf", [FLAT])
    assert racemate.find(L_FORM) is None
    assert racemate.explain_absence(L_FORM) == f"the stock lists it without a stated configuration: {FLAT}"


def test_without_a_configuration_any_stereoisomer_will_do_and_is_named() -> None:
    found = make_stock("shelf", [L_FORM]).find(FLAT)
    assert found is not None
    assert found.note == f"listed as one stereoisomer, {L_FORM}"


def test_a_labelled_compound_is_not_bought_for_a_plain_one() -> None:
    assert make_stock("shelf", ["[2H]C(Cl)(Cl)Cl"]).find("ClC(Cl)Cl") is None


def test_small_inorganic_molecules_are_at_hand() -> None:
    stock = make_stock("shelf", ["CCO"])
    for smiles in ("O", "NO", "[Na+]", "[N-]=[N+]=[N-]", "[H][H]"):
        found = stock.find(smiles)
        assert found is not None
        assert found.entry is None
    assert stock.find("C") is None


def test_the_cheapest_counts_and_what_is_too_dear_does_not() -> None:
    entries = (make_entry("CCO", "dear", 90.0), make_entry("CCO", "cheap", 9.0), make_entry("CCCO", "gold", 500.0))
    stock = Stock("shelf", entries, ceiling=100.0)
    found = stock.find("CCO")
    assert found is not None
    assert (found.entry and found.entry.name, found.price) == ("cheap", 9.0)
    assert stock.find("CCCO") is None
    assert stock.explain_absence("CCCO") == "the stock lists it at 500, above the ceiling of 100"


def test_a_molecule_taken_out_leaves_with_its_salts_and_stereoisomers() -> None:
    stock = make_stock("shelf", [L_FORM, f"{FLAT}.Cl", "CCO"]).without(D_FORM)
    assert [one.smiles for one in stock.entries] == ["CCO"]


def test_the_nearest_entry_is_the_most_similar_one() -> None:
    stock = make_stock("shelf", ["CCO", "Cc1ccccc1", "CCCCCC(=O)O"])
    nearest = stock.find_nearest("CCc1ccccc1")
    assert nearest is not None
    assert nearest[0].smiles == "Cc1ccccc1"
    assert 0 < nearest[1] < 1
    assert Stock("nothing", ()).find_nearest("CCO") is None


def test_a_key_is_that_of_the_neutral_parent() -> None:
    assert write_key("CC[NH3+].[Cl-]") == write_key("CCN")
    assert write_key("*CC") is None  # InChI knows no dummy atoms

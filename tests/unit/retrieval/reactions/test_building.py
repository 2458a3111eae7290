"""From reactions to a store, and from a store to precursors with their precedents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.errors import DataError
from anymol.retrieval.reactions.building import Fate, build_store, map_record
from anymol.retrieval.reactions.outcomes import find_precedents
from anymol.retrieval.reactions.precursors import propose_precursors
from anymol.retrieval.reactions.products import propose_products
from anymol.retrieval.reactions.store import ReactionStore, pack_store

ACYLATIONS = [
    RecordedReaction("CC(=O)NCc1ccccc1", "CC(=O)Cl.NCc1ccccc1", "CCN(CC)CC", "ClCCl", id="a", source="book"),
    RecordedReaction("CCC(=O)NCc1ccccc1", "CCC(=O)Cl.NCc1ccccc1", id="b", source="book"),
    RecordedReaction("CC(=O)NCc1ccncc1", "CC(=O)O.NCc1ccncc1", id="c", source="book"),
]
SUZUKI = RecordedReaction("c1ccc(-c2ccncc2)cc1", "Brc1ccccc1.OB(O)c1ccncc1", "[Pd]", id="d", source="patent", year=2001)


@pytest.fixture(scope="module")
def store() -> ReactionStore:
    return build_store("test", [*ACYLATIONS, SUZUKI])[0]


def test_what_gives_no_atom_stands_among_the_reagents() -> None:
    found = map_record(RecordedReaction("CC(=O)NCc1ccccc1", "CC(=O)Cl.CCN(CC)CC.NCc1ccccc1", "O"))
    assert found.fate is Fate.TEMPLATE
    assert found.reaction.reactants == "CC(=O)Cl.NCc1ccccc1"
    assert set(found.reaction.reagents.split(".")) == {"O", "CCN(CC)CC"}


def test_each_reaction_is_kept_once_and_its_fate_counted() -> None:
    wrong = RecordedReaction("CCF", "CCO", id="w")  # no fluorine goes in
    store, report = build_store("test", [*ACYLATIONS, wrong, ACYLATIONS[0], RecordedReaction("C(", "CC")])
    assert len(store) == 4
    assert report.repeated == 1
    assert report.fates == {Fate.TEMPLATE: 4, Fate.UNMAPPED: 1, Fate.UNREADABLE: 1}
    assert report.sources == {"book": 3, "": 1}


def test_a_corrected_page_takes_the_place_of_the_former() -> None:
    page = RecordedReaction("CC(=O)NCc1ccccc1", "CC(=O)Cl.NCc1ccccc1", id="p. 1", source="ELN", yield_percent=8.4)
    corrected = replace(page, yield_percent=84.0)
    first, _ = build_store("ELN", [page])
    store, report = build_store("ELN", [corrected], held=first.list_stored())
    assert [one.yield_percent for one in store] == [84.0]
    assert report.repeated == 1


def test_two_runs_without_a_page_are_both_kept_where_they_differ() -> None:
    run = RecordedReaction("CC(=O)NCc1ccccc1", "CC(=O)Cl.NCc1ccccc1", yield_percent=60.0)
    store, report = build_store("ELN", [run, replace(run, yield_percent=80.0), run])
    assert [one.yield_percent for one in store] == [60.0, 80.0]
    assert report.repeated == 1


def test_what_a_store_holds_is_not_mapped_again(store: ReactionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    held = store.list_stored()
    monkeypatch.setattr("anymol.retrieval.reactions.building.map_reaction", None)
    again, _ = build_store("test", [], held=held)
    assert list(again) == list(store)
    assert list(again.templates) == list(store.templates)
    assert again.search("CC(=O)NCc1ccccc1", 2) == store.search("CC(=O)NCc1ccccc1", 2)


def test_two_processes_build_the_same_store(store: ReactionStore) -> None:
    other = build_store("test", [*ACYLATIONS, SUZUKI], workers=2)[0]
    assert list(other) == list(store)
    assert list(other.templates) == list(store.templates)


def test_it_comes_back_from_disk(store: ReactionStore, tmp_path: Path) -> None:
    store.save(tmp_path / "s", {"book": {"licence": "own", "reactions": 3}})
    again = ReactionStore.open(tmp_path / "s")
    assert list(again) == list(store)
    assert again.name == "test"
    assert again.search("CC(=O)NCc1ccccc1", 2) == store.search("CC(=O)NCc1ccccc1", 2)
    content = tmp_path / "s" / "reactions.safetensors"
    content.write_bytes(content.read_bytes()[:-9])
    with pytest.raises(DataError, match=r"reactions\.safetensors"):
        ReactionStore.open(tmp_path / "s")


def test_an_empty_store_has_nothing_and_says_so() -> None:
    empty = pack_store("none", [])
    assert len(empty) == 0
    assert len(empty.templates) == 0
    assert empty.search("CCO", 5) == []


def test_the_nearest_product_comes_first(store: ReactionStore) -> None:
    first, *rest = find_precedents([store], ["CC(=O)NCc1ccccc1"], 10)
    assert first.reaction.id == "a"
    assert first.similarity == 1.0
    assert all(one.similarity < 1.0 for one in rest)


def test_a_template_of_the_precedents_takes_a_new_molecule_apart(store: ReactionStore) -> None:
    proposals = propose_precursors([store], "O=C(NCc1ccccc1)C1CC1")
    assert proposals[0].smiles == "NCc1ccccc1.O=C(Cl)C1CC1"
    # The methyl group of "a" belongs to its template; without surroundings both are one.
    assert {one.reaction.id for one in proposals[0].precedents} == {"a", "b"}
    assert len(proposals[0].templates) == 2
    assert not proposals[0].recorded
    assert "NCc1ccccc1.O=C(O)C1CC1" in [one.smiles for one in proposals]


def test_what_is_recorded_of_the_very_molecule_stands_first(store: ReactionStore) -> None:
    first = propose_precursors([store], SUZUKI.products)[0]
    assert (first.smiles, first.recorded, first.similarity) == (SUZUKI.reactants, True, 1.0)
    assert first.precedents[0].reaction.year == 2001


def test_a_molecule_is_not_made_of_itself() -> None:
    """A salt is formed, or a product purified: the record repeats the molecule among its reactants."""
    lidocaine = "CCN(CC)CC(=O)Nc1c(C)cccc1C"
    salts = RecordedReaction(lidocaine, f"{lidocaine}.Cl", id="salt")
    made = RecordedReaction(lidocaine, "CCNCC.Cc1cccc(C)c1NC(=O)CCl", id="made")
    store = build_store("test", [salts, made, RecordedReaction(lidocaine, lidocaine, id="purified")])[0]
    proposals = propose_precursors([store], lidocaine)
    assert proposals[0].smiles == made.reactants
    assert all(lidocaine not in one.smiles.split(".") for one in proposals)


def test_the_users_own_store_stands_before_an_equal_one(store: ReactionStore) -> None:
    own = build_store("ELN", [RecordedReaction("CC(=O)NCc1ccccc1", "CC(=O)OC(C)=O.NCc1ccccc1", id="page 3")])[0]
    first = propose_precursors([own, store], "CC(=O)NCc1ccccc1")[0]
    assert first.precedents[0].reaction.id == "page 3"


def test_only_reactions_of_one_change(store: ReactionStore) -> None:
    (suzuki,) = [one for one in find_precedents([store], [SUZUKI.products], 10) if one.similarity == 1.0]
    assert suzuki.core is not None
    same = find_precedents([store], ["CC(=O)NCc1ccccc1"], 10, following=suzuki.core)
    assert [one.reaction.id for one in same] == ["d"]
    assert find_precedents([store], ["CCO"], 10, following="nothing") == []


def test_reactants_give_products_by_templates_of_what_is_like_a_guess(store: ReactionStore) -> None:
    mixed = "NCc1ccccc1.O=C(Cl)C1CC1.CCN(CC)CC.ClCCl"
    first = propose_products([store], mixed, ["O=C(NCc1ccccc1)C1CC1"])[0]
    assert first.smiles == "O=C(NCc1ccccc1)C1CC1"
    assert first.precedents[0].reaction.id in ("a", "b")
    assert propose_products([store], "CCO", ["CC(=O)NCc1ccccc1"]) == []
    asked = "CC(=O)Cl.NCc1ccccc1"
    recorded = propose_products([store], f"{asked}.CCN(CC)CC.ClCCl", ["CC(=O)NCc1ccccc1"], reactants=asked)[0]
    assert (recorded.smiles, recorded.recorded) == ("CC(=O)NCc1ccccc1", True)


def test_a_product_is_recorded_only_of_these_reactants_and_with_what_helped() -> None:
    reduction = RecordedReaction("Nc1ccccc1", "O=[N+]([O-])c1ccccc1", "[H][H]", "", "[Pd]", id="r")
    store, _ = build_store("s", [reduction])
    nitro = "O=[N+]([O-])c1ccccc1"
    nitrated = propose_products([store], f"{nitro}.O=[N+]([O-])O.O=S(=O)(O)O", ["Nc1ccccc1"], reactants=nitro)
    assert not any(one.recorded for one in nitrated)  # nothing there reduces
    reduced = propose_products([store], f"{nitro}.[H][H].[Pd]", ["Nc1ccccc1"], reactants=nitro)
    assert [one.recorded for one in reduced if one.smiles == "Nc1ccccc1"] == [True]


def test_counter_ions_of_reagents_stay_where_a_catalyst_has_the_same() -> None:
    found = map_record(
        RecordedReaction("CCOc1ccccc1", "CCBr.Oc1ccccc1", "O=C([O-])[O-].[K+].[K+]", "CC(C)=O", "[I-].[K+]")
    )
    assert found.reaction.reagents == "O=C([O-])[O-].[K+].[K+]"


def test_similarities_are_those_of_the_fingerprints(store: ReactionStore) -> None:
    from anymol.chem.fingerprints import morgan, tanimoto

    found = store.search("CC(=O)NCCc1ccccc1", 10)
    for one in found:
        by_hand = tanimoto(morgan("CC(=O)NCCc1ccccc1", size=1024), morgan(store[one.row].products, size=1024))
        assert np.isclose(one.similarity, by_hand)


@pytest.mark.parametrize(
    ("reactants", "reagents", "product", "giving"),
    [
        ("COc1ccccc1", "O=C1CCC(=O)N1Br.CC#N", "COc1ccc(Br)cc1", "O=C1CCC(=O)N1Br"),  # N-bromosuccinimide
        ("NCc1ccccc1", "CC(=O)OC(C)=O.CCN(CC)CC", "CC(=O)NCc1ccccc1", "CC(=O)OC(C)=O"),  # acetic anhydride
        ("Oc1ccccc1", "CI.O=C([O-])[O-].[K+].[K+]", "COc1ccccc1", "CI"),  # iodomethane
    ],
)
def test_a_reagent_that_gives_atoms_is_a_reactant(reactants: str, reagents: str, product: str, giving: str) -> None:
    found = map_record(RecordedReaction(product, reactants, reagents))
    assert found.fate is Fate.TEMPLATE
    assert set(found.reaction.reactants.split(".")) == {reactants, giving}
    assert found.reaction.reagents.split(".") == sorted(one for one in reagents.split(".") if one != giving)


def test_changes_without_surroundings_are_listed_by_frequency(store: ReactionStore) -> None:
    assert len(store.cores) == len({one.core for one in store.list_stored() if one.core is not None})
    counts = [sum(one.core == core for one in store.list_stored()) for core in store.cores]
    assert counts == sorted(counts, reverse=True) and counts[0] == 2  # the two acylations by acid chlorides


def test_frequent_changes_are_tried_where_no_precedent_is_near(store: ReactionStore) -> None:
    """The guess is far off, and yet the amine is acylated; what leaves a reactant idle stands behind."""
    mixed = "O=C(Cl)c1ccncc1.NCC1CC1"
    found = propose_products([store], mixed, ["CCCCCCBr"])
    (acylated,) = [one for one in found if one.smiles == "O=C(NCC1CC1)c1ccncc1"]
    assert not acylated.recorded and acylated.count > 0 and not acylated.is_specific
    assert all(one.smiles not in mixed.split(".") for one in found)

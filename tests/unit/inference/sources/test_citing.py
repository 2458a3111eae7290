"""Which precedents an answer shows, and what of them."""

from __future__ import annotations

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.inference.sources.citing import CITED, cite_precedents
from anymol.retrieval.reactions.building import build_store
from anymol.retrieval.reactions.outcomes import find_precedents

PRODUCT, REACTANTS = "CC(=O)NCc1ccccc1", "CC(=O)Cl.NCc1ccccc1"


def test_of_several_records_of_one_reaction_the_fullest_is_shown() -> None:
    store, _ = build_store(
        "s",
        [
            RecordedReaction(PRODUCT, REACTANTS, source="patents"),
            RecordedReaction(PRODUCT, REACTANTS, "CCN(CC)CC", "ClCCl", id="US1", source="patents", yield_percent=80.0),
            RecordedReaction("CCC(=O)NCc1ccccc1", "CCC(=O)Cl.NCc1ccccc1", source="patents", year=1999),
        ],
    )
    first, second = cite_precedents(find_precedents([store], [PRODUCT], 10))
    assert (first.id, first.yield_percent, first.similarity) == ("US1", 80.0, 1.0)
    assert first.helping == "CCN(CC)CC.ClCCl"
    assert second.id.startswith("reaction ")
    assert (second.year, second.store) == (1999, "s")
    assert second.to_json()["kind"] == "reaction"


def test_no_more_than_a_few_are_shown() -> None:
    many = [RecordedReaction(f"CC(=O)N{'C' * n}", f"CC(=O)Cl.N{'C' * n}", id=str(n)) for n in range(2, 9)]
    store, _ = build_store("s", many)
    assert len(list(cite_precedents(find_precedents([store], ["CC(=O)NCCC"], 10)))) == CITED
    assert list(cite_precedents([])) == []


def test_the_page_of_a_notebook_is_cited_beside_a_fuller_record_of_a_patent() -> None:
    own, _ = build_store("ELN", [RecordedReaction(PRODUCT, REACTANTS, id="p. 1", source="ELN")])
    patents, _ = build_store("patents", [RecordedReaction(PRODUCT, REACTANTS, "O", id="US1", year=1999)])
    cited = list(cite_precedents(find_precedents([own, patents], [PRODUCT], 10)))
    assert [one.id for one in cited] == ["p. 1", "US1"]

"""Who reacts, with what, and what is made, in the words of a question."""

from __future__ import annotations

import pytest

from anymol.chem.names import find_name
from anymol.errors import UnknownTaskError
from anymol.tasks.reaction_mentions import _USUAL
from anymol.tasks.reactions import REAGENT_PREDICTION
from anymol.tasks.routing import route


@pytest.mark.parametrize(
    "question",
    [
        "reagent to make benzaldehyde from benzyl alcohol",
        "Which reagents give benzaldehyde starting from benzyl alcohol?",
        "reagents for the preparation of benzaldehyde from benzyl alcohol",
        "Which reagents convert benzyl alcohol to benzaldehyde?",
        "which reagent to get from benzyl alcohol to benzaldehyde",
        "What reagent turns benzyl alcohol into benzaldehyde?",
        "Which solvent is used to make benzaldehyde from benzyl alcohol?",
        "Name the catalyst for making benzaldehyde from benzyl alcohol.",
    ],
)
def test_the_product_comes_last(question: str) -> None:
    assert route(question).molecules == ("benzyl alcohol", "benzaldehyde")


def test_the_own_phrasings_of_a_task_are_read_the_right_way_round() -> None:
    for phrasing in REAGENT_PREDICTION.phrasings:
        question = phrasing.format(reactants="nitrobenzene", products="aniline")
        assert route(question).molecules == ("nitrobenzene", "aniline"), question


@pytest.mark.parametrize(
    ("question", "molecules"),
    [
        ("nitration of nitrobenzene gives", ("nitrobenzene", "HNO3", "H2SO4")),
        ("What is formed on hydrolysis of ethyl acetate?", ("ethyl acetate", "NaOH", "water")),
        ("What do you get by bromination of phenol?", ("phenol", "Br2")),
        ("friedel crafts acetylation of anisole gives", ("anisole", "acetyl chloride", "AlCl3")),
        ("ozonolysis of 1-methylcyclohexene, reductive workup", ("1-methylcyclohexene", "O3", "dimethyl sulfide")),
        ("dehydration of cyclohexanol gives", ("cyclohexanol", "H2SO4")),
        ("oxidation of benzyl alcohol with PCC", ("benzyl alcohol", "PCC")),
        ("What is the product of benzaldehyde and NaBH4?", ("benzaldehyde", "NaBH4")),
    ],
)
def test_a_transformation_brings_its_usual_reagents_where_none_is_named(
    question: str, molecules: tuple[str, ...]
) -> None:
    found = route(question)
    assert (found.task, found.molecules) == ("forward_reaction", molecules)


def test_the_usual_reagents_are_known_by_these_names() -> None:
    assert [name for _, reagents in _USUAL for name in reagents if find_name(name) is None] == []


@pytest.mark.parametrize(
    "question", ["esterification of benzoic acid gives", "What is the product of the ozonolysis of cyclohexene?"]
)
def test_one_that_needs_a_partner_is_refused(question: str) -> None:
    with pytest.raises(UnknownTaskError, match="is not said"):
        route(question)


@pytest.mark.parametrize(
    ("question", "molecules"),
    [
        ("acetophenone + MeMgBr then H3O+", ("acetophenone", "MeMgBr", "H3O+")),
        ("toluene + HNO3/H2SO4", ("toluene", "HNO3", "H2SO4")),
    ],
)
def test_a_bare_mixture_asks_what_it_gives(question: str, molecules: tuple[str, ...]) -> None:
    found = route(question)
    assert (found.task, found.molecules) == ("forward_reaction", molecules)


@pytest.mark.parametrize(
    "question",
    [
        "What is the product of toluene with HNO3 and H2SO4, then iron and HCl?",
        "What forms from cyclohexanone and NaBH4, followed by PCC?",
    ],
)
def test_steps_that_undo_one_another_are_no_mixture(question: str) -> None:
    with pytest.raises(UnknownTaskError, match="two steps"):
        route(question)


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("What is the product of 1-hexene and BH3, then H2O2 and NaOH?", 4),
        ("What is the product of 2-butene and ozone, then dimethyl sulfide?", 3),
        ("What is the product of benzoic acid and thionyl chloride, then ammonia?", 3),
    ],
)
def test_what_one_reaction_needs_in_turn_is_one_question(question: str, count: int) -> None:
    found = route(question)
    assert (found.task, len(found.molecules)) == ("forward_reaction", count)


@pytest.mark.parametrize(
    ("question", "molecules", "transformation"),
    [
        (
            "What does ozonolysis of cyclohexene with dimethyl sulfide give?",
            ("cyclohexene", "dimethyl sulfide", "O3"),
            "ozonolysis",
        ),
        ("Ozonolysis of cyclohexene with O3 and H2O2", ("cyclohexene", "O3", "H2O2"), "ozonolysis"),
        ("hydrogenation of cyclohexene", ("cyclohexene", "H2", "palladium"), "hydrogenation"),
        ("What do cyclohexene and Br2 give?", ("cyclohexene", "Br2"), ""),
    ],
)
def test_the_name_of_a_reaction_is_kept_and_brings_what_it_says(
    question: str, molecules: tuple[str, ...], transformation: str
) -> None:
    found = route(question)
    assert (found.task, found.molecules, found.transformation) == ("forward_reaction", molecules, transformation)


def test_an_ozonolysis_needs_its_workup() -> None:
    with pytest.raises(UnknownTaskError, match="ozonolysis") as caught:
        route("What does ozonolysis of cyclohexene give?")
    assert "oxidative workup" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("question", "product", "start"),
    [
        ("How do I synthesise paracetamol from 4-aminophenol?", "paracetamol", "4-aminophenol"),
        ("How can I make aspirin starting from salicylic acid?", "aspirin", "salicylic acid"),
        ("How would I make paracetamol?", "paracetamol", ""),
    ],
)
def test_a_product_may_be_made_from_what_is_told(question: str, product: str, start: str) -> None:
    found = route(question)
    assert (found.task, found.molecules, found.start) == ("retrosynthesis", (product,), start)

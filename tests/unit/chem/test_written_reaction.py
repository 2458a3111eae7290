"""Reactions as chemists write them are taken apart into molecules, places and conditions."""

from __future__ import annotations

import contextlib
import time

import pytest

from anymol.chem.written_reaction import MAX_LENGTH, Place, WrittenReaction, has_arrow, parse_written_reaction
from anymol.errors import InvalidReactionError

NAMES = frozenset(
    """4-bromoanisole; phenylboronic acid; pd(pph3)4; k2co3; acetic acid; h2so4; nabh4; meoh; thf; water; dmf; pd/c; h2
    acetone; iodomethane; phenol; benzaldehyde; sodium borohydride; toluene; hno3; ethanol; etoh; naoh; hcl; dioxane
    acetophenone; nah; boc2o; et3n; dcm; morpholine; tetrakis(triphenylphosphine)palladium(0); nitrobenzene; fe; nh4cl
    (e)-stilbene; benzoic acid; socl2; alcl3; anisole; acetyl chloride; aniline; mei; k3po4; nitrogen; hydrogen; n2
    pd(oac)2; xphos; nbs; o2; 1,2-dichloroethane; n,n-dimethylformamide; cco; cc(=o)o; coc1ccc(br)cc1; ob(o)c1ccccc1
    cc=o; [na+].[bh4-]; cesium; carbonate; rh; c; ammonia; methylmagnesium bromide""".replace("\n", ";").split(";")
)
KNOWN = {name.strip() for name in NAMES}


TETRAKIS = "tetrakis(triphenylphosphine)palladium(0)"


def knows(text: str) -> bool:
    return text.lower() in KNOWN


def list_texts(found: WrittenReaction, place: Place) -> tuple[str, ...]:
    return tuple(part.text for part in found.parts if part.place is place)


def take_apart(text: str) -> tuple[list[str], list[str], list[str], tuple[str, ...]]:
    """Return what is open, reagents, products and conditions."""
    found = parse_written_reaction(text, knows)
    open_ones = list_texts(found, Place.OPEN) + list_texts(found, Place.REACTANT)
    return (
        list(open_ones),
        list(list_texts(found, Place.REAGENT)),
        list(list_texts(found, Place.PRODUCT)),
        found.conditions,
    )


@pytest.mark.parametrize(
    ("text", "open_ones", "reagents"),
    [
        ("4-bromoanisole + phenylboronic acid, Pd(PPh3)4", "4-bromoanisole|phenylboronic acid|Pd(PPh3)4", ""),
        ("CCO + acetic acid (H2SO4 cat.)", "CCO|acetic acid", "H2SO4"),
        ("CCO + acetic acid (cat. H2SO4)", "CCO|acetic acid", "H2SO4"),
        ("1. NaBH4, MeOH", "NaBH4|MeOH", ""),
        ("acetophenone; 1) NaBH4, MeOH 2) HCl", "acetophenone|NaBH4|MeOH|HCl", ""),
        ("acetophenone, i) NaBH4, MeOH; ii) H3O+", "acetophenone|NaBH4|MeOH", ""),
        ("phenol and MeI in acetone with K2CO3", "phenol|MeI|K2CO3", "acetone"),
        ("phenol and MeI in THF and water", "phenol|MeI", "THF|water"),
        ("phenol, MeI in DMF, NaH", "phenol|MeI|NaH", "DMF"),
        ("treat benzaldehyde with NaBH4 in MeOH", "benzaldehyde|NaBH4", "MeOH"),
        ("Benzaldehyde is reduced with NaBH4 in ethanol.", "Benzaldehyde|NaBH4", "ethanol"),
        ("reaction of aniline with acetyl chloride in the presence of Et3N", "aniline|acetyl chloride|Et3N", ""),
        ("Reduce acetophenone using NaBH4.", "acetophenone|NaBH4", ""),
        ("hydrogenate nitrobenzene over Pd/C under H2", "nitrobenzene|Pd/C", "H2"),
        ("anisole\nacetyl chloride\nAlCl3", "anisole|acetyl chloride|AlCl3", ""),
        ("ethanol+acetic acid", "ethanol|acetic acid", ""),
        ("ethanol & acetic acid & H2SO4", "ethanol|acetic acid|H2SO4", ""),
        ("toluene + HNO3/H2SO4", "toluene|HNO3|H2SO4", ""),
        ("nitrobenzene, Pd/C, H2", "nitrobenzene|Pd/C|H2", ""),
        ("Boc2O,Et3N,DCM,morpholine", "Boc2O|Et3N|DCM|morpholine", ""),
        ("acetophenone, NaBH4 MeOH", "acetophenone|NaBH4|MeOH", ""),
        ("phenol.MeI.K2CO3", "phenol|MeI|K2CO3", ""),
        ("[Na+].[BH4-] + CC=O", "[Na+].[BH4-]|CC=O", ""),
        ("COc1ccc(Br)cc1 + OB(O)c1ccccc1", "COc1ccc(Br)cc1|OB(O)c1ccccc1", ""),
        ("2 CCO + O2", "CCO|O2", ""),
        ("N2 + 3 H2", "N2|H2", ""),
        ("1,2-dichloroethane + N,N-dimethylformamide", "1,2-dichloroethane|N,N-dimethylformamide", ""),
        ("(E)-stilbene, tetrakis(triphenylphosphine)palladium(0)", f"(E)-stilbene|{TETRAKIS}", ""),
        ("phenol (1.0 equiv), MeI (1.2 equiv)", "phenol|MeI", ""),
        ("morpholine; Pd(OAc)2 (2 mol %), XPhos (4 mol%)", "morpholine", "Pd(OAc)2|XPhos"),
        ("toluene, foo bar baz", "toluene|foo bar baz", ""),  # its resolver says why
        ("cesium carbonate, phenol", "cesium carbonate|phenol", ""),  # never the element and the anion
        ("Rh/C, phenol", "Rh/C|phenol", ""),  # nor methane
    ],
)  # fmt: skip
def test_pieces(text: str, open_ones: str, reagents: str) -> None:
    found = take_apart(text)
    assert "|".join(found[0]) == open_ones
    assert "|".join(found[1]) == reagents
    assert not found[2]


@pytest.mark.parametrize(
    "arrow",
    ["->", "-->", "→", "=>", "==>", "⟶", ">>", "gives", "yields", "to give", "="],
)
@pytest.mark.parametrize("behind", ["", " ?", " product", " ??", " the product?", " ..."])
def test_arrows_that_ask(arrow: str, behind: str) -> None:
    written = f"nitrobenzene + H2 {arrow}{behind}"
    if not behind and arrow in ("=", "gives", "yields", "to give"):
        written += " ?"
    assert has_arrow(written)
    assert take_apart(written)[:3] == (["nitrobenzene", "H2"], [], [])


@pytest.mark.parametrize(
    "text",
    [
        "nitrobenzene --(Pd/C, H2)--> aniline",
        "nitrobenzene --[Pd/C, H2]--> aniline",
        "nitrobenzene --Pd/C, H2--> aniline",
        "nitrobenzene -(Pd/C, H2)-> aniline",
        "nitrobenzene —(Pd/C, H2)→ aniline",
        "nitrobenzene → (Pd/C, H2) aniline",
        "nitrobenzene + Pd/C + H2 -> aniline",
        "nitrobenzene, Pd/C and H2 give aniline",
    ],
)
def test_conditions_over_the_arrow_and_products_behind_it(text: str) -> None:
    assert take_apart(text)[:3] == (["nitrobenzene", "Pd/C", "H2"], [], ["aniline"])


def test_brackets_over_the_arrow_may_hold_brackets() -> None:
    found = take_apart("4-bromoanisole + phenylboronic acid --(Pd(PPh3)4 (5 mol%), K2CO3, dioxane/water, 90 °C)--> ?")
    assert found[0] == ["4-bromoanisole", "phenylboronic acid", "K2CO3", "dioxane", "water"]
    assert found[1] == ["Pd(PPh3)4"]
    assert found[3] == ("5 mol%", "90 °C")


def test_three_parts_keep_their_roles() -> None:
    found = parse_written_reaction("benzaldehyde > NaBH4, MeOH > ", knows)
    assert list_texts(found, Place.REACTANT) == ("benzaldehyde",)
    assert list_texts(found, Place.REAGENT) == ("NaBH4", "MeOH")


def test_a_bond_for_an_arrow() -> None:
    assert take_apart("CCO->CC=O")[:3] == (["CCO"], [], ["CC=O"])
    assert not has_arrow("[NH3]->[Pt](Cl)Cl")


def test_amounts_and_conditions_are_kept_apart() -> None:
    text = "phenol (1 eq.), MeI (1.2 eq, dry), K2CO3 in DMF, 0 °C to rt, 16 h, under N2; then 2 M HCl aq."
    found = take_apart(text)
    assert found[0] == ["phenol", "MeI", "K2CO3", "HCl"] and found[1] == ["DMF"]
    assert found[3] == ("1 eq.", "1.2 eq", "dry", "0 °C to rt", "16 h", "under N2", "then", "2 M", "aq.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("80 °C, 12 h", "no molecule"),
        ("", "no molecule"),
        ("-> aniline", "no molecule"),
        ("phenol -> anisole -> toluene", "several arrows"),
        ("phenol, " * 400, "characters"),
    ],
)
def test_refusals(text: str, words: str) -> None:
    with pytest.raises(InvalidReactionError, match=words):
        parse_written_reaction(text, knows)


@pytest.mark.parametrize(
    "text", ["-", "--(", "(", "a (", "=>"[0], "1. ", "2 h ", " + ", "a, ", "x with ", "-- a ", ")("]
)
def test_hostile_texts_take_no_time(text: str) -> None:
    started = time.perf_counter()
    written = (text * MAX_LENGTH)[:MAX_LENGTH]
    has_arrow(written)
    with contextlib.suppress(InvalidReactionError):
        parse_written_reaction(written, knows)
    assert time.perf_counter() - started < 3.0


@pytest.mark.parametrize(
    ("text", "open_ones", "reagents"),
    [
        ("nitrobenzene, Fe/HCl", "nitrobenzene|Fe|HCl", ""),
        ("anisole, NaOH/water (1:1)", "anisole|NaOH|water", ""),
        ("phenol + MeI, K2CO3, acetone, 92% yield", "phenol|MeI|K2CO3|acetone", ""),
        ("nitrobenzene -Pd/C-> aniline", "nitrobenzene|Pd/C", ""),
    ],
)
def test_signs_and_amounts_of_lab_books(text: str, open_ones: str, reagents: str) -> None:
    found = take_apart(text)
    assert "|".join(found[0]) == open_ones
    assert "|".join(found[1]) == reagents


def test_a_phenyl_group_is_no_acidity() -> None:
    assert take_apart("benzaldehyde + Ph3PCHCO2Et")[0] == ["benzaldehyde", "Ph3PCHCO2Et"]
    assert take_apart("benzaldehyde + NaBH4, pH 7")[3] == ("pH 7",)


def test_a_second_name_in_brackets_is_marked() -> None:
    found = parse_written_reaction("ethanol (EtOH) + acetic acid, H2SO4", knows)
    assert [(part.text, part.is_aside) for part in found.parts] == [
        ("ethanol", False),
        ("EtOH", True),
        ("acetic acid", False),
        ("H2SO4", False),
    ]


def test_an_amount_in_brackets_is_a_condition_though_the_whole_is_a_name() -> None:
    found = parse_written_reaction("phenol + NBS (5 mol%)", lambda text: knows(text) or text == "NBS (5 mol%)")
    assert list_texts(found, Place.REAGENT) == ("NBS",)
    assert found.conditions == ("5 mol%",)

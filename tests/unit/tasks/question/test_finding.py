"""Finding molecules, amounts and adducts in a text."""

from __future__ import annotations

import pytest

from anymol.tasks.question.finding import blank_spans, drop_glosses, find_spans, find_unknown
from anymol.tasks.question.mention import ADDUCT_SIGN, AMOUNT_SIGN, CONCENTRATION_SIGN, MentionKind

N, R, A, F = MentionKind.NOTATION, MentionKind.REACTION, MentionKind.NAME, MentionKind.FORMULA


def find(text: str) -> list[tuple[MentionKind, str]]:
    spans = sorted(find_spans(text), key=lambda span: span.start)
    return [(one.mention.kind, one.mention.text) for one in spans if one.mention is not None]


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("logP of CCO?", [(N, "CCO")]),
        ("the SMILES:CCO, please", [(N, "CCO")]),
        ("'CCO' and \"CCN\"", [(N, "CCO"), (N, "CCN")]),
        ("is (CC(=O)O) an acid", [(N, "CC(=O)O")]),
        (
            "<SMILES> CCO </SMILES> <IUPAC>ethanol</IUPAC> <mol>CCO>>CC=O</mol>",
            [(N, "CCO"), (A, "ethanol"), (R, "CCO>>CC=O")],
        ),
        ("<MOLFORMULA> C2H6O </MOLFORMULA>", [(F, "C2H6O")]),
        ("CC(=O)Cl + CN gives", [(N, "CC(=O)Cl"), (N, "CN")]),
        ("water, ammonia or methane", [(A, "water"), (A, "ammonia"), (A, "methane")]),
        ("2 g of iodine", [(A, "iodine")]),
        ("how many carbon atoms", []),
        ("50-78-2 by its number", [(A, "50-78-2")]),
        ("NaBH4 in methanol", [(F, "NaBH4"), (A, "methanol")]),
        ("the weight of PhCH2Br", [(A, "PhCH2Br")]),
        ("CH4 + O2", [(F, "CH4"), (F, "O2")]),
        ("acid of HPO4^2-?", [(A, "HPO4^2-")]),
        ("CO3 2- and HCO3-", [(A, "CO3 2-"), (A, "HCO3-")]),
        ("acid of F-", [(A, "F-")]),
    ],
)
def test_molecules_are_found_however_they_are_written(text: str, mentions: list[tuple[MentionKind, str]]) -> None:
    assert find(text) == mentions


def test_amounts_concentrations_and_adducts_have_signs_of_their_own() -> None:
    spans = find_spans("10 mL of 2 M HCl and [M+H]+")
    assert {one.sign for one in spans if one.mention is None} == {AMOUNT_SIGN, CONCENTRATION_SIGN, ADDUCT_SIGN}


def test_no_span_lies_inside_another() -> None:
    text = "5 g of 2-chloropyridine, CCO>>CC=O, <mol>CCO</mol> and 2 M NaOH with [M+Na]+ of C6H6"
    spans = find_spans(text)
    assert not any(one.meets(other) for one in spans for other in spans if one is not other)
    assert len(spans) >= 7


def test_words_that_nothing_knows_are_names_by_their_look_or_their_place() -> None:
    assert [one.mention.text for one in find_unknown("mass of zzyzxinib", strange_too=False) if one.mention] == [
        "zzyzxinib"
    ]
    assert find_unknown("mass of the frobnication", strange_too=False) == []
    strange = find_unknown("structure of frobnik", strange_too=True)
    assert [(one.mention.kind, one.mention.text) for one in strange if one.mention] == [
        (MentionKind.STRANGE, "frobnik")
    ]


def test_a_notation_in_brackets_says_the_name_before_it_again() -> None:
    text = "logP of aspirin (CC(=O)Oc1ccccc1C(=O)O)"
    assert len(find_spans(text)) == 2
    (kept,) = drop_glosses(text, find_spans(text))
    assert kept.mention is not None and kept.mention.text.startswith("CC(=O)")


def test_blanked_text_keeps_every_place() -> None:
    text = "mass of aspirin and CCO"
    blanked = blank_spans(text, find_spans(text), signed=True)
    assert len(blanked) == len(text)
    assert "aspirin" not in blanked and blanked.startswith("mass of ")


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("mass of the hydrochloride of lidocaine", [(A, "lidocaine hydrochloride")]),
        ("mass of the sodium salt of ibuprofen", [(A, "ibuprofen sodium")]),
        ("are cis- and trans-2-butene related", [(A, "cis-2-butene"), (A, "trans-2-butene")]),
        ("D- and L-alanine", [(A, "D-alanine"), (A, "L-alanine")]),
        ("is methanol heavier than water?", [(A, "methanol"), (A, "water")]),
        ("mass of K4[Fe(CN)6]·3H2O", [(A, "K4[Fe(CN)6]·3H2O")]),
        ("mass of (NH4)2Fe(SO4)2.6H2O", [(A, "(NH4)2Fe(SO4)2.6H2O")]),
        ("molar mass of Co", [(F, "Co")]),
        ("is the C=C of fumaric acid E?", [(A, "fumaric acid")]),
        ("is trans-cinnamic acid E?", [(A, "trans-cinnamic acid")]),
        ("is acetaminophen a phenol?", [(A, "acetaminophen")]),
        ("the ammonium adduct of ibuprofen", [(A, "ibuprofen")]),
        ("the mass of C=C", [(N, "C=C")]),
    ],
)
def test_names_as_chemists_shorten_them(text: str, mentions: list[tuple[MentionKind, str]]) -> None:
    assert find(text) == mentions


def test_a_notation_that_is_another_molecule_than_its_name_is_not_passed_over() -> None:
    text = "logP of aspirin (CCO)"
    assert len(drop_glosses(text, find_spans(text))) == 2
    text = "is crotonic acid C/C=C/C(=O)O E or Z"  # it says the name again without brackets
    assert len(drop_glosses(text, find_spans(text))) == 1
    text = "is ethanol CCO?"  # whether it is is what is asked
    assert len(drop_glosses(text, find_spans(text))) == 2


def test_amounts_in_words_and_in_brackets() -> None:
    signs = [one.sign for one in find_spans("two moles of x (2.5 M), 3 pmol, five equivalents, these two molecules")]
    assert sorted(signs) == sorted([AMOUNT_SIGN] * 3 + [CONCENTRATION_SIGN])

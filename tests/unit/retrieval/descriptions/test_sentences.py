from __future__ import annotations

import pytest

from anymol.retrieval.descriptions.sentences import (
    Definition,
    keep_general,
    read_classes,
    read_definition,
    split_sentences,
    write_classes,
    write_plainly,
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("A  fatty acid.", "The molecule is a fatty acid."),
        ("The 2-amino derivative of purine", "The molecule is the 2-amino derivative of purine."),
        ("The molecule is a salt.Its use is old.", "The molecule is a salt. Its use is old."),
        ("(R)-limonene smells of oranges.", "(R)-limonene smells of oranges."),
    ],
)
def test_every_collection_comes_to_speak_in_one_form(text: str, plain: str) -> None:
    assert write_plainly(text) == plain


def test_the_stop_of_an_initial_ends_no_sentence() -> None:
    text = "The molecule is a base found in E. coli. It has a role as an E. coli metabolite."
    assert split_sentences(text) == (
        "The molecule is a base found in E. coli.",
        "It has a role as an E. coli metabolite.",
    )


def test_what_is_told_of_one_compound_alone_is_not_said_of_its_relatives() -> None:
    text = (
        "The molecule is an alkaloid. Strychnine is used against moles. It has a role as a poison. "
        "It has been isolated from Strychnos nux-vomica. It derives from a hydride of a strychnidine."
    )
    assert keep_general(text) == (
        "The molecule is an alkaloid. It has a role as a poison. It derives from a hydride of a strychnidine."
    )
    assert keep_general("Strychnine is an alkaloid. It has a role as a poison.") == ""


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("a member of phenols", " that is phenol substituted by a bromo group"),
        ("a fatty acid methyl ester", " obtained from the formal condensation of methanol and palmitoleic acid"),
        ("a glycol", ""),
        ("an acid", ", in which the chain is branched"),
    ],
)
def test_a_definition_is_read_and_written_again(kind: str, details: str) -> None:
    sentence = f"The molecule is {kind}{details}."
    found = read_definition(sentence)
    assert found == Definition(kind, details) and str(found) == sentence


def test_classes_are_read_where_a_sentence_names_them_alone() -> None:
    sentence = "It is a member of phenols, an organobromine compound and a drug."
    assert read_classes(sentence) == ("a member of phenols", "an organobromine compound", "a drug")
    assert write_classes(read_classes(sentence)) == sentence
    assert write_classes(("a glycol",)) == "It is a glycol."
    assert read_classes("It is a conjugate base of a benzoic acid.") == ()
    assert read_classes("It has a role as a drug and a poison.") == ()
    assert read_definition("It is a drug.") is None

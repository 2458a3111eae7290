"""Conversions of groups: which words ask for them, and what they make."""

from __future__ import annotations

import pytest

from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import UnknownTaskError
from anymol.tasks.conversions import _list_rules, check_conversion, convert, parse_conversion
from anymol.tasks.edit_words import parse_change, tidy_edit
from anymol.tasks.edits import Edit
from anymol.tasks.routing import route


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        ("oxidise the primary alcohol all the way up to the carboxylic acid", "OCCc1ccccc1", "O=C(O)Cc1ccccc1"),
        ("oxidize the alcohol to an aldehyde", "OCCc1ccccc1", "O=CCc1ccccc1"),
        ("oxidise the secondary alcohol", "CC(O)C", "CC(C)=O"),
        ("reduce the ketone to the alcohol", "CC(=O)CCc1ccccc1", "CC(O)CCc1ccccc1"),
        ("reduce the ketone", "CC(=O)c1ccccc1", "CC(O)c1ccccc1"),
        ("turn the ketone into a CH2", "CC(=O)CCc1ccccc1", "CCCCc1ccccc1"),
        ("with the nitro reduced to NH2", "O=[N+]([O-])c1ccccc1", "Nc1ccccc1"),
        ("reduce the acid to the alcohol", "O=C(O)c1ccccc1", "OCc1ccccc1"),
        ("reduce the ester to an alcohol", "COC(=O)c1ccccc1", "OCc1ccccc1"),
        ("reduce the nitrile to the amine", "N#Cc1ccccc1", "NCc1ccccc1"),
        ("reduce the amide to the amine", "CC(=O)NC", "CCNC"),
        ("hydrogenate the double bond", "C=CCOc1ccccc1", "CCCOc1ccccc1"),
        ("hydrolyse the ester", "COC(=O)CCc1ccccc1", "O=C(O)CCc1ccccc1"),
        ("hydrolyse the ester", "CC(=O)Oc1ccccc1C(=O)O", "O=C(O)c1ccccc1O"),
        ("hydrolyse the lactone", "O=C1CCCO1", "O=C(O)CCCO"),
        ("hydrate the nitrile to the primary amide", "N#CCc1ccccc1", "NC(=O)Cc1ccccc1"),
        ("dehydrate the primary amide to give the nitrile", "NC(=O)c1ccccc1", "N#Cc1ccccc1"),
        ("make the sulfide a sulfone", "CSc1ccccc1", "CS(=O)(=O)c1ccccc1"),
        ("oxidise the thioether to the sulfoxide", "CSc1ccccc1", "CS(=O)c1ccccc1"),
        ("turn the acid into an amide", "CC(C)C(=O)O", "CC(C)C(N)=O"),
        ("change the carboxylic acid into a hydroxamic acid", "CC(=O)O", "CC(=O)NO"),
        ("epoxidise the alkene", "C1=CCCCC1", "C1CCC2OC2C1"),
        ("deacetylate it", "CC(=O)Nc1ccccc1", "Nc1ccccc1"),
        ("debenzylate it", "COc1ccc(OCc2ccccc2)cc1", "COc1ccc(O)cc1"),
        ("Boc-protect the amine", "NCCc1ccccc1", "CC(C)(C)OC(=O)NCCc1ccccc1"),
        ("protect the amine as its Boc carbamate", "NCCc1ccccc1", "CC(C)(C)OC(=O)NCCc1ccccc1"),
        ("hydrolyse all the esters", "COC(=O)CCC(=O)OC", "O=C(O)CCC(=O)O"),
        ("reduce the nitro groups", "O=[N+]([O-])c1cccc([N+](=O)[O-])c1", "Nc1cccc(N)c1"),
    ],
)
def test_a_group_is_converted_and_the_rest_kept(words: str, before: str, after: str) -> None:
    conversion = parse_conversion(words)
    assert conversion is not None
    assert convert(before, conversion) == [canonicalize_smiles(after)]
    assert all(check.passed for check in check_conversion(before, after, conversion))
    assert parse_change(words) == conversion
    assert tidy_edit(words) == words  # an exchange of groups is another thing


@pytest.mark.parametrize(
    "words",
    [
        "replace the hydroxyl by a carboxylic acid",
        "swap the ketone for a hydroxyl",
        "turn the hydroxyl into a chlorine",
        "make the acid a methyl ester",
        "do not reduce the ketone",
        "oxidise the sulfide",  # to the sulfoxide or to the sulfone
        "convert the amide to an amine",  # by reduction, or by hydrolysis
    ],
)
def test_what_is_no_conversion_or_not_one_alone(words: str) -> None:
    assert parse_conversion(words) is None


def test_an_exchange_of_groups_stays_an_edit() -> None:
    assert isinstance(parse_change("turn the hydroxyl into a chlorine"), Edit)


def test_of_several_groups_each_is_an_answer_and_doubted() -> None:
    conversion = parse_conversion("reduce the ketone")
    assert conversion is not None
    assert convert("CC(=O)CCC(=O)CC", conversion) == ["CCC(=O)CCC(C)O", "CCC(O)CCC(C)=O"]
    checks = check_conversion("CC(=O)CCC(=O)CC", "CCC(=O)CCC(C)O", conversion)
    assert [(one.name, one.passed) for one in checks] == [("edit_done", True), ("place", None)]


def test_stereocentres_stay() -> None:
    conversion = parse_conversion("hydrolyse the ester")
    assert conversion is not None
    assert convert("COC(=O)[C@@H](C)N", conversion) == [canonicalize_smiles("OC(=O)[C@@H](C)N")]


def test_what_is_something_else_or_has_no_such_group_fails() -> None:
    conversion = parse_conversion("reduce the ketone")
    assert conversion is not None
    assert [one.passed for one in check_conversion("CC(C)=O", "CC", conversion)] == [False]
    assert [one.passed for one in check_conversion("CCO", "CCO", conversion)] == [False]
    assert [one.passed for one in check_conversion("CC(C)=O", "C(", conversion)] == [False]


def test_every_rule_is_a_reaction_of_one_molecule() -> None:
    rules = _list_rules()
    assert len(rules) > 40
    assert all(smarts.count(">>") == 1 for rule in rules for smarts in rule.smarts)


@pytest.mark.parametrize(
    ("question", "molecule"),
    [
        ("Reduce the ketone in haloperidol to a secondary alcohol", "haloperidol"),
        ("Deacetylate aspirin.", "aspirin"),
        ("hydrolyse the ester in COC(=O)CCc1ccccc1", "COC(=O)CCc1ccccc1"),
        ("turn the acid in ibuprofen into an amide", "ibuprofen"),
        ("methylate the phenol of paracetamol", "paracetamol"),
    ],
)
def test_a_conversion_is_asked_of_a_named_molecule(question: str, molecule: str) -> None:
    found = route(question)
    assert (found.task, found.molecules) == ("molecule_editing", (molecule,))


@pytest.mark.parametrize(
    ("question", "task"),
    [
        ("What is formed when acetophenone is reduced with NaBH4?", "forward_reaction"),
        ("Which reagents reduce nitrobenzene to aniline?", "reagent_prediction"),
        ("saponification of ethyl benzoate - what forms?", "forward_reaction"),
    ],
)
def test_a_question_about_a_reaction_is_none(question: str, task: str) -> None:
    assert route(question).task == task


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        ("reduce the nitrile to the aldehyde", "N#CCCC=O", "O=CCCC=O"),  # and not the aldehyde that is there
        ("hydrolyse the nitrile to the primary amide", "N#CCCCC(=O)NC", "CNC(=O)CCCC(N)=O"),
        ("hydrogenate the alkyne to an alkene", "CC#CCC=C", "C=CCC=CC"),
        ("hydrogenate the double bond but keep the ketone", "CC(=O)CCC=C", "CCCCC(C)=O"),
        ("reduce the aldehyde and leave the ketone", "CC(=O)CCC=O", "CC(=O)CCCO"),
        ("oxidise the alcohol to the ketone", "C[C@H](O)CC", "CCC(C)=O"),
        ("oxidise the secondary alcohol", "C[C@H](O)C[C@@H](C)Cl", "CC(=O)C[C@@H](C)Cl"),
        ("hydrolyse the amide to the amine", "CC(=O)NCC", "CCN"),
        ("hydrolyse the amide to the acid", "CC(=O)Nc1ccccc1", "CC(=O)O"),
        ("hydrolyse the ester to the acid", "CC(=O)OCCCCCC", "CC(=O)O"),
        ("hydrolyse the ester to the alcohol", "CC(=O)OCCCCCC", "CCCCCCO"),
        ("Boc-protect the amines", "NCCN", "CC(C)(C)OC(=O)NCCNC(=O)OC(C)(C)C"),
        ("hydrolyse the ester", "CCCCOC=O", "CCCCO"),
        ("hydrolyse the amide to the amine", "CN(CC)C=O", "CCNC"),
        ("hydrolyse the lactone", "O=C1CCCO1", "O=C(O)CCCO"),
        ("fully deacetylate it", "CC(=O)OCCOC(C)=O", "OCCO"),
        ("reduce all the nitro groups", "O=[N+]([O-])c1ccc(C(C)=O)cc1", "CC(=O)c1ccc(N)cc1"),
    ],
)
def test_what_stands_behind_the_verb_is_converted_and_no_other_group(words: str, before: str, after: str) -> None:
    conversion = parse_conversion(words)
    assert conversion is not None
    assert convert(before, conversion) == [canonicalize_smiles(after)]


@pytest.mark.parametrize(
    "words",
    [
        "reduce the logP by removing the ester",
        "reduce the size of the ester",
        "oxidise the primary alcohol",  # to the aldehyde or to the acid
        "cleave the ester next to the amide",
        "reduce two of the three ketones",
        "reduce everything but the ketone",
        "oxidise the tertiary alcohol",
        "Boc-protect the phenol",
    ],
)
def test_a_group_that_is_not_the_verbs_object_is_not_converted(words: str) -> None:
    assert parse_conversion(words) is None


def test_a_new_centre_may_have_any_configuration_and_either_piece_is_right_where_none_is_named() -> None:
    reduction, split = parse_conversion("reduce the ketone"), parse_conversion("hydrolyse the ester")
    assert reduction is not None and split is not None
    assert check_conversion("CC(=O)c1ccccc1", "C[C@H](O)c1ccccc1", reduction)[0].passed
    assert check_conversion("CC(=O)OCCCCCC", "CC(=O)O", split)[0].passed
    lost = check_conversion("CC(=O)C[C@@H](C)Cl", "CC(O)CC(C)Cl", reduction)
    assert lost[0].passed is False


@pytest.mark.parametrize(
    ("words", "smiles"),
    [
        ("deacetylate it", "CC(=O)O"),
        ("deacetylate it", "CC(N)=O"),
        ("debenzylate it", "OCc1ccccc1"),
        ("debenzoylate it", "O=C(O)c1ccccc1"),
        ("detosylate it", "Cc1ccc(S(=O)(=O)O)cc1"),
        ("hydrolyse the lactone", "CCCCC(=O)OC"),
    ],
)
def test_what_protects_nothing_is_not_taken_off(words: str, smiles: str) -> None:
    conversion = parse_conversion(words)
    assert conversion is not None
    assert convert(smiles, conversion) == []


@pytest.mark.parametrize(
    "question",
    [
        "Boc-protect the amine of L-proline methyl ester hydrochloride",
        "hydrolyse the ester in glycine ethyl ester",
    ],
)
def test_a_name_that_goes_on_is_not_cut(question: str) -> None:
    with pytest.raises(UnknownTaskError):
        route(question)


def test_of_two_molecules_none_is_left_out() -> None:
    assert route("reduce the ketones of testosterone and progesterone").molecules == ("testosterone", "progesterone")

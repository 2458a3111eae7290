"""Reading answers: molecules in every form, numbers of every spelling, texts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anymol.errors import UnreadableAnswerError
from anymol.tasks.parsing import parse_mixture, parse_molecule, parse_name, parse_number, parse_text


@pytest.mark.parametrize(
    ("text", "smiles"),
    [
        ("<mol>OCC</mol>", "CCO"),
        ("<mol>\u232cO\u232cC\u232cC</mol>", "CCO"),
        ("<mol>[O][C][C]</mol>", "CCO"),
        ("The product is <mol>OCC</mol>.<end>", "CCO"),
        ("<mol>OCC", "CCO"),
        ("OCC", "CCO"),
        ("<mol>OCC</mol> or <mol>C</mol>", "CCO"),
        ("<mol>[Na+].[Cl-]</mol>", "[Cl-].[Na+]"),
        ("<mol>[Na+1].[Cl-1]</mol>", "[Cl-].[Na+]"),
        ("<mol>[CH3:1][OH:2]</mol>", "CO"),
        ("<mol>C[C@H](N)C(=O)O</mol>", "C[C@H](N)C(=O)O"),
    ],
)
def test_molecules_are_read(text: str, smiles: str) -> None:
    assert parse_molecule(text) == smiles


def test_selfies_of_bare_atoms_is_not_taken_for_smiles() -> None:
    # As SMILES, [C][C] would be a carbon chain without hydrogens.
    assert parse_molecule("<mol>[C][C]</mol>") == "CC"


@pytest.mark.parametrize("text", ["2-chloropyridine", ' "2-chloropyridine".', "2-chloropyridine<end>\n"])
def test_names_are_read_without_what_stands_around_them(text: str) -> None:
    assert parse_name(text) == "2-chloropyridine"


@pytest.mark.parametrize("text", ["<mol>CCO</mol>", '"."', "123"])
def test_what_is_not_a_name_is_refused(text: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        parse_name(text)


def test_mixtures_join_all_molecules() -> None:
    assert parse_mixture("<mol>OCC</mol> and <mol>CC(=O)O</mol>") == "CC(=O)O.CCO"
    assert parse_mixture("<mol>OCC.CC(=O)O</mol>") == "CC(=O)O.CCO"


@pytest.mark.parametrize(
    "text", ["", "no", "<mol></mol>", "<mol>C1CC</mol>", "<mol>[C][=Q]</mol>", "CCO is it", "C" * 30_000]
)
def test_what_holds_no_molecule_is_refused(text: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        parse_molecule(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("180.16", 180.16),
        ("-0.35", -0.35),
        ("\u22120.35", -0.35),
        ("\u20130.35", -0.35),
        ("- 0.35", -0.35),
        ("+1.5", 1.5),
        (".5", 0.5),
        ("180.16 g/mol", 180.16),
        ("The LogP is -1.2.", -1.2),
        ("1,234.5", 1234.5),
        ("1 234.5 Da", 1234.5),
        ("1\u00a0234", 1234.0),
        ("12,5", 12.5),
        ("1.2e3", 1200.0),
        ("1.2 x 10^3", 1200.0),
        ("1.2\u00d710^\u22123", 0.0012),
        ("63.6 \u00c5\u00b2", 63.6),
        ("logp-2", 2.0),
        ("180.16 of C9H8O4", 180.16),
        ("5-6", 5.0),
        ("It weighs 46.07 g/mol, i.e. 46.07", 46.07),
        ("<end>0<end>", 0.0),
    ],
)
def test_numbers_are_read(text: str, number: float) -> None:
    assert parse_number(text) == pytest.approx(number)


@pytest.mark.parametrize(
    "text", ["", "none", "C9H8O4", "2-chloropyridine", "from 2 to 3", "inf", "1e400", "x2", "<mol>C1CC1</mol>"]
)
def test_what_holds_no_number_is_refused(text: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        parse_number(text)


@settings(deadline=None)
@given(st.floats(min_value=-1e6, max_value=1e6, allow_nan=False))
def test_printed_numbers_read_back(value: float) -> None:
    assert parse_number(f"{value:.2f}") == pytest.approx(round(value, 2))


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_molecule, parse_mixture, parse_number, parse_text):
        try:
            parse(text)
        except UnreadableAnswerError as error:
            assert error.message


def test_texts_lose_markup_only() -> None:
    assert parse_text("<bos> The  molecule is\na lactam. <end>") == "The molecule is a lactam."

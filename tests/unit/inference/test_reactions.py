"""A reaction is understood in every form in which people give it, and its roles are told."""

from __future__ import annotations

import pytest

from anymol.chem.reaction import Reaction
from anymol.errors import InvalidReactionError, UnknownNameError, UserError
from anymol.inference import reactions
from anymol.inference.inputs import ParsedInput, read_input, read_question
from anymol.inference.reactions import ReadReaction, read_reaction, settle_roles
from anymol.tasks.table import TASKS
from anymol.tasks.task import ReagentsState

NAMES = {
    "4-bromoanisole": "COc1ccc(Br)cc1",
    "phenylboronic acid": "OB(O)c1ccccc1",
    "Pd(PPh3)4": ".".join(["[Pd]", *["c1ccc(P(c2ccccc2)c2ccccc2)cc1"] * 4]),
    "K2CO3": "O=C([O-])[O-].[K+].[K+]",
    "acetic acid": "CC(=O)O",
    "H2SO4": "O=S(=O)(O)O",
    "acetophenone": "CC(=O)c1ccccc1",
    "1-phenylethanol": "CC(O)c1ccccc1",
    "NaBH4": "[BH4-].[Na+]",
    "MeOH": "CO",
}


@pytest.fixture(autouse=True)
def _dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of this file and SMILES; how names are found is another module's."""
    real = reactions.resolve_molecule

    def look_up(text: str) -> object:
        return real(NAMES[text]) if text in NAMES else real(text)

    monkeypatch.setattr(reactions, "resolve_molecule", look_up)
    reactions._names_molecule.cache_clear()


def resolve(text: str) -> tuple[str, str | None]:
    if text in NAMES:
        return NAMES[text], f"'{text}' was read as {NAMES[text]}"
    if text.islower() and len(text) > 5:
        raise UnknownNameError("no file, notation or known name", value=text, hint="give a SMILES")
    from anymol.chem.parsing import canonicalize_smiles

    return canonicalize_smiles(text), None


def read(written: str, task: str = "forward_reaction") -> ParsedInput:
    return read_input(TASKS[task], written, None, resolve)


def test_names_and_abbreviations_are_a_reaction() -> None:
    found = read("4-bromoanisole + phenylboronic acid, Pd(PPh3)4 (5 mol%), K2CO3, 80 °C")
    asked = found.task_input
    assert set((asked.reactants or "").split(".")) == {"COc1ccc(Br)cc1", "OB(O)c1ccccc1"}
    assert asked.reagents == "O=C([O-])[O-].[K+].[K+].[Pd].c1ccc(P(c2ccccc2)c2ccccc2)cc1"
    assert asked.reagents_state is ReagentsState.SEPARATED
    notes = "\n".join(found.notes)
    assert "'4-bromoanisole' was read as" in notes and "5 mol%, 80 °C" in notes and "parted into reactants" in notes


def test_a_catalyst_stays_a_reagent() -> None:
    asked = read("CCO + acetic acid (H2SO4 cat.)").task_input
    assert (asked.reactants, asked.reagents) == ("CC(=O)O.CCO", "O=S(=O)(O)O")


def test_a_mixture_in_smiles_is_parted_and_it_is_said() -> None:
    found = read("OC(=O)c1ccccc1.NCc1ccccc1.CCN=C=NCCCN(C)C.ClCCl")
    assert found.task_input.reactants == "NCc1ccccc1.OC(=O)c1ccccc1".replace("OC(=O)c1ccccc1", "O=C(O)c1ccccc1")
    assert found.task_input.reagents == "CCN=C=NCCCN(C)C.ClCCl"
    (note,) = found.notes
    assert "reagents CCN=C=NCCCN(C)C.ClCCl" in note and "probability" in note and "reactants>reagents>" in note


@pytest.mark.parametrize(
    ("written", "reactants", "reagents"),
    [
        ("CCO.CC(=O)O>CI>", "CC(=O)O.CCO", "CI"),  # whatever the roles in other reactions
        ("ClCCl>CC(=O)Cl.NCc1ccccc1>", "ClCCl", "CC(=O)Cl.NCc1ccccc1"),
        ("acetophenone > NaBH4, MeOH >", "CC(=O)c1ccccc1", "CO.[BH4-].[Na+]"),
    ],
)
def test_roles_that_are_written_are_kept(written: str, reactants: str, reagents: str) -> None:
    found = read(written)
    assert (found.task_input.reactants, found.task_input.reagents) == (reactants, reagents)
    assert not any("parted" in note for note in found.notes)


def test_nothing_is_parted_where_one_molecule_is_given() -> None:
    found = read("CCO")
    assert (found.task_input.reactants, found.task_input.reagents) == ("CCO", None)
    assert found.task_input.reagents_state is ReagentsState.DROPPED and not found.notes
    by_name = read("acetophenone")
    assert by_name.task_input.reactants == "CC(=O)c1ccccc1" and len(by_name.notes) == 1


def test_molecules_of_a_question_are_parted_too() -> None:
    molecules = ["acetophenone", "NaBH4", "MeOH"]
    found = read_question(TASKS["forward_reaction"], molecules, None, resolve)
    assert found.task_input.reactants == "CC(=O)c1ccccc1"
    assert found.task_input.reagents == "CO.[BH4-].[Na+]"


def test_a_piece_that_nobody_reads_is_named() -> None:
    with pytest.raises(InvalidReactionError, match="'foobarium' in the reaction cannot be read") as error:
        read("acetophenone + foobarium, 80 °C")
    assert "give a SMILES" in str(error.value)


def test_conditions_alone_are_no_reaction() -> None:
    with pytest.raises(InvalidReactionError, match="no molecule"):
        read("80 °C, 12 h")


@pytest.mark.parametrize("written", ["CCO.C1CC>>CCOC", "CC(=O)O>Q>", "C>C>C>C"])
def test_a_slip_in_a_notation_is_told_as_such(written: str) -> None:
    with pytest.raises(UserError) as error:
        read(written)
    assert "cannot be read" not in str(error.value)


def test_words_with_an_arrow_are_asked_for_their_reagents() -> None:
    asked = read("acetophenone -> 1-phenylethanol", "reagent_prediction").task_input
    assert (asked.reactants, asked.products) == ("CC(=O)c1ccccc1", "CC(O)c1ccccc1")


def test_words_with_a_gap_are_completed() -> None:
    asked = read("acetophenone --(NaBH4, MeOH)--> ?", "reaction_completion").task_input
    assert (asked.reactants, asked.reagents, asked.products) == ("CC(=O)c1ccccc1", "CO.[BH4-].[Na+]", None)
    with pytest.raises(InvalidReactionError, match="not a reaction"):
        read("acetophenone", "reaction_completion")


def test_the_product_of_words_is_what_retrosynthesis_is_about() -> None:
    assert read("acetophenone -> 1-phenylethanol", "retrosynthesis").task_input.products == "CC(O)c1ccccc1"
    assert read("1-phenylethanol", "retrosynthesis").task_input.products == "CC(O)c1ccccc1"


def test_a_bond_for_an_arrow_is_an_arrow() -> None:
    found = read_reaction("CCO->CC=O", resolve)
    assert (found.reaction.reactants, found.reaction.products) == (("CCO",), ("CC=O",))
    metal = read_reaction("[NH3]->[Pt](Cl)Cl", resolve)
    assert len(metal.reaction.reactants) == 1 and not metal.reaction.products


def test_settled_roles_stay() -> None:
    settled = ReadReaction(Reaction(("CI",), ("CCO",)))
    assert settle_roles(settled) is settled


def test_a_second_name_in_brackets_is_not_a_second_molecule() -> None:
    found = read_reaction("acetophenone (CC(=O)c1ccccc1) + NaBH4, MeOH", resolve)
    assert list(found.reaction.reactants).count("CC(=O)c1ccccc1") == 1


def test_what_stands_in_brackets_behind_a_product_makes_it() -> None:
    found = read_reaction("acetophenone -> 1-phenylethanol (NaBH4)", resolve).reaction
    assert [str(one) for one in found.products] == ["CC(O)c1ccccc1"]
    assert "[BH4-]" in found.reactants
    twice = read_reaction("acetophenone + NaBH4 -> 1-phenylethanol (CC(O)c1ccccc1)", resolve).reaction
    assert twice.products == ("CC(O)c1ccccc1",)


def test_the_product_of_reactants_may_be_asked_with_a_question_mark() -> None:
    found = read_reaction("CC(=O)c1ccccc1.NO>>?", resolve).reaction
    assert set(found.reactants) == {"CC(=O)c1ccccc1", "NO"}
    assert found.products == ()


def test_what_words_name_first_reacts_where_it_is_the_largest() -> None:
    found = settle_roles(read_reaction("Cc1ccccc1 + O=C1CCC(=O)N1Br, ClC(Cl)(Cl)Cl", resolve))
    assert set(found.reaction.reactants) == {"Cc1ccccc1", "O=C1CCC(=O)N1Br"}
    assert "named first" in " ".join(found.notes)
    solvent = settle_roles(read_reaction("Cc1ccccc1, 4-bromoanisole + phenylboronic acid, Pd(PPh3)4, K2CO3", resolve))
    assert "Cc1ccccc1" in solvent.reaction.reagents

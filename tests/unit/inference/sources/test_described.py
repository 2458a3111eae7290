from __future__ import annotations

import pytest

from anymol.chem.keys import inchikey
from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import InvalidSmilesError
from anymol.inference.answers import Method
from anymol.inference.proposals.descriptions import read_ranker
from anymol.inference.sources.described import RecordedDescriptions
from anymol.inference.sources.source import Found, Question
from anymol.retrieval.descriptions.store import Collection, Description, DescriptionStore, StoreCard
from anymol.tasks.evidence import PrecedentEvidence
from anymol.tasks.table import get_task
from anymol.tasks.task import TaskInput

CAPTIONING = get_task("captioning")
TEXTS = {
    "C[C@H](N)C(=O)O": "The molecule is an alpha-amino acid that is L-alanine.",
    "CCCCCCc1ccc(O)c(Br)c1": "The molecule is a member of phenols that is phenol substituted by a bromo group.",
}
STORE = DescriptionStore(
    StoreCard(collections={"chebi": Collection(name="ChEBI", licence="CC BY 4.0")}),
    [Description(inchikey(one), canonicalize_smiles(one), "chebi", text) for one, text in TEXTS.items()],
)


def ask(smiles: str, store: DescriptionStore = STORE) -> Found | None:
    source = RecordedDescriptions(lambda: store, read_ranker)
    return source.try_answer(Question(CAPTIONING, TaskInput(molecule=smiles)))


def test_a_described_molecule_is_answered_in_the_words_of_its_collection() -> None:
    found = ask("N[C@@H](C)C(O)=O")
    assert found is not None and found.settled and not found.notes
    (answer,) = found.answers
    assert answer.value == TEXTS["C[C@H](N)C(=O)O"]
    assert answer.method is Method.SEARCHED and answer.certainty == "recorded"
    (evidence,) = answer.evidence
    assert isinstance(evidence, PrecedentEvidence) and evidence.similarity == 1.0
    assert evidence.source == "ChEBI; CC BY 4.0"


def test_of_another_form_with_the_same_key_the_description_is_doubtful() -> None:
    found = ask("[NH3+][C@@H](C)C([O-])=O")
    assert found is not None and found.settled
    (answer,) = found.answers
    assert answer.value == TEXTS["C[C@H](N)C(=O)O"] and answer.certainty == "doubtful"
    assert "C[C@H](N)C(=O)O" in answer.doubts[0] and answer.doubts == found.notes


def test_another_molecule_is_described_after_a_relative_which_is_said() -> None:
    found = ask("CCCCCCCc1ccc(O)c(Br)c1")
    assert found is not None
    (answer,) = found.answers
    assert answer.value == TEXTS["CCCCCCc1ccc(O)c(Br)c1"]
    assert answer.certainty == "doubtful" and not answer.exact
    assert "CCCCCCc1ccc(O)c(Br)c1" in answer.doubts[0] and answer.doubts == found.notes
    first = answer.evidence[0]
    assert isinstance(first, PrecedentEvidence) and first.id == "CCCCCCc1ccc(O)c(Br)c1" and first.value == answer.value


def test_a_stereoisomer_is_a_relative_not_the_molecule() -> None:
    found = ask("C[C@@H](N)C(=O)O")
    assert found is not None and found.answers[0].certainty == "doubtful"


def test_nothing_is_said_where_even_a_program_contradicts_it() -> None:
    assert ask("CCCCCCc1ccccc1") is None


@pytest.mark.parametrize("smiles", ["", "[Na+].[Cl-]"])
def test_where_nothing_can_be_said_others_are_asked(smiles: str) -> None:
    assert ask(smiles) is None


def test_a_wrong_smiles_is_no_question() -> None:
    with pytest.raises(InvalidSmilesError):
        ask("C1CC")


def test_only_descriptions_are_asked_for() -> None:
    source = RecordedDescriptions(lambda: STORE, read_ranker)
    assert source.can_answer(CAPTIONING) and not source.can_answer(get_task("molecule_to_name"))

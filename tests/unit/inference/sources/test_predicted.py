"""The predictors as a source: on molecules that nobody measured, near and far from what was."""

from __future__ import annotations

import pytest

from anymol.errors import InvalidTaskInputError
from anymol.inference.answers import Method
from anymol.inference.sources.predicted import PropertyPredictors
from anymol.inference.sources.source import Found, Question
from anymol.retrieval.measured_properties.known import Answerers, Contest, KnownProperties
from anymol.tasks.evidence import PrecedentEvidence
from anymol.tasks.table import TASKS
from anymol.tasks.task import TaskInput


def ask(task: str, smiles: str, text: str | None = None) -> Found | None:
    return PropertyPredictors().try_answer(Question(TASKS[task], TaskInput(molecule=smiles, text=text)))


def test_a_number_has_an_interval_and_its_neighbours() -> None:
    found = ask("solubility", "CCCCCCCc1ccc(F)cc1")
    assert found is not None and found.settled
    (answer,) = found.answers
    assert answer.method is Method.PREDICTED and answer.calibrated and answer.interval is not None
    assert answer.interval.low < answer.value < answer.interval.high and answer.interval.level == 0.9
    near = [one for one in answer.evidence if isinstance(one, PrecedentEvidence)]
    assert len(near) == 3 and all(one.value and one.value.endswith("log10(mol/L)") for one in near)
    assert [one.similarity for one in near] == sorted((one.similarity for one in near), reverse=True)


def test_longer_chains_dissolve_less() -> None:
    """Each CH2 takes about half a unit of logS from an alcohol (Delaney; the Traube rule)."""
    values = [float(ask("solubility", "C" * size + "O").answers[0].value) for size in (3, 6, 9, 12)]  # type: ignore[union-attr]
    assert values == sorted(values, reverse=True) and values[0] - values[-1] > 3


def test_a_class_has_a_probability() -> None:
    found = ask("bbbp", "CN1C(=O)CN=C(c2ccccc2)c2cc(F)ccc21")
    assert found is not None
    (answer,) = found.answers
    # A benzodiazepine like those that were measured: they act in the brain.
    assert answer.value == "Yes" and answer.probability is not None and 0.6 < answer.probability < 1.0


def test_an_endpoint_is_asked_by_its_name() -> None:
    found = ask("tox21", "Oc1ccc(C(C)(C)c2ccc(O)cc2)cc1C", "NR-ER")
    assert found is not None and found.answers[0].value in ("Yes", "No")
    assert ask("tox21", "CCO", "no such assay") is None


@pytest.mark.parametrize(
    ("smiles", "said"),
    [
        ("[Na+].[Cl-]", "no carbon"),
        ("N[Pt](N)(Cl)Cl", "no carbon"),
        ("[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1", "complex of a metal"),
        ("C[Pt](C)(c1ccccn1)c1ccccn1", "holds Pt"),
        ("CCO.c1ccc2ccccc2c1", "one substance"),
    ],
    ids=["a salt of metals", "cisplatin", "ferrocene", "a complex", "a mixture"],
)
def test_what_nothing_measured_is_like_is_not_predicted(smiles: str, said: str) -> None:
    with pytest.raises(InvalidTaskInputError, match=said):
        ask("solubility", smiles)


def test_a_peptide_is_said_to_be_far_from_everything() -> None:
    penta_alanine = "C[C@H](N)C(=O)" + "N[C@@H](C)C(=O)" * 4 + "O"
    found = ask("solubility", penta_alanine)
    assert found is not None and "far from everything measured" in " ".join(found.notes)
    assert found.answers[0].certainty.endswith("(doubtful)") and not found.answers[0].calibrated
    near = ask("solubility", "CCCCCCO")
    assert near is not None and not near.answers[0].doubts
    assert _width(found) > _width(near)


def _width(found: Found) -> float:
    interval = found.answers[0].interval
    assert interval is not None
    return interval.high - interval.low


def test_of_a_salt_the_parent_is_predicted_and_that_is_said() -> None:
    for task, is_doubtful in (("solubility", True), ("lipophilicity", False)):
        salt, parent = ask(task, "CCCCN1CCC(c2ccccc2)CC1.Cl"), ask(task, "CCCCN1CCC(c2ccccc2)CC1")
        assert salt is not None and parent is not None
        assert salt.answers[0].value == parent.answers[0].value
        assert "not for the salt or ion" in salt.notes[0] and not parent.answers[0].doubts
        # At pH 7.4 the amine is protonated whichever way it was weighed in.
        assert bool(salt.answers[0].doubts) is is_doubtful


def test_the_writing_of_a_molecule_changes_nothing() -> None:
    one, other = ask("solubility", "OC(=O)c1ccccc1CCCC"), ask("solubility", "CCCCc1ccccc1C(O)=O")
    assert one is not None and other is not None and one.answers[0].value == other.answers[0].value


class Preferring(KnownProperties):
    """What ships, but that the model did better on the barrier."""

    @property
    def answerers(self) -> Answerers:  # type: ignore[override]
        contest = Contest(metric="roc_auc", n=9, predictor=0.6, model=0.9, model_is_trained=True, answers="model")
        return Answerers(model="good", command="none", tasks={"bbbp": contest})


def test_where_the_model_did_better_the_predictor_is_silent() -> None:
    assert not PropertyPredictors(Preferring).can_answer(TASKS["bbbp"])
    assert PropertyPredictors(Preferring).can_answer(TASKS["hiv"])
    assert not PropertyPredictors().can_answer(TASKS["logp"])

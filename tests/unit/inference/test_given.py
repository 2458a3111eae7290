"""What a caller may hand over, in which form it comes back, and that nothing ends in a raw TypeError."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from anymol.errors import AnyMolError, CheckpointError, InvalidSmilesError, InvalidTaskInputError
from anymol.inference.answers import FailedPrediction, Prediction
from anymol.inference.assistant import Assistant
from anymol.inference.options import PredictOptions, SourceChoice, read_options
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import RecordPart
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.readers.resolve import Molecule
from anymol.tasks.evidence import PlaceEvidence
from anymol.tasks.task import Slot, TaskInput

TOOL = PredictOptions(source="tool")


def no_model() -> Any:
    raise AssertionError("no model is needed")


@pytest.fixture
def assistant() -> Assistant:
    return Assistant(no_model, "none")


def ethanol_file(folder: Path) -> Path:
    path = folder / "ethanol.smi"
    path.write_text("OCC ethanol\n")
    return path


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: "OCC",
        ethanol_file,
        lambda folder: Molecule.parse("ethanol"),
        lambda folder: Chem.MolFromSmiles("OCC"),
        lambda folder: Chem.AddHs(Chem.MolFromSmiles("OCC")),
        lambda folder: {"molecule": "OCC"},
        lambda folder: {"molecule": Chem.MolFromSmiles("OCC"), "text": None},
        lambda folder: {"records": [ethanol_file(folder)]},
        lambda folder: RecordPart(Modality.GRAPH, smiles="CCO"),
        lambda folder: Conformer(np.array([6, 6, 8]), np.eye(3), smiles="CCO"),
        lambda folder: TaskInput(molecule="OCC"),
    ],
    ids=["text", "path", "molecule", "mol", "mol with hydrogens", "mapping", "mapping of mol", "mapping of record",
         "graph", "conformer", "task input"],
)  # fmt: skip
def test_every_form_of_a_molecule_is_an_input(
    assistant: Assistant, make: Callable[[Path], Any], tmp_path: Path
) -> None:
    given = make(tmp_path)
    found = assistant.predict("molecular_weight", given, TOOL)
    assert (found.asked.molecule, found.answers[0].value) == ("CCO", 46.07)
    (again,) = assistant.predict("molecular_weight", [given], TOOL)
    assert isinstance(again, Prediction) and again.answers == found.answers
    assert found.to_json()["input"]


def test_records_and_their_files_are_inputs_and_evidence(assistant: Assistant, tmp_path: Path) -> None:
    path = ethanol_file(tmp_path)
    found = assistant.predict("molecule_recognition", {"records": [path]}, source="tool")
    assert found.answers[0].value == "CCO"
    assert PlaceEvidence("graph 1", str(path)) in found.answers[0].evidence
    asked = assistant.ask("Which molecule is this?", records=[path], source="tool")
    assert PlaceEvidence("graph 1", str(path)) in asked.answers[0].evidence
    spectrum = MassSpectrum(np.array([50.0]), np.array([1.0], np.float32))
    (failed,) = assistant.predict("molecule_recognition", [spectrum], source="tool")
    assert isinstance(failed, FailedPrediction) and "no molecule was found" in failed.error.message
    assert "MassSpectrum" in str(failed.input)


def test_a_list_keeps_its_good_rows_where_one_is_bad(assistant: Assistant) -> None:
    found = assistant.predict("tpsa", ["CCO", "C1CC", None, 5, "benzene", b"CCO", Path("/nowhere.sdf")], TOOL)
    assert [isinstance(one, Prediction) for one in found] == [True, False, False, False, True, False, False]
    kinds = [one.error.kind for one in found if isinstance(one, FailedPrediction)]
    assert kinds == ["invalid_smiles", *["invalid_task_input"] * 3, "invalid_file"]
    with pytest.raises(InvalidSmilesError):
        assistant.predict("tpsa", "C1CC")


@pytest.mark.parametrize(
    "call",
    [
        lambda a: a.ask("What is the LogP?", molecules="CCO"),
        lambda a: a.ask("What is the LogP?", molecules=Chem.MolFromSmiles("CCO")),
        lambda a: a.ask("What is the LogP?", records="aspirin.sdf"),
        lambda a: a.predict_many("logp", "CCO"),
        lambda a: a.predict_many("logp", {"molecule": "CCO"}),
        lambda a: a.predict_many("logp", None),
    ],
)
def test_one_input_where_a_list_is_meant_is_refused_with_the_hint(assistant: Assistant, call: Any) -> None:
    with pytest.raises(InvalidTaskInputError, match=r"must be a list.*write \w+=\["):
        call(assistant)


@pytest.mark.parametrize(
    "call",
    [
        lambda a: a.predict("logp", None),
        lambda a: a.predict("logp", 5),
        lambda a: a.predict(None, "CCO"),
        lambda a: a.predict(["logp"], "CCO"),
        lambda a: a.predict("logp", {"molecule": 5}),
        lambda a: a.predict("logp", {5: "CCO"}),
        lambda a: a.predict("logp", TaskInput(molecule=5)),
        lambda a: a.predict("logp", {"records": [5]}),
        lambda a: a.predict("logp", Chem.Mol()),
        lambda a: a.predict("logp", "CCO", top_k="3"),
        lambda a: a.predict("logp", "CCO", top_k=True),
        lambda a: a.predict("logp", "CCO", verify="no"),
        lambda a: a.predict("logp", "CCO", source=3),
        lambda a: a.predict("logp", "CCO", mol_type="formula"),
        lambda a: a.predict("logp", "CCO", text=7),
        lambda a: a.predict("logp", "CCO", {"top_k": 3}),
        lambda a: a.predict("logp", "CCO", topk=3),
        lambda a: a.ask(None),
        lambda a: a.ask("What is the LogP?", [None]),
        lambda a: a.ask("What is the LogP of this?", records=[3]),
        lambda a: a.ask("What is the LogP?", ["CCO"], top_k=0),
        lambda a: Molecule.parse(None),
        lambda a: Molecule.parse("CCO", "formula"),
        lambda a: Assistant.load(5),
    ],
)
def test_nothing_public_ends_in_a_raw_type_error(assistant: Assistant, call: Any) -> None:
    with pytest.raises(AnyMolError) as caught:
        call(assistant)
    assert isinstance(caught.value, CheckpointError) or caught.value.exit_code == 2


def test_options_are_one_frozen_record_and_keywords_are_laid_over_them() -> None:
    options = PredictOptions(top_k=3, source="tool", mol_type="name")
    assert options.source is SourceChoice.TOOL and options.molecule_type == "name"
    assert read_options(options, {"top_k": 5}) == PredictOptions(top_k=5, source="tool", mol_type="name")
    assert read_options(None, {}) == PredictOptions()
    with pytest.raises(InvalidTaskInputError, match="did you mean top_k"):
        read_options(None, {"topk": 5})  # type: ignore[typeddict-unknown-key]


def test_the_keywords_are_the_fields() -> None:
    from dataclasses import fields

    from anymol.inference.options import OptionKeywords

    assert set(OptionKeywords.__annotations__) == {field.name for field in fields(PredictOptions)}


def test_what_is_settled_is_not_looked_up_again(assistant: Assistant, tmp_path, monkeypatch) -> None:
    """A file that is called like the notation of a molecule is not taken for it."""
    monkeypatch.chdir(tmp_path)
    Path("C").write_text("CCO\n")
    assert assistant.predict("molecular_weight", Molecule.parse(Chem.MolFromSmiles("C")), TOOL).asked.molecule == "C"
    by_type = assistant.predict("molecular_weight", Chem.MolFromSmiles("CO"), TOOL, mol_type="name")
    assert by_type.asked.molecule == "CO"
    assert Slot.MOLECULE not in by_type.asked.records


def test_a_record_fills_the_slot_that_its_task_asks_about(assistant: Assistant, tmp_path: Path) -> None:
    path = ethanol_file(tmp_path)
    (found,) = assistant.predict("retrosynthesis", [{"records": [path], "reagents": "O"}], TOOL)
    assert isinstance(found, Prediction) and set(found.asked.records) == {Slot.PRODUCTS}
    formula = assistant.predict("molecule_recognition", {"records": path, "formula": "OC2H6"}, TOOL)
    assert (formula.asked.formula, formula.answers[0].value) == ("C2H6O", "CCO")
    with pytest.raises(InvalidTaskInputError, match="about words, not about a record"):
        assistant.predict("name_to_molecule", {"records": [path]}, TOOL)


def write_phenoxide(folder: Path) -> Path:
    mol = Chem.AddHs(Chem.MolFromSmiles("[O-]c1ccccc1"))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=1) == 0
    path = folder / "phenoxide.xyz"
    path.write_text(Chem.MolToXYZBlock(mol))
    return path


@pytest.mark.parametrize("as_record", [False, True])
def test_the_charge_of_a_file_of_coordinates(assistant: Assistant, tmp_path: Path, as_record: bool) -> None:
    path = write_phenoxide(tmp_path)
    given = {"records": path} if as_record else str(path)
    perceived = assistant.predict("molecule_recognition", given, TOOL)
    assert perceived.answers[0].value == "[O]c1ccccc1"
    assert perceived.answers[0].certainty == "bonds perceived"
    assert perceived.answers[0].to_json()["bonds"] == "perceived"
    assert any("radical" in note and "[O-]c1ccccc1 (charge -1)" in note for note in perceived.notes)
    stated = assistant.predict("molecule_recognition", given, TOOL, charge=-1)
    assert stated.answers[0].value == "[O-]c1ccccc1"
    assert assistant.ask("Which molecule is this?", records=[path], options=TOOL, charge=-1).answers[0].value == (
        "[O-]c1ccccc1"
    )


def test_what_is_computed_of_perceived_bonds_is_not_called_exact(assistant: Assistant, tmp_path: Path) -> None:
    found = assistant.predict("logp", str(write_phenoxide(tmp_path)), TOOL)
    assert found.answers[0].certainty == "bonds perceived"
    assert assistant.predict("logp", "[O-]c1ccccc1", TOOL).answers[0].certainty != "bonds perceived"


@pytest.mark.parametrize("given", ["CCO", {"molecule": "CCO"}])
def test_a_charge_that_nothing_takes_is_refused(assistant: Assistant, given: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidTaskInputError, match="goes with a file of coordinates"):
        assistant.predict("molecular_weight", given, TOOL, charge=1)
    with pytest.raises(AnyMolError, match=r"states its own|goes with a file of coordinates"):
        assistant.predict("molecular_weight", ethanol_file(tmp_path), TOOL, charge=1)

import pytest

from anymol.data.check import audit_shards, check_shards, verify_checksums
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout, hash_reserved
from anymol.data.shards import write_shards
from anymol.errors import DataError, LeakageError
from anymol.modalities.content import Message, MoleculePart, Role, Speaker, TextPart

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
RESERVED = Heldout({hash_reserved("BSYNRYMUTXBXSQ"): "named_molecule"}, {})


def forward(number, product, split="train", reactant="CCN"):
    question = (Message(Speaker.USER, (MoleculePart(reactant, Role.REACTANT), TextPart(" gives?"))),)
    answer = (MoleculePart(product, Role.PRODUCT),)
    return InstructionExample(f"r/{number}", "forward_reaction", question, answer, "uspto", "CC0", split)


def describe(number, smiles, split="train"):
    question = (Message(Speaker.USER, (TextPart("Describe "), MoleculePart(smiles))),)
    return InstructionExample(f"d/{number}", "captioning", question, (TextPart("A drug."),), "chebi", "CC BY", split)


def write(tmp_path, *examples):
    write_shards(examples, tmp_path / "shards", name="test")
    return tmp_path / "shards"


@pytest.mark.parametrize(
    "leak", [forward(1, "O=C(C)Oc1ccccc1C(O)=O"), describe(1, ASPIRIN)], ids=["answer", "described"]
)
def test_reserved_answer_is_found_in_any_task(tmp_path, leak):
    directory = write(tmp_path, forward(0, "CCO"), leak)
    with pytest.raises(LeakageError, match=leak.id):
        audit_shards(directory, RESERVED)


def test_reserved_input_is_no_leak(tmp_path):
    report = audit_shards(write(tmp_path, forward(0, "CCO", reactant=ASPIRIN)), RESERVED)
    assert report.leaks == () and report.examples == 1 and report.molecules == 1


def test_val_molecule_of_one_task_may_not_be_answered_in_another(tmp_path):
    directory = write(tmp_path, describe(0, "CCCO", split="val"), forward(0, "OCCC"))
    report = audit_shards(directory, Heldout.empty(), strict=False)
    assert [leak.scope for leak in report.leaks] == ["val_of_this_build"]
    assert report.to_json()["leaks"] == 1
    with pytest.raises(LeakageError):
        check_shards(directory)


def test_val_examples_may_hold_reserved_molecules(tmp_path):
    assert audit_shards(write(tmp_path, describe(0, ASPIRIN, split="val"), forward(0, "CCO")), RESERVED).leaks == ()


def test_altered_file_is_found(tmp_path):
    directory = write(tmp_path, forward(0, "CCO"))
    assert verify_checksums(directory) == 3
    path = directory / "texts-00000.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(DataError, match=r"texts-00000\.parquet"):
        check_shards(directory)


def test_clean_shards_pass(tmp_path):
    report = check_shards(write(tmp_path, forward(0, "CCO"), describe(0, "CCCCO")))
    assert report.files == 3
    assert report.to_json()["audit"]["leaks"] == 0

import pytest

from anymol.data.check import check_shards
from anymol.data.example import InstructionExample
from anymol.data.join import join_shards
from anymol.data.shards import ShardReader, write_shards
from anymol.errors import DataError
from anymol.modalities.content import Message, MoleculePart, Role, Speaker, TextPart


def forward(name, product, split="train", *, licence="CC0"):
    question = (Message(Speaker.USER, (MoleculePart("CCN", Role.REACTANT), TextPart(" gives?"))),)
    answer = (MoleculePart(product, Role.PRODUCT),)
    return InstructionExample(name, "forward_reaction", question, answer, "uspto", licence, split)


def describe(name, smiles, split="train"):
    question = (Message(Speaker.USER, (TextPart("Describe "), MoleculePart(smiles))),)
    return InstructionExample(name, "captioning", question, (TextPart("An alcohol."),), "chebi", "CC BY", split)


def write(folder, *examples):
    write_shards(examples, folder, name=folder.name)
    return folder


@pytest.fixture
def parts(tmp_path):
    first = write(tmp_path / "first", describe("d/0", "CCCO", "val"), forward("r/0", "CCO"), forward("r/1", "CCCCO"))
    second = write(
        tmp_path / "second", forward("r/0", "OCCC"), forward("r/2", "CCC(C)O"), forward("r/9", "CC=O", "test")
    )
    return first, second


def test_every_example_is_kept_but_those_that_another_part_evaluates(tmp_path, parts):
    manifest = join_shards(parts, tmp_path / "joined", name="joined")
    examples = list(ShardReader(tmp_path / "joined"))
    assert {one.id for one in examples} == {"d/0", "r/9", "r/0", "r/1", "r/2"}  # not propan-1-ol of the second part
    assert manifest.refused == {"second: held out (val_of_this_build)": 1}
    assert manifest.audit["examples"] == 3 and manifest.audit["leaks"] == 0
    assert [one.split == "train" for one in examples] == [False, False, True, True, True]
    assert check_shards(tmp_path / "joined").audit.leaks == ()


def test_questions_and_answers_stay_as_they_are(tmp_path, parts):
    join_shards(parts, tmp_path / "joined", name="joined")
    before = {one.id: one for part in parts for one in ShardReader(part) if one.id != "r/0"}
    after = {one.id: one for one in ShardReader(tmp_path / "joined") if one.id != "r/0"}
    assert after == before


def test_an_id_that_two_parts_have_is_told_apart(tmp_path):
    first, second = write(tmp_path / "a", forward("r/0", "CCO")), write(tmp_path / "b", forward("r/0", "CCCO"))
    join_shards([first, second], tmp_path / "joined", name="joined")
    assert [one.id for one in ShardReader(tmp_path / "joined")] == ["r/0", "r/0/part-2"]


def test_sources_are_counted_together(tmp_path, parts):
    manifest = join_shards(parts, tmp_path / "joined", name="joined")
    assert manifest.sources["uspto"] == {"licence": "CC0", "examples": 4}
    assert [one["name"] for one in manifest.config["joined"]] == ["first", "second"]


def test_what_cannot_be_joined_is_refused(tmp_path, parts):
    first, second = parts
    other = write(tmp_path / "other", forward("r/5", "CCO", licence="CC BY"))
    for wrong, message in (
        ([first], "two folders"),
        ([first, second, first], "given twice"),
        ([first, other], "licence of uspto is CC BY here and CC0"),
        ([first, tmp_path / "nowhere"], "nowhere"),
    ):
        with pytest.raises(DataError, match=message):
            join_shards(wrong, tmp_path / "joined", name="joined")
    with pytest.raises(DataError, match="replace one of their parts"):
        join_shards(parts, first, name="joined")

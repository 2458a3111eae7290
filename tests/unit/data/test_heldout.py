import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anymol.data.example import InstructionExample
from anymol.data.heldout import (
    GeneratedSplit,
    Heldout,
    assign_generated_split,
    compute_blocks,
    compute_evaluated_blocks,
    evaluated_molecules,
    guarded_molecules,
    hash_reserved,
)
from anymol.errors import DataError
from anymol.modalities.content import Message, MoleculePart, RecordPart, Role, Speaker, TextPart
from anymol.modalities.modality import Modality

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
ASPIRIN_BLOCK = "BSYNRYMUTXBXSQ"


def make_example(prompt, answer, task="forward_reaction", split="train"):
    return InstructionExample("x/0", task, (Message(Speaker.USER, tuple(prompt)),), tuple(answer), "s", "CC0", split)


def test_blocks_ignore_writing_and_stereo():
    assert compute_blocks(ASPIRIN) == (ASPIRIN_BLOCK,)
    assert compute_blocks("OC(=O)c1ccccc1OC(C)=O") == (ASPIRIN_BLOCK,)
    assert compute_blocks("C[C@H](N)C(=O)O") == compute_blocks("C[C@@H](N)C(=O)O")


def test_blocks_of_a_mixture_are_the_whole_and_its_molecules():
    whole, *parts = compute_blocks(f"{ASPIRIN}.CCO")
    assert parts == [ASPIRIN_BLOCK, compute_blocks("CCO")[0]]
    assert whole not in parts


def test_an_evaluated_salt_holds_out_its_parent_and_no_counter_ion():
    blocks = compute_evaluated_blocks(f"{ASPIRIN}.[Na+]")
    assert ASPIRIN_BLOCK in blocks and compute_blocks("[Na+]")[0] not in blocks
    assert compute_evaluated_blocks("[Cl-].[Na+]") == compute_blocks("[Cl-].[Na+]")[:1]
    assert compute_evaluated_blocks("CCO") == compute_blocks("CCO")


def test_blocks_of_the_unreadable_are_empty():
    assert compute_blocks("not a molecule") == ()


def test_reserved_key_is_the_published_hash():
    # echo -n "heldout-v1:BSYNRYMUTXBXSQ" | sha256sum
    import hashlib

    assert hash_reserved(ASPIRIN_BLOCK) == hashlib.sha256(b"heldout-v1:BSYNRYMUTXBXSQ").hexdigest()


def test_reserved_molecule_is_refused_however_it_is_written():
    heldout = Heldout({hash_reserved(ASPIRIN_BLOCK): "named_molecule"}, {})
    assert heldout.forbids_answer("O=C(C)Oc1ccccc1C(O)=O")
    assert heldout.find(ASPIRIN).scope == "named_molecule"
    assert heldout.forbids_answer(f"CCO.{ASPIRIN}")
    assert not heldout.forbids_answer("CCO")


def test_evaluated_blocks_are_refused_and_can_be_added():
    heldout = Heldout({}, {ASPIRIN_BLOCK: "reaction_product"})
    assert heldout.find(ASPIRIN).scope == "reaction_product"
    more = heldout.with_evaluated(compute_blocks("CCO"), "val_of_this_build")
    assert more.find("OCC").scope == "val_of_this_build"
    assert not heldout.forbids_answer("CCO")
    assert len(more) == 2


def test_input_is_free_but_product_and_described_molecule_are_guarded():
    heldout = Heldout({hash_reserved(ASPIRIN_BLOCK): "named_molecule"}, {})
    as_input = make_example([MoleculePart(ASPIRIN, Role.REACTANT)], [MoleculePart("CCO", Role.PRODUCT)])
    described = make_example([MoleculePart(ASPIRIN, Role.MOLECULE)], [TextPart("a drug")], task="captioning")
    retro = make_example([MoleculePart(ASPIRIN, Role.PRODUCT)], [MoleculePart("CCO", Role.REACTANT)])
    assert heldout.find_in_example(as_input) is None
    assert heldout.find_in_example(described).block == ASPIRIN_BLOCK
    assert heldout.find_in_example(retro).block == ASPIRIN_BLOCK
    assert list(guarded_molecules(retro)) == [("CCO", False), (ASPIRIN, False)]
    assert list(evaluated_molecules(retro)) == [ASPIRIN]


def test_generated_split_is_stable_and_about_half_a_percent_each():
    splits = [assign_generated_split(f"BLOCK{number:09d}") for number in range(20_000)]
    assert 60 < splits.count(GeneratedSplit.VAL) < 145
    assert 60 < splits.count(GeneratedSplit.TEST) < 145
    assert assign_generated_split(ASPIRIN_BLOCK) is assign_generated_split(ASPIRIN_BLOCK)


def test_generated_val_is_no_answer_anywhere_and_small_molecules_are_never_held_back():
    chains = ["C" * n + "O" + "C" * m for n in range(1, 24) for m in range(1, 24)]
    heldout = Heldout.empty()
    held = [smiles for smiles in chains if heldout.split_generated(smiles) is not GeneratedSplit.TRAIN]
    assert held
    assert all(heldout.forbids_answer(smiles) for smiles in held)
    assert all(heldout.find(smiles).scope == "generated" for smiles in held)
    assert all(len(smiles) >= 9 for smiles in held)


def test_split_of_an_evaluated_molecule_is_none():
    assert Heldout({}, {ASPIRIN_BLOCK: "captioned_molecule"}).split_generated(ASPIRIN) is None


def test_directory_without_reserved_keys_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"heldout_keys\.parquet is not there"):
        Heldout.read(tmp_path)


def test_reading_takes_val_and_test_rows_and_the_largest_part_of_a_salt(tmp_path):
    reserved = pa.table({"key_sha256": [hash_reserved("AAAAAAAAAAAAAA")], "scope": ["named_molecule"]})
    pq.write_table(reserved, tmp_path / "heldout_keys.parquet")
    rows = pa.table({"products": [f"{ASPIRIN}.Cl", "CCO", "CCN"], "split": ["val", "train", "test_mit"]})
    pq.write_table(rows, tmp_path / "reactions.parquet")
    heldout = Heldout.read(tmp_path)
    assert heldout.find(ASPIRIN).scope == "reaction_product"
    assert heldout.forbids_answer("CCN")
    assert not heldout.forbids_answer("CCO")
    assert not heldout.forbids_answer("Cl")


def test_graphs_of_a_salt_are_evaluated_together():
    question = [
        TextPart("Describe "),
        RecordPart(Modality.GRAPH, smiles="[Cl-]"),
        RecordPart(Modality.GRAPH, smiles="CCCC[N+](C)(C)C"),
        TextPart("."),
    ]
    asked = make_example(question, [TextPart("A salt.")], task="captioning", split="val")
    assert list(evaluated_molecules(asked)) == ["[Cl-].CCCC[N+](C)(C)C"]
    assert [guarded.smiles for guarded in guarded_molecules(asked)] == ["[Cl-]", "CCCC[N+](C)(C)C"]


THF = "C1CCOC1"


def write_reactions(folder, count, solvent=THF, state="separated"):
    """Write a data directory with a reserved solvent that stands in so many training reactions."""
    keys = [hash_reserved(block) for one in (THF, ASPIRIN) for block in compute_blocks(one)]
    pq.write_table(
        pa.table({"key_sha256": keys, "scope": ["named_molecule"] * len(keys)}), folder / "heldout_keys.parquet"
    )
    rows = {
        "products": ["CCN"] * count,
        "reagents": [f"{solvent}.O"] * count,
        "split": ["train"] * count,
        "reagents_state": [state] * count,
    }
    pq.write_table(pa.table(rows), folder / "reactions.parquet")
    return Heldout.read(folder)


@pytest.mark.parametrize("role", [Role.REAGENT, Role.SOLVENT, Role.CATALYST])
def test_a_common_condition_may_be_answered_as_such_though_it_is_reserved(tmp_path, role):
    heldout = write_reactions(tmp_path, 20)
    question = [MoleculePart("CCBr", Role.REACTANT), MoleculePart("CCN", Role.PRODUCT)]
    assert heldout.find_in_example(make_example(question, [MoleculePart(f"{THF}.O", role)])) is None
    # Nobody may describe it, name it, draw it or make it.
    for other in (Role.MOLECULE, Role.PRODUCT, Role.REACTANT):
        assert heldout.find_in_example(make_example(question, [MoleculePart(THF, other)])).scope == "named_molecule"
    assert heldout.find_in_example(make_example([MoleculePart(THF)], [TextPart("a solvent")])) is not None


def test_a_condition_beside_something_reserved_that_is_not_common_is_refused(tmp_path):
    heldout = write_reactions(tmp_path, 20)
    answer = [MoleculePart(f"{THF}.{ASPIRIN}", Role.REAGENT)]
    assert heldout.find_in_example(make_example([], answer)).block == ASPIRIN_BLOCK
    # The label of a reserved reaction never crosses: its product is refused whatever is asked of it.
    question = [MoleculePart(ASPIRIN, Role.PRODUCT)]
    assert heldout.find_in_example(make_example(question, [MoleculePart(THF, Role.SOLVENT)])).block == ASPIRIN_BLOCK


def test_what_stands_in_fewer_reactions_or_among_the_reactants_is_not_common(tmp_path):
    answer = [MoleculePart(THF, Role.SOLVENT)]
    (few := tmp_path / "few").mkdir()
    assert write_reactions(few, 19).find_in_example(make_example([], answer)) is not None
    (mixed := tmp_path / "mixed").mkdir()
    assert write_reactions(mixed, 20, state="mixed").find_in_example(make_example([], answer)) is not None

"""The swap check moves every graph to another example, and nothing else."""

from __future__ import annotations

from anymol.data.example import InstructionExample
from anymol.evaluation.probes.molecule_swap import select_swappable, swap_molecules
from anymol.modalities.content import Message, MoleculePart, RecordPart, Role, Speaker, TextPart
from anymol.modalities.modality import Modality


def make_example(number: int, task: str, *smiles: str, role: Role = Role.MOLECULE) -> InstructionExample:
    parts = (TextPart(f"question {number}"), *(RecordPart(Modality.GRAPH, role=role, smiles=one) for one in smiles))
    return InstructionExample(
        f"{task}/{number}", task, (Message(Speaker.USER, parts),), (MoleculePart("C"),), "test", "CC0", "val"
    )


def graphs_of(example: InstructionExample) -> list[str]:
    return [
        part.smiles
        for part in example.messages[0].parts
        if isinstance(part, RecordPart) and part.modality is Modality.GRAPH
    ]


EXAMPLES = [
    *(make_example(number, "logp", smiles) for number, smiles in enumerate(["C", "CC", "CCC", "CCCC"])),
    make_example(4, "logp"),
    make_example(5, "retrosynthesis", "O", "OO", role=Role.PRODUCT),
    make_example(6, "retrosynthesis", "N", "NN", role=Role.REACTANT),
    make_example(7, "captioning", "S"),
]


def test_every_graph_moves_once_within_its_task() -> None:
    swapped = swap_molecules(EXAMPLES, seed=3)
    original = select_swappable(EXAMPLES, seed=3)
    assert [example.id for example in swapped] == [example.id for example in original]
    assert len(swapped) == 6  # without graph, and alone in its task: left out
    for before, after in zip(original, swapped, strict=True):
        assert graphs_of(before) != graphs_of(after)
        assert before.task == after.task
        assert before.answer == after.answer
        assert before.messages[0].parts[0] == after.messages[0].parts[0]
    assert sorted(map(graphs_of, original)) == sorted(map(graphs_of, swapped))


def test_the_role_stays_with_the_question() -> None:
    swapped = {example.id: example for example in swap_molecules(EXAMPLES)}
    roles = {
        part.role
        for part in swapped["retrosynthesis/5"].messages[0].parts
        if isinstance(part, RecordPart) and part.modality is Modality.GRAPH
    }
    assert roles == {Role.PRODUCT}
    assert graphs_of(swapped["retrosynthesis/5"]) == ["N", "NN"]


def test_a_seed_gives_one_draw() -> None:
    assert swap_molecules(EXAMPLES, seed=1) == swap_molecules(EXAMPLES, seed=1)

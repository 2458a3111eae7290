"""What answers earn a policy, and that it learns from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from anymol.data.example import InstructionExample
from anymol.modalities.content import Message, MoleculePart, Speaker, TextPart
from anymol.models.checkpoint import load_checkpoint
from anymol.training.reinforcement.plan import PolicyPlan
from anymol.training.reinforcement.policy import Answers, Policy, Questions, Verdict

Judge = Callable[[InstructionExample, str], Verdict]


def make_policy(directory: Path, judge: Judge, **changes: Any) -> tuple[Policy, Questions, Any]:
    model, processor, _ = load_checkpoint(directory)
    examples = [
        InstructionExample(
            f"q/{number}", "molecule_editing",
            (Message(Speaker.USER, (TextPart("Add a bromine to "), MoleculePart(smiles))),),
            (MoleculePart(f"{smiles}Br"),), "here", "CC0", "train",
        )
        for number, smiles in enumerate(("CCO", "CCN", "CCC"))
    ]  # fmt: skip
    fields = {
        "name": "tiny", "data": {"components": [{"kind": "edits", "builtin": True}]}, "questions": 2, "answers": 4,
        "fit": {"steps": 1, "lr": 0.01}, **changes,
    }  # fmt: skip
    questions = Questions.encode(examples, processor)
    return Policy(PolicyPlan.model_validate(fields), model, processor, questions, questions, judge), questions, model


def never(example: InstructionExample, answer: str) -> Verdict:
    return Verdict(is_right=False, is_copy=False, said=None)


def reward(directory: Path, verdicts: list[Verdict], ended: list[bool]) -> list[float]:
    given = iter(verdicts)
    policy, questions, _ = make_policy(directory, lambda example, answer: next(given))
    answers = Answers([0] * len(ended), [(5, 6)] * len(ended), ended)
    return policy._reward(questions, answers)[0]


RIGHT, OTHER = Verdict(True, False, "CCBr"), Verdict(True, False, "BrCC=O")
WRONG, COPY, UNREAD = Verdict(False, False, "CCF"), Verdict(False, True, "CCO"), Verdict(False, False, None)


def test_what_is_not_right_earns_little_and_what_is_no_answer_nothing(tiny_smiles_model_dir: Path) -> None:
    assert reward(tiny_smiles_model_dir, [RIGHT, WRONG, COPY, UNREAD], [True] * 4) == [1.0, 0.1, 0.0, 0.0]


def test_an_answer_that_does_not_end_earns_nothing_whatever_it_says(tiny_smiles_model_dir: Path) -> None:
    assert reward(tiny_smiles_model_dir, [WRONG, OTHER, WRONG], [False, True, True, True])[0] == 0.0


def test_an_answer_that_all_give_earns_less_than_one_of_several(tiny_smiles_model_dir: Path) -> None:
    """By a fifth where all four are the same; by two thirds of that where three are."""
    assert reward(tiny_smiles_model_dir, [RIGHT] * 4, [True] * 4) == pytest.approx([0.8] * 4)
    found = reward(tiny_smiles_model_dir, [RIGHT, RIGHT, RIGHT, OTHER], [True] * 4)
    assert found == pytest.approx([1 - 0.2 * 2 / 3] * 3 + [1.0])


def test_probabilities_of_what_was_drawn_are_those_of_the_whole_sequence(tiny_smiles_model_dir: Path) -> None:
    """Each token's, one answer at a time, without padding; and of an unchanged model no divergence."""
    policy, questions, model = make_policy(tiny_smiles_model_dir, never)
    rollout = policy.draw(0)
    assert len(rollout.answers.tokens) == 8 and rollout.answers.numbers[0] == rollout.answers.numbers[3]
    for number, tokens, sampled, reference in zip(
        rollout.answers.numbers, rollout.answers.tokens, rollout.sampled, rollout.reference, strict=True
    ):
        prompt = questions.prompt(number)
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([[*prompt, *tokens]])).logits[0].float().log_softmax(-1)
        expected = logits[torch.arange(len(tokens)) + len(prompt) - 1, torch.tensor(tokens)]
        torch.testing.assert_close(sampled, expected, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(sampled, reference)
    assert policy.measure(questions)[0]["kl"] == pytest.approx(0.0, abs=1e-6)


def test_a_draw_depends_on_its_number_and_the_weights_alone(tiny_smiles_model_dir: Path) -> None:
    policy, _, _ = make_policy(tiny_smiles_model_dir, never)
    first = policy.draw(3).answers.tokens
    policy.draw(4)
    assert policy.draw(3).answers.tokens == first
    assert policy.draw(4).answers.tokens != first


def test_what_is_rewarded_becomes_likelier(tiny_smiles_model_dir: Path) -> None:
    """Answers of mostly even tokens are called right; nothing else tells the policy so."""
    policy, _, model = make_policy(tiny_smiles_model_dir, never, kl_weight=0.0, answers=8, diversity=0.0)
    policy._look_at = lambda questions, answers: [  # type: ignore[method-assign]  # an untrained model never ends
        Verdict(2 * sum(one % 2 == 0 for one in tokens) > len(tokens), False, str(tokens)) for tokens in answers.tokens
    ]
    optimiser = torch.optim.AdamW([one for one in model.parameters() if one.requires_grad], lr=0.01)
    shares = []
    for step in range(12):
        optimiser.zero_grad()
        torch.stack(list(policy.losses(step).values())).sum().backward()
        optimiser.step()
        assert policy._drawn is not None
        shares.append(policy._drawn[1].figures["right"])
    assert sum(shares[-3:]) / 3 > sum(shares[:3]) / 3 + 0.2, shares


def test_weights_that_stray_too_far_are_not_kept(tiny_smiles_model_dir: Path) -> None:
    policy, _, _ = make_policy(tiny_smiles_model_dir, never, most_kl=0.3)
    assert policy.score({"right": 0.9, "kl": 0.31}) == policy.score({"right": 0.9, "kl": float("nan")}) == -1.0
    assert policy.score({"right": 0.0, "kl": 0.29}) == 0.0

"""Where the blocks learn which tokens are real."""

from __future__ import annotations

import torch

from anymol.adapters.moge.masking import TokenScope

MASK = torch.tensor([[1, 1, 0], [0, 1, 1]])
X = torch.zeros(2, 3, 4)


def read(scope: TokenScope, x: torch.Tensor = X) -> list[bool] | None:
    mask = scope.mask_for(x)
    return None if mask is None else mask.tolist()


def test_the_body_says_it_while_it_runs() -> None:
    scope = TokenScope()
    scope.enter_body(None, (), {"input_ids": torch.zeros(2, 3), "attention_mask": MASK})
    assert read(scope) == MASK.bool().flatten().tolist()
    scope.leave_body()
    assert read(scope) is None


def test_of_a_longer_mask_the_last_columns_are_the_tokens_of_this_call() -> None:
    scope = TokenScope()
    scope.enter_body(None, (), {"inputs_embeds": X[:, :1], "attention_mask": MASK})
    assert read(scope, X[:, :1]) == [False, True]


def test_a_layer_that_runs_again_is_told_by_its_attention() -> None:
    causal = torch.ones(3, 3, dtype=torch.bool).tril() & MASK.bool()[:, None, None]
    expected = MASK.bool().flatten().tolist()
    scope = TokenScope()
    for mask in (causal, torch.zeros(causal.shape).masked_fill(~causal, torch.finfo(torch.float32).min), MASK):
        scope.enter_attention(None, (), {"attention_mask": mask})
        assert read(scope) == expected
        scope.enter_attention(None, (), {"attention_mask": None})
        assert read(scope) is None


def test_what_is_given_counts_most_and_ends_with_its_scope() -> None:
    scope = TokenScope()
    with scope.masked(torch.ones(2, 3, dtype=torch.bool)):
        scope.enter_body(None, (), {"input_ids": torch.zeros(2, 3), "attention_mask": MASK})
        assert read(scope) == [True] * 6
    assert read(scope) == MASK.bool().flatten().tolist()


def test_a_mask_of_another_shape_is_not_taken() -> None:
    scope = TokenScope()
    with scope.masked(torch.ones(1, 3, dtype=torch.bool)):
        assert read(scope) is None


def test_only_the_forward_itself_is_recorded() -> None:
    scope = TokenScope()
    with scope.recording("naming"):
        assert not scope.is_recorded
        scope.enter_body(None, (torch.zeros(2, 3),), {})
        assert scope.is_recorded
    assert not scope.is_recorded

"""What searches find in real decoders, against transformers' own `generate`, token by token."""

from __future__ import annotations

import pytest
import torch
from transformers import (
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from anymol.inference.searches.draws import DrawnSearch
from anymol.inference.searches.search import Bounds, list_repeats

END = 2
PAD = 0
VOCABULARY = 61


SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "initializer_range": 0.6,
    "eos_token_id": END,
    "pad_token_id": PAD,
}
"""What the small decoders of all families have in common."""


def make_llama(seed: int = 0) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    config = LlamaConfig(
        **SIZES,
        num_key_value_heads=2,
    )
    return LlamaForCausalLM(config).eval()


def make_qwen() -> Qwen3ForCausalLM:
    torch.manual_seed(1)
    config = Qwen3Config(
        **SIZES,
        num_key_value_heads=2,
        head_dim=8,
        tie_word_embeddings=True,
    )
    return Qwen3ForCausalLM(config).eval()


def make_mistral() -> MistralForCausalLM:
    """One that looks back eight tokens only."""
    torch.manual_seed(3)
    config = MistralConfig(
        **SIZES,
        num_key_value_heads=2,
        sliding_window=8,
    )
    return MistralForCausalLM(config).eval()


def make_neox() -> GPTNeoXForCausalLM:
    torch.manual_seed(2)
    config = GPTNeoXConfig(
        **SIZES,
    )
    return GPTNeoXForCausalLM(config).eval()


LENGTHS = (7, 4, 9, 2, 9)
FAMILIES = [make_llama, make_qwen, make_neox, make_mistral]


def make_prompts(lengths: tuple[int, ...] = LENGTHS) -> list[list[int]]:
    generator = torch.Generator().manual_seed(3)
    return [torch.randint(3, VOCABULARY, (length,), generator=generator).tolist() for length in lengths]


def generate(model, prompts: list[list[int]], **options):
    """Return what transformers' own `generate` gives for prompts padded on the left, and their width."""
    width = max(map(len, prompts))
    ids = torch.tensor([[PAD] * (width - len(one)) + one for one in prompts])
    mask = torch.tensor([[0] * (width - len(one)) + [1] * len(one) for one in prompts])
    return model.generate(input_ids=ids, attention_mask=mask, do_sample=False, **options), width


def cut(sequence: torch.Tensor) -> tuple[int, ...]:
    """Return the tokens before the end token."""
    tokens = sequence.tolist()
    return tuple(tokens[: tokens.index(END)] if END in tokens else tokens)


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("make", FAMILIES)
def test_greedy_equals_transformers(plain_engine, make, wrapped: bool) -> None:
    model, prompts = make(), make_prompts()
    theirs, width = generate(model, prompts, max_new_tokens=24)
    ours = plain_engine(model, END, wrapped=wrapped).greedy(prompts, 24)
    assert [found.tokens for found in ours] == [cut(row[width:]) for row in theirs]


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("make", FAMILIES)
@pytest.mark.parametrize("beams", [3, 5])
@pytest.mark.parametrize("limit", [6, 70])
def test_beam_search_equals_transformers(plain_engine, make, beams: int, limit: int, wrapped: bool) -> None:
    model, prompts = make(), make_prompts()
    theirs, width = generate(
        model,
        prompts,
        num_beams=beams,
        num_return_sequences=beams,
        max_new_tokens=limit,
        length_penalty=0.0,
        return_dict_in_generate=True,
        output_scores=True,
    )
    ours = plain_engine(model, END, wrapped=wrapped).beams(prompts, beams, limit)
    found = [hypothesis for row in ours for hypothesis in row]
    assert len(found) == len(theirs.sequences)
    for mine, sequence, score in zip(found, theirs.sequences, theirs.sequences_scores.tolist(), strict=True):
        assert mine.log_prob == pytest.approx(score, abs=1e-3)
        assert mine.tokens == cut(sequence[width:])


def test_one_beam_is_never_worse_than_greedy(plain_engine) -> None:
    # One beam is greedy decoding that may also stop at a less probable end token it has passed over.
    engine, prompts = plain_engine(make_llama(), END), make_prompts()
    beams, greedy = engine.beams(prompts, 1, 24), engine.greedy(prompts, 24)
    assert all(found[0].log_prob >= one.log_prob - 1e-4 for found, one in zip(beams, greedy, strict=True))


def test_log_probabilities_are_those_of_a_full_forward(plain_engine) -> None:
    model, prompts = make_llama(), make_prompts((5,))
    for hypothesis in plain_engine(model, END).beams(prompts, 4, 12)[0]:
        answer = [*hypothesis.tokens, END] if hypothesis.complete else list(hypothesis.tokens)
        with torch.inference_mode():
            log_probs = model(input_ids=torch.tensor([prompts[0] + answer])).logits[0, 4:-1].log_softmax(-1)
        expected = log_probs.gather(1, torch.tensor(answer)[:, None]).sum().item()
        assert hypothesis.log_prob == pytest.approx(expected, abs=1e-3)


def test_beams_do_not_depend_on_the_batch(plain_engine) -> None:
    model, prompts = make_llama(), make_prompts()
    together = plain_engine(model, END).beams(prompts, 4, 16)
    for prompt, expected in zip(prompts, together, strict=True):
        found = plain_engine(model, END).beams([prompt], 4, 16)[0]
        assert [one.tokens for one in found] == [one.tokens for one in expected]


def test_draws_depend_on_their_numbers_only(plain_engine) -> None:
    model, prompts = make_llama(), make_prompts()
    numbers = torch.rand((5, 3, 10), generator=torch.Generator().manual_seed(5))
    together = plain_engine(model, END).draws(prompts, numbers)
    found = plain_engine(model, END).draws(prompts[1:2], numbers[1:2])
    assert [one.tokens for one in found[0]] == [one.tokens for one in together[1]]
    alone = plain_engine(model, END).draws(prompts[1:2], numbers[1:2, 2:])[0][0]
    assert alone.tokens == together[1][2].tokens
    assert alone.log_prob == pytest.approx(together[1][2].log_prob, abs=1e-4)


def test_draws_follow_the_distribution(plain_engine) -> None:
    model, prompts = make_llama(), make_prompts((6,))
    with torch.inference_mode():
        expected = model(input_ids=torch.tensor(prompts)).logits[0, -1].softmax(-1)
    numbers = torch.rand((1, 4000, 1), generator=torch.Generator().manual_seed(6))
    counts = torch.zeros(VOCABULARY)
    for one in plain_engine(model, END).draws(prompts, numbers)[0]:
        counts[one.tokens[0] if one.tokens else END] += 1
    assert (counts / 4000 - expected).abs().max() < 0.03


def test_a_second_token_is_drawn_from_what_follows_the_first(plain_engine) -> None:
    model, prompts = make_llama(), make_prompts((6,))
    numbers = torch.rand((1, 3000, 2), generator=torch.Generator().manual_seed(7))
    drawn = [one.tokens for one in plain_engine(model, END).draws(prompts, numbers)[0] if len(one.tokens) == 2]
    first = max({tokens[0] for tokens in drawn}, key=[tokens[0] for tokens in drawn].count)
    with torch.no_grad():
        expected = model(input_ids=torch.tensor([[*prompts[0], first]])).logits[0, -1].softmax(-1)
    behind = [tokens[1] for tokens in drawn if tokens[0] == first]
    counts = torch.bincount(torch.tensor(behind), minlength=VOCABULARY)
    expected[END] = 0.0  # those that ended hold one token
    assert len(behind) > 200
    assert (counts / len(behind) - expected / expected.sum()).abs().max() < 0.1


def test_a_limit_marks_answers_incomplete(plain_engine) -> None:
    found = plain_engine(make_llama(), VOCABULARY - 1).beams(make_prompts((5,)), 2, 3)[0]
    assert all(len(one.tokens) == 3 for one in found if not one.complete)


def count_repeated_runs(tokens: tuple[int, ...], length: int) -> int:
    runs = [tokens[start : start + length] for start in range(len(tokens) - length + 1)]
    return len(runs) - len(set(runs))


@pytest.mark.parametrize("beams", [1, 3])
def test_no_run_of_tokens_is_written_twice(plain_engine, beams: int) -> None:
    model = make_llama(seed=3)
    # Each token mostly follows itself, so that the model falls into loops: the head reads the input embedding back.
    with torch.no_grad():
        model.lm_head.weight.copy_(30.0 * model.model.embed_tokens.weight)
        model.lm_head.weight[END] = 0.0
    prompts = [[5, 9, 11], [7, 3, 8]]

    def write(no_repeat: int | None) -> list[tuple[int, ...]]:
        engine = plain_engine(model, END)
        if beams == 1:
            return [one.tokens for one in engine.greedy(prompts, 24, no_repeat=no_repeat)]
        return [one.tokens for row in engine.beams(prompts, beams, 24, no_repeat=no_repeat) for one in row]

    assert any(count_repeated_runs(tokens, 3) for tokens in write(None))
    assert not any(count_repeated_runs(tokens, 3) for tokens in write(3))


def test_repeats_are_what_would_complete_a_run_again() -> None:
    assert list_repeats((5, 6, 7, 5, 6), 3, END) == [7]
    assert list_repeats((5, 6, END, 5, 6), 3, END) == []
    assert list_repeats((5, 5, 5), 2, END) == [5, 5]
    assert list_repeats((5, 6), 3, END) == []


def test_draws_that_wrote_the_same_share_a_branch() -> None:
    search = DrawnSearch(Bounds(END, 4), torch.zeros(4, 4))
    assert search.choose([7, 8, 7, END], [-1.0, -2.0, -1.0, -3.0]) == [(0, 7), (0, 8)]
    assert [branch.tokens for branch in search.branches] == [(7,), (8,)]
    assert search.aims[0] == [0, 1, 0]
    assert search.choose([9, 9, END], [-1.0, -1.0, -1.0]) == [(0, 9), (1, 9)]
    assert search.choose([END, END], [0.0, -0.5]) == []
    found = [(one.tokens, one.log_prob) for one in search.answers]
    assert found == [((7, 9), -2.0), ((8, 9), -3.5), ((7,), -2.0), ((), -3.0)]


@pytest.mark.parametrize("number", [0.0, 0.5, 1.0])
def test_a_draw_never_takes_a_token_that_may_not_come(number: float) -> None:
    from anymol.inference.choosing import _draw

    search = DrawnSearch(Bounds(END, 4), torch.full((1, 4), number))
    _draw(search, torch.tensor([[-torch.inf, 0.3, -torch.inf, 1.2, -torch.inf]]).log_softmax(-1))
    assert search.branches[0].tokens[0] in (1, 3)

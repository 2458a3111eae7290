"""Our decoding against transformers' own `generate`, token by token."""

from __future__ import annotations

import pytest
import torch
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

from anymol.inference.decoding import Prompts, _invert, beam_search, decode_rows

END = 2
PAD = 0
VOCABULARY = 61


def make_llama(seed: int = 0) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.6,
        eos_token_id=END,
        pad_token_id=PAD,
    )
    return LlamaForCausalLM(config).eval()


def make_qwen() -> Qwen2ForCausalLM:
    torch.manual_seed(1)
    config = Qwen2Config(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.6,
        eos_token_id=END,
        pad_token_id=PAD,
    )
    return Qwen2ForCausalLM(config).eval()


def make_neox() -> GPTNeoXForCausalLM:
    torch.manual_seed(2)
    config = GPTNeoXConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        initializer_range=0.6,
        eos_token_id=END,
        pad_token_id=PAD,
    )
    return GPTNeoXForCausalLM(config).eval()


def make_prompts(lengths: tuple[int, ...] = (7, 4, 9, 2, 9)) -> Prompts:
    generator = torch.Generator().manual_seed(3)
    width = max(lengths)
    ids = torch.full((len(lengths), width), PAD)
    mask = torch.zeros_like(ids)
    for row, length in enumerate(lengths):
        ids[row, width - length :] = torch.randint(3, VOCABULARY, (length,), generator=generator)
        mask[row, width - length :] = 1
    return Prompts(ids, mask)


def cut(sequence: torch.Tensor) -> tuple[int, ...]:
    """Return the tokens before the end token."""
    tokens = sequence.tolist()
    return tuple(tokens[: tokens.index(END)] if END in tokens else tokens)


@pytest.mark.parametrize("make", [make_llama, make_qwen, make_neox])
def test_greedy_equals_transformers(make) -> None:
    model, prompts = make(), make_prompts()
    width = prompts.input_ids.shape[1]
    theirs = model.generate(
        input_ids=prompts.input_ids, attention_mask=prompts.attention_mask, do_sample=False, max_new_tokens=24
    )
    ours = decode_rows(model, prompts, end=END, max_new_tokens=24)
    assert [found[0].tokens for found in ours] == [cut(row[width:]) for row in theirs]


@pytest.mark.parametrize("make", [make_llama, make_qwen, make_neox])
@pytest.mark.parametrize("beams", [1, 3, 5])
@pytest.mark.parametrize("limit", [6, 24])
def test_beam_search_equals_transformers(make, beams: int, limit: int) -> None:
    model, prompts = make(), make_prompts()
    width = prompts.input_ids.shape[1]
    if beams == 1:
        ours = beam_search(model, prompts, beams=1, end=END, max_new_tokens=limit)
        greedy = decode_rows(model, prompts, end=END, max_new_tokens=limit)
        # One beam is greedy decoding that may also stop at a less probable end token it has passed over: never worse.
        assert all(found[0].log_prob >= one[0].log_prob - 1e-4 for found, one in zip(ours, greedy, strict=True))
        return
    theirs = model.generate(
        input_ids=prompts.input_ids,
        attention_mask=prompts.attention_mask,
        do_sample=False,
        num_beams=beams,
        num_return_sequences=beams,
        max_new_tokens=limit,
        length_penalty=0.0,
        return_dict_in_generate=True,
        output_scores=True,
    )
    ours = beam_search(model, prompts, beams=beams, end=END, max_new_tokens=limit)
    found = [hypothesis for row in ours for hypothesis in row]
    assert len(found) == len(theirs.sequences)
    for mine, sequence, score in zip(found, theirs.sequences, theirs.sequences_scores.tolist(), strict=True):
        assert mine.log_prob == pytest.approx(score, abs=1e-3)
        assert mine.tokens == cut(sequence[width:])


def test_log_probabilities_are_those_of_a_full_forward() -> None:
    model, prompts = make_llama(), make_prompts((5,))
    for hypothesis in beam_search(model, prompts, beams=4, end=END, max_new_tokens=12)[0]:
        answer = [*hypothesis.tokens, END] if hypothesis.complete else list(hypothesis.tokens)
        ids = torch.cat([prompts.input_ids, torch.tensor([answer])], dim=1)
        with torch.inference_mode():
            log_probs = model(input_ids=ids).logits[0, 4:-1].log_softmax(-1)
        expected = log_probs.gather(1, torch.tensor(answer)[:, None]).sum().item()
        assert hypothesis.log_prob == pytest.approx(expected, abs=1e-3)


def test_beams_do_not_depend_on_the_batch() -> None:
    model, prompts = make_llama(), make_prompts()
    together = beam_search(model, prompts, beams=4, end=END, max_new_tokens=16)
    for row, expected in enumerate(together):
        real = prompts.attention_mask[row].bool()
        alone = Prompts(prompts.input_ids[row : row + 1, real], prompts.attention_mask[row : row + 1, real])
        found = beam_search(model, alone, beams=4, end=END, max_new_tokens=16)[0]
        assert [one.tokens for one in found] == [one.tokens for one in expected]


def test_draws_depend_on_their_numbers_only() -> None:
    model, prompts = make_llama(), make_prompts()
    numbers = torch.rand((5, 3, 10), generator=torch.Generator().manual_seed(5))
    together = decode_rows(model, prompts, end=END, max_new_tokens=10, uniforms=numbers)
    real = prompts.attention_mask[1].bool()
    alone = Prompts(prompts.input_ids[1:2, real], prompts.attention_mask[1:2, real])
    found = decode_rows(model, alone, end=END, max_new_tokens=10, uniforms=numbers[1:2])
    assert [one.tokens for one in found[0]] == [one.tokens for one in together[1]]


def test_draws_follow_the_distribution() -> None:
    model, prompts = make_llama(), make_prompts((6,))
    with torch.inference_mode():
        expected = model(input_ids=prompts.input_ids).logits[0, -1].softmax(-1)
    numbers = torch.rand((1, 4000, 1), generator=torch.Generator().manual_seed(6))
    drawn = decode_rows(model, prompts, end=END, max_new_tokens=1, uniforms=numbers)[0]
    counts = torch.zeros(VOCABULARY)
    for one in drawn:
        counts[one.tokens[0] if one.tokens else END] += 1
    assert (counts / 4000 - expected).abs().max() < 0.03


def test_a_limit_marks_answers_incomplete() -> None:
    model, prompts = make_llama(), make_prompts((5,))
    found = beam_search(model, prompts, beams=2, end=VOCABULARY - 1, max_new_tokens=3)[0]
    assert all(len(one.tokens) == 3 for one in found if not one.complete)


def count_repeated_runs(tokens: tuple[int, ...], length: int) -> int:
    runs = [tokens[start : start + length] for start in range(len(tokens) - length + 1)]
    return len(runs) - len(set(runs))


@pytest.mark.parametrize("beams", [1, 3])
def test_no_run_of_tokens_is_written_twice(beams: int) -> None:
    model = make_llama(seed=3)
    # Each token mostly follows itself, so that the model falls into loops: the head reads the input embedding back.
    with torch.no_grad():
        model.lm_head.weight.copy_(30.0 * model.model.embed_tokens.weight)
        model.lm_head.weight[END] = 0.0
    prompts = Prompts(torch.tensor([[5, 9, 11], [7, 3, 8]]), torch.ones(2, 3, dtype=torch.long))

    def write(no_repeat: int | None) -> list[tuple[int, ...]]:
        if beams == 1:
            found = decode_rows(model, prompts, end=END, max_new_tokens=24, no_repeat=no_repeat)
        else:
            found = beam_search(model, prompts, beams=beams, end=END, max_new_tokens=24, no_repeat=no_repeat)
        return [one.tokens for row in found for one in row]

    assert any(count_repeated_runs(tokens, 3) for tokens in write(None))
    assert not any(count_repeated_runs(tokens, 3) for tokens in write(3))


@pytest.mark.parametrize("number", [0.0, 0.5, 1.0])
def test_a_draw_never_takes_a_token_that_may_not_come(number: float) -> None:
    logits = torch.tensor([[-torch.inf, 0.3, 1.2, -torch.inf]])
    assert int(_invert(logits, torch.tensor([number]))) in (1, 2)

"""Drafts change how many steps an answer takes, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaConfig, LlamaForCausalLM, Qwen3Config, Qwen3ForCausalLM

from anymol.inference.drafts import draft
from anymol.inference.generation import Decoding, Generator, Search
from anymol.inference.searches.beams import BeamSearch
from anymol.inference.searches.draws import DrawnSearch
from anymol.models.checkpoint import load_checkpoint
from anymol.models.locating import locate_model
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import AnswerKind, ReagentsState, TaskInput

END = 2
SIZES = {
    "vocab_size": 61, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "initializer_range": 0.6, "eos_token_id": END, "pad_token_id": 0,
}  # fmt: skip


def make_llama() -> LlamaForCausalLM:
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**SIZES)).eval()


def make_windowed() -> Qwen3ForCausalLM:
    torch.manual_seed(1)
    windowed = {"use_sliding_window": True, "sliding_window": 6, "max_window_layers": 1, "head_dim": 8}
    return Qwen3ForCausalLM(Qwen3Config(**SIZES, **windowed)).eval()


def make_looping() -> LlamaForCausalLM:
    """Return a decoder that writes by the last token alone, and so copies what it wrote before."""
    model = make_llama()
    for layer in model.model.layers:
        torch.nn.init.zeros_(layer.self_attn.o_proj.weight)
    return model


def draw_prompts(count: int) -> list[list[int]]:
    """Return prompts of many lengths, each of which says everything twice, so that there is much to copy."""
    generator = torch.Generator().manual_seed(3)
    lengths = [3 + 5 * number % 23 for number in range(count)]
    return [2 * torch.randint(3, 61, (length,), generator=generator).tolist() for length in lengths]


def count_steps(engine: Any) -> list[int]:
    """Return a list to which the width of every further step is added."""
    widths: list[int] = []
    run = engine.engine._decoder.run

    def look(feeds: Sequence[Any]) -> Any:
        widths.extend(feed.embeddings.shape[1] for feed in feeds)
        return run(feeds)

    engine.engine._decoder = type("Watched", (), {"run": staticmethod(look), "layers": engine.engine._decoder.layers})()
    return widths


def read_by_hand(asked: list[int], written: list[int], most: int) -> list[int]:
    """Return the draft by its definition."""
    tokens = asked + written
    for alike in range(len(tokens) - 1, 1, -1):
        for end in range(len(asked) - 1, alike - 1, -1):
            if tokens[end - alike : end] == tokens[-alike:]:
                return asked[end : end + most]
    return []


@given(st.lists(st.integers(0, 3), max_size=30), st.lists(st.integers(0, 3), min_size=1), st.integers(1, 9))
def test_a_draft_follows_the_longest_end_that_stands_in_the_question(
    asked: list[int], written: list[int], most: int
) -> None:
    assert list(draft(asked, written, most)) == read_by_hand(asked, written, most)


@pytest.mark.parametrize("make", [make_llama, make_windowed, make_looping])
@pytest.mark.parametrize("count", [1, 5, 15])
@pytest.mark.parametrize("no_repeat", [None, 4])
def test_greedy_answers_are_the_same_in_fewer_steps(
    plain_engine: Any, make: Any, count: int, no_repeat: int | None
) -> None:
    prompts, model = draw_prompts(count), make()
    answered = plain_engine(model, END).greedy(prompts, 60)
    prompts = [[*prompt, *one.tokens] for prompt, one in zip(prompts, answered, strict=True)]
    with_drafts, without = plain_engine(model, END), plain_engine(model, END, drafted=0)
    fewer, more = count_steps(with_drafts), count_steps(without)
    found = with_drafts.greedy(prompts, 60, no_repeat=no_repeat)
    expected = without.greedy(prompts, 60, no_repeat=no_repeat)
    assert [one.tokens for one in found] == [one.tokens for one in expected]
    assert [one.complete for one in found] == [one.complete for one in expected]
    assert [one.log_prob for one in found] == pytest.approx([one.log_prob for one in expected], abs=1e-3)
    assert set(more) <= {1}
    if make is make_looping and no_repeat is None:
        assert max(fewer) > 1 and len(fewer) < len(more) * (0.5 if count < 15 else 1.0)


def test_one_beam_and_one_draw_profit_beside_beams_that_do_not(plain_engine: Any) -> None:
    prompts, model = draw_prompts(6), make_llama()
    found = []
    for drafted in (8, 0):
        engine = plain_engine(model, END, drafted=drafted)
        uniforms = [torch.rand(1, 40, generator=torch.Generator().manual_seed(number)) for number in range(2)]
        starts = [
            *(partial(DrawnSearch, engine.bound(40), one) for one in uniforms),
            *(partial(BeamSearch, engine.bound(limit), width) for limit, width in ((40, 1), (7, 1), (40, 3), (9, 3))),
        ]
        tickets = [engine.make_ticket(*pair) for pair in zip(prompts, starts, strict=True)]
        found.append([[(one.tokens, one.complete) for one in row] for row in engine.engine.answer(tickets)])
    assert found[0] == found[1]


def test_nothing_is_drafted_beyond_the_limit(plain_engine: Any) -> None:
    engine, seen = plain_engine(make_llama(), 1000), []
    run = engine.engine._decoder.run

    def look(feeds: Sequence[Any]) -> Any:
        seen.extend(int(feed.positions.max()) for feed in feeds)
        return run(feeds)

    engine.engine._decoder.run = look
    prompts = draw_prompts(3)
    for limit in (1, 2, 3, 12):
        engine.greedy(prompts, limit)
        assert max(seen, default=0) <= max(map(len, prompts)) + limit - 2


REACTIONS = (
    ("CC(=O)Cl.Nc1ccc(OCc2ccccc2)cc1", "CC(=O)Nc1ccc(OCc2ccccc2)cc1"),
    ("Brc1ccc2ccccc2c1.OB(O)c1ccccc1", "c1ccc(-c2ccc3ccccc3c2)cc1"),
    ("COC(=O)c1ccc(CN2CCN(C)CC2)cc1", "O=C(O)c1ccc(CN2CCN(C)CC2)cc1"),
    ("CC(C)(C)OC(=O)N1CCC(N)CC1.O=C(O)c1cccnc1", "CC(C)(C)OC(=O)N1CCC(NC(=O)c2cccnc2)CC1"),
)


@pytest.mark.parametrize("constrained", [True, False])
def test_the_shipped_model_answers_the_same(constrained: bool) -> None:
    with locate_model(None) as directory:
        model, processor, _ = load_checkpoint(directory)
    asked = [
        (task, asked)
        for reactants, product in REACTIONS
        for task, asked in (
            ("forward_reaction", TaskInput(reactants=reactants, reagents_state=ReagentsState.DROPPED)),
            ("retrosynthesis", TaskInput(products=product, reagents_state=ReagentsState.DROPPED)),
            ("captioning", TaskInput(molecule=product)),
        )
    ]
    prompts = [processor.encode(render_prompt(TASKS[task], given)) for task, given in asked]
    found = []
    for drafted in (8, 0):
        generator = Generator(model, processor, drafted=drafted)
        widths = count_steps(generator)
        requests = [
            (prompt, AnswerKind.TEXT if task == "captioning" else AnswerKind.MIXTURE,
             Decoding(Search.GREEDY, max_new_tokens=96, constrained=constrained))
            for prompt, (task, _) in zip(prompts, asked, strict=True)
        ]  # fmt: skip
        together = [row[0].text for row in generator.generate_each(requests)]
        alone = [generator.generate_each([request])[0][0].text for request in requests]
        assert alone == together
        found.append((together, len(widths)))
    assert found[0][0] == found[1][0]
    assert found[0][1] < 0.7 * found[1][1]

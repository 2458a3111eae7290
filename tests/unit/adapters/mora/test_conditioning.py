"""The scope: what it hands out, takes back, and survives."""

from __future__ import annotations

import shutil

import pytest
import torch

from anymol.adapters import GalConfig, MogeConfig, MoraConfig, inject
from anymol.errors import AdapterError, MergeError


@pytest.mark.filterwarnings("ignore:`gradient_checkpointing_enable` is deprecated:FutureWarning")
@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("when", ["before injection", "after injection"])
def test_checkpointing_recomputes_with_the_scope_of_the_forward(make, prompt, ids, reentrant, when) -> None:
    """The losses of two scopes are made inside them; the backward runs outside, as in preference training."""
    model, adapter = make()

    def read_gradients() -> dict[str, torch.Tensor]:
        states = prompt["states"].clone().requires_grad_()
        with adapter.conditioned_on(**{**prompt, "states": states}):
            loss = model(ids, labels=ids).loss
        other = {**prompt, "states": states.flip(0), "mask": prompt["mask"].flip(0)}
        with adapter.conditioned_on(**other):
            loss = loss + model(ids.flip(1), labels=ids).loss
        loss.backward()
        found = {name: parameter.grad.clone() for name, parameter in adapter.named_parameters()}
        model.zero_grad()
        return {**found, "states": states.grad}

    model.train()
    plain = read_gradients()
    if when == "before injection":
        config = adapter.configs[0]
        state = {name: tensor.clone() for name, tensor in adapter.state_dict().items()}
        adapter.remove()
        model.gradient_checkpointing_enable({"use_reentrant": reentrant})
        adapter = inject(model, config)
        adapter.load_state_dict(state)
        model.train()
    else:
        model.gradient_checkpointing_enable({"use_reentrant": reentrant})
    checkpointed = read_gradients()
    for name, gradient in plain.items():
        torch.testing.assert_close(checkpointed[name], gradient, msg=name)
    adapter.remove()
    assert all(layer.gradient_checkpointing for layer in model.get_decoder().layers)


def test_a_scope_that_fails_leaves_no_trace(make, prompt, ids) -> None:
    model, adapter = make()
    expected = model(ids).logits
    with pytest.raises(ZeroDivisionError), adapter.conditioned_on(**prompt):
        raise ZeroDivisionError
    assert torch.equal(model(ids).logits, expected)


def test_scopes_nest(make, prompt, ids) -> None:
    model, adapter = make()
    with adapter.conditioned_on(**prompt):
        outer = model(ids).logits
        with adapter.conditioned_on(**{**prompt, "states": 2 * prompt["states"]}):
            assert not torch.equal(model(ids).logits, outer)
        assert torch.equal(model(ids).logits, outer)


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("cache", ["dynamic", "static"])
def test_generation_equals_full_forwards(make, prompt, ids, beams, cache) -> None:
    model, adapter = make()
    model.generation_config.eos_token_id = None
    with torch.no_grad(), adapter.conditioned_on(**prompt):
        found = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=4, do_sample=False,
            num_beams=beams, num_return_sequences=beams, cache_implementation=cache, pad_token_id=0,
            return_dict_in_generate=True, output_scores=True,
        )  # fmt: skip
        logits = model(found.sequences).logits.log_softmax(-1)
    new = found.sequences[:, 7:]
    scores = logits[:, 6:-1].gather(-1, new[..., None]).sum((1, 2))
    if beams == 1:
        assert torch.equal(new, logits[:, 6:-1].argmax(-1))
    else:
        torch.testing.assert_close((scores / 4).float(), found.sequences_scores)


def test_keys_keep_an_adapter_until_the_generator_changes(make, prompt, ids) -> None:
    model, adapter = make()
    (network,) = adapter.networks
    with torch.no_grad():
        with adapter.conditioned_on(**prompt):
            expected = model(ids).logits
        with adapter.conditioned_on(**prompt, keys=["a", "b", "c"]):
            assert torch.equal(model(ids).logits, expected)
        # What is kept is used: the states are not looked at again.
        nonsense = {**prompt, "states": torch.zeros_like(prompt["states"])}
        with adapter.conditioned_on(**nonsense, keys=["a", "b", "c"]):
            torch.testing.assert_close(model(ids).logits, expected)
        assert len(network.cache) == 3
        network.generator.trunks["shared"].input.weight.mul_(2.0)
        with adapter.conditioned_on(**prompt, keys=["a", "b", "c"]):
            assert not torch.allclose(model(ids).logits, expected)
    with adapter.conditioned_on(**nonsense, keys=["a", "b", "c"]):
        assert model(ids).logits.requires_grad, "where a gradient is needed nothing kept is used"


def test_the_least_used_adapter_goes(make, prompt) -> None:
    _, adapter = make(cache_size=2)
    (network,) = adapter.networks
    with torch.no_grad(), adapter.conditioned_on(**prompt, keys=["a", "b", "c"]):
        assert len(network.cache) == 2
        assert network.cache.get("a") is None


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_compiles_once_without_a_graph_break(make, prompt, ids) -> None:
    model, adapter = make(dtype=torch.float32)
    prompt["states"] = prompt["states"].float()
    torch._dynamo.reset()
    compiled = torch.compile(model.get_decoder(), fullgraph=True, backend="aot_eager")
    with torch.no_grad():
        for turn in range(3):
            batch = {**prompt, "states": prompt["states"] + turn}
            with adapter.conditioned_on(**batch), torch.compiler.set_stance("fail_on_recompile" if turn else "default"):
                found = compiled(ids, use_cache=False).last_hidden_state
            with adapter.conditioned_on(**batch):
                expected = model.get_decoder()(ids, use_cache=False).last_hidden_state
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"states": torch.zeros(3, 5, 4)}, "shape"),
        ({"mask": torch.ones(3, 4, dtype=torch.bool)}, "mask has the shape"),
        ({"mask": torch.ones(3, 5)}, "mask is bool"),
        ({"keys": ["a"]}, "1 keys for 3 prompts"),
    ],
)
def test_refuses_what_does_not_fit(make, prompt, change, message) -> None:
    _, adapter = make()
    with pytest.raises(AdapterError, match=message), adapter.conditioned_on(**{**prompt, **change}):
        pass


def test_merging_is_refused_and_one_prompt_is_baked(make, prompt, ids) -> None:
    model, adapter = make(targets=("q", "k", "v", "o", "up", "down"))
    with pytest.raises(MergeError):
        adapter.merge()
    one = {name: tensor[1:2] for name, tensor in prompt.items()}
    with adapter.conditioned_on(**one):
        expected = model(ids[1:2]).logits
    (network,) = adapter.networks
    pairs = network.bake(**one)
    adapter.remove()
    with torch.no_grad():
        for name, (a, b) in pairs.items():
            model.get_decoder().get_submodule(name).weight += b @ a
    torch.testing.assert_close(model(ids[1:2]).logits, expected)


def test_a_whole_block_cannot_be_baked(make, prompt) -> None:
    _, adapter = make()
    (network,) = adapter.networks
    with pytest.raises(MergeError, match="whole feed-forward block"):
        network.bake(**{name: tensor[:1] for name, tensor in prompt.items()})


def test_fused_projections_come_together(make) -> None:
    model, adapter = make(targets=("q", "k", "v"))
    fused = model.config.model_type == "gpt_neox"
    assert len(adapter.variants) == (2 if fused else 6)
    adapter.remove()
    if fused:
        with pytest.raises(AdapterError, match="k, v is not a target"):
            inject(model, MoraConfig(targets=("q",)))


@pytest.mark.parametrize("other", [GalConfig(rank=2), MogeConfig(rank=2, start="preserving")])
def test_a_second_adapter_comes_and_goes(make, prompt, ids, other) -> None:
    model, adapter = make()
    with adapter.conditioned_on(**prompt):
        expected = model(ids).logits
    with adapter.disabled():
        frozen = model(ids).logits
    second = inject(model, other, name="second")
    torch.testing.assert_close(model(ids).logits, frozen)
    third = inject(model, adapter.configs[0], name="third")
    adapter.enable()
    with adapter.conditioned_on(**prompt):
        assert torch.equal(model(ids).logits, expected)
    adapter.remove()
    with third.conditioned_on(**prompt):
        torch.testing.assert_close(model(ids).logits, frozen)
    third.remove()
    second.remove()
    assert torch.equal(model(ids).logits, frozen)

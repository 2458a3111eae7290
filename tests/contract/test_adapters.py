"""Every adapter method on every decoder family answers the same questions. A method joins by one row of `CASES`.

The references are written from the methods' equations, in fp64, one expert and one prompt at a time: nothing of the
package computes in them. A method of a new kind needs its equations there too.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from anymol.adapters import (
    Adapter,
    AdapterConfig,
    GalConfig,
    MogeConfig,
    MoraConfig,
    export_lora,
    inject,
    load_adapter,
    save_adapter,
)
from anymol.errors import AdapterError, MergeError

VOCAB, STATE_WIDTH = 40, 6
SIZES = {"vocab_size": VOCAB, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4,
         "intermediate_size": 24, "max_position_embeddings": 64, "pad_token_id": 0, "bos_token_id": 1,
         "eos_token_id": None, "initializer_range": 0.1}  # fmt: skip
FAMILIES: dict[str, dict[str, Any]] = {
    "llama": {**SIZES, "num_key_value_heads": 2},
    "qwen2": {**SIZES, "num_key_value_heads": 2},
    "gemma2": {**SIZES, "num_key_value_heads": 2, "head_dim": 4, "query_pre_attn_scalar": 4, "sliding_window": 4},
    "gpt_neox": SIZES,
}
TOLERANCES = {torch.float64: 1e-10, torch.float32: 1e-5, torch.bfloat16: 1e-2}
"""Relative error of logits; of gradients five times that."""
LINEARS = {
    "q_proj": "q",
    "k_proj": "k",
    "v_proj": "v",
    "o_proj": "o",
    "query_key_value": "q+k+v",
    "dense": "o",
    "gate_proj": "gate",
    "up_proj": "up",
    "down_proj": "down",
    "dense_h_to_4h": "up",
    "dense_4h_to_h": "down",
}
"""Last part of a linear map's name -> what it computes."""


@dataclass(frozen=True)
class Case:
    """One adapter.

    Attributes:
        configs: Of its methods.
        no_merge: Part of the reason for which it cannot be merged; None where it can.
        no_export: Part of the reason for which it cannot be exported; None where it can.
        preserves: Whether a fresh one leaves the model as it is.
    """

    configs: tuple[AdapterConfig, ...]
    no_merge: str | None = None
    no_export: str | None = None
    preserves: bool = True

    @property
    def is_conditioned(self) -> bool:
        """Whether it reads molecules."""
        return any(config.kind == "mora" for config in self.configs)


GAL = GalConfig(rank=3, alpha=2.0)
MOGE = MogeConfig(rank=2, alpha=3.0, experts=4)
PRESERVING = MogeConfig.model_validate({**MOGE.model_dump(), "start": "preserving", "renormalise": True, "shared": 2})
MORA: dict[str, Any] = {
    "rank": 3, "alpha": 6.0, "state_width": STATE_WIDTH, "width": 8, "heads": 2, "depth": 1, "every": 1,
}  # fmt: skip
CASES = {
    "gal": Case((GAL,)),
    "gal-rslora": Case((GalConfig(rank=4, alpha=2.0, start="rslora", beta=0.1, learns=["beta"]),)),
    "moge": Case((MOGE,), "token to token", "token to token", preserves=False),
    "moge-preserving": Case((PRESERVING,), "token to token", "token to token"),
    "mora": Case((MoraConfig(**MORA, core=2),), "each molecule", "whole feed-forward block"),
    "mora-full": Case(
        (
            MoraConfig(**MORA, head="full", trunks="per_projection", queries_per_layer=2,
                       targets=["q", "k", "v", "o", "gate", "up", "down"]),
        ),
        "each molecule",
    ),
    "omni": Case((MOGE, GAL), "token to token", "token to token", preserves=False),
    "mora+moge": Case(
        (PRESERVING, MoraConfig(**MORA, targets=["q", "k", "v", "o"])), "token to token|each molecule", "token to token"
    ),
    "mora+gal": Case((MoraConfig(**MORA, targets=["q", "k", "v", "o"]), GAL), "each molecule"),
}  # fmt: skip
EVERY_CASE = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
EVERY_FAMILY = pytest.mark.parametrize("family", FAMILIES)


def draw(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


IDS = torch.randint(3, VOCAB, (3, 6), generator=draw(1))
REAL = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]], dtype=torch.bool)
PROMPT: dict[str, torch.Tensor] = {
    "states": torch.randn(3, 4, STATE_WIDTH, generator=draw(2), dtype=torch.float64),
    "mask": torch.tensor([[1, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0]], dtype=torch.bool),
    "molecule_index": torch.tensor([[0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0]]),
    "roles": torch.tensor([[1, 1, 1, 0], [1, 1, 2, 2], [0, 0, 0, 0]]),
}
"""One molecule; two of two roles; none."""


def make_decoder(family: str, dtype: torch.dtype = torch.float32) -> PreTrainedModel:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(family, **FAMILIES[family]))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(std=0.3, generator=draw(3))
    return model.to(dtype).eval()


def shake(adapter: Adapter, seed: int = 4) -> None:
    """Move the weights away from their start, routers far enough that rounding changes no choice."""
    generator = draw(seed)
    with torch.no_grad():
        for name, parameter in adapter.named_parameters():
            step = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            parameter.add_(step * (1.0 if "router" in name else 0.1))


@dataclass
class Subject:
    """A decoder with an adapter, and how it is asked."""

    model: PreTrainedModel
    adapter: Adapter
    case: Case
    prompt: dict[str, torch.Tensor] = field(default_factory=lambda: PROMPT)

    def scope(self, prompt: dict[str, torch.Tensor] | None = None) -> AbstractContextManager[None]:
        return self.adapter.conditioned_on(**(prompt or self.prompt)) if self.case.is_conditioned else nullcontext()

    def logits(self, ids: torch.Tensor = IDS, mask: torch.Tensor | None = REAL) -> torch.Tensor:
        with self.scope():
            found: torch.Tensor = self.model(ids, attention_mask=mask).logits
        return found


def make(case: Case, family: str = "llama", dtype: torch.dtype = torch.float32, *, fresh: bool = False) -> Subject:
    model = make_decoder(family, dtype)
    adapter = inject(model, case.configs)
    if not fresh:
        shake(adapter)
    return Subject(model, adapter, case)


# ----------------------------------------------------------------------------------------------------- the equations


class Reference:
    """A decoder in fp64 with plain equations hooked in.

    Args:
        model: Without any adapter; it is changed.
        configs: Of the methods.
        state: Weights by canonical name, fp64.
        prompt: What MoRA reads.
        real: Which tokens are real.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        configs: tuple[AdapterConfig, ...],
        state: dict[str, torch.Tensor],
        prompt: dict[str, torch.Tensor],
        real: torch.Tensor,
    ) -> None:
        self.model, self.state, self.prompt, self.real = model, state, prompt, real
        self.used: set[str] = set()
        self.balance: list[torch.Tensor] = []
        body = model.get_decoder()
        linears = [name for name, module in body.named_modules() if isinstance(module, nn.Linear)]
        blocks = [f"layers.{layer}.mlp" for layer in range(len(body.layers))]
        taken: set[str] = set()
        networks = 0
        for config in configs:
            match config:
                case GalConfig():
                    places = [name for name in linears if name not in taken]
                    for place in places:
                        body.get_submodule(place).register_forward_hook(self.gal(place, config.rank))
                    taken.update(places)
                case MogeConfig():
                    for place in blocks[-max(1, len(blocks) // 4) :]:
                        module = body.get_submodule(place)
                        module.forward = partial(self.moge, copy.deepcopy(module).double(), place, config)
                        taken.update(name for name in linears if name.startswith(place))
                case MoraConfig():
                    places = self.hook_mora(config, f"network.{networks}.generator", [*linears, *blocks], body)
                    networks += 1
                    taken.update(places)

    def get(self, name: str) -> torch.Tensor:
        self.used.add(name)
        return self.state[name]

    def gal(self, place: str, rank: int) -> Callable[..., torch.Tensor]:
        """Omni-Mol: y = W0 x + gamma B A x, gamma = alpha / r**p + beta."""
        alpha, p, beta = (self.get(f"{place}.{scalar}") for scalar in ("alpha", "p", "beta"))
        gamma = alpha / rank**p + beta
        a, b = self.get(f"{place}.a"), self.get(f"{place}.b")
        return partial(self.add_pair, a, gamma, b)

    def moge(self, block: nn.Module, place: str, config: MogeConfig, hidden: torch.Tensor) -> torch.Tensor:
        """Omni-Mol: sum of p_e E_e(x) over the top k, plus the shared experts; every expert a clone of the block."""
        x = hidden.double()
        *inward, outward = [name for name, module in block.named_modules() if isinstance(module, nn.Linear)]
        p = (x @ self.get(f"{place}.router.weight").T).softmax(-1)
        best = p.topk(config.top_k, -1)
        chosen = torch.zeros_like(p).scatter(-1, best.indices, 1.0)
        weights = p * chosen
        if config.renormalise:
            weights = weights / weights.sum(-1, keepdim=True)
        weights = torch.cat([weights, torch.ones_like(p[..., :1]).expand(*p.shape[:-1], config.shared)], -1)
        if config.start == "preserving":
            weights = weights / weights.sum(-1, keepdim=True)
        f = chosen[self.real].mean(0) / config.top_k
        self.balance.append(config.balance_weight * config.experts * (f * p[self.real].mean(0)).sum())
        y = torch.zeros_like(x)
        for e in range(config.experts + config.shared):
            clone = copy.deepcopy(block)
            for side, names in (("inward", inward), ("outward", [outward])):
                for j, name in enumerate(names):
                    alpha, p_, beta, a, b = (
                        self.get(f"{place}.{side}.{part}")[e, j] for part in ("alpha", "p", "beta", "a", "b")
                    )
                    update = partial(self.add_pair, a, alpha / config.rank**p_ + beta, b)
                    clone.get_submodule(name).register_forward_hook(update)
            y = y + weights[..., e, None] * clone(x)
        return y.to(hidden.dtype)

    @staticmethod
    def add_pair(
        a: torch.Tensor, gamma: torch.Tensor, b: torch.Tensor, module: nn.Module, args: Any, y: torch.Tensor
    ) -> torch.Tensor:
        return y + (gamma * (args[0].double() @ a.T @ b.T)).to(y.dtype)

    def hook_mora(self, config: MoraConfig, prefix: str, names: list[str], body: nn.Module) -> list[str]:
        """MoRA: y = W0 x + alpha / r B A(molecule)^T x; A is written by queries that attended to the atoms."""
        order = ["q", "q+k+v", "k", "v", "o", "gate", "up", "down", "m"]
        kinds = {name: LINEARS.get(name.rpartition(".")[2], "m") for name in names}
        wanted = {target.value for target in config.targets}
        places = [name for name in names if set(kinds[name].split("+")) <= wanted]
        places.sort(key=lambda name: (int(name.split(".")[1]), order.index(kinds[name])))
        read: dict[tuple[int, str], torch.Tensor] = {}  # (prompt, place) -> what its queries read
        for group in dict.fromkeys("shared" if config.trunks == "shared" else kinds[name] for name in places):
            members = [name for name in places if group in ("shared", kinds[name])]
            for row, mask in enumerate(self.prompt["mask"]):
                if mask.any():
                    queries = self.run_trunk(config, f"{prefix}.trunks.{group}", row, mask)
                    for name, one in zip(members, queries.chunk(len(members)), strict=True):
                        read[row, name] = one.flatten()
        for name in places:
            head = f"{prefix}.heads.{kinds[name]}"
            b = config.alpha / config.rank * self.get(f"{name}.b")
            pairs: list[torch.Tensor | None] = []
            for row in range(len(self.prompt["mask"])):
                if (row, name) not in read:
                    pairs.append(None)
                    continue
                a = (self.get(f"{head}.weight") @ read[row, name] + self.get(f"{head}.bias")).view(-1, config.rank)
                pairs.append(a if config.head == "full" else self.get(f"{name}.basis").T @ a)
            body.get_submodule(name).register_forward_hook(partial(self.add_mora, pairs, b))
        return places

    @staticmethod
    def add_mora(
        pairs: list[torch.Tensor | None], b: torch.Tensor, module: nn.Module, args: Any, y: torch.Tensor
    ) -> torch.Tensor:
        rows = zip(pairs, args[0], y, strict=True)
        return torch.stack([base if a is None else base + (x.double() @ a @ b.T).to(base.dtype) for a, x, base in rows])

    def run_trunk(self, config: MoraConfig, prefix: str, row: int, mask: torch.Tensor) -> torch.Tensor:
        """A pre-norm transformer decoder over the real atoms of one prompt, shape (Q, D)."""
        get = lambda name: self.get(f"{prefix}.{name}")  # noqa: E731
        linear = lambda x, name: x @ get(f"{name}.weight").T + get(f"{name}.bias")  # noqa: E731

        def norm(x: torch.Tensor, name: str) -> torch.Tensor:
            centred = x - x.mean(-1, keepdim=True)
            scaled = centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
            return scaled * get(f"{name}.weight") + get(f"{name}.bias")

        def attend(x: torch.Tensor, memory: torch.Tensor, name: str) -> torch.Tensor:
            weights = get(f"{name}.in_proj_weight").chunk(3)
            biases = get(f"{name}.in_proj_bias").chunk(3)
            q, k, v = (one @ w.T + c for one, w, c in zip((x, memory, memory), weights, biases, strict=True))
            heads = [
                (q_ @ k_.T / math.sqrt(q_.shape[-1])).softmax(-1) @ v_
                for q_, k_, v_ in zip(*(one.chunk(config.heads, -1) for one in (q, k, v)), strict=True)
            ]
            return linear(torch.cat(heads, -1), f"{name}.out_proj")

        atoms = linear(self.prompt["states"][row][mask], "input")
        atoms = atoms + get("role.weight")[self.prompt["roles"][row][mask]]
        atoms = atoms + get("molecule.weight")[self.prompt["molecule_index"][row][mask]]
        x = get("queries")
        for number in range(config.depth):
            block = f"blocks.{number}"
            normed = norm(x, f"{block}.norm1")
            x = x + attend(normed, normed, f"{block}.self_attn")
            x = x + attend(norm(x, f"{block}.norm2"), atoms, f"{block}.multihead_attn")
            inner = linear(norm(x, f"{block}.norm3"), f"{block}.linear1")
            inner = inner * 0.5 * (1 + torch.erf(inner / math.sqrt(2)))
            x = x + linear(inner, f"{block}.linear2")
        return norm(x, "norm")


def distance(found: torch.Tensor, wanted: torch.Tensor, least: float = 0.0) -> float:
    """Relative error in the norm."""
    found, wanted = found.detach().double(), wanted.detach().double()
    return float((found - wanted).norm() / max(float(wanted.norm()), least, 1e-30))


TARGET = torch.randn(3, 6, VOCAB, generator=draw(5), dtype=torch.float64)


@EVERY_CASE
@EVERY_FAMILY
@pytest.mark.parametrize("dtype", TOLERANCES, ids=lambda dtype: str(dtype).removeprefix("torch."))
def test_logits_and_gradients_are_those_of_the_equations(case: Case, family: str, dtype: torch.dtype) -> None:
    subject = make(case, family, dtype)
    subject.model.train()
    prompt = {name: one.clone() for name, one in PROMPT.items()}
    prompt["states"].requires_grad_()
    with subject.scope(prompt):
        logits = subject.model(IDS, attention_mask=REAL).logits
    (logits.double() * TARGET)[REAL].sum().backward()

    learned = dict(subject.adapter.named_parameters())
    wanted = run_reference(subject, make_decoder(family, dtype).double())
    # What the decoder's own rounding does to outputs and gradients is not the adapter's: the same equations, beside the
    # decoder in its own arithmetic, say how much that is.
    rounded = run_reference(subject, make_decoder(family, dtype)) if dtype is torch.bfloat16 else wanted
    tolerance = TOLERANCES[dtype]
    assert distance(logits[REAL], rounded.logits[REAL]) < tolerance + distance(
        rounded.logits[REAL], wanted.logits[REAL]
    )
    found = {name: one.grad.double() for name, one in learned.items() if one.grad is not None}
    assert found.keys() == learned.keys(), "a weight that gets no gradient"
    if case.is_conditioned:
        found["states"] = prompt["states"].grad
    whole = torch.cat([one.flatten() for one in wanted.grads.values()])
    if dtype is torch.bfloat16:
        # Together: which single weights rounding falls on is a matter of chance.
        near = torch.cat([one.flatten() for one in rounded.grads.values()])
        ours = torch.cat([found[name].flatten() for name in wanted.grads])
        assert distance(ours, near) < 5 * tolerance + distance(near, whole)
    else:
        for name, gradient in found.items():
            # One that is zero but for rounding (a key's bias) is measured by the length of all together.
            assert distance(gradient, wanted.grads[name], 0.03 * float(whole.norm())) < 5 * tolerance, name
    if wanted.balance is not None:
        assert distance(subject.adapter.balance_loss(), wanted.balance) < tolerance + (
            0.0 if rounded.balance is None else distance(rounded.balance, wanted.balance)
        )


@dataclass(frozen=True, eq=False)
class Expected:
    """What the equations give."""

    logits: torch.Tensor
    grads: dict[str, torch.Tensor]
    balance: torch.Tensor | None


def run_reference(subject: Subject, plain: PreTrainedModel) -> Expected:
    """Run the equations beside a plain decoder, in fp64 but for the decoder's own arithmetic."""
    state = {name: tensor.detach().double() for name, tensor in subject.adapter.state_dict().items()}
    leaves = {name: state[name].requires_grad_() for name, _ in subject.adapter.named_parameters()}
    states = PROMPT["states"].clone().requires_grad_()
    plain.requires_grad_(False)
    reference = Reference(plain, subject.case.configs, state, {**PROMPT, "states": states}, REAL)
    logits = plain(IDS, attention_mask=REAL).logits
    torch.stack([(logits.double() * TARGET)[REAL].sum(), *reference.balance]).sum().backward()
    assert reference.used == set(state), "the equations need other weights than there are"
    leaves |= {"states": states} if subject.case.is_conditioned else {}
    grads = {name: torch.zeros_like(one) if one.grad is None else one.grad for name, one in leaves.items()}
    return Expected(
        logits.detach(), grads, torch.stack(reference.balance).sum().detach() if reference.balance else None
    )


# ------------------------------------------------------------------------------------------------------------ its life


@EVERY_CASE
@EVERY_FAMILY
def test_a_fresh_adapter_is_the_frozen_model(case: Case, family: str) -> None:
    plain, subject = make_decoder(family), make(case, family, fresh=True)
    if not case.preserves:
        # Published: a fresh block gives (1 + p1 + p2) times the frozen one's output.
        place = "layers.1.mlp"
        router = subject.adapter.state_dict()[f"{place}.router.weight"]
        plain.get_decoder().get_submodule(place).register_forward_hook(
            lambda _, args, y: y * (1 + (args[0] @ router.T).softmax(-1).topk(2).values.sum(-1, keepdim=True))
        )
    assert distance(subject.logits()[REAL], plain(IDS, attention_mask=REAL).logits[REAL]) < 1e-6


@EVERY_CASE
def test_training_moves_the_adapter_and_nothing_else_and_resumes(case: Case, tmp_path: Path) -> None:
    def train(subject: Subject, optimiser: torch.optim.Optimizer, steps: int) -> None:
        subject.model.train()
        for _ in range(steps):
            optimiser.zero_grad()
            with subject.scope():
                loss = subject.model(IDS, attention_mask=REAL, labels=IDS).loss
            loss.backward()
            optimiser.step()

    subject = make(case)
    frozen = {name: one.clone() for name, one in subject.model.named_parameters() if not one.requires_grad}
    before = {name: one.clone() for name, one in subject.adapter.named_parameters()}
    optimiser = torch.optim.AdamW(subject.adapter.parameters(), lr=1e-2, weight_decay=0.0)
    train(subject, optimiser, 2)
    parameters = dict(subject.model.named_parameters())
    assert all(torch.equal(parameters[name], one) for name, one in frozen.items())
    assert [name for name, one in subject.adapter.named_parameters() if torch.equal(one, before[name])] == []

    save_adapter(subject.adapter, tmp_path / "adapter")
    model = make_decoder("llama")
    resumed = Subject(model, load_adapter(model, tmp_path / "adapter"), case)
    other = torch.optim.AdamW(resumed.adapter.parameters(), lr=1e-2, weight_decay=0.0)
    other.load_state_dict(copy.deepcopy(optimiser.state_dict()))
    train(subject, optimiser, 2)
    train(resumed, other, 2)
    for name, one in subject.adapter.state_dict().items():
        assert torch.equal(resumed.adapter.state_dict()[name], one), name


@EVERY_CASE
def test_disable_remove_and_copies(case: Case) -> None:
    plain, subject = make_decoder("llama"), make(case)
    frozen, adapted = plain(IDS, attention_mask=REAL).logits, subject.logits()
    assert distance(adapted, frozen) > 1e-3
    model, adapter = copy.deepcopy((subject.model, subject.adapter))
    copied = Subject(model, adapter, case)
    assert torch.equal(copied.logits(), adapted)
    with subject.adapter.disabled():
        assert torch.equal(subject.logits(), frozen)
    assert torch.equal(subject.logits(), adapted)
    subject.adapter.remove()
    assert torch.equal(subject.model(IDS, attention_mask=REAL).logits, frozen)
    assert [name for name, _ in subject.model.named_modules()] == [name for name, _ in plain.named_modules()]
    assert all(one.requires_grad for one in subject.model.parameters())
    assert not any(one._forward_pre_hooks or one._forward_hooks for one in subject.model.modules())
    assert torch.equal(copied.logits(), adapted)


@EVERY_CASE
def test_saved_and_loaded_to_the_same_bits_and_strictly(case: Case, tmp_path: Path) -> None:
    subject = make(case)
    save_adapter(subject.adapter, tmp_path / "adapter")
    model = make_decoder("llama")
    loaded = Subject(model, load_adapter(model, tmp_path / "adapter"), case)
    assert torch.equal(loaded.logits(), subject.logits())
    path = tmp_path / "adapter" / "adapter.safetensors"
    tensors = load_file(path)
    first = next(iter(tensors))
    for change in (
        {name: one for name, one in tensors.items() if name != first},
        {**tensors, "more": torch.zeros(1)},
        {**tensors, first: torch.zeros(7, 7)},
    ):
        with pytest.raises(AdapterError):
            loaded.adapter.load_state_dict(change)
    save_file({**tensors, "more": torch.zeros(1)}, path)
    with pytest.raises(AdapterError, match="not what"):
        load_adapter(make_decoder("llama"), tmp_path / "adapter")
    manifest = tmp_path / "adapter" / "adapter.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "schema_version": 9}))
    with pytest.raises(AdapterError, match="9"):
        load_adapter(make_decoder("llama"), tmp_path / "adapter")


@EVERY_CASE
def test_merges_or_says_why_not(case: Case, tmp_path: Path) -> None:
    subject = make(case)
    adapted = subject.logits()
    if case.no_merge is not None:
        for refused in (subject.adapter.merge, partial(subject.adapter.remove, keep_merged=True)):
            with pytest.raises(MergeError, match=case.no_merge):
                refused()
        assert torch.equal(subject.logits(), adapted)
        return
    subject.adapter.merge()
    assert distance(subject.logits(), adapted) < 1e-5
    subject.adapter.unmerge()
    assert torch.equal(subject.logits(), adapted)
    subject.adapter.remove(keep_merged=True)
    subject.model.save_pretrained(tmp_path / "plain")
    plain = AutoModelForCausalLM.from_pretrained(tmp_path / "plain").eval()
    assert distance(plain(IDS, attention_mask=REAL).logits, adapted) < 1e-5


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
@EVERY_CASE
def test_peft_loads_it_or_it_is_refused(case: Case, tmp_path: Path) -> None:
    subject = make(case)
    one = {name: tensor[1:2].float() if name == "states" else tensor[1:2] for name, tensor in PROMPT.items()}
    options = one if case.is_conditioned else {}
    if case.no_export is not None:
        with pytest.raises(MergeError, match=case.no_export):
            export_lora(subject.adapter, tmp_path / "lora", **options)
        return
    export_lora(subject.adapter, tmp_path / "lora", **options)
    subject.prompt = one
    loaded = PeftModel.from_pretrained(make_decoder("llama"), tmp_path / "lora").eval()
    assert distance(loaded(IDS[1:2]).logits, subject.logits(IDS[1:2], None)) < 1e-5


@EVERY_CASE
def test_two_adapters_are_switched(case: Case) -> None:
    first = make(case)
    adapted = first.logits()
    second = Subject(first.model, inject(first.model, case.configs, name="second"), case)
    shake(second.adapter, seed=9)
    other = second.logits()
    assert distance(other, adapted) > 1e-3
    second.adapter.set_active("default")
    assert torch.equal(first.logits(), adapted)
    second.adapter.enable()
    assert torch.equal(second.logits(), other)
    first.adapter.remove()
    assert torch.equal(second.logits(), other)
    second.adapter.remove()
    assert torch.equal(
        first.model(IDS, attention_mask=REAL).logits, make_decoder("llama")(IDS, attention_mask=REAL).logits
    )
    assert all(one.requires_grad for one in first.model.parameters()), "what was trainable before is so again"


@pytest.mark.filterwarnings("ignore:`gradient_checkpointing_enable` is deprecated:FutureWarning")
@pytest.mark.parametrize("reentrant", [False, True])
@EVERY_CASE
def test_checkpointing_gives_the_same_gradients(case: Case, reentrant: bool) -> None:
    subject = make(case, dtype=torch.float64)
    subject.model.train()

    def read() -> dict[str, torch.Tensor]:
        loss = torch.zeros((), dtype=torch.float64)
        for order in ([0, 1, 2], [2, 0, 1]):
            with subject.scope({name: one[order] for name, one in PROMPT.items()}):
                loss = loss + subject.model(IDS[order], attention_mask=REAL, labels=IDS).loss
        loss.backward()
        found = {name: one.grad.clone() for name, one in subject.adapter.named_parameters()}
        subject.model.zero_grad()
        return found

    plain = read()
    subject.model.gradient_checkpointing_enable({"use_reentrant": reentrant})
    subject.model.enable_input_require_grads()
    for name, one in read().items():
        torch.testing.assert_close(one, plain[name], msg=name)


@pytest.mark.parametrize("cache", ["dynamic", "static"])
@pytest.mark.parametrize("beams", [1, 2])
@EVERY_CASE
def test_generation_equals_full_forwards(case: Case, cache: str, beams: int) -> None:
    subject = make(case)
    with torch.no_grad(), subject.scope():
        found = subject.model.generate(
            IDS, attention_mask=torch.ones_like(IDS), max_new_tokens=3, do_sample=False, num_beams=beams,
            num_return_sequences=beams, cache_implementation=cache, disable_compile=True,
            return_dict_in_generate=True, output_scores=True,
        )  # fmt: skip
        logits = subject.model(found.sequences).logits.log_softmax(-1)
    new = found.sequences[:, IDS.shape[1] :]
    if beams == 1:
        assert torch.equal(new, logits[:, IDS.shape[1] - 1 : -1].argmax(-1))
    else:
        scores = logits[:, IDS.shape[1] - 1 : -1].gather(-1, new[..., None]).sum((1, 2))
        torch.testing.assert_close(scores / new.shape[1], found.sequences_scores, atol=1e-4, rtol=1e-4)


@EVERY_CASE
def test_autocast(case: Case) -> None:
    subject = make(case)
    exact = subject.logits()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = subject.logits()
    assert distance(found[REAL], exact[REAL]) < 5e-2
    found.float().square().sum().backward()
    assert all(one.grad is not None and one.grad.isfinite().all() for one in subject.adapter.parameters())


@EVERY_CASE
def test_an_unknown_family_is_refused_by_name(case: Case) -> None:
    model = make_decoder("llama")
    model.config.model_type = "lllama"
    with pytest.raises(AdapterError, match=r"lllama.*families\.py"):
        inject(model, case.configs)

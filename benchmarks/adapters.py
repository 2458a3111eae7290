"""Speed and memory of the adapters against PEFT's LoRA of the same rank on the same decoder.

Arms take turns, round after round, so that a busy machine hurts all of them alike; a figure is the median over rounds
of the ratio within a round, with its quartiles. Peak memory is measured in a process per arm. Shapes: (a) 512 wide, 8
layers, feed-forward 1376, 8 x 128 tokens; (b) four blocks of Llama-3.2-1B (2048 wide, feed-forward 8192, 32 query and
8 key-value heads), 1 x 512 tokens; the vocabulary is cut to 4,096 so that the head is not what is timed.

    python benchmarks/adapters.py                            # all sections on the CPU
    python benchmarks/adapters.py --device cuda --dtype bf16 --full   # (b) with all 16 layers
    python benchmarks/adapters.py --only steps --shapes a --rounds 9
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

import peft
import torch
from machine import describe_machine, peak_memory_mib
from torch import nn
from torch.nn import functional
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM

from anymol.adapters import Adapter, GalConfig, MogeConfig, MoraConfig, inject
from anymol.adapters.moge.block import MogeBlock

RESULTS = Path(__file__).parent / "results" / "adapters.json"
RANK = 64
STATE_WIDTH = 300
N_ATOMS = 30


class Section(StrEnum):
    """What is measured."""

    STEPS = "steps"
    CLONES = "clones"
    DECODE = "decode"
    MEMORY = "memory"


class Arm(StrEnum):
    """What trains."""

    LORA = "PEFT LoRA"
    GAL = "GAL"
    MOGE = "MoGE + GAL"
    MOGE_RECOMPUTED = "MoGE + GAL, experts recomputed"
    MORA = "MoRA, all linears of all layers"
    LORA_PUBLISHED = "PEFT LoRA at MoRA's places"
    MORA_PUBLISHED = "MoRA, q k v o of every 4th layer"


@dataclass(frozen=True)
class Shape:
    """A decoder with its batch."""

    name: str
    config: LlamaConfig
    rows: int
    length: int


@dataclass(frozen=True)
class Figure:
    """One line of the result.

    Attributes:
        section: What was measured.
        shape: On which decoder.
        name: Of the figure, a ratio to the named baseline.
        value: Median over rounds.
        low: First quartile.
        high: Third quartile.
        must: What it must reach; None where the issue is silent.
        aim: What it should reach.
        at_most: Whether less is better.
        note: What else to know.
    """

    section: str
    shape: str
    name: str
    value: float
    low: float
    high: float
    must: float | None = None
    aim: float | None = None
    at_most: bool = True
    note: str = ""

    @property
    def verdict(self) -> str:
        """What the figure reaches."""
        if self.must is None or self.aim is None:
            return ""
        sign = 1 if self.at_most else -1
        if sign * self.value <= sign * self.aim:
            return "aim"
        return "must" if sign * self.value <= sign * self.must else "MISSED"


def main() -> None:
    """Read the arguments, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", type=Section, default=list(Section), choices=list(Section))
    parser.add_argument("--shapes", nargs="+", default=["a", "b"], choices=["a", "b"])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="fp32", choices=["fp32", "bf16"], help="of the frozen decoder")
    parser.add_argument("--full", action="store_true", help="(b) with all 16 layers of Llama-3.2-1B")
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--measure-peak", type=Arm, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    bench = Bench(torch.device(arguments.device), DTYPES[arguments.dtype], arguments.rounds)
    shapes = [make_shape(name, full=arguments.full) for name in arguments.shapes]
    if arguments.measure_peak is not None:
        print(bench.measure_peak(shapes[0], arguments.measure_peak))
        return
    figures: list[Figure] = []
    for shape in shapes:
        for section in arguments.only:
            for figure in bench.run(section, shape):
                print(
                    f"({shape.name}) {figure.name:<58} {figure.value:6.2f}  [{figure.low:.2f}, {figure.high:.2f}]  "
                    f"{'' if figure.must is None else f'must {figure.must:g}, aim {figure.aim:g}: {figure.verdict}'} "
                    f"{figure.note}",
                    flush=True,
                )
                figures.append(figure)
    arguments.output.parent.mkdir(exist_ok=True)
    result = {
        "machine": describe_machine(),
        "device": arguments.device,
        "dtype": arguments.dtype,
        "rank": RANK,
        "rounds": arguments.rounds,
        "figures": [{**asdict(figure), "verdict": figure.verdict} for figure in figures],
    }
    arguments.output.write_text(json.dumps(result, indent=1) + "\n")


DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def make_shape(name: str, *, full: bool) -> Shape:
    """Return shape (a) or (b)."""
    if name == "a":
        config = LlamaConfig(
            hidden_size=512, intermediate_size=1376, num_hidden_layers=8, num_attention_heads=8, num_key_value_heads=8,
            vocab_size=4096,
        )  # fmt: skip
        return Shape(name, config, 8, 128)
    config = LlamaConfig(
        hidden_size=2048, intermediate_size=8192, num_hidden_layers=16 if full else 4, num_attention_heads=32,
        num_key_value_heads=8, head_dim=64, vocab_size=4096,
    )  # fmt: skip
    return Shape(name, config, 1, 512)


@dataclass(frozen=True)
class Bench:
    """Where and how often things are measured."""

    device: torch.device
    dtype: torch.dtype
    rounds: int

    def run(self, section: Section, shape: Shape) -> Iterator[Figure]:
        """Yield the figures of a section."""
        match section:
            case Section.STEPS:
                yield from self.compare_steps(shape)
            case Section.CLONES:
                yield from self.compare_clones(shape)
            case Section.DECODE:
                yield from self.compare_decoding(shape)
            case Section.MEMORY:
                yield from self.compare_memory(shape)

    # ---------------------------------------------------------------------------------------------------------- steps

    def compare_steps(self, shape: Shape) -> Iterator[Figure]:
        """Compare forward, backward and optimiser step."""
        frozen = self.make_decoder(shape)
        steps = {arm: self.make_step(frozen, shape, arm) for arm in Arm}
        times = self.take_turns(steps)
        bounds: dict[Arm, tuple[Arm, float | None, float | None]] = {
            Arm.GAL: (Arm.LORA, 1.05, 1.0),
            Arm.MOGE: (Arm.LORA, 1.35, 1.15),
            Arm.MOGE_RECOMPUTED: (Arm.LORA, None, None),
            Arm.MORA: (Arm.LORA, 1.30, 1.10),
            Arm.MORA_PUBLISHED: (Arm.LORA_PUBLISHED, 1.30, 1.10),
        }
        for arm, (baseline, must, aim) in bounds.items():
            seconds = statistics.median(times[baseline])
            yield self.ratio(
                Section.STEPS, shape, f"step: {arm} / {baseline}", times[arm], times[baseline], must, aim,
                note=f"(baseline {seconds * 1e3:.0f} ms)",
            )  # fmt: skip

    def make_decoder(self, shape: Shape) -> LlamaForCausalLM:
        """Return a decoder with random weights, the same each time."""
        torch.manual_seed(0)
        decoder: Any = LlamaForCausalLM(shape.config)
        decoder.to(device=self.device, dtype=self.dtype).requires_grad_(False)
        return cast(LlamaForCausalLM, decoder)

    def make_step(self, frozen: LlamaForCausalLM, shape: Shape, arm: Arm) -> Callable[[], None]:
        """Return a training step of one arm; the frozen weights are shared by all arms."""
        memo = {id(parameter): parameter for parameter in frozen.parameters()}
        model = copy.deepcopy(frozen, memo)
        add_adapter(model, arm)
        model.train()
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        optimiser = torch.optim.AdamW(trained, lr=1e-4, fused=True)
        ids = torch.randint(0, shape.config.vocab_size, (shape.rows, shape.length), device=self.device)
        molecules = self.make_molecules(shape.rows)

        def step() -> None:
            adapter = getattr(model, "benchmarked", None)
            with condition(adapter, molecules):
                logits = model(ids, use_cache=False).logits
                loss = functional.cross_entropy(logits.flatten(0, 1).float(), ids.flatten())
            loss.backward()
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)

        return step

    def make_molecules(self, n: int) -> dict[str, Any]:
        """Return atom states of `n` different molecules."""
        states = torch.randn(n, N_ATOMS, STATE_WIDTH, device=self.device)
        return {"states": states, "mask": torch.ones(n, N_ATOMS, dtype=torch.bool, device=self.device)}

    # --------------------------------------------------------------------------------------------------------- clones

    def compare_clones(self, shape: Shape) -> Iterator[Figure]:
        """Compare one MoGE block with the form that clones the feed-forward block per expert."""
        model = self.make_decoder(shape)
        adapter = inject(model, MogeConfig.model_validate({"rank": RANK, "layers": [0], "balance_weight": 0.0}))
        (block,) = adapter.blocks
        with torch.no_grad():
            block.inward.b.normal_(std=0.01)
            block.outward.b.normal_(std=0.01)
        base: Any = adapter.decoder.get("layers.0.mlp").base
        clones = ClonedExperts(base, block)
        n = shape.rows * shape.length
        x = torch.randn(n, shape.config.hidden_size, device=self.device, dtype=self.dtype, requires_grad=True)
        ours, theirs = block(base, x), clones(x)
        assert torch.allclose(ours, theirs, atol=1e-4 if self.dtype is torch.float32 else 5e-2)
        gradient = torch.randn_like(ours)

        def make(run: Callable[[], torch.Tensor], weights: list[nn.Parameter]) -> Callable[[], None]:
            def step() -> None:
                run().backward(gradient)
                for one in (x, *weights):
                    one.grad = None

            return step

        block.train()
        times = self.take_turns(
            {
                "clones": make(lambda: clones(x), list(clones.parameters())),
                "moge": make(lambda: block(base, x), list(block.parameters())),
            }
        )
        limit = flop_limit(shape.config.hidden_size, shape.config.intermediate_size)
        found = self.ratio(Section.CLONES, shape, "", times["clones"], times["moge"], None, None)
        yield Figure(
            Section.CLONES, shape.name, "cloned experts / MoGE, as a part of the FLOP limit", found.value / limit,
            found.low / limit, found.high / limit, 0.75, 0.9, at_most=False,
            note=f"({found.value:.2f} x of {limit:.2f} x)",
        )  # fmt: skip

    # --------------------------------------------------------------------------------------------------------- decode

    @torch.no_grad()
    def compare_decoding(self, shape: Shape, batch: int = 16, past: int = 64) -> Iterator[Figure]:
        """Compare decoding with 16 molecules: with the frozen model, and with merged weights one by one."""
        model = self.make_decoder(shape).eval()
        molecules = self.make_molecules(batch)
        ids = torch.randint(0, shape.config.vocab_size, (batch, past), device=self.device)
        heads: dict[str, Adapter] = {}
        for head in ("factored", "full"):
            config = MoraConfig.model_validate(
                {"rank": RANK, "every": 4, "targets": ["q", "k", "v", "o"], "head": head, "depth": 2}
            )
            heads[head] = inject(model, config, name=head)
            for name, parameter in heads[head].named_parameters():
                if name.endswith(".b"):
                    parameter.normal_(std=0.01)
        cache = DynamicCache(config=shape.config)
        plain = model(ids, past_key_values=cache).logits
        alone = DynamicCache(config=shape.config)
        model(ids[:1], past_key_values=alone)

        def decode(tokens: torch.Tensor, past_key_values: DynamicCache) -> None:
            model(tokens[:, -1:], past_key_values=past_key_values)
            past_key_values.crop(-1)

        def frozen() -> None:
            heads["factored"].disable()
            decode(ids, cache)

        def one_by_one() -> None:
            # Merged weights make each molecule's model as fast as the frozen one; the merging is not counted.
            heads["factored"].disable()
            for _ in range(batch):
                decode(ids[:1], alone)

        def mixed(head: str) -> Callable[[], None]:
            # The scope is opened once per prompt and not once per token, so it stays open.
            scope = heads[head].conditioned_on(**molecules)
            scope.__enter__()
            heads[head].enable()
            assert not torch.equal(model(ids).logits, plain), "the adapter takes part"

            def step() -> None:
                heads[head].enable()
                decode(ids, cache)

            return step

        times = self.take_turns(
            {
                "frozen": frozen,
                "one by one": one_by_one,
                "factored": mixed("factored"),
                "full": mixed("full"),
            },
            rounds=5 * self.rounds,
        )
        bounds = {"factored": (1.25, 1.10), "full": (None, None)}
        for head, (must, aim) in bounds.items():
            name = f"decode, 16 molecules, every 4th layer: MoRA {head} / frozen"
            yield self.ratio(Section.DECODE, shape, name, times[head], times["frozen"], must, aim)
        name = "decode: one molecule at a time, merged / 16 molecules at once"
        found = self.ratio(Section.DECODE, shape, name, times["one by one"], times["factored"], 4.0, 8.0)
        yield Figure(**{**asdict(found), "at_most": False})

    # --------------------------------------------------------------------------------------------------------- memory

    def compare_memory(self, shape: Shape) -> Iterator[Figure]:
        """Compare stored weights and the peak of a training step."""
        stored = {}
        for arm in (Arm.LORA, Arm.MOGE):
            model = self.make_decoder(shape)
            add_adapter(model, arm)
            stored[arm] = sum(parameter.numel() * parameter.element_size() for parameter in model.parameters())
        value = stored[Arm.MOGE] / stored[Arm.LORA]
        yield Figure(
            Section.MEMORY, shape.name, "stored weights: MoGE + GAL / PEFT LoRA", value, value, value, 1.05, 1.05
        )
        peaks = {arm: self._ask_peak(shape, arm) for arm in (Arm.LORA, Arm.MOGE, Arm.MOGE_RECOMPUTED)}
        for arm, must, aim in ((Arm.MOGE, 1.35, 1.35), (Arm.MOGE_RECOMPUTED, 1.35, 1.15)):
            value = peaks[arm] / peaks[Arm.LORA]
            note = f"(baseline {peaks[Arm.LORA]:.0f} MiB)"
            yield Figure(
                Section.MEMORY, shape.name, f"peak memory: {arm} / PEFT LoRA", value, value, value, must, aim, note=note
            )

    def _ask_peak(self, shape: Shape, arm: Arm) -> float:
        command = [sys.executable, __file__, "--measure-peak", arm.value, "--shapes", shape.name]
        command += ["--device", str(self.device), "--dtype", next(k for k, v in DTYPES.items() if v is self.dtype)]
        if shape.config.num_hidden_layers == 16:
            command.append("--full")
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])

    def measure_peak(self, shape: Shape, arm: Arm) -> float:
        """Return the peak of two steps in MiB, beyond what the imports take."""
        before = peak_memory_mib()
        step = self.make_step(self.make_decoder(shape), shape, arm)
        step()
        step()
        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated() / 2**20
        return peak_memory_mib() - before

    # --------------------------------------------------------------------------------------------------------- timing

    def take_turns(self, runs: Mapping[Any, Callable[[], None]], rounds: int | None = None) -> dict[Any, list[float]]:
        """Time every run once per round, after two to warm up."""
        times: dict[Any, list[float]] = {name: [] for name in runs}
        for number in range((rounds or self.rounds) + 2):
            for name, run in runs.items():
                self._wait()
                started = time.perf_counter()
                run()
                self._wait()
                if number >= 2:
                    times[name].append(time.perf_counter() - started)
        return times

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def ratio(
        self, section: Section, shape: Shape, name: str, over: list[float], under: list[float], must: float | None,
        aim: float | None, note: str = "",
    ) -> Figure:  # fmt: skip
        """Return the median ratio of two arms within a round, with quartiles."""
        low, middle, high = statistics.quantiles([a / b for a, b in zip(over, under, strict=True)], n=4)
        return Figure(section, shape.name, name, middle, low, high, must, aim, note=note)


def add_adapter(model: Any, arm: Arm) -> None:
    """Put an arm's adapter into a decoder; its handle, where it has one, becomes ``model.benchmarked``."""
    gal = GalConfig(rank=RANK)
    linears = ("q", "k", "v", "o", "gate", "up", "down")
    match arm:
        case Arm.LORA:
            add_lora(model, r".*\.\w+_proj")
        case Arm.LORA_PUBLISHED:
            add_lora(model, r".*\.layers\.(0|4|8|12)\.self_attn\.\w+_proj")
        case Arm.GAL:
            inject(model, gal)
        case Arm.MOGE:
            inject(model, [MogeConfig(rank=RANK), gal])
        case Arm.MOGE_RECOMPUTED:
            inject(model, [MogeConfig(rank=RANK, recompute=True), gal])
        case Arm.MORA:
            mora = MoraConfig.model_validate({"rank": RANK, "layers": "all", "targets": linears})
            model.benchmarked = inject(model, mora)
        case Arm.MORA_PUBLISHED:
            mora = MoraConfig.model_validate({"rank": RANK, "every": 4, "targets": linears[:4]})
            model.benchmarked = inject(model, mora)


def add_lora(model: LlamaForCausalLM, pattern: str) -> None:
    """Put PEFT's LoRA at the modules whose whole name matches."""
    config = peft.LoraConfig(r=RANK, lora_alpha=16, target_modules=pattern)
    peft.inject_adapter_in_model(config, model)


def condition(adapter: Adapter | None, molecules: dict[str, Any]) -> Any:
    """Return MoRA's scope; nothing where the arm has none."""
    return torch.enable_grad() if adapter is None else adapter.conditioned_on(**molecules)


class ClonedExperts(nn.Module):
    """The form that stores and runs a clone of the feed-forward block per expert, tokens gathered by expert."""

    def __init__(self, base: nn.Module, block: MogeBlock) -> None:
        super().__init__()
        self.router = copy.deepcopy(block.router)
        n_experts = block.inward.a.shape[0]
        self.experts = nn.ModuleList(copy.deepcopy(base).requires_grad_(False) for _ in range(n_experts))
        self.pairs = nn.ModuleList()
        for expert in range(n_experts):
            gamma_in, gamma_out = block.inward.gamma()[expert], block.outward.gamma()[expert]
            self.pairs.append(
                nn.ParameterList(
                    tensor.detach().clone()
                    for tensor in (
                        block.inward.a[expert, 0], gamma_in[0] * block.inward.b[expert, 0],
                        block.inward.a[expert, 1], gamma_in[1] * block.inward.b[expert, 1],
                        block.outward.a[expert, 0], gamma_out[0] * block.outward.b[expert, 0],
                    )
                )
            )  # fmt: skip

    def run_expert(self, number: int, x: torch.Tensor) -> torch.Tensor:
        """Run one clone with its pairs."""
        base: Any = self.experts[number]
        pairs: Any = self.pairs[number]
        a_gate, b_gate, a_up, b_up, a_down, b_down = (tensor.to(x.dtype) for tensor in pairs)
        gate = base.gate_proj(x) + functional.linear(functional.linear(x, a_gate), b_gate)
        up = base.up_proj(x) + functional.linear(functional.linear(x, a_up), b_up)
        h = base.act_fn(gate) * up
        down: torch.Tensor = base.down_proj(h) + functional.linear(functional.linear(h, a_down), b_down)
        return down

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the experts' weighted sum, shape (N, H)."""
        routing = self.router(x)
        k = self.router.top_k
        total: torch.Tensor = sum(
            self.run_expert(self.router.experts + shared, x) * routing.weights[:, k + shared, None].to(x.dtype)
            for shared in range(self.router.shared)
        )
        for expert in range(self.router.experts):
            rows, column = (routing.chosen == expert).nonzero(as_tuple=True)
            weight = routing.weights[rows, column, None].to(x.dtype)
            total = total.index_add(0, rows, self.run_expert(expert, x[rows]) * weight)
        return total


def flop_limit(width: int, inner: int, per_token: int = 3) -> float:
    """Return how much faster MoGE can be than clones, by multiplications of forward and backward.

    A frozen product is done twice (output, gradient of the input), a low-rank one three times; clones repeat the frozen
    ones for each of the `per_token` experts of a token.
    """
    frozen, low = 2 * 3 * width * inner, 3 * 3 * RANK * (width + inner)
    return per_token * (frozen + low) / (frozen + per_token * low)


if __name__ == "__main__":
    main()

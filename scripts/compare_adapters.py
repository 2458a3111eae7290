"""Train every adapter method on the embedded decoder, with equal trainable weights and equal steps, and measure it.

    python scripts/compare_adapters.py SHARDS OUTPUT [--arms lora gal ...] [--seeds 0 1 2] [--steps 200]
    python scripts/draw_adapters.py OUTPUT docs/results

The shards should hold graphs (``graph_fraction: 1.0`` in the components of their config), so that MoRA has molecules
to read. Two text-only tasks and plain documents are never trained on: they show what is forgotten. Each trial writes
``OUTPUT/TRIAL.json``; a trial that has one is not repeated, so the script can be stopped and started again.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import peft
import torch
from scipy.stats import spearmanr
from torch import nn
from torch.nn.functional import cross_entropy

from anymol.adapters import Adapter, GalConfig, MogeConfig, MoraConfig, inject
from anymol.adapters.config import AdapterConfig
from anymol.adapters.gal.layer import GalLinear
from anymol.adapters.moge.block import MogeBlock
from anymol.adapters.mora.network import MoraNetwork
from anymol.chem.fingerprints import morgan, tanimoto
from anymol.chem.parsing import parse_smiles
from anymol.data.example import InstructionExample
from anymol.data.shards import PRETRAIN, ShardReader
from anymol.evaluation.probes.adapter_similarity import compare_similarity
from anymol.evaluation.probes.effective_rank import effective_rank, effective_rank_of_product
from anymol.evaluation.probes.gradient_agreement import measure_agreement
from anymol.evaluation.probes.molecule_swap import select_swappable, swap_molecules
from anymol.files import write_atomically
from anymol.modalities.content import RecordPart
from anymol.modalities.modality import Modality
from anymol.models.checkpoint import load_checkpoint
from anymol.models.locating import locate_model
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.training.corpus import EncodedCorpus, encode_corpus
from anymol.training.forward import compute_target_logits
from anymol.training.optimisation import Schedule, ScheduleConfig
from anymol.training.packing import PackedBatch, collate_rows, pack_rows
from anymol.training.preparation import encode_examples
from anymol.training.stages import MixtureConfig, Precision
from anymol.training.stream import BatchStream

ROW_LENGTH: Final = 256
SIMILAR: Final = 200
"""Molecules whose generated adapters are compared."""
ROWS: Final = 16
"""Packed rows of a step: 4,096 positions."""
VALIDATION_ROWS: Final = 96
"""Validation examples per task."""
SCHEDULE: Final = ScheduleConfig(kind=Schedule.COSINE, warmup=0.1, floor=0.05)
MIXTURE: Final[Mapping[str, float]] = {
    "forward_reaction": 20,
    "retrosynthesis": 16,
    "reagent_prediction": 8,
    "captioning": 10,
    "molecule_editing": 12,
    "molecular_weight": 10,
    "logp": 10,
    "tpsa": 10,
}
UNTRAINED: Final = ("name_to_molecule", "text_guided_design", PRETRAIN)
"""Text-only tasks and plain documents: what a method may forget."""


@dataclass(frozen=True)
class Lora:
    """The baseline, PEFT's own."""

    rank: int
    alpha: int
    rslora: bool = False


@dataclass(frozen=True)
class Arm:
    """One method.

    Attributes:
        parts: Its configs, or PEFT's LoRA.
        lr: Peak learning rate, the best of those tried on seed 0.
    """

    parts: Lora | tuple[AdapterConfig, ...]
    lr: float


MOGE: Final = {"experts": 5, "top_k": 2, "layers": "last_quarter", "start": "preserving"}
MORA: Final = {"rank": 8, "alpha": 8, "layers": "all", "state_width": 128, "width": 56, "depth": 2}
_ATTENTION: Final = ("q", "k", "v", "o")
ARMS: Final[Mapping[str, Arm]] = {
    # Ranks and widths are chosen so that every arm trains about 310,000 weights.
    "lora": Arm(Lora(16, 16), 3e-3),
    "rslora": Arm(Lora(16, 16, rslora=True), 3e-3),
    "gal": Arm((GalConfig(rank=16, alpha=16),), 1e-2),
    "moge": Arm((MogeConfig.model_validate({"rank": 9, "alpha": 9, **MOGE}), GalConfig(rank=9, alpha=9)), 1e-2),
    "mora": Arm((MoraConfig.model_validate({**MORA, "targets": [*_ATTENTION, "gate", "up", "down"]}),), 3e-3),
    "mora_moge": Arm(
        (
            MoraConfig.model_validate({**MORA, "targets": _ATTENTION}),
            MogeConfig.model_validate({"rank": 6, "alpha": 6, **MOGE}),
        ),
        1e-2,
    ),
}


def main() -> None:
    """Read the arguments and run what has not been run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=200, help=f"optimiser steps of {ROWS * ROW_LENGTH:,} positions")
    parser.add_argument("--lr", type=float, help="peak learning rate instead of the arm's own")
    parser.add_argument("--task", choices=list(MIXTURE), help="train on one task alone, for the rank of its update")
    arguments = parser.parse_args()
    corpora = Corpora.read(arguments.shards, arguments.output / "encoded")
    if not (arguments.output / "frozen.json").is_file():
        model, processor = load_embedded()
        frozen = measure_losses(Trial(model, None, processor.tokenizer.pad_token_id), corpora.val)
        write_atomically(arguments.output / "frozen.json", json.dumps(frozen, indent=1))
    for seed in arguments.seeds:
        for arm in arguments.arms:
            lr = arguments.lr or ARMS[arm].lr
            tried = "" if arguments.lr is None else f"-lr{lr:g}"
            target = arguments.output / f"{arm}{f'-{arguments.task}' if arguments.task else ''}{tried}-{seed}.json"
            if target.is_file():
                continue
            is_sweep = arguments.lr is not None or arguments.task is not None
            figures = run_trial(corpora, ARMS[arm], seed, arguments.steps, lr, arguments.task, is_sweep=is_sweep)
            write_atomically(target, json.dumps({"arm": arm, **figures}, indent=1))
            print(f"{target.stem}: validation loss {figures['loss']:.4f}, {figures['seconds']:.0f} s", flush=True)


@dataclass(frozen=True, eq=False)
class Corpora:
    """The encoded data of all trials.

    Attributes:
        train: Training examples.
        val: Validation examples.
        swappable: Validation examples with a graph that another one can be put in place of.
        swapped: The same with the graphs of others.
        molecules: Examples of one molecule each, whose generated adapters are compared.
        smiles: Those molecules.
    """

    train: EncodedCorpus
    val: EncodedCorpus
    swappable: EncodedCorpus
    swapped: EncodedCorpus
    molecules: EncodedCorpus
    smiles: tuple[str, ...]

    @classmethod
    def read(cls, shards: Path, cache: Path) -> Corpora:
        """Encode the shards with the embedded model's tokenizer, once."""
        names = ("train", "val", "swappable", "swapped", "molecules")
        if not all((cache / name / "manifest.json").is_file() for name in names):
            _, processor = load_embedded()
            read = {split: list(_read(ShardReader(shards, split=split))) for split in ("train", "val")}
            read["swappable"], read["swapped"] = select_swappable(read["val"]), swap_molecules(read["val"])
            read["molecules"] = [example for example in read["val"] if example.task == "logp"][:SIMILAR]
            shown = [_first_graph(example) for example in read["molecules"]]
            write_atomically(cache / "smiles.json", json.dumps(shown))
            for name, examples in read.items():
                corpus = encode_corpus(
                    examples,
                    lambda chunk: encode_examples(processor, chunk),
                    vocab_size=len(processor.tokenizer),
                )
                corpus.save(cache / name, key=name)
        smiles: tuple[str, ...] = tuple(json.loads((cache / "smiles.json").read_text()))
        train, val, swappable, swapped, molecules = (EncodedCorpus.load(cache / name) for name in names)
        return cls(train, val, swappable, swapped, molecules, smiles)


def _first_graph(example: InstructionExample) -> str:
    return next(
        part.smiles
        for part in example.messages[-1].parts
        if isinstance(part, RecordPart) and part.modality is Modality.GRAPH and part.smiles is not None
    )


def load_embedded() -> tuple[AnyMolForCausalLM, AnyMolProcessor]:
    """Return the model that ships in the package."""
    with locate_model(None) as directory:
        model, processor, _ = load_checkpoint(directory)
    return model, processor


def _read(reader: ShardReader) -> Iterator[InstructionExample]:
    return (reader[number] for number in range(len(reader)))


# -------------------------------------------------------------------------------------------------------------- a trial


def run_trial(
    corpora: Corpora, arm: Arm, seed: int, steps: int, lr: float, task: str | None = None, *, is_sweep: bool = False
) -> dict[str, Any]:
    """Train one arm and measure it.

    Args:
        corpora: The data.
        arm: The method.
        seed: Of fresh weights, draws and dropout.
        steps: Optimiser steps.
        lr: Peak learning rate.
        task: The one task to train on; None for the mixture.
        is_sweep: Whether only losses are measured.
    """
    torch.manual_seed(seed)
    model, processor = load_embedded()
    pad_id = processor.tokenizer.pad_token_id
    trial = Trial(model, add_adapter(model, arm.parts), pad_id)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=lr, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    stream = BatchStream(
        corpora.train,
        MixtureConfig(weights={task: 1.0} if task else dict(MIXTURE)),
        row_length=ROW_LENGTH,
        seed=seed,
        stage=0,
        tasks=tuple(MIXTURE),
    )
    model.train()
    model.encoders.eval()
    losses = []
    started = time.perf_counter()
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = lr * SCHEDULE.factor(step, steps)
        batch = collate_rows(corpora.train, stream.next_rows(ROWS), ROW_LENGTH, pad_id=pad_id, n_rows=ROWS)
        loss = cross_entropy(trial.run(corpora.train, batch), batch.targets)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
    seconds = time.perf_counter() - started
    model.eval()
    after = measure_losses(trial, corpora.val)
    trained = [name for name in MIXTURE if task in (None, name)]
    found: dict[str, Any] = {
        "seed": seed,
        "steps": steps,
        "lr": lr,
        "trained_on": trained,
        "weights": sum(parameter.numel() for parameter in parameters),
        "seconds": seconds,
        "training_loss": float(np.mean(losses[-20:])),
        "loss": float(np.mean([after[name]["loss"] for name in trained])),
        "exact": float(np.mean([after[name]["exact"] for name in trained])),
        "tasks": after,
        "ranks": measure_ranks(model),
        "gammas": read_gammas(trial.adapter),
    }
    if not is_sweep:
        found["swap"] = {
            name: measure_losses(trial, corpus)
            for name, corpus in (("own", corpora.swappable), ("swapped", corpora.swapped))
        }
        if trial.reads_molecules:
            found["swap"]["adapter"] = measure_losses(trial, corpora.swappable, atoms_of=corpora.swapped)
        found["agreement"] = measure_conflict(trial, corpora.val, parameters)
        found["routing"] = measure_routing(trial, corpora.val)
        found["similarity"] = measure_similarity(trial, corpora)
    return found


def add_adapter(model: AnyMolForCausalLM, parts: Lora | tuple[AdapterConfig, ...]) -> Adapter | None:
    """Put an adapter into the model's decoder and let nothing else learn; the handle, or None for PEFT's LoRA."""
    model.requires_grad_(False)
    if not isinstance(parts, Lora):
        return inject(model.decoder, parts)
    linears = sorted({
        name.rpartition(".")[2] for name, module in model.decoder.model.named_modules() if isinstance(module, nn.Linear)
    })  # fmt: skip
    config = peft.LoraConfig(
        r=parts.rank, lora_alpha=parts.alpha, use_rslora=parts.rslora, target_modules=linears, lora_dropout=0.0
    )
    peft.inject_adapter_in_model(config, model.decoder)
    return None


@dataclass(frozen=True, eq=False)
class Trial:
    """A model under trial, and how it is run."""

    model: AnyMolForCausalLM
    adapter: Adapter | None
    pad_id: int

    @property
    def reads_molecules(self) -> bool:
        """Whether the adapter is written from molecules."""
        return self.adapter is not None and any(isinstance(config, MoraConfig) for config in self.adapter.configs)

    def run(self, corpus: EncodedCorpus, batch: PackedBatch, *, atoms_of: EncodedCorpus | None = None) -> torch.Tensor:
        """Return the logits of a batch's targets, shape (T, vocabulary).

        Args:
            corpus: Where the batch's examples are.
            batch: Packed rows.
            atoms_of: Where MoRA reads their atoms instead: a corpus of the same examples with other molecules.
        """
        with ExitStack() as stack:
            adapter = self.adapter
            if adapter is not None and any(isinstance(config, MogeConfig) for config in adapter.configs):
                stack.enter_context(adapter.masked(batch.input_ids != self.pad_id))
            if adapter is not None and self.reads_molecules and "graph" in batch.molecules:
                *atoms, segments = self.read_atoms(atoms_of or corpus, batch)
                stack.enter_context(adapter.conditioned_on(*atoms, segments=segments))
            return compute_target_logits(self.model, self.model, batch, Precision.FP32)

    def batches(self, corpus: EncodedCorpus, task: str) -> Iterator[PackedBatch]:
        """Yield the first validation examples of a task, packed."""
        chosen = np.flatnonzero((corpus.task == corpus.tasks.index(task)) & (corpus.lengths <= ROW_LENGTH))
        chosen = chosen[:VALIDATION_ROWS]
        packed = [tuple(chosen[list(row)].tolist()) for row in pack_rows(corpus.lengths[chosen], ROW_LENGTH)]
        for start in range(0, len(packed), ROWS):
            yield collate_rows(corpus, packed[start : start + ROWS], ROW_LENGTH, pad_id=self.pad_id)

    def read_atoms(
        self, corpus: EncodedCorpus, batch: PackedBatch
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return states (B, V, d), mask, molecule indexes and roles (B, V), and the tokens' prompts (rows, L)."""
        graph = corpus.molecules_of(batch.examples)["graph"]
        states = self.model.encoders["graph"](graph).states.detach()
        counts = np.bincount(graph["prompts"], minlength=len(batch.examples))
        prompt = np.repeat(np.arange(len(counts)), counts)  # of each molecule
        index = np.concatenate([np.arange(count) for count in counts])
        sizes = graph["n_atoms"].numpy()
        n_atoms = np.bincount(prompt, sizes, minlength=len(counts)).astype(int)
        # Atoms of a prompt stand side by side, since molecules come in reading order.
        mask = torch.from_numpy(np.arange(n_atoms.max()) < n_atoms[:, None])

        def spread(values: torch.Tensor) -> torch.Tensor:
            padded = values.new_zeros(*mask.shape, *values.shape[1:])
            padded[mask] = values
            return padded

        of_atom = np.repeat(np.arange(len(sizes)), sizes)
        starts = (batch.position_ids == 0) & (batch.input_ids != self.pad_id)
        segments = (starts.flatten().cumsum(0) - 1).view_as(starts)
        return (
            spread(states),
            mask,
            spread(torch.from_numpy(index[of_atom])),
            spread(graph["roles"][of_atom]),
            torch.where(batch.input_ids == self.pad_id, -1, segments),
        )


# ------------------------------------------------------------------------------------------------------------- measures


@torch.no_grad()
def measure_losses(
    trial: Trial, corpus: EncodedCorpus, *, atoms_of: EncodedCorpus | None = None
) -> dict[str, dict[str, float]]:
    """Return, per task, loss per answer token, part of the examples answered exactly by greedy choice, and n."""
    trial.model.eval()
    found = {}
    for task in corpus.tasks:
        loss, n_targets, wrong = 0.0, 0, []
        for batch in trial.batches(corpus, task):
            logits = trial.run(corpus, batch, atoms_of=atoms_of)
            loss += float(cross_entropy(logits, batch.targets, reduction="sum"))
            n_targets += batch.n_targets
            missed = (logits.argmax(-1) != batch.targets).long()[: batch.n_targets]
            wrong += torch.zeros(len(batch.examples)).index_add(0, batch.target_example, missed.float()).tolist()
        found[task] = {"loss": loss / n_targets, "exact": float(np.mean(np.array(wrong) == 0)), "n": len(wrong)}
    return found


def measure_conflict(trial: Trial, corpus: EncodedCorpus, parameters: list[nn.Parameter]) -> dict[str, Any]:
    """Return the cosines between the tasks' gradients at the trained weights."""

    def loss_of(task: str) -> torch.Tensor:
        batch = next(trial.batches(corpus, task))
        return cross_entropy(trial.run(corpus, batch), batch.targets)

    found = measure_agreement({task: partial(loss_of, task) for task in MIXTURE}, parameters)
    return {
        "tasks": found.tasks,
        "cosine": found.cosine.tolist(),
        "mean": found.mean,
        "conflicting": found.conflicting,
    }


def measure_ranks(model: AnyMolForCausalLM) -> dict[str, float]:
    """Return the effective rank of each linear map's update, by its name and layer."""
    ranks = {}
    for name, module in model.decoder.named_modules():
        match module:
            case GalLinear():
                ranks[_place(name)] = effective_rank_of_product(module.b, module.a)
            case peft.tuners.lora.Linear():
                outward, inward = (side["default"].get_parameter("weight") for side in (module.lora_B, module.lora_A))
                ranks[_place(name)] = effective_rank_of_product(outward, inward)
            case MogeBlock():
                for side, pairs in (("inward", module.inward), ("outward", module.outward)):
                    for expert, (a, b) in enumerate(zip(pairs.a, pairs.b, strict=True)):
                        ranks[f"{_place(name)}.{side}.{expert}"] = float(
                            np.mean([effective_rank_of_product(*pair) for pair in zip(b, a, strict=True)])
                        )
                    # What the experts span together: their updates side by side.
                    together = torch.cat([(b @ a).flatten(0, 1) for a, b in zip(pairs.a, pairs.b, strict=True)])
                    ranks[f"{_place(name)}.{side}.together"] = effective_rank(together)
            case _:
                pass
    return ranks


def _place(name: str) -> str:
    parts = name.removeprefix("model.layers.").split(".")
    return ".".join(part for part in parts if part not in ("base", "variants", "default"))


@torch.no_grad()
def read_gammas(adapter: Adapter | None) -> dict[str, Any]:
    """Return the learned scales by place."""
    gammas: dict[str, Any] = {}
    for place, variant in adapter.variants.items() if adapter is not None else ():
        match variant:
            case GalLinear():
                gammas[place] = float(variant.gamma())
            case MogeBlock():
                gammas[f"{place}.inward"] = variant.inward.gamma().tolist()
                gammas[f"{place}.outward"] = variant.outward.gamma().tolist()
            case _:
                pass
    return gammas


@torch.no_grad()
def measure_routing(trial: Trial, corpus: EncodedCorpus) -> list[dict[str, Any]]:
    """Return what the routers do with each task."""
    adapter = trial.adapter
    if adapter is None or not any(isinstance(config, MogeConfig) for config in adapter.configs):
        return []
    adapter.router_statistics()
    for task in (*MIXTURE, *UNTRAINED):
        with adapter.recording(task):
            for batch in trial.batches(corpus, task):
                trial.run(corpus, batch)
    return [asdict(record) for record in adapter.router_statistics()]


@torch.no_grad()
def measure_similarity(trial: Trial, corpora: Corpora) -> dict[str, Any] | None:
    """Return how the likeness of generated adapters follows the likeness of molecules (Morgan Tanimoto)."""
    adapter = trial.adapter
    if adapter is None or not trial.reads_molecules:
        return None
    batch = collate_rows(
        corpora.molecules, [(number,) for number in range(len(corpora.molecules))], ROW_LENGTH, pad_id=trial.pad_id
    )
    states, mask, index, roles, _ = trial.read_atoms(corpora.molecules, batch)
    (network,) = (one for one in adapter.networks if isinstance(one, MoraNetwork))
    generated = network.generate_adapters(states, mask, index, roles)
    vectors = torch.cat([tensor.flatten(1) for tensor in generated.values()], dim=1)
    prints = [morgan(parse_smiles(smiles)) for smiles in corpora.smiles]
    structural = np.array([[tanimoto(one, other) for other in prints] for one in prints])
    found = compare_similarity(vectors, structural)
    sizes = np.array([parse_smiles(smiles).GetNumAtoms() for smiles in corpora.smiles])
    nearness = -np.abs(sizes[:, None] - sizes)[np.triu_indices(len(sizes), 1)]
    return {
        "spearman": found.spearman,
        "spearman_of_size": float(spearmanr(nearness, found.adapter).statistic),
        "structural": found.structural.round(3).tolist(),
        "adapter": found.adapter.round(3).tolist(),
    }


if __name__ == "__main__":
    main()

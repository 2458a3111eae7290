"""Which notation should a small model write? SMILES, root-aligned SMILES and SELFIES on the same reactions.

Each arm trains the same decoder from the same seed on the same forward reactions, in the same order, and is then asked
for the products of the same validation reactions. Reported per arm: symbols per answer, nats per answer (comparable
across notations, since each answer is one whole molecule) and the part of greedy answers that are exactly right or
at least molecules.

    python benchmarks/notation.py --data-dir DATA --examples 12000 --arm smiles_aligned
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import pyarrow.parquet as pq
import torch
from rdkit import Chem, RDLogger
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM

from anymol.chem.alignment import align_smiles
from anymol.chem.notation import Notation, split_symbols
from anymol.chem.selfies import decode_selfies, encode_selfies
from anymol.errors import AnyMolError
from anymol.training.optimisation import (
    Optimiser,
    OptimiserConfig,
    ScheduleConfig,
    build_optimisers,
    group_parameters,
    set_learning_rate,
)

PAD, ARROW, END, UNKNOWN = range(4)


class Arm(StrEnum):
    """A way to write questions and answers."""

    SMILES_CANONICAL = "smiles_canonical"
    SMILES_ALIGNED = "smiles_aligned"
    SELFIES_CANONICAL = "selfies_canonical"
    SELFIES_ALIGNED = "selfies_aligned"

    @property
    def notation(self) -> Notation:
        return Notation.SELFIES if self.value.startswith("selfies") else Notation.SMILES

    @property
    def aligned(self) -> bool:
        return self.value.endswith("aligned")


def read_reactions(data_dir: Path, split: str, count: int, seed: int) -> list[tuple[str, str]]:
    """Draw (inputs, product) pairs of a split, short enough for a laptop."""
    table = pq.read_table(data_dir / "reactions.parquet", filters=[("split", "=", split)])
    rows = list(zip(*(table[name].to_pylist() for name in ("reactants", "reagents", "products")), strict=True))
    random.Random(seed).shuffle(rows)
    pairs = []
    for reactants, reagents, product in rows:
        inputs = ".".join(part for part in (reactants, reagents) if part)
        if len(inputs) <= 110 and 5 <= len(product) <= 90 and "." not in product:
            pairs.append((inputs, product))
        if len(pairs) == count:
            return pairs
    return pairs


def write_pair(inputs: str, product: str, arm: Arm) -> tuple[list[str], list[str]]:
    """Write one reaction as symbols of question and answer."""
    if arm.aligned:
        product = align_smiles(product, max(inputs.split("."), key=len))
    if arm.notation is Notation.SELFIES:
        inputs, product = encode_selfies(inputs).selfies, encode_selfies(product).selfies
    return split_symbols(inputs, arm.notation), split_symbols(product, arm.notation)


def pad(rows: Sequence[Sequence[int]], value: int) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([[*row, *[value] * (width - len(row))] for row in rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--arm", type=Arm, choices=list(Arm), required=True)
    parser.add_argument("--examples", type=int, default=12_000)
    parser.add_argument("--validation", type=int, default=300)
    parser.add_argument("--lr", type=float, default=4e-3)
    parser.add_argument("--optimiser", type=Optimiser, default=Optimiser.MUON)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results")
    args = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]  # made at import
    torch.manual_seed(0)

    def write(pairs: list[tuple[str, str]]) -> list[tuple[list[str], list[str], str]]:
        written = []
        for inputs, product in pairs:
            try:
                written.append((*write_pair(inputs, product, args.arm), product))
            except AnyMolError:
                continue
        return written

    train = write(read_reactions(args.data_dir, "train", args.examples, 0))
    validation = write(read_reactions(args.data_dir, "val", args.validation, 0))
    symbols = sorted({symbol for question, answer, _ in train for symbol in (*question, *answer)})
    ids = {symbol: index + 4 for index, symbol in enumerate(symbols)}
    encode = lambda row: [ids.get(symbol, UNKNOWN) for symbol in row]  # noqa: E731
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(ids) + 4, hidden_size=args.hidden, intermediate_size=3 * args.hidden,
            num_hidden_layers=args.layers, num_attention_heads=args.hidden // 64, num_key_value_heads=2,
            tie_word_embeddings=True, pad_token_id=PAD, eos_token_id=END,
        )
    )  # fmt: skip
    optimisers = build_optimisers(group_parameters(model), OptimiserConfig(kind=args.optimiser, lr=args.lr))
    schedule, steps = ScheduleConfig(warmup=0.05), len(train) // args.batch
    start, tokens = time.perf_counter(), 0
    order = random.Random(0).sample(range(len(train)), len(train))
    for step in range(steps):
        rows = [train[index] for index in order[step * args.batch : (step + 1) * args.batch]]
        inputs = pad([[*encode(q), ARROW, *encode(a), END] for q, a, _ in rows], PAD)
        labels = pad([[*[-100] * (len(q) + 1), *encode(a), END] for q, a, _ in rows], -100)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(inputs).logits
        loss = cross_entropy(logits[:, :-1].float().flatten(0, 1), labels[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        set_learning_rate(optimisers, args.lr * schedule.factor(step, steps))
        for optimiser in optimisers.values():
            optimiser.step()
            optimiser.zero_grad()
        tokens += int((inputs != PAD).sum())
        if step % 50 == 0:
            print(
                step, steps, f"{loss.item():.3f}", f"{tokens / (time.perf_counter() - start):.0f} tokens/s", flush=True
            )
    seconds = time.perf_counter() - start
    result = {
        "arm": args.arm, "train": len(train), "validation": len(validation), "steps": steps, "seconds": seconds,
        "training_tokens": tokens, **evaluate(model, validation, encode, symbols, args.arm),
        "optimiser": args.optimiser, "lr": args.lr, "hidden": args.hidden, "layers": args.layers,
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}",
    }  # fmt: skip
    print(json.dumps(result, indent=1))
    args.output.mkdir(parents=True, exist_ok=True)
    (args.output / f"notation_{args.arm}.json").write_text(json.dumps(result, indent=1) + "\n")


@torch.inference_mode()
def evaluate(model, validation, encode, symbols, arm: Arm) -> dict[str, float]:  # type: ignore[no-untyped-def]
    """Return nats and symbols per answer, exact matches and molecules among greedy answers."""
    model.eval()
    nats = exact = valid = length = 0.0
    for question, answer, product in validation:
        row = [*encode(question), ARROW, *encode(answer), END]
        labels = [*[-100] * (len(question) + 1), *encode(answer), END]
        logits = model(torch.tensor([row])).logits[0, :-1].float()
        nats += float(cross_entropy(logits, torch.tensor(labels[1:]), reduction="sum"))
        length += len(answer)
        out = model.generate(torch.tensor([row[: len(question) + 1]]), max_new_tokens=120, do_sample=False)[0]
        text = "".join(symbols[i - 4] for i in out[len(question) + 1 :].tolist() if i > UNKNOWN)
        mol = Chem.MolFromSmiles(decode_selfies(text) if arm.notation is Notation.SELFIES else text)
        valid += mol is not None and mol.GetNumAtoms() > 0
        exact += mol is not None and Chem.MolToSmiles(mol) == Chem.CanonSmiles(product)
    n = len(validation)
    return {"symbols_per_answer": length / n, "nats_per_answer": nats / n, "exact": exact / n, "valid": valid / n}


if __name__ == "__main__":
    main()

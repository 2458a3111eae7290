"""Damaged artefacts of every kind: each is refused, naming it, or holds what it held before."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from tests.torture import samples
from tests.torture.attack import Try
from tests.torture.reader_cases import damage
from tests.torture.strings import describe_exception, judge_error

from anymol import shipped
from anymol.adapters import load_adapter
from anymol.chem.notation import Notation
from anymol.data.shards import ShardReader
from anymol.encoders.graph import GraphEncoderConfig
from anymol.encoders.storage import load_encoder_states
from anymol.errors import AnyMolError
from anymol.inference.batch import predict_file
from anymol.inference.confidence import Calibration
from anymol.modalities.storage import to_json
from anymol.models.checkpoint import load_checkpoint
from anymol.models.tokenizer import load_tokenizer
from anymol.ocsr.examples import load_truths
from anymol.synthesis.pipeline.parts import read_records
from anymol.training.checkpoints import load_average, load_model, load_random, read_progress
from anymol.training.continuation import open_earlier
from anymol.training.corpus import EncodedCorpus
from anymol.training.kept_processor import read_kept_processor
from anymol.training.train import run

SHIPPED = ("chem/common_names.tsv.gz", "chem/curated_names.tsv.gz", "synthesis/ir_surrogate.json")


@dataclass(frozen=True)
class Artefact:
    """A kind of artefact.

    Attributes:
        place: Where the good one is, below what the attack prepared.
        read: Reads one and returns all that it holds, in a form that can be compared.

    """

    place: str
    read: Callable[[Path], Any]


# --------------------------------------------------------------------------------------------------------- what is held


def digest(value: Any) -> str:
    """Return the checksum of a value that may hold arrays and tensors."""
    found = hashlib.sha256()

    def add(one: Any) -> None:
        match one:
            case torch.Tensor():
                add(one.detach().to(torch.float64).numpy() if one.dtype == torch.bfloat16 else one.detach().numpy())
            case np.ndarray():
                found.update(f"{one.dtype}{one.shape}".encode() + np.ascontiguousarray(one).tobytes())
            case dict():
                for key in sorted(one, key=str):
                    found.update(str(key).encode())
                    add(one[key])
            case list() | tuple():
                found.update(b"[")
                for part in one:
                    add(part)
                found.update(b"]")
            case bytes():
                found.update(one)
            case _:
                found.update(repr(one).encode("utf-8", "surrogatepass"))

    add(value)
    return found.hexdigest()


def read_shards(place: Path) -> Any:
    reader = ShardReader(place)
    examples = [
        (one.id, one.task, one.source, one.licence, one.split, [_hold(part) for part in (*one.answer, *asked)])
        for one in reader
        for asked in [[part for message in one.messages for part in message.parts]]
    ]
    return examples, reader.manifest.to_json()


def _hold(part: Any) -> Any:
    return {**vars(part), "record": to_json(part.record)} if hasattr(part, "record") else vars(part)


def read_corpus(place: Path) -> Any:
    corpus = EncodedCorpus.load(place)
    return corpus.arrays, corpus.tasks


def read_training_checkpoint(place: Path) -> Any:
    progress = read_progress(place, key=None)
    model = make_model()
    load_model(place, model)
    load_random(place)
    # Verified by now: read as `load_optimisers` does, which needs the optimisers themselves.
    optimiser = load_file(place / "optimiser.safetensors")
    return vars(progress), model.state_dict(), load_average(place), torch.get_rng_state(), optimiser


@cache
def make_model() -> torch.nn.Module:
    return load_checkpoint(_shared / "run" / "model")[0]


def read_model(place: Path) -> Any:
    model, processor, manifest = load_checkpoint(place)
    return (
        model.state_dict(),
        model.config.to_dict() | {"_name_or_path": None},
        model.generation_config.to_dict(),
        describe_processor(processor),
        vars(manifest),
        Calibration.load(place).to_json(),
    )


def describe_processor(processor: Any) -> Any:
    tokenizer = processor.tokenizer
    return (
        tokenizer.backend_tokenizer.to_str(),
        tokenizer.special_tokens_map,
        len(tokenizer),
        tokenizer.chat_template,
        processor.chat_template,
        str(processor.notation),
        str(processor.modalities),
    )


def read_tokenizer(place: Path) -> Any:
    tokenizer = load_tokenizer(place, Notation.SMILES)
    return tokenizer.backend_tokenizer.to_str(), tokenizer.special_tokens_map, tokenizer.chat_template


def read_adapter(place: Path) -> Any:
    decoder = samples.make_decoder()
    adapter = load_adapter(decoder, place)
    logits = decoder(torch.arange(12).reshape(1, 12)).logits
    return adapter.state_dict(), [config.model_dump(mode="json") for config in adapter.configs], adapter.name, logits


def read_encoder(place: Path) -> Any:
    return load_encoder_states(place, "graph", GraphEncoderConfig(n_layers=1, width=8))


def read_synthesis(place: Path) -> Any:
    rows = [row for modality in ("graph", "conformer") for row in read_records(place, modality)]
    return [{**vars(row), "records": list(map(to_json, row.records))} for row in rows]


def go_on_with_batch(place: Path) -> Any:
    """Go on with a finished batch: nothing is left to do, or its output is whole again."""
    predict_file(samples.plan_batch(place), samples.load_assistant, resume=True)
    return (place / "out.jsonl").read_bytes()


def go_on_with_run(place: Path) -> Any:
    """Go on with a finished run: its model is written again from what is kept."""
    with contextlib.redirect_stderr(None):
        done = run(samples.plan(), place, shards=_shared / "shards", resume=True)
    assert done.model is not None
    files = sorted(path for path in done.model.iterdir() if path.name != "anymol_manifest.json")
    return [(path.name, path.read_bytes()) for path in files]


def go_on_from_run(place: Path) -> Any:
    source = open_earlier(place, samples.plan())
    return (
        vars(source.progress),
        describe_processor(source.processor()),
        load_file(source.checkpoint / "model.safetensors"),
    )


def read_installation(place: Path) -> Any:
    """Read the data files of a package that lies here."""
    before = shipped.PACKAGE, shipped.CHECKSUMS
    shipped.find_shipped.cache_clear()
    shipped.PACKAGE, shipped.CHECKSUMS = place, place / shipped.CHECKSUMS.name  # type: ignore[misc]
    try:
        return [shipped.read_shipped(name) for name in SHIPPED]
    finally:
        shipped.PACKAGE, shipped.CHECKSUMS = before  # type: ignore[misc]
        shipped.find_shipped.cache_clear()


def read_drawings(place: Path) -> Any:
    return [vars(truth) for truth in load_truths(place / "train.npz")]


ARTEFACTS = {
    "shards": Artefact("shards", read_shards),
    "corpus": Artefact("run/encoded/train", read_corpus),
    "checkpoint": Artefact("run/checkpoints/stage1-step0000008", read_training_checkpoint),
    "model": Artefact("run/model", read_model),
    "processor": Artefact("run/processor", lambda place: describe_processor(read_kept_processor(place))),
    "run": Artefact("run", go_on_with_run),
    "start": Artefact("run", go_on_from_run),
    "tokenizer": Artefact("tokenizer", read_tokenizer),
    "adapter": Artefact("adapter", read_adapter),
    "encoder": Artefact("encoder", read_encoder),
    "synthesis": Artefact("synthesis", read_synthesis),
    "batch": Artefact("batch", go_on_with_batch),
    "installation": Artefact("installation", read_installation),
    "drawings": Artefact("drawings", read_drawings),
}

_shared = Path()
"""What this process prepared."""


def prepare(folder: Path) -> None:
    global _shared
    _shared = folder
    torch.set_num_threads(1)
    samples.make_shards(folder / "shards")
    samples.make_run(folder / "run", folder / "shards")
    for kept in (folder / "run" / "encoded").iterdir():  # its name holds a key
        (folder / "run" / "encoded" / kept.name.partition("-")[0]).symlink_to(kept.name)
    samples.make_tokenizer(folder / "tokenizer")
    samples.make_adapter(folder / "adapter")
    samples.make_encoder(folder / "encoder")
    samples.make_synthesis(folder / "synthesis")
    samples.make_batch(folder / "batch")
    samples.make_drawings(folder / "drawings")
    for name in (*SHIPPED, shipped.CHECKSUMS.name):
        target = folder / "installation" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shipped.PACKAGE / name, target)


# --------------------------------------------------------------------------------------------------------------- damage


def wound(place: Path, rng: random.Random) -> tuple[Path, str]:
    """Damage one file of an artefact; return it, and how it was damaged."""
    files = sorted(path for path in place.rglob("*") if path.is_file() and "tensorboard" not in path.parts)
    manifests = [path for path in files if path.suffix == ".json"]
    path = rng.choice(manifests if manifests and rng.randrange(3) == 0 else files)
    content = path.read_bytes()
    how = rng.randrange(12)
    match how:
        case 0 | 1:
            path.write_bytes(damage(content, rng))
            return path, "wounded"
        case 2:
            spot = rng.randrange(len(content) or 1)
            path.write_bytes(content[:spot] + bytes([content[spot] ^ 1 << rng.randrange(8)]) + content[spot + 1 :])
            return path, f"a bit at {spot} turned"
        case 3:
            path.write_bytes(content[: rng.randrange(len(content))])
            return path, "cut short"
        case 4:
            start = rng.randrange(len(content))
            stop = min(len(content), start + rng.choice((1, 64, 4096)))
            path.write_bytes(content[:start] + bytes(stop - start) + content[stop:])
            return path, f"zeros at {start}"
        case 5:
            path.write_bytes(b"")
            return path, "emptied"
        case 6:
            path.unlink()
            return path, "removed"
        case 7:
            other = rng.choice(files)
            path.write_bytes(other.read_bytes())
            return path, f"replaced by {other.name}"
        case 8:
            path.unlink()
            rng.choice((path.mkdir, lambda: os.mkfifo(path), lambda: path.symlink_to(path)))()
            return path, "replaced by what is not a file"
        case 9:
            stray = path.with_name(rng.choice(STRAYS))
            if not stray.exists():
                stray.write_bytes(rng.choice((content, b"{}", b'{"pad_token": "C", "a": 1}', b"")))
            return stray, "added"
        case 10:
            swap = rng.choice(files)
            path.write_bytes(swap.read_bytes())
            swap.write_bytes(content)
            return path, f"exchanged with {swap.name}"
        case _:
            if path.suffix == ".json" and change_json(path, rng):
                return path, "a value changed"
            path.write_bytes(content + rng.choice((b"\n", b"\0", content, b"{}")))
            return path, "made longer"


STRAYS = (
    "average.safetensors", "model-00002.safetensors", "model.safetensors.index.json", "added_tokens.json",
    "special_tokens_map.json", "generation_config.json", "adapter_config.json", "adapter_model.safetensors",
    "preprocessor_config.json", "calibration.json", "examples-00001.parquet", "part-00007.parquet", "start.json",
    "vocab.json", "merges.txt", "tokenizer.model", "chat_template.json", "records-00000.parquet", "pytorch_model.bin",
)  # fmt: skip
"""Names of files that may be taken for a part of an artefact that lists no such file."""


def change_json(path: Path, rng: random.Random) -> bool:
    """Change one value of a JSON file, or remove or rename one; return whether it could be."""
    try:
        whole = json.loads(path.read_bytes())
    except ValueError:
        return False
    places: list[tuple[Any, Any]] = []

    def collect(value: Any) -> None:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            places.append((value, key))
            if isinstance(inner, dict | list):
                collect(inner)

    if not isinstance(whole, dict | list):
        return False
    collect(whole)
    if not places:
        return False
    holder, key = rng.choice(places[:40] if rng.randrange(2) else places)
    value = holder[key]
    match rng.randrange(4):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[f"{key}s"] = holder.pop(key)
        case 2:
            holder[key] = rng.choice((None, 0, -1, [], {}, "", True, 1e300, "x" * 100))
        case _:
            match value:
                case bool():
                    holder[key] = not value
                case int() | float():
                    holder[key] = value + 1
                case str():
                    holder[key] = value[:-1] + ("0" if value[-1:] != "0" else "1")
                case _:
                    holder[key] = rng.choice((None, {}, []))
    path.write_text(json.dumps(whole, indent=1))
    return True


# ---------------------------------------------------------------------------------------------------------------- tries


@cache
def read_good(name: str) -> str:
    """Return the checksum of what an undamaged artefact holds, read twice to know that it is always the same."""
    artefact = ARTEFACTS[name]
    found = set()
    for _ in range(2):
        copy = _shared / "good" / artefact.place
        shutil.copytree(_shared / artefact.place, copy)
        found.add(digest(artefact.read(copy)))
        shutil.rmtree(_shared / "good")
    assert len(found) == 1, f"{name} reads differently each time"
    return found.pop()


def attempt(one: Try) -> str | None:
    """Damage an artefact and read it."""
    name = list(ARTEFACTS)[one.number % len(ARTEFACTS)]
    artefact, good = ARTEFACTS[name], read_good(name)
    copy = one.folder / artefact.place
    shutil.copytree(_shared / artefact.place, copy, symlinks=True)
    if copy.is_symlink():
        raise AssertionError(f"{copy} is a link")
    path, how = wound(copy, one.rng)
    told = f"{name}, {path.relative_to(one.folder)} {how}: "
    try:
        found = digest(artefact.read(copy))
    except AnyMolError as error:
        fault = judge_error(error)
        if fault is None and not _names(error, path, copy):
            fault = f"the error names no file: {error}"
        return fault and told + fault
    except Exception as error:  # noqa: BLE001 - which is what is looked for
        return told + describe_exception(error, path.name)
    return None if found == good else told + "read as if it were whole, and it holds something else"


def _names(error: AnyMolError, path: Path, place: Path) -> bool:
    """Whether an error says which file or folder it is about."""
    said = f"{error} {error.input}"
    return any(part in said for part in (path.name, str(place), path.parent.name, place.name))

"""A tokenizer from its plan: texts collected, shares filled, sizes compared, the chosen one saved."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

import tokenizers
import transformers
from transformers import PreTrainedTokenizerFast

from anymol.artifact import hash_files
from anymol.chem.notation import Notation, write_surface
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.source import DataOrigin
from anymol.data.texts.collect import collect_texts
from anymol.data.texts.collected import CollectedTexts
from anymol.data.texts.config import AnyTexts, texts_need_data
from anymol.data.texts.written import read_written_molecules
from anymol.errors import CheckpointError, DataError
from anymol.files import write_atomically
from anymol.locks import lock_folder
from anymol.models.processor import AnyMolProcessor
from anymol.models.tokenizer import TOKENIZER, collect_symbols, load_tokenizer, train_tokenizer
from anymol.training.run import LOCK_HINT, RunResult
from anymol.training.vocabulary.fertility import Fertility, measure_fertility
from anymol.training.vocabulary.plan import VocabularyPlan
from anymol.version import __version__

logger = logging.getLogger(__name__)

REPORT: Final = "fertility.json"
MOLECULES: Final = "molecules"
"""Name of the kind, in the report, whose texts are molecules alone."""


def run(
    plan: VocabularyPlan, output: Path | str, *, resume: bool = False, data_dir: Path | str | None = None
) -> RunResult:
    """Train a tokenizer from its plan.

    The folder is the tokenizer's own: what ``PreTrainedTokenizerFast.from_pretrained`` and
    ``AnyMolProcessor.from_pretrained`` load, with ``tokenizer_manifest.json`` and ``fertility.json``. It appears whole
    or not at all.

    Args:
        plan: What is trained, and how.
        output: The folder.
        resume: Whether a folder that holds a finished tokenizer is taken as it is.
        data_dir: The data directory; without it the texts at hand are used.

    Returns:
        How the run ended; its tokens are the size of the vocabulary, its model is the tokenizer's directory.

    Raises:
        CheckpointError: If `output` holds something and `resume` is false.
        LockedError: If another process trains there.
        DataError: If data are missing or damaged.
        ConfigError: If a vocabulary is too small for its symbols.
    """
    with lock_folder(Path(output), hint=LOCK_HINT):
        return _train(plan, Path(output), resume=resume, data_dir=data_dir)


def _train(plan: VocabularyPlan, output: Path, *, resume: bool, data_dir: Path | str | None) -> RunResult:
    """Train in a folder that is held for this run."""
    started = time.perf_counter()
    if TOKENIZER.is_at(output) and resume:
        size = len(load_tokenizer(output, Notation.SMILES))
        return RunResult(True, output, size, time.perf_counter() - started)
    if output.exists() and any(output.iterdir()):
        raise CheckpointError("this folder already holds files", value=output, hint="give another folder")
    origin, heldout = _open_data(plan, data_dir)
    kinds = plan.texts_for(data_dir=origin.data_dir is not None)
    collected = _collect(kinds, origin, heldout, plan.workers)
    written = {split: list(read_written_molecules(origin, split)) for split in ("train", "val")}
    symbols = collect_symbols(written["train"], Notation.SMILES, min_count=plan.min_symbol_count)
    shares: dict[str, float] = {config.kind: config.share for config in kinds}
    chosen, filled = fill_shares({kind: found.train for kind, found in collected.items()}, shares, plan)
    logger.info("%d molecule symbols; %d characters of text", len(symbols), sum(filled.values()))
    trained = {
        size: train_tokenizer(chosen, symbols, size, Notation.SMILES)
        for size in sorted({plan.vocab_size, *plan.compared_sizes})
    }
    report = {
        "chosen": plan.vocab_size,
        "symbols": len(symbols),
        "trained_on": {
            kind: {"texts": len(found.train), "characters": sum(map(len, found.train)), "characters_used": filled[kind]}
            for kind, found in collected.items()
        },
        "sizes": {
            str(size): {"vocabulary": len(tokenizer), "kinds": _measure(tokenizer, collected, written, plan)}
            for size, tokenizer in trained.items()
        },
    }
    _save(plan, output, trained[plan.vocab_size], report, collected)
    return RunResult(True, output, len(trained[plan.vocab_size]), time.perf_counter() - started)


def fill_shares(
    texts: Mapping[str, Sequence[str]], shares: Mapping[str, float], plan: VocabularyPlan
) -> tuple[list[str], dict[str, int]]:
    """Take from each kind of text as many characters as its share says.

    Of a kind with more, texts are taken from its beginning (they come shuffled); one with fewer repeats them, at most
    `plan.repeats` times.

    Args:
        texts: Kind -> its training texts.
        shares: Kind -> its weight.
        plan: Says how many characters there are to share.

    Returns:
        The texts, kind after kind, and the characters that each kind gives.
    """
    whole = sum(shares[kind] for kind, found in texts.items() if found)
    chosen: list[str] = []
    filled: dict[str, int] = {}
    for kind, found in texts.items():
        wanted, given = plan.characters * shares[kind] / whole if whole else 0.0, 0
        for text in islice(cycle(found), len(found) * plan.repeats):
            if given >= wanted:
                break
            chosen.append(text)
            given += len(text)
        filled[kind] = given
    return chosen, filled


def _open_data(plan: VocabularyPlan, data_dir: Path | str | None) -> tuple[DataOrigin, Heldout]:
    root = None if data_dir is None else Path(data_dir)
    if root is None and any(texts_need_data(one) for one in plan.texts_for(data_dir=False)):
        raise DataError("these texts need the data directory", hint="give --data-dir or set ANYMOL_DATA")
    licences = Licences({}) if root is None else Licences.read(root)
    heldout = Heldout.empty() if root is None else Heldout.read(root)
    return DataOrigin(root, licences, plan.shippable, plan.seed), heldout


def _collect(
    kinds: Sequence[AnyTexts], origin: DataOrigin, heldout: Heldout, workers: int
) -> dict[str, CollectedTexts]:
    collected: dict[str, CollectedTexts] = {}
    for config in kinds:
        found = collect_texts(config, origin, heldout, workers=workers)
        collected[config.kind] = found
        refused = f", {found.refused.total():,} rows refused" if found.refused else ""
        logger.info("%s: %d texts, %d held out%s", config.kind, len(found.train), len(found.val), refused)
    return collected


def _measure(
    tokenizer: PreTrainedTokenizerFast,
    collected: Mapping[str, CollectedTexts],
    written: Mapping[str, Sequence[str]],
    plan: VocabularyPlan,
) -> dict[str, Any]:
    """Return the fertility of each kind of text, and of molecules, by split."""

    def draw(texts: Sequence[str]) -> list[str]:
        # Drawn, not every k-th: some kinds write two sorts of text by turns.
        return random.Random(plan.seed).sample(texts, min(len(texts), plan.measured_texts))

    def measure_molecules(molecules: Sequence[str]) -> Fertility:
        surfaces = [write_surface(smiles, Notation.SMILES) for smiles in molecules]
        return measure_fertility(tokenizer, surfaces, characters=sum(map(len, molecules)))

    kinds: dict[str, Any] = {
        kind: {
            "train": measure_fertility(tokenizer, draw(found.train)).to_json(),
            "val": measure_fertility(tokenizer, draw(found.val)).to_json(),
        }
        for kind, found in collected.items()
    }
    kinds[MOLECULES] = {split: measure_molecules(draw(molecules)).to_json() for split, molecules in written.items()}
    return kinds


def _save(
    plan: VocabularyPlan,
    output: Path,
    tokenizer: PreTrainedTokenizerFast,
    report: dict[str, Any],
    collected: Mapping[str, CollectedTexts],
) -> None:
    with TOKENIZER.stage(output) as draft:
        AnyMolProcessor(tokenizer, notation=Notation.SMILES).save_pretrained(draft)
        write_atomically(draft / REPORT, json.dumps(report, indent=1))
        fields = {
            "name": plan.name,
            "anymol_version": __version__,
            "created_with": {"tokenizers": tokenizers.__version__, "transformers": transformers.__version__},
            "vocabulary": len(tokenizer),
            "files": hash_files(draft),
            "licences": {kind: sorted(found.licences) for kind, found in collected.items()},
            "refused": {kind: dict(sorted(found.refused.items())) for kind, found in collected.items()},
            "config": plan.model_dump(mode="json"),
        }
        TOKENIZER.write(draft, fields)

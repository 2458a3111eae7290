"""The store of recorded descriptions, and what chooses among those of relatives for a molecule that has none.

The ranker learns from the training descriptions themselves: each molecule in turn is described as if it were not in the
store, and the trees learn how like its own description those of its relatives are.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet as pq

from anymol.chem.keys import inchikey
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.data.heldout import compute_blocks, compute_evaluated_blocks
from anymol.data.licences import Licences
from anymol.data.measured_sets import read_reserved
from anymol.data.sources.captions import FILE
from anymol.errors import CheckpointError, InvalidSmilesError
from anymol.files import require_data_file, write_atomically
from anymol.inference.proposals.descriptions import (
    RANKER_FILE,
    DescriptionRanker,
    RankerCard,
    describe_relatives,
    write_ranker,
)
from anymol.inference.proposals.statements import restate_best
from anymol.metrics.text import bleu4_words, score_sentence_bleu
from anymol.retrieval.descriptions.relatives import find_relatives
from anymol.retrieval.descriptions.sentences import write_plainly
from anymol.retrieval.descriptions.store import (
    STORE_FILE,
    Collection,
    Description,
    DescriptionStore,
    StoreCard,
    read_store,
    write_store,
)
from anymol.training.run import RunResult
from anymol.training.specialists.growing import grow_trees
from anymol.training.specialists.plan import DescriptionsPlan

_SENTENCES: Final = "sentences"


@dataclass(frozen=True)
class DescribedRow:
    """A molecule and what was written of it.

    Attributes:
        smiles: The molecule, as it is recorded.
        text: The description, as it is recorded.
        collection: Which collection it is from.
        split: ``train``, ``val`` or ``test``.
    """

    smiles: str
    text: str
    collection: str
    split: str


def run(plan: DescriptionsPlan, output: Path | str, *, data_dir: Path, resume: bool = False) -> RunResult:
    """Build and fit; ``descriptions.tsv.gz`` and ``description_ranker.safetensors`` in `output` are what ships.

    Args:
        plan: What is stored, and how the ranker is fitted.
        output: Folder of the run.
        data_dir: Holds ``captions.parquet``, ``heldout_keys.parquet`` and ``sources.csv``.
        resume: Whether a run that is done stays.

    Returns:
        How it ended; its tokens are described molecules.

    Raises:
        MissingDependencyError: scikit-learn is not installed.
        DataError: Data are missing, or no licence of a collection is recorded.
        CheckpointError: `output` holds a run and `resume` is false.
    """
    started, output = time.perf_counter(), Path(output)
    weights, place = output / RANKER_FILE, output / STORE_FILE
    if weights.exists() and not resume:
        raise CheckpointError("this folder already holds a run", value=output, hint="give another, or --resume")
    if not weights.exists():
        rows = read_rows(data_dir)
        store = build_store(plan, rows, Licences.read(data_dir), read_reserved(data_dir))
        packed = write_store(store)
        write_atomically(place, packed)
        ranker = fit_ranker(
            plan, store, [row for row in rows if row.split == "val"], hashlib.sha256(packed).hexdigest()
        )
        write_atomically(weights, write_ranker(ranker))
    return RunResult(True, weights, len(read_store(place).descriptions), time.perf_counter() - started)


def read_rows(data_dir: Path) -> list[DescribedRow]:
    """Return the descriptions in whole sentences of all splits.

    Raises:
        DataError: The file is missing.
    """
    table = pq.read_table(
        require_data_file(data_dir, FILE), columns=["smiles", "description", "source", "split", "kind"]
    ).to_pylist()
    return [
        DescribedRow(row["smiles"], row["description"], row["source"], row["split"])
        for row in table
        if row["kind"] == _SENTENCES
    ]


def build_store(
    plan: DescriptionsPlan, rows: Sequence[DescribedRow], licences: Licences, is_reserved: Callable[[str], bool]
) -> DescriptionStore:
    """Return the store: of each molecule of a training row that nothing evaluates, one description.

    Args:
        plan: Which collections are taken.
        rows: The descriptions of all splits.
        licences: Terms of the collections.
        is_reserved: Whether an InChIKey block is reserved.

    Raises:
        DataError: No licence of a collection is recorded.
    """
    held_out = {block for row in rows if row.split != "train" for block in compute_evaluated_blocks(row.smiles)}
    found: dict[str, Description] = {}
    for collection in plan.collections:
        for row in rows:
            if row.split != "train" or row.collection != collection:
                continue
            try:
                key = inchikey(row.smiles)
            except InvalidSmilesError:
                continue
            if key in found or any(block in held_out or is_reserved(block) for block in compute_blocks(row.smiles)):
                continue
            found[key] = Description(key, canonicalize_smiles(row.smiles), collection, write_plainly(row.text))
    card = StoreCard(
        collections={
            one: Collection(name=name, licence=licences.find("captions", one).licence)
            for one, name in plan.collections.items()
        }
    )
    return DescriptionStore(card, [found[key] for key in sorted(found)])


def fit_ranker(
    plan: DescriptionsPlan, store: DescriptionStore, val: Sequence[DescribedRow], digest: str
) -> DescriptionRanker:
    """Fit the ranker to the descriptions of the store, each molecule left out in turn.

    Args:
        plan: How it is fitted.
        store: The store.
        val: Rows that nothing is fitted to; the figures of the card are of them.
        digest: SHA-256 of the store's file.

    Raises:
        MissingDependencyError: scikit-learn is not installed.
    """
    taught = [one for one in store.descriptions if one.collection == plan.taught_by]
    if plan.rows is not None:
        taught = random.Random(plan.seed).sample(taught, min(plan.rows, len(taught)))
    samples, values = [], []
    for one in taught:
        mol = parse_smiles(one.smiles)
        relatives = find_relatives(store, mol, without=(one.block,))
        samples.append(describe_relatives(mol, relatives))
        values += [score_sentence_bleu(relative.text, one.text) for relative in relatives]
    trees = grow_trees(np.concatenate(samples), np.array(values), plan.trees, plan.seed)
    card = RankerCard(
        trained_on=f"{len(taught):,} train descriptions of {plan.collections[plan.taught_by]}, nothing reserved",
        command=f"anymol train recipes/{plan.name}.yaml --data-dir $ANYMOL_DATA",
        store_sha256=digest,
        figures={},
    )
    ranker = DescriptionRanker(card, trees)
    return DescriptionRanker(card.model_copy(update={"figures": _measure(ranker, store, val)}), trees)


@dataclass(frozen=True)
class WrittenRow:
    """How a molecule is described after its relatives.

    Attributes:
        nearest: The description of the nearest relative.
        chosen: The one that the ranker chooses.
        said: What may be said of the molecule; None where nothing may.
        similarity: Of the nearest relative.
    """

    nearest: str
    chosen: str
    said: str | None
    similarity: float


def describe_row(ranker: DescriptionRanker, store: DescriptionStore, row: DescribedRow) -> WrittenRow:
    """Return how a molecule is described after its relatives."""
    mol = parse_smiles(row.smiles)
    relatives = find_relatives(store, mol)
    ordered = ranker.order(mol, relatives)
    found = restate_best(mol, ordered)
    return WrittenRow(
        relatives[0].text, ordered[0].text, None if found is None else found.text, relatives[0].similarity
    )


def _measure(ranker: DescriptionRanker, store: DescriptionStore, rows: Sequence[DescribedRow]) -> dict[str, float]:
    """Return BLEU-4 of what the ranker chooses, of what of this may be said, and of the nearest relative."""
    if not rows:
        return {}
    written = [describe_row(ranker, store, row) for row in rows]
    truth = [row.text for row in rows]
    return {
        "val_rows": len(rows),
        "val_bleu4_words_chosen": round(bleu4_words([one.chosen for one in written], truth), 4),
        "val_bleu4_words_said": round(bleu4_words([one.said for one in written], truth), 4),
        "val_bleu4_words_nearest": round(bleu4_words([one.nearest for one in written], truth), 4),
    }

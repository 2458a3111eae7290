"""Texts that programs make of unlabelled molecules: systematic names, specifications and edits."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from rdkit import rdBase

from anymol.chem.naming import name_molecule
from anymol.chem.parsing import parse_smiles
from anymol.data.config import MoleculesComponent
from anymol.data.heldout import GeneratedSplit, Heldout
from anymol.data.licences import BUILTIN, COMPUTED_NAMES
from anymol.data.sources.edits import draw_edit
from anymol.data.sources.molecules import find_licence, read_molecules
from anymol.data.sources.source import DataOrigin
from anymol.data.texts.collected import CollectedTexts
from anymol.data.texts.config import GeneratedNames, MoleculeTexts, Requests
from anymol.errors import AnyMolError, MissingDependencyError
from anymol.tasks.edit_groups import DRAWN, count_group
from anymol.tasks.edit_words import write_edit
from anymol.tasks.specifications import describe_specification
from anymol.workers import WorkerPool


def collect_generated_names(
    config: GeneratedNames, origin: DataOrigin, heldout: Heldout, *, workers: int = 1
) -> CollectedTexts:
    """Name molecules of the generated train split until there are enough, and those of val that are met."""
    found = CollectedTexts(licences={COMPUTED_NAMES.licence})
    for split, name, reason in _name_all(_draw_molecules(config, origin, heldout), workers):
        if name is None:
            found.refused[reason] += 1
        elif split is GeneratedSplit.TRAIN:
            found.train.append(name)
        elif len(found.val) < config.val_count:
            found.val.append(name)
    return found


def collect_requests(config: Requests, origin: DataOrigin, heldout: Heldout) -> CollectedTexts:
    """Write a specification and an edit for molecules of the generated train split, and those of val that are met."""
    licence = BUILTIN if config.builtin else find_licence(_as_component(config), origin.licences)
    found = CollectedTexts(licences={licence.licence})
    for split, smiles in _draw_molecules(config, origin, heldout):
        rng = random.Random(f"{origin.seed}/requests/{smiles}")
        try:
            texts = (describe_specification(smiles, rng), _draw_edit(smiles, rng))
        except AnyMolError as error:
            found.refused[error.kind] += 1
            continue
        if split is GeneratedSplit.TRAIN:
            found.train.extend(texts)
        elif len(found.val) < config.val_count:
            found.val.extend(texts)
    return found


def _draw_edit(smiles: str, rng: random.Random) -> str:
    molecule = parse_smiles(smiles)
    counts = {name: count_group(molecule, name) for name in DRAWN}
    edit = draw_edit(counts, rng)
    return write_edit(edit, rng, only=counts[edit.group] == 1)


def _draw_molecules(
    config: MoleculeTexts, origin: DataOrigin, heldout: Heldout
) -> Iterator[tuple[GeneratedSplit, str]]:
    """Yield `count` molecules of the generated train split, and those of val that stand between them."""
    rows = read_molecules(_as_component(config), origin, f"texts/{type(config).__name__}")
    left = config.count
    for _, smiles in rows:
        if left == 0:
            return
        with rdBase.BlockLogs():
            split = heldout.split_generated(smiles)
        match split:
            case GeneratedSplit.TRAIN if heldout.forbids_answer(smiles):  # a part of a mixture is held out
                pass
            case GeneratedSplit.TRAIN:
                left = None if left is None else left - 1
                yield split, smiles
            case GeneratedSplit.VAL:
                yield split, smiles
            case GeneratedSplit.TEST | None:
                pass


def _as_component(config: MoleculeTexts) -> MoleculesComponent:
    return MoleculesComponent(builtin=config.builtin, max_smiles=config.max_smiles)


def _name_all(
    molecules: Iterable[tuple[GeneratedSplit, str]], workers: int
) -> Iterator[tuple[GeneratedSplit, str | None, str]]:
    """Yield each molecule's split with its name, or with None and the reason; in order, whatever the workers."""
    with WorkerPool(_try_name, workers, crashed=lambda _: (None, "crash")) as pool:
        for (split, _), found in pool.run(molecules):
            for one in found:
                yield split, *one


def _try_name(molecule: tuple[GeneratedSplit, str]) -> tuple[str | None, str]:
    _, smiles = molecule
    try:
        return name_molecule(smiles), ""
    except MissingDependencyError:
        raise  # every molecule would fail
    except AnyMolError as error:
        return None, error.kind

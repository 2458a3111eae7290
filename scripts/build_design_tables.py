"""Make the tables that editing and design search with, from unlabelled real molecules.

Three files in ``src/anymol/design``: ``environments.npz``, how often the surroundings of atoms occur;
``replacements.tsv.gz``, the replacements that matched pairs show; ``seeds.tsv.gz``, molecules that designs begin with.
Molecules that are reserved, or of the val and test splits of the generated tasks, are left out of all three.

What ships was made in two runs: the surroundings of 40,478 molecules (``--blocks 60 --block 700``), the two others of
13,400 (as the options stand).

Run:  python scripts/build_design_tables.py --data-dir DATA
      python scripts/record_shipped_files.py
"""

from __future__ import annotations

import argparse
import gzip
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations, islice
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq
from rdkit import Chem, rdBase
from rdkit.Chem import rdMMPA

from anymol.chem.plausibility import has_oddity
from anymol.data.heldout import GeneratedSplit, Heldout
from anymol.design import environments, replacements, seeds
from anymol.design.replacements import HYDROGEN, LARGEST, describe_holder
from anymol.files import write_atomically
from anymol.shipped import PACKAGE
from anymol.tasks.specifications import FEATURES, FeatureKind

_ELEMENTS: Final = frozenset({5, 6, 7, 8, 9, 14, 15, 16, 17, 35, 53})
_MOST_ATOMS: Final = 45
_LEAST_CORE: Final = 7
"""Fewest heavy atoms of what a matched pair shares."""
_MOST_PER_CORE: Final = 60
_COVERED: Final = 12
"""Seeds that each count of each feature shall have, where there are so many."""


def main() -> None:
    """Make the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--blocks", type=int, default=40, help="places of the alphabet where molecules are read")
    parser.add_argument("--block", type=int, default=350, help="molecules that are read at each")
    parser.add_argument("--least-pairs", type=int, default=2, help="pairs that a replacement of the table has at least")
    parser.add_argument("--seeds", type=int, default=3000, help="most molecules that designs begin with")
    options = parser.parse_args()
    rdBase.DisableLog("rdApp.*")
    molecules = dict(read_training(options.data_dir, options.blocks, options.block))
    print(f"{len(molecules)} molecules", flush=True)
    counts = count_environments(molecules.values())
    write_atomically(PACKAGE / environments.FILE, environments.pack_counts(counts))
    print(f"{len(counts)} surroundings", flush=True)
    chosen = choose_seeds(molecules, options.seeds)
    write_atomically(PACKAGE / seeds.FILE, seeds.write_seeds(chosen))
    print(f"{len(chosen)} seeds", flush=True)
    pairs = count_pairs(molecules)
    kept = sorted((key for key in pairs if pairs[key] >= options.least_pairs), key=lambda key: (-pairs[key], key))
    lines = ["# kind of the atom that holds the group, group, other group, pairs of real molecules"]
    lines += ["\t".join((*key, str(pairs[key]))) for key in kept]
    packed = gzip.compress("\n".join(lines).encode("utf-8"), mtime=0)
    write_atomically(PACKAGE / replacements.FILE, packed)
    print(f"{len(kept)} replacements")


def read_training(data_dir: Path, blocks: int, block: int) -> Iterator[tuple[str, Chem.Mol]]:
    """Yield canonical SMILES and molecule of what may be learnt from.

    Canonical SMILES that begin alike often belong to one series, so that neighbours in the alphabet hold the matched
    pairs; a sample drawn at random holds few.
    """
    heldout = Heldout.read(data_dir)
    ordered = sorted(pq.read_table(data_dir / "molecules.parquet", columns=["smiles"])["smiles"].to_pylist())
    step = len(ordered) // blocks
    chosen = [smiles for start in range(0, step * blocks, step) for smiles in ordered[start : start + block]]
    random.Random(0).shuffle(chosen)
    for smiles in chosen:
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is None or molecule.GetNumHeavyAtoms() > _MOST_ATOMS:
            continue
        if any(a.GetAtomicNum() not in _ELEMENTS or a.GetIsotope() for a in molecule.GetAtoms()):
            continue
        if heldout.split_generated(smiles) is GeneratedSplit.TRAIN:
            yield smiles, molecule


def count_environments(molecules: Iterable[Chem.Mol]) -> dict[int, int]:
    """Return how many molecules have each surroundings, of those that are frequent."""
    counts: tuple[Counter[int], ...] = tuple(Counter() for _ in environments.RADII)
    for molecule in molecules:
        found = environments.list_environments(molecule)
        for radius, counter in enumerate(counts):
            counter.update({hashes[radius] for hashes in found})
    least = (3, 8)
    return {
        hashed: count
        for counter, bound in zip(counts, least, strict=True)
        for hashed, count in counter.items()
        if count >= bound and hashed
    }


def choose_seeds(molecules: dict[str, Chem.Mol], most: int) -> list[tuple[str, tuple[float, ...]]]:
    """Return molecules that together have every count of every feature, in the order in which they are read."""
    covered: Counter[tuple[str, float]] = Counter()
    counted = [name for name, feature in FEATURES.items() if feature.kind is FeatureKind.COUNT]
    rows: list[tuple[str, tuple[float, ...]]] = []
    for smiles, molecule in islice(molecules.items(), 2 * most):
        if len(rows) == most:
            break
        if Chem.GetFormalCharge(molecule) or any(atom.GetNumRadicalElectrons() for atom in molecule.GetAtoms()):
            continue
        values = dict(zip(FEATURES, seeds.measure_features(molecule), strict=True))
        keys = {(name, values[name]) for name in counted}
        if all(covered[key] >= _COVERED for key in keys) and len(rows) > most // 2:
            continue
        if has_oddity(molecule):
            continue
        covered.update(keys)
        rows.append((smiles, tuple(values.values())))
    return rows


def count_pairs(molecules: dict[str, Chem.Mol]) -> Counter[tuple[str, str, str]]:
    """Return how many pairs of molecules each replacement has, by holder and both groups in their order."""
    groups: dict[str, set[str]] = defaultdict(set)
    for molecule in molecules.values():
        heavy = molecule.GetNumHeavyAtoms()
        for _, pieces in rdMMPA.FragmentMol(molecule, maxCuts=1, resultsAsMols=False, maxCutBonds=40):
            core, group = sorted(pieces.split("."), key=len, reverse=True)
            size = count_heavy(group)
            if size <= LARGEST and heavy - size >= max(_LEAST_CORE, size):
                groups[core].add(group)
    print(f"{len(groups)} cores", flush=True)
    pairs: Counter[tuple[str, str, str]] = Counter()
    for core, found in groups.items():
        cut = Chem.MolFromSmiles(core)
        star = next(atom for atom in cut.GetAtoms() if atom.GetAtomicNum() == 0)
        names = [name for group in sorted(found)[:_MOST_PER_CORE] if (name := write_first(group)) is not None]
        bare = Chem.RWMol(cut)
        bare.GetAtomWithIdx(star.GetIdx()).SetAtomicNum(1)
        bare.GetAtomWithIdx(star.GetIdx()).SetAtomMapNum(0)
        try:
            without = Chem.MolToSmiles(Chem.RemoveHs(bare))
        except (Chem.AtomValenceException, Chem.KekulizeException):
            without = ""
        if without in molecules:
            names.append(HYDROGEN)
        if len(names) > 1:
            holder = describe_holder(star.GetNeighbors()[0], frozenset({star.GetIdx()}))
            pairs.update((holder, one, other) for one, other in combinations(sorted(set(names)), 2))
    return pairs


@lru_cache(maxsize=100_000)
def count_heavy(piece: str) -> int:
    """Return the number of heavy atoms of a piece with one open bond, written as SMILES."""
    return Chem.MolFromSmiles(piece).GetNumHeavyAtoms() - 1


@lru_cache(maxsize=100_000)
def write_first(group: str) -> str | None:
    """Return a group as SMILES that begin with its bonded atom, which has a hydrogen in place of the bond."""
    molecule = Chem.MolFromSmiles(group)
    star = next(atom for atom in molecule.GetAtoms() if atom.GetAtomicNum() == 0)
    first = star.GetNeighbors()[0].GetIdx()
    atoms = tuple(atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetIdx() != star.GetIdx())
    written = replacements.write_group(molecule, atoms, first)
    return written if Chem.MolFromSmiles(written) is not None else None


if __name__ == "__main__":
    main()

"""Measures the reading of XYZ files: molecules to MMFF geometries in shuffled order of atoms, and back.

A thousand molecules of ``molecules.parquet`` are embedded (ETKDG), optimised (MMFF94) and written as XYZ files without
a charge, their atoms shuffled; three hundred of them hold a group whose bonds are easily mistaken. Printed for each
kind: how many come back the same, stereochemistry of the geometry included; how many as another resonance form of the
same (equal InChI); of the rest, how many were refused or carry a note; and the time of each.

Run:  python scripts/measure_xyz.py --data-dir DATA
"""

from __future__ import annotations

import argparse
import io
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from rdkit import Chem, rdBase
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

from anymol.chem.configuration import correct_configurations
from anymol.chem.parsing import write_canonical
from anymol.readers.xyz import read_xyz

KINDS = {
    "nitro": ("[N+](=O)[O-]",),
    "sulfoxide": ("[#6][S;X3](=O)[#6]",),
    "N-oxide": ("[#7+;!$([N+](=O)[O-])][O-]",),
    "azide": ("[#7]=[N+]=[N-]",),
    "zwitterion": ("[+;!$([+]~[-])]", "[-;!$([-]~[+])]"),
    "phosphorus": ("[#15]",),
}
"""Groups whose bonds are easily mistaken, as SMARTS of which all must be found."""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=1000, help="molecules, three in ten of them of the hard kinds")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rdBase.DisableLog("rdApp.*")
    table = pq.read_table(options.data_dir / "molecules.parquet", columns=["smiles"])
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    seconds: list[float] = []
    list(read_xyz(io.StringIO("1\n\nHe 0 0 0\n2\n\nH 0 0 0\nH 0 0 0.74\n")))  # starts the worker
    for kind, mol in choose(table.column("smiles").to_pylist(), options.limit, options.seed):
        block, expected = write_shuffled(mol, options.seed)
        started = time.perf_counter()
        row = next(read_xyz(io.StringIO(block)))
        seconds.append(time.perf_counter() - started)
        smiles = row.record.smiles if row.record else None
        outcome = compare(expected, smiles)
        if outcome == "other":
            outcome = "other, refused" if row.error else f"other, {'noted' if row.notes else 'SILENT'}"
        counts[kind][outcome] += 1
        if outcome != "same":
            print(f"{kind}: {outcome}: {write_canonical(expected)}  {smiles or row.error}", flush=True)
    for kind, found in (*counts.items(), ("all", sum(counts.values(), Counter()))):
        parts = ", ".join(f"{outcome} {number}" for outcome, number in found.most_common())
        print(f"{kind}: {found.total()} molecules: {parts}")
    print(f"seconds: median {np.median(seconds):.3f}, 99th percentile {np.quantile(seconds, 0.99):.3f}")


def choose(smiles: list[str], limit: int, seed: int) -> Iterator[tuple[str, Chem.Mol]]:
    """Yield a kind and a molecule with its geometry, `limit` in all; those that cannot be optimised are passed over."""
    random.Random(seed).shuffle(smiles)
    patterns = {kind: [Chem.MolFromSmarts(one) for one in smarts] for kind, smarts in KINDS.items()}
    wanted = dict.fromkeys(KINDS, limit * 3 // 10 // len(KINDS)) | {"any": limit - limit * 3 // 10 // 6 * 6}
    for one in smiles:
        mol = Chem.MolFromSmiles(one)
        kinds = [kind for kind, pattern in patterns.items() if all(map(mol.HasSubstructMatch, pattern))]
        kind = next((kind for kind in [*kinds, "any"] if wanted[kind]), None)
        if kind is not None and (placed := optimise(mol)) is not None:
            wanted[kind] -= 1
            yield kind, placed
        if not any(wanted.values()):
            return


def optimise(mol: Chem.Mol) -> Chem.Mol | None:
    """Return a molecule with hydrogens in an MMFF94 minimum, and its stereochemistry there; None where it has none."""
    mol = Chem.AddHs(mol)
    if mol.GetNumAtoms() < 2 or not rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
        return None
    if rdDistGeom.EmbedMolecule(mol, randomSeed=7) != 0 or rdForceFieldHelpers.MMFFOptimizeMolecule(mol, maxIters=2000):
        return None
    # Only what the SMILES leaves open: what it states, the geometry was made by.
    Chem.AssignStereochemistryFrom3D(mol, replaceExistingTags=False)
    correct_configurations(mol)
    return mol if is_whole(mol) else None


def is_whole(mol: Chem.Mol) -> bool:
    """Whether no bond was torn: opposite charges that attract each other can do so in a force field."""
    radius = Chem.GetPeriodicTable().GetRcovalent
    places = mol.GetConformer().GetPositions()
    pairs = [(bond.GetBeginAtom(), bond.GetEndAtom()) for bond in mol.GetBonds()]
    return all(
        np.linalg.norm(places[one.GetIdx()] - places[other.GetIdx()])
        < 1.2 * (radius(one.GetAtomicNum()) + radius(other.GetAtomicNum()))
        for one, other in pairs
    )


def write_shuffled(mol: Chem.Mol, seed: int) -> tuple[str, Chem.Mol]:
    """Return the XYZ file of a molecule, its atoms shuffled, and the molecule without the hydrogens."""
    order = list(range(mol.GetNumAtoms()))
    random.Random(seed).shuffle(order)
    return Chem.MolToXYZBlock(Chem.RenumberAtoms(mol, order)), Chem.RemoveHs(mol)


def compare(expected: Chem.Mol, smiles: str | None) -> str:
    """Return ``same``, ``resonance form`` or ``other``."""
    if smiles is None:
        return "other"
    if smiles == write_canonical(expected):
        return "same"
    return "resonance form" if Chem.MolToInchi(Chem.MolFromSmiles(smiles)) == Chem.MolToInchi(expected) else "other"


if __name__ == "__main__":
    main()

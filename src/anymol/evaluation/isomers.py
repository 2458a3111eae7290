"""Molecules of the same formula: the rivals of a true structure, found among millions of SMILES."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolDescriptors

from anymol.chem.formula import count_formula
from anymol.chem.key_parts import connectivity_part
from anymol.chem.keys import inchikey_block
from anymol.data.sources.molecules import FILE as MOLECULES_FILE
from anymol.errors import InvalidSmilesError
from anymol.files import require_data_file
from anymol.synthesis.ms2_measured import FILE, Measured

_LETTERS: Final = {
    "[Cc]": ("C", "Cl"), "Cl": ("Cl",), "[Nn]": ("N",), "[Oo]": ("O",), "[Ss]": ("S", "Si"), "F": ("F",),
    "Br": ("Br",), "I": ("I",), "[Pp]": ("P",),
}  # fmt: skip
"""Letters in the text of a SMILES -> the elements that write them. Only a sieve: RDKit computes what passes."""

_RADIX: Final = 100
"""Base of the integer that holds the counts of all letters; a larger count reads as the largest digit."""


def find_isomers(
    data_dir: Path, molecules: Mapping[str, Measured], rng: random.Random, most: int
) -> dict[str, list[str]]:
    """Return other molecules of the same formula: those of the measured spectra first, then of the plain molecules.

    Args:
        data_dir: Where both files are; the second may be missing.
        molecules: InChIKey block -> a measured spectrum of the molecule.
        rng: Draws which are taken where there are more than `most`.
        most: Most isomers of each molecule.

    Raises:
        DataError: The measured spectra are missing.
    """
    import pyarrow.parquet as pq

    wanted = {one.formula for one in molecules.values()}
    path = require_data_file(data_dir, FILE)
    known: dict[str, dict[str, str]] = defaultdict(dict)
    table = pq.read_table(path, columns=["smiles", "inchikey", "formula"])
    for row in table.group_by(["smiles", "inchikey", "formula"]).aggregate([]).sort_by("smiles").to_pylist():
        if row["formula"] in wanted and "." not in row["smiles"]:
            known[row["formula"]].setdefault(connectivity_part(str(row["inchikey"])), row["smiles"])
    plain = _find_plain(data_dir / MOLECULES_FILE, wanted)
    found: dict[str, list[str]] = {}
    for block in sorted(molecules):
        formula = molecules[block].formula
        first = sorted(smiles for other, smiles in known[formula].items() if other != block)
        blocks = set(known[formula])
        rng.shuffle(first)
        more = plain.get(formula, [])
        rng.shuffle(more)
        chosen = first[:most]
        for smiles in more:
            if len(chosen) >= most:
                break
            try:
                other = inchikey_block(smiles)
            except InvalidSmilesError:
                continue
            if other not in blocks:
                blocks = blocks | {other}
                chosen.append(smiles)
        found[block] = chosen
    return found


def _find_plain(path: Path, formulas: set[str]) -> dict[str, list[str]]:
    """Return the plain molecules of some formulas; the heavy elements are first counted in the text, in bulk."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if not path.is_file():
        return {}
    keys = sorted({_encode_formula(formula) for formula in formulas})
    found: dict[str, list[str]] = defaultdict(list)
    for batch in pq.ParquetFile(path).iter_batches(batch_size=200_000, columns=["smiles"]):
        column = batch.column("smiles")
        code = pa.array(np.zeros(len(column), np.int64))
        for letters in _LETTERS:
            code = pc.add(pc.multiply(code, _RADIX), pc.cast(pc.count_substring_regex(column, letters), pa.int64()))
        hits = column.filter(pc.is_in(code, value_set=pa.array(keys, pa.int64())))
        with rdBase.BlockLogs():
            for smiles in hits.to_pylist():
                mol = Chem.MolFromSmiles(smiles)
                formula = rdMolDescriptors.CalcMolFormula(mol) if mol is not None and "." not in smiles else ""
                if formula in formulas:
                    found[formula].append(smiles)
    return {formula: sorted(set(smiles)) for formula, smiles in found.items()}


def _encode_formula(formula: str) -> int:
    """Return the counts of `_LETTERS` that a SMILES of this formula has, as digits of one integer."""
    counts = count_formula(formula)
    code = 0
    for elements in _LETTERS.values():
        code = code * _RADIX + min(_RADIX - 1, sum(counts[symbol] for symbol in elements))
    return code

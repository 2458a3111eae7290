"""Write the table of building blocks that routes may start from, out of recorded reactions.

A building block is a molecule that training reactions of patents use and do not make: it was bought. It occurs as a
reactant at least so often, and as a product next to never (records of patents are noisy: DMF is 'made' now and then).

python scripts/build_stock.py --data-dir DATA
python scripts/record_shipped_files.py
"""

from __future__ import annotations

import argparse
import gzip
from collections import Counter
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq
from rdkit import Chem

from anymol.chem.hazards import screen
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.data.licences import Licences
from anymol.data.patent_reactions import REACTIONS
from anymol.errors import AnyMolError
from anymol.files import require_data_file, write_atomically
from anymol.planning.shipped_stock import PLACE
from anymol.planning.stock import make_entry

LEAST: Final = 4
"""Training reactions that use a building block, at least."""

USES_PER_MAKING: Final = 20
"""How many times more often it is used than made, at least."""

LARGEST: Final = 26
"""Heavy atoms: what patents use that is larger is an intermediate of an earlier patent."""


def main() -> None:
    """Count, choose and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    used, made = _count(parser.parse_args().data_dir)
    frequent = sorted(one for one, count in used.items() if count >= max(LEAST, USES_PER_MAKING * made[one]))
    lines: dict[str, tuple[int, str]] = {}
    for smiles in frequent:
        if (found := _describe(smiles)) is not None:
            key, written = found
            uses, _ = lines.get(key, (0, ""))
            lines[key] = (uses + used[smiles], written)
    rows = sorted((written, key, uses) for key, (uses, written) in lines.items())
    text = "".join(f"{written}\t{key}\t{uses}\n" for written, key, uses in rows)
    write_atomically(PLACE, gzip.compress(text.encode(), 9, mtime=0))
    print(f"{len(rows):,} building blocks, {PLACE.stat().st_size:,} bytes in {PLACE}")


def _count(data_dir: Path) -> tuple[Counter[str], Counter[str]]:
    """Return how many training reactions use and how many make each molecule; each reaction counts once."""
    allowed = Licences.read(data_dir).allowed("reactions")
    columns = ["reactants", "products", "official_splits", "split"]
    used: Counter[str] = Counter()
    made: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    for row in pq.read_table(require_data_file(data_dir, REACTIONS), columns=columns).to_pylist():
        reaction = (row["reactants"], row["products"])
        if row["split"] == "train" and row["official_splits"].split("/", 1)[0] in allowed and reaction not in seen:
            seen.add(reaction)
            reactants, products = (set(side.split(".")) for side in reaction)
            used.update(reactants)
            made.update(products - reactants)
    return used, made


def _describe(smiles: str) -> tuple[str, str] | None:
    """Return the key and the SMILES of a building block; None of what is none.

    Ions, metals and inorganic molecules are none, nor what is scheduled. An alkane is a solvent, or what is left of a
    broken organometallic, as a radical is.
    """
    mol = parse_smiles(smiles)
    atoms = list(mol.GetAtoms())
    numbers = {atom.GetAtomicNum() for atom in atoms}
    charged = sum(atom.GetFormalCharge() for atom in atoms) != 0
    radical = any(atom.GetNumRadicalElectrons() for atom in atoms)
    alkane = numbers == {6} and all(atom.GetHybridization() == Chem.HybridizationType.SP3 for atom in atoms)
    if 6 not in numbers or charged or radical or alkane or len(atoms) > LARGEST:
        return None
    try:
        hazard = screen(smiles)
        if hazard is not None and (hazard.schedule <= 2 or not hazard.is_precursor):
            return None
        return make_entry(smiles).key, canonicalize_smiles(smiles)
    except AnyMolError:
        return None


if __name__ == "__main__":
    main()

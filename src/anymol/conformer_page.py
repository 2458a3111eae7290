"""A geometry as one HTML page to turn, zoom and measure; it needs nothing but a browser, and no network."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anymol.errors import UserError
from anymol.files import write_atomically
from anymol.modalities.conformer import Conformer

BOND_TOLERANCE = 0.45
"""Atoms are bonded up to the sum of their covalent radii plus this, angstrom, as in Open Babel."""
_SHORTEST = 0.4
"""Nearer atoms, angstrom, are disorder of a crystal and no bond."""
_DECIMALS = 4
_HEAVIEST = 118
_BALL = 0.5
"""Part of the covalent radius that is drawn."""
_COLOURS = {
    1: "#e8e8e8", 3: "#cc80ff", 5: "#ffb5b5", 6: "#787878", 7: "#3050f8", 8: "#e00d0d", 9: "#70c030", 11: "#ab5cf2",
    12: "#5ab800", 13: "#bfa6a6", 14: "#d8b080", 15: "#f08000", 16: "#d8b800", 17: "#1fc01f", 19: "#8f40d4",
    20: "#3da000", 26: "#e06633", 29: "#c88033", 30: "#7d80b0", 34: "#e09000", 35: "#a62929", 53: "#940094",
}  # fmt: skip
"""Colours after Jmol, the palest darkened so that they stand out on paper."""
_OTHER_COLOUR = "#b060b0"


def write_html(conformer: Conformer, path: str | Path, *, title: str | None = None) -> Path:
    """Write an interactive view to an ``.html`` file, under a temporary name that is then renamed.

    Args:
        conformer: The geometry.
        path: Where.
        title: Heading; formula and energy stand beneath it. None takes the SMILES, or the formula where there is none.

    Returns:
        The path.

    Raises:
        UserError: The suffix is another.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise UserError("interactive views are .html files", value=path, hint="give a path that ends so")
    write_atomically(target, render_html(conformer, title=title))
    return target


def render_html(conformer: Conformer, *, title: str | None = None) -> str:
    """Return the page that :func:`write_html` writes; coordinates are kept to 0.0001 angstrom."""
    from rdkit.Chem import GetPeriodicTable

    from anymol.chem.formula import write_formula

    table = GetPeriodicTable()
    known = np.where(conformer.atomic_numbers <= _HEAVIEST, conformer.atomic_numbers, 0)
    numbers = [int(number) for number in np.unique(known)]
    elements = [
        {
            "symbol": str(table.GetElementSymbol(number)),
            "colour": _COLOURS.get(number, _OTHER_COLOUR),
            "radius": round(_BALL * max(float(table.GetRcovalent(number)), 0.3), 3),
        }
        for number in numbers
    ]
    radii = np.array([float(table.GetRcovalent(number)) for number in numbers])
    kinds = np.searchsorted(numbers, known)
    molecule: dict[str, Any] = {
        "elements": elements,
        "atoms": kinds.tolist(),
        "coordinates": (np.round(conformer.coordinates, _DECIMALS) + 0.0).tolist(),
        "bonds": find_bonds(conformer.coordinates, radii[kinds]).tolist(),
    }
    symbols = [str(elements[kind]["symbol"]) for kind in kinds]
    formula = write_formula(Counter(symbols), conformer.charge)
    heading = title or conformer.smiles or formula
    facts = [formula, f"{conformer.n_atoms} atoms", conformer.method]
    if conformer.energy is not None:
        facts.insert(1, f"{conformer.energy:.2f} kcal/mol")
    if title is not None and conformer.smiles is not None:
        facts.append(conformer.smiles)
    texts = {
        "title": html.escape(heading),
        "facts": html.escape(", ".join(facts)),
        "label": html.escape(f"Three-dimensional view of {heading}, {formula}"),
        # Inside a script element no entity is read; an escaped < can neither end the element nor open a comment.
        "molecule": json.dumps(molecule, separators=(",", ":")).replace("<", "\\u003c"),
    }
    template = resources.files("anymol").joinpath("conformer_page.html").read_text(encoding="utf-8")
    # In one pass: a title that reads like a place of the template stays a title.
    return re.sub(r"\{\{(\w+)\}\}", lambda found: texts[found[1]], template)


def find_bonds(coordinates: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.int64]:
    """Guess bonds from distances.

    Args:
        coordinates: Shape (V, 3), angstrom.
        radii: Shape (V,): covalent radii, angstrom.

    Returns:
        Shape (n, 2): pairs of atoms, the lower first, ascending.
    """
    bonds = [np.zeros((0, 2), np.int64)]
    # Atom by atom: all distances at once would fill the memory for a protein.
    for atom in range(len(coordinates) - 1):
        distances = np.linalg.norm(coordinates[atom + 1 :] - coordinates[atom], axis=1)
        reach = radii[atom] + radii[atom + 1 :] + BOND_TOLERANCE
        others = np.flatnonzero((distances > _SHORTEST) & (distances <= reach)) + atom + 1
        bonds.append(np.stack([np.full(len(others), atom), others], axis=1))
    return np.concatenate(bonds)

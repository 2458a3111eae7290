"""What a synthesised drawing shows and where: what the detector learns from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from anymol.chem.reaction import is_reaction
from anymol.ocsr.binarize import Ink, binarize, scale_ink
from anymol.ocsr.bonds import BondMark
from anymol.ocsr.labels import CHARGES, find_label
from anymol.synthesis.degradation import Degradation
from anymol.synthesis.drawing import Drawing, Pen, Sketch, draw_pen, draw_structure
from anymol.synthesis.image import finish_drawing
from anymol.synthesis.scheme import draw_scheme

_ORDERS = {
    Chem.BondType.SINGLE: BondMark.SINGLE,
    Chem.BondType.DATIVE: BondMark.SINGLE,
    Chem.BondType.DOUBLE: BondMark.DOUBLE,
    Chem.BondType.TRIPLE: BondMark.TRIPLE,
}
_WEDGES = {Chem.BondDir.BEGINWEDGE: BondMark.WEDGE, Chem.BondDir.BEGINDASH: BondMark.HASH}

MAX_SIDE = 1400
"""Largest side of a synthesised drawing before it is scaled, pixels."""


@dataclass(frozen=True, eq=False)
class DrawnTruth:
    """A picture, its atoms and its bonds.

    Attributes:
        ink: Shape (H, W), uint8.
        places: Shape (N, 2), float32: where the atoms stand, x and y in pixels.
        labels: Shape (N,), int64: indices of :data:`~anymol.ocsr.labels.LABELS`.
        charges: Shape (N,), int64: indices of :data:`~anymol.ocsr.labels.CHARGES`.
        radicals: Shape (N,), int64: unpaired electrons.
        bonds: Shape (K, 3), int64: two atoms and their :class:`~anymol.ocsr.bonds.BondMark`.
    """

    ink: Ink
    places: NDArray[np.float32]
    labels: NDArray[np.int64]
    charges: NDArray[np.int64]
    radicals: NDArray[np.int64]
    bonds: NDArray[np.int64]


def draw_truth(
    smiles: str,
    drawing: Drawing,
    degradation: Degradation,
    seed: int,
    bond_pixels: float,
    *,
    pen: Pen | None = None,
) -> DrawnTruth:
    """Draw a molecule or a reaction scheme and return it with all that stands on it.

    Args:
        smiles: A molecule, or a reaction, which holds a ``>``.
        drawing: The style.
        degradation: What the drawing goes through.
        seed: Of the particulars.
        bond_pixels: Mean length of a bond in the picture returned; a molecule without bonds keeps the pen's.
        pen: What it is drawn with; None draws one of the style.

    Raises:
        UserError: The molecule is invalid or too large to draw.
    """
    rng = np.random.default_rng([seed, 0])
    pen = pen or draw_pen(drawing, rng)
    sketch = draw_scheme(smiles, pen, rng) if is_reaction(smiles) else draw_structure(smiles, pen)
    canvas = finish_drawing(sketch.canvas, drawing, degradation, np.random.default_rng([seed, 1]), MAX_SIDE)
    marks = _read_bonds(sketch)
    ends = canvas.places[marks[:, :2]]
    length = float(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1).mean()) if len(marks) else pen.bond_length
    factor = bond_pixels / max(length, 1.0)
    ink = scale_ink(binarize(np.asarray(canvas.image)), factor)
    atoms = list(sketch.mol.GetAtoms())
    return DrawnTruth(
        ink,
        np.asarray(canvas.places * (np.array(ink.shape[::-1]) / canvas.size), np.float32),
        np.array([find_label(atom) for atom in atoms], np.int64),
        np.array([_find_charge(atom) for atom in atoms], np.int64),
        np.array([atom.GetNumRadicalElectrons() for atom in atoms], np.int64),
        marks,
    )


def _find_charge(atom: Chem.Atom) -> int:
    charge = atom.GetFormalCharge()
    return CHARGES.index(charge) if charge in CHARGES else 0


def _read_bonds(sketch: Sketch) -> NDArray[np.int64]:
    found = [
        (
            bond.GetBeginAtomIdx(),
            bond.GetEndAtomIdx(),
            _WEDGES.get(bond.GetBondDir(), _ORDERS.get(bond.GetBondType(), BondMark.SINGLE)),
        )
        for bond in sketch.mol.GetBonds()
    ]
    return np.array(found, np.int64).reshape(-1, 3)

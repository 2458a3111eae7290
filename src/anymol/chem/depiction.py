"""Structures and reactions drawn to SVG or PNG by RDKit's MolDraw2D."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions
from rdkit.Chem.Draw import rdMolDraw2D

from anymol.chem.parsing import parse_smiles, remove_atom_maps
from anymol.chem.reaction import parse_reaction
from anymol.errors import UserError
from anymol.files import write_atomically

MAX_ATOMS = 400
"""Largest molecule that is drawn: layout time grows fast, and nobody can read more."""


class ImageFormat(StrEnum):
    """Formats that are drawn."""

    SVG = "svg"
    PNG = "png"


def render_molecule(
    smiles: str,
    image_format: ImageFormat,
    *,
    size: tuple[int, int] = (400, 300),
    legend: str = "",
    highlight_smarts: str | None = None,
) -> bytes:
    """Return a drawing of a molecule or mixture.

    Args:
        smiles: What to draw.
        image_format: SVG (as UTF-8) or PNG.
        size: Width and height, pixels.
        legend: Text below the structure.
        highlight_smarts: Atoms and bonds of this pattern are coloured.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
        UserError: The molecule is too large to draw, or the pattern is no SMARTS.
    """
    mol = _prepare(smiles)
    atoms, bonds = _find_highlight(mol, highlight_smarts)
    canvas = _make_canvas(image_format, size)
    with rdBase.BlockLogs():
        rdMolDraw2D.PrepareAndDrawMolecule(
            canvas, mol, legend=legend, highlightAtoms=atoms, highlightBonds=bonds, kekulize=True
        )
    return _finish(canvas)


def render_reaction(reaction: str, image_format: ImageFormat, *, size: tuple[int, int] | None = None) -> bytes:
    """Return a drawing of a reaction: reactants, reagents over the arrow, products.

    Args:
        reaction: Reaction SMILES; a mixture without ``>`` is drawn before an empty arrow.
        image_format: SVG (as UTF-8) or PNG.
        size: Width and height, pixels; chosen by the number of molecules where None.

    Raises:
        InvalidReactionError: `reaction` is invalid.
        UserError: A molecule is too large to draw.
    """
    parsed = parse_reaction(reaction)
    for smiles in (*parsed.inputs, *parsed.products):
        _prepare(smiles)
    with rdBase.BlockLogs():
        drawn = rdChemReactions.ReactionFromSmarts(parsed.smiles, useSmiles=True)
        canvas = _make_canvas(image_format, size or (200 * (len(parsed.inputs) + len(parsed.products) + 1), 260))
        canvas.DrawReaction(drawn)
    return _finish(canvas)


def render_grid(
    molecules: Sequence[str],
    image_format: ImageFormat,
    *,
    legends: Sequence[str] = (),
    columns: int = 4,
    cell: tuple[int, int] = (260, 220),
) -> bytes:
    """Return several molecules in one drawing, row by row.

    Args:
        molecules: SMILES, one per cell.
        image_format: SVG (as UTF-8) or PNG.
        legends: Text below each structure; empty, or as many as molecules.
        columns: Cells per row.
        cell: Width and height of a cell, pixels.

    Raises:
        InvalidSmilesError: A SMILES is invalid.
        UserError: There is nothing to draw, or a molecule is too large.
    """
    if not molecules:
        raise UserError("there is no molecule to draw")
    if legends and len(legends) != len(molecules):
        raise ValueError(f"{len(legends)} legends for {len(molecules)} molecules")
    mols = [rdMolDraw2D.PrepareMolForDrawing(_prepare(smiles)) for smiles in molecules]
    columns = min(columns, len(mols))
    rows = -(-len(mols) // columns)
    canvas = _make_canvas(image_format, (columns * cell[0], rows * cell[1]), cell)
    with rdBase.BlockLogs():
        canvas.DrawMolecules(mols, legends=list(legends) or [""] * len(mols))
    return _finish(canvas)


def draw_molecule(
    smiles: str,
    path: str | Path,
    *,
    size: tuple[int, int] = (400, 300),
    legend: str = "",
    highlight_smarts: str | None = None,
) -> Path:
    """Draw a molecule to a file; ``.svg`` or ``.png`` says how. See :func:`render_molecule`."""
    kind = _choose_format(path)
    return _write(path, render_molecule(smiles, kind, size=size, legend=legend, highlight_smarts=highlight_smarts))


def draw_reaction(reaction: str, path: str | Path, *, size: tuple[int, int] | None = None) -> Path:
    """Draw a reaction to a file; ``.svg`` or ``.png`` says how. See :func:`render_reaction`."""
    return _write(path, render_reaction(reaction, _choose_format(path), size=size))


def draw_grid(
    molecules: Sequence[str],
    path: str | Path,
    *,
    legends: Sequence[str] = (),
    columns: int = 4,
    cell: tuple[int, int] = (260, 220),
) -> Path:
    """Draw several molecules to a file; ``.svg`` or ``.png`` says how. See :func:`render_grid`."""
    return _write(path, render_grid(molecules, _choose_format(path), legends=legends, columns=columns, cell=cell))


def _prepare(smiles: str) -> Chem.Mol:
    mol = parse_smiles(smiles)
    if mol.GetNumAtoms() > MAX_ATOMS:
        raise UserError(
            f"the molecule has {mol.GetNumAtoms()} atoms", value=smiles, hint=f"up to {MAX_ATOMS} atoms are drawn"
        )
    return remove_atom_maps(mol)


def _find_highlight(mol: Chem.Mol, smarts: str | None) -> tuple[list[int], list[int]]:
    """Return the atoms and bonds of all matches of a pattern."""
    if smarts is None:
        return [], []
    with rdBase.BlockLogs():
        pattern = Chem.MolFromSmarts(smarts)
    if pattern is None:
        raise UserError("this is no SMARTS pattern", value=smarts)
    atoms: set[int] = set()
    bonds: set[int] = set()
    for match in mol.GetSubstructMatches(pattern):
        atoms.update(match)
        for bond in pattern.GetBonds():
            ends = match[bond.GetBeginAtomIdx()], match[bond.GetEndAtomIdx()]
            bonds.add(mol.GetBondBetweenAtoms(*ends).GetIdx())
    return sorted(atoms), sorted(bonds)


def _choose_format(path: str | Path) -> ImageFormat:
    suffix = Path(path).suffix.lower().removeprefix(".")
    try:
        return ImageFormat(suffix)
    except ValueError:
        raise UserError("drawings are .svg or .png files", value=path, hint="give a path that ends so") from None


def _make_canvas(
    image_format: ImageFormat, size: tuple[int, int], cell: tuple[int, int] | None = None
) -> rdMolDraw2D.MolDraw2D:
    panels = cell or (-1, -1)
    match image_format:
        case ImageFormat.SVG:
            canvas: rdMolDraw2D.MolDraw2D = rdMolDraw2D.MolDraw2DSVG(*size, *panels)
        case ImageFormat.PNG:
            canvas = rdMolDraw2D.MolDraw2DCairo(*size, *panels)
    options: Any = canvas.drawOptions()
    options.addStereoAnnotation = False
    options.legendFontSize = 16
    return canvas


def _finish(canvas: rdMolDraw2D.MolDraw2D) -> bytes:
    canvas.FinishDrawing()
    drawing = canvas.GetDrawingText()
    return drawing.encode("utf-8") if isinstance(drawing, str) else bytes(drawing)


def _write(path: str | Path, drawing: bytes) -> Path:
    target = Path(path)
    write_atomically(target, drawing)
    return target

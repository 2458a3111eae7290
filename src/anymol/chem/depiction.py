"""Structures and reactions drawn to SVG or PNG by RDKit's MolDraw2D."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import Any

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions
from rdkit.Chem.Draw import rdMolDraw2D

from anymol.chem.parsing import parse_smiles, remove_atom_maps
from anymol.chem.reaction import is_reaction, parse_reaction
from anymol.errors import UserError
from anymol.files import write_atomically

MAX_ATOMS = 400
"""Largest molecule that is drawn: layout time grows fast, and nobody can read more."""


class ImageFormat(StrEnum):
    """Formats that a drawing can have."""

    SVG = "svg"
    PNG = "png"


def render_molecule(
    smiles: str, image_format: ImageFormat, *, size: tuple[int, int] = (400, 300), legend: str = ""
) -> bytes:
    """Return a drawing of a molecule or mixture.

    Args:
        smiles: What to draw.
        image_format: SVG (as UTF-8) or PNG.
        size: Width and height, pixels.
        legend: Text below the structure.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
        UserError: The molecule is too large to draw.
    """
    mol = _prepare(smiles)
    canvas = _make_canvas(image_format, size)
    with rdBase.BlockLogs():
        rdMolDraw2D.PrepareAndDrawMolecule(canvas, mol, legend=legend, kekulize=True)
    return _finish(canvas)


def render_inline(smiles: str, lines: Sequence[str], *, size: tuple[int, int] = (280, 200)) -> str:
    """Return a molecule or reaction as HTML: its drawing over lines of text; the text alone where it cannot be drawn.

    Args:
        smiles: A molecule, a mixture or a reaction.
        lines: Plain text.
        size: Width and height of a molecule, pixels.
    """
    try:
        drawn = render_reaction(smiles, ImageFormat.SVG) if is_reaction(smiles) else None
        svg = (drawn or render_molecule(smiles, ImageFormat.SVG, size=size)).decode("utf-8")
    except UserError:  # too large, or with parts that are not drawn
        svg = ""
    # The declaration of an XML file has no place inside a page.
    svg = svg[max(svg.find("<svg"), 0) :]
    text = "<br>".join(escape(line) for line in lines)
    return f'<div style="display:inline-block;vertical-align:top;margin:0 1em 1em 0">{svg}<div>{text}</div></div>'


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


def draw_molecule(smiles: str, path: str | Path, *, size: tuple[int, int] = (400, 300), legend: str = "") -> Path:
    """Draw a molecule to a file; ``.svg`` or ``.png`` says how. See :func:`render_molecule`."""
    return _write(path, render_molecule(smiles, _choose_format(path), size=size, legend=legend))


def draw_reaction(reaction: str, path: str | Path, *, size: tuple[int, int] | None = None) -> Path:
    """Draw a reaction to a file; ``.svg`` or ``.png`` says how. See :func:`render_reaction`."""
    return _write(path, render_reaction(reaction, _choose_format(path), size=size))


def _prepare(smiles: str) -> Chem.Mol:
    mol = parse_smiles(smiles)
    if mol.GetNumAtoms() > MAX_ATOMS:
        raise UserError(
            f"the molecule has {mol.GetNumAtoms()} atoms", value=smiles, hint=f"up to {MAX_ATOMS} atoms are drawn"
        )
    return remove_atom_maps(mol)


def _choose_format(path: str | Path) -> ImageFormat:
    suffix = Path(path).suffix.lower().removeprefix(".")
    try:
        return ImageFormat(suffix)
    except ValueError:
        raise UserError("drawings are .svg or .png files", value=path, hint="give a path that ends so") from None


def _make_canvas(image_format: ImageFormat, size: tuple[int, int]) -> rdMolDraw2D.MolDraw2D:
    match image_format:
        case ImageFormat.SVG:
            canvas: rdMolDraw2D.MolDraw2D = rdMolDraw2D.MolDraw2DSVG(*size)
        case ImageFormat.PNG:
            canvas = rdMolDraw2D.MolDraw2DCairo(*size)
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

"""A reaction drawn with the atoms that change highlighted: what a precedent is shown by."""

from __future__ import annotations

from html import escape
from typing import Any, Final

from rdkit import Chem, rdBase
from rdkit.Chem.Draw import rdMolDraw2D

from anymol.chem.atom_mapping import map_reaction
from anymol.errors import AnyMolError, UserError

MAX_ATOMS: Final = 300
"""Largest reaction that is drawn."""

_PANEL: Final = (190, 150)
"""Width and height of a molecule, pixels."""

_SIGN: Final = 26
_ARROW: Final = 96
_COLOUR: Final = (1.0, 0.78, 0.38)
_SHOWN: Final = 3
"""Names above the arrow; of more the number stands there."""


def list_changed(reactants: str, products: str) -> tuple[Chem.Mol, Chem.Mol, set[int]]:
    """Return both sides, mapped, and the map numbers of the atoms whose bonds, charge or hydrogens change.

    Raises:
        InvalidSmilesError: One side does not parse.
    """
    mapped = map_reaction(reactants, products)
    before, after = Chem.MolFromSmiles(mapped.reactants), Chem.MolFromSmiles(mapped.products)
    old, new = _describe(before), _describe(after)
    return before, after, {number for number, state in new.items() if old.get(number) != state}


def _describe(mol: Chem.Mol) -> dict[int, tuple[Any, ...]]:
    """Return for each numbered atom its bonds, charge and hydrogens; of aromatic bonds only that they are."""
    found = {}
    for atom in mol.GetAtoms():
        if number := atom.GetAtomMapNum():
            bonds = sorted(
                (bond.GetOtherAtom(atom).GetAtomMapNum(), str(bond.GetBondType())) for bond in atom.GetBonds()
            )
            found[number] = (tuple(bonds), atom.GetFormalCharge(), atom.GetTotalNumHs())
    return found


def render_change(reactants: str, products: str, above: tuple[str, ...] = ()) -> str:
    """Return a reaction as SVG: its molecules in a row, atoms that change highlighted.

    Args:
        reactants: SMILES, dot-joined.
        products: SMILES.
        above: What is written above the arrow: names or SMILES of what helps.

    Raises:
        InvalidSmilesError: One side does not parse.
        UserError: It is too large to draw.
    """
    before, after, changed = list_changed(reactants, products)
    if before.GetNumAtoms() + after.GetNumAtoms() > MAX_ATOMS:
        raise UserError("the reaction is too large to draw", value=f"{reactants}>>{products}")
    pieces: list[str] = []
    place = 0
    for side, mol in enumerate((before, after)):
        if side:
            pieces.append(_draw_arrow(place, above))
            place += _ARROW
        for number, fragment in enumerate(Chem.GetMolFrags(mol, asMols=True)):
            if number:
                pieces.append(_write(place + _SIGN / 2, _PANEL[1] / 2 + 7, "+", 22))
                place += _SIGN
            pieces.append(f'<g transform="translate({place} 0)">{_draw(fragment, changed)}</g>')
            place += _PANEL[0]
    height = _PANEL[1]
    size = f'width="{place}" height="{height}" viewBox="0 0 {place} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(pieces)}</svg>'


def render_change_or_text(reactants: str, products: str, above: tuple[str, ...] = ()) -> str:
    """Return the drawing of :func:`render_change`, or the reaction in letters where it cannot be drawn; HTML."""
    try:
        return render_change(reactants, products, above)
    except AnyMolError:
        return f"<code>{escape(f'{reactants}>>{products}')}</code>"


def _draw(fragment: Chem.Mol, changed: set[int]) -> str:
    numbers = {atom.GetIdx(): atom.GetAtomMapNum() for atom in fragment.GetAtoms()}
    lit = [index for index, number in numbers.items() if number in changed]
    leaving = [
        atom.GetIdx()
        for atom in fragment.GetAtoms()
        if not atom.GetAtomMapNum() and any(numbers[other.GetIdx()] for other in atom.GetNeighbors())
    ]
    for atom in fragment.GetAtoms():
        atom.SetAtomMapNum(0)
    canvas = rdMolDraw2D.MolDraw2DSVG(*_PANEL)
    options: Any = canvas.drawOptions()
    options.clearBackground = False
    options.fixedBondLength = 24.0
    with rdBase.BlockLogs():
        rdMolDraw2D.PrepareAndDrawMolecule(
            canvas,
            fragment,
            highlightAtoms=[*lit, *leaving],
            highlightBonds=[],
            highlightAtomColors=dict.fromkeys([*lit, *leaving], _COLOUR),
        )
    canvas.FinishDrawing()
    drawn: str = canvas.GetDrawingText()
    return drawn[drawn.index("<svg") :]


def _draw_arrow(place: int, above: tuple[str, ...]) -> str:
    middle = _PANEL[1] / 2
    end = place + _ARROW - 10
    shown = [*above[:_SHOWN], *([f"and {len(above) - _SHOWN} more"] if len(above) > _SHOWN else [])]
    words = "".join(
        _write(
            place + _ARROW / 2,
            middle - 8 - 13 * (len(shown) - 1 - number),
            word if len(word) < 17 else f"{word[:15]}…",
            11,
        )
        for number, word in enumerate(shown)
    )
    line = (
        f'<path d="M{place + 10} {middle}H{end}m-7 -5l7 5l-7 5" fill="none" stroke="currentColor" stroke-width="1.6"/>'
    )
    return words + line


def _write(x: float, y: float, text: str, size: int) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-family="sans-serif" text-anchor="middle" '
        f'fill="currentColor">{escape(text)}</text>'
    )

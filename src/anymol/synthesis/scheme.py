"""Reaction schemes as papers print them: structures joined by plus signs, an arrow with reagents and conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from anymol.chem.reaction import Reaction, parse_reaction
from anymol.errors import InvalidReactionError
from anymol.synthesis.canvas import WHITE
from anymol.synthesis.drawing import Pen, Sketch, cut_margin, draw_structure, find_font, join_row, lay_on, place_blank

MAX_MOLECULES = 12
"""Most molecules in a scheme: nobody prints more on one arrow."""

_LINE_WIDTH = 34
"""A scheme is broken before it is wider than this many bonds."""

_BLACK = (0, 0, 0)

FORMULAS = {
    "O": "H2O", "CO": "MeOH", "CCO": "EtOH", "CC(C)O": "iPrOH", "CC(C)(C)O": "tBuOH", "C1CCOC1": "THF",
    "CN(C)C=O": "DMF", "CS(C)=O": "DMSO", "CC#N": "MeCN", "CC(C)=O": "acetone", "ClCCl": "CH2Cl2",
    "ClC(Cl)Cl": "CHCl3", "ClCCCl": "DCE", "CCOC(C)=O": "EtOAc", "CCOCC": "Et2O", "C1COCCO1": "1,4-dioxane",
    "COCCOC": "DME", "Cc1ccccc1": "toluene", "c1ccncc1": "pyridine", "CC(=O)O": "AcOH", "CC(=O)N(C)C": "DMA",
    "CN1CCCC1=O": "NMP", "CCCCCC": "hexane", "CCN(CC)CC": "Et3N", "CCN(C(C)C)C(C)C": "iPr2NEt",
    "CN(C)c1ccncc1": "DMAP", "Cl": "HCl", "Br": "HBr", "O=S(=O)(O)O": "H2SO4", "O=[N+]([O-])O": "HNO3",
    "O=C(O)C(F)(F)F": "TFA", "[Na+].[OH-]": "NaOH", "[K+].[OH-]": "KOH", "[Li+].[OH-]": "LiOH",
    "[H-].[Na+]": "NaH", "[BH4-].[Na+]": "NaBH4", "[Al+3].[H-].[H-].[H-].[H-].[Li+]": "LiAlH4",
    "O=C([O-])[O-].[K+].[K+]": "K2CO3", "O=C([O-])[O-].[Na+].[Na+]": "Na2CO3", "O=C([O-])[O-].[Cs+].[Cs+]": "Cs2CO3",
    "O=C([O-])O.[Na+]": "NaHCO3", "O=P([O-])([O-])[O-].[K+].[K+].[K+]": "K3PO4", "CC(C)(C)[O-].[K+]": "KOtBu",
    "[H][H]": "H2", "[Pd]": "Pd/C", "[Ni]": "Ni", "[Fe]": "Fe", "[Zn]": "Zn", "O=S(Cl)Cl": "SOCl2",
    "O=P(Cl)(Cl)Cl": "POCl3", "BrB(Br)Br": "BBr3", "BrBr": "Br2", "ClCl": "Cl2", "II": "I2", "N": "NH3",
    "NN": "N2H4", "OO": "H2O2", "[Cl-].[Na+]": "NaCl", "[Cl-].[NH4+]": "NH4Cl", "[Li][CH2]CCC": "nBuLi",
    "C1CCC2=NCCCN2CC1": "DBU", "c1ccc(P(c2ccccc2)c2ccccc2)cc1": "PPh3", "[Cu][I]": "CuI", "[Li+]": "Li+",
    "[Na+]": "Na+", "[K+]": "K+", "[Cs+]": "Cs+", "[Cl-]": "Cl-", "[OH-]": "OH-", "O=C([O-])[O-]": "CO3 2-",
}  # fmt: skip
"""Canonical SMILES -> what chemists write over an arrow instead of the structure."""

_CONDITIONS = (
    "rt",
    "reflux",
    "0 °C to rt",
    "80 °C, 12 h",
    "rt, 2 h",
    "100 °C, MW",
    "-78 °C",
    "60 °C, overnight",
    "110 °C",
)


def draw_scheme(text: str, pen: Pen, rng: np.random.Generator) -> Sketch:
    """Return a drawing of a reaction: ink on white, RGB.

    Reagents that everybody abbreviates stand as text, others as smaller structures. Conditions, where there are any,
    are made up: the notation does not hold them.

    Raises:
        InvalidReactionError: `text` is not a reaction, lacks both sides or has more than `MAX_MOLECULES` molecules.
        UserError: A molecule is too large to draw.
    """
    reaction = _require_drawable(text)
    arrow = _draw_arrow(reaction.reagents, pen, rng)
    pieces: list[Sketch] = []
    for side in (reaction.reactants, reaction.products):
        if pieces or side is reaction.products:
            pieces.append(arrow)
        for number, smiles in enumerate(side):
            if number:
                pieces.append(_draw_text("+", pen, 0.75))
            pieces.append(draw_structure(smiles, pen))
    return cut_margin(_arrange(pieces, pen))


def _require_drawable(text: str) -> Reaction:
    reaction = parse_reaction(text)
    if reaction.is_mixture or not (reaction.reactants or reaction.products):
        raise InvalidReactionError("there is nothing on either side of the arrow", value=text)
    number = len(reaction.inputs) + len(reaction.products)
    if number > MAX_MOLECULES:
        raise InvalidReactionError(
            f"the reaction has {number} molecules", value=text, hint=f"up to {MAX_MOLECULES} are drawn in one scheme"
        )
    return reaction


def _draw_arrow(reagents: Sequence[str], pen: Pen, rng: np.random.Generator) -> Sketch:
    """Return the arrow with reagents above and the rest of them, or conditions, below."""
    gap = max(3, round(pen.bond_length * 0.12))
    small = Pen(**{**vars(pen), "bond_length": pen.bond_length * 0.7, "line_width": max(1.0, pen.line_width * 0.8)})
    structures = [draw_structure(one, small) for one in reagents if one not in FORMULAS]
    words = [FORMULAS[one] for one in reagents if one in FORMULAS]
    above = [join_row(structures, gap)] if structures else []
    below: list[Sketch] = []
    if words:
        # Structures push the words below the arrow; alone, they share both sides of it.
        half = (len(words) + 1) // 2 if not structures else 0
        above += _draw_lines(words[:half], pen)
        below += _draw_lines(words[half:], pen)
    if rng.random() < 0.5:
        below += _draw_lines([_CONDITIONS[int(rng.integers(len(_CONDITIONS)))]], pen)
    length = max([round(pen.bond_length * 2.6), *(piece.canvas.size[0] + 4 * gap for piece in (*above, *below))])
    shaft = _draw_shaft(length, pen)
    column = [*above, shaft, *below]
    # The arrow shall stand at the height of the structures' middles, so both sides get the height of the taller one.
    over = sum(piece.canvas.size[1] + gap for piece in above)
    under = sum(piece.canvas.size[1] + gap for piece in below)
    thickness = shaft.canvas.size[1]
    height = 2 * max(over, under) + thickness
    laid: list[tuple[Sketch, tuple[int, int]]] = []
    y = height // 2 - thickness // 2 - over
    for piece in column:
        laid.append((piece, ((length - piece.canvas.size[0]) // 2, y)))
        y += piece.canvas.size[1] + gap
    return lay_on((length, height), laid)


def _draw_shaft(length: int, pen: Pen) -> Sketch:
    head = max(8, round(pen.bond_length * 0.36))
    image = Image.new("RGB", (length, head), WHITE)
    pencil = ImageDraw.Draw(image)
    middle = head // 2
    pencil.line([(2, middle), (length - head, middle)], fill=_BLACK, width=max(1, round(pen.line_width)))
    pencil.polygon([(length - 2, middle), (length - 2 - head, 1), (length - 2 - head, head - 2)], fill=_BLACK)
    return place_blank(image)


def _draw_lines(words: Sequence[str], pen: Pen) -> list[Sketch]:
    """Return words, joined by commas, as lines of at most three words each."""
    rows = [", ".join(words[start : start + 3]) for start in range(0, len(words), 3)]
    return [_draw_text(row, pen, 0.46) for row in rows]


def _draw_text(text: str, pen: Pen, height: float) -> Sketch:
    """Return text, the numbers of formulas lowered; `height` in bonds."""
    size = max(11, round(pen.bond_length * height))
    large, small = _load_font(pen.font, size), _load_font(pen.font, max(8, round(size * 0.72)))
    pieces = list(_split_subscripts(text))
    width = sum((small if lowered else large).getlength(piece) for piece, lowered in pieces)
    image = Image.new("RGB", (round(width) + 6, round(size * 1.5)), WHITE)
    pencil = ImageDraw.Draw(image)
    x, base = 3.0, round(size * 1.1)
    for piece, lowered in pieces:
        font = small if lowered else large
        pencil.text((x, base + (round(size * 0.22) if lowered else 0)), piece, fill=_BLACK, font=font, anchor="ls")
        x += font.getlength(piece)
    return place_blank(image)


def _split_subscripts(text: str) -> Iterator[tuple[str, bool]]:
    """Yield pieces of text and whether each is a subscript: digits directly behind a letter or bracket."""
    piece, lowered = "", False
    for position, sign in enumerate(text):
        before = text[position - 1] if position else " "
        low = sign.isdigit() and (before.isalpha() or before == ")" or (lowered and before.isdigit()))
        if low is not lowered and piece:
            yield piece, lowered
            piece = ""
        piece, lowered = piece + sign, low
    if piece:
        yield piece, lowered


@cache
def _load_font(name: str | None, size: int) -> ImageFont.FreeTypeFont:
    path: Path = find_font(name or "FreeSans.ttf")
    return ImageFont.truetype(str(path), size)


def _arrange(pieces: Sequence[Sketch], pen: Pen) -> Sketch:
    """Return the pieces in rows, broken where a row would be too wide."""
    gap, limit = round(pen.bond_length * 0.35), round(pen.bond_length * _LINE_WIDTH)
    rows: list[list[Sketch]] = [[]]
    for piece in pieces:
        width = sum(one.canvas.size[0] + gap for one in rows[-1])
        if rows[-1] and width + piece.canvas.size[0] > limit:
            rows.append([])
        rows[-1].append(piece)
    laid: list[tuple[Sketch, tuple[int, int]]] = []
    y = 0
    for row in (join_row(row, gap) for row in rows if row):
        laid.append((row, (0, y)))
        y += row.canvas.size[1] + gap
    return lay_on((max(row.canvas.size[0] for row, _ in laid), y), laid)

"""Structures drawn by RDKit in the styles that chemists meet: journals, patents, vendors' pages, notebooks.

A drawing here is clean ink on white; what paper, scanner or camera do to it is :mod:`anymol.synthesis.degradation`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from rdkit import Chem, RDConfig, rdBase
from rdkit.Chem import rdAbbreviations, rdCoordGen, rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D

from anymol.chem.abbreviations import find_group
from anymol.chem.depiction import MAX_ATOMS
from anymol.chem.parsing import parse_smiles, remove_atom_maps
from anymol.errors import UserError, shorten
from anymol.synthesis.canvas import WHITE, Canvas, compose

_BOND = 1.5
"""Length of a bond in RDKit's two-dimensional coordinates, angstrom."""

_MARGIN = 8
"""White left around the ink, pixels."""

_ABBREVIATED = 0.75
"""Share of the labels that a pen with a choice writes; other groups stay drawn out."""

_MAX_CANVAS = 4000
"""Largest side that RDKit may be asked for, pixels."""


WIDE_LABELS = (
    ("CO2Me", "MeO2C"), ("CO2tBu", "tBuO2C"), ("CO2Bn", "BnO2C"), ("COOMe", "MeOOC"), ("COOCH3", "H3COOC"),
    ("CO2CH3", "H3CO2C"), ("COCH3", "H3COC"), ("COMe", "MeOC"), ("COPh", "PhOC"), ("COCl", "ClOC"), ("SO2Me", "MeO2S"),
    ("SO2Ph", "PhO2S"), ("SO2Cl", "ClO2S"), ("B(OH)2", "(HO)2B"), ("PPh2", "Ph2P"), ("NCO", "OCN"), ("NCS", "SCN"),
    ("CHF2", "F2HC"), ("SCF3", "F3CS"), ("CH2OH", "HOH2C"), ("C6H5", "C6H5"), ("OCH3", "H3CO"), ("OC2H5", "H5C2O"),
    ("N(CH3)2", "(H3C)2N"), ("PMB", "PMB"), ("Fmoc", "Fmoc"), ("Alloc", "Alloc"), ("Trt", "Trt"), ("MOM", "MOM"),
    ("SEM", "SEM"), ("THP", "THP"), ("TES", "TES"), ("TIPS", "TIPS"), ("TBDPS", "TBDPS"), ("TBDMS", "TBDMS"),
    ("Piv", "Piv"), ("Cy", "Cy"), ("cPr", "cPr"), ("sBu", "sBu"), ("Mes", "Mes"), ("Tol", "Tol"), ("PMP", "PMP"),
    ("Ns", "Ns"), ("OTs", "TsO"), ("OMs", "MsO"), ("OTf", "TfO"), ("OBn", "BnO"), ("OPh", "PhO"), ("OBz", "BzO"),
    ("OBoc", "BocO"), ("OPiv", "PivO"), ("OTBS", "TBSO"), ("OTMS", "TMSO"), ("OTIPS", "TIPSO"), ("OTBDPS", "TBDPSO"),
    ("OPMB", "PMBO"), ("OMOM", "MOMO"), ("OTHP", "THPO"), ("OiPr", "iPrO"), ("OtBu", "tBuO"), ("SPh", "PhS"),
    ("SEt", "EtS"), ("NHMe", "MeHN"), ("NHEt", "EtHN"), ("NHPh", "PhHN"), ("NHBn", "BnHN"), ("NHBoc", "BocHN"),
    ("NHCbz", "CbzHN"), ("NHFmoc", "FmocHN"), ("NHTs", "TsHN"), ("NHMs", "MsHN"), ("NHBz", "BzHN"),
    ("Me", "Me"), ("NMe2", "Me2N"), ("NEt2", "Et2N"), ("NiPr2", "iPr2N"), ("NHCH3", "H3CHN"), ("NPhth", "PhthN"),
    ("N3", "N3"), ("CONH2", "H2NOC"), ("CONHMe", "MeHNOC"), ("CONMe2", "Me2NOC"), ("SO2NH2", "H2NO2S"),
    ("SO2NMe2", "Me2NO2S"), ("SO2CH3", "H3CO2S"), ("SO2CF3", "F3CO2S"), ("SO3-", "-O3S"), ("OCF3", "F3CO"),
    ("PO3H2", "H2O3P"), ("OPO3H2", "H2O3PO"), ("P(O)(OEt)2", "(EtO)2(O)P"), ("SF5", "F5S"), ("SCN", "NCS"),
    ("C(CH3)3", "(H3C)3C"), ("CH(CH3)2", "(H3C)2HC"), ("CH2CH3", "H3CH2C"), ("OnBu", "nBuO"), ("NHOH", "HOHN"),
    ("Troc", "Troc"), ("MEM", "MEM"), ("OCOCH3", "H3COCO"),
)  # fmt: skip
"""Labels of groups beside RDKit's own list, as written at the right of a structure and at its left."""

FONTS = (
    "FreeSans.ttf", "Telex-Regular.ttf", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "STIXGeneral.ttf",
    "STIXGeneral.ttf", "STIXGeneralBol.ttf", "cmr10.ttf", "cmss10.ttf", None, None,
)  # fmt: skip
"""Font files of RDKit's and matplotlib's that print labels; None for RDKit's own letters."""

_RESIDUES = (
    "R", "R", "R", "R'", "X", "Y", "Z", "A", "Q", "L", "Ar", "Het", "Hal", "Alk", "PG", "LG", "EWG", "Nu", "OR", "SR",
    "NHR", "NR<sub>2</sub>", "CO<sub>2</sub>R", "COR", "SO<sub>2</sub>R", "CONHR", "OAr",
)  # fmt: skip
"""What stands for a residue that a drawing leaves open, where a pen chooses."""


class Drawing(StrEnum):
    """How a structure is drawn."""

    PLAIN = "plain"
    """Black lines of one width, as most programs draw."""

    COLOUR = "colour"
    """Elements in one of three colour schemes."""

    JOURNAL = "journal"
    """After the ACS 1996 settings of ChemDraw: thin lines, short bonds, wide wedges."""

    PATENT = "patent"
    """Thick lines and large letters, as offices print them."""

    ABBREVIATED = "abbreviated"
    """Common groups as labels: OMe, Boc, CO2H, tBu, Ph, ..."""

    EXPLICIT = "explicit"
    """Terminal methyls written out, stereo labels beside centres."""

    HAND = "hand"
    """Wavering strokes of uneven pressure, handwritten letters."""


@dataclass(frozen=True)
class Pen:
    """What one picture draws all its structures with.

    Attributes:
        drawing: The style.
        bond_length: Pixels.
        line_width: Pixels; in the journal style the settings of ACS 1996 decide.
        rotation: Counter-clockwise, degrees; letters stay upright.
        font: A font file of RDKit's or matplotlib's; None for RDKit's own letters.
        palette: Which of three colour schemes, where elements are coloured.
        layout_by_coordgen: Whether CoordGen lays the molecule out, else RDKit.
        wide_double_bonds: Whether the lines of a double bond stand wide apart.
        letters: Size of the letters, bonds.
        choice: Draws, in every style, which groups have labels, the long list :data:`WIDE_LABELS` among them, and how
            residues and heavy hydrogen are named; None for the usual labels, in the abbreviated style.
    """

    drawing: Drawing
    bond_length: float
    line_width: float
    rotation: float
    font: str | None
    palette: int
    layout_by_coordgen: bool
    wide_double_bonds: bool
    letters: float
    choice: int | None = None


def draw_pen(drawing: Drawing, rng: np.random.Generator) -> Pen:
    """Draw the particulars of a style at random."""
    width = {
        Drawing.PATENT: rng.uniform(2.2, 3.6),
        Drawing.HAND: rng.uniform(1.8, 3.2),
    }.get(drawing, rng.uniform(1.0, 2.4))
    fonts = {
        Drawing.HAND: ("ComicNeue-Regular.ttf",),
        Drawing.PATENT: ("FreeSans.ttf", None),
    }.get(drawing, (None, "FreeSans.ttf", "Telex-Regular.ttf"))
    # Programs lay most molecules out along the page; some are turned.
    rotation = float(rng.choice([0.0, 30.0, 90.0, 180.0, rng.uniform(-180, 180)], p=[0.4, 0.1, 0.1, 0.1, 0.3]))
    return Pen(
        drawing=drawing,
        bond_length=float(rng.uniform(26, 52)),
        line_width=float(width),
        rotation=rotation,
        font=fonts[int(rng.integers(len(fonts)))],
        palette=int(rng.integers(3)),
        layout_by_coordgen=bool(rng.random() < 0.3),
        wide_double_bonds=bool(rng.random() < 0.4),
        letters=float(rng.uniform(0.42, 0.62) if drawing is Drawing.PATENT else rng.uniform(0.36, 0.56)),
    )


@dataclass(frozen=True, eq=False)
class Sketch:
    """A picture and what is drawn on it.

    Attributes:
        canvas: The picture; its places are the atoms', in the order of `mol`.
        mol: All structures as drawn: rings with alternating double bonds, wedges as bond directions, abbreviated groups
            as dummy atoms that hold their label.
    """

    canvas: Canvas
    mol: Chem.Mol


def draw_structure(smiles: str, pen: Pen) -> Sketch:
    """Return a drawing of a molecule or mixture: ink on white, RGB, cut to a narrow margin.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
        UserError: The molecule is too large to draw.
    """
    mol = parse_smiles(smiles)
    if mol.GetNumAtoms() > MAX_ATOMS:
        raise UserError(
            f"the molecule has {mol.GetNumAtoms()} atoms",
            value=shorten(smiles, 60),
            hint=f"up to {MAX_ATOMS} are drawn",
        )
    with rdBase.BlockLogs():
        # Each ion by itself: laid out together and then turned, the letters of one would stand on another.
        fragments = Chem.GetMolFrags(remove_atom_maps(mol), asMols=True, sanitizeFrags=False)
        drawn = [cut_margin(_draw(_lay_out(_abbreviate(one, pen), pen), pen)) for one in fragments]
    return join_row(drawn, gap=round(pen.bond_length * 0.2))


def place_blank(image: Image.Image) -> Sketch:
    """Return a picture without structures, such as text."""
    return Sketch(Canvas(image), Chem.Mol())


def lay_on(size: tuple[int, int], pieces: Sequence[tuple[Sketch, tuple[int, int]]]) -> Sketch:
    """Return pictures laid on white, each with its left upper corner at a place."""
    mol = Chem.Mol()
    for piece, _ in pieces:
        mol = Chem.CombineMols(mol, piece.mol)
    return Sketch(compose(size, [(piece.canvas, corner) for piece, corner in pieces]), mol)


def join_row(pieces: Sequence[Sketch], gap: int) -> Sketch:
    """Return pictures side by side, their middles at one height."""
    sizes = [piece.canvas.size for piece in pieces]
    width, height = sum(width for width, _ in sizes) + gap * (len(pieces) - 1), max(height for _, height in sizes)
    laid: list[tuple[Sketch, tuple[int, int]]] = []
    x = 0
    for piece, (own_width, own_height) in zip(pieces, sizes, strict=True):
        laid.append((piece, (x, (height - own_height) // 2)))
        x += own_width + gap
    return lay_on((width, height), laid)


def cut_margin(sketch: Sketch, margin: int = _MARGIN) -> Sketch:
    """Return a picture cut to its ink and a margin of white."""
    canvas = sketch.canvas
    box = ImageOps.invert(canvas.image.convert("L")).point(lambda value: 255 if value > 24 else 0).getbbox()
    return Sketch((canvas.crop(box) if box else canvas).frame(margin, WHITE), sketch.mol)


def _abbreviate(mol: Chem.Mol, pen: Pen) -> Chem.Mol:
    if pen.choice is not None:
        return rdAbbreviations.CondenseMolAbbreviations(
            mol, _abbreviations(pen.choice), maxCoverage=0.95, sanitize=True
        )
    if pen.drawing is not Drawing.ABBREVIATED:
        return mol
    return rdAbbreviations.CondenseMolAbbreviations(mol, _abbreviations(), maxCoverage=0.6, sanitize=True)


@lru_cache(maxsize=64)
def _abbreviations(choice: int | None = None) -> Any:
    """RDKit's own, and the protecting groups and rings that its list lacks; with a choice, of the long list too."""
    more = (
        "Boc  *C(=O)OC(C)(C)C\nCbz  *C(=O)OCc1ccccc1\n"
        "Ts  *S(=O)(=O)c1ccc(C)cc1\nMs  *S(=O)(=O)C\nTf  *S(=O)(=O)C(F)(F)F\n"
        "Bn  *Cc1ccccc1\nBz  *C(=O)c1ccccc1\nPh  *c1ccccc1\nTMS  *[Si](C)(C)C\nTBS  *[Si](C)(C)C(C)(C)C\n"
        "Bpin  *B1OC(C)(C)C(C)(C)O1"
    )
    own = rdAbbreviations.ParseAbbreviations(more)
    # Two of RDKit's do not say what they stand for: NMe hides a charge, iPent fits several groups.
    usual = [one for one in rdAbbreviations.GetDefaultAbbreviations() if one.label not in ("NMe", "iPent")]
    if choice is None:
        return [*own, *usual]
    wide = rdAbbreviations.ParseAbbreviations(
        "\n".join(
            f"{label}  {find_group(label)} {_mark_up(label)} {_mark_up(mirrored)}" for label, mirrored in WIDE_LABELS
        )
    )
    every = [*own, *usual, *wide]
    order = np.random.default_rng(choice).permutation(len(every))[: round(_ABBREVIATED * len(every))]
    # The largest groups first, so that OTs is not O and Ts; of equal ones any.
    return sorted((every[place] for place in order), key=lambda one: -one.mol.GetNumAtoms())


def _mark_up(label: str) -> str:
    """Return a label with its numbers below the line and its sign above: ``B(OH)<sub>2</sub>``."""
    return re.sub(r"(?<=[A-Za-z)])(\d+)", r"<sub>\1</sub>", label).replace("-", "<sup>-</sup>")


def _lay_out(mol: Chem.Mol, pen: Pen) -> Chem.Mol:
    """Return the molecule with coordinates on the page and wedges, rings written with alternating double bonds."""
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0 and not atom.HasProp("atomLabel"):
            number = atom.GetIsotope()
            name = "R" if pen.choice is None else _RESIDUES[(pen.choice + number) % len(_RESIDUES)]
            atom.SetProp("atomLabel", f"{name}<sup>{number}</sup>" if number and len(name) == 1 else name)
    if pen.layout_by_coordgen and 2 < mol.GetNumAtoms() <= 80:
        rdCoordGen.AddCoords(mol)
        rdDepictor.NormalizeDepiction(mol)
    else:
        rdDepictor.Compute2DCoords(mol)
    return rdMolDraw2D.PrepareMolForDrawing(mol, kekulize=True, addChiralHs=True, wedgeBonds=True)


def _draw(mol: Chem.Mol, pen: Pen) -> Sketch:
    canvas = rdMolDraw2D.MolDraw2DCairo(-1, -1)
    options: Any = canvas.drawOptions()
    options.prepareMolsBeforeDrawing = False
    if pen.drawing is Drawing.JOURNAL and mol.GetNumBonds():
        rdMolDraw2D.SetACS1996Mode(options, rdMolDraw2D.MeanBondLength(mol))
        # It fixes sizes in points for bonds of 14.4: the same proportions at the size wished for.
        options.fixedBondLength = -1.0
        options.scalingFactor = pen.bond_length / _BOND
        options.bondLineWidth = max(1.0, 0.6 / 14.4 * pen.bond_length)
        options.fixedFontSize = max(9, round(pen.bond_length * pen.letters))
    else:
        options.scalingFactor = pen.bond_length / _BOND
        options.bondLineWidth = pen.line_width
        options.fixedFontSize = max(9, round(pen.bond_length * pen.letters))
        options.multipleBondOffset = 0.18 if pen.wide_double_bonds else 0.13
        options.additionalAtomLabelPadding = 0.06
    if pen.font is not None:
        options.fontFile = str(find_font(pen.font))
    if pen.drawing is Drawing.COLOUR:
        (options.useDefaultAtomPalette, options.useCDKAtomPalette, options.useAvalonAtomPalette)[pen.palette]()
    else:
        options.useBWAtomPalette()
    options.atomLabelDeuteriumTritium = pen.choice is not None and pen.choice % 2 == 0
    options.explicitMethyl = pen.drawing is Drawing.EXPLICIT
    options.addStereoAnnotation = pen.drawing is Drawing.EXPLICIT
    options.rotate = pen.rotation
    options.padding = 0.05
    extent = np.ptp(np.array(mol.GetConformer().GetPositions()), axis=0).max() * options.scalingFactor
    if extent > _MAX_CANVAS:
        options.scalingFactor *= _MAX_CANVAS / extent
    canvas.DrawMolecule(mol)
    canvas.FinishDrawing()
    places = [canvas.GetDrawCoords(number) for number in range(mol.GetNumAtoms())]
    image = Image.open(io.BytesIO(canvas.GetDrawingText())).convert("RGB")
    return Sketch(Canvas(image, np.array([(place.x, place.y) for place in places])), mol)


@cache
def find_font(name: str) -> Path:
    """Return a font file that RDKit or matplotlib ships."""
    folders = [Path(RDConfig.RDDataDir) / "Fonts", Path(rdMolDraw2D.__file__).parent]
    matplotlib = find_spec("matplotlib")
    if matplotlib is not None and matplotlib.origin is not None:
        folders.append(Path(matplotlib.origin).parent / "mpl-data" / "fonts" / "ttf")
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise UserError(f"neither RDKit nor matplotlib has the font '{name}' here", value=name)

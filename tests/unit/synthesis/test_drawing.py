"""What is drawn, and that atoms stand where the drawing says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anymol.chem.depiction import MAX_ATOMS
from anymol.errors import UserError
from anymol.synthesis.drawing import FONTS, Drawing, Pen, Sketch, draw_pen, draw_structure, find_font, join_row

BENZENE, ANISOLE, ASPIRIN = "c1ccccc1", "COc1ccccc1", "CC(=O)Oc1ccccc1C(=O)O"


def hold_pen(drawing: Drawing = Drawing.PLAIN) -> Pen:
    """Return a pen without accidents: 40 pixels a bond, not turned, RDKit's layout and letters."""
    return Pen(drawing, 40.0, 2.0, 0.0, None, 0, False, False, 0.45)


def read_darkness(sketch: Sketch) -> np.ndarray:
    return 255 - np.asarray(sketch.canvas.image.convert("L"), np.int64)


def read_labels(smiles: str, pen: Pen) -> tuple[str, ...]:
    mol = draw_structure(smiles, pen).mol
    return tuple(atom.GetProp("atomLabel") for atom in mol.GetAtoms() if atom.HasProp("atomLabel"))


def measure_bonds(sketch: Sketch) -> np.ndarray:
    ends = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in sketch.mol.GetBonds()]
    return np.array([np.linalg.norm(sketch.canvas.places[one] - sketch.canvas.places[other]) for one, other in ends])


@pytest.mark.parametrize("drawing", Drawing)
def test_every_style_draws_bonds_of_the_pen_between_its_atoms(drawing: Drawing) -> None:
    sketch = draw_structure(BENZENE, hold_pen(drawing))
    assert sketch.canvas.places.shape == (6, 2)
    assert measure_bonds(sketch) == pytest.approx(np.full(6, 40.0), rel=0.03)
    darkness = read_darkness(sketch)
    for x, y in sketch.canvas.places:  # carbon has no letter: lines meet there
        assert darkness[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].max() > 60


def test_rings_are_drawn_with_alternating_double_bonds() -> None:
    orders = sorted(bond.GetBondTypeAsDouble() for bond in draw_structure(BENZENE, hold_pen()).mol.GetBonds())
    assert orders == [1, 1, 1, 2, 2, 2]


def test_only_the_abbreviated_style_writes_groups_as_labels() -> None:
    for drawing in Drawing:
        labels = [
            atom.GetProp("atomLabel")
            for atom in draw_structure(ANISOLE, hold_pen(drawing)).mol.GetAtoms()
            if atom.HasProp("atomLabel")
        ]
        assert labels == (["OMe"] if drawing is Drawing.ABBREVIATED else [])


@pytest.mark.parametrize("drawing", Drawing)
def test_a_pen_that_chooses_writes_labels_in_every_style(drawing: Drawing) -> None:
    found = {read_labels("OB(O)c1ccc(Cl)cc1", replace(hold_pen(drawing), choice=choice)) for choice in range(8)}
    assert ("B(OH)2",) in found and len(found) > 1  # most lists have it, not all


def test_a_pen_that_chooses_names_residues_and_heavy_hydrogen() -> None:
    pens = [replace(hold_pen(), choice=choice) for choice in range(40)]
    names = {read_labels("*c1ccncc1", pen) for pen in pens}
    assert {("R",), ("X",), ("Ar",)} <= names and len(names) > 10
    assert read_labels("[1*]c1ccncc1", hold_pen()) == ("R<sup>1</sup>",)
    pictures = [read_darkness(draw_structure("[2H]c1ccncc1", pen)) for pen in pens[:2]]  # D, and H with a 2
    assert pictures[0].shape != pictures[1].shape or (pictures[0] != pictures[1]).any()


@pytest.mark.parametrize("name", sorted({name for name in FONTS if name}))
def test_fonts_are_there(name: str) -> None:
    assert find_font(name).is_file()


def test_a_missing_font_is_named() -> None:
    with pytest.raises(UserError, match="Wingdings"):
        find_font("Wingdings.ttf")


def test_only_the_colour_style_has_colours() -> None:
    for drawing in Drawing:
        pixels = np.asarray(draw_structure(ASPIRIN, hold_pen(drawing)).canvas.image, np.int64)
        assert (np.ptp(pixels, axis=2).max() > 60) is np.bool_(drawing is Drawing.COLOUR)


def test_a_turned_pen_turns_the_molecule() -> None:
    flat = draw_structure("CCCCCCCC", hold_pen()).canvas.size
    upright = draw_structure("CCCCCCCC", replace(hold_pen(), rotation=90.0)).canvas.size
    assert flat[0] > 2 * flat[1]
    assert upright[1] > 2 * upright[0]


def test_the_ions_of_a_salt_stand_apart() -> None:
    sketch = draw_structure("[Na+].[Cl-]", hold_pen())
    assert np.abs(np.diff(sketch.canvas.places[:, 0])) > 20


def test_places_follow_into_a_row() -> None:
    one = draw_structure(BENZENE, hold_pen())
    row = join_row([one, one], gap=30)
    step = one.canvas.size[0] + 30
    np.testing.assert_allclose(row.canvas.places[6:] - row.canvas.places[:6], [[step, 0]] * 6, atol=1e-9)
    assert row.mol.GetNumAtoms() == 12


def test_what_nobody_could_read_is_refused() -> None:
    with pytest.raises(UserError, match="atoms"):
        draw_structure("C" * (MAX_ATOMS + 1), hold_pen())


def test_pens_repeat_with_their_seed_and_differ_without() -> None:
    pens = [draw_pen(Drawing.PATENT, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert pens[0] == pens[1] != pens[2]
    assert min(draw_pen(Drawing.PATENT, np.random.default_rng(seed)).line_width for seed in range(20)) >= 2.2

"""Pictures of molecules and reactions: their sizes, styles and what they are called."""

from __future__ import annotations

import numpy as np

from anymol.modalities.image import MoleculeImage
from anymol.synthesis.degradation import Degradation
from anymol.synthesis.drawing import Drawing
from anymol.synthesis.image import ImageEngine, ImageSettings

CLEAN = {"drawings": (Drawing.PLAIN,), "degradations": (Degradation.CLEAN,)}


def test_every_picture_names_its_style_and_medium() -> None:
    made = ImageEngine(ImageSettings(n_images=6)).synthesize("CCO", 3)
    assert len(made.records) == 6
    styles = str(made.notes["styles"]).split("; ")
    for record, style in zip(made.records, styles, strict=True):
        assert isinstance(record, MoleculeImage)
        assert record.source == f"depiction: {style}"
        drawing, degradation = style.split("/")
        assert drawing in set(Drawing)
        assert degradation in set(Degradation)
    assert len(set(styles)) > 1


def test_only_the_styles_asked_for_are_drawn() -> None:
    settings = ImageSettings(n_images=12, drawings=(Drawing.PATENT, Drawing.HAND), degradations=(Degradation.FAX,))
    styles = str(ImageEngine(settings).synthesize("CCO", 0).notes["styles"]).split("; ")
    assert set(styles) == {"patent/fax", "hand/fax"}


def test_large_pictures_are_reduced_and_small_ones_left() -> None:
    (small,) = ImageEngine(ImageSettings(max_side=200, **CLEAN)).synthesize("C" * 30, 0).records
    (whole,) = ImageEngine(ImageSettings(max_side=8000, **CLEAN)).synthesize("C" * 30, 0).records
    assert isinstance(small, MoleculeImage)
    assert isinstance(whole, MoleculeImage)
    assert max(small.pixels.shape) == 200 < max(whole.pixels.shape)


def test_one_picture_does_not_depend_on_how_many_are_made() -> None:
    one, three = (ImageEngine(ImageSettings(n_images=n)).synthesize("CCO", 5).records for n in (1, 3))
    assert one[0] == three[0]


def test_a_reaction_is_a_scheme_and_a_dative_bond_is_not() -> None:
    engine = ImageEngine(ImageSettings(**CLEAN))
    scheme, complex_ = engine.synthesize("CCO>>CC=O", 0), engine.synthesize("[NH3]->[Pt](Cl)Cl", 0)
    assert (scheme.notes["is_scheme"], complex_.notes["is_scheme"]) == (True, False)
    pixels = [made.records[0].pixels for made in (scheme, complex_) if isinstance(made.records[0], MoleculeImage)]
    assert pixels[0].shape[1] > 2 * pixels[0].shape[0]  # arrow and both sides stand in a row
    assert all(np.ptp(one) > 200 for one in pixels)

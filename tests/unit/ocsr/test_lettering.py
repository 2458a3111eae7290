"""What is written at an atom is cut out where it stands, read, and settled with what the detector says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from anymol.errors import UserError
from anymol.ocsr.confidence import ReadingConfidence
from anymol.ocsr.label_weights import StoredLabelReader, read_label_reader, write_label_reader
from anymol.ocsr.lettering import (
    BOND,
    HEIGHT,
    WIDTH,
    WORDS,
    LabelReader,
    LabelReaderConfig,
    Word,
    cut_labels,
    find_word,
    read_words,
)
from anymol.ocsr.rereading import list_doubtful, settle_words

TINY = LabelReaderConfig(widths=(4, 4, 8), depth=0, squeezed=4, hidden=8, n_words=3)


def test_words_are_told_apart_once_and_found() -> None:
    assert len(set(WORDS)) == len(WORDS)
    assert WORDS[find_word("O", 0, 1)] == Word("O", 0, 1) and WORDS[0] == Word("C")
    assert find_word("CO2Et", 0, 0) > 0 and find_word("CO2Et", 1, 0) == -1
    assert list(map(str, (Word("O", -1), Word("N", 1), Word("O", 0, 1)))) == ["O-", "N+", "O."]


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_a_piece_shows_its_atom_in_the_middle_at_one_size(scale: float) -> None:
    page = np.zeros((200, 300), np.uint8)
    x, y = 150, 80
    page[y - 2 : y + 2, x - 2 : x + 2] = 255
    pieces = cut_labels(page, [(x, y), (0, 0), (299, 199)], BOND / scale)
    assert pieces.shape == (3, HEIGHT, WIDTH) and pieces.dtype == np.uint8
    rows, columns = np.nonzero(pieces[0] > 100)
    assert abs(rows.mean() - HEIGHT / 2) < 1.5 and abs(columns.mean() - WIDTH / 2) < 1.5
    assert np.ptp(rows) + 1 == pytest.approx(4 * scale, abs=2)
    assert not pieces[2].any()


def test_no_places_make_no_pieces() -> None:
    pieces = cut_labels(np.zeros((20, 20), np.uint8), [], 20.0)
    assert pieces.shape == (0, HEIGHT, WIDTH)
    assert read_words(LabelReader(TINY).eval(), pieces).shape == (0, 3)


def test_probabilities_sum_to_one() -> None:
    torch.manual_seed(0)
    pieces = np.random.default_rng(0).integers(0, 255, (5, HEIGHT, WIDTH)).astype(np.uint8)
    read = read_words(LabelReader(TINY).eval(), pieces)
    np.testing.assert_allclose(np.exp(read).sum(axis=1), 1, rtol=1e-5)


def test_both_readers_count() -> None:
    """Three words, one of them new to the detector; hand-worked with the share of one half."""
    words = [Word("C"), Word("N"), Word("OTs")]
    near = np.log(np.array([[0.2, 0.7, 0.1], [0.1, 0.1, 0.8]], np.float32))
    far = np.log(np.array([[0.98, 0.02], [0.5, 0.5]], np.float32))
    charges = np.log(np.array([[1.0, 1e-9, 1e-9]] * 2, np.float32))
    settled, sure = settle_words(words, near, ["C", "N"], far, charges)
    assert settled == [Word("C"), Word("OTs")]  # 0.2 sqrt(0.98) beats 0.7 sqrt(0.02)
    weights = np.array([0.2 * 0.98**0.5, 0.7 * 0.02**0.5, 0.1 * np.exp(-2.0)])
    assert sure[0] == pytest.approx(np.log(weights[0] / weights.sum()), abs=1e-5)


def test_a_nuclide_counts_as_the_element_that_the_detector_sees() -> None:
    words = [Word("C"), Word("13C"), Word("N")]
    near = np.log(np.array([[0.2, 0.79, 0.01]], np.float32))
    far = np.log(np.array([[0.99, 0.01]], np.float32))
    charges = np.log(np.array([[1.0, 1e-9, 1e-9]], np.float32))
    settled, sure = settle_words(words, near, ["C", "N"], far, charges)
    assert settled == [Word("13C")]
    weights = np.array([0.2, 0.79, 0.01]) * np.sqrt([0.99, 0.99, 0.01])
    assert sure[0] == pytest.approx(np.log(weights[1] / weights.sum()), abs=1e-5)


def test_a_dot_counts_as_the_minus_sign_that_it_looks_like() -> None:
    words = [Word("O"), Word("O", -1), Word("O", 0, 1)]
    near = np.log(np.array([[0.05, 0.15, 0.8]], np.float32))
    charges = np.log(np.array([[1e-6, 1e-6, 1.0]], np.float32))
    assert settle_words(words, near, ["O"], np.zeros((1, 1), np.float32), charges)[0] == [Word("O", 0, 1)]


def test_weights_are_kept_as_they_are(tmp_path: Path) -> None:
    torch.manual_seed(1)
    curve = ReadingConfidence(bias=1.0, doubt=-1.0, repair=0.0, agreement=2.0)
    words = (Word("C"), Word("O", -1), Word("O", 0, 1))
    stored = StoredLabelReader(LabelReader(TINY).eval(), words, curve, {"steps": 1})
    write_label_reader(stored, tmp_path / "reader.safetensors")
    back = read_label_reader(tmp_path / "reader.safetensors")
    assert (back.words, back.confidence, back.provenance) == (words, curve, {"steps": 1})
    pieces = np.random.default_rng(2).integers(0, 255, (2, HEIGHT, WIDTH)).astype(np.uint8)
    np.testing.assert_allclose(read_words(back.reader, pieces), read_words(stored.reader, pieces), atol=0.02)


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"nothing")
    with pytest.raises(UserError, match="label reader"):
        read_label_reader(tmp_path / "x.safetensors")


def test_only_writing_that_the_detector_is_not_sure_of_is_read_again() -> None:
    words = [Word("C"), Word("O"), Word("N"), Word("C", -1), Word("C")]
    assert list_doubtful(words, np.log([0.3, 0.5, 0.99, 0.5, 0.95])) == [1, 3]

"""Pieces of drawings to learn words from: groups and atoms of all kinds put on molecules of the training split.

Most molecules bear carbon, nitrogen and oxygen only. So that each word is met often enough, what it is written for is
put on a molecule in the place of a hydrogen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import rdchem

from anymol.errors import AnyMolError
from anymol.files import staged_file
from anymol.ocsr.examples import COMMON_DEGRADATIONS
from anymol.ocsr.labels import CHARGES, GROUPS, LABELS
from anymol.ocsr.lettering import WORDS, cut_labels, find_word
from anymol.ocsr.pieces import measure_writing
from anymol.ocsr.truth import DrawnTruth, draw_truth
from anymol.synthesis.degradation import Degradation
from anymol.synthesis.drawing import FONTS, Drawing, Pen, draw_pen
from anymol.workers import WorkerPool

_ATOMS: Final = (
    "*B(O)O", "*B(O)O", "*B1OC(C)(C)C(C)(C)O1", "*B(C)C", "*[B-](F)(F)F", "*[Si](C)(C)C", "*[Si](OC)(OC)OC", "*[SiH2]C",
    "*[Se]C", "*[SeH]", "*P(=O)(OCC)OCC", "*P(C)C", "*[P+](C)(C)C", "*[N+](C)(C)C", "*[NH3+]", "*C[NH+](C)C", "*[O-]",
    "*[S-]", "*C([O-])=O", "*[NH-]", "*[CH-]C=O", "*[CH2+]", "*[O]", "*[O]", "*N(C)[O]", "*[S]", "*[NH]", "*[CH2]",
    "*[C](C)C", "*C[CH]C", "*[N]C", "*O[O]", "*I", "*Br", "*Cl", "*F", "*S", "*SC", "*S(C)=O", "*O", "*N", "*C#N",
    "*[S+](C)C", "*[O+](C)C", "*[N-]C(C)=O", "*[2H]", "*C([2H])[2H]", "*[3H]", "*[13CH3]", "*[13C](=O)O", "*[14CH3]",
    "*[11CH3]", "*C(=O)[15NH2]", "*[15NH2]", "*[18OH]", "*[17OH]", "*[18F]", "*[35SH]", "*[34SH]", "*[123I]", "*[125I]",
    "*[131I]", "*[Sn](C)(C)C", "*[Sn](CCCC)(CCCC)CCCC", "*[Ge](C)(C)C", "*[AsH2]", "*[As](C)C", "*[Te]C", "*[Hg]C",
    "*[Mg]Br", "*[Zn]Br", "*[Pb](C)(C)C", "*[Al](C)C", "*[Se]c1ccccc1",
)  # fmt: skip
"""What element labels, charges and dots are learnt from, attached at the ``*``."""

_IONS: Final = (
    "[Na+]", "[Na+]", "[K+]", "[Li+]", "[Cl-]", "[Br-]", "[I-]", "F[B-](F)(F)F", "[F-]",
    "[Mg+2]", "[Ca+2]", "[Zn+2]", "Cl", "Br", "O", "F[P-](F)(F)(F)(F)F", "O=S(=O)([O-])C(F)(F)F",
)  # fmt: skip
_RESIDUE: Final = "*[*:1]"
_MOST: Final = {find_word(label, 0, 0): 1 for label in "CNO"}
"""Pieces of one word that are taken from a drawing, two of others: most molecules have many carbons."""

_SMALL: Final = (10.0, 44.0)
"""Least and largest length of bonds in most drawings, pixels."""

_LARGE: Final = (44.0, 120.0)
"""The same in the others, whose letters may be much smaller than their bonds."""

_LETTERS: Final = (0.26, 0.6)
_TINY_LETTERS: Final = (0.12, 0.5)
"""Least and largest size of letters, bonds; capital letters are two thirds as high."""

_CHOICES: Final = 64
"""Lists of labels that pens draw from."""

_CHUNK: Final = 32


@dataclass(frozen=True, eq=False)
class LabelPieces:
    """Pieces of drawings and the words in their middle.

    Attributes:
        ink: Shape (N, HEIGHT, WIDTH), uint8.
        words: Shape (N,), int64: indices of :data:`~anymol.ocsr.lettering.WORDS`.
    """

    ink: NDArray[np.uint8]
    words: NDArray[np.int64]


def save_pieces(pieces: LabelPieces, path: Path) -> None:
    """Keep pieces in a file."""
    with staged_file(path) as draft, draft.open("wb") as stream:
        np.savez(stream, allow_pickle=False, ink=pieces.ink, words=pieces.words)


def load_pieces(path: Path) -> LabelPieces:
    """Return what :func:`save_pieces` kept."""
    with np.load(path, allow_pickle=False) as file:
        return LabelPieces(file["ink"], file["words"])


def draw_pieces(smiles: Sequence[str], seed: int, *, workers: int = 1) -> LabelPieces:
    """Return the pieces of one drawing of each molecule; what is drawn does not depend on the number of workers."""
    numbered = list(enumerate(smiles))
    chunks = (numbered[start : start + _CHUNK] for start in range(0, len(numbered), _CHUNK))
    work = partial(_draw_chunk, seed)
    found: list[LabelPieces] = []
    with WorkerPool(work, workers, split=lambda chunk: [[one] for one in chunk], crashed=lambda _: []) as pool:
        for _, results in pool.run(chunks):
            found += [pieces for drawn in results for pieces in drawn]
    return LabelPieces(np.concatenate([one.ink for one in found]), np.concatenate([one.words for one in found]))


def _draw_chunk(seed: int, numbered: Iterable[tuple[int, str]]) -> list[LabelPieces]:
    with rdBase.BlockLogs():
        return [pieces for number, one in numbered if (pieces := _draw(seed, number, one)) is not None]


def _draw(seed: int, number: int, smiles: str) -> LabelPieces | None:
    rng = np.random.default_rng([seed, number])
    low, high = _LARGE if rng.random() < 0.15 else _SMALL
    size = float(np.exp(rng.uniform(math.log(low), math.log(high))))
    truth = draw_labelled(smiles, size, seed + number, rng)
    return None if truth is None else _take_pieces(truth, size, rng)


def draw_labelled(smiles: str, bond_pixels: float, seed: int, rng: np.random.Generator) -> DrawnTruth | None:
    """Return a drawing of a molecule that bears more labels than it did; None where it cannot be drawn.

    Args:
        smiles: The molecule.
        bond_pixels: Length of bonds in the picture.
        seed: Of the blemishes.
        rng: Draws labels, style and pen.
    """
    written = _vary(smiles, rng)
    drawing = tuple(Drawing)[int(rng.integers(len(Drawing)))]
    clean = rng.random() < 0.5
    degradation = Degradation.CLEAN if clean else COMMON_DEGRADATIONS[int(rng.integers(len(COMMON_DEGRADATIONS)))]
    try:
        return draw_truth(written, drawing, degradation, seed, bond_pixels, pen=_draw_pen(drawing, bond_pixels, rng))
    except (AnyMolError, RuntimeError):  # the latter is RDKit, which cannot write some pictures
        return None


def _draw_pen(drawing: Drawing, size: float, rng: np.random.Generator) -> Pen:
    """Return a pen that prints labels in any font, and of which small drawings are drawn small as often as reduced."""
    pen = draw_pen(drawing, rng)
    direct = size > pen.bond_length or rng.random() < 0.5
    return replace(
        pen,
        bond_length=size if direct else pen.bond_length,
        font=pen.font if drawing is Drawing.HAND else FONTS[int(rng.integers(len(FONTS)))],
        letters=float(rng.uniform(*(_TINY_LETTERS if size >= _LARGE[0] else _LETTERS))),
        choice=int(rng.integers(_CHOICES)) if rng.random() < 0.8 else None,
    )


def _take_pieces(truth: DrawnTruth, size: float, rng: np.random.Generator) -> LabelPieces | None:
    """Return the pieces around written atoms and some others, as far off as a detector's places are."""
    described = zip(truth.labels.tolist(), truth.charges.tolist(), truth.radicals.tolist(), strict=True)
    words = np.array([find_word(LABELS[label], CHARGES[charge], radical) for label, charge, radical in described])
    told = sorted(set(words.tolist()) - {-1})
    if not told:
        return None
    kept = np.concatenate([rng.permutation(np.flatnonzero(words == one))[: _MOST.get(one, 2)] for one in told])
    bond = size * float(np.exp(rng.normal(0, 0.06)))
    places = truth.places + rng.normal(0, 0.05, truth.places.shape) * size
    scale = measure_writing(truth.ink, places, bond)
    pieces = cut_labels(truth.ink, map(tuple, places[kept].tolist()), scale)
    return LabelPieces(pieces, words[kept].astype(np.int64))


def _vary(smiles: str, rng: np.random.Generator) -> str:
    """Return a molecule that bears two to five words more, and perhaps an ion beside it."""
    groups = tuple(GROUPS.values())
    for _ in range(int(rng.integers(2, 6))):
        chance = rng.random()
        pool = groups if chance < 0.65 else _ATOMS if chance < 0.93 else (_RESIDUE,)
        smiles = place_fragment(smiles, pool[int(rng.integers(len(pool)))], rng)
    return f"{smiles}.{_IONS[int(rng.integers(len(_IONS)))]}" if rng.random() < 0.08 else smiles


def place_fragment(smiles: str, fragment: str, rng: np.random.Generator) -> str:
    """Return a molecule with a fragment, attached at its first ``*``, in the place of one hydrogen on carbon.

    The molecule itself where it has no such hydrogen, or the fragment does not fit.
    """
    mol, part = Chem.MolFromSmiles(smiles), Chem.MolFromSmiles(fragment)
    hosts = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetSymbol() == "C" and atom.GetTotalNumHs() > 0]
    if not hosts:
        return smiles
    host = hosts[int(rng.integers(len(hosts)))]
    joined = Chem.RWMol(Chem.CombineMols(mol, part))
    hook = next(atom for atom in part.GetAtoms() if atom.GetAtomicNum() == 0)
    (head,) = hook.GetNeighbors()
    joined.GetAtomWithIdx(host).SetNumExplicitHs(0)
    joined.AddBond(host, mol.GetNumAtoms() + head.GetIdx(), Chem.BondType.SINGLE)
    joined.RemoveAtom(mol.GetNumAtoms() + hook.GetIdx())
    try:
        Chem.SanitizeMol(joined)
    except (rdchem.MolSanitizeException, RuntimeError):
        return smiles
    made = Chem.MolToSmiles(joined)
    return made if Chem.MolFromSmiles(made) is not None else smiles


def count_words(pieces: LabelPieces) -> NDArray[np.int64]:
    """Return how many pieces there are of each word."""
    return np.bincount(pieces.words, minlength=len(WORDS)).astype(np.int64)

"""Pieces of drawings to learn words from: groups and atoms of all kinds put on molecules of the training split.

Most molecules bear carbon, nitrogen and oxygen only. So that each word is met often enough, what it is written for is
put on a molecule in the place of a hydrogen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import rdchem

from anymol.errors import AnyMolError
from anymol.ocsr.examples import COMMON_DEGRADATIONS
from anymol.ocsr.labels import CHARGES, GROUPS, LABELS
from anymol.ocsr.lettering import WORDS, cut_labels, find_word
from anymol.ocsr.truth import DrawnTruth, draw_truth
from anymol.synthesis.degradation import Degradation
from anymol.synthesis.drawing import Drawing
from anymol.workers import WorkerPool

_ATOMS: Final = (
    "*B(O)O", "*B(O)O", "*B1OC(C)(C)C(C)(C)O1", "*B(C)C", "*[B-](F)(F)F", "*[Si](C)(C)C", "*[Si](OC)(OC)OC", "*[SiH2]C",
    "*[Se]C", "*[SeH]", "*P(=O)(OCC)OCC", "*P(C)C", "*[P+](C)(C)C", "*[N+](C)(C)C", "*[NH3+]", "*C[NH+](C)C", "*[O-]",
    "*[S-]", "*C([O-])=O", "*[NH-]", "*[CH-]C=O", "*[CH2+]", "*[O]", "*[O]", "*N(C)[O]", "*[S]", "*[NH]", "*[CH2]",
    "*[C](C)C", "*C[CH]C", "*[N]C", "*O[O]", "*I", "*Br", "*Cl", "*F", "*S", "*SC", "*S(C)=O", "*O", "*N", "*C#N",
    "*[S+](C)C", "*[O+](C)C", "*[N-]C(C)=O",
)  # fmt: skip
"""What element labels, charges and dots are learnt from, attached at the ``*``."""

_IONS: Final = ("[Na+]", "[K+]", "[Li+]", "[Cl-]", "[Br-]", "[I-]", "F[B-](F)(F)F", "[F-]")
_RESIDUES: Final = "*[*:1]"
_MOST: Final = 2
"""Pieces of one word that are taken from a drawing: most molecules have many carbons."""

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
    written = _vary(smiles, rng)
    # Most labels are words of the abbreviated style; the others show the elements in their own ways.
    drawing = Drawing.ABBREVIATED if rng.random() < 0.6 else tuple(Drawing)[int(rng.integers(len(Drawing)))]
    clean = rng.random() < 0.4
    degradation = Degradation.CLEAN if clean else COMMON_DEGRADATIONS[int(rng.integers(len(COMMON_DEGRADATIONS)))]
    size = float(np.exp(rng.uniform(math.log(9), math.log(44))))
    try:
        truth = draw_truth(written, drawing, degradation, seed + number, size, letters=(0.24, 0.58))
    except AnyMolError:
        return None
    return _take_pieces(truth, size, rng)


def _take_pieces(truth: DrawnTruth, size: float, rng: np.random.Generator) -> LabelPieces | None:
    """Return the pieces around written atoms and some others, as far off as a detector's places are."""
    described = zip(truth.labels.tolist(), truth.charges.tolist(), truth.radicals.tolist(), strict=True)
    words = np.array([find_word(LABELS[label], CHARGES[charge], radical) for label, charge, radical in described])
    kept = np.sort(
        np.concatenate([rng.permutation(np.flatnonzero(words == one))[:_MOST] for one in set(words.tolist()) - {-1}])
    )
    bond = size * float(np.exp(rng.normal(0, 0.06)))
    places = truth.places[kept] + rng.normal(0, 0.04, (len(kept), 2)) * size
    return LabelPieces(cut_labels(truth.ink, map(tuple, places.tolist()), bond), words[kept].astype(np.int64))


def _vary(smiles: str, rng: np.random.Generator) -> str:
    """Return a molecule that bears one or two words more, or an ion beside it."""
    chance = rng.random()
    if chance < 0.05:
        return f"{smiles}.{_IONS[int(rng.integers(len(_IONS)))]}"
    groups = tuple(GROUPS.values())
    for _ in range(int(rng.integers(1, 3))):
        pool = groups if rng.random() < 0.65 else (*_ATOMS, _RESIDUES)
        smiles = place_fragment(smiles, pool[int(rng.integers(len(pool)))], rng)
    return smiles


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

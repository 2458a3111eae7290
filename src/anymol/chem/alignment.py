"""Writing a molecule so that it looks as much as possible like another one (root-aligned SMILES).

A reaction changes a few bonds, yet canonical SMILES of a reactant and of the product can share no order at all. When
the answer is written along the same walk as the question, a model mostly copies. Zhong et al. 2022, "Root-aligned
SMILES", take the walk from atom maps. Here no maps are needed: atoms are paired by their surroundings
(`anymol.chem.correspondence`), the molecule is renumbered in the order of its partners, and of several written forms
the one with the fewest edits from the reference is taken.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from rapidfuzz.distance import Levenshtein
from rdkit import Chem

from anymol.chem.correspondence import AtomGraph, match_atoms, read_graph

_FEW_PIECES = 4
"""Into how many pieces, equal and changed by turns, the comparison with the reference may break a form that ends the
search. With 3, writing takes a quarter longer and the cost falls by 0.03 %; with 5, a seventh less and 0.04 % more."""


def align_smiles(smiles: str, reference: str, rng: random.Random | None = None) -> str:
    """Write a molecule along the walk of `reference`.

    Args:
        smiles: One molecule, or a dot-joined mixture, whose molecules are then each aligned and stay in order.
        reference: The SMILES to look like, exactly as it will be written.
        rng: Where given, one of the best three forms is drawn instead of the best (augmentation).

    Returns:
        A SMILES of the same molecule: as given where that is near, canonical where nothing corresponds.

    Raises:
        InvalidSmilesError: When one of the two does not parse.

    Example:
        >>> align_smiles("CC(=O)Nc1ccccc1", "c1ccccc1N")
        'c1ccccc1NC(C)=O'
    """
    if "." in smiles:
        return ".".join(align_smiles(component, reference, rng) for component in smiles.split("."))
    target = read_graph(smiles)
    correspondence = match_atoms(smiles, reference)
    if not correspondence:
        return Chem.MolToSmiles(target.mol)
    forms: set[str] = set()
    for form in _iterate_forms(smiles, target, correspondence):
        forms.add(form)
        if rng is None and _is_near(form, reference):
            break
    scored = _score(forms, reference)
    if rng is not None and len(scored) > 1:
        first = scored[rng.randrange(min(3, len(scored)))]
        scored = [first, *scored]
    if not any(mark in smiles for mark in "@/\\"):
        return scored[0][1]
    canonical = Chem.MolToSmiles(target.mol)
    for _, form in scored:
        # Writing stereo bonds in a given order has had faults in RDKit: only a form that reads back is taken.
        again = Chem.MolFromSmiles(form)
        if again is not None and Chem.MolToSmiles(again) == canonical:
            return form
    return canonical


def align_reactants(reactants: str, product: str) -> str:
    """Write each reactant along the product, the one that gives most of it first.

    Args:
        reactants: SMILES, dot-joined.
        product: The SMILES to look like, exactly as it will be written.

    Raises:
        InvalidSmilesError: One of them does not parse.
    """
    pieces = reactants.split(".")
    overlap = {piece: len(match_atoms(piece, product)) for piece in set(pieces)}
    ordered = sorted(pieces, key=lambda piece: (-overlap[piece], -len(piece), piece))
    return ".".join(align_smiles(piece, product) for piece in ordered)


def _is_near(form: str, reference: str) -> bool:
    """Whether the search may end: the edits lie together, and none of them takes away what another one adds."""
    pieces = Levenshtein.opcodes(form, reference)
    if len(pieces) > _FEW_PIECES:
        return False
    removed, added = set[str](), set[str]()
    for piece in pieces:
        if piece.tag != "equal":
            removed.update(form[piece.src_start : piece.src_end])
            added.update(reference[piece.dest_start : piece.dest_end])
    return removed.isdisjoint(added)


def _score(forms: set[str], reference: str) -> list[tuple[int, str]]:
    """Return (cost, form), the best first: what is changed, what is written, and into how many pieces it is broken.

    The distance alone would favour long forms beside a much longer reference (any letter is found somewhere in it), and
    does not tell one replaced stretch from many single letters.
    """
    return sorted(
        (Levenshtein.distance(form, reference) + len(form) + len(Levenshtein.opcodes(form, reference)), form)
        for form in forms
    )


def _iterate_forms(smiles: str, target: AtomGraph, correspondence: dict[int, int]) -> Iterator[str]:
    """Yield the written forms to choose from, ordered by what each adds to those before it.

    Writing is what alignment costs. The order was chosen greedily among 25 forms, on 3375 molecules of reactions.
    """
    yield smiles
    count = len(target.neighbours)
    partnered = sorted(correspondence, key=correspondence.__getitem__)
    ends = [atom for atom in range(count) if atom not in correspondence and len(target.neighbours[atom]) == 1]
    early = _ranks(target, correspondence, late=False)
    along = _renumber(target.mol, early)
    yield _write(along, 0)
    for atom in ends[:1]:
        yield _write(along, early.index(atom))
    if len(partnered) < count:
        late = _ranks(target, correspondence, late=True)
        last = _renumber(target.mol, late)
        yield _write(last, 0)
    yield Chem.MolToSmiles(target.mol, rootedAtAtom=partnered[min(2, len(partnered) - 1)])
    yield _write(along, min(1, count - 1))
    yield _write(_renumber(target.mol, early[::-1]), 0)
    yield Chem.MolToSmiles(target.mol, rootedAtAtom=partnered[0])
    for atom in ends[1:2]:
        yield _write(last, late.index(atom))
    yield _write(along, early.index(partnered[-1]))


def _renumber(mol: Chem.Mol, order: list[int]) -> Chem.Mol:
    renumbered = Chem.RenumberAtoms(mol, order)
    # RDKit forgets the rings, and would look for them again whenever the molecule is written.
    Chem.GetSymmSSSR(renumbered)
    return renumbered


def _write(mol: Chem.Mol, root: int) -> str:
    """Return a SMILES whose branches follow the order of the atoms."""
    return Chem.MolToSmiles(mol, canonical=False, rootedAtAtom=root)


def _ranks(target: AtomGraph, correspondence: dict[int, int], *, late: bool) -> list[int]:
    """Return the atoms of the target in the order of the reference; atoms without partner follow their neighbour.

    Where `late`, they come after all partnered atoms instead, so that they are written last.
    """
    key: dict[int, tuple[float, int]] = {atom: (float(theirs), 0) for atom, theirs in correspondence.items()}
    queue = sorted(correspondence, key=correspondence.__getitem__)
    for atom in queue:
        for other in target.neighbours[atom]:
            if other not in key:
                place, depth = key[atom]
                key[other] = (place, depth + 1) if not late else (place + 10_000.0 * (depth == 0), depth + 1)
                queue.append(other)
    return sorted(range(len(target.neighbours)), key=lambda atom: key.get(atom, (1e9, 0)))

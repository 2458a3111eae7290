"""Writing a molecule so that it looks as much as possible like another one (root-aligned SMILES).

A reaction changes a few bonds, yet canonical SMILES of a reactant and of the product can share no order at all. When
the answer is written along the same walk as the question, a model mostly copies. Zhong et al. 2022, "Root-aligned
SMILES", take the walk from atom maps. Here no maps are needed: an approximate correspondence is grown from atoms whose
circular environments agree, the atoms are renumbered along it, and of several written forms the one with the fewest
edits from the reference is taken.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein
from rdkit import Chem

from anymol.errors import InvalidSmilesError

_RADIUS = 3
"""Largest circular environment compared, in bonds."""

_ROOTS_ALONG = 3
"""How many roots are tried in the order of the correspondence: those atoms that the reference writes first."""

_ROOTS_CANONICAL = 8
"""How many such roots are tried in canonical branch order, beside ends that have no partner. More roots gain nothing:
over 600 reactions, all atoms as roots took twice the time and shortened the edits by 0.1 of 11.8 characters."""

_MAX_ROOTS_UNMATCHED = 48
"""How many roots are tried where nothing corresponds; larger molecules are sampled evenly."""

_SHORTLIST = 8
"""How many forms are compared closely."""


@dataclass(frozen=True)
class _Molecule:
    """A molecule with what matching needs.

    Attributes:
        mol: The molecule; its atoms are in the order written.
        neighbours: For each atom its bonded atoms.
        environments: ``environments[r][atom]``: identifier of the circular environment of radius `r`.
        elements: Identifier of element and aromaticity of each atom.
        has_stereo: Whether centres or double bonds carry stereochemistry.
    """

    mol: Chem.Mol
    neighbours: tuple[tuple[int, ...], ...]
    environments: tuple[tuple[int, ...], ...]
    elements: tuple[int, ...]
    has_stereo: bool


@lru_cache(maxsize=4096)
def _read(smiles: str) -> _Molecule:
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise InvalidSmilesError("this SMILES cannot be aligned: it does not parse", value=smiles)
    bonded: list[list[tuple[int, int]]] = [[] for _ in range(mol.GetNumAtoms())]
    has_stereo = False
    for bond in mol.GetBonds():
        begin, end, kind = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), int(bond.GetBondType())
        bonded[begin].append((kind, end))
        bonded[end].append((kind, begin))
        has_stereo = has_stereo or bond.GetStereo() != Chem.BondStereo.STEREONONE
    elements: list[int] = []
    for atom in mol.GetAtoms():
        elements.append(atom.GetAtomicNum() * 2 + atom.GetIsAromatic())
        has_stereo = has_stereo or atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED
    layer = tuple(elements)
    environments = [layer]
    for _ in range(_RADIUS):
        # Hashes of tuples of integers do not depend on PYTHONHASHSEED, so that the outcome repeats.
        layer = tuple(
            hash((layer[atom], *sorted(kind * 1_000_003 ^ layer[other] for kind, other in bonded[atom])))
            for atom in range(len(layer))
        )
        environments.append(layer)
    neighbours = tuple(tuple(other for _, other in sorted(bonds, key=lambda pair: pair[1])) for bonds in bonded)
    return _Molecule(mol, neighbours, tuple(environments), tuple(elements), has_stereo)


def match_atoms(smiles: str, reference: str) -> dict[int, int]:
    """Return an approximate correspondence from atoms of `smiles` to atoms of `reference`, in their written order.

    Raises:
        InvalidSmilesError: When one does not parse.
    """
    return _match(_read(smiles), _read(reference))


def _match(target: _Molecule, reference: _Molecule) -> dict[int, int]:
    """Pair atoms from the most to the least specific environment, growing each pair along the bonds."""
    forward: dict[int, int] = {}
    taken: set[int] = set()
    for radius in range(_RADIUS, 0, -1):
        buckets: dict[int, list[int]] = {}
        for atom, environment in enumerate(target.environments[radius]):
            if atom not in forward:
                buckets.setdefault(environment, []).append(atom)
        for theirs, environment in enumerate(reference.environments[radius]):
            if theirs in taken:
                continue
            bucket = buckets.get(environment)
            if not bucket:
                continue
            mine = next((atom for atom in bucket if atom not in forward), None)
            if mine is not None:
                _grow(mine, theirs, target, reference, forward, taken)
    return forward


def _grow(
    mine: int, theirs: int, target: _Molecule, reference: _Molecule, forward: dict[int, int], taken: set[int]
) -> None:
    """Pair two atoms and, breadth first, those of their neighbours that are alike."""
    forward[mine] = theirs
    taken.add(theirs)
    queue = [(mine, theirs)]
    for here, there in queue:
        candidates = []
        for a in target.neighbours[here]:
            if a in forward:
                continue
            for b in reference.neighbours[there]:
                if b in taken or target.elements[a] != reference.elements[b]:
                    continue
                alike = 0
                while alike < _RADIUS and target.environments[alike + 1][a] == reference.environments[alike + 1][b]:
                    alike += 1
                candidates.append((-alike, b, a))
        for _, b, a in sorted(candidates):
            if a not in forward and b not in taken:
                forward[a] = b
                taken.add(b)
                queue.append((a, b))


def _ranks(target: _Molecule, correspondence: dict[int, int], *, late: bool) -> list[int]:
    """Return the atoms of the target in the order of the reference; atoms without partner follow their neighbour.

    Where `late`, they come after all partnered atoms instead, so that they are written last.
    """
    count = target.mol.GetNumAtoms()
    key: dict[int, tuple[float, int]] = {atom: (float(theirs), 0) for atom, theirs in correspondence.items()}
    queue = sorted(correspondence, key=correspondence.__getitem__)
    for atom in queue:
        for other in target.neighbours[atom]:
            if other not in key:
                place, depth = key[atom]
                key[other] = (place, depth + 1) if not late else (place + 10_000.0 * (depth == 0), depth + 1)
                queue.append(other)
    return sorted(range(count), key=lambda atom: (*key.get(atom, (1e9, 0)), atom))


def align_smiles(smiles: str, reference: str, rng: random.Random | None = None) -> str:
    """Write a molecule along the walk of `reference`.

    Args:
        smiles: One molecule, or a dot-joined mixture, whose molecules are then each aligned and stay in order.
        reference: The SMILES to look like, exactly as it will be written.
        rng: Where given, one of the best three forms is drawn instead of the best (augmentation).

    Returns:
        A SMILES of the same molecule.

    Raises:
        InvalidSmilesError: When one of the two does not parse.

    Example:
        >>> align_smiles("CC(=O)OCC", "CCO")
        'CCOC(C)=O'
    """
    if "." in smiles:
        return ".".join(align_smiles(component, reference, rng) for component in smiles.split("."))
    target, like = _read(smiles), _read(reference)
    scored = _score(_forms(target, like), reference)
    if rng is not None and len(scored) > 1:
        first = scored[rng.randrange(min(3, len(scored)))]
        scored = [first, *scored]
    if not target.has_stereo:
        return scored[0][1]
    canonical = Chem.MolToSmiles(target.mol)
    for _, form in scored:
        # Writing stereo bonds in a given order has had faults in RDKit: only a form that reads back is taken.
        again = Chem.MolFromSmiles(form)
        if again is not None and Chem.MolToSmiles(again) == canonical:
            return form
    return canonical


def _score(forms: set[str], reference: str) -> list[tuple[int, str]]:
    """Return (cost, form), the best first: what is changed, what is written, and into how many pieces it is broken.

    The distance alone would favour long forms beside a much longer reference (any letter is found somewhere in it), and
    does not tell one replaced stretch from many single letters. The pieces are dear to count: few forms are looked at.
    """
    rough = sorted((Levenshtein.distance(form, reference) + len(form), form) for form in forms)[:_SHORTLIST]
    return sorted((cost + len(Levenshtein.opcodes(form, reference)), form) for cost, form in rough)


def _forms(target: _Molecule, like: _Molecule) -> set[str]:
    """Return the written forms to choose from."""
    mol = target.mol
    count = mol.GetNumAtoms()
    if count == 0:
        return {""}
    correspondence = _match(target, like)
    if not correspondence:
        step = max(1, count // _MAX_ROOTS_UNMATCHED)
        return {Chem.MolToSmiles(mol, rootedAtAtom=atom) for atom in range(0, count, step)}
    partnered = sorted(correspondence, key=correspondence.__getitem__)
    ends = [atom for atom in range(count) if atom not in correspondence and len(target.neighbours[atom]) == 1]
    roots = {*partnered[:_ROOTS_CANONICAL], partnered[-1], *ends[:4]}
    forms = {Chem.MolToSmiles(mol, rootedAtAtom=atom) for atom in roots}
    orders = [_ranks(target, correspondence, late=False)]
    if len(correspondence) < count:
        orders.append(_ranks(target, correspondence, late=True))
    for order in orders:
        renumbered = Chem.RenumberAtoms(mol, order)
        for root in range(min(_ROOTS_ALONG, count)):
            forms.add(Chem.MolToSmiles(renumbered, canonical=False, rootedAtAtom=root))
    return forms

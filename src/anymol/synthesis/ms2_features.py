"""Features of fragments, for the intensity model: what was broken, what is left, and what went away.

The columns count, for each fragment: classes of the atoms inside and outside; classes of the atoms on either side of
each broken bond, singly and as coarse pairs; their next neighbours; kinds of the broken bonds; and a few numbers (open
valences, cuts, share of the mass, rings and double bonds, whether the ion would have paired electrons). Classes
stand for what decides fragmentation: basicity (where the proton sits), leaving groups, and stabilised cations. All are
small whole numbers, so that a molecule's features are one matrix product each.
"""

from __future__ import annotations

import math
from enum import IntEnum, auto

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from anymol.modalities.adduct import Adduct, IonMode
from anymol.synthesis.candidate_ions import CARRIERS
from anymol.synthesis.fragmentation import Fragments, Skeleton

VERSION = 1
"""Changes with the meaning of any column: a model fitted on other features is refused."""


class AtomClass(IntEnum):
    """What an atom is, as fragmentation sees it."""

    METHYL = 0
    METHYLENE = auto()
    METHINE = auto()
    QUATERNARY = auto()
    ALPHA_TO_NITROGEN = auto()
    ALPHA_TO_OXYGEN = auto()
    BENZYLIC = auto()
    VINYL = auto()
    CARBONYL = auto()
    AMIDE_CARBON = auto()
    ACID_CARBON = auto()
    IMINE_CARBON = auto()
    AROMATIC_CH = auto()
    AROMATIC_C = auto()
    AROMATIC_C_BESIDE_HETERO = auto()
    TRIPLE_CARBON = auto()
    PRIMARY_AMINE = auto()
    SECONDARY_AMINE = auto()
    TERTIARY_AMINE = auto()
    ANILINE = auto()
    AMIDE_NITROGEN = auto()
    SULFONAMIDE_NITROGEN = auto()
    IMINE_NITROGEN = auto()
    NITRILE = auto()
    NITRO = auto()
    PYRIDINE = auto()
    PYRROLE = auto()
    CHARGED_NITROGEN = auto()
    ALCOHOL = auto()
    PHENOL = auto()
    ACID_HYDROXYL = auto()
    ETHER = auto()
    ARYL_ETHER = auto()
    ESTER_OXYGEN = auto()
    AROMATIC_OXYGEN = auto()
    KETO_OXYGEN = auto()
    OXO_OF_HETERO = auto()
    THIOETHER = auto()
    THIOL_OR_THIONE = auto()
    AROMATIC_SULFUR = auto()
    SULFOXIDE_OR_SULFONE = auto()
    PHOSPHORUS = auto()
    FLUORINE = auto()
    CHLORINE = auto()
    BROMINE = auto()
    IODINE = auto()
    OTHER = auto()


class AtomGroup(IntEnum):
    """A coarser class, of which pairs are counted."""

    ALKYL = 0
    UNSATURATED = auto()
    CARBONYL = auto()
    AROMATIC = auto()
    AMINE = auto()
    AMIDE = auto()
    AROMATIC_HETERO = auto()
    OXYGEN = auto()
    SULFUR_PHOSPHORUS = auto()
    HALOGEN = auto()


_C, _G = AtomClass, AtomGroup
_GROUPS: dict[AtomClass, AtomGroup] = {
    **dict.fromkeys((_C.METHYL, _C.METHYLENE, _C.METHINE, _C.QUATERNARY), _G.ALKYL),
    **dict.fromkeys((_C.ALPHA_TO_NITROGEN, _C.ALPHA_TO_OXYGEN, _C.BENZYLIC), _G.ALKYL),
    **dict.fromkeys((_C.VINYL, _C.IMINE_CARBON, _C.TRIPLE_CARBON), _G.UNSATURATED),
    **dict.fromkeys((_C.CARBONYL, _C.AMIDE_CARBON, _C.ACID_CARBON), _G.CARBONYL),
    **dict.fromkeys((_C.AROMATIC_CH, _C.AROMATIC_C, _C.AROMATIC_C_BESIDE_HETERO), _G.AROMATIC),
    **dict.fromkeys((_C.PRIMARY_AMINE, _C.SECONDARY_AMINE, _C.TERTIARY_AMINE, _C.ANILINE), _G.AMINE),
    **dict.fromkeys((_C.AMIDE_NITROGEN, _C.SULFONAMIDE_NITROGEN, _C.IMINE_NITROGEN), _G.AMIDE),
    **dict.fromkeys((_C.NITRILE, _C.NITRO, _C.CHARGED_NITROGEN), _G.AMIDE),
    **dict.fromkeys((_C.PYRIDINE, _C.PYRROLE, _C.AROMATIC_OXYGEN, _C.AROMATIC_SULFUR), _G.AROMATIC_HETERO),
    **dict.fromkeys((_C.ALCOHOL, _C.PHENOL, _C.ACID_HYDROXYL, _C.ETHER, _C.ARYL_ETHER), _G.OXYGEN),
    **dict.fromkeys((_C.ESTER_OXYGEN, _C.KETO_OXYGEN, _C.OXO_OF_HETERO), _G.OXYGEN),
    **dict.fromkeys((_C.THIOETHER, _C.THIOL_OR_THIONE, _C.SULFOXIDE_OR_SULFONE), _G.SULFUR_PHOSPHORUS),
    **dict.fromkeys((_C.PHOSPHORUS, _C.OTHER), _G.SULFUR_PHOSPHORUS),
    **dict.fromkeys((_C.FLUORINE, _C.CHLORINE, _C.BROMINE, _C.IODINE), _G.HALOGEN),
}
_SINGLE_CLASS: dict[int, AtomClass] = {
    9: _C.FLUORINE, 17: _C.CHLORINE, 35: _C.BROMINE, 53: _C.IODINE, 15: _C.PHOSPHORUS,
}  # fmt: skip

_BOND_KINDS = 8
_OPEN, _DEPTHS, _NUMBERS = 8, 4, 12
_T, _N_GROUPS = len(AtomClass), len(AtomGroup)

N_FEATURES = 4 * _T + _N_GROUPS * _N_GROUPS + 2 * _N_GROUPS + _BOND_KINDS + _OPEN + _DEPTHS + _NUMBERS + 2
"""Number of columns of :func:`describe_fragments`."""

N_CONTEXT = 12
"""Number of entries of :func:`describe_context`."""


def classify_atom(atom: Chem.Atom) -> AtomClass:
    """Return what an atom is to fragmentation: its element and, of some, its surroundings."""
    number = atom.GetAtomicNum()
    if number in _SINGLE_CLASS:
        return _SINGLE_CLASS[number]
    match number:
        case 6:
            return _classify_carbon(atom)
        case 7:
            return _classify_nitrogen(atom)
        case 8:
            return _classify_oxygen(atom)
        case 16 | 34:
            return _classify_sulfur(atom)
        case _:
            return AtomClass.OTHER


def _classify_carbon(atom: Chem.Atom) -> AtomClass:
    near = [(bond.GetBondTypeAsDouble(), bond.GetOtherAtom(atom)) for bond in atom.GetBonds()]
    if atom.GetIsAromatic():
        if atom.GetTotalNumHs():
            return _C.AROMATIC_CH
        hetero = any(other.GetIsAromatic() and other.GetAtomicNum() != 6 for _, other in near)
        return _C.AROMATIC_C_BESIDE_HETERO if hetero else _C.AROMATIC_C
    if any(order == 3.0 for order, _ in near):
        return _C.TRIPLE_CARBON
    doubles = [other.GetAtomicNum() for order, other in near if order == 2.0]
    if doubles:
        singles = [other.GetAtomicNum() for order, other in near if order == 1.0]
        if 8 in doubles or 16 in doubles:
            return _C.AMIDE_CARBON if 7 in singles else _C.ACID_CARBON if 8 in singles else _C.CARBONYL
        return _C.IMINE_CARBON if 7 in doubles else _C.VINYL
    numbers = [other.GetAtomicNum() for _, other in near]
    if 7 in numbers:
        return _C.ALPHA_TO_NITROGEN
    if 8 in numbers:
        return _C.ALPHA_TO_OXYGEN
    if any(other.GetIsAromatic() for _, other in near):
        return _C.BENZYLIC
    return (_C.QUATERNARY, _C.METHINE, _C.METHYLENE, _C.METHYL)[min(3, atom.GetTotalNumHs())]


def _is_acyl(atom: Chem.Atom) -> bool:
    return any(
        bond.GetBondTypeAsDouble() == 2.0 and bond.GetOtherAtom(atom).GetAtomicNum() in (8, 16)
        for bond in atom.GetBonds()
    )


def _classify_nitrogen(atom: Chem.Atom) -> AtomClass:
    near = [bond.GetOtherAtom(atom) for bond in atom.GetBonds()]
    if atom.GetIsAromatic():
        return _C.PYRROLE if atom.GetTotalNumHs() or atom.GetDegree() > 2 else _C.PYRIDINE
    orders = [bond.GetBondTypeAsDouble() for bond in atom.GetBonds()]
    if sum(other.GetAtomicNum() == 8 for other in near) >= 2:
        return _C.NITRO
    if 3.0 in orders:
        return _C.NITRILE
    if 2.0 in orders:
        return _C.IMINE_NITROGEN
    if atom.GetFormalCharge():
        return _C.CHARGED_NITROGEN
    if any(other.GetAtomicNum() in (15, 16) and _is_acyl(other) for other in near):
        return _C.SULFONAMIDE_NITROGEN
    if any(other.GetAtomicNum() == 6 and _is_acyl(other) for other in near):
        return _C.AMIDE_NITROGEN
    if any(other.GetIsAromatic() for other in near):
        return _C.ANILINE
    return (_C.TERTIARY_AMINE, _C.SECONDARY_AMINE, _C.PRIMARY_AMINE)[min(2, atom.GetTotalNumHs())]


def _classify_oxygen(atom: Chem.Atom) -> AtomClass:
    near = [bond.GetOtherAtom(atom) for bond in atom.GetBonds()]
    if atom.GetIsAromatic():
        return _C.AROMATIC_OXYGEN
    if atom.GetDegree() <= 1 and not atom.GetTotalNumHs():
        return _C.KETO_OXYGEN if near and near[0].GetAtomicNum() == 6 else _C.OXO_OF_HETERO
    acyl = any(_is_acyl(other) for other in near)
    aryl = any(other.GetIsAromatic() for other in near)
    if atom.GetTotalNumHs():
        return _C.ACID_HYDROXYL if acyl else _C.PHENOL if aryl else _C.ALCOHOL
    return _C.ESTER_OXYGEN if acyl else _C.ARYL_ETHER if aryl else _C.ETHER


def _classify_sulfur(atom: Chem.Atom) -> AtomClass:
    if atom.GetIsAromatic():
        return _C.AROMATIC_SULFUR
    if _is_acyl(atom):
        return _C.SULFOXIDE_OR_SULFONE
    return _C.THIOETHER if atom.GetDegree() == 2 else _C.THIOL_OR_THIONE


def _classify_bond(bond: Chem.Bond) -> int:
    """Return aromatic 0, then by order 1 to 3; in a ring 4 further, 7 being any multiple bond of a ring."""
    if bond.GetIsAromatic():
        return 0
    order = min(3, max(1, int(bond.GetBondTypeAsDouble())))
    if not bond.IsInRing():
        return order if not bond.GetIsConjugated() or order > 1 else 4
    return 5 if order == 1 and not bond.GetIsConjugated() else 6 if order == 1 else 7


def describe_fragments(mol: Chem.Mol, skeleton: Skeleton, fragments: Fragments) -> NDArray[np.uint8]:
    """Return the features, shape (F, `N_FEATURES`), uint8: counts, and shares in 255ths.

    Args:
        mol: The molecule.
        skeleton: Its arrays.
        fragments: Its fragments.
    """
    n = skeleton.n_atoms
    classes = [classify_atom(atom) for atom in mol.GetAtoms()]
    groups = np.array([_GROUPS[one] for one in classes], np.int64)
    one_hot = np.eye(_T, dtype=np.float32)[classes]
    group_hot = np.eye(_N_GROUPS, dtype=np.float32)[groups]
    inside = fragments.inside.astype(np.float32)
    counts = inside @ one_hot
    blocks = [counts, counts[:1] - counts, *_describe_boundary(mol, skeleton, fragments, one_hot, group_hot)]
    blocks += _describe_numbers(mol, skeleton, fragments)
    features = np.concatenate(blocks, axis=1)
    assert features.shape[1] == N_FEATURES and inside.shape[1] == n
    return np.asarray(np.clip(np.rint(features), 0, 255), np.uint8)


def _describe_boundary(
    mol: Chem.Mol,
    skeleton: Skeleton,
    fragments: Fragments,
    one_hot: NDArray[np.float32],
    group_hot: NDArray[np.float32],
) -> list[NDArray[np.float32]]:
    """Classes on both sides of broken bonds, coarse pairs, next neighbours, kinds of bonds."""
    begin, end = skeleton.ends[:, 0], skeleton.ends[:, 1]
    # Each bond twice, once per direction: the first atom inside, the second outside.
    first, second = np.concatenate([begin, end]), np.concatenate([end, begin])
    broken = (fragments.inside[:, first] & ~fragments.inside[:, second]).astype(np.float32)
    pairs = np.einsum("ea,eb->eab", group_hot[first], group_hot[second]).reshape(len(first), _N_GROUPS**2)
    near = np.zeros_like(group_hot)
    np.add.at(near, begin, group_hot[end])
    np.add.at(near, end, group_hot[begin])
    kinds = np.eye(_BOND_KINDS, dtype=np.float32)[np.array([_classify_bond(b) for b in mol.GetBonds()], np.int64)]
    table = np.concatenate(
        [
            one_hot[first], one_hot[second], pairs, near[first] - group_hot[second], near[second] - group_hot[first],
            np.concatenate([kinds, kinds]),
        ],
        axis=1,
    )  # fmt: skip
    return [broken @ table]


def _describe_numbers(mol: Chem.Mol, skeleton: Skeleton, fragments: Fragments) -> list[NDArray[np.float32]]:
    inside = fragments.inside.astype(np.float64)
    opened = np.rint(fragments.boundary @ skeleton.orders).astype(np.int64)
    masses = skeleton.composition @ skeleton.masses + skeleton.hydrogens
    mass = inside @ masses
    odd = np.array([atom.GetTotalValence() % 2 for atom in mol.GetAtoms()], np.float64)
    charges = np.array([atom.GetFormalCharge() for atom in mol.GetAtoms()], np.float64)
    # Unpaired electrons come and go with hydrogens and with atoms of odd valence (the nitrogen rule).
    radical = np.rint(inside @ (odd + skeleton.hydrogens)).astype(np.int64) % 2
    inner_bonds = fragments.inside[:, skeleton.ends[:, 0]] & fragments.inside[:, skeleton.ends[:, 1]]
    rings = inner_bonds.sum(1) - fragments.inside.sum(1) + 1
    lost_bonds = ~fragments.inside[:, skeleton.ends[:, 0]] & ~fragments.inside[:, skeleton.ends[:, 1]]
    unsaturation = inner_bonds @ (skeleton.orders - 1)
    heavy = fragments.inside.sum(1)
    n_whole = skeleton.n_atoms
    hetero = inside @ np.array([atom.GetAtomicNum() not in (1, 6) for atom in mol.GetAtoms()], np.float64)
    numbers = [
        255 * mass / mass[0],
        255 * np.log1p(mass) / 8,
        heavy,
        n_whole - heavy,
        np.maximum(rings, 0),
        unsaturation,
        lost_bonds @ (skeleton.orders - 1),
        fragments.boundary.sum(1),
        inside @ skeleton.hydrogens,
        hetero,
        255 * hetero / np.maximum(1, heavy),
        np.abs(inside @ charges),
    ]
    return [
        np.eye(_OPEN, dtype=np.float32)[np.minimum(opened, _OPEN - 1)],
        np.eye(_DEPTHS, dtype=np.float32)[np.minimum(fragments.depth, _DEPTHS - 1)],
        np.stack(numbers, axis=1).astype(np.float32),
        np.eye(2, dtype=np.float32)[radical],
    ]


def describe_context(precursor_mz: float, n_atoms: int, adduct: Adduct, energy: float) -> NDArray[np.float32]:
    """Return what all fragments of a spectrum share, shape (`N_CONTEXT`,), float32.

    Args:
        precursor_mz: Da.
        n_atoms: Heavy atoms of the molecule.
        adduct: Whose sign chooses the weights; sodium is an entry, so that few sodiated spectra are enough.
        energy: Collision energy, eV.
    """
    per_atom = energy / n_atoms
    sodium = float(CARRIERS[adduct][1])
    return np.array(
        [
            1.0,
            energy / 40,
            math.log1p(energy / 10),
            per_atom,
            math.log1p(per_atom),
            math.sqrt(per_atom),
            math.exp(-energy / 10),
            math.exp(-2 * per_atom),
            precursor_mz / 500,
            math.log(precursor_mz / 300),
            sodium,
            sodium * math.log1p(per_atom),
        ],
        np.float32,
    )


def choose_mode(adduct: Adduct) -> int:
    """Return the set of weights of an adduct: 0 positive, 1 negative."""
    return 0 if adduct.ion_mode is IonMode.POSITIVE else 1

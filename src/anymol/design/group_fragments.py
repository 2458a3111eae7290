"""The smallest form of each named group: what a molecule must hold to have it, and what is put on to give it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from anymol.chem.parsing import parse_smiles

FRAGMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "alcohol": "CO", "phenol": "c1ccc(O)cc1", "hydroxyl": "CO", "ether": "COC", "epoxide": "C1CO1",
        "hemiacetal": "C(O)OC", "acetal": "C(OC)OC", "peroxide": "COOC", "aldehyde": "CC=O", "ketone": "CC(C)=O",
        "carboxylic acid": "C(=O)O", "ester": "C(=O)OC", "lactone": "C1CCC(=O)O1", "anhydride": "C1CC(=O)OC1=O",
        "acyl halide": "C(=O)Cl", "amide": "C(=O)N(C)C", "primary amide": "C(N)=O", "lactam": "C1CCC(=O)N1C",
        "imide": "C1CC(=O)N(C)C1=O", "urea": "CNC(=O)N(C)C", "carbamate": "CNC(=O)OC", "carbonate ester": "COC(=O)OC",
        "hydroxamic acid": "C(=O)NO", "primary amine": "CN", "secondary amine": "CNC", "tertiary amine": "CN(C)C",
        "quaternary ammonium": "C[N+](C)(C)C", "aniline": "c1ccc(N)cc1", "imine": "CC=NC", "oxime": "CC=NO",
        "hydrazone": "CC=NN(C)C", "hydrazine": "CN(C)NC", "azo": "CN=NC", "azide": "CN=[N+]=[N-]",
        "amidine": "CC(N)=NC", "guanidine": "CNC(N)=NC", "nitrile": "C#N", "isocyanate": "CN=C=O",
        "isothiocyanate": "CN=C=S", "nitro": "C[N+](=O)[O-]", "nitroso": "CN=O", "thiol": "CS", "thioether": "CSC",
        "disulfide": "CSSC", "thioester": "C(=O)SC", "isonitrile": "C[N+]#[C-]", "N-oxide": "c1cc[n+]([O-])cc1",
        "sulfate ester": "COS(=O)(=O)O", "sulfoxide": "CS(C)=O", "sulfone": "CS(C)(=O)=O",
        "sulfonamide": "CS(=O)(=O)N(C)C", "sulfonic acid": "CS(=O)(=O)O", "sulfonate ester": "CS(=O)(=O)OC",
        "sulfonyl chloride": "CS(=O)(=O)Cl", "thioamide": "CC(=S)N(C)C", "thiourea": "CNC(=S)NC",
        "phosphate": "COP(=O)(OC)OC", "phosphonate": "CP(=O)(OC)OC", "phosphine": "CP(C)C", "boronic acid": "CB(O)O",
        "boronate ester": "CB(OC)OC", "alkene": "C=C", "alkyne": "C#C", "trifluoromethyl": "C(F)(F)F", "methyl": "C",
        "methoxy": "OC", "tert-butyl": "C(C)(C)C", "Boc": "CNC(=O)OC(C)(C)C", "acetyl": "C(C)=O",
        "benzyl": "Cc1ccccc1", "benzene ring": "c1ccccc1", "pyridine": "c1cccnc1", "pyrimidine": "c1cncnc1",
        "pyrrole": "c1ccc[nH]1", "indole": "c1c[nH]c2ccccc12", "imidazole": "c1cnc[nH]1", "pyrazole": "c1cn[nH]c1",
        "triazole": "c1c[nH]nn1", "tetrazole": "c1nnn[nH]1", "furan": "c1ccoc1", "thiophene": "c1ccsc1",
        "thiazole": "c1cncs1", "piperidine": "C1CCNCC1", "piperazine": "C1CNCCN1", "morpholine": "C1CNCCO1",
        "pyrrolidine": "C1CCNC1", "cyclopropane": "C1CC1", "cyclohexane": "C1CCCCC1",
    }
)  # fmt: skip
"""Name of a group -> SMILES, whose first atom is put on a molecule in place of a hydrogen."""

_NEEDED: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType(
    {
        "phosphate": {"P": 1, "O": 4}, "phosphonate": {"P": 1, "O": 3}, "sulfate ester": {"S": 1, "O": 4},
        "acyl halide": {"O": 1}, "methyl": {"C": 1}, "azide": {"N": 3}, "triazole": {"N": 3},
        "nitroso": {"N": 1, "O": 1},
        "epoxide": {"C": 2, "O": 1}, "phenol": {"C": 1, "O": 1}, "aniline": {"C": 1, "N": 1},
        "N-oxide": {"N": 1, "O": 1},
        "lactone": {"C": 2, "O": 2}, "lactam": {"C": 2, "N": 1, "O": 1}, "imide": {"C": 2, "N": 1, "O": 2},
        "anhydride": {"C": 2, "O": 3}, "peroxide": {"O": 2}, "sulfonamide": {"S": 1, "O": 2, "N": 1},
    }
)  # fmt: skip
"""Where the fragment holds more than the group needs."""

_RINGS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "indole": 2, "lactone": 1, "lactam": 1, "epoxide": 1, "phenol": 1, "aniline": 1, "benzyl": 1,
        **dict.fromkeys(
            ("benzene ring", "pyridine", "pyrimidine", "pyrrole", "imidazole", "pyrazole", "triazole", "tetrazole",
             "furan", "thiophene", "thiazole", "piperidine", "piperazine", "morpholine", "pyrrolidine", "cyclopropane",
             "cyclohexane"), 1,
        ),
    }
)  # fmt: skip
"""Rings that a group needs."""


@lru_cache(maxsize=128)
def count_needed(group: str) -> Mapping[str, int]:
    """Return how many atoms of each element but hydrogen a molecule has at least that has a group.

    Example:
        >>> dict(count_needed("nitro"))
        {'N': 1, 'O': 2}
    """
    if group in _NEEDED:
        return _NEEDED[group]
    found = Counter(atom.GetSymbol() for atom in parse_smiles(FRAGMENTS[group]).GetAtoms())
    if group not in _RINGS:
        # Of carbons, only those of a ring are sure to be the group's own.
        del found["C"]
    return MappingProxyType(dict(found))


def count_needed_rings(group: str) -> int:
    """Return how many rings a molecule has at least that has a group."""
    return _RINGS.get(group, 0)

"""What no chemist would propose: oddities of structure, which hardly exist in a flask, and structural alerts.

An oddity is bonded in a way that valence rules allow and chemistry does not: a peroxide, a hemiaminal, a cyclic allene.
An alert (Brenk et al. 2008, as RDKit's catalogue holds them) is a group that exists but troubles a medicinal chemist.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from rdkit import Chem
from rdkit.Chem import FilterCatalog

ODDITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "peroxide": "[OX2,OX1-][OX2,OX1-]",
        "halogen on N, O or S": "[F,Cl,Br,I][#7,#8,#16;!$(S(=O)(=O)[F,Cl])]",
        "chain of heteroatoms": "[#7,#8,#16;X2,X3;!a;!$([#7]=,#*);!$(*-,=[#7+])][#7,#8,#16;X2,X3;!a;!$([#7]=,#*)]"
        "[#7,#8,#16;X2,X3;!a;!$([#7]=,#*)]",
        "N-O-N, O-N-O or S-O-S chain": "[#7,#8,#16;!+;!a]-[OX2]-[#7,#8,#16;!$(S=O);!$(P=O);!a]",
        "sulfenyl amine or sulfenate": "[SX2;!a]-[NX3,OX2;!$(*S(=O));!a]",
        "hemiacetal or hydrate": "[OX2H][CX4;!$(C1[OX2]CCC1);!$(C1[OX2]CCCC1)][OX2,SX2]",
        "hemiaminal": "[OX2H,SX2H][CX4][NX3;!$(N[C,S]=[O,S,N])]",
        "aminal of a primary amine": "[NX3H2][CX4;!$(C[F])][NX3,OX2,SX2;!$(N[C,S]=[O,S,N])]",
        "halogen beside N or O on saturated carbon": "[Cl,Br,I][CX4][NX3,OX2,SX2]",
        "fluorine and OH or NH on one carbon": "[F][CX4;!$(C(F)(F)F);!$(C(F)F)][OX2,NX3]",
        "halohydrin on one carbon": "[F,Cl,Br,I][CX4][OX2H,NX3H2,SX2H]",
        "enol": "[OX2H][CX3;!a]=[CX3;!a;!$(C-C=O)]",
        "primary enamine": "[NX3H2][CX3;!a;!$(C=[N,O,S])]=[CX3;!a;!$(C-[C,N,S]=,#[O,N])]",
        "thioenol": "[SX2H][CX3;!a]=[CX3]",
        "heteroatom on an alkyne": "[#7,#8,#16,F,Cl;X1,X2,X3]-[CX2]#[CX2]",
        "allene or cumulene": "[#6]=[#6]=[#6]",
        "ketene": "[#6]=[#6]=[O,S,N]",
        "carbonic or carbamic acid": "[OX2H]C(=O)[OX2,NX3,SX2]",
        "acid of a thio or dithio kind": "[SX2H]C(=[O,S])",
        "acyl or formyl halide": "[F,Cl,Br,I]C(=[O,S,N])",
        "1,2-dicarbonyl acid halide or triketone": "O=C-C(=O)-C=O",
        "geminal polyol, triol or triamine": "[OX2,NX3;!$(N[C,S]=O)][CX4]([OX2,NX3])[OX2,NX3]",
        "four-ring with a double bond": "[#6r4]=[#6r4]",
        "three-ring with a double bond": "[#6,#7;r3]=[#6,#7;r3]",
        "triple bond in a small ring": "[#6;r3,r4,r5,r6,r7,r8]#[*;r3,r4,r5,r6,r7,r8]",
        "double bond in a three-membered hetero ring": "[*;r3]=[*;r3]",
        "exocyclic double bond on a small hetero ring": "[C;r3]=[C,N]",
        "spiro or fused three-rings": "[R2;r3]@[R2;r3]@[R2;r3]",
        "bare heteroatom hydride": "[NX3H1,OX2H1,SX2H1;!a]-[NX3H,OX2H,SX2H]-[!#6]",
        "unusual valence of S or P": "[$([SX3;v4;+0]);!$(S=O),$([SX4;v6]);!$(S=[O,N]),PX5,SX6,$([PX3H2]),$([PX3H])]",
        "hypervalent halogen": "[Cl,Br,I;X2,X3,X4]",
        "carbon with a charge or radical": "[C-;!$([C-]#*),C+,c+,c-]",
        "imine of ammonia": "[NX2H]=[CX3;!$(C[NX3]);!$(C[OX2,SX2])]",
        "nitro or nitroso on N": "[$([NX3+](=O)[O-]),$([NX2]=O)]-[#7,OX2]",
        "two nitro groups on one carbon": "[CX4]([N+](=O)[O-])[N+](=O)[O-]",
        "azide beside a heteroatom": "[NX2]=[N+]=[N-].[#7,#8,#16]-[NX2]=[N+]=[N-]",
        "azide on an sp2 carbon or twice on one": "[CX4]([NX2]=[N+])[NX2]=[N+]",
        "N-N single bond to an amine with H on both": "[NX3H2]-[NX3H1,NX3H0;!$(N[C,S]=[O,S,N]);!$(N-[#6]=[#7]);!a]",
        "thiol or amine beside a leaving group": "[OX2H,NX3H2,SX2H][CX4][Cl,Br,I,$([OX2]S(=O)=O)]",
        "nitrile on a heteroatom": "[OX2,SX2H0,NX3H2]-[CX2]#N",
    }
)
"""What hardly exists, by name: SMARTS. They were tuned on real molecules, of which two in a hundred have any."""

_MOST_MATCHES: Final = 1000


def list_oddities(molecule: Chem.Mol) -> tuple[str, ...]:
    """Return the names of the oddities that a molecule has, each as often as it has it."""
    return tuple(
        name
        for name, pattern in _patterns()
        for _ in range(len(molecule.GetSubstructMatches(pattern, maxMatches=_MOST_MATCHES)))
    )


def has_oddity(molecule: Chem.Mol) -> bool:
    """Whether a molecule has any oddity."""
    return any(molecule.HasSubstructMatch(pattern) for _, pattern in _patterns())


def count_alerts(molecule: Chem.Mol) -> int:
    """Return how many of the structural alerts of Brenk et al. (ChemMedChem 2008, 3, 435) a molecule has."""
    return len(_catalogue().GetMatches(molecule))


@cache
def _patterns() -> tuple[tuple[str, Chem.Mol], ...]:
    return tuple((name, Chem.MolFromSmarts(smarts)) for name, smarts in ODDITIES.items())


@cache
def _catalogue() -> FilterCatalog.FilterCatalog:
    parameters = FilterCatalog.FilterCatalogParams()
    parameters.AddCatalog(FilterCatalog.FilterCatalogParams.FilterCatalogs.BRENK)
    return FilterCatalog.FilterCatalog(parameters)

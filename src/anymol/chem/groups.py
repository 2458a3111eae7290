"""Functional groups, halogens, rings and common substituents, counted by SMARTS.

The names are those a chemist says. Where groups contain each other the smaller one is not counted inside the
larger one: the OH of a carboxylic acid is not an alcohol, the C=O of an ester not a ketone, the nitrogen of an
amide not an amine. A pyridine nitrogen or a furan oxygen belongs to its ring, not to an amine or ether.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

from rdkit import Chem

from anymol.errors import UserError


class GroupKind(StrEnum):
    """What a named group is."""

    FUNCTIONAL = "functional group"
    HALOGEN = "halogen"
    SUBSTITUENT = "substituent"
    RING = "ring"
    TOLD = "functional group that is told"
    """A functional group that is found in molecules; designs are not asked for it."""
    FAMILY = "family of groups"
    """What takes in several functional groups, which are listed by their own names."""


@dataclass(frozen=True)
class FunctionalGroup:
    """A named group.

    Attributes:
        name: What a chemist calls it, in the singular.
        smarts: Pattern; each match (as a set of atoms) counts once.
        meaning: What counts and what does not.
        kind: Functional group, halogen, substituent or ring.
        synonyms: Other names under which it is asked for.
    """

    name: str
    smarts: str
    meaning: str
    kind: GroupKind = GroupKind.FUNCTIONAL
    synonyms: tuple[str, ...] = ()


# Pieces that keep groups apart.
_ACYL_FREE_N = "!$(N[#6]=[O,S,N]);!$(N[S,P]=O);!$(N[!#6;!#1])"  # a nitrogen that is an amine, not an amide or hydrazine
_PLAIN_C = "#6;!$([#6]=[O,N,S])"  # a carbon that is not a carbonyl, imine or thiocarbonyl
_ACYL = "[CX3;$(C[#6]),$([CH1]);!$(C([#7,#8,#16])[#7,#8,#16])]"  # the C of R-C(=O)-X or H-C(=O)-X with one heteroatom

_GROUPS: tuple[FunctionalGroup, ...] = (
    FunctionalGroup("alcohol", "[OX2H][CX4]", "OH on a saturated carbon", synonyms=("aliphatic hydroxyl",)),
    FunctionalGroup("phenol", "[OX2H]c", "OH on an aromatic carbon"),
    FunctionalGroup(
        "hydroxyl",
        "[OX2H][#6;!$([#6]=[O,S])]",
        "OH on carbon, acids excepted: alcohols, phenols and enols",
        synonyms=("hydroxy", "OH"),
    ),
    FunctionalGroup(
        "ether",
        f"[OX2;!r3]([{_PLAIN_C}])[{_PLAIN_C}]",
        "C-O-C, neither ester nor epoxide nor aromatic",
        synonyms=("alkoxy",),
    ),
    FunctionalGroup("epoxide", "[OX2r3]1[#6r3][#6r3]1", "three-membered C-O-C ring", synonyms=("oxirane",)),
    FunctionalGroup(
        "hemiacetal", "[$([CX4]([OX2H])[OX2;!H][#6;!$([#6]=[O,N,S])])]", "O-C-OH on one carbon; hemiketals count"
    ),
    FunctionalGroup(
        "acetal",
        "[CX4;!$(C[OX2H]);$(C([OX2;!H][#6;!$([#6]=[O,N,S])])[OX2;!H][#6;!$([#6]=[O,N,S])])]",
        "O-C-O on one carbon; ketals and glycosides count",
        synonyms=("ketal",),
    ),
    FunctionalGroup("peroxide", "[OX2][OX2]", "O-O single bond"),
    FunctionalGroup("aldehyde", "[$([CX3H][#6]),$([CX3H2])]=[OX1]", "CH=O on carbon or hydrogen", synonyms=("formyl",)),
    FunctionalGroup("ketone", "[#6][CX3](=[OX1])[#6]", "C=O between two carbons; quinones count", synonyms=("oxo",)),
    FunctionalGroup(
        "carboxylic acid",
        "[$([CX3][#6]),$([CX3H1])](=[OX1])[OX2H,OX1-]",
        "COOH or its anion, on carbon or hydrogen",
        synonyms=("carboxyl", "carboxy", "COOH", "acid"),
    ),
    FunctionalGroup("ester", f"{_ACYL}(=[OX1])[OX2H0][{_PLAIN_C}]", "C(=O)-O-C; lactones count, carbonates do not"),
    FunctionalGroup("lactone", "[CX3;R](=[OX1])[OX2;R][#6;R]", "ester within a ring"),
    FunctionalGroup("anhydride", "[CX3](=[OX1])[OX2][CX3]=[OX1]", "C(=O)-O-C(=O)"),
    FunctionalGroup(
        "acyl halide", "[CX3](=[OX1])[F,Cl,Br,I]", "C(=O) on a halogen", synonyms=("acyl chloride", "acid chloride")
    ),
    FunctionalGroup(
        "amide",
        f"{_ACYL}(=[OX1])[NX3;!$(N[OX2]);!$(N(C=O)C=O)]",
        "C(=O)-N on carbon or hydrogen; lactams count, ureas and imides do not",
    ),
    FunctionalGroup("primary amide", f"{_ACYL}(=[OX1])[NX3H2]", "C(=O)-NH2", synonyms=("carboxamide", "carbamoyl")),
    FunctionalGroup("lactam", "[CX3;R](=[OX1])[NX3;R]", "amide, urea or imide bond within a ring"),
    FunctionalGroup("imide", "[CX3](=[OX1])[NX3][CX3]=[OX1]", "C(=O)-N-C(=O)"),
    FunctionalGroup("urea", "[NX3][CX3](=[OX1])[NX3]", "N-C(=O)-N"),
    FunctionalGroup("carbamate", "[NX3][CX3](=[OX1])[OX2H0]", "N-C(=O)-O-C", synonyms=("urethane",)),
    FunctionalGroup("carbonate ester", "[#6][OX2][CX3](=[OX1])[OX2][#6]", "C-O-C(=O)-O-C", synonyms=("carbonate",)),
    FunctionalGroup("hydroxamic acid", "[CX3](=[OX1])[NX3][OX2H]", "C(=O)-N-OH"),
    FunctionalGroup(
        "primary amine",
        f"[$([NX3H2]),$([NX4H3+]);{_ACYL_FREE_N}][#6]",
        "NH2 (or NH3+) on carbon; anilines count",
        synonyms=("amino", "NH2"),
    ),
    FunctionalGroup(
        "secondary amine",
        f"[$([NX3H1]),$([NX4H2+]);{_ACYL_FREE_N}]([#6])[#6]",
        "NH (or NH2+) between two carbons, not aromatic",
    ),
    FunctionalGroup(
        "tertiary amine",
        f"[$([NX3H0]),$([NX4H1+]);{_ACYL_FREE_N}]([#6])([#6])[#6]",
        "N (or NH+) on three carbons, not aromatic",
    ),
    FunctionalGroup("quaternary ammonium", "[NX4+;H0]([#6])([#6])([#6])[#6]", "N+ on four carbons"),
    FunctionalGroup(
        "aniline", f"[NX3;{_ACYL_FREE_N}]c", "amine nitrogen on an aromatic carbon", synonyms=("aromatic amine",)
    ),
    FunctionalGroup(
        "imine", "[CX3]([#6,#1])=[NX2;!$(N[#7,#8])][#6,#1]", "C=N on carbon, neither oxime nor hydrazone nor amidine"
    ),
    FunctionalGroup("oxime", "[CX3]=[NX2][OX2]", "C=N-O; oxime ethers count"),
    FunctionalGroup("hydrazone", "[CX3]=[NX2][NX3]", "C=N-N"),
    FunctionalGroup("hydrazine", "[NX3;!$(N=*)][NX3;!$(N=*)]", "N-N single bond; hydrazides count"),
    FunctionalGroup("azo", "[#6][NX2]=[NX2][#6]", "C-N=N-C"),
    FunctionalGroup("azide", "[$([NX2-][NX2+]#[NX1]),$([NX2]=[NX2+]=[NX1-]),$([NX2][NX2+]#N)]", "N3"),
    FunctionalGroup("amidine", "[NX3][CX3;!$(C([NX3])(=[NX2])[NX3])]=[NX2]", "N-C=N, not a guanidine"),
    FunctionalGroup("guanidine", "[NX3][CX3](=[NX2,NX3+])[NX3]", "N-C(=N)-N"),
    FunctionalGroup("nitrile", "[CX2]#[NX1]", "C#N", synonyms=("cyano", "CN")),
    FunctionalGroup(
        "aromatic lactam",
        "[c;R](=[OX1])[nX3;R]",
        "C(=O)-N in an aromatic ring: pyridones, uracils, xanthines",
        kind=GroupKind.TOLD,
    ),
    FunctionalGroup(
        "aromatic lactone",
        "[c;R](=[OX1])[oX2;R]",
        "C(=O)-O in an aromatic ring: coumarins, 2-pyrones",
        kind=GroupKind.TOLD,
    ),
    FunctionalGroup(
        "aromatic ring ketone",
        "[c;R;!$(c[n,o,s])]=[OX1]",
        "C=O between carbons of an aromatic ring: chromones, 4-pyridones, tropone",
        kind=GroupKind.TOLD,
    ),
    FunctionalGroup("carbodiimide", "[NX2]=[CX2]=[NX2]", "N=C=N", kind=GroupKind.TOLD),
    FunctionalGroup("ketene", "[CX3]=[CX2]=[OX1]", "C=C=O", kind=GroupKind.TOLD),
    FunctionalGroup("nitrone", "[CX3]=[NX3+]([#6])[OX1-]", "C=N+-O-", kind=GroupKind.TOLD),
    FunctionalGroup("diazo", "[$([#6]=[NX2+]=[NX1-]),$([#6-][NX2+]#[NX1])]", "C=N2", kind=GroupKind.TOLD),
    FunctionalGroup("diazonium", "[#6][NX2+]#[NX1]", "C-N2+", synonyms=("diazonium salt",), kind=GroupKind.TOLD),
    FunctionalGroup(
        "nitrate ester",
        "[#6][OX2][$([NX3](=O)=O),$([NX3+](=O)[O-])]",
        "C-O-NO2",
        synonyms=("nitrate",),
        kind=GroupKind.TOLD,
    ),
    FunctionalGroup("nitrite ester", "[#6][OX2][NX2]=[OX1]", "C-O-N=O", synonyms=("nitrite",), kind=GroupKind.TOLD),
    FunctionalGroup("isocyanate", "[NX2]=[CX2]=[OX1]", "N=C=O"),
    FunctionalGroup("isothiocyanate", "[NX2]=[CX2]=[SX1]", "N=C=S"),
    FunctionalGroup("nitro", "[$([NX3](=O)=O),$([NX3+](=O)[O-])][#6]", "NO2 on carbon", synonyms=("NO2",)),
    FunctionalGroup("nitroso", "[NX2](=[OX1])[#6,#7]", "N=O on carbon or nitrogen"),
    FunctionalGroup("thiol", "[SX2H][#6]", "SH on carbon", synonyms=("mercapto", "SH", "thiophenol")),
    FunctionalGroup("thioether", f"[SX2]([{_PLAIN_C}])[{_PLAIN_C}]", "C-S-C, not aromatic", synonyms=("sulfide",)),
    FunctionalGroup("disulfide", "[SX2]([#6])[SX2][#6]", "C-S-S-C"),
    FunctionalGroup("thioester", "[CX3](=[OX1])([#6,#1])[SX2][#6]", "C(=O)-S-C"),
    FunctionalGroup("isonitrile", "[CX1-]#[NX2+][#6]", "C-NC", synonyms=("isocyanide",)),
    FunctionalGroup("N-oxide", "[$([nX3+][OX1-]),$([NX4+]([#6])([#6])([#6])[OX1-])]", "N+-O- on an amine or pyridine"),
    FunctionalGroup(
        "sulfate ester", "[SX4;$(S[OX2][#6])](=[OX1])(=[OX1])([OX2,OX1-])[OX2,OX1-]", "C-O-SO3 and C-O-SO2-O-C"
    ),
    FunctionalGroup("sulfoxide", "[$([SX3]=[OX1]),$([SX3+][OX1-])]([#6])[#6]", "C-S(=O)-C"),
    FunctionalGroup("sulfone", "[SX4](=[OX1])(=[OX1])([#6])[#6]", "C-SO2-C"),
    FunctionalGroup("sulfonamide", "[SX4](=[OX1])(=[OX1])([#6])[#7]", "C-SO2-N"),
    FunctionalGroup("sulfonic acid", "[SX4](=[OX1])(=[OX1])([#6])[OX2H,OX1-]", "C-SO3H or its anion"),
    FunctionalGroup(
        "sulfonate ester",
        "[SX4](=[OX1])(=[OX1])([#6])[OX2][#6]",
        "C-SO2-O-C; mesylates, tosylates, triflates",
        synonyms=("sulfonate",),
    ),
    FunctionalGroup("sulfonyl chloride", "[SX4](=[OX1])(=[OX1])([#6])Cl", "C-SO2-Cl"),
    FunctionalGroup("thioamide", "[CX3;!$(C([#7])[#7])](=[SX1])[NX3]", "C(=S)-N, not a thiourea"),
    FunctionalGroup("thiourea", "[NX3][CX3](=[SX1])[NX3]", "N-C(=S)-N"),
    FunctionalGroup("phosphate", "[PX4](=[OX1])([OX2,OX1-])([OX2,OX1-])[OX2,OX1-]", "P(=O)(O)3 with any substituents"),
    FunctionalGroup("phosphonate", "[PX4](=[OX1])([#6])([OX2,OX1-])[OX2,OX1-]", "C-P(=O)(O)2 with any substituents"),
    FunctionalGroup("phosphine", "[PX3]([#6])([#6,#1])[#6,#1]", "trivalent P on carbon"),
    FunctionalGroup(
        "phosphine oxide", "[PX4](=[OX1])([#6])([#6,#1])[#6,#1]", "P=O on carbon alone", kind=GroupKind.TOLD
    ),
    FunctionalGroup(
        "phosphonium", "[PX4+]([#6])([#6])([#6])[#6]", "P+ on four carbons; ylides not", kind=GroupKind.TOLD
    ),
    FunctionalGroup("silyl ether", "[SiX4][OX2][#6]", "Si-O-C", kind=GroupKind.TOLD),
    FunctionalGroup("boronic acid", "[#6][BX3]([OX2H])[OX2H]", "C-B(OH)2"),
    FunctionalGroup("boronate ester", "[#6][BX3]([OX2][#6])[OX2][#6]", "C-B(OR)2", synonyms=("boronic ester",)),
    FunctionalGroup("alkene", "[CX3]=[CX3]", "C=C outside aromatic rings", synonyms=("olefin", "C=C double bond")),
    FunctionalGroup("alkyne", "[CX2]#[CX2]", "C#C", synonyms=("ethynyl", "C#C triple bond")),
    FunctionalGroup(
        "amine",
        f"[NX3,$([NX4+;!H0]);!$([#7]=*);!$([#7]#*);$([#7][#6]);{_ACYL_FREE_N}]",
        "primary, secondary and tertiary amines, anilines among them; neither amides nor aromatic nitrogen",
        GroupKind.FAMILY,
    ),
    FunctionalGroup(
        "carbonyl",
        "[#6X3]=[OX1]",
        "C=O of any kind, those of acids, esters and amides among them",
        GroupKind.FAMILY,
        ("C=O",),
    ),
    FunctionalGroup("NH", "[#7;!H0]", "nitrogen that bears hydrogen, aromatic or not", GroupKind.FAMILY, ("N-H",)),
    FunctionalGroup("fluoro", "[F][#6]", "F on carbon", GroupKind.HALOGEN, ("fluorine", "fluoride")),
    FunctionalGroup("chloro", "[Cl][#6]", "Cl on carbon", GroupKind.HALOGEN, ("chlorine", "chloride")),
    FunctionalGroup("bromo", "[Br][#6]", "Br on carbon", GroupKind.HALOGEN, ("bromine", "bromide")),
    FunctionalGroup("iodo", "[I][#6]", "I on carbon", GroupKind.HALOGEN, ("iodine", "iodide")),
    FunctionalGroup("trifluoromethyl", "[#6,#7,#8,#16][CX4](F)(F)F", "CF3", GroupKind.SUBSTITUENT, ("CF3",)),
    FunctionalGroup("methyl", "[CX4H3][!#8;!#1]", "CH3 on any atom but oxygen", GroupKind.SUBSTITUENT, ("CH3",)),
    FunctionalGroup(
        "methoxy", "[CX4H3][OX2][#6]", "O-CH3 on carbon; methyl esters count", GroupKind.SUBSTITUENT, ("OMe", "OCH3")
    ),
    FunctionalGroup("tert-butyl", "[CX4H3][CX4;H0]([CX4H3])[CX4H3]", "C(CH3)3", GroupKind.SUBSTITUENT, ("t-butyl",)),
    FunctionalGroup(
        "Boc",
        "[CX4H3][CX4]([CX4H3])([CX4H3])[OX2][CX3](=[OX1])[NX3]",
        "tert-butoxycarbonyl on N",
        GroupKind.SUBSTITUENT,
        ("tert-butoxycarbonyl", "tert-butyl carbamate"),
    ),
    FunctionalGroup(
        "acetyl", "[CX4H3][CX3](=[OX1])[#6,#7,#8]", "C(=O)-CH3 on C, N or O", GroupKind.SUBSTITUENT, ("Ac",)
    ),
    FunctionalGroup("benzyl", "[CX4H2]([!#1])c1[cH][cH][cH][cH][cH]1", "CH2-C6H5", GroupKind.SUBSTITUENT, ("Bn",)),
    FunctionalGroup(
        "benzene ring", "c1ccccc1", "aromatic ring of six carbons, fused ones each", GroupKind.RING, ("phenyl", "arene")
    ),
    FunctionalGroup("pyridine", "n1ccccc1", "aromatic six-ring with one N", GroupKind.RING, ("pyridyl",)),
    FunctionalGroup("pyrimidine", "n1cnccc1", "aromatic six-ring with N at 1 and 3", GroupKind.RING),
    FunctionalGroup("pyrrole", "n1cccc1", "aromatic five-ring with one N; that of an indole counts", GroupKind.RING),
    FunctionalGroup("indole", "n1ccc2ccccc12", "benzo-fused pyrrole", GroupKind.RING),
    FunctionalGroup("imidazole", "n1cncc1", "aromatic five-ring with N at 1 and 3", GroupKind.RING),
    FunctionalGroup("pyrazole", "n1nccc1", "aromatic five-ring with N at 1 and 2", GroupKind.RING),
    FunctionalGroup(
        "triazole", "[#7,#6]1~[#7]~[#7]~[#7,#6]~[#7,#6]1", "aromatic five-ring with three N", GroupKind.RING
    ),
    FunctionalGroup("tetrazole", "n1nnnc1", "aromatic five-ring with four N", GroupKind.RING),
    FunctionalGroup("furan", "o1cccc1", "aromatic five-ring with O", GroupKind.RING, ("furyl",)),
    FunctionalGroup("thiophene", "s1cccc1", "aromatic five-ring with S", GroupKind.RING, ("thienyl",)),
    FunctionalGroup("thiazole", "s1cncc1", "aromatic five-ring with S and N at 1 and 3", GroupKind.RING),
    FunctionalGroup(
        "piperidine", "[NX3,NX4+;r6]1[CX4][CX4][CX4][CX4][CX4]1", "saturated six-ring with one N", GroupKind.RING
    ),
    FunctionalGroup(
        "piperazine",
        "[NX3,NX4+]1[CX4][CX4][NX3,NX4+][CX4][CX4]1",
        "saturated six-ring with N at 1 and 4",
        GroupKind.RING,
    ),
    FunctionalGroup(
        "morpholine",
        "[NX3,NX4+]1[CX4][CX4][OX2][CX4][CX4]1",
        "saturated six-ring with N and O at 1 and 4",
        GroupKind.RING,
    ),
    FunctionalGroup(
        "pyrrolidine", "[NX3,NX4+]1[CX4][CX4][CX4][CX4]1", "saturated five-ring with one N", GroupKind.RING
    ),
    FunctionalGroup(
        "cyclopropane", "[CX4]1[CX4][CX4]1", "saturated three-ring of carbons", GroupKind.RING, ("cyclopropyl",)
    ),
    FunctionalGroup(
        "cyclohexane",
        "[CX4]1[CX4][CX4][CX4][CX4][CX4]1",
        "saturated six-ring of carbons",
        GroupKind.RING,
        ("cyclohexyl",),
    ),
)

_MOST_MATCHES: Final = 1_000_000
"""RDKit stops at a thousand unless told otherwise, and says nothing."""

GROUPS: Mapping[str, FunctionalGroup] = MappingProxyType({group.name: group for group in _GROUPS})
"""Every named group, by name."""


def count_group(mol: Chem.Mol, name: str) -> int:
    """Count one group, asked for by any of its names.

    Raises:
        UserError: No group has this name; the nearest names are given.
    """
    return len(mol.GetSubstructMatches(_patterns()[get_group(name).name], maxMatches=_MOST_MATCHES))


def get_group(name: str) -> FunctionalGroup:
    """Return the group of that name or synonym; case, a closing "group" and a plural s do not matter.

    Raises:
        UserError: No group has this name; the nearest names are given.

    >>> get_group("Nitro group").name, get_group("alcohols").name, get_group("cyano").name
    ('nitro', 'alcohol', 'nitrile')
    """
    names = _names()
    wanted = " ".join(name.lower().removesuffix(" groups").removesuffix(" group").split())
    for form in (wanted, wanted.removesuffix("s"), wanted.removesuffix(" ring")):
        if form in names:
            return names[form]
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)
    raise UserError(
        f"'{name}' is not a functional group known here",
        value=name,
        hint=f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(list(GROUPS)[:8])}, ...",
    )


@cache
def _names() -> dict[str, FunctionalGroup]:
    names = {synonym.lower(): group for group in _GROUPS for synonym in group.synonyms}
    return names | {group.name.lower(): group for group in _GROUPS}


@cache
def _patterns() -> dict[str, Chem.Mol]:
    return {group.name: Chem.MolFromSmarts(group.smarts) for group in _GROUPS}

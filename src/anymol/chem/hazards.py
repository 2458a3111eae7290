"""Scheduled chemical weapons and their listed precursors, recognised by structure so that requests can be refused.

The schedules are those of the Annex on Chemicals of the Chemical Weapons Convention, as amended in 2020. Families are
matched by substructure, single chemicals by identity; salts, isotopes, stereochemistry, tautomers and the ways of
writing a bond do not hide a match. This module recognises; it holds nothing on how anything is made, and what is done
about a match is decided in :mod:`anymol.inference.screening`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from anymol.chem.parsing import parse_smiles


@dataclass(frozen=True)
class Hazard:
    """A match with a schedule of the Chemical Weapons Convention.

    Attributes:
        schedule: 1, 2 or 3; the lower, the stricter.
        entry: Entry in the schedule, for example ``1.A.1``. Parts A are toxic chemicals, parts B precursors.
        name: Name of the chemical or family.
        smiles: Canonical SMILES of the fragment that matched.
    """

    schedule: int
    entry: str
    name: str
    smiles: str

    @property
    def is_precursor(self) -> bool:
        """Whether the entry stands in a part B: a precursor, not itself a weapon."""
        return self.entry[2] == "B"

    def __str__(self) -> str:
        kind = "precursor" if self.is_precursor else "chemical"
        return f"{self.name}: scheduled {kind} {self.entry} of the Chemical Weapons Convention"


# Me, Et, n-Pr or i-Pr, by the carbon that binds; the hydrogen counts make each pattern end where the group ends.
_ALKYL = "$([CH3X4]),$([CH2X4][CH3X4]),$([CH2X4][CH2X4][CH3X4]),$([CHX4]([CH3X4])[CH3X4])"
_R = f"[{_ALKYL}]"
_AMINE = "[NX3,NX4+]"  # the agents are listed with their alkylated salts, the precursors (below) are not

_FAMILIES: tuple[tuple[str, str, str], ...] = (
    ("1.A.1", "alkyl phosphonofluoridates (sarin, soman)", f"[PX4](=O)(F)([OX2][#6]){_R}"),
    ("1.A.2", "N,N-dialkyl phosphoramidocyanidates (tabun)", f"[PX4](=O)(C#N)([OX2,OX1-])N({_R}){_R}"),
    (
        "1.A.3",
        "S-2-dialkylaminoethyl alkylphosphonothiolates (VX)",
        f"[PX4](=O)([OX2,OX1-])({_R})[SX2][CH2][CH2]{_AMINE}({_R}){_R}",
    ),
    (
        "1.A.13",
        "N-amidinyl phosphonamidic and phosphoramidic fluorides (A-series)",
        "[PX4](=O)(F)[$(N=C[NX3]),$([NH]C(=[C,N])[NX3]),$([NH]C=[NX2])]",
    ),
    ("1.A.16", "quaternary dimethylcarbamoyloxypyridines", "[CH3]N([CH3])C(=O)Oc1cccnc1[CH2][NX4+]"),
    ("1.B.9", "alkylphosphonyl difluorides", f"[PX4](=O)(F)(F){_R}"),
    (
        "1.B.10",
        "O-2-dialkylaminoethyl alkylphosphonites",
        f"[PX3]({_R})([OX2])[OX2][CH2][CH2]{_AMINE}({_R}){_R}",
    ),
    ("1.B.11", "alkyl phosphonochloridates (chlorosarin, chlorosoman)", f"[PX4](=O)(Cl)([OX2][CHX4;$(C[CH3])]){_R}"),
    (
        "2.A.1",
        "amiton",
        "[PX4](=O)([OX2][CH2][CH3])([OX2][CH2][CH3])[SX2][CH2][CH2]" + _AMINE + "([CH2][CH3])[CH2][CH3]",
    ),
    ("2.B.4", "phosphorus with one methyl, ethyl or propyl group and no other carbon", f"[P;!$(P([#6])[#6])]{_R}"),
    ("2.B.5", "N,N-dialkyl phosphoramidic dihalides", f"[PX4](=O)([F,Cl,Br,I])([F,Cl,Br,I])N({_R}){_R}"),
    ("2.B.6", "dialkyl N,N-dialkyl phosphoramidates", f"[PX4](=O)([OX2]{_R})([OX2]{_R})N({_R}){_R}"),
    ("2.B.10", "2-dialkylaminoethyl chlorides", f"[NX3]({_R})({_R})[CH2X4][CH2X4]Cl"),
    ("2.B.11", "2-dialkylaminoethanols", f"[NX3]({_R})({_R})[CH2X4][CH2X4][OX2H]"),
    ("2.B.12", "2-dialkylaminoethanethiols", f"[NX3]({_R})({_R})[CH2X4][CH2X4][SX2H]"),
)
"""(entry, name, SMARTS); the strictest entry first."""

_SAXITOXIN = "C1CN2~C(~N)~NC(C3C2(C1~O)N~C(~N)~N3)COC(~O)~N"
"""Connectivity of saxitoxin, hydrated or not, in any tautomer of its guanidines and its carbamate."""

_CHEMICALS: tuple[tuple[str, str, str], ...] = (
    ("1.A.4", "sulfur mustard (2-chloroethyl chloromethyl sulfide)", "ClCCSCCl"),
    ("1.A.4", "sulfur mustard (mustard gas)", "ClCCSCCCl"),
    ("1.A.4", "sulfur mustard (bis(2-chloroethylthio)methane)", "ClCCSCSCCCl"),
    ("1.A.4", "sulfur mustard (sesquimustard)", "ClCCSCCSCCCl"),
    ("1.A.4", "sulfur mustard (1,3-bis(2-chloroethylthio)propane)", "ClCCSCCCSCCCl"),
    ("1.A.4", "sulfur mustard (1,4-bis(2-chloroethylthio)butane)", "ClCCSCCCCSCCCl"),
    ("1.A.4", "sulfur mustard (1,5-bis(2-chloroethylthio)pentane)", "ClCCSCCCCCSCCCl"),
    ("1.A.4", "sulfur mustard (bis(2-chloroethylthiomethyl) ether)", "ClCCSCOCSCCCl"),
    ("1.A.4", "sulfur mustard (O-mustard)", "ClCCSCCOCCSCCCl"),
    ("1.A.5", "lewisite 1", "ClC=C[As](Cl)Cl"),
    ("1.A.5", "lewisite 2", "ClC=C[As](Cl)C=CCl"),
    ("1.A.5", "lewisite 3", "ClC=C[As](C=CCl)C=CCl"),
    ("1.A.6", "nitrogen mustard HN1", "CCN(CCCl)CCCl"),
    ("1.A.6", "nitrogen mustard HN2", "CN(CCCl)CCCl"),
    ("1.A.6", "nitrogen mustard HN3", "ClCCN(CCCl)CCCl"),
    ("2.A.2", "perfluoroisobutene (PFIB)", "FC(F)=C(C(F)(F)F)C(F)(F)F"),
    ("2.A.3", "3-quinuclidinyl benzilate (BZ)", "O=C(OC1CN2CCC1CC2)C(O)(c1ccccc1)c1ccccc1"),
    ("2.B.7", "arsenic trichloride", "Cl[As](Cl)Cl"),
    ("2.B.8", "benzilic acid", "OC(=O)C(O)(c1ccccc1)c1ccccc1"),
    ("2.B.9", "quinuclidin-3-ol", "OC1CN2CCC1CC2"),
    ("2.B.13", "thiodiglycol", "OCCSCCO"),
    ("2.B.14", "pinacolyl alcohol", "CC(O)C(C)(C)C"),
    ("3.A.1", "phosgene", "O=C(Cl)Cl"),
    ("3.A.2", "cyanogen chloride", "N#CCl"),
    ("3.A.3", "hydrogen cyanide", "C#N"),
    ("3.A.3", "hydrogen cyanide (hydrogen isocyanide)", "[C-]#[NH+]"),
    ("3.A.3", "hydrogen cyanide (hydrogen isocyanide)", "[C]=N"),
    ("3.A.4", "chloropicrin", "O=[N+]([O-])C(Cl)(Cl)Cl"),
    ("3.B.5", "phosphorus oxychloride", "O=P(Cl)(Cl)Cl"),
    ("3.B.6", "phosphorus trichloride", "ClP(Cl)Cl"),
    ("3.B.7", "phosphorus pentachloride", "ClP(Cl)(Cl)(Cl)Cl"),
    ("3.B.7", "phosphorus pentachloride (its cation)", "Cl[P+](Cl)(Cl)Cl"),
    ("3.B.7", "phosphorus pentachloride (its anion)", "Cl[P-](Cl)(Cl)(Cl)(Cl)Cl"),
    ("3.B.8", "trimethyl phosphite", "COP(OC)OC"),
    ("3.B.9", "triethyl phosphite", "CCOP(OCC)OCC"),
    ("3.B.10", "dimethyl phosphite", "CO[PH](=O)OC"),
    ("3.B.10", "dimethyl phosphite", "COP(O)OC"),
    ("3.B.11", "diethyl phosphite", "CCO[PH](=O)OCC"),
    ("3.B.11", "diethyl phosphite", "CCOP(O)OCC"),
    ("3.B.12", "sulfur monochloride", "ClSSCl"),
    ("3.B.13", "sulfur dichloride", "ClSCl"),
    ("3.B.14", "thionyl chloride", "O=S(Cl)Cl"),
    ("3.B.15", "ethyldiethanolamine", "CCN(CCO)CCO"),
    ("3.B.16", "methyldiethanolamine", "CN(CCO)CCO"),
    ("3.B.17", "triethanolamine", "OCCN(CCO)CCO"),
)
"""(entry, name, SMILES) of single chemicals."""

_METAL_BOND = "[Li,Na,K,Rb,Cs,Be,Mg,Ca,Sr,Ba,Zn,Cd,Hg,Cu,Ag,Tl,Al]~[#7,#8,#16,#34,F]"
"""A bond of a salt that is written as if it were covalent; RDKit's own list leaves sulfur out."""

_EXEMPT = (
    "CCOP(=S)(CC)Sc1ccccc1",  # fonofos, exempt from 2.B.4
    "CN(C)CCO",  # exempt from 2.B.11
    "CCN(CC)CCO",  # exempt from 2.B.11
)


def screen(smiles: str) -> Hazard | None:
    """Return the strictest match with a schedule among the molecules of `smiles`; None where there is none.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    >>> screen("CC(=O)Oc1ccccc1C(=O)O") is None
    True
    >>> screen("O=C(Cl)Cl").entry
    '3.A.1'
    """
    found = [hazard for mol in Chem.GetMolFrags(_prepare(parse_smiles(smiles)), asMols=True) if (hazard := _match(mol))]
    return min(found, key=lambda hazard: (hazard.schedule, hazard.is_precursor), default=None)


def _match(mol: Chem.Mol) -> Hazard | None:
    """Match one prepared fragment against families and single chemicals."""
    written = Chem.MolToSmiles(mol)
    if written in _exempt():
        return None
    matches = [
        (entry, name)
        for entry, name, pattern in _family_patterns()
        if mol.HasSubstructMatch(pattern)  # every family is checked: entries overlap, the strictest counts
    ]
    if written in _chemicals():
        matches.append(_chemicals()[written])
    if not matches:
        return None
    entry, name = min(matches, key=lambda match: (match[0][:3], len(match[0]), match[0]))
    return Hazard(int(entry[0]), entry, name, written)


def _prepare(mol: Chem.Mol) -> Chem.Mol:
    """Return the molecule as the schedules are matched with: what salts, isotopes and ways of writing add is gone.

    Stereochemistry, isotopes and atom maps are taken off, bonds to metals are cut, protonated amines and deprotonated
    alcohols, thiols and acids are neutral, ``P+-O-`` is ``P=O``.
    """
    plain = Chem.RWMol(mol)
    for atom in plain.GetAtoms():
        atom.SetIsotope(0)
        atom.SetAtomMapNum(0)
    Chem.RemoveStereochemistry(plain)
    with rdBase.BlockLogs():
        # Only now: an isotope of hydrogen is kept as an atom, and would not be counted at the amine that it protonates.
        plain = Chem.RWMol(Chem.RemoveHs(_metals().Disconnect(plain)))
        _join_ylides(plain)
        _neutralize(plain)
        Chem.SanitizeMol(plain)
        return Chem.RemoveHs(plain)


def _join_ylides(mol: Chem.RWMol) -> None:
    """Write ``P+-O-``, and the like of As and S, as a double bond."""
    for bond in mol.GetBonds():
        ends = (bond.GetBeginAtom(), bond.GetEndAtom())
        for onium, anion in (ends, ends[::-1]):
            if (
                onium.GetAtomicNum() in (15, 16, 33)
                and onium.GetFormalCharge() == 1
                and anion.GetAtomicNum() in (8, 16)
                and anion.GetFormalCharge() == -1
            ):
                onium.SetFormalCharge(0)
                anion.SetFormalCharge(0)
                bond.SetBondType(Chem.BondType.DOUBLE)


def _neutralize(mol: Chem.RWMol) -> None:
    """Take protons off ammonium and the like, and give them to anions of O and S; to those of C where acid is there.

    Cyanides are not scheduled, hydrogen cyanide is: it takes an acid beside them.
    """
    acid = any(atom.GetFormalCharge() == 1 and _is_acid(atom) for atom in mol.GetAtoms())
    for atom in mol.GetAtoms():
        charge, element, hydrogens = atom.GetFormalCharge(), atom.GetAtomicNum(), atom.GetTotalNumHs()
        beside = {neighbor.GetFormalCharge() for neighbor in atom.GetNeighbors()}
        if charge == 1 and element in (7, 8, 15, 16) and hydrogens and not atom.GetIsAromatic() and -1 not in beside:
            change = -1
        elif charge == -1 and (element in (8, 16) or (acid and element == 6)) and 1 not in beside:
            change = 1
        else:
            continue
        atom.SetFormalCharge(charge + change)
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(hydrogens + change)


def _is_acid(atom: Chem.Atom) -> bool:
    """Whether a cation is a bare proton or hydronium."""
    return not atom.GetDegree() and (
        atom.GetAtomicNum() == 1 or (atom.GetAtomicNum() == 8 and atom.GetTotalNumHs() == 3)
    )


@cache
def _metals() -> rdMolStandardize.MetalDisconnector:
    disconnector = rdMolStandardize.MetalDisconnector()
    disconnector.SetMetalNof(Chem.MolFromSmarts(_METAL_BOND))
    return disconnector


@cache
def _family_patterns() -> tuple[tuple[str, str, Chem.Mol], ...]:
    families = (*_FAMILIES, ("1.A.7", "saxitoxin", _SAXITOXIN))
    return tuple((entry, name, Chem.MolFromSmarts(smarts)) for entry, name, smarts in families)


@cache
def _chemicals() -> dict[str, tuple[str, str]]:
    return {_plain_smiles(smiles): (entry, name) for entry, name, smiles in _CHEMICALS}


@cache
def _exempt() -> frozenset[str]:
    return frozenset(map(_plain_smiles, _EXEMPT))


def _plain_smiles(smiles: str) -> str:
    return Chem.MolToSmiles(_prepare(parse_smiles(smiles)))

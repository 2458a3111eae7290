"""Salts, hydrates and solvates by name: 'sertraline hydrochloride', 'diclofenac sodium', 'X sulfate (2:1) hydrate'.

OPSIN reads these where it knows the parent; names of drugs it mostly does not. A name is taken apart from its end, the
parent is read by itself, and the parts are put together again, so that no counter-part is lost. What a name leaves open
(how much water, the ratio of a base to an acid of several protons, salt or ester) is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cache
from math import lcm
from typing import Final

from rdkit import Chem

from anymol.chem.parsing import canonicalize_smiles, parse_smiles, write_canonical


class Kind(StrEnum):
    """What a counter-part is to its parent."""

    ACID = "acid"
    """Given to a base as the neutral acid; to a permanent cation as its anion."""
    CATION = "cation"
    """Takes the place of acidic hydrogens."""
    NEUTRAL = "neutral"
    """Lies in the crystal."""


@dataclass(frozen=True)
class Counterpart:
    """What stands beside a parent.

    Attributes:
        word: As the name has it.
        kind: What it is to its parent.
        smiles: SMILES: of an acid with its protons, of a cation with its charge.
        count: How many there are for each parent; None where the name does not say.
        protons: Protons that an acid gives, or the charge of a cation.
        sure_ratio: Whether one parent takes one where the name does not say.
    """

    word: str
    kind: Kind
    smiles: str
    count: Fraction | None = None
    protons: int = 1
    sure_ratio: bool = True


@dataclass(frozen=True)
class Joined:
    """Parent and counter-parts put together.

    Attributes:
        smiles: Canonical SMILES of the whole.
        doubts: What the name left open, in sentences.
    """

    smiles: str
    doubts: tuple[str, ...] = ()


_ACIDS: Final[dict[str, tuple[str, int, bool]]] = {
    "hydrochloride": ("Cl", 1, True), "hydrobromide": ("Br", 1, True), "hydroiodide": ("I", 1, True),
    "hydriodide": ("I", 1, True), "hydrofluoride": ("F", 1, True),
    "chloride": ("Cl", 1, True), "bromide": ("Br", 1, True), "iodide": ("I", 1, True),
    "nitrate": ("O=[N+]([O-])O", 1, True), "perchlorate": ("[O-][Cl+3]([O-])([O-])O", 1, True),
    "tetrafluoroborate": ("[H+].F[B-](F)(F)F", 1, True),
    "hexafluorophosphate": ("[H+].F[P-](F)(F)(F)(F)F", 1, True),
    "sulfate": ("O=S(=O)(O)O", 2, False), "bisulfate": ("O=S(=O)(O)O", 1, True),
    "hydrogen sulfate": ("O=S(=O)(O)O", 1, True), "hydrogensulfate": ("O=S(=O)(O)O", 1, True),
    "phosphate": ("O=P(O)(O)O", 3, False), "dihydrogen phosphate": ("O=P(O)(O)O", 1, True),
    "acetate": ("CC(=O)O", 1, True), "trifluoroacetate": ("O=C(O)C(F)(F)F", 1, True),
    "formate": ("O=CO", 1, True), "propionate": ("CCC(=O)O", 1, True), "benzoate": ("O=C(O)c1ccccc1", 1, True),
    "salicylate": ("O=C(O)c1ccccc1O", 1, True), "lactate": ("CC(O)C(=O)O", 1, True),
    "gluconate": ("O=C(O)[C@H](O)[C@@H](O)[C@H](O)[C@H](O)CO", 1, True), "mandelate": ("O=C(O)C(O)c1ccccc1", 1, True),
    "mesylate": ("CS(=O)(=O)O", 1, True), "mesilate": ("CS(=O)(=O)O", 1, True),
    "methanesulfonate": ("CS(=O)(=O)O", 1, True), "esylate": ("CCS(=O)(=O)O", 1, True),
    "esilate": ("CCS(=O)(=O)O", 1, True), "besylate": ("O=S(=O)(O)c1ccccc1", 1, True),
    "besilate": ("O=S(=O)(O)c1ccccc1", 1, True), "benzenesulfonate": ("O=S(=O)(O)c1ccccc1", 1, True),
    "tosylate": ("Cc1ccc(S(=O)(=O)O)cc1", 1, True), "tosilate": ("Cc1ccc(S(=O)(=O)O)cc1", 1, True),
    "p-toluenesulfonate": ("Cc1ccc(S(=O)(=O)O)cc1", 1, True), "triflate": ("O=S(=O)(O)C(F)(F)F", 1, True),
    "trifluoromethanesulfonate": ("O=S(=O)(O)C(F)(F)F", 1, True),
    "isethionate": ("O=S(=O)(O)CCO", 1, True), "napsylate": ("O=S(=O)(O)c1ccc2ccccc2c1", 1, True),
    "napadisylate": ("O=S(=O)(O)c1cccc2c(S(=O)(=O)O)cccc12", 2, False),
    "edisylate": ("O=S(=O)(O)CCS(=O)(=O)O", 2, False),
    "camsylate": ("CC1(C)C2CCC1(CS(=O)(=O)O)C(=O)C2", 1, True), "xinafoate": ("O=C(O)c1ccc2ccccc2c1O", 1, True),
    "maleate": ("O=C(O)/C=C\\C(=O)O", 2, True), "hydrogen maleate": ("O=C(O)/C=C\\C(=O)O", 1, True),
    "fumarate": ("O=C(O)/C=C/C(=O)O", 2, False), "hydrogen fumarate": ("O=C(O)/C=C/C(=O)O", 1, True),
    "succinate": ("O=C(O)CCC(=O)O", 2, False), "malonate": ("O=C(O)CC(=O)O", 2, False),
    "oxalate": ("O=C(O)C(=O)O", 2, False), "hydrogen oxalate": ("O=C(O)C(=O)O", 1, True),
    "adipate": ("O=C(O)CCCCC(=O)O", 2, False), "malate": ("O=C(O)CC(O)C(=O)O", 2, False),
    "tartrate": ("O=C(O)[C@H](O)[C@@H](O)C(=O)O", 2, False),
    "hydrogen tartrate": ("O=C(O)[C@H](O)[C@@H](O)C(=O)O", 1, True),
    "bitartrate": ("O=C(O)[C@H](O)[C@@H](O)C(=O)O", 1, True), "citrate": ("O=C(O)CC(O)(CC(=O)O)C(=O)O", 3, False),
    "pamoate": ("O=C(O)c1cc2ccccc2c(Cc2c(O)c(C(=O)O)cc3ccccc23)c1O", 2, False),
    "embonate": ("O=C(O)c1cc2ccccc2c(Cc2c(O)c(C(=O)O)cc3ccccc23)c1O", 2, False),
    "orotate": ("O=C(O)c1cc(=O)[nH]c(=O)[nH]1", 1, True),
    "picrate": ("O=[N+]([O-])c1cc([N+](=O)[O-])c(O)c([N+](=O)[O-])c1", 1, True),
}  # fmt: skip
"""Acids by the word of their salts: SMILES, protons they give, and whether a bare word means one for one."""

_SHORT_ACIDS: Final = {
    "HCl": "hydrochloride", "HBr": "hydrobromide", "HI": "hydroiodide", "HF": "hydrofluoride",
    "TFA": "trifluoroacetate", "HBF4": "tetrafluoroborate", "HPF6": "hexafluorophosphate", "H2SO4": "bisulfate",
    "HNO3": "nitrate",
    "AcOH": "acetate", "HOAc": "acetate", "MsOH": "mesylate", "TsOH": "tosylate", "HClO4": "perchlorate",
    "CF3COOH": "trifluoroacetate", "CF3CO2H": "trifluoroacetate", "H3PO4": "dihydrogen phosphate",
}  # fmt: skip
"""Acids by their formulas: 'X HCl', 'X·2HCl'."""

_CATIONS: Final[dict[str, tuple[str, int]]] = {
    "lithium": ("[Li+]", 1), "sodium": ("[Na+]", 1), "potassium": ("[K+]", 1), "rubidium": ("[Rb+]", 1),
    "caesium": ("[Cs+]", 1), "cesium": ("[Cs+]", 1), "silver": ("[Ag+]", 1), "ammonium": ("[NH4+]", 1),
    "calcium": ("[Ca+2]", 2), "magnesium": ("[Mg+2]", 2), "zinc": ("[Zn+2]", 2), "strontium": ("[Sr+2]", 2),
    "barium": ("[Ba+2]", 2), "aluminium": ("[Al+3]", 3), "aluminum": ("[Al+3]", 3),
    "choline": ("C[N+](C)(C)CCO", 1), "tetrabutylammonium": ("CCCC[N+](CCCC)(CCCC)CCCC", 1),
}  # fmt: skip
"""Cations: SMILES and charge."""

_NEUTRALS: Final = {
    "hydrate": "O", "H2O": "O", "methanolate": "CO", "methanol solvate": "CO", "ethanolate": "CCO",
    "ethanol solvate": "CCO", "DMSO solvate": "CS(C)=O", "acetone solvate": "CC(C)=O", "acetonate": "CC(C)=O",
    "ammoniate": "N", "meglumine": "CNC[C@H](O)[C@@H](O)[C@H](O)[C@H](O)CO", "tromethamine": "NC(CO)(CO)CO",
    "trometamol": "NC(CO)(CO)CO", "diethylamine": "CCNCC", "triethylamine": "CCN(CC)CC", "olamine": "NCCO",
    "erbumine": "CC(C)(C)N", "tert-butylamine": "CC(C)(C)N", "dicyclohexylamine": "C1CCC(NC2CCCCC2)CC1",
    "DCHA": "C1CCC(NC2CCCCC2)CC1", "L-lysine": "NCCCC[C@H](N)C(=O)O", "lysine": "NCCCC[C@H](N)C(=O)O",
    "L-arginine": "N=C(N)NCCC[C@H](N)C(=O)O", "arginine": "N=C(N)NCCC[C@H](N)C(=O)O",
    "cyclohexylamine": "NC1CCCCC1", "piperazine": "C1CNCCN1",
}  # fmt: skip
"""Solvents of crystallisation, and bases beside an acid, which are written with their protons where they were."""

_MULTIPLES: Final[dict[str, Fraction]] = {
    "hemi": Fraction(1, 2), "mono": Fraction(1), "sesqui": Fraction(3, 2), "di": Fraction(2), "bis": Fraction(2),
    "hemipenta": Fraction(5, 2), "tri": Fraction(3), "tetra": Fraction(4), "penta": Fraction(5), "hexa": Fraction(6),
    "hepta": Fraction(7), "octa": Fraction(8), "nona": Fraction(9), "deca": Fraction(10), "undeca": Fraction(11),
    "dodeca": Fraction(12),
}  # fmt: skip

_MAY_BE_ESTER: Final = frozenset(
    {
        "acetate", "phosphate", "dihydrogen phosphate", "propionate", "benzoate", "nitrate", "salicylate",
        "trifluoroacetate",
    }
)  # fmt: skip
"""Acids whose name beside an alcohol's is its ester as often as a salt: clindamycin phosphate."""

_OPEN_WATER: Final = "the name does not say how much water there is; one for one is taken"
_WORDS: Final = {word.casefold(): word for word in (*_ACIDS, *_SHORT_ACIDS, *_CATIONS, *_NEUTRALS)}
_SPELLINGS: Final = {*_WORDS, *(word.replace("sulf", "sulph") for word in _WORDS)}
_TAIL: Final = re.compile(
    r"^(?P<rest>.+?)(?:,\s*|\s*[·•∙⋅*]\s*|\s+[x×]\s+|\s+|\.)(?P<number>\d+(?:[./]\d+)?)?\s*"
    r"(?P<word>(?:{multiples})?-?(?:{words}))(?:[ -]salt)?\s*(?:\((?P<ratio>\d+:\d+)\))?$".format(
        multiples="|".join(sorted(_MULTIPLES, key=len, reverse=True)),
        words="|".join(sorted(map(re.escape, _SPELLINGS), key=len, reverse=True)),
    ),
    re.IGNORECASE,
)
_HEAD: Final = re.compile(rf"^(?P<times>di|tri)?(?P<metal>{'|'.join(_CATIONS)})\s+(?P<rest>\S.*)$", re.IGNORECASE)
_MAX_PARTS: Final = 24


def split_counterparts(name: str, *, most: int = 4) -> tuple[str, tuple[Counterpart, ...]] | None:
    """Return the parent's name and what stands beside it, the outermost first; None where there is nothing.

    Args:
        name: The name.
        most: How many words are taken off its end.

    >>> parent, (salt,) = split_counterparts("amlodipine besylate")
    >>> parent, salt.smiles
    ('amlodipine', 'O=S(=O)(O)c1ccccc1')
    """
    rest = _without_anhydrous(name)
    found: list[Counterpart] = []
    while (match := _TAIL.match(rest)) is not None and len(found) < most:
        found.append(_read_tail(match))
        rest = _without_anhydrous(match["rest"])
    if not found and (match := _HEAD.match(rest)) is not None:
        smiles, charge = _CATIONS[match["metal"].casefold()]
        times = {None: None, "di": Fraction(2), "tri": Fraction(3)}[match["times"] and match["times"].casefold()]
        found.append(Counterpart(match["metal"], Kind.CATION, smiles, times, charge))
        rest = match["rest"]
    if rest == name or not rest:
        return None
    return rest, tuple(found)


def join_counterparts(parent: str, counterparts: Sequence[Counterpart]) -> Joined | None:
    """Put a parent and its counter-parts together; None where they cannot be a salt of it.

    Args:
        parent: SMILES of the parent.
        counterparts: What stands beside it.

    Raises:
        InvalidSmilesError: `parent` is invalid.

    >>> join_counterparts("CCN", split_counterparts("ethylamine sulfate (2:1)")[1]).smiles
    'CCN.CCN.O=S(=O)(O)O'
    """
    mol = parse_smiles(parent)
    parts: list[tuple[str, Fraction]] = []
    doubts: list[str] = []
    for one in counterparts:
        fitted = _fit(mol, one, doubts)
        if fitted is None:
            return None
        part, count, mol = fitted
        parts.append((part, count))
    scale = lcm(*(count.denominator for _, count in parts))
    if scale + sum(int(count * scale) for _, count in parts) > _MAX_PARTS:
        return None
    whole = [write_canonical(mol)] * scale
    for part, count in parts:
        whole += [part] * int(count * scale)
    return Joined(canonicalize_smiles(".".join(whole)), tuple(doubts))


def _fit(mol: Chem.Mol, one: Counterpart, doubts: list[str]) -> tuple[str, Fraction, Chem.Mol] | None:
    """Return a counter-part as it stands beside a parent, how many, and the parent as it then is."""
    charge = Chem.GetFormalCharge(mol)
    match one.kind:
        case Kind.NEUTRAL:
            if one.count is None and one.smiles == "O":
                doubts.append(_OPEN_WATER)
            return one.smiles, one.count or Fraction(1), mol
        case Kind.CATION:
            return _fit_cation(mol, one, charge, doubts)
        case Kind.ACID if charge > 0:
            protons = 1 if one.word.startswith(("hydrogen", "bi", "dihydrogen")) else one.protons
            # An acid that only exists as its ions is written with its proton apart.
            bare = one.smiles.removeprefix("[H+].")
            anion = parse_smiles(bare) if bare != one.smiles else _deprotonate(parse_smiles(bare), protons)
            return None if anion is None else (write_canonical(anion), Fraction(charge, protons), mol)
        case Kind.ACID:
            return _fit_acid(mol, one, doubts)


def _fit_acid(mol: Chem.Mol, one: Counterpart, doubts: list[str]) -> tuple[str, Fraction, Chem.Mol] | None:
    amines = len(mol.GetSubstructMatches(_pattern(_AMINE)))
    if not amines and not mol.HasSubstructMatch(_pattern(_BASE)):
        return None
    if one.word in ("chloride", "bromide", "iodide"):
        return None  # of a cation only: a base has a hydrochloride
    if one.word in _MAY_BE_ESTER and one.count is None and mol.HasSubstructMatch(_pattern(_ALCOHOL)):
        return None
    if one.count is not None:
        return one.smiles, one.count, mol
    if one.word == "sulfate" and amines == 1:
        doubts.append(
            "the name does not say how many there are of each; two of the base to one sulfuric acid are taken"
        )
        return one.smiles, Fraction(1, 2), mol
    if not one.sure_ratio:
        doubts.append(f"the name does not say how many there are of each; one to one ({one.word}) is taken")
    return one.smiles, Fraction(1), mol


def _fit_cation(
    mol: Chem.Mol, one: Counterpart, charge: int, doubts: list[str]
) -> tuple[str, Fraction, Chem.Mol] | None:
    if charge < 0:  # the name was the anion's already
        return one.smiles, Fraction(-charge, one.protons), mol
    if one.count is not None:
        wanted = one.count * one.protons
        ion = _deprotonate(mol, int(wanted)) if wanted.denominator == 1 and wanted >= 1 else None
        return None if ion is None else (one.smiles, one.count, ion)
    twice = _deprotonate(mol, one.protons, strong=True) if one.protons > 1 else None
    if twice is not None:
        doubts.append(f"the name does not say how many there are of each; one to one ({one.word}) is taken")
        return one.smiles, Fraction(1), twice
    ion = _deprotonate(mol, 1)
    return None if ion is None else (one.smiles, Fraction(1, one.protons), ion)


def _read_tail(match: re.Match[str]) -> Counterpart:
    """Return the counter-part at the end of a name."""
    word = match["word"].casefold().replace("sulph", "sulf").replace("-", " ").strip()
    count: Fraction | None = None
    if word not in _WORDS:
        # Hyphens stand in p-toluenesulfonate, and between a multiple and its word.
        word = match["word"].casefold().replace("sulph", "sulf")
    if word not in _WORDS:
        multiple = next(name for name in sorted(_MULTIPLES, key=len, reverse=True) if word.startswith(name))
        word, count = word[len(multiple) :].lstrip("- "), _MULTIPLES[multiple]
    if match["number"]:
        count = Fraction(match["number"])
    if match["ratio"]:
        base, other = map(int, match["ratio"].split(":"))
        count = Fraction(other, base) if base and other else None
    return _make(_WORDS[word], count)


def _make(word: str, count: Fraction | None) -> Counterpart:
    word = _SHORT_ACIDS.get(word, word)
    if word in _ACIDS:
        smiles, protons, sure = _ACIDS[word]
        return Counterpart(word, Kind.ACID, smiles, count, protons, sure)
    if word in _CATIONS:
        smiles, charge = _CATIONS[word]
        return Counterpart(word, Kind.CATION, smiles, count, charge)
    return Counterpart(word, Kind.NEUTRAL, _NEUTRALS[word], count)


def _without_anhydrous(name: str) -> str:
    """Return a name without 'anhydrous', which adds nothing to a structure."""
    return re.sub(r"^anhydrous\s+|,?\s*\(?\banhydrous\)?$", "", name, flags=re.IGNORECASE).strip(" ,")


_STRONG: Final = (
    "[F,Cl,Br,I;X0,X1;H1:1]", "[OX2H1:1][Cl,Br,I]", "[OX2H1:1][N+](=O)[O-]", "[OX2H1:1][SX4](=O)=O",
    "[OX2H1:1][SX3]=O", "[OX2H1:1]P=O", "[OX2H1:1]C=O", "[OX2H1:1][Se,As]=O", "[SX2H1:1]C=[O,S]",
)  # fmt: skip
_WEAK: Final = (
    "[nX3H1:1]1nnnc1", "[nX3H1:1]1nncn1", "[nX3H1:1]1ncnn1", "[NX3;H1,H2:1](S(=O)=O)C=O", "[NX3H1:1](C=O)S(=O)=O",
    "[OX2H1:1]C(~*)=C[C,S]=[O,N]", "[OX2H1:1]c(c)c[#6]=O", "[nX3H1:1]c=O", "[NX3H1:1](C=[O,S])C=[O,S]", "[SX2H1:1]",
    "[NX3;H1,H2:1]S(=O)=O", "[OX2H1:1]c", "[OX2H1:1]C=C", "[nX3H1:1]", "[NX3H2:1]C#N", "[OX2H1:1]N", "[OX2H1:1]C",
)  # fmt: skip
"""Hydrogens that a base takes, the most acidic first; the acid's atom is the one numbered 1."""
_AMINE: Final = "[NX3;+0;!$(N[C,c]=[O,S,N]);!$(N[S,P,N,O]);!$(N-[c]);!$(NC#N)]"
_BASE: Final = "[$([NX3;+0;!$(N[C,c]=[O,S]);!$(N[S,P](=O))]),$([NX2]=C),$([nX2])]"
_ALCOHOL: Final = "[OX2H1][#6;!$([#6]=O)]"


def _deprotonate(mol: Chem.Mol, times: int, *, strong: bool = False) -> Chem.Mol | None:
    """Return the anion that is left when the most acidic hydrogens are taken; None where there are not as many.

    Args:
        mol: The acid.
        times: How many hydrogens are taken, each from an atom of its own.
        strong: Whether only acids such as carboxylic count.
    """
    ion = Chem.RWMol(mol)
    for _ in range(times):
        atom = _find_acid(ion, (*_STRONG, *(() if strong else _WEAK)))
        if atom is None:
            return None
        left = atom.GetTotalNumHs() - 1
        atom.SetFormalCharge(atom.GetFormalCharge() - 1)
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(left)
        ion.UpdatePropertyCache(strict=False)
    return parse_smiles(Chem.MolToSmiles(ion))


def _find_acid(mol: Chem.Mol, patterns: Sequence[str]) -> Chem.Atom | None:
    for smarts in patterns:
        pattern = _pattern(smarts)
        place = next(atom.GetIdx() for atom in pattern.GetAtoms() if atom.GetAtomMapNum() == 1)
        for match in mol.GetSubstructMatches(pattern):
            atom = mol.GetAtomWithIdx(match[place])
            if not atom.GetFormalCharge():
                return atom
    return None


@cache
def _pattern(smarts: str) -> Chem.Mol:
    return Chem.MolFromSmarts(smarts)

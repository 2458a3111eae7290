"""The vocabulary of edits: groups on one single bond to a carbon or another holder, and families of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from rdkit import Chem

from anymol.chem.parsing import parse_smiles


class Holder(StrEnum):
    """The element that a group stands on; on others than carbon only groups that begin with carbon or sulfur do."""

    CARBON = "carbon"
    NITROGEN = "nitrogen"
    OXYGEN = "oxygen"
    SULFUR = "sulfur"

    @property
    def smarts(self) -> str:
        """One atom of it."""
        return _HOLDERS[self]


_HOLDERS: Final = {
    Holder.CARBON: "[#6]",
    Holder.NITROGEN: "[#7;+0]",
    Holder.OXYGEN: "[#8;X2]",
    Holder.SULFUR: "[#16;X2]",
}


@dataclass(frozen=True)
class TerminalGroup:
    """A group of atoms held by one single bond to a carbon.

    Attributes:
        name: Key in :data:`GROUPS`.
        phrase: How it is called in an edit, without article.
        fragment: SMILES of the group with a hydrogen where the carbon will be: on its first atom.
        smarts: Pattern whose first atom is that carbon, followed by all heavy atoms of the group.
        aliases: Other words for it.
        article: ``a`` or ``an``.
        holder: What it stands on where nothing is said of it.
    """

    name: str
    phrase: str
    fragment: str
    smarts: str
    aliases: tuple[str, ...] = ()
    article: str = "a"
    holder: Holder = Holder.CARBON


# What is held by nitrogen, oxygen and sulfur: carbon, but of no aminal or carbamic acid, and sulfonyl.
_HELD: Final = "[$([#6;!$([CX4]-[#7,#8,#16]);!$(C(=O)[OX2H])]),$([#16](=O)=O)]"
# A carbon that is not a carbonyl, imine or thiocarbonyl: there, OH is an acid's and NH2 an amide's.
_PLAIN = "[#6;+0;!$([#6]=[#7,#8,#16])]"

_DRAWN: Final = (
    TerminalGroup("fluorine", "fluorine", "F", "[#6;!$([#6](F)F)]-[F]", ("fluoro", "fluoride")),
    TerminalGroup("chlorine", "chlorine", "Cl", f"{_PLAIN}-[Cl]", ("chloro", "chloride")),
    TerminalGroup("bromine", "bromine", "Br", f"{_PLAIN}-[Br]", ("bromo", "bromide")),
    TerminalGroup("iodine", "iodine", "I", f"{_PLAIN}-[I]", ("iodo", "iodide"), "an"),
    TerminalGroup("hydroxyl", "hydroxyl group", "O", f"{_PLAIN}-[OX2H1]",
                  ("hydroxy", "alcohol", "oh", "phenol", "hydroxyl", "hydroxide", "phenolic oh", "phenol group")),
    TerminalGroup("thiol", "thiol group", "S", f"{_PLAIN}-[SX2H1]", ("sulfanyl", "mercapto", "sh", "sulfhydryl")),
    TerminalGroup("amino", "amino group", "N", f"{_PLAIN}-[NX3;H2;+0]", ("primary amine", "nh2"), "an"),
    TerminalGroup("cyano", "cyano group", "C#N", "[#6]-[CX2]#[NX1]", ("nitrile", "cn", "carbonitrile")),
    TerminalGroup("nitro", "nitro group", "[NH+](=O)[O-]", "[#6]-[NX3+](=[OX1])-[OX1-]", ("no2",)),
    TerminalGroup(
        "carboxylic_acid", "carboxylic acid", "C(=O)O", "[#6]-[CX3](=[OX1])-[OX2H1]",
        ("carboxylic acid group", "carboxyl", "carboxy", "cooh", "co2h", "carboxylate", "acid", "acid group",
        "carboxylic group"),
    ),
    TerminalGroup("aldehyde", "aldehyde", "C=O", "[#6]-[CX3H1]=[OX1]",
                  ("formyl", "cho", "carbaldehyde", "aldehyde group"), "an"),
    TerminalGroup("acetyl", "acetyl group", "C(C)=O", "[#6]-[CX3](-[CH3])=[OX1]",
                  ("methyl ketone", "ketone", "acetyl"), "an"),
    TerminalGroup("methyl", "methyl group", "C", "[#6]-[CH3]", ("ch3",)),
    TerminalGroup("ethyl", "ethyl group", "CC", "[#6]-[CH2]-[CH3]", ("et", "c2h5"), "an"),
    TerminalGroup("isopropyl", "isopropyl group", "C(C)C", "[#6]-[CH1](-[CH3])-[CH3]",
                  ("propan-2-yl", "iso-propyl", "i-pr", "ipr"), "an"),
    TerminalGroup(
        "tert_butyl", "tert-butyl group", "C(C)(C)C", "[#6]-[CX4](-[CH3])(-[CH3])-[CH3]",
        ("t-butyl", "tertiary butyl", "tbu", "t-bu", "tertbutyl"),
    ),
    TerminalGroup("phenyl", "phenyl group", "c1ccccc1", "[#6]-c1[cH][cH][cH][cH][cH]1",
                  ("phenyl ring", "benzene ring", "benzene", "ph")),
    TerminalGroup("vinyl", "vinyl group", "C=C", "[#6]-[CX3H1]=[CH2]", ("ethenyl", "alkene")),
    TerminalGroup("ethynyl", "ethynyl group", "C#C", "[#6]-[CX2]#[CH]", ("alkyne", "acetylene"), "an"),
    TerminalGroup("trifluoromethyl", "trifluoromethyl group", "C(F)(F)F", "[#6]-[CX4](-F)(-F)-F",
                  ("cf3", "trifluoro methyl")),
    TerminalGroup("methoxy", "methoxy group", "OC", f"{_PLAIN}-[OX2]-[CH3]", ("methyl ether", "ome", "och3", "meo")),
    TerminalGroup("ethoxy", "ethoxy group", "OCC", f"{_PLAIN}-[OX2]-[CH2]-[CH3]", ("oet", "ethyl ether"), "an"),
    TerminalGroup(
        "trifluoromethoxy", "trifluoromethoxy group", "OC(F)(F)F", f"{_PLAIN}-[OX2]-[CX4](-F)(-F)-F", ("ocf3",)
    ),
    TerminalGroup(
        "carboxamide", "primary amide", "C(N)=O", "[#6]-[CX3](-[NX3H2])=[OX1]",
        ("carboxamide", "carboxamide group", "carbamoyl", "conh2", "primary carboxamide"),
    ),
    TerminalGroup(
        "methyl_ester", "methyl ester", "C(=O)OC", "[#6]-[CX3](=[OX1])-[OX2]-[CH3]",
        ("methoxycarbonyl", "methyl ester group", "co2me", "carbomethoxy", "cooch3"),
    ),
    TerminalGroup(
        "sulfonamide", "primary sulfonamide", "S(N)(=O)=O", "[#6]-[SX4](-[NX3H2])(=[OX1])=[OX1]",
        ("sulfonamide", "sulfonamide group", "sulphonamide", "sulfamoyl", "so2nh2"),
    ),
    TerminalGroup(
        "methylsulfonyl", "methylsulfonyl group", "S(C)(=O)=O", "[#6]-[SX4](-[CH3])(=[OX1])=[OX1]",
        ("methanesulfonyl", "mesyl", "methyl sulfone", "sulfone", "so2me", "methylsulfone"),
    ),
    TerminalGroup("methylthio", "methylthio group", "SC", f"{_PLAIN}-[SX2]-[CH3]",
                  ("methylsulfanyl", "sme", "thioether", "thiomethyl", "methyl thioether")),
    TerminalGroup(
        "dimethylamino", "dimethylamino group", "N(C)C", f"{_PLAIN}-[NX3;+0](-[CH3])-[CH3]",
        ("dimethylamine", "nme2", "n,n-dimethylamino"),
    ),
    TerminalGroup("azido", "azido group", "N=[N+]=[N-]", "[#6]-[NX2]=[NX2+]=[NX1-]", ("azide", "n3"), "an"),
)  # fmt: skip
"""Groups that generated questions ask for: those that our models learnt."""


def _write_pattern(fragment: str) -> str:
    """Return SMARTS of a carbon and, in the order of its SMILES, of the atoms of a group on it, hydrogens counted.

    A ring that begins with nitrogen is the same group on a carbonyl: the morpholine of a morpholide.
    """
    group = parse_smiles(fragment)
    query = Chem.RWMol()
    hetero = group.GetAtomWithIdx(0).GetAtomicNum() != 6 and not group.GetAtomWithIdx(0).IsInRing()
    query.AddAtom(Chem.AtomFromSmarts(_PLAIN if hetero else "[#6]"))
    for atom in group.GetAtoms():
        first = atom.GetIdx() == 0
        hydrogens = atom.GetTotalNumHs() - first
        kind = "a" if atom.GetIsAromatic() else "A"
        smarts = f"[#{atom.GetAtomicNum()}{kind};H{hydrogens};D{atom.GetDegree() + first};{atom.GetFormalCharge():+d}]"
        query.AddAtom(Chem.AtomFromSmarts(smarts))
    query.AddBond(0, 1, Chem.BondType.SINGLE)
    for bond in group.GetBonds():
        query.AddBond(bond.GetBeginAtomIdx() + 1, bond.GetEndAtomIdx() + 1, bond.GetBondType())
    return str(Chem.MolToSmarts(query))


def _further(name: str, phrase: str, fragment: str, *aliases: str, holder: Holder = Holder.CARBON) -> TerminalGroup:
    article = "an" if phrase[0] in "aeio" else "a"
    return TerminalGroup(name, phrase, fragment, _write_pattern(fragment), aliases, article, holder)


_FURTHER: Final = (
    _further("propyl", "propyl group", "CCC", "n-propyl"),
    _further("butyl", "butyl group", "CCCC", "n-butyl"),
    _further("isobutyl", "isobutyl group", "CC(C)C", "2-methylpropyl"),
    _further("allyl", "allyl group", "CC=C", "prop-2-enyl"),
    _further("propargyl", "propargyl group", "CC#C", "prop-2-ynyl"),
    _further("benzyl", "benzyl group", "Cc1ccccc1", "phenylmethyl"),
    _further("cyclopropyl", "cyclopropyl group", "C1CC1", "cyclopropane", "cyclopropyl ring"),
    _further("cyclobutyl", "cyclobutyl group", "C1CCC1"),
    _further("cyclopentyl", "cyclopentyl group", "C1CCCC1"),
    _further("cyclohexyl", "cyclohexyl group", "C1CCCCC1", "cyclohexyl ring", "cyclohexane ring"),
    _further("hydroxymethyl", "hydroxymethyl group", "CO", "ch2oh"),
    _further("aminomethyl", "aminomethyl group", "CN", "ch2nh2"),
    _further("cyanomethyl", "cyanomethyl group", "CC#N", "ch2cn"),
    _further("difluoromethyl", "difluoromethyl group", "C(F)F", "chf2"),
    _further("difluoromethoxy", "difluoromethoxy group", "OC(F)F", "ochf2"),
    _further("isopropoxy", "isopropoxy group", "OC(C)C", "isopropyloxy"),
    _further("phenoxy", "phenoxy group", "Oc1ccccc1", "oph", "phenyl ether"),
    _further("benzyloxy", "benzyloxy group", "OCc1ccccc1", "obn", "benzyl ether"),
    _further("acetoxy", "acetoxy group", "OC(C)=O", "acetate", "oac", "acetate ester"),
    _further("methylamino", "methylamino group", "NC", "nhme", "n-methylamino", "methylamine"),
    _further("diethylamino", "diethylamino group", "N(CC)CC", "net2"),
    _further("acetamido", "acetamido group", "NC(C)=O", "acetylamino", "nhac", "acetamide"),
    _further("methylsulfonamido", "methanesulfonamido group", "NS(C)(=O)=O", "methylsulfonamido", "nhso2me"),
    _further("ethyl_ester", "ethyl ester", "C(=O)OCC", "ethoxycarbonyl", "ethyl ester group", "co2et", "cooet"),
    _further("tert_butyl_ester", "tert-butyl ester", "C(=O)OC(C)(C)C", "co2tbu"),
    _further("methylcarboxamide", "N-methylcarboxamide", "C(=O)NC", "methylcarbamoyl", "conhme", "n-methyl amide"),
    _further("dimethylcarboxamide", "N,N-dimethylcarboxamide", "C(=O)N(C)C", "dimethylcarbamoyl", "conme2"),
    _further("propanoyl", "propanoyl group", "C(=O)CC", "propionyl", "ethyl ketone"),
    _further("benzoyl", "benzoyl group", "C(=O)c1ccccc1", "phenyl ketone"),
    _further("sulfonic_acid", "sulfonic acid", "S(=O)(=O)O", "sulfonic acid group", "so3h", "sulfo"),
    _further("boronic_acid", "boronic acid", "B(O)O", "boronic acid group", "b(oh)2", "borono"),
    _further("methylsulfinyl", "methylsulfinyl group", "S(C)=O", "methyl sulfoxide", "sulfoxide"),
    _further("isothiocyanato", "isothiocyanate", "N=C=S", "isothiocyanato", "ncs"),
    _further("tetrazolyl", "tetrazol-5-yl group", "c1nnn[nH]1", "tetrazole", "tetrazolyl", "tetrazole ring"),
    _further("pyridin_2_yl", "pyridin-2-yl group", "c1ccccn1", "2-pyridyl", "2-pyridine"),
    _further("pyridin_3_yl", "pyridin-3-yl group", "c1cccnc1", "3-pyridyl", "3-pyridine"),
    _further("pyridin_4_yl", "pyridin-4-yl group", "c1ccncc1", "4-pyridyl", "4-pyridine"),
    _further("thiophen_2_yl", "thiophen-2-yl group", "c1cccs1", "2-thienyl", "thienyl", "thiophene", "thiophene ring"),
    _further("furan_2_yl", "furan-2-yl group", "c1ccco1", "2-furyl", "furyl", "furan", "furan ring"),
    _further("imidazol_1_yl", "imidazol-1-yl group", "[nH]1ccnc1", "imidazole", "imidazolyl", "imidazole ring"),
    _further("pyrazol_1_yl", "pyrazol-1-yl group", "[nH]1cccn1", "pyrazole", "pyrazolyl", "pyrazole ring"),
    _further("morpholino", "morpholino group", "N1CCOCC1", "morpholine", "morpholinyl", "morpholine ring"),
    _further("piperidino", "piperidin-1-yl group", "N1CCCCC1", "piperidine", "piperidinyl", "piperidino",
             "piperidine ring"),
    _further("pyrrolidino", "pyrrolidin-1-yl group", "N1CCCC1", "pyrrolidine", "pyrrolidinyl", "pyrrolidine ring"),
    _further("piperazino", "piperazin-1-yl group", "N1CCNCC1", "piperazine", "piperazinyl", "piperazine ring"),
    _further("methylpiperazino", "4-methylpiperazin-1-yl group", "N1CCN(C)CC1", "n-methylpiperazine",
             "methylpiperazine"),
    _further("boc", "Boc group", "C(=O)OC(C)(C)C", "tert-butoxycarbonyl", "t-boc", holder=Holder.NITROGEN),
    _further("cbz", "Cbz group", "C(=O)OCc1ccccc1", "benzyloxycarbonyl", "z group", holder=Holder.NITROGEN),
    _further("tosyl", "tosyl group", "S(=O)(=O)c1ccc(C)cc1", "ts", "p-toluenesulfonyl", holder=Holder.NITROGEN),
)  # fmt: skip
"""Groups that people ask for beside."""

GROUPS: Final[Mapping[str, TerminalGroup]] = MappingProxyType({group.name: group for group in (*_DRAWN, *_FURTHER)})
"""The groups that edits speak of, by name."""

DRAWN: Final = tuple(group.name for group in _DRAWN)
"""Names of the groups that generated questions ask for."""


@dataclass(frozen=True)
class GroupFamily:
    """Groups that one word names; which of them is meant, the molecule says, or the one who asks leaves it open.

    Attributes:
        name: Key in :data:`FAMILIES`.
        phrase: How one of them is called in an edit, without article.
        members: Names in :data:`GROUPS`; the first is put on where nothing else is said.
        aliases: Other words for it.
        article: ``a`` or ``an``.
    """

    name: str
    phrase: str
    members: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    article: str = "a"


FAMILIES: Final[Mapping[str, GroupFamily]] = MappingProxyType(
    {
        family.name: family
        for family in (
            GroupFamily(
                "halogen", "halogen", ("fluorine", "chlorine", "bromine", "iodine"),
                ("halo", "halide", "halogen atom", "halogen substituent", "halo group"),
            ),
            GroupFamily("amine", "amine", ("amino", "methylamino", "dimethylamino", "diethylamino"), ("amines",), "an"),
            GroupFamily(
                "amide", "amide", ("carboxamide", "acetamido", "methylcarboxamide", "dimethylcarboxamide"), (), "an"
            ),
            GroupFamily("ester", "ester", ("methyl_ester", "ethyl_ester", "acetoxy", "tert_butyl_ester"), (), "an"),
            GroupFamily(
                "ether", "ether", ("methoxy", "ethoxy", "isopropoxy", "phenoxy", "benzyloxy"), ("alkoxy",), "an"
            ),
            GroupFamily(
                "alkyl", "alkyl group", ("methyl", "ethyl", "isopropyl", "propyl", "butyl", "isobutyl", "tert_butyl"),
                ("alkyl",), "an",
            ),
            GroupFamily(
                "pyridyl", "pyridyl group", ("pyridin_3_yl", "pyridin_4_yl", "pyridin_2_yl"),
                ("pyridine", "pyridyl", "pyridinyl", "pyridine ring"),
            ),
        )
    }
)  # fmt: skip
"""The families, by name."""


def list_words() -> list[tuple[str, str]]:
    """Return every word for a group or a family, lower case, with the name that it means."""
    named: list[tuple[str, str, tuple[str, ...]]] = [(one.name, one.phrase, one.aliases) for one in FAMILIES.values()]
    named += [(one.name, one.phrase, one.aliases) for one in GROUPS.values()]
    return [
        (word.lower(), name)
        for name, phrase, aliases in named
        for word in (name.replace("_", " "), name, phrase, phrase.removesuffix(" group"), *aliases)
    ]


def list_members(name: str) -> tuple[str, ...]:
    """Return the groups that a name means: of a family its members, else the group itself."""
    return FAMILIES[name].members if name in FAMILIES else (name,)


def get_phrase(name: str) -> str:
    """Return how a group or a family is called, without article."""
    return (FAMILIES.get(name) or GROUPS[name]).phrase


def get_article(name: str) -> str:
    """Return the article of a group or a family."""
    return (FAMILIES.get(name) or GROUPS[name]).article


def may_stand_on(name: str, holder: Holder) -> bool:
    """Whether one of :data:`GROUPS` is known on a holder: a hydroxyl on nitrogen is another compound's group."""
    return holder is Holder.CARBON or name in _list_held()


@lru_cache(maxsize=1)
def _list_held() -> frozenset[str]:
    groups = {name: parse_smiles(group.fragment) for name, group in GROUPS.items()}
    return frozenset(name for name, one in groups.items() if (0,) in one.GetSubstructMatches(_pattern(_HELD)))


def _measure_atom(smarts: str) -> int:
    """Return how many characters the first atom of a pattern takes, which stands in brackets."""
    depth = 0
    for place, sign in enumerate(smarts):
        depth += (sign == "[") - (sign == "]")
        if not depth:
            return place + 1
    raise ValueError(f"this pattern does not begin with an atom in brackets: {smarts}")


def count_group(molecule: Chem.Mol, name: str, holder: Holder = Holder.CARBON) -> int:
    """Count one of :data:`GROUPS` in a molecule, on one kind of holder."""
    return len(find_group(molecule, name, holder))


def find_group(molecule: Chem.Mol, name: str, holder: Holder = Holder.CARBON) -> list[tuple[int, ...]]:
    """Return matches as atom indices, the holder first; two-carbon molecules match from either end and count once."""
    if not may_stand_on(name, holder):
        return []
    smarts = GROUPS[name].smarts
    if holder is not Holder.CARBON:
        smarts = holder.smarts + smarts[_measure_atom(smarts) :]
    matches = molecule.GetSubstructMatches(_pattern(smarts), uniquify=False, maxMatches=1_000_000)
    by_group = {frozenset(match[1:]): match for match in reversed(matches)}
    return sorted(by_group.values())


def has_group(molecule: Chem.Mol, name: str) -> bool:
    """Whether a molecule has a group, or one of a family, on any atom."""
    patterns = (GROUPS[member].smarts for member in list_members(name))
    return any(molecule.HasSubstructMatch(_pattern("*" + one[_measure_atom(one) :])) for one in patterns)


@lru_cache(maxsize=256)
def _pattern(smarts: str) -> Chem.Mol:
    return Chem.MolFromSmarts(smarts)

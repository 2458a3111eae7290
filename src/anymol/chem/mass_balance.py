"""What a reaction leaves over, and what it takes up besides: by-products from the groups that leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from anymol.chem.atom_mapping import map_reaction
from anymol.chem.formula import count_formula, write_formula
from anymol.chem.parsing import parse_smiles, try_parse_smiles, write_canonical
from anymol.chem.templates import remove_numbers
from anymol.errors import InvalidSmilesError

_PHOSPHINE: Final = "c1ccc(P(c2ccccc2)c2ccccc2)cc1"
_PHOSPHINE_OXIDE: Final = "O=P(c1ccccc1)(c1ccccc1)c1ccccc1"

_NAMES: Final[Mapping[str, str]] = {
    "[H][H]": "H2", "[H+]": "H+", "O": "water", "[OH-]": "hydroxide", "Cl": "HCl", "Br": "HBr", "I": "HI", "F": "HF",
    "[Cl-]": "chloride", "[Br-]": "bromide", "[I-]": "iodide", "[F-]": "fluoride", "N": "ammonia", "N#N": "N2",
    "O=C=O": "CO2", "O=S=O": "SO2", "C=C(C)C": "isobutene", "CO": "methanol", "CCO": "ethanol",
    "CC(C)(C)O": "tert-butanol", "OCc1ccccc1": "benzyl alcohol", "Oc1ccccc1": "phenol", "CC(=O)O": "acetic acid",
    "CS(=O)(=O)O": "methanesulfonic acid", "Cc1ccc(S(=O)(=O)O)cc1": "p-toluenesulfonic acid",
    "O=S(=O)(O)C(F)(F)F": "triflic acid", "O=C(O)C(F)(F)F": "trifluoroacetic acid", "OB(O)O": "boric acid",
    "CC1(C)OB(O)OC1(C)C": "pinacol borate", "C[Si](C)(C)O": "trimethylsilanol", "O=C1CCC(=O)N1": "succinimide",
    _PHOSPHINE_OXIDE: "triphenylphosphine oxide", "CNOC": "N,O-dimethylhydroxylamine",
}  # fmt: skip
"""Usual names of by-products, by SMILES; the others are written as SMILES."""

_BY_CARBON: Final[Mapping[str, tuple[str, ...]]] = {
    "CC(C)(C)OC=O": ("O=C=O", "C=C(C)C"),
    "O=CO": ("O=C=O",),
    "O=C[O-]": ("O=C=O",),
}
"""Groups bonded by carbon that can leave in one way only, with hydrogen for their open bonds: what they become."""

_SPLIT: Final[Mapping[str, str]] = {"O=S(O)Cl": "O=S=O.Cl", "O=S(O)O": "O=S=O.O", "O=C(O)Cl": "O=C=O.Cl"}
"""Acids that fall apart: of thionyl chloride, for one."""

_TERT_BUTYL: Final = "CC(C)C"
_ISOBUTENE: Final = "C=C(C)C"

_DINITROGEN: Final = frozenset({"N#[NH+]", "[N-]=[NH2+]"})
"""What a diazonium ion, a diazo group and an azide leave, with hydrogen for their open bonds."""

_WET: Final = Chem.MolFromSmarts("[B,Si,Sn,Mg,Zn,Li,Na,K,Al,$([S,P]=O)]")
"""Atoms that leave with a hydroxyl group: of metals, and of groups that make acids."""


@dataclass(frozen=True)
class MassBalance:
    """The difference of the two sides of a reaction.

    Attributes:
        left: What is left over: names, SMILES, or where the groups tell nothing the formula of all together.
        taken: What is taken up that no reactant brings.
        is_explained: Whether the groups that leave tell it, with hydrogen, oxygen or water taken up at most.
        hydrogen: Molecules of hydrogen that are taken up besides; below 0, that leave. 0 where it is not explained.
        oxygen: Atoms of oxygen that are taken up besides.
    """

    left: tuple[str, ...]
    taken: tuple[str, ...]
    is_explained: bool
    hydrogen: int = 0
    oxygen: int = 0

    def __str__(self) -> str:
        said = [f"takes up {' and '.join(self.taken)}"] if self.taken else []
        if self.left:
            said.append(f"leaves {' and '.join(self.left)}")
        return ", ".join(said) or "every atom is in the product"


def balance_reaction(inputs: str, product: str) -> MassBalance:
    """Return what a reaction leaves over; of the inputs, those that give no atom to the product do not count.

    A group that was bonded by a heteroatom takes a hydrogen, as an alcohol or an acid. Of one that was bonded by carbon
    nothing is known: an ester may be split by water or by hydrogen.

    Args:
        inputs: SMILES, dot-joined.
        product: SMILES.

    Raises:
        InvalidSmilesError: One of them does not parse.

    >>> str(balance_reaction("CC(=O)Cl.NCC.CCN(CC)CC", "CC(=O)NCC"))
    'leaves HCl'
    >>> str(balance_reaction("O=Cc1ccccc1.CN", "CNCc1ccccc1"))
    'takes up H2, leaves water'
    """
    with rdBase.BlockLogs():  # of hydrogen molecules and ions, which are meant as they stand
        return _balance(inputs, product)


def _balance(inputs: str, product: str) -> MassBalance:
    mapped = map_reaction(inputs, product)
    before, after = _count(remove_numbers(mapped.reactants)), _count(product)
    groups = _list_groups(mapped.reactants)
    lacking = Counter({element: n for element, n in (after - before).items() if element not in ("H", _CHARGE)})
    explained = _explain(groups, before, after) if set(lacking) <= {"O"} else None
    if explained is not None:
        return explained
    left, taken = before - after, after - before
    charge = before[_CHARGE] - after[_CHARGE]
    for counts in (left, taken):
        counts.pop(_CHARGE, None)
    written = (write_formula(left, charge),) if left else ()
    return MassBalance(written, (write_formula(taken, 0 if left else -charge),) if taken else (), False)


_CHARGE: Final = "charge"


def _explain(groups: list[str | None], before: Counter[str], after: Counter[str]) -> MassBalance | None:
    """Return the balance that the leaving groups tell; None where one of them tells nothing, or it does not close."""
    if None in groups:
        return None
    products = [one for group in groups if group is not None for one in group.split(".")]
    rest = Counter(after)
    for one in products:
        rest.update(_count(one))
    rest.subtract(before)
    charge, hydrogen, oxygen = rest.pop(_CHARGE, 0), rest.pop("H", 0), rest.pop("O", 0)
    if any(rest.values()) or oxygen < 0:
        return None
    for acid, ion in (("Cl", "[Cl-]"), ("Br", "[Br-]"), ("I", "[I-]"), ("F", "[F-]"), ("O", "[OH-]")):
        while charge > 0 and acid in products:  # a salt gave its anion, and keeps that of what left
            products[products.index(acid)] = ion
            charge, hydrogen = charge - 1, hydrogen - 1
    protons = max(-charge, 0)
    charge, hydrogen = charge + protons, hydrogen + protons
    if charge or hydrogen % 2:
        return None
    while hydrogen >= 2 and "O" in products and _PHOSPHINE in products:  # Wittig, Staudinger, Mitsunobu
        products.remove("O")
        products[products.index(_PHOSPHINE)] = _PHOSPHINE_OXIDE
        hydrogen -= 2
    pairs = hydrogen // 2
    water = min(max(pairs, 0), oxygen)
    while water and "O" in products:  # one group leaves as water, and another takes it up
        products.remove("O")
        pairs, oxygen, water = pairs - 1, oxygen - 1, water - 1
    taken = [_write_count(water, "H2O"), _write_count(oxygen - water, "O"), _write_count(max(pairs - water, 0), "H2")]
    products += ["[H][H]"] * max(-pairs, 0) + ["[H+]"] * protons
    named = Counter(_NAMES.get(one, one) for one in products)
    left = tuple(_write_count(count, name) for name, count in sorted(named.items()))
    return MassBalance(left, tuple(filter(None, taken)), True, pairs - water, oxygen - water)


def _list_groups(reactants: str) -> list[str | None]:
    """Return the groups that leave, as the molecules that they become; None for one that tells nothing.

    Args:
        reactants: Mapped SMILES; what has no number leaves.
    """
    mol = Chem.RWMol(parse_smiles(reactants))
    ends: set[int] = set()
    for bond in list(mol.GetBonds()):
        here, there = bond.GetBeginAtom(), bond.GetEndAtom()
        if bool(here.GetAtomMapNum()) != bool(there.GetAtomMapNum()):
            ends.add((there if here.GetAtomMapNum() else here).GetIdx())
            mol.RemoveBond(here.GetIdx(), there.GetIdx())
    places: list[tuple[int, ...]] = []
    pieces = Chem.GetMolFrags(mol, asMols=True, sanitizeFrags=False, fragsMolAtomMapping=places)
    return [
        _free(Chem.RWMol(piece), [number for number, atom in enumerate(atoms) if atom in ends])
        for piece, atoms in zip(pieces, places, strict=True)
        if not mol.GetAtomWithIdx(atoms[0]).GetAtomMapNum()
    ]


def _free(group: Chem.RWMol, ends: list[int]) -> str | None:
    """Return the molecules that a group becomes when it leaves, dot-joined; None where it may become several.

    Args:
        group: The group, its bonds to the rest cut.
        ends: Atoms that had these.
    """
    by_carbon = False
    wet = {atom for (atom,) in group.GetSubstructMatches(_WET)}
    for end in ends:
        atom = group.GetAtomWithIdx(end)
        atom.SetNoImplicit(False)
        atom.SetFormalCharge(max(0, atom.GetFormalCharge()))
        by_carbon |= atom.GetSymbol() == "C"
        if end in wet:
            group.AddBond(end, group.AddAtom(Chem.Atom("O")), Chem.BondType.SINGLE)
    mol = try_parse_smiles(Chem.MolToSmiles(group))
    if isinstance(mol, InvalidSmilesError):  # half an aromatic ring, for one
        return None
    smiles = write_canonical(mol)
    if smiles in _DINITROGEN:
        return "N#N"
    if not by_carbon:
        return _SPLIT.get(smiles, smiles)
    if smiles == _TERT_BUTYL and all(group.GetAtomWithIdx(end).GetDegree() == 3 for end in ends):
        return _ISOBUTENE
    return ".".join(_BY_CARBON[smiles]) if smiles in _BY_CARBON else None


def _count(smiles: str) -> Counter[str]:
    """Return the atoms of a molecule by element, isotopes not told apart, and its charge."""
    if not smiles:
        return Counter()
    mol = parse_smiles(smiles)
    counts = count_formula(CalcMolFormula(mol).split("+")[0].split("-")[0])
    counts[_CHARGE] = Chem.GetFormalCharge(mol)
    return counts


def _write_count(count: int, what: str) -> str:
    return "" if not count else what if count == 1 else f"{count} {what}"

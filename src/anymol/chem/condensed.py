"""Condensed structural formulas: ``PhCH2Br``, ``(CH3)2CHCO2Et``, ``H2NCH2CH2NH2``, ``HC≡CH``.

They are written along the chain: each atom with its hydrogens and branches behind it. Two conventions are not spelled
out and are read as chemists mean them: an oxygen behind a carbon that wants two bonds more is its carbonyl oxygen
(``CH3COCH3``, ``CO2H``), and a nitrogen at the end behind one that wants three is a nitrile. Nothing else is guessed:
what leaves a valence open, or counts atoms without their places (``C3H7``), is not read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from rdkit import Chem, rdBase

from anymol.chem.abbreviations import find_group
from anymol.chem.parsing import write_canonical

_MAX_LENGTH: Final = 80
_MAX_COUNT: Final = 30
"""Most repeats of a part of the chain: ``(CH2)30``."""
_MAX_ATOMS: Final = 400
"""Most atoms, hydrogens among them: brackets in brackets multiply."""

_OPEN: Final = "*"
_GROUP: Final = "group"
_VALENCES: Final = {
    "C": (4,), "N": (3,), "O": (2,), "S": (2, 4, 6), "P": (3, 5), "Si": (4,), "B": (3,), "Se": (2,), "Sn": (4,),
    "Ge": (4,), "Mg": (2,), "Zn": (2,), "Li": (1,), "F": (1,), "Cl": (1,), "Br": (1,), "I": (1,), "H": (1,), "D": (1,),
    _OPEN: (1,), _GROUP: (1,),
}  # fmt: skip
_ENDS: Final = frozenset({"H", "D", "F", "Cl", "Br", "I", "Li"})
_METALS: Final = frozenset({"Li", "Mg", "Zn", "Sn"})
_GROUPS: Final = {
    "nPr": "*CCC", "Pr": "*CCC", "nBu": "*CCCC", "Bu": "*CCCC", "iPr": "*C(C)C", "tBu": "*C(C)(C)C", "sBu": "*C(C)CC",
    "iBu": "*CC(C)C", "Et": "*CC", "Me": "*C", "Ph": "*c1ccccc1", "C6H5": "*c1ccccc1", "C2H5": "*CC",
    "Bn": "*Cc1ccccc1", "Bz": "*C(=O)c1ccccc1", "Cy": "*C1CCCCC1", "Ac": "*C(C)=O", "NO2": "*[N+](=O)[O-]",
    "N3": "*N=[N+]=[N-]", "NCO": "*N=C=O", "NCS": "*N=C=S", "SCN": "*SC#N",
}  # fmt: skip
"""Groups of one bond that are parts of formulas; the longer abbreviations come from the labels of drawings."""
_PSEUDOHALIDES: Final = frozenset({"N3", "NCO", "NCS", "SCN"})
_LABELS: Final = (
    "Boc", "Cbz", "Fmoc", "Alloc", "Troc", "PMB", "TBDPS", "TBS", "TIPS", "TMS", "TES", "Tr", "Ts", "Ms", "Tf",
)  # fmt: skip

_LEADING: Final = (
    (re.compile(r"^O2N(?=[A-Z(])"), "NO2-"),
    (re.compile(r"^OCN(?=[A-Z(])"), "NCO-"),
    (re.compile(r"^NC(?=[A-GI-Z(])"), "N≡C"),
    (re.compile(r"^OHC(?=[A-Z(])"), "O=CH"),
    (re.compile(r"^(H|D|[nit]?Bu|[ni]?Pr|Me|Et|Bn|Ph|CH3|C2H5)(?:O2C|OOC)(?=[A-GI-Z(])"), r"\1OC(=O)"),
)
"""What stands reversed at the left end of a chain, and how it is written forwards."""

_GROUP_NAMES: Final = sorted((*_GROUPS, *_LABELS), key=len, reverse=True)
_TOKEN: Final = re.compile(
    rf"(?P<bond>[-–=≡#])|(?P<open>\()|(?P<close>\))(?P<times>\d*)"
    rf"|(?P<group>{'|'.join(_GROUP_NAMES)})(?P<groups>\d*)"
    rf"|(?P<atom>{'|'.join(sorted(_VALENCES.keys() - {_OPEN, _GROUP}, key=len, reverse=True))})(?P<atoms>\d*)"
)
_BRANCH_NAME: Final = re.compile(r"(?<![A-Za-z])([nist])-(?=(?:Pr|Bu)(?![a-z]))")
_CHAIN: Final = re.compile(r"(?:n-?)?C(\d{1,2})H(\d{1,2})")
"""The label of an alkyl group, by which a chain without branches is meant."""
_ORDERS: Final = {"-": 1, "–": 1, "=": 2, "≡": 3, "#": 3}
_BONDS: Final = {1: Chem.BondType.SINGLE, 2: Chem.BondType.DOUBLE, 3: Chem.BondType.TRIPLE}


class _NotReadError(Exception):
    """The text is not a condensed formula, or leaves something open."""


class _Kind(Enum):
    """What a piece of a formula is."""

    BOND = "bond"
    ATOM = "atom"
    END = "end"
    GROUP = "group"
    HYDROXYL = "hydroxyl"
    BRACKETS = "brackets"


@dataclass(frozen=True)
class _Item:
    """A piece of a formula, and how often it stands there."""

    kind: _Kind
    text: str
    count: int = 1
    inside: tuple[_Item, ...] = ()


def read_condensed(text: str) -> str | None:
    """Return the canonical SMILES of a condensed structural formula; None where the text is not one.

    >>> read_condensed("(CH3)2CHCO2Et"), read_condensed("PhCH2Br"), read_condensed("C3H7OH")
    ('CCOC(=O)C(C)C', 'BrCc1ccccc1', None)
    """
    return _read(text, attached=False)


def read_condensed_group(text: str) -> str | None:
    """Return the group of a label as SMILES, attached at its ``*`` at either end; None where the label is not one.

    >>> read_condensed_group("SiMe3"), read_condensed_group("(CH2)3OH")
    ('*[Si](C)(C)C', '*CCCO')
    """
    return _read(text, attached=True) or _read(text, attached=False, mirrored=True)


def _read(text: str, *, attached: bool, mirrored: bool = False) -> str | None:
    plain = _BRANCH_NAME.sub(lambda match: match[1], text)
    if not 2 <= len(plain) <= _MAX_LENGTH or (plain.isupper() and plain.isalpha() and not attached):
        return None  # HFIP and PDO are acronyms
    chain = _CHAIN.fullmatch(plain) if attached else None
    if chain is not None and int(chain[2]) == 2 * int(chain[1]) + 1:
        return f"*{'C' * int(chain[1])}"
    if not attached:
        for pattern, forwards in _LEADING:
            plain = pattern.sub(forwards, plain)
    try:
        items = _parse(plain)
        if not attached and _is_something_else(items):
            return None
        writer = _Writer(attached=attached)
        writer.write((*items, _Item(_Kind.END, _OPEN)) if mirrored else items)  # Me3Si, HOCH2: at the left of a drawing
        return writer.finish()
    except _NotReadError:
        return None


def _is_something_else(items: Sequence[_Item]) -> bool:
    """Whether what stands at the left end is that of a salt (LiOMe), a ligand (IPr) or hypervalent iodine (PhIO)."""
    first, second = items[0], items[1] if len(items) > 1 else None
    if first.text in _METALS or second is None:
        return first.text in _METALS
    is_ligand = len(items) == 2 and first.kind is _Kind.END and second.kind is _Kind.GROUP
    is_hypervalent = first.kind is _Kind.GROUP and second.text in ("I", "Br", "Cl") and len(items) > 2
    return is_ligand or is_hypervalent


def _parse(text: str) -> tuple[_Item, ...]:
    """Return the items of a formula, brackets nested."""
    stack: list[list[_Item]] = [[]]
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _NotReadError
        position = match.end()
        if match["bond"]:
            stack[-1].append(_Item(_Kind.BOND, match["bond"]))
        elif match["open"]:
            stack.append([])
        elif match["close"]:
            if len(stack) == 1:
                raise _NotReadError
            inside = tuple(stack.pop())
            stack[-1].append(_Item(_Kind.BRACKETS, "", _count(match["times"]), _join_hydroxyls(inside)))
        elif match["group"]:
            stack[-1].append(_Item(_Kind.GROUP, match["group"], _count(match["groups"])))
        else:
            kind = _Kind.END if match["atom"] in _ENDS else _Kind.ATOM
            stack[-1].append(_Item(kind, match["atom"], _count(match["atoms"])))
    if len(stack) != 1 or not stack[0]:
        raise _NotReadError
    return _join_hydroxyls(stack[0])


def _join_hydroxyls(items: Sequence[_Item]) -> tuple[_Item, ...]:
    """Return items with an oxygen and the one hydrogen behind it as one: CO2H ends in a hydroxyl."""
    joined: list[_Item] = []
    for item in items:
        before = joined[-1] if joined else None
        if before is not None and before.text == "O" and item == _Item(_Kind.END, "H"):
            joined[-1:] = [replace(before, count=before.count - 1)] if before.count > 1 else []
            joined.append(_Item(_Kind.HYDROXYL, "OH"))
        else:
            joined.append(item)
    return tuple(joined)


def _count(digits: str) -> int:
    count = int(digits or 1)
    if not 1 <= count <= _MAX_COUNT:
        raise _NotReadError
    return count


class _Writer:
    """Builds the molecule along the chain."""

    def __init__(self, *, attached: bool) -> None:
        self._mol = Chem.RWMol()
        self._used: dict[int, int] = {}
        self._symbols: dict[int, str] = {}
        # The atom of the chain that the next one is bonded to, and at the left end those that wait for its first atom.
        self._at: int | None = self._add(_OPEN) if attached else None
        self._waiting: list[int] = []

    def write(self, items: tuple[_Item, ...], *, is_branch: bool = False) -> None:
        """Put items at the end of the chain.

        Raises:
            _NotReadError: They do not fit.
        """
        order = 1
        for place, item in enumerate(items):
            rest = items[place + 1 :]
            follows = rest[0] if rest else None
            if item.kind is _Kind.BOND:
                if follows is None or follows.kind is _Kind.BOND:
                    raise _NotReadError
                order = _ORDERS[item.text]
                continue
            match item.kind:
                case _Kind.END | _Kind.GROUP:
                    self._put_ends(item, rest)
                case _Kind.HYDROXYL:
                    self._put_hydroxyl()
                case _Kind.ATOM:
                    self._put_atom(item, order, follows, is_first=is_branch and place == 0)
                case _:
                    self._put_brackets(item)
            order = 1

    def finish(self) -> str:
        """Return the SMILES; an open end comes first.

        Raises:
            _NotReadError: A bond is open.
        """
        if self._at is None and len(self._waiting) == 2:  # (COCl)2
            self._bond(self._waiting[0], self._waiting[1], 1)
            self._waiting = []
        closed = all(self._is_filled(index) for index in self._used)
        if self._waiting or not closed or self._is_salt() or all(symbol in _ENDS for symbol in self._symbols.values()):
            raise _NotReadError
        with rdBase.BlockLogs():
            try:
                Chem.SanitizeMol(self._mol)
            except ValueError:
                raise _NotReadError from None
        mol = Chem.RemoveHs(self._mol)
        root = next((atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0), None)
        return write_canonical(mol) if root is None else Chem.MolToSmiles(mol, rootedAtAtom=root)

    def _is_salt(self) -> bool:
        """Whether a sulfur or phosphorus has more bonds than its lone pairs and double bonds explain: Me3SI, HSO3F."""
        for index, symbol in self._symbols.items():
            if symbol not in ("S", "P"):
                continue
            bonds = self._mol.GetAtomWithIdx(index).GetBonds()
            doubles = sum(bond.GetBondType() == Chem.BondType.DOUBLE for bond in bonds)
            has_hydrogen = any(self._symbols.get(bond.GetOtherAtomIdx(index)) == "H" for bond in bonds)
            least = _VALENCES[symbol][0]
            if self._used[index] != least + 2 * doubles or (symbol == "S" and doubles and has_hydrogen):
                return True
        return False

    # ------------------------------------------------------------------------------------------------------- parts

    def _put_ends(self, item: _Item, rest: tuple[_Item, ...]) -> None:
        """Put hydrogens, halogens or groups on the atom of the chain; at the left end they wait for it."""
        # PhCl and PhCH2Br begin a chain with their phenyl; in tBuMe2SiCl the first group waits like the others.
        begins = item.count == 1 and not self._waiting and item.text not in ("H", "D")
        begins &= not (len(rest) > 1 and rest[0].kind in (_Kind.END, _Kind.GROUP))
        for _ in range(item.count):
            end = self._add_group(item.text) if item.kind is _Kind.GROUP else self._add(item.text)
            if self._at is not None:
                self._bond(self._at, end, 1)
            elif begins:
                self._at = end
            elif not rest:
                raise _NotReadError
            else:
                self._waiting.append(end)

    def _put_hydroxyl(self) -> None:
        oxygen = self._add("O")
        self._bond(oxygen, self._add("H"), 1)
        if self._at is None:
            self._hang_waiting(oxygen)
            self._at = oxygen
        else:
            self._bond(self._at, oxygen, 1)

    def _put_atom(self, item: _Item, order: int, follows: _Item | None, *, is_first: bool) -> None:
        count = item.count
        if item.text == "O" and order == 1 and not is_first:
            while count and self._takes_oxo(follows) and (count > 1 or self._symbol() != "S" or self._used_here() < 4):
                self._bond_here(self._add("O"), 2)
                count -= 1
                if self._symbol() == "C":
                    break
            if count and follows is None and self._symbol() == "C" and self._used_here() == 2:
                self._bond_here(self._add("O"), 2)  # CO2
                count -= 1
            if not count:
                return
        if count != 1:
            raise _NotReadError
        if item.text == "N" and order == 1 and follows is None and self._symbol() == "C" and self._used_here() == 1:
            order = 3
        new = self._add(item.text)
        if self._at is not None:
            self._bond(self._at, new, order)
        elif order != 1:
            raise _NotReadError
        self._hang_waiting(new)
        self._at = new

    def _put_brackets(self, item: _Item) -> None:
        inside = item.inside
        if not inside:
            raise _NotReadError
        if len(inside) == 1 and inside[0].text in ("O", "S") and inside[0].count == 1 and self._at is not None:
            for _ in range(item.count):  # C(O), S(O)2
                self._bond_here(self._add(inside[0].text), 2)
            return
        start = self._at
        for _ in range(item.count):
            if start is None:
                self._write_waiting(inside)
                continue
            self.write(inside, is_branch=True)
            if self._is_filled(self._at):
                self._at = start

    def _write_waiting(self, inside: tuple[_Item, ...]) -> None:
        """Write brackets at the left end, ``(CH3)2CH``, ``(EtO)3P``: their last atom bears the bond."""
        kept, self._waiting = self._waiting, []
        self.write(inside)
        if self._at is None or self._waiting:
            raise _NotReadError
        self._waiting, self._at = [*kept, self._at], None

    # ------------------------------------------------------------------------------------------------------- atoms

    def _add(self, symbol: str) -> int:
        atom = Chem.Atom("H" if symbol == "D" else symbol)
        if symbol == "D":
            atom.SetIsotope(2)
        atom.SetNoImplicit(True)
        return self._know(int(self._mol.AddAtom(atom)), symbol)

    def _add_group(self, name: str) -> int:
        """Add a group and return its atom that bears the bond."""
        group = Chem.MolFromSmiles(_GROUPS.get(name) or find_group(name) or "")
        root = next(atom for atom in group.GetAtoms() if atom.GetAtomicNum() == 0)
        (first,) = root.GetNeighbors()
        places = {atom.GetIdx(): int(self._mol.AddAtom(atom)) for atom in group.GetAtoms() if atom.GetAtomicNum()}
        for bond in group.GetBonds():
            ends = (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
            if root.GetIdx() not in ends:
                self._mol.AddBond(places[ends[0]], places[ends[1]], bond.GetBondType())
        return self._know(places[first.GetIdx()], _GROUP)

    def _know(self, index: int, symbol: str) -> int:
        if index >= _MAX_ATOMS:
            raise _NotReadError
        self._used[index], self._symbols[index] = 0, symbol
        return index

    def _bond(self, one: int, other: int, order: int) -> None:
        self._mol.AddBond(one, other, _BONDS[order])
        for end in (one, other):
            self._used[end] += order
            if self._used[end] > max(_VALENCES[self._symbols[end]]):
                raise _NotReadError

    def _bond_here(self, other: int, order: int) -> None:
        assert self._at is not None
        self._bond(self._at, other, order)

    def _hang_waiting(self, new: int) -> None:
        for end in self._waiting:
            self._bond(end, new, 1)
        self._waiting = []

    def _symbol(self) -> str:
        return "" if self._at is None else self._symbols[self._at]

    def _used_here(self) -> int:
        return 0 if self._at is None else self._used[self._at]

    def _takes_oxo(self, follows: _Item | None) -> bool:
        """Whether an oxygen behind the atom of the chain is doubly bonded to it."""
        match self._symbol():
            case "C":
                return self._used_here() <= 2
            case "S":
                return self._used_here() <= 4
            case "P":  # (EtO)2POCl, but not the phosphite (EtO)2POCH3
                is_end = (
                    follows is None or follows.kind in (_Kind.END, _Kind.HYDROXYL) or follows.text in _PSEUDOHALIDES
                )
                return is_end and self._used_here() <= 3
            case _:
                return False

    def _is_filled(self, index: int | None) -> bool:
        """Whether an atom has all its bonds."""
        return index is not None and self._used[index] in _VALENCES[self._symbols[index]]

"""Extended SMILES (CXSMILES, ChemAxon): ``SMILES |extension| name``.

The extension says what SMILES cannot: radicals, coordinate bonds, racemates, polymers, and which ions of a reaction
belong together. RDKit reads it; what canonical SMILES then still leaves out is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rdkit import Chem, rdBase

from anymol.chem.diagnosis import MAX_LENGTH
from anymol.chem.parsing import try_parse_smiles, write_canonical
from anymol.chem.unwritten import settle_molecule
from anymol.errors import InvalidSmilesError, UserError

_EXTENDED: Final = re.compile(r"(?P<smiles>\S+)\s+(?P<extension>\|[^|]*\|)(?:\s+(?P<name>.*))?", re.DOTALL)
_GROUPED: Final = re.compile(r"(?:(?<=^)|(?<=,))f:(?P<groups>\d+(?:\.\d+)+(?:,\d+(?:\.\d+)+)*),?")
_RADICALS: Final = re.compile(r"(?<![\w^])\^(?P<kind>[1-7]):(?P<atoms>\d+(?:,\d+)*)")
_UNPAIRED: Final = {"1": 1, "2": 2, "3": 2, "4": 2, "5": 3, "6": 3, "7": 3}
"""Kind of a radical centre (monovalent, divalent, trivalent; singlet to quartet) -> electrons that make no bond."""
_WEDGE: Final = re.compile(r"(?:^|,)w[UD]:")
_RELATIVE: Final = re.compile(r"(?:^|,)r(?:,|$)")


@dataclass(frozen=True)
class ExtendedSmiles:
    """The parts of an extended SMILES.

    Attributes:
        smiles: The SMILES, or reaction SMILES, alone.
        extension: What stands between the bars.
        name: What follows.
    """

    smiles: str
    extension: str
    name: str | None = None

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Dot-separated parts that belong together, counted from 0 over the whole text."""
        match = _GROUPED.search(self.extension)
        listed = match["groups"].split(",") if match else []
        return tuple(tuple(int(number) for number in group.split(".")) for group in listed)

    @property
    def ungrouped(self) -> str:
        """The extension without these groups."""
        return _GROUPED.sub("", self.extension).strip(",")


def split_extended(text: str) -> ExtendedSmiles | None:
    """Return the parts of an extended SMILES; None of what is none.

    >>> split_extended("CC |^1:0| ethyl")
    ExtendedSmiles(smiles='CC', extension='^1:0', name='ethyl')
    """
    match = _EXTENDED.fullmatch(text.strip())
    if match is None:
        return None
    return ExtendedSmiles(match["smiles"], match["extension"][1:-1], (match["name"] or "").strip() or None)


def parse_extended(extended: ExtendedSmiles) -> tuple[Chem.Mol, tuple[str, ...]]:
    """Return the molecule of an extended SMILES, and what its canonical SMILES leaves out.

    Raises:
        InvalidSmilesError: The SMILES does not parse.
        UserError: The extension does not, or makes it something else than one molecule.
    """
    plain = try_parse_smiles(extended.smiles)
    if isinstance(plain, InvalidSmilesError):
        raise plain
    if not extended.ungrouped:
        return plain, ()
    mol = None
    if len(extended.smiles) + len(extended.extension) <= MAX_LENGTH * 4:
        with rdBase.BlockLogs():
            try:
                mol = Chem.MolFromSmiles(f"{extended.smiles} |{extended.ungrouped}|")
            except (ValueError, RuntimeError):
                mol = None
    if mol is None:
        raise UserError(
            "the extension of the SMILES cannot be read",
            value=f"|{extended.extension}|",
            hint="leave it out, or mend it",
        )
    _require_radicals(extended, plain, mol)
    mol, notes = settle_molecule(mol)
    if _WEDGE.search(extended.extension) and "(" not in extended.extension:
        notes += ("wedged bonds are left out: the extension gives no coordinates beside them",)
    if _RELATIVE.search(extended.extension) and "@" in write_canonical(mol):
        notes += ("the record is of relative configuration (r): the SMILES shows one of two enantiomers",)
    return mol, notes


def _require_radicals(extended: ExtendedSmiles, plain: Chem.Mol, mol: Chem.Mol) -> None:
    """Refuse radicals at atoms that are not there, or have no room for them: RDKit passes them by.

    Raises:
        UserError: Naming the atom.
    """
    for found in _RADICALS.finditer(extended.extension):
        for index in map(int, found["atoms"].split(",")):
            if index >= plain.GetNumAtoms():
                raise UserError(
                    f"the extension speaks of atom {index}, and the SMILES has {plain.GetNumAtoms()}, counted from 0",
                    value=f"|{extended.extension}|",
                    hint="correct the number",
                )
            if mol.GetAtomWithIdx(index).GetNumRadicalElectrons() < _UNPAIRED[found["kind"]]:
                raise UserError(
                    f"atom {index}, {mol.GetAtomWithIdx(index).GetSymbol()}, has no room for the unpaired electrons "
                    "that the extension gives it",
                    value=f"|{extended.extension}|",
                    hint="take away its hydrogens or bonds, or the radical",
                )

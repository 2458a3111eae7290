"""From a chemical name to a structure, with what must be said of it.

The order: the dictionaries as the name stands; inorganic formulas; OPSIN on the name as written, its words apart;
several names parted by semicolons; salts, hydrates and isotopic forms of a name that is read by itself; last the
dictionaries with blanks and dashes left out. What OPSIN or the name leaves open makes a reading doubtful: it is given
with its doubts, never without them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from rdkit import Chem

from anymol.chem.counterparts import Kind, join_counterparts, split_counterparts
from anymol.chem.descriptors import compute_descriptor
from anymol.chem.inorganic import METALS, parse_inorganic
from anymol.chem.isomers import list_isomers
from anymol.chem.names import NameHit, find_joined_name, find_name, find_names_of, suggest_names
from anymol.chem.opsin import MAX_NAME_LENGTH, OpsinReading, read_systematic_name
from anymol.chem.parsing import canonicalize_smiles, parse_smiles, write_canonical
from anymol.errors import AnyMolError, InvalidSmilesError, MissingDependencyError, TimeLimitError, UnknownNameError

_MAX_DEPTH: Final = 3
"""How many times a name is taken apart: a salt of a name, of which one part is a salt."""
_MAX_PARTS: Final = 20
"""Most names parted by semicolons."""


class NameSource(StrEnum):
    """Who read a name."""

    DICTIONARY = "dictionary"
    FORMULA = "formula"
    OPSIN = "opsin"


@dataclass(frozen=True)
class NameReading:
    """What a name means.

    Attributes:
        smiles: Canonical SMILES.
        source: Who read it; of several parts, the first.
        notes: How it was read, in sentences.
        doubts: What speaks against it, in sentences; empty where the name means one structure.
        others: Other structures that the name may mean, as canonical SMILES.
        hit: The entry of the dictionary, where one was found for the name as a whole.
    """

    smiles: str
    source: NameSource
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    hit: NameHit | None = None


def read_name(text: str) -> NameReading:
    """Return the structure that a name means.

    Raises:
        UnknownNameError: Nothing reads it; near names are in the hint.

    >>> read_name("aspirin").smiles
    'CC(=O)Oc1ccccc1C(=O)O'
    """
    name = tidy_name(text)
    if not name or len(name) > MAX_NAME_LENGTH:
        raise UnknownNameError("this is not a name", value=text, hint=f"1 to {MAX_NAME_LENGTH} characters")
    reader = _NameReader()
    found = reader.read(name, 0)
    if found is not None:
        return found
    near = suggest_names(name)
    hints = [f"did you mean {' or '.join(near)}?"] if near else ["give a SMILES, SELFIES, InChI, name or file"]
    if reader.unavailable is not None:
        hints.append(str(reader.unavailable))
    raise UnknownNameError("no file, notation or known name", value=text, hint="; ".join(hints))


def tidy_name(text: str) -> str:
    """Return a name without tags, quotation marks and closing signs around it.

    >>> tidy_name("<IUPAC> propan-2-ol </IUPAC>")
    'propan-2-ol'
    """
    name = " ".join(_TAG.sub(" ", text).split())
    return name.strip('"“”„«»` ').rstrip(",;:!? ").strip()


_TAG: Final = re.compile(r"</?\s*(?:IUPAC|NAME)\s*>", re.IGNORECASE)
_PREPARATION: Final = re.compile(
    r"^(?:(?:aq\.?|aqueous|conc\.?|concentrated|dil\.?|dilute|dry|glacial|sat\.?|saturated|neat|powdered|fuming|cat\.?|catalytic)\s+"
    r"|\d+(?:\.\d+)?\s*(?:%|M|N|wt%|mol%)\s+)+|\s+\((?:aq|g|l|s|solid|gas|aqueous|solution|liquid)\)$|\s+solution$",
    re.IGNORECASE,
)
"""What says how a compound is used, not which it is."""
_RACEMIC: Final = re.compile(r"^(?:\(±\)|\(\+/-\)|\(\+-\)|\(RS\)|rac\.?|racemic|dl|\(dl\)|DL)[- ]+", re.IGNORECASE)
_DESCRIPTOR: Final = re.compile(r"^\(([RSEZ])\)-(?=\S)|^([EZ])-(?=[a-z])|^(cis|trans)-(?=[a-z])")
_DEUTERATED: Final = re.compile(r"^(?:(?P<name>.+?)-[dD](?P<count>\d*)|[dD](?P<before>\d+)-(?P<named>.+))$")
_PARTED: Final = re.compile(r"\s*;\s*")


class _NameReader:
    """Reads one name; remembers whether OPSIN could be asked."""

    def __init__(self) -> None:
        self.unavailable: AnyMolError | None = None

    def read(self, name: str, depth: int) -> NameReading | None:
        """Return what a name means; None where nothing reads it."""
        if depth > _MAX_DEPTH or not name:
            return None
        ways: tuple[Callable[[str, int], NameReading | None], ...] = (
            self._look_up,
            self._read_formula,
            self._look_up_solvate,
            self._ask_opsin,
            self._read_parts,
            self._read_prepared,
            self._read_salt,
            self._read_racemate,
            self._read_stereoisomer,
            self._read_deuterated,
            self._look_up_joined,
        )
        return next((found for way in ways if (found := way(name, depth)) is not None), None)

    def _look_up(self, name: str, depth: int) -> NameReading | None:
        hit = find_name(name)
        return None if hit is None else _from_hit(hit)

    def _read_formula(self, name: str, depth: int) -> NameReading | None:
        smiles = parse_inorganic(name)
        if smiles is None:
            return None
        return NameReading(smiles, NameSource.FORMULA, (f"'{name}' read as the formula of a salt or oxide",))

    def _look_up_solvate(self, name: str, depth: int) -> NameReading | None:
        """Read a hydrate of a known compound; to OPSIN 'codeine phosphate hemihydrate' holds an ester."""
        split = split_counterparts(name, most=1)
        known = split is not None and bool(split[1]) and split[1][0].kind is Kind.NEUTRAL and find_name(split[0])
        return self._read_salt(name, depth, most=1) if known else None

    def _ask_opsin(self, name: str, depth: int) -> NameReading | None:
        try:
            reading = read_systematic_name(name)
            smiles = canonicalize_smiles(reading.smiles)
        except (MissingDependencyError, TimeLimitError) as error:
            self.unavailable = error
            return None
        except (UnknownNameError, InvalidSmilesError):
            return None
        if _is_half_read(smiles):
            return None
        found = NameReading(smiles, NameSource.OPSIN, ("read by OPSIN, a grammar of systematic names",))
        return found if not reading.warnings else _doubt(found, name, reading)

    def _read_parts(self, name: str, depth: int) -> NameReading | None:
        parts = [part for part in _PARTED.split(name) if part]
        if not 1 < len(parts) <= _MAX_PARTS:
            return None
        found = [self.read(part, depth + 1) for part in parts]
        if any(part is None for part in found):
            return None
        return _join([part for part in found if part is not None], f"{len(parts)} names, each read by itself")

    def _read_prepared(self, name: str, depth: int) -> NameReading | None:
        bare = _PREPARATION.sub("", name)
        return None if bare == name else self.read(bare, depth + 1)

    def _read_salt(self, name: str, depth: int, most: int = 4) -> NameReading | None:
        split = split_counterparts(name, most=most)
        parent = None if split is None else self.read(split[0], depth + 1)
        if split is None or parent is None:
            return None
        joined = join_counterparts(parent.smiles, split[1])
        if joined is None:
            return None
        beside = " and ".join(part.word for part in split[1])
        note = f"'{split[0]}' with {beside} beside it" if beside else f"'{name}' read as '{split[0]}'"
        doubts = (*parent.doubts, *joined.doubts)
        return NameReading(joined.smiles, parent.source, (*parent.notes, note), doubts)

    def _read_racemate(self, name: str, depth: int) -> NameReading | None:
        bare = _RACEMIC.sub("", name)
        parent = self.read(bare, depth + 1) if bare != name else None
        if parent is None:
            return None
        mol = parse_smiles(parent.smiles)
        centres = [atom for atom in mol.GetAtoms() if atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED]
        for atom in centres:
            atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
        doubts = parent.doubts
        if len(centres) > 1:
            doubts += ("a racemate of several centres is written without any: their relation is lost",)
        return NameReading(write_canonical(mol), parent.source, (*parent.notes, "read as the racemate"), doubts)

    def _read_stereoisomer(self, name: str, depth: int) -> NameReading | None:
        """Read a descriptor before a name whose structure has one open centre or double bond."""
        match = _DESCRIPTOR.match(name)
        parent = self.read(name[match.end() :], depth + 1) if match is not None else None
        if match is None or parent is None:
            return None
        label = match[1] or match[2] or {"cis": "Z", "trans": "E"}[match[3]]
        fitting = list_stereoisomers(parent.smiles, label)
        note = f"'{name[match.end() :]}' with its one stereocentre or double bond set to {label}"
        if len(fitting) == 1:
            return NameReading(fitting[0], parent.source, (*parent.notes, note), parent.doubts)
        doubt = f"the ({label}) of the name is left out: the structure has more places for it than one, or none"
        return replace(parent, doubts=(*parent.doubts, doubt), hit=None)

    def _read_deuterated(self, name: str, depth: int) -> NameReading | None:
        """Read a name with as many deuterium atoms as the molecule has hydrogens: acetone-d6."""
        match = _DEUTERATED.match(name)
        parent = self.read(match["name"] or match["named"], depth + 1) if match is not None else None
        if match is None or parent is None:
            return None
        mol = Chem.AddHs(parse_smiles(parent.smiles))
        hydrogens = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 1]
        if len(hydrogens) != int(match["count"] or match["before"] or 1):
            return None
        for atom in hydrogens:
            atom.SetIsotope(2)
        smiles = canonicalize_smiles(Chem.MolToSmiles(mol))
        return NameReading(smiles, parent.source, (*parent.notes, "all its hydrogens are deuterium"), parent.doubts)

    def _look_up_joined(self, name: str, depth: int) -> NameReading | None:
        """Look a name up with its words joined, where OPSIN could say that they do not mean something apart."""
        hit = find_joined_name(name) if self.unavailable is None else None
        return None if hit is None else _from_hit(hit)


def list_stereoisomers(smiles: str, label: str) -> list[str]:
    """Return the stereoisomers of a structure with one open centre or double bond that have a descriptor.

    Args:
        smiles: The structure.
        label: R, S, E or Z.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    >>> list_stereoisomers("CC(O)C(=O)O", "R")
    ['C[C@@H](O)C(=O)O']
    """
    mol = parse_smiles(smiles)
    wanted = Chem.StereoType.Atom_Tetrahedral if label in "RS" else Chem.StereoType.Bond_Double
    open_places = [
        place
        for place in Chem.FindPotentialStereo(mol, False, True)
        if place.type == wanted and place.specified == Chem.StereoSpecified.Unspecified
    ]
    if len(open_places) != 1:
        return []
    place = open_places[0].centeredOn
    found = []
    for way in range(2):
        isomer = Chem.RWMol(mol)
        if label in "RS":
            tags = (Chem.ChiralType.CHI_TETRAHEDRAL_CW, Chem.ChiralType.CHI_TETRAHEDRAL_CCW)
            isomer.GetAtomWithIdx(place).SetChiralTag(tags[way])
        else:
            bond = isomer.GetBondWithIdx(place)
            ends = [
                next(
                    other.GetIdx()
                    for other in atom.GetNeighbors()
                    if other.GetIdx() != bond.GetOtherAtomIdx(atom.GetIdx())
                )
                for atom in (bond.GetBeginAtom(), bond.GetEndAtom())
            ]
            bond.SetStereoAtoms(*ends)
            bond.SetStereo((Chem.BondStereo.STEREOCIS, Chem.BondStereo.STEREOTRANS)[way])
        written = canonicalize_smiles(Chem.MolToSmiles(isomer))
        if _find_label(written, mol, label) == label:
            found.append(written)
    return found


def _find_label(smiles: str, flat: Chem.Mol, label: str) -> str | None:
    """Return the descriptor of the place that `flat` leaves open."""
    from rdkit.Chem.rdCIPLabeler import AssignCIPLabels

    mol = parse_smiles(smiles)
    match = mol.GetSubstructMatch(flat)
    AssignCIPLabels(mol)
    known = Chem.Mol(flat)
    AssignCIPLabels(known)
    if label in "RS":
        labels = [
            mol.GetAtomWithIdx(match[atom.GetIdx()]).GetProp("_CIPCode")
            for atom in known.GetAtoms()
            if not atom.HasProp("_CIPCode") and mol.GetAtomWithIdx(match[atom.GetIdx()]).HasProp("_CIPCode")
        ]
    else:
        labels = [bond.GetProp("_CIPCode") for bond in mol.GetBonds() if bond.HasProp("_CIPCode")]
        for bond in known.GetBonds():
            if bond.HasProp("_CIPCode"):
                labels.remove(bond.GetProp("_CIPCode"))
    return labels[0] if len(labels) == 1 else None


def _from_hit(hit: NameHit) -> NameReading:
    """Return the reading of an entry of the dictionaries, with what its kind and its other meanings say."""
    notes = [f"'{hit.name}' found in the dictionary (source: {hit.source})"]
    doubts = []
    if hit.kind == "element":
        notes.append(_describe_element(hit))
    if hit.others:
        meant = "; ".join(f"{other.name} is {other.smiles}" for other in _main_names(hit.others))
        doubts.append(f"'{hit.name}' is short for other compounds too: {meant}")
    others = tuple(other.smiles for other in hit.others)
    return NameReading(hit.smiles, NameSource.DICTIONARY, tuple(notes), tuple(doubts), others, hit)


def _main_names(hits: tuple[NameHit, ...]) -> list[NameHit]:
    """Return compounds of one abbreviation under names that tell them apart."""
    return [replace(hit, name=find_names_of(hit.smiles)[0]) for hit in hits]


def _describe_element(hit: NameHit) -> str:
    """Return what an element was taken as: its molecule, or its atom where it is a metal or a lattice."""
    mol = parse_smiles(hit.smiles)
    if mol.GetNumAtoms() == 1 and mol.GetAtomWithIdx(0).GetSymbol() not in _NOBLE_GASES:
        return "read as the element, of which an atom is written"
    if mol.GetNumAtoms() == 1:
        return "read as the gas, which consists of atoms"
    formula = str(compute_descriptor("formula", mol).value)
    return f"read as the element, which consists of {formula}; its atom would be [{mol.GetAtomWithIdx(0).GetSymbol()}]"


_NOBLE_GASES: Final = frozenset({"He", "Ne", "Ar", "Kr", "Xe", "Rn"})


def _doubt(found: NameReading, name: str, reading: OpsinReading) -> NameReading:
    """Return a reading with OPSIN's warnings, and with the isomers that an ambiguous name may mean."""
    if not reading.is_ambiguous:
        return replace(found, doubts=reading.warnings)
    isomers = list_isomers(name, found.smiles)
    different = list(dict.fromkeys(isomer.smiles for isomer in isomers))
    if len(different) < 2:
        return replace(found, doubts=reading.warnings)
    # What OPSIN took may be none of them: of dinitrotoluene, nitro groups on the methyl.
    chosen = found.smiles if found.smiles in different else different[0]
    shown = ", ".join(f"{isomer.name} {isomer.smiles}" for isomer in isomers[:_SHOWN_ISOMERS])
    more = f" and {len(isomers) - _SHOWN_ISOMERS} more" if len(isomers) > _SHOWN_ISOMERS else ""
    doubt = f"the name does not say which of {len(different)} isomers is meant: {shown}{more}"
    return replace(found, smiles=chosen, doubts=(doubt,), others=tuple(one for one in different if one != chosen))


_SHOWN_ISOMERS: Final = 8


def _join(parts: list[NameReading], note: str) -> NameReading:
    """Return several names read as one mixture."""
    smiles = canonicalize_smiles(".".join(part.smiles for part in parts))
    notes = tuple(dict.fromkeys((note, *(one for part in parts for one in part.notes))))
    doubts = tuple(dict.fromkeys(one for part in parts for one in part.doubts))
    return NameReading(smiles, parts[0].source, notes, doubts)


def _is_half_read(smiles: str) -> bool:
    """Whether OPSIN left a part of a name as it cannot be: a bare metal beside an acid, or a net charge."""
    parts = smiles.split(".")
    if len(parts) == 1:
        return False
    mols = [parse_smiles(part) for part in parts]
    bare = any(mol.GetNumAtoms() == 1 and not Chem.GetFormalCharge(mol) and _is_metal(mol) for mol in mols)
    return bare or sum(map(Chem.GetFormalCharge, mols)) != 0


def _is_metal(mol: Chem.Mol) -> bool:
    return mol.GetAtomWithIdx(0).GetSymbol() in METALS

"""From a chemical name to a structure, with what must be said of it.

The order: the dictionaries as the name stands; inorganic and condensed formulas; several names parted by semicolons;
OPSIN on the name as written, its words apart; salts, hydrates and isotopic forms of a name that is read by itself; last
names with words joined. What OPSIN or the name leaves open makes a reading doubtful: it is given with its doubts, never
without them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from rdkit import Chem

from anymol.chem.condensed import read_condensed
from anymol.chem.conditions import is_condition
from anymol.chem.counterparts import Kind, join_counterparts, split_counterparts
from anymol.chem.inorganic import METALS, parse_inorganic
from anymol.chem.ions import read_ion
from anymol.chem.isomers import Isomer, find_open_word, is_branched_alkane, leaves_isomer_open, list_isomers
from anymol.chem.name_entries import describe_entry
from anymol.chem.names import (
    NameHit,
    find_disputed,
    find_joined_name,
    find_name,
    suggest_names,
)
from anymol.chem.opsin import MAX_NAME_LENGTH, OpsinReading, read_systematic_name
from anymol.chem.parsing import canonicalize_smiles, parse_smiles, write_canonical
from anymol.chem.parted_words import find_oddity, join_words
from anymol.chem.residues import read_peptide
from anymol.chem.stereo_words import mirror_image, set_descriptor
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


def read_notation(text: str) -> tuple[str, str] | None:
    """Return the canonical SMILES of what is written in signs that are not a line notation, and what it was read as.

    These are condensed formulas, ions with their charge, and peptides in three letters. None where it is none of them.
    """
    for read, kind in (
        (read_condensed, "a condensed structural formula"),
        (read_ion, "an ion"),
        (read_peptide, "amino acids, L where no letter says D"),
    ):
        if (smiles := read(text)) is not None:
            return smiles, kind
    return None


def tidy_name(text: str) -> str:
    """Return a name without tags, quotation marks and closing signs around it.

    >>> tidy_name("<IUPAC> propan-2-ol </IUPAC>")
    'propan-2-ol'
    """
    name = " ".join(_TAG.sub(" ", text).split())
    return name.lstrip(_MARKS).rstrip(_MARKS + ",;:!?.")


_MARKS: Final = '"“”„«»` '
_TAG: Final = re.compile(r"</?\s*(?:IUPAC|NAME)\s*>", re.IGNORECASE)
_PREPARATION: Final = re.compile(
    r"^(?:(?:aq\.?|aqueous|conc\.?|concentrated|dil\.?|dilute|dry|glacial|sat\.?|saturated|neat|powdered|fuming|cat\.?|catalytic)\s+"
    r"|\d+(?:\.\d+)?\s*(?:%|M|N|wt%|mol%)\s+)+|\s+\((?:aq|g|l|s|solid|gas|aqueous|solution|liquid)\)$"
    r"|\s+(?:solution|gas|powder|dust|turnings|pellets|beads|crystals|granules|foil|wire|metal)$",
    re.IGNORECASE,
)
"""What says how a compound is used, not which it is."""
_RACEMIC: Final = re.compile(r"^(?:\(±\)|\(\+/-\)|\(\+-\)|\(RS\)|rac\.?|racemic|dl|\(dl\)|DL)[- ]+", re.IGNORECASE)
_DESCRIPTOR: Final = re.compile(r"^\(([RSEZ])\)-(?=\S)|^([EZ])-(?=[a-z])|^(cis|trans)-(?=[a-z])")
_SIGN: Final = re.compile(r"^(?:\((?P<sign>[+-])\)-|(?P<letter>[dl])-)(?=[A-Za-z])(?P<name>.+)$")
"""A sign of rotation; d- and l- of old are signs too, and D- and L- are not."""
_ASIDE: Final = re.compile(r"^(?P<name>.+?)\s+\((?!\d+(?::\d+)+\))(?P<inside>[^()]+(?:\([^()]*\)[^()]*)*)\)$")
"""A name with brackets behind it; those of a salt's ratio, (1:1), belong to its name."""
_ROTATION: Final = re.compile(r"^([DL])-?\s*\([+-]\)-?\s*(?=[A-Za-z])(.+)$")
_OPEN_STATE: Final = re.compile(
    r"^(iron|copper|tin|lead|manganese|chromium|mercury|gold|cobalt|titanium|vanadium|cerium|thallium|palladium|platinum|"
    r"molybdenum|tungsten|antimony|arsenic|bismuth|germanium|selenium|tellurium|niobium|tantalum|uranium|rhenium|osmium|"
    r"ruthenium|rhodium|iridium|europium|samarium|ytterbium) "
    r"(?!mono|di|bis|tri|tetra|penta|hexa|sesqui|hydrogen)[a-z]+(?:ide|ate|ite)$",
    re.IGNORECASE,
)
"""Salts of metals that have ions of several charges, without the charge: 'iron chloride'."""
_DEUTERATED: Final = re.compile(r"^(?:(?P<name>.+?)-[dD](?P<count>\d*)|[dD](?P<before>\d+)-(?P<named>.+))$")
_COUNTED: Final = re.compile(r"(?P<count>\d{1,2})?\s*(?P<name>[^\d\s].*)")
"""A part of an adduct: 2LiCl."""
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
            self._read_notation,
            self._look_up_solvate,
            self._look_up_rotation,
            self._look_up_racemate,
            self._look_up_sign,
            self._read_parts,
            self._read_adduct,
            self._read_aside,
            self._ask_opsin,
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
        if hit is None:
            return None
        found = _from_hit(hit)
        return self._doubt_isomer(found, name) if leaves_isomer_open(name) else found

    def _doubt_isomer(self, found: NameReading, name: str) -> NameReading:
        """Return a reading with the isomers that the name may mean; the one of the dictionary is kept."""
        try:
            isomers = list_isomers(name, found.smiles)
        except MissingDependencyError as error:
            self.unavailable = error
            return replace(found, doubts=(*found.doubts, "the name does not say which of several isomers is meant"))
        others = tuple(dict.fromkeys(one.smiles for one in isomers if one.smiles != found.smiles))
        return replace(found, doubts=(*found.doubts, _say_isomers(isomers)), others=(*found.others, *others))

    def _read_formula(self, name: str, depth: int) -> NameReading | None:
        smiles = parse_inorganic(name)
        if smiles is None:
            return None
        return NameReading(smiles, NameSource.FORMULA, (f"'{name}' read as the formula of a salt or oxide",))

    def _read_notation(self, name: str, depth: int) -> NameReading | None:
        found = read_notation(name)
        if found is None:
            return None
        smiles, kind = found
        return NameReading(smiles, NameSource.FORMULA, (f"'{name}' read as {kind}",))

    def _look_up_solvate(self, name: str, depth: int) -> NameReading | None:
        """Read a hydrate of a known compound; to OPSIN 'codeine phosphate hemihydrate' holds an ester."""
        split = split_counterparts(name, most=1)
        known = split is not None and bool(split[1]) and split[1][0].kind is Kind.NEUTRAL and find_name(split[0])
        return self._read_salt(name, depth, most=1) if known else None

    def _look_up_rotation(self, name: str, depth: int) -> NameReading | None:
        """Read D-(+)-glucose as D-glucose: the sign follows from the letter."""
        match = _ROTATION.match(name)
        hit = find_name(f"{match[1]}-{match[2]}") if match is not None else None
        return None if hit is None else _from_hit(hit)

    def _look_up_sign(self, name: str, depth: int) -> NameReading | None:
        """Read (+)-menthol as the mirror image of (-)-menthol, which the dictionaries have."""
        match = _SIGN.match(name)
        if match is None:
            return None
        sign = match["sign"] or {"d": "+", "l": "-"}[match["letter"]]
        if (hit := find_name(f"({sign})-{match['name']}")) is not None:
            return _from_hit(hit)
        opposite = "-" if sign == "+" else "+"
        hit = find_name(f"({opposite})-{match['name']}")
        mirrored = None if hit is None or hit.others else mirror_image(hit.smiles)
        if hit is None or mirrored is None:
            return None
        note = f"'{name}' read as the mirror image of '{hit.name}'"
        return replace(_from_hit(hit), smiles=mirrored, notes=(note,), hit=None)

    def _look_up_racemate(self, name: str, depth: int) -> NameReading | None:
        """Read the racemate of a known compound, whose sign means nothing to OPSIN."""
        bare = _RACEMIC.sub("", name)
        return self._read_racemate(name, depth) if bare != name and find_name(bare) is not None else None

    def _ask_opsin(self, name: str, depth: int) -> NameReading | None:
        found = self._read_systematic(name)
        oddity = None if found is None else find_oddity(name, found.smiles)
        return found if found is None or oddity is None else self._prefer_joined(name, found, oddity)

    def _prefer_joined(self, name: str, found: NameReading, oddity: str) -> NameReading:
        """Return what a name means whose words, read one by one, mean something unlikely."""
        joined = self._read_joined(name)
        if joined is None:
            return replace(found, doubts=(*found.doubts, f"the name is read word by word, though {oddity}"))
        if joined.smiles == found.smiles:
            return found
        doubt = f"read as one word, since {oddity}; word by word it would be {found.smiles}"
        return replace(joined, doubts=(doubt, *joined.doubts), others=(found.smiles, *joined.others))

    def _read_joined(self, name: str) -> NameReading | None:
        """Return what a name means with some of its words joined, as few as possible; None where that means nothing."""
        for names in join_words(name):
            read = {one: self._look_up(one, 0) or self._read_systematic(one) for one in names}
            likely = {one: way for one, way in read.items() if way and find_oddity(one, way.smiles) is None}
            structures = tuple(dict.fromkeys(way.smiles for way in likely.values()))
            if not structures:
                continue
            joined, first = next(iter(likely.items()))
            first = replace(first, notes=(*first.notes, f"'{name}' read as '{joined}'"), hit=None)
            if len(structures) == 1:
                return first
            doubt = f"its words can be joined otherwise, which gives {', '.join(structures[1:])}"
            return replace(first, doubts=(*first.doubts, doubt), others=(*first.others, *structures[1:]))
        return None

    def _read_systematic(self, name: str) -> NameReading | None:
        """Return what OPSIN reads in a name, with its warnings; None where it reads nothing or half of it."""
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
        if reading.warnings or leaves_isomer_open(name):
            return _doubt(found, name, reading)
        if (word := find_open_word(name)) is not None:
            return replace(found, doubts=(f"'{word}' does not say which of several isomers is meant",))
        if _is_acid_beside_no_base(smiles):
            doubt = "read as a mixture with a free acid, where an ester may be meant: nothing in it is a base"
            return replace(found, doubts=(doubt,))
        if (metal := _find_open_state(name)) is not None:
            doubt = f"the name does not say the oxidation state of {metal}"
            return replace(found, doubts=(doubt,))
        disputed = find_disputed(name)
        if disputed is None or disputed.smiles == smiles:
            return found
        doubt = f"the dictionary (source: {disputed.source}) has another structure for this name, {disputed.smiles}"
        return replace(found, doubts=(doubt,), others=(disputed.smiles,))

    def _read_parts(self, name: str, depth: int) -> NameReading | None:
        parts = [part for part in _PARTED.split(name) if part]
        if not 1 < len(parts) <= _MAX_PARTS:
            return None
        found = [self.read(part, depth + 1) for part in parts]
        if any(part is None for part in found):
            return None
        if len({part.smiles for part in found if part is not None}) == 1:  # names of one compound
            return found[0]
        return _join([part for part in found if part is not None], f"{len(parts)} names, each read by itself")

    def _read_adduct(self, name: str, depth: int) -> NameReading | None:
        """Read what stands side by side with a dot: ZnCl2·TMEDA, LaCl3·2LiCl."""
        parts = [_COUNTED.fullmatch(part.strip()) for part in name.split("·")]
        if len(parts) < 2 or None in parts:
            return None
        found: list[NameReading] = []
        for part in filter(None, parts):
            ways = (self._look_up, self._read_formula, self._read_notation)
            one = next((read for way in ways if (read := way(part["name"], depth)) is not None), None)
            if one is None:
                return None
            found += [one] * int(part["count"] or 1)
        return _join(found, f"'{name}' read part by part")

    def _read_aside(self, name: str, depth: int) -> NameReading | None:
        """Read a name with brackets behind it, which hold a second name or an amount: 'dimethylformamide (DMF)'."""
        match = _ASIDE.match(name)
        found = None if match is None else self.read(match["name"], depth + 1)
        if match is None or found is None:
            return None
        state = match["inside"].split(" in ")[0]  # 2.5 M in hexanes
        if is_condition(state) or _PREPARATION.fullmatch(f" {state}"):
            return replace(found, notes=(*found.notes, f"'({match['inside']})' is left out"), hit=None)
        other = self.read(match["inside"], depth + 1)
        if other is None:
            return None
        if other.smiles == found.smiles:
            return replace(found, hit=None)
        doubt = f"the brackets name another structure, {other.smiles}"
        return replace(found, doubts=(*found.doubts, doubt), others=(*found.others, other.smiles), hit=None)

    def _read_prepared(self, name: str, depth: int) -> NameReading | None:
        bare = _PREPARATION.sub("", name)
        return None if bare == name else self.read(bare, depth + 1)

    def _read_salt(self, name: str, depth: int, most: int = 4) -> NameReading | None:
        split = split_counterparts(name, most=most)
        parent = None if split is None else self.read(split[0], depth + 1)
        if split is None or parent is None:
            return None
        joined = join_counterparts(parent.smiles, split[1])
        if joined is None or _is_half_read(joined.smiles):
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
        """Read a descriptor before a name whose structure has one centre or double bond to bear it."""
        match = _DESCRIPTOR.match(name)
        parent = self.read(name[match.end() :], depth + 1) if match is not None else None
        if match is None or parent is None:
            return None
        label = match[1] or match[2] or {"cis": "Z", "trans": "E"}[match[3]]
        isomer = set_descriptor(parent.smiles, label)
        if isomer is not None:
            note = f"'{name[match.end() :]}' with its only stereocentre or double bond set to {label}"
            return NameReading(isomer, parent.source, (*parent.notes, note), parent.doubts)
        if Chem.FindPotentialStereo(parse_smiles(parent.smiles)):
            return None
        doubt = f"the ({label}) of the name, that of an axis perhaps, cannot be written in SMILES and is left out"
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
        if self.unavailable is not None:
            return None
        hit = find_joined_name(name)
        return self._read_joined(name) if hit is None else _from_hit(hit)


def _from_hit(hit: NameHit) -> NameReading:
    """Return the reading of an entry of the dictionaries."""
    notes, doubts = describe_entry(hit)
    others = tuple(other.smiles for other in hit.others)
    return NameReading(hit.smiles, NameSource.DICTIONARY, notes, doubts, others, hit)


def _doubt(found: NameReading, name: str, reading: OpsinReading) -> NameReading:
    """Return a reading with OPSIN's warnings, and with the isomers that an ambiguous name may mean."""
    if not reading.is_ambiguous and reading.warnings:
        return replace(found, doubts=reading.warnings)
    isomers = list_isomers(name, found.smiles)
    different = list(dict.fromkeys(isomer.smiles for isomer in isomers))
    if not different:
        return replace(found, doubts=reading.warnings or ("the name does not say which of several isomers is meant",))
    # The first is one that the dictionaries know; what OPSIN took may be none of them: nitro groups on a methyl.
    chosen = different[0]
    if len(different) == 1 and not is_branched_alkane(name):
        return replace(found, doubts=reading.warnings)  # others are not found by locants before the name
    if len(different) == 1:
        note = f"{isomers[0].name} is the only isomer of this name"
        return replace(found, smiles=chosen, notes=(*found.notes, note))
    others = tuple(one for one in different if one != chosen)
    return replace(found, smiles=chosen, doubts=(_say_isomers(isomers),), others=others)


def _say_isomers(isomers: Sequence[Isomer]) -> str:
    """Return which isomers a name may mean."""
    shown = ", ".join(f"{isomer.name} {isomer.smiles}" for isomer in isomers[:_SHOWN_ISOMERS])
    more = f" and {len(isomers) - _SHOWN_ISOMERS} more" if len(isomers) > _SHOWN_ISOMERS else ""
    return f"the name does not say which of {len(isomers)} isomers is meant: {shown}{more}"


_SHOWN_ISOMERS: Final = 8


def _find_open_state(name: str) -> str | None:
    """Return the metal of a salt whose name leaves the charge open; None where there is none."""
    match = _OPEN_STATE.match(name)
    return None if match is None else match[1].lower()


def _join(parts: list[NameReading], note: str) -> NameReading:
    """Return several names read as one mixture."""
    smiles = canonicalize_smiles(".".join(part.smiles for part in parts))
    notes = tuple(dict.fromkeys((note, *(one for part in parts for one in part.notes))))
    doubts = tuple(dict.fromkeys(one for part in parts for one in part.doubts))
    return NameReading(smiles, parts[0].source, notes, doubts)


def _is_half_read(smiles: str) -> bool:
    """Whether OPSIN left a part of a name as it cannot be: a bare metal or halogen beside others, or a net charge."""
    parts = smiles.split(".")
    if len(parts) == 1:
        return False
    mols = [parse_smiles(part) for part in parts]
    bare = any(mol.GetNumAtoms() == 1 and _is_impossible(mol.GetAtomWithIdx(0)) for mol in mols)
    return bare or sum(map(Chem.GetFormalCharge, mols)) != 0


_FREE_ACIDS: Final = frozenset(
    canonicalize_smiles(smiles) for smiles in ("OP(O)(O)=O", "OS(O)(=O)=O", "O[N+](=O)[O-]", "CS(O)(=O)=O")
)


def _is_acid_beside_no_base(smiles: str) -> bool:
    """Whether a free acid stands beside what has no nitrogen to take its proton: 'glucose phosphate' is an ester."""
    parts = smiles.split(".")
    others = [part for part in parts if part not in _FREE_ACIDS]
    if len(others) in (0, len(parts)):
        return False
    return not any(atom.GetSymbol() in ("N", "P") for part in others for atom in parse_smiles(part).GetAtoms())


def _is_impossible(atom: Chem.Atom) -> bool:
    """Whether a lone atom is a bare metal, lacks its bonds (the bromine of 'bromine water'), or is an ion like Al2+."""
    charge = atom.GetFormalCharge()
    if charge == 0:
        return atom.GetSymbol() in METALS or atom.GetNumRadicalElectrons() > 0
    return charge > 0 and charge not in METALS.get(atom.GetSymbol(), (charge,))

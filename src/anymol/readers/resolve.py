"""From whatever text a person gives to a molecule, saying how it was understood.

The order is fixed: existing file, SMILES, SELFIES, InChI, dictionary of names, OPSIN, and last, where the caller asks
for it, the model's own name -> molecule. Letters that are SMILES and an abbreviation alike (NBS, PCC, NO) are read by
the rule of :mod:`anymol.chem.letters`, and both readings are told; ``mol_type`` overrides the order.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from rdkit import Chem, rdBase
from rdkit.Chem import rdMolDescriptors

from anymol.bounds import MAX_ATOMS
from anymol.chem.abbreviations import find_group
from anymol.chem.cxsmiles import parse_extended, split_extended
from anymol.chem.diagnosis import LOOK_ALIKES, MAX_LENGTH, Cause
from anymol.chem.formula import parse_formula, weigh_formula
from anymol.chem.inorganic import parse_inorganic
from anymol.chem.keys import is_metal
from anymol.chem.letters import judge_letters
from anymol.chem.name_reading import NameReading, read_name, read_notation
from anymol.chem.names import find_name, has_cas_form, is_cas_number
from anymol.chem.notation import MOL_OPEN, SYMBOL_SIGN, read_surface
from anymol.chem.opsin import MAX_NAME_LENGTH
from anymol.chem.parsing import (
    ODD_DATIVE_BOND,
    canonicalize_smiles,
    has_odd_dative_bond,
    try_parse_smiles,
    write_canonical,
)
from anymol.chem.selfies import is_selfies_form, read_selfies
from anymol.chem.usual_tautomer import write_usual_tautomer
from anymol.errors import (
    InvalidFileError,
    InvalidInchiError,
    InvalidSelfiesError,
    InvalidSmilesError,
    UnknownNameError,
    UserError,
    shorten,
)
from anymol.readers.content import STATES_NO_BONDS
from anymol.readers.molecules import find_kind, read_molecules
from anymol.readers.paths import expand_path, is_directory, is_file
from anymol.unicode import require_unicode

NameModel = Callable[[str], tuple[str, float]]
"""Name -> (SMILES, probability): the model's own reading of a name, handed in by inference."""

_FILE_SUFFIXES = frozenset({".sdf", ".sd", ".mol", ".mdl", ".xyz", ".smi", ".smiles", ".ism"})
_IONS_APART = re.compile(r"[+-]+\]|\]\.\[")
_ONE_ATOM = re.compile(r"Cl|Br|[BCNOPSFI]")
_ATOMIC_NUMBER = re.compile(r"\[#\d+\]")
_TAGGED = re.compile(r"<\s*(SMILES|SELFIES|INCHI|IUPAC|NAME)\s*>(.*?)(?:</\s*\1\s*>)?", re.IGNORECASE | re.DOTALL)
_INCHIKEY = re.compile(r"(?:InChIKey=)?[A-Z]{14}-[A-Z]{10}-[A-Z]")
_DATABASE_NUMBER = re.compile(
    r"(?:CHEMBL|(?:PubChem )?[CS]ID:? ?|CHEBI:? ?|HMDB|ZINC|MFCD|DTXSID|DB)\d+", re.IGNORECASE
)
_SHORTEST_BESIDE_COLUMNS = 3
"""Characters of a SMILES that a name may follow: 'N acetylcysteine' is a name with a slip."""
_SMILES_ONLY = re.compile(r"[A-Za-z0-9@+\-\[\]()=#$:/\\.%*~<>]+")


class MolType(StrEnum):
    """What a text is said to be, where the fixed order shall not decide."""

    FILE = "file"
    SMILES = "smiles"
    SELFIES = "selfies"
    INCHI = "inchi"
    NAME = "name"


_TAG_TYPES = {
    "SMILES": MolType.SMILES,
    "SELFIES": MolType.SELFIES,
    "INCHI": MolType.INCHI,
    "IUPAC": MolType.NAME,
    "NAME": MolType.NAME,
}


class WrittenForm(StrEnum):
    """How a text was understood."""

    FILE = "file"
    SMILES = "smiles"
    SELFIES = "selfies"
    INCHI = "inchi"
    DICTIONARY = "dictionary"
    FORMULA = "formula"
    OPSIN = "opsin"
    MODEL = "model"


@dataclass(frozen=True)
class Molecule:
    """A molecule, and how it was understood.

    Attributes:
        smiles: Canonical SMILES.
        written: The molecule's SMILES in the atom order given (what a model is shown); canonical where none was given.
        origin: How the text was understood.
        given: The text as given.
        probability: The model's probability, where the model read the name; else None.
        notes: What the reader should know, in sentences: repairs, other readings, other records in the file.
        doubts: Why another molecule may be meant, in sentences; empty where the text means this one.
        others: The other molecules that may be meant, as canonical SMILES, where they are known.
        is_perceived: Whether its bonds were perceived from coordinates.
    """

    smiles: str
    written: str
    origin: WrittenForm
    given: str
    probability: float | None = None
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    is_perceived: bool = False

    @classmethod
    def parse(cls, given: str | Path | Chem.Mol, mol_type: MolType | str | None = None) -> Molecule:
        """Return the molecule that a text, a file or an RDKit molecule means.

        Args:
            given: SMILES, SELFIES, InChI, a name, the path of a file, or an RDKit molecule.
            mol_type: What a text is (``smiles``, ``name``, ...); None finds out.

        Raises:
            UserError: Nothing reads it.

        >>> print(Molecule.parse("aspirin"))
        CC(=O)Oc1ccccc1C(=O)O (dictionary: aspirin)
        """
        match given:
            case Chem.Mol():
                smiles = write_mol(given)
                return cls(smiles, smiles, WrittenForm.SMILES, smiles)
            case Path():
                return resolve_molecule(str(given), MolType.FILE)
            case str():
                return resolve_molecule(given, _read_type(mol_type))
            case _:
                raise UserError(
                    f"a {type(given).__name__} is not a molecule",
                    value=given,
                    hint="give a text, a Path or an RDKit Mol",
                )

    def __str__(self) -> str:
        return f"{self.smiles} ({self.origin}: {shorten(self.given)})" if self.given != self.smiles else self.smiles

    def _repr_html_(self) -> str:
        from anymol.chem.depiction import render_inline  # draws, which few callers do

        return render_inline(self.smiles, [str(self), *self.doubts, *self.notes])


def resolve_molecule(
    text: str,
    mol_type: MolType | None = None,
    name_model: NameModel | None = None,
    *,
    charge: int | None = None,
    files: bool = True,
) -> Molecule:
    """Return the molecule that `text` means.

    Args:
        text: A path, SMILES, SELFIES, InChI or name.
        mol_type: What the text is, where that is known; only this reading is tried.
        name_model: The model's own name -> molecule, asked last; its probability stays with the result.
        charge: Total charge, where the text is the path of a file of coordinates.
        files: Whether the text may be the path of a file where nothing is said of it.

    Raises:
        UnknownNameError: Nothing reads the text; the nearest names, or why it is not a SMILES, are in the hint.
        UserError: `mol_type` was given and this reading fails, or the text is a file that cannot be read.

    >>> resolve_molecule("aspirin").smiles
    'CC(=O)Oc1ccccc1C(=O)O'
    """
    given = text.strip()
    if MOL_OPEN in given or SYMBOL_SIGN in given:  # copied from a prompt or a model's answer
        given = read_surface(given)
    if not given:
        raise UserError("the molecule is empty", hint="give a SMILES, SELFIES, InChI, name or file")
    if (tagged := _TAGGED.fullmatch(given)) is not None and tagged[2].strip():
        # As LlaSMol and others mark what a text is.
        given, mol_type = tagged[2].strip(), mol_type or _TAG_TYPES[tagged[1].upper()]
    if mol_type is not MolType.FILE and not (files and is_file(given)):  # a path may hold bytes that are not text
        require_unicode(given, "the molecule")
    match mol_type:
        case MolType.FILE:
            return _read_file(given, charge)
        case MolType.SMILES:
            return _read_smiles(given)
        case MolType.SELFIES:
            return _read_selfies(given)
        case MolType.INCHI:
            return _read_inchi(given)
        case MolType.NAME:
            return _read_name(given, name_model)
        case None:
            return _read_file(given, charge) if files and is_file(given) else _read_any(given, name_model)


def write_mol(mol: Chem.Mol) -> str:
    """Return the canonical SMILES of an RDKit molecule.

    Raises:
        InvalidSmilesError: RDKit cannot write it.
    """
    try:
        return canonicalize_smiles(Chem.MolToSmiles(mol))
    except (RuntimeError, ValueError) as error:  # RDKit's own, of molecules that were never sanitised
        raise InvalidSmilesError(
            f"the RDKit molecule cannot be written as SMILES: {shorten(error)}", hint="sanitise it first"
        ) from error


def _read_type(mol_type: MolType | str | None) -> MolType | None:
    try:
        return None if mol_type is None else MolType(mol_type)
    except ValueError:
        raise UserError(
            f"'{mol_type}' is not a type of molecule text", value=mol_type, hint=f"known: {', '.join(MolType)}"
        ) from None


def _read_any(text: str, name_model: NameModel | None) -> Molecule:
    """Try the readings of a text that is not a file, in their fixed order."""
    if len(text) > 4 * MAX_LENGTH:
        raise UserError(f"the text has {len(text):,} characters", value=text, hint=f"at most {MAX_LENGTH:,} are read")
    if text.startswith("InChI="):
        return _read_inchi(text)
    if split_extended(text):
        return _read_smiles(text)
    as_smiles = try_parse_smiles(text)
    # Bracketed symbols alone can be both: [C][C] is ethane in either notation, and [C][=O] is not a SMILES at all.
    if _is_several_symbols(text) and (isinstance(as_smiles, InvalidSmilesError) or _is_meant_as_selfies(text)):
        try:
            return _read_selfies(text)
        except InvalidSelfiesError:
            if isinstance(as_smiles, InvalidSmilesError) and _IONS_APART.search(text):
                raise as_smiles from None  # '[PF6-].[Na+]' was never meant as SELFIES, which writes [Na+1]
            raise
    if not isinstance(as_smiles, InvalidSmilesError):
        return _read_letters(as_smiles, text)
    _refuse_other_things(text, as_smiles)
    # A SMILES with a slip, or a formula of a molecule, is answered without OPSIN, which takes a second to start.
    if find_name(text) is None and parse_inorganic(text) is None and read_notation(text) is None:
        if (group := find_group(text)) is not None:
            raise UnknownNameError(
                f"this is the abbreviation of a group, {group}, and not of a compound",
                value=text,
                hint="name the compound: not Boc but Boc2O",
            )
        if _is_formula(text):
            raise UnknownNameError(
                "this is a molecular formula, which many structures share",
                value=text,
                hint=f"it weighs {weigh_formula(parse_formula(text)):.2f} g/mol; give the name or the SMILES",
            )
        if _looks_like_smiles(text) or _is_smiles_but_for_characters(text, as_smiles):
            raise as_smiles
    return _read_name(text, name_model)


def _read_file(text: str, charge: int | None) -> Molecule:
    """Return the first molecule of a file; further ones are noted."""
    path = expand_path(text)
    rows = read_molecules(path, charge=charge)
    first = next(rows, None)
    if first is None:
        raise InvalidFileError("the file holds no molecule", value=path)
    if first.smiles is None:
        raise InvalidFileError(f"the first record of the file cannot be read: {first.error}", value=path)
    notes = (f"read from {path.name}", *first.notes)
    if next(rows, None) is not None:
        notes += ("the file holds more molecules; this is the first one",)
    smiles = canonicalize_smiles(first.smiles)
    is_perceived = find_kind(path) in STATES_NO_BONDS
    return Molecule(smiles, first.smiles, WrittenForm.FILE, text, notes=notes, is_perceived=is_perceived)


def _read_smiles(text: str) -> Molecule:
    if extended := split_extended(text):
        molecule, notes = parse_extended(extended)
        smiles = write_canonical(molecule)
        return Molecule(smiles, smiles, WrittenForm.SMILES, text, notes=notes)
    mol = try_parse_smiles(text)
    if isinstance(mol, InvalidSmilesError):
        raise mol
    return _from_mol(mol, text)


def _read_letters(mol: Chem.Mol, text: str) -> Molecule:
    """Read a text that parses as SMILES, which an abbreviation or a formula may too."""
    judged = judge_letters(text, mol)
    found = _from_mol(mol, text) if judged.hit is None else _from_reading(read_name(text), text)
    return found if judged.doubt is None else replace(found, doubts=(judged.doubt, *found.doubts))


def _from_mol(mol: Chem.Mol, text: str) -> Molecule:
    notes: tuple[str, ...] = ()
    if _ONE_ATOM.fullmatch(text):
        notes = (f"'{text}' is read as SMILES, {rdMolDescriptors.CalcMolFormula(mol)}; for the element give its name",)
    elif _is_several_symbols(text) and (other := _read_other(text)) is not None:
        notes = (f"read as SMILES; as SELFIES these symbols would be {other}",)
    return Molecule(write_canonical(mol), text, WrittenForm.SMILES, text, notes=notes, doubts=_doubt_signs(mol, text))


def _doubt_signs(mol: Chem.Mol, text: str) -> tuple[str, ...]:
    """Return what arrows, and signs of patterns (SMARTS), in a SMILES were taken for."""
    doubts: tuple[str, ...] = (ODD_DATIVE_BOND,) if has_odd_dative_bond(mol) else ()
    if any(bond.GetBondType() == Chem.BondType.UNSPECIFIED for bond in mol.GetBonds()):
        doubts += ("'~' leaves open which bond it is; hydrogens are counted as if there were none",)
    if any(bond.GetBondType() == Chem.BondType.AROMATIC and not bond.IsInRing() for bond in mol.GetBonds()):
        doubts += ("':' outside a ring leaves open which bond it is; hydrogens may be missing",)
    if (number := _ATOMIC_NUMBER.search(text)) is not None:
        doubts += (f"'{number[0]}' is an atom of a pattern; it is read as an atom without hydrogens",)
    return doubts


def _read_selfies(text: str) -> Molecule:
    decoding = read_selfies(text)
    smiles = canonicalize_smiles(decoding.smiles)
    notes: tuple[str, ...] = ()
    if decoding.repaired:
        notes += ("the SELFIES broke valence rules and was repaired while decoding",)
    as_smiles = try_parse_smiles(text)
    if not isinstance(as_smiles, InvalidSmilesError) and (other := write_canonical(as_smiles)) != smiles:
        notes += (f"read as SELFIES; as SMILES these symbols would be {other}",)
    return Molecule(smiles, smiles, WrittenForm.SELFIES, text, notes=notes)


def _read_other(text: str) -> str | None:
    """Return what SELFIES reads in symbols that were read as SMILES; None where it is the same or nothing."""
    try:
        other = canonicalize_smiles(read_selfies(text).smiles)
    except UserError:
        return None
    return None if other == canonicalize_smiles(text) else other


def _is_several_symbols(text: str) -> bool:
    """Whether a text is several bracketed symbols and nothing else, as SELFIES are and SMILES can be."""
    return is_selfies_form(text) and text.count("[") > 1


def _is_meant_as_selfies(text: str) -> bool:
    """Whether several bracketed symbols, a SMILES too, are meant as SELFIES.

    In SMILES ``[C]`` is a carbon without hydrogens, which nobody bonds to anything.
    """
    return "[C]" in text or "Ring" in text or "Branch" in text


def _read_inchi(text: str) -> Molecule:
    if len(text) > MAX_LENGTH or not text.isprintable():
        raise InvalidInchiError("the InChI is too long or holds control characters", value=text)
    with rdBase.BlockLogs():
        mol = Chem.MolFromInchi(text)
    if mol is None or not mol.GetNumAtoms():
        raise InvalidInchiError(
            "the InChI does not parse", value=text, hint="an InChI looks like InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3"
        )
    if mol.GetNumHeavyAtoms() > MAX_ATOMS:
        raise InvalidInchiError(
            f"the InChI has {mol.GetNumHeavyAtoms():,} heavy atoms", value=text, hint=f"at most {MAX_ATOMS:,} are read"
        )
    written = write_canonical(mol)
    smiles = write_usual_tautomer(written)
    notes = () if smiles == written else (f"an InChI leaves mobile hydrogens open; it may mean {written} too",)
    return Molecule(smiles, smiles, WrittenForm.INCHI, text, notes=notes, doubts=_doubt_cut_bonds(mol))


def _doubt_cut_bonds(mol: Chem.Mol) -> tuple[str, ...]:
    """Doubt what is read from an InChI with metals: it tells no bonds to them, and nowhere where their charges are."""
    lone = [atom for atom in mol.GetAtoms() if is_metal(atom) and not atom.GetDegree() and not atom.GetFormalCharge()]
    if not lone or mol.GetNumAtoms() == 1:
        return ()
    return (f"an InChI tells no bonds to {lone[0].GetSymbol()}: which atoms it binds, and its charge, are open",)


def _refuse_other_things(text: str, as_smiles: InvalidSmilesError) -> None:
    """Refuse texts that are certainly something else than a name."""
    if as_smiles.cause is Cause.REACTION:
        raise as_smiles
    if is_cas_number(text):
        raise UnknownNameError(
            "this is a CAS Registry Number, and those are licensed and cannot be looked up here",
            value=text,
            hint="give the name or the SMILES of the compound",
        )
    if has_cas_form(text):
        raise UnknownNameError(
            "this is written like a CAS Registry Number, but its check digit is wrong",
            value=text,
            hint="give the name or the SMILES of the compound",
        )
    if _DATABASE_NUMBER.fullmatch(text):
        raise UnknownNameError(
            "this is a number in a database, which cannot be looked up here",
            value=text,
            hint="give the name or the SMILES of the compound",
        )
    if _INCHIKEY.fullmatch(text):
        raise UnknownNameError(
            "this is an InChIKey, which cannot be turned back into a structure",
            value=text,
            hint="give the InChI itself",
        )
    if Path(text).suffix.lower() in _FILE_SUFFIXES and " " not in text:
        raise InvalidFileError("there is no such file", value=text, hint="check the path")
    if ("/" in text or text in (".", "..")) and is_directory(text):
        raise InvalidFileError("this is a directory", value=text, hint="give a file")
    if len(text) > MAX_NAME_LENGTH:
        raise as_smiles


def _read_name(text: str, name_model: NameModel | None) -> Molecule:
    """Read a name: dictionaries, OPSIN and what is made of them; the model, where the caller asks it."""
    try:
        return _from_reading(read_name(text), text)
    except UnknownNameError:
        guess = None if name_model is None else _ask_model(text, name_model)
        if guess is None:
            raise
        return guess


def _from_reading(reading: NameReading, text: str) -> Molecule:
    form = WrittenForm(reading.source.value)
    return Molecule(
        reading.smiles, reading.smiles, form, text, notes=reading.notes, doubts=reading.doubts, others=reading.others
    )


def _ask_model(text: str, name_model: NameModel) -> Molecule | None:
    """Return the model's reading of a name, where it is a valid molecule."""
    smiles, probability = name_model(text)
    mol = try_parse_smiles(smiles)
    if isinstance(mol, InvalidSmilesError):
        return None
    doubt = f"the model's own guess at the name, right with probability {probability:.2f}"
    return Molecule(write_canonical(mol), smiles, WrittenForm.MODEL, text, probability=probability, doubts=(doubt,))


def _looks_like_smiles(text: str) -> bool:
    """Whether a text that failed as SMILES was most likely meant as one, so that its own error helps more."""
    if not _SMILES_ONLY.fullmatch(text) or not re.search(r"[A-Z0-9\[(=#]", text):
        return False
    letters = re.sub(r"[^A-Za-z]", "", re.sub(r"\[[^\]]*\]|Cl|Br", "", text))
    foreign = sum(letter not in "BCNOPSFIbcnops" for letter in letters)
    return foreign <= 1 and bool(re.search(r"[BCNOPSFIbcnops\[]", text))


def _is_smiles_but_for_characters(text: str, as_smiles: InvalidSmilesError) -> bool:
    """Whether only look-alike characters, or columns after white space, keep a text from being a SMILES."""
    first, *columns = text.translate(str.maketrans(LOOK_ALIKES)).split()
    if columns and (as_smiles.cause is not Cause.WHITE_SPACE or len(first) < _SHORTEST_BESIDE_COLUMNS):
        return False
    return not isinstance(try_parse_smiles(first), InvalidSmilesError)


def _is_formula(text: str) -> bool:
    """Whether a text that is not a SMILES counts atoms: each element once, some with a number of 2 or more."""
    try:
        counts = parse_formula(text)
    except UserError:
        return False
    once = len(counts) == sum(character.isupper() for character in text)
    return text.isalnum() and once and len(counts) > 1 and max(counts.values()) > 1

"""Which measurements of a store are of the molecule asked about: the very one, or how the measured one differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from anymol.chem.fragments import analyze_composition
from anymol.chem.key_parts import NO_STEREO, connectivity_part, stereo_part
from anymol.chem.keys import inchikey
from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidSmilesError
from anymol.retrieval.measured_properties.store import MeasuredMolecule, Origin, PropertyStore, Spread

_LARGEST: Final = 60
"""Most heavy atoms of a molecule whose tautomers are enumerated."""


class Relation(StrEnum):
    """How a measured molecule differs from the one asked about; its value says so in words, after 'measured'."""

    SAME = "the same molecule"
    STEREO_OPEN = "of a certain stereoisomer; the question leaves the stereochemistry open"
    STEREO_UNSTATED = "without stated stereochemistry"
    PROTONATION = "of another protonation state"
    STEREOISOMER = "of another stereoisomer or isotopologue"
    TAUTOMER = "of another tautomer"
    PARENT = "of the neutral parent, not of this salt or mixture"
    SALT = "of a salt or mixture of this molecule"

    def holds(self, origin: Origin) -> bool:
        """Whether the value may be given for the molecule asked about without a doubt.

        A sample whose stereochemistry nobody stated was a mixture or the usual isomer; what was computed is of one.
        """
        return self in (Relation.SAME, Relation.STEREO_OPEN) or (
            self is Relation.STEREO_UNSTATED and origin is Origin.MEASURED
        )


@dataclass(frozen=True)
class Match:
    """What was measured of a molecule or of its nearest relative.

    Attributes:
        relation: How the measured molecules differ from the one asked about.
        molecules: The measured molecules; of stereoisomers there may be several.
        spread: All values.
        others: What was measured of less near relatives of the same connectivity: other stereoisomers, salts.
    """

    relation: Relation
    molecules: tuple[MeasuredMolecule, ...]
    spread: Spread
    others: tuple[tuple[Relation, Spread], ...] = ()


def find_match(store: PropertyStore, name: str, smiles: str) -> Match | None:
    """Return the measurements of a molecule, or else of its nearest relative; None where there are none.

    Args:
        store: The store.
        name: Name of the property.
        smiles: The molecule.

    Raises:
        InvalidSmilesError: The SMILES is invalid.
    """
    try:
        key = inchikey(smiles)
    except InvalidSmilesError:
        parse_smiles(smiles)  # what InChI cannot describe, such as a dummy atom, was not measured
        return None
    if store.is_computed(name):
        return _match_structure(store, name, smiles, key)
    pairs = [(_relate(key, one.inchikey), one) for one in store.find_block(connectivity_part(key))]
    pairs += [(Relation.SALT, one) for one in store.find_salts(connectivity_part(key)) if _list_parents(one.smiles)]
    found = _sort(name, pairs) or _sort(name, _list_relatives(store, smiles, key))
    if not found:
        return None
    (relation, molecules), *others = found.items()
    gathered = tuple((other, _gather(name, measured)) for other, measured in others)
    return Match(relation, tuple(molecules), _gather(name, molecules), gathered)


def _match_structure(store: PropertyStore, name: str, smiles: str, key: str) -> Match | None:
    """Return what was computed of this very structure: of another tautomer, charge or salt it is another number."""
    flat = write_flat(smiles)
    same = [one for one in store.find_block(connectivity_part(key)) if write_flat(one.smiles) == flat]
    found = _sort(name, ((_relate(key, one.inchikey), one) for one in same))
    if not found:
        return None
    molecules = next(iter(found.values()))
    # The mirror image of a molecule has the same energy and dipole moment.
    relation = Relation.STEREO_UNSTATED if has_diastereomers(smiles) else Relation.SAME
    return Match(relation, tuple(molecules), _gather(name, molecules))


def write_flat(smiles: str) -> str:
    """Return the canonical SMILES of a molecule without its stereochemistry.

    Raises:
        InvalidSmilesError: The SMILES is invalid.
    """
    mol = Chem.Mol(parse_smiles(smiles))
    Chem.RemoveStereochemistry(mol)
    return Chem.MolToSmiles(mol)


def has_diastereomers(smiles: str) -> bool:
    """Whether a molecule may have stereoisomers that are not its mirror image: a double bond, or two stereocentres."""
    found = Chem.FindPotentialStereo(parse_smiles(smiles))
    return len(found) > 1 or any(one.type is not Chem.StereoType.Atom_Tetrahedral for one in found)


def _sort(name: str, pairs: Iterable[tuple[Relation, MeasuredMolecule]]) -> dict[Relation, list[MeasuredMolecule]]:
    """Return the molecules of which a property was measured, by their relation, the nearest first."""
    found: dict[Relation, list[MeasuredMolecule]] = {}
    for relation, one in pairs:
        if name in one.values and one not in found.setdefault(relation, []):
            found[relation].append(one)
    return {relation: found[relation] for relation in Relation if found.get(relation)}


def _gather(name: str, molecules: Iterable[MeasuredMolecule]) -> Spread:
    return Spread(tuple(value for one in molecules for value in one.values[name]))


def _relate(asked: str, measured: str) -> Relation:
    """Return how two InChIKeys of one connectivity differ."""
    if asked == measured:
        return Relation.SAME
    own, other = stereo_part(asked), stereo_part(measured)
    if own == other:
        return Relation.PROTONATION
    if own == NO_STEREO:
        return Relation.STEREO_OPEN
    return Relation.STEREO_UNSTATED if other == NO_STEREO else Relation.STEREOISOMER


def _list_relatives(store: PropertyStore, smiles: str, key: str) -> Iterator[tuple[Relation, MeasuredMolecule]]:
    """Yield tautomers, the parent of a salt, and other salts of it, which have keys of their own."""
    for other in sorted(_list_tautomer_blocks(smiles) - {connectivity_part(key)}):
        yield from ((Relation.TAUTOMER, one) for one in store.find_block(other))
    for parent in _list_parents(smiles):
        try:
            block = connectivity_part(inchikey(parent))
        except InvalidSmilesError:
            continue
        if block != connectivity_part(key):
            yield from ((Relation.PARENT, one) for one in store.find_block(block))
            yield from ((Relation.SALT, one) for one in store.find_salts(block) if _list_parents(one.smiles))


def _list_parents(smiles: str) -> tuple[str, ...]:
    """Return the organic parent of a salt, neutral and as written; nothing of a mixture or a complex."""
    composition = analyze_composition(smiles)
    partners = (Chem.MolFromSmiles(one) for one in composition.counterparts)
    if any(is_partner(mol) for mol in partners if mol is not None):
        return ()
    return tuple(dict.fromkeys((composition.parent_neutral, composition.parent)))


_COUNTERION_ATOMS: Final = 9
"""Heavy atoms up to which a neutral organic molecule beside another may be an acid or base of a salt."""


_PLAIN_ELEMENTS: Final = frozenset({1, 3, 5, 6, 7, 8, 9, 11, 12, 14, 15, 16, 17, 19, 20, 35, 37, 38, 53, 55, 56})
"""Elements of counter-ions that hold nothing but charge; any other metal may be bound to what stands beside it."""


def is_partner(mol: Chem.Mol) -> bool:
    """Whether a fragment beside another is more than a counter-ion or water of crystallisation.

    Ions are counter-ions, but for metals that form complexes. Of neutral organic molecules the acids are, since a salt
    is often written as acid and base.
    """
    if any(atom.GetAtomicNum() not in _PLAIN_ELEMENTS for atom in mol.GetAtoms()):
        return True
    if Chem.GetFormalCharge(mol) or not any(atom.GetAtomicNum() == 6 for atom in mol.GetAtoms()):
        return False
    is_acid = mol.HasSubstructMatch(_acids())
    return not (is_acid and mol.GetNumHeavyAtoms() <= _COUNTERION_ATOMS)


@cache
def _acids() -> Chem.Mol:
    """Return the pattern of a carboxylic or sulfonic acid."""
    return Chem.MolFromSmarts("[CX3,SX4](=O)[OX2H1]")


def _list_tautomer_blocks(smiles: str) -> set[str]:
    """Return the connectivity blocks of a molecule's tautomers that InChI itself tells apart."""
    mol = parse_smiles(smiles)
    if mol.GetNumHeavyAtoms() > _LARGEST or "." in smiles:
        return set()
    with rdBase.BlockLogs():
        found = {connectivity_part(Chem.MolToInchiKey(one)) for one in _tautomers().Enumerate(mol)}
    return found - {""}


@cache
def _tautomers() -> rdMolStandardize.TautomerEnumerator:
    enumerator = rdMolStandardize.TautomerEnumerator()
    enumerator.SetMaxTautomers(32)
    enumerator.SetMaxTransforms(64)
    return enumerator

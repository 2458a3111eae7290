"""Counts by a program's definition: hydrogen bonds, rotatable bonds, rings, saturation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from rdkit import Chem
from rdkit.Chem import Lipinski, rdMolDescriptors

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Result, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.calculations.salts import note_parent
from anymol.chem.descriptors import DESCRIPTORS
from anymol.errors import UserError

_ASPIRIN: Final = ("CC(=O)Oc1ccccc1C(=O)O",)

# RDKit's patterns ask for exactly one H on oxygen and sulfur, so that water would have no donor and no acceptor.
_HYDRIDE_DONORS: Final = Chem.MolFromSmarts("[$([OH2,OH3+,SH2,SH3+;D0])]")
_HYDRIDE_ACCEPTORS: Final = Chem.MolFromSmarts("[$([OH2,SH2;D0;+0])]")


def find_donors(mol: Chem.Mol) -> tuple[int, ...]:
    """Return the atoms that give hydrogen bonds: N, O and S that bear hydrogen."""
    return _find(mol, Lipinski.HDonorSmarts, _HYDRIDE_DONORS)


def find_acceptors(mol: Chem.Mol) -> tuple[int, ...]:
    """Return the atoms that take hydrogen bonds, amide nitrogen and the like left out."""
    return _find(mol, Lipinski.HAcceptorSmarts, _HYDRIDE_ACCEPTORS)


def _find(mol: Chem.Mol, *patterns: Chem.Mol) -> tuple[int, ...]:
    atoms = {atom for pattern in patterns for (atom,) in mol.GetSubstructMatches(pattern, maxMatches=100_000)}
    return tuple(sorted(atoms))


def list_atoms(mol: Chem.Mol, atoms: tuple[int, ...]) -> tuple[Part, ...]:
    """Return one part per atom, named by its symbol and its place in the SMILES, counted from 1."""
    return tuple(Part(name_atom(mol, index), "", None, (index,)) for index in atoms)


def name_atom(mol: Chem.Mol, index: int) -> str:
    """Return what a sentence calls an atom: its symbol and its place in the SMILES, counted from 1."""
    return f"{mol.GetAtomWithIdx(index).GetSymbol()}{index + 1}"


def count_phrase(count: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{count} {singular if count == 1 else plural or f'{singular}s'}"


def _count_sites(
    find: Callable[[Chem.Mol], tuple[int, ...]], count_by_lipinski: Callable[[Chem.Mol], int], noun: str, rule: str
) -> Callable[[Inquiry], Result]:
    def compute(asked: Inquiry) -> Result:
        subject = asked.subjects[0]
        mol = complete(subject)
        atoms = find(mol)
        listed = ", ".join(name_atom(mol, atom) for atom in atoms)
        statement = f"{subject.shown} has {count_phrase(len(atoms), noun)}{f' ({listed})' if atoms else ''}."
        notes: tuple[str, ...] = (f"by Lipinski's count ({rule}) {count_by_lipinski(mol)}",)
        notes += note_parent(subject, lambda one: str(len(find(one))))
        smiles = subject.smiles if atoms else ""
        return Result(len(atoms), str(len(atoms)), statement, parts=list_atoms(mol, atoms), notes=notes, smiles=smiles)

    return compute


HBOND_DONORS: Final = Calculation(
    name="hbond_donors",
    title="hydrogen-bond donors",
    words=(
        "hydrogen bond donor", "h bond donor", "hbd", "hydrogen bond donor count", "number of hydrogen bond donors",
        "how many hydrogen bond donor", "hydrogen bonding donor", "hb donor", "donor", "h donor", "hydrogen donor",
    ),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method="N, O and S atoms that bear hydrogen (Gobbi and Poppinger)",
    compute=_count_sites(find_donors, rdMolDescriptors.CalcNumLipinskiHBD, "hydrogen-bond donor", "N-H and O-H bonds"),
    example=Example("How many hydrogen bond donors does aspirin have?", _ASPIRIN, "1"),
)  # fmt: skip

HBOND_ACCEPTORS: Final = Calculation(
    name="hbond_acceptors",
    title="hydrogen-bond acceptors",
    words=(
        "hydrogen bond acceptor", "h bond acceptor", "hba", "hydrogen bond acceptor count", "hb acceptor", "acceptor",
        "number of hydrogen bond acceptors", "how many hydrogen bond acceptor", "hydrogen bonding acceptor",
        "h acceptor", "hydrogen acceptor",
    ),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method="hydrogen-bond acceptors (Gobbi and Poppinger), amide nitrogen left out",
    compute=_count_sites(find_acceptors, rdMolDescriptors.CalcNumLipinskiHBA, "hydrogen-bond acceptor", "N, O atoms"),
    example=Example("How many hydrogen bond acceptors does aspirin have?", _ASPIRIN, "3"),
)  # fmt: skip


def count_rotatable(mol: Chem.Mol) -> int:
    """Return the number of rotatable bonds by RDKit's strict definition: amide and ester C-N and C-O do not count."""
    return int(rdMolDescriptors.CalcNumRotatableBonds(mol, rdMolDescriptors.NumRotatableBondsOptions.Strict))


def _rotatable_bonds(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    mol = complete(subject)
    count = count_rotatable(mol)
    loose = rdMolDescriptors.CalcNumRotatableBonds(mol, rdMolDescriptors.NumRotatableBondsOptions.NonStrict)
    notes: tuple[str, ...] = () if loose == count else (f"amide and ester bonds do not count; with them {loose}",)
    notes += note_parent(subject, lambda one: str(count_rotatable(one)))
    return Result(count, str(count), f"{subject.shown} has {count_phrase(count, 'rotatable bond')}.", notes=notes)


ROTATABLE_BONDS: Final = Calculation(
    name="rotatable_bonds",
    title="rotatable bonds",
    words=("rotatable bond", "rotatable bond count", "number of rotatable bonds", "freely rotatable bond", "rotb",
           "rotor", "nrot", "torsion", "rotatable"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method=DESCRIPTORS["rotatable_bonds"].method,
    compute=_rotatable_bonds,
    example=Example("How many rotatable bonds has aspirin?", _ASPIRIN, "2"),
)  # fmt: skip


def _ring_count(asked: Inquiry) -> Result:
    mol = complete(asked.subjects[0])
    rings = [tuple(ring) for ring in mol.GetRingInfo().AtomRings()]
    count = mol.GetNumBonds() - mol.GetNumAtoms() + len(Chem.GetMolFrags(mol))
    parts = tuple(Part(f"ring of {len(ring)}", _write_ring(mol, ring), None, ring) for ring in rings)
    sizes = Counter(map(len, rings))
    listed = ", ".join(f"{number} of {size} atoms" for size, number in sorted(sizes.items()))
    said = f" ({listed})" if rings else ""
    notes = ("symmetric cages have more rings of the smallest size than are independent",) if len(rings) > count else ()
    statement = f"{asked.shown} has {count_phrase(count, 'ring')}{said}."
    return Result(count, str(count), statement, parts=parts, notes=notes, smiles=asked.subjects[0].smiles)


def _write_ring(mol: Chem.Mol, ring: tuple[int, ...]) -> str:
    symbols = Counter(mol.GetAtomWithIdx(atom).GetSymbol() for atom in ring)
    return ", ".join(f"{count} {symbol}" for symbol, count in sorted(symbols.items()))


RING_COUNT: Final = Calculation(
    name="ring_count",
    title="rings",
    words=("ring count", "number of rings", "how many ring", "ring", "cycle", "sssr", "how many cycle", "ring size"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method="independent rings: bonds - atoms + separate units",
    compute=_ring_count,
    exact=True,
    example=Example("How many rings does aspirin have?", _ASPIRIN, "1"),
)


def _aromatic_rings(asked: Inquiry) -> Result:
    mol = complete(asked.subjects[0])
    bonds = mol.GetRingInfo().BondRings()
    atoms = mol.GetRingInfo().AtomRings()
    rings = [
        tuple(ring)
        for ring, edges in zip(atoms, bonds, strict=True)
        if all(mol.GetBondWithIdx(edge).GetIsAromatic() for edge in edges)
    ]
    count = len(rings)
    carbons = [all(mol.GetAtomWithIdx(atom).GetAtomicNum() == 6 for atom in ring) for ring in rings]
    parts = tuple(Part(f"ring of {len(ring)}", _write_ring(mol, ring), None, ring) for ring in rings)
    kinds = [
        f"{number} {kind}"
        for number, kind in ((sum(carbons), "of carbon alone"), (count - sum(carbons), "with heteroatoms"))
        if number
    ]
    said = f" ({', '.join(kinds)})" if kinds else ""
    statement = f"{asked.shown} has {count_phrase(count, 'aromatic ring')}{said}."
    return Result(count, str(count), statement, parts=parts, smiles=asked.subjects[0].smiles if rings else "")


AROMATIC_RINGS: Final = Calculation(
    name="aromatic_rings",
    title="aromatic rings",
    words=("aromatic ring", "aromatic ring count", "number of aromatic rings", "aromatic cycle", "benzene ring count"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method="aromatic rings by RDKit's aromaticity model",
    compute=_aromatic_rings,
    example=Example("How many aromatic rings does aspirin have?", _ASPIRIN, "1"),
)


def _fsp3(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    mol = complete(subject)
    carbons = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 6]
    if not carbons:
        raise UserError("there is no carbon, of which Fsp3 is a fraction", value=subject.smiles, hint="ask of another")
    saturated = [atom for atom in carbons if atom.GetTotalDegree() == 4]
    value = len(saturated) / len(carbons)
    text = f"{value:.2f}"
    statement = f"Fsp3 of {subject.shown} is {text} ({len(saturated)} of {len(carbons)} carbons)."
    return Result(round(value, 4), text, statement)


FSP3: Final = Calculation(
    name="fsp3",
    title="fraction of sp3 carbons",
    words=("fsp3", "fraction sp3", "fraction of sp3 carbons", "fraction csp3", "sp3 fraction", "fraction of sp3",
           "sp3 carbon fraction", "fraction of sp3 hybridized carbons", "fraction of sp3 hybridised carbons",
           "f sp3", "csp3", "saturation index", "sp3 character"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method="carbons with four neighbours, over all carbons",
    compute=_fsp3,
    exact=True,
    example=Example("What is the Fsp3 of aspirin?", _ASPIRIN, "0.11"),
)  # fmt: skip

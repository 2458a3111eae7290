"""Requests in free words whose right answers are stated beside them, as conditions that a program judges.

The conditions are written by hand in a small language of their own and share no code with what reads the words: an
answer that was verified against a wrong reading of the words fails here.
"""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rdkit import Chem, DataStructs
from rdkit.Chem import QED, Descriptors, rdFingerprintGenerator, rdMolDescriptors
from rdkit.Chem.Scaffolds import MurckoScaffold

from anymol.errors import DataError, UserError


@dataclass(frozen=True)
class WrittenRequest:
    """One request.

    Attributes:
        kind: One of the nine kinds of TOMG-Bench, such as ``AddComponent``.
        molecule: SMILES of the molecule that it is about; empty where it is about none.
        is_beside: Whether the molecule is given beside the words, not in them.
        text: The request.
        conditions: What an answer must meet.
    """

    kind: str
    molecule: str
    is_beside: bool
    text: str
    conditions: tuple[str, ...]


def read_requests(path: Path) -> list[WrittenRequest]:
    """Read requests: kind, where the molecule stands, molecule, words and conditions, tab-separated.

    Raises:
        DataError: A line is not of this form, or a condition is unknown.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 5 or fields[1] not in ("beside", "in", "none"):
            raise DataError(f"line {number} of {path.name} is not a request", value=line, hint="five fields are needed")
        kind, place, molecule, text, written = fields
        conditions = _split(written)
        for one in conditions:
            if _CONDITION.fullmatch(one) is None:
                raise DataError(f"line {number} of {path.name} has an unknown condition", value=one)
        found.append(WrittenRequest(kind, molecule, place == "beside", text, conditions))
    return found


def _split(written: str) -> tuple[str, ...]:
    """Return conditions apart; in SMARTS no blank follows a semicolon."""
    return tuple(one.strip() for one in written.split("; ") if one.strip())


_CONDITION = re.compile(
    r"(?P<name>scaffold|stereo)|atoms(?P<atoms>(?: [A-Z][a-z]?[+-]\d+)+)|change (?P<change>\S+) (?P<step>[+-]\d+)"
    r"|has (?P<has>\S+)|count (?P<count>\S+) (?P<relation>[<>]?=|[<>]) (?P<number>\d+)"
    r"|formula = (?P<formula>\w+)"
    r"|(?P<measure>[a-z_]+) (?P<bound>[<>]?=|[<>]) (?P<value>-?[\d.]+)"
)
_RELATIONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "=": operator.eq, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip


def judge_answer(request: WrittenRequest, smiles: str) -> bool:
    """Whether an answer is one valid molecule, is another one than was given, and meets every condition.

    Raises:
        UserError: A condition measures what is unknown.
    """
    after = Chem.MolFromSmiles(smiles)
    if after is None or "." in smiles:
        return False
    before = Chem.MolFromSmiles(request.molecule) if request.molecule else None
    if before is not None and Chem.MolToSmiles(before) == Chem.MolToSmiles(after):
        return False
    return all(_meets(condition, before, after) for condition in request.conditions)


def _meets(condition: str, before: Chem.Mol | None, after: Chem.Mol) -> bool:
    match = _CONDITION.fullmatch(condition)
    if match is None:
        raise UserError("unknown condition", value=condition)
    part = match.groupdict()
    if part["name"] == "scaffold":
        return before is not None and bool(after.HasSubstructMatch(MurckoScaffold.GetScaffoldForMol(before)))
    if part["name"] == "stereo":
        return _count_centres(after) >= _count_centres(before)
    if part["atoms"]:
        steps = {symbol: int(step) for symbol, step in re.findall(r"([A-Z][a-z]?)([+-]\d+)", part["atoms"])}
        was, now = _count_atoms(before), _count_atoms(after)
        return all(now[one] - was[one] == steps.get(one, 0) for one in set(was) | set(now) | set(steps))
    if part["change"]:
        return _count(after, part["change"]) - _count(before, part["change"]) == int(part["step"])
    if part["has"]:
        return bool(after.HasSubstructMatch(Chem.MolFromSmiles(part["has"]), useChirality=True))
    if part["count"]:
        return _RELATIONS[part["relation"]](_count(after, part["count"]), int(part["number"]))
    if part["formula"]:
        return bool(rdMolDescriptors.CalcMolFormula(after) == part["formula"])
    return _RELATIONS[part["bound"]](_measure(part["measure"], before, after), float(part["value"]))


def _measure(name: str, before: Chem.Mol | None, after: Chem.Mol) -> float:
    if name == "similarity":
        generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
        return float(DataStructs.TanimotoSimilarity(generator.GetFingerprint(before), generator.GetFingerprint(after)))
    if name in _CHANGES and before is not None:
        return _CHANGES[name](after) - _CHANGES[name](before)
    if name not in _MEASURES:
        raise UserError(f"'{name}' is not measured", value=name, hint=", ".join((*_MEASURES, *_CHANGES)))
    return float(_MEASURES[name](after))


def _crippen(mol: Chem.Mol) -> tuple[float, float]:
    """Return LogP and molar refractivity."""
    logp, refractivity = rdMolDescriptors.CalcCrippenDescriptors(mol)
    return float(logp), float(refractivity)


_CHANGES: Final[Mapping[str, Callable[[Chem.Mol], float]]] = {
    "dlogp": lambda mol: _crippen(mol)[0],
    "dmr": lambda mol: _crippen(mol)[1],
    "dqed": QED.qed,
}
_MEASURES: Final[Mapping[str, Callable[[Chem.Mol], float]]] = {
    "rings": rdMolDescriptors.CalcNumRings,
    "aromatic_rings": rdMolDescriptors.CalcNumAromaticRings,
    "heavy": lambda mol: mol.GetNumHeavyAtoms(),
    "rotatable": rdMolDescriptors.CalcNumRotatableBonds,
    "mw": Descriptors.MolWt,  # type: ignore[attr-defined]  # made at import, so unknown to the stubs
    "logp": lambda mol: _crippen(mol)[0],
    "single": lambda mol: _count_bonds(mol, Chem.BondType.SINGLE),
    "double": lambda mol: _count_bonds(mol, Chem.BondType.DOUBLE),
    "triple": lambda mol: _count_bonds(mol, Chem.BondType.TRIPLE),
    "aromatic": lambda mol: _count_bonds(mol, Chem.BondType.AROMATIC),
}


def _count_bonds(mol: Chem.Mol, kind: Chem.BondType) -> int:
    return sum(bond.GetBondType() == kind for bond in mol.GetBonds())


def _count(mol: Chem.Mol | None, smarts: str) -> int:
    return 0 if mol is None else len(mol.GetSubstructMatches(Chem.MolFromSmarts(smarts), maxMatches=10_000))


def _count_atoms(mol: Chem.Mol | None) -> Counter[str]:
    counts: Counter[str] = Counter()
    for atom in mol.GetAtoms() if mol is not None else ():
        counts[atom.GetSymbol()] += 1
        counts["H"] += atom.GetTotalNumHs()
    return counts


def _count_centres(mol: Chem.Mol | None) -> int:
    """Return how many stereocentres are stated."""
    return (
        0
        if mol is None
        else len(Chem.FindMolChiralCenters(mol, includeUnassigned=False, useLegacyImplementation=False))
    )

"""Trivial baselines: what is had without a model. A model that does not beat them has learnt nothing of the task."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rdkit import Chem
from rdkit.Chem import Descriptors, rdMolDescriptors
from rdkit.DataStructs import ExplicitBitVect

from anymol.chem.fingerprints import morgan, tanimoto_row
from anymol.chem.parsing import parse_smiles, try_parse_smiles
from anymol.errors import AnyMolError
from anymol.modalities.adduct import Adduct, compute_mass, compute_neutral_mass
from anymol.modalities.content import RecordPart
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.tasks.task import AnswerKind, Baseline, Slot, Task, TaskInput, Value

Pairs = Sequence[tuple[TaskInput, Value]]
"""Training inputs with their answers."""


_BY_KIND: Final = {
    AnswerKind.NUMBER: (Baseline.MEAN, Baseline.MEDIAN),
    AnswerKind.TEXT: (Baseline.MOST_FREQUENT, Baseline.NEAREST),
    AnswerKind.MOLECULE: (Baseline.MOST_FREQUENT,),
    AnswerKind.MIXTURE: (Baseline.MOST_FREQUENT,),
    AnswerKind.REACTION: (Baseline.MOST_FREQUENT,),
    AnswerKind.CLASS: (Baseline.MOST_FREQUENT, Baseline.NEAREST),
}
"""What is had of any task, by the kind of its answer."""


@dataclass(frozen=True)
class BaselineAnswers:
    """What a baseline says to each row.

    Attributes:
        baseline: Which one.
        answers: One per row; None where it has none.
        n_unlearnt: Rows whose method, endpoint or set has no training row, so that it could learn nothing for them.
    """

    baseline: Baseline
    answers: tuple[Value | None, ...]
    n_unlearnt: int = 0

    @property
    def is_measurable(self) -> bool:
        """Whether its figure says how hard the rows are, and not that there was nothing to learn or to copy."""
        return not self.n_unlearnt and any(answer is not None for answer in self.answers)


def answer_baselines(task: Task, training: Pairs, asked: Sequence[TaskInput]) -> tuple[BaselineAnswers, ...]:
    """Answer rows by every baseline of a task.

    Args:
        task: The task.
        training: Training examples, or a sample of them.
        asked: The rows.
    """
    chosen = (*task.baselines, *_BY_KIND[task.answer])
    # Where the task has no list, all rows are of one kind.
    learnt = {one.text if task.choices else None for one, _ in training}
    unlearnt = sum((one.text if task.choices else None) not in learnt for one in asked)
    return tuple(
        BaselineAnswers(
            baseline,
            tuple(_answer_by_choice(task, baseline, training, asked)),
            unlearnt if baseline.learns else 0,
        )
        for baseline in dict.fromkeys(chosen)
    )


def _answer_by_choice(
    task: Task, baseline: Baseline, training: Pairs, asked: Sequence[TaskInput]
) -> Sequence[Value | None]:
    """Answer rows by the training rows of the same method, endpoint or set, where the task has a list of them."""
    if not task.choices:
        return _answer(baseline, training, asked)
    answers: list[Value | None] = [None] * len(asked)
    for choice in {one.text for one in asked}:
        places = [place for place, one in enumerate(asked) if one.text == choice]
        like = [pair for pair in training if pair[0].text == choice]
        for place, answer in zip(places, _answer(baseline, like, [asked[place] for place in places]), strict=True):
            answers[place] = answer
    return answers


def _answer(baseline: Baseline, training: Pairs, asked: Sequence[TaskInput]) -> Sequence[Value | None]:
    match baseline:
        case Baseline.MOST_FREQUENT:
            counts = Counter(answer for _, answer in training)
            # The alphabet settles ties, so that the same data give the same baseline.
            best = min(counts, key=lambda answer: (-counts[answer], str(answer)), default=None)
            return [best] * len(asked)
        case Baseline.MEAN:
            return [statistics.fmean(map(float, _values(training)))] * len(asked) if training else [None] * len(asked)
        case Baseline.MEDIAN:
            return [statistics.median(map(float, _values(training)))] * len(asked) if training else [None] * len(asked)
        case Baseline.LARGEST_REACTANT:
            return [None if one.reactants is None else _largest(one.reactants) for one in asked]
        case Baseline.COPY_PRODUCT:
            return [one.products for one in asked]
        case Baseline.COPY_INPUT:
            return [one.molecule for one in asked]
        case Baseline.MASS:
            return _match_masses(training, asked)
        case Baseline.NEAREST:
            return _nearest(training, [one.molecule for one in asked])


def _values(training: Pairs) -> list[Value]:
    return [answer for _, answer in training]


def _largest(mixture: str) -> str:
    """Return the component with most heavy atoms, the first of several."""
    return max(mixture.split("."), key=_count_atoms)


def _count_atoms(smiles: str) -> int:
    mol = try_parse_smiles(smiles)
    return mol.GetNumHeavyAtoms() if isinstance(mol, Chem.Mol) else 0


def _nearest(training: Pairs, asked: Sequence[str | None]) -> list[Value | None]:
    """Return the answer of the training molecule with the highest Tanimoto similarity of Morgan fingerprints."""
    prints, answers = [], []
    for task_input, answer in training:
        found = _fingerprint(task_input.molecule)
        if found is not None:
            prints.append(found)
            answers.append(answer)
    chosen: list[Value | None] = []
    for smiles in asked:
        query = _fingerprint(smiles)
        if query is None or not prints:
            chosen.append(None)
            continue
        scores = tanimoto_row(query, prints)
        chosen.append(answers[max(range(len(scores)), key=scores.__getitem__)])
    return chosen


def _match_masses(training: Pairs, asked: Sequence[TaskInput]) -> list[Value | None]:
    """Return the training molecule of each question's formula, else that nearest to the mass its spectrum tells.

    Of a question that tells neither the most frequent answer is taken.
    """
    molecules = sorted({str(answer) for _, answer in training})
    parsed = [parse_smiles(smiles) for smiles in molecules]
    masses = np.array([_weigh(mol) for mol in parsed])
    formulas: dict[str, str] = {}
    for smiles, mol in zip(molecules, parsed, strict=True):
        formulas.setdefault(rdMolDescriptors.CalcMolFormula(mol), smiles)
    usual = _answer(Baseline.MOST_FREQUENT, training, asked)
    found: list[Value | None] = []
    for one, default in zip(asked, usual, strict=True):
        mass = next((mass for part in one.records.get(Slot.MOLECULE, ()) if (mass := _read_mass(part))), None)
        if one.formula in formulas:
            found.append(formulas[one.formula])
        elif mass is not None and molecules:
            found.append(molecules[int(np.abs(masses - mass).argmin())])
        else:
            found.append(default)
    return found


def _read_mass(part: RecordPart) -> float | None:
    """Return the mass (Da) of the molecule that a mass spectrum was measured of, where it says so."""
    match part.record:
        case MassSpectrum(precursor_mz=float() as precursor, adduct=Adduct() as adduct):
            return compute_mass(precursor, adduct)
        case _:
            return None


def _weigh(mol: Chem.Mol) -> float:
    """Return the mass (Da) that a spectrum tells: of the atoms, with all their electrons."""
    return compute_neutral_mass(float(Descriptors.ExactMolWt(mol)), Chem.GetFormalCharge(mol))  # type: ignore[attr-defined]


def _fingerprint(smiles: str | None) -> ExplicitBitVect | None:
    if smiles is None:
        return None
    try:
        return morgan(smiles)
    except AnyMolError:
        return None

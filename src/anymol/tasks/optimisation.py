"""Optimising a molecule: another one that is similar and has more, or less, of a property."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.fingerprints import morgan, tanimoto
from anymol.chem.parsing import parse_smiles
from anymol.metrics.molecule import MOLECULE_METRICS
from anymol.tasks.aims import ALL_WORDS, ASKS_FOR_CHANGE, read_aim
from anymol.tasks.choices import mention_choice
from anymol.tasks.mentions import Mentions, Wording, mention_molecules
from anymol.tasks.parsing import parse_molecule
from anymol.tasks.task import AnswerKind, Baseline, Check, Slot, Task, TaskInput, Value, say_unwritten
from anymol.tasks.verification import check_parses

LEAST_SIMILARITY: Final = 0.4
"""Least Tanimoto similarity of Morgan fingerprints at which a molecule counts as the same one, optimised."""


@dataclass(frozen=True)
class Aim:
    """What an optimisation is to reach.

    Attributes:
        descriptor: The property, a name in :data:`anymol.chem.descriptors.DESCRIPTORS`.
        sign: 1 to raise it, -1 to lower it.
        least: Least change that counts, in its unit: beyond rounding, and worth a question.
    """

    descriptor: str
    sign: int
    least: float


AIMS: Final[Mapping[str, Aim]] = MappingProxyType(
    {
        "raise LogP": Aim("logp", 1, 0.1),
        "lower LogP": Aim("logp", -1, 0.1),
        "raise MR": Aim("molar_refractivity", 1, 1.0),
        "lower MR": Aim("molar_refractivity", -1, 1.0),
        "raise QED": Aim("qed", 1, 0.02),
        "lower QED": Aim("qed", -1, 0.02),
        "raise TPSA": Aim("tpsa", 1, 5.0),
        "lower TPSA": Aim("tpsa", -1, 5.0),
        "raise MW": Aim("molecular_weight", 1, 10.0),
        "lower MW": Aim("molecular_weight", -1, 10.0),
    }
)
"""What can be asked for, by its words: MR is the molar refractivity, MW the molecular weight."""


_METHODS: Final = {
    "logp": "Crippen",
    "molar_refractivity": "Crippen",
    "qed": "Bickerton",
    "tpsa": "Ertl",
    "molecular_weight": "atomic weights",
}
"""Whose model computes a property: what is verified is its figure, not a measured one."""


def check_optimised(before: str, after: str, aim: Aim) -> tuple[Check, ...]:
    """Check that a molecule has more (or less) of a property than another one that it resembles.

    Raises:
        InvalidSmilesError: One of them is invalid.
    """
    old, new = parse_smiles(before), parse_smiles(after)
    was, now = (float(compute_descriptor(aim.descriptor, mol).value) for mol in (old, new))
    similarity = tanimoto(morgan(old), morgan(new))
    word = aim.descriptor.replace("_", " ")
    return (
        Check(
            "property_moved",
            aim.sign * (now - was) >= aim.least,
            f"{word} by {_METHODS[aim.descriptor]} {was:.2f} -> {now:.2f}; a change of {aim.sign * aim.least:+g} at "
            f"least "
            "is asked for",
        ),
        Check(
            "still_similar",
            similarity >= LEAST_SIMILARITY,
            f"Tanimoto similarity {similarity:.2f}; at least {LEAST_SIMILARITY:g} is asked for",
        ),
    )


def verify_optimisation(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check that the property moved as asked, and that the molecule stayed similar."""
    parsed = check_parses(str(value))
    if not parsed.passed:
        return (parsed,)
    if not task_input.molecule:
        return (parsed, say_unwritten("property_moved", "molecule"))
    return (parsed, *check_optimised(task_input.molecule, str(value), AIMS[task_input.text or ""]))


def mention_aim(asked: Wording) -> Mentions:
    """Return which of :data:`AIMS` a free question asks for, in whatever words, and its molecule."""
    named = mention_choice(tuple(AIMS))(asked)
    if named.text is not None:
        return named
    return Mentions(read_aim(asked.reading.plain), mention_molecules(asked).molecules)


def asks_optimisation(asked: Wording) -> bool:
    """Whether a question says, without asking anything, that a property of a molecule shall rise or fall."""
    return read_aim(asked.reading.plain) is not None and any(
        re.search(pattern, asked.reading.words) for pattern in ASKS_FOR_CHANGE
    )


MOLECULE_OPTIMISATION: Final = Task(
    name="molecule_optimisation",
    version=1,
    family="mol2mol",
    summary="Raise or lower LogP, molar refractivity, QED, TPSA or molecular weight of a molecule that stays similar.",
    required=(Slot.MOLECULE, Slot.TEXT),
    answer=AnswerKind.MOLECULE,
    choices=tuple(AIMS),
    phrasings=(
        "Optimise {molecule}: {text}.",
        "Adjust {molecule}: {text}.",
        "Vary {molecule} to {text}.",
        "With little change, {text} of {molecule}.",
        "Improve {molecule}: {text}.",
        "Which molecule similar to {molecule} would {text}?",
        "Tune {molecule} to {text}.",
    ),
    parse=parse_molecule,
    metrics=MOLECULE_METRICS,
    verify=verify_optimisation,
    open_ended=True,
    find_mentions=mention_aim,
    is_request=asks_optimisation,
    baselines=(Baseline.COPY_INPUT,),
    example=(TaskInput(molecule="Cc1ccc(C(=O)O)cc1", text="raise LogP"), "CCc1ccc(C(=O)O)cc1"),
    words=ALL_WORDS,
    cues=((r"\b(?:raise|lower) (?:logp|mr|qed)\b", 0.4), *((pattern, 0.65) for pattern in ASKS_FOR_CHANGE)),
)

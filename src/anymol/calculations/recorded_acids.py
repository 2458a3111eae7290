"""The acid or base that a question is about, by its recorded constants."""

from __future__ import annotations

from dataclasses import dataclass

from rdkit import Chem

from anymol.calculations.calculation import Subject
from anymol.chem.acidity import AcidBase, count_compounds, find_system
from anymol.chem.parsing import write_canonical
from anymol.errors import UserError


@dataclass(frozen=True)
class RecordedAcid:
    """A molecule with what is recorded of it.

    Attributes:
        subject: The molecule as it is asked about.
        system: What is recorded.
        part: Its part that is a form of that: of a salt one ion.
    """

    subject: Subject
    system: AcidBase
    part: Chem.Mol

    @property
    def charge(self) -> int:
        """Charge of the form in which it is given."""
        return int(Chem.GetFormalCharge(self.part))

    @property
    def shown(self) -> str:
        """The molecule, and of a salt which ion of it is meant."""
        is_whole = self.part.GetNumAtoms() == self.subject.mol.GetNumAtoms()
        return self.subject.shown if is_whole else f"{write_canonical(self.part)} in {self.subject.shown}"

    @property
    def steps(self) -> str:
        """Its constants, as a sentence names them."""
        return f"pKa {write_steps(self.system)}"


def write_steps(system: AcidBase) -> str:
    """Return the constants of an acid or base in their order; rough ones say so.

    >>> write_steps(AcidBase("succinic acid", "OC(=O)CCC(=O)O", 0, (4.21, 5.64)))
    '4.21, 5.64'
    """
    return f"{'about ' if system.is_about else ''}{', '.join(f'{step:.2f}' for step in system.pka)}"


def read_acid(subject: Subject) -> RecordedAcid:
    """Return the one acid or base of a molecule or salt whose constants are recorded.

    Raises:
        UserError: None is recorded, or it is wholly dissociated.
    """
    found = find_system(subject.mol)
    if found is None and write_canonical(subject.mol) in ("O", "[OH-]", "[OH3+]"):
        raise UserError(
            "the pKa of water is 14.0 or 15.7, as its own concentration is counted or not, so that it is not compared",
            value=subject.smiles,
            hint="ask for its conjugate acid or base, or for a pH",
        )
    if found is None:
        raise UserError(
            f"no pKa of {subject.shown} is recorded, and none is estimated",
            value=subject.smiles,
            hint=f"recorded are {count_compounds()} common acids and bases in water; of a salt, ask of one part",
        )
    system, part = found
    if not system.pka:
        raise UserError(
            f"{system.name} is a strong acid, wholly dissociated in water",
            value=subject.smiles,
            hint="its pKa lies below 0, where the sources differ by several units",
        )
    return RecordedAcid(subject, system, part)

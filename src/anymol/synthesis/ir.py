"""SMILES -> :class:`InfraredSpectrum`: harmonic GFN2-xTB lines of one conformer, broadened.

GFN2-xTB (Bannwarth, Ehlert and Grimme, J. Chem. Theory Comput. 2019, 15, 1652) runs in the program `xtb` where that is
on the PATH, in the library `tblite` otherwise; both start from the conformer of lowest MMFF94 energy. The spectrum is
that of one conformer in vacuum without anharmonicity: bands of hydrogen-bonded O-H and N-H stand too high and narrow.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import time
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import Field
from rdkit import Chem

from anymol.chem.limits import run_limited
from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.errors import MissingDependencyError, TimeLimitError, UserError, shorten
from anymol.modalities.modality import Modality
from anymol.synthesis.conformer import search_conformers
from anymol.synthesis.engine import Synthesis, name_version
from anymol.synthesis.infrared_lines import BroadeningSettings, InfraredLines, broaden_lines
from anymol.synthesis.xtb_program import compute_lines_program, find_xtb, name_xtb
from anymol.synthesis.xtb_tblite import compute_lines_tblite


class XtbInfraredSettings(BroadeningSettings):
    """How the lines are computed, and how they become a curve.

    Attributes:
        n_embedded: Draws of ETKDGv3, of which the one of lowest MMFF94 energy is taken.
        max_atoms: Largest molecule, hydrogens counted; the time grows with about the fourth power of the size.
        seconds: Time that one molecule may take before it is given up.
    """

    n_embedded: int = Field(default=10, ge=1, le=1000)
    max_atoms: int = Field(default=100, ge=1)
    seconds: float = Field(default=120.0, gt=0)


@dataclass(frozen=True)
class XtbInfraredEngine:
    """The engine of GFN2-xTB spectra, under its time limit.

    Absorbance is the decadic molar absorption coefficient, L mol^-1 cm^-1. Notes: ``implementation``, ``n_imaginary``
    (modes that make no line, because the geometry is a saddle), ``scaling``, ``width`` (cm^-1), ``profile``, ``energy``
    (hartree), ``force_field`` (of the conformer that the optimisation started from).
    """

    settings: XtbInfraredSettings = field(default_factory=XtbInfraredSettings)
    modality: ClassVar[Modality] = Modality.IR
    name: ClassVar[str] = "gfn2-xtb"

    @property
    def version(self) -> str:
        """Its own version, RDKit's, and the implementation of GFN2-xTB with its version."""
        return f"{name_version(2)[:-1]}, {_name_implementation()})"

    def synthesize(self, smiles: str, seed: int) -> Synthesis:
        """Return one spectrum.

        Raises:
            InvalidSmilesError: The SMILES is invalid.
            ConformerError: The molecule has no coordinates, or no force field knows its atoms.
            TimeLimitError: It took longer than `settings.seconds`.
            MissingDependencyError: Neither xtb nor tblite is installed.
            UserError: The molecule is too large, or GFN2-xTB failed.
        """
        mol = parse_smiles(smiles)
        n_atoms = Chem.AddHs(mol).GetNumAtoms() if mol.GetNumAtoms() <= self.settings.max_atoms else mol.GetNumAtoms()
        if n_atoms > self.settings.max_atoms:
            raise UserError(
                f"the molecule has {n_atoms} atoms",
                value=shorten(smiles, 60),
                hint=f"GFN2-xTB is run for at most {self.settings.max_atoms}; the engine ir:surrogate takes more",
            )
        _name_implementation()  # raises, before any work, where there is none
        lines, force_field = _compute(smiles, mol, seed, self.settings)
        chosen = self.settings
        record = broaden_lines(lines.wavenumbers, lines.intensities, chosen, title=write_canonical(mol))
        return Synthesis(
            (record,),
            {
                "implementation": lines.program,
                "n_imaginary": lines.n_imaginary,
                "scaling": chosen.scaling,
                "width": chosen.width,
                "profile": str(chosen.profile),
                "energy": lines.energy,
                "force_field": force_field,
            },
        )


def _name_implementation() -> str:
    program = find_xtb()
    if program is not None:
        return name_xtb(program)
    if importlib.util.find_spec("tblite") is None:
        raise MissingDependencyError(
            "GFN2-xTB spectra need the program xtb or the library tblite",
            hint="put xtb on the PATH, or: pip install 'anymol[synthesis]'",
        )
    return f"tblite {importlib.metadata.version('tblite')}"


def _compute(smiles: str, mol: Chem.Mol, seed: int, settings: XtbInfraredSettings) -> tuple[InfraredLines, str]:
    """Return lines and force field; conformer search and GFN2-xTB share the time."""
    charge = Chem.GetFormalCharge(mol)
    unpaired = sum(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms())
    search = {"n_embedded": settings.n_embedded, "n_kept": 1}
    begun = time.monotonic()
    found: dict[str, Any] = run_limited(search_conformers, smiles, seed, search, seconds=settings.seconds)
    left = settings.seconds - (time.monotonic() - begun)
    if left <= 0:
        raise TimeLimitError(f"the conformer search took all of {settings.seconds:g} s", value=smiles)
    numbers, places = found["atomic_numbers"], found["coordinates"][0]
    isotopes = read_isotopes(mol)
    program = find_xtb()
    if program is not None:
        lines = compute_lines_program(
            smiles, numbers, places, program=program, seconds=left, charge=charge, unpaired=unpaired, isotopes=isotopes
        )
    else:
        form = run_limited(
            compute_lines_form, smiles, numbers, places, charge, unpaired, list(isotopes.items()), seconds=left
        )
        lines = InfraredLines.from_json(form)
    return lines, found["force_field"]


def read_isotopes(mol: Chem.Mol) -> dict[int, float]:
    """Return the masses (Da) of the atoms whose isotope is written, such as ``[2H]``, by index.

    Explicit hydrogens come after the written atoms, so that the indices hold with them too.

    Raises:
        UserError: An isotope has no known mass.

    Example:
        >>> [(place, round(mass, 4)) for place, mass in read_isotopes(Chem.MolFromSmiles("[2H]OC")).items()]
        [(0, 2.0141)]
    """
    table = Chem.GetPeriodicTable()
    masses = {
        atom.GetIdx(): table.GetMassForIsotope(atom.GetAtomicNum(), atom.GetIsotope())
        for atom in mol.GetAtoms()
        if atom.GetIsotope()
    }
    for place, mass in masses.items():
        if mass <= 0:
            atom = mol.GetAtomWithIdx(place)
            raise UserError("this isotope has no known mass", value=f"[{atom.GetIsotope()}{atom.GetSymbol()}]")
    return masses


def compute_lines_form(
    smiles: str,
    numbers: list[int],
    places: list[list[float]],
    charge: int,
    unpaired: int,
    isotopes: list[tuple[int, float]],
) -> dict[str, Any]:
    """Return tblite's lines as JSON values; called in the process that can be killed."""
    # Read by tblite's OpenMP when it is loaded: molecules run beside each other, not atoms, and sums keep their order.
    os.environ["OMP_NUM_THREADS"] = "1"
    lines = compute_lines_tblite(smiles, numbers, places, charge=charge, unpaired=unpaired, isotopes=dict(isotopes))
    return lines.to_json()

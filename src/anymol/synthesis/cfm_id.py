"""SMILES -> :class:`MassSpectrum` by CFM-ID 4, through its program ``cfm-predict`` or its container.

Wang et al., Anal. Chem. 2021, 93, 11692; https://cfmid.wishartlab.com, container ``wishartlab/cfmid``. Neither program
nor container was at hand when this was written: command and output follow the documentation of version 4.4 and the
parser is tested on a text of that form; it has not been run against the real program. Spectra are at 10, 20 and 40 eV.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator
from rdkit.Chem import Descriptors

from anymol.chem.fragments import analyze_composition
from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidFileError, MissingDependencyError, TimeLimitError, UserError, shorten
from anymol.modalities.adduct import Adduct, compute_precursor
from anymol.modalities.mass_spectrum import CollisionEnergy, MassSpectrum
from anymol.modalities.modality import Modality
from anymol.synthesis.engine import EngineSettings, Synthesis

PROGRAM = "cfm-predict"
ENERGIES: tuple[float, ...] = (10.0, 20.0, 40.0)
"""Collision energies of ``energy0``, ``energy1`` and ``energy2``, eV."""

_ADDUCTS = (Adduct.M_H, Adduct.M_NEG_H)
_CONTAINER_MODELS = "/trained_models_cfmid4.0"


class CfmIdSettings(EngineSettings):
    """How CFM-ID is run.

    Attributes:
        adducts: Of ``[M+H]+`` and ``[M-H]-``, for which models are published.
        program: Path of ``cfm-predict``; looked for on the PATH if None.
        models: Directory of the trained models, one folder per adduct with ``param_output.log`` and
            ``param_config.txt``; needed by the program, not by the container.
        container: Image that docker runs where the program is missing.
        threshold: Fragments of lower probability are not followed.
        seconds: Time that one molecule and adduct may take.
    """

    adducts: tuple[Adduct, ...] = _ADDUCTS
    program: str | None = None
    models: str | None = None
    container: str = Field(default="wishartlab/cfmid:latest", pattern=r"^[\w./:@-]+$")
    threshold: float = Field(default=0.001, gt=0, lt=1)
    seconds: float = Field(default=120.0, gt=0)

    @field_validator("adducts")
    @classmethod
    def _require_published(cls, adducts: tuple[Adduct, ...]) -> tuple[Adduct, ...]:
        if not adducts or any(adduct not in _ADDUCTS for adduct in adducts):
            raise ValueError(f"adducts are some of {', '.join(_ADDUCTS)}")
        return adducts


@dataclass(frozen=True)
class CfmIdEngine:
    """The adapter; a salt's largest organic part is taken, made neutral, which the note ``molecule`` states."""

    settings: CfmIdSettings = field(default_factory=CfmIdSettings)
    modality: ClassVar[Modality] = Modality.MS2
    name: ClassVar[str] = "cfm-id"

    @property
    def version(self) -> str:
        """The adapter's version and where CFM-ID comes from."""
        return f"1 ({self.settings.program or self.settings.container})"

    def synthesize(self, smiles: str, seed: int) -> Synthesis:
        """Return spectra by adduct, then energy.

        Raises:
            InvalidSmilesError: The SMILES is invalid.
            MissingDependencyError: Neither program nor container is here.
            TimeLimitError: It took longer than `settings.seconds`.
            UserError: CFM-ID failed on the molecule.
            InvalidFileError: Its output is of another form.
        """
        molecule = analyze_composition(smiles).parent_neutral
        mass = float(Descriptors.ExactMolWt(parse_smiles(molecule)))  # type: ignore[attr-defined]
        records: list[MassSpectrum] = []
        for adduct in self.settings.adducts:
            text = _run(self._write_command(molecule, adduct), self.settings.seconds, smiles)
            records += parse_cfm_output(text, adduct, compute_precursor(mass, adduct, charge=0), molecule)
        return Synthesis(tuple(records), {"molecule": molecule})

    def _write_command(self, molecule: str, adduct: Adduct) -> list[str]:
        """Return ``cfm-predict SMILES threshold parameters configuration annotate``, with docker before it if needed.

        The arguments are a list, never a shell's line: a SMILES holds brackets, slashes and dollars.
        """
        program = self.settings.program or shutil.which(PROGRAM)
        if program is not None:
            if self.settings.models is None:
                raise MissingDependencyError(
                    "cfm-predict needs its trained models", hint="set models to their folder (trained_models_cfmid4.0)"
                )
            start, models = [program], self.settings.models
        else:
            docker = shutil.which("docker")
            if docker is None or not _has_image(docker, self.settings.container):
                raise MissingDependencyError(
                    "CFM-ID 4 is not installed",
                    hint=f"install cfm-predict, or `docker pull {self.settings.container}`; "
                    "or use the engine ms2:fragmenter",
                )
            start = [docker, "run", "--rm", "--pull", "never", "--network", "none", self.settings.container, PROGRAM]
            models = _CONTAINER_MODELS
        folder = f"{models.rstrip('/')}/{adduct}"
        return [
            *start, molecule, f"{self.settings.threshold:g}", f"{folder}/param_output.log",
            f"{folder}/param_config.txt", "1",
        ]  # fmt: skip


@cache
def _has_image(docker: str, image: str) -> bool:
    """Return whether docker runs and holds the image; it is never fetched unasked."""
    try:
        done = subprocess.run([docker, "image", "inspect", image], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _run(command: list[str], seconds: float, smiles: str) -> str:
    with tempfile.TemporaryDirectory(prefix="anymol-cfm-") as folder:
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
                cwd=Path(folder),
            )
        except subprocess.TimeoutExpired:
            raise TimeLimitError(f"CFM-ID was stopped after {seconds:g} s", value=smiles) from None
        except OSError as error:
            raise MissingDependencyError(f"CFM-ID does not run: {error}", value=command[0]) from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise UserError(f"CFM-ID failed: {shorten(said[-1] if said else 'it said nothing', 80)}", value=smiles)
    return done.stdout


def parse_cfm_output(text: str, adduct: Adduct, precursor_mz: float, title: str = "") -> list[MassSpectrum]:
    """Return the spectra of an output of ``cfm-predict``, by rising energy.

    Lines that begin with ``#`` are remarks; ``energy0``, ``energy1``, ``energy2`` open a spectrum each; a peak is
    ``m/z intensity`` with, where fragments are annotated, their numbers and in brackets their scores. An empty line
    ends the spectra; the list of fragments follows.

    Args:
        text: The output.
        adduct: That was asked for.
        precursor_mz: Da.
        title: Beginning of the titles.

    Raises:
        InvalidFileError: It is of another form.
    """
    blocks: dict[int, list[tuple[float, float]]] = {}
    current: list[tuple[float, float]] | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if line.startswith("#"):
            continue
        if line.startswith("energy"):
            level = line.removeprefix("energy")
            if level not in ("0", "1", "2") or int(level) in blocks:
                raise InvalidFileError(f"line {number}: energy0, energy1, energy2 are expected once each", value=line)
            current = blocks.setdefault(int(level), [])
        elif not line:
            if current:
                break
        elif current is not None:
            current.append(_parse_peak(line, number))
    if not blocks or not all(blocks.values()):
        raise InvalidFileError("this is not an output of cfm-predict with peaks", value=shorten(text, 60))
    return [
        _make_spectrum(peaks, adduct, precursor_mz, ENERGIES[level], title) for level, peaks in sorted(blocks.items())
    ]


def _parse_peak(line: str, number: int) -> tuple[float, float]:
    words = line.split()
    try:
        mz, height = float(words[0]), float(words[1])
    except (ValueError, IndexError):
        raise InvalidFileError(f"line {number}: a peak is 'm/z intensity ...'", value=line) from None
    if not (0 < mz < 1e5 and 0 <= height < 1e9):
        raise InvalidFileError(f"line {number}: a peak is out of range", value=line)
    return mz, height


def _make_spectrum(
    peaks: list[tuple[float, float]], adduct: Adduct, precursor_mz: float, energy: float, title: str
) -> MassSpectrum:
    rows = np.array(sorted(peaks), np.float64)
    highest = rows[:, 1].max()
    if not highest > 0:
        raise InvalidFileError("a spectrum has no intensity")
    return MassSpectrum(
        mz=rows[:, 0],
        intensity=rows[:, 1] / highest,
        precursor_mz=precursor_mz,
        adduct=adduct,
        collision_energy=CollisionEnergy(energy),
        ion_mode=adduct.ion_mode,
        title=f"{shorten(title, 60)} {adduct} {energy:g} eV".strip(),
    )

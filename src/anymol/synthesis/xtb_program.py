"""Harmonic infrared lines by GFN2-xTB, through the program `xtb` where it is on the PATH.

GFN2-xTB: Bannwarth, Ehlert and Grimme, J. Chem. Theory Comput. 2019, 15, 1652. The program runs as ``xtb --gfn 2
--ohess`` (optimise, then Hessian) on one thread in a folder of its own, and is killed with all its children when the
time is over. It writes the lines into a file ``vibspectrum``.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from rdkit import Chem

from anymol.errors import InvalidFileError, TimeLimitError, UserError, shorten
from anymol.synthesis.infrared_lines import InfraredLines

PROGRAM = "xtb"
_INPUT = "masses.inp"
"""Instructions for the program (its manual page xcontrol)."""
_NO_SYMMETRY = "-"
_ENERGY = re.compile(r"TOTAL ENERGY\s+(-?\d+\.\d+)\s*Eh")
_VERSION = re.compile(r"version\s+(\d+(?:\.\d+)*)")


def find_xtb() -> str | None:
    """Return the path of the program; None where it is not installed."""
    return shutil.which(PROGRAM)


@cache
def name_xtb(program: str) -> str:
    """Return name and version of the program.

    Raises:
        UserError: It does not run.
    """
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"the xtb program does not run: {error}", value=program) from None
    match = _VERSION.search(done.stdout + done.stderr)
    return f"xtb {match[1]}" if match else "xtb"


def compute_lines_program(
    smiles: str,
    atomic_numbers: Sequence[int],
    coordinates: Sequence[Sequence[float]],
    *,
    program: str,
    seconds: float,
    charge: int = 0,
    unpaired: int = 0,
    isotopes: Mapping[int, float] | None = None,
) -> InfraredLines:
    """Return the lines of the minimum next to the given geometry.

    Args:
        smiles: The molecule, for messages.
        atomic_numbers: V numbers.
        coordinates: V x 3, angstrom.
        program: Path of xtb.
        seconds: Time that it may take.
        charge: Total charge.
        unpaired: Unpaired electrons.
        isotopes: Index of an atom -> its mass, Da, where it is a chosen isotope; the others have their element's
            natural mean.

    Raises:
        TimeLimitError: It took longer; it was killed.
        UserError: The program failed, or wrote no lines.
    """
    with tempfile.TemporaryDirectory(prefix="anymol-xtb-") as name:
        folder = Path(name)
        (folder / "molecule.xyz").write_text(_write_xyz(atomic_numbers, coordinates), encoding="ascii")
        command = [program, "molecule.xyz", "--gfn", "2", "--ohess"]
        command += ["--chrg", str(charge), "--uhf", str(unpaired), "--norestart"]
        if isotopes:
            rows = (f"   modify mass: {place + 1},{mass:.8f}" for place, mass in sorted(isotopes.items()))
            (folder / _INPUT).write_text("\n".join(["$hess", *rows, "$end", ""]), encoding="ascii")
            command += ["--input", _INPUT]
        text = _run(command, folder, seconds, smiles)
        written = folder / "vibspectrum"
        if not written.is_file():
            last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it said nothing")
            raise UserError(f"xtb wrote no lines: {shorten(last, 80)}", value=smiles)
        wavenumbers, intensities = parse_vibspectrum(written.read_text(encoding="utf-8", errors="replace"))
    energies = _ENERGY.findall(text)
    if not energies:
        raise UserError("xtb printed no total energy", value=smiles)
    return InfraredLines(wavenumbers, intensities, float(energies[-1]), name_xtb(program))


def parse_vibspectrum(text: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return wavenumbers (cm^-1, rising) and intensities (km/mol) of a file ``vibspectrum``.

    The file begins with ``$vibrational spectrum`` and ends with ``$end``; ``#`` opens a remark. A row holds the mode,
    its symmetry, wavenumber, intensity, and whether it is seen in the infrared and the Raman spectrum. Translations and
    rotations stand first, with ``-`` in both last columns and no symmetry; older versions mark them in the same way.

    Raises:
        InvalidFileError: It is not such a file.
    """
    lines = text.splitlines()
    if not lines or not lines[0].strip().startswith("$vibrational spectrum"):
        raise InvalidFileError("this is not a vibspectrum file", value=shorten(text, 40), hint="xtb --ohess writes one")
    rows: list[tuple[float, float]] = []
    for number, line in enumerate(lines[1:], start=2):
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0].startswith("$"):
            break
        # A mode has a symmetry (a letter) before its wavenumber; a translation or rotation goes without.
        if len(words) > 1 and words[1][0].isalpha():
            words.pop(1)
            is_mode = True
        else:
            is_mode = _NO_SYMMETRY not in words[3:]
        try:
            wavenumber, intensity = float(words[1]), float(words[2])
        except (IndexError, ValueError):
            raise InvalidFileError(f"line {number} of vibspectrum is not a mode", value=shorten(line, 60)) from None
        if is_mode:
            rows.append((wavenumber, intensity))
    rows.sort()
    return tuple(row[0] for row in rows), tuple(row[1] for row in rows)


def _write_xyz(atomic_numbers: Sequence[int], coordinates: Sequence[Sequence[float]]) -> str:
    table = Chem.GetPeriodicTable()
    rows = (
        f"{table.GetElementSymbol(int(number))} {x:.8f} {y:.8f} {z:.8f}"
        for number, (x, y, z) in zip(atomic_numbers, coordinates, strict=True)
    )
    return "\n".join([str(len(atomic_numbers)), "", *rows, ""])


def _run(command: list[str], folder: Path, seconds: float, smiles: str) -> str:
    """Return what the program prints; it leads a process group of its own, so that nothing of it outlives the limit."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_STACKSIZE": "1G"}
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise UserError(f"the xtb program does not run: {error}", value=command[0]) from None
    with process:
        try:
            text, _ = process.communicate(timeout=seconds)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                raise TimeLimitError(f"xtb was stopped after {seconds:g} s", value=smiles) from None
            raise
    if process.returncode:
        last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it said nothing")
        raise UserError(f"xtb failed: {shorten(last, 80)}", value=smiles)
    return text

"""The xtb program: its file of lines, and its running, by a stand-in script (the program itself need not be here)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from anymol.errors import InvalidFileError, TimeLimitError, UserError
from anymol.synthesis.xtb_program import compute_lines_program, parse_vibspectrum

# Water in the format of xtb 6: six moves without symmetry, then the modes.
VIBSPECTRUM = """$vibrational spectrum
#  mode     symmetry     wave number   IR intensity    selection rules
#                         cm**(-1)      (km*mol⁻¹)        IR     RAMAN
     1                       -0.00         0.00000         -       -
     2                       -0.00         0.00000         -       -
     3                       -0.00         0.00000         -       -
     4                        0.00         0.00000         -       -
     5                        0.00         0.00000         -       -
     6                        0.00         0.00000         -       -
     7        a            1539.30       132.17120        YES     NO
     8        a            3643.40         6.54150        YES     NO
     9        a            3651.90        16.55320        YES     NO
$end
"""
# The same with an imaginary mode, which the program prints as negative.
IMAGINARY = VIBSPECTRUM.replace("   1539.30", "    -39.30")
WATER = ([8, 1, 1], [[0.0, 0.0, 0.1], [0.0, 0.8, -0.5], [0.0, -0.8, -0.5]])


def test_the_modes_are_read_and_shifts_and_turns_are_not() -> None:
    wavenumbers, intensities = parse_vibspectrum(VIBSPECTRUM)
    assert wavenumbers == (1539.30, 3643.40, 3651.90)
    assert intensities == (132.1712, 6.5415, 16.5532)


def test_an_imaginary_mode_is_negative() -> None:
    wavenumbers, _ = parse_vibspectrum(IMAGINARY)
    assert wavenumbers[0] == -39.30


@pytest.mark.parametrize(
    "text", ["", "hello", VIBSPECTRUM.replace("3643.40", "****"), VIBSPECTRUM.replace("\n", "\n9\n", 1)]
)
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidFileError):
        parse_vibspectrum(text)


def make_program(folder: Path, body: str) -> str:
    path = folder / "xtb"
    path.write_text(f"#!{sys.executable}\nimport os, sys, time, pathlib\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_it_runs_the_program_and_reads_what_it_wrote(tmp_path: Path) -> None:
    body = (
        "if '--version' in sys.argv: print('* xtb version 6.7.1 (edcfbbe)'); sys.exit()\n"
        "assert sys.argv[2:] == '--gfn 2 --ohess --chrg 0 --uhf 0 --norestart'.split(), sys.argv\n"
        "assert pathlib.Path('molecule.xyz').read_text().splitlines()[0] == '3'\n"
        f"pathlib.Path('vibspectrum').write_text({VIBSPECTRUM!r}, encoding='utf-8')\n"
        "print('   | TOTAL ENERGY   -5.070544440612 Eh   |')"
    )
    lines = compute_lines_program("O", *WATER, program=make_program(tmp_path, body), seconds=20)
    assert len(lines.wavenumbers) == 3
    assert lines.energy == -5.070544440612
    assert lines.program == "xtb 6.7.1"


def test_masses_of_isotopes_are_handed_on(tmp_path: Path) -> None:
    body = (
        "if '--version' in sys.argv: print('* xtb version 6.7.1 (edcfbbe)'); sys.exit()\n"
        "name = sys.argv[sys.argv.index('--input') + 1]\n"
        "said = pathlib.Path(name).read_text().splitlines()\n"
        "assert said == ['$hess', '   modify mass: 2,2.01410000', '$end'], said\n"
        f"pathlib.Path('vibspectrum').write_text({VIBSPECTRUM!r}, encoding='utf-8')\n"
        "print('   | TOTAL ENERGY   -5.070544440612 Eh   |')"
    )
    program = make_program(tmp_path, body)
    assert compute_lines_program("[2H]O", *WATER, program=program, seconds=20, isotopes={1: 2.0141}).wavenumbers


@pytest.mark.parametrize("body", ["print('abnormal termination'); sys.exit(1)", "print('done')"])
def test_a_failure_tells_what_the_program_said_last(tmp_path: Path, body: str) -> None:
    with pytest.raises(UserError, match=r"abnormal termination|done"):
        compute_lines_program("O", *WATER, program=make_program(tmp_path, body), seconds=20)


def test_it_is_killed_when_the_time_is_over(tmp_path: Path) -> None:
    with pytest.raises(TimeLimitError):
        compute_lines_program("O", *WATER, program=make_program(tmp_path, "time.sleep(600)"), seconds=0.5)


def test_what_is_no_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        compute_lines_program("O", *WATER, program=str(tmp_path / "xtb"), seconds=5)


@pytest.mark.skipif(sys.platform != "linux", reason="the system kills it there only")
def test_it_ends_with_the_process_that_waits_for_it(tmp_path: Path) -> None:
    body = f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    program = make_program(tmp_path, body)
    script = (
        "from anymol.synthesis.xtb_program import compute_lines_program\n"
        f"compute_lines_program('O', *{WATER!r}, program={program!r}, seconds=600)"
    )
    with subprocess.Popen([sys.executable, "-c", script]) as parent:
        until = time.monotonic() + 60
        while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text():
            assert time.monotonic() < until and parent.poll() is None
            time.sleep(0.05)
        parent.kill()
    place = Path("/proc") / (tmp_path / "pid").read_text() / "stat"
    for _ in range(100):
        if not place.is_file() or place.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.1)
    os.kill(int(place.parent.name), signal.SIGKILL)
    pytest.fail("the program goes on")

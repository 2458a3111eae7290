"""The adapter of CFM-ID 4: its command, its output, its absence. The real program is not run."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from anymol.errors import InvalidFileError, MissingDependencyError, TimeLimitError, UserError
from anymol.modalities.adduct import Adduct
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.synthesis.cfm_id import CfmIdEngine, CfmIdSettings, parse_cfm_output

# Written after the documented form of version 4.4; the figures are made up.
OUTPUT = """#In-silico ESI-MS/MS [M+H]+ Spectra
#PREDICTED BY CFM-ID 4.4.7
#ID=_NULL_ID_
#SMILES=CN1C=NC2=C1C(=O)N(C)C(=O)N2C
#InChiKey=RYYVLZVUVIJVGH-UHFFFAOYSA-N
#Formula=C8H10N4O2
#PMass=195.08765
energy0
138.06619 8.25 4 9 (7.5 0.75)
195.08765 91.75 0 (91.75)
energy1
110.07127 12.5 7 (12.5)
138.06619 37.5 4 (37.5)
195.08765 50 0 (50)
energy2
195.08765 10 0 (10)
110.07127 60 7 (60)
138.06619 30 4 (30)

0 195.08765 CN1C=[NH+]C2=C1C(=O)N(C)C(=O)N2C
4 138.06619 CN=C1C(C=O)=[NH+]C=N1C
7 110.07127 C[NH+]=C1C=NC=N1C
"""


def write_program(folder: Path, body: str) -> str:
    """Return the path of a stand-in for cfm-predict."""
    path = folder / "cfm-predict"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_output_is_parsed() -> None:
    spectra = parse_cfm_output(OUTPUT, Adduct.M_H, 195.08765, "caffeine")
    assert [str(s.collision_energy) for s in spectra] == ["10 eV", "20 eV", "40 eV"]
    assert np.allclose(spectra[2].mz, [110.07127, 138.06619, 195.08765])
    assert np.allclose(spectra[2].intensity, [1.0, 0.5, 1 / 6])
    assert all(s.precursor_mz == 195.08765 and s.intensity.max() == 1 for s in spectra)
    assert spectra[0].title == "caffeine [M+H]+ 10 eV"


def test_peaks_without_annotation_are_read() -> None:
    (spectrum,) = parse_cfm_output("energy1\n50.0 2\n60.0 4\n", Adduct.M_NEG_H, 100.0)
    assert spectrum.intensity.tolist() == [0.5, 1.0] and str(spectrum.collision_energy) == "20 eV"


@pytest.mark.parametrize(
    "text",
    [
        "", "nothing here", "energy0\n", "energy0\nfifty 1\n", "energy0\n50\n", "energy9\n50 1\n", "energy0\n50 -1\n",
        "energy0\n50 1\nenergy0\n50 1\n", "energy0\n-3 1\n", "energy0\n50 nan\n", "energy0\n50 0\n",
        "energy0\n50 1\nenergy1\n\n",
    ],
)  # fmt: skip
def test_other_output_is_refused(text: str) -> None:
    with pytest.raises(InvalidFileError):
        parse_cfm_output(text, Adduct.M_H, 100.0)


def test_the_program_is_run_with_its_arguments(tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text(OUTPUT)
    program = write_program(tmp_path, f'echo "$@" >> {tmp_path}/seen.txt; cat {tmp_path}/out.txt')
    engine = CfmIdEngine(CfmIdSettings(program=program, models="/models/", adducts=(Adduct.M_H,)))
    made = engine.synthesize("Cl.CN1C=NC2=C1C(=O)N(C)C(=O)N2C", 0)
    molecule = made.notes["molecule"]
    seen = (tmp_path / "seen.txt").read_text().strip()
    folder = "/models/[M+H]+"
    assert seen == f"{molecule} 0.001 {folder}/param_output.log {folder}/param_config.txt 1"
    assert "." not in str(molecule) and len(made.records) == 3
    first = made.records[0]
    assert isinstance(first, MassSpectrum) and first.precursor_mz == pytest.approx(195.08765, abs=1e-4)


def test_a_hostile_smiles_reaches_no_shell(tmp_path: Path) -> None:
    program = write_program(tmp_path, f"cat {tmp_path}/out.txt")
    (tmp_path / "out.txt").write_text(OUTPUT)
    engine = CfmIdEngine(CfmIdSettings(program=program, models="/models", adducts=(Adduct.M_H,)))
    with pytest.raises(UserError):
        engine.synthesize("CC;touch hacked", 0)
    assert not (tmp_path / "hacked").exists()


def test_failures_of_the_program_are_reported(tmp_path: Path) -> None:
    failing = CfmIdSettings(program=write_program(tmp_path, "echo 'could not load' >&2; exit 3"), models="/models")
    with pytest.raises(UserError, match="could not load"):
        CfmIdEngine(failing).synthesize("CCO", 0)
    slow = CfmIdSettings(program=write_program(tmp_path, "exec sleep 20"), models="/models", seconds=0.2)
    with pytest.raises(TimeLimitError):
        CfmIdEngine(slow).synthesize("CCO", 0)
    absent = CfmIdSettings(program=str(tmp_path / "nowhere"), models="/models")
    with pytest.raises(MissingDependencyError):
        CfmIdEngine(absent).synthesize("CCO", 0)


def test_without_program_and_container_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependencyError, match="docker pull wishartlab/cfmid"):
        CfmIdEngine().synthesize("CCO", 0)
    with pytest.raises(MissingDependencyError, match="trained models"):
        CfmIdEngine(CfmIdSettings(program="cfm-predict")).synthesize("CCO", 0)


def test_the_container_is_used_where_its_image_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    (tmp_path / "out.txt").write_text(OUTPUT)
    docker.write_text(
        f'#!/bin/sh\n[ "$1" = run ] || exit 0\necho "$@" > {tmp_path}/seen.txt\n/bin/cat {tmp_path}/out.txt\n'
    )
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    CfmIdEngine(CfmIdSettings(adducts=(Adduct.M_NEG_H,))).synthesize("CCO", 0)
    assert (tmp_path / "seen.txt").read_text().split() == [
        "run", "--rm", "--pull", "never", "--network", "none", "wishartlab/cfmid:latest", "cfm-predict", "CCO", "0.001",
        "/trained_models_cfmid4.0/[M-H]-/param_output.log", "/trained_models_cfmid4.0/[M-H]-/param_config.txt", "1",
    ]  # fmt: skip


@pytest.mark.parametrize("settings", [{"adducts": ("[M+Na]+",)}, {"adducts": ()}, {"container": "a b; c"}, {"x": 1}])
def test_settings_are_checked(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CfmIdSettings(**settings)  # type: ignore[arg-type]

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from tests.unit.data.published.asking import ask_all

from anymol.data.published.published_set import PublishedRowError, Question
from anymol.data.published.qm9 import QM9
from anymol.data.sources.qm9 import assign_qm9_split
from anymol.errors import DataError
from anymol.tasks.quantum import B3LYP
from anymol.tasks.task import TaskInput

METHANE_INCHI = "InChI=1S/CH4/h1H4"
METHANE = (
    "5\n"
    "gdb 1\t157.7118\t157.70997\t157.70699\t0.\t13.21\t-0.3877\t0.1171\t0.5048\t35.3641\t0.044749\t-40.47893\t"
    "-40.476062\t-40.475117\t-40.498597\t6.469\t\n"
    "C\t-0.0126981359\t 1.0858041578\t 0.0080009958\t-0.535689\n"
    "H\t 0.002150416\t-0.0060313176\t 0.0019761204\t 0.133921\n"
    "H\t 1.0117308433\t 1.4637511618\t 0.0002765748\t 0.133922\n"
    "H\t-0.540815069\t 1.4475266138\t-0.8766437152\t 0.133923\n"
    "H\t-0.5238136345\t 1.4379326443\t 0.9063972942\t 0.133923\n"
    "1341.307\t1341.3284\t1341.365\t1562.6731\t1562.7453\t3038.3205\t3151.6034\t3151.6788\t3151.7078\n"
    "C\tC\t\n"
    f"{METHANE_INCHI}\t{METHANE_INCHI}\n"
)
"""``dsgdb9nsd_000001.xyz`` as it was published."""

ANSWERS = {
    "homo": "-0.3877", "lumo": "0.1171", "homo_lumo_gap": "0.5048", "total_energy": "-40.4789", "dipole_moment": "0.00"
}  # fmt: skip
QUESTIONS = [Question(task, TaskInput(molecule="C", text=B3LYP), answer) for task, answer in ANSWERS.items()]
SPLIT = assign_qm9_split(METHANE_INCHI)
HEAD = "mol_id,smiles,A,B,C,mu,alpha,homo,lumo,gap,r2,zpve,u0,u298,h298,g298,cv\n"
ROW = "gdb_1,C,157.7118,157.70997,157.70699,0.0,13.21,-0.3877,0.1171,0.5048,35.3641,0.044749,-40.47893,0,0,0,6.469\n"


def test_a_geometry(tmp_path: Path) -> None:
    (tmp_path / "dsgdb9nsd_000001.xyz").write_text(METHANE, encoding="utf-8")
    assert ask_all(QM9, tmp_path) == [(SPLIT, one) for one in QUESTIONS]


def test_the_archive_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "dsgdb9nsd.xyz.tar.bz2"
    with tarfile.open(path, "w:bz2") as archive:
        for number in (1, 2):
            member = tarfile.TarInfo(f"./dsgdb9nsd_00000{number}.xyz")
            member.size = len(METHANE)
            archive.addfile(member, io.BytesIO(METHANE.encode()))
    rows = list(QM9.read_rows(path))
    assert [row.file for row in rows] == ["dsgdb9nsd_000001.xyz", "dsgdb9nsd_000002.xyz"]
    assert ask_all(QM9, path) == [(SPLIT, one) for one in QUESTIONS] * 2
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match="cannot be read"):
        ask_all(QM9, path)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("qm9.csv", HEAD + ROW),
        (
            "qm9_part1.csv",
            "SMILES,InChi,HOMO_au,LUMO_au,HOMO_LUMO_gap_au,InternalEnergy_0K_au,Dipole_debye\n"
            f"C,{METHANE_INCHI},-0.3877,0.1171,0.5048,-40.47893,0.0\n",
        ),
    ],
)
def test_tables_say_the_same_of_the_same_split(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).write_text(text, encoding="utf-8")
    assert ask_all(QM9, tmp_path) == [(SPLIT, one) for one in QUESTIONS]


def test_small_numbers_are_written_as_mathematica_does(tmp_path: Path) -> None:
    path = tmp_path / "dsgdb9nsd_000001.xyz"
    path.write_text(METHANE.replace("\t0.1171\t", "\t1.171*^-1\t"), encoding="utf-8")
    assert [one.answer for _, one in ask_all(QM9, path)] == list(ANSWERS.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # Ethene's geometry that fell into ethyne and hydrogen would have another connectivity.
        (METHANE.replace(f"\t{METHANE_INCHI}", "\tInChI=1S/C2H2/c1-2/h1-2H"), "became another molecule"),
        (METHANE.replace("gdb 1", "gda 1"), "does not begin with 'gdb'"),
        (METHANE.replace("5\n", "6\n", 1), "not in the format"),
        ("", "not in the format"),
        (METHANE.replace("-0.3877", "low"), "homo is not a number"),
        (METHANE.replace("-0.3877", "nan"), "homo is not a finite number"),
    ],
)
def test_a_geometry_that_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "dsgdb9nsd_000001.xyz"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PublishedRowError, match=f"dsgdb9nsd_000001.xyz, line 1: .*{said}"):
        ask_all(QM9, path)


def test_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "qm9.csv").write_text(HEAD.replace(",mu,", ",dipole,"), encoding="utf-8")
    with pytest.raises(DataError, match="no column mu"):
        ask_all(QM9, tmp_path)
    (tmp_path / "other.csv").write_text(HEAD, encoding="utf-8")
    with pytest.raises(DataError, match=r"'other\.csv' is not a file of QM9"):
        ask_all(QM9, tmp_path / "other.csv")

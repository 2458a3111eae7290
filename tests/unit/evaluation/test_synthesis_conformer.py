"""Conformers against a wider search and against a crystal structure made here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from anymol.errors import DataError, UserError
from anymol.evaluation.synthesis_conformer import evaluate_conformers
from anymol.modalities.conformer import Conformer
from anymol.modalities.modality import Modality
from anymol.synthesis.conformer import ConformerEngine, ConformerSettings
from anymol.synthesis.engine import EngineSettings, Synthesis, derive_seed
from anymol.synthesis.graph import GraphEngine

MOLECULES = ["CCO", "CCCCCCCCO", "C1CCCCC1C"]


@dataclass(frozen=True)
class StrainedEngine:
    """ETKDG's conformers, said to be 2 kcal/mol higher."""

    settings: EngineSettings = field(default_factory=EngineSettings)
    modality: ClassVar[Modality] = Modality.CONFORMER
    name: ClassVar[str] = "strained"
    version: ClassVar[str] = "1"

    def synthesize(self, smiles: str, seed: int) -> Synthesis:
        found = ConformerEngine().synthesize(smiles, seed).records
        worse = [
            Conformer(one.atomic_numbers, one.coordinates, one.charge, one.smiles, (one.energy or 0) + 2, one.method)
            for one in found
            if isinstance(one, Conformer)
        ]
        return Synthesis(tuple(worse))


def test_the_engine_is_near_the_wide_search() -> None:
    report = evaluate_conformers([*MOLECULES, "C(C"], n_search=20)
    assert report.n == 3
    assert list(report.failures) == ["C(C"]
    assert report.own is not None
    assert report.single is not None
    assert report.own.within[1.0].estimate == 1.0
    assert 0 <= report.own.median.estimate <= report.own.p90.estimate < 1.0
    assert report.own.p90.estimate <= report.single.p90.estimate
    form = json.loads(json.dumps(report.to_json()))
    assert set(form["engine_gap"]["within_kcal_mol"]) == {"0.1", "1"}
    assert report.rmsd is None


def test_a_strained_engine_is_found_out() -> None:
    report = evaluate_conformers(["CCO"], engine=StrainedEngine(), n_search=5)
    assert report.own is not None
    assert report.own.median.estimate == pytest.approx(2, abs=0.01)
    assert report.own.within[1.0].estimate == 0


@pytest.fixture
def crystals(tmp_path: Path) -> Path:
    mol = Chem.AddHs(Chem.MolFromSmiles("C[C@H](N)C(=O)O"))
    rdDistGeom.EmbedMolecule(mol, randomSeed=5)
    block = Chem.MolToMolBlock(mol)
    flat = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))
    (tmp_path / "crystals.sdf").write_text(f"{block}$$$$\n{flat}$$$$\nnonsense\n$$$$\n", encoding="utf-8")
    return tmp_path


def test_a_crystal_structure_is_met(crystals: Path) -> None:
    report = evaluate_conformers([], measured=crystals)
    assert report.rmsd is not None
    assert report.rmsd.n == 1
    assert 0 < report.rmsd.estimate < 0.6
    assert report.rmsd_within_1 is not None
    assert report.rmsd_within_1.estimate == 1
    assert set(report.failures) == {"crystals.sdf, record 2", "crystals.sdf, record 3"}


def test_the_engines_own_conformer_as_crystal_is_met_exactly(tmp_path: Path) -> None:
    smiles = "CC(C)CO"
    engine = ConformerEngine(ConformerSettings(n_embedded=3, n_kept=3))
    # the same seed as the comparison draws
    report_folder = tmp_path / "sdf"
    report_folder.mkdir()
    written = Chem.MolToSmiles(Chem.MolFromSmiles(smiles))
    one = engine.synthesize(written, derive_seed(written, Modality.CONFORMER, 0)).records[0]
    assert isinstance(one, Conformer)
    mol = Chem.AddHs(Chem.MolFromSmiles(written))
    shape = Chem.Conformer(mol.GetNumAtoms())
    shape.SetPositions(np.array(one.coordinates, np.float64))
    mol.AddConformer(shape)
    (report_folder / "own.sdf").write_text(Chem.MolToMolBlock(mol) + "$$$$\n", encoding="utf-8")
    report = evaluate_conformers([], engine=engine, measured=report_folder)
    assert report.rmsd is not None
    assert report.rmsd.estimate == pytest.approx(0, abs=1e-3)


def test_nothing_to_compare_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        evaluate_conformers([])
    with pytest.raises(DataError, match="no SD file"):
        evaluate_conformers([], measured=tmp_path)
    with pytest.raises(UserError, match="graph"):
        evaluate_conformers(["CCO"], engine=GraphEngine())

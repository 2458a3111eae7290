"""Conformers of molecules whose shapes every chemist knows."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from anymol.errors import ConfigError, ConformerError
from anymol.modalities.conformer import Conformer
from anymol.modalities.modality import Modality
from anymol.synthesis.conformer import ConformerEngine, ConformerSettings, search_conformers
from anymol.synthesis.table import choose_engines


def synthesize(smiles: str, **settings: int | float) -> tuple[Conformer, ...]:
    records = ConformerEngine(ConformerSettings(**settings)).synthesize(smiles, 7).records
    assert all(isinstance(record, Conformer) for record in records)
    return records  # type: ignore[return-value]  # checked on the line before


def search(smiles: str, **settings: int | float) -> dict[str, object]:
    return search_conformers(smiles, 7, ConformerSettings(**settings).model_dump())


def test_atoms_stand_in_the_order_written_then_the_hydrogens() -> None:
    (record, *_) = synthesize("OC=C")
    assert record.atomic_numbers.tolist() == [8, 6, 6, 1, 1, 1, 1]
    np.testing.assert_allclose(record.coordinates.mean(axis=0), 0, atol=1e-5)


def test_benzene_is_a_flat_hexagon() -> None:
    (ring,) = synthesize("c1ccccc1")
    carbon = ring.coordinates[:6]
    sides = np.linalg.norm(carbon - np.roll(carbon, 1, axis=0), axis=1)
    assert sides == pytest.approx(np.full(6, 1.39), abs=0.02)  # angstrom
    assert np.linalg.svd(carbon - carbon.mean(axis=0))[1][2] < 0.05


def test_butane_is_anti_first_then_gauche() -> None:
    kept = synthesize("CCCC", n_embedded=20)
    ends = [float(np.linalg.norm(one.coordinates[0] - one.coordinates[3])) for one in kept]
    assert ends[0] == pytest.approx(3.9, abs=0.1)  # angstrom, anti
    assert ends[1:] and ends[1:] == pytest.approx([3.1] * len(ends[1:]), abs=0.15)
    gap = kept[1].energy - kept[0].energy  # type: ignore[operator]
    assert 0.5 < gap < 1.1  # kcal/mol: MMFF94 says 0.8


def test_energies_rise_and_no_more_are_kept_than_asked_for() -> None:
    energies = [one.energy for one in synthesize("OCCCCO", n_embedded=15, n_kept=3)]
    assert len(energies) == 3
    assert energies == sorted(energies)  # type: ignore[type-var]  # a search states all energies


def test_written_stereochemistry_is_built() -> None:
    for smiles in ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"):
        (record, *_) = synthesize(smiles)
        mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
        placed = Chem.Conformer(mol.GetNumAtoms())
        placed.SetPositions(record.coordinates.astype(np.float64))
        mol.AddConformer(placed)
        Chem.AssignStereochemistryFrom3D(mol)
        assert Chem.CanonSmiles(Chem.MolToSmiles(Chem.RemoveHs(mol))) == Chem.CanonSmiles(smiles)


def test_the_fallback_is_flagged() -> None:
    assert search("CCO")["is_fallback"] is False
    found = search("CB(O)O")  # MMFF94 knows no boron
    assert (found["force_field"], found["is_fallback"]) == ("UFF", True)


def test_the_ions_of_a_salt_do_not_stand_inside_each_other() -> None:
    (record, *_) = synthesize("[Na+].[Cl-]")
    assert 1.5 < np.linalg.norm(record.coordinates[0] - record.coordinates[1]) < 10


@pytest.mark.parametrize(
    ("smiles", "match"), [("*CC", "placeholder"), ("C" * 60, "atoms")], ids=["placeholder", "too large"]
)
def test_what_has_no_place_in_space_is_refused(smiles: str, match: str) -> None:
    with pytest.raises(ConformerError, match=match):
        search(smiles, max_atoms=100)


def test_more_cannot_be_kept_than_are_drawn() -> None:
    with pytest.raises(ConfigError, match="n_kept"):
        choose_engines("conformer", {Modality.CONFORMER: {"n_embedded": 2, "n_kept": 3}})

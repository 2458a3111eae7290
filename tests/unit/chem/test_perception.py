"""Bonds, charges and radicals of atoms in space. Geometries of small molecules are measured ones; others are MMFF's."""

from __future__ import annotations

import itertools
import math
import time
from typing import Any

import numpy as np
import pytest
from rdkit import Chem, rdBase
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

from anymol.chem.perception import perceive, perceive_molecule
from anymol.errors import ConformerError

Place = tuple[float, float, float]

TETRAHEDRON = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
OCTAHEDRON = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]
TRIGON = [(1, 0, 0), (-0.5, math.sqrt(0.75), 0), (-0.5, -math.sqrt(0.75), 0)]
SQUARE = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0)]


def bend(one: float, other: float, angle: float) -> list[Place]:
    """Return the places of end, middle and end."""
    radians = math.radians(angle)
    return [(one, 0.0, 0.0), (0.0, 0.0, 0.0), (other * math.cos(radians), other * math.sin(radians), 0.0)]


def surround(length: float, corners: list[Any]) -> list[Place]:
    """Return the places of a centre and of what lies around it."""
    unit = [np.array(corner) / np.linalg.norm(corner) for corner in corners]
    return [(0.0, 0.0, 0.0), *((float(x), float(y), float(z)) for x, y, z in (length * one for one in unit))]


def read(symbols: str, places: list[Place], charge: int | None = None, multiplicity: int | None = None) -> Any:
    numbers = [Chem.GetPeriodicTable().GetAtomicNumber(symbol) for symbol in symbols.split()]
    return perceive(numbers, [list(place) for place in places], charge, multiplicity, [])


def build(smiles: str) -> Chem.Mol:
    """Return a molecule with hydrogens and a geometry, its stereochemistry that of the geometry."""
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=11) == 0
    with rdBase.BlockLogs():
        rdForceFieldHelpers.MMFFOptimizeMolecule(mol, maxIters=1000)
    Chem.AssignStereochemistryFrom3D(mol)
    return mol


def read_shuffled(mol: Chem.Mol, charge: int | None = None, orders: int = 3) -> list[dict[str, Any]]:
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    places = mol.GetConformer().GetPositions()
    found = []
    for seed in range(orders):
        order = np.random.default_rng(seed).permutation(len(numbers))
        found.append(perceive([numbers[one] for one in order], places[order].tolist(), charge, None, []))
    return found


@pytest.mark.parametrize(
    "smiles",
    [
        # nitro, nitrate, nitrite, nitroso, nitramine
        "CCCCCCCOc1ccc([N+](=O)[O-])cc1", "O=[N+]([O-])c1cc([N+](=O)[O-])c(O)c([N+](=O)[O-])c1", "CCO[N+](=O)[O-]",
        "CON=O", "CN(C)N=O", "O=Nc1ccccc1", "CN(C)[N+](=O)[O-]",
        # sulfur: sulfoxides with their configuration, sulfones, sulfonamides, sulfoximines, sulfinic acids and more
        "CS(C)=O", "C[S@](=O)c1ccccc1", "C[S@@](=O)c1ccccc1", "CS(C)(=O)=O", "NS(=O)(=O)c1ccccc1",
        "CS(=O)O", "CS(=O)(=O)O", "O=S(Cl)Cl", "CN=S(C)(=O)c1ccccc1", "CSS(C)(=O)=O", "C[S+](C)CCC(=O)[O-]",
        "C=S(C)(C)=O", "O=S1(=O)NC(=O)c2ccccc21",
        # phosphorus
        "COP(=O)(O)OC", "CP(C)(C)=O", "COP(=S)(OC)OC", "CN(C)P(=O)(N(C)C)N(C)C", "C=P(c1ccccc1)(c1ccccc1)c1ccccc1",
        "CP(C)C", "CC[P@](C)(=O)c1ccccc1",
        # N-oxides, nitrones, azoxy compounds, furoxans
        "C[N+](C)(C)[O-]", "[O-][n+]1ccccc1", "CC(C)(C)/[N+]([O-])=C/c1ccccc1", "[O-]/[N+](=N/c1ccccc1)c1ccccc1",
        "Cc1no[n+]([O-])c1C", "CC(C)(C)/[N+]([O-])=[N+](\\[O-])C(C)(C)C",
        # azides, diazo compounds, isonitriles, cumulenes
        "[N-]=[N+]=NCc1ccccc1", "CCOC(=O)C=[N+]=[N-]", "[C-]#[N+]C(C)C", "CN=C=O", "CN=C=S", "C=C=C", "C=C=O",
        "CN=[N+]=[N-]", "N#CC(C#N)=C(C#N)C#N", "C#CC#C",
        # zwitterions
        "[NH3+]CC(=O)[O-]", "C[N+](C)(C)CC(=O)[O-]", "[NH3+]CCS(=O)(=O)[O-]", "C[n+]1ccccc1C(=O)[O-]",
        "NC(=[NH2+])NCCC[C@H](N)C(=O)[O-]", "C[N+](C)(C)[CH2-]",
        # rings, cages and stereochemistry
        "C1C2CC1C2", "C12C3C4C1C1C2C3C41", "c1ccc2cccc-2cc1", "C1=CC=CC=CC=C1", "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
        "CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5", "C/C=C/C", "C/C=C\\C", "C/C(=N\\O)c1ccccc1",
        "O=c1cc[nH]cc1", "Oc1ccncc1", "C[C@@H](O)[C@H](N)C(=O)O",
        # boron, silicon, halogens, selenium, tin, hydrogen bonds
        "OB(O)c1ccccc1", "[BH3-][NH3+]", "C[Si](C)(C)C", "CC(=O)OI(OC(C)=O)c1ccccc1", "C[Se]C", "C[Sn](C)(C)C",
    ],
)  # fmt: skip
def test_neutral_molecules_in_any_order_of_atoms(smiles: str) -> None:
    mol = build(smiles)
    expected = Chem.MolToSmiles(Chem.RemoveHs(mol))
    assert Chem.MolToSmiles(Chem.MolFromSmiles(expected), isomericSmiles=False) == Chem.MolToSmiles(
        Chem.MolFromSmiles(smiles), isomericSmiles=False
    )
    for found in read_shuffled(mol):
        assert (found["smiles"], found["charge"], found["unpaired"]) == (expected, 0, 0)
        assert found["notes"] == (
            "bonds are perceived from distances; no charge is stated, and the neutral molecule has closed shells",
        )


@pytest.mark.parametrize(
    "smiles",
    [
        "CC1(C)CCCC(C)(C)N1[O]", "[CH3]", "C[C](C)C", "[CH2]c1ccccc1", "[O]c1ccccc1", "C=C[CH2]", "CCO[O]", "CC[S]",
        "O=C1CCC(=O)N1[O]", "CC(C)(C)[NH]", "FC(F)(F)[CH]F", "c1ccc([C](c2ccccc2)c2ccccc2)cc1", "C[O]", "[O]O",
        "CC(C)(C)N([O])c1ccccc1", "c1ccc([N]c2ccccc2)cc1", "C[C]=O", "C[S](=O)=O",
    ],
)  # fmt: skip
def test_an_odd_number_of_electrons_is_a_radical_and_said(smiles: str) -> None:
    mol = build(smiles)
    for found in read_shuffled(mol):
        assert (found["smiles"], found["charge"], found["unpaired"]) == (Chem.CanonSmiles(smiles), 0, 1)
        assert "the neutral molecule is a radical" in found["notes"][0]


def test_the_ions_that_a_radical_could_be_are_listed() -> None:
    (found,) = read_shuffled(build("[O]c1ccccc1"), orders=1)
    assert "[O-]c1ccccc1 (charge -1)" in found["notes"][0]
    assert "state the charge to settle it" in found["notes"][0]
    for found in read_shuffled(build("[O-]c1ccccc1"), charge=-1):
        assert (found["smiles"], found["notes"]) == ("[O-]c1ccccc1", ())


@pytest.mark.parametrize(
    ("smiles", "charge"),
    [
        # no neutral valences fit
        ("C[NH3+]", 1), ("C[N+](C)(C)CCO", 1), ("C[S+](C)C", 1), ("C[O+](C)C", 1), ("[NH3+]CCC[NH3+]", 2),
        ("C[S+](C)(C)=O", 1),
        ("C[P+](c1ccccc1)(c1ccccc1)c1ccccc1", 1), ("[NH3+]CC(=O)C[NH3+]", 2), ("N#[N+]c1ccccc1", 1),
        # met as ions only: anions of acids
        ("CC(=O)[O-]", -1), ("O=C([O-])C(=O)[O-]", -2), ("COS(=O)(=O)[O-]", -1), ("CP(=O)([O-])[O-]", -2),
        ("O=C([O-])c1ccc([O-])cc1", -2), ("[NH3+]Cc1[nH]cc[nH+]1", 2), ("COc1ccccc1[N-]CC(=O)[O-]", -2),
        ("CS(=O)(=O)[N-]c1nccs1", -1), ("Cc1nnc([S-])n1C", -1), ("CNC(=S)[S-]", -1),
        # and cations whose short bonds of carbon and nitrogen show the shared charge
        ("NC(N)=[NH2+]", 1), ("C[n+]1ccccc1", 1), ("Cn1cc[n+](C)c1", 1), ("CC(C)=[N+](C)C", 1),
        ("CN(C)C=[N+](C)C", 1),
    ],
)  # fmt: skip
def test_molecules_that_are_met_as_ions(smiles: str, charge: int) -> None:
    for found in read_shuffled(build(smiles)):
        assert (found["smiles"], found["charge"]) == (Chem.CanonSmiles(smiles), charge)
        assert f"the charge of {charge:+d} are perceived" in found["notes"][0]


@pytest.mark.parametrize(
    ("symbols", "places", "charge", "smiles", "settled"),
    [
        ("O O", [(0, 0, 0), (1.208, 0, 0)], None, "O=O", 0),
        ("N N", [(0, 0, 0), (1.098, 0, 0)], None, "N#N", 0),
        ("C O", [(0, 0, 0), (1.128, 0, 0)], None, "[C-]#[O+]", 0),
        ("N O", [(0, 0, 0), (1.151, 0, 0)], None, "[N]=O", 0),
        ("C N", [(0, 0, 0), (1.177, 0, 0)], None, "[C-]#N", -1),
        ("O O", [(0, 0, 0), (1.33, 0, 0)], -1, "[O][O-]", -1),
        ("H H", [(0, 0, 0), (0.741, 0, 0)], None, "[H][H]", 0),
        ("F F", [(0, 0, 0), (1.412, 0, 0)], None, "FF", 0),
        ("O O O", bend(1.272, 1.272, 116.8), None, "O=[O+][O-]", 0),
        ("O N O", bend(1.194, 1.194, 133.9), None, "[O]N=O", 0),
        ("O N O", bend(1.240, 1.240, 115.0), None, "O=N[O-]", -1),
        ("O N O", bend(1.240, 1.240, 115.0), -1, "O=N[O-]", -1),
        ("O N O", bend(1.150, 1.150, 180.0), 1, "O=[N+]=O", 1),
        ("N N O", bend(1.128, 1.184, 180.0), None, "[N-]=[N+]=O", 0),
        ("N N N", bend(1.180, 1.180, 180.0), None, "[N-]=[N+]=[N-]", -1),
        ("O C O", bend(1.162, 1.162, 180.0), None, "O=C=O", 0),
        ("S C O", bend(1.560, 1.156, 180.0), None, "O=C=S", 0),
        ("S C N", bend(1.650, 1.170, 180.0), None, "N#C[S-]", -1),
        ("O S O", bend(1.431, 1.431, 119.3), None, "O=S=O", 0),
        ("F Xe F", bend(1.977, 1.977, 180.0), None, "F[Xe]F", 0),
        ("I I I", bend(2.920, 2.920, 180.0), None, "I[I-]I", -1),
        ("H C H", bend(1.078, 1.078, 102.4), None, "[CH2]", 0),
        ("C H H H", surround(1.079, TRIGON), None, "[CH3]", 0),
        ("N O O O", surround(1.250, TRIGON), None, "O=[N+]([O-])[O-]", -1),
        ("S O O O", surround(1.420, TRIGON), None, "O=S(=O)=O", 0),
        ("C F F F", surround(1.320, TRIGON), None, "F[C](F)F", 0),
        ("N H H H H", surround(1.020, TETRAHEDRON), None, "[NH4+]", 1),
        ("B F F F F", surround(1.390, TETRAHEDRON), None, "F[B-](F)(F)F", -1),
        ("S O O O O", surround(1.490, TETRAHEDRON), None, "O=S(=O)([O-])[O-]", -2),
        ("P O O O O", surround(1.540, TETRAHEDRON), None, "O=P([O-])([O-])[O-]", -3),
        ("S F F F F F F", surround(1.561, OCTAHEDRON), None, "FS(F)(F)(F)(F)F", 0),
        ("P F F F F F F", surround(1.600, OCTAHEDRON), None, "F[P-](F)(F)(F)(F)F", -1),
        ("Si F F F F F F", surround(1.690, OCTAHEDRON), None, "F[Si-2](F)(F)(F)(F)F", -2),
        ("Xe F F F F", surround(1.940, SQUARE), None, "F[Xe](F)(F)F", 0),
    ],
)  # fmt: skip
def test_small_molecules_of_measured_geometry(
    symbols: str, places: list[Place], charge: int | None, smiles: str, settled: int
) -> None:
    found = read(symbols, places, charge)
    assert (found["smiles"], found["charge"]) == (Chem.CanonSmiles(smiles), settled)


@pytest.mark.parametrize(
    ("smiles", "charge"),
    [
        ("C[C+](C)C", 1), ("c1ccc([C+](c2ccccc2)c2ccccc2)cc1", 1), ("c1ccc[cH+]cc1", 1), ("CC#[O+]", 1),
        ("c1cc[o+]cc1", 1), ("CS(=O)(=O)[N-]C(=O)c1ccccc1", -1), ("O=[N+]([O-])c1ccc([O-])cc1", -1), ("C[S-]", -1),
        ("C=[N+]([O-])[O-]", -1), ("C[n+]1ccc(-c2cc[n+](C)cc2)cc1", 2), ("CC(=O)/C=C(/C)[O-]", -1),
    ],
)  # fmt: skip
def test_a_charge_that_is_given_is_kept(smiles: str, charge: int) -> None:
    for found in read_shuffled(build(smiles), charge):
        assert (found["smiles"], found["charge"], found["notes"]) == (Chem.CanonSmiles(smiles), charge, ())


def test_a_given_charge_that_leaves_a_radical_says_so() -> None:
    (found,) = read_shuffled(build("c1ccccc1"), charge=1, orders=1)
    assert (found["charge"], found["unpaired"]) == (1, 1)
    assert found["notes"][0] == "with charge +1 an electron stays unpaired: a radical"
    assert "spread over the molecule" in found["notes"][1]


def test_a_given_charge_that_fits_no_molecule_is_refused_with_one_that_fits() -> None:
    with pytest.raises(ConformerError) as error:
        read_shuffled(build("CC(=O)[O-]"), charge=1)
    assert error.value.hint == "charge -1 would fit"


def test_multiplicity_settles_what_the_electrons_leave_open() -> None:
    mol = build("[O-]c1ccccc1")
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    places = mol.GetConformer().GetPositions().tolist()
    assert perceive(numbers, places, None, 2, [])["smiles"] == "[O]c1ccccc1"
    assert perceive(numbers, places, None, 1, [])["smiles"] == "[O-]c1ccccc1"
    with pytest.raises(ConformerError, match=r"multiplicity 1 contradicts charge 0, which leaves an odd number"):
        perceive(numbers, places, 0, 1, [])


@pytest.mark.parametrize(
    ("symbols", "places", "words"),
    [
        ("Fe C O", [(0, 0, 0), (1.8, 0, 0), (2.95, 0, 0)], "holds Fe"),
        ("Na Cl", [(0, 0, 0), (2.36, 0, 0)], "holds Na"),
        ("O H H", [(0, 0, 0), (1.814, 0, 0), (-0.455, 1.756, 0)], "seem to be in bohr"),
        ("O H H", [(0, 0, 0), (0.0958, 0, 0), (-0.024, 0.0927, 0)], "seem to be in nanometre"),
        ("O H H", [(0, 0, 0), (95.8, 0, 0), (-24.0, 92.7, 0)], "seem to be in picometre"),
        ("C C O", [(0, 0, 0), (0.1, 0, 0), (1.4, 0, 0)], "atoms 1 and 2 are 0.10 angstrom apart"),
        ("C O", [(0, 0, 0), (1.43, 0, 0)], "the bond C1-O2 of 1.43 angstrom would have to be triple"),
        ("C C C", bend(1.53, 1.53, 112.0), "no hydrogens"),
        ("N N", [(0, 0, 0), (1.45, 0, 0)], "would have to be triple"),
    ],
)  # fmt: skip
def test_what_is_no_molecule_in_angstrom_is_refused(symbols: str, places: list[Place], words: str) -> None:
    with pytest.raises(ConformerError) as error:
        read(symbols, places)
    assert words in str(error.value)


def test_hydrogens_that_bridge_boron_are_refused() -> None:
    """Diborane, electron diffraction: B-B 1.775, B-H 1.196 and 1.339 angstrom."""
    x, y = 1.775 / 2, math.sqrt(1.339**2 - (1.775 / 2) ** 2)
    ends = [(x + 0.59, 0, z) for z in (1.04, -1.04)] + [(-x - 0.59, 0, z) for z in (1.04, -1.04)]
    with pytest.raises(ConformerError, match="hydrogen 3 bridges atoms 1 and 2"):
        read("B B H H H H H H", [(x, 0, 0), (-x, 0, 0), (0, y, 0), (0, -y, 0), *ends])


def test_hydrogen_bonds_are_no_bonds() -> None:
    """Two waters, O...O 2.98 angstrom."""
    donor = [(0.0, 0.0, 0.0), (0.96, 0.0, 0.0), (-0.24, 0.93, 0.0)]
    acceptor = [(2.98, 0.0, 0.0), (3.3, 0.55, 0.75), (3.3, 0.55, -0.75)]
    assert read("O H H O H H", donor + acceptor)["smiles"] == "O.O"


@pytest.mark.parametrize(
    "smiles", ["CC(O)C(=O)N", "CCO", "OCC(O)CO", "Oc1ccccc1", "CC(=O)Nc1ccc(O)cc1", "CC(C)N", "NCCO"]
)
def test_hydrogens_that_are_missing_at_carbon_only_are_missed(smiles: str) -> None:
    """As in force fields of united atoms."""
    mol = build(smiles)
    polar = [
        atom.GetIdx()
        for atom in mol.GetAtoms()
        if atom.GetAtomicNum() != 1 or atom.GetNeighbors()[0].GetAtomicNum() != 6
    ]
    numbers = [mol.GetAtomWithIdx(index).GetAtomicNum() for index in polar]
    with pytest.raises(ConformerError, match="no sane bonds fit") as error:
        perceive(numbers, mol.GetConformer().GetPositions()[polar].tolist(), None, None, [])
    assert "check that all hydrogens are there" in str(error.value)


def test_distances_between_a_bond_and_none_are_named() -> None:
    """Two methyl radicals on their way to ethane, 1.95 angstrom apart."""
    methyl = np.array(surround(1.08, TRIGON))
    other = methyl + np.array([0.0, 0.0, 1.95])
    places = [(float(x), float(y), float(z)) for x, y, z in np.vstack([methyl, other])]
    notes = read("C H H H C H H H", places)["notes"]
    assert "C1-C5 (bonded, 1.95)" in notes[-1]


def test_isotopes_stay() -> None:
    found = perceive(
        [8, 1, 1], [list(place) for place in ((0, 0, 0), (0.96, 0, 0), (-0.24, 0.93, 0))], None, None, [0, 2, 2]
    )
    assert found["smiles"] == "[2H]O[2H]"


@pytest.mark.parametrize(("number", "charge", "smiles"), [(11, 1, "[Na+]"), (26, 2, "[Fe+2]"), (17, -1, "[Cl-]")])
def test_a_lone_ion_keeps_its_charge_and_gets_no_hydrogens(number: int, charge: int, smiles: str) -> None:
    assert perceive([number], [[0.0, 0.0, 0.0]], charge, None, [])["smiles"] == smiles


def test_a_lone_atom_is_neutral_and_says_so() -> None:
    found = perceive([11], [[0.0, 0.0, 0.0]], None, None, [])
    assert found["smiles"] == "[Na]"
    assert "no charge is stated" in found["notes"][0]


def test_perception_runs_in_a_process_that_can_be_stopped() -> None:
    found = perceive_molecule([8, 1, 1], [(0, 0, 0), (0.96, 0, 0), (-0.24, 0.93, 0)])
    assert (found.smiles, found.charge, found.unpaired, len(found.notes)) == ("O", 0, 0, 1)


def test_large_aromatic_systems_take_no_time() -> None:
    """Buckminsterfullerene, whose Kekulé structures are alike by the thousand: a truncated icosahedron."""
    phi = (1 + math.sqrt(5)) / 2
    corners = {
        tuple(np.roll([sign * value for sign, value in zip(signs, base, strict=True)], shift).round(6).tolist())
        for base in ((0, 1, 3 * phi), (1, 2 + phi, 2 * phi), (phi, 2, 2 * phi + 1))
        for signs in itertools.product((1, -1), repeat=3)
        for shift in range(3)
    }
    places = (np.array(sorted(corners)) * 1.43 / 2).tolist()
    started = time.perf_counter()
    found = perceive([6] * 60, places, None, None, [])
    assert time.perf_counter() - started < 5
    mol = Chem.MolFromSmiles(found["smiles"])
    assert (mol.GetNumAtoms(), mol.GetNumBonds(), found["charge"], found["unpaired"]) == (60, 90, 0, 0)

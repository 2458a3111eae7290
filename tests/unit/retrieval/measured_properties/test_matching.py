from __future__ import annotations

import pytest
from rdkit import Chem

from anymol.errors import InvalidSmilesError
from anymol.retrieval.measured_properties.building import Measurement, build_store
from anymol.retrieval.measured_properties.matching import Relation, find_match, is_partner
from anymol.retrieval.measured_properties.store import MeasuredProperty, Origin, PropertyStore


@pytest.mark.parametrize(
    ("name", "asked", "relation", "values"),
    [
        ("solubility", "C1=CC=CC=C1", Relation.SAME, (-1.64,)),  # Kekulé's benzene
        ("solubility", "OCC", Relation.SAME, (1.1, 1.2)),
        ("solubility", "CC(N)C(=O)O", Relation.STEREO_OPEN, (0.27,)),  # alanine; L-alanine was measured
        ("solubility", "C[C@@H](N)C(=O)O", Relation.STEREOISOMER, (0.27,)),  # D-alanine
        ("solubility", "C[C@H]([NH3+])C(=O)O", Relation.PROTONATION, (0.27,)),
        ("bbbp", "CN1CCC[C@H]1c1cccnc1", Relation.SALT, (1.0,)),  # nicotine; its hydrochloride was measured
        ("bbbp", "CN1CCC[C@H]1c1cccnc1.Br", Relation.SALT, (1.0,)),
        ("solubility", "CCO.[Na+].[Cl-]", Relation.PARENT, (1.1, 1.2)),
        ("bbbp", "CC(=O)C=C(C)O", Relation.TAUTOMER, (0.0,)),  # the enol of acetylacetone
    ],
)
def test_how_the_measured_molecule_differs_is_told(
    store: PropertyStore, name: str, asked: str, relation: Relation, values: tuple[float, ...]
) -> None:
    match = find_match(store, name, asked)
    assert match is not None and (match.relation, match.spread.values) == (relation, values)


@pytest.mark.parametrize("asked", ["CCCO", "[Na+].[Cl-]", "*CCO", "CCO.c1ccc2ccccc2c1", "[Pt+2].[Cl-].[Cl-].CCO"])
def test_what_was_not_measured_has_no_match(store: PropertyStore, asked: str) -> None:
    """Not even a mixture with a molecule that was: it is another substance."""
    assert find_match(store, "solubility", asked) is None


def test_another_property_of_the_molecule_is_no_match(store: PropertyStore) -> None:
    assert find_match(store, "tox21:NR-ER", "c1ccccc1") is None


def test_a_stereoisomer_that_was_measured_without_stereochemistry(store: PropertyStore) -> None:
    # trans-Butenedioic acid was not measured; of lactic acid nothing states the centre.
    flat = build_store(store.card.properties, (Measurement("CC(O)C(=O)O", "solubility", 1.0),)).store
    match = find_match(flat, "solubility", "C[C@H](O)C(=O)O")
    assert match is not None and match.relation is Relation.STEREO_UNSTATED
    assert match.relation.holds(Origin.MEASURED) and not match.relation.holds(Origin.COMPUTED)


def test_relatives_stand_beside_the_molecule_itself(store: PropertyStore) -> None:
    both = build_store(
        store.card.properties,
        (Measurement("CC(C)NCC(O)c1ccccc1", "bbbp", 0.0), Measurement("CC(C)NCC(O)c1ccccc1.Cl", "bbbp", 1.0)),
    ).store
    match = find_match(both, "bbbp", "CC(C)NCC(O)c1ccccc1")
    assert match is not None and match.relation is Relation.SAME and match.spread.values == (0.0,)
    ((relation, spread),) = match.others
    assert relation is Relation.SALT and spread.values == (1.0,)


def test_a_complex_is_not_a_salt_of_its_ligand(store: PropertyStore) -> None:
    complexed = build_store(store.card.properties, (Measurement("NCCN.[Pt+2].[Cl-].[Cl-]", "bbbp", 1.0),)).store
    assert find_match(complexed, "bbbp", "NCCN") is None
    assert find_match(complexed, "bbbp", "NCCN.[Cl-].[Cl-].[Pt+2]") is not None


GAP = MeasuredProperty(
    task="homo_lumo_gap", endpoint="B3LYP", origin=Origin.COMPUTED, unit="Hartree", source="QM9", licence="CC0"
)
COMPUTED = build_store(
    (GAP,),
    (
        Measurement("NC=O", GAP.name, 0.2845),
        Measurement("N=CO", GAP.name, 0.2937),  # its tautomer, which an InChIKey does not tell apart
        Measurement("CC(O)C#N", GAP.name, 0.3297),
        Measurement("FC=CF", GAP.name, 0.2716),
        Measurement("O", GAP.name, 0.3615),
    ),
).store


@pytest.mark.parametrize(
    ("asked", "relation", "value"),
    [
        ("NC=O", Relation.SAME, 0.2845),
        ("N=CO", Relation.STEREO_UNSTATED, 0.2937),  # E or Z
        ("C[C@H](O)C#N", Relation.SAME, 0.3297),  # the mirror image has the same orbitals
        ("CC(O)C#N", Relation.SAME, 0.3297),
        ("F/C=C/F", Relation.STEREO_UNSTATED, 0.2716),  # trans has no dipole moment, cis has one
        ("FC=CF", Relation.STEREO_UNSTATED, 0.2716),
    ],
)
def test_what_was_computed_is_of_that_very_structure(asked: str, relation: Relation, value: float) -> None:
    match = find_match(COMPUTED, GAP.name, asked)
    assert match is not None and (match.relation, match.spread.values, match.others) == (relation, (value,), ())


@pytest.mark.parametrize(
    "asked",
    ["[NH-]C=O", "NC=O.Cl", "[2H]O[2H]", "[OH3+]", "OC=C"],
    ids=["an ion", "a salt", "heavy water", "an acid", "an enol"],
)
def test_what_was_computed_holds_for_no_relative(asked: str) -> None:
    assert find_match(COMPUTED, GAP.name, asked) is None


def test_a_wrong_smiles_is_an_error(store: PropertyStore) -> None:
    with pytest.raises(InvalidSmilesError):
        find_match(store, "solubility", "c1ccc")


@pytest.mark.parametrize(
    ("smiles", "is_more"),
    [("Cl", False), ("[Na+]", False), ("O", False), ("CC(=O)O", False), ("CS(=O)(=O)O", False), ("[O-]C(=O)C", False),
     ("CCO", True), ("c1ccccc1", True), ("[Fe+2]", True), ("[Mg+2]", False)],
)  # fmt: skip
def test_counterions_are_told_from_substances(smiles: str, is_more: bool) -> None:
    assert is_partner(Chem.MolFromSmiles(smiles)) is is_more
